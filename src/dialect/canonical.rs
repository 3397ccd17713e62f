//! One spelling for values that may be written in several: addresses, references to images,
//! schedules, shares of a hundred. Equal texts mean the same; what is not understood has none.

use std::net::IpAddr;

use super::equality::{decimal, duration};

/// An address of a host, or of a network: `2001:DB8::/32` is `2001:db8::/32`. Bits behind the
/// prefix are kept, and so is the family; a leading zero is read in two ways and so in none.
pub(super) fn address(text: &str) -> Option<String> {
    let (host, prefix) = match text.split_once('/') {
        Some((host, prefix)) => (host, Some(prefix)),
        None => (text, None),
    };
    let host: IpAddr = host.parse().ok()?;
    let Some(prefix) = prefix else { return Some(host.to_string()) };
    let bits: u8 = prefix.parse().ok()?;
    (bits.to_string() == prefix).then(|| format!("{host}/{bits}"))
}

/// The address of a page: scheme and host in small letters, the port of the scheme left out, and a
/// slash for no path (RFC 3986, 6.2.2.1 and 6.2.3). Only where no user is named.
pub(super) fn url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let own = match scheme.as_str() {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, page) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => format!("[{}]", inner.parse::<std::net::Ipv6Addr>().ok()?),
        None => host.to_ascii_lowercase(),
    };
    let named = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    let port = match port {
        None => String::new(),
        Some(port) if port == own => String::new(),
        Some(port) => format!(":{}", port.parse::<u16>().ok().filter(|_| is_number(port))?),
    };
    let page = if page.is_empty() { "/" } else { page };
    (!host.is_empty() && host.chars().all(named)).then(|| format!("{scheme}://{host}{port}{page}"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

/// The registry of Docker, under its name and under the one it had.
const DOCKER_HUB: [&str; 2] = ["docker.io", "index.docker.io"];

/// A reference to an image as the Docker Engine reads it (distribution/reference 4ca14034c406,
/// `normalize.go`, `splitDockerDomain` and `TagNameOnly`).
pub(super) fn image(text: &str) -> Option<String> {
    let (name, behind) = tagged(text)?;
    let (domain, path) = registry(name).unwrap_or(("docker.io", name));
    full(domain, path, &behind)
}

/// A reference to an image as a node of a cluster reads it: the kubelet adds the tag
/// (`pkg/kubelet/images/image_manager.go`, `applyDefaultImageTag`), and what a name without a
/// registry stands for is up to the runtime (`containers-registries.conf(5)`).
pub(super) fn pulled_image(text: &str) -> Option<String> {
    let (name, behind) = tagged(text)?;
    match registry(name) {
        Some((domain, path)) => full(domain, path, &behind),
        None => Some(format!("{name}{behind}")),
    }
}

fn full(domain: &str, path: &str, behind: &str) -> Option<String> {
    if path.is_empty() || path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let is_hub = DOCKER_HUB.contains(&domain);
    let domain = if is_hub { "docker.io" } else { domain };
    let library = if is_hub && !path.contains('/') { "library/" } else { "" };
    Some(format!("{domain}/{library}{path}{behind}"))
}

/// The name of an image, and its tag and digest; `:latest` where it has neither.
fn tagged(text: &str) -> Option<(&str, String)> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
    if text.is_empty() || !text.chars().all(allowed) {
        return None;
    }
    let (name, tag, digest) = parts_of_image(text)?;
    // 64 hexadecimal digits are an image by its number.
    let is_number = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if name.is_empty() || is_number || tag == Some("") {
        return None;
    }
    let behind = match (tag, digest) {
        (None, None) => ":latest".to_owned(),
        (Some(tag), None) => format!(":{tag}"),
        (None, Some(digest)) => format!("@{digest}"),
        (Some(tag), Some(digest)) => format!(":{tag}@{digest}"),
    };
    Some((name, behind))
}

/// The name, tag and digest of an image.
pub fn parts_of_image(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let base = named.rfind('/').map_or(0, |slash| slash + 1);
    let colon = named.get(base..)?.find(':').map(|colon| base + colon);
    let (name, tag) = named.split_at_checked(colon.unwrap_or(named.len()))?;
    Some((name, tag.strip_prefix(':'), digest))
}

/// The registry that a name says, and the rest of it.
fn registry(name: &str) -> Option<(&str, &str)> {
    let (first, rest) = name.split_once('/')?;
    let is_host = first == "localhost" || first.contains(['.', ':']);
    (is_host || first.bytes().any(|byte| byte.is_ascii_uppercase())).then_some((first, rest))
}

/// A share of a hundred as `intstr` reads it: the number before the sign (`apimachinery`
/// `pkg/util/intstr`, `getIntOrPercentValueSafely`).
pub(super) fn percentage(text: &str) -> Option<String> {
    let number: i32 = text.strip_suffix('%')?.parse().ok()?;
    Some(format!("{number}%"))
}

/// The fields of a schedule: the lowest and the highest value, and the names of values.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// A schedule as the controller of a `CronJob` reads it (robfig/cron bc59245fe10e, `parser.go`,
/// `ParseStandard`): when it is due. Whether a field of days is a star is meaning: `spec.go`,
/// `dayMatches`.
pub(super) fn schedule(text: &str) -> Option<String> {
    let fields = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => text,
    };
    if let Some(every) = fields.strip_prefix("@every ") {
        return Some(format!("@every {}", duration(every)?));
    }
    let parts: Vec<&str> = fields.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return None;
    }
    let due = parts.iter().zip(FIELDS).enumerate().map(|(index, (part, field))| {
        let (values, star) = moments(part, field)?;
        let of_days = matches!(index, 2 | 4);
        Some(format!("{values:x}{}", if star && of_days { "*" } else { "" }))
    });
    due.collect::<Option<Vec<String>>>().map(|due| due.join(" "))
}

