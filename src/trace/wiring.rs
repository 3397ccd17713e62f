//! Whether a collector's configuration holds together: what keeps it from starting, whatever its
//! image is built of (opentelemetry-collector v0.159.0, `otelcol/config.go`,
//! `service/internal/graph/graph.go`).

use std::collections::BTreeSet;

use super::anchor::{Anchor, At, member_of, under};
use super::collector::{Collector, Pipeline};
use super::fault::Fault;
use super::sink::ordered;

/// The first reason why a collector does not start, of which the whole configuration is known.
pub(super) fn broken(collector: &Collector) -> Option<Fault> {
    undefined(collector)
        .or_else(|| repeated(collector))
        .or_else(|| unknown_extension(collector))
        .or_else(|| one_sided(collector))
        .or_else(|| not_started(collector))
        .or_else(|| clash(collector))
}

fn all(collector: &Collector) -> impl Iterator<Item = &Pipeline> {
    collector.pipelines.iter().chain(&collector.others)
}

fn is_defined(collector: &Collector, section: &str, id: &str) -> bool {
    let is_part = collector.parts.iter().any(|part| part.section == section && part.id == id);
    let is_component = |known: &(&str, String)| known.0 == section && known.1 == id;
    is_part || (section != "extensions" && collector.components.iter().any(is_component))
}

/// A component that a pipeline names and nothing defines.
fn undefined(collector: &Collector) -> Option<Fault> {
    for pipeline in all(collector) {
        let lists: [(&str, &str, &[String], &At); 3] = [
            ("receivers", "receiver", &pipeline.receivers, &pipeline.at_receivers),
            ("processors", "processor", &pipeline.processors, &pipeline.at_processors),
            ("exporters", "exporter", &pipeline.exporters, &pipeline.at_exporters),
        ];
        for (section, name, ids, at) in lists {
            let is_known = |id: &&String| {
                is_defined(collector, section, id)
                    || (section != "processors" && is_defined(collector, "connectors", id))
            };
            let Some(id) = ids.iter().find(|id| !is_known(id)) else { continue };
            let reason = format!(
                "it does not start: pipeline {} names the {name} {id}, which is not defined",
                pipeline.id
            );
            let mut places = definition(collector, section, id);
            places.extend(ordered(at, ids, id));
            return Some(collector.fault("does-not-start", id, reason).at(&places));
        }
    }
    None
}

/// Where a component would be defined: in a section that is left empty, there.
fn definition(collector: &Collector, section: &str, id: &str) -> Vec<Anchor> {
    let own = collector.at_sections.iter().find(|(own, _)| *own == section);
    let Some((_, at)) = own else { return Vec::new() };
    let is_empty = collector.emptied.iter().any(|emptied| emptied == section);
    let found = if is_empty { at.clone() } else { under(at, &[id]) };
    found.into_iter().collect()
}

/// A processor that one pipeline names twice.
fn repeated(collector: &Collector) -> Option<Fault> {
    for pipeline in all(collector) {
        let mut seen = BTreeSet::new();
        let Some(id) = pipeline.processors.iter().find(|id| !seen.insert(*id)) else { continue };
        let reason =
            format!("it does not start: pipeline {} names the processor {id} twice", pipeline.id);
        let places = ordered(&pipeline.at_processors, &pipeline.processors, id);
        let fault = collector.fault("does-not-start", id, reason);
        return Some(fault.at(&places).at(&pipeline.at_processors));
    }
    None
}

/// An extension that the service starts and nothing defines.
fn unknown_extension(collector: &Collector) -> Option<Fault> {
    let started = collector.components.iter().filter(|(section, _)| *section == "extensions");
    let (_, id) = started.into_iter().find(|(_, id)| !is_defined(collector, "extensions", id))?;
    let reason = format!("it does not start: the service starts {id}, which is not defined");
    let fault = collector.fault("does-not-start", id, reason);
    Some(fault.at(&member_of(&collector.at_extensions, id)).at(&collector.at_extensions))
}

/// A connector that takes spans in and lets nothing out, or the other way round.
fn one_sided(collector: &Collector) -> Option<Fault> {
    for part in collector.parts.iter().filter(|part| part.section == "connectors") {
        let id = &part.id;
        let goes_in = all(collector).any(|pipeline| pipeline.connectors.contains(id));
        let comes_out = all(collector).any(|pipeline| pipeline.receivers.contains(id));
        if goes_in == comes_out {
            continue;
        }
        let (does, not) = if goes_in { ("feeds", "reads from") } else { ("reads from", "feeds") };
        let reason =
            format!("it does not start: a pipeline {does} the connector {id}, and none {not} it");
        let lists = all(collector).flat_map(|p| [&p.at_receivers, &p.at_exporters]);
        let members: Vec<At> = lists.map(|list| member_of(list, id)).collect();
        return Some(collector.fault("does-not-start", id, reason).at(members.iter().flatten()));
    }
    None
}

/// An extension that a component needs and the service does not start.
fn not_started(collector: &Collector) -> Option<Fault> {
    for setting in collector.settings.iter().filter(|setting| setting.is_used) {
        let what = match setting.name() {
            "auth.authenticator" => "authenticates by",
            "sending_queue.storage" => "keeps its queue in",
            _ => continue,
        };
        let Some(needed) = setting.text() else { continue };
        let started = |known: &(&str, String)| known.0 == "extensions" && known.1 == needed;
        if collector.components.iter().any(started) {
            continue;
        }
        let id = setting.component();
        let reason = format!(
            "it does not start: {id} {what} the extension {needed}, which the service does not start"
        );
        let fault = collector.fault("does-not-start", needed, reason);
        let list = member_of(&collector.at_extensions, needed);
        return Some(fault.at(&list).at(&setting.at));
    }
    None
}

/// Two receivers that listen at one port.
fn clash(collector: &Collector) -> Option<Fault> {
    let open: Vec<_> = collector.receivers.iter().filter(|one| one.listens()).collect();
    for (index, one) in open.iter().enumerate() {
        let mut others = open.iter().skip(index.saturating_add(1));
        let Some((other, port)) = others.find_map(|o| Some((o, one.clashes(o)?))) else { continue };
        let reason = format!(
            "it does not start: {} and {} both listen on port {port}",
            one.title(),
            other.title()
        );
        let fault = collector.fault("does-not-start", &format!("port {port}"), reason);
        return Some(fault.at(other.at_endpoint()).at(one.at_endpoint()));
    }
    None
}
