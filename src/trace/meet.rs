//! Which way of green stands beside which of blue: that of the same service in the same place.
//!
//! A service of one name may run in several namespaces, and be described in several folders: for
//! regions, teams, environments. Its ways meet within these. One that moved meets its like only where
//! no other has its name on either side.

use std::collections::BTreeMap;

use super::path::ServicePath;
use crate::diff::join;
use crate::model::{Pair, Side};
use crate::policy::ColourMap;

/// What a way goes by, colours folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    service: String,
    settings: String,
    namespace: String,
    folder: String,
}

impl Name {
    fn of(path: &ServicePath, side: Side, colours: &ColourMap) -> Self {
        let fold = |text: &str| colours.fold(side, text).into_owned();
        let file = path.home.as_ref().map_or("", |home| &home.file);
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self {
            service: fold(&path.service),
            settings: fold(&path.settings),
            namespace: fold(&path.namespace),
            folder: fold(folder),
        }
    }

    /// Less and less of it, down to the service alone.
    fn part(&self, tier: usize) -> [&str; 3] {
        let Self { service, settings, namespace, .. } = self;
        let process = settings.rsplit('/').next().unwrap_or_default();
        match tier {
            0 => [service, settings, namespace],
            1 => [service, process, namespace],
            2 => [service, namespace, ""],
            3 => [service, settings, ""],
            _ => [service, "", ""],
        }
    }
}

const TIERS: usize = 5;

/// The ways of both sides that belong together, by their places in the lists.
pub(super) fn joined(
    paths: Pair<&[ServicePath]>,
    colours: &ColourMap,
) -> Vec<(Option<usize>, Option<usize>)> {
    let names = Pair::from_fn(|side| {
        let all = paths.get(side).iter();
        all.map(|path| Name::of(path, side, colours)).collect::<Vec<_>>()
    });
    let mut pairs = join(&names.blue, &names.green);
    for tier in 0..TIERS {
        let is_open = |pair: &(Option<usize>, Option<usize>)| pair.0.is_none() || pair.1.is_none();
        if !pairs.iter().any(is_open) {
            break;
        }
        // By a part of its name a way is found where no other has that part.
        let only = names.as_ref().map(|names| {
            let mut only: BTreeMap<[&str; 3], Option<usize>> = BTreeMap::new();
            for (index, name) in names.iter().enumerate() {
                only.entry(name.part(tier)).and_modify(|one| *one = None).or_insert(Some(index));
            }
            only
        });
        let mut waiting: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, (blue, green)) in pairs.iter().enumerate() {
            if let (None, Some(green)) = (blue, green) {
                waiting.insert(*green, place);
            }
        }
        let mut gone = Vec::new();
        for (blue, green) in &mut pairs {
            let (Some(own), None) = (&blue, &green) else { continue };
            let Some(part) = names.blue.get(*own).map(|name| name.part(tier)) else { continue };
            let is_alone = only.blue.get(&part).copied().flatten().is_some();
            let other = only.green.get(&part).copied().flatten().filter(|_| is_alone);
            if let Some((other, place)) =
                other.and_then(|other| Some((other, waiting.remove(&other)?)))
            {
                *green = Some(other);
                gone.push(place);
            }
        }
        let mut place = 0;
        pairs.retain(|_| {
            place += 1;
            !gone.contains(&(place - 1))
        });
    }
    in_order(pairs, &names)
}

/// The same, with several of one service in one place joined in the order in which they stand.
fn in_order(
    pairs: Vec<(Option<usize>, Option<usize>)>,
    names: &Pair<Vec<Name>>,
) -> Vec<(Option<usize>, Option<usize>)> {
    let lonely = |side: Side| {
        let alone = pairs.iter().filter_map(move |(blue, green)| match (side, blue, green) {
            (Side::Blue, Some(index), None) | (Side::Green, None, Some(index)) => Some(*index),
            _ => None,
        });
        alone.collect::<Vec<usize>>()
    };
    let lonely = Pair::from_fn(lonely);
    let placed = Pair::from_fn(|side| {
        let name = |index: &usize| {
            let name = names.get(side).get(*index)?;
            Some((name.service.as_str(), name.namespace.as_str(), name.folder.as_str()))
        };
        lonely.get(side).iter().map(name).collect::<Vec<_>>()
    });
    let mut found: Vec<_> =
        pairs.into_iter().filter(|(blue, green)| blue.is_some() && green.is_some()).collect();
    for (blue, green) in join(&placed.blue, &placed.green) {
        let at = |side: Side, index: Option<usize>| lonely.get(side).get(index?).copied();
        found.push((at(Side::Blue, blue), at(Side::Green, green)));
    }
    found
}

/// Gives the ways of both sides keys that tell them apart and are the same for those that belong
/// together. Usually the service and the holder of its settings do.
pub(super) fn name(paths: &mut Pair<Vec<ServicePath>>, colours: &ColourMap) {
    let mut counts: BTreeMap<(Side, &str), usize> = BTreeMap::new();
    for side in Side::BOTH {
        for path in paths.get(side) {
            *counts.entry((side, path.key.as_str())).or_default() += 1;
        }
    }
    let is_several = |path: &ServicePath| {
        Side::BOTH
            .iter()
            .any(|side| counts.get(&(*side, path.key.as_str())).is_some_and(|n| *n > 1))
    };
    let several = paths.as_ref().map(|all| all.iter().map(is_several).collect::<Vec<bool>>());
    drop(counts);
    if !several.blue.iter().chain(&several.green).any(|one| *one) {
        return;
    }
    let joined = joined(paths.as_ref().map(Vec::as_slice), colours);
    for (blue, green) in joined {
        let first =
            blue.map(|index| (Side::Blue, index)).or(green.map(|index| (Side::Green, index)));
        let Some((side, index)) = first else { continue };
        let Some(path) = paths.get(side).get(index) else { continue };
        let Name { namespace, folder, .. } = Name::of(path, side, colours);
        let key = path.key.clone();
        for (side, index) in [(Side::Blue, blue), (Side::Green, green)] {
            let is_meant = |index: &usize| several.get(side).get(*index).copied().unwrap_or(false);
            let Some(index) = index.filter(is_meant) else { continue };
            if let Some(path) = paths.get_mut(side).get_mut(index).filter(|path| path.key == key) {
                path.key = format!("{key} {namespace} {folder}");
            }
        }
    }
}
