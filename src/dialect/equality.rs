//! Whether two values mean the same to their reader, and in which respect they are spelled apart.
//!
//! Everything here is exact: amounts are integers in the smallest unit, never floats. Where an
//! amount cannot be represented, the values are different.

use super::canonical;
use super::schema::FieldType;
use crate::model::{Explainer, Number, Scalar};

/// The way two spellings of one value differ, when both mean the same, and who says so.
pub fn same_scalar(
    blue: &Scalar<'_>,
    green: &Scalar<'_>,
    field: Option<FieldType>,
) -> Option<(Explainer, String)> {
    if blue == green {
        return Some((Explainer::Quoting, "quoting".to_owned()));
    }
    let texts = (text_of(blue)?, text_of(green)?);
    let typed =
        field.and_then(|field| Some((explainer(field)?, same_text(field, texts.0, texts.1)?)));
    typed.or_else(|| Some((Explainer::BinarySize, same_binary_size(texts.0, texts.1)?)))
}

/// A scalar's text as its reader sees it; nothing for null and secrets.
fn text_of<'a>(scalar: &'a Scalar<'_>) -> Option<&'a str> {
    match scalar {
        Scalar::Text(text) => Some(text),
        Scalar::Number(number) => Some(number.as_str()),
        Scalar::Bool(true) => Some("true"),
        Scalar::Bool(false) => Some("false"),
        Scalar::Null | Scalar::Secret(_) => None,
    }
}

/// Who says that two texts in a field of a known type mean the same.
const fn explainer(field: FieldType) -> Option<Explainer> {
    Some(match field {
        FieldType::Text => Explainer::Text,
        FieldType::Memory => Explainer::Memory,
        FieldType::Quantity => Explainer::Quantity,
        FieldType::Duration => Explainer::Duration,
        FieldType::Boolean => Explainer::BooleanCase,
        FieldType::Number => Explainer::NumberText,
        FieldType::Words => Explainer::Words,
        FieldType::CommaSet => Explainer::CommaSet,
        FieldType::Address => Explainer::Address,
        FieldType::Url => Explainer::Url,
        FieldType::Image => Explainer::Image,
        FieldType::PulledImage => Explainer::PulledImage,
        FieldType::Schedule => Explainer::Schedule,
        FieldType::Percentage => Explainer::Percentage,
        FieldType::NginxSize => Explainer::NginxSize,
        FieldType::PostgresMemory => Explainer::PostgresMemory,
        FieldType::PostgresTime => Explainer::PostgresTime,
        FieldType::PostgresBoolean => Explainer::PostgresBoolean,
        FieldType::NginxTime => Explainer::NginxTime,
        FieldType::SshTime => Explainer::SshTime,
        FieldType::GoBoolean => Explainer::GoBoolean,
        FieldType::Integer => Explainer::Integer,
        FieldType::ProtobufDuration => Explainer::ProtobufDuration,
        FieldType::SpringDuration => Explainer::SpringDuration,
        FieldType::SpringSize => Explainer::SpringSize,
        FieldType::Float | FieldType::Pairs | FieldType::Document => return None,
    })
}

/// Equality of two texts in a field of a known type.
pub fn same_text(field: FieldType, blue: &str, green: &str) -> Option<String> {
    if let Some((class, read)) = speller(field) {
        let meaning = read(blue)?;
        return (read(green)? == meaning).then(|| format!("{class}: both are {meaning}"));
    }
    match field {
        FieldType::Quantity => {
            let amount = quantity(blue)?;
            (amount == quantity(green)?).then(|| format!("unit: both are {}", shown(amount)))
        }
        FieldType::Duration => {
            let time = duration(blue)?;
            (time == duration(green)?).then(|| format!("unit: both are {} s", shown(time)))
        }
        FieldType::Boolean => {
            let same = blue.eq_ignore_ascii_case(green);
            (same && is_boolean(blue)).then(|| "letter case".to_owned())
        }
        FieldType::Number => {
            let same = Number::parse(blue)? == Number::parse(green)?;
            same.then(|| "number spelling".to_owned())
        }
        FieldType::Words => same_members(blue, green, |c: char| c.is_ascii_whitespace()),
        FieldType::CommaSet => same_members(blue, green, |c: char| c == ','),
        FieldType::Memory => {
            let amount = memory(blue)?;
            (amount == memory(green)?).then(|| format!("unit: both are {} bytes", shown(amount)))
        }
        FieldType::Text => (blue == green).then(|| "quoting".to_owned()),
        FieldType::Float
        | FieldType::Address
        | FieldType::Url
        | FieldType::Image
        | FieldType::PulledImage
        | FieldType::Schedule
        | FieldType::Percentage
        | FieldType::NginxSize
        | FieldType::PostgresMemory
        | FieldType::PostgresTime
        | FieldType::PostgresBoolean
        | FieldType::NginxTime
        | FieldType::SshTime
        | FieldType::GoBoolean
        | FieldType::Integer
        | FieldType::ProtobufDuration
        | FieldType::SpringDuration
        | FieldType::SpringSize
        | FieldType::Pairs
        | FieldType::Document => None,
    }
}

