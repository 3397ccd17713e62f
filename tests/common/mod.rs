//! What the tests of whole audits share.

use std::sync::LazyLock;

use driftseal::model::Timestamp;
use driftseal::rules::RuleSet;

/// Noon of a day on which every allowance of the fixtures is valid.
pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
}

/// The built-in rules.
pub(crate) fn rules() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| driftseal::rules::built_in().unwrap());
    &RULES
}
