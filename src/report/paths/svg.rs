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

/// Units are CSS pixels. A character of the font is about this wide at 12 px.
const CHARACTER: usize = 7;
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
        let longest = longest.map(|(_, line)| line.chars().count()).max().unwrap_or_default();
        let width = longest.saturating_mul(CHARACTER).saturating_add(2 * PADDING);
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

/// The lines of a box: its name, then how and why ways end there.
fn lines(knot: &Knot) -> Vec<(bool, String)> {
    let mut lines = vec![(false, knot.name.clone())];
    let ends = knot.end.as_deref().filter(|end| *end != "backend");
    let text = ends.map(|end| format!("{end}: {}", knot.reasons.join("; ")));
    let mut line = String::new();
    for word in text.as_deref().unwrap_or_default().split(' ') {
        let long = line.chars().count().saturating_add(word.chars().count()) >= COLUMNS;
        if long && !line.is_empty() {
            lines.push((true, std::mem::take(&mut line)));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push((true, line));
    }
    lines
}
