//! Test cases in XML, as JUnit and its readers know them, for the test tab of a build server.
//!
//! Each finding, gap and record of the policy is a test case; so is each rule that passed, and the
//! verdict itself, so that no file is empty and none is green when the verdict is not. What blocks is
//! a failure, what was not evaluated an error; what is waived, accepted or old is skipped, with the
//! reason; what is new below the threshold passes and says so.

use std::io;

use super::alignment::{consequences, renamed};
use super::markup::safe;
use super::phrases::placed;
use super::reasons::reasons;
use super::records::{Record, Standing, records};
use super::{RenderOptions, Renderer};
use crate::wire::report::{Report, RuleCounts, Verdict};

/// Test cases.
pub(super) static JUNIT: Junit = Junit;

pub(super) struct Junit;

/// One test case.
struct Case {
    class: String,
    name: String,
    outcome: Outcome,
    output: String,
}

/// How a test case ended, and the message and text that say why.
enum Outcome {
    Passed,
    Failed(String, String),
    Errored(String, String),
    Skipped(String),
}

impl Renderer for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn about(&self) -> &'static str {
        "JUnit XML: what blocks is a failure, what was not evaluated an error, the rest is skipped."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let records = records(report);
        let of = |kind: &str| {
            let own = records.iter().filter(|record| record.kind == kind);
            own.map(|record| case(record)).collect::<Vec<_>>()
        };
        let passed = report.rules.iter().filter(|rule| rule.failed == 0);
        let suites = [
            ("driftseal.verdict", vec![verdict(report, options)]),
            ("driftseal.findings", of("finding")),
            ("driftseal.gaps", of("gap")),
            ("driftseal.policy", of("policy")),
            ("driftseal.rules", passed.map(rule).collect()),
        ];
        let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"driftseal\" {}>", counts(&all, false))?;
        for (name, cases) in suites.iter().filter(|(_, cases)| !cases.is_empty()) {
            let own: Vec<&Case> = cases.iter().collect();
            writeln!(out, "  <testsuite name=\"{name}\" {}>", counts(&own, true))?;
            cases.iter().try_for_each(|case| write(out, case))?;
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

/// Counts as attributes.
fn counts(cases: &[&Case], with_skipped: bool) -> String {
    let count = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    let failures = count(|outcome| matches!(outcome, Outcome::Failed(..)));
    let errors = count(|outcome| matches!(outcome, Outcome::Errored(..)));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let tests = cases.len();
    let text = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    if with_skipped {
        format!("{text} skipped=\"{skipped}\" time=\"0\"")
    } else {
        format!("{text} time=\"0\"")
    }
}

fn write(out: &mut dyn io::Write, case: &Case) -> io::Result<()> {
    let (class, name) = (safe(&case.class), safe(&case.name));
    writeln!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\">")?;
    let told = |element: &str, message: &str, text: &str| {
        format!("      <{element} message=\"{}\">{}</{element}>\n", safe(message), lines(text))
    };
    let outcome = match &case.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failed(message, text) => told("failure", message, text),
        Outcome::Errored(message, text) => told("error", message, text),
        Outcome::Skipped(message) => {
            format!("      <skipped message=\"{}\"/>\n", safe(message))
        }
    };
    out.write_all(outcome.as_bytes())?;
    if !case.output.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", lines(&case.output))?;
    }
    writeln!(out, "    </testcase>")
}

/// Lines of our own, each of others' text; none is an attachment for GitLab.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| safe(line).replace("[[", "[ [")).collect();
    lines.join("\n")
}

fn case(record: &Record<'_>) -> Case {
    let said = match (record.standing, record.finding) {
        (Standing::Blocking, _) => Outcome::Failed(record.title.clone(), about(record)),
        (Standing::Unevaluated, _) => Outcome::Errored(record.title.clone(), about(record)),
        (Standing::Waived, _) => Outcome::Skipped(decided(record, "waived by the policy")),
        (Standing::Baselined, _) => Outcome::Skipped(decided(record, "in the baseline")),
        (Standing::Accepted, _) => Outcome::Skipped("accepted by the policy".to_owned()),
        (Standing::Inherited, _) => Outcome::Skipped("inherited: blue has it too".to_owned()),
        (Standing::Policy, _) => Outcome::Skipped(record.message.clone()),
        (Standing::New | Standing::Resolved, _) => Outcome::Passed,
    };
    let output = match record.standing {
        Standing::Blocking | Standing::Unevaluated => String::new(),
        Standing::New => format!("below the threshold, not blocking\n{}", about(record)),
        Standing::Resolved => format!("resolved: green no longer has it\n{}", about(record)),
        Standing::Waived
        | Standing::Baselined
        | Standing::Accepted
        | Standing::Inherited
        | Standing::Policy => about(record),
    };
    // Readers take cases of one name for one case, so each carries its own.
    let at = record.finding.map_or_else(
        || record.spot.file.clone(),
        |finding| format!("{}{}", finding.resource, finding.path),
    );
    Case {
        class: record.rule.clone(),
        name: format!("{} {at} [{}]", record.title, record.id),
        outcome: said,
        output,
    }
}

