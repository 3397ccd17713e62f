//! The ways of spans for a terminal: one block a service, both sides beside each other.

use std::io;

use super::{Drawing, Scope, words};
use crate::report::RenderOptions;
use crate::report::page::{CHANGED, FAINT, PLAIN, Page, STRONG, side_style};
use crate::report::phrases::{counted, placed};
use crate::wire::report::{EndCounts, Place, Report, ServiceTrace, Side, TraceEnd, TracePath};

pub(super) static TEXT: Drawing =
    Drawing { name: "text", about: "For people: every way, the broken leg marked.", draw };

/// Where the second side begins, from the left edge of the first.
const BESIDE_MIN: usize = 40;

/// What tells one step of a way.
struct Step {
    depth: usize,
    text: String,
    place: String,
    is_fault: bool,
}

fn draw(
    report: &Report,
    scope: Scope,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let page = &mut Page::new(out, options);
    summary(page, report, scope)?;
    for service in &report.trace.services {
        block(page, service, scope)?;
    }
    if let Some(note) = super::unread(report) {
        page.blank()?;
        let line = page.line(0).add(STRONG, &note);
        page.print(line)?;
        for gap in &report.gaps {
            let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
            let side = gap.side.name();
            let said = format!("{}{line} ({}): {}", gap.file, gap.reason, gap.message);
            page.prose(2, &format!("{side}  "), &said)?;
        }
    }
    Ok(())
}

fn summary(page: &mut Page<'_>, report: &Report, scope: Scope) -> io::Result<()> {
    let summary = &report.trace.summary;
    let shown = report.trace.services.len() as u64;
    let all = shown == summary.services;
    let shown = if all { String::new() } else { format!(", {shown} shown") };
    let head = format!("Trace paths of {}{shown}", counted(summary.services, "service"));
    let line = page.line(0).add(STRONG, &head);
    page.print(line)?;
    for (side, title) in super::sides(scope) {
        let EndCounts { backend, unresolved, dark, broken } =
            if side == Side::Blue { summary.blue } else { summary.green };
        let title = if scope == Scope::Both { title } else { "" };
        let text = format!(
            "{backend} to a backend, {dark} dark, {broken} broken, {unresolved} unresolved"
        );
        let line = page.line(2).column(side_style(side), title, 7).add(PLAIN, &text);
        page.print(line)?;
    }
    Ok(())
}

fn block(page: &mut Page<'_>, service: &ServiceTrace, scope: Scope) -> io::Result<()> {
    page.blank()?;
    let line =
        page.line(0).add(STRONG, &service.service).add(FAINT, &format!("  {}", service.settings));
    let line = match scope {
        Scope::Both => line.add(PLAIN, &format!("  {}", service.facts.join(", "))),
        Scope::Alone => line,
    };
    page.print(line)?;
    let paths = service.paths();
    if scope == Scope::Alone {
        return column(page, &steps(paths.green));
    }
    if service.facts == ["unchanged"] {
        let line = page.line(2).add(FAINT, "both, as green has it");
        page.print(line)?;
        return column(page, &steps(paths.green));
    }
    let both = [steps(paths.blue), steps(paths.green)];
    let [blue, green] = &both;
    let widest = blue.iter().map(Step::width).max().unwrap_or_default().max(BESIDE_MIN);
    let other = green.iter().map(Step::width).max().unwrap_or_default();
    if widest.saturating_add(other).saturating_add(6) > page.options.width {
        for (side, steps) in [(Side::Blue, blue), (Side::Green, green)] {
            let line = page.line(2).add(side_style(side), side.name());
            page.print(line)?;
            column(page, steps)?;
        }
        return Ok(());
    }
    let line = page.line(4).column(side_style(Side::Blue), "blue", widest.saturating_add(2));
    let line = line.add(side_style(Side::Green), "green");
    page.print(line)?;
    for nth in 0..blue.len().max(green.len()) {
        let (left, right) = (blue.get(nth), green.get(nth));
        let differs = left.map(|step| &step.text) != right.map(|step| &step.text);
        let text = left.map(Step::shown).unwrap_or_default();
        let style = if left.is_some_and(|step| step.is_fault) { STRONG } else { PLAIN };
        let line = page.line(4).column(style, &text, widest.saturating_add(2));
        let text = right.map(Step::shown).unwrap_or_default();
        let style = if right.is_some_and(|step| step.is_fault) { STRONG } else { PLAIN };
        let style = if differs { style.effects(style.get_effects() | CHANGED) } else { style };
        let line = line.add(style, &text);
        page.print(line)?;
    }
    Ok(())
}

