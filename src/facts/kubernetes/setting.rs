//! Settings of a pod that loosen what its runtime keeps apart: one item per setting that is written.

use super::{DIALECT, Pod, of_pods};
use crate::facts::cursor::Cursor;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static SETTING: View = View {
    id: "k8s.security-setting",
    about: "One setting of a security context that is written: SELinux, AppArmor, procMount, a sysctl, \
            or that a process of Windows runs on its host",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "the container it holds for; absent when it holds for the pod"),
        (
            "setting",
            "seLinuxOptions.type, .user or .role, appArmorProfile.type, procMount, sysctl or hostProcess",
        ),
        (
            "value",
            "its value; of a sysctl its name, of an annotation of AppArmor the profile's type",
        ),
    ],
    dialects: DIALECT,
    extract: |document| of_pods(document, of_pod),
};

/// Where each stands below a security context.
const SETTINGS: [(&str, &[&str]); 6] = [
    ("seLinuxOptions.type", &["seLinuxOptions", "type"]),
    ("seLinuxOptions.user", &["seLinuxOptions", "user"]),
    ("seLinuxOptions.role", &["seLinuxOptions", "role"]),
    ("appArmorProfile.type", &["appArmorProfile", "type"]),
    ("procMount", &["procMount"]),
    ("hostProcess", &["windowsOptions", "hostProcess"]),
];

/// What the annotations of a pod begin with that name the profile of a container. Kubernetes before
/// 1.30 has no field for it (kubernetes/api, `core/v1/annotation_key_constants.go`).
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

fn of_pod<'t>(pod: &Pod<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    let contexts = pod.containers.iter().map(|one| (Some(one.name), &one.cursor));
    for (container, holder) in std::iter::once((None, &pod.spec)).chain(contexts) {
        let Some(context) = holder.get("securityContext") else { continue };
        for (setting, way) in SETTINGS {
            let Some(place) = context.at(way) else { continue };
            items.extend(place.fact().map(|value| item(pod, container, setting, value, &place)));
        }
        for sysctl in context.get("sysctls").map(|list| list.items()).unwrap_or_default() {
            let place = sysctl.place(&["name"]);
            items.extend(place.fact().map(|value| item(pod, container, "sysctl", value, &place)));
        }
    }
    let annotations = pod.metadata.as_ref().and_then(|meta| meta.get("annotations"));
    for (key, place) in annotations.map(|map| map.entries()).unwrap_or_default() {
        let Some(container) = key.strip_prefix(APPARMOR) else { continue };
        let value = Fact::text(profile(place.node.text()));
        items.push(item(pod, Some(container), "appArmorProfile.type", value, &place));
    }
    items
}

/// The type of a profile as the field has it.
fn profile(annotation: &str) -> &str {
    match annotation {
        "runtime/default" => "RuntimeDefault",
        "unconfined" => "Unconfined",
        other if other.starts_with("localhost/") => "Localhost",
        other => other,
    }
}

fn item<'t>(
    pod: &Pod<'t>,
    container: Option<&'t str>,
    setting: &'static str,
    value: Fact<'t>,
    place: &Cursor<'t>,
) -> Item<'t> {
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("container", container.map(Fact::text)),
        ("setting", Some(Fact::text(setting))),
        ("value", Some(value)),
    ]);
    place.item_here(fact)
}
