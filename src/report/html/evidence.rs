//! What the findings rest on: controls, trace paths, the ledger of explanations.

use std::collections::BTreeMap;

use super::document::{Cell, Document};
use super::findings::sides;
use crate::report::causes::{Told, folded, summary};
use crate::report::controls::{CAUTION, Group, Row, groups};
use crate::report::paths::picture;
use crate::report::phrases::{counted, proof};
use crate::wire::report::{
    Change, ControlStatus, Direction, Explanation, Pair, Report, ServiceTrace, Side, TracePath,
};

/// How many services are unfolded to begin with.
const OPEN_MAX: usize = 3;

/// The matrix of controls, a table per framework, each with what was evaluated for it.
pub(super) fn controls(page: &mut Document, report: &Report) {
    page.chapter("controls", &format!("Controls ({})", report.controls.len()));
    page.classed("p", "note", CAUTION);
    let groups = groups(report);
    let rows = groups.iter().map(|group| {
        let mut row = vec![
            Cell::Link(format!("framework-{}", group.id), group.name.clone()),
            Cell::Count(group.rows.len() as u64),
        ];
        row.extend(ControlStatus::ALL.map(|status| Cell::Count(group.count(status))));
        row.push(Cell::Text(claims(group)));
        row
    });
    let columns =
        ["framework", "controls", "evidenced", "exception", "gap", "not assessed", "claim"];
    page.table("Controls by framework", &columns, rows.collect::<Vec<_>>());
    for group in &groups {
        page.begin("details", &[("id", &format!("framework-{}", group.id))]);
        let evidenced = group.count(ControlStatus::Evidenced);
        page.element(
            "summary",
            &format!("{}: {evidenced} of {} evidenced", group.name, group.rows.len()),
        );
        let columns = [
            "control",
            "title",
            "status",
            "evaluated",
            "passed",
            "failed",
            "undecided",
            "not applicable",
            "open findings",
            "waived",
            "rules",
        ];
        page.table(
            &format!("Controls of {}, by subjects evaluated", group.name),
            &columns,
            group.rows.iter().map(|one| row(group, one)),
        );
        page.raw("</details>\n");
    }
    page.end_chapter();
}

/// The most that the rows of a framework claim.
fn claims(group: &Group<'_>) -> String {
    let of = |base: &str| format!("derived from {base}: supporting at most");
    group.base.map_or_else(|| "as the rules say".to_owned(), of)
}

fn row(group: &Group<'_>, row: &Row<'_>) -> Vec<Cell> {
    let control = &*row.sum;
    let class = match control.status {
        ControlStatus::Evidenced => "pass",
        ControlStatus::Exception | ControlStatus::NotAssessed => "inconclusive",
        ControlStatus::Gap => "fail",
    };
    // What is derived is no control of a finding, so that there is nothing to filter by.
    let open = if control.open == 0 || group.base.is_some() {
        Cell::Count(control.open)
    } else {
        Cell::Link(format!("control={}", control.control), control.open.to_string())
    };
    vec![
        Cell::Text(control.control.clone()),
        Cell::Text(row.title.to_owned()),
        Cell::Classed(class, control.status.name().to_owned()),
        Cell::Count(row.evaluated()),
        Cell::Count(control.passed),
        Cell::Count(control.failed),
        Cell::Count(control.unknown),
        Cell::Count(control.not_applicable),
        open,
        Cell::Count(control.waived),
        Cell::Small(control.rules.join(", ")),
    ]
}

/// How spans travel: counts of all services, and a picture of each that something is told of.
pub(super) fn trace(page: &mut Document, report: &Report) {
    let summary = &report.trace.summary;
    page.chapter("trace", &format!("Trace paths ({})", summary.services));
    let ends = [(Side::Blue, summary.blue), (Side::Green, summary.green)];
    let rows = ends.into_iter().map(|(side, ends)| {
        let counts = [ends.backend, ends.dark, ends.broken, ends.unresolved];
        let name = Cell::Text(side.name().to_owned());
        std::iter::once(name).chain(counts.map(Cell::Count)).collect()
    });
    let columns = ["side", "to a backend", "dark", "broken", "unresolved"];
    page.table("How the ways of services end", &columns, rows);
    let listed = report.trace.services.len() as u64;
    let text = format!(
        "{listed} of {} shown: those of which something is to be told. Solid legs are TLS, dashed ones \
         clear, dotted ones not known.",
        counted(summary.services, "service")
    );
    page.classed("p", "note", &text);
    for (nth, service) in report.trace.services.iter().enumerate() {
        one_service(page, service, nth < OPEN_MAX);
    }
    page.end_chapter();
}

