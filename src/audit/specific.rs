//! Which findings of rules speak for a change that nothing explains.

use std::collections::BTreeMap;

use crate::model::{Change, Finding, Pair, Path, Place, Severity, State, Step};

/// The findings of rules on one resource, by the place they are about, so that a document with
/// many changes and many findings costs no more than their sum.
pub(super) struct Specific<'f>(BTreeMap<&'f [Step], Vec<&'f Finding>>);

impl<'f> Specific<'f> {
    /// Sorts findings by place.
    pub(super) fn new(findings: &'f [Finding]) -> Self {
        let mut places: BTreeMap<&[Step], Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            // Places that may be spelled in several ways are kept under what they share.
            let steps = &*finding.at.path.0;
            places.entry(shared_place(steps)).or_default().push(finding);
        }
        Self(places)
    }

    /// Whether one of them speaks for a change, so that the generic rule need not.
    pub(super) fn cover(&self, change: &Change, generic: Severity) -> bool {
        let steps = &*change.at.path.0;
        let near = (0..=steps.len()).rev().take(4).filter_map(|length| steps.get(..length));
        near.filter_map(|place| self.0.get(place))
            .flatten()
            .any(|finding| covers(finding, change, generic))
    }
}

/// The container of a place: what a finding and the changes it may speak for have in common.
fn shared_place(steps: &[Step]) -> &[Step] {
    steps.split_last().map_or(steps, |(_, container)| container)
}

/// Whether a finding of a rule speaks for an unexplained change, so that the generic rule need not:
/// it points at the very place, in the same lines where a place has no path of its own, and is no
/// milder than the generic rule, or stands for members of a list whose whole it is about.
fn covers(finding: &Finding, change: &Change, generic: Severity) -> bool {
    let same_lines = || {
        let lines = |places: &Pair<Option<Place>>| {
            places.as_ref().map(|place| place.as_ref().map(|place| (place.line, place.end_line)))
        };
        lines(&finding.places) == lines(&change.places)
    };
    let here = is_same_place(&finding.at.path, &change.at.path)
        && (!change.at.path.0.is_empty() || same_lines());
    let member = matches!(
        change.at.path.0.split_last(),
        Some((Step::Item(name), list)) if name.starts_with('=') && *list == *finding.at.path.0
    );
    finding.state == State::Introduced
        && ((here && finding.severity >= Severity::Medium)
            || (member && finding.severity >= generic))
}

/// Whether a finding on the value of a variable (`…/env/name=X/value`) is about a change of the
/// whole variable, or of where its value comes from.
fn is_variable_of(finding: &Path, change: &Path) -> bool {
    let [before @ .., Step::Key(env), member @ Step::Item(_), Step::Key(value)] = &*finding.0
    else {
        return false;
    };
    let Some(rest) = change.0.strip_prefix(before) else { return false };
    let same = |key: &Step, item: &Step| *key == Step::Key(env.clone()) && item == member;
    env == "env"
        && value == "value"
        && match rest {
            [key, item] => same(key, item),
            [key, item, Step::Key(from)] => same(key, item) && from == "valueFrom",
            _ => false,
        }
}

/// Whether two paths name the same place, a repeated key (`key#2`) being the place of its key.
pub(super) fn is_same_place(finding: &Path, change: &Path) -> bool {
    if finding == change || is_variable_of(finding, change) {
        return true;
    }
    let (Some((last, before)), Some((known, around))) =
        (change.0.split_last(), finding.0.split_last())
    else {
        return false;
    };
    let repeated = |text: &str, of: &str| {
        text.strip_prefix(of).and_then(|rest| rest.strip_prefix('#')).is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let same = match (last, known) {
        (Step::Key(text), Step::Key(of)) | (Step::Item(text), Step::Item(of)) => repeated(text, of),
        (Step::Key(_) | Step::Item(_) | Step::Index(_), _) => false,
    };
    same && before == around
}
