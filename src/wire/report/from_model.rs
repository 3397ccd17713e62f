//! From the noun to the document.

use super::{
    Accounting, Baseline, BaselineMark, Change, Collector, Decision, Digests, Direction, Effect,
    Engine, Excerpt, Explanation, Finding, Gap, Gate, Hygiene, Input, Inputs, MaskingKey, Override,
    Pack, Pair, Place, Report, RuleCounts, SCHEMA, Side, Summary, SyntaxCount, Trace, Waiver,
    WaiverMark, controls, summary,
};
use crate::model;

/// What is many is taken over, not copied: a report may be large, and both would be held at once.
impl From<model::Report> for Report {
    fn from(report: model::Report) -> Self {
        let controls = controls::roll_up(&report);
        let names = model::Fingerprint::of_findings(&report.findings);
        let findings: Vec<Finding> =
            report.findings.into_iter().zip(names).map(Finding::from).collect();
        let names = model::Fingerprint::of_changes(&report.changes);
        let changes: Vec<Change> =
            report.changes.into_iter().zip(names).map(Change::from).collect();
        let gaps = gaps(report.gaps);
        let summary = Summary {
            findings: summary::findings(&findings, report.threshold.into()),
            changes: summary::changes(&report.counts),
            directions: summary::directions(&changes),
            gaps: summary::gaps(&gaps),
            hygiene: report.hygiene.len() as u64,
        };
        Self {
            schema: SCHEMA.to_owned(),
            verdict: report.verdict.into(),
            exit: report.verdict.exit(),
            verdicts: report.verdicts.iter().map(|verdict| (*verdict).into()).collect(),
            threshold: report.threshold.into(),
            evaluated_at: report.evaluated_at.to_string(),
            findings,
            hygiene: report.hygiene.iter().map(Hygiene::from).collect(),
            changes,
            alignment: (&report.alignment).into(),
            gaps,
            accounting: report.accounting.into(),
            trace: Trace::from(report.trace),
            controls,
            rules: report.rules.iter().map(RuleCounts::from).collect(),
            inputs: Inputs {
                blue: (&report.inputs.blue).into(),
                green: (&report.inputs.green).into(),
                policy: report.policy.into(),
            },
            decisions: report.decisions.iter().map(Decision::from).collect(),
            gate: Some(Gate::from(&report.gate)),
            waivers: report.waivers.iter().map(Waiver::from).collect(),
            baseline: report.baseline.as_ref().map(Baseline::from),
            engine: Engine {
                name: report.engine.name.to_owned(),
                version: report.engine.version.to_owned(),
            },
            packs: report.packs.iter().map(Pack::from).collect(),
            summary,
        }
    }
}

fn gaps(gaps: model::Pair<Vec<(model::Gap, bool)>>) -> Vec<Gap> {
    let gap = |side: Side| {
        move |(gap, accepted): (model::Gap, bool)| Gap {
            side,
            file: gap.place,
            line: gap.line,
            reason: gap.reason.name().to_owned(),
            message: gap.message,
            accepted,
        }
    };
    let blue = gaps.blue.into_iter().map(gap(Side::Blue));
    blue.chain(gaps.green.into_iter().map(gap(Side::Green))).collect()
}

impl<T, U: From<T>> From<model::Pair<T>> for Pair<U> {
    fn from(pair: model::Pair<T>) -> Self {
        Self { blue: pair.blue.into(), green: pair.green.into() }
    }
}