fn one_service(page: &mut Document, service: &ServiceTrace, is_open: bool) {
    page.raw(if is_open {
        "<details class=\"service\" open>"
    } else {
        "<details class=\"service\">"
    });
    let paths = service.paths();
    page.raw("<summary>");
    page.classed("span", "title", &service.service);
    page.text(&format!(
        " {} \u{2013} blue: {}, green: {} ",
        service.settings,
        end_of(paths.blue),
        end_of(paths.green)
    ));
    page.classed("span", "resource", &service.facts.join(", "));
    page.raw("</summary>\n");
    for (side, path) in [(Side::Blue, paths.blue), (Side::Green, paths.green)] {
        let Some(path) = path else { continue };
        page.raw(&format!("<div class=\"way-of {0}\"><h4>{0}</h4>\n", side.name()));
        page.raw("<div class=\"wide\" tabindex=\"0\">");
        page.raw(&picture(service, side).unwrap_or_default());
        page.raw("</div>\n<ol>");
        for hop in &path.hops {
            let place = hop.place.as_ref().map(crate::report::phrases::position);
            page.element(
                "li",
                &format!(
                    "{} \u{2192} {} ({}){}",
                    hop.from,
                    hop.to,
                    hop.transport,
                    place.map_or_else(String::new, |place| format!(", set at {place}"))
                ),
            );
        }
        for end in path.ends.iter().filter(|end| end.end != "backend") {
            let place = end.place.as_ref().map(crate::report::phrases::position);
            let text = format!(
                "{} at {}: {}{}",
                end.end,
                end.at,
                end.reason.as_deref().unwrap_or("no reason is known"),
                place.map_or_else(String::new, |place| format!(" ({place})"))
            );
            page.classed("li", "broken-hop", &text);
        }
        page.raw("</ol>");
        page.classed("p", "note", &format!("sampling: {}", path.sampling));
        page.raw("</div>\n");
    }
    page.raw("</details>\n");
}

fn end_of(path: Option<&TracePath>) -> &str {
    path.map_or("no such service", |path| path.end.as_str())
}

/// Every explanation with its count; behind it, the differences that the report lists.
pub(super) fn ledger(page: &mut Document, report: &Report) {
    let rows = &report.summary.changes;
    let total = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
    page.chapter("differences", &format!("Differences ({total}) and what explains them"));
    page.classed(
        "p",
        "note",
        "Every difference has exactly one explanation. What the report lists stands behind its count; a \
         report lists the explained ones when it was made with --ledger full.",
    );
    let mut listed: BTreeMap<(&str, String), Vec<&Change>> = BTreeMap::new();
    for change in &report.changes {
        let key = (change.explanation.kind(), detail(&change.explanation));
        listed.entry(key).or_default().push(change);
    }
    let ways = report.summary.directions.shown();
    for row in rows.iter().rev() {
        let own = listed.remove(&(row.kind.as_str(), row.detail.clone())).unwrap_or_default();
        let by = if row.kind == "unexplained" { &ways } else { &row.detail };
        explained(page, (row.count, &row.kind, by), &own);
    }
    // What no count names is shown all the same.
    for ((kind, by), own) in listed {
        explained(page, (own.len() as u64, kind, &by), &own);
    }
    page.end_chapter();
}

fn explained(page: &mut Document, (count, kind, by): (u64, &str, &str), own: &[&Change]) {
    if own.is_empty() {
        page.raw("<div class=\"ledger\">");
    } else {
        page.raw("<details class=\"ledger\"><summary>");
    }
    page.raw(&format!("<span class=\"count\">{count}</span> "));
    page.classed("b", if kind == "unexplained" { "fail" } else { "kind" }, kind);
    page.text(&format!(" {by}"));
    if own.is_empty() {
        page.raw("</div>\n");
        return;
    }
    if own.len() as u64 != count {
        page.text(&format!(" ({} listed)", own.len()));
    }
    page.raw("</summary>\n");
    for Told { one, folded } in folded(own) {
        difference(page, one);
        if folded.is_empty() {
            continue;
        }
        page.raw("<details class=\"behind\">");
        page.element("summary", &summary(&folded));
        for one in folded {
            difference(page, one);
        }
        page.raw("</details>\n");
    }
    page.raw("</details>\n");
}

fn difference(page: &mut Document, change: &Change) {
    page.begin(
        "article",
        &[("class", "change"), ("id", &format!("difference-{}", change.fingerprint))],
    );
    page.element("h4", &format!("{} {} {}", change.edit, change.resource, change.path));
    sides(page, &change.places, &change.values, &Pair::default());
    page.raw("<dl>");
    page.entry("direction", change.direction.map_or("", Direction::name));
    page.entry("follows from", change.follows.as_deref().unwrap_or_default());
    page.entry("why", &proof(&change.explanation));
    page.entry("id", &format!("{} {}", change.fingerprint, change.instance));
    page.raw("</dl></article>\n");
}

/// What groups a difference within its kind, as the summary counts it.
fn detail(explanation: &Explanation) -> String {
    match explanation {
        Explanation::Representation { how } => {
            how.split_once(": ").map_or(how.as_str(), |(class, _)| class).to_owned()
        }
        Explanation::Default { citation } => citation.clone(),
        Explanation::Colour { token } => format!("{} -> {}", token.blue, token.green),
        Explanation::Generated { by } => by.clone(),
        Explanation::Declared { allowance, .. } => allowance.clone(),
        Explanation::Unexplained {} => String::new(),
    }
}
