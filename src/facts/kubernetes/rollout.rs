//! How a new version takes over: Argo Rollouts, Flagger, the Deployment controller.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static STRATEGY: View = View {
    id: "rollout.strategy",
    about: "How a workload changes from one version to the next; defaults as of Argo Rollouts 1.8 \
            and Flagger 1.41",
    fields: &[
        ("owner", "the object: rollout/pay"),
        ("tool", "argo, flagger or kubernetes"),
        ("kind", "blueGreen, canary, RollingUpdate, Recreate or OnDelete"),
        ("auto_promotion", "blueGreen.autoPromotionEnabled; true when not said"),
        ("pre_promotion_analysis", "whether an analysis runs before the promotion"),
        ("post_promotion_analysis", "whether an analysis runs after the promotion"),
        ("scale_down_delay", "blueGreen.scaleDownDelaySeconds; 30 when not said"),
        ("abort_scale_down_delay", "abortScaleDownDelaySeconds; 30 when not said"),
        ("abort_on_deadline", "progressDeadlineAbort; false when not said"),
        ("skip_analysis", "Flagger's skipAnalysis; false when not said"),
        ("steps", "canary steps as written"),
        ("max_unavailable", "rollingUpdate.maxUnavailable as written"),
        ("max_surge", "rollingUpdate.maxSurge as written"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let kinds = ["Rollout", "Canary", "Deployment", "StatefulSet", "DaemonSet"];
    of_kinds(document, &kinds).iter().filter_map(item).collect()
}

fn item<'t>(object: &Object<'t>) -> Option<Item<'t>> {
    let spec = object.cursor.get("spec")?;
    match object.kind {
        "Rollout" => argo(object, &spec),
        "Canary" => Some(flagger(object, &spec)),
        _ => controller(object, &spec),
    }
}

fn argo<'t>(object: &Object<'t>, spec: &Cursor<'t>) -> Option<Item<'t>> {
    let (kind, way) = ["blueGreen", "canary"]
        .iter()
        .find_map(|kind| Some((*kind, spec.at(&["strategy", kind])?)))?;
    let owner = object.owner();
    let has = |key: &str| Some(Fact::Bool(way.node.get(key).is_some()));
    let blue_green = kind == "blueGreen";
    let or = |key: &str, default: Option<Fact<'t>>| way.fact_at(&[key]).or(default);
    let only = |fact: Option<Fact<'t>>| fact.filter(|_| blue_green);
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("tool", Some(Fact::text("argo"))),
        ("kind", Some(Fact::text(kind))),
        ("auto_promotion", only(or("autoPromotionEnabled", Some(Fact::Bool(true))))),
        ("pre_promotion_analysis", only(has("prePromotionAnalysis"))),
        ("post_promotion_analysis", only(has("postPromotionAnalysis"))),
        ("scale_down_delay", only(or("scaleDownDelaySeconds", Fact::number("30")))),
        ("abort_scale_down_delay", or("abortScaleDownDelaySeconds", Fact::number("30"))),
        ("abort_on_deadline", spec.fact_at(&["progressDeadlineAbort"]).or(Some(Fact::Bool(false)))),
        ("steps", way.fact_at(&["steps"])),
    ]);
    Some(way.item(owner, fact))
}

fn flagger<'t>(object: &Object<'t>, spec: &Cursor<'t>) -> Item<'t> {
    let owner = object.owner();
    let analysis = |key| spec.fact_at(&["analysis", key]);
    let kind = if analysis("iterations").is_some() { "blueGreen" } else { "canary" };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("tool", Some(Fact::text("flagger"))),
        ("kind", Some(Fact::text(kind))),
        ("skip_analysis", spec.fact_at(&["skipAnalysis"]).or(Some(Fact::Bool(false)))),
        ("steps", analysis("stepWeights")),
    ]);
    spec.item(owner, fact)
}

fn controller<'t>(object: &Object<'t>, spec: &Cursor<'t>) -> Option<Item<'t>> {
    let strategy = spec.get("strategy").or_else(|| spec.get("updateStrategy"))?;
    let owner = object.owner();
    let kind = strategy.fact_at(&["type"]).or_else(|| Some(Fact::text("RollingUpdate")));
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("tool", Some(Fact::text("kubernetes"))),
        ("kind", kind),
        ("max_unavailable", strategy.fact_at(&["rollingUpdate", "maxUnavailable"])),
        ("max_surge", strategy.fact_at(&["rollingUpdate", "maxSurge"])),
    ]);
    Some(strategy.item(owner, fact))
}
