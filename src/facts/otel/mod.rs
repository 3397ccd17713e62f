//! Views of OpenTelemetry Collector configurations, and what they share.

mod alloy;
pub(super) mod collector;
pub(super) mod component;
pub(super) mod cors;
pub(super) mod dimension;
pub(super) mod part;
pub(super) mod pipeline;
pub(super) mod reference;
pub(super) mod sampler;
pub(super) mod scrub;
pub(super) mod secret;
pub(super) mod setting;
pub(super) mod storage;

pub(super) use component::hops;

use std::borrow::Cow;

use super::cursor::{Cursor, Document};
use crate::dialect::component as names;
use crate::model::Node;

/// The dialect whose documents are Collector configurations.
pub(super) const DIALECT: &[&str] = &["otelcol"];

/// The same, and those that say it in other words.
pub(super) const DIALECTS: &[&str] = &["otelcol", "alloy"];

/// One component by its id.
pub(super) struct Component<'t> {
    /// Its id as written: `otlp/tempo`.
    pub(super) id: &'t str,
    /// Its id under the present name of its type: `otlp_grpc/tempo`.
    pub(super) key: Cow<'t, str>,
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
    let map = document.cursor().get(section);
    let entries = map.as_ref().map(Cursor::entries).unwrap_or_default();
    let one = |(id, cursor): (&'t str, Cursor<'t>)| {
        let present = names::present_name(section, id);
        // Where both names are defined, they are two components.
        let is_twin = present != id && map.as_ref().is_some_and(|map| map.get(&present).is_some());
        let key = if is_twin { Cow::Borrowed(id) } else { present };
        Component { id, key, kind: present_type(section, id), cursor }
    };
    entries.into_iter().map(one).collect()
}

/// The type of a component's id, as written.
pub(super) fn type_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id).trim()
}

/// The type of a component of a section, under its present name.
pub(super) fn present_type<'a>(section: &str, id: &'a str) -> &'a str {
    names::present(section, type_of(id))
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
