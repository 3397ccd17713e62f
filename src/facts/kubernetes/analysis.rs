//! What decides whether a rollout goes on: the metrics of an analysis, and what they ask.

use regex::Regex;

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ANALYSIS: View = View {
    id: "rollout.analysis",
    about: "An analysis of a rollout: an AnalysisTemplate of Argo Rollouts (1.8, \
            utils/evaluate/evaluate.go: a metric without a condition always succeeds), the analysis of a \
            Flagger Canary (1.41)",
    fields: &[
        ("owner", "the object: analysistemplate/errors"),
        ("tool", "argo or flagger"),
        ("metrics", "how many metrics and gates it has"),
        ("deciding", "how many of them can stop the rollout"),
        ("idle", "names of those that cannot, sorted"),
    ],
    dialects: DIALECT,
    extract: analyses,
};

/// See its `about`.
pub(in crate::facts) static QUERY: View = View {
    id: "rollout.query",
    about: "One query by which an analysis of a rollout measures, at the query",
    fields: &[
        ("owner", "the object: analysistemplate/errors"),
        ("metric", "name of the metric"),
        (
            "scoped",
            "whether it names something of the release: an argument of the template, a variable of \
             Flagger, the hash or the colour of pods",
        ),
    ],
    dialects: DIALECT,
    extract: queries,
};

/// Kinds of templates of Argo Rollouts.
const TEMPLATES: [&str; 2] = ["AnalysisTemplate", "ClusterAnalysisTemplate"];

/// Providers that decide without a condition: a Job by how it ends, Kayenta by its judge.
const JUDGES: [&str; 2] = ["job", "kayenta"];

/// Flagger's hooks that can stop a rollout (fluxcd/flagger 15bd6ad5, pkg/controller/webhook.go).
const GATES: [&str; 5] =
    ["rollout", "pre-rollout", "confirm-rollout", "confirm-promotion", "confirm-traffic-increase"];

/// What names one release among several in a query.
const SCOPES: [&str; 8] = [
    "{{",
    "rollouts-pod-template-hash",
    "rollouts_pod_template_hash",
    "pod_template_hash",
    "canary",
    "preview",
    "colour",
    "color",
];

fn members<'t>(from: &Cursor<'t>, keys: &[&str]) -> Vec<Cursor<'t>> {
    from.at(keys).map(|list| list.items()).unwrap_or_default()
}

fn analyses<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let templates = of_kinds(document, &TEMPLATES).into_iter().filter_map(|object| argo(&object));
    let canaries =
        of_kinds(document, &["Canary"]).into_iter().filter_map(|object| flagger(&object));
    templates.chain(canaries).collect()
}

fn argo<'t>(object: &Object<'t>) -> Option<Item<'t>> {
    let place = object.cursor.at(&["spec", "metrics"])?;
    // As the controller has it: a pattern that may match anywhere in the name.
    let dry = members(&object.cursor, &["spec", "dryRun"]);
    let dry: Vec<&str> = dry.iter().filter_map(|one| one.text(&["metricName"])).collect();
    let is_dry = |name: &str| {
        dry.iter().any(|known| Regex::new(known).map_or(*known == name, |re| re.is_match(name)))
    };
    let decides = |metric: &Cursor<'t>| {
        let has = |key: &str| metric.text(&[key]).is_some_and(|text| !text.is_empty());
        let judges = JUDGES.iter().any(|judge| metric.node.at(&["provider", judge]).is_some());
        (has("successCondition") || has("failureCondition") || judges)
            && metric.text(&["failureLimit"]) != Some("-1")
            && !is_dry(metric.text(&["name"]).unwrap_or_default())
    };
    Some(item(object, "argo", &place, &place.items(), decides))
}

fn flagger<'t>(object: &Object<'t>) -> Option<Item<'t>> {
    let place = object.cursor.at(&["spec", "analysis"])?;
    let mut all = members(&place, &["metrics"]);
    all.extend(members(&place, &["webhooks"]));
    let decides = |one: &Cursor<'t>| {
        let ranged = ["thresholdRange", "threshold"].iter().any(|key| one.node.get(key).is_some());
        let gate = one.text(&["type"]).is_some_and(|kind| GATES.contains(&kind));
        let hook = one.node.get("url").is_some();
        if hook { gate || one.node.get("type").is_none() } else { ranged }
    };
    Some(item(object, "flagger", &place, &all, decides))
}

fn item<'t>(
    object: &Object<'t>,
    tool: &'static str,
    place: &Cursor<'t>,
    all: &[Cursor<'t>],
    decides: impl Fn(&Cursor<'t>) -> bool,
) -> Item<'t> {
    let first = all.iter().find(|one| !decides(one));
    let idle = all.iter().filter(|one| !decides(one));
    let mut idle: Vec<&str> = idle.map(|one| one.text(&["name"]).unwrap_or("a metric")).collect();
    idle.sort_unstable();
    let deciding = all.len().saturating_sub(idle.len());
    let owner = object.owner();
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("tool", Some(Fact::text(tool))),
        ("metrics", Fact::number(&all.len().to_string())),
        ("deciding", Fact::number(&deciding.to_string())),
        ("idle", Some(Fact::List(idle.into_iter().map(Fact::text).collect()))),
    ]);
    // Where none decides, the first that might is what to look at.
    first.filter(|_| deciding == 0).unwrap_or(place).item(owner, fact)
}

fn queries<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &TEMPLATES) {
        for metric in members(&object.cursor, &["spec", "metrics"]) {
            let provider = metric.get("provider").map(|all| all.entries()).unwrap_or_default();
            for (_, place) in provider {
                let name = metric.text(&["name"]).unwrap_or_default();
                items.extend(place.get("query").and_then(|place| query(&object, name, &place)));
            }
        }
    }
    for object in of_kinds(document, &["MetricTemplate"]) {
        let place = object.cursor.at(&["spec", "query"]);
        items.extend(place.and_then(|place| query(&object, object.name, &place)));
    }
    items
}

fn query<'t>(object: &Object<'t>, metric: &'t str, place: &Cursor<'t>) -> Option<Item<'t>> {
    let text = Some(place.node.text()).filter(|text| place.node.is_scalar() && !text.is_empty())?;
    let text = text.to_lowercase();
    let owner = object.owner();
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("metric", Some(Fact::text(metric))),
        ("scoped", Some(Fact::Bool(SCOPES.iter().any(|scope| text.contains(scope))))),
    ]);
    Some(place.item(format!("{owner}/{metric}"), fact))
}
