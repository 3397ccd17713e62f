//! The ways of spans: over the founding cases, and over small systems of every shape that is
//! followed.

#[path = "trace/backends.rs"]
mod backends;
#[path = "trace/carried.rs"]
mod carried;
#[path = "trace/clients.rs"]
mod clients;
mod common;
#[path = "trace/compose.rs"]
mod compose;
#[path = "trace/dark.rs"]
mod dark;
#[path = "trace/elsewhere.rs"]
mod elsewhere;
#[path = "trace/formats.rs"]
mod formats;
#[path = "trace/guards.rs"]
mod guards;
#[path = "trace/layers.rs"]
mod layers;
#[path = "common/memory.rs"]
mod memory;
#[path = "trace/pairs.rs"]
mod pairs;
#[path = "trace/policies.rs"]
mod policies;
#[path = "trace/proxies.rs"]
mod proxies;
#[path = "trace/scopes.rs"]
mod scopes;
#[path = "trace/systems.rs"]
mod systems;
#[path = "trace/traps.rs"]
mod traps;

use std::fs;
use std::path::{Path, PathBuf};

use driftseal::model::{EndKind, Pair, Report, ServiceTrace, Trace, TraceFact, TracePath};
use driftseal::policy::{ColourMap, Ledger, Policy};
use memory::audit_texts;

fn full() -> Policy {
    Policy { ledger: Ledger::Full, ..Policy::default() }
}

/// The text files of one side of a case.
fn files(case: &str, side: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case).join(side);
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

fn case(name: &str, sides: Pair<&str>) -> Report {
    let files = sides.map(|side| files(name, side));
    let texts = files.as_ref().map(|files| {
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()
    });
    audit_texts(&texts.blue, &texts.green, &full())
}

fn service<'t>(trace: &'t Trace, service: &str, settings: &str) -> &'t ServiceTrace {
    let found = |one: &&ServiceTrace| one.service == service && one.settings.contains(settings);
    let mut all = trace.services.iter().filter(found);
    let only = all.next().unwrap_or_else(|| panic!("no {service} {settings}"));
    assert!(all.next().is_none(), "several {service} {settings}");
    only
}

fn names(service: &ServiceTrace) -> Vec<&'static str> {
    service.facts.iter().map(|fact| fact.name()).collect()
}

#[test]
fn the_founding_failure_is_named_hop_by_hop() {
    let report = case("cloud-tracing", Pair::new("blue", "green"));
    let trace = &report.trace;
    let catalog = service(trace, "catalog", "deployment");
    assert_eq!(names(catalog), ["path-lost", "dark-service"]);
    let end = catalog.paths.green.as_ref().unwrap().end().unwrap();
    assert!(end.reason.starts_with("OTEL_TRACES_EXPORTER"), "{end:?}");
    for (name, settings) in
        [("orders", "deployment"), ("payments", ".env"), ("shipping", "application.properties")]
    {
        let crossing = service(trace, name, settings);
        assert_eq!(names(crossing), ["colour-crossing"], "{name}");
        assert_eq!(crossing.paths.blue.as_ref().unwrap().kind(), EndKind::Backend);
        let green = crossing.paths.green.as_ref().unwrap();
        assert_eq!(green.kind(), EndKind::Unresolved);
        assert!(green.hops[0].to.contains("blue"));
    }
    let payments = service(trace, "payments", "deployment");
    assert_eq!(names(payments), ["path-lost", "path-broken", "scrub-weakened"]);
    let end = payments.paths.green.as_ref().unwrap().end().unwrap();
    assert_eq!((end.kind, end.at.as_str()), (EndKind::Broken, "platform/otel-gateway.yaml"));
    assert!(end.reason.contains("spanmetrics") && end.reason.contains("otlp/tempo"), "{end:?}");
    let place = end.place.as_ref().unwrap();
    let text = &files("cloud-tracing", "green");
    let text = &text.iter().find(|(name, _)| *name == place.file).unwrap().1;
    let line = text.lines().nth(place.line.unwrap() as usize - 1).unwrap();
    assert!(line.contains("exporters: ["), "{line}");
}