/// Who decided, until when and why; else in short that somebody did.
fn decided(record: &Record<'_>, short: &str) -> String {
    if record.decided.is_empty() { short.to_owned() } else { record.decided.join("; ") }
}

/// What there is to say, a line each.
fn about(record: &Record<'_>) -> String {
    let mut lines = vec![format!("{}: {}", record.severity, record.message)];
    // Attributes for a place are in no schema of Jenkins, and its readers refuse what is not.
    lines.push(format!("at    {}:{}", record.spot.file, record.spot.line));
    if let Some(finding) = record.finding {
        lines.push(format!("in    {} {}", finding.resource, finding.path));
        let sides = finding.places.sides().into_iter().zip(finding.values.sides());
        lines.extend(sides.map(|((side, place), (_, value))| {
            format!("{:5} {}", side.name(), placed(place.as_ref(), value.as_deref()))
        }));
    }
    lines.extend(record.decided.iter().map(|said| format!("by    {said}")));
    if !record.remediation.is_empty() {
        lines.push(format!("do    {}", record.remediation));
    }
    if !record.controls.is_empty() {
        lines.push(format!("for   {}", record.controls.join(", ")));
    }
    lines.push(format!("id    {}", record.id));
    let lines: Vec<String> = lines.iter().map(|line| super::escape(line, false)).collect();
    lines.join("\n")
}

fn verdict(report: &Report, options: &RenderOptions) -> Case {
    let reasons = reasons(report);
    let text: Vec<String> = reasons.iter().map(|reason| super::escape(reason, false)).collect();
    let text = text.join("\n");
    let named = format!("{} (exit {})", report.verdict, report.exit);
    let mut output = vec![options.seal.said(), format!("judged at {}", report.evaluated_at)];
    output.extend([renamed(report), consequences(report)].concat());
    let output: Vec<String> = output.iter().map(|line| super::escape(line, false)).collect();
    Case {
        class: "driftseal".to_owned(),
        name: "verdict".to_owned(),
        outcome: match report.verdict {
            Verdict::Pass => Outcome::Passed,
            Verdict::Fail => Outcome::Failed(named, text),
            Verdict::Inconclusive => Outcome::Errored(named, text),
        },
        output: output.join("\n"),
    }
}

/// A rule that failed nowhere. Its findings would tell if it had.
fn rule(rule: &RuleCounts) -> Case {
    let evaluated = rule.passed.saturating_add(rule.unknown);
    let outcome = if rule.unknown > 0 {
        let message = format!("undecided on {} of {evaluated} subjects", rule.unknown);
        Outcome::Errored(message, String::new())
    } else if rule.passed == 0 {
        Outcome::Skipped("applies to nothing here".to_owned())
    } else {
        Outcome::Passed
    };
    Case {
        class: "driftseal.rules".to_owned(),
        name: rule.rule.clone(),
        outcome,
        output: format!(
            "passed on {}, does not apply to {}, undecided on {}",
            rule.passed, rule.not_applicable, rule.unknown
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::JUNIT;
    use crate::model;
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn written(report: &model::Report) -> String {
        let mut out = Vec::new();
        JUNIT.render(&Report::from(report.clone()), &RenderOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_blocks_fails_what_was_not_read_errs_and_nothing_else_does() {
        let text = written(&sample::report());
        assert_eq!(text.matches("<failure").count(), 2, "{text}");
        // The verdict and two open gaps.
        assert_eq!(text.matches("<error").count(), 3, "{text}");
        // Waived, known, inherited, accepted, and a record of the policy.
        assert_eq!(text.matches("<skipped").count(), 5, "{text}");
        assert!(
            text.contains(
                "<testsuites name=\"driftseal\" tests=\"12\" failures=\"2\" errors=\"3\""
            )
        );
    }

    #[test]
    fn a_pass_is_not_empty_and_no_undecided_rule_passes() {
        let mut report = sample::report();
        report.verdict = model::Verdict::Pass;
        report.verdicts = vec![model::Verdict::Pass];
        report.findings.clear();
        report.gaps = model::Pair::default();
        report.hygiene.clear();
        report.rules[0].failed = 0;
        let text = written(&report);
        assert!(text.contains("tests=\"2\" failures=\"0\" errors=\"1\""), "{text}");
        report.rules[0].unknown = 0;
        assert!(written(&report).contains("tests=\"2\" failures=\"0\" errors=\"0\""));
    }
}
