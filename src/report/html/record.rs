//! What stands beside the findings: gaps, what the policy decided, accounting, provenance.

use super::document::{Cell, Document};
use crate::model::Digest;
use crate::report::alignment::{consequences, renamed};
use crate::report::chapter::{Chapter, is_shown};
use crate::report::decided::decided;
use crate::report::phrases::counted;
use crate::report::{RenderOptions, Seal};
use crate::wire::report::{Disposition, Input, Report, Side, State};

/// What was not evaluated.
pub(super) fn gaps(page: &mut Document, report: &Report) {
    page.chapter("gaps", &format!("Not evaluated ({})", report.gaps.len()));
    if report.gaps.is_empty() {
        page.element("p", "Everything in scope was evaluated.");
    } else {
        let rows = report.gaps.iter().map(|gap| {
            let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
            let accepted = if gap.accepted {
                Cell::Classed("inconclusive", "by the policy".to_owned())
            } else {
                Cell::Classed("fail", "no".to_owned())
            };
            vec![
                Cell::Code(format!("{}{line}", gap.file)),
                Cell::Text(gap.side.name().to_owned()),
                Cell::Text(gap.reason.clone()),
                accepted,
                Cell::Text(gap.message.clone()),
            ]
        });
        let columns = ["where", "side", "reason", "accepted", "what to do"];
        page.table("Gaps: what was not evaluated, and why", &columns, rows);
    }
    page.end_chapter();
}

/// What became of every object, which makes the scope of the verdict.
pub(super) fn accounting(page: &mut Document, report: &Report) {
    let rows = report.accounting.sides().into_iter().map(|(side, sums)| {
        let counts = [sums.found, sums.compared, sums.excluded, sums.gaps];
        let mut row = vec![Cell::Text(side.name().to_owned())];
        row.extend(counts.map(Cell::Count));
        row
    });
    let columns = ["side", "found", "compared", "excluded", "not evaluated"];
    page.table("What became of every object", &columns, rows);
    for (side, _) in report.accounting.sides().into_iter().filter(|(_, sums)| !sums.agrees()) {
        let text = format!("the sums of {side} do not agree: do not trust this report");
        page.classed("p", "fail", &text);
    }
}

/// Waivers, allowances, accepted gaps, and what is wrong with the policy.
pub(super) fn policy(page: &mut Document, report: &Report, options: &RenderOptions) {
    page.chapter("policy", "Waivers, allowances and the policy");
    page.classed(
        "p",
        "note",
        &format!(
            "The policy with the digest {} decided what follows, in the phase {}.",
            report.inputs.policy.sha256,
            report.gate.as_ref().map_or("pre-switch", |gate| gate.phase.as_str())
        ),
    );
    let waived = report
        .findings
        .iter()
        .filter(|one| one.disposition == Disposition::Waived && one.state != State::Resolved);
    let rows: Vec<Vec<Cell>> = waived
        .map(|one| {
            let rule = if is_shown(one.severity, options.min_severity) {
                Cell::Link(format!("finding-{}", one.fingerprint), one.rule.clone())
            } else {
                Cell::Text(one.rule.clone())
            };
            vec![
                rule,
                Cell::Text(one.severity.name().to_owned()),
                Cell::Text(one.title.clone()),
                Cell::Text(one.resource.clone()),
                Cell::Text(decided(one).join("; ")),
            ]
        })
        .collect();
    let columns = ["rule", "severity", "title", "resource", "by whom, until when, why"];
    listed(page, "Waived findings", &columns, rows);
    gate(page, report);
    waivers(page, report);
    baseline(page, report);
    let rows = report.decisions.iter().map(|one| {
        vec![
            Cell::Code(one.id.clone()),
            Cell::Text(one.kind.clone()),
            Cell::Count(one.uses),
            Cell::Text(one.owner.clone()),
            Cell::Text(one.until.clone()),
            Cell::Text(one.ticket.clone().unwrap_or_default()),
            Cell::Text(one.reason.clone()),
        ]
    });
    let columns = ["decision", "kind", "used", "owner", "until", "ticket", "reason"];
    listed(page, "Decisions", &columns, rows.collect());
    let accepted = report.gaps.iter().filter(|gap| gap.accepted);
    let rows = accepted.map(|gap| {
        vec![
            Cell::Code(gap.file.clone()),
            Cell::Text(gap.side.name().to_owned()),
            Cell::Text(gap.reason.clone()),
        ]
    });
    listed(page, "Gaps that were accepted", &["where", "side", "reason"], rows.collect());
    hygiene(page, report, options);
    page.end_chapter();
}

