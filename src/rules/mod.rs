//! Packs of rules over views: the only place where facts become findings.
//!
//! A pack is a TOML file; a rule selects the items of one view and judges each of them, or a pair
//! of them, with CEL expressions. All severities, controls and wording live in packs. Policies of others
//! are asked as they are (`rego`).
//!
//! **Never here:** computing a fact, reading a document, a verdict of pass for what could not be
//! decided.
//!
//! **To add a rule:** a `[[rule]]` with its tests in a pack under `rules/`; no Rust. To add a
//! function that rules can call: a line in `expr/functions.rs`.

mod compile;
mod example;
mod expr;
pub mod framework;
mod guards;
mod judge;
mod literal;
pub mod mutation;
mod pack;
mod params;
pub mod rego;
mod rule;
mod set;
pub mod testing;

use pack::Reading;

pub use guards::{Excluded, Guards};
pub use judge::{Outcome, judge, judge_absence, judge_pair};
pub use pack::{Pack, ViewShape};
pub use rule::{Cardinality, Claim, Confidence, Environment, Kind, Rule, Select};
pub use set::RuleSet;

use crate::facts::VIEWS;
use crate::policy::strict::{ConfigError, ConfigText};
use crate::trace::SIDE_VIEWS;

/// The packs that are part of the program: file and text.
pub static PACKS: &[(&str, &str)] = &[
    ("rules/audit-logging.toml", include_str!("../../rules/audit-logging.toml")),
    ("rules/availability-parity.toml", include_str!("../../rules/availability-parity.toml")),
    ("rules/config-management.toml", include_str!("../../rules/config-management.toml")),
    ("rules/data-migration.toml", include_str!("../../rules/data-migration.toml")),
    ("rules/drift.toml", include_str!("../../rules/drift.toml")),
    ("rules/encryption-at-rest.toml", include_str!("../../rules/encryption-at-rest.toml")),
    ("rules/external-integrations.toml", include_str!("../../rules/external-integrations.toml")),
    ("rules/identity-rbac.toml", include_str!("../../rules/identity-rbac.toml")),
    ("rules/network-segmentation.toml", include_str!("../../rules/network-segmentation.toml")),
    ("rules/rollout-safety.toml", include_str!("../../rules/rollout-safety.toml")),
    ("rules/secrets.toml", include_str!("../../rules/secrets.toml")),
    ("rules/testing-evidence.toml", include_str!("../../rules/testing-evidence.toml")),
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
    read(packs, Reading::Whole)
}

/// As [`load_only`], to judge with: rules of built-in packs have no tests, and what they do is compiled
/// where an item comes.
///
/// # Errors
/// Every mistake in every other pack.
pub fn load_to_judge(packs: &[(&str, &str)]) -> Result<RuleSet, Vec<ConfigError>> {
    read(packs, Reading::ToJudge)
}

fn read(packs: &[(&str, &str)], reading: Reading) -> Result<RuleSet, Vec<ConfigError>> {
    let documents = VIEWS.iter().map(|view| (view.id, view.fields));
    let sides = SIDE_VIEWS.iter().map(|view| (view.id, view.fields));
    let shapes: Vec<(&str, Vec<&str>)> = documents
        .chain(sides)
        .map(|(id, fields)| (id, fields.iter().map(|(name, _)| *name).collect()))
        .collect();
    let views: Vec<ViewShape<'_>> =
        shapes.iter().map(|(name, fields)| ViewShape { name, fields }).collect();
    let set = RuleSet::read(packs, &views, reading)?;
    let refused: Vec<ConfigError> = set.rules().iter().filter_map(unevaluated).collect();
    if refused.is_empty() { Ok(set) } else { Err(refused) }
}

/// Controls that these packs cite and that their frameworks do not have. A replay does not ask: what
/// was judged once is judged again.
///
/// # Errors
/// Every one, with its place and the nearest one that there is.
pub fn check_controls(set: &RuleSet, packs: &[(&str, &str)]) -> Result<(), Vec<ConfigError>> {
    let mistaken: Vec<ConfigError> = packs
        .iter()
        .flat_map(|(file, text)| framework::mistaken(set.rules().iter(), ConfigText { file, text }))
        .collect();
    if mistaken.is_empty() { Ok(()) } else { Err(mistaken) }
}

/// What an audit would not evaluate must not look as if it had passed.
fn unevaluated(rule: &Rule) -> Option<ConfigError> {
    let what = match (rule.kind, rule.select.cardinality) {
        (Kind::Evidence, _)
            if !VIEWS
                .iter()
                .any(|view| view.id == rule.select.view && view.dialects == ["evidence"]) =>
        {
            format!("`evidence` over {}, a view of no evidence,", rule.select.view)
        }
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

#[cfg(test)]
mod tests {
    use super::{PACKS, built_in, load_to_judge, testing};

    /// What an audit leaves out of the built-in packs changes nothing that a rule says.
    #[test]
    fn a_rule_says_the_same_whether_it_is_compiled_at_once_or_when_needed() {
        let (whole, lean) = (built_in().unwrap(), load_to_judge(PACKS).unwrap());
        assert_eq!(whole.packs(), lean.packs());
        assert_eq!(whole.rules().len(), lean.rules().len());
        for (whole, lean) in whole.rules().iter().zip(lean.rules()) {
            assert!(lean.examples.is_empty() && lean.code.waits(), "{}", lean.id);
            let mut tested = lean.clone();
            tested.examples.clone_from(&whole.examples);
            assert_eq!(testing::run(&tested), testing::run(whole), "{}", lean.id);
            let heads = [whole, lean].map(|rule| {
                let (at, covers) = (rule.at.clone(), rule.covers.clone());
                let (controls, conditional) = (rule.controls.clone(), rule.is_conditional());
                let select = rule.select.clone();
                (rule.origin.clone(), at, covers, controls, conditional, select, rule.severity)
            });
            assert_eq!(heads[0], heads[1], "{}", lean.id);
        }
    }
}
