//! Where results go: `-o FORMAT[=PATH]`, any number of times.

use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::file;
use super::session::Session;
use crate::policy::strict::unknown;
use crate::report::{
    self, Changes, DRAWINGS, Detail, Drawing, RENDERERS, RenderOptions, Renderer, Scope, Seal,
};
use crate::wire::report::{Report, Severity};

/// The name of the output that is the signed report alone.
const ENVELOPE: &str = "envelope";

/// The name of the output that is a folder.
const BUNDLE: &str = "bundle";

/// Columns of prose where there is no terminal.
const COLUMNS: usize = 100;

/// One result and its place.
pub(super) struct Output {
    format: Format,
    path: Option<PathBuf>,
}

enum Format {
    /// The signed envelope.
    Envelope,
    /// The signed envelope with its evidence, in a folder.
    Bundle,
    /// The report.
    Rendered(&'static dyn Renderer),
    /// The ways of spans.
    Drawn(&'static Drawing),
}

/// What a command can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// A report, rendered or signed.
    Report,
    /// A report, by a command that signs nothing.
    Unsigned,
    /// The ways of spans.
    Trace,
}

impl Offer {
    /// Its formats with a sentence each.
    fn rows(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Report => {
                let envelope = (ENVELOPE, "The report in a signed DSSE envelope; needs --key.");
                let bundle =
                    (BUNDLE, "A folder with the signed report and its evidence; needs --key.");
                Self::Unsigned.rows().into_iter().chain([envelope, bundle]).collect()
            }
            Self::Unsigned => {
                RENDERERS.iter().map(|renderer| (renderer.name(), renderer.about())).collect()
            }
            Self::Trace => DRAWINGS.iter().map(|drawing| (drawing.name, drawing.about)).collect(),
        }
    }

    fn find(self, name: &str) -> Option<Format> {
        match self {
            Self::Report | Self::Unsigned if name == ENVELOPE => Some(Format::Envelope),
            Self::Report | Self::Unsigned if name == BUNDLE => Some(Format::Bundle),
            Self::Report | Self::Unsigned => report::renderer(name).map(Format::Rendered),
            Self::Trace => report::drawing(name).map(Format::Drawn),
        }
    }
}

/// How a report is displayed.
#[derive(Debug, Clone, Default)]
pub(super) struct Display {
    /// The folder that the sources of both sides were named from, if it is one.
    pub folder: Option<PathBuf>,
    /// Findings below it are only counted.
    pub min_severity: Option<Severity>,
    /// Which differences are listed.
    pub changes: Changes,
    /// What was signed beside the report, as labels and texts.
    pub(super) signed: Vec<(&'static str, String)>,
}

/// A report and its signed form.
pub(super) struct Results<'r> {
    /// The report.
    pub report: &'r Report,
    /// Its envelope, when it was signed.
    pub envelope: Option<&'r [u8]>,
    /// Who signed it.
    pub seal: Seal,
}

impl Output {
    /// Reads the outputs asked for; without any, text to standard output.
    ///
    /// Two results at one place would destroy each other and are refused.
    pub(super) fn parse_all(
        offer: Offer,
        texts: &[String],
        folder: &Path,
    ) -> Result<Vec<Self>, Failure> {
        if texts.is_empty() {
            return Ok(vec![Self::parse(offer, "text", folder)?]);
        }
        let mut outputs: Vec<Self> = Vec::new();
        for text in texts {
            let output = Self::parse(offer, text, folder)?;
            if outputs.iter().any(|other| other.place() == output.place()) {
                let place = match &output.path {
                    Some(path) => path.display().to_string(),
                    None => "standard output".to_owned(),
                };
                return Err(Failure::usage(format!("two outputs (-o) go to {place}"))
                    .hint("give each its own path: -o json=report.json"));
            }
            outputs.push(output);
        }
        Ok(outputs)
    }

    /// Whether it goes to standard output.
    pub(super) const fn is_shown(&self) -> bool {
        self.path.is_none()
    }

    /// Whether this is the signed report, which needs a key.
    pub(super) const fn is_signed(&self) -> bool {
        matches!(self.format, Format::Envelope | Format::Bundle)
    }

    /// Whether this is the report itself, in which nothing about its signature has a place.
    pub(super) fn is_json(&self) -> bool {
        matches!(self.format, Format::Rendered(renderer) if renderer.name() == "json")
    }

    /// The folder that a bundle goes to, if this is one.
    pub(super) fn bundle(&self) -> Option<&Path> {
        matches!(self.format, Format::Bundle).then_some(self.path.as_deref()).flatten()
    }

    /// Writes the result to its place.
    pub(super) fn write(
        &self,
        results: &Results<'_>,
        display: &Display,
        session: &mut Session<'_>,
    ) -> Result<(), Failure> {
        match &self.format {
            Format::Envelope => {
                let envelope = results.envelope.unwrap_or_default();
                self.put(&mut |out| out.write_all(envelope), session)
            }
            // Written by itself, before everything else: what is signed names it.
            Format::Bundle => Ok(()),
            Format::Rendered(renderer) => {
                let options = self.options(results.seal.clone(), display, session);
                self.put(&mut |out| renderer.render(results.report, &options, out), session)
            }
            Format::Drawn(drawing) => self.draw(drawing, (results.report, Scope::Both), session),
        }
    }

