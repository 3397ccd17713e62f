//! Where programs are told to send spans in words of their own, which no SDK reads: an address, or a
//! host and a port. Who is told an endpoint in words of an SDK too is not asked.

use super::Fact;
use super::cursor::Document;
use super::declared::stated;
use super::process::{Expanded, Process, Value, Variable};
use super::variables::{PROTOCOL, ZIPKIN};

/// Settings that name an endpoint, or the file that does.
const TOLD: [&str; 5] = [
    GENERIC,
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    ZIPKIN,
];
/// The endpoint of all signals, to which paths are added.
const GENERIC: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// An address of its own, over gRPC and in clear: the variable, and one that has to say 1 beside it.
/// flagd 0.12.4, `docs/reference/flagd-cli/flagd_start.md`; `GoogleCloudPlatform/microservices-demo`
/// 34ffea917594, `src/*`.
const ADDRESSES: [(&str, Option<&str>); 2] =
    [("FLAGD_OTEL_COLLECTOR_URI", None), ("COLLECTOR_SERVICE_ADDR", Some("ENABLE_TRACING"))];

/// A host of its own, and the ports that may stand beside it, with what they say of the protocol.
/// open-telemetry/opentelemetry-demo 054282e31831, `src/frontend-proxy`, `src/image-provider`.
const HOST: &str = "OTEL_COLLECTOR_HOST";
/// See [`HOST`].
const PORTS: [(&str, Option<&str>); 3] = [
    ("OTEL_COLLECTOR_PORT_GRPC", Some("grpc")),
    ("OTEL_COLLECTOR_PORT_HTTP", Some("http/protobuf")),
    ("OTEL_COLLECTOR_PORT", None),
];

/// The processes that are told so, each with what it is told in the terms of an SDK.
pub(super) fn processes<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    let one = |process: &Process<'t>| Some(process.told_by(told(process)?));
    super::process::processes(document).iter().filter_map(one).collect()
}

/// Whether a process is told in such words where spans go.
pub(super) fn speaks(process: &Process<'_>) -> bool {
    told(process).is_some()
}

/// What a process is told, if it is told in such words only.
fn told<'t>(process: &Process<'t>) -> Option<Vec<Variable<'t>>> {
    if process.name.is_empty() {
        return None;
    }
    let is_told = |variable: &Variable<'t>| {
        let setting = variable.setting.as_deref();
        setting.is_some_and(|setting| TOLD.contains(&setting)) && variable.value != Value::Text("")
    };
    let said = address(process).or_else(|| host(process))?;
    if process.variables.iter().any(is_told) {
        return None;
    }
    Some(process.variables.iter().cloned().chain(said).collect())
}

fn address<'t>(process: &Process<'t>) -> Option<Vec<Variable<'t>>> {
    let is_on = |switch: Option<&str>| {
        switch.is_none_or(|name| process.get(name).and_then(Variable::known) == Some("1"))
    };
    let mut known = ADDRESSES.iter().filter(|(_, switch)| is_on(*switch));
    let said = known.find_map(|(name, _)| process.get(name))?;
    let clear = |text: &str| Some(format!("http://{}", text.trim_start_matches("http://")));
    let protocol = stated(PROTOCOL, said.name, said.place.clone(), "grpc");
    Some(vec![said.told_with(GENERIC, clear), protocol])
}

fn host<'t>(process: &Process<'t>) -> Option<Vec<Variable<'t>>> {
    let host = process.get(HOST)?;
    let open = |reason: &str| {
        let value = Value::From(Fact::Unknown(reason.to_owned()));
        Some(vec![Variable { value, expanded: None, ..host.told_as(GENERIC) }])
    };
    let port =
        |(name, protocol): &(&str, Option<&'static str>)| Some((process.get(name)?, *protocol));
    let ports: Vec<_> = PORTS.iter().filter_map(port).collect();
    let [(port, protocol)] = ports.as_slice() else {
        return open("which port of this host spans go to is up to the program");
    };
    let Some((name, number)) = host.known().zip(port.known()) else {
        return open("it is taken from elsewhere");
    };
    let mut said = host.told_as(GENERIC);
    said.expanded = Some(Expanded::Text(format!("http://{name}:{number}")));
    let stated = |protocol| stated(PROTOCOL, port.name, port.place.clone(), protocol);
    Some([Some(said), protocol.map(stated)].into_iter().flatten().collect())
}
