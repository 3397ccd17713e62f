//! Findings: each a line that unfolds, behind its cause where it follows from one.

use std::collections::BTreeSet;

use super::document::Document;
use crate::report::RenderOptions;
use crate::report::causes::{Caused, Told, folded, summary};
use crate::report::chapter::{Chapter, is_shown};
use crate::report::decided::decided;
use crate::report::phrases::{counted, position};
use crate::report::words::Words;
use crate::wire::report::{
    Direction, Excerpt, Finding, Pair, Place, Report, Severity, Side, State,
};

/// What stands between the controls of a finding, for the script.
const SEPARATOR: &str = "; ";

/// How many findings that block are unfolded to begin with.
const OPEN_MAX: usize = 20;

/// Writes the filter and every chapter of findings.
pub(super) fn write(page: &mut Document, report: &Report, options: &RenderOptions) {
    page.chapter("findings", &format!("Findings ({})", report.findings.len()));
    if report.findings.is_empty() {
        page.element("p", "No finding.");
    } else {
        filter(page, report);
    }
    for chapter in Chapter::ALL {
        section(page, report, options, chapter);
    }
    page.end_chapter();
}

/// The controls that choose what is shown. The script of the page shows them.
fn filter(page: &mut Document, report: &Report) {
    page.raw("<form id=\"filter\" class=\"filter\" role=\"search\" aria-label=\"Choose findings\" hidden>\n");
    page.raw("<label class=\"search\">Search <input type=\"search\" id=\"search\" autocomplete=\"off\" placeholder=\"words in findings, gaps, controls\"></label>\n<fieldset><legend>Severity</legend>");
    for severity in Severity::ALL.iter().rev() {
        let name = severity.name();
        page.raw(&format!(
            "<label><input type=\"checkbox\" name=\"severity\" value=\"{name}\" checked> {name}</label> "
        ));
    }
    page.raw("</fieldset>\n");
    let states =
        Chapter::ALL.map(|chapter| (key(chapter).to_owned(), chapter.heading().to_owned()));
    select(page, "chapter", "State", states);
    let same = |values: BTreeSet<String>| values.into_iter().map(|value| (value.clone(), value));
    let findings = || report.findings.iter();
    select(page, "rule", "Rule", same(findings().map(|one| one.rule.clone()).collect()));
    let controls = findings().flat_map(|one| one.controls.iter().cloned()).collect();
    select(page, "control", "Control", same(controls));
    select(page, "service", "Service", same(findings().map(service).collect()));
    page.raw("<button type=\"reset\">Show all</button> <button type=\"button\" id=\"unfold\">Unfold shown</button> <button type=\"button\" id=\"fold\">Fold all</button>\n");
    page.raw("<output id=\"shown\" role=\"status\" aria-live=\"polite\"></output>\n</form>\n");
}

fn select(
    page: &mut Document,
    name: &str,
    label: &str,
    values: impl IntoIterator<Item = (String, String)>,
) {
    page.raw(&format!("<label>{label} <select id=\"by-{name}\"><option value=\"\">any</option>"));
    for (value, text) in values {
        page.begin("option", &[("value", &value)]);
        page.text(&text);
        page.raw("</option>");
    }
    page.raw("</select></label>\n");
}

/// The short name of a chapter.
const fn key(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Blocking => "blocking",
        Chapter::New => "new",
        Chapter::Waived => "waived",
        Chapter::Baselined => "baselined",
        Chapter::Inherited => "inherited",
        Chapter::Resolved => "resolved",
    }
}

/// What a finding is about in one word: the last name of its resource, without the colour.
fn service(finding: &Finding) -> String {
    let last = finding.resource.rsplit('/').next().unwrap_or(&finding.resource);
    let last = last.rsplit_once(':').map_or(last, |(_, name)| name);
    last.replace("-{colour}", "").replace("{colour}-", "")
}

fn section(page: &mut Document, report: &Report, options: &RenderOptions, chapter: Chapter) {
    let all = report.findings.iter().filter(|one| Chapter::of(one, report.threshold) == chapter);
    let all: Vec<&Finding> = all.collect();
    if all.is_empty() {
        return;
    }
    let name = key(chapter);
    page.begin("div", &[("class", "group"), ("id", name)]);
    page.element("h3", &format!("{} ({})", chapter.heading(), all.len()));
    let least = options.min_severity;
    let shown = all.iter().copied().filter(|finding| is_shown(finding.severity, least));
    let shown: Vec<&Finding> = shown.collect();
    let is_open = chapter == Chapter::Blocking && shown.len() <= OPEN_MAX;
    for Told { one, folded } in folded(&shown) {
        article(page, one, name, is_open);
        if folded.is_empty() {
            continue;
        }
        page.raw("<details class=\"behind\">");
        page.element("summary", &summary(&folded));
        for one in folded {
            article(page, one, name, false);
        }
        page.raw("</details>\n");
    }
    let hidden = all.len().saturating_sub(shown.len());
    if let Some(least) = least.filter(|_| hidden > 0) {
        page.element("p", &format!("{hidden} below {least} not shown"));
    }
    page.raw("</div>\n");
}

