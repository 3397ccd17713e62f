//! Pods that an operator instruments: by which resource, and what that tells their processes.
//!
//! As opentelemetry-operator v0.158.0 has it (`internal/instrumentation/annotation.go`,
//! `podmutator.go`): the pod's annotation counts before that of its namespace, unless it only says
//! `true`; `true` stands for the one resource of the namespace; what a container says itself counts
//! before all of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::anchor::{At, document_of};
use super::facts::{Said, Settings};
use super::graph::Graph;
use super::kept::{Keeping, Kept, of_view};
use super::places::Topic;
use super::read::{members, text};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::facts::Fact;

/// See its `about`.
pub(super) static INJECTION: SideView = SideView {
    id: "trace.injection",
    about: "A workload whose pods an operator instruments, on this side or the other",
    fields: &[
        ("owner", "the workload"),
        ("language", "java, nodejs, python, dotnet, go, apache-httpd, nginx or sdk"),
        ("injected", "whether they are instrumented here"),
        ("reason", "why they are not; empty where they are"),
    ],
    extract: items,
};

const PREFIX: &str = "instrumentation.opentelemetry.io/";

/// Languages, each with the protocol its instrumentation sends by where nothing is said; absent
/// where that depends on the version (opentelemetry-operator v0.158.0, README; Java from 2.0 on,
/// and Node, by version).
const LANGUAGES: [(&str, Option<&str>); 8] = [
    ("java", None),
    ("nodejs", None),
    ("python", Some("http/protobuf")),
    ("dotnet", Some("http/protobuf")),
    ("go", Some("http/protobuf")),
    ("apache-httpd", Some("grpc")),
    ("nginx", Some("grpc")),
    ("sdk", None),
];

/// What is to be done with the pods of a workload, for one language.
pub(super) struct Injection<'a> {
    pub(super) language: &'static str,
    protocol: Option<&'static str>,
    /// The resource, absent where nothing was read of any; or why there is none.
    resource: Result<Option<&'a Kept>, String>,
}

/// The namespace of a workload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) kept: &'a Kept,
    /// Whether it says that an operator instruments its pods.
    is_instrumented: bool,
}

impl<'a> Around<'a> {
    /// Every namespace that was read, by its name; the first of several.
    pub(super) fn all(keeping: &'a Keeping) -> BTreeMap<&'a str, Self> {
        let mut all = BTreeMap::new();
        for kept in of_view(keeping, "k8s.namespace") {
            let is_instrumented = match kept.get("annotations") {
                Some(Fact::Map(said)) => said.iter().any(|(key, _)| key.starts_with(PREFIX)),
                _ => false,
            };
            if let Some(name) = kept.word("owner").strip_prefix("namespace/") {
                all.entry(name).or_insert(Around { kept, is_instrumented });
            }
        }
        all
    }
}

impl<'a> Graph<'a> {
    /// What an operator is to do with the pods of a workload.
    pub(super) fn injections(&self, workload: &Workload) -> Vec<Injection<'a>> {
        let mut found = Vec::new();
        let is_told = workload.annotations.iter().any(|(key, _)| key.starts_with(PREFIX));
        let around = self.around.get(workload.namespace.as_str());
        if !is_told && !around.is_some_and(|around| around.is_instrumented) {
            return found;
        }
        for (language, protocol) in LANGUAGES {
            let key = format!("{PREFIX}inject-{language}");
            let wanted = self.annotated(workload, &key);
            let Some(wanted) = wanted.filter(|w| !w.eq_ignore_ascii_case("false")) else {
                continue;
            };
            let resource = self.resource(workload, &wanted);
            found.push(Injection { language, protocol, resource });
        }
        found
    }

    /// An annotation as the operator reads it, of the pod and of its namespace.
    pub(super) fn annotated(&self, workload: &Workload, key: &str) -> Option<String> {
        let pod = workload.annotation(key).filter(|said| !said.is_empty());
        let around = self
            .around
            .get(workload.namespace.as_str())
            .and_then(|around| text(&around.kept.get("annotations")?, key))
            .filter(|said| !said.is_empty());
        match (pod, around) {
            (None, around) => around,
            (Some(pod), Some(around))
                if pod.eq_ignore_ascii_case("true") && !around.eq_ignore_ascii_case("false") =>
            {
                Some(around)
            }
            (Some(pod), _) => Some(pod.to_owned()),
        }
    }

