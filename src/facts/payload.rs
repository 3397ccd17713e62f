//! Switches that write what users send into logs and traces.

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::{Setting, settings};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static CAPTURE: View = View {
    id: "payload.capture",
    about: "A switch that writes bodies of requests, responses or messages into logs or traces",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("captured", "whether bodies are written; unknown when it is resolved elsewhere"),
    ],
    dialects: &[],
    extract,
};

/// What every name of such a switch holds.
const PARTS: [&str; 3] = ["body", "bodies", "payload"];
const WHAT: [&str; 4] = ["body", "bodies", "payload", "payloads"];
const VERBS: [&str; 8] =
    ["log", "logging", "logged", "capture", "captured", "record", "dump", "trace"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let named = |name: &str| {
        let words = words(name);
        words.has_any(&WHAT) && words.has_any(&VERBS)
    };
    settings(document, &PARTS, |setting| named(setting.name))
        .iter()
        .filter_map(|setting| item(&owner, setting))
        .collect()
}

fn item<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let text = filled(setting.node)?;
    let captured = match (unresolved(text), text.to_lowercase().as_str()) {
        (Some(reason), _) => Fact::Unknown(reason),
        (None, "false" | "off" | "no" | "none" | "0" | "never") => Fact::Bool(false),
        (None, "true" | "on" | "yes" | "1" | "all" | "always" | "transactions" | "errors") => {
            Fact::Bool(true)
        }
        // A size or a format, not a switch.
        (None, _) => return None,
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(setting.full_name()))),
        ("captured", Some(captured)),
    ]);
    Some(setting.place().item_here(fact))
}
