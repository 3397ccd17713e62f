//! What a server serves: its groups, their versions in its own order of preference, their kinds.
//!
//! Servers from 1.26 on say all of it in two answers (aggregated discovery, KEP-3352); older ones
//! are asked once per version of a group. Of the versions of a kind the first one counts that can
//! be listed, in the server's order, so that the choice is the server's and nobody else's.
//! Read in kubernetes v1.35.4: apidiscovery/v2 `types.go`, `meta/v1` `types.go` (`APIGroupList`,
//! `APIResourceList`), kube-aggregator `handler_discovery.go` (`Stale`).

use std::collections::{BTreeMap, BTreeSet};

use super::super::door::Refusal;
use super::ask::{JSON, Server};
use super::trouble::Trouble;
use crate::model::{Limits, Node, SourceId};
use crate::syntax;

/// The newest form first; a server that has none of them gives the old one.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// A kind of objects, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its API group; nothing for the core.
    pub(super) group: String,
    /// The version.
    pub(super) version: String,
    /// What paths call it: `deployments`.
    pub(super) resource: String,
    /// What objects call it: `Deployment`.
    pub(super) name: String,
    /// Whether its objects lie in namespaces.
    pub(super) namespaced: bool,
    /// Whether the server lists it.
    pub(super) listable: bool,
    /// Whether its `status` is a subresource, and so not for those who set the rest.
    pub(super) has_status: bool,
}

impl Kind {
    /// Whether it is the one of a group and a name.
    pub(super) fn is(&self, group: &str, resource: &str) -> bool {
        self.group == group && self.resource == resource
    }

    /// What its objects say as `apiVersion`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The path that lists it.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        let place = namespace.filter(|_| self.namespaced).map(|name| format!("namespaces/{name}/"));
        format!("/{root}/{}/{}{}", self.api_version(), place.unwrap_or_default(), self.resource)
    }

    /// The folder of its objects.
    pub(super) fn folder(&self, namespace: Option<&str>) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{}", self.name, self.group);
        if self.namespaced {
            format!("namespaces/{}/{name}", namespace.unwrap_or("*"))
        } else {
            format!("cluster/{name}")
        }
    }

    /// What to say when its objects could not be listed, or not all of them.
    pub(super) fn refusal(&self, trouble: Trouble, namespace: Option<&str>) -> Refusal {
        let Self { group, resource, namespaced, .. } = self;
        let dot = if group.is_empty() { "" } else { "." };
        let mut refusal = trouble.refusal(&format!("list {resource}{dot}{group}"));
        if trouble == Trouble::Forbidden {
            let place = match (namespaced, namespace) {
                (true, Some(name)) => format!("in the namespace {name} (a Role)"),
                (true, None) => {
                    "in all namespaces (a ClusterRole), or name one namespace".to_owned()
                }
                (false, _) => "of the cluster (a ClusterRole)".to_owned(),
            };
            refusal.message = format!(
                "cannot list {resource}{dot}{group}: the account may not (403); grant it the verb \
                 'list' on the resource '{resource}' of the API group '{group}' {place}, or leave \
                 {} out by a pattern",
                self.folder(namespace)
            );
        }
        refusal
    }
}

/// What a server serves.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// One version of every kind; first those that Kubernetes itself has.
    pub(super) kinds: Vec<Kind>,
    /// How many subresources there are.
    pub(super) subresources: usize,
    /// Versions of groups, or whole lists, of which nothing is known.
    pub(super) troubles: Vec<(String, Trouble)>,
}

impl Served {
    fn add(&mut self, kinds: Vec<Kind>) {
        let mut best: BTreeMap<String, Kind> = BTreeMap::new();
        for kind in kinds {
            let known = best.get(&kind.resource);
            if known.is_none_or(|known| kind.listable && !known.listable) {
                best.insert(kind.resource.clone(), kind);
            }
        }
        self.kinds.extend(best.into_values());
    }
}

