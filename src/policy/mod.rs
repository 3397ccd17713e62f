//! What the organisation decided: the colour map, allowances, accepted gaps, the gate's threshold.
//!
//! One evaluator serves all of them: it is given the facts and the time, and says which decision
//! applies. What is wrong with a decision itself (expired, unused, over-broad) is hygiene.
//!
//! **Never here:** reading files or the clock. `cli` reads `driftseal.toml` and passes its text.
//!
//! **To add a decision:** one file with its record, its matching function and its hygiene; one
//! field of [`Policy`] and of the configuration in [`config`].

mod allowance;
mod colour;
pub mod config;
mod gap;
mod glob;
pub mod strict;
pub mod suggest;

pub use allowance::{Allowance, Subject, Wanted};
pub use colour::{Bleed, ColourMap};
pub use config::Config;
pub use gap::AcceptedGap;
pub use glob::{Glob, PathGlob};

use crate::model::{Digest, Explainers, Pair, Severity, Threshold};

/// Whether explained changes are listed or only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ledger {
    /// Counted per explanation; the report grows with findings, not with documents.
    #[default]
    Counts,
    /// Listed one by one, each with its proof.
    Full,
}

/// Every decision that takes part in an audit.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The colour word of each side.
    pub colour: Pair<String>,
    /// The colour map.
    pub colours: ColourMap,
    /// Declared differences.
    pub allowances: Vec<Allowance>,
    /// Accepted gaps.
    pub accepted_gaps: Vec<AcceptedGap>,
    /// From which severity on an open finding fails the gate.
    pub threshold: Threshold,
    /// Whether explained changes are listed.
    pub ledger: Ledger,
    /// Who may explain a difference.
    pub explainers: Explainers,
    /// Digest of the texts the policy was read from.
    pub digest: Digest,
}

impl Default for Policy {
    fn default() -> Self {
        let colour = Pair::new("blue".to_owned(), "green".to_owned());
        Self {
            colours: ColourMap::new(&colour, &[]),
            colour,
            allowances: Vec::new(),
            accepted_gaps: Vec::new(),
            threshold: Threshold::At(Severity::Medium),
            ledger: Ledger::Counts,
            explainers: Explainers::default(),
            digest: Digest::of(b""),
        }
    }
}
