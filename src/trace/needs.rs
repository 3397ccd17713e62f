//! What collectors and services need from their cluster: files to write to, rights to ask, and what
//! they take from `ConfigMap`s and Secrets.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::anchor::{At, document_of, under};
use super::collector::Collector;
use super::graph::Graph;
use super::index::Names;
use super::kept::{Keeping, Kept, of_view};
use super::read::{flag, said, text};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::dialect::component::present;
use crate::facts::Fact;

/// See its `about`.
pub(super) static STORAGE: SideView = SideView {
    id: "trace.storage",
    about: "A directory that a Collector writes to, in a container that runs it",
    fields: &[
        ("owner", "the workload that runs the Collector"),
        ("extension", "id of the extension that writes"),
        ("directory", "where it writes"),
        ("writable", "whether the container may write there"),
    ],
    extract: storages,
};

/// See its `about`.
pub(super) static RIGHTS: SideView = SideView {
    id: "trace.rights",
    about: "What a Collector has to ask the API server for, and may not",
    fields: &[
        ("owner", "the workload that runs the Collector"),
        ("component", "id of the component that asks"),
        ("account", "the service account it asks as"),
        ("missing", "resources that the account may not get, list and watch"),
    ],
    extract: rights,
};

/// See its `about`.
pub(super) static REFERENCES: SideView = SideView {
    id: "k8s.resolved-reference",
    about: "A reference of a pod to a ConfigMap or Secret, and whether that was read",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("target", "what is referred to: secret/otel-token, with the key if one is wanted"),
        ("optional", "whether the pod starts without it"),
        ("exists", "whether it is there, in the pod's namespace"),
    ],
    extract: references,
};

fn items_of(at: Vec<At>) -> Vec<super::Anchor> {
    at.into_iter().flatten().collect()
}

fn storages(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = Vec::new();
    for (index, collector) in graph.collectors.iter().enumerate() {
        for workload in graph.running(index) {
            let extensions = collector.storage.iter().filter(|storage| storage.is_started);
            for storage in extensions {
                items.push(storage_item(graph, workload, storage));
            }
        }
    }
    items
}

fn storage_item(
    graph: &Graph<'_>,
    workload: &Workload,
    storage: &super::collector::Storage,
) -> SideItem<'static> {
    let container = workload.containers.iter().find(|container| container.is_collector());
    let mounts = container.map(|one| one.mounts.as_slice()).unwrap_or_default();
    let around = mounts.iter().filter(|mount| mount.inside(&storage.directory).is_some());
    let writable = match around.max_by_key(|mount| mount.path.len()) {
        Some(mount) => !mount.is_read_only,
        None => !container.is_some_and(|one| one.is_read_only),
    };
    let mut at = vec![storage.at.clone()];
    if let Some(container) = container {
        at.extend([container.at_read_only(), container.at("volumeMounts")]);
    }
    let fact = Fact::map([
        ("owner", Some(Fact::text(workload.owner.clone()))),
        ("extension", Some(Fact::text(storage.id.clone()))),
        ("directory", Some(Fact::text(storage.directory.clone()))),
        ("writable", Some(Fact::Bool(writable))),
    ]);
    let key = format!("{} {} {}", workload.namespace, workload.owner, storage.id);
    SideItem { key: graph.folded(&key), at: items_of(at), fact }
}

/// Components that ask the API server, with what they ask for (opentelemetry-collector-contrib
/// v0.153.0, READMEs of `k8sattributesprocessor` and `loadbalancingexporter`).
fn asking(collector: &Collector) -> Vec<(String, Vec<&'static [&'static str]>)> {
    let mut found = Vec::new();
    let used: BTreeSet<&String> = collector.pipelines.iter().flat_map(|p| &p.processors).collect();
    for id in used {
        let kind = present("processors", id.split('/').next().unwrap_or(id));
        if kind == "k8s_attributes" && !collector.passthrough.contains(id) {
            found.push((id.clone(), vec![&["pods"][..], &["namespaces"]]));
        }
    }
    for exporter in collector.exporters.iter().filter(|exporter| exporter.asks_cluster) {
        found.push((exporter.id.clone(), vec![&["endpointslices", "endpoints"][..]]));
    }
    found
}

fn rights(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = Vec::new();
    for (index, collector) in graph.collectors.iter().enumerate() {
        for workload in graph.running(index) {
            for (component, needs) in asking(collector) {
                items.push(right(graph, workload, &component, &needs));
            }
        }
    }
    items
}