#[test]
fn every_service_of_a_repaired_case_ends_where_blue_s_does() {
    for name in ["cloud-tracing", "finance", "healthcare"] {
        let report = case(name, Pair::new("blue", "repaired"));
        assert!(report.trace.services.len() >= 4, "{name}");
        for service in &report.trace.services {
            assert_eq!(names(service), ["unchanged"], "{name} {}", service.service);
            let paths = service.paths.as_ref().map(|path| path.as_ref().unwrap());
            let backend = |path: &TracePath, side: &str| {
                assert_eq!(path.kind(), EndKind::Backend, "{name} {}", service.service);
                path.end().unwrap().at.replace(side, "{colour}")
            };
            assert_eq!(backend(paths.blue, "blue"), backend(paths.green, "green"));
            assert!(paths.green.hops.len() == 2, "{name}: the gateway is on the way");
            assert!(paths.green.hops[1].processors.contains(&"redaction".to_owned()));
        }
    }
}

#[test]
fn what_is_healthy_is_counted_and_not_listed() {
    let files = Pair::new("blue", "repaired").map(|side| files("finance", side));
    let texts = files.as_ref().map(|files| {
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()
    });
    let trace = audit_texts(&texts.blue, &texts.green, &Policy::default()).trace;
    assert!(trace.services.is_empty());
    assert_eq!(trace.facts.get(&TraceFact::Unchanged), Some(&trace.total));
    assert!(trace.total >= 4);
}

#[test]
fn swapping_the_sides_swaps_the_ways() {
    let forth = case("cloud-tracing", Pair::new("blue", "green")).trace;
    let policy = || {
        let words = Pair::new("green".to_owned(), "blue".to_owned());
        Policy { colours: ColourMap::new(&words, &[]), ..full() }
    };
    let files = Pair::new("green", "blue").map(|side| files("cloud-tracing", side));
    let texts = files.as_ref().map(|files| {
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()
    });
    let back = audit_texts(&texts.blue, &texts.green, &policy()).trace;
    assert_eq!(forth.ends, back.ends.clone().swap());
    assert_eq!(forth.services.len(), back.services.len());
    let opposite = [
        (TraceFact::PathLost, TraceFact::PathGained),
        (TraceFact::ScrubWeakened, TraceFact::ScrubStrengthened),
        (TraceFact::TransportWeakened, TraceFact::TransportStrengthened),
        (TraceFact::Unchanged, TraceFact::Unchanged),
    ];
    for (one, other) in forth.services.iter().zip(&back.services) {
        assert_eq!((&one.service, &one.settings), (&other.service, &other.settings));
        assert_eq!(one.paths, other.paths.clone().swap());
        for (fact, mirrored) in opposite {
            assert_eq!(one.facts.contains(&fact), other.facts.contains(&mirrored), "{fact:?}");
        }
    }
}

#[test]
fn the_ways_do_not_depend_on_threads() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| case("cloud-tracing", Pair::new("blue", "green")).trace)
    };
    assert_eq!(with(1), with(4));
}

/// A container that exports to an endpoint.
fn app(endpoint: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay, namespace: shop}}\nspec:\n  \
         template:\n    metadata: {{labels: {{app: pay}}}}\n    spec:\n      containers:\n      \
         - name: app\n        image: reg/pay\n        env:\n        \
         - {{name: OTEL_SERVICE_NAME, value: pay}}\n        {endpoint}\n"
    )
}

fn env(endpoint: &str) -> String {
    format!("- {{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: '{endpoint}'}}")
}

const TEMPO: &str = "otlp/tempo: {endpoint: 'tempo.vendor.example:4317'}";

/// A collector: its exporters, and what its pipeline of traces sends to.
fn collector(exporters: &str, to: &str) -> String {
    let read = "\n    metrics: {receivers: [spanmetrics], exporters: [otlp/metrics]}";
    let store = "otlp/metrics: {endpoint: 'metrics.example:4317'}\n  ";
    let (metrics, store) = if to.contains("spanmetrics") { (read, store) } else { ("", "") };
    format!(
        "receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '0.0.0.0:4317'}}}}}}}}\n\
         processors: {{batch: {{}}}}\nconnectors: {{forward: {{}}, spanmetrics: {{}}}}\n\
         exporters:\n  {store}{exporters}\nservice:\n  pipelines:{metrics}\n    traces:\n      \
         receivers: [otlp]\n      processors: [batch]\n      exporters: [{to}]\n"
    )
}

