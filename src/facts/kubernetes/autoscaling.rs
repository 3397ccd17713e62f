//! What makes an autoscaler add replicas.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static SIGNAL: View = View {
    id: "k8s.autoscaling",
    about: "One signal of an autoscaler: a metric of a HorizontalPodAutoscaler (autoscaling/v1, v2beta2 and \
            v2), a trigger of a KEDA ScaledObject",
    fields: &[
        ("owner", "the object: horizontalpodautoscaler/pay"),
        ("signal", "what is measured: resource cpu, pods requests-per-second, kafka"),
        ("target", "what it is measured against, as text: 70%, 500m; absent when not said"),
    ],
    dialects: DIALECT,
    extract,
};

/// Where targets of a metric are written, in the order of the versions that say them.
const TARGETS: [(&[&str], &str); 6] = [
    (&["target", "averageUtilization"], "%"),
    (&["target", "averageValue"], ""),
    (&["target", "value"], ""),
    (&["targetAverageUtilization"], "%"),
    (&["targetAverageValue"], ""),
    (&["targetValue"], ""),
];

/// What triggers of KEDA call their target.
const THRESHOLDS: [&str; 8] = [
    "threshold",
    "value",
    "lagThreshold",
    "queueLength",
    "targetValue",
    "targetQueryValue",
    "messageCount",
    "desiredReplicas",
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["HorizontalPodAutoscaler"]) {
        let spec = ["spec", "targetCPUUtilizationPercentage"];
        if let Some(place) = object.cursor.at(&spec) {
            let target = Some(format!("{}%", place.node.text()));
            items.push(item(&object, "resource cpu", target, &place));
        }
        for metric in members(&object.cursor, &["spec", "metrics"]) {
            items.extend(measured(&object, &metric));
        }
    }
    for object in of_kinds(document, &["ScaledObject"]) {
        for trigger in members(&object.cursor, &["spec", "triggers"]) {
            let kind = trigger.text(&["type"]).unwrap_or_default();
            let place = THRESHOLDS.iter().find_map(|key| trigger.at(&["metadata", key]));
            let target = place.as_ref().map(|place| place.node.text().to_owned());
            let name =
                trigger.text(&["name"]).or_else(|| trigger.text(&["metadata", "metricName"]));
            let signal = name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}"));
            items.push(item(&object, &signal, target, &place.unwrap_or(trigger)));
        }
    }
    items
}

fn members<'t>(from: &Cursor<'t>, keys: &[&str]) -> Vec<Cursor<'t>> {
    from.at(keys).map(|list| list.items()).unwrap_or_default()
}

fn measured<'t>(object: &Object<'t>, metric: &Cursor<'t>) -> Option<Item<'t>> {
    let kind = metric.text(&["type"])?;
    let key = kind.get(..1)?.to_lowercase() + kind.get(1..)?;
    let of = metric.get(&key)?;
    let names = [&["name"][..], &["metric", "name"], &["metricName"]];
    let name = names.iter().find_map(|way| of.text(way)).unwrap_or_default();
    let container = of.text(&["container"]).map(|name| format!(" of {name}")).unwrap_or_default();
    let found = TARGETS.iter().find_map(|(way, unit)| Some((of.at(way)?, unit)));
    let target = found.as_ref().map(|(place, unit)| format!("{}{unit}", place.node.text()));
    let place = found.map_or(of, |(place, _)| place);
    Some(item(object, &format!("{} {name}{container}", kind.to_lowercase()), target, &place))
}

fn item<'t>(
    object: &Object<'t>,
    signal: &str,
    target: Option<String>,
    place: &Cursor<'t>,
) -> Item<'t> {
    let owner = object.owner();
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("signal", Some(Fact::text(signal.to_owned()))),
        ("target", target.map(Fact::text)),
    ]);
    place.item(format!("{owner}/{signal}"), fact)
}
