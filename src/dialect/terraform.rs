//! Terraform plans and states as JSON: `terraform show -json` of either, and the state file itself.

pub(super) mod sensitive;
mod unknown;

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, LeftOut};
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

    fn is_mark(&self, key: &str) -> bool {
        matches!(key, "after_unknown" | "before_sensitive" | "after_sensitive" | "sensitive_values")
    }

    fn left_out<'t>(&self, document: Node<'t>) -> LeftOut<'t> {
        unknown::left_out(document)
    }
}

/// Ends of the names of files that give variables values, which other files declare.
const VALUES: [&str; 2] = [".tfvars", ".tfvars.json"];

/// Ends of the names of files that declare variables (`OpenTofu` reads the last two).
const CONFIGURATION: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];

/// Whether a file gives variables values.
pub fn gives_values(file: &str) -> bool {
    VALUES.iter().any(|end| file.ends_with(end))
}

/// Whether a file is part of a configuration, or gives its variables values.
pub fn is_of_terraform(file: &str) -> bool {
    gives_values(file) || configures(file)
}

fn configures(file: &str) -> bool {
    CONFIGURATION.iter().any(|end| file.ends_with(end))
}

/// The variables that a file declares sensitive, if it is one of a configuration.
pub fn sensitive_variables<'t>(file: &str, root: Node<'t>) -> Vec<&'t str> {
    if configures(file) { sensitive::declarations(root) } else { Vec::new() }
}

/// The values that a file gives to variables and locals of these names: values of variables, their
/// defaults, what is passed to modules, and locals.
pub fn given<'t>(
    file: &str,
    root: Node<'t>,
    is_variable: impl Fn(&str) -> bool,
    is_local: impl Fn(&str) -> bool,
) -> Vec<Node<'t>> {
    if gives_values(file) {
        sensitive::given(root, is_variable)
    } else if configures(file) {
        sensitive::given_within(root, is_variable, is_local)
    } else {
        Vec::new()
    }
}

/// What a change of a plan leaves open until it is applied, by the keys that lead to it.
pub fn known_after_apply(change: Node<'_>) -> Vec<String> {
    unknown::marked(change)
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("terraform.toml")).unwrap();
    }
}