fn right(
    graph: &Graph<'_>,
    workload: &Workload,
    component: &str,
    needs: &[&[&'static str]],
) -> SideItem<'static> {
    let account = workload.account.clone().unwrap_or_else(|| "default".to_owned());
    let is_own = |binding: &&Kept| {
        let namespace = binding.text("subject_namespace");
        binding.text("subject_kind") == "ServiceAccount"
            && binding.text("subject") == account
            && (namespace == workload.namespace || namespace.is_empty())
    };
    let bindings: Vec<&Kept> = of_view(graph.kept, "rbac.binding").filter(is_own).collect();
    let granted: BTreeSet<String> = bindings.iter().map(|binding| role_of(binding)).collect();
    let rules: Vec<&Kept> = of_view(graph.kept, "rbac.rule")
        .filter(|rule| granted.contains(&rule.text("owner")))
        .collect();
    let has = |list: Vec<String>, wanted: &str| list.iter().any(|one| one == wanted || one == "*");
    let grants = |resource: &str| {
        rules.iter().any(|rule| {
            let verbs = || rule.texts("verbs");
            has(rule.texts("resources"), resource)
                && rule.get("names").is_none()
                && ["get", "list", "watch"].iter().all(|verb| has(verbs(), verb))
        })
    };
    let missing = needs.iter().filter(|any| !any.iter().any(|resource| grants(resource)));
    let missing: Vec<Fact<'static>> =
        missing.filter_map(|any| any.first()).map(|one| Fact::text(*one)).collect();
    let mut at: Vec<At> =
        rules.iter().map(|rule| under(&document_of(&rule.at), &["rules"])).collect();
    at.extend(bindings.iter().flat_map(|binding| [binding.at.clone(), document_of(&binding.at)]));
    let known = (graph.folded(&workload.namespace), graph.folded(&account));
    at.extend(graph.known.grants.get(&known).into_iter().flatten().cloned().map(Some));
    let fact = Fact::map([
        ("owner", Some(Fact::text(workload.owner.clone()))),
        ("component", Some(Fact::text(component.to_owned()))),
        ("account", Some(Fact::text(account))),
        ("missing", Some(Fact::List(missing))),
    ]);
    let key = format!("{} {} {component}", workload.namespace, workload.owner);
    SideItem { key: graph.folded(&key), at: items_of(at), fact }
}

/// The role that a binding grants: `clusterrole/otel`.
pub(super) fn role_of(binding: &Kept) -> String {
    format!("{}/{}", binding.text("role_kind").to_lowercase(), binding.text("role"))
}

/// Every `ConfigMap` and Secret by its namespace and name, and their keys behind these.
fn configs(keeping: &Keeping) -> (Names<'_, 2>, Names<'_, 3>) {
    let (mut there, mut keys) = (Vec::new(), Vec::new());
    for kept in of_view(keeping, "k8s.config") {
        let (namespace, owner) = (kept.word("namespace"), kept.word("owner"));
        there.push([namespace, owner]);
        let Some(Fact::List(own)) = kept.get("keys") else { continue };
        for key in own {
            if let Fact::Text(Cow::Borrowed(key)) = key {
                keys.push([namespace, owner, key]);
            }
        }
    }
    (Names::of(there), Names::of(keys))
}

fn references(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let all: Vec<&Kept> = of_view(graph.kept, "k8s.reference").collect();
    if all.is_empty() {
        return Vec::new();
    }
    let (there, keys) = configs(graph.kept);
    let item = |reference: &&Kept| {
        let namespace = reference.word("namespace");
        let target = format!("{}/{}", reference.word("kind"), reference.word("name"));
        let wanted = reference.said("key");
        let exists = match &wanted {
            Some(key) => keys.holds(&[namespace, &target, key]),
            None => there.holds(&[namespace, &target]),
        };
        let known = (graph.folded(namespace), graph.folded(&target));
        let config = graph.known.configs.get(&known).cloned().flatten();
        let inside = |section| under(&config, &[section, wanted.as_deref()?]);
        let missing = ["data", "stringData"].into_iter().filter(|_| !exists).map(inside);
        let at = [reference.at.clone(), config.clone()].into_iter().chain(missing).collect();
        let shown = wanted.map_or(target.clone(), |key| format!("{target} {key}"));
        let fact = Fact::map([
            ("owner", Some(Fact::text(reference.text("owner")))),
            ("target", Some(Fact::text(shown))),
            (
                "optional",
                Some(Fact::Bool(flag(reference.get("optional").as_ref()).unwrap_or(false))),
            ),
            ("exists", Some(Fact::Bool(exists))),
        ]);
        let key = ["namespace", "owner", "place"].map(|key| reference.word(key)).join(" ");
        SideItem { key: graph.folded(&key), at: items_of(at), fact }
    };
    all.iter().map(item).collect()
}

/// Reads what an item of the view of storage says.
pub(super) fn storage(fact: &Fact<'_>, at: At) -> Option<super::collector::Storage> {
    let super::facts::Said::Yes(directory) = said(fact.get("directory")) else { return None };
    let is_started = flag(fact.get("started")).unwrap_or(false);
    let id = text(fact, "id").unwrap_or_default();
    Some(super::collector::Storage { id, directory, is_started, at })
}
