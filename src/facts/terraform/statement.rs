//! What policies of a cloud allow, as a plan of Terraform has them.

use super::{DIALECT, Planned};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::{Limits, Node, SourceId};
use crate::syntax;

/// See its `about`.
pub(in crate::facts) static STATEMENT: View = View {
    id: "cloud.statement",
    about: "One statement of a planned IAM policy, or a role that is given to somebody, at the policy or \
            role",
    fields: &[
        ("address", "the address of the resource"),
        ("effect", "Allow or Deny; unknown where the policy is known only once it is applied"),
        ("actions", "the actions; of a role its name"),
        ("resources", "what they may be done to; * for a role, which is about all of its scope"),
        ("conditional", "whether a condition narrows it"),
        ("everything", "whether it allows every action of a service, or of all, on everything"),
    ],
    dialects: DIALECT,
    extract,
};

/// Roles by which somebody may do almost everything.
const ROLES: [&str; 4] = ["roles/owner", "roles/editor", "Owner", "Contributor"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    Planned::kept(document).iter().flat_map(of_resource).collect()
}

fn of_resource<'t>(planned: &Planned<'t>) -> Vec<Item<'t>> {
    let kind = planned.kind;
    let (attribute, is_policy) = match kind {
        "aws_iam_policy"
        | "aws_iam_role_policy"
        | "aws_iam_user_policy"
        | "aws_iam_group_policy" => ("policy", true),
        "azurerm_role_assignment" => ("role_definition_name", false),
        _ if kind.starts_with("google_") && kind.contains("_iam_") => ("role", false),
        _ => return Vec::new(),
    };
    let place = planned.place(attribute);
    match planned.said(attribute) {
        Some(Fact::Unknown(reason)) => {
            vec![item(planned, &place, 0, &Statement::default(), Some(Fact::Unknown(reason)))]
        }
        Some(Fact::Text(text)) if is_policy => policy(planned, &place, &text),
        Some(Fact::Text(role)) => {
            let everything = ROLES.contains(&&*role);
            let (actions, resources) = (vec![role.into_owned()], vec!["*".to_owned()]);
            let said = Statement { actions, resources, everything, is_conditional: false };
            vec![item(planned, &place, 0, &said, None)]
        }
        _ => Vec::new(),
    }
}

/// What a statement says.
#[derive(Default)]
struct Statement {
    actions: Vec<String>,
    resources: Vec<String>,
    is_conditional: bool,
    everything: bool,
}

/// The statements of a policy, which is JSON in a text.
fn policy<'t>(planned: &Planned<'t>, place: &Cursor<'t>, text: &str) -> Vec<Item<'t>> {
    let Some(json) = syntax::detect("policy.json", text) else { return Vec::new() };
    let parsed = json.parse(text, SourceId(0), &Limits::STANDARD);
    let root = parsed.documents.first().and_then(|one| parsed.tree.root(one.root));
    let Some(said) = root.and_then(|root| root.get("Statement")) else {
        let reason = "it is no policy that can be read".to_owned();
        return vec![item(planned, place, 0, &Statement::default(), Some(Fact::Unknown(reason)))];
    };
    let one = |(index, node): (usize, Node<'_>)| {
        let list = |key: &str| match node.get(key) {
            Some(one) if one.is_scalar() => vec![one.text().to_owned()],
            Some(list) => list.items().map(|one| one.text().to_owned()).collect(),
            None => Vec::new(),
        };
        let (actions, resources) = (list("Action"), list("Resource"));
        let is_conditional = node.get("Condition").is_some();
        let everything = resources.iter().any(|one| one == "*")
            && actions.iter().any(|one| one == "*" || one.ends_with(":*"));
        let effect = Fact::text(node.text_at(&["Effect"]).unwrap_or("Allow").to_owned());
        let said = Statement { actions, resources, is_conditional, everything };
        item(planned, place, index, &said, Some(effect))
    };
    if said.items().next().is_some() {
        said.items().enumerate().map(one).collect()
    } else {
        vec![one((0, said))]
    }
}

fn item<'t>(
    planned: &Planned<'t>,
    place: &Cursor<'t>,
    index: usize,
    said: &Statement,
    effect: Option<Fact<'t>>,
) -> Item<'t> {
    let texts = |list: &[String]| Fact::List(list.iter().cloned().map(Fact::text).collect());
    let fact = Fact::map([
        ("address", Some(Fact::text(planned.address))),
        ("effect", effect.or_else(|| Some(Fact::text("Allow")))),
        ("actions", Some(texts(&said.actions))),
        ("resources", Some(texts(&said.resources))),
        ("conditional", Some(Fact::Bool(said.is_conditional))),
        ("everything", Some(Fact::Bool(said.everything))),
    ]);
    place.item(format!("{}/{index}", planned.address), fact)
}
