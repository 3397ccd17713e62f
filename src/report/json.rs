//! The report as a document for machines.
//!
//! A report whose signature nobody looked at says so in a field that is in no other.

use std::io;

use serde::Serialize;

use super::{RenderOptions, Renderer, Seal};
use crate::wire::report::Report;

/// The bytes that are signed, and a line feed.
pub(super) static JSON: Json = Json;

pub(super) struct Json;

/// A report that nobody vouches for.
#[derive(Serialize)]
struct Marked<'r> {
    #[serde(rename = "notVerified")]
    not_verified: &'r str,
    #[serde(flatten)]
    report: &'r Report,
}

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "The whole report as driftseal.report/1 on one line: the bytes a signature covers."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        if let Seal::NotVerified(why) = &options.seal {
            let marked = Marked { not_verified: why, report };
            serde_json::to_writer(&mut *out, &marked)?;
        } else {
            report.write_json(&mut *out)?;
        }
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::JSON;
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, read, sample};

    #[test]
    fn what_is_written_reads_back_and_is_one_line() {
        let report = Report::from(sample::report());
        let mut out = Vec::new();
        JSON.render(&report, &RenderOptions::default(), &mut out).unwrap();
        assert_eq!(read(&out).unwrap(), report);
        assert_eq!(out.split(|byte| *byte == b'\n').count(), 2);
        assert_eq!(out.strip_suffix(b"\n").unwrap(), report.to_json().unwrap().as_bytes());
    }
}
