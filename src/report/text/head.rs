//! The first lines: the verdict, why, who vouches for it, and over what.

use std::io;

use crate::model::Digest;
use crate::report::page::{FAINT, PLAIN, Page, STRONG, side_style, verdict_style};
use crate::report::phrases::counted;
use crate::report::reasons::reasons;
use crate::report::{Detail, Seal};
use crate::wire::report::{Input, Report, Side};

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    verdict(page, report)?;
    for reason in reasons(report) {
        page.prose(2, "", &reason)?;
    }
    seal(page)?;
    let packs = match report.packs.len() {
        0 => "no rule pack".to_owned(),
        count => counted(count as u64, "rule pack"),
    };
    let judged = format!(
        "{} {}, judged at {}, threshold {}, {packs}",
        report.engine.name, report.engine.version, report.evaluated_at, report.threshold
    );
    let line = page.line(2).add(FAINT, &judged);
    page.print(line)?;
    packs_of(page, report)?;
    input(page, Side::Blue, &report.inputs.blue)?;
    input(page, Side::Green, &report.inputs.green)
}

/// The digest of each pack; in short, of those digests, a line each.
fn packs_of(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.packs.is_empty() {
        return Ok(());
    }
    let said = report
        .packs
        .iter()
        .map(|pack| format!("{} {}  {}", pack.id, pack.version, pack.digest.sha256));
    let said: Vec<String> = said.collect();
    if page.options.detail == Detail::Full {
        for text in said {
            let line = page.line(4).add(FAINT, &text);
            page.print(line)?;
        }
        return Ok(());
    }
    let digest = Digest::of((said.join("\n") + "\n").as_bytes()).to_string();
    let short: String = digest.chars().take(12).collect();
    let line = page.line(2).add(FAINT, &format!("rule packs {short}, each listed with -v"));
    page.print(line)
}

fn verdict(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let mut line = page.line(0);
    let others = report.verdicts.iter().copied().filter(|other| *other != report.verdict);
    for (index, verdict) in std::iter::once(report.verdict).chain(others).enumerate() {
        let name = verdict.name().to_ascii_uppercase();
        line = line
            .add(PLAIN, if index == 0 { "" } else { ", also " })
            .add(verdict_style(verdict), &name)
            .add(PLAIN, &format!(" (exit {})", verdict.exit()));
    }
    page.print(line)
}

fn seal(page: &mut Page<'_>) -> io::Result<()> {
    let line = match &page.options.seal {
        Seal::NotSigned(why) => {
            page.line(2).add(STRONG, "NOT SIGNED").add(PLAIN, ": ").add(PLAIN, why)
        }
        Seal::NotVerified(why) => {
            page.line(2).add(STRONG, "NOT VERIFIED").add(PLAIN, ": ").add(PLAIN, why)
        }
        Seal::SignedBy(keys) => page.line(2).add(PLAIN, "signed by ").add(STRONG, &keys.join(", ")),
    };
    page.print(line)
}

fn input(page: &mut Page<'_>, side: Side, input: &Input) -> io::Result<()> {
    let digest: String = input.digest.sha256.chars().take(12).collect();
    let counts = format!(
        "{}, {}, {} masked, snapshot {digest}",
        counted(input.files, "file"),
        counted(input.documents, "document"),
        counted(input.masked, "secret"),
    );
    let line = page.line(2).column(side_style(side), side.name(), 7).add(FAINT, &counts);
    page.print(line)?;
    for note in input.collectors.iter().flat_map(|collector| &collector.notes) {
        page.prose(9, "note: ", note)?;
    }
    Ok(())
}
