//! The ways of spans as a picture that needs no other program: one SVG, without scripts or links.

use std::fmt::Write as _;
use std::io;

use super::layout::layers;
use super::net::{Kind, Knot, Net};
use super::{Drawing, Scope};
use crate::report::RenderOptions;
use crate::report::markup::safe;
use crate::wire::report::{Report, ServiceTrace, Side};

pub(super) static SVG: Drawing =
    Drawing { name: "svg", about: "A picture, as SVG without scripts and links.", draw };

/// Units are CSS pixels. A character of fonts of one width is six tenths of its height wide, at 12 px a
/// little more than 7.
const CHARACTER_TENTHS: usize = 73;
const LINE: usize = 16;
const PADDING: usize = 8;
/// Between two layers, so that legs have room to part.
const GAP: usize = 110;
/// Between two boxes of a layer.
const BETWEEN: usize = 10;
const MARGIN: usize = 20;
const TITLE: usize = 30;
/// Where a line of a box is broken.
const COLUMNS: usize = 44;

/// The look; contrast of texts is that of WCAG AA on white.
const STYLE: &str = "text{font:12px ui-monospace,monospace;fill:#1a1a1a}.title{font-weight:bold;\
font-size:15px}.box{fill:#f6f8fa;stroke:#57606a}.service{fill:#ddf4ff}.host{fill:#fff8e5}\
.backend{stroke:#116329;stroke-width:2}.unresolved{stroke:#8a4600;stroke-width:2;\
stroke-dasharray:5 3}.dark,.broken{stroke:#a40e26;stroke-width:3}.why{fill:#a40e26}\
.leg{fill:none;stroke:#57606a}.head{fill:#57606a;stroke:none}.clear{stroke-dasharray:6 4}\
.unknown{stroke-dasharray:2 3}.small{font-size:11px;fill:#57606a}";

/// One box, in its place.
struct Placed {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    lines: Vec<(bool, String)>,
}

fn draw(
    report: &Report,
    scope: Scope,
    _options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (mut body, mut width, mut y) = (String::new(), 400, MARGIN);
    if let Some(note) = super::unread(report) {
        y = y.saturating_add(LINE);
        // Formatting into a text does not fail.
        let _ =
            writeln!(body, "<text x=\"{MARGIN}\" y=\"{y}\" class=\"why\">{}</text>", safe(&note));
        y = y.saturating_add(LINE);
    }
    for (side, title) in super::sides(scope) {
        y = y.saturating_add(TITLE);
        let _ = writeln!(body, "<text x=\"{MARGIN}\" y=\"{y}\" class=\"title\">{title}</text>");
        y = y.saturating_add(LINE);
        let net = Net::of(&report.trace.services, side);
        let (right, bottom) = write(&mut body, &net, y);
        width = width.max(right);
        y = bottom;
    }
    y = y.saturating_add(TITLE);
    let legend = "solid: TLS, dashed: clear, dotted: not known";
    let _ = writeln!(body, "<text x=\"{MARGIN}\" y=\"{y}\" class=\"small\">{legend}</text>");
    let (width, height) = (width.saturating_add(MARGIN), y.saturating_add(MARGIN));
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\"><title>How the spans of {} services \
         travel</title><style>{STYLE}</style><rect width=\"100%\" height=\"100%\" \
         fill=\"#fff\"/>",
        report.trace.services.len()
    )?;
    out.write_all(body.as_bytes())?;
    out.write_all(b"</svg>\n")
}

/// The way of one service on one side, for a page that has a style of its own; nothing without one.
pub(in crate::report) fn picture(service: &ServiceTrace, side: Side) -> Option<String> {
    let net = Net::of(std::slice::from_ref(service), side);
    if net.knots.is_empty() {
        return None;
    }
    let mut body = String::new();
    let (right, bottom) = write(&mut body, &net, MARGIN);
    let (width, height) = (right.saturating_add(MARGIN), bottom.saturating_add(MARGIN));
    let title = safe(&format!("How the spans of {} travel in {side}", service.service));
    Some(format!(
        "<svg class=\"way\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"{title}\">\n{body}</svg>\n"
    ))
}

