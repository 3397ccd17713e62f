//! Places where names of objects stand.

use super::NAMESPACE;
use crate::model::Step;

/// Keys below which a name may be that of a program.
const PROGRAMS: [&str; 7] = ["image", "images", "command", "args", "entrypoint", "exec", "build"];

/// Stands for every kind: what a document says of its own name.
pub(super) const ANY: &[&str] = &["*"];

/// The kind of what names stand for a host.
pub(super) const SERVICE: &str = "v1/Service";

/// What runs, and what labels name it by.
const WORKLOADS: [&str; 7] = [
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "v1/Pod",
    SERVICE,
];
const NAMING_LABELS: [&str; 9] = [
    "app",
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/name",
    "component",
    "k8s-app",
    "name",
    "opentelemetry.io/name",
    "service",
];

/// Fields that are names of objects, and of which kinds.
const FIELDS: [(&str, &[&str]); 5] = [
    ("namespace", &[NAMESPACE]),
    ("serviceName", &[SERVICE]),
    ("host", &[SERVICE]),
    ("secretName", &["v1/Secret"]),
    ("claimName", &["v1/PersistentVolumeClaim"]),
];

/// Keys of what refers to objects by a `name`, and of which kinds.
const REFERENCES: [(&str, &[&str]); 11] = [
    ("configMap", &["v1/ConfigMap"]),
    ("configMapRef", &["v1/ConfigMap"]),
    ("configMapKeyRef", &["v1/ConfigMap"]),
    ("secretRef", &["v1/Secret"]),
    ("secretKeyRef", &["v1/Secret"]),
    ("imagePullSecrets", &["v1/Secret"]),
    ("service", &[SERVICE]),
    ("backend", &[SERVICE]),
    ("backendRefs", &[SERVICE]),
    ("scaleTargetRef", &WORKLOADS),
    ("targetRef", &WORKLOADS),
];

/// Keys of labels and of what selects by them.
const LABELS: [&str; 3] = ["labels", "matchLabels", "selector"];

/// Parts of names of settings whose values are hosts.
const HOSTS: [&str; 9] =
    ["addr", "broker", "endpoint", "host", "server", "target", "upstream", "uri", "url"];

/// Whether a value at a place may be that of a program.
pub(super) fn is_program(steps: &[Step]) -> bool {
    let is = |step: &Step| matches!(step, Step::Key(key) if PROGRAMS.contains(&key.as_str()));
    steps.iter().any(is)
}

/// Of which kinds the value at a place of an object is the name; nothing where of none.
pub(super) fn kinds_at(steps: &[Step]) -> Option<&'static [&'static str]> {
    const ALL: &[&str] = &[
        "apps/v1/DaemonSet",
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "batch/v1/CronJob",
        "batch/v1/Job",
        "v1/ConfigMap",
        "v1/PersistentVolumeClaim",
        "v1/Pod",
        "v1/Secret",
        SERVICE,
        "v1/ServiceAccount",
    ];
    let key =
        |step: &Step, known: &[&str]| matches!(step, Step::Key(k) if known.contains(&k.as_str()));
    let (Step::Key(last), around) = steps.split_last()? else { return None };
    if matches!(around, [Step::Key(first)] if first == "metadata") && last == "name" {
        return Some(ANY);
    }
    if around.iter().any(|step| key(step, &["roleRef", "subjects", "namespaceSelector"])) {
        return None;
    }
    let around_key = last_key(around);
    if around.iter().any(|step| key(step, &LABELS)) {
        return NAMING_LABELS.contains(&last.as_str()).then_some(&WORKLOADS);
    }
    if last == "name" {
        return around_key
            .and_then(|around| if around == "metadata" { Some(ALL) } else { referred(around) });
    }
    FIELDS.iter().find(|(field, _)| field == last).map(|(_, kinds)| *kinds)
}

/// The key of the label that stands at a place; nothing where none does.
pub(super) fn label_at(steps: &[Step]) -> Option<&str> {
    let (Step::Key(last), around) = steps.split_last()? else { return None };
    let is = |step: &Step| matches!(step, Step::Key(key) if LABELS.contains(&key.as_str()));
    around.iter().any(is).then_some(last)
}

/// To objects of which kinds a key refers.
pub(super) fn referred(key: &str) -> Option<&'static [&'static str]> {
    REFERENCES.iter().find(|(known, _)| *known == key).map(|(_, kinds)| *kinds)
}

/// Whether what stands at a place is called a host and nothing else: `FLAGD_HOST`.
pub(super) fn is_host_name(steps: &[Step]) -> bool {
    let key = match steps {
        [.., Step::Item(name), Step::Key(value)] if value == "value" => name.strip_prefix("name="),
        [.., Step::Key(key)] => Some(key.as_str()),
        _ => None,
    };
    let last = key.and_then(|key| key.rsplit_once(['_', '-', '.'])).map(|(_, last)| last);
    last.is_some_and(|last| ["host", "hostname"].iter().any(|it| last.eq_ignore_ascii_case(it)))
}

/// Whether what stands at a place is called an address of a host.
pub(super) fn names_host(steps: &[Step]) -> bool {
    let is = |text: &String| {
        let lower = text.to_ascii_lowercase();
        HOSTS.iter().any(|part| lower.contains(part)) && !lower.contains("image")
    };
    let near = steps.iter().rev().take(2);
    near.filter_map(|step| match step {
        Step::Key(text) | Step::Item(text) => Some(text),
        Step::Index(_) => None,
    })
    .any(is)
}

/// The innermost key of a place.
pub(super) fn last_key(steps: &[Step]) -> Option<&str> {
    let mut keys = steps.iter().rev().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Item(_) | Step::Index(_) => None,
    });
    keys.next()
}
