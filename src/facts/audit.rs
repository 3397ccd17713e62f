//! Settings of audit logs.

use super::cursor::Document;
use super::names::{Words, filled, owner, unresolved, words};
use super::settings::{Setting, settings_below};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static SETTING: View = View {
    id: "audit.setting",
    about: "One setting of an audit log or of the retention of logs",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("aspect", "enabled, retention, level, sink or other"),
        ("value", "the value as text"),
        ("enabled", "whether it is on; only for the aspect enabled"),
        (
            "retention",
            "how long records are kept, with its unit: 400d; only for the aspect retention",
        ),
    ],
    dialects: &[],
    extract,
};

/// What every name of such a setting holds, or a key above it.
const PARTS: [&str; 2] = ["audit", "retention"];

/// Words of keys that say a setting is about logs.
const LOGS: [&str; 6] = ["audit", "auditlog", "log", "logs", "logging", "trail"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings_below(document, &PARTS, |setting| filled(setting.node).is_some())
        .iter()
        .filter_map(|setting| item(&owner, setting))
        .collect()
}

fn item<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let name = setting.full_name();
    let words = words(&name);
    let about = |known: &[&str]| words.has_any(known);
    let retention = about(&["retention"]) && about(&LOGS);
    if !about(&["audit", "auditlog"]) && !retention {
        return None;
    }
    let text = setting.text();
    let kept = if retention { span_of(&words, text) } else { None };
    let last = words.last_lower();
    let switch = match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "enabled" => Some(true),
        "false" | "no" | "off" | "disabled" | "none" => Some(false),
        _ => None,
    };
    let aspect = match last.as_str() {
        _ if kept.is_some() => "retention",
        "enabled" | "enable" | "audit" | "active" if switch.is_some() => "enabled",
        "level" => "level",
        "sink" | "topic" | "path" | "file" | "output" | "archive" | "destination" => "sink",
        _ => "other",
    };
    let enabled = match unresolved(text) {
        Some(reason) if matches!(last.as_str(), "enabled" | "enable") => {
            Some(Fact::Unknown(reason))
        }
        _ => switch.filter(|_| aspect == "enabled").map(Fact::Bool),
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(name.clone()))),
        ("aspect", Some(Fact::text(aspect))),
        ("value", Some(Fact::text(text))),
        ("enabled", enabled),
        ("retention", kept.map(Fact::text)),
    ]);
    Some(setting.place().item_here(fact))
}

/// A duration with its unit, which may stand in the name: `retentionDays = 30` is `30d`.
fn span_of(words: &Words<'_>, text: &str) -> Option<String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let unit = [("days", "d"), ("day", "d"), ("hours", "h"), ("weeks", "w")];
        let (_, unit) = unit.iter().find(|(name, _)| words.has(name))?;
        return Some(format!("{text}{unit}"));
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    let unit = text.get(digits..)?.trim();
    matches!(unit, "s" | "m" | "h" | "d" | "w" | "ms").then(|| text.to_owned())
}
