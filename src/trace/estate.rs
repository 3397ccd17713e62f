//! What holds of objects of a cluster only beside others: whether pods may be disrupted, whether a
//! canary Ingress has something to be the canary of, whether Services exist that a rollout needs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::anchor::beside_of;
use super::index::{Hashes, hash};
use super::kept::{Keeping, Kept, of_view};
use super::selector::{Labels, picks};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::facts::Fact;

/// See its `about`.
pub(super) static DISRUPTION: SideView = SideView {
    id: "k8s.disruption",
    about: "A workload of several replicas and the disruption budgets that pick its pods (kubernetes v1.35, \
            pkg/controller/disruption: percentages are rounded up)",
    fields: &[
        ("owner", "the workload: deployment/pay; colours folded"),
        ("replicas", "how many replicas it has at least"),
        ("budgets", "names of the budgets, sorted; colours folded"),
        (
            "allowed",
            "how many pods may go at a time by the strictest; absent where there is no budget",
        ),
    ],
    extract: disruptions,
};

/// See its `about`.
pub(super) static CANARY: SideView = SideView {
    id: "k8s.canary-ingress",
    about: "An Ingress that ingress-nginx takes for a canary, and those that it shares hosts and paths with",
    fields: &[
        ("owner", "the Ingress: ingress/pay-canary; colours folded"),
        (
            "primaries",
            "how many Ingresses of its class take one of its hosts and paths and are no canary",
        ),
        ("canaries", "how many canaries do, itself counted"),
        ("weight", "its weight"),
        ("total", "what the weight is out of"),
    ],
    extract: canaries,
};

/// See its `about`.
pub(super) static SERVICE: SideView = SideView {
    id: "rollout.service",
    about: "A Service that a Rollout names for one of its versions, and whether it is there",
    fields: &[
        ("owner", "the Rollout: rollout/pay; colours folded"),
        ("role", "activeService, previewService, stableService or canaryService"),
        ("service", "the name; colours folded"),
        ("shared", "whether it is named for both versions"),
        ("exists", "whether it was read; absent where no Service was"),
    ],
    extract: services,
};

fn number(count: u64) -> Option<Fact<'static>> {
    Fact::number(&count.to_string())
}

fn disruptions(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let (budgets, counts) = (Budgets::of(graph.kept), Counts::of(graph.kept));
    let mut items = Vec::new();
    for (index, workload) in graph.workloads.iter().enumerate() {
        let kind = workload.owner.split('/').next().unwrap_or_default();
        if !["deployment", "statefulset", "rollout", "replicaset"].contains(&kind) {
            continue;
        }
        let own = budgets.picking(workload);
        let replicas = counts.least(workload);
        let allowed = own.iter().filter_map(|budget| allowed(budget, replicas)).min();
        let mut names: Vec<String> =
            own.iter().map(|budget| graph.folded(budget.word("owner"))).collect();
        names.sort_unstable();
        let Some((namespace, owner)) = graph.name_of(index) else { continue };
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.clone()))),
            ("replicas", number(replicas)),
            ("budgets", Some(Fact::List(names.into_iter().map(Fact::text).collect()))),
            ("allowed", allowed.and_then(number)),
        ]);
        let budgets = own.iter().filter_map(|budget| budget.at.clone());
        // Not the pods as a whole: other changes of theirs have nothing to do with it.
        let at = budgets.chain(beside_of(&workload.at_pod, &["metadata", "labels"])).collect();
        items.push(SideItem { key: format!("{namespace} {owner}"), at, fact });
    }
    items
}

/// Disruption budgets with what they select, by namespace and the first label that they want, so that a
/// workload is held against few of them.
struct Budgets<'k> {
    all: Vec<(&'k Kept, Fact<'k>)>,
    /// The keys of those labels.
    keys: BTreeSet<String>,
    wanted: Hashes,
}

impl<'k> Budgets<'k> {
    fn of(kept: &'k Keeping) -> Self {
        let selector = |one: &'k Kept| one.get("selector").unwrap_or(Fact::Map(Vec::new()));
        let all = of_view(kept, "k8s.disruption-budget");
        let all: Vec<(&Kept, Fact<'_>)> = all.map(|one| (one, selector(one))).collect();
        let mut keys = BTreeSet::new();
        let wanted = all.iter().map(|(budget, selector)| {
            let labels = match selector.get("matchLabels") {
                Some(Fact::Map(labels)) => labels.as_slice(),
                _ => &[],
            };
            let Some((key, value)) = labels.iter().find_map(label) else {
                return hash(&[budget.word("namespace")]);
            };
            if !keys.contains(key) {
                keys.insert(key.to_owned());
            }
            hash(&[budget.word("namespace"), key, value])
        });
        let wanted = wanted.enumerate().map(|(nth, hash)| (hash, nth)).collect();
        Self { all, keys, wanted }
    }

    /// Those that pick the pods of a workload, in their order.
    fn picking(&self, workload: &Workload) -> Vec<&'k Kept> {
        let labels = Labels { known: &workload.labels, is_all: true };
        let own = workload.namespace.as_str();
        let wanted = self.keys.iter().filter_map(|key| {
            let value = workload.labels.get(key)?;
            Some(hash(&[own, key, value]))
        });
        let near = wanted.chain([hash(&[own])]).flat_map(|wanted| self.wanted.get(wanted));
        let picking = near.filter(|nth| {
            self.all.get(*nth).is_some_and(|(budget, selector)| {
                budget.word("namespace") == own && picks(selector, labels) == Some(true)
            })
        });
        let mut picking: Vec<usize> = picking.collect();
        picking.sort_unstable();
        picking.dedup();
        picking.into_iter().filter_map(|nth| Some(self.all.get(nth)?.0)).collect()
    }
}