/// What the verdict was made by.
fn gate(page: &mut Document, report: &Report) {
    let Some(gate) = &report.gate else { return };
    let rows = gate.budget.rows().into_iter().zip(gate.counted.rows());
    let rows = rows.map(|((severity, allowed), (_, counted))| {
        vec![
            Cell::Text(severity.name().to_owned()),
            Cell::Text(allowed.map_or_else(|| "any".to_owned(), |count| count.to_string())),
            Cell::Count(counted.unwrap_or_default()),
        ]
    });
    page.table("The budget of the gate", &["severity", "allowed", "counted"], rows);
    let kinds = gate.kinds.iter().map(|one| format!("{} {}", one.kind, one.action));
    page.element("p", &format!("Kinds of rules: {}.", kinds.collect::<Vec<_>>().join(", ")));
    if !gate.blocking_states.is_empty() {
        let text = format!("States that block: {}.", gate.blocking_states.join(", "));
        page.element("p", &text);
    }
    if !gate.evidence.is_empty() {
        let is_there = |present| if present { "there" } else { "missing" };
        let rows = gate.evidence.iter().map(|one| {
            vec![Cell::Text(one.kind.clone()), Cell::Text(is_there(one.present).to_owned())]
        });
        page.table("Required evidence", &["kind", "bound to this green and fresh"], rows);
    }
    let rows = gate.texts.iter().map(|text| {
        vec![
            Cell::Text(text.role.clone()),
            Cell::Text(text.name.clone()),
            Cell::Code(text.digest.sha256.clone()),
        ]
    });
    listed(page, "Texts that decided", &["what", "file", "digest (SHA-256)"], rows.collect());
}

/// Every waiver, whether it was needed or not.
fn waivers(page: &mut Document, report: &Report) {
    let rows = report.waivers.iter().map(|one| {
        vec![
            Cell::Code(one.id.clone()),
            Cell::Text(one.status.clone()),
            Cell::Text(one.rule.clone()),
            Cell::Text(format!("{} {}", one.resource, one.path)),
            Cell::Text(one.requested_by.clone()),
            Cell::Text(one.approved_by.join(", ")),
            Cell::Text(one.approved_at.clone()),
            Cell::Text(one.expires.clone()),
            Cell::Text(one.compensating_controls.join(", ")),
        ]
    });
    let columns = [
        "waiver",
        "status",
        "rule",
        "subject",
        "requested by",
        "approved by",
        "approved at",
        "expires",
        "instead",
    ];
    listed(page, "Waivers", &columns, rows.collect());
}

/// What became of known debt.
fn baseline(page: &mut Document, report: &Report) {
    let Some(one) = &report.baseline else { return };
    let row = vec![
        Cell::Code(one.digest.sha256.clone()),
        Cell::Text(one.created_at.clone()),
        Cell::Text(one.owner.clone()),
        Cell::Text(one.reason.clone()),
        Cell::Count(one.entries),
        Cell::Count(one.unchanged),
        Cell::Count(one.worsened),
        Cell::Count(one.fixed),
        Cell::Count(one.new),
    ];
    let columns = [
        "baseline",
        "made at",
        "owner",
        "reason",
        "findings",
        "unchanged",
        "worsened",
        "fixed",
        "new",
    ];
    page.table("The baseline", &columns, [row]);
    for why in &one.incomparable {
        page.classed("p", "fail", &format!("incomparable: {why}"));
    }
}

fn hygiene(page: &mut Document, report: &Report, options: &RenderOptions) {
    let least = options.min_severity;
    let shown = report.hygiene.iter().filter(|record| is_shown(record.severity, least));
    let rows = shown.map(|record| {
        vec![
            Cell::Code(record.subject.clone()),
            Cell::Text(record.severity.name().to_owned()),
            Cell::Text(record.rule.clone()),
            Cell::Text(record.message.clone()),
        ]
    });
    let columns = ["record", "severity", "what", "message"];
    listed(page, "Records of the policy to tidy", &columns, rows.collect());
    let hidden = report.hygiene.iter().filter(|record| !is_shown(record.severity, least)).count();
    if let Some(least) = least.filter(|_| hidden > 0) {
        page.element("p", &format!("{hidden} below {least} not shown"));
    }
}

/// A table, or a sentence that there is nothing to list.
fn listed(page: &mut Document, title: &str, columns: &[&str], rows: Vec<Vec<Cell>>) {
    if rows.is_empty() {
        page.element("p", &format!("{title}: none."));
    } else {
        page.table(&format!("{title} ({})", rows.len()), columns, rows);
    }
}

