//! What in a workflow of GitHub Actions lets others decide what is built.

use super::cursor::{Cursor, Document};
use super::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(super) static HAZARD: View = View {
    id: "ci.hazard",
    about: "One place of a workflow of GitHub Actions where somebody else may decide what runs: an action that is not \
            pinned by commit, text of strangers in a script, all rights for every job, a checkout of strangers' code \
            with the rights of the repository",
    fields: &[
        ("file", "the file of the workflow"),
        ("hazard", "unpinned, injection, write-all or stranger's code"),
        ("value", "the action, or what is put in"),
    ],
    dialects: &["plain"],
    extract,
};

const FOLDER: &str = ".github/workflows/";

/// Contexts whose text anybody may write (docs.github.com, script injections; zizmor 1.x,
/// template-injection).
const STRANGERS: [&str; 12] = [
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.head_commit.message",
    "github.head_ref",
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if !document.file.contains(FOLDER) {
        return Vec::new();
    }
    let root = document.cursor();
    let Some(jobs) = root.get("jobs") else { return Vec::new() };
    let mut items = Vec::new();
    let mut push = |hazard: &'static str, value: &str, place: &Cursor<'t>| {
        items.push(place.item_here(Fact::map([
            ("file", Some(Fact::text(document.file))),
            ("hazard", Some(Fact::text(hazard))),
            ("value", Some(Fact::text(value.to_owned()))),
        ])));
    };
    let for_strangers = is_triggered_by(root.node, "pull_request_target");
    let jobs = jobs.entries();
    for holder in jobs.iter().map(|(_, job)| job).chain([&root]) {
        if let Some(place) = holder.get("permissions")
            && place.node.text() == "write-all"
        {
            push("write-all", "write-all", &place);
        }
    }
    for (_, job) in &jobs {
        let steps = job.get("steps").map(|list| list.items()).unwrap_or_default();
        for step in steps.iter().chain([job]) {
            if let Some(place) = step.get("uses")
                && !is_pinned(place.node.text())
            {
                push("unpinned", place.node.text(), &place);
            }
            if let Some(place) = step.get("run")
                && let Some(value) = injected(place.node.text())
            {
                push("injection", value, &place);
            }
            let checked_out = step.at(&["with", "ref"]).filter(|_| for_strangers);
            if let Some(place) = checked_out
                && ["head.sha", "head.ref", "head_ref"]
                    .iter()
                    .any(|p| place.node.text().contains(p))
            {
                push("stranger's code", place.node.text(), &place);
            }
        }
    }
    items
}

fn is_triggered_by(root: Node<'_>, event: &str) -> bool {
    let Some(on) = root.get("on") else { return false };
    let listed = on.items().any(|one| one.text() == event);
    listed || on.get(event).is_some() || on.is_scalar() && on.text() == event
}

/// Whether an action is one of the same repository, or cannot become another one.
fn is_pinned(action: &str) -> bool {
    if action.starts_with("./") || action.contains("@sha256:") {
        return true;
    }
    let version = action.rsplit_once('@').map_or("", |(_, version)| version);
    version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What of strangers' texts an expression puts into a script.
fn injected(script: &str) -> Option<&'static str> {
    let mut inner = script.split("${{").skip(1).filter_map(|rest| rest.split("}}").next());
    inner
        .find_map(|expression| STRANGERS.iter().find(|known| expression.contains(**known)).copied())
}

#[cfg(test)]
mod tests {
    use super::{injected, is_pinned};

    #[test]
    fn only_a_commit_or_a_digest_pins() {
        for action in [
            "./.github/actions/build",
            "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
            "docker://alpine@sha256:abc",
        ] {
            assert!(is_pinned(action), "{action}");
        }
        for action in ["actions/checkout@v4", "foo/bar@main", "foo/bar", "docker://alpine:3"] {
            assert!(!is_pinned(action), "{action}");
        }
    }

    #[test]
    fn what_strangers_write_is_told_from_what_is_safe() {
        let script = "echo ${{ github.sha }}; echo \"${{ github.event.issue.title }}\"";
        assert_eq!(injected(script), Some("github.event.issue.title"));
        assert_eq!(injected("echo ${{ github.event.issue.number }}"), None);
        assert_eq!(injected("echo github.head_ref"), None);
    }
}
