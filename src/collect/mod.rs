//! The world outside, taken in once: files, archives, git revisions, standard input, snapshots, live
//! clusters, and what the user's own programs render.
//!
//! A collector finds texts; the `door` reads them under [`Limits`]; `mask` takes their secrets
//! out; the [`Spool`] keeps what is left. What could not be had is a gap, what was left out is an
//! exclusion with its pattern, and nothing else is lost.
//!
//! **Never here:** keeping, showing or logging a byte that was not masked; running what an audited
//! tree configures (hooks, filters, monitors, plugins); a shell; the clock. What a program that a
//! source asks for (`helm:`, `kustomize:`, `tfplan:`, `compose:`) may run is said in its file.
//! Nothing asynchronous outside `kubernetes`: it hands over plain values.
//!
//! **To add a collector:** one file with a `static` that implements [`Collector`], its `mod` line,
//! and one line in [`COLLECTORS`]; one in [`FEATURES`] if only a cargo feature has it.

mod archive;
mod checksum;
pub(crate) mod child;
mod compose;
mod decode;
mod directory;
mod door;
mod evidence;
mod exclude;
mod file;
mod git;
mod glob;
mod helm;
mod ingest;
#[cfg(feature = "cluster")]
mod kubernetes;
mod kustomize;
mod mask;
mod restore;
mod side;
mod snapshot;
mod spool;
mod stdin;
mod survey;
mod template;
mod tfplan;
mod tool;

pub use door::{Content, Found};
pub use exclude::Exclusions;
pub use git::Object;
pub use mask::{MaskingKey, SecretPatterns, is_material, may_be_secret};
pub use restore::{Kept, restore, scheme};
pub use side::{collect, collect_pair};
pub use snapshot::{Text, WriteError, write, write_dated};
pub use spool::Spool;
pub use survey::{Survey, survey};

use std::ffi::OsString;
use std::path::PathBuf;

use crate::model::{CollectorRecord, Excluded, Gap, Limits, MaskingKeyId};

/// One way of finding texts.
pub trait Collector: Sync {
    /// Its name, as snapshots record it.
    fn scheme(&self) -> &'static str;

    /// How its locators are written and what they name, in one sentence for the manual.
    fn about(&self) -> &'static str;

    /// Whether a locator is one of its own.
    fn claims(&self, locator: &str, options: &Options) -> bool;

    /// Finds what a locator names. Never fails; what could not be had is a gap.
    fn collect(&self, locator: &str, options: &Options) -> Gathered;
}

/// Every collector; the first that claims a locator takes it.
pub static COLLECTORS: &[&dyn Collector] = &[
    &stdin::STDIN,
    &evidence::EVIDENCE,
    &git::GIT,
    &helm::HELM,
    &kustomize::KUSTOMIZE,
    &tfplan::TFPLAN,
    &compose::COMPOSE,
    #[cfg(feature = "cluster")]
    &kubernetes::KUBERNETES,
    &snapshot::SNAPSHOT,
    &archive::ARCHIVE,
    &file::FILE,
    &glob::GLOB,
    &directory::DIRECTORY,
];

/// Schemes of which a cargo feature has the collector, the feature, and whether this build has it.
pub static FEATURES: &[(&str, &str, bool)] = &[("k8s", "cluster", cfg!(feature = "cluster"))];

/// The cargo feature that a locator needs and this build lacks.
pub fn missing_feature(locator: &str) -> Option<&'static str> {
    let (scheme, _) = locator.split_once(':')?;
    let is_missing = |(known, _, is_built): &&(&str, &str, bool)| *known == scheme && !is_built;
    FEATURES.iter().find(is_missing).map(|(_, feature, _)| *feature)
}

/// How a side is collected.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much is read.
    pub limits: Limits,
    /// What secrets are fingerprinted with.
    pub masking_key: MaskingKey,
    /// What is a secret besides what every organisation would call one.
    pub secret_patterns: SecretPatterns,
    /// What is left out.
    pub exclude: Exclusions,
    /// What relative paths are relative to, and the repository of `git:` sources.
    pub base_dir: PathBuf,
    /// What programs that are run may see of the environment, `PATH` and `HOME` before all.
    /// Variables that would change what they do (`GIT_*`) are left out.
    pub environment: Vec<(OsString, OsString)>,
}

impl Options {
    const fn search(&self) -> mask::Search<'_> {
        let Self { limits, masking_key, secret_patterns, .. } = self;
        mask::Search { key: masking_key, declared: secret_patterns, limits, variables: None }
    }
}

/// What a collector found.
#[derive(Debug)]
pub struct Gathered {
    /// What there is to read.
    pub files: Vec<Found>,
    /// What could not be had.
    pub gaps: Vec<Gap>,
    /// What was left out.
    pub excluded: Vec<Excluded>,
    /// What was done.
    pub record: CollectorRecord,
    /// Which key all of it was masked with before; nothing when it is as found.
    pub masked_with: Option<MaskingKeyId>,
    /// Why what was read is not what it claims to be. It ends the run; it is never a gap.
    pub broken: Option<String>,
}

impl Gathered {
    /// Nothing yet.
    pub fn of(scheme: &'static str, locator: &str) -> Self {
        let locator = locator.to_owned();
        let (resolved, notes, taken_at) = (None, Vec::new(), None);
        let record = CollectorRecord { scheme, locator, resolved, notes, taken_at };
        Self {
            files: Vec::new(),
            gaps: Vec::new(),
            excluded: Vec::new(),
            record,
            masked_with: None,
            broken: None,
        }
    }

    /// Whether nothing at all was found, not even something to leave out.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.gaps.is_empty() && self.excluded.is_empty()
    }
}
