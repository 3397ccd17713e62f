//! Services that name attributes anew, and collectors that mask them by their former names.

use std::collections::BTreeSet;

use super::anchor::{Anchor, At};
use super::collector::Collector;
use super::measure::measures;
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static SEMCONV: SideView = SideView {
    id: "trace.semconv",
    about: "One service that is told to use newer names of attributes, at the variable that says so",
    fields: &[
        ("owner", "who is told: deployment/pay; colours folded"),
        ("opted", "what it is told, in lower case, sorted"),
        (
            "missed",
            "former names that a collector on its way masks, and whose new names it does not: former -> new",
        ),
    ],
    extract,
};

/// What a service is told.
#[derive(Debug, Clone)]
pub(super) struct OptIn {
    pub(super) owner: String,
    /// Absent where it comes from elsewhere.
    pub(super) value: Option<String>,
    pub(super) at: At,
}

/// Former and new names of attributes that may hold personal data, by what brings them
/// (open-telemetry/semantic-conventions, `docs/non-normative/http-migration.md` and
/// `db-migration.md`).
const RENAMED: [(&str, &str, &str); 9] = [
    ("http", "http.url", "url.full"),
    ("http", "http.target", "url.path"),
    ("http", "http.target", "url.query"),
    ("http", "http.user_agent", "user_agent.original"),
    ("http", "http.client_ip", "client.address"),
    ("http", "net.sock.peer.addr", "network.peer.address"),
    ("database", "db.statement", "db.query.text"),
    ("database", "db.name", "db.namespace"),
    ("database", "db.operation", "db.operation.name"),
];

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    side.graph.opted.iter().map(|opted| item(side, opted)).collect()
}

fn item(side: &SideFacts<'_>, told: &OptIn) -> SideItem<'static> {
    let lower = told.value.as_deref().unwrap_or_default().to_lowercase();
    let words = lower.split(',').map(str::trim).filter(|word| !word.is_empty());
    let opted: BTreeSet<&str> = words.collect();
    let mut missed = BTreeSet::new();
    let mut places: Vec<Anchor> = told.at.iter().cloned().collect();
    for collector in passed(side, &told.owner) {
        let (names, at) = masked(collector);
        for (what, former, new) in RENAMED {
            let is_told = told.value.is_none()
                || opted.contains(what)
                || opted.contains(format!("{what}/dup").as_str());
            let holds = |name: &str| names.iter().any(|text| text.contains(name));
            if is_told && holds(former) && !holds(new) {
                missed.insert(format!("{former} -> {new}"));
                places.extend(at.iter().cloned());
            }
        }
    }
    let owner = side.graph.folded(&told.owner);
    let is_open = told.value.is_none() && !missed.is_empty();
    let list = |texts: Vec<String>| Some(Fact::List(texts.into_iter().map(Fact::text).collect()));
    let unknown = || Fact::Unknown("what it is told comes from elsewhere".to_owned());
    let missed = if is_open { Some(unknown()) } else { list(missed.into_iter().collect()) };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("opted", list(opted.into_iter().map(str::to_owned).collect())),
        ("missed", missed),
    ]);
    let mut seen = BTreeSet::new();
    places.retain(|anchor| seen.insert(anchor.clone()));
    let resource = told.at.as_ref().map_or(String::new(), |at| at.home.resource.0.clone());
    SideItem { key: format!("{resource} {owner}"), at: places, fact }
}

/// The collectors that spans of a service pass.
fn passed<'g>(side: &SideFacts<'g>, owner: &str) -> Vec<&'g Collector> {
    let is_own = |settings: &str| {
        settings == owner || settings.strip_prefix(owner).is_some_and(|rest| rest.starts_with('/'))
    };
    let own = side.paths.iter().filter(|way| is_own(&way.settings));
    let names: BTreeSet<&str> =
        own.flat_map(|way| &way.path.hops).map(|hop| hop.from.as_str()).collect();
    let all = side.graph.collectors.iter().copied();
    all.filter(|collector| names.contains(collector.name.as_str())).collect()
}

/// What a collector masks by name in its traces, and where.
fn masked(collector: &Collector) -> (Vec<String>, Vec<Anchor>) {
    let used = |id: &String| collector.pipelines.iter().any(|p| p.processors.contains(id));
    let (mut names, mut at) = (Vec::new(), Vec::new());
    for part in collector.parts.iter().filter(|part| part.section == "processors" && used(&part.id))
    {
        let known = measures(&part.kind, &part.config, None);
        if !known.what.is_empty() {
            at.extend(part.at_measures());
        }
        names.extend(known.what);
    }
    (names, at)
}
