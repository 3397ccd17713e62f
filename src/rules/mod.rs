//! Packs of rules over views: the only place where facts become findings.
//!
//! A pack is a TOML file; a rule selects the items of one view and judges each of them, or a pair
//! of them, with CEL expressions. All severities, controls and wording live in packs.
//!
//! **Never here:** computing a fact, reading a document, a verdict of pass for what could not be
//! decided.
//!
//! **To add a rule:** a `[[rule]]` with its tests in a pack under `rules/`; no Rust. To add a
//! function that rules can call: a line in `expr/functions.rs`.

mod compile;
mod expr;
mod judge;
mod literal;
mod pack;
mod rule;
mod set;
pub mod testing;

pub use judge::{Outcome, judge, judge_absence, judge_pair};
pub use pack::{Pack, ViewShape};
pub use rule::{Cardinality, Claim, Confidence, Environment, Kind, Rule, Select};
pub use set::RuleSet;