/// The values of one field, a bit for each, and whether a star is among its parts.
fn moments(text: &str, (low, high, names): (u32, u32, &[&str])) -> Option<(u64, bool)> {
    let value = |word: &str| {
        let place = names.iter().position(|name| name.eq_ignore_ascii_case(word));
        place.map_or_else(|| word.parse().ok(), |index| low.checked_add(u32::try_from(index).ok()?))
    };
    let (mut values, mut star) = (0_u64, false);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, Some(step.parse::<u32>().ok().filter(|step| *step > 0)?))
            }
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (low, high),
            Some((first, last)) => (value(first)?, value(last)?),
            // A value with a step goes on to the end.
            None => (value(range)?, if step.is_some() { high } else { value(range)? }),
        };
        if first < low || last > high || first > last {
            return None;
        }
        star |= matches!(range, "*" | "?") && step.unwrap_or(1) == 1;
        let every = usize::try_from(step.unwrap_or(1)).ok()?;
        values = (first..=last).step_by(every).fold(values, |values, moment| values | 1 << moment);
    }
    (values != 0).then_some((values, star))
}

/// A size of nginx in bytes: `8m`, `8192k` (nginx `ngx_parse.c`, `ngx_parse_offset`).
pub(super) fn nginx_size(text: &str) -> Option<String> {
    let (number, unit) = split_unit(text)?;
    let times = match unit {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(times).map(|bytes| bytes.to_string())
}

/// A time of nginx in milliseconds: `1h30m`, each unit smaller than the one before it (nginx
/// `ngx_parse.c`, `ngx_parse_time`).
pub(super) fn nginx_time(text: &str) -> Option<String> {
    const UNITS: [(&str, u64); 8] = [
        ("y", 31_536_000_000),
        ("M", 2_592_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let (mut time, mut smaller) = (0_u64, UNITS.as_slice());
    for (number, unit) in parts(text)? {
        let unit = if unit.is_empty() { "s" } else { unit };
        let place = smaller.iter().position(|(known, _)| *known == unit)?;
        let (_, times) = smaller.get(place)?;
        time = time.checked_add(number.checked_mul(*times)?)?;
        smaller = smaller.get(place + 1..)?;
    }
    Some(time.to_string())
}

/// A time of OpenSSH in seconds (`sshd_config(5)` of OpenSSH 9.9, "TIME FORMATS").
pub(super) fn ssh_time(text: &str) -> Option<String> {
    let times = parts(text)?.into_iter().map(|(number, unit)| {
        let times = match unit.to_ascii_lowercase().as_str() {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        number.checked_mul(times)
    });
    let time = times.sum::<Option<u64>>()?;
    Some(time.to_string())
}

/// Numbers and their units, one after another without a blank; only the last may have none.
fn parts(text: &str) -> Option<Vec<(u64, &str)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at_checked(letters)?;
        if unit.is_empty() && !next.is_empty() {
            return None;
        }
        found.push((number.parse().ok()?, unit));
        rest = next;
    }
    (!found.is_empty()).then_some(found)
}

/// An amount of memory of PostgreSQL in bytes. A number without unit counts what its parameter
/// counts (PostgreSQL `guc.c`, `memory_unit_conversion_table`).
pub(super) fn postgres_memory(text: &str) -> Option<String> {
    let (number, unit) = split_unit(text)?;
    let times = match unit {
        "B" => 1,
        "kB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(times).map(|bytes| bytes.to_string())
}

/// A time of PostgreSQL in microseconds (PostgreSQL `guc.c`, `time_unit_conversion_table`).
pub(super) fn postgres_time(text: &str) -> Option<String> {
    let (number, unit) = split_unit(text)?;
    let times = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    number.checked_mul(times).map(|time| time.to_string())
}

/// A whole number and its unit, with or without a blank between them.
fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    // A leading zero makes it octal to some.
    let plain = number == "0" || is_number(number);
    Some((number.parse().ok().filter(|_| plain)?, unit.trim_start_matches(' ')))
}

/// A truth of PostgreSQL: its words in any case, and their beginnings where no other word begins
/// so (PostgreSQL `bool.c`, `parse_bool_with_len`).
pub(super) fn postgres_boolean(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if text == "1" || begins("true", 1) || begins("yes", 1) || begins("on", 2) {
        return Some("on".to_owned());
    }
    (text == "0" || begins("false", 1) || begins("no", 1) || begins("off", 2))
        .then(|| "off".to_owned())
}

/// A truth as `strconv.ParseBool` of Go reads it.
pub(super) fn go_boolean(text: &str) -> Option<String> {
    let truth = match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
        "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
        _ => return None,
    };
    Some(truth.to_string())
}

/// A whole number in decimal digits, as `strconv.Atoi` and `Integer.parseInt` read it.
pub(super) fn integer(text: &str) -> Option<String> {
    text.parse::<i64>().ok().map(|number| number.to_string())
}

/// A time as JSON says it for protobuf: seconds, with up to nine digits behind the point
/// (google/protobuf/duration.proto, "JSON Mapping").
pub(super) fn protobuf_duration(text: &str) -> Option<String> {
    let seconds = text.strip_suffix('s')?;
    let allowed = seconds.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
    decimal(seconds).filter(|_| allowed).map(|time| time.to_string())
}

/// A time of Spring in nanoseconds: one number and one unit in any case (Spring Boot 3.4,
/// `DurationStyle.SIMPLE`). What a number without unit counts depends on its property.
pub(super) fn spring_duration(text: &str) -> Option<String> {
    let (number, unit) = split_unit(text)?;
    let times = match unit.to_ascii_lowercase().as_str() {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    number.checked_mul(times).map(|time| time.to_string())
}

/// An amount of memory of Spring in bytes: units in capitals (Spring Framework 6.2, `DataSize` and
/// `DataUnit.fromSuffix`).
pub(super) fn spring_size(text: &str) -> Option<String> {
    let (number, unit) = split_unit(text)?;
    let times = match unit {
        "B" => 1,
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(times).map(|bytes| bytes.to_string())
}

#[cfg(test)]
mod tests {
    use super::{address, image, pulled_image, schedule, url};

    #[test]
    fn what_is_not_understood_has_no_spelling() {
        for text in ["", "10.0.0.010", "10.0.0.0/08", "10.0.0.0/", "::1%eth0", "localhost"] {
            assert_eq!(address(text), None, "{text}");
        }
        for text in ["", "h:80", "ftp://h", "http://", "http://u@h/", "http://h:/", "http://h:080/"]
        {
            assert_eq!(url(text), None, "{text}");
        }
        for text in ["", "${IMAGE}", "a:", "docker.io/A", "docker.io/", &"a".repeat(64)] {
            assert_eq!(image(text), None, "{text}");
        }
        for text in
            ["", "* * * *", "60 * * * *", "5-1 * * * *", "* * * * 7", "*/0 * * * *", ", * * * *"]
        {
            assert_eq!(schedule(text), None, "{text}");
        }
    }

    #[test]
    fn a_short_name_is_that_of_docker_to_docker_only() {
        assert_eq!(image("nginx").as_deref(), Some("docker.io/library/nginx:latest"));
        assert_eq!(pulled_image("nginx").as_deref(), Some("nginx:latest"));
        assert_eq!(pulled_image("h:5000/a@sha256:0").as_deref(), Some("h:5000/a@sha256:0"));
        assert_eq!(url("HTTPS://[2001:DB8::1]:443").as_deref(), Some("https://[2001:db8::1]/"));
    }
}
