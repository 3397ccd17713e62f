//! A report in which every severity, state and disposition occurs, with a mark for each record.

use driftseal::policy::Policy;
use driftseal::wire::report::{
    Baseline, BaselineMark, Control, ControlStatus, Digests, Disposition, Excerpt, Finding, Gap,
    Hygiene, Mark, Override, Place, Report, Severity, Side, State, Verdict, Waiver, WaiverMark,
};

use crate::memory::audit_texts;

/// What no text may do to a reader: end a line, begin a command, a formula or markup, end a block
/// that it stands in, turn or hide, or be too long.
pub(crate) fn hostile() -> Vec<String> {
    let texts = [
        "x\n::error::forged\r\n::stop-commands::t",
        "::add-mask::forged",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "\t=1+1",
        "\u{1b}[2J\u{1b}]0;forged\u{7}",
        "a\u{202e}forged\u{2066}b\u{200b}",
        "<script>forged()</script><img src=x onerror=forged()>",
        "]]></failure></testcase><testcase name=\"forged\">",
        "--><!-- ]]>",
        "\"} 1\nforged 1\n",
        "\",\"forged\r\n\"=1",
        "ok 1 - forged # SKIP\nBail out!",
        "  ...\nnot ok 2 - forged",
        "##[error]forged ##vso[task.complete]",
        "[forged](javascript:forged())",
        "[[ATTACHMENT|/etc/passwd]]",
        "javascript:forged()",
        "%0A::error::forged %25",
        "{0} {{x}} ${x} `x` |a|b|",
        "\u{0}\u{fffe}\u{ffff}\u{85}\u{2028}\u{2029}",
        "\u{5d9}\u{5e9}\u{5e8} \u{1f468}\u{200d}\u{1f469} gr\u{f6}\u{df}e",
        "'single' \"double\" \\back\\",
        "",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).into();
    texts.push("long ".repeat(4_000));
    texts
}

/// A mark that no other record has.
pub(crate) fn mark(kind: &str, nth: usize) -> String {
    format!("{kind}mark{nth}end")
}

/// A report with a record of every kind, each with its mark; texts say `text` besides.
pub(crate) fn report(text: &str) -> Report {
    let blue = [("a.yaml", "a: 1\nb: x-blue\n")];
    let green = [("a.yaml", "a: 2\nb: x-blue\n")];
    let mut report = Report::from(audit_texts(&blue, &green, &Policy::default()));
    report.verdict = Verdict::Inconclusive;
    report.verdicts = vec![Verdict::Inconclusive, Verdict::Fail];
    report.exit = Verdict::Inconclusive.exit();
    report.findings.clear();
    for state in State::ALL {
        for disposition in Disposition::ALL {
            for severity in Severity::ALL {
                let nth = report.findings.len();
                report.findings.push(finding(nth, text, (*state, *disposition, *severity)));
            }
        }
    }
    for (nth, accepted) in [true, false, false].into_iter().enumerate() {
        report.gaps.push(Gap {
            side: if nth == 1 { Side::Blue } else { Side::Green },
            file: format!("{text}{}", mark("gap", nth)),
            line: (nth > 0).then_some(3),
            reason: format!("unparsed{text}"),
            message: format!("{text} cannot read"),
            accepted,
        });
    }
    for (nth, severity) in Severity::ALL.iter().enumerate() {
        report.hygiene.push(Hygiene {
            rule: "allowance-unused".to_owned(),
            severity: *severity,
            subject: format!("{text}{}", mark("policy", nth)),
            message: text.to_owned(),
        });
    }
    report.waivers = report.findings.iter().filter_map(recorded).collect();
    report.baseline = Some(Baseline {
        digest: Digests { sha256: mark("baseline", 0) },
        created_at: text.to_owned(),
        owner: text.to_owned(),
        reason: text.to_owned(),
        incomparable: vec![text.to_owned()],
        entries: 4,
        unchanged: 1,
        worsened: 1,
        fixed: 2,
        new: 3,
    });
    report.controls = vec![Control {
        control: format!("nist:{text}"),
        status: ControlStatus::Gap,
        rules: vec![text.to_owned()],
        passed: 1,
        failed: 2,
        not_applicable: 3,
        unknown: 4,
        open: 5,
        waived: 6,
    }];
    report
}

