//! Secrets that only the organisation knows to be some: patterns of `driftseal.toml`.

use regex::Regex;

use super::edit::Mask;
use super::key::MaskingKey;

/// Class of what a declared pattern finds.
const CLASS: &str = "declared";

/// Patterns of secrets: what their first group captures is one, or all they match.
#[derive(Debug, Clone, Default)]
pub struct SecretPatterns(Vec<Regex>);

impl SecretPatterns {
    /// Patterns in any order: all of them are sought in every text.
    pub fn new(patterns: Vec<Regex>) -> Self {
        Self(patterns)
    }

    /// The masks of all they find in a text.
    pub(super) fn masks(&self, key: &MaskingKey, text: &str) -> Vec<Mask> {
        let matches = self.0.iter().flat_map(|pattern| pattern.captures_iter(text));
        let secrets = matches.filter_map(|found| found.get(1).or_else(|| found.get(0)));
        secrets
            .filter(|secret| !secret.as_str().trim().is_empty())
            .map(|secret| {
                let token = key.token(CLASS, secret.as_str().as_bytes());
                Mask::over(text, secret.range(), token)
            })
            .collect()
    }
}
