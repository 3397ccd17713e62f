//! How spans travel, drawn: what `driftseal trace` shows.
//!
//! A drawing is made of the same document as every report. It shows the services it is given and
//! says what was not read; a picture that left something out in silence would be taken for whole.
//!
//! **Never here:** resolving a way; judging one; dropping a service that was asked for.
//!
//! **To add a drawing:** one file with a `static` [`Drawing`], its `mod` line, and one line in
//! [`DRAWINGS`].

use std::io;

use super::RenderOptions;
use crate::wire::report::{Report, ServiceTrace, Side};

mod dot;
mod json;
mod layout;
mod mermaid;
mod net;
mod svg;
mod text;
mod words;

pub(super) use svg::picture;

/// One way to draw the ways of spans.
pub struct Drawing {
    /// The name, as `-o` takes it.
    pub name: &'static str,
    /// One sentence for the manual.
    pub about: &'static str,
    /// Draws them.
    pub draw: fn(&Report, Scope, &RenderOptions, &mut dyn io::Write) -> io::Result<()>,
}

/// Every drawing, sorted by name.
pub static DRAWINGS: &[&Drawing] =
    &[&dot::DOT, &json::JSON, &mermaid::MERMAID, &svg::SVG, &text::TEXT];

/// Finds a drawing by its name.
pub fn drawing(name: &str) -> Option<&'static Drawing> {
    DRAWINGS.iter().copied().find(|drawing| drawing.name == name)
}

/// What was asked for: both sides, or one alone, which then stands as green.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Blue and green.
    Both,
    /// One side, without a word of the other.
    Alone,
}

/// Which services are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those whose spans are lost, or not sent, on some side.
    Broken,
    /// Those of which some way cannot be told.
    Unresolved,
    /// Those whose ways differ.
    Changed,
}

impl Which {
    /// Whether a service is one of them.
    pub fn shows(self, service: &ServiceTrace) -> bool {
        let ends = |wanted: &[&str]| {
            let paths = [&service.blue, &service.green];
            paths
                .into_iter()
                .flatten()
                .flat_map(|path| &path.ends)
                .any(|end| wanted.contains(&end.end.as_str()))
        };
        match self {
            Self::All => true,
            Self::Broken => ends(&["broken", "dark"]),
            Self::Unresolved => ends(&["unresolved"]),
            Self::Changed => service.facts != ["unchanged"],
        }
    }
}

/// The sides that are drawn, with what stands above each.
fn sides(scope: Scope) -> Vec<(Side, &'static str)> {
    match scope {
        Scope::Both => vec![(Side::Blue, "blue"), (Side::Green, "green")],
        Scope::Alone => vec![(Side::Green, "trace paths")],
    }
}

/// That something was not evaluated, where it was so: then ways may be missing.
fn unread(report: &Report) -> Option<String> {
    let gaps = report.gaps.iter().filter(|gap| !gap.accepted).count();
    let plural = if gaps == 1 { "place was" } else { "places were" };
    (gaps > 0).then(|| format!("{gaps} {plural} not evaluated: ways may be missing or wrong"))
}

#[cfg(test)]
mod tests {
    use super::{DRAWINGS, Scope, Which, drawing};
    use crate::report::RenderOptions;
    use crate::wire::report::{Report, sample};

    pub(super) fn drawn(name: &str, report: &Report, scope: Scope) -> String {
        let mut out = Vec::new();
        let options = RenderOptions::default();
        (drawing(name).unwrap().draw)(report, scope, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn drawings_are_sorted_and_say_what_they_are_for() {
        let names: Vec<&str> = DRAWINGS.iter().map(|drawing| drawing.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(DRAWINGS.iter().all(|drawing| drawing.about.ends_with('.')));
    }

    #[test]
    fn every_drawing_shows_every_service_and_why_a_way_ends() {
        let report = Report::from(sample::report());
        for drawing in DRAWINGS {
            let text = drawn(drawing.name, &report, Scope::Both);
            for service in &report.trace.services {
                assert!(text.contains(&service.service), "{}: {text}", drawing.name);
            }
            assert!(text.contains("pipeline traces has no exporter"), "{}: {text}", drawing.name);
            assert!(text.contains("configmap/otel"), "{}: {text}", drawing.name);
        }
    }

    #[test]
    fn every_drawing_says_that_something_was_not_read() {
        let report = Report::from(sample::report());
        assert!(!report.gaps.is_empty());
        for drawing in DRAWINGS {
            let text = drawn(drawing.name, &report, Scope::Both);
            let said = match drawing.name {
                "json" => text.contains(&report.gaps[0].message),
                _ => text.contains("not evaluated"),
            };
            assert!(said, "{}: {text}", drawing.name);
        }
    }

    #[test]
    fn services_are_chosen_by_what_is_wrong_with_them() {
        let report = Report::from(sample::report());
        let [service] = &report.trace.services[..] else { panic!("one service in the sample") };
        assert!(Which::All.shows(service) && Which::Broken.shows(service));
        assert!(Which::Changed.shows(service) && !Which::Unresolved.shows(service));
    }
}
