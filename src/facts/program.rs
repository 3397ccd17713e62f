//! Programs that take spans and are no Collectors, known by their images: Jaeger v1, the servers of
//! Zipkin, the Datadog Agent; and stores that take none in any format.
//!
//! Of each, what decides whether it takes spans of a format, and where it hands them. A setting that
//! nobody here can see closes nothing.

use super::Fact;
use super::names::unresolved;
use super::process::Process;
use crate::dialect::version::Version;

/// One program.
struct Program {
    /// The last two words of its images.
    images: &'static [&'static str],
    name: &'static str,
    doors: &'static [Door],
    /// The variable that says which storage it has.
    storage: Option<&'static str>,
    /// The flag that says where it hands spans.
    to: Option<&'static str>,
}

/// One way into a program.
struct Door {
    format: &'static str,
    protocol: Option<&'static str>,
    port: &'static str,
    closed: fn(&Settings<'_, '_>) -> Option<Closed>,
}

/// Why a door is closed.
struct Closed {
    why: String,
    /// Whether to other pods only.
    local: bool,
}

/// Jaeger v1.76.0, `cmd/collector/app/flags/flags.go` and `ports/ports.go`; `cmd/agent` of v1.55.0; Zipkin 878ce2a1fad5,
/// `zipkin-server/src/main/resources/zipkin-server-shared.yml`; Datadog Agent,
/// `pkg/config/setup/apm.go` at 05e913da3d9f and `otlp.go` at 04dc2aab2306.
static PROGRAMS: &[Program] = &[
    Program {
        images: &["jaegertracing/all-in-one", "jaegertracing/jaeger-collector"],
        name: "jaeger",
        doors: &[
            door("jaeger", Some("grpc"), "14250", |_| None),
            door("jaeger", Some("thrift_http"), "14268", |_| None),
            door("otlp", Some("grpc"), "4317", |says| jaeger_otlp(says, "collector.otlp.grpc")),
            door("otlp", Some("http"), "4318", |says| jaeger_otlp(says, "collector.otlp.http")),
            door("zipkin", None, "9411", |says| unless_filled(says, "collector.zipkin.host-port")),
        ],
        storage: Some("SPAN_STORAGE_TYPE"),
        to: None,
    },
    Program {
        images: &["jaegertracing/jaeger-agent"],
        name: "jaeger-agent",
        doors: &[door("jaeger", Some("thrift_compact"), "6831", |_| None)],
        storage: None,
        to: Some("reporter.grpc.host-port"),
    },
    Program {
        images: &["openzipkin/zipkin", "openzipkin/zipkin-slim"],
        name: "zipkin",
        doors: &[door("zipkin", None, "9411", |says| {
            match says.variable("COLLECTOR_HTTP_ENABLED") {
                Said::Nothing => when_false(says, "HTTP_COLLECTOR_ENABLED"),
                Said::Text(_) | Said::Unknown => when_false(says, "COLLECTOR_HTTP_ENABLED"),
            }
        })],
        storage: Some("STORAGE_TYPE"),
        to: None,
    },
    Program {
        images: &["datadog/agent", "datadoghq/agent"],
        name: "datadog-agent",
        doors: &[
            door("datadog", None, "8126", datadog),
            door("otlp", Some("grpc"), "4317", |says| datadog_otlp(says, "GRPC")),
            door("otlp", Some("http"), "4318", |says| datadog_otlp(says, "HTTP")),
        ],
        storage: None,
        to: None,
    },
    Program {
        images: &[
            "library/elasticsearch",
            "library/mariadb",
            "library/memcached",
            "library/mongo",
            "library/mysql",
            "library/postgres",
            "library/rabbitmq",
            "library/redis",
            "grafana/grafana",
            "grafana/loki",
            "grafana/promtail",
            "opensearchproject/opensearch",
            "prom/alertmanager",
            "prom/prometheus",
            "valkey/valkey",
        ],
        name: "a store of other things",
        doors: &[],
        storage: None,
        to: None,
    },
];

