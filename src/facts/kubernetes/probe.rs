//! Probes: one item per probe.

use super::{Container, DIALECT, Pod, of_containers};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static PROBE: View = View {
    id: "k8s.probe",
    about: "One probe of a container, documented defaults filled in",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "name of the container"),
        ("role", "container or init"),
        ("probe", "readiness, liveness or startup"),
        ("target", "what is asked: httpGet, tcpSocket, grpc or exec with its fields, as written"),
        ("period", "periodSeconds; 10 when not said"),
        ("timeout", "timeoutSeconds; 1 when not said"),
        ("failures", "failureThreshold; 3 when not said"),
        ("delay", "initialDelaySeconds; 0 when not said"),
        ("path", "the path of its httpGet; absent when it has none"),
        (
            "like_readiness",
            "whether it is the liveness probe and asks what the readiness probe asks",
        ),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| {
        let probes = ["readiness", "liveness", "startup"].into_iter();
        probes.filter_map(|probe| item(pod, container, probe)).collect()
    })
}

fn item<'t>(pod: &Pod<'t>, container: &Container<'t>, probe: &'static str) -> Option<Item<'t>> {
    let place = container.cursor.get(&format!("{probe}Probe"));
    let cursor = place.filter(|place| place.node.kind() == Kind::Map)?;
    let or = |key: &str, default| cursor.fact_at(&[key]).or_else(|| Fact::number(default));
    let handlers = ["httpGet", "tcpSocket", "grpc", "exec"];
    let target = handlers.map(|handler| (handler, cursor.fact_at(&[handler])));
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("container", Some(Fact::text(container.name))),
        ("role", Some(Fact::text(container.role))),
        ("probe", Some(Fact::text(probe))),
        ("target", Some(Fact::map(target))),
        ("period", or("periodSeconds", "10")),
        ("timeout", or("timeoutSeconds", "1")),
        ("failures", or("failureThreshold", "3")),
        ("delay", or("initialDelaySeconds", "0")),
        ("path", cursor.fact_at(&["httpGet", "path"])),
        ("like_readiness", Some(Fact::Bool(probe == "liveness" && is_like_readiness(container)))),
    ]);
    Some(cursor.item(format!("{}/{}/{probe}", pod.owner, container.name), fact))
}

fn is_like_readiness(container: &Container<'_>) -> bool {
    let asked = |probe: &str, key: &str| container.cursor.fact_at(&[probe, "httpGet", key]);
    let same = |key: &str| asked("livenessProbe", key) == asked("readinessProbe", key);
    asked("livenessProbe", "path").is_some() && same("path") && same("port")
}