/// Documents that go by another name, and what follows from that.
pub(super) fn other_names(page: &mut Document, report: &Report) {
    let sentences = [renamed(report), consequences(report)].concat();
    if sentences.is_empty() {
        return;
    }
    page.chapter("other-names", &format!("By another name ({})", report.alignment.renamed.len()));
    page.raw("<ul>\n");
    for sentence in &sentences {
        page.element("li", sentence);
    }
    page.raw("</ul>\n");
    page.end_chapter();
}

/// What was compared: both sides, side by side.
pub(super) fn scope(page: &mut Document, report: &Report) {
    page.chapter("scope", "Scope");
    let inputs = [(Side::Blue, &report.inputs.blue), (Side::Green, &report.inputs.green)];
    let rows = inputs.into_iter().map(|(side, input)| {
        let sources: Vec<String> = input.collectors.iter().map(|one| one.locator.clone()).collect();
        vec![
            Cell::Text(format!("{} ({})", side.name(), role(side))),
            Cell::Code(sources.join(", ")),
            Cell::Count(input.files),
            Cell::Count(input.documents),
            Cell::Count(input.masked),
            Cell::Code(input.digest.sha256.clone()),
        ]
    });
    let columns = ["side", "sources", "files", "documents", "secrets masked", "snapshot (SHA-256)"];
    page.table("What was compared", &columns, rows);
    accounting(page, report);
    page.end_chapter();
}

const fn role(side: Side) -> &'static str {
    match side {
        Side::Blue => "live",
        Side::Green => "candidate",
    }
}

/// Of what this is the report, by what it was made, and who vouches for it.
pub(super) fn provenance(page: &mut Document, report: &Report, options: &RenderOptions) {
    page.chapter("provenance", "Provenance");
    page.raw("<dl>");
    page.entry("engine", &format!("{} {}", report.engine.name, report.engine.version));
    page.entry("judged at", &report.evaluated_at);
    page.entry("threshold", report.threshold.name());
    page.entry("signature", &options.seal.said());
    if let Ok(text) = report.to_json() {
        page.entry("report as JSON", &format!("SHA-256 {}", Digest::of(text.as_bytes())));
    }
    page.entry("policy", &format!("SHA-256 {}", report.inputs.policy.sha256));
    input(page, Side::Blue, &report.inputs.blue);
    input(page, Side::Green, &report.inputs.green);
    for (label, text) in &options.signed {
        page.entry(label, text);
    }
    if options.signed.is_empty() {
        page.entry("ledger", "nothing is known of a position in a log: it is signed with a report");
    }
    page.raw("</dl>\n");
    let rows = report.packs.iter().map(|pack| {
        vec![
            Cell::Text(format!("{} {}", pack.id, pack.version)),
            Cell::Count(pack.rules),
            Cell::Code(pack.digest.sha256.clone()),
        ]
    });
    page.table("Rule packs", &["pack", "rules", "digest (SHA-256)"], rows);
    page.end_chapter();
}

fn input(page: &mut Document, side: Side, input: &Input) {
    let key = if input.masking_key.ephemeral {
        "made for this run".to_owned()
    } else {
        input.masking_key.id.clone()
    };
    let text = format!(
        "snapshot {}: {}, {}, {} masked with the key {key}",
        input.digest.sha256,
        counted(input.files, "file"),
        counted(input.documents, "document"),
        counted(input.masked, "secret"),
    );
    page.entry(side.name(), &text);
    for collector in &input.collectors {
        let resolved = collector.resolved.as_deref().unwrap_or_default();
        let text = format!("{} {} {resolved}", collector.scheme, collector.locator);
        page.entry("source", text.trim());
        collector.notes.iter().for_each(|note| page.entry("note", note));
    }
}

/// Where who read it on paper says so. Shown in print only.
pub(super) fn signatures(page: &mut Document, report: &Report, options: &RenderOptions) {
    let waived =
        report.findings.iter().filter(|one| Chapter::of(one, report.threshold) == Chapter::Waived);
    let is_signed = matches!(options.seal, Seal::SignedBy(_));
    page.raw("<section class=\"print-only\" aria-hidden=\"true\"><h2>Review</h2>\n");
    page.element(
        "p",
        &format!(
            "Verdict {} (exit {}); {} that block, {} waived, {} not evaluated; {}.",
            report.verdict,
            report.exit,
            counted(report.summary.findings.blocking, "finding"),
            waived.count(),
            report.gaps.len(),
            if is_signed { "the report is signed" } else { "the report is not signed" }
        ),
    );
    page.raw("<table><tbody>");
    for line in ["Reviewed by", "Role", "Date", "Signature"] {
        page.raw(&format!("<tr><th scope=\"row\">{line}</th><td></td></tr>"));
    }
    page.raw("</tbody></table></section>\n");
}