/// Reads a value into its one spelling.
type Speller = fn(&str) -> Option<String>;

/// What values are called that may be written in several ways, and how they are read into one.
fn speller(field: FieldType) -> Option<(&'static str, Speller)> {
    Some(match field {
        FieldType::Address => ("address", canonical::address),
        FieldType::Url => ("address of a page", canonical::url),
        FieldType::Image => ("image reference", canonical::image),
        FieldType::PulledImage => ("image reference", canonical::pulled_image),
        FieldType::Schedule => ("schedule", canonical::schedule),
        FieldType::Percentage => ("percentage", canonical::percentage),
        FieldType::NginxSize => ("unit", canonical::nginx_size),
        FieldType::PostgresMemory => ("unit", canonical::postgres_memory),
        FieldType::PostgresTime => ("unit", canonical::postgres_time),
        FieldType::PostgresBoolean => ("boolean word", canonical::postgres_boolean),
        FieldType::NginxTime => ("unit", canonical::nginx_time),
        FieldType::SshTime => ("unit", canonical::ssh_time),
        FieldType::GoBoolean => ("boolean word", canonical::go_boolean),
        FieldType::Integer => ("number spelling", canonical::integer),
        FieldType::ProtobufDuration => ("unit", canonical::protobuf_duration),
        FieldType::SpringDuration => ("unit", canonical::spring_duration),
        FieldType::SpringSize => ("unit", canonical::spring_size),
        FieldType::Text
        | FieldType::Memory
        | FieldType::Quantity
        | FieldType::Duration
        | FieldType::Boolean
        | FieldType::Number
        | FieldType::Float
        | FieldType::Words
        | FieldType::CommaSet
        | FieldType::Pairs
        | FieldType::Document => return None,
    })
}

/// One spelling for a value that may be written in several; nothing where it has but one.
pub fn canonical(field: FieldType, text: &str) -> Option<String> {
    speller(field).and_then(|(_, read)| read(text))
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn same_members(blue: &str, green: &str, separator: fn(char) -> bool) -> Option<String> {
    let sorted = |text: &'_ str| {
        let mut words: Vec<String> = text
            .split(separator)
            .map(|word| word.trim_ascii().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        words.sort();
        words
    };
    (sorted(blue) == sorted(green)).then(|| "order of a set".to_owned())
}

/// `1Gi` and `1024Mi`: binary suffixes mean the same to every reader that accepts them.
fn same_binary_size(blue: &str, green: &str) -> Option<String> {
    let binary =
        |text: &str| ["Ki", "Mi", "Gi", "Ti", "Pi"].iter().any(|unit| text.ends_with(unit));
    if !binary(blue) || !binary(green) {
        return None;
    }
    same_text(FieldType::Quantity, blue, green)
}

/// The amount a text stands for in a field of a type that has units, in billionths.
pub fn amount(field: FieldType, text: &str) -> Option<Nano> {
    match field {
        FieldType::Quantity => quantity(text),
        FieldType::Duration => duration(text),
        FieldType::Memory => memory(text),
        FieldType::NginxSize
        | FieldType::NginxTime
        | FieldType::SshTime
        | FieldType::PostgresMemory
        | FieldType::PostgresTime
        | FieldType::ProtobufDuration
        | FieldType::SpringDuration
        | FieldType::SpringSize => decimal(&canonical(field, text)?),
        FieldType::Text
        | FieldType::Boolean
        | FieldType::Number
        | FieldType::Float
        | FieldType::Words
        | FieldType::CommaSet
        | FieldType::Address
        | FieldType::Url
        | FieldType::Image
        | FieldType::PulledImage
        | FieldType::Schedule
        | FieldType::Percentage
        | FieldType::PostgresBoolean
        | FieldType::GoBoolean
        | FieldType::Integer
        | FieldType::Pairs
        | FieldType::Document => None,
    }
}

/// An exact amount in billionths.
pub type Nano = i128;

const NANO: Nano = 1_000_000_000;

/// A Kubernetes quantity (`k8s.io/apimachinery` resource.Quantity).
fn quantity(text: &str) -> Option<Nano> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let (times, over): (Nano, Nano) = match unit {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => {
            let exponent = unit.strip_prefix(['e', 'E']).filter(|rest| !rest.is_empty());
            return exponent.and_then(|_| decimal(Number::parse(text)?.as_str()));
        }
    };
    exact(decimal(number)?.checked_mul(times)?, over)
}