/// A collector in a cluster: its configuration in a `ConfigMap`, its workload and its Service.
fn gateway(config: &str, port: u16) -> String {
    let config = config.replace('\n', "\n    ");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: gw, namespace: obs}}\ndata:\n  \
         relay: |\n    {config}\n---\napiVersion: apps/v1\nkind: Deployment\n\
         metadata: {{name: gw, namespace: obs}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: gw}}}}\n    spec:\n      containers:\n      - name: c\n        \
         image: otel/opentelemetry-collector\n        args: ['--config=/conf/relay.yaml']\n        \
         ports: [{{name: otlp, containerPort: 4317}}]\n      volumes:\n      \
         - {{name: conf, configMap: {{name: gw}}}}\n---\napiVersion: v1\nkind: Service\n\
         metadata: {{name: gw, namespace: obs}}\nspec:\n  selector: {{app: gw}}\n  \
         ports: [{{port: {port}, targetPort: otlp}}, {{port: {port}, targetPort: otlp, protocol: UDP}}]\n"
    )
}

fn way(files: &[(&str, &str)]) -> TracePath {
    let report = audit_texts(files, files, &full());
    let [service] = report.trace.services.as_slice() else { panic!("{:?}", report.trace.services) };
    assert!(service.facts.contains(&TraceFact::Unchanged), "{service:?}");
    service.paths.green.clone().unwrap()
}

/// How a way ends: kind, place and a part of the reason.
fn ends(files: &[(&str, &str)], kind: EndKind, at: &str, reason: &str) {
    let way = way(files);
    let end = way.end().unwrap();
    assert!(
        end.kind == kind && end.at == at && end.reason.contains(reason),
        "wanted {kind:?} {at} {reason:?}: {way:#?}"
    );
}

#[test]
fn a_way_through_a_service_a_workload_and_a_configmap_is_followed() {
    let app = app(&env("http://gw.obs:14317"));
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 14317);
    let way = way(&[("app.yaml", &app), ("gw.yaml", &gateway)]);
    assert_eq!(way.kind(), EndKind::Backend, "{way:#?}");
    let hops: Vec<String> = way
        .hops
        .iter()
        .map(|hop| format!("{} {} {}", hop.from, hop.to, hop.transport.name()))
        .collect();
    assert_eq!(hops, ["pay gw.obs:14317 clear", "configmap/gw tempo.vendor.example:4317 tls"]);
    assert_eq!(way.hops[1].processors, ["batch"]);
}

#[test]
fn a_way_breaks_where_spans_are_lost_and_says_why() {
    let to_gateway = app(&env("http://gw.obs:4317"));
    let broken = |config: &str, port: u16, at: &str, reason: &str| {
        let gateway = gateway(config, port);
        ends(&[("app.yaml", &to_gateway), ("gw.yaml", &gateway)], EndKind::Broken, at, reason);
    };
    let good = collector(TEMPO, "otlp/tempo");
    broken(&good, 4318, "gw.obs:4317", "Service gw has no port 4317");
    broken(&good.replace("traces:", "logs:"), 4317, "configmap/gw", "in no traces pipeline");
    broken(&good.replace("4317'}}}}", "4320'}}}}"), 4317, "configmap/gw", "receiver on port 4317");
    broken(&good.replace("0.0.0.0", "localhost"), 4317, "configmap/gw", "machine itself only");
    broken(
        &collector(TEMPO, "spanmetrics"),
        4317,
        "configmap/gw",
        "spanmetrics; defined, but in no pipeline: otlp/tempo",
    );
    broken(&collector("debug: {}", "debug"), 4317, "configmap/gw", "keeps nothing");
    let as_grpc = env("http://gw.obs:4317");
    let as_grpc =
        app(&format!("{as_grpc}\n        - {{name: OTEL_EXPORTER_OTLP_PROTOCOL, value: grpc}}"));
    let http = gateway(&good.replace("grpc: ", "http: "), 4317);
    let files = [("app.yaml", &*as_grpc), ("gw.yaml", &*http)];
    ends(&files, EndKind::Broken, "configmap/gw", "takes only http");
    let itself = collector("otlp: {endpoint: 'gw:4317', tls: {insecure: true}}", "otlp");
    broken(&itself, 4317, "configmap/gw", "a loop");
}

