//! Disruption budgets.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static BUDGET: View = View {
    id: "k8s.disruption-budget",
    about: "The spec of a PodDisruptionBudget",
    fields: &[
        ("owner", "the object: poddisruptionbudget/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("selector", "which pods it holds for"),
        ("min_available", "minAvailable as text; absent when not said"),
        ("max_unavailable", "maxUnavailable as text; absent when not said"),
        ("allows_none", "whether no pod may ever be taken away: 0 unavailable, or all available"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: Object<'t>| {
        let spec = object.cursor.get("spec")?;
        let namespace = Some(object.namespace).filter(|namespace| !namespace.is_empty());
        let none = spec.text(&["maxUnavailable"]).is_some_and(|text| ["0", "0%"].contains(&text))
            || spec.text(&["minAvailable"]) == Some("100%");
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", namespace.map(Fact::text)),
            ("selector", spec.fact_at(&["selector"])),
            ("min_available", spec.text(&["minAvailable"]).map(Fact::text)),
            ("max_unavailable", spec.text(&["maxUnavailable"]).map(Fact::text)),
            ("allows_none", Some(Fact::Bool(none))),
        ]);
        // The whole object: a finding on pods that nothing picks any more speaks for its removal.
        Some(object.cursor.item(object.owner(), fact))
    };
    of_kinds(document, &["PodDisruptionBudget"]).into_iter().filter_map(one).collect()
}
