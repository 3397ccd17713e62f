//! Differences and their explanations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Address, Pair};

/// One difference between the sides, with exactly one explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, in words equal for both sides.
    pub at: Address,
    /// What happened.
    pub edit: Edit,
    /// Why it is legitimate; or that nothing says so.
    pub explanation: Explanation,
    /// Which way it goes from blue to green, where the field has an order and both values are known.
    pub direction: Option<Direction>,
    /// With which others it has one cause, where that is known.
    pub cause: Option<Cause>,
    /// Where it stands in the files of each side.
    pub places: Pair<Option<Place>>,
    /// What stands there.
    pub values: Pair<Option<Shown>>,
}

/// What differences have in common of which one says both values of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The name of the group, shared with the findings on them.
    pub group: String,
    /// What it follows from, in words; nothing for the root itself.
    pub follows: Option<String>,
}

/// What happened between blue and green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// Only green has it.
    Added,
    /// Only blue has it.
    Removed,
    /// Both have it, with different values.
    Replaced,
}

impl Edit {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Replaced => "replaced",
        }
    }

    /// The edit seen from the other side.
    #[must_use]
    pub const fn swap(self) -> Self {
        match self {
            Self::Added => Self::Removed,
            Self::Removed => Self::Added,
            Self::Replaced => Self::Replaced,
        }
    }
}

/// Which way a difference goes from blue to green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Green protects, provides or keeps less.
    Weaker,
    /// Green protects, provides or keeps more.
    Stronger,
    /// Both come to the same.
    Neutral,
}

impl Direction {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weaker => "weaker",
            Self::Stronger => "stronger",
            Self::Neutral => "neutral",
        }
    }

    /// The direction seen from the other side.
    #[must_use]
    pub const fn swap(self) -> Self {
        match self {
            Self::Weaker => Self::Stronger,
            Self::Stronger => Self::Weaker,
            Self::Neutral => Self::Neutral,
        }
    }

    /// The direction of two parts of one difference; nothing where one goes up and one down.
    #[must_use]
    pub fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (one, Self::Neutral) => Some(one),
            (Self::Neutral, other) => Some(other),
            (one, other) => (one == other).then_some(one),
        }
    }
}

/// A place in a file as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path relative to the root of the side.
    pub file: String,
    /// Zero-based document in the file.
    pub document: u32,
    /// One-based line, absent for a whole file or document.
    pub line: Option<u32>,
    /// One-based column in characters.
    pub column: Option<u32>,
    /// One-based last line, where a place covers several.
    pub end_line: Option<u32>,
}

/// A value as shown to people: masked, shortened, on one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown(pub String);

/// The name of an allowance in the policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowanceId(pub String);

/// Why a difference is legitimate. The list is closed and part of the signed meaning; each
/// variant carries what a machine needs to check it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Explanation {
    /// Another spelling of the same value.
    Representation {
        /// What differs in the spelling, such as `quoting` or `unit: both are 30 s`.
        how: String,
    },
    /// Absent on one side, the documented default on the other.
    Default {
        /// Where the default is documented, with the version.
        citation: String,
    },
    /// The colour map, or the new name of a document, applied to blue gives green.
    Colour {
        /// What was replaced by what.
        token: Pair<String>,
    },
    /// A tool wrote it, and its writing was checked.
    Generated {
        /// The generator.
        by: String,
    },
    /// The organisation declared it.
    Declared {
        /// The allowance that says so.
        allowance: AllowanceId,
        /// Which sides the allowance pins; a side left unpinned is open.
        pinned: Pair<bool>,
    },
    /// Nothing explains it: drift.
    Unexplained,
}

impl Explanation {
    /// The name used in reports.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Representation { .. } => "representation",
            Self::Default { .. } => "default",
            Self::Colour { .. } => "colour",
            Self::Generated { .. } => "generated",
            Self::Declared { .. } => "declared",
            Self::Unexplained => "unexplained",
        }
    }

    /// What groups explained changes in a summary.
    pub fn detail(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Representation { how } => how.split_once(": ").map_or(how, |(class, _)| class),
            Self::Default { citation } => citation,
            Self::Colour { token } => {
                return Cow::Owned([&token.blue, " -> ", &token.green].concat());
            }
            Self::Generated { by } => by,
            Self::Declared { allowance, .. } => &allowance.0,
            Self::Unexplained => "",
        })
    }

    /// Whether its detail is this one.
    fn has_detail(&self, detail: &str) -> bool {
        let Self::Colour { token } = self else { return self.detail() == detail };
        let behind = detail.strip_prefix(&*token.blue);
        behind.and_then(|rest| rest.strip_prefix(" -> ")) == Some(&*token.green)
    }
}

/// How often each explanation was used: kind, then detail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeCounts(pub BTreeMap<(&'static str, String), u64>);

impl ChangeCounts {
    /// How many details are looked at before a new one is written.
    const FEW: usize = 8;

    /// Counts one change.
    pub fn add(&mut self, explanation: &Explanation) {
        let kind = explanation.kind();
        let mut known = self.0.iter_mut().take(Self::FEW);
        let same =
            known.find(|((known, detail), _)| *known == kind && explanation.has_detail(detail));
        if let Some((_, count)) = same {
            *count = count.saturating_add(1);
            return;
        }
        let count = self.0.entry((kind, explanation.detail().into_owned())).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts one change for another explanation than before.
    pub fn replace(&mut self, before: &Explanation, after: &Explanation) {
        let key = (before.kind(), before.detail().into_owned());
        if let Some(count) = self.0.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&key);
            }
        }
        self.add(after);
    }

    /// Adds the counts of another part.
    pub fn merge(&mut self, other: Self) {
        for (key, count) in other.0 {
            let sum = self.0.entry(key).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// How often one kind of explanation was used.
    pub fn of(&self, kind: &str) -> u64 {
        self.0.iter().filter(|((known, _), _)| *known == kind).map(|(_, count)| count).sum()
    }
}