const fn door(
    format: &'static str,
    protocol: Option<&'static str>,
    port: &'static str,
    closed: fn(&Settings<'_, '_>) -> Option<Closed>,
) -> Door {
    Door { format, protocol, port, closed }
}

/// What a program is told.
pub(super) struct Settings<'p, 't> {
    /// Its command and its arguments.
    pub(super) words: Vec<&'p str>,
    /// Its variables, where it has any.
    pub(super) process: Option<&'p Process<'t>>,
    pub(super) version: Option<Version>,
    /// Whether it has files that nobody here can see.
    pub(super) has_files: bool,
}

/// What a setting is.
enum Said {
    Nothing,
    Text(String),
    Unknown,
}

impl Settings<'_, '_> {
    /// A flag, which comes before the variable of its name (`internal/config/config.go`).
    fn flag(&self, flag: &str) -> Said {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let Some(rest) = word.trim_start_matches('-').strip_prefix(flag) else { continue };
            let value = match rest.strip_prefix('=') {
                Some(value) => value,
                None if !rest.is_empty() => continue,
                None => {
                    words.next().copied().filter(|next| !next.starts_with('-')).unwrap_or("true")
                }
            };
            return match unresolved(value) {
                Some(_) => Said::Unknown,
                None => Said::Text(value.to_owned()),
            };
        }
        self.variable(&flag.to_uppercase().replace(['.', '-'], "_"))
    }

    fn variable(&self, name: &str) -> Said {
        let Some(process) = self.process else { return Said::Nothing };
        match process.get(name) {
            Some(variable) => {
                variable.known().map_or(Said::Unknown, |text| Said::Text(text.to_owned()))
            }
            None if process.sources.is_empty() => Said::Nothing,
            None => Said::Unknown,
        }
    }

    fn is_from(&self, version: &str) -> Option<bool> {
        Some(self.version? >= Version::parse(version)?)
    }
}

fn when_false(says: &Settings<'_, '_>, name: &str) -> Option<Closed> {
    match says.variable(name) {
        Said::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => {
            Some(Closed { why: format!("{name} is {text}"), local: false })
        }
        Said::Text(_) | Said::Nothing | Said::Unknown => None,
    }
}

fn unless_filled(says: &Settings<'_, '_>, flag: &str) -> Option<Closed> {
    match says.flag(flag) {
        Said::Nothing => Some(Closed { why: format!("--{flag} is not set"), local: false }),
        Said::Text(_) | Said::Unknown => None,
    }
}

/// On by default from v1.46.0 on, and for v1.59.0 on `localhost` (CHANGELOG.md of both).
fn jaeger_otlp(says: &Settings<'_, '_>, server: &str) -> Option<Closed> {
    const FLAG: &str = "collector.otlp.enabled";
    let closed = |why| Some(Closed { why, local: false });
    match says.flag(FLAG) {
        Said::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => {
            return closed(format!("--{FLAG} is {text}"));
        }
        Said::Nothing if says.is_from("1.46.0") == Some(false) => {
            return closed(format!("--{FLAG} is not set, which its version needs"));
        }
        Said::Text(_) | Said::Nothing | Said::Unknown => (),
    }
    let flag = format!("{server}.host-port");
    let local = |why| Some(Closed { why, local: true });
    match says.flag(&flag) {
        Said::Text(text) if is_local(&text) => local(format!("--{flag} is {text}")),
        Said::Nothing
            if says.is_from("1.59.0") == Some(true) && says.is_from("1.60.0") == Some(false) =>
        {
            local(format!("--{flag} is not set, which is localhost to its version"))
        }
        Said::Text(_) | Said::Nothing | Said::Unknown => None,
    }
}

/// In a container, what is not said opens it to other pods (`comp/trace/config/setup.go`).
fn datadog(says: &Settings<'_, '_>) -> Option<Closed> {
    let off = ["DD_APM_ENABLED", "DD_APM_RECEIVER_ENABLED"];
    off.iter().find_map(|name| when_false(says, name)).or_else(|| {
        let closed = when_false(says, "DD_APM_NON_LOCAL_TRAFFIC")?;
        let is_bound = !matches!(says.variable("DD_BIND_HOST"), Said::Nothing);
        (!is_bound).then_some(Closed { local: true, ..closed })
    })
}