/// One side below itself, with the places of its settings.
fn column(page: &mut Page<'_>, steps: &[Step]) -> io::Result<()> {
    for step in steps {
        if step.is_fault {
            page.prose(4, &format!("{}!! ", "  ".repeat(step.depth)), &step.text)?;
            continue;
        }
        let place = if step.place.is_empty() { String::new() } else { format!("  {}", step.place) };
        let line = page.line(4).add(PLAIN, &step.shown()).add(FAINT, &place);
        page.print(line)?;
    }
    Ok(())
}

impl Step {
    fn shown(&self) -> String {
        let mark = if self.is_fault { "!! " } else { "" };
        format!("{}{mark}{}", "  ".repeat(self.depth), self.text)
    }

    fn width(&self) -> usize {
        self.shown().chars().count()
    }
}

/// A way, step by step: a leg deeper than what sent it.
fn steps(path: Option<&TracePath>) -> Vec<Step> {
    let Some(path) = path else {
        let text = "(no such service)".to_owned();
        return vec![Step { depth: 0, text, place: String::new(), is_fault: false }];
    };
    let mut steps =
        vec![Step { depth: 0, text: path.sampling.clone(), place: String::new(), is_fault: false }];
    let cost = |cost: &String| beside(0, format!("   {cost}"));
    steps.extend(path.costs.iter().map(cost));
    steps.extend(words::formats(path).map(|text| beside(0, text)));
    let call = |(text, is_fault): (String, bool)| Step { is_fault, ..beside(0, text) };
    steps.extend(words::calls(path).map(call));
    let mut depths: Vec<(&str, usize)> = Vec::new();
    for hop in &path.hops {
        let known =
            depths.iter().rev().find(|(name, _)| *name == hop.from).map(|(_, depth)| *depth);
        let depth = known.unwrap_or_default();
        let reaches = hop.reaches.as_deref().map_or_else(String::new, |name| format!(" = {name}"));
        let text = format!("-> {}{reaches}  {}", hop.to, hop.transport);
        steps.push(Step { depth, text, place: place(hop.place.as_ref()), is_fault: false });
        if !hop.processors.is_empty() {
            steps.push(beside(depth, format!("   after {}", hop.processors.join(", "))));
        }
        steps.extend(words::headers(hop).map(|text| beside(depth, format!("   with {text}"))));
        if let Some(name) = &hop.reaches {
            depths.push((name, depth.saturating_add(1)));
        }
        let ended = path.ends.iter().filter(|end| end.at == hop.to);
        steps.extend(ended.filter_map(|end| ending(end, depth.saturating_add(1))));
    }
    let elsewhere = |at: &str| path.hops.iter().all(|hop| hop.to != at);
    for end in path.ends.iter().filter(|end| elsewhere(&end.at)) {
        let known = depths.iter().rev().find(|(name, _)| *name == end.at).map(|(_, depth)| *depth);
        steps.extend(ending(end, known.unwrap_or_default()));
    }
    steps
}

fn ending(end: &TraceEnd, depth: usize) -> Option<Step> {
    let Some(reason) = &end.reason else { return arrived(end, depth) };
    // Where it is decided belongs to it, however the sides stand.
    let place = place(end.place.as_ref());
    let place = if place.is_empty() { place } else { format!(" ({place})") };
    let text = format!("{} at {}: {reason}{place}", end.end, end.at);
    Some(Step { depth, text, place: String::new(), is_fault: true })
}

/// What is left where spans are kept, unless that is what the service keeps; and for how long.
fn arrived(end: &TraceEnd, depth: usize) -> Option<Step> {
    let left = end.sampled.as_ref().filter(|sampled| sampled.by.len() > 1).map(|sampled| {
        let by = sampled.by.iter().map(|one| match &one.share {
            Some(share) => format!("{} {share} at {}", one.kind, one.at),
            None => format!("{} at {}", one.kind, one.at),
        });
        let bound = if sampled.exact { "" } else { "at most " };
        format!("{bound}{} of new traces: {}", sampled.at_most, by.collect::<Vec<_>>().join(", "))
    });
    let scrubbed = words::scrubbed(end);
    let keeps = end.keeps.as_ref().map(|keeps| format!("kept {keeps}"));
    let said: Vec<String> = left.into_iter().chain(scrubbed).chain(keeps).collect();
    let text = said.join("; ");
    (!text.is_empty()).then(|| beside(depth, text))
}

/// A step that stands nowhere.
const fn beside(depth: usize, text: String) -> Step {
    Step { depth, text, place: String::new(), is_fault: false }
}

fn place(place: Option<&Place>) -> String {
    placed(place, None)
}
