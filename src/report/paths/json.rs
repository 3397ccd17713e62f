//! The ways of spans for machines.

use std::io;

use serde::Serialize;

use super::{Drawing, Scope};
use crate::report::RenderOptions;
use crate::wire::report::{Gap, Report, Trace};

pub(super) static JSON: Drawing = Drawing {
    name: "json",
    about: "The `trace` part of a report, and what was not evaluated, as one JSON document.",
    draw,
};

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    /// Whether one side was read alone, which then stands as green.
    alone: bool,
    trace: &'r Trace,
    gaps: &'r [Gap],
}

fn draw(
    report: &Report,
    scope: Scope,
    _options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let document = Document {
        schema: "driftseal.trace/1",
        alone: scope == Scope::Alone,
        trace: &report.trace,
        gaps: &report.gaps,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