fn label<'f>((key, value): &'f (Cow<'_, str>, Fact<'_>)) -> Option<(&'f str, &'f str)> {
    let Fact::Text(value) = value else { return None };
    Some((key, value))
}

/// How many replicas are asked for: by setting, namespace and what they are of, in lower case. The
/// first of several holds.
struct Counts<'k> {
    all: Vec<&'k Kept>,
    named: Hashes,
}

impl<'k> Counts<'k> {
    fn of(kept: &'k Keeping) -> Self {
        let all: Vec<&Kept> = of_view(kept, "k8s.replicas").collect();
        let named = all.iter().enumerate().map(|(nth, one)| {
            let of = counted(one).to_ascii_lowercase();
            (hash(&[one.word("setting"), one.word("namespace"), &of]), nth)
        });
        let named = named.collect();
        Self { all, named }
    }

    /// The fewest that a workload has: those of its autoscaler, else its own, else one.
    fn least(&self, workload: &Workload) -> u64 {
        let (namespace, owner) = (&workload.namespace, workload.owner.to_ascii_lowercase());
        let said = |setting: &str| {
            let known = self.named.get(hash(&[setting, namespace, &owner]));
            let mut known = known.filter_map(|nth| self.all.get(nth)).filter(|one| {
                one.word("setting") == setting
                    && one.word("namespace") == namespace
                    && counted(one).eq_ignore_ascii_case(&owner)
            });
            count(known.next()?.get("count").as_ref())
        };
        let scaled = said("maxReplicas").is_some();
        let by_scaler = said("minReplicas").or_else(|| scaled.then_some(1));
        by_scaler.or_else(|| said("replicas")).unwrap_or(1)
    }
}

/// What a count of replicas is of.
fn counted(one: &Kept) -> &str {
    one.word(if one.word("setting") == "replicas" { "owner" } else { "target" })
}

fn count(fact: Option<&Fact<'_>>) -> Option<u64> {
    let Fact::Number(number) = fact? else { return None };
    number.as_str().parse().ok()
}

/// How many of so many pods may go at a time.
fn allowed(budget: &Kept, replicas: u64) -> Option<u64> {
    if let Some(most) = budget.said("max_unavailable") {
        return scaled(&most, replicas);
    }
    let least = scaled(&budget.said("min_available")?, replicas)?;
    Some(replicas.saturating_sub(least))
}

/// A number, or a percentage rounded up.
fn scaled(text: &str, of: u64) -> Option<u64> {
    match text.strip_suffix('%') {
        Some(percent) => Some(percent.parse::<u64>().ok()?.checked_mul(of)?.div_ceil(100)),
        None => text.parse().ok(),
    }
}

fn canaries(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let all: Vec<&Kept> = of_view(graph.kept, "k8s.ingress-entry").collect();
    let is_canary = |kept: &Kept| kept.get("canary") == Some(Fact::Bool(true));
    let place = |kept: &Kept| (kept.word("namespace").to_owned(), kept.word("class").to_owned());
    let mut items = Vec::new();
    for kept in all.iter().filter(|kept| is_canary(kept)) {
        let own = kept.texts("entries");
        let meets = |other: &&&Kept| {
            place(other) == place(kept) && other.texts("entries").iter().any(|e| own.contains(e))
        };
        let (same, primaries): (Vec<&Kept>, Vec<&Kept>) =
            all.iter().filter(meets).copied().partition(|other| is_canary(other));
        let how_many = |list: &[&Kept]| number(u64::try_from(list.len()).unwrap_or(u64::MAX));
        let owner = graph.folded(kept.word("owner"));
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.clone()))),
            ("primaries", how_many(&primaries)),
            ("canaries", how_many(&same)),
            ("weight", count(kept.get("weight").as_ref()).and_then(number)),
            ("total", count(kept.get("total").as_ref()).and_then(number)),
        ]);
        let key = format!("{} {owner}", graph.folded(kept.word("namespace")));
        items.push(SideItem { key, at: kept.at.iter().cloned().collect(), fact });
    }
    items
}

fn services(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = BTreeMap::new();
    for kept in of_view(graph.kept, "rollout.named-service") {
        let (namespace, name) = (kept.word("namespace"), kept.word("service"));
        let is_there = [namespace, ""].iter().any(|ns| graph.services.contains_key(&(*ns, name)));
        let any = !graph.services.is_empty();
        let owner = graph.folded(kept.word("owner"));
        let role = kept.text("role");
        let key = format!("{} {owner} {role}", graph.folded(namespace));
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner))),
            ("role", Some(Fact::text(role))),
            ("service", Some(Fact::text(graph.folded(name)))),
            ("shared", kept.get("shared").map(Fact::into_owned)),
            ("exists", any.then_some(Fact::Bool(is_there))),
        ]);
        items.insert(key.clone(), SideItem { key, at: kept.at.iter().cloned().collect(), fact });
    }
    items.into_values().collect()
}