/// Off unless an endpoint is said, here or in a file.
fn datadog_otlp(says: &Settings<'_, '_>, protocol: &str) -> Option<Closed> {
    let name = format!("DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_{protocol}_ENDPOINT");
    match says.variable(&name) {
        Said::Text(text) if is_local(&text) => {
            Some(Closed { why: format!("{name} is {text}"), local: true })
        }
        Said::Nothing if !says.has_files => {
            Some(Closed { why: format!("{name} is not set"), local: false })
        }
        Said::Text(_) | Said::Nothing | Said::Unknown => None,
    }
}

/// Whether an address to listen at is the machine itself.
fn is_local(address: &str) -> bool {
    address.starts_with("localhost:") || address.starts_with("127.")
}

/// What is known of the program of an image, as fields of an item; nothing where it is none of these.
pub(super) fn described<'t>(
    image: &str,
    says: Settings<'_, 't>,
) -> Option<Vec<(&'static str, Option<Fact<'t>>)>> {
    let (program, version) = program(image)?;
    let says = Settings { version, ..says };
    let text = |said| match said {
        Said::Nothing => None,
        Said::Text(text) => Some(Fact::text(text)),
        Said::Unknown => Some(Fact::Unknown("it is said elsewhere".to_owned())),
    };
    let doors = program.doors.iter().map(|door| {
        let closed = (door.closed)(&says);
        Fact::map([
            ("format", Some(Fact::text(door.format))),
            ("protocol", door.protocol.map(Fact::text)),
            ("port", Fact::number(door.port)),
            ("local", Some(Fact::Bool(closed.as_ref().is_some_and(|closed| closed.local)))),
            ("closed", closed.map(|closed| Fact::text(closed.why))),
        ])
    });
    Some(vec![
        ("program", Some(Fact::text(program.name))),
        ("doors", Some(Fact::List(doors.collect()))),
        ("storage", program.storage.and_then(|name| text(says.variable(name)))),
        ("to", program.to.and_then(|flag| text(says.flag(flag)))),
    ])
}

/// The program of an image, and its version as the tag has it.
fn program(image: &str) -> Option<(&'static Program, Option<Version>)> {
    let name = image.split('@').next().unwrap_or(image);
    let slash = name.rfind('/');
    let (name, tag) = match name.rfind(':').filter(|colon| slash.is_none_or(|at| *colon > at)) {
        Some(colon) => name.split_at_checked(colon)?,
        None => (name, ""),
    };
    // Official images go by one word.
    let official;
    let name = if slash.is_none() {
        official = format!("library/{name}");
        official.as_str()
    } else {
        name
    };
    let is_one = |known: &&str| {
        name.strip_suffix(*known).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let program = PROGRAMS.iter().find(|program| program.images.iter().any(is_one))?;
    Some((program, Version::parse(tag.trim_start_matches(':'))))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_program_is_told_by_the_whole_name_of_its_image() {
        let name = |image: &str| program(image).map(|(program, _)| program.name);
        assert_eq!(name("jaegertracing/all-in-one:1.57"), Some("jaeger"));
        assert_eq!(name("reg:5000/openzipkin/zipkin-slim@sha256:ab"), Some("zipkin"));
        assert_eq!(name("gcr.io/datadoghq/agent:7"), Some("datadog-agent"));
        for store in
            ["redis", "postgres:17@sha256:ab", "docker.io/library/mongo:8", "prom/prometheus:v3"]
        {
            assert_eq!(name(store), Some("a store of other things"), "{store}");
        }
        for other in [
            "jaegertracing/jaeger:2.1.0",
            "my-datadog/agent",
            "openzipkin/zipkin-ui",
            "zipkin",
            "reg/redis",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
