//! What a policy of admission does with what it refuses: one item per setting.

use super::{DIALECT, Object, objects};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ENFORCEMENT: View = View {
    id: "policy.enforcement",
    about: "One setting that says what becomes of what a policy of admission refuses, or of what nobody \
            could judge",
    fields: &[
        ("owner", "the object: clusterpolicy/signed-images"),
        (
            "setting",
            "validationFailureAction, validationActions, enforcementAction or failurePolicy",
        ),
        ("mode", "its value in lower case, several in order joined by commas"),
        (
            "strict",
            "whether it is refused: 2 where it is, 1 where somebody is told, 0 where it passes",
        ),
    ],
    dialects: DIALECT,
    extract,
};

/// Kinds with a setting at `spec`: of Kyverno, of Kubernetes itself.
const SETTINGS: [&str; 4] =
    ["validationFailureAction", "validationActions", "enforcementAction", "failurePolicy"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    objects(document).iter().filter(|object| judges(object)).flat_map(of_object).collect()
}

/// Whether an object is about admission: by its kind, and constraints of Gatekeeper by their group.
fn judges(object: &Object<'_>) -> bool {
    let is_kind = ["Policy", "PolicyBinding", "WebhookConfiguration"]
        .iter()
        .any(|end| object.kind.ends_with(end));
    let group = || object.cursor.text(&["apiVersion"]).unwrap_or_default();
    is_kind && object.kind != "NetworkPolicy" || group().starts_with("constraints.gatekeeper.sh/")
}

fn of_object<'t>(object: &Object<'t>) -> Vec<Item<'t>> {
    let spec = object.cursor.get("spec");
    let own = SETTINGS.iter().filter_map(|setting| {
        let place = spec.as_ref()?.get(setting)?;
        Some(item(object, "", setting, &place))
    });
    let lists = [spec.as_ref().and_then(|spec| spec.get("rules")), object.cursor.get("webhooks")];
    let members = lists.into_iter().flatten().flat_map(|list| list.items());
    let inner = members.filter_map(|member| {
        let name = member.text(&["name"]).unwrap_or_default();
        let place = member.get("failurePolicy").map(|place| ("failurePolicy", place));
        let place = place.or_else(|| {
            Some(("validationFailureAction", member.at(&["validate", "failureAction"])?))
        });
        place.map(|(setting, place)| item(object, name, setting, &place))
    });
    own.chain(inner).collect()
}

fn item<'t>(
    object: &Object<'t>,
    member: &str,
    setting: &'static str,
    place: &Cursor<'t>,
) -> Item<'t> {
    let mut modes: Vec<String> = if place.node.is_scalar() {
        vec![place.node.text().to_lowercase()]
    } else {
        place.node.items().map(|mode| mode.text().to_lowercase()).collect()
    };
    modes.sort_unstable();
    let has = |known: &[&str]| modes.iter().any(|mode| known.contains(&mode.as_str()));
    let strict = if has(&["enforce", "deny", "fail"]) {
        "2"
    } else if has(&["audit", "warn", "dryrun"]) {
        "1"
    } else {
        "0"
    };
    let owner = object.owner();
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("setting", Some(Fact::text(setting))),
        ("mode", Some(Fact::text(modes.join(", ")))),
        ("strict", Fact::number(strict)),
    ]);
    place.item(format!("{owner}/{member}/{setting}"), fact)
}
