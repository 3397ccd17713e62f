//! Types of Collector components that go by two names.
//!
//! The Collector takes `otlphttp` for `otlp_http`, but does not make one id of them: what is
//! defined under one name and used under the other is not defined at all. So a component has two
//! names only where its whole document keeps to one of them; a detector of `resource_detection`,
//! only where its processor does.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Within;
use super::schema::{At, Seg};
use super::version::Version;
use crate::model::Node;

static RENAMED: LazyLock<Vec<Renamed>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("otelcol_names.toml")).unwrap_or_default();
    file.renamed
});

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    renamed: Vec<Renamed>,
}

/// One type with two names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renamed {
    section: String,
    old: String,
    new: String,
    known: String,
    since: Option<String>,
    source: String,
}

impl Renamed {
    /// Whether a version of the Collector knows the new name; where the version is not known,
    /// that is said with the explanation instead.
    fn is_known(&self, version: Option<Version>) -> bool {
        version
            .is_none_or(|version| Version::parse(&self.known).is_some_and(|known| version >= known))
    }
}

/// The section of a component's definition, by the place of its definition or of a use of it.
fn sections(at: At<'_>) -> &'static [&'static str] {
    match at.path {
        [Seg::Key("receivers")] => &["receivers"],
        [Seg::Key("processors")] => &["processors"],
        [Seg::Key("exporters")] => &["exporters"],
        [Seg::Key("connectors")] => &["connectors"],
        [Seg::Key("service"), Seg::Key("pipelines"), Seg::Key(_), Seg::Key(list), Seg::Item(_)] => {
            match *list {
                "receivers" => &["receivers", "connectors"],
                "processors" => &["processors"],
                "exporters" => &["exporters", "connectors"],
                _ => &[],
            }
        }
        _ => &[],
    }
}

/// Type and name of an id: `otlp/tempo` is `otlp` and `/tempo`.
fn split(id: &str) -> (&str, &str) {
    id.split_at_checked(id.find('/').unwrap_or(id.len())).unwrap_or((id, ""))
}

fn renamed(section: &str, kind: &str) -> Option<&'static Renamed> {
    let is_it =
        |known: &&Renamed| known.section == section && (known.old == kind || known.new == kind);
    RENAMED.iter().find(is_it)
}

/// The present name of a type of a section.
pub fn present<'a>(section: &str, kind: &'a str) -> &'a str {
    renamed(section, kind).map_or(kind, |known| known.new.as_str())
}

/// Whether a type is written by a name that a version is certain not to know yet.
pub(super) fn is_too_new(section: &str, kind: &str, version: Version) -> bool {
    let known = renamed(section, kind).filter(|known| known.new == kind);
    let since = known.and_then(|known| Version::parse(known.since.as_deref()?));
    since.is_some_and(|since| version < since)
}

/// An id of a section under the present name of its type: `otlphttp/b` is `otlp_http/b`.
pub fn present_name<'a>(section: &str, id: &'a str) -> Cow<'a, str> {
    let (kind, name) = split(id);
    let known = renamed(section, kind).filter(|known| known.old == kind);
    known.map_or(Cow::Borrowed(id), |known| Cow::Owned(format!("{}{name}", known.new)))
}

/// The id at a place under the present name of its type, where that may be written in two ways
/// and its document keeps to one.
pub(super) fn present_id(at: At<'_>, id: &str, within: Within<'_>) -> Option<String> {
    let (kind, name) = split(id);
    let root = within.document;
    if let Some(processor) = detecting(at) {
        // The place may be that of the other side, under the other name.
        let name = present_name("processors", processor);
        let all = root.get("processors")?.entries();
        let mut own = all.filter(|entry| present_name("processors", entry.key.text()) == name);
        let processor = own.next().filter(|_| own.next().is_none())?.value;
        return present_detector(processor, id, within.version);
    }
    sections(at).iter().find_map(|section| {
        let known = renamed(section, kind)?;
        let (old, new) = (format!("{}{name}", known.old), format!("{}{name}", known.new));
        let other = if id == old { &new } else { &old };
        let defined = root.get(section)?;
        let kept = defined.get(id).is_some()
            && defined.get(other).is_none()
            && !is_used(root, section, other);
        let understood = known.is_known(within.version) || kind == known.old;
        (kept && understood).then_some(new)
    })
}

/// The processor whose detectors, or settings of such, stand at a place.
fn detecting(at: At<'_>) -> Option<&str> {
    let processor = match at.path {
        [Seg::Key("processors"), Seg::Key(processor)]
        | [Seg::Key("processors"), Seg::Key(processor), Seg::Key("detectors"), Seg::Item(_)] => {
            *processor
        }
        _ => return None,
    };
    (present("processors", split(processor).0) == "resource_detection").then_some(processor)
}

/// A detector under its present name, where its processor names it and its settings alike.
fn present_detector(processor: Node<'_>, id: &str, version: Option<Version>) -> Option<String> {
    let known = renamed("detectors", id)?;
    let other = if id == known.old { &known.new } else { &known.old };
    let mut named = processor.get("detectors").into_iter().flat_map(Node::items);
    let kept = processor.get(other).is_none() && !named.any(|item| item.text() == other);
    (kept && (known.is_known(version) || id == known.old)).then(|| known.new.clone())
}

/// Whether any pipeline names an id of a section.
fn is_used(root: Node<'_>, section: &str, id: &str) -> bool {
    let lists: &[&str] = match section {
        "connectors" => &["receivers", "exporters"],
        _ => &[section],
    };
    let pipelines = root.at(&["service", "pipelines"]);
    let mut pipelines = pipelines.into_iter().flat_map(Node::entries).map(|entry| entry.value);
    pipelines.any(|pipeline| {
        let lists = lists.iter().filter_map(|list| pipeline.get(list));
        lists.flat_map(Node::items).any(|item| item.text() == id)
    })
}

/// What to say of the two names of the component at a place.
pub(super) fn why_same(at: At<'_>, id: &str) -> Option<String> {
    let own;
    let at = match at.path {
        [section @ Seg::Key(_), Seg::Key(_)] => {
            own = [*section];
            At { kind: at.kind, path: &own }
        }
        [above @ .., Seg::Key(_)] if above.len() == 2 => At { kind: at.kind, path: above },
        _ => at,
    };
    let kind = split(id).0;
    let sections: &[&str] = if detecting(at).is_some() { &["detectors"] } else { sections(at) };
    let known = sections.iter().find_map(|section| renamed(section, kind))?;
    let Renamed { old, new, known, source, .. } = known;
    Some(format!("another name of the component: {old} is {new} as of v{known} ({source})"))
}

#[cfg(test)]
mod tests {
    use super::{File, Version, present, present_name};

    #[test]
    fn every_name_is_read_and_has_a_version() {
        let file: File = toml::from_str(include_str!("otelcol_names.toml")).unwrap();
        assert!(!file.renamed.is_empty());
        for known in &file.renamed {
            assert!(Version::parse(&known.known).is_some(), "{}", known.new);
            assert_ne!(known.old, known.new);
        }
    }

    #[test]
    fn a_type_is_known_by_its_present_name_in_its_own_section_only() {
        assert_eq!(present("exporters", "otlp"), "otlp_grpc");
        assert_eq!(present("exporters", "otlp_grpc"), "otlp_grpc");
        assert_eq!(present("receivers", "otlp"), "otlp");
        assert_eq!(present_name("exporters", "otlphttp/b"), "otlp_http/b");
        assert_eq!(present_name("receivers", "otlphttp/b"), "otlphttp/b");
    }
}
