//! How documents found each other that have no name in common.

use super::{Address, Pair};

/// What joined documents, and what stayed alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alignment {
    /// Documents that go by another name on the other side, each one change that nothing explains
    /// unless the policy declares it.
    pub renamed: Vec<Renamed>,
    /// Names that follow from them: where blue's text with the one written for the other is
    /// green's, the colour map says so.
    pub names: Vec<RenamedName>,
    /// Documents that found no partner.
    pub lone: Pair<u64>,
    /// Those among them that were compared with none, because too many others say the same.
    pub crowded: Pair<u64>,
}

/// A document that goes by another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The change that says so.
    pub at: Address,
    /// What each side calls it.
    pub names: Pair<String>,
    /// Why it is taken for the same.
    pub likeness: Likeness,
}

/// A name and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedName {
    /// Blue's and green's.
    pub name: Pair<String>,
    /// How many differences are nothing but this.
    pub uses: u64,
}

/// How alike two documents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likeness {
    /// Per cent of what both say, what few documents say counting more.
    pub score: u8,
    /// What was needed to believe it.
    pub ground: Ground,
}

/// What a likeness rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// They say mostly the same.
    Content,
    /// They say partly the same, and so do their names.
    NameAndContent,
    /// Another document changed its name in the same way.
    RenamedAlike,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 3] = [Self::Content, Self::NameAndContent, Self::RenamedAlike];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::NameAndContent => "name-and-content",
            Self::RenamedAlike => "renamed-alike",
        }
    }
}