/// Asks what there is. The core is always there; without it nothing is.
pub(super) async fn discover(server: &Server) -> Result<Served, Trouble> {
    let mut catalogue = Served::default();
    core(server, &mut catalogue).await?;
    if let Err(trouble) = groups(server, &mut catalogue).await {
        catalogue.troubles.push(("apis".to_owned(), trouble));
    }
    let rank = |kind: &Kind| match kind.group.as_str() {
        "" => 0,
        "extensions" => 2,
        group if !group.contains('.') || group.ends_with(".k8s.io") => 1,
        _ => 3,
    };
    let key = |kind: &Kind| (rank(kind), kind.group.clone(), kind.resource.clone());
    catalogue.kinds.sort_by_cached_key(key);
    Ok(catalogue)
}

/// What the server calls its version.
pub(super) async fn version(server: &Server) -> Option<String> {
    let bytes = server.ask("/version", JSON).await.ok()?;
    let version =
        read(&bytes, server.limits(), |root| root.text_at(&["gitVersion"]).map(str::to_owned));
    version.ok().flatten().filter(|text| text.len() < 64)
}

/// Reads an answer as JSON.
pub(super) fn read<T>(
    bytes: &[u8],
    limits: &Limits,
    take: impl FnOnce(Node<'_>) -> T,
) -> Result<T, Trouble> {
    let text = std::str::from_utf8(bytes).map_err(|_| Trouble::Garbled)?;
    let syntax = syntax::by_id("json").ok_or(Trouble::Garbled)?;
    let parsed = syntax.parse(text, SourceId(0), limits);
    let root = parsed.tree.roots().next().filter(|_| parsed.issues.is_empty());
    root.map(take).ok_or(Trouble::Garbled)
}

/// The core group: `/api`.
async fn core(server: &Server, catalogue: &mut Served) -> Result<(), Trouble> {
    let answer = server.ask("/api", AGGREGATED).await?;
    let versions = read(&answer, server.limits(), |root| {
        if is_aggregated(root) {
            aggregated(root, catalogue);
            return Ok(Vec::new());
        }
        let is_expected = root.text_at(&["kind"]) == Some("APIVersions");
        is_expected.then(|| texts(root.get("versions"))).ok_or(Trouble::Unexpected)
    })??;
    by_version(server, "", versions, catalogue).await;
    Ok(())
}

/// All other groups: `/apis`.
async fn groups(server: &Server, catalogue: &mut Served) -> Result<(), Trouble> {
    let answer = server.ask("/apis", AGGREGATED).await?;
    let groups = read(&answer, server.limits(), |root| {
        if is_aggregated(root) {
            aggregated(root, catalogue);
            return Ok(Vec::new());
        }
        let is_expected = root.text_at(&["kind"]) == Some("APIGroupList");
        is_expected.then(|| old_groups(root)).ok_or(Trouble::Unexpected)
    })??;
    for (group, versions) in groups {
        by_version(server, &group, versions, catalogue).await;
    }
    Ok(())
}

fn is_aggregated(root: Node<'_>) -> bool {
    root.text_at(&["kind"]) == Some("APIGroupDiscoveryList")
}

fn texts(list: Option<Node<'_>>) -> Vec<String> {
    list.into_iter().flat_map(Node::items).map(|item| item.text().to_owned()).collect()
}

/// The groups of an `APIGroupList` with their versions, the preferred one first.
fn old_groups(root: Node<'_>) -> Vec<(String, Vec<String>)> {
    let groups = root.get("groups").into_iter().flat_map(Node::items);
    let group = |group: Node<'_>| {
        let preferred = group.text_at(&["preferredVersion", "version"]).unwrap_or_default();
        let versions = group.get("versions").into_iter().flat_map(Node::items);
        let versions = versions.filter_map(|version| version.text_at(&["version"]));
        let mut versions: Vec<String> = versions.map(str::to_owned).collect();
        versions.sort_by_key(|version| version != preferred);
        (group.text_at(&["name"]).unwrap_or_default().to_owned(), versions)
    };
    groups.map(group).collect()
}

