//! How much of its spans a process keeps, and what keeps a setting from meaning what it says.

use super::cursor::{Cursor, Document};
use super::process::{Home, Value, Variable};
use super::sdk::each;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static LIMIT: View = View {
    id: "sdk.limit",
    about: "A variable that says how many spans wait, how many go out at once, or how much of each \
            is kept; none that is taken from elsewhere",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "the setting"),
        ("value", "the number that counts: as written, else the default; absent without limit"),
        ("default", "the number that counts where nothing is said; absent without limit"),
    ],
    dialects: &[],
    extract: limits,
};

/// See its `about`.
pub(super) static REFERENCE: View = View {
    id: "sdk.reference",
    about: "A setting of tracing that refers to other variables of its container: $(NAME)",
    fields: &[
        ("owner", "who it belongs to: deployment/pay"),
        ("name", "the setting"),
        ("late", "variables it refers to that are written after it, so that nothing is put in"),
    ],
    dialects: &["kubernetes"],
    extract: references,
};

/// What variables of the queue begin with, which every process has, said or not.
const QUEUE: &str = "OTEL_BSP_";

/// Variables with their defaults (opentelemetry-specification v1.60,
/// `configuration/sdk-environment-variables.md`).
const LIMITS: [(&str, &str); 12] = [
    ("OTEL_BSP_SCHEDULE_DELAY", "5000"),
    ("OTEL_BSP_EXPORT_TIMEOUT", "30000"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512"),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", ""),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "128"),
    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", ""),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "128"),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "128"),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "128"),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128"),
    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128"),
];

fn limits<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        for (setting, default) in LIMITS {
            let said = settings.find(setting);
            // What is taken from elsewhere is compared there.
            let is_open = said.is_some_and(|said| said.known().is_none());
            let is_whole = settings.process.sources.is_empty();
            if is_open || said.is_none() && !(is_whole && setting.starts_with(QUEUE)) {
                continue;
            }
            // What is no number is ignored.
            let number = said.and_then(Variable::known).and_then(Fact::number);
            let value = number.or_else(|| Fact::number(default));
            let fact = Fact::map([
                ("owner", Some(Fact::text(settings.process.owner.clone()))),
                ("name", Some(Fact::text(setting))),
                ("value", value),
                ("default", Fact::number(default)),
            ]);
            let place = settings.process.place(&settings.name(setting));
            items.push(place.item(format!("{}/{setting}", settings.process.key()), fact));
        }
    });
    items
}

/// The kubelet puts in only what stands before (kubernetes 001a80e975bb,
/// `pkg/kubelet/kubelet_pods.go`); what is not there may be the address of a Service.
fn references<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        if !matches!(process.home, Home::Members(_)) {
            return;
        }
        for (index, variable) in process.variables.iter().enumerate() {
            let Value::Text(text) = variable.value else { continue };
            let Some(setting) = &variable.setting else { continue };
            let named = referred(text);
            if named.is_empty() {
                continue;
            }
            let has = |part: Option<&[Variable<'t>]>, name: &str| {
                part.is_some_and(|part| part.iter().any(|known| known.name == name))
            };
            let is_late = |name: &&str| {
                !has(process.variables.get(..index), name)
                    && has(process.variables.get(index + 1..), name)
            };
            let late = named.into_iter().filter(is_late).map(Fact::text).collect();
            let fact = Fact::map([
                ("owner", Some(Fact::text(process.owner.clone()))),
                ("name", Some(Fact::text(setting.clone()))),
                ("late", Some(Fact::List(late))),
            ]);
            let place: &Cursor<'t> = &variable.place;
            items.push(place.item(format!("{}/{}", process.key(), variable.name), fact));
        }
    });
    items
}

/// The names in `$(NAME)`, but not in `$$(NAME)`.
fn referred(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("$(") {
        let Some((name, behind)) = tail.split_once(')') else { break };
        if !head.ends_with('$') {
            found.push(name);
        }
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::referred;

    #[test]
    fn references_are_found_unless_they_are_escaped() {
        assert_eq!(referred("http://$(HOST):$(PORT)"), ["HOST", "PORT"]);
        assert_eq!(referred("$$(HOST) $(A"), Vec::<&str>::new());
    }
}