fn article(page: &mut Document, finding: &Finding, chapter: &str, is_open: bool) {
    let severity = finding.severity.name();
    page.begin(
        "article",
        &[
            ("class", &format!("finding {severity}")),
            ("id", &format!("finding-{}", finding.fingerprint)),
            ("data-severity", severity),
            ("data-chapter", chapter),
            ("data-rule", &finding.rule),
            ("data-control", &finding.controls.join(SEPARATOR)),
            ("data-service", &service(finding)),
        ],
    );
    page.raw(if is_open { "<details open>" } else { "<details>" });
    page.raw("<summary>");
    page.raw(&format!("<span class=\"severity {severity}\">{severity}</span> "));
    page.classed("span", "rule", &finding.rule);
    page.raw(" ");
    page.classed("span", "title", &finding.title);
    page.raw(" ");
    page.classed("span", "resource", &finding.resource);
    page.raw("</summary>\n");
    body(page, finding);
    page.raw("</details></article>\n");
}

fn body(page: &mut Document, finding: &Finding) {
    page.classed("p", "message", &finding.message);
    sides(page, &finding.places, &finding.values, &finding.excerpts);
    page.raw("<dl>");
    page.entry("path", &finding.path);
    page.entry("state", &state(finding));
    for said in decided(finding) {
        page.entry("decided", &said);
    }
    page.entry("direction", finding.direction.map_or("", Direction::name));
    page.entry("follows from", finding.follows().unwrap_or_default());
    page.entry("what to do", &finding.remediation);
    page.entry("controls", &finding.controls.join(", "));
    page.entry("group", &finding.group);
    page.raw("<dt>id</dt><dd>");
    page.link(&format!("finding-{}", finding.fingerprint), &finding.fingerprint);
    page.text(&format!(" {}", finding.instance));
    page.raw("</dd></dl>\n");
}

fn state(finding: &Finding) -> String {
    let what = match finding.state {
        State::Introduced => "introduced: green fails where blue does not",
        State::Inherited => "inherited: both fail",
        State::Resolved => "resolved: blue fails and green does not",
    };
    format!("{what}; {}", finding.disposition)
}

/// What stands on each side and where, beside each other; words that differ are marked.
pub(super) fn sides(
    page: &mut Document,
    places: &Pair<Option<Place>>,
    values: &Pair<Option<String>>,
    excerpts: &Pair<Option<Excerpt>>,
) {
    let words = Words::of(values, false);
    page.raw("<div class=\"sides\">");
    let sides = places.sides().into_iter().zip(values.sides()).zip(excerpts.sides());
    for (((side, place), (_, value)), (_, excerpt)) in sides {
        let name = side.name();
        page.raw(&format!("<div class=\"side {name}\"><div class=\"place\"><b>{name}</b> "));
        match place {
            Some(place) => {
                page.classed("span", "position", &position(place));
                if let Some(end) = place.end_line {
                    page.text(&format!(" to line {end}"));
                }
            }
            None => page.text("not there"),
        }
        page.raw("</div><code>");
        match (&words, value) {
            (Some(words), _) => words.side(side).for_each(|(is_own, text)| match (is_own, side) {
                (false, _) => page.text(text),
                (true, Side::Blue) => page.element("del", text),
                (true, Side::Green) => page.element("ins", text),
            }),
            (None, Some(value)) => page.text(value),
            (None, None) => page.raw("<span class=\"nothing\">no value</span>"),
        }
        page.raw("</code>");
        if let Some(excerpt) = excerpt {
            source(page, excerpt);
        }
        page.raw("</div>");
    }
    page.raw("</div>\n");
}

/// Lines of source with their numbers; what is meant is marked.
fn source(page: &mut Document, excerpt: &Excerpt) {
    page.raw("<pre class=\"source\">");
    for (number, line, mark) in excerpt.numbered() {
        page.raw(&format!("<span class=\"line\"><span class=\"number\">{number}</span> "));
        match mark {
            Some(mark) => {
                let (before, marked, after) = mark.parts(line);
                page.text(&before);
                page.element("mark", &marked);
                page.text(&after);
            }
            None => page.text(line),
        }
        page.raw("\n</span>");
    }
    if excerpt.more > 0 {
        page.classed("span", "note", &format!("and {}", counted(excerpt.more.into(), "more line")));
    }
    page.raw("</pre>");
}

/// `3 findings`, by severity, of one state: the rows of the matrix at the head of the page.
pub(super) fn matrix(page: &mut Document, report: &Report) {
    use super::document::Cell;

    let counts = report.summary.findings;
    let rows = [
        ("introduced by green", counts.introduced),
        ("inherited from blue", counts.inherited),
        ("resolved by green", counts.resolved),
    ];
    let rows = rows.into_iter().map(|(name, counts)| {
        let mut row = vec![Cell::Text(name.to_owned())];
        row.extend(counts.rows().into_iter().map(|(_, count)| Cell::Count(count)));
        row.push(Cell::Count(counts.total()));
        row
    });
    let columns = ["findings", "critical", "high", "medium", "low", "info", "all"];
    let caption = format!(
        "{} that block (threshold {}); {} waived, {} in the baseline",
        counted(counts.blocking, "finding"),
        report.threshold,
        counts.waived,
        counts.baselined
    );
    page.table(&caption, &columns, rows);
}
