//! Views of OpenTelemetry Collector configurations, and what they share.

pub(super) mod collector;
pub(super) mod component;
pub(super) mod pipeline;
pub(super) mod scrub;

pub(super) use component::hops;

use super::cursor::{Cursor, Document};
use crate::model::Node;

/// The dialect whose documents are Collector configurations.
pub(super) const DIALECT: &[&str] = &["otelcol"];

/// One component by its id.
pub(super) struct Component<'t> {
    /// Its id as written: `otlp/tempo`.
    pub(super) id: &'t str,
    /// Its type under its present name: `otlp_grpc`.
    pub(super) kind: &'t str,
    /// Its configuration.
    pub(super) cursor: Cursor<'t>,
}

/// The components of a section: `receivers`, `processors`, `exporters`, `connectors`.
pub(super) fn components<'t>(document: &Document<'t>, section: &str) -> Vec<Component<'t>> {
    if document.dialect.id() != "otelcol" {
        return Vec::new();
    }
    let section = document.cursor().get(section);
    let entries = section.map(|section| section.entries()).unwrap_or_default();
    entries.into_iter().map(|(id, cursor)| Component { id, kind: type_of(id), cursor }).collect()
}

/// Component types that were renamed, with the name they have now: opentelemetry-collector
/// v0.144.0 (otlp, otlphttp) and contrib v0.146.0 (k8sattributes).
const RENAMED: [(&str, &str); 3] =
    [("otlp", "otlp_grpc"), ("otlphttp", "otlp_http"), ("k8sattributes", "k8s_attributes")];

/// The type of a component's id, under its present name. A receiver named `otlp` keeps its name.
pub(super) fn type_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id).trim()
}

/// The type of an exporter or processor, under its present name.
pub(super) fn present_type(id: &str) -> &str {
    let kind = type_of(id);
    RENAMED.iter().find(|(old, _)| *old == kind).map_or(kind, |(_, new)| new)
}

/// One pipeline.
pub(super) struct Pipeline<'t> {
    /// Its id: `traces/internal`.
    pub(super) id: &'t str,
    /// Where it stands.
    pub(super) cursor: Cursor<'t>,
}

impl<'t> Pipeline<'t> {
    /// What flows in it: traces, metrics, logs or profiles.
    pub(super) fn signal(&self) -> &'t str {
        type_of(self.id)
    }

    /// The ids in one of its lists.
    pub(super) fn ids(&self, list: &str) -> Vec<&'t str> {
        let list = self.cursor.node.get(list);
        list.into_iter().flat_map(Node::items).map(Node::text).collect()
    }
}

/// The pipelines of a collector.
pub(super) fn pipelines<'t>(document: &Document<'t>) -> Vec<Pipeline<'t>> {
    if document.dialect.id() != "otelcol" {
        return Vec::new();
    }
    let section = document.cursor().at(&["service", "pipelines"]);
    let entries = section.map(|section| section.entries()).unwrap_or_default();
    entries.into_iter().map(|(id, cursor)| Pipeline { id, cursor }).collect()
}

/// The ids of the pipelines that use a component in one of their lists.
pub(super) fn users<'t>(pipelines: &[Pipeline<'t>], list: &str, id: &str) -> Vec<&'t str> {
    pipelines.iter().filter(|pipeline| pipeline.ids(list).contains(&id)).map(|p| p.id).collect()
}
