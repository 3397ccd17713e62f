//! Switches by which tracing of a process is off, besides those of the SDK itself.
//!
//! Java: opentelemetry.io dd5997c, `zero-code/java/agent`; .NET and PHP: `zero-code/dotnet`, `zero-code/php`
//! there. Spring Boot 3.4 and 4.0: `management.*.export.enabled`.

use super::process::{Value, Variable};
use super::sdk::{Read, Settings};

/// Settings that are off where they say false.
const SWITCHES: [&str; 4] = [
    "management.tracing.enabled",
    "management.otlp.tracing.export.enabled",
    "OTEL_JAVAAGENT_ENABLED",
    "OTEL_DOTNET_AUTO_TRACES_ENABLED",
];

/// Settings by which nothing is instrumented that is not named, with what naming something begins and
/// ends with.
const DEFAULTS: [(&str, &str); 2] = [
    ("OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED", "OTEL_INSTRUMENTATION_"),
    ("OTEL_DOTNET_AUTO_TRACES_INSTRUMENTATION_ENABLED", "OTEL_DOTNET_AUTO_TRACES_"),
];

/// The loader of PHP runs where it is told so only.
const PHP: &str = "OTEL_PHP_AUTOLOAD_ENABLED";

/// So does the profiler that loads the instrumentation of .NET.
const CLR: &str = "CORECLR_ENABLE_PROFILING";

/// Sources of .NET that are traced without an instrumentation.
const SOURCES: &str = "OTEL_DOTNET_AUTO_TRACES_ADDITIONAL_SOURCES";

impl<'t> Settings<'_, 't> {
    /// The setting by which the process is not traced at all, if there is one.
    pub(super) fn off(&self) -> Option<&'static str> {
        let says = |setting: &str, wanted: &str| matches!(self.read(setting), Read::Text(text) if text.eq_ignore_ascii_case(wanted));
        if let Some(switch) = SWITCHES.into_iter().find(|switch| says(switch, "false")) {
            return Some(switch);
        }
        if matches!(self.read(PHP), Read::Text(text) if !text.eq_ignore_ascii_case("true")) {
            return Some(PHP);
        }
        if self.process.get(CLR).and_then(Variable::known).is_some_and(|text| text != "1") {
            return Some(CLR);
        }
        let (switch, _) = DEFAULTS
            .into_iter()
            .find(|(switch, prefix)| says(switch, "false") && !self.names_one(switch, prefix))?;
        Some(switch)
    }

    /// Whether something is named that is instrumented all the same, here or where nobody here can see.
    fn names_one(&self, switch: &str, prefix: &str) -> bool {
        let is_on = |variable: &&Variable<'t>| {
            let setting = variable.setting.as_deref().unwrap_or_default();
            let is_one = setting != switch && setting.starts_with(prefix);
            let is_true = variable.known().is_none_or(|text| text.eq_ignore_ascii_case("true"));
            let is_source = setting == SOURCES && variable.value != Value::Text("");
            is_source || is_one && setting.ends_with("_ENABLED") && is_true
        };
        !self.process.sources.is_empty() || self.process.variables.iter().any(|one| is_on(&one))
    }
}