impl From<(model::Finding, model::Fingerprint)> for Finding {
    fn from((finding, named): (model::Finding, model::Fingerprint)) -> Self {
        let path = finding.at.path.to_string();
        Self {
            fingerprint: named.name,
            instance: named.instance,
            rule: finding.rule.0,
            kind: finding.decided.kind.to_owned(),
            severity: finding.severity.into(),
            overridden: finding.decided.overridden.as_deref().map(Override::from),
            state: finding.state.into(),
            disposition: finding.disposition.into(),
            effect: Some(Effect::from(finding.decided.effect)),
            waiver: finding.decided.waiver.as_deref().map(WaiverMark::from),
            baseline: finding.decided.baseline.as_deref().map(BaselineMark::from),
            title: finding.title,
            message: finding.message,
            remediation: finding.remediation,
            controls: finding.controls,
            group: finding.group,
            follows: finding.follows,
            direction: finding.direction.map(Direction::from),
            resource: finding.at.resource.0,
            path,
            places: places(finding.places),
            values: values(finding.values),
            excerpts: Pair {
                blue: finding.excerpts.blue.map(Excerpt::from),
                green: finding.excerpts.green.map(Excerpt::from),
            },
        }
    }
}

impl From<(model::Change, model::Fingerprint)> for Change {
    fn from((change, named): (model::Change, model::Fingerprint)) -> Self {
        let path = change.at.path.to_string();
        let (group, follows) =
            change.cause.map(|cause| (cause.group, cause.follows)).unwrap_or_default();
        Self {
            fingerprint: named.name,
            instance: named.instance,
            edit: change.edit.into(),
            resource: change.at.resource.0,
            path,
            places: places(change.places),
            values: values(change.values),
            explanation: change.explanation.into(),
            direction: change.direction.map(Direction::from),
            group,
            follows,
        }
    }
}

fn places(places: model::Pair<Option<model::Place>>) -> Pair<Option<Place>> {
    Pair { blue: places.blue.map(Place::from), green: places.green.map(Place::from) }
}

impl From<model::Place> for Place {
    fn from(place: model::Place) -> Self {
        Self {
            file: place.file,
            document: place.document,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
        }
    }
}

fn values(values: model::Pair<Option<model::Shown>>) -> Pair<Option<String>> {
    let value = |shown: model::Shown| shown.0;
    Pair { blue: values.blue.map(value), green: values.green.map(value) }
}

impl From<model::Explanation> for Explanation {
    fn from(explanation: model::Explanation) -> Self {
        match explanation {
            model::Explanation::Representation { how } => Self::Representation { how },
            model::Explanation::Default { citation } => Self::Default { citation },
            model::Explanation::Colour { token } => Self::Colour { token: token.into() },
            model::Explanation::Generated { by } => Self::Generated { by },
            model::Explanation::Declared { allowance, pinned } => {
                Self::Declared { allowance: allowance.0, pinned: pinned.into() }
            }
            model::Explanation::Unexplained => Self::Unexplained {},
        }
    }
}

impl From<&model::Hygiene> for Hygiene {
    fn from(hygiene: &model::Hygiene) -> Self {
        Self {
            rule: hygiene.rule.0.clone(),
            severity: hygiene.severity.into(),
            subject: hygiene.subject.clone(),
            message: hygiene.message.clone(),
        }
    }
}

impl From<model::Accounting> for Accounting {
    fn from(sums: model::Accounting) -> Self {
        Self {
            found: sums.found,
            compared: sums.compared,
            excluded: sums.excluded,
            gaps: sums.gaps,
        }
    }
}

impl From<&model::RuleCounts> for RuleCounts {
    fn from(counts: &model::RuleCounts) -> Self {
        Self {
            rule: counts.rule.0.clone(),
            controls: counts.controls.clone(),
            passed: counts.passed,
            failed: counts.failed,
            not_applicable: counts.not_applicable,
            unknown: counts.unknown,
        }
    }
}

impl From<&model::Input> for Input {
    fn from(input: &model::Input) -> Self {
        let collector = |record: &model::CollectorRecord| Collector {
            scheme: record.scheme.to_owned(),
            locator: record.locator.clone(),
            resolved: record.resolved.clone(),
            notes: record.notes.clone(),
            taken_at: record.taken_at.map(|taken| taken.to_string()),
        };
        let syntax = |count: &model::SourceSummary| SyntaxCount {
            syntax: count.syntax.clone(),
            files: count.files,
        };
        Self {
            digest: input.digest.into(),
            colour: input.colour.clone(),
            files: input.files,
            documents: input.documents,
            bytes: input.bytes,
            masked: input.masked,
            masking_key: MaskingKey {
                id: input.masking_key.id.0.clone(),
                ephemeral: input.masking_key.ephemeral,
            },
            collectors: input.collectors.iter().map(collector).collect(),
            syntaxes: input.syntaxes.iter().map(syntax).collect(),
        }
    }
}

