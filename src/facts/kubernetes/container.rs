//! Containers and the security settings in force for each.

use std::borrow::Cow;

use super::{Container, DIALECT, Pod, of_containers};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::{Kind, Node};

/// See its `about`.
pub(in crate::facts) static CONTAINER: View = View {
    id: "k8s.container",
    about: "One container of a pod, with the security settings in force for it",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("name", "name of the container"),
        ("role", "container, init or ephemeral"),
        (
            "stays",
            "whether it runs on beside the others: all but init containers that do not restart",
        ),
        ("image", "the image reference as written"),
        ("image_tag", "tag of the image; absent when it has none"),
        ("image_digest", "digest of the image; absent when it has none"),
        ("image_registry", "host of the registry; docker.io when the image names none"),
        (
            "pull_policy",
            "imagePullPolicy; when not said Always for latest and no tag, IfNotPresent for others",
        ),
        ("os", "operating system of the pod: linux unless spec.os says otherwise"),
        ("privileged", "whether it is privileged; false when not said"),
        ("run_as_non_root", "runAsNonRoot of the container, else of the pod; false when not said"),
        ("run_as_user", "runAsUser of the container, else of the pod; absent when not said"),
        (
            "allow_privilege_escalation",
            "allowPrivilegeEscalation; true when not said, as the kubelet has it",
        ),
        ("read_only_root_filesystem", "readOnlyRootFilesystem; false when not said"),
        ("capabilities.add", "capabilities added, in capitals"),
        ("capabilities.drop", "capabilities dropped, in capitals"),
        ("seccomp", "seccompProfile.type of the container, else of the pod; absent when not said"),
        ("resources", "requests and limits as written"),
        (
            "unbounded",
            "of requests.cpu, requests.memory, limits.cpu and limits.memory those that are not said",
        ),
        ("probes", "which of readiness, liveness and startup probe it has"),
        ("mounts", "its volumeMounts, each with path, read_only, volume and sub_path"),
        ("args", "its command and its args, as one list"),
        ("env", "names of the variables it is given one by one"),
        (
            "values",
            "those of them with their texts, false where these are said elsewhere, of a container whose words or \
             image are a collector's",
        ),
        (
            "proxies",
            "those of them that name proxies and who is spared them, with their texts; absent where there are none",
        ),
        ("env_from", "what its envFrom takes variables from: configmap/pay, secret/pay"),
        ("port_names", "its named ports, each with its containerPort number"),
        ("ports", "its containerPort numbers"),
        ("host_ports", "its hostPort numbers"),
        ("node_ports", "its ports with a hostPort, each with host and container"),
        ("security_context", "its securityContext as written"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| vec![item(pod, container)])
}

