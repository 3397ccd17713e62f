//! Evidence: what proves something about a side and is no configuration of it.
//!
//! Known by the folder it lies in, and told apart by what it says. Its documents are never compared
//! between the sides; views read them, and rules ask whether they are about this side and fresh. What
//! lies there and may be configuration (a structured text of no kind of evidence) is compared as any.
//!
//! A file `evidence.toml` in the same folder, or at the top of it, says what tools leave out:
//!
//! ```toml
//! subjects = ["sha256:…"]               # what all files here are about: digests of images,
//! finished = 2026-05-31T12:00:00Z       # or the revision of a git source: git:…
//! [[evidence]]
//! file = "load.json"                    # what this one is about, where that is something else
//! finished = 2026-05-31T14:00:00Z
//! ```

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, Read};
use crate::model::{Kind, Node, Typing};

/// The folder of a side that holds evidence.
pub const FOLDER: &str = "driftseal.evidence/";

/// The file that says what evidence is about.
pub const MANIFEST: &str = "evidence.toml";

/// The dialect.
pub(super) static EVIDENCE: Evidence = Evidence;

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::default);

/// See [`EVIDENCE`].
pub(super) struct Evidence;

/// What is told by keys at the top: the kind, and the keys of which one has to be there.
const KINDS: [(&str, &[&str]); 7] = [
    ("approval", &["approval"]),
    ("rehearsal", &["rehearsal"]),
    ("backup", &["backup"]),
    ("reconciliation", &["reconciliation"]),
    ("migration", &["migrations", "contexts"]),
    ("scan", &["runs"]),
    ("load", &["metrics", "assertions", "Total", "numberOfRequests"]),
];

/// Every kind of evidence that can be told from others.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind).chain(["junit"])
}

impl Dialect for Evidence {
    fn id(&self) -> &'static str {
        "evidence"
    }

    fn about(&self) -> &'static str {
        "results of tests, scans, migrations and approvals in a folder driftseal.evidence, or given as \
         evidence:PATH; never compared between the sides"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("driftseal.evidence/approval.toml", "[approval]\nticket = \"CHG-1\"\n")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let within = within(file)?;
        let kind = kind(within, syntax, root)?;
        let name = format!("evidence:{kind}/{within}");
        Some(Identity { kind: kind.to_owned(), join: name.clone(), name, portable: false })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn reads<'t>(&self, file: &str, _root: Node<'t>) -> Vec<Read<'t>> {
        let manifests = manifests(file).into_iter().filter(|path| path != file);
        manifests.map(|path| Read { path: Some(path), needed: None, part: None }).collect()
    }
}

/// Whether a file of a side is evidence.
pub fn is_evidence(file: &str) -> bool {
    within(file).is_some()
}

/// The path of a file within the folder of evidence.
pub fn within(file: &str) -> Option<&str> {
    let mut rest = file;
    loop {
        if let Some(within) = rest.strip_prefix(FOLDER) {
            return Some(within);
        }
        (_, rest) = rest.split_once('/')?;
    }
}

/// Where it may be said what a file is about, the nearest first.
pub fn manifests(file: &str) -> Vec<String> {
    let Some(within) = within(file) else { return Vec::new() };
    let top = file.strip_suffix(within).unwrap_or_default();
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut all = vec![format!("{folder}/{MANIFEST}"), format!("{top}{MANIFEST}")];
    all.dedup();
    all
}

/// What kind of evidence a document is; nothing where it may be something else.
fn kind(file: &str, syntax: &str, root: Node<'_>) -> Option<&'static str> {
    let is_map = root.kind() == Kind::Map;
    if file.rsplit('/').next() == Some(MANIFEST) {
        return Some("manifest");
    }
    if syntax == "xml" {
        let is_junit = ["testsuites", "testsuite"].iter().any(|key| root.get(key).is_some());
        return Some(if is_junit { "junit" } else { "other" });
    }
    if syntax == "text" {
        return Some("other");
    }
    // Statistics of Gatling stand below `stats`.
    if is_map && root.at(&["stats", "numberOfRequests"]).is_some() {
        return Some("load");
    }
    let is_object = root.get("apiVersion").is_some();
    let has = |keys: &[&str]| is_map && keys.iter().any(|key| root.get(key).is_some());
    KINDS.iter().find(|(_, keys)| has(keys) && !is_object).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::{manifests, within};

    #[test]
    fn evidence_is_known_by_its_folder() {
        assert_eq!(within("driftseal.evidence/a/b.xml"), Some("a/b.xml"));
        assert_eq!(within("x/driftseal.evidence/b.xml"), Some("b.xml"));
        assert_eq!(within("xdriftseal.evidence/b.xml"), None);
        assert_eq!(within("evidence/b.xml"), None);
        assert_eq!(
            manifests("x/driftseal.evidence/a/b.xml"),
            ["x/driftseal.evidence/a/evidence.toml", "x/driftseal.evidence/evidence.toml"]
        );
        assert_eq!(manifests("driftseal.evidence/b.xml"), ["driftseal.evidence/evidence.toml"]);
    }
}
