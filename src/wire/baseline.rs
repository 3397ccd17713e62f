//! `driftseal.baseline/1`: findings that were there when the gate was introduced, as lines of JSON.
//!
//! The first line is the [`Header`], every other an [`Entry`], by fingerprint: a finding that is fixed
//! is a line that goes. The header names all other lines by their digest and says by what they were
//! found. Nothing in it is a value of a configuration.
//!
//! Readers ignore fields they do not know and refuse versions they do not know.

use serde::{Deserialize, Serialize};

use super::object::{object, objects};
use super::report::{Digests, Engine, Pack, Pair, Severity};

/// The `schema` of every baseline of this version.
pub const SCHEMA: &str = "driftseal.baseline/1";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// When the findings were judged, RFC 3339 in UTC.
    pub created_at: String,
    /// Who answers for it.
    pub owner: String,
    /// Why these findings are accepted for now.
    pub reason: String,
    /// The program that found them.
    #[serde(deserialize_with = "object")]
    pub engine: Engine,
    /// The colour word of each side.
    #[serde(deserialize_with = "object")]
    pub colours: Pair<String>,
    /// The rule packs that found them.
    #[serde(deserialize_with = "objects")]
    pub packs: Vec<Pack>,
    /// How many lines follow.
    pub findings: u64,
    /// Digest of those lines, each with its line feed.
    #[serde(deserialize_with = "object")]
    pub digest: Digests,
    /// Digest of the baseline of which this is what is left.
    #[serde(default)]
    pub previous: Option<Digests>,
}

/// Every other line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The name of the finding.
    pub fingerprint: String,
    /// Its name with its values.
    pub instance: String,
    /// Its rule.
    pub rule: String,
    /// How bad it was.
    pub severity: Severity,
    /// Its resource.
    pub resource: String,
    /// Its place.
    pub path: String,
    /// When it was first seen, RFC 3339 in UTC.
    pub first_seen: String,
}