    /// The resource that an annotation names.
    fn resource(&self, workload: &Workload, wanted: &str) -> Result<Option<&'a Kept>, String> {
        let own = workload.namespace.as_str();
        let (namespace, name) = wanted.split_once('/').unwrap_or((own, wanted));
        let is_any = wanted.eq_ignore_ascii_case("true");
        let mut found = of_view(self.kept, "k8s.instrumentation").filter(|kept| {
            kept.text("namespace") == namespace && (is_any || kept.text("name") == name)
        });
        let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(Some(only)),
            (Some(_), Some(_)) => Err(format!("there are several Instrumentations{place}")),
            (None, _) if !self.known.instrumentations.is_empty() => Err(if is_any {
                format!("there is no Instrumentation{place}")
            } else {
                format!("there is no Instrumentation {name}{place}")
            }),
            (None, _) => Ok(None),
        }
    }

    /// The settings of processes, with what an operator tells those that it instruments.
    pub(super) fn instrumented(&self) -> Vec<Cow<'a, Settings>> {
        let mut all: Vec<Cow<'a, Settings>> =
            self.settings.iter().map(|own| Cow::Borrowed(*own)).collect();
        let told = self.workloads.iter().copied();
        let told = told.map(|workload| (workload, self.injections(workload)));
        let told: Vec<_> = told.filter(|(_, injections)| !injections.is_empty()).collect();
        let mut known: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
        for (index, own) in self.settings.iter().enumerate().filter(|_| !told.is_empty()) {
            known.entry((&own.namespace, &own.owner, own.process.clone())).or_insert(index);
        }
        for (workload, injections) in told {
            for injection in injections {
                let Ok(Some(resource)) = injection.resource else { continue };
                for name in containers(workload, injection.language) {
                    let holder = (&*workload.namespace, &*workload.owner, name.clone());
                    let index = *known.entry(holder).or_insert(all.len());
                    if index == all.len() {
                        all.push(Cow::Owned(Settings::of_process(workload, &name)));
                    }
                    if let Some(own) = all.get_mut(index) {
                        tell(own.to_mut(), workload, &injection, resource);
                    }
                }
            }
        }
        all
    }
}

/// The containers of a pod that are instrumented: those that are named, or the first.
fn containers(workload: &Workload, language: &str) -> Vec<String> {
    let keys = [format!("{PREFIX}{language}-container-names"), format!("{PREFIX}container-names")];
    match keys.iter().find_map(|key| workload.annotation(key)) {
        Some(chosen) => chosen.split(',').map(|name| name.trim().to_owned()).collect(),
        None => workload.containers.first().map(|first| first.name.clone()).into_iter().collect(),
    }
}

