//! What one processor removes from spans, or masks in them.
//!
//! Read as opentelemetry-collector-contrib v0.153.0 reads it: `processor/attributesprocessor`,
//! `processor/redactionprocessor`, `processor/transformprocessor`.

use std::collections::BTreeSet;

use super::read::{flag, members, scalar, text, texts};
use crate::dialect::version::Version;
use crate::facts::Fact;

/// What a processor does, and to which parts of a span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Measures {
    /// Each as a text that is equal for measures that do the same.
    pub(super) what: BTreeSet<String>,
    /// What it leaves alone though it would be removed or masked otherwise.
    pub(super) exempt: BTreeSet<String>,
    /// The parts of a span it looks at.
    pub(super) reaches: BTreeSet<&'static str>,
    /// Whether a later version would look at more.
    pub(super) is_dated: bool,
}

/// Functions of OTTL that remove or mask.
const MASKING: [&str; 11] = [
    "delete_key(",
    "delete_matching_keys(",
    "keep_keys(",
    "keep_matching_keys(",
    "limit(",
    "replace_all_matches(",
    "replace_all_patterns(",
    "replace_match(",
    "replace_pattern(",
    "truncate_all(",
    "delete_index(",
];

/// Contexts of OTTL, as paths begin.
const CONTEXTS: [&str; 4] = ["resource", "scope", "span", "spanevent"];

/// What a processor of a type does, by its configuration; nothing where it masks nothing.
pub(super) fn measures(kind: &str, config: &Fact<'_>, version: Option<Version>) -> Measures {
    match kind {
        "attributes" => actions(config, "actions", "span attributes"),
        "resource" => actions(config, "attributes", "resource attributes"),
        "redaction" => redaction(config, version),
        "transform" => statements(config),
        _ => Measures::default(),
    }
}

fn actions(config: &Fact<'_>, list: &str, reach: &'static str) -> Measures {
    let mut found = Measures::default();
    let only = ["include", "exclude"]
        .iter()
        .filter_map(|key| Some(format!(", {key} {}", shown(config.get(key)?))));
    let only: String = only.collect();
    for action in members(config.get(list)) {
        let what = text(action, "key").or_else(|| text(action, "pattern"));
        let (Some(done), Some(what)) = (text(action, "action"), what) else { continue };
        match done.to_lowercase().as_str() {
            // What is deleted is not readable either.
            "delete" => {
                found.what.insert(format!("`{what}` is deleted{only}"));
                found.what.insert(format!("`{what}` is not readable{only}"));
            }
            "hash" => {
                found.what.insert(format!("`{what}` is not readable{only}"));
            }
            _ => (),
        }
    }
    if !found.what.is_empty() {
        found.reaches.insert(reach);
    }
    found
}

fn redaction(config: &Fact<'_>, version: Option<Version>) -> Measures {
    let mut found = Measures::default();
    let is = |key: &str| flag(config.get(key)).unwrap_or(false);
    let list = |key: &str| texts(config, key).into_iter();
    if !is("allow_all_keys") {
        found.what.insert("keys that are not listed are deleted".to_owned());
        found.exempt.extend(list("allowed_keys").map(|key| format!("key `{key}`")));
    }
    found.what.extend(list("blocked_values").map(|v| format!("values like `{v}` are masked")));
    let keys = list("blocked_key_patterns");
    found.what.extend(keys.map(|key| format!("values of keys like `{key}` are masked")));
    for (sanitizer, what) in SANITIZERS {
        let own = config.get(sanitizer);
        if flag(own.and_then(|own| own.get("enabled"))) == Some(true) {
            found.what.insert(format!("{what} are cleaned"));
        }
    }
    for exempt in ["ignored_keys", "ignored_key_patterns"] {
        found.exempt.extend(list(exempt).map(|key| format!("key `{key}`")));
    }
    found.exempt.extend(list("allowed_values").map(|value| format!("value `{value}`")));
    if found.what.is_empty() {
        return Measures::default();
    }
    found.reaches.extend(["resource attributes", "span attributes"]);
    let missed = Version::parse(EVENTS_MISSED);
    found.is_dated = version.is_some() && version <= missed;
    if !found.is_dated {
        found.reaches.insert("span events");
    }
    found
}

/// What else redaction cleans where it is switched on, by the part that says so.
const SANITIZERS: [(&str, &str); 1] = [("url_sanitizer", "addresses of pages")];

