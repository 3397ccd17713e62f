//! Tracing of processes whose variables speak to a client of Jaeger or Datadog, or to the proxy of
//! Linkerd, in the terms of the variables of an SDK.
//!
//! Jaeger: jaeger-client-java 428cc390c9f9 (v1.8.1) and jaeger-client-go 8d8e8fcfd04d (v2.30.0), the
//! last of both. Datadog: dd-trace-go a4bdff1017d7 (v2), `internal/agent.go` and
//! `ddtrace/tracer/textmap.go`. Linkerd: linkerd2-proxy 29637b64f6ce, `linkerd/app/src/env.rs` and
//! `linkerd/trace-context`, as linkerd2 b24cd4059841 (edge-26.8.3) injects it. A process that says anything to an OpenTelemetry SDK too is taken
//! for one that moved there.

use super::cursor::Document;
use super::declared::{stated, unknown};
use super::process::{Expanded, Process, Variable, processes};
use super::variables::{
    ENDPOINT, EXPORTER, INSECURE, PROPAGATORS, PROTOCOL, RATIO, SAMPLER, SERVICE,
};

/// A kind of client.
struct Client {
    /// What the names of its variables begin with.
    prefix: &'static str,
    /// Variables that only a process with such a client has.
    own: &'static [&'static str],
    /// Variables that only another program has, which reads some of the same.
    other: &'static [&'static str],
    read: for<'t> fn(&Process<'t>) -> Vec<Variable<'t>>,
}

static CLIENTS: &[Client] = &[
    Client {
        prefix: "JAEGER_",
        own: &[
            "JAEGER_AGENT_HOST",
            "JAEGER_AGENT_PORT",
            "JAEGER_ENDPOINT",
            "JAEGER_SAMPLER_TYPE",
            "JAEGER_SAMPLER_PARAM",
            "JAEGER_PROPAGATION",
            "JAEGER_SERVICE_NAME",
            "JAEGER_DISABLED",
        ],
        other: &["SPAN_STORAGE_TYPE", "COLLECTOR_OTLP_ENABLED"],
        read: jaeger,
    },
    Client {
        prefix: "DD_",
        own: &[
            "DD_TRACE_AGENT_URL",
            "DD_AGENT_HOST",
            "DD_TRACE_AGENT_PORT",
            "DD_TRACE_ENABLED",
            "DD_TRACE_SAMPLE_RATE",
            "DD_TRACE_SAMPLING_RULES",
            "DD_TRACE_PROPAGATION_STYLE",
            "DD_TRACE_PROPAGATION_STYLE_INJECT",
        ],
        other: &["DD_API_KEY"],
        read: datadog,
    },
    Client {
        prefix: "LINKERD2_PROXY_",
        own: &["LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR"],
        other: &[],
        read: linkerd,
    },
];

/// The processes of a document that such a client traces.
pub(super) fn clients<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    processes(document).iter().filter_map(of_process).collect()
}

fn of_process<'t>(process: &Process<'t>) -> Option<Process<'t>> {
    let names = || process.variables.iter().map(|variable| variable.name);
    let client = CLIENTS.iter().find(|client| {
        names().any(|name| name.starts_with(client.prefix) && client.own.contains(&name))
    })?;
    let is_other = names().any(|name| client.other.contains(&name));
    let moved = process.variables.iter().any(|variable| variable.setting.is_some());
    (!is_other && !moved).then(|| process.told_by((client.read)(process)))
}

fn jaeger<'t>(process: &Process<'t>) -> Vec<Variable<'t>> {
    // Of the two clients, only the one for Go reads it.
    let mut found = vec![switch(process, "JAEGER_DISABLED", true, "jaeger")];
    if let Some(endpoint) = process.get("JAEGER_ENDPOINT") {
        found.push(endpoint.told_as(ENDPOINT));
        found.push(stated(PROTOCOL, endpoint.name, endpoint.place.clone(), "jaeger/thrift_http"));
    } else if let Some(agent) =
        host_and_port(process, ("JAEGER_AGENT_HOST", "localhost"), ("JAEGER_AGENT_PORT", "6831"))
    {
        let place = || agent.place.clone();
        found.push(stated(PROTOCOL, agent.name, place(), "jaeger/thrift_compact"));
        found.push(stated(INSECURE, agent.name, place(), "true"));
        found.push(agent);
    }
    found.extend(jaeger_sampler(process));
    found.push(propagators(process, &["JAEGER_PROPAGATION"], "jaeger"));
    found.extend(process.get("JAEGER_SERVICE_NAME").map(|name| name.told_as(SERVICE)));
    found
}

