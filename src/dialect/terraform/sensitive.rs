//! What a plan or a state marks as sensitive, where it marks it, and what schemas of providers do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::{Kind, Node, Scalar, Typing};

/// Values, and the map beside them that has `true` wherever they are secret.
const MARKED: [(&str, &str); 5] = [
    ("before", "before_sensitive"),
    ("after", "after_sensitive"),
    ("values", "sensitive_values"),
    ("value", "sensitive"),
    ("default", "sensitive"),
];

/// Attributes that are secret whatever a state says, by the type of their resource.
static RESOURCES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let file = read(include_str!("../terraform_resources.toml")).unwrap_or_default();
    file.resource.into_iter().map(|known| (known.r#type, known.sensitive)).collect()
});

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    resource: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    r#type: String,
    sensitive: Vec<String>,
    #[expect(dead_code, reason = "who reads the file wants to know where a fact is from")]
    source: String,
}

fn read(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// Every scalar below a map that is secret by what stands in the map.
pub(super) fn sensitive(map: Node<'_>) -> Vec<Node<'_>> {
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
    if let Some(expression) = map.get("expression").filter(|_| is_sensitive(map)) {
        constants(expression, &mut found);
    }
    by_type(map, &mut found);
    passed(map, &mut found);
    if let Some(root) = map.get("configuration").and_then(|whole| whole.get("root_module")) {
        variables(map, root, &mut found);
        let marks = changed(map);
        configured(root, &marks, &mut found);
    }
    found
}

fn is_sensitive(map: Node<'_>) -> bool {
    // A text is converted (hashicorp/terraform `internal/configs/named_values.go`, through go-cty).
    let is_text = |said: Node<'_>| said.is_scalar() && matches!(said.text(), "true" | "1");
    map.get("sensitive").is_some_and(|said| is_true(said) || is_text(said))
}

fn is_true(node: Node<'_>) -> bool {
    node.is_scalar() && Typing::Yaml12.read(node) == Scalar::Bool(true)
}

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
            if is_true(marks) {
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

/// What the schema of its provider calls sensitive in a resource, wherever it is described: in a
/// state file, in what `terraform show` makes of it, in a change, in a configuration.
fn by_type<'t>(resource: Node<'t>, found: &mut Vec<Node<'t>>) {
    let known = resource.text_at(&["type"]).and_then(|kind| RESOURCES.get(kind));
    for attribute in known.into_iter().flatten() {
        let instances = resource.get("instances").into_iter().flat_map(Node::items);
        let change = resource.get("change");
        let values = instances.filter_map(|instance| instance.get("attributes"));
        let values = values
            .chain(resource.get("values"))
            .chain(change.and_then(|change| change.get("before")))
            .chain(change.and_then(|change| change.get("after")));
        for value in values.filter_map(|values| values.get(attribute)) {
            scalars(value, found);
        }
        if let Some(value) = resource.get("expressions").and_then(|all| all.get(attribute)) {
            constants(value, found);
        }
    }
}

/// What the blocks of a configuration in HCL write for attributes that are secret by the type of
/// their resource. Expressions are no values.
pub(in crate::dialect) fn written(file: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for block in file.entries() {
        let mut words = block.key.text().split(' ');
        let kind = words.next().filter(|word| *word == "resource").and_then(|_| words.next());
        let known = kind.and_then(|kind| RESOURCES.get(kind.trim_matches('"')));
        for value in known.into_iter().flatten().filter_map(|name| block.value.get(name)) {
            scalars(value, &mut found);
        }
    }
    found.retain(|value| !value.text().starts_with("${"));
    found
}

/// The variables that a configuration declares sensitive, in HCL (`variable "a" {…}`) or JSON.
pub(in crate::dialect) fn declarations(file: Node<'_>) -> Vec<&str> {
    let mut found = Vec::new();
    for block in file.entries() {
        let name = block.key.text().strip_prefix("variable").map(str::trim);
        match name {
            Some("") => found.extend(sensitive_of(block.value)),
            Some(name) if is_sensitive(block.value) => found.push(name.trim_matches('"')),
            Some(_) | None => (),
        }
    }
    found
}

/// The values that a file of values, or a block, gives to variables of these names.
pub(super) fn given(file: Node<'_>, is_one: impl Fn(&str) -> bool) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for entry in file.entries().filter(|entry| is_one(entry.key.text())) {
        scalars(entry.value, &mut found);
    }
    found
}

/// The values that a configuration, in HCL or JSON, gives to variables and locals of these names.
pub(super) fn given_within(
    file: Node<'_>,
    is_variable: impl Fn(&str) -> bool,
    is_local: impl Fn(&str) -> bool,
) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for block in file.entries() {
        let (kind, name) = block.key.text().split_once(' ').unwrap_or((block.key.text(), ""));
        let name = name.trim().trim_matches('"');
        let bodies = if block.value.kind() == Kind::List {
            block.value.items().collect()
        } else {
            vec![block.value]
        };
        for body in bodies {
            match (kind, name) {
                ("locals", _) => found.extend(given(body, &is_local)),
                ("module", "") => {
                    let calls = body.entries().map(|call| call.value);
                    found.extend(calls.flat_map(|call| given(call, &is_variable)));
                }
                ("module", _) => found.extend(given(body, &is_variable)),
                ("variable", "") => {
                    let own = body.entries().filter(|entry| is_variable(entry.key.text()));
                    found.extend(own.filter_map(|entry| entry.value.get("default")));
                }
                ("variable", name) if is_variable(name) => found.extend(body.get("default")),
                _ => (),
            }
        }
    }
    found.iter().flat_map(|value| value.scalars()).collect()
}

