//! One page for an auditor with a browser: everything a report says, in one file.
//!
//! It loads nothing and runs one script, which filters, searches and unfolds what is there: its
//! policy lets a browser use the style and the script in it, by their digests, and nothing else.
//! Without the script the whole report is still to be read. It works from a file, on paper, by
//! keyboard, in the dark; what is folded costs no layout, so that thousands of findings open at once.

mod document;
mod evidence;
mod findings;
mod record;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::Document;

use super::reasons::reasons;
use super::{RenderOptions, Renderer, Seal, meaning};
use crate::model::Digest;
use crate::wire::report::{Report, Verdict};

/// A page for a browser.
pub(super) static HTML: Html = Html;

pub(super) struct Html;

/// How the page looks.
const STYLE: &str = include_str!("html/style.css");

/// What the page does.
const SCRIPT: &str = include_str!("html/page.js");

/// The chapters, as the page links to them.
const CHAPTERS: [(&str, &str); 8] = [
    ("verdict", "Verdict"),
    ("scope", "Scope"),
    ("findings", "Findings"),
    ("gaps", "Not evaluated"),
    ("controls", "Controls"),
    ("trace", "Trace paths"),
    ("differences", "Differences"),
    ("policy", "Policy"),
];

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "One page for a browser, whole, loading nothing: findings, controls, trace paths, ledger."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Document::default();
        head(&mut page, report);
        verdict(&mut page, report, options);
        record::scope(&mut page, report);
        findings::write(&mut page, report, options);
        record::gaps(&mut page, report);
        evidence::controls(&mut page, report);
        evidence::trace(&mut page, report);
        evidence::ledger(&mut page, report);
        record::other_names(&mut page, report);
        record::policy(&mut page, report, options);
        record::provenance(&mut page, report, options);
        record::signatures(&mut page, report, options);
        page.raw(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
        out.write_all(page.finish().as_bytes())
    }
}

fn head(page: &mut Document, report: &Report) {
    let digest = |text: &str| STANDARD.encode(Digest::of(text.as_bytes()).0);
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n",
        digest(STYLE),
        digest(SCRIPT)
    ));
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.raw("<meta name=\"generator\" content=\"driftseal\">\n");
    page.element("title", &format!("driftseal: {} (exit {})", report.verdict, report.exit));
    page.raw(&format!("\n<style>{STYLE}</style>\n</head>\n<body>\n"));
    page.raw("<a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n<header>\n");
    page.raw("<nav aria-label=\"Chapters\"><ul>");
    for (id, title) in CHAPTERS.into_iter().chain([("provenance", "Provenance")]) {
        page.raw(&format!("<li><a href=\"#{id}\">{title}</a></li>"));
    }
    page.raw(
        "</ul></nav>\n<button type=\"button\" id=\"theme\" hidden>Theme: as the system</button>\n",
    );
    page.raw("</header>\n<main>\n");
}

/// The verdict, why, what it means, who vouches for it; then how many findings there are.
fn verdict(page: &mut Document, report: &Report, options: &RenderOptions) {
    let named = report.verdict.name();
    page.raw(&format!(
        "<section id=\"verdict\" class=\"verdict {named}\" aria-labelledby=\"verdict-title\">\n"
    ));
    page.raw("<h1 id=\"verdict-title\">");
    page.element("strong", &format!("{} (exit {})", named.to_ascii_uppercase(), report.exit));
    let others = report.verdicts.iter().filter(|other| **other != report.verdict);
    for other in others {
        let other = format!(" also {} (exit {})", other.name().to_ascii_uppercase(), other.exit());
        page.element("small", &other);
    }
    page.raw("</h1>\n");
    let may = match report.verdict {
        Verdict::Pass => "Green may take the traffic",
        Verdict::Fail => "Green may not take the traffic",
        Verdict::Inconclusive => "Green may not take the traffic yet",
    };
    page.element("p", &format!("{may}: {}.", meaning(report.verdict)));
    page.raw("<ul>\n");
    for line in reasons(report) {
        page.element("li", &line);
    }
    page.raw("</ul>\n");
    let class = match options.seal {
        Seal::SignedBy(_) => "seal pass",
        Seal::NotSigned(_) => "seal inconclusive",
        Seal::NotVerified(_) => "seal fail",
    };
    page.classed("p", class, &options.seal.said());
    let judged = format!(
        "{} {}, judged at {}, threshold {}",
        report.engine.name, report.engine.version, report.evaluated_at, report.threshold
    );
    page.classed("p", "note", &judged);
    findings::matrix(page, report);
    page.raw("</section>\n");
}

