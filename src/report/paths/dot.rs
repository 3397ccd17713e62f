//! The ways of spans in the language of Graphviz.

use std::fmt::Write as _;
use std::io;

use super::net::{Kind, Net};
use super::{Drawing, Scope};
use crate::report::{RenderOptions, escape};
use crate::wire::report::{Report, Side};

pub(super) static DOT: Drawing =
    Drawing { name: "dot", about: "A graph in the language of Graphviz.", draw };

fn draw(
    report: &Report,
    scope: Scope,
    _options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut text = "digraph trace {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n".to_owned();
    if let Some(note) = super::unread(report) {
        // Formatting into a text does not fail.
        let _ = writeln!(text, "  label={};", quoted(&note));
    }
    for (side, title) in super::sides(scope) {
        let _ = writeln!(text, "  subgraph cluster_{} {{", side.name());
        let _ = writeln!(text, "    label={};", quoted(title));
        write(&mut text, &Net::of(&report.trace.services, side), side);
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    out.write_all(text.as_bytes())
}

fn write(text: &mut String, net: &Net, side: Side) {
    let id = |at: usize| format!("{}{at}", side.name());
    for (at, knot) in net.knots.iter().enumerate() {
        let shape = match knot.kind {
            Kind::Service => "oval",
            Kind::Relay => "box",
            Kind::Host => "cylinder",
        };
        let style = match knot.end.as_deref() {
            Some("broken" | "dark") => ", color=\"#cc0000\", penwidth=3",
            Some("unresolved") => ", color=\"#aa6600\", style=dashed",
            Some("backend") => ", color=\"#006600\"",
            Some(_) | None => "",
        };
        let lines = std::iter::once(&knot.name).chain(&knot.reasons).chain(&knot.notes);
        let label = lines.map(|line| safe(line)).collect::<Vec<_>>().join("\\n");
        let _ = writeln!(text, "    {} [shape={shape}, label=\"{label}\"{style}];", id(at));
    }
    for leg in &net.legs {
        let label = quoted(&leg.label());
        let _ = writeln!(text, "    {} -> {} [label={label}];", id(leg.from), id(leg.to));
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", safe(text))
}

/// A text between quotes, where only a quote and a backslash mean something.
fn safe(text: &str) -> String {
    escape(text, false).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_name_ends_its_quotes() {
        assert_eq!(quoted("a\"] -> b\\"), "\"a\\\"] -> b\\\\\"");
    }
}
