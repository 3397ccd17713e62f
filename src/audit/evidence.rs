//! Whether evidence is about this side, and fresh. What is neither decides nothing: a rule over it
//! is unknown, whatever it would say.
//!
//! Evidence names its subjects. It is about a side when every digest it names is one that the
//! side's configuration names too, or, where it names none, when every revision is one that a
//! source of the side was read from, itself or before a snapshot was taken. Of the digests, one has to be
//! the side's own, if it has any that the other side has not: a sidecar of both tells nothing of either.
//! It is fresh when it is no older than the rule allows
//! (`params.max_age`, else [`AGE_MAX`]), counted to the time of the run, and not from after it.

use std::collections::BTreeSet;

use super::{Inputs, open};
use crate::dialect::evidence::is_evidence;
use crate::facts::{Document, EVIDENCE_KIND, Fact, View};
use crate::model::{BlobError, CollectorRecord, Pair, Side, Snapshot, SourceId, Timestamp};
use crate::rules::{Kind, Outcome, Rule, judge, judge_pair};

/// The greatest age of evidence where a rule says none, in seconds: a week.
const AGE_MAX: i64 = 7 * 24 * 60 * 60;

/// How far clocks may be apart, in seconds.
const CLOCKS: i64 = 5 * 60;

/// The dialect of what is compared with nothing.
pub(super) const DIALECT: &str = "evidence";

/// Whether a file of a side lies among its evidence and holds nothing else.
pub(super) fn is_all_of(inputs: Inputs<'_>, id: Option<SourceId>, side: Side) -> bool {
    let Some(id) = id else { return false };
    let snapshot = inputs.snapshots.get(side);
    if !snapshot.source(id).is_some_and(|source| is_evidence(&source.file)) {
        return false;
    }
    let at = snapshot.documents.partition_point(|entry| entry.source < id);
    let own = snapshot.documents.iter().skip(at).take_while(|entry| entry.source == id);
    own.into_iter().all(|entry| entry.dialect == DIALECT)
}

/// What tells a side from every other release.
#[derive(Debug, Default)]
pub(super) struct Release {
    digests: BTreeSet<String>,
    /// Those that the other side has not.
    own: BTreeSet<String>,
    revisions: BTreeSet<String>,
}

/// What tells each side; nothing is read where there is no evidence.
pub(super) fn releases(inputs: Inputs<'_>) -> Result<Pair<Release>, BlobError> {
    if !Side::BOTH.iter().any(|side| has_evidence(inputs.snapshots.get(*side))) {
        return Ok(Pair::default());
    }
    let named = Pair::new(digests(inputs, Side::Blue)?, digests(inputs, Side::Green)?);
    let revisions = inputs.snapshots.as_ref().map(revisions);
    Ok(Pair::from_fn(|side| {
        let (digests, others) = (named.get(side), named.get(side.other()));
        Release {
            own: digests.difference(others).cloned().collect(),
            digests: digests.clone(),
            revisions: revisions.get(side).clone(),
        }
    }))
}

/// The revisions that a side was read from.
fn revisions(snapshot: &Snapshot) -> BTreeSet<String> {
    let revisions = snapshot.collectors.iter().flat_map(CollectorRecord::revisions);
    revisions.map(|revision| format!("git:{}", revision.to_lowercase())).collect()
}

fn has_evidence(snapshot: &Snapshot) -> bool {
    snapshot.sources.iter().any(|source| is_evidence(&source.file))
}

/// The digests that the configuration of a side names.
fn digests(inputs: Inputs<'_>, side: Side) -> Result<BTreeSet<String>, BlobError> {
    let snapshot: &Snapshot = inputs.snapshots.get(side);
    let mut digests = BTreeSet::new();
    for source in snapshot.sources.iter().filter(|source| !is_evidence(&source.file)) {
        let text = open::text(inputs, Some(source))?;
        for (at, mark) in text.match_indices("sha256:") {
            let digest = at.checked_add(mark.len()).and_then(|at| text.get(at..at + 64));
            let is_digest = |text: &&str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let digest = digest.filter(|digest| is_digest(digest) && !is_comment(&text, at));
            let digest = digest.map(str::to_lowercase);
            digests.extend(digest.map(|digest| format!("sha256:{digest}")));
        }
    }
    Ok(digests)
}

/// Whether what stands at a byte may be part of a comment: there is a mark of one before it in its
/// line. What a side was is often left there.
fn is_comment(text: &str, at: usize) -> bool {
    let line = text.get(..at).map_or("", |before| before.rsplit('\n').next().unwrap_or(before));
    ["#", "//", ";", "<!--", "/*"].iter().any(|mark| {
        line.match_indices(mark).any(|(at, _)| {
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            before.is_none_or(char::is_whitespace)
        })
    })
}