/// Writes one net below `top`; its right and lower edge.
fn write(body: &mut String, net: &Net, top: usize) -> (usize, usize) {
    let layers = layers(net);
    let lines: Vec<Vec<(bool, String)>> = net.knots.iter().map(lines).collect();
    let height = |knot: usize| {
        let count = lines.get(knot).map_or(1, Vec::len);
        count.saturating_mul(LINE).saturating_add(PADDING)
    };
    let total = |layer: &[usize]| {
        layer.iter().map(|knot| height(*knot).saturating_add(BETWEEN)).sum::<usize>()
    };
    let tallest = layers.iter().map(|layer| total(layer)).max().unwrap_or_default();
    let mut placed: Vec<Option<Placed>> = net.knots.iter().map(|_| None).collect();
    let mut x = MARGIN;
    for layer in &layers {
        let longest = layer.iter().filter_map(|knot| lines.get(*knot)).flatten();
        let longest = longest.map(|(_, line)| columns(line)).max().unwrap_or_default();
        let width = longest.saturating_mul(CHARACTER_TENTHS).div_ceil(10);
        let width = width.saturating_add(2 * PADDING);
        let mut y = top.saturating_add(tallest.saturating_sub(total(layer)) / 2);
        for knot in layer {
            let height = height(*knot);
            let lines = lines.get(*knot).cloned().unwrap_or_default();
            if let Some(slot) = placed.get_mut(*knot) {
                *slot = Some(Placed { x, y, width, height, lines });
            }
            y = y.saturating_add(height).saturating_add(BETWEEN);
        }
        x = x.saturating_add(width).saturating_add(GAP);
    }
    for leg in &net.legs {
        let ends = (placed.get(leg.from), placed.get(leg.to));
        if let (Some(Some(from)), Some(Some(to))) = ends {
            write_leg(body, (from, to), &leg.transports, &leg.label());
        }
    }
    for (knot, placed) in net.knots.iter().zip(&placed) {
        if let Some(placed) = placed {
            write_box(body, knot, placed);
        }
    }
    (x.saturating_sub(GAP), top.saturating_add(tallest))
}

fn write_leg(body: &mut String, (from, to): (&Placed, &Placed), ways: &[String], label: &str) {
    let half = |placed: &Placed| placed.y.saturating_add(placed.height / 2);
    let (x1, y1) = (from.x.saturating_add(from.width), half(from));
    let (x2, y2) = (to.x, half(to));
    let bend = GAP / 2;
    let (c1, c2) = (x1.saturating_add(bend), x2.saturating_sub(bend));
    // The weakest protection of several says how a leg is drawn.
    let class = ["clear", "unknown"].into_iter().find(|way| ways.iter().any(|one| one == way));
    let _ = writeln!(
        body,
        "<path class=\"leg {}\" d=\"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}\"><title>{}</title>\
         </path><path class=\"head\" d=\"M{x2} {y2}l-8 -4v8z\"/>",
        class.unwrap_or_default(),
        safe(label)
    );
}

fn write_box(body: &mut String, knot: &Knot, placed: &Placed) {
    let kind = match knot.kind {
        Kind::Service => "service",
        Kind::Relay => "relay",
        Kind::Host => "host",
    };
    let known = ["backend", "unresolved", "dark", "broken"];
    let end = known.into_iter().find(|end| knot.end.as_deref() == Some(*end)).unwrap_or_default();
    let Placed { x, y, width, height, lines } = placed;
    let _ = writeln!(
        body,
        "<rect class=\"box {kind} {end}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
         height=\"{height}\" rx=\"4\"/>"
    );
    let mut at = *y;
    let x = x.saturating_add(PADDING);
    for (is_reason, line) in lines {
        at = at.saturating_add(LINE);
        let class = if *is_reason { " class=\"why\"" } else { "" };
        let _ = writeln!(body, "<text x=\"{x}\" y=\"{at}\"{class}>{}</text>", safe(line));
    }
}

/// The lines of a box: its name, then how and why ways end there, then what else is to be said.
fn lines(knot: &Knot) -> Vec<(bool, String)> {
    let mut lines = wrapped(&knot.name, false);
    let ends = knot.end.as_deref().filter(|end| *end != "backend");
    let text = ends.map(|end| format!("{end}: {}", knot.reasons.join("; ")));
    lines.extend(text.iter().flat_map(|text| wrapped(text, true)));
    let is_lost = knot.kind == Kind::Service;
    lines.extend(knot.notes.iter().flat_map(|text| wrapped(text, is_lost)));
    lines
}

/// How many columns a text takes.
fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// Whatever is not of an alphabet of narrow letters may be drawn twice as wide.
const fn wide(c: char) -> usize {
    if (c as u32) < 0x1100 { 1 } else { 2 }
}

