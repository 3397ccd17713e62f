//! A small API server on loopback: it answers as kube-apiserver v1.35 does, and fails as told.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came in.
pub(crate) struct Ask {
    /// Its path.
    pub(crate) path: String,
    /// What stands behind the `?`.
    pub(crate) query: String,
    /// Its header fields, in lower case.
    pub(crate) head: String,
    /// How often the same was asked before.
    pub(crate) before: usize,
}

impl Ask {
    /// What is asked for under a name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What is answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) then: Then,
}

/// How the body is sent.
pub(crate) enum Then {
    Whole,
    /// Half of it, and the connection breaks off.
    Cut,
    /// Half of it, and the rest after a while.
    Slow(Duration),
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::text(&body.to_string())
    }

    pub(crate) fn text(body: &str) -> Self {
        Self { status: 200, head: String::new(), body: body.into(), then: Then::Whole }
    }

    /// A failure, with a message that nobody may repeat.
    pub(crate) fn status(status: u16) -> Self {
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
            "message": "token hunter2-canary was refused"});
        Self { status, ..Self::json(&body) }
    }
}

/// The server.
pub(crate) struct Api {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    pub(crate) fn start(answer: impl Fn(&Ask) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || converse(&stream.unwrap(), &log, &*answer));
            }
        });
        Self { address, asked }
    }

    /// The paths and queries that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let is = |asked: &&String| asked.split('?').next() == Some(path);
        self.asked.lock().unwrap().iter().filter(is).count()
    }
}

/// Answers the requests of one connection until the client has gone away.
fn converse(stream: &TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(&Ask) -> Answer) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        let target = first.split(' ').nth(1).unwrap().to_owned();
        let head = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty());
        let head: String = head.flat_map(|line| [line.to_lowercase(), "\n".to_owned()]).collect();
        let before = {
            let mut log = log.lock().unwrap();
            let before = log.iter().filter(|known| **known == target).count();
            log.push(target.clone());
            before
        };
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        if send(stream, &answer(&Ask { path, query, head, before })).is_none() {
            return;
        }
    }
}

fn send(mut stream: &TcpStream, answer: &Answer) -> Option<()> {
    let Answer { status, head, body, then } = answer;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         {head}\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    let (first, rest) = body.split_at(length / 2);
    stream.write_all(first).ok()?;
    match then {
        Then::Cut => {
            stream.shutdown(std::net::Shutdown::Both).ok()?;
            return None;
        }
        Then::Slow(pause) => std::thread::sleep(*pause),
        Then::Whole => (),
    }
    stream.write_all(rest).ok()
}

/// A kind: group, version, plural, kind, whether namespaced, whether it can be listed, whether it
/// has `status`.
type Kind = (&'static str, &'static str, &'static str, &'static str, bool, bool, bool);

/// What the shop's cluster serves.
pub(crate) const KINDS: &[Kind] = &[
    ("", "v1", "bindings", "Binding", true, false, false),
    ("", "v1", "configmaps", "ConfigMap", true, true, false),
    ("", "v1", "events", "Event", true, true, false),
    ("", "v1", "namespaces", "Namespace", false, true, true),
    ("", "v1", "pods", "Pod", true, true, true),
    ("", "v1", "secrets", "Secret", true, true, false),
    ("apps", "v1", "deployments", "Deployment", true, true, true),
    ("stable.example.com", "v2", "crontabs", "CronTab", true, false, false),
    ("stable.example.com", "v1", "crontabs", "CronTab", true, true, false),
];

fn groups() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, version, ..) in KINDS {
        let versions = groups.entry(group).or_default();
        if !versions.contains(version) {
            versions.push(version);
        }
    }
    groups
}

fn verbs(listable: bool) -> Value {
    if listable { json!(["create", "get", "list"]) } else { json!(["create"]) }
}

/// Aggregated discovery, of the core or of all other groups.
pub(crate) fn aggregated(core: bool) -> Value {
    let resources = |group: &str, version: &str| -> Vec<Value> {
        let of = KINDS.iter().filter(|kind| kind.0 == group && kind.1 == version);
        of.map(|(_, _, resource, kind, namespaced, listable, status)| {
            let scope = if *namespaced { "Namespaced" } else { "Cluster" };
            let mut value = json!({"resource": resource, "scope": scope, "verbs": verbs(*listable),
                "responseKind": {"group": "", "version": "", "kind": kind}});
            if *status {
                value["subresources"] = json!([{"subresource": "status", "verbs": ["get"]}]);
            }
            value
        })
        .collect()
    };
    let items: Vec<Value> = groups()
        .iter()
        .filter(|(group, _)| group.is_empty() == core)
        .map(|(group, versions)| {
            let versions: Vec<Value> = versions
                .iter()
                .map(|it| json!({"version": it, "freshness": "Current", "resources": resources(group, it)}))
                .collect();
            json!({"metadata": {"name": group}, "versions": versions})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items})
}