impl Release {
    /// Why evidence is not about it.
    fn refuses(&self, fact: &Fact<'_>) -> Option<String> {
        let Some(Fact::List(subjects)) = fact.get("subjects") else { return None };
        let named = subjects.iter().filter_map(|one| {
            let Fact::Text(text) = one else { return None };
            Some(&**text)
        });
        let (digests, revisions): (Vec<&str>, Vec<&str>) =
            named.partition(|subject| subject.starts_with("sha256:"));
        let (asked, known) = if digests.is_empty() {
            (revisions, &self.revisions)
        } else {
            (digests, &self.digests)
        };
        if asked.is_empty() {
            return Some(
                "it does not say what it is about: name digests or a revision as its subjects, there \
                 or in evidence.toml beside it"
                    .to_owned(),
            );
        }
        let is_other = |subject: &&&str| !known.contains(**subject);
        if let Some(other) = asked.iter().find(is_other) {
            let short = other.get(..19).unwrap_or(other);
            return Some(format!("it is about {short}…, which is not part of this side"));
        }
        let is_own = self.own.is_empty() || asked.iter().any(|one| self.own.contains(*one));
        let is_about_images = asked.iter().any(|one| one.starts_with("sha256:"));
        (is_about_images && !is_own).then(|| {
            "it is about images that the other side has too, and this side has some of its own: name \
             one of those as well"
                .to_owned()
        })
    }
}

/// Why evidence is not fresh.
fn stale(fact: &Fact<'_>, now: Timestamp, age_max: i64) -> Option<String> {
    let Some(Fact::Text(said)) = fact.get("finished") else {
        return Some("it does not say when it was made".to_owned());
    };
    let Some(made) = Timestamp::parse(said) else {
        return Some("it does not say when it was made".to_owned());
    };
    let age = now.unix_seconds().saturating_sub(made.unix_seconds());
    if age > age_max {
        return Some(format!("it was made at {said}, which is too long ago"));
    }
    (age < -CLOCKS).then(|| format!("it was made at {said}, after this run"))
}

/// The greatest age that a rule allows, in seconds.
fn age_max(rule: &Rule) -> i64 {
    let said = rule.param("max_age");
    let hours = match said {
        Some(Fact::Text(text)) => {
            text.strip_suffix('h').and_then(|hours| hours.parse::<i64>().ok())
        }
        _ => None,
    };
    hours.and_then(|hours| hours.checked_mul(3600)).unwrap_or(AGE_MAX)
}

/// Whether a view is one of evidence: its items say what they are about.
pub(super) fn is_view(view: &View) -> bool {
    view.dialects == [DIALECT]
}

/// What a rule says of evidence: of green's, or of both sides' where it compares them.
pub(super) fn judged(inputs: Inputs<'_>, rule: &Rule, facts: Pair<Option<&Fact<'_>>>) -> Outcome {
    let (nothing, run) = (Fact::List(Vec::new()), run(inputs.now));
    let outcome = match rule.kind {
        Kind::Pair | Kind::Regression => judge_pair(rule, facts.blue, facts.green),
        Kind::Posture | Kind::Cross | Kind::Evidence => {
            facts.green.map_or(Outcome::NotApplicable, |fact| judge(rule, fact, &nothing, &run))
        }
    };
    if matches!(outcome, Outcome::NotApplicable | Outcome::Error { .. }) {
        return outcome;
    }
    let green = facts.green.and_then(|fact| {
        let refused = inputs.releases.green.refuses(fact);
        refused.or_else(|| stale(fact, inputs.now, age_max(rule)))
    });
    let blue = facts.blue.filter(|_| rule.kind.compares());
    let blue = blue.and_then(|fact| inputs.releases.blue.refuses(fact));
    let blue = blue.map(|why| format!("blue's: {why}"));
    green.or(blue).map_or(outcome, |reason| Outcome::Unknown { reason })
}

/// What rules are told of the run.
pub(super) fn run(now: Timestamp) -> Fact<'static> {
    Fact::map([("time", Some(Fact::text(now.to_string())))])
}

/// Notes the kind of a document of green, if it is evidence about this green and fresh.
pub(super) fn note(inputs: Inputs<'_>, green: Option<&Document<'_>>, kinds: &mut BTreeSet<String>) {
    let Some(document) = green.filter(|document| document.dialect.id() == DIALECT) else { return };
    for item in (EVIDENCE_KIND.extract)(document) {
        let refused = inputs.releases.green.refuses(&item.fact);
        let is_bound = refused.or_else(|| stale(&item.fact, inputs.now, AGE_MAX)).is_none();
        if let Some(Fact::Text(kind)) = item.fact.get("kind").filter(|_| is_bound) {
            kinds.insert(kind.clone().into_owned());
        }
    }
}
