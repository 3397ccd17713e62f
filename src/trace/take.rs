//! Items of views, as what the way of spans is made of.

use super::anchor::{At, Places, below};
use super::collector::{Collector, Home, Pipeline};
use super::door::Door;
use super::exporter;
use super::facts::{Call, Said};
use super::host::{Dns, dns};
use super::needs;
use super::read::{each, flag, members, number, pairs, said, said_number, text, texts};
use super::receiver::{Asks, Receiver};
use super::scrub::Part;
use super::setting::Setting;
use super::source::is_told_beside;
use super::variable::Reference;
use super::volume::{Mount, Volume};
use super::words::Words;
use super::workload::{Container, Service, ServicePort, Workload};
use crate::facts::{Document, Fact};
use crate::model::{Secret, Step};

/// A call to what may be a Service of the cluster, out of a workload.
pub(super) fn call(fact: &Fact<'_>, at: &dyn Fn() -> At) -> Option<Call> {
    let (owner, host) = (text(fact, "owner")?, text(fact, "host")?);
    let is_service = matches!(dns(&host), Dns::Short(_) | Dns::Maybe { .. } | Dns::Service { .. });
    let namespace = text(fact, "namespace").unwrap_or_default();
    is_service.then(|| Call { namespace, owner, host, at: at() })
}

/// How many new traces are kept, in words that are equal for samplers that do the same.
pub(super) fn sampling(fact: &Fact<'_>) -> String {
    let share = match fact.get("ratio") {
        Some(Fact::Number(ratio)) => ratio.as_str().to_owned(),
        Some(Fact::Unknown(reason)) => return format!("unknown: {reason}"),
        _ => return text(fact, "sampler").unwrap_or_default(),
    };
    let follows = flag(fact.get("parent_based")).unwrap_or(false);
    format!("{share} of new traces{}", if follows { ", else as the caller" } else { "" })
}

pub(super) fn service(fact: &Fact<'_>, at: &Places<'_>) -> Service {
    let owner = text(fact, "owner").unwrap_or_default();
    let name = owner.split_once('/').map_or(owner.as_str(), |(_, name)| name).to_owned();
    Service {
        name,
        namespace: text(fact, "namespace").unwrap_or_default(),
        is_external: text(fact, "type").is_some_and(|kind| kind == "ExternalName"),
        stands_for: text(fact, "external_name"),
        is_of_node: text(fact, "internal_traffic").is_some_and(|policy| policy == "Local"),
        is_headless: flag(fact.get("headless")).unwrap_or(false),
        selector: pairs(fact.get("selector")),
        ports: each(fact.get("ports"), |port| {
            let number = number(port.get("port"))?;
            let target = match port.get("targetPort") {
                None => Said::Yes(number.to_string()),
                Some(Fact::Number(target)) => Said::Yes(target.as_str().to_owned()),
                other => said(other),
            };
            let is_of_packets = text(port, "protocol").is_some_and(|one| one == "UDP");
            Some(ServicePort { number, target, is_of_packets })
        }),
        at: at(&[]),
    }
}

/// Domains of annotations of pods that bear on the way of spans.
const WIRING: [&str; 3] = ["opentelemetry.io/", "istio.io/", "linkerd.io/"];

pub(super) fn podspec(workload: &mut Workload, fact: &Fact<'_>, at_pod: At) {
    workload.labels = pairs(fact.get("labels")).into_iter().collect();
    let annotations = pairs(fact.get("annotations"));
    let meshed =
        |(key, value): &(String, String)| key == "sidecar.istio.io/inject" && value == "true";
    workload.is_meshed =
        annotations.iter().any(meshed) || pairs(fact.get("labels")).iter().any(meshed);
    let annotations = annotations.into_iter();
    let is_wiring = |key: &str| WIRING.iter().any(|domain| key.contains(domain));
    workload.annotations = annotations.filter(|(key, _)| is_wiring(key)).collect();
    workload.at_pod = at_pod;
    workload.account = text(fact, "service_account");
    workload.config_maps = texts(fact, "config_maps");
    workload.volumes = each(fact.get("volumes"), Volume::new);
    let alias = |one: &Fact<'_>| {
        let ip = text(one, "ip")?;
        Some(texts(one, "hostnames").into_iter().map(move |host| (host.to_lowercase(), ip.clone())))
    };
    workload.aliases = members(fact.get("host_aliases")).filter_map(alias).flatten().collect();
    workload.dns = text(fact, "dns_policy");
    workload.is_on_node = flag(fact.get("host_network")).unwrap_or(false);
}

