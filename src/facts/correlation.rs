//! Whether log lines say of which trace they are.

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static CORRELATION: View = View {
    id: "log.correlation",
    about: "A format of log lines, or a switch that adds to them, and whether they carry the trace: \
            patterns of Logback, Log4j and Spring, nginx's log_format, Datadog's log injection",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("correlated", "whether lines carry the id of the trace; unknown when resolved elsewhere"),
    ],
    dialects: &[],
    extract,
};

/// What every name of such a setting holds.
const PARTS: [&str; 3] = ["pattern", "log_format", "injection"];

/// How patterns and formats name the id of a trace, without signs and in lower case.
const MARKS: [&str; 4] = ["traceid", "traceparent", "spanid", "opentelemetrycontext"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let named = settings(document, &PARTS, |setting| form(setting.name).is_some());
    let owner = owner(document);
    let item = |setting: &super::settings::Setting<'t>| {
        let (text, form) = (filled(setting.node)?, form(setting.name)?);
        // A pattern of anything else than log lines has no conversions.
        let correlated = match form {
            Form::Pattern if !text.contains('%') => return None,
            Form::Pattern | Form::Format => Fact::Bool(names_trace(text)),
            Form::Switch => match (unresolved(text), text.to_ascii_lowercase().as_str()) {
                (Some(why), _) => Fact::Unknown(why),
                (None, "true" | "1") => Fact::Bool(true),
                (None, "false" | "0") => Fact::Bool(false),
                (None, _) => return None,
            },
        };
        let name = match form {
            // The name of the format is its first word.
            Form::Format => {
                format!("{} {}", setting.full_name(), text.split_whitespace().next()?)
            }
            Form::Pattern | Form::Switch => setting.full_name(),
        };
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("name", Some(Fact::text(name))),
            ("correlated", Some(correlated)),
        ]);
        Some(setting.place().item_here(fact))
    };
    named.iter().filter_map(item).collect()
}

#[derive(Clone, Copy)]
enum Form {
    Pattern,
    Format,
    Switch,
}

fn form(name: &str) -> Option<Form> {
    if name == "log_format" {
        return Some(Form::Format);
    }
    let words = words(name);
    if words.has_any(&["logs", "log"]) && words.has_any(&["injection"]) {
        return Some(Form::Switch);
    }
    let is_pattern =
        name == "pattern" || name == "Pattern" || words.joined(".").contains("logging.pattern");
    is_pattern.then_some(Form::Pattern)
}

fn names_trace(text: &str) -> bool {
    let mut plain = text.to_ascii_lowercase();
    plain.retain(|character| {
        character.is_ascii_alphanumeric() || character == '$' || character == '%'
    });
    MARKS.iter().any(|mark| plain.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::names_trace;

    #[test]
    fn the_trace_is_known_by_every_usual_name() {
        for text in [
            "%d %-5level [%X{trace_id},%X{span_id}] %msg%n",
            "%d [%X{traceId}] %m%n",
            "main '$remote_addr $otel_trace_id'",
            "j escape=json '{\"trace\":\"$opentelemetry_trace_id\"}'",
            "%X{dd.trace_id} %msg",
            "main '$http_traceparent'",
        ] {
            assert!(names_trace(text), "{text}");
        }
        for text in ["%d %-5level %msg%n", "main '$remote_addr $request'", "%X{request_id} trace"] {
            assert!(!names_trace(text), "{text}");
        }
    }
}
