//! What became of known debt.

use super::{Baseline, SEVERITY_OPEN_MIN};
use crate::model::{
    BaselineMark, BaselineRecord, BaselineStatus, Decision, DecisionKind, Disposition, Finding,
    Fingerprint, Hygiene, PackRecord, Pair, RuleId, Severity, State, Timestamp,
};
use crate::wire::report::Report;

/// How old a baseline gets before it is told to be.
const OLD_SECONDS: i64 = 180 * 86_400;

/// By what findings are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Means<'a> {
    /// The rule packs.
    pub(crate) packs: &'a [PackRecord],
    /// The name and version of the program.
    pub(crate) engine: (&'a str, &'a str),
    /// The colour word of each side.
    pub(crate) colours: &'a Pair<String>,
    /// The instant everything is judged at.
    pub(crate) now: Timestamp,
}

impl Baseline {
    /// Why nothing that is found by these means can be compared with it; nothing where it can.
    pub(crate) fn incomparable(&self, means: Means<'_>) -> Vec<String> {
        let packs = means
            .packs
            .iter()
            .map(|pack| (pack.id.as_str(), pack.version.as_str(), pack.digest.to_string()));
        let colours = (means.colours.blue.as_str(), means.colours.green.as_str());
        self.other_means(&packs.collect::<Vec<_>>(), means.engine, colours, means.now)
    }

    fn other_means(
        &self,
        packs: &[(&str, &str, String)],
        engine: (&str, &str),
        colours: (&str, &str),
        now: Timestamp,
    ) -> Vec<String> {
        let mut why = Vec::new();
        let known = |id: &str| self.header.packs.iter().find(|known| known.id == id);
        for (id, version, digest) in packs {
            match known(id) {
                None => why.push(format!("the rule pack {id} is new")),
                Some(known) if known.version != *version || known.digest.sha256 != *digest => {
                    why.push(format!("the rule pack {id} changed"));
                }
                Some(_) => {}
            }
        }
        let gone = |id: &str| !packs.iter().any(|(known, ..)| *known == id);
        let gone = self.header.packs.iter().filter(|known| gone(&known.id));
        why.extend(gone.map(|known| format!("the rule pack {} is gone", known.id)));
        let by = &self.header.engine;
        if (by.name.as_str(), by.version.as_str()) != engine {
            why.push(format!("{} {} made it, this is {}", by.name, by.version, engine.1));
        }
        let own = &self.header.colours;
        if (own.blue.as_str(), own.green.as_str()) != colours {
            why.push("its colours are others".to_owned());
        }
        if self.created_at > now {
            why.push(format!("it was made at {}, later than this audit", self.created_at));
        }
        why
    }
}

/// What became of the baseline in an audit.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) record: BaselineRecord,
    pub(crate) decision: Decision,
    pub(crate) hygiene: Vec<Hygiene>,
}

