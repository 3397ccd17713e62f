//! What else of the views bears on traces: whom processes call, what meshes and sidecars are told,
//! what programs are built with.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::Anchor;
use super::read::{flag, text, texts};
use crate::facts::Fact;

/// A property that was renamed: the name, the present one, where it stands.
pub(super) type Renamed = (String, String, Anchor);

/// Facts that no way of spans is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    pub(super) calls: BTreeSet<Call>,
    /// Providers of tracing of a mesh, by name.
    pub(super) providers: BTreeMap<String, Provider>,
    pub(super) used: BTreeSet<Used>,
    pub(super) dapr: BTreeSet<Dapr>,
    /// Projects with the version of Spring Boot they are built with, by the file that says so.
    pub(super) boots: BTreeMap<String, (String, Anchor)>,
    /// Properties that Spring Boot renamed, by file.
    pub(super) renamed: BTreeMap<String, Vec<Renamed>>,
}

/// A host that a process is told to call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) namespace: String,
    /// Who holds the settings of the caller: `deployment/pay/app`.
    pub(super) settings: String,
    pub(super) host: String,
    pub(super) at: Anchor,
}

/// A provider of tracing of a mesh.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    pub(super) kind: String,
    /// Formats its proxies pass context on in; nothing where that is not known.
    pub(super) writes: Option<Vec<String>>,
    pub(super) at: Anchor,
}

/// A provider that a Telemetry names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Used {
    pub(super) namespace: String,
    pub(super) owner: String,
    pub(super) provider: String,
    /// Whether it is only about some workloads of its namespace.
    pub(super) is_narrow: bool,
    pub(super) at: Anchor,
}

/// A pod with a sidecar of Dapr.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dapr {
    pub(super) namespace: String,
    pub(super) owner: String,
    pub(super) config: Option<String>,
    pub(super) at: Anchor,
}

impl Noted {
    /// Takes what bears on traces from one item.
    pub(super) fn take(&mut self, view: &str, file: &str, fact: &Fact<'_>, at: Anchor) {
        let name = |key| text(fact, key).unwrap_or_default();
        match view {
            "process.call" => {
                let (namespace, settings, host) =
                    (name("namespace"), name("settings"), name("host"));
                self.calls.insert(Call { namespace, settings, host, at });
            }
            "istio.provider" => {
                let known = matches!(fact.get("writes"), Some(Fact::List(_)));
                let writes = known.then(|| texts(fact, "writes"));
                self.providers.insert(name("name"), Provider { kind: name("kind"), writes, at });
            }
            "istio.tracing" => {
                let is_narrow = flag(fact.get("selector")).unwrap_or(false);
                let (namespace, owner) = (name("namespace"), name("owner"));
                let provider = name("provider");
                self.used.insert(Used { namespace, owner, provider, is_narrow, at });
            }
            "k8s.dapr" => {
                let (namespace, owner) = (name("namespace"), name("owner"));
                self.dapr.insert(Dapr { namespace, owner, config: text(fact, "config"), at });
            }
            "spring.boot" => {
                self.boots.insert(file.to_owned(), (name("version"), at));
            }
            "spring.renamed" => {
                let named = (name("name"), name("now"), at);
                self.renamed.entry(file.to_owned()).or_default().push(named);
            }
            _ => (),
        }
    }
}