/// Tells a process what it does not say itself.
fn tell(own: &mut Settings, workload: &Workload, injection: &Injection<'_>, resource: &Kept) {
    let env = resource.get("env");
    let variable = |name: &str| {
        let env = members(env.as_ref()).filter(|one| {
            let of = text(one, "language");
            of.is_none_or(|language| language == injection.language)
        });
        let own = env.filter(|one| text(one, "name").is_some_and(|known| known == name));
        let mut own: Vec<&Fact<'_>> = own.collect();
        own.sort_by_key(|one| one.get("language").is_none());
        own.first().and_then(|one| text(one, "value"))
    };
    if own.endpoint == Said::No {
        let said = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"))
            .or_else(|| resource.said("endpoint"));
        // The operator gives every process the address of its node under this name.
        let said = said.map(|text| text.replace("$(OTEL_NODE_IP)", "status.hostIP"));
        if let Some(text) = said {
            own.encrypted = text.split_once("://").map(|(scheme, _)| scheme == "https");
            own.endpoint = Said::Yes(text);
            own.at.clone_from(resource.at("exporter"));
        }
    }
    let protocol = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        .or_else(|| variable("OTEL_EXPORTER_OTLP_PROTOCOL"))
        .or_else(|| resource.said("protocol"))
        .or_else(|| injection.protocol.map(str::to_owned));
    own.protocol = own.protocol.take().or(protocol);
    if own.service.is_none() {
        let said = workload.annotation("resource.opentelemetry.io/service.name");
        let name = said.or_else(|| workload.owner.rsplit('/').next());
        own.is_name_derived = said.is_none();
        own.service = name.map(str::to_owned);
        let at = if said.is_some() {
            workload.at_annotation("resource.opentelemetry.io/service.name")
        } else {
            workload.at_name()
        };
        own.places.put(Topic::Name, at);
    }
    if own.enabled == Said::No {
        own.enabled = Said::Yes(true);
    }
    let container = workload.containers.iter().find(|one| one.name == own.process);
    let says = |name: &str| container.is_some_and(|one| one.env.iter().any(|own| own == name));
    let added = |name: &str| variable(name).filter(|_| !says(name));
    let at = resource.at("exporter");
    let is_off = |text: &String| text.eq_ignore_ascii_case("true");
    let is_none =
        |text: &String| text.split(',').any(|one| one.trim().eq_ignore_ascii_case("none"));
    let off = added("OTEL_SDK_DISABLED").filter(is_off).map(|_| "OTEL_SDK_DISABLED");
    let exporters = added("OTEL_TRACES_EXPORTER");
    let none = exporters.as_ref().filter(|text| is_none(text)).map(|_| "OTEL_TRACES_EXPORTER");
    if let Some(why) = off.or(none) {
        own.enabled = Said::Yes(false);
        why.clone_into(&mut own.why);
        own.places.put(Topic::Switch, at.clone());
    } else if let Some(text) = exporters {
        own.exporters = text.split(',').map(|one| one.trim().to_owned()).collect();
    }
    // The operator adds neither where one of them is there.
    let names = ["OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"];
    if own.is_sampler_said || names.iter().any(|name| says(name)) {
        return;
    }
    let [sampler, argument] = names;
    let sampler = variable(sampler).or_else(|| resource.said("sampler"));
    let argument = variable(argument).or_else(|| resource.said("argument"));
    if let Some(sampler) = sampler {
        sample(own, &sampler, argument.as_deref());
        own.places.put(Topic::Sampling, at.clone());
    }
}

/// Tells a process how it samples, in the terms of the variables of an SDK.
fn sample(own: &mut Settings, sampler: &str, argument: Option<&str>) {
    let base = sampler.strip_prefix("parentbased_");
    let share = match (base.unwrap_or(sampler), argument) {
        ("always_off", _) => "0",
        ("traceidratio", Some(share))
            if share.parse::<f64>().is_ok_and(|s| (0.0..=1.0).contains(&s)) =>
        {
            share
        }
        // What is no share is ignored.
        ("always_on" | "traceidratio", _) => "1",
        _ => {
            sampler.clone_into(&mut own.sampling);
            own.ratio = Said::Unknown(format!("{sampler} decides while it runs"));
            return;
        }
    };
    own.is_sampler_said = true;
    own.follows = Some(base.is_some());
    own.ratio = share.parse().map_or(Said::No, Said::Yes);
    own.sampling = format!(
        "{share} of new traces{}",
        if base.is_some() { ", else as the caller" } else { "" }
    );
}

fn items(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = Vec::new();
    for (index, workload) in graph.workloads.iter().copied().enumerate() {
        let here = graph.injections(workload);
        let Some(name) = graph.name_of(index) else { continue };
        if here.is_empty() && graph.known.injected.is_empty() {
            continue;
        }
        for (language, _) in LANGUAGES {
            let own = here.iter().find(|injection| injection.language == language);
            let is_known =
                graph.known.injected.contains(&(name.0.clone(), name.1.clone(), language));
            if own.is_none() && !is_known {
                continue;
            }
            let key = format!("{PREFIX}inject-{language}");
            let reason = match own.map(|injection| &injection.resource) {
                None => format!("the template of its pods has no annotation {key}"),
                Some(Err(reason)) => reason.clone(),
                Some(Ok(_)) => String::new(),
            };
            let mut at: Vec<At> =
                vec![workload.at_annotation(&key), workload.at_own_annotation(&key)];
            at.extend(of_view(graph.kept, "k8s.instrumentation").map(|kept| document_of(&kept.at)));
            at.extend(graph.known.instrumentations.values().cloned());
            let fact = Fact::map([
                ("owner", Some(Fact::text(workload.owner.clone()))),
                ("language", Some(Fact::text(language))),
                ("injected", Some(Fact::Bool(reason.is_empty()))),
                ("reason", Some(Fact::text(reason))),
            ]);
            let key = format!("{} {} {language}", name.0, name.1);
            items.push(SideItem { key, at: at.into_iter().flatten().collect(), fact });
        }
    }
    items
}
