//! What the proxies of a mesh trace: Telemetry resources over each other and over the mesh.
//!
//! As Istio has it (istio 00c5988b56, `pilot/pkg/model/telemetry.go` and
//! `pilot/pkg/networking/core/tracing.go`): the resource of the root namespace, that of the namespace
//! and that of the workload are laid over each other; the first provider named counts; where none says
//! how much is sampled, the mesh does, and else istiod: one percent.

use std::collections::BTreeMap;

use super::anchor::At;
use super::graph::Graph;
use super::kept::{Kept, of_view};
use super::read::{flag, members, text};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static TELEMETRY: SideView = SideView {
    id: "trace.mesh",
    about: "What the proxies of a mesh trace: in the whole of it, in a namespace, or before some pods",
    fields: &[
        ("scope", "for whom: the mesh, a namespace, or pods of it with some labels"),
        ("sampling", "how many percent of requests are traced"),
        ("source", "who says that: telemetry, mesh or default"),
        ("reported", "whether spans are sent at all"),
        ("provider", "the provider they are sent to; absent where none is named"),
        ("problem", "why it is not the one that is meant, in words; empty where it is"),
    ],
    extract: items,
};

/// For whom a resource holds: a namespace, and labels of pods in it, colours folded.
type Scope = (String, String);

impl Graph<'_> {
    /// For whom each Telemetry of a side holds.
    pub(super) fn scopes(&self) -> BTreeMap<Scope, At> {
        let named = of_view(self.kept, "istio.telemetry").filter(|kept| !is_targeted(kept));
        named.map(|kept| (self.scope(kept), kept.at_document())).collect()
    }

    fn scope(&self, kept: &Kept) -> Scope {
        let mut labels: Vec<String> = match kept.get("selector") {
            Some(Fact::Map(pairs)) => pairs
                .iter()
                .map(|(key, value)| {
                    let Fact::Text(value) = value else { return key.to_string() };
                    format!("{key}={value}")
                })
                .collect(),
            _ => Vec::new(),
        };
        labels.sort();
        (self.folded(&kept.text("namespace")), self.folded(&labels.join(",")))
    }
}

fn is_targeted(kept: &Kept) -> bool {
    flag(kept.get("targeted").as_ref()).unwrap_or(false)
}

/// What is in force for a scope.
#[derive(Default)]
struct InForce {
    provider: Option<String>,
    disabled: bool,
    sampling: Option<Fact<'static>>,
    problem: String,
    at: Vec<At>,
}

fn items(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let all = of_view(graph.kept, "istio.telemetry").filter(|kept| !is_targeted(kept));
    let all: Vec<&Kept> = all.collect();
    graph.known.telemetries.keys().map(|scope| item(graph, &all, scope)).collect()
}

fn item(graph: &Graph<'_>, all: &[&Kept], scope: &Scope) -> SideItem<'static> {
    let root = graph.folded(&graph.root_namespace());
    let mut chain: Vec<Scope> = vec![(root.clone(), String::new())];
    for next in [(scope.0.clone(), String::new()), scope.clone()] {
        if !chain.contains(&next) {
            chain.push(next);
        }
    }
    let mut in_force = InForce::default();
    let mesh = graph.mesh();
    if let Some(mesh) = mesh {
        in_force.provider = mesh.texts("default_providers").into_iter().next();
    }
    let mut held = 0;
    for level in &chain {
        let own: Vec<&&Kept> = all.iter().filter(|kept| graph.scope(kept) == *level).collect();
        held += own.len();
        if own.len() > 1 {
            in_force.problem = format!(
                "{} Telemetry resources hold for {}, and one of them counts",
                own.len(),
                shown(level, &root)
            );
        }
        for kept in own.iter().rev() {
            lay(&mut in_force, kept);
        }
    }
    if held > 0 && in_force.problem.is_empty() && !in_force.disabled {
        in_force.problem = mesh.map_or_else(String::new, |mesh| lacking(mesh, &in_force));
    }
    finish(graph, in_force, (scope, &root))
}

/// Lays a resource over what is in force.
fn lay(in_force: &mut InForce, kept: &Kept) {
    in_force.at.extend([kept.at("tracing").clone(), kept.at("selector").clone()]);
    in_force.at.push(kept.at_document());
    let tracing = kept.get("tracing");
    for entry in members(tracing.as_ref()) {
        let named = members(entry.get("providers")).next().and_then(|one| text(one, "name"));
        in_force.provider = named.or(in_force.provider.take());
        if let Some(disabled) = flag(entry.get("disableSpanReporting")) {
            in_force.disabled = disabled;
        }
        let sampling = entry.get("randomSamplingPercentage").cloned().map(Fact::into_owned);
        in_force.sampling = sampling.or(in_force.sampling.take());
    }
}

/// Why no spans get to the provider that is named, if the mesh lacks it.
fn lacking(mesh: &Kept, in_force: &InForce) -> String {
    match &in_force.provider {
        None => "no provider is named, and the mesh has no default one".to_owned(),
        Some(name) if !mesh.texts("providers").contains(name) => {
            format!("the provider {name} is none of the mesh's extensionProviders")
        }
        Some(_) => String::new(),
    }
}

fn shown((namespace, labels): &Scope, root: &str) -> String {
    if labels.is_empty() && namespace == root {
        "the whole mesh".to_owned()
    } else if labels.is_empty() {
        format!("namespace {namespace}")
    } else {
        format!("pods of {namespace} with {labels}")
    }
}

fn finish(
    graph: &Graph<'_>,
    mut in_force: InForce,
    (scope, root): (&Scope, &str),
) -> SideItem<'static> {
    let mesh = graph.mesh();
    let said = mesh.and_then(|mesh| Some(mesh.get("sampling")?.into_owned()));
    let (sampling, source) = match (in_force.sampling.take(), said) {
        (Some(sampling), _) => (Some(sampling), "telemetry"),
        (None, Some(said)) => (Some(said), "mesh"),
        (None, None) if mesh.is_some() => (Fact::number("1"), "default"),
        (None, None) => {
            let reason = "the configuration of the mesh is not part of what was read";
            (Some(Fact::Unknown(reason.to_owned())), "default")
        }
    };
    let mut at = in_force.at;
    at.extend(graph.known.telemetries.get(scope).cloned());
    if let Some(mesh) = mesh {
        let keys = ["extensionProviders", "defaultProviders", "defaultConfig/tracing/sampling"];
        at.extend(keys.map(|key| mesh.at(key).clone()));
    }
    let fact = Fact::map([
        ("scope", Some(Fact::text(shown(scope, root)))),
        ("sampling", sampling),
        ("source", Some(Fact::text(source))),
        ("reported", Some(Fact::Bool(!in_force.disabled))),
        ("provider", in_force.provider.map(Fact::text)),
        ("problem", Some(Fact::text(in_force.problem))),
    ]);
    let key = format!("{} {}", scope.0, scope.1);
    SideItem { key, at: at.into_iter().flatten().collect(), fact }
}
