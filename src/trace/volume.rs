//! Which file a container sees at a path: of its image, of a `ConfigMap`, or of a volume whose content no
//! manifest shows.

use super::read::{each, flag, text};
use super::workload::{Container, Workload};
use crate::facts::Fact;

/// Where a volume is mounted.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    pub(super) path: String,
    pub(super) is_read_only: bool,
    volume: String,
    /// The file or folder of the volume that is mounted alone.
    part: Option<String>,
}

/// A volume of a pod.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    name: String,
    maps: Vec<Map>,
}

/// A `ConfigMap` in a volume.
#[derive(Debug, Clone)]
struct Map {
    name: String,
    /// Its keys with the paths they stand at; nothing where all of them stand at their names.
    items: Option<Vec<(String, String)>>,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A key of a `ConfigMap`.
    Key(String, String),
    /// Something in a volume of this name that no manifest shows.
    Hidden(String),
    /// What the image has there, if anything.
    Image,
}

impl Mount {
    pub(super) fn new(fact: &Fact<'_>) -> Option<Self> {
        Some(Self {
            path: text(fact, "path")?,
            is_read_only: flag(fact.get("read_only")).unwrap_or(false),
            volume: text(fact, "volume").unwrap_or_default(),
            part: text(fact, "sub_path"),
        })
    }

    /// What of a path lies inside of it.
    pub(super) fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.path.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
    }
}

impl Volume {
    pub(super) fn new(fact: &Fact<'_>) -> Option<Self> {
        let item = |item: &Fact<'_>| Some((text(item, "key")?, text(item, "path")?));
        let map = |map: &Fact<'_>| {
            let items = map.get("items").map(|all| each(Some(all), item));
            Some(Map { name: text(map, "name")?, items })
        };
        let maps = each(fact.get("config_maps"), map);
        Some(Self { name: text(fact, "name")?, maps })
    }

    /// The key that stands at a path of it.
    fn at(&self, path: &str) -> Seen {
        let key = |map: &Map| {
            let key = match &map.items {
                None => Some(path.to_owned()).filter(|_| !path.is_empty() && !path.contains('/')),
                Some(items) => {
                    let is_it = |(_, at): &&(String, String)| at.trim_start_matches("./") == path;
                    items.iter().find(is_it).map(|(key, _)| key.clone())
                }
            };
            Some(Seen::Key(map.name.clone(), key?))
        };
        // Of several, the last is laid over the others.
        let found = self.maps.iter().rev().find_map(key);
        found.unwrap_or_else(|| Seen::Hidden(self.name.clone()))
    }
}

impl Workload {
    /// What one of its containers sees at a path: the deepest mount around it counts.
    pub(super) fn seen(&self, container: &Container, path: &str) -> Seen {
        let around = container.mounts.iter().filter_map(|mount| Some((mount, mount.inside(path)?)));
        let Some((mount, inside)) = around.max_by_key(|(mount, _)| mount.path.len()) else {
            return Seen::Image;
        };
        let Some(volume) = self.volumes.iter().find(|volume| volume.name == mount.volume) else {
            return Seen::Hidden(mount.volume.clone());
        };
        let path = match (&mount.part, inside) {
            (None, inside) => inside.to_owned(),
            (Some(part), "") => part.clone(),
            (Some(part), inside) => format!("{part}/{inside}"),
        };
        volume.at(&path)
    }
}
