//! Terraform plans and states as JSON: `terraform show -json` of either, and the state file itself.

pub(super) mod sensitive;

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity};
use crate::model::{Node, Typing};

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
        sensitive::sensitive(map)
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