impl From<model::Digest> for Digests {
    fn from(digest: model::Digest) -> Self {
        Self { sha256: digest.to_string() }
    }
}

impl From<&model::PackRecord> for Pack {
    fn from(pack: &model::PackRecord) -> Self {
        Self {
            id: pack.id.clone(),
            version: pack.version.clone(),
            digest: pack.digest.into(),
            rules: pack.rules,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Explanation, Report, sample};

    #[test]
    fn field_names_and_their_order_are_those_published() {
        let json = Report::from(sample::report()).to_json().unwrap();
        let head = concat!(
            r#"{"schema":"driftseal.report/1","verdict":"inconclusive","exit":3,"#,
            r#""verdicts":["inconclusive","fail"],"threshold":"medium","#,
            r#""evaluatedAt":"2026-01-02T03:04:05Z","findings":[{"fingerprint":"dsf1:"#,
        );
        assert!(json.starts_with(head), "{json}");
        let place = concat!(
            r#""places":{"blue":{"file":"apps/checkout.yaml","document":0,"line":41,"#,
            r#""column":20,"endLine":null},"green":null},"#,
            r#""values":{"blue":"parentbased_traceidratio","green":null}"#,
        );
        assert!(json.contains(place), "{json}");
        assert!(json.contains(r#""explanation":{"kind":"unexplained","proof":{}}"#), "{json}");
        assert!(
            json.contains(r#""trace":{"services":[{"service":"checkout","settings":"#),
            "{json}"
        );
        assert!(json.contains(r#""inputs":{"blue":{"digest":{"sha256":""#), "{json}");
    }

    #[test]
    fn a_change_keeps_its_name_when_only_its_explanation_or_place_moves() {
        let mut report = sample::report();
        let before = Report::from(report.clone()).changes;
        for change in &mut report.changes {
            change.explanation = crate::model::Explanation::Unexplained;
            change.places = crate::model::Pair::default();
        }
        let after = Report::from(report.clone()).changes;
        let names = |changes: &[super::Change]| {
            changes.iter().map(|change| change.fingerprint.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&before), names(&after));
        let mut distinct = names(&before);
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), before.len());
        assert!(distinct.iter().all(|name| name.starts_with("dsc1:") && name.len() == 29));
    }

    #[test]
    fn every_kind_of_explanation_reads_back() {
        let report = Report::from(sample::report());
        let kinds: Vec<&str> =
            report.changes.iter().map(|change| change.explanation.kind()).collect();
        assert_eq!(
            kinds,
            ["representation", "default", "colour", "generated", "declared", "unexplained"]
        );
        for change in &report.changes {
            let json = serde_json::to_string(&change.explanation).unwrap();
            assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), change.explanation);
            assert!(
                json.starts_with(&format!(
                    r#"{{"kind":"{}","proof":{{"#,
                    change.explanation.kind()
                ))
            );
        }
    }

    #[test]
    fn the_summary_counts_what_the_report_holds() {
        let report = Report::from(sample::report());
        let counts = report.summary.findings;
        assert_eq!(counts.blocking, 2);
        assert_eq!(
            counts.introduced.total() + counts.inherited.total() + counts.resolved.total(),
            report.findings.len() as u64
        );
        let gaps = [&report.summary.gaps.blue, &report.summary.gaps.green];
        let sum: u64 = gaps.iter().map(|gaps| gaps.open + gaps.accepted).sum();
        assert_eq!(sum, report.gaps.len() as u64);
        assert_eq!(report.summary.hygiene, report.hygiene.len() as u64);
    }
}
