//! Switches that are for developers: debug modes, profilers, debuggers that listen.

use super::cursor::{Cursor, Document};
use super::kubernetes::pods;
use super::names::unresolved;
use super::process::{Value, processes};
use super::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(super) static SWITCH: View = View {
    id: "debug.switch",
    about: "A variable, property or word of a command that switches a mode for developers",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "the variable, or the word of the command"),
        ("value", "the value as text; absent for words of a command"),
        ("on", "whether it is on; unknown when set elsewhere"),
    ],
    dialects: &[],
    extract,
};

/// Variables with the values that switch them on.
const SWITCHES: [(&str, &[&str]); 14] = [
    ("DEBUG", &["true", "1", "yes", "on", "*"]),
    ("FLASK_DEBUG", &["true", "1"]),
    ("FLASK_ENV", &["development"]),
    ("DJANGO_DEBUG", &["true", "1"]),
    ("NODE_ENV", &["development", "test"]),
    ("RAILS_ENV", &["development", "test"]),
    ("RACK_ENV", &["development", "test"]),
    ("APP_DEBUG", &["true", "1"]),
    ("ASPNETCORE_ENVIRONMENT", &["development"]),
    ("DOTNET_ENVIRONMENT", &["development"]),
    ("MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE", &["*"]),
    ("management.endpoints.web.exposure.include", &["*"]),
    ("spring.devtools.remote.secret", &[]),
    ("SPRING_DEVTOOLS_REMOTE_SECRET", &[]),
];

/// Variables whose words a virtual machine takes for its own.
const OPTIONS: [&str; 5] =
    ["JAVA_TOOL_OPTIONS", "JAVA_OPTS", "JDK_JAVA_OPTIONS", "CATALINA_OPTS", "NODE_OPTIONS"];

/// Words that open a debugger's port.
const DEBUGGERS: [&str; 4] = ["-agentlib:jdwp", "-Xrunjdwp", "--inspect", "--inspect-brk"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for process in processes(document).iter() {
        for variable in &process.variables {
            let Some(on) = switched(variable.name, &variable.value) else { continue };
            let value = match &variable.value {
                Value::Text(text) => Some(Fact::text(*text)),
                Value::Secret(_) | Value::From(_) => None,
            };
            items.push(item(&process.owner, variable.name, value, on, &variable.place));
        }
    }
    for pod in pods(document).iter() {
        for container in &pod.containers {
            let lists = ["command", "args"].iter().filter_map(|key| container.cursor.get(key));
            let words = lists.filter(|list| list.node.items().any(opens)).flat_map(|l| l.items());
            let words = words.filter(|word| opens(word.node));
            let found =
                words.map(|word| item(&pod.owner, word.node.text(), None, Fact::Bool(true), &word));
            items.extend(found);
        }
    }
    items
}

fn opens(word: Node<'_>) -> bool {
    is_debugger(word.text())
}

fn is_debugger(word: &str) -> bool {
    DEBUGGERS.iter().any(|known| {
        word.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
    })
}

/// Whether a variable switches a mode on; nothing where it is about something else.
fn switched(name: &str, value: &Value<'_>) -> Option<Fact<'static>> {
    let (_, on) = SWITCHES.iter().find(|(known, _)| *known == name).or_else(|| {
        let options = OPTIONS.contains(&name);
        options.then_some(&("", &[] as &[&str]))
    })?;
    let is_options = OPTIONS.contains(&name);
    match value {
        Value::Text(text) if is_options => {
            text.split_whitespace().any(is_debugger).then_some(Fact::Bool(true))
        }
        Value::Text(text) => Some(unresolved(text).map_or_else(
            || Fact::Bool(on.contains(&text.trim().to_lowercase().as_str())),
            Fact::Unknown,
        )),
        Value::Secret(_) => Some(Fact::Bool(on.is_empty() && !is_options)),
        Value::From(_) => None,
    }
}

fn item<'t>(
    owner: &str,
    name: &'t str,
    value: Option<Fact<'t>>,
    on: Fact<'t>,
    place: &Cursor<'t>,
) -> Item<'t> {
    place.item_here(Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(name))),
        ("value", value),
        ("on", Some(on)),
    ]))
}
