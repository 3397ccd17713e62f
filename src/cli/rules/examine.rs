//! Rule packs looked at on their own: what is in them, what is wrong with them, and their tests.

use std::path::PathBuf;

use super::super::failure::Failure;
use super::super::packs::{self, PackText, pairs};
use super::super::run::{self, mistakes};
use crate::policy::strict::ConfigError;
use crate::rules::testing::TestResult;
use crate::rules::{self, RuleSet};

/// What is wrong in a rule pack, or a case of a rule that did not come out as it says.
pub(in crate::cli) struct PackProblem {
    /// `file:line:column`, or the rule and its case.
    pub place: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// What examining rule packs came to.
pub(in crate::cli) struct PackCheck {
    /// How many rules, or cases of rules, were looked at.
    pub examined: u64,
    /// What is wrong, in order.
    pub problems: Vec<PackProblem>,
}

/// Only further packs, when some are named; else the built-in ones.
fn load_only(packs: &[PathBuf]) -> Result<RuleSet, Vec<ConfigError>> {
    let texts = if packs.is_empty() {
        packs::built_in().collect()
    } else {
        packs::read(packs).map_err(|failure| {
            vec![ConfigError { file: String::new(), line: 0, column: 0, message: failure.message }]
        })?
    };
    let set = rules::load_only(&pairs(&texts))?;
    rules::check_controls(&set, &pairs(&texts))?;
    Ok(set)
}

/// The built-in packs and further ones with their tests, and the texts they were read from.
pub(in crate::cli) fn whole(packs: &[PathBuf]) -> Result<(RuleSet, Vec<PackText>), Failure> {
    let (_, texts) = run::load(packs)?;
    let set = rules::load_only(&pairs(&texts)).map_err(|errors| mistakes(&errors))?;
    Ok((set, texts))
}

/// The rules of further packs alone, when some are named; else of the built-in ones.
pub(in crate::cli) fn rules_alone(packs: &[PathBuf]) -> Result<RuleSet, Failure> {
    load_only(packs).map_err(|errors| mistakes(&errors))
}

/// Runs the cases that rules carry.
pub(in crate::cli) fn test_rules(set: &RuleSet) -> PackCheck {
    let results: Vec<TestResult> = set.rules().iter().flat_map(rules::testing::run).collect();
    let problem = |result: &TestResult| {
        Some(PackProblem {
            place: format!("{}: {}", result.rule, result.name),
            message: result.failure.clone()?,
        })
    };
    PackCheck {
        examined: u64::try_from(results.len()).unwrap_or(u64::MAX),
        problems: results.iter().filter_map(problem).collect(),
    }
}

/// Looks for mistakes in rule packs; with no `packs`, in the built-in ones.
pub(in crate::cli) fn lint_rules(packs: &[PathBuf]) -> PackCheck {
    match load_only(packs) {
        Ok(set) => PackCheck {
            examined: u64::try_from(set.rules().len()).unwrap_or(u64::MAX),
            problems: Vec::new(),
        },
        Err(errors) => PackCheck {
            examined: u64::try_from(errors.len()).unwrap_or(u64::MAX),
            problems: errors
                .into_iter()
                .map(|error| PackProblem {
                    place: format!("{}:{}:{}", error.file, error.line, error.column),
                    message: error.message,
                })
                .collect(),
        },
    }
}
