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

use crate::facts::VIEWS;
use crate::policy::strict::ConfigError;
use crate::trace::SIDE_VIEWS;

/// The packs that are part of the program: file and text.
pub static PACKS: &[(&str, &str)] = &[
    ("rules/audit-logging.toml", include_str!("../../rules/audit-logging.toml")),
    ("rules/availability-parity.toml", include_str!("../../rules/availability-parity.toml")),
    ("rules/config-management.toml", include_str!("../../rules/config-management.toml")),
    ("rules/drift.toml", include_str!("../../rules/drift.toml")),
    ("rules/external-integrations.toml", include_str!("../../rules/external-integrations.toml")),
    ("rules/identity-rbac.toml", include_str!("../../rules/identity-rbac.toml")),
    ("rules/network-segmentation.toml", include_str!("../../rules/network-segmentation.toml")),
    ("rules/rollout-safety.toml", include_str!("../../rules/rollout-safety.toml")),
    ("rules/secrets.toml", include_str!("../../rules/secrets.toml")),
    ("rules/tracing-consistency.toml", include_str!("../../rules/tracing-consistency.toml")),
    ("rules/tracing-pii.toml", include_str!("../../rules/tracing-pii.toml")),
    ("rules/transport-security.toml", include_str!("../../rules/transport-security.toml")),
    ("rules/workload-hardening.toml", include_str!("../../rules/workload-hardening.toml")),
];

/// Loads the built-in packs and further ones, given as file and text.
///
/// # Errors
/// Every mistake in every pack.
pub fn load(further: &[(&str, &str)]) -> Result<RuleSet, Vec<ConfigError>> {
    load_only(&[PACKS, further].concat())
}

/// Loads packs without the built-in ones, to examine them.
///
/// # Errors
/// Every mistake in every pack.
pub fn load_only(packs: &[(&str, &str)]) -> Result<RuleSet, Vec<ConfigError>> {
    let documents = VIEWS.iter().map(|view| (view.id, view.fields));
    let sides = SIDE_VIEWS.iter().map(|view| (view.id, view.fields));
    let shapes: Vec<(&str, Vec<&str>)> = documents
        .chain(sides)
        .map(|(id, fields)| (id, fields.iter().map(|(name, _)| *name).collect()))
        .collect();
    let views: Vec<ViewShape<'_>> =
        shapes.iter().map(|(name, fields)| ViewShape { name, fields }).collect();
    let set = RuleSet::load(packs, &views)?;
    let refused: Vec<ConfigError> = set.rules().iter().filter_map(unevaluated).collect();
    if refused.is_empty() { Ok(set) } else { Err(refused) }
}

/// What an audit would not evaluate must not look as if it had passed.
fn unevaluated(rule: &Rule) -> Option<ConfigError> {
    let what = match (rule.kind, rule.select.cardinality) {
        (Kind::Evidence, _) => format!("rules of kind `{}`", rule.kind.name()),
        (Kind::Cross, _) if !SIDE_VIEWS.iter().any(|view| view.id == rule.select.view) => {
            format!("`cross` over {}, a view of single documents,", rule.select.view)
        }
        (_, Cardinality::AtLeastOne) => "`cardinality = \"at-least-one\"`".to_owned(),
        (_, Cardinality::Any) => return None,
    };
    let message = format!(
        "{what} cannot be evaluated by an audit yet, and nothing unevaluated may pass: remove rule \
         {}",
        rule.id
    );
    Some(rule.origin.error(message))
}

/// Loads the built-in packs.
///
/// # Errors
/// A built-in pack is wrong; the tests exclude it.
pub fn built_in() -> Result<RuleSet, Vec<ConfigError>> {
    load(&[])
}
