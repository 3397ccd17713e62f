//! One page for a browser, a file or an archive: everything a report says.
//!
//! It is one file without scripts, links or pictures, and its policy lets a browser load and run
//! nothing: the only thing allowed is the style in it, by its digest.

mod document;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::{Cell, Document};

use super::alignment::{consequences, renamed};
use super::causes::{Caused, Told, folded, summary};
use super::chapter::{Chapter, is_shown};
use super::phrases::{counted, placed, proof};
use super::reasons::reasons;
use super::words::Words;
use super::{Changes, RenderOptions, Renderer, meaning};
use crate::model::Digest;
use crate::wire::report::{
    Change, Direction, Finding, Input, Pair, Place, Report, Side, TracePath,
};

/// A page for a browser.
pub(super) static HTML: Html = Html;

pub(super) struct Html;

/// How the page looks.
const STYLE: &str = include_str!("html/style.css");

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "One page for a browser, whole and without scripts: findings, differences, gaps, sources."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Document::default();
        head(&mut page, report, options);
        for chapter in Chapter::ALL {
            findings(&mut page, report, options, chapter);
        }
        gaps(&mut page, report);
        differences(&mut page, report, options);
        other_names(&mut page, report);
        hygiene(&mut page, report, options);
        trace(&mut page, report);
        controls(&mut page, report);
        accounting(&mut page, report);
        provenance(&mut page, report);
        page.raw("</main>\n</body>\n</html>\n");
        out.write_all(page.finish().as_bytes())
    }
}

