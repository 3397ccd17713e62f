//! The ways of spans as a Mermaid flowchart, for pages that draw one.

use std::fmt::Write as _;
use std::io;

use super::net::{Kind, Net};
use super::{Drawing, Scope};
use crate::report::{RenderOptions, escape};
use crate::wire::report::{Report, Side};

pub(super) static MERMAID: Drawing = Drawing {
    name: "mermaid",
    about: "A Mermaid flowchart, for a page or a comment that draws one.",
    draw,
};

fn draw(
    report: &Report,
    scope: Scope,
    _options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut text = "flowchart LR\n".to_owned();
    for (side, title) in super::sides(scope) {
        // Formatting into a text does not fail.
        let _ = writeln!(text, "  subgraph {}[\"{title}\"]", side.name());
        write(&mut text, &Net::of(&report.trace.services, side), side);
        text.push_str("  end\n");
    }
    if let Some(note) = super::unread(report) {
        let _ = writeln!(text, "  note[\"{}\"]:::broken", quoted(&note));
    }
    text.push_str("  classDef broken stroke:#c00,stroke-width:3px\n");
    text.push_str("  classDef unresolved stroke:#a60,stroke-dasharray:4\n");
    text.push_str("  classDef backend stroke:#060\n");
    out.write_all(text.as_bytes())
}

fn write(text: &mut String, net: &Net, side: Side) {
    let id = |at: usize| format!("{}{at}", side.name());
    for (at, knot) in net.knots.iter().enumerate() {
        let label = std::iter::once(&knot.name).chain(&knot.reasons).chain(&knot.notes);
        let label = label.map(|line| quoted(line)).collect::<Vec<_>>().join("<br/>");
        let (open, close) = match knot.kind {
            Kind::Service => ("([\"", "\"])"),
            Kind::Relay => ("[\"", "\"]"),
            Kind::Host => ("[/\"", "\"/]"),
        };
        let class = match knot.end.as_deref() {
            Some("broken" | "dark") => ":::broken",
            Some("unresolved") => ":::unresolved",
            Some("backend") => ":::backend",
            Some(_) | None => "",
        };
        let _ = writeln!(text, "    {}{open}{label}{close}{class}", id(at));
    }
    for leg in &net.legs {
        let label = quoted(&leg.label());
        let _ = writeln!(text, "    {} -->|\"{label}\"| {}", id(leg.from), id(leg.to));
    }
}

/// Text between double quotes: nothing of it is markup, a directive or the end of the quotes.
fn quoted(text: &str) -> String {
    let mut safe = String::new();
    for c in escape(text, false).chars() {
        match c {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '%' | '|' | '\\' => {
                let _ = write!(safe, "#{};", u32::from(c));
            }
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_name_ends_its_quotes() {
        assert_eq!(
            quoted("a\"] --> b<br>%%{init}%%"),
            "a#34;] --#62; b#60;br#62;#37;#37;{init}#37;#37;"
        );
    }
}