    /// Writes the ways of spans to its place.
    pub(super) fn write_trace(
        &self,
        drawn: (&Report, Scope),
        session: &mut Session<'_>,
    ) -> Result<(), Failure> {
        match &self.format {
            Format::Drawn(drawing) => self.draw(drawing, drawn, session),
            Format::Envelope | Format::Bundle | Format::Rendered(_) => Ok(()),
        }
    }

    fn draw(
        &self,
        drawing: &Drawing,
        (report, scope): (&Report, Scope),
        session: &mut Session<'_>,
    ) -> Result<(), Failure> {
        let seal = Seal::NotSigned("`trace` signs nothing".to_owned());
        let options = self.options(seal, &Display::default(), session);
        self.put(&mut |out| (drawing.draw)(report, scope, &options, out), session)
    }

    /// Puts what `write` writes at its place, as it comes: a report may be large.
    fn put(
        &self,
        write: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
        session: &mut Session<'_>,
    ) -> Result<(), Failure> {
        match &self.path {
            Some(path) => file::replace_with(path, &mut |out| {
                write(out).map_err(|error| file::not_written(path, &error))
            }),
            None => session.print_with(write),
        }
    }

    fn options(&self, seal: Seal, display: &Display, session: &Session<'_>) -> RenderOptions {
        let columns = session.columns.filter(|_| self.path.is_none());
        RenderOptions {
            colour: self.path.is_none() && session.out_is_coloured,
            ascii: columns.is_none(),
            width: columns.unwrap_or(COLUMNS),
            min_severity: display.min_severity,
            detail: if session.global.verbose > 0 { Detail::Full } else { Detail::Brief },
            changes: display.changes,
            seal,
            signed: display.signed.clone(),
            links: display
                .folder
                .as_deref()
                .filter(|_| columns.is_some() && session.has_links)
                .map(address),
        }
    }

    fn parse(offer: Offer, text: &str, folder: &Path) -> Result<Self, Failure> {
        let (name, path) = match text.split_once('=') {
            Some((name, "")) => {
                return Err(Failure::usage(format!("-o {name}= names no path"))
                    .hint(format!("write -o {name} for standard output")));
            }
            Some((name, "-")) => (name, None),
            Some((name, path)) => (name, Some(folder.join(path))),
            None => (text, None),
        };
        let Some(format) = offer.find(name) else {
            let known: Vec<&str> = offer.rows().iter().map(|(known, _)| *known).collect();
            return Err(Failure::usage(unknown("output format", name, &known)));
        };
        if matches!(format, Format::Bundle) && path.is_none() {
            return Err(Failure::usage("a bundle is a folder").hint("write -o bundle=DIR"));
        }
        Ok(Self { format, path })
    }

    /// The place, in one spelling as far as its folder exists.
    fn place(&self) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        Some(match (folder, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            (None, _) | (_, None) => path.clone(),
        })
    }
}

/// The address of a folder.
fn address(folder: &Path) -> String {
    let path = report::reference(&folder.to_string_lossy());
    format!("file:///{}", path.trim_end_matches('/'))
}

/// The formats `-o` takes, with a sentence each, for the manual.
pub(super) fn manual(offer: Offer) -> String {
    let rows = offer.rows();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = rows.iter().map(|(name, about)| format!("  {name:width$} {about}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Display, Offer, Output, Results, file};
    use crate::cli::session::Session;
    use crate::report::Seal;
    use crate::wire::report::{Report, read, sample};

    fn parse(texts: &[&str], folder: &std::path::Path) -> Result<Vec<Output>, String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Output::parse_all(Offer::Report, &texts, folder).map_err(|failure| failure.message)
    }

    #[test]
    fn two_outputs_never_go_to_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        assert_eq!(parse(&["text", "json=a.json", "envelope=b.json"], at).unwrap().len(), 3);
        for texts in
            [["text", "json"], ["json=a", "text=a"], ["json=a", "text=./a"], ["json=-", "text"]]
        {
            assert!(parse(&texts, at).is_err(), "{texts:?}");
        }
    }

    #[test]
    fn results_go_where_they_were_asked_for_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let texts = ["text", "json=r.json", "envelope=e.json"].map(str::to_owned);
        let outputs = Output::parse_all(Offer::Report, &texts, folder.path()).unwrap();
        let report = Report::from(sample::report());
        let results = Results {
            report: &report,
            envelope: Some(br#"{"payload":""}"#),
            seal: Seal::SignedBy(vec!["b3907db6".to_owned()]),
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut session = Session::new(&mut out, &mut err, folder.path().to_owned());
        for output in outputs.iter().chain(&outputs) {
            output.write(&results, &Display::default(), &mut session).unwrap();
        }
        assert!(String::from_utf8(out).unwrap().contains("signed by b3907db6") && err.is_empty());
        let written = |name: &str| file::read(&folder.path().join(name), "it", 1 << 20).unwrap();
        assert_eq!(read(&written("r.json")).unwrap(), report);
        assert_eq!(written("e.json"), br#"{"payload":""}"#);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_misspelt_format_is_met_with_the_nearest() {
        let message = parse(&["jsno"], std::path::Path::new(".")).err().unwrap();
        assert_eq!(message, "unknown output format `jsno`: did you mean `json`?");
        assert!(parse(&["json="], std::path::Path::new(".")).is_err());
    }
}