/// What a call passes to variables that its module declares sensitive.
fn passed<'t>(call: Node<'t>, found: &mut Vec<Node<'t>>) {
    let (Some(module), Some(given)) = (call.get("module"), call.get("expressions")) else { return };
    for name in declared(module) {
        if let Some(value) = given.get(name) {
            constants(value, found);
        }
    }
}

/// The values of variables that the root module of a plan declares sensitive.
fn variables<'t>(plan: Node<'t>, root: Node<'t>, found: &mut Vec<Node<'t>>) {
    let Some(values) = plan.get("variables") else { return };
    for name in declared(root) {
        if let Some(value) = values.get(name) {
            scalars(value, found);
        }
    }
}

/// The variables that a module declares sensitive.
fn declared(module: Node<'_>) -> impl Iterator<Item = &str> {
    module.get("variables").into_iter().flat_map(sensitive_of)
}

/// The entries of a map that say that they are sensitive.
fn sensitive_of(map: Node<'_>) -> impl Iterator<Item = &str> {
    map.entries().filter(|entry| is_sensitive(entry.value)).map(|entry| entry.key.text())
}

/// By type and name, what is marked in a resource that changes, as a whole or in part.
type Marks<'t> = BTreeMap<(&'t str, &'t str), Vec<&'t str>>;

fn changed(plan: Node<'_>) -> Marks<'_> {
    let mut marks = Marks::new();
    let changes = ["resource_changes", "resource_drift"].map(|key| plan.get(key));
    for resource in changes.into_iter().flatten().flat_map(Node::items) {
        let sides = ["before_sensitive", "after_sensitive"];
        for side in sides.map(|side| resource.get("change").and_then(|change| change.get(side))) {
            let entries = side.into_iter().flat_map(Node::entries);
            let keys = entries.filter(|entry| marks_any(entry.value));
            marks.entry(named(resource)).or_default().extend(keys.map(|entry| entry.key.text()));
        }
    }
    marks
}

fn named(resource: Node<'_>) -> (&str, &str) {
    let text = |key: &str| resource.text_at(&[key]).unwrap_or_default();
    (text("type"), text("name"))
}

fn marks_any(marks: Node<'_>) -> bool {
    marks.scalars().any(is_true)
}

/// What a module and those it calls write for attributes that are marked in the plan.
fn configured<'t>(module: Node<'t>, marks: &Marks<'t>, found: &mut Vec<Node<'t>>) {
    for resource in module.get("resources").into_iter().flat_map(Node::items) {
        let keys = marks.get(&named(resource)).into_iter().flatten();
        for value in keys.filter_map(|key| resource.get("expressions")?.get(key)) {
            constants(value, found);
        }
    }
    for call in module.get("module_calls").into_iter().flat_map(Node::entries) {
        if let Some(called) = call.value.get("module") {
            configured(called, marks, found);
        }
    }
}

/// What an expression says itself; the names it refers to are none of it.
fn constants<'t>(expression: Node<'t>, found: &mut Vec<Node<'t>>) {
    for entry in expression.entries() {
        match entry.key.text() {
            "constant_value" => scalars(entry.value, found),
            "references" => (),
            _ => constants(entry.value, found),
        }
    }
    for item in expression.items() {
        constants(item, found);
    }
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
    use super::read;

    #[test]
    fn the_table_of_resources_is_read() {
        assert!(!read(include_str!("../terraform_resources.toml")).unwrap().resource.is_empty());
    }
}
