//! `driftseal.rego/1`: a folder of policies in Rego, as one file of the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The `schema` of this version.
pub const SCHEMA: &str = "driftseal.rego/1";

/// How the name of such a file ends among the rule packs.
pub const FILE_END: &str = ".rego.json";

/// Keeps a folder. Its digest is that of the canonical JSON of this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The name of the folder.
    pub name: String,
    /// The packages that were asked; all of them where none is named.
    pub namespaces: Vec<String>,
    /// The text of each file, by its path in the folder.
    pub files: BTreeMap<String, String>,
}