fn head(page: &mut Document, report: &Report, options: &RenderOptions) {
    let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).0);
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    page.raw(&format!("style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">\n"));
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.element("title", &format!("driftseal: {}", report.verdict));
    page.raw(&format!("\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"));
    let named = report.verdict.name();
    let title = format!("{} (exit {})", named.to_ascii_uppercase(), report.exit);
    page.classed("h1", named, &title);
    let mut lines = reasons(report);
    let others = report.verdicts.iter().filter(|other| **other != report.verdict);
    lines.extend(others.map(|other| format!("also {other} (exit {})", other.exit())));
    lines.push(options.seal.said());
    lines.push(format!("{}: {}", report.verdict, meaning(report.verdict)));
    page.raw("\n<ul>\n");
    for line in &lines {
        page.element("li", line);
    }
    page.raw("\n</ul>\n");
}

/// One chapter of findings, all in full.
fn findings(page: &mut Document, report: &Report, options: &RenderOptions, chapter: Chapter) {
    let all = report.findings.iter().filter(|one| Chapter::of(one, report.threshold) == chapter);
    let all: Vec<&Finding> = all.collect();
    if all.is_empty() {
        return;
    }
    let id = format!("{chapter:?}").to_ascii_lowercase();
    page.chapter(&id, &format!("{} ({})", chapter.heading(), all.len()));
    let least = options.min_severity;
    let shown = all.iter().filter(|finding| is_shown(finding.severity, least));
    with_causes(page, &shown.copied().collect::<Vec<_>>(), one);
    let hidden = all.iter().filter(|finding| !is_shown(finding.severity, least)).count();
    if let Some(least) = least.filter(|_| hidden > 0) {
        page.element("p", &format!("{hidden} below {least} not shown"));
    }
}

/// Things one by one, what follows from each folded behind it.
fn with_causes<T: Caused>(page: &mut Document, all: &[&T], write: fn(&mut Document, &T)) {
    for Told { one, folded } in folded(all) {
        write(page, one);
        if folded.is_empty() {
            continue;
        }
        page.raw("<details>");
        page.element("summary", &summary(&folded));
        for one in folded {
            write(page, one);
        }
        page.raw("</details>\n");
    }
}

fn one(page: &mut Document, finding: &Finding) {
    page.raw(&format!("<section class=\"one {}\">\n", finding.severity.name()));
    page.element("h3", &format!("{} {} {}", finding.severity, finding.rule, finding.title));
    page.element("p", &finding.message);
    page.raw("<dl>");
    entry(page, "in", &finding.resource);
    entry(page, "path", &finding.path);
    sides(page, &finding.places, &finding.values);
    entry(page, "way", finding.direction.map_or("", Direction::name));
    entry(page, "from", finding.follows.as_deref().unwrap_or_default());
    entry(page, "do", &finding.remediation);
    entry(page, "for", &finding.controls.join(", "));
    entry(page, "id", &format!("{} {}", finding.fingerprint, finding.instance));
    page.raw("</dl></section>\n");
}

fn entry(page: &mut Document, label: &str, text: &str) {
    if !text.is_empty() {
        page.element("dt", label);
        page.element("dd", text);
    }
}

/// Where something stands on each side, and what; words that differ are marked.
fn sides(page: &mut Document, places: &Pair<Option<Place>>, values: &Pair<Option<String>>) {
    let words = Words::of(values, false);
    for ((side, place), (_, value)) in places.sides().into_iter().zip(values.sides()) {
        page.classed("dt", side.name(), side.name());
        page.raw("<dd>");
        let place = place.as_ref().map(|place| placed(Some(place), None));
        if place.is_none() && value.is_none() {
            page.text("(nothing)");
        }
        page.element("code", &place.unwrap_or_default());
        page.raw(" <span class=\"value\">");
        match (&words, value) {
            (Some(words), _) => words.side(side).for_each(|(is_own, text)| match (is_own, side) {
                (false, _) => page.text(text),
                (true, Side::Blue) => page.element("del", text),
                (true, Side::Green) => page.element("ins", text),
            }),
            (None, Some(value)) => page.text(value),
            (None, None) => {}
        }
        page.raw("</span></dd>");
    }
}

fn gaps(page: &mut Document, report: &Report) {
    if report.gaps.is_empty() {
        return;
    }
    page.chapter("gaps", &format!("Not evaluated ({})", report.gaps.len()));
    let rows = report.gaps.iter().map(|gap| {
        let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
        vec![
            Cell::Text(gap.side.name().to_owned()),
            Cell::Code(format!("{}{line}", gap.file)),
            Cell::Text(gap.reason.clone()),
            Cell::Text(gap.message.clone()),
            Cell::Text(if gap.accepted { "by the policy" } else { "no" }.to_owned()),
        ]
    });
    let columns = ["side", "where", "reason", "what to do", "accepted"];
    page.table("Gaps: what was not evaluated", &columns, rows);
}

fn differences(page: &mut Document, report: &Report, options: &RenderOptions) {
    let rows = &report.summary.changes;
    let total = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
    page.chapter("differences", &format!("Differences ({total}) and what explains them"));
    let ways = report.summary.directions.shown();
    let rows = rows.iter().map(|row| {
        let by = if row.kind == "unexplained" { &ways } else { &row.detail };
        vec![Cell::Count(row.count), Cell::Text(row.kind.clone()), Cell::Text(by.clone())]
    });
    page.table("Differences by explanation", &["count", "kind", "by"], rows);
    // A page has room: where any are listed, all are, those that nothing explains first.
    if matches!(options.changes, Changes::Counted | Changes::ByResource) {
        return;
    }
    let is_drift = |change: &&Change| change.explanation.kind() == "unexplained";
    let open: Vec<&Change> = report.changes.iter().filter(is_drift).collect();
    with_causes(page, &open, difference);
    let explained: Vec<&Change> = report.changes.iter().filter(|one| !is_drift(one)).collect();
    if !explained.is_empty() {
        page.raw("<details>");
        let what = counted(explained.len() as u64, "explained difference");
        page.element("summary", &format!("{what}, each with its proof"));
        for change in explained {
            difference(page, change);
        }
        page.raw("</details>\n");
    }
}

fn difference(page: &mut Document, change: &Change) {
    page.raw("<section class=\"one\">\n");
    page.element("h3", &format!("{} {} {}", change.edit, change.resource, change.path));
    page.raw("<dl>");
    sides(page, &change.places, &change.values);
    entry(page, "way", change.direction.map_or("", Direction::name));
    entry(page, "from", change.follows.as_deref().unwrap_or_default());
    entry(page, "why", &proof(&change.explanation));
    entry(page, "id", &format!("{} {}", change.fingerprint, change.instance));
    page.raw("</dl></section>\n");
}

fn hygiene(page: &mut Document, report: &Report, options: &RenderOptions) {
    if report.hygiene.is_empty() {
        return;
    }
    page.chapter("policy", &format!("Policy files to tidy ({})", report.hygiene.len()));
    let least = options.min_severity;
    let shown = report.hygiene.iter().filter(|record| is_shown(record.severity, least));
    let rows = shown.map(|record| {
        vec![
            Cell::Text(record.severity.name().to_owned()),
            Cell::Text(record.rule.clone()),
            Cell::Code(record.subject.clone()),
            Cell::Text(record.message.clone()),
        ]
    });
    page.table("Records of the policy", &["severity", "what", "record", "message"], rows);
    let hidden = report.hygiene.iter().filter(|record| !is_shown(record.severity, least)).count();
    if let Some(least) = least.filter(|_| hidden > 0) {
        page.element("p", &format!("{hidden} below {least} not shown"));
    }
}

fn trace(page: &mut Document, report: &Report) {
    let summary = &report.trace.summary;
    if summary.services == 0 {
        return;
    }
    page.chapter("trace", &format!("Trace paths ({})", summary.services));
    let ends = [(Side::Blue, summary.blue), (Side::Green, summary.green)];
    let rows = ends.into_iter().map(|(side, ends)| {
        let counts = [ends.backend, ends.dark, ends.broken, ends.unresolved];
        let name = Cell::Text(side.name().to_owned());
        std::iter::once(name).chain(counts.map(Cell::Count)).collect()
    });
    let columns = ["side", "to a backend", "dark", "broken", "unresolved"];
    page.table("How the ways of services end", &columns, rows);
    let rows = report.trace.services.iter().map(|service| {
        let paths = service.paths();
        let way = |path: Option<&TracePath>| {
            Cell::Text(path.map_or_else(|| "(no such service)".to_owned(), way))
        };
        vec![
            Cell::Text(service.service.clone()),
            Cell::Text(service.facts.join(", ")),
            way(paths.blue),
            way(paths.green),
        ]
    });
    page.table("Services", &["service", "what is told", "blue", "green"], rows);
}

fn way(path: &TracePath) -> String {
    let legs =
        path.hops.iter().map(|hop| format!("{} -> {} ({})", hop.from, hop.to, hop.transport));
    let ends = path.ends.iter().filter_map(|end| {
        end.reason.as_ref().map(|reason| format!("{} at {}: {reason}", end.end, end.at))
    });
    let parts: Vec<String> = legs.chain(ends).collect();
    format!("{}, {}: {}", path.end, path.sampling, parts.join("; "))
}

fn controls(page: &mut Document, report: &Report) {
    if report.controls.is_empty() {
        return;
    }
    page.chapter("controls", &format!("Controls ({})", report.controls.len()));
    let rows = report.controls.iter().map(|control| {
        let counts = [control.passed, control.failed, control.not_applicable, control.unknown];
        let mut row = vec![
            Cell::Text(control.control.clone()),
            Cell::Text(control.status.name().to_owned()),
            Cell::Text(control.rules.join(", ")),
        ];
        row.extend(counts.map(Cell::Count));
        row
    });
    let columns = ["control", "status", "rules", "passed", "failed", "not applicable", "unknown"];
    page.table(
        "What was evaluated for each control; no control is called fulfilled",
        &columns,
        rows,
    );
}

/// Documents that go by another name, and what follows from that.
fn other_names(page: &mut Document, report: &Report) {
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
}

fn accounting(page: &mut Document, report: &Report) {
    page.chapter("accounting", "Accounting");
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

/// Of what this is the report, and by what it was made.
fn provenance(page: &mut Document, report: &Report) {
    page.chapter("provenance", "Provenance");
    page.raw("<dl>");
    entry(page, "engine", &format!("{} {}", report.engine.name, report.engine.version));
    entry(page, "judged at", &report.evaluated_at);
    entry(page, "threshold", report.threshold.name());
    entry(page, "policy", &report.inputs.policy.sha256);
    input(page, Side::Blue, &report.inputs.blue);
    input(page, Side::Green, &report.inputs.green);
    page.raw("</dl>\n");
    let rows = report.packs.iter().map(|pack| {
        vec![
            Cell::Text(format!("{} {}", pack.id, pack.version)),
            Cell::Count(pack.rules),
            Cell::Code(pack.digest.sha256.clone()),
        ]
    });
    page.table("Rule packs", &["pack", "rules", "digest"], rows);
}

fn input(page: &mut Document, side: Side, input: &Input) {
    let key = if input.masking_key.ephemeral { "made for this run" } else { &input.masking_key.id };
    let text = format!(
        "snapshot {}: {}, {}, {} masked with the key {key}",
        input.digest.sha256,
        counted(input.files, "file"),
        counted(input.documents, "document"),
        counted(input.masked, "secret"),
    );
    entry(page, side.name(), &text);
    for collector in &input.collectors {
        let resolved = collector.resolved.as_deref().unwrap_or_default();
        let text = format!("{} {} {resolved}", collector.scheme, collector.locator);
        entry(page, "source", text.trim());
        collector.notes.iter().for_each(|note| entry(page, "note", note));
    }
}

#[cfg(test)]
mod tests {
    use super::HTML;
    use crate::model;
    use crate::report::{Changes, RenderOptions, Renderer};
    use crate::wire::report::{Report, Severity, sample};

    fn written(report: &model::Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        HTML.render(&Report::from(report), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn tags(text: &str) -> Vec<&str> {
        let tags = text.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
        tags.collect()
    }

    #[test]
    fn every_element_is_closed_and_nothing_is_loaded_or_run() {
        let options = RenderOptions { changes: Changes::All, ..RenderOptions::default() };
        let text = written(&sample::report(), &options);
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&text) {
            let name = tag.split(' ').next().unwrap();
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{text}");
            } else if !["!doctype", "meta"].contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        let names: Vec<&str> =
            tags(&text).iter().map(|tag| tag.split(' ').next().unwrap()).collect();
        for name in ["script", "a", "img", "link", "iframe", "form", "object"] {
            assert!(!names.contains(&name), "{name}");
        }
        assert!(text.contains("default-src 'none'; style-src 'sha256-"));
        assert!(!text.contains(" style=") && !text.contains("url("));
    }

    #[test]
    fn text_of_others_makes_no_markup() {
        let hostile = "</code></td><script>x</script><img src=x onerror='y'>\"\u{202e}\n&lt;";
        let mut report = sample::report();
        for finding in &mut report.findings {
            hostile.clone_into(&mut finding.title);
            hostile.clone_into(&mut finding.message);
            hostile.clone_into(&mut finding.rule.0);
            hostile.clone_into(&mut finding.at.resource.0);
            hostile.clone_into(&mut finding.remediation);
            finding.controls = vec![hostile.to_owned()];
            finding.values.blue = Some(model::Shown(hostile.to_owned()));
            if let Some(place) = &mut finding.places.blue {
                hostile.clone_into(&mut place.file);
            }
        }
        for change in &mut report.changes {
            hostile.clone_into(&mut change.at.resource.0);
            change.values.blue = Some(model::Shown(hostile.to_owned()));
            change.values.green = Some(model::Shown(format!("{hostile}x")));
            change.explanation = model::Explanation::Generated { by: hostile.to_owned() };
        }
        for (gap, _) in report.gaps.blue.iter_mut().chain(&mut report.gaps.green) {
            hostile.clone_into(&mut gap.place);
            hostile.clone_into(&mut gap.message);
        }
        for service in &mut report.trace.services {
            hostile.clone_into(&mut service.service);
        }
        hostile.clone_into(&mut report.inputs.green.collectors[0].notes[0]);
        hostile.clone_into(&mut report.inputs.green.collectors[0].locator);
        let options = RenderOptions { changes: Changes::All, ..RenderOptions::default() };
        let text = written(&report, &options);
        let known = written(&sample::report(), &options);
        let known: std::collections::BTreeSet<&str> = tags(&known).into_iter().collect();
        let marks = ["del", "/del", "ins", "/ins"];
        for tag in tags(&text) {
            assert!(known.contains(tag) || marks.contains(&tag), "<{tag}>");
        }
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn what_a_filter_hides_is_counted() {
        let report = Report::from(&sample::report());
        let options =
            RenderOptions { min_severity: Some(Severity::Critical), ..RenderOptions::default() };
        let text = written(&sample::report(), &options);
        let shown = report.findings.iter().filter(|one| text.contains(&one.fingerprint)).count();
        let hidden: usize = text
            .split(" below critical not shown")
            .filter_map(|part| part.rsplit('>').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(shown + hidden, report.findings.len() + report.hygiene.len());
    }
}