/// The record of a finding's waiver.
fn recorded(finding: &Finding) -> Option<Waiver> {
    let mark = finding.waiver.clone()?;
    Some(Waiver {
        id: mark.id,
        status: mark.status,
        rule: finding.rule.clone(),
        resource: finding.resource.clone(),
        path: finding.path.clone(),
        instance: finding.instance.clone(),
        reason: mark.reason,
        ticket: mark.ticket,
        requested_by: mark.requested_by,
        approved_by: mark.approved_by,
        approved_at: finding.message.clone(),
        expires: mark.expires,
        risk: None,
        compensating_controls: vec![finding.message.clone()],
        controls: Vec::new(),
    })
}

/// The waiver of a finding, with a mark for who approved it and for when it ends.
fn waiver(nth: usize, text: &str) -> WaiverMark {
    WaiverMark {
        id: mark("waiver", nth),
        status: "active".to_owned(),
        reason: text.to_owned(),
        ticket: Some(text.to_owned()),
        requested_by: text.to_owned(),
        approved_by: vec![mark("approver", nth), text.to_owned()],
        expires: mark("expiry", nth),
    }
}

fn excerpt(nth: usize, text: &str) -> Excerpt {
    Excerpt {
        line: if nth.is_multiple_of(5) { u32::MAX } else { 6 },
        lines: vec![text.to_owned(), format!("a: {text}")],
        marks: vec![Mark { line: 7, start: 4, end: u32::MAX }],
        more: if nth.is_multiple_of(5) { u32::MAX } else { 3 },
    }
}

fn finding(nth: usize, text: &str, of: (State, Disposition, Severity)) -> Finding {
    let place = |line| Place {
        file: format!("{text}apps/a.yaml"),
        document: 0,
        line: Some(line),
        column: Some(5),
        end_line: nth.is_multiple_of(3).then_some(line + 2),
    };
    let mut finding = Finding {
        fingerprint: mark("finding", nth),
        instance: format!("dsi1:{nth}"),
        rule: format!("DS-TRC-{:03}{text}", nth % 7),
        kind: "posture".to_owned(),
        overridden: (nth % 5 == 2).then(|| Override {
            from: Severity::Low,
            reason: text.to_owned(),
            approver: Some(text.to_owned()),
            until: Some(text.to_owned()),
        }),
        effect: None,
        waiver: (of.1 == Disposition::Waived).then(|| waiver(nth, text)),
        baseline: (of.1 == Disposition::Baselined)
            .then(|| BaselineMark { status: "unchanged".to_owned(), first_seen: text.to_owned() }),
        severity: of.2,
        state: of.0,
        disposition: of.1,
        title: format!("{text} title"),
        message: text.to_owned(),
        remediation: text.to_owned(),
        controls: vec!["nist:AU-12".to_owned(), format!("pci:{text}")],
        group: text.to_owned(),
        follows: None,
        direction: None,
        resource: text.to_owned(),
        path: text.to_owned(),
        places: driftseal::wire::report::Pair { blue: Some(place(7)), green: Some(place(9)) },
        values: driftseal::wire::report::Pair {
            blue: Some(text.to_owned()),
            green: Some(format!("{text}.")),
        },
        excerpts: driftseal::wire::report::Pair { blue: Some(excerpt(nth, text)), green: None },
    };
    if nth % 4 == 1 {
        finding.places.green = None;
    }
    if nth % 4 == 2 {
        finding.places = driftseal::wire::report::Pair { blue: None, green: None };
    }
    finding
}
