//! Fields of which one value protects, provides or keeps more than another, as a schema says it.

use serde::Deserialize;

use super::FieldType;

/// Why one value of a field is stronger than another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    /// Which values are stronger.
    pub better: Better,
    /// The values there are, the weakest first; `a|b` are of one rank.
    #[serde(default)]
    pub ladder: Vec<String>,
    /// What absence means, also where all around it is absent too. Members of a set stand between
    /// commas.
    pub absent: Option<String>,
    /// Values that stand for no bound, and so for more than any other.
    #[serde(default)]
    pub endless: Vec<String>,
    /// Values that mean nothing to one reader and everything to another.
    #[serde(default)]
    pub unsure: Vec<String>,
    /// The member of a set that stands for every one.
    pub whole: Option<String>,
    /// Fields beside it without which the values cannot be compared, unless they are the same.
    #[serde(default)]
    pub alike: Vec<String>,
    /// Where that is documented, with the version.
    pub source: String,
}

/// Which values of a field are stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Greater amounts.
    More,
    /// Smaller amounts.
    Less,
    /// The truth.
    True,
    /// The untruth.
    False,
    /// Values further up the ladder.
    Ladder,
    /// Sets whose lowest member stands further up the ladder.
    Floor,
    /// Sets that hold all of the other, and more.
    Superset,
    /// Sets that hold less than all of the other, and nothing else.
    Subset,
    /// References to an image of a later version, or to its variant with validated cryptography.
    Newer,
    /// Any value rather than none.
    Present,
}

impl FieldType {
    /// Whether its values are amounts of something, which no colour has.
    pub const fn is_amount(self) -> bool {
        matches!(
            self,
            Self::Memory
                | Self::Quantity
                | Self::Duration
                | Self::Percentage
                | Self::NginxSize
                | Self::NginxTime
                | Self::SshTime
                | Self::PostgresMemory
                | Self::PostgresTime
                | Self::ProtobufDuration
                | Self::SpringDuration
                | Self::SpringSize
        )
    }
}
