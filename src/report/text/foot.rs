//! The last lines: what to do, and which exit codes apply.

use std::io;

use crate::report::page::{PLAIN, Page, verdict_style};
use crate::report::phrases::counted;
use crate::report::{Seal, meaning};
use crate::wire::report::{Disposition, Report, State, Verdict};

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let steps = steps(page, report);
    if !steps.is_empty() {
        page.heading("What to do next")?;
        for step in steps {
            page.prose(2, "- ", &step)?;
        }
    }
    page.heading("Exit codes that apply")?;
    let verdicts = match report.verdicts.as_slice() {
        [] => std::slice::from_ref(&report.verdict),
        all => all,
    };
    for verdict in verdicts {
        code(page, *verdict)?;
    }
    Ok(())
}

fn code(page: &mut Page<'_>, verdict: Verdict) -> io::Result<()> {
    let line = page
        .line(2)
        .add(verdict_style(verdict), &format!("{}  {verdict}", verdict.exit()))
        .add(PLAIN, ": ")
        .add(PLAIN, meaning(verdict));
    page.print(line)
}

fn steps(page: &Page<'_>, report: &Report) -> Vec<String> {
    let mut steps = Vec::new();
    let worst = report.findings.iter().find(|finding| finding.blocks(report.threshold));
    if let Some(finding) = worst {
        steps.push(format!(
            "fix the {} that block in green; if one is intended, declare it with [[allow]] in \
             driftseal.toml, with an owner and a reason. `driftseal explain {}` says more about \
             the first",
            counted(report.summary.findings.blocking, "finding"),
            finding.rule
        ));
    }
    let open = report.summary.gaps.blue.open.saturating_add(report.summary.gaps.green.open);
    if open > 0 {
        steps.push(format!(
            "make the {} under \"Not evaluated\" readable, or accept what is understood with \
             [[accept_gap]] in driftseal.toml: place, reason, owner, expiry",
            counted(open, "place")
        ));
    }
    let has_old = report.findings.iter().any(|finding| {
        finding.state == State::Inherited && finding.disposition == Disposition::Open
    });
    if has_old && worst.is_none() {
        steps.push("plan the inherited findings: blue has them in production today".to_owned());
    }
    if report.summary.hygiene > 0 {
        let records = counted(report.summary.hygiene, "record");
        steps.push(format!("tidy the policy: {records} under \"Policy files to tidy\""));
    }
    match page.options.seal {
        Seal::NotSigned(_) => steps.push(
            "sign what others shall rely on: `--key FILE`, made with `driftseal keys generate`"
                .to_owned(),
        ),
        Seal::NotVerified(_) => steps.push(
            "rely on nothing of this before it is verified: `driftseal report ENVELOPE --key FILE`"
                .to_owned(),
        ),
        Seal::SignedBy(_) => {}
    }
    steps
}
