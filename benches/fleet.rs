//! What it costs to follow the spans of a fleet: `cargo bench --bench fleet`.
//!
//! Makes both sides of a fleet in memory, takes their facts, and prints the CPU time of what follows:
//! the graph, the way of every service, both sides beside each other, and what the rules are given.
//! Figures are for people to read: nothing here passes or fails by time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use driftseal::dialect;
use driftseal::facts::{Document, Taken, VIEWS};
use driftseal::model::{EndKind, Limits, Pair, Path, ResourceId, Side, SourceId, Step};
use driftseal::policy::ColourMap;
use driftseal::syntax;
use driftseal::trace::{self, Home, Known, Origin, SIDE_VIEWS, Sides, TakenItem, TraceFacts};

/// Runs of each size; the median is printed.
const RUNS: usize = 7;

/// Of how many collectors one is a gateway that the others send to.
const GATEWAY_OF: usize = 10;

fn main() {
    println!("{:>8} {:>10} {:>12} {:>16}", "services", "collectors", "CPU (ms)", "µs per service");
    for (services, collectors) in [(100, 10), (1_000, 100), (10_000, 1_000)] {
        let facts = Pair::new("blue", "green").map(|side| facts(side, services, collectors));
        let mut times: Vec<Duration> = (0..RUNS).map(|_| resolved(&facts, services)).collect();
        times.sort();
        let median = times[RUNS / 2].as_secs_f64() * 1_000.0;
        let each = median * 1_000.0 / f64::from(u32::try_from(services).unwrap());
        println!("{services:>8} {collectors:>10} {median:>12.1} {each:>16.1}");
    }
}

/// CPU time of following both sides. Every way must be followed to its end.
fn resolved(facts: &Pair<TraceFacts>, services: usize) -> Duration {
    let colours = ColourMap::new(&Pair::new("blue", "green").map(str::to_owned), &[]);
    let bare = Pair::new(BTreeSet::new(), BTreeSet::new());
    let mut known = Known::default();
    let before = cpu();
    let sides = Sides::new((facts, &bare), &mut known, &colours);
    let items: usize = SIDE_VIEWS.iter().map(|view| sides.items(view).green.len()).sum();
    let trace = sides.compare(&colours);
    let spent = cpu().saturating_sub(before);
    assert_eq!(trace.services.len(), services);
    assert!(items >= services, "{items}");
    for service in &trace.services {
        let path = service.paths.green.as_ref().unwrap();
        assert_eq!((path.kind(), path.hops.len()), (EndKind::Backend, 3), "{}", service.service);
    }
    spent
}

