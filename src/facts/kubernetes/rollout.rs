//! How a new version takes over: Argo Rollouts, Flagger, the Deployment controller, and what a plan of
//! Terraform says of `CodeDeploy` and ECS.

use super::{Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::terraform::deploy;
use crate::facts::{Fact, Item, View};
use crate::model::{Node, Number};

/// See its `about`.
pub(in crate::facts) static STRATEGY: View = View {
    id: "rollout.strategy",
    about: "How a workload changes from one version to the next; defaults as of Argo Rollouts 1.8 \
            and Flagger 1.41, of CodeDeploy and ECS as in plans of the AWS provider 6",
    fields: &[
        ("owner", "the object: rollout/pay"),
        ("tool", "argo, flagger, kubernetes, codedeploy or ecs"),
        ("kind", "blueGreen, canary, RollingUpdate, Recreate or OnDelete"),
        ("auto_promotion", "blueGreen.autoPromotionEnabled; true when not said"),
        ("pre_promotion_analysis", "whether an analysis runs before the promotion"),
        ("post_promotion_analysis", "whether an analysis runs after the promotion"),
        ("scale_down_delay", "blueGreen.scaleDownDelaySeconds; 30 when not said"),
        ("abort_scale_down_delay", "abortScaleDownDelaySeconds; 30 when not said"),
        ("abort_on_deadline", "progressDeadlineAbort; false when not said"),
        ("skip_analysis", "Flagger's skipAnalysis; false when not said"),
        ("steps", "canary steps as written"),
        ("weights", "how many times a canary moves traffic before it takes all"),
        (
            "first_weight",
            "per cent of the requests that the first step moves; 100 where there is none",
        ),
        ("waits", "how many pauses and analyses stand among the steps"),
        ("rollback", "whether something goes back by itself when the new version fails"),
        ("max_unavailable", "rollingUpdate.maxUnavailable as written"),
        ("max_surge", "rollingUpdate.maxSurge as written"),
    ],
    dialects: &["kubernetes", "terraform"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.dialect.id() == "terraform" {
        return deploy::strategies(document);
    }
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
    let shift = Shift::of_steps(&way);
    let aborts = spec.text(&["progressDeadlineAbort"]) == Some("true");
    let analysed = ["prePromotionAnalysis", "postPromotionAnalysis", "analysis"]
        .iter()
        .any(|key| way.node.get(key).is_some());
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
        ("weights", number(shift.weights).filter(|_| !blue_green)),
        ("first_weight", number(shift.first).filter(|_| !blue_green)),
        ("waits", number(shift.waits).filter(|_| !blue_green)),
        ("rollback", Some(Fact::Bool(analysed || shift.is_analysed || aborts))),
    ]);
    Some(way.item(owner, fact))
}

fn flagger<'t>(object: &Object<'t>, spec: &Cursor<'t>) -> Item<'t> {
    let owner = object.owner();
    let analysis = |key| spec.fact_at(&["analysis", key]);
    let is_canary = analysis("iterations").is_none();
    let kind = if is_canary { "canary" } else { "blueGreen" };
    let shift = Shift::of_analysis(spec);
    let skips = spec.text(&["skipAnalysis"]) == Some("true");
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("tool", Some(Fact::text("flagger"))),
        ("kind", Some(Fact::text(kind))),
        ("skip_analysis", spec.fact_at(&["skipAnalysis"]).or(Some(Fact::Bool(false)))),
        ("steps", analysis("stepWeights")),
        ("weights", number(shift.weights).filter(|_| is_canary)),
        ("first_weight", number(shift.first).filter(|_| is_canary)),
        // Flagger analyses between all steps.
        ("waits", number(shift.waits).filter(|_| is_canary)),
        ("rollback", Some(Fact::Bool(!skips))),
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

/// How a canary moves traffic.
struct Shift {
    weights: u64,
    first: u64,
    waits: u64,
    is_analysed: bool,
}

impl Shift {
    /// By the steps of a Rollout.
    fn of_steps(way: &Cursor<'_>) -> Self {
        let steps = || way.node.get("steps").into_iter().flat_map(Node::items);
        let count = |keys: &[&str]| {
            let with = steps().filter(|step| keys.iter().any(|key| step.get(key).is_some()));
            u64::try_from(with.count()).unwrap_or(u64::MAX)
        };
        let first = steps().find_map(|step| whole(step.get("setWeight")?));
        Self {
            weights: count(&["setWeight"]),
            first: first.unwrap_or(100),
            waits: count(&["pause", "analysis", "experiment"]),
            is_analysed: count(&["analysis", "experiment"]) > 0,
        }
    }

    /// By the analysis of a Canary: single weights, or steps of one width.
    fn of_analysis(spec: &Cursor<'_>) -> Self {
        let at = |key| spec.node.at(&["analysis", key]);
        let listed: Vec<u64> =
            at("stepWeights").into_iter().flat_map(Node::items).filter_map(whole).collect();
        let width = at("stepWeight").and_then(whole).filter(|width| *width > 0);
        let most = at("maxWeight").and_then(whole).unwrap_or(100);
        let steps = width.and_then(|width| most.checked_div(width)).unwrap_or_default();
        let weights = u64::try_from(listed.len()).unwrap_or(u64::MAX).max(steps);
        let first = listed.first().copied().or(width).unwrap_or(100);
        Self { weights, first, waits: weights, is_analysed: weights > 0 }
    }
}

fn whole(node: Node<'_>) -> Option<u64> {
    Number::parse(node.text())?.as_str().parse().ok()
}

fn number<'t>(count: u64) -> Option<Fact<'t>> {
    Fact::number(&count.to_string())
}
