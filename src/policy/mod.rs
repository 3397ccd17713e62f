//! What the organisation decided: the colour map, allowances, accepted gaps, the policy of the gate,
//! waivers, the baseline.
//!
//! One evaluator serves all of them: it is given the facts and the time, and says which decision
//! applies. What is wrong with a decision itself (expired, unused, over-broad) is hygiene.
//!
//! **Never here:** reading files or the clock. `cli` reads `driftseal.toml` and passes its text.
//!
//! **To add a decision:** one file with its record, its matching function and its hygiene; one
//! field of [`Policy`] and of the configuration in [`config`].

mod allowance;
pub mod baseline;
mod colour;
pub mod config;
mod finder;
mod gap;
pub mod gate;
mod glob;
mod ports;
mod settle;
pub mod strict;
pub mod suggest;
pub mod waiver;

pub use allowance::{Allowance, Said, Subject, Uses, Wanted};
pub use baseline::Baseline;
pub use colour::{Bleed, ColourMap};
pub use config::Config;
pub use gap::AcceptedGap;
pub use gate::{Gate, Phase};
pub use glob::{Glob, PathGlob};
pub use settle::{Settled, Sitting};
pub use waiver::Waiver;

use crate::model::{Digest, Explainers, Pair, PolicyText, Severity, Threshold};

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
    /// What findings do to the verdict.
    pub gate: Gate,
    /// Findings that are accepted for a while.
    pub waivers: Vec<Waiver>,
    /// Whether waivers take part at all.
    pub has_waivers: bool,
    /// Known debt.
    pub baseline: Option<Baseline>,
    /// Every text that decides besides the configuration.
    pub texts: Vec<PolicyText>,
    /// Whether explained changes are listed.
    pub ledger: Ledger,
    /// Who may explain a difference.
    pub explainers: Explainers,
    /// Digest of the texts the policy was read from.
    pub digest: Digest,
}

/// A rule as decisions about it are checked.
#[derive(Debug, Clone, Copy)]
pub struct KnownRule<'a> {
    /// Its name.
    pub id: &'a str,
    /// How bad a failure is.
    pub severity: Severity,
}

impl Policy {
    /// From which severity on one finding is one too many.
    pub fn threshold(&self) -> Threshold {
        self.gate.threshold()
    }
}

impl Default for Policy {
    fn default() -> Self {
        let colour = Pair::new("blue".to_owned(), "green".to_owned());
        Self {
            colours: ColourMap::new(&colour, &[]),
            colour,
            allowances: Vec::new(),
            accepted_gaps: Vec::new(),
            gate: Gate::default(),
            waivers: Vec::new(),
            has_waivers: true,
            baseline: None,
            texts: Vec::new(),
            ledger: Ledger::Counts,
            explainers: Explainers::default(),
            digest: Digest::of(b""),
        }
    }
}
