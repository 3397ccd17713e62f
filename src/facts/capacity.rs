//! Timeouts and pools: the numbers that decide how much a service can carry.

use super::cursor::Document;
use super::names::{filled, owner, words};
use super::settings::{Setting, settings};
use super::{Fact, Item, View};
use crate::model::Number;

/// See its `about`.
pub(super) static TIMEOUT: View = View {
    id: "config.timeout",
    about: "A timeout of a client or server, wherever a setting's name says so",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("value", "the value as written, as text"),
        ("duration", "the value with its unit: 20s, 20000ms; absent when the unit is not said"),
        ("amount", "the number when the unit is not said"),
    ],
    dialects: &[],
    extract: timeouts,
};

/// See its `about`.
pub(super) static POOL: View = View {
    id: "config.pool",
    about: "The size of a pool of connections or threads, wherever a setting's name says so",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("size", "the size"),
    ],
    dialects: &[],
    extract: pools,
};

/// What every name of a pool holds.
const POOL_PARTS: [&str; 2] = ["pool", "max"];

/// Units in names, with their spelling in durations.
const UNITS: [(&str, &str); 10] = [
    ("ms", "ms"),
    ("millis", "ms"),
    ("msec", "ms"),
    ("milliseconds", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("seconds", "s"),
    ("minutes", "m"),
    ("hours", "h"),
];

fn timeouts<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let probes = document.dialect.id() == "kubernetes";
    settings(document, &["timeout"], |s| is_timeout(s.name) && filled(s.node).is_some())
        .iter()
        // A probe's timeout is no client's: `k8s.probe` has it.
        .filter(|setting| !probes || !setting.keys().iter().any(|key| key.ends_with("Probe")))
        .filter_map(|setting| timeout(&owner, setting))
        .collect()
}

fn is_timeout(name: &str) -> bool {
    let words = words(name);
    words.end_in(&["timeout"]) || UNITS.iter().any(|(unit, _)| words.end_in(&["timeout", unit]))
}

fn timeout<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let text = setting.text();
    let words = words(setting.name);
    let named = UNITS.iter().find(|(unit, _)| words.end_in(&[unit]));
    let number =
        Number::parse(text).filter(|_| text.as_bytes().last().is_some_and(u8::is_ascii_digit));
    let (duration, amount) = match (number, named) {
        (Some(_), Some((_, unit))) => (Some(format!("{text}{unit}")), None),
        (Some(number), None) => (None, Some(number)),
        (None, _) if has_unit(text) => (Some(text.to_owned()), None),
        (None, _) => return None,
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(setting.full_name()))),
        ("value", Some(Fact::text(text))),
        ("duration", duration.map(Fact::text)),
        ("amount", amount.map(Fact::Number)),
    ]);
    Some(setting.place().item_here(fact))
}

/// Whether a text is numbers with units of time: `2s`, `1m30s`, `1.5h`.
fn has_unit(text: &str) -> bool {
    let mut rest = text;
    while let Some(digits) = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')) {
        let Some((number, tail)) = rest.split_at_checked(digits) else { return false };
        let letters = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let Some((unit, tail)) = tail.split_at_checked(letters) else { return false };
        if number.is_empty() || !matches!(unit, "ns" | "us" | "ms" | "s" | "m" | "h" | "d") {
            return false;
        }
        if tail.is_empty() {
            return true;
        }
        rest = tail;
    }
    false
}

fn pools<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings(document, &POOL_PARTS, |setting| {
        is_pool(setting.name) && Number::parse(setting.node.text().trim()).is_some()
    })
    .iter()
    .map(|setting| {
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("name", Some(Fact::text(setting.full_name()))),
            ("size", Fact::number(setting.text())),
        ]);
        setting.place().item_here(fact)
    })
    .collect()
}

fn is_pool(name: &str) -> bool {
    let words = words(name);
    let has = |known: &[&str]| words.has_any(known);
    let pool = words.end_in(&["pool"])
        || (has(&["pool", "poolsize"]) && has(&["size", "max", "min", "poolsize"]));
    let bound = has(&["max", "maximum"]) && has(&["connections", "conns", "threads", "workers"]);
    pool || bound
}

#[cfg(test)]
mod tests {
    use super::{has_unit, is_pool, is_timeout};

    #[test]
    fn names_say_what_is_a_timeout() {
        for name in
            ["HTTP_TIMEOUT", "connect_timeout", "app.http.timeout", "timeoutMs", "requestTimeout"]
        {
            assert!(is_timeout(name), "{name}");
        }
        for name in
            ["timeouts_enabled", "TIMEOUT_FILE", "spring.lifecycle.timeout-per-shutdown-phase"]
        {
            assert!(!is_timeout(name), "{name}");
        }
    }

    #[test]
    fn names_say_what_is_a_pool() {
        for name in
            ["spring.datasource.hikari.maximum-pool-size", "pool", "max_connections", "maxThreads"]
        {
            assert!(is_pool(name), "{name}");
        }
        for name in ["connections", "spool", "maxRetries", "pool_name"] {
            assert!(!is_pool(name), "{name}");
        }
    }

    #[test]
    fn a_unit_is_not_guessed() {
        assert!(has_unit("20s") && has_unit("1m30s") && has_unit("1.5h"));
        assert!(!has_unit("20") && !has_unit("s") && !has_unit("20x") && !has_unit("${T}s"));
    }
}
