//! Views of evidence: what was tested, scanned, migrated, rehearsed and approved, and of what.
//!
//! Every item says what it is about (`subjects`) and when it was made (`finished`), by itself or by
//! the `evidence.toml` beside it; whether that is this green, and fresh, is decided by the audit
//! before any rule is believed.

pub(super) mod junit;
pub(super) mod load;
pub(super) mod migration;
pub(super) mod record;
pub(super) mod scan;

use super::cursor::{Cursor, Document};
use super::{Fact, Item, View};
use crate::dialect::evidence::{manifests, within};
use crate::model::{Kind, Node, Timestamp};

/// The dialect whose documents are evidence.
pub(super) const DIALECT: &[&str] = &["evidence"];

/// See its `about`.
pub static KIND: View = View {
    id: "evidence.kind",
    about: "One file of evidence, whatever it proves",
    fields: &[
        (
            "kind",
            "junit, load, scan, migration, approval, rehearsal, backup, reconciliation or other",
        ),
        ("file", "its path within the folder of evidence"),
        ("subjects", "what it is about: sha256:… of images, git:… of a revision"),
        ("finished", "when it was made; absent when not said"),
    ],
    dialects: DIALECT,
    extract: kinds,
};

fn kinds<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let kind = document.identity.kind.as_str();
    if kind == "manifest" {
        return Vec::new();
    }
    let standing = match kind {
        "junit" => junit::standing(document),
        "scan" => scan::standing(document),
        _ => record::standing(document),
    };
    let fact = standing.fact(document, [("kind", Some(Fact::text(kind)))]);
    vec![whole(document, &document.cursor(), fact)]
}

/// What evidence is about, and when it was made.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) subjects: Vec<String>,
    pub(super) finished: Option<String>,
}

impl Standing {
    /// Fills in what the file beside it says, and makes the fact of an item.
    pub(super) fn fact<'t>(
        &self,
        document: &Document<'t>,
        fields: impl IntoIterator<Item = (&'static str, Option<Fact<'t>>)>,
    ) -> Fact<'t> {
        let file = within(document.file).unwrap_or(document.file);
        let own = self.subjects.iter().map(|one| Fact::text(one.clone()));
        let subjects: Vec<Fact<'t>> = if self.subjects.is_empty() {
            let listed = beside(document, |said| said.get("subjects").map(listed));
            listed.unwrap_or_default().into_iter().map(Fact::text).collect()
        } else {
            own.collect()
        };
        let finished = self.finished.clone().or_else(|| {
            beside(document, |said| said.get("finished").and_then(|node| instant(node.text())))
        });
        let common = [
            ("file", Some(Fact::text(file))),
            ("subjects", Some(Fact::List(subjects))),
            ("finished", finished.map(Fact::text)),
        ];
        Fact::map(common.into_iter().chain(fields))
    }
}

/// The one item of a whole file, at the place of it that matters.
pub(super) fn whole<'t>(document: &Document<'t>, place: &Cursor<'t>, fact: Fact<'t>) -> Item<'t> {
    place.item(within(document.file).unwrap_or(document.file), fact)
}

/// What the files beside a document say of it: of this very file, else of all files.
fn beside<'t, T>(document: &Document<'t>, take: impl Fn(Node<'t>) -> Option<T>) -> Option<T> {
    manifests(document.file).iter().find_map(|path| {
        let manifest = document.beside.iter().find(|beside| beside.file == path.as_str())?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let name = document.file.strip_prefix(folder)?.trim_start_matches('/');
        let entries = manifest.root.get("evidence").into_iter().flat_map(Node::items);
        let own = entries.filter(|entry| entry.text_at(&["file"]) == Some(name));
        own.into_iter().find_map(&take).or_else(|| take(manifest.root))
    })
}

/// The subjects that a node names, alone or in a list.
pub(super) fn listed(node: Node<'_>) -> Vec<String> {
    let one = node.is_scalar().then_some(node);
    one.into_iter().chain(node.items()).filter_map(|node| subject(node.text())).collect()
}

/// A subject as all evidence spells it: the digest in a reference of an image, or a revision.
pub(super) fn subject(text: &str) -> Option<String> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some((_, rest)) = text.split_once("sha256:") {
        let digest = rest.get(..64).filter(|digest| is_hex(digest))?;
        return Some(format!("sha256:{}", digest.to_lowercase()));
    }
    let revision = text.trim().trim_start_matches("git:");
    let is_revision = matches!(revision.len(), 40 | 64) && is_hex(revision);
    is_revision.then(|| format!("git:{}", revision.to_lowercase()))
}

/// A time in UTC; one that says no zone is taken for UTC.
pub(super) fn instant(text: &str) -> Option<String> {
    let text = text.trim();
    let zoned = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}Z")));
    zoned.map(|time| time.to_string())
}

/// The members of a list, or the one thing that stands there instead of a list of one.
pub(super) fn each<'t>(from: &Cursor<'t>, key: &str) -> Vec<Cursor<'t>> {
    let Some(found) = from.get(key) else { return Vec::new() };
    if found.node.kind() == Kind::List { found.items() } else { vec![found] }
}

/// The number at a place below.
pub(super) fn number(from: &Cursor<'_>, keys: &[&str]) -> Option<f64> {
    from.text(keys)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number as a fact.
pub(super) fn counted<'t>(count: f64) -> Option<Fact<'t>> {
    Fact::number(&count.to_string())
}

#[cfg(test)]
mod tests {
    use super::{instant, subject};

    #[test]
    fn a_subject_is_a_digest_or_a_revision() {
        let digest = "a".repeat(64);
        assert_eq!(subject(&format!("reg/pay@sha256:{digest}")), Some(format!("sha256:{digest}")));
        assert_eq!(subject(&"B".repeat(40)), Some(format!("git:{}", "b".repeat(40))));
        assert_eq!(subject("sha256:short"), None);
        assert_eq!(subject("main"), None);
    }

    #[test]
    fn a_time_without_a_zone_is_taken_for_utc() {
        assert_eq!(instant("2026-05-31T12:00:00").as_deref(), Some("2026-05-31T12:00:00Z"));
        assert_eq!(instant("2026-05-31T12:00:00.5+02:00").as_deref(), Some("2026-05-31T10:00:00Z"));
        assert_eq!(instant("yesterday"), None);
    }
}
