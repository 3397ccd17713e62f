//! What programs and sidecars are told about tracing in words that lead nowhere.

use super::anchor::Anchor;
use super::noted::{Dapr, Noted};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static DAPR: SideView = SideView {
    id: "trace.dapr",
    about: "The sidecar of Dapr in a pod, and whether the configuration it is told traces",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("config", "name of the Configuration; absent when none is named"),
        ("traced", "whether there is such a Configuration, with settings of tracing"),
    ],
    extract: sidecars,
};

/// See its `about`.
pub(super) static PROPERTY: SideView = SideView {
    id: "trace.property",
    about: "Properties of one file about tracing that Spring Boot renamed, and the version of Spring \
            Boot that its project is built with",
    fields: &[
        ("file", "the file"),
        ("names", "the properties as written"),
        ("now", "their names since Spring Boot 4"),
        ("version", "the version; absent when no project around the file says it"),
        ("major", "the first part of its number; absent when it is none"),
    ],
    extract: properties,
};

fn sidecars(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let item = |dapr: &Dapr| {
        let wanted = dapr.config.as_ref().map(|config| format!("configuration/{config}"));
        let is_told = wanted.is_some_and(|owner| {
            let known = graph.held.get(&(dapr.namespace.as_str(), owner.as_str()));
            known.is_some()
        });
        let fact = Fact::map([
            ("owner", Some(Fact::text(dapr.owner.clone()))),
            ("config", dapr.config.clone().map(Fact::text)),
            ("traced", Some(Fact::Bool(is_told))),
        ]);
        let key = graph.folded(&format!("{}/{}", dapr.namespace, dapr.owner));
        SideItem { key, at: vec![dapr.at.clone()], fact }
    };
    graph.noted.dapr.iter().map(item).collect()
}

fn properties(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let noted = side.graph.noted;
    let mut items = Vec::new();
    for (file, named) in &noted.renamed {
        let built = project(noted, file);
        let version = built.map(|(version, _)| version.as_str());
        let major = version.and_then(|text| Fact::number(text.split('.').next()?));
        let texts = |pick: fn(&(String, String, Anchor)) -> &String| {
            Fact::List(named.iter().map(|one| Fact::text(pick(one).clone())).collect())
        };
        let fact = Fact::map([
            ("file", Some(Fact::text(file.clone()))),
            ("names", Some(texts(|one| &one.0))),
            ("now", Some(texts(|one| &one.1))),
            ("version", version.map(|version| Fact::text(version.to_owned()))),
            ("major", major),
        ]);
        let at = built.map(|(_, at)| at).into_iter().chain(named.iter().map(|one| &one.2));
        let at = at.cloned().collect();
        items.push(SideItem { key: side.graph.folded(file), at, fact });
    }
    items
}

/// Files that say which version a project is built with, in the order in which they count.
const PROJECTS: [&str; 6] = [
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "gradle/libs.versions.toml",
];

/// The project that a file is of: the nearest folder around it with one.
fn project<'n>(noted: &'n Noted, file: &str) -> Option<&'n (String, Anchor)> {
    let mut folder = file;
    while let Some((above, _)) = folder.rsplit_once('/') {
        let named = |name: &&str| noted.boots.get(&format!("{above}/{name}"));
        if let Some(built) = PROJECTS.iter().find_map(named) {
            return Some(built);
        }
        folder = above;
    }
    PROJECTS.iter().find_map(|name| noted.boots.get(*name))
}
