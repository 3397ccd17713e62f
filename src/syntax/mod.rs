//! Bytes to trees with spans: one file per syntax.
//!
//! A syntax knows how text is written, and nothing of what it is about: whether a list is a set,
//! whether `yes` is a boolean and which keys hold secrets is decided by [`crate::dialect`].
//!
//! **Never here:** knowing what a tree is about; failing. A syntax returns what it understood and
//! an [`Issue`] for what it did not, and never quotes the input in a message: at the time of the
//! first parse nothing is masked yet.
//!
//! **Not here:** HOCON and the Caddyfile, which are read as text: each line is compared, and secrets
//! are masked by name, shape and grammar (`tests/masking/planted`). No parser was found that keeps
//! places and is kept up: on 2026-11-22 `hocon` 0.9.0 and `hocon-rs` 0.2.0 give resolved values
//! without places, `caddyfile` 0.1.1 and `caddyfile-rs` 0.1.0 lines and columns, each in its first
//! releases.
//!
//! **To add a syntax:** one file with a `static` that implements [`Syntax`], its `mod` line, and
//! one line in [`SYNTAXES`]. Its sample is its span test (`tests/contracts/syntaxes.rs`).

mod alloy;
mod claims;
mod content;
mod dotenv;
mod fluentbit;
mod haproxy;
mod hcl;
mod ini;
mod json;
mod lines;
mod nginx;
mod pem;
mod pg_hba;
mod postgres;
mod properties;
mod sshd;
mod text;
mod toml;
mod xml;
mod yaml;

use crate::model::{GapReason, Limits, SourceId, Tree};

/// One way of writing configuration.
pub trait Syntax: Sync {
    /// The name, as reports and `driftseal.toml` spell it.
    fn id(&self) -> &'static str;

    /// One sentence for the manual.
    fn about(&self) -> &'static str;

    /// A text that uses all of the syntax and escapes nothing: the contract tests demand that
    /// each key and each text of it stands verbatim under its span.
    fn sample(&self) -> &'static str;

    /// How much a file looks like this syntax, from 0 (not at all) to 100 (certainly): by its
    /// name (without directories), else by the beginning of its text.
    fn claim(&self, name: &str, head: &str) -> u8;

    /// What a repeated key means to readers of this syntax.
    fn repeats(&self) -> Repeats;

    /// Reads a text. Never fails; what was not understood is an issue.
    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s>;
}

/// What a repeated key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// A mistake: readers keep the last, or refuse the file.
    LastWins,
    /// Readers keep the first.
    FirstWins,
    /// Each one counts.
    All,
}

/// What a syntax understood of a text.
#[derive(Debug)]
pub struct Parsed<'s> {
    /// The trees: one root per entry of `documents`.
    pub tree: Tree<'s>,
    /// The documents, in source order.
    pub documents: Vec<DocumentRoot>,
    /// What was not understood. A document may be missing from `documents` for it.
    pub issues: Vec<Issue>,
    /// Where strict readers of the syntax would refuse what was read here.
    pub lenient: Option<u32>,
}

/// One document of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentRoot {
    /// Zero-based position in the file, counting documents that are empty or were not understood.
    pub ordinal: u32,
    /// Index among [`Tree::roots`].
    pub root: usize,
    /// Byte range that belongs to the document, markers and comments included.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

/// Something a syntax did not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Why.
    pub reason: GapReason,
    /// Byte offset of the place.
    pub at: u32,
    /// Which document of the file, when it is known.
    pub ordinal: Option<u32>,
    /// What is wrong and what to do about it; never quotes the input.
    pub message: String,
}

/// Every syntax; of equal claims the first named wins.
pub static SYNTAXES: &[&dyn Syntax] = &[
    &yaml::YAML,
    &json::JSON,
    &toml::TOML,
    &hcl::HCL,
    &alloy::ALLOY,
    &xml::XML,
    &pem::PEM,
    &dotenv::DOTENV,
    &properties::PROPERTIES,
    &fluentbit::FLUENTBIT,
    &ini::INI,
    &nginx::NGINX,
    &haproxy::HAPROXY,
    &postgres::POSTGRES,
    &pg_hba::PG_HBA,
    &sshd::SSHD,
    &text::TEXT,
];

/// The syntax of a name.
pub fn by_id(id: &str) -> Option<&'static dyn Syntax> {
    SYNTAXES.iter().copied().find(|syntax| syntax.id() == id)
}

/// How many bytes of a text its claim may look at.
const HEAD_BYTES: usize = 4096;

/// A claim of a name that says it all; who looks for a stronger one looks in vain.
const SURE: u8 = 90;

/// What a file is written in.
#[derive(Clone, Copy)]
pub struct Detected {
    /// The syntax to read it with.
    pub syntax: &'static dyn Syntax,
    /// Whether its name says something else.
    pub is_misnamed: bool,
}

/// The syntax a file is written in: the one that its text certainly is, else the one that claims
/// it most strongly.
pub fn detect(file: &str, text: &str) -> Option<&'static dyn Syntax> {
    detected(file, text).map(|detected| detected.syntax)
}

/// The same, and whether the name of the file is right.
pub fn detected(file: &str, text: &str) -> Option<Detected> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    let claimed = claimed(name, head)?;
    let told = content::told(claimed, head, text);
    Some(Detected { syntax: told.unwrap_or(claimed), is_misnamed: told.is_some() })
}

/// The syntax that claims a file most strongly, and the first that is sure by the name.
fn claimed(name: &str, head: &str) -> Option<&'static dyn Syntax> {
    let mut best: Option<(u8, &'static dyn Syntax)> = None;
    for syntax in SYNTAXES {
        let claim = syntax.claim(name, head);
        if claim > best.map_or(0, |(most, _)| most) {
            best = Some((claim, *syntax));
        }
        if claim >= SURE {
            break;
        }
    }
    best.map(|(_, syntax)| syntax)
}