/// CPU time of this thread so far.
fn cpu() -> Duration {
    // The count is brought up to date when the thread is scheduled.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// The facts of one side, taken as an audit takes them.
fn facts(side: &str, services: usize, collectors: usize) -> TraceFacts {
    let mut facts = (TraceFacts::default(), 0);
    for service in 0..services {
        let number = service % (collectors - collectors / GATEWAY_OF);
        take(&mut facts, &workload(service, side, number), None);
    }
    for number in 0..collectors {
        let is_gateway = number >= collectors - collectors / GATEWAY_OF;
        let gateway = collectors - 1 - number % (collectors / GATEWAY_OF);
        let to = if is_gateway { "tempo.example.internal".to_owned() } else { host(side, gateway) };
        let config = format!(
            "receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '0.0.0.0:4317'}}}}}}}}\n\
             processors: {{memory_limiter: {{}}, batch: {{}}}}\n\
             exporters: {{otlp_grpc: {{endpoint: '{to}:4317', tls: {{insecure: true}}}}}}\n\
             service: {{pipelines: {{traces: {{receivers: [otlp], \
             processors: [memory_limiter, batch], exporters: [otlp_grpc]}}}}}}\n"
        );
        take(&mut facts, &collector(number, side), Some(&config));
    }
    facts.0
}

/// Takes the facts of a text of several documents, and of what stands in its `ConfigMap`. Documents are
/// counted.
fn take((facts, count): &mut (TraceFacts, u32), text: &str, embedded: Option<&str>) {
    let file = format!("{}.yaml", text.lines().next().unwrap().trim_start_matches("# "));
    let parsed = syntax::by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD);
    assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
    for document in &parsed.documents {
        let root = parsed.tree.root(document.root).unwrap();
        let known = dialect::recognise(&file, "yaml", root);
        let whole = Document {
            file: &file,
            syntax: "yaml",
            dialect: known.dialect,
            identity: &known.identity,
            owner: &known.identity,
            base: Path::ROOT,
            root,
            beside: &[],
            taken: Taken::default(),
        };
        *count += 1;
        of_document(facts, &whole, (*count, 0));
        let Some(config) = embedded.filter(|_| known.identity.kind == "ConfigMap") else {
            continue;
        };
        let inner = syntax::by_id("yaml").unwrap().parse(config, SourceId(0), &Limits::STANDARD);
        let root = inner.tree.root(inner.documents[0].root).unwrap();
        let own = dialect::recognise("relay.yaml", "yaml", root);
        assert_eq!(own.dialect.id(), "otelcol");
        let inside = Document {
            dialect: own.dialect,
            identity: &own.identity,
            base: Path(vec![Step::Key("data".to_owned()), Step::Key("relay.yaml".to_owned())]),
            root,
            taken: Taken::default(),
            ..whole
        };
        of_document(facts, &inside, (*count, 1));
    }
}

fn of_document(facts: &mut TraceFacts, document: &Document<'_>, (entry, part): (u32, u16)) {
    let resource = Arc::new(ResourceId(document.owner.name.clone()));
    let file = document.file.into();
    let home = Arc::new(Home { side: Side::Blue, entry, file, ordinal: 0, resource });
    let origin = &Origin { home, part };
    let views = (0..).zip(VIEWS).filter(|(_, view)| trace::VIEWS.contains(&view.id));
    for (place, view) in views.filter(|(_, view)| view.suits(document.dialect.id())) {
        for (index, item) in (0..).zip((view.extract)(document)) {
            let (view, lines) = (place, &|_| (0, 0, 0));
            let taken = TakenItem { origin, document, view, item: &item, index, lines };
            facts.take(VIEWS[usize::from(place)].id, &taken);
        }
    }
}

fn host(side: &str, collector: usize) -> String {
    format!("collector-{collector}.observability-{side}.svc.cluster.local")
}

fn workload(service: usize, side: &str, collector: usize) -> String {
    format!(
        "# service-{service}\n\
         apiVersion: apps/v1\nkind: Deployment\n\
         metadata: {{name: service-{service}, namespace: shop-{side}}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: service-{service}}}}}\n    spec:\n      containers:\n      \
         - name: app\n        image: registry.example.internal/service:1.0.0\n        env:\n        \
         - {{name: OTEL_SERVICE_NAME, value: service-{service}}}\n        \
         - {{name: OTEL_EXPORTER_OTLP_PROTOCOL, value: grpc}}\n        \
         - {{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://{}:4317'}}\n",
        host(side, collector)
    )
}

fn collector(number: usize, side: &str) -> String {
    let meta = format!("metadata: {{name: collector-{number}, namespace: observability-{side}}}");
    format!(
        "# collector-{number}\n\
         apiVersion: v1\nkind: ConfigMap\n{meta}\ndata: {{relay.yaml: ''}}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\n{meta}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: collector-{number}}}}}\n    spec:\n      containers:\n      \
         - name: otel\n        image: otel/opentelemetry-collector-contrib:0.153.0\n        \
         args: ['--config=/conf/relay.yaml']\n      \
         volumes: [{{name: conf, configMap: {{name: collector-{number}}}}}]\n---\n\
         apiVersion: v1\nkind: Service\n{meta}\nspec:\n  selector: {{app: collector-{number}}}\n  \
         ports: [{{name: otlp, port: 4317, targetPort: 4317}}]\n"
    )
}