/// Marks the findings that a baseline holds; those that are as it holds them are known debt.
pub(crate) fn hold(
    baseline: &Baseline,
    (means, never): (Means<'_>, &[String]),
    findings: &mut [Finding],
) -> Held {
    let incomparable = baseline.incomparable(means);
    let mut record = BaselineRecord {
        digest: baseline.digest,
        created_at: baseline.created_at.to_string(),
        owner: baseline.header.owner.clone(),
        reason: baseline.header.reason.clone(),
        incomparable,
        entries: baseline.entries.len() as u64,
        unchanged: 0,
        worsened: 0,
        fixed: 0,
        new: 0,
    };
    let is_comparable = record.incomparable.is_empty();
    if is_comparable {
        let names = Fingerprint::of_findings(findings);
        for (finding, named) in findings.iter_mut().zip(&names) {
            hold_one(baseline, never, (finding, named), &mut record);
        }
        let seen = record.unchanged.saturating_add(record.worsened);
        record.fixed = record.entries.saturating_sub(seen);
    }
    let decision = Decision {
        kind: DecisionKind::Baseline,
        id: baseline.digest.to_string(),
        reason: record.reason.clone(),
        owner: record.owner.clone(),
        ticket: None,
        until: String::new(),
        uses: record.unchanged,
    };
    let hygiene = notes(baseline, &record, means.now);
    Held { record, decision, hygiene }
}

fn hold_one(
    baseline: &Baseline,
    never: &[String],
    (finding, named): (&mut Finding, &Fingerprint),
    record: &mut BaselineRecord,
) {
    if finding.state == State::Resolved {
        return;
    }
    let known = baseline.entries.get(&named.name).filter(|entry| entry.rule == finding.rule.0);
    let Some(entry) = known else {
        let is_new = finding.state == State::Introduced && finding.disposition == Disposition::Open;
        record.new = record.new.saturating_add(is_new.into());
        return;
    };
    let is_same = entry.instance == named.instance
        && crate::wire::report::Severity::from(finding.severity) <= entry.severity;
    let status = if is_same { BaselineStatus::Unchanged } else { BaselineStatus::Worsened };
    let count = if is_same { &mut record.unchanged } else { &mut record.worsened };
    *count = count.saturating_add(1);
    let is_debt = is_same
        && finding.severity < SEVERITY_OPEN_MIN
        && !never.contains(&finding.rule.0)
        && finding.disposition == Disposition::Open;
    if is_debt {
        finding.disposition = Disposition::Baselined;
    }
    let mark = BaselineMark { status, first_seen: entry.first_seen.clone() };
    finding.decided.baseline = Some(Box::new(mark));
}

fn notes(baseline: &Baseline, record: &BaselineRecord, now: Timestamp) -> Vec<Hygiene> {
    let note = |rule: &str, message: String| Hygiene {
        rule: RuleId(rule.to_owned()),
        severity: Severity::Low,
        subject: "baseline".to_owned(),
        message,
    };
    let mut notes = Vec::new();
    if record.fixed > 0 {
        let message = format!(
            "{} of {} findings of the baseline are no more: drop them with `driftseal baseline prune`",
            record.fixed, record.entries
        );
        notes.push(note("baseline-fixed", message));
    }
    if now.unix_seconds().saturating_sub(baseline.created_at.unix_seconds()) > OLD_SECONDS {
        let message = format!(
            "the baseline is of {}: known debt is there to be paid; plan what is left of it",
            baseline.created_at
        );
        notes.push(note("baseline-old", message));
    }
    notes
}

/// What became of one finding since a baseline was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is not in the baseline.
    New,
    /// It has other values than the baseline holds, or is graver.
    Worsened,
    /// It is as the baseline holds it.
    Unchanged,
    /// It is no more.
    Fixed,
}

impl Standing {
    /// Every standing, what matters most first.
    pub const ALL: [Self; 4] = [Self::New, Self::Worsened, Self::Unchanged, Self::Fixed];

    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worsened => "worsened",
            Self::Unchanged => "unchanged",
            Self::Fixed => "fixed",
        }
    }
}

/// A report beside a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Why they cannot be compared; then nothing else is said.
    pub incomparable: Vec<String>,
    /// Every finding of either: standing, fingerprint, rule, resource and path.
    pub findings: Vec<(Standing, String)>,
}

/// Compares a report with a baseline.
pub fn compare(baseline: &Baseline, report: &Report) -> Compared {
    let packs: Vec<(&str, &str, String)> = report
        .packs
        .iter()
        .map(|pack| (pack.id.as_str(), pack.version.as_str(), pack.digest.sha256.clone()))
        .collect();
    let engine = (report.engine.name.as_str(), report.engine.version.as_str());
    let colours = (report.inputs.blue.colour.as_str(), report.inputs.green.colour.as_str());
    let incomparable = match Timestamp::parse(&report.evaluated_at) {
        Some(now) => baseline.other_means(&packs, engine, colours, now),
        None => vec!["the report does not say when it was made".to_owned()],
    };
    if !incomparable.is_empty() {
        return Compared { incomparable, findings: Vec::new() };
    }
    let mut findings = Vec::new();
    let mut left: std::collections::BTreeSet<&str> =
        baseline.entries.keys().map(String::as_str).collect();
    for finding in super::make::debts(report) {
        left.remove(finding.fingerprint.as_str());
        let standing = match baseline.entries.get(&finding.fingerprint) {
            None => Standing::New,
            Some(entry)
                if entry.instance == finding.instance && finding.severity <= entry.severity =>
            {
                Standing::Unchanged
            }
            Some(_) => Standing::Worsened,
        };
        let said = format!(
            "{}  {} {} {}",
            finding.fingerprint, finding.rule, finding.resource, finding.path
        );
        findings.push((standing, said));
    }
    for entry in left.into_iter().filter_map(|name| baseline.entries.get(name)) {
        let said =
            format!("{}  {} {} {}", entry.fingerprint, entry.rule, entry.resource, entry.path);
        findings.push((Standing::Fixed, said));
    }
    findings.sort();
    Compared { incomparable, findings }
}