fn item<'t>(pod: &Pod<'t>, container: &Container<'t>) -> Item<'t> {
    let owner = &pod.owner;
    let cursor = &container.cursor;
    let own = |key: &str| cursor.fact_at(&["securityContext", key]);
    let inherited = |keys: &[&str]| {
        let way: Vec<&str> = ["securityContext"].iter().chain(keys).copied().collect();
        cursor.fact_at(&way).or_else(|| pod.spec.fact_at(&way))
    };
    let image = cursor.text(&["image"]).unwrap_or_default();
    let (tag, digest) = image_parts(image);
    let namespace = pod.object.namespace;
    let key = format!("{owner}/{}", container.name);
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
        ("name", Some(Fact::text(container.name))),
        ("role", Some(Fact::text(container.role))),
        (
            "stays",
            Some(Fact::Bool(
                container.role != "init" || cursor.text(&["restartPolicy"]) == Some("Always"),
            )),
        ),
        ("image", cursor.fact_at(&["image"])),
        ("image_tag", tag.map(Fact::text)),
        ("image_digest", digest.map(Fact::text)),
        ("image_registry", Some(Fact::text(registry(image)))),
        (
            "pull_policy",
            cursor.fact_at(&["imagePullPolicy"]).or_else(|| {
                let is_moving = digest.is_none() && tag.is_none_or(|tag| tag == "latest");
                Some(Fact::text(if is_moving { "Always" } else { "IfNotPresent" }))
            }),
        ),
        ("os", pod.spec.fact_at(&["os", "name"]).or_else(|| Some(Fact::text("linux")))),
        ("privileged", own("privileged").or(Some(Fact::Bool(false)))),
        ("run_as_non_root", inherited(&["runAsNonRoot"]).or(Some(Fact::Bool(false)))),
        ("run_as_user", inherited(&["runAsUser"])),
        ("allow_privilege_escalation", own("allowPrivilegeEscalation").or(Some(Fact::Bool(true)))),
        ("read_only_root_filesystem", own("readOnlyRootFilesystem").or(Some(Fact::Bool(false)))),
        (
            "capabilities",
            Some(Fact::map([
                ("add", Some(capabilities(cursor, "add"))),
                ("drop", Some(capabilities(cursor, "drop"))),
            ])),
        ),
        ("seccomp", inherited(&["seccompProfile", "type"])),
        ("resources", cursor.fact_at(&["resources"])),
        ("unbounded", Some(unbounded(cursor))),
        ("probes", Some(probes(cursor))),
        ("mounts", Some(mounts(cursor))),
        ("args", Some(args(cursor))),
        ("env", Some(Fact::List(env_names(cursor)))),
        ("values", values(cursor, image)),
        ("proxies", texts_of(cursor, is_proxy)),
        ("env_from", Some(env_from(cursor))),
        ("port_names", Some(port_names(cursor))),
        ("ports", Some(ports(cursor, "containerPort"))),
        ("host_ports", Some(ports(cursor, "hostPort"))),
        ("node_ports", Some(node_ports(cursor))),
        ("security_context", cursor.fact_at(&["securityContext"])),
    ]);
    cursor.item(key, fact)
}

/// Tag and digest of an image reference; a colon before the last slash belongs to a port.
fn image_parts(image: &str) -> (Option<&str>, Option<&str>) {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    (last.split_once(':').map(|(_, tag)| tag), digest)
}

/// The host an image is pulled from: what stands before the first slash, if it looks like a host.
fn registry(image: &str) -> &str {
    let host = image.split_once('/').map(|(host, _)| host);
    let is_host = |host: &&str| host.contains(['.', ':']) || *host == "localhost";
    host.filter(is_host).unwrap_or("docker.io")
}

/// The capabilities in `add` or `drop`. The kubelet takes `CAP_CHOWN` and `chown` for `CHOWN`.
pub(super) fn capabilities<'t>(container: &Cursor<'t>, list: &str) -> Fact<'t> {
    let list = container.at(&["securityContext", "capabilities", list]);
    let capital = list.iter().flat_map(|list| list.node.items()).map(|name| {
        let name = name.text().to_uppercase();
        name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name)
    });
    Fact::List(capital.map(Fact::text).collect())
}

/// A request that is not said is the limit, where there is one (Kubernetes, `Resource Management`).
fn unbounded<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let said = |bound, resource| cursor.scalar(&["resources", bound, resource]).is_some();
    let known = [
        ("requests.cpu", "requests", "cpu"),
        ("requests.memory", "requests", "memory"),
        ("limits.cpu", "limits", "cpu"),
        ("limits.memory", "limits", "memory"),
    ];
    let missing = known.iter().filter(|(_, bound, resource)| {
        !(said(bound, resource) || *bound == "requests" && said("limits", resource))
    });
    Fact::List(missing.map(|(name, ..)| Fact::text(*name)).collect())
}

fn probes<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let known = [
        ("readiness", "readinessProbe"),
        ("liveness", "livenessProbe"),
        ("startup", "startupProbe"),
    ];
    let present =
        known.iter().filter(|(_, key)| cursor.node.get(key).is_some_and(|n| n.kind() == Kind::Map));
    Fact::List(present.map(|(name, _)| Fact::text(*name)).collect())
}

fn args<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let lists = ["command", "args"].iter().filter_map(|key| cursor.node.get(key));
    let words = lists.flat_map(Node::items);
    Fact::List(words.map(|word| Fact::text(word.text())).collect())
}

