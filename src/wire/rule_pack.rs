//! The predicate of a signed rule pack.

use serde::{Deserialize, Serialize};

/// The `predicateType`.
pub const PREDICATE_TYPE: &str = "https://driftseal.dev/rule-pack/v1";

/// What the name of the file of a signature adds to that of the pack.
pub const SIGNATURE_END: &str = ".dsse.json";

/// Names the pack whose text is the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
}