pub(super) fn container(fact: &Fact<'_>, at: &Places<'_>) -> Container {
    let ports = match fact.get("port_names") {
        Some(Fact::Map(ports)) => ports.as_slice(),
        _ => &[],
    };
    let named =
        ports.iter().filter_map(|(name, port)| Some((name.to_string(), number(Some(port))?)));
    let node_ports = members(fact.get("node_ports"))
        .filter_map(|port| Some((number(port.get("host"))?, number(port.get("container"))?)));
    let args = texts(fact, "args");
    let is_told = args.iter().any(|word| is_told_beside(word));
    Container {
        name: text(fact, "name").unwrap_or_default(),
        image: text(fact, "image").unwrap_or_default(),
        at_args: is_told.then(|| at(&["args"])).flatten().map(Box::new),
        args,
        port_names: named.collect(),
        node_ports: node_ports.collect(),
        mounts: each(fact.get("mounts"), Mount::new),
        is_read_only: flag(fact.get("read_only_root_filesystem")).unwrap_or(false),
        at: at(&[]),
        at_image: at(&["image"]),
        from: texts(fact, "env_from"),
        is_init: flag(fact.get("stays")) == Some(false),
        env: Words::of(fact.get("env")),
        values: told(fact, "values"),
        proxies: told(fact, "proxies"),
        has_env_from: !texts(fact, "env_from").is_empty(),
    }
}

/// Variables with their texts, where these are known.
pub(super) fn told(fact: &Fact<'_>, key: &str) -> Vec<(String, Option<String>)> {
    let Some(Fact::Map(fields)) = fact.get(key) else { return Vec::new() };
    let text = |value: &Fact<'_>| match value {
        Fact::Text(text) => Some(text.to_string()).filter(|text| Secret::parse(text).is_none()),
        Fact::Bool(_)
        | Fact::Number(_)
        | Fact::Secret(_)
        | Fact::Unknown(_)
        | Fact::List(_)
        | Fact::Map(_) => None,
    };
    fields.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// A collector of which nothing but its name is known yet.
pub(super) fn empty(document: &Document<'_>) -> Collector {
    let owner = document.owner;
    let kind = owner.kind.split('.').next().unwrap_or_default();
    let place = owner.name.split_once(&format!("/{kind}/")).map_or("", |(_, rest)| rest);
    let (namespace, name) = place.rsplit_once('/').unwrap_or(("", place));
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    let key = match document.base.0.last() {
        Some(Step::Key(key)) => key.clone(),
        Some(Step::Item(_) | Step::Index(_)) | None => String::new(),
    };
    let home = match owner.kind.as_str() {
        "ConfigMap" => Home::ConfigMap { namespace, name, key },
        "OpenTelemetryCollector" => Home::Resource { namespace, name },
        _ => Home::File,
    };
    let is_of_chart = owner.kind == "collector-values";
    let base = document.base.to_string();
    Collector { base, is_of_chart, ..Collector::new(home, document.file) }
}

