//! `driftseal.evidence/1`: what an audit is derived from, as files beside the signed report.
//!
//! ```text
//! SHA256SUMS                      every file below `evidence/`, as `sha256sum` writes it
//! evidence/run.json               how the audit was asked for: [`Run`]
//! evidence/engine.json            which program made it: [`Engine`]
//! evidence/collectors.json        what was read on each side: [`Collectors`]
//! evidence/policy/driftseal.toml  the configuration, byte for byte; empty when there was none
//! evidence/policy/NNN-ROLE.toml   what decides besides: the policy of the gate, waivers, the baseline
//! evidence/packs/NNN-NAME.toml    every rule pack, in the order of loading; policies in Rego end in
//!                                 `.rego.json`
//! evidence/snapshots/SIDE.snapshot  both sides, masked
//! ```
//!
//! Readers ignore fields they do not know and refuse versions they do not know.

use serde::{Deserialize, Serialize};

use super::object::{object, objects, optional_object};
use super::report::{Collector, Pair, Threshold};

/// The `schema` of every record of this version.
pub const SCHEMA: &str = "driftseal.evidence/1";

/// The list of files and digests.
pub const SUMS: &str = "SHA256SUMS";
/// The folder that every listed file lies below.
pub const FOLDER: &str = "evidence";
/// How the audit was asked for.
pub const RUN: &str = "evidence/run.json";
/// Which program made the report.
pub const ENGINE: &str = "evidence/engine.json";
/// What was read.
pub const COLLECTORS: &str = "evidence/collectors.json";
/// The configuration.
pub const POLICY: &str = "evidence/policy/driftseal.toml";
/// Where what decides besides the configuration lies.
pub const POLICIES: &str = "evidence/policy/";
/// Where the rule packs lie.
pub const PACKS: &str = "evidence/packs/";
/// Where the snapshots lie; a side's name and this end make a file.
pub const SNAPSHOTS: &str = "evidence/snapshots/";
/// How the name of a snapshot ends.
pub const SNAPSHOT_END: &str = ".snapshot";

/// The signed report.
pub const REPORT_ENVELOPE: &str = "drift-report.dsse.json";
/// The signed pass; there is none for any other verdict.
pub const PASS_ENVELOPE: &str = "gate-pass.dsse.json";
/// How the name of an envelope ends; what stands before it begins the names of its copies.
pub const ENVELOPE_END: &str = ".dsse.json";
/// How the name of a Sigstore bundle ends.
pub const SIGSTORE_END: &str = ".sigstore.json";
/// How the name of a time stamp over a signature ends.
pub const TOKEN_END: &str = ".tsr";

/// Records how an audit was asked for, as far as the policy's file does not say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The instant everything was judged at, RFC 3339 in UTC.
    pub evaluated_at: String,
    /// From which severity on an open finding fails the gate.
    pub threshold: Threshold,
    /// Whether explained differences are listed.
    pub full_ledger: bool,
    /// Patterns of files that were left out, those of the configuration included.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// How the policy of the gate was asked for; earlier versions have a threshold alone.
    #[serde(default, deserialize_with = "optional_object")]
    pub gate: Option<GateRun>,
}

/// Records how the policy of a gate was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GateRun {
    /// In which phase.
    pub phase: String,
    /// From which severity on to fail, whatever the files say.
    pub fail_on: Option<Threshold>,
    /// Whether waivers take part.
    pub waivers_applied: bool,
    /// What decides besides the configuration, in its order.
    #[serde(deserialize_with = "objects")]
    pub files: Vec<PolicyFile>,
}

/// Records a file that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// What it decides: `gate`, `waivers` or `baseline`.
    pub role: String,
    /// What it was called, without folders.
    pub name: String,
    /// Where it lies.
    pub path: String,
}

/// Records which program made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Engine {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it was built for: `x86_64-linux`.
    pub target: String,
    /// SHA-256 of the executable; absent where the system does not say which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable_sha256: Option<String>,
}

/// Records what was read on each side, as the report says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collectors {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Every collector of a side, in the order of reading.
    #[serde(deserialize_with = "object")]
    pub collectors: Pair<Vec<Collector>>,
    /// Notes on what had nothing in it: places of sides without documents.
    #[serde(deserialize_with = "object")]
    pub nothing_at: Pair<Vec<String>>,
}
