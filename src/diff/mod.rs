//! Aligns documents and list members, walks the trees, explains each change.
//!
//! Every difference ends as one [`Found`] with exactly one explanation of the closed list of
//! [`Explanation`]; explained ones are counted, and listed when the full ledger is asked for.
//!
//! **Never here:** deleting a change; judging one.
//!
//! **To add a reason why a difference is legitimate:** its name in [`Explainer`], and a function in
//! `explain`, asked in order; the first that proves itself wins. `tests/twins` demands a case that
//! nobody else proves. A new variant of [`Explanation`] changes the signed meaning.

mod access;
mod alike;
mod bleed;
mod comments;
mod direction;
mod embedded;
mod explain;
mod flat;
mod hashed;
mod join;
mod lists;
mod maps;
mod pairs;
mod record;
mod renames;
mod shown;
mod text;
mod walk;

pub use access::{Access, Shift, access, is_of_access};
pub use alike::{Alike, Profile, alike, one_to_one, parts_of_name};
pub use embedded::{Frame, embedded_syntax};
pub use hashed::Hashed;
pub use join::{join, join_names};
pub use record::record;
pub use renames::{NAMESPACE, Renamed, Renames};
pub use shown::{is_withheld, shown, withheld};
pub use walk::compare;

use crate::facts::Document;
use crate::model::{
    AllowanceId, ChangeCounts, Direction, Edit, Explainer, Explanation, Pair, Path, Shown, Side,
    Timestamp,
};
use crate::policy::{ColourMap, Ledger, Policy, Uses};

/// A byte range of a file.
pub type Range = (u32, u32);

/// What a comparison needs to know besides the trees.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The colour map, the allowances, and whether explained changes are listed.
    pub policy: &'a Policy,
    /// When the policy is applied.
    pub now: Timestamp,
    /// Path of the file on each side.
    pub files: Pair<Option<&'a str>>,
    /// Masked text on each side: of the document, or of the file where that is compared whole.
    pub texts: Pair<&'a str>,
    /// Masked text of the whole file on each side.
    pub wholes: Pair<&'a str>,
    /// Colour-neutral name of the resource.
    pub resource: &'a str,
    /// Texts that are, or end in, a hash that was recomputed.
    pub hashed: Pair<&'a Hashed>,
    /// Names that follow from documents that go by another one.
    pub renames: &'a Renames,
}

impl Context<'_> {
    fn lists_explained(&self) -> bool {
        self.policy.ledger == Ledger::Full
    }

    /// Whether what an explainer says counts.
    const fn hears(&self, explainer: Explainer) -> bool {
        self.policy.explainers.include(explainer)
    }
}

/// One difference, before its places are resolved to lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where, from the document's root, colours folded.
    pub path: Path,
    /// What happened.
    pub edit: Edit,
    /// Why it is legitimate, or that nothing says so.
    pub explanation: Explanation,
    /// Which way it goes, where that is known.
    pub direction: Option<Direction>,
    /// Where it stands in each file.
    pub ranges: Pair<Option<Range>>,
    /// What stands there.
    pub values: Pair<Option<Shown>>,
}

/// A value that names the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedOther {
    /// On which side it stands.
    pub side: Side,
    /// Where, from the document's root, colours folded.
    pub path: Path,
    /// Where it stands in that side's file.
    pub range: Range,
    /// Where its counterpart stands in the other file.
    pub other: Option<Range>,
    /// The token, and what should stand there.
    pub token: String,
    /// What should stand in its place.
    pub expected: String,
    /// The whole values.
    pub values: Pair<Option<Shown>>,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Differences {
    /// The unexplained changes, or all of them with the full ledger.
    pub found: Vec<Found>,
    /// How often each explanation was used.
    pub counts: ChangeCounts,
    /// Values that name the other side.
    pub bleeds: Vec<NamedOther>,
    /// How often each allowance was used, by its index in the policy.
    pub allowance_uses: Vec<(usize, Uses)>,
    /// Which changes an allowance explains, so that rules about the same change know.
    pub declared: Vec<(Path, AllowanceId)>,
    /// Where a value is not shown because the other side holds a secret there, explained or not.
    pub withheld: Vec<(Side, Range)>,
}

impl Differences {
    /// Adds what another part found.
    pub fn merge(&mut self, other: Self) {
        self.found.extend(other.found);
        self.counts.merge(other.counts);
        self.bleeds.extend(other.bleeds);
        for (index, uses) in other.allowance_uses {
            self.allowance_used(index, uses);
        }
        self.declared.extend(other.declared);
        self.withheld.extend(other.withheld);
    }

    fn allowance_used(&mut self, index: usize, uses: Uses) {
        match self.allowance_uses.iter_mut().find(|(known, _)| *known == index) {
            Some((_, sum)) => sum.add(uses),
            None => self.allowance_uses.push((index, uses)),
        }
    }
}

/// Whether colour words alone make green's document, comments and all, of blue's, and both are read
/// alike: then what holds for one holds for the other. A declared pair may make a difference.
pub fn is_recoloured(colours: &ColourMap, pair: Pair<&Document<'_>>) -> bool {
    let roots = pair.map(|document| document.root);
    pair.blue.syntax == pair.green.syntax
        && pair.blue.dialect.id() == pair.green.dialect.id()
        && !roots.blue.in_tree_with_copies()
        && !roots.green.in_tree_with_copies()
        && roots.blue.raw().len().abs_diff(roots.green.raw().len()) < RECOLOURED_BYTES_MAX
        && colours.differs_in_words_only(roots.blue.raw(), roots.green.raw())
}

/// How much longer or shorter a document may become by its colours alone.
const RECOLOURED_BYTES_MAX: usize = 1 << 20;

/// Reports a document that only one side has: one change at its root.
pub fn one_sided(context: &Context<'_>, side: Side, document: &Document<'_>) -> Differences {
    walk::one_sided(context, side, document)
}