/// Asks what each version of a group has. One that cannot be had costs only itself.
async fn by_version(server: &Server, group: &str, versions: Vec<String>, catalogue: &mut Served) {
    let mut kinds = Vec::new();
    for version in versions {
        let place = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        let path =
            if group.is_empty() { format!("/api/{place}") } else { format!("/apis/{place}") };
        let answer = match server.ask(&path, JSON).await {
            Ok(bytes) => read(&bytes, server.limits(), |root| {
                let is_expected = root.text_at(&["kind"]) == Some("APIResourceList");
                is_expected.then(|| old_kinds(group, &version, root)).ok_or(Trouble::Unexpected)
            }),
            // A server behind this one that is gone: the group is known, and not what it has.
            Err(Trouble::Status(503)) => Err(Trouble::Stale),
            Err(trouble) => Err(trouble),
        };
        match answer.and_then(|answer| answer) {
            Ok((found, subresources)) => {
                kinds.extend(found);
                catalogue.subresources += subresources;
            }
            Err(trouble) => catalogue.troubles.push((place, trouble)),
        }
    }
    catalogue.add(kinds);
}

/// The kinds of an `APIResourceList`, and how many subresources it names.
fn old_kinds(group: &str, version: &str, root: Node<'_>) -> (Vec<Kind>, usize) {
    let resources = || root.get("resources").into_iter().flat_map(Node::items);
    let plural = |resource: Node<'_>| resource.text_at(&["name"]).unwrap_or_default().to_owned();
    let subresources: BTreeSet<String> =
        resources().map(plural).filter(|name| name.contains('/')).collect();
    let kinds = resources().filter(|resource| !plural(*resource).contains('/'));
    let kinds = kinds.map(|resource| Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        name: resource.text_at(&["kind"]).unwrap_or_default().to_owned(),
        namespaced: resource.text_at(&["namespaced"]) == Some("true"),
        listable: texts(resource.get("verbs")).iter().any(|verb| verb == "list"),
        has_status: subresources.contains(&format!("{}/status", plural(resource))),
        resource: plural(resource),
    });
    (kinds.collect(), subresources.len())
}

/// The groups of an `APIGroupDiscoveryList`.
fn aggregated(root: Node<'_>, catalogue: &mut Served) {
    for group in root.get("items").into_iter().flat_map(Node::items) {
        let name = group.text_at(&["metadata", "name"]).unwrap_or_default();
        let mut kinds = Vec::new();
        for version in group.get("versions").into_iter().flat_map(Node::items) {
            let label = version.text_at(&["version"]).unwrap_or_default();
            if version.text_at(&["freshness"]) == Some("Stale") {
                catalogue.troubles.push((format!("{name}/{label}"), Trouble::Stale));
            }
            for resource in version.get("resources").into_iter().flat_map(Node::items) {
                let (kind, subresources) = new_kind(name, label, resource);
                catalogue.subresources += subresources;
                kinds.extend(kind);
            }
        }
        catalogue.add(kinds);
    }
}

/// A kind of an `APIResourceDiscovery`, if it is one and not only what bears subresources, and how
/// many of these there are.
fn new_kind(group: &str, version: &str, resource: Node<'_>) -> (Option<Kind>, usize) {
    let verbs = texts(resource.get("verbs"));
    let subresources = resource.get("subresources").into_iter().flat_map(Node::items);
    let subresources: Vec<&str> =
        subresources.filter_map(|known| known.text_at(&["subresource"])).collect();
    let kind = Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        resource: resource.text_at(&["resource"]).unwrap_or_default().to_owned(),
        name: resource.text_at(&["responseKind", "kind"]).unwrap_or_default().to_owned(),
        namespaced: resource.text_at(&["scope"]) == Some("Namespaced"),
        listable: verbs.iter().any(|verb| verb == "list"),
        has_status: subresources.contains(&"status"),
    };
    (Some(kind).filter(|_| !verbs.is_empty()), subresources.len())
}
