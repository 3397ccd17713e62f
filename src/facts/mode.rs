//! Settings that switch between the real thing and a rehearsal.

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::{Setting, settings};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static MODE: View = View {
    id: "integration.mode",
    about: "A setting that switches an integration between the real thing and a rehearsal: \
            *.mode, *_env, dry_run, sandbox, test_mode",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("value", "the value as text"),
        (
            "rehearsal",
            "whether the value says that nothing is done for real; unknown when set elsewhere",
        ),
    ],
    dialects: &[],
    extract,
};

/// What every name of a mode holds.
const PARTS: [&str; 4] = ["mode", "env", "sandbox", "run"];

/// Values that name a rehearsal.
const REHEARSALS: [&str; 14] = [
    "test",
    "testing",
    "sandbox",
    "mock",
    "stub",
    "fake",
    "dry_run",
    "dry-run",
    "dryrun",
    "simulate",
    "simulated",
    "simulation",
    "simulator",
    "demo",
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings(document, &PARTS, |setting| is_mode(setting.name))
        .iter()
        .filter_map(|setting| item(&owner, setting))
        .collect()
}

fn is_mode(name: &str) -> bool {
    const ENDS: [&[&str]; 7] = [
        &["mode"],
        &["environment"],
        &["env"],
        &["sandbox"],
        &["sandbox", "enabled"],
        &["dry", "run"],
        &["livemode"],
    ];
    let words = words(name);
    ENDS.iter().any(|tail| words.end_in(tail))
        && !words.has_any(&["log", "logging", "file", "umask"])
}

fn item<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let text = filled(setting.node)?;
    let value = text.to_lowercase();
    let words = words(setting.name);
    let switch = match value.as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    };
    let says_rehearsal = words.has_any(&REHEARSALS) || words.end_in(&["dry", "run"]);
    let rehearsal = match (unresolved(text), switch) {
        (Some(reason), _) => Fact::Unknown(reason),
        (None, Some(on)) if words.has_any(&["live", "livemode"]) => Fact::Bool(!on),
        (None, Some(on)) => Fact::Bool(on && says_rehearsal),
        (None, None) => Fact::Bool(REHEARSALS.contains(&value.as_str())),
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(setting.full_name()))),
        ("value", Some(Fact::text(text))),
        ("rehearsal", Some(rehearsal)),
    ]);
    Some(setting.place().item_here(fact))
}