/// Discovery as servers before 1.26 give it.
fn by_version(path: &str) -> Option<Value> {
    if path == "/api" {
        return Some(json!({"kind": "APIVersions", "versions": ["v1"]}));
    }
    if path == "/apis" {
        let groups = groups();
        let groups = groups.iter().filter(|(name, _)| !name.is_empty()).map(|(name, versions)| {
            let listed: Vec<Value> =
                versions.iter().rev().map(|it| json!({"version": it})).collect();
            json!({"name": name, "versions": listed, "preferredVersion": {"version": versions[0]}})
        });
        let groups: Vec<Value> = groups.collect();
        return Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}));
    }
    let at = path.strip_prefix("/apis/").or_else(|| path.strip_prefix("/api/"))?;
    let (group, version) = at.split_once('/').unwrap_or(("", at));
    let of = KINDS.iter().filter(|kind| kind.0 == group && kind.1 == version);
    let mut resources = Vec::new();
    for (_, _, resource, kind, namespaced, listable, status) in of {
        resources.push(json!({"name": resource, "kind": kind, "namespaced": namespaced,
            "verbs": verbs(*listable)}));
        if *status {
            resources.push(json!({"name": format!("{resource}/status"), "kind": kind,
                "namespaced": namespaced, "verbs": ["get"]}));
        }
    }
    (!resources.is_empty())
        .then(|| json!({"kind": "APIResourceList", "groupVersion": at, "resources": resources}))
}

/// The objects of the shop: plural, namespace, what it says beside `metadata`, and its name.
pub(crate) fn objects() -> Vec<(&'static str, &'static str, Value)> {
    let mut all = Vec::new();
    for (namespace, colour) in [("shop-blue", "blue"), ("shop-green", "green")] {
        let metadata = |name: &str| {
            json!({"name": name, "namespace": namespace, "uid": format!("{namespace}/{name}"),
                "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:00:00Z",
                "managedFields": [{"manager": "kubectl", "fieldsV1": {}}]})
        };
        let mut owned = metadata("checkout-5d9c7-x2x4z");
        owned["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "name": "checkout-5d9c7", "uid": "1", "controller": true}]);
        let template = json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [
            {"name": "app", "image": "registry.example.internal/checkout:1.4.2",
             "env": [{"name": "HOST", "value": format!("db.{namespace}.svc")}]}]}});
        all.extend([
            ("configmaps", namespace, json!({"metadata": metadata("settings"),
                "data": {"colour": colour, "retries": "3"}})),
            ("configmaps", namespace, json!({"metadata": metadata("kube-root-ca.crt"), "data": {}})),
            ("deployments", namespace, json!({"spec": {"replicas": 2, "template": template,
                "selector": {"matchLabels": {"app": "checkout"}}},
                "status": {"readyReplicas": 2}, "metadata": metadata("checkout")})),
            ("pods", namespace, json!({"metadata": owned, "spec": {"nodeName": "n1"}})),
            ("pods", namespace, json!({"metadata": metadata("by-hand"), "spec": {}})),
            ("secrets", namespace, json!({"metadata": metadata("database"), "type": "Opaque",
                "data": {"password": "aHVudGVyMi1jYW5hcnk="}})),
            ("crontabs", namespace, json!({"apiVersion": "stable.example.com/v1", "kind": "CronTab",
                "metadata": metadata("nightly"), "spec": {"every": 1.50}, "status": {"kept": true}})),
        ]);
        all.push((
            "namespaces",
            "",
            json!({"metadata": {"name": namespace,
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
            "status": {"phase": "Active"}}),
        ));
    }
    all
}

/// A list, in pages as asked for; the token of a page has characters that a query may not.
pub(crate) fn list(ask: &Ask, kind: &str, mut items: Vec<Value>) -> Answer {
    let limit: usize = ask.parameter("limit").unwrap().parse().unwrap();
    let from = ask.parameter("continue").map_or(0, |token| {
        token.strip_prefix("a%2Bb%2F").unwrap().strip_suffix("%3D").unwrap().parse().unwrap()
    });
    let rest = items.split_off(items.len().min(from));
    let more = rest.len() > limit;
    let next = if more { format!("a+b/{}=", from + limit) } else { String::new() };
    let page: Vec<&Value> = rest.iter().take(limit).collect();
    Answer::json(&json!({"kind": format!("{kind}List"), "apiVersion": "v1",
        "metadata": {"resourceVersion": "1234", "continue": next}, "items": page}))
}

/// Answers as the shop's cluster does, with aggregated discovery.
pub(crate) fn shop(ask: &Ask) -> Answer {
    match ask.path.as_str() {
        "/api" => Answer::json(&aggregated(true)),
        "/apis" => Answer::json(&aggregated(false)),
        _ => old_shop(ask),
    }
}

/// Answers as the shop's cluster did before 1.26.
pub(crate) fn old_shop(ask: &Ask) -> Answer {
    if ask.path == "/version" {
        return Answer::json(&json!({"major": "1", "minor": "35", "gitVersion": "v1.35.4"}));
    }
    if let Some(answer) = by_version(&ask.path) {
        return Answer::json(&answer);
    }
    for (group, version, resource, kind, ..) in KINDS.iter().filter(|kind| kind.5) {
        let root = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        let Some(rest) = ask.path.strip_prefix(&format!("{root}/")) else { continue };
        let of = |namespace: Option<&str>| -> Vec<Value> {
            let is = |it: &&(&str, &str, Value)| {
                it.0 == *resource && namespace.is_none_or(|ns| it.1 == ns)
            };
            objects().iter().filter(is).map(|it| it.2.clone()).collect()
        };
        if rest == *resource {
            return list(ask, kind, of(None));
        }
        let parts: Vec<&str> = rest.split('/').collect();
        match parts.as_slice() {
            ["namespaces", namespace, known] if known == resource => {
                return list(ask, kind, of(Some(namespace)));
            }
            ["namespaces", name] if *resource == "namespaces" => {
                let found = of(None).into_iter().find(|it| it["metadata"]["name"] == *name);
                return found.map_or_else(|| Answer::status(404), |it| Answer::json(&it));
            }
            _ => (),
        }
    }
    Answer::status(404)
}
