//! One report, many readers.
//!
//! A renderer turns the document of [`crate::wire::report`] into what one kind of reader wants to
//! see. Everything in a report was once written by somebody whose configuration is under audit:
//! text for people goes through [`escape`], so that no value can forge a line, a colour or a
//! command to the machine that shows it.
//!
//! **Never here:** dropping a finding, a gap or a hygiene record (what is not shown is counted);
//! deciding anything; reading the clock, the environment or a file.
//!
//! **To add a renderer:** one file with a `static` that implements [`Renderer`], its `mod` line,
//! and one line in [`RENDERERS`].

use std::io;

use crate::wire::report::{Report, Severity, Verdict};

mod alignment;
mod causes;
mod chain;
mod chapter;
mod controls;
mod csv;
mod decided;
mod escape;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod markup;
mod oscal;
mod page;
mod paths;
mod phrases;
mod prometheus;
mod reasons;
mod records;
mod sarif;
mod signed;
mod tap;
mod text;
mod verifier;
mod words;

pub use chain::{Named, candidates};
pub use escape::escape;
pub(crate) use records::reference;

pub use paths::{DRAWINGS, Drawing, Scope, Which, drawing};
pub use signed::circumstances;
pub use verifier::verifier_page;

/// One way to write a report down.
pub trait Renderer: Sync {
    /// The name, as `-o` takes it.
    fn name(&self) -> &'static str;

    /// One sentence for the manual.
    fn about(&self) -> &'static str;

    /// How much of a report it holds.
    fn coverage(&self) -> Coverage {
        Coverage::Whole
    }

    /// Writes the report.
    ///
    /// # Errors
    /// Those of `out`.
    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()>;
}

/// Every renderer, sorted by name.
pub static RENDERERS: &[&dyn Renderer] = &[
    &csv::CSV,
    &github::GITHUB,
    &gitlab::GITLAB,
    &html::HTML,
    &json::JSON,
    &junit::JUNIT,
    &markdown::MARKDOWN,
    &oscal::OSCAL,
    &oscal::OSCAL_POAM,
    &prometheus::PROMETHEUS,
    &sarif::SARIF,
    &sarif::SARIF_GITHUB,
    &tap::TAP,
    &text::TEXT,
];

/// How much of a report a format holds. What is not shown is counted in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Every finding, gap and hygiene record.
    Whole,
    /// What matters most, up to what the reader takes, and how much more there is.
    Worst,
    /// Counts only.
    Counts,
}

/// Finds a renderer by its name.
pub fn renderer(name: &str) -> Option<&'static dyn Renderer> {
    RENDERERS.iter().copied().find(|renderer| renderer.name() == name)
}

/// How a report is shown. Only renderers for people look at it; documents for machines are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether to use colours.
    pub colour: bool,
    /// Whether to write nothing but ASCII.
    pub ascii: bool,
    /// Columns of a line of prose. Places and values are never broken.
    pub width: usize,
    /// Findings below it are counted instead of shown.
    pub min_severity: Option<Severity>,
    /// How much of each finding is shown.
    pub detail: Detail,
    /// Which differences are listed.
    pub changes: Changes,
    /// What to say about the signature.
    pub seal: Seal,
    /// What was signed beside the report, as labels and texts, where that is known: see
    /// [`circumstances`].
    pub signed: Vec<(&'static str, String)>,
    /// The address of the folder that sources were named from, where places may be links.
    pub links: Option<String>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            colour: false,
            ascii: true,
            width: 100,
            min_severity: None,
            detail: Detail::Brief,
            changes: Changes::Counted,
            seal: Seal::NotSigned("no key was given".to_owned()),
            signed: Vec::new(),
            links: None,
        }
    }
}

/// Which differences are listed. All are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Changes {
    /// None.
    #[default]
    Counted,
    /// Those that nothing explains.
    Unexplained,
    /// Those that something explains.
    Explained,
    /// All.
    All,
    /// None, but they are counted by resource too.
    ByResource,
}

impl Changes {
    /// Whether a difference is listed.
    pub const fn lists(self, is_unexplained: bool) -> bool {
        match self {
            Self::Counted | Self::ByResource => false,
            Self::Unexplained => is_unexplained,
            Self::Explained => !is_unexplained,
            Self::All => true,
        }
    }
}

/// How much of each finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Those that block in full, the others in two lines each.
    Brief,
    /// All in full.
    Full,
}

/// What is known about the signature over a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// There is none; the reason.
    NotSigned(String),
    /// The names of the keys that signed.
    SignedBy(Vec<String>),
    /// Nobody looked whether the signature holds; the reason.
    NotVerified(String),
}

impl Seal {
    /// What every format says about it.
    pub fn said(&self) -> String {
        match self {
            Self::NotSigned(why) => format!("NOT SIGNED: {why}"),
            Self::SignedBy(keys) => format!("signed by {}", keys.join(", ")),
            Self::NotVerified(why) => format!("NOT VERIFIED: {why}"),
        }
    }

