//! Spring Boot: the version a program is built with, and properties that versions no longer know.

use super::cursor::{Cursor, Document};
use super::names::{owner, unresolved};
use super::process::{Process, scalar};
use super::{Fact, Item, View, gradle};

/// See its `about`.
pub(super) static VERSION: View = View {
    id: "spring.boot",
    about: "The version of Spring Boot that a project of Maven or Gradle is built with",
    fields: &[("version", "the version as written")],
    dialects: &[],
    extract: versions,
};

/// See its `about`.
pub(super) static RENAMED: View = View {
    id: "spring.renamed",
    about: "A property about tracing that Spring Boot 4 knows by another name only",
    fields: &[("name", "the property as written"), ("now", "its name since Spring Boot 4")],
    dialects: &[],
    extract: renamed,
};

/// What Spring Boot 4 renamed, at deprecation level error: the old name has no effect
/// (spring-projects/spring-boot c329ffa, `additional-spring-configuration-metadata.json`).
const NAMES: [(&str, &str); 5] = [
    ("management.tracing.enabled", "management.tracing.export.enabled"),
    ("management.otlp.tracing.export.enabled", "management.tracing.export.otlp.enabled"),
    ("management.otlp.tracing.", "management.opentelemetry.tracing.export.otlp."),
    ("management.zipkin.tracing.export.enabled", "management.tracing.export.zipkin.enabled"),
    ("management.tracing.brave.", "management.brave.tracing."),
];

fn versions<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.syntax != "xml" {
        return gradle::version(document).into_iter().collect();
    }
    let is_pom = document.file.rsplit('/').next() == Some("pom.xml");
    let root = document.cursor();
    let project = root.get("project").filter(|_| is_pom && document.syntax == "xml");
    let parents = project.map(|project| all(&project, "parent")).unwrap_or_default();
    let mut items = Vec::new();
    for parent in parents {
        let text = |key| all(&parent, key).first().map(text_of);
        if text("artifactId") == Some("spring-boot-starter-parent")
            && let Some(version) = all(&parent, "version").first()
        {
            let fact = Fact::map([("version", Some(Fact::text(text_of(version))))]);
            items.push(version.item("spring-boot", fact));
        }
    }
    items
}

/// Every element of a name.
fn all<'t>(place: &Cursor<'t>, name: &str) -> Vec<Cursor<'t>> {
    let Some(found) = place.get(name) else { return Vec::new() };
    let members = found.items();
    if members.is_empty() { vec![found] } else { members }
}

fn text_of<'t>(element: &Cursor<'t>) -> &'t str {
    element.node.text().trim()
}

fn renamed<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for (name, place) in properties(document) {
        let known = NAMES.iter().find_map(|(old, new)| match old.strip_suffix('.') {
            Some(_) => Some(format!("{new}{}", name.strip_prefix(old)?)),
            None => (name == *old).then(|| (*new).to_owned()),
        });
        if let Some(now) = known {
            let key = name.clone();
            let fact =
                Fact::map([("name", Some(Fact::text(name))), ("now", Some(Fact::text(now)))]);
            items.push(place.item(key, fact));
        }
    }
    items
}

/// How deep properties about tracing stand.
const DEPTH_MAX: usize = 8;

/// The properties of a document that are about tracing, or say what the application is called, by
/// their dotted names.
fn properties<'t>(document: &Document<'t>) -> Vec<(String, Cursor<'t>)> {
    let mut found = Vec::new();
    if document.dialect.id() == "spring" {
        collect("", &document.cursor(), &mut found, 0);
    }
    found
}

fn collect<'t>(
    above: &str,
    place: &Cursor<'t>,
    found: &mut Vec<(String, Cursor<'t>)>,
    depth: usize,
) {
    const ROOTS: [&str; 3] = ["management.", "otel.", "spring.application.name"];
    for (key, inner) in place.entries() {
        let name = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        let is_own = |root: &&str| name.starts_with(*root) || root.starts_with(&format!("{name}."));
        if inner.node.is_scalar() {
            if ROOTS.iter().any(|root| name.starts_with(root)) {
                found.push((name, inner));
            }
        } else if depth < DEPTH_MAX && ROOTS.iter().any(is_own) {
            collect(&name, &inner, found, depth + 1);
        }
    }
}

/// Properties that an SDK or Spring Boot reads, where they stand as keys in keys.
const READ: [&str; 17] = [
    "management.tracing.enabled",
    "management.tracing.export.enabled",
    "management.tracing.sampling.probability",
    "management.tracing.export.otlp.enabled",
    "management.otlp.tracing.endpoint",
    "management.otlp.tracing.export.enabled",
    "management.opentelemetry.tracing.export.otlp.endpoint",
    "management.zipkin.tracing.endpoint",
    "otel.exporter.otlp.endpoint",
    "otel.exporter.otlp.protocol",
    "otel.exporter.otlp.traces.endpoint",
    "otel.propagators",
    "otel.sdk.disabled",
    "otel.service.name",
    "otel.traces.exporter",
    "otel.traces.sampler",
    "spring.application.name",
];

/// What a YAML file of Spring says about tracing; nothing where some of it is filled in elsewhere.
pub(super) fn process<'t>(document: &Document<'t>) -> Option<Process<'t>> {
    if document.syntax != "yaml" {
        return None;
    }
    let mut variables = Vec::new();
    for (name, place) in properties(document) {
        let Some(known) = READ.iter().find(|known| **known == name) else { continue };
        if unresolved(place.node.text()).is_some() {
            return None;
        }
        variables.push(scalar(known, place));
    }
    let told = document.cursor().at(&["management", "tracing", "propagation"]);
    variables.extend(told.map(|place| scalar("management.tracing.propagation", place)));
    let speaks = variables.iter().any(|variable| variable.setting.is_some());
    speaks.then(|| Process::of_tree(&owner(document), variables, document.cursor()))
}