/// A text in lines of so many columns, broken within a word where that is longer.
fn wrapped(text: &str, is_reason: bool) -> Vec<(bool, String)> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let long = columns(&line).saturating_add(columns(word)) >= COLUMNS;
        if long && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line).saturating_add(wide(c)) > COLUMNS {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.into_iter().map(|line| (is_reason, line)).collect()
}

#[cfg(test)]
mod tests {
    use super::{CHARACTER_TENTHS, COLUMNS};
    use crate::report::paths::Scope;
    use crate::report::paths::tests::drawn;
    use crate::wire::report::{Report, ServiceTrace, TraceEnd, TracePath, sample};

    /// A report of many services: some lost for a long reason, some called by a long name, one way with
    /// several collectors and backends.
    fn many(count: usize) -> Report {
        let mut report = Report::from(sample::report());
        let one = report.trace.services.remove(0);
        report.trace.services = (0..count).map(|nth| of(&one, nth)).collect();
        report
    }

    fn of(one: &ServiceTrace, nth: usize) -> ServiceTrace {
        let mut service = one.clone();
        service.service = match nth % 7 {
            0 => format!("a-{}-{nth}", "very-long-name-of-a-service-".repeat(4)),
            1 => format!("支払い-{nth} <&\"'>"),
            _ => format!("service-{nth}"),
        };
        service.settings = format!("deployment/shop/service-{nth}/app");
        let collector = format!("configmap/collector-{}", nth % 6);
        for path in [&mut service.blue, &mut service.green].into_iter().flatten() {
            path.hops[0].to = format!("collector-{}.observability.svc.cluster.local:4317", nth % 6);
            path.hops[0].reaches = Some(collector.clone());
            path.hops[1].from.clone_from(&collector);
            path.hops[1].to = format!("tempo-{}.example:4317", nth % 3);
            end(path, nth);
        }
        service
    }

    fn end(path: &mut TracePath, nth: usize) {
        let TraceEnd { at, reason, .. } = &mut path.ends[0];
        at.clone_from(&path.hops[1].to);
        if let Some(reason) = reason {
            *reason =
                format!("the reason {} ({})", nth % 4, "why it is so, in many words ".repeat(5));
        }
    }

    fn attribute(tag: &str, name: &str) -> i64 {
        let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{tag}"));
        rest.split('"').next().unwrap().parse().unwrap()
    }

    #[test]
    fn fifty_services_are_drawn_apart_and_within_their_boxes() {
        let text = drawn("svg", &many(50), Scope::Both);
        let (width, height) = (attribute(&text, "width"), attribute(&text, "height"));
        let mut boxes: Vec<[i64; 4]> = Vec::new();
        let mut lines = 0;
        for tag in text.lines() {
            if tag.starts_with("<rect class=\"box") {
                let [x, y, wide, high] =
                    ["x", "y", "width", "height"].map(|name| attribute(tag, name));
                assert!(x >= 0 && y >= 0 && x + wide <= width && y + high <= height, "{tag}");
                for [left, top, right, bottom] in &boxes {
                    let is_beside = x >= *right || x + wide <= *left;
                    let is_below = y >= *bottom || y + high <= *top;
                    assert!(is_beside || is_below, "{tag} is drawn over another");
                }
                boxes.push([x, y, x + wide, y + high]);
            } else if tag.starts_with("<text") && !tag.contains("title") && !tag.contains("small") {
                let Some([left, top, right, bottom]) = boxes.last() else { continue };
                let (x, y) = (attribute(tag, "x"), attribute(tag, "y"));
                let own = tag.split_once('>').unwrap().1.trim_end_matches("</text>");
                let own = own.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
                let own = own.replace("&amp;", "&").replace("&#39;", "'");
                let long = super::columns(&own);
                let wide = i64::try_from((long * CHARACTER_TENTHS).div_ceil(10)).unwrap();
                assert!(long <= COLUMNS, "{tag}");
                assert!(x >= *left && x + wide <= *right, "{tag}");
                assert!(y > *top && y + 3 <= *bottom, "{tag}");
                lines += 1;
            }
        }
        // 50 services, 6 collectors, 3 backends, on each side.
        assert_eq!(boxes.len(), 2 * (50 + 6 + 3));
        assert!(lines > boxes.len());
        // On a screen that scrolls one way only.
        assert!(width <= 1_500, "{width}");
        assert!(height <= 2 * 50 * 80, "{height}");
    }
}