    /// The name for machines.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::NotSigned(_) => "not-signed",
            Self::SignedBy(_) => "signed",
            Self::NotVerified(_) => "not-verified",
        }
    }
}

/// Says what a verdict means, in half a sentence.
pub const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => {
            "everything in scope was evaluated and nothing at or above the threshold is open"
        }
        Verdict::Fail => "findings at or above the threshold are open",
        Verdict::Inconclusive => "something in scope was not evaluated, or could not be decided",
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, RENDERERS, RenderOptions, Seal};
    use crate::wire::report::{Report, Severity, sample};

    fn written(name: &str, report: &Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        super::renderer(name).unwrap().render(report, options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn renderers_are_sorted_and_say_what_they_are_for() {
        let names: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.name()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(RENDERERS.iter().all(|renderer| renderer.about().ends_with('.')));
    }

    /// Formats that have no place for sentences about the whole.
    const LISTS: [&str; 4] = ["github", "gitlab-codequality", "prometheus", "json"];

    #[test]
    fn every_reader_is_told_of_other_names() {
        let report = Report::from(sample::report());
        let [renamed, ..] = &report.alignment.renamed[..] else { panic!("none in the sample") };
        let last = renamed.names.green.rsplit('/').next().unwrap();
        for renderer in RENDERERS.iter().filter(|one| !LISTS.contains(&one.name())) {
            let text = written(renderer.name(), &report, &RenderOptions::default());
            let is_told = text.contains(last) && text.contains("% alike, by");
            assert!(is_told, "{}: {text}", renderer.name());
        }
        let json = written("json", &report, &RenderOptions::default());
        assert!(json.contains(last) && json.contains("\"score\""));
    }

    #[test]
    fn renderers_drop_nothing() {
        let report = Report::from(sample::report());
        for renderer in RENDERERS.iter().filter(|one| one.coverage() == Coverage::Whole) {
            let text = written(renderer.name(), &report, &RenderOptions::default());
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for finding in &report.findings {
                for part in [&finding.fingerprint, &finding.rule, &finding.title] {
                    assert!(words.contains(part), "{} lacks {part}", renderer.name());
                }
            }
            for gap in &report.gaps {
                for part in [&gap.file, &gap.reason, &gap.message] {
                    assert!(words.contains(part), "{} lacks {part}", renderer.name());
                }
            }
            for hygiene in &report.hygiene {
                for part in [&hygiene.rule, &hygiene.subject, &hygiene.message] {
                    assert!(words.contains(part), "{} lacks {part}", renderer.name());
                }
            }
        }
    }

    #[test]
    fn what_a_filter_hides_is_counted_and_machines_get_it_all() {
        let report = Report::from(sample::report());
        let options =
            RenderOptions { min_severity: Some(Severity::Critical), ..RenderOptions::default() };
        let text = written("text", &report, &options);
        let shown =
            report.findings.iter().filter(|finding| text.contains(&finding.fingerprint)).count();
        let hidden: usize = text
            .lines()
            .filter_map(|line| line.trim().strip_suffix(" below critical not shown"))
            .map(|count| count.parse::<usize>().unwrap())
            .sum();
        assert_eq!(shown, 1);
        assert_eq!(shown + hidden, report.findings.len() + report.hygiene.len());
        let all = RenderOptions::default();
        assert_eq!(written("json", &report, &options), written("json", &report, &all));
    }

    #[test]
    fn a_report_that_nobody_verified_says_so_in_every_format() {
        let report = Report::from(sample::report());
        let seal = Seal::NotVerified("--unverified was given".to_owned());
        let options = RenderOptions { seal, ..RenderOptions::default() };
        for renderer in RENDERERS {
            let text = written(renderer.name(), &report, &options).to_ascii_lowercase();
            let is_said = ["not verified", "notverified", "not-verified\"} 1"]
                .iter()
                .any(|words| text.contains(words));
            assert!(is_said, "{}: {text}", renderer.name());
            let default = written(renderer.name(), &report, &RenderOptions::default());
            assert!(!default.to_ascii_lowercase().contains("not verified"), "{}", renderer.name());
        }
    }

    #[test]
    fn every_output_is_known_for_ours_by_its_first_bytes() {
        let report = Report::from(sample::report());
        for renderer in RENDERERS {
            let text = written(renderer.name(), &report, &RenderOptions::default());
            let head = text.get(..4096.min(text.len())).unwrap();
            assert!(head.contains("driftseal"), "{}: {head}", renderer.name());
        }
    }

    #[test]
    fn the_seal_stands_in_the_first_lines() {
        let report = Report::from(sample::report());
        let head = |options: &RenderOptions| {
            let text = written("text", &report, options);
            text.lines().take(5).collect::<Vec<_>>().join("\n")
        };
        assert!(head(&RenderOptions::default()).contains("NOT SIGNED"));
        let seal = Seal::SignedBy(vec!["b3907db6".to_owned()]);
        let signed = head(&RenderOptions { seal, ..RenderOptions::default() });
        assert!(signed.contains("signed by b3907db6") && !signed.contains("NOT SIGNED"));
    }
}
