//! How documents found each other that have no name in common.

use serde::{Deserialize, Serialize};

use super::Pair;
use crate::model;

/// What joined documents that have no name in common, and what stayed alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alignment {
    /// Documents that go by another name, each with a change of its own at the path "".
    pub renamed: Vec<Renamed>,
    /// Names that follow from them: differences of the kind `colour` with these tokens.
    pub names: Vec<RenamedName>,
    /// Documents that found no partner.
    pub lone: Pair<u64>,
    /// Those among them that were compared with none, as too many others say the same.
    pub crowded: Pair<u64>,
}

/// A document that goes by another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Which resource, as its changes name it.
    pub resource: String,
    /// What each side calls it.
    pub names: Pair<String>,
    /// How alike both are, in per cent, what few documents say counting more.
    pub score: u8,
    /// What that rests on: `content`, `name-and-content` or `renamed-alike`.
    pub ground: String,
}

/// A name and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedName {
    /// Blue's and green's.
    pub name: Pair<String>,
    /// How many differences are nothing but this.
    pub uses: u64,
}

impl From<&model::Alignment> for Alignment {
    fn from(alignment: &model::Alignment) -> Self {
        let renamed = |one: &model::Renamed| Renamed {
            resource: one.at.resource.0.clone(),
            names: one.names.clone().into(),
            score: one.likeness.score,
            ground: one.likeness.ground.name().to_owned(),
        };
        let name = |one: &model::RenamedName| RenamedName {
            name: one.name.clone().into(),
            uses: one.uses,
        };
        Self {
            renamed: alignment.renamed.iter().map(renamed).collect(),
            names: alignment.names.iter().map(name).collect(),
            lone: alignment.lone.into(),
            crowded: alignment.crowded.into(),
        }
    }
}