#[test]
fn what_cannot_be_told_is_not_guessed() {
    let unresolved = |endpoint: &str, at: &str, reason: &str| {
        ends(&[("app.yaml", &app(endpoint))], EndKind::Unresolved, at, reason);
    };
    unresolved(&env("http://$(NODE_IP):4317"), "pay", "resolved elsewhere");
    unresolved(&env("http://gw.obs.svc:4317"), "gw.obs.svc:4317", "not part of what was read");
    unresolved(&env("http://gw:4317"), "gw:4317", "not part of what was read");
    unresolved(&env("http://localhost:4317"), "localhost:4317", "no collector beside it");
    let elsewhere =
        "- {name: OTEL_EXPORTER_OTLP_ENDPOINT, valueFrom: {configMapKeyRef: {name: o, key: e}}}";
    unresolved(elsewhere, "pay", "taken from elsewhere");
    unresolved("envFrom: [{secretRef: {name: otel}}]", "pay", "");
    let kafka = collector("kafka: {brokers: ['k:9092']}", "kafka");
    let gateway = gateway(&kafka, 4317);
    let app = app(&env("http://gw.obs:4317"));
    ends(&[("app.yaml", &app), ("gw.yaml", &gateway)], EndKind::Unresolved, "kafka", "queue");
    let loose = collector(TEMPO, "otlp/tempo");
    let host = self::app(&env("https://otel-gateway.example.org:4317"));
    let files = [("app.yaml", &*host), ("a/otel-gateway.yaml", &loose)];
    assert_eq!(way(&files).hops.len(), 2);
    let twice = [files[0], files[1], ("b/otel-gateway.yaml", &*loose)];
    ends(&twice, EndKind::Unresolved, "otel-gateway.example.org:4317", "several collectors");
}

#[test]
fn a_service_that_exports_nothing_is_dark_with_the_reason() {
    let dark = |variable: &str, reason: &str| {
        ends(&[("app.yaml", &app(variable))], EndKind::Dark, "pay", reason);
    };
    dark("- {name: OTEL_SDK_DISABLED, value: 'true'}", "OTEL_SDK_DISABLED");
    dark("- {name: OTEL_TRACES_EXPORTER, value: none}", "OTEL_TRACES_EXPORTER");
    dark("- {name: OTEL_TRACES_EXPORTER, value: console}", "only to console");
    dark("", "no endpoint is set");
}

#[test]
fn operators_collectors_and_sidecars_are_found_by_their_names() {
    let config = collector(TEMPO, "otlp/tempo").replace('\n', "\n    ");
    let resource = format!(
        "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n\
         metadata: {{name: edge, namespace: shop}}\nspec:\n  config:\n    {config}\n"
    );
    let by_service = app(&env("http://edge-collector:4317"));
    let way_of = |app: &str| way(&[("app.yaml", app), ("edge.yaml", &resource)]);
    assert_eq!(way_of(&by_service).hops[1].from, "opentelemetrycollector/edge");
    let beside = app(&env("http://localhost:4317")).replace(
        "{labels: {app: pay}}",
        "{labels: {app: pay}, annotations: {sidecar.opentelemetry.io/inject: 'true'}}",
    );
    assert_eq!(way_of(&beside).kind(), EndKind::Backend);
}