/// Of the agent's address the URL comes first; where nothing is said, a socket that may be there
/// does. The agent decides on the rate that is not said, and what it decides is passed on.
fn datadog<'t>(process: &Process<'t>) -> Vec<Variable<'t>> {
    let mut found = vec![switch(process, "DD_TRACE_ENABLED", false, "datadog")];
    let is_said = |name| process.get(name).is_some();
    let agent = ("DD_AGENT_HOST", "DD_TRACE_AGENT_PORT");
    let endpoint = if let Some(url) = process.get("DD_TRACE_AGENT_URL") {
        Some(url.told_as(ENDPOINT))
    } else if is_said(agent.0) || is_said(agent.1) {
        host_and_port(process, (agent.0, "localhost"), (agent.1, "8126"))
    } else {
        let is_whole = !process.name.is_empty() && process.sources.is_empty();
        is_whole.then(|| unknown(ENDPOINT, agent.0, process.place(agent.0)))
    };
    if let Some(endpoint) = endpoint {
        let place = || endpoint.place.clone();
        found.push(stated(PROTOCOL, endpoint.name, place(), "datadog"));
        found.push(stated(INSECURE, endpoint.name, place(), "true"));
        found.push(endpoint);
    }
    let rate = process.get("DD_TRACE_SAMPLE_RATE");
    found.push(match (process.get("DD_TRACE_SAMPLING_RULES"), rate) {
        (Some(rules), _) => {
            stated(SAMPLER, rules.name, rules.place.clone(), "parentbased_datadog_rules")
        }
        (None, Some(rate)) => {
            stated(SAMPLER, rate.name, rate.place.clone(), "parentbased_traceidratio")
        }
        (None, None) => {
            let place = process.place("DD_TRACE_SAMPLE_RATE");
            stated(SAMPLER, "DD_TRACE_SAMPLE_RATE", place, "parentbased_datadog_agent")
        }
    });
    found.extend(rate.map(|rate| rate.told_as(RATIO)));
    let styles = ["DD_TRACE_PROPAGATION_STYLE_INJECT", "DD_TRACE_PROPAGATION_STYLE"];
    found.push(propagators(process, &styles, "datadog,tracecontext,baggage"));
    found.extend(process.get("DD_SERVICE").map(|name| name.told_as(SERVICE)));
    found
}

/// The proxy tells of requests that are sampled already, and goes by the identity of the collector
/// unless that is on the machine itself. Before it spoke OTLP only, a variable said which format.
fn linkerd<'t>(process: &Process<'t>) -> Vec<Variable<'t>> {
    let Some(collector) = process.get("LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR") else {
        return Vec::new();
    };
    let place = || collector.place.clone();
    let spoken = process.get("LINKERD2_PROXY_TRACE_PROTOCOL");
    let exporter = match spoken {
        Some(said) if said.known() != Some("opentelemetry") => said.told_as(EXPORTER),
        said => {
            let name = "LINKERD2_PROXY_TRACE_PROTOCOL";
            stated(EXPORTER, name, said.map_or_else(place, |said| said.place.clone()), "otlp")
        }
    };
    let mut found = vec![
        exporter,
        collector.told_as(ENDPOINT),
        stated(PROTOCOL, collector.name, place(), "grpc"),
        stated(SAMPLER, collector.name, place(), "parentbased_always_off"),
        stated(PROPAGATORS, collector.name, place(), "b3,tracecontext"),
    ];
    if process.get("LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME").is_none() {
        found.push(stated(INSECURE, collector.name, place(), "true"));
    }
    found.push(match process.get("LINKERD2_PROXY_TRACE_SERVICE_NAME") {
        Some(name) => name.told_as(SERVICE),
        None => stated(SERVICE, collector.name, place(), "linkerd-proxy"),
    });
    found
}

