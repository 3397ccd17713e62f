//! Checksums in pods that were left behind when what they are of changed.
//!
//! A chart writes the checksum of a configuration into the pods that read it, so that they are replaced
//! with it. One that stands on both sides alike is no difference; where it is that of its input on one side
//! only, the pods of the other keep running with what was there before.

use super::Inputs;
use super::differences::stale_finding;
use super::place::Files;
use crate::model::{DocumentEntry, Finding, Kind, Node, Pair, Side, State};

/// Where pods are described, from the root of what describes them.
const PODS: [&[&str]; 2] = [&["spec", "template"], &["spec", "jobTemplate", "spec", "template"]];

/// Findings about a pair of documents, given their roots.
pub(super) fn findings(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    entries: Pair<Option<&DocumentEntry>>,
    roots: Pair<Option<Node<'_>>>,
) -> Vec<Finding> {
    let (Some(entries), Some(roots)) = (entries.both(), roots.both()) else { return Vec::new() };
    let files = Pair::from_fn(|side| files.name(side).unwrap_or_default());
    let nothing = Side::BOTH.iter().any(|side| inputs.hashed.get(*side).is_empty());
    if nothing || entries.blue.dialect != "kubernetes" || entries.green.dialect != "kubernetes" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for pod in PODS {
        let Some(annotations) = roots.map(|root| annotations(root, pod)).both() else { continue };
        if annotations.blue.kind() != Kind::Map || annotations.green.kind() != Kind::Map {
            continue;
        }
        for entry in annotations.green.entries() {
            let (name, value) = (entry.key.text(), entry.value.text());
            if annotations.blue.text_at(&[name]) != Some(value) {
                continue;
            }
            for side in [Side::Green, Side::Blue] {
                let state = if side == Side::Green { State::Introduced } else { State::Resolved };
                if let Some(what) = stale(inputs, files, side, value) {
                    let said = (name, what.as_str());
                    findings.extend(stale_finding(inputs, side, state, entries.get(side), said));
                }
            }
        }
    }
    findings
}

fn annotations<'t>(root: Node<'t>, pod: &[&str]) -> Option<Node<'t>> {
    root.at(pod)?.at(&["metadata", "annotations"])
}

/// What a text is the hash of on the other side, where here that has another one and nothing has this.
fn stale(inputs: Inputs<'_>, files: Pair<&str>, side: Side, text: &str) -> Option<String> {
    let (here, there) = (inputs.hashed.get(side), inputs.hashed.get(side.other()));
    let what = there.of(text, files.get(side.other()))?;
    let fold = |side: Side, what: &str| inputs.policy.colours.fold(side, what).into_owned();
    let folded = fold(side.other(), &what);
    let mut beside = here.beside(files.get(side));
    let changed = beside.any(|(own, hash)| fold(side, own) == folded && hash != text);
    (changed && here.of(text, files.get(side)).is_none()).then_some(folded)
}