#[test]
fn a_fork_is_followed_to_every_end() {
    let two = format!("{TEMPO}\n  otlphttp/vendor: {{endpoint: 'https://spans.vendor.example'}}");
    let gateway = gateway(&collector(&two, "otlp/tempo, otlphttp/vendor, forward"), 4317);
    let gateway = gateway.replace(
        "        traces:\n",
        "        traces/more: {receivers: [forward], exporters: [otlp/tempo]}\n        traces:\n",
    );
    let way = way(&[("app.yaml", &app(&env("http://gw.obs:4317"))), ("gw.yaml", &gateway)]);
    assert_eq!(way.kind(), EndKind::Backend, "{way:#?}");
    let ends: Vec<&str> = way.ends.iter().map(|end| end.at.as_str()).collect();
    let tempo = "tempo.vendor.example:4317";
    assert_eq!(ends, [tempo, "spans.vendor.example:443", tempo]);
}

#[test]
fn variables_of_a_configmap_are_those_of_the_container_that_takes_them() {
    let app = app("envFrom: [{configMapRef: {name: otel}}]").replace(
        "        env:\n        - {name: OTEL_SERVICE_NAME, value: pay}\n        envFrom",
        "        env: [{name: OTEL_SERVICE_NAME, value: pay}]\n        envFrom",
    );
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: otel, namespace: shop}\ndata:\n  \
               OTEL_EXPORTER_OTLP_ENDPOINT: https://api.vendor.example\n";
    let way = way(&[("app.yaml", &app), ("map.yaml", map)]);
    assert_eq!(way.end().unwrap().at, "api.vendor.example:443");
    assert_eq!(way.hops[0].place.as_ref().unwrap().file, "map.yaml");
}

#[test]
fn a_service_that_only_blue_s_cluster_has_is_missing_in_green() {
    let app = app(&env("http://gw.obs:4317"));
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
    let green = gateway
        .replace("kind: Service\nmetadata: {name: gw,", "kind: Service\nmetadata: {name: gateway,");
    let report = audit_texts(
        &[("app.yaml", &app), ("gw.yaml", &gateway)],
        &[("app.yaml", &app), ("gw.yaml", &green)],
        &Policy::default(),
    );
    let service = service(&report.trace, "pay", "deployment");
    assert_eq!(names(service), ["path-lost", "path-broken"]);
    let end = service.paths.green.as_ref().unwrap().end().unwrap();
    assert!(end.reason.contains("which the other side has"), "{end:?}");
}

#[test]
fn a_service_of_compose_reaches_the_collector_of_its_name() {
    let compose = "services:\n  pay:\n    image: pay\n    environment:\n      \
                   OTEL_EXPORTER_OTLP_ENDPOINT: http://otel-collector:4317\n";
    let files = [
        ("compose.yaml", compose),
        ("otel-collector-config.yaml", &collector(TEMPO, "otlp/tempo")),
    ];
    let way = way(&files);
    assert_eq!((way.hops[0].from.as_str(), way.kind()), ("pay", EndKind::Backend), "{way:#?}");
}

#[test]
fn weaker_ways_are_told_apart() {
    let app = app(&env("http://gw.obs:4317"));
    let scrubbing = collector(TEMPO, "otlp/tempo")
        .replace("batch: {}", "batch: {}, redaction: {allow_all_keys: true}, tail_sampling: {}")
        .replace("[batch]", "[redaction, tail_sampling, batch]");
    let blue = gateway(&scrubbing, 4317);
    let compare = |from: &str, to: &str| {
        let green = blue.replace(from, to);
        assert_ne!(blue, green, "{from}");
        let report = audit_texts(
            &[("app.yaml", &app), ("gw.yaml", &blue)],
            &[("app.yaml", &app), ("gw.yaml", &green)],
            &Policy::default(),
        );
        names(service(&report.trace, "pay", "deployment"))
    };
    assert_eq!(compare("[redaction, ", "["), ["scrub-weakened"]);
    assert_eq!(compare("tail_sampling, ", ""), ["sampling-changed"]);
    assert_eq!(compare("tempo.vendor", "other.vendor"), ["path-redirected"]);
    assert_eq!(compare(", batch]", "]"), ["path-changed"]);
    let clear = "tempo.vendor.example:4317', tls: {insecure: true}";
    assert_eq!(compare("tempo.vendor.example:4317'", clear), ["transport-weakened"]);
}
