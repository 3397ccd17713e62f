//! Agents that trace a process from inside, and what they decide where nothing is said.

use super::cursor::{Cursor, Document};
use super::process::{Process, Variable};
use super::sdk::each;
use super::{Fact, Item, View};
use crate::dialect::version::Version;
use crate::model::Node;

/// See its `about`.
pub(super) static AGENT: View = View {
    id: "sdk.agent",
    about: "Whether a process loads the agent that traces it, at the setting that loads it",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("process", "the container or service; absent for files and ConfigMaps"),
        ("language", "java, node, python, ruby or dotnet"),
        (
            "loaded",
            "whether an agent of OpenTelemetry, Datadog or Elastic is loaded; absent when something \
             that is kept elsewhere may decide",
        ),
        ("setting", "the variable that loads it, or would"),
    ],
    dialects: &[],
    extract,
};

/// How agents of a language are loaded.
struct Loader {
    language: &'static str,
    /// Variables that name what is loaded, the usual one first.
    variables: &'static [&'static str],
    /// What such a value holds besides a mark of an agent.
    option: &'static str,
    /// Words of commands that load one.
    commands: &'static [&'static str],
}

/// Java and Node: opentelemetry.io dd5997c, `zero-code`. Python and .NET: opentelemetry-operator
/// 0f67dbab232b and 11db3c6d7b50, `internal/instrumentation`. Ruby: README of
/// opentelemetry-auto-instrumentation. Others as the set-up of their agents says.
static LOADERS: [Loader; 5] = [
    Loader {
        language: "java",
        variables: &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS"],
        option: "-javaagent:",
        commands: &[],
    },
    Loader { language: "node", variables: &["NODE_OPTIONS"], option: "-", commands: &[] },
    Loader {
        language: "python",
        variables: &["PYTHONPATH"],
        option: "",
        commands: &["opentelemetry-instrument", "ddtrace-run"],
    },
    Loader { language: "ruby", variables: &["RUBYOPT"], option: "-r", commands: &[] },
    Loader {
        language: "dotnet",
        variables: &["DOTNET_STARTUP_HOOKS", "CORECLR_PROFILER_PATH"],
        option: "",
        commands: &[],
    },
];

/// What names of agents hold.
const MARKS: [&str; 8] = [
    "opentelemetry",
    "otel",
    "dd-java-agent",
    "dd-trace",
    "ddtrace",
    "datadog",
    "elastic-apm",
    "applicationinsights",
];

/// Options of Node that stand before what they load, or hold it.
const LOADING: [&str; 4] = ["--require", "-r", "--import", "--experimental-loader"];

impl Loader {
    /// Whether a variable loads an agent.
    fn loads(&self, variable: &Variable<'_>) -> bool {
        let is_own = self.variables.contains(&variable.name);
        let Some(text) = variable.text().filter(|_| is_own) else { return false };
        text.contains(self.option) && text.split([' ', ',', ';']).any(|word| self.names(word))
    }

    /// Whether a word names an agent, behind the option where both are one word.
    fn names(&self, word: &str) -> bool {
        let path =
            if self.option.ends_with(':') { word.strip_prefix(self.option) } else { Some(word) };
        path.is_some_and(|path| is_agent(&path.to_ascii_lowercase()))
    }

    /// Whether the words of a command do.
    fn is_run(&self, words: &[&str]) -> bool {
        let is_option = |word: &str| self.option.ends_with(':') && self.names(word);
        let is_node = self.language == "node";
        let names = |word: &str| is_agent(&word.to_ascii_lowercase());
        let after = words.iter().zip(words.iter().skip(1));
        let is_loaded = |word: &&str| {
            let (option, loaded) = word.split_once('=').unwrap_or_default();
            LOADING.contains(&option) && names(loaded)
        };
        let is_loading = is_node
            && (words.iter().any(is_loaded)
                || after.into_iter().any(|(option, word)| LOADING.contains(option) && names(word)));
        is_loading || words.iter().any(|word| self.commands.contains(word) || is_option(word))
    }
}

/// The words that a container runs.
fn command<'t>(container: &Cursor<'t>) -> Vec<&'t str> {
    let lists = ["command", "args"].iter().filter_map(|key| container.node.get(key));
    lists.flat_map(Node::items).map(Node::text).collect()
}

/// Whether a word names an agent; the operator's is only called by what it is.
fn is_agent(word: &str) -> bool {
    let begins = |at: usize| !word.get(..at).is_some_and(|b| b.ends_with(char::is_alphanumeric));
    let is_named = |mark: &&str| word.match_indices(*mark).any(|(at, _)| begins(at));
    MARKS.iter().any(is_named) || word.rsplit('/').next() == Some("javaagent.jar")
}

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        let words = process.container.as_ref().map(|within| command(&within.cursor));
        let words = words.unwrap_or_default();
        items.extend(LOADERS.iter().map(|loader| item(process, loader, &words)));
    });
    items
}

fn item<'t>(process: &Process<'t>, loader: &Loader, words: &[&str]) -> Item<'t> {
    let loading = process.variables.iter().find(|variable| loader.loads(variable));
    let is_run = loader.is_run(words);
    let mut own = loader.variables.iter().filter_map(|name| process.get(name));
    let said = own.clone().next();
    let is_open = !process.sources.is_empty() || own.any(|variable| variable.text().is_none());
    let is_loaded = loading.is_some() || is_run;
    let usual = loader.variables.first().copied().unwrap_or_default();
    let name = loading.or(said).map_or(usual, |variable| variable.name);
    let fact = Fact::map([
        ("owner", Some(Fact::text(process.owner.clone()))),
        ("process", (!process.name.is_empty()).then(|| Fact::text(process.name))),
        ("language", Some(Fact::text(loader.language))),
        ("loaded", (is_loaded || !is_open).then_some(Fact::Bool(is_loaded))),
        ("setting", Some(Fact::text(name))),
    ]);
    process.place(name).item(format!("{}/{}", process.key(), loader.language), fact)
}

/// The image of the Java agent that is put into the pod of a process, and how it sends spans where
/// nothing is said: over HTTP since v2.0.0 (opentelemetry-java-instrumentation, release notes of
/// v2.0.0), over gRPC before.
pub(super) fn default_protocol<'t>(process: &Process<'t>) -> Option<(Cursor<'t>, &'static str)> {
    let java = LOADERS.first()?;
    let within = process.container.as_ref()?;
    let is_loaded = process.variables.iter().any(|variable| java.loads(variable));
    let image = within.images.iter().find(|image| {
        let name = image.node.text().split('@').next().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        name.split(':').next() == Some("autoinstrumentation-java")
    });
    let image = image.filter(|_| is_loaded || java.is_run(&command(&within.cursor)))?;
    let name = image.node.text().split('@').next()?;
    let version = Version::parse(name.rsplit_once(':')?.1)?;
    let is_http = version >= Version::parse("2.0.0")?;
    Some((image.clone(), if is_http { "http/protobuf" } else { "grpc" }))
}

#[cfg(test)]
mod tests {
    use super::is_agent;

    #[test]
    fn an_agent_is_told_by_its_name() {
        for path in
            ["/opt/opentelemetry-javaagent.jar", "/otel/javaagent.jar", "/dd-java-agent.jar"]
        {
            assert!(is_agent(path), "{path}");
        }
        assert!(!is_agent("/srv/hotel.js") && !is_agent("--require"));
        assert!(!is_agent("/opt/jmx_prometheus_javaagent.jar") && !is_agent("/opt/jacoco.jar"));
    }
}