/// An amount of memory in billionths of a byte, as Docker (`go-units` `RAMInBytes`) reads it:
/// whatever the unit's spelling, 1024 of one make the next.
fn memory(text: &str) -> Option<Nano> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
    let times: Nano = match unit {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        "p" => 1 << 50,
        _ => return None,
    };
    decimal(number.trim_end())?.checked_mul(times)
}

/// A duration in billionths of a second: numbers with units, one after another, as in Go, which
/// knows no days.
pub(super) fn duration(text: &str) -> Option<Nano> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total: Nano = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters)?;
        let (times, over): (Nano, Nano) = match unit {
            "ns" => (1, NANO),
            "us" | "µs" | "μs" => (1, 1_000_000),
            "ms" => (1, 1_000),
            "s" => (1, 1),
            "m" => (60, 1),
            "h" => (3_600, 1),
            _ => return None,
        };
        total = total.checked_add(exact(decimal(number)?.checked_mul(times)?, over)?)?;
        rest = tail;
    }
    Some(if negative { -total } else { total })
}

/// A decimal in billionths, when it is a whole number of them.
pub(super) fn decimal(text: &str) -> Option<Nano> {
    let number = Number::parse(text)?;
    let (negative, digits) = match number.as_str().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.len() > 9 {
        return None;
    }
    let fraction: Nano = format!("{fraction:0<9}").parse().ok()?;
    let amount = whole.parse::<Nano>().ok()?.checked_mul(NANO)?.checked_add(fraction)?;
    Some(if negative { -amount } else { amount })
}

fn exact(amount: Nano, over: Nano) -> Option<Nano> {
    (amount % over == 0).then(|| amount / over)
}

/// An amount of billionths as decimal text.
fn shown(amount: Nano) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (whole, fraction) =
        (amount.unsigned_abs() / 1_000_000_000, amount.unsigned_abs() % 1_000_000_000);
    let fraction = format!("{fraction:09}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::same_text;
    use crate::dialect::schema::FieldType;

    #[test]
    fn equal_amounts_in_other_units_are_the_same() {
        let cases = [
            (FieldType::Duration, "30s", "30000ms"),
            (FieldType::Duration, "1m", "60s"),
            (FieldType::Duration, "1h30m", "90m"),
            (FieldType::Quantity, "500m", "0.5"),
            (FieldType::Quantity, "1Gi", "1024Mi"),
            (FieldType::Quantity, "1e3", "1k"),
            (FieldType::CommaSet, "tracecontext,baggage", "baggage, tracecontext"),
            (FieldType::Words, "TLSv1.3 TLSv1.2", "TLSv1.2  TLSv1.3"),
            (FieldType::Boolean, "True", "true"),
            (FieldType::Number, "0.1", "0.10"),
            (FieldType::Memory, "1g", "1024m"),
            (FieldType::Memory, "10MB", "10240KiB"),
            (FieldType::Memory, "512", "512b"),
        ];
        for (field, blue, green) in cases {
            assert!(same_text(field, blue, green).is_some(), "{blue} {green}");
            assert!(same_text(field, green, blue).is_some(), "{green} {blue}");
        }
    }

    #[test]
    fn look_alikes_are_different() {
        let cases = [
            (FieldType::Duration, "30s", "30ms"),
            (FieldType::Duration, "30", "30s"),
            (FieldType::Duration, "30", "30"),
            (FieldType::Quantity, "1G", "1Gi"),
            (FieldType::Quantity, "500m", "500M"),
            (FieldType::CommaSet, "a,b", "a,b,b"),
            (FieldType::Boolean, "1", "true"),
            (FieldType::Memory, "1g", "1000m"),
            (FieldType::Memory, "512", "512k"),
            (FieldType::Memory, "1x", "1x"),
            (FieldType::Text, "1.10", "1.1"),
            (FieldType::Quantity, "99999999999999999999999999999999999Ei", "1"),
        ];
        for (field, blue, green) in cases {
            assert!(same_text(field, blue, green).is_none(), "{blue} {green}");
        }
    }
}
