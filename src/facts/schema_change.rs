//! Whether an application changes the schema of its database by itself.

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::{Setting, settings};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static SETTING: View = View {
    id: "db.schema-setting",
    about: "A setting by which an application, or a migration that it runs at its start, changes the schema of \
            its database: ddl-auto, hbm2ddl.auto, database.generation, Flyway's clean-disabled \
            and out-of-order, Liquibase's drop-first",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("value", "the value as text"),
        ("safe", "whether the schema stays as migrations made it; unknown when set elsewhere"),
    ],
    dialects: &[],
    extract,
};

/// Last words of names, and the values under which nothing is changed.
const SETTINGS: [(&[&str], &[&str]); 6] = [
    (&["ddl", "auto"], &["none", "validate"]),
    (&["hbm2ddl", "auto"], &["none", "validate"]),
    (&["database", "generation"], &["none", "validate"]),
    (&["clean", "disabled"], &["true", "yes", "on", "1"]),
    (&["out", "of", "order"], &["false", "no", "off", "0"]),
    (&["drop", "first"], &["false", "no", "off", "0"]),
];

/// A letter that a name of each ends in, so that most names are told without their words.
fn may_be(name: &str) -> bool {
    let ends = ["auto", "generation", "disabled", "order", "first"];
    let tail = |end: &str| name.len().checked_sub(end.len()).and_then(|at| name.get(at..));
    ends.iter().any(|end| tail(end).is_some_and(|tail| tail.eq_ignore_ascii_case(end)))
}

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let found = settings(document, &[], |s| may_be(s.name) && filled(s.node).is_some());
    if found.is_empty() {
        return Vec::new();
    }
    let owner = owner(document);
    found.iter().filter_map(|setting| item(&owner, setting)).collect()
}

fn item<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let name = setting.full_name();
    // Underscores part words in variables as dots do in files: HBM2DDL_AUTO.
    let words = words(&name);
    let (_, safe) = SETTINGS.iter().find(|(tail, _)| {
        let joined = words.joined(" ").replace("hbm2 ddl", "hbm2ddl");
        joined == tail.join(" ") || joined.ends_with(&format!(" {}", tail.join(" ")))
    })?;
    // `order` and `first` are words of many names.
    let about = words.has_any(&["flyway", "liquibase", "jpa", "hibernate", "hbm2ddl", "ddl"]);
    if !about {
        return None;
    }
    let text = setting.text();
    let safe = match unresolved(text) {
        Some(reason) => Fact::Unknown(reason),
        None => Fact::Bool(safe.contains(&text.to_lowercase().as_str())),
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(name.clone()))),
        ("value", Some(Fact::text(text))),
        ("safe", Some(safe)),
    ]);
    Some(setting.place().item_here(fact))
}