#[cfg(test)]
mod tests {
    use super::HTML;
    use crate::model;
    use crate::report::{Changes, RenderOptions, Renderer};
    use crate::wire::report::{Report, Severity, sample};

    fn written(report: &model::Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        HTML.render(&Report::from(report.clone()), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Every tag, without what stands in the style and the script.
    fn tags(text: &str) -> Vec<&str> {
        let (head, tail) = text.split_once(super::STYLE).unwrap();
        let (middle, tail) = tail.split_once(super::SCRIPT).unwrap();
        let parts = [head, middle, tail].into_iter().flat_map(|part| part.split('<').skip(1));
        parts.map(|rest| rest.split('>').next().unwrap()).collect()
    }

    fn name(tag: &str) -> &str {
        tag.split([' ', '/']).next().unwrap()
    }

    #[test]
    fn every_element_is_closed_and_nothing_is_loaded_or_run() {
        let options = RenderOptions { changes: Changes::All, ..RenderOptions::default() };
        let text = written(&sample::report(), &options);
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&text) {
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{text}");
            } else if !["!doctype", "meta", "input", "rect"].contains(&name(tag))
                && !tag.ends_with('/')
            {
                open.push(name(tag));
            }
        }
        assert!(open.is_empty(), "{open:?}");
        for tag in tags(&text) {
            assert!(!["img", "link", "iframe", "object", "base"].contains(&name(tag)), "{tag}");
            assert!(name(tag) != "a" || tag.contains("href=\"#"), "{tag}");
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
            if let Some(excerpt) = &mut finding.excerpts.blue {
                excerpt.lines = vec![hostile.to_owned(); 3];
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
        hostile.clone_into(&mut report.decisions[0].reason);
        hostile.clone_into(&mut report.decisions[0].id);
        hostile.clone_into(&mut report.inputs.green.collectors[0].notes[0]);
        hostile.clone_into(&mut report.inputs.green.collectors[0].locator);
        let options = RenderOptions { changes: Changes::All, ..RenderOptions::default() };
        let text = written(&report, &options);
        // The same elements, with the same attributes, whatever their values say.
        let shape = |tag: &str| {
            let attributes = tag.split('"').step_by(2).collect::<Vec<_>>();
            attributes.concat()
        };
        let known = written(&sample::report(), &options);
        let known: std::collections::BTreeSet<String> =
            tags(&known).into_iter().map(shape).collect();
        let marks = ["del", "/del", "ins", "/ins"];
        for tag in tags(&text) {
            assert!(known.contains(&shape(tag)) || marks.contains(&tag), "<{tag}>");
        }
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn decisions_are_told_with_who_made_them_until_when_and_why() {
        let text = written(&sample::report(), &RenderOptions::default());
        let row = "<td class=\"count\">1</td><td>payments</td><td>2027-03-31</td><td>CHG-1042</td>\
                   <td>release 2.4.1</td>";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn what_a_filter_hides_is_counted() {
        let report = Report::from(sample::report());
        let options =
            RenderOptions { min_severity: Some(Severity::Critical), ..RenderOptions::default() };
        let text = written(&sample::report(), &options);
        let shown = report
            .findings
            .iter()
            .filter(|one| text.contains(&format!("id=\"finding-{}\"", one.fingerprint)))
            .count();
        let hidden: usize = text
            .split(" below critical not shown")
            .filter_map(|part| part.rsplit('>').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(shown + hidden, report.findings.len() + report.hygiene.len());
    }
}