/// Takes what an item of a view, which is told by its name and its place among all, says of a collector.
pub(super) fn collect(
    known: &mut Collector,
    (view, number): (&str, u16),
    fact: &Fact<'_>,
    at: &Places<'_>,
) {
    match view {
        "otel.collector" => whole(known, fact, at),
        "otel.receiver" => known.receivers.push(receiver(fact, at)),
        "otel.exporter" => known.exporters.push(exporter::read(fact, at)),
        "otel.reference" => known.references.push(Reference::new(fact, at(&[]))),
        "otel.pipeline" => {
            let is_passing = |one: &&Fact<'_>| {
                flag(one.get("config").and_then(|config| config.get("passthrough"))) == Some(true)
            };
            let passing = members(fact.get("processors")).filter(is_passing);
            known.passthrough.extend(passing.filter_map(|one| text(one, "id")));
            let ids = |key| each(fact.get(key), |one| text(one, "id"));
            let is_traces = text(fact, "signal").is_some_and(|signal| signal == "traces");
            let kept = if is_traces { &mut known.pipelines } else { &mut known.others };
            kept.push(Pipeline {
                id: text(fact, "id").unwrap_or_default(),
                receivers: texts(fact, "receivers"),
                processors: ids("processors"),
                exporters: ids("exporters"),
                connectors: texts(fact, "connectors"),
                at: at(&[]),
                at_receivers: at(&["receivers"]),
                at_processors: at(&["processors"]),
                at_exporters: at(&["exporters"]),
            });
        }
        "otel.sampler" => {
            let is_share = text(fact, "setting").is_some_and(|name| name == "sampling_percentage");
            if let Some(id) = text(fact, "processor").filter(|_| is_share) {
                known.shares.insert(id, said_number(fact.get("value")));
            }
        }
        "otel.storage" => known.storage.extend(needs::storage(fact, at(&[]))),
        "otel.part" => known.parts.push(Part {
            section: text(fact, "section").unwrap_or_default(),
            kind: text(fact, "type").unwrap_or_default(),
            id: text(fact, "id").unwrap_or_default(),
            config: fact.get("config").cloned().map_or(Fact::Map(Vec::new()), Fact::into_owned),
            used: flag(fact.get("used")).unwrap_or(false),
            at: at(&[]),
        }),
        "otel.setting" => known.settings.push(Setting::new(number, fact, at(&[]))),
        "otel.scrub" => known.scrubbing.extend(text(fact, "processor")),
        _ => (),
    }
}

/// What is said of a collector as a whole.
fn whole(known: &mut Collector, fact: &Fact<'_>, at: &Places<'_>) {
    known.at = at(&[]);
    for id in texts(fact, "processors") {
        let place = below(&known.at, &["processors", &id]);
        known.processors.insert(id, place);
    }
    known.emptied = texts(fact, "emptied");
    known.at_extensions = at(&["service", "extensions"]);
    for section in ["receivers", "processors", "exporters", "connectors"] {
        known.at_sections.push((section, below(&known.at, &[section])));
    }
    for section in ["receivers", "processors", "exporters", "connectors", "extensions"] {
        let ids = texts(fact, section).into_iter();
        known.components.extend(ids.map(|id| (section, id)));
    }
}

fn receiver(fact: &Fact<'_>, at: &Places<'_>) -> Receiver {
    let mut receiver = Receiver::new(
        &text(fact, "id").unwrap_or_default(),
        &text(fact, "type").unwrap_or_default(),
        text(fact, "protocol"),
        said(fact.get("endpoint")),
        texts(fact, "pipelines"),
        (at(&[]), at(&["endpoint"])),
        (topics(fact), Door::new(fact, at)),
    );
    receiver.asks = Asks {
        path: fact.get("traces_path").map(|path| said(Some(path))),
        tls: flag(fact.get("tls")) == Some(true),
        certificate: flag(fact.get("mtls")) == Some(true),
        credential: text(fact, "auth").is_some(),
    };
    // Nobody comes to a socket of its machine over a network.
    let config = fact.get("config");
    if config.and_then(|config| text(config, "transport")).is_some_and(|kind| kind == "unix") {
        receiver.port = Some(0);
    }
    receiver
}

/// The topics a receiver reads traces from, where it reads a queue (opentelemetry-collector-contrib
/// v0.153.0, `kafkareceiver`).
pub(super) fn topics(fact: &Fact<'_>) -> Vec<String> {
    if text(fact, "type").is_none_or(|kind| kind != "kafka") {
        return Vec::new();
    }
    let config = fact.get("config");
    let get = |keys: &[&str]| keys.iter().try_fold(config?, |fact, key| fact.get(key));
    let listed = get(&["traces"]).map(|traces| texts(traces, "topics")).unwrap_or_default();
    let named = [config, get(&["traces"])].into_iter().flatten().filter_map(|at| text(at, "topic"));
    let found: Vec<String> = listed.into_iter().chain(named).collect();
    if found.is_empty() { vec![exporter::TOPIC.to_owned()] } else { found }
}