/// Whether the client is on: by a variable that switches it on, or off.
fn switch<'t>(
    process: &Process<'t>,
    name: &'static str,
    off: bool,
    exporter: &'static str,
) -> Variable<'t> {
    let place = process.place(name);
    match process.get(name) {
        Some(said) if said.known().is_none() => said.told_as(EXPORTER),
        said => {
            let said = said.and_then(Variable::known).and_then(boolean);
            let kind = if said == Some(off) { "none" } else { exporter };
            stated(EXPORTER, name, place, kind)
        }
    }
}

/// What Go's `strconv.ParseBool` makes of a text, which is the most that any client takes.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// An endpoint of two variables, each with its default. A file, and a process that takes variables
/// from elsewhere, may have either said there.
fn host_and_port<'t>(
    process: &Process<'t>,
    (host_name, host): (&'static str, &'static str),
    (port_name, port): (&'static str, &'static str),
) -> Option<Variable<'t>> {
    let is_whole = !process.name.is_empty() && process.sources.is_empty();
    let said = process.get(port_name);
    let mut joined = match process.get(host_name) {
        Some(host) if host.text().is_none() => return Some(host.told_as(ENDPOINT)),
        Some(host) => host.told_as(ENDPOINT),
        None if is_whole => stated(ENDPOINT, host_name, process.place(host_name), host),
        None => return None,
    };
    match said {
        Some(port) if port.text().is_none() => return Some(port.told_as(ENDPOINT)),
        Some(_) | None => {
            let port = said.and_then(Variable::text).unwrap_or(port);
            joined.expanded = joined.text().map(|host| Expanded::Text(format!("{host}:{port}")));
        }
    }
    Some(joined)
}

/// The formats that the first of some variables names; the last of them is where they are written.
fn propagators<'t>(
    process: &Process<'t>,
    names: &[&'static str],
    default: &'static str,
) -> Variable<'t> {
    let Some(said) = names.iter().find_map(|name| process.get(name)) else {
        let name = names.last().copied().unwrap_or_default();
        return stated(PROPAGATORS, name, process.place(name), default);
    };
    said.told_with(PROPAGATORS, |formats| {
        let formats = formats.to_lowercase();
        let each = formats.split(',').map(|format| match format.trim() {
            "w3c" => "tracecontext",
            other => other,
        });
        Some(each.collect::<Vec<_>>().join(","))
    })
}

/// Where spans begin is decided once: a caller's decision is followed. What is not said is asked of
/// a server, and clients differ in what a sampler without its parameter does.
fn jaeger_sampler<'t>(process: &Process<'t>) -> Vec<Variable<'t>> {
    const NAME: &str = "JAEGER_SAMPLER_TYPE";
    let place = process.place(NAME);
    let parameter = process.get("JAEGER_SAMPLER_PARAM");
    let Some(said) = process.get(NAME) else {
        return vec![stated(SAMPLER, NAME, place, "parentbased_jaeger_remote")];
    };
    let Some(kind) = said.known().map(str::to_lowercase) else {
        return vec![said.told_as(SAMPLER)];
    };
    match (kind.as_str(), parameter) {
        ("remote", _) => vec![stated(SAMPLER, NAME, place, "parentbased_jaeger_remote")],
        ("const", None) => vec![stated(SAMPLER, NAME, place, "parentbased_always_off")],
        ("const", Some(parameter)) => vec![parameter.told_with(SAMPLER, |text| {
            let is_off = text.parse::<f64>().ok()?.abs() < 1.0;
            let name = if is_off { "parentbased_always_off" } else { "parentbased_always_on" };
            Some(name.to_owned())
        })],
        ("probabilistic", Some(parameter)) => {
            vec![stated(SAMPLER, NAME, place, "parentbased_traceidratio"), parameter.told_as(RATIO)]
        }
        ("ratelimiting", Some(parameter)) => vec![
            parameter.told_with(SAMPLER, |text| Some(format!("parentbased_ratelimiting {text}"))),
        ],
        _ => vec![unknown(SAMPLER, NAME, place)],
    }
}

#[cfg(test)]
mod tests {
    use super::{CLIENTS, boolean};

    #[test]
    fn every_client_is_told_by_variables_of_its_own() {
        for client in CLIENTS {
            assert!(client.own.iter().all(|name| name.starts_with(client.prefix)));
        }
    }

    #[test]
    fn what_is_no_boolean_switches_nothing() {
        assert_eq!(boolean("True"), Some(true));
        assert_eq!(boolean("0"), Some(false));
        assert_eq!(boolean("no").or(boolean("tRUE")), None);
    }
}
