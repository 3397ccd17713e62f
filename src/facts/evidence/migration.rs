//! Which migrations a database has, as the tools of migrations say it: `flyway info
//! -outputType=json`, and what Spring Boot's actuator says of Flyway and Liquibase.

use super::{DIALECT, Standing, each, whole};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static MIGRATION: View = View {
    id: "db.migration",
    about: "One migration as its tool found it in the database: flyway info -outputType=json, actuator/flyway, \
            actuator/liquibase",
    fields: &[
        ("file", "path of the file within the folder of evidence"),
        ("subjects", "the release whose migrations these are, as evidence.toml says it"),
        ("finished", "when the database was asked, as evidence.toml says it; absent when not said"),
        ("tool", "flyway or liquibase"),
        ("version", "its version, or what stands for one"),
        ("description", "its description; absent when not said"),
        ("state", "its state in lower case: success, pending, failed, out of order"),
        ("done", "whether it is in the database as it should be"),
    ],
    dialects: DIALECT,
    extract,
};

/// See its `about`.
pub(in crate::facts) static VERSION: View = View {
    id: "db.version",
    about: "The newest versioned migration that is in a database",
    fields: &[
        ("file", "path of the file within the folder of evidence"),
        ("subjects", "the release whose migrations these are"),
        ("finished", "when the database was asked; absent when not said"),
        ("version", "the version"),
    ],
    dialects: DIALECT,
    extract: versions,
};

/// States of Flyway in which nothing is left to do (flyway 11, `MigrationState`), in lower case and
/// with blanks. One that came out of order is there, and not as on other databases.
const DONE: [&str; 7] = [
    "success",
    "baseline",
    "below baseline",
    "ignored (baseline)",
    "superseded",
    "undone",
    "available",
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    found(document).iter().map(|one| item(document, one)).collect()
}

struct Found<'t> {
    tool: &'static str,
    version: &'t str,
    state: String,
    place: Cursor<'t>,
}

fn found<'t>(document: &Document<'t>) -> Vec<Found<'t>> {
    if document.identity.kind != "migration" {
        return Vec::new();
    }
    let root = document.cursor();
    let mut all: Vec<Found<'t>> = each(&root, "migrations").into_iter().map(flyway).collect();
    let contexts = root.get("contexts").map(|map| map.entries()).unwrap_or_default();
    for (_, context) in contexts {
        let beans = |key: &str| context.get(key).map(|map| map.entries()).unwrap_or_default();
        for (_, bean) in beans("flywayBeans") {
            all.extend(each(&bean, "migrations").into_iter().map(flyway));
        }
        for (_, bean) in beans("liquibaseBeans") {
            all.extend(each(&bean, "changeSets").into_iter().map(liquibase));
        }
    }
    all
}

fn flyway(place: Cursor<'_>) -> Found<'_> {
    let state = place.text(&["state"]).unwrap_or("unknown").to_lowercase().replace('_', " ");
    let version = place.text(&["version"]).filter(|version| !version.is_empty());
    let version = version.or_else(|| place.text(&["description"])).unwrap_or_default();
    Found { tool: "flyway", version, state, place }
}

/// The actuator lists what is in `DATABASECHANGELOG`: `EXECUTED`, `RERAN`, `MARK_RAN`, or `FAILED`.
fn liquibase(place: Cursor<'_>) -> Found<'_> {
    let state = match place.text(&["execType"]) {
        Some("EXECUTED" | "RERAN" | "MARK_RAN") => "success".to_owned(),
        other => other.unwrap_or("unknown").to_lowercase(),
    };
    Found { tool: "liquibase", version: place.text(&["id"]).unwrap_or_default(), state, place }
}

fn item<'t>(document: &Document<'t>, found: &Found<'t>) -> Item<'t> {
    let description = found.place.text(&["description"]).filter(|text| !text.is_empty());
    let fields = [
        ("tool", Some(Fact::text(found.tool))),
        ("version", Some(Fact::text(found.version))),
        ("description", description.map(Fact::text)),
        ("done", Some(Fact::Bool(DONE.contains(&found.state.as_str())))),
        ("state", Some(Fact::text(found.state.clone()))),
    ];
    let fact = Standing::default().fact(document, fields);
    found.place.item(format!("{} {}", found.tool, found.version), fact)
}

fn versions<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let said = document.cursor().text(&["schemaVersion"]).filter(|version| !version.is_empty());
    let all = found(document);
    let done = all.iter().filter(|one| one.state == "success" || one.state == "baseline");
    let mut newest = done.filter(|one| one.version.starts_with(|c: char| c.is_ascii_digit()));
    let Some(version) = said.or_else(|| newest.next_back().map(|one| one.version)) else {
        return Vec::new();
    };
    let fact = Standing::default().fact(document, [("version", Some(Fact::text(version)))]);
    vec![whole(document, &document.cursor(), fact)]
}