/// What a container that may run a collector is given.
fn values<'t>(cursor: &Cursor<'t>, image: &str) -> Option<Fact<'t>> {
    let lists = ["command", "args"].iter().filter_map(|key| cursor.node.get(key));
    let mut words = lists.flat_map(Node::items).map(Node::text);
    let is_it = is_collector(image) || words.any(|word| word.starts_with("--config"));
    if is_it { texts_of(cursor, |_| true) } else { None }
}

/// Whether an image may be one of a collector, by its name.
pub(in crate::facts) fn is_collector(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    ["otel", "opentelemetry", "alloy", "adot"].iter().any(|word| name.contains(word))
}

/// Whether clients take proxies from a variable (golang.org/x/net, `http/httpproxy`).
pub(in crate::facts) fn is_proxy(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"];
    name.len() <= 11 && NAMES.contains(&name)
}

/// Variables of a container with their texts, or no where they are said elsewhere.
fn texts_of<'t>(cursor: &Cursor<'t>, is_asked: impl Fn(&str) -> bool) -> Option<Fact<'t>> {
    let members = cursor.node.get("env").into_iter().flat_map(Node::items);
    let own = members.filter_map(|one| Some((one.text_at(&["name"])?, one)));
    let said = own.filter(|(name, _)| is_asked(name));
    let said = said.map(|(name, one)| {
        let value = one.get("value").filter(|value| value.is_scalar()).map(Node::text);
        (Cow::Borrowed(name), value.map_or(Fact::Bool(false), Fact::text))
    });
    let said: Vec<_> = said.collect();
    (!said.is_empty()).then_some(Fact::Map(said))
}

fn mounts<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let members = cursor.get("volumeMounts").map(|list| list.items()).unwrap_or_default();
    let one = |mount: &Cursor<'t>| {
        let read_only = mount.fact_at(&["readOnly"]).or(Some(Fact::Bool(false)));
        Fact::map([
            ("path", mount.fact_at(&["mountPath"])),
            ("read_only", read_only),
            ("volume", mount.fact_at(&["name"])),
            ("sub_path", mount.fact_at(&["subPath"])),
        ])
    };
    Fact::List(members.iter().map(one).collect())
}

fn env_names<'t>(cursor: &Cursor<'t>) -> Vec<Fact<'t>> {
    let members = cursor.node.get("env").into_iter().flat_map(Node::items);
    members.filter_map(|one| Some(Fact::text(one.text_at(&["name"])?))).collect()
}

fn port_names<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let members = cursor.get("ports").map(|list| list.items()).unwrap_or_default();
    let named = members.iter().filter_map(|port| {
        Some((Cow::Borrowed(port.text(&["name"])?), port.fact_at(&["containerPort"])?))
    });
    Fact::Map(named.collect())
}

fn env_from<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let members = cursor.get("envFrom").map(|list| list.items()).unwrap_or_default();
    let named = |member: &Cursor<'t>| {
        let of = |kind: &str, key| Some(format!("{kind}/{}", member.text(&[key, "name"])?));
        of("configmap", "configMapRef").or_else(|| of("secret", "secretRef"))
    };
    Fact::List(members.iter().filter_map(named).map(Fact::text).collect())
}

fn ports<'t>(cursor: &Cursor<'t>, key: &str) -> Fact<'t> {
    let members = cursor.get("ports").map(|list| list.items()).unwrap_or_default();
    Fact::List(members.iter().filter_map(|port| port.fact_at(&[key])).collect())
}

fn node_ports<'t>(cursor: &Cursor<'t>) -> Fact<'t> {
    let members = cursor.get("ports").map(|list| list.items()).unwrap_or_default();
    let mapped = members.iter().filter(|port| port.node.get("hostPort").is_some());
    let one = |port: &Cursor<'t>| {
        Fact::map([
            ("host", port.fact_at(&["hostPort"])),
            ("container", port.fact_at(&["containerPort"])),
        ])
    };
    Fact::List(mapped.map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::{image_parts, registry};

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(image_parts("reg:5000/pay"), (None, None));
        assert_eq!((registry("reg:5000/pay"), registry("shop/pay")), ("reg:5000", "docker.io"));
        assert_eq!(image_parts("reg:5000/pay:1.4"), (Some("1.4"), None));
        assert_eq!(image_parts("reg/pay:1@sha256:ab"), (Some("1"), Some("sha256:ab")));
    }
}
