//! The predicate of a signed text of the policy: waivers, a baseline.

use serde::{Deserialize, Serialize};

/// The `predicateType`.
pub const PREDICATE_TYPE: &str = "https://driftseal.dev/policy-text/v1";

/// Says what the text, which is the subject, decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// `waivers` or `baseline`.
    pub role: String,
}