/// A version whose redaction does not look at the events of spans
/// (opentelemetry-collector-contrib, issue 36633; later ones do, pull request 38288).
const EVENTS_MISSED: &str = "0.111.0";

fn statements(config: &Fact<'_>) -> Measures {
    let mut found = Measures::default();
    for member in members(config.get("trace_statements")) {
        if let Fact::Text(statement) = member {
            statement_of(&mut found, statement, None);
            continue;
        }
        let context = text(member, "context");
        for statement in texts(member, "statements") {
            statement_of(&mut found, &statement, context.as_deref());
        }
    }
    found
}

fn statement_of(found: &mut Measures, statement: &str, context: Option<&str>) {
    let words = statement.split_whitespace().collect::<Vec<&str>>().join(" ");
    let overwrites = words.starts_with("set(") && words.contains("attributes[");
    if !overwrites && !MASKING.iter().any(|name| words.starts_with(name)) {
        return;
    }
    let inside = words.split_once('(').map_or("", |(_, rest)| rest);
    let own = CONTEXTS
        .iter()
        .rev()
        .find(|name| inside.strip_prefix(**name).is_some_and(|rest| rest.starts_with('.')));
    let context = own.copied().or(context).unwrap_or("span");
    let plain = words.replacen(&format!("({context}."), "(", 1);
    found.what.insert(format!("`{plain}`"));
    found.reaches.insert(match context {
        "resource" => "resource attributes",
        "scope" => "scope attributes",
        "spanevent" => "span events",
        _ => "span attributes",
    });
}

/// A fact as a text, for conditions that are compared as they are written.
pub(super) fn shown(fact: &Fact<'_>) -> String {
    match fact {
        Fact::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Fact::Map(fields) => {
            let field = |(key, value): &(std::borrow::Cow<'_, str>, Fact<'_>)| {
                format!("{key}: {}", shown(value))
            };
            let mut fields: Vec<String> = fields.iter().map(field).collect();
            fields.sort_unstable();
            format!("{{{}}}", fields.join(", "))
        }
        Fact::Bool(_) | Fact::Number(_) | Fact::Text(_) | Fact::Secret(_) | Fact::Unknown(_) => {
            scalar(fact).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, measures};
    use crate::facts::Fact;

    fn map(fields: Vec<(&'static str, Fact<'static>)>) -> Fact<'static> {
        Fact::map(fields.into_iter().map(|(key, value)| (key, Some(value))))
    }

    fn texts(texts: &[&'static str]) -> Fact<'static> {
        Fact::List(texts.iter().map(|text| Fact::text(*text)).collect())
    }

    #[test]
    fn what_is_deleted_is_hidden_too_and_what_is_hashed_is_only_hidden() {
        let act = |action| {
            let action =
                map(vec![("key", Fact::text("user.email")), ("action", Fact::text(action))]);
            measures("attributes", &map(vec![("actions", Fact::List(vec![action]))]), None).what
        };
        assert!(act("delete").is_superset(&act("hash")) && act("delete") != act("hash"));
        assert!(act("insert").is_empty());
    }

    #[test]
    fn redaction_without_a_list_deletes_everything_and_with_all_keys_allowed_nothing() {
        let closed = measures("redaction", &map(Vec::new()), None);
        assert_eq!(closed.what.len(), 1);
        let open = map(vec![("allow_all_keys", Fact::Bool(true))]);
        assert!(measures("redaction", &open, None).what.is_empty());
        let old = measures("redaction", &map(Vec::new()), Version::parse("0.111.0"));
        assert!(closed.reaches.contains("span events") && !old.reaches.contains("span events"));
    }

    #[test]
    fn a_statement_says_the_same_with_its_context_before_it_or_in_it() {
        let old = map(vec![
            ("context", Fact::text("span")),
            ("statements", texts(&["delete_key(attributes, \"pan\")"])),
        ]);
        let old = map(vec![("trace_statements", Fact::List(vec![old]))]);
        let new = map(vec![("trace_statements", texts(&["delete_key(span.attributes, \"pan\")"]))]);
        assert_eq!(measures("transform", &old, None), measures("transform", &new, None));
        let named = map(vec![("trace_statements", texts(&["set(span.name, \"GET\")"]))]);
        assert!(measures("transform", &named, None).what.is_empty());
    }
}
