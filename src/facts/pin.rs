//! What a build is told to fetch from elsewhere, and whether that may change by itself.

use super::cursor::{Cursor, Document};
use super::names::owner;
use super::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(super) static PIN: View = View {
    id: "source.pin",
    about: "Something that kustomize or Terraform fetches from elsewhere, at what names it",
    fields: &[
        ("owner", "the file"),
        ("source", "what is fetched: a repository, a chart, a module"),
        ("version", "the version, tag or commit that is asked for; absent where none is"),
        ("fixed", "whether that is one version or commit, and no branch, tag of its kind or range"),
    ],
    dialects: &["kustomize", "terraform"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let root = document.cursor();
    let owner = owner(document);
    if document.dialect.id() == "terraform" {
        let calls = root.at(&["configuration", "root_module", "module_calls"]);
        let calls = calls.map(|map| map.entries()).unwrap_or_default();
        return calls.iter().filter_map(|(_, call)| module(&owner, call)).collect();
    }
    let lists = ["resources", "components", "bases"].into_iter().filter_map(|key| root.get(key));
    let remote = lists.flat_map(|list| list.items()).filter(|one| is_remote(one.node.text()));
    let remote = remote.map(|one| {
        let text = one.node.text();
        item(&owner, text, reference(text), &one)
    });
    let charts = root.get("helmCharts").map(|list| list.items()).unwrap_or_default();
    let charts = charts.into_iter().filter(|chart| chart.node.get("repo").is_some());
    let charts = charts.filter_map(|chart| {
        let name = chart.text(&["name"])?;
        Some(item(&owner, name, chart.text(&["version"]), &chart.place(&["version"])))
    });
    remote.chain(charts).collect()
}

/// A module that is no folder beside; of a registry the version is asked for beside its source.
fn module<'t>(owner: &str, call: &Cursor<'t>) -> Option<Item<'t>> {
    let place = call.get("source")?;
    let source = place.node.text();
    let asked = call.node.get("version_constraint").map(Node::text);
    let is_beside = source.starts_with('.') || source.starts_with('/');
    (!is_beside).then(|| item(owner, source, reference(source).or(asked), &place))
}

fn is_remote(text: &str) -> bool {
    text.contains("://") || text.contains("?ref=") || text.starts_with("github.com/")
}

/// What a source asks for by `ref` or `version`.
fn reference(source: &str) -> Option<&str> {
    let (_, query) = source.split_once('?')?;
    let known =
        |pair: &'_ str| ["ref", "version"].iter().any(|key| pair.split('=').next() == Some(key));
    query.split('&').find(|pair| known(pair)).and_then(|pair| pair.split_once('=')).map(|(_, v)| v)
}

/// Whether a version is one: a commit, or numbers in full.
fn is_fixed(version: &str) -> bool {
    let version = version.trim_start_matches(['=', ' ', 'v']);
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (numbers, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    is_commit || (parts.len() == 3 && parts.iter().all(is_number))
}

fn item<'t>(
    owner: &str,
    source: &'t str,
    version: Option<&'t str>,
    place: &Cursor<'t>,
) -> Item<'t> {
    place.item_here(Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("source", Some(Fact::text(source))),
        ("version", version.map(Fact::text)),
        ("fixed", Some(Fact::Bool(version.is_some_and(is_fixed)))),
    ]))
}

#[cfg(test)]
mod tests {
    use super::{is_fixed, reference};

    #[test]
    fn a_branch_or_a_range_is_not_fixed() {
        for version in ["v1.2.3", "1.2.3", "= 1.2.3", "1.2.3-rc1", &"0123456789".repeat(4)] {
            assert!(is_fixed(version), "{version}");
        }
        for version in ["main", "v1", "~> 1.2", "1.2", "^1.2.3", ">= 1.2.3", "1.2.x", "abcdef"] {
            assert!(!is_fixed(version), "{version}");
        }
        assert_eq!(reference("https://a.example/b//c?timeout=1&ref=v1"), Some("v1"));
        assert_eq!(reference("https://a.example/b"), None);
    }
}
