//! Variables that collectors take values from, and whether they are given them.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchor, At, item_of};
use super::graph::Graph;
use super::read::{flag, text};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Container;
use crate::dialect::version::Version;
use crate::facts::Fact;

/// See its `about`.
pub(super) static VARIABLE: SideView = SideView {
    id: "trace.variable",
    about: "One variable that a collector's configuration names, and whether the containers that run it are \
            given it",
    fields: &[
        ("collector", "the collector: configmap/gateway; colours folded"),
        ("variable", "name of the variable"),
        ("form", "braces for ${X} and ${env:X}, bare where some value says $X"),
        ("given", "whether it is known to be given to every container"),
        (
            "set",
            "whether it is given, or every value says what holds where it is not; absent where no container that \
             runs it was read, unknown where that cannot be told",
        ),
        (
            "filled",
            "whether the form is filled in: $X is not from v0.104.0 on; unknown where the version is not known",
        ),
    ],
    extract,
};

/// One of them in a value.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) variable: String,
    is_bare: bool,
    pub(super) has_default: bool,
    /// Whether no collector starts with it that fills in `${X}`.
    pub(super) is_refused: bool,
    pub(super) at: At,
}

impl Reference {
    /// Reads an item of its view.
    pub(super) fn new(fact: &Fact<'_>, at: At) -> Self {
        Self {
            variable: text(fact, "variable").unwrap_or_default(),
            is_bare: text(fact, "form").is_some_and(|form| form == "bare"),
            has_default: flag(fact.get("default")).unwrap_or(false),
            is_refused: flag(fact.get("refused")).unwrap_or(false),
            at,
        }
    }
}

impl<'a> Graph<'a> {
    /// The containers that run a collector, by index.
    pub(super) fn containers_of(&self, index: usize) -> Vec<&'a Container> {
        let containers = self.running(index).into_iter().flat_map(|workload| &workload.containers);
        containers.filter(|container| container.is_collector()).collect()
    }
}

/// Variables that every container has, beside those of the cluster's own Service.
const ALWAYS: [&str; 3] = ["HOME", "HOSTNAME", "PATH"];

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for (index, collector) in side.graph.collectors.iter().enumerate() {
        let containers = side.graph.containers_of(index);
        let version = side.graph.version_of(index);
        let mut named: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
        for reference in &collector.references {
            named.entry(&reference.variable).or_default().push(reference);
        }
        let name = side.graph.folded(&collector.name);
        for (variable, references) in named {
            let mut one = item(&name, variable, &references, &containers, version);
            one.key = format!("{} {variable}", side.graph.key_of(collector));
            items.push(one);
        }
    }
    items
}

fn item(
    collector: &str,
    variable: &str,
    references: &[&Reference],
    containers: &[&Container],
    version: Option<Version>,
) -> SideItem<'static> {
    let is_bare = references.iter().any(|reference| reference.is_bare);
    let open: Vec<&&Reference> = references.iter().filter(|r| !r.has_default).collect();
    let is_always = ALWAYS.contains(&variable) || variable.starts_with("KUBERNETES_");
    let given =
        |container: &&Container| is_always || container.env.iter().any(|name| name == variable);
    let is_given = !containers.is_empty() && containers.iter().all(given);
    let set = if open.is_empty() || is_given {
        Fact::Bool(true)
    } else if containers.iter().any(|container| !given(container) && container.has_env_from) {
        Fact::Unknown("it may be given by a ConfigMap or Secret as a whole".to_owned())
    } else {
        Fact::Bool(false)
    };
    let filled = match (is_bare, version, Version::parse("0.104.0")) {
        (false, _, _) => Fact::Bool(true),
        (true, Some(version), Some(since)) => Fact::Bool(version < since),
        (true, _, _) => Fact::Unknown("the version that runs it is not known".to_owned()),
    };
    let fact = Fact::map([
        ("collector", Some(Fact::text(collector.to_owned()))),
        ("variable", Some(Fact::text(variable.to_owned()))),
        ("form", Some(Fact::text(if is_bare { "bare" } else { "braces" }))),
        ("given", Some(Fact::Bool(is_given))),
        ("set", Some(set).filter(|_| !containers.is_empty())),
        ("filled", Some(filled)),
    ]);
    let own = references.iter().filter_map(|reference| reference.at.clone());
    let variables = containers
        .iter()
        .filter_map(|container| item_of(&container.at("env"), format!("name={variable}")));
    let mut seen = BTreeSet::new();
    let mut at: Vec<Anchor> = own.chain(variables).collect();
    at.retain(|anchor| seen.insert(anchor.clone()));
    SideItem { key: format!("{collector} {variable}"), at, fact }
}
