//! Terraform plans and states as JSON: `terraform show -json` of either, and the state file itself.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity};
use crate::model::{Kind, Node, Scalar, Typing};

/// The dialect.
pub(super) static TERRAFORM: Terraform = Terraform;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("terraform.toml")).unwrap_or_default());

/// See [`TERRAFORM`].
pub(super) struct Terraform;

impl Dialect for Terraform {
    fn id(&self) -> &'static str {
        "terraform"
    }

    fn about(&self) -> &'static str {
        "Terraform plans and states as JSON: resources by address, sensitive values masked"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "plan.json",
            "{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\", \"resource_changes\": \
             [{\"address\": \"a.b\", \"change\": {\"actions\": [\"create\"], \"before\": null, \
             \"after\": {\"x\": 1}}}]}",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let has = |key: &str| root.get(key).is_some();
        let shown = has("format_version");
        let kind = if shown && (has("planned_values") || has("resource_changes")) {
            "plan"
        } else if shown && has("values") && has("terraform_version") {
            "state"
        } else if has("lineage") && has("serial") && has("resources") {
            "state-file"
        } else {
            return None;
        };
        (syntax == "json").then(|| {
            let name = format!("terraform-{kind}:{file}");
            Identity { kind: kind.to_owned(), join: name.clone(), name, portable: false }
        })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn sensitive<'t>(&self, map: Node<'t>) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        for (values, marks) in MARKED {
            if let (Some(values), Some(marks)) = (map.get(values), map.get(marks)) {
                marked(values, marks, &mut found);
            }
        }
        if let (Some(attributes), Some(paths)) =
            (map.get("attributes"), map.get("sensitive_attributes"))
        {
            for path in paths.items() {
                found_at(attributes, path, &mut found);
            }
        }
        found
    }
}

/// Values, and the map beside them that has `true` wherever they are secret.
const MARKED: [(&str, &str); 4] = [
    ("before", "before_sensitive"),
    ("after", "after_sensitive"),
    ("values", "sensitive_values"),
    ("value", "sensitive"),
];

/// Every scalar of `values` that `marks`, a tree of the same shape, marks. Depth is that of the
/// tree.
fn marked<'t>(values: Node<'t>, marks: Node<'t>, found: &mut Vec<Node<'t>>) {
    match marks.kind() {
        Kind::Map => {
            for entry in marks.entries() {
                if let Some(value) = values.get(entry.key.text()) {
                    marked(value, entry.value, found);
                }
            }
        }
        Kind::List => {
            for (value, mark) in values.items().zip(marks.items()) {
                marked(value, mark, found);
            }
        }
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            if Typing::Yaml12.read(marks) == Scalar::Bool(true) {
                scalars(values, found);
            }
        }
    }
}

/// Every scalar at the end of a path of a state file: `[{"type": "get_attr", "value": "password"}]`.
fn found_at<'t>(attributes: Node<'t>, path: Node<'t>, found: &mut Vec<Node<'t>>) {
    let mut here = attributes;
    for step in path.items() {
        let Some(key) = step.get("value") else { break };
        let key = key.get("value").unwrap_or(key);
        let next = if here.kind() == Kind::List {
            key.text().parse().ok().and_then(|index| here.items().nth(index))
        } else {
            here.get(key.text())
        };
        // What cannot be followed further is secret as a whole.
        let Some(next) = next else { break };
        here = next;
    }
    scalars(here, found);
}

fn scalars<'t>(node: Node<'t>, found: &mut Vec<Node<'t>>) {
    if node.is_scalar() {
        found.push(node);
    }
    for entry in node.entries() {
        scalars(entry.value, found);
    }
    for item in node.items() {
        scalars(item, found);
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("terraform.toml")).unwrap();
    }
}
