//! How long stores keep traces.

use super::cursor::Document;
use super::names::{namespace, owner, unresolved};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static RETENTION: View = View {
    id: "store.retention",
    about: "How long a store keeps traces, at the setting that says so: block_retention of Grafana Tempo",
    fields: &[
        ("owner", "who it belongs to: configmap/tempo, or the file"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("setting", "the way to it, joined by dots"),
        ("keeps", "how long, with its unit: 336h; unknown when it is resolved elsewhere"),
    ],
    dialects: &["tempo"],
    extract,
};

/// What Tempo says of itself, and for all tenants that say nothing else
/// (grafana/tempo, `docs/tempo/website/configuration/_index.md` at 09af806a9f58): 336h where nothing
/// is said.
const SETTINGS: [&[&str]; 2] = [
    &["compactor", "compaction", "block_retention"],
    &["overrides", "defaults", "compaction", "block_retention"],
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let item = |keys: &&[&str]| {
        let text = document.root.text_at(keys);
        let is_own = keys.first() == Some(&"compactor");
        let text = text.or_else(|| is_own.then_some("336h"))?;
        let keeps = unresolved(text).map_or_else(|| Fact::text(text), Fact::Unknown);
        let setting = keys.join(".");
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("namespace", Some(namespace(document)).filter(|ns| !ns.is_empty()).map(Fact::text)),
            ("setting", Some(Fact::text(setting.clone()))),
            ("keeps", Some(keeps)),
        ]);
        Some(document.cursor().place(keys).item(setting, fact))
    };
    SETTINGS.iter().filter_map(item).collect()
}
