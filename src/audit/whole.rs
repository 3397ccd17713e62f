//! Changes of documents as such: that one goes by another name, that one is written twice.

use super::Inputs;
use super::differences::renamed_finding;
use super::place::Files;
use crate::diff::{self, Context, Differences, Found};
use crate::model::{
    Address, Edit, Explanation, Finding, Likeness, Pair, Path, Renamed, ResourceId, Shown, Side,
};

/// A document whose side says the same elsewhere: nothing is missing on the other.
pub(super) fn written_twice(context: &Context<'_>, side: Side) -> Differences {
    let edit = if side == Side::Blue { Edit::Removed } else { Edit::Added };
    let how = "written twice: the same words stand elsewhere in its folder".to_owned();
    let mut differences = Differences::default();
    let found = found(edit, Explanation::Representation { how }, Pair::new(None, None));
    diff::record(context, &mut differences, found, Pair::new(None, None));
    differences
}

/// That a document goes by another name: a difference of its own, whatever follows from it.
pub(super) fn another_name(
    inputs: Inputs<'_>,
    (context, files, ordinals): (&Context<'_>, &Files<'_>, Pair<u32>),
    names: Pair<&str>,
    likeness: Likeness,
    differences: &mut Differences,
) -> (Renamed, Vec<Finding>) {
    let shown = names.map(|name| Some(Shown(name.to_owned())));
    let found = found(Edit::Replaced, Explanation::Unexplained, shown.clone());
    let declared = differences.declared.len();
    diff::record(context, differences, found, names.map(Some));
    let at = Address { resource: ResourceId(context.resource.to_owned()), path: Path::ROOT };
    let renamed = Renamed { at, names: names.map(str::to_owned), likeness };
    if differences.declared.len() > declared {
        return (renamed, Vec::new());
    }
    let places = Pair::from_fn(|side| files.place(side, *ordinals.get(side), None));
    let findings = renamed_finding(inputs, &renamed, &places, &shown);
    (renamed, findings)
}

fn found(edit: Edit, explanation: Explanation, values: Pair<Option<Shown>>) -> Found {
    let ranges = Pair::new(None, None);
    Found { path: Path::ROOT, edit, explanation, direction: None, ranges, values }
}
