//! What keeps or forwards traces and is no Collector: Grafana Tempo, the Datadog Agent, Jaeger,
//! Zipkin.

use driftseal::dialect;
use driftseal::model::{Limits, SourceId};
use driftseal::syntax;

use crate::{compare, differs, drift, same};

fn tempo(lines: &str) -> String {
    format!(
        "distributor: {{receivers: {{otlp: {{protocols: {{grpc: }}}}}}}}\nmemberlist: {{join_members: [a, b]}}\n\
         compactor: {{compaction: {{block_retention: 24h}}}}\n{lines}"
    )
}

#[test]
fn tempo_reads_durations_and_sets_and_listens_where_its_version_does() {
    let plain = tempo("");
    same("tempo.yaml", &plain, &plain.replace("24h", "24h0m0s").replace("[a, b]", "[b, a]"));
    same(
        "tempo.yaml",
        &plain,
        &tempo("multitenancy_enabled: false\n").replace("grpc: ", "grpc: {}"),
    );
    let at = "/compactor/compaction/block_retention";
    differs("tempo.yaml", &plain, &plain.replace("24h", "24m"), &[at]);
    differs(
        "tempo.yaml",
        &plain,
        &tempo("multitenancy_enabled: true\n"),
        &["/multitenancy_enabled"],
    );
    let port = |image: &str, port: u16| {
        let version = format!("x-run:\n  image: {image}\n");
        let said = format!("{version}server: {{log_level: info, http_listen_port: {port}}}\n");
        let silent = tempo(&format!("{version}server: {{log_level: info}}\n"));
        drift(&compare("tempo.yaml", &silent, &tempo(&said))).is_empty()
    };
    assert!(port("grafana/tempo:2.8.1", 3200) && !port("grafana/tempo:2.8.1", 80));
    assert!(port("grafana/tempo:2.7.0", 80) && !port("grafana/tempo:2.7.0", 3200));
    assert!(!port("grafana/tempo:latest", 3200) && !port("grafana/tempo:latest", 80));
}

#[test]
fn the_datadog_agent_sends_to_the_site_it_is_told() {
    let agent = |lines: &str| format!("api_key: ENC[key]\napm_config: {{enabled: true}}\n{lines}");
    let plain = agent("tags: ['a:1', 'b:2']\n");
    same("datadog.yaml", &plain, &agent("tags: ['b:2', 'a:1']\nsite: datadoghq.com\n"));
    differs(
        "datadog.yaml",
        &plain,
        &agent("tags: ['a:1', 'b:2']\nsite: datadoghq.eu\n"),
        &["/site"],
    );
    differs(
        "datadog.yaml",
        &plain,
        &agent("tags: ['a:1', 'b:3']\n"),
        &["/tags/=b:2", "/tags/=b:3"],
    );
    let unsafe_tls = agent("tags: ['a:1', 'b:2']\nskip_ssl_validation: true\n");
    differs("datadog.yaml", &plain, &unsafe_tls, &["/skip_ssl_validation"]);
}

/// The dialect of the one document of a text.
fn dialect_of(file: &str, text: &str) -> &'static str {
    let syntax = syntax::detect(file, text).unwrap();
    let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
    let root = parsed.tree.root(parsed.documents[0].root).unwrap();
    dialect::recognise(file, syntax.id(), root).dialect.id()
}

const STRATEGIES: &str = r#"{"service_strategies": [
    {"service": "pay", "type": "probabilistic", "param": 0.8, "operation_strategies": [
        {"operation": "/a", "type": "probabilistic", "param": 0.2},
        {"operation": "/b", "type": "probabilistic", "param": 1}]},
    {"service": "ship", "type": "ratelimiting", "param": 5}],
  "default_strategy": {"type": "probabilistic", "param": 0.0}}"#;

#[test]
fn jaeger_samples_by_the_names_of_services_and_operations() {
    let file = "sampling.json";
    let moved = r#"{"service_strategies": [
        {"service": "ship", "type": "ratelimiting", "param": 5.0},
        {"service": "pay", "type": "probabilistic", "param": 0.80, "operation_strategies": [
            {"operation": "/b", "type": "probabilistic", "param": 1.0},
            {"operation": "/a", "type": "probabilistic", "param": 0.2}]}],
      "default_strategy": {"type": "probabilistic"}}"#;
    same(file, STRATEGIES, moved);
    let at = "/service_strategies/service=pay/operation_strategies/operation=~1a/param";
    differs(file, STRATEGIES, &STRATEGIES.replace("0.2", "0.02"), &[at]);
    let service = "/service_strategies/service=ship/type";
    differs(file, STRATEGIES, &STRATEGIES.replace("ratelimiting", "probabilistic"), &[service]);
    // Jaeger refuses a text for a number.
    let text = STRATEGIES.replace("\"param\": 5", "\"param\": \"5\"");
    differs(file, STRATEGIES, &text, &["/service_strategies/service=ship/param"]);
    // Of two of one name the order counts.
    let twice = STRATEGIES.replace("\"ship\"", "\"pay\"");
    let swapped = twice.replace("0.8", "5").replace("\"param\": 5}", "\"param\": 0.8}");
    assert!(!drift(&compare(file, &twice, &swapped)).is_empty());
}

#[test]
fn jaeger_s_strategies_are_read_inside_a_config_map_too() {
    let map = |text: &str| {
        let text = text.replace('\n', "\n    ");
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata:\n  sampling.json: |\n    {text}\n"
        )
    };
    let default = |param: &str| STRATEGIES.replace("\"param\": 0.0", param);
    same("s.yaml", &map(&default("\"param\": 0.5")), &map(&default("\"param\": 0.50")));
    let (blue, green) = (map(&default("\"param\": 0.5")), map(&default("\"param\": 0.05")));
    differs("s.yaml", &blue, &green, &["/data/sampling.json/default_strategy/param"]);
}

#[test]
fn jaeger_s_flags_have_the_defaults_of_its_version() {
    let flat = "query.base-path: /jaeger\nsampling.strategies-reload-interval: 60s\n";
    let more = "collector.queue-size: 2000\nsampling.strategies-reload-interval: 1m\n";
    same("jaeger.yaml", flat, &format!("query.base-path: /jaeger\n{more}"));
    differs(
        "jaeger.yaml",
        flat,
        &format!("{flat}collector.queue-size: 200\n"),
        &["/collector.queue-size"],
    );
    let nested = "query: {base-path: /jaeger}\ncollector: {tags: a=b}\n";
    same("j.yaml", nested, &nested.replace("tags: a=b", "tags: a=b, num-workers: 50"));
    let otlp = |tag: &str, value: bool| {
        let map = |text: &str| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: j}}\ndata:\n  jaeger.yaml: |\n    \
                 query.base-path: /j\n{text}---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {{name: j}}\n\
                 spec: {{template: {{spec: {{containers: [{{name: j,\n  image: jaegertracing/jaeger-collector:{tag}\n}}]}}}}}}\n"
            )
        };
        let said = format!("    collector.otlp.enabled: {value}\n");
        drift(&compare("j.yaml", &map(""), &map(&said))).is_empty()
    };
    assert!(otlp("1.46.0", true) && !otlp("1.46.0", false));
    assert!(otlp("1.45.0", false) && !otlp("1.45.0", true));
    assert!(!otlp("latest", true) && !otlp("1.34.0", false));
}

#[test]
fn flags_of_jaeger_are_the_same_as_keys_in_keys() {
    let flat = "query.base-path: /j\ncollector.queue-size: 300\nes.max-span-age: 72h\n";
    let nested = "es: {max-span-age: 4320m}\ncollector: {queue-size: 300, num-workers: 50}\nquery: {base-path: /j}\n";
    same("jaeger.yaml", flat, nested);
    differs("jaeger.yaml", nested, &flat.replace("300", "30"), &["/collector.queue-size"]);
    let more = format!("{flat}collector.tags: a=b\n");
    let report = compare("jaeger.yaml", &more, nested);
    assert_eq!(drift(&report), ["/collector.tags"]);
    assert_eq!(drift(&compare("jaeger.yaml", nested, &more)), ["/collector.tags"]);
    // A word more is another flag.
    differs(
        "jaeger.yaml",
        "query.base-path: /j\nes.server-urls: a\n",
        "query: {base-path: /j}\nes: {server: {urls: a}}\n",
        &["/es.server-urls", "/es.server.urls"],
    );
}

#[test]
fn what_is_not_jaeger_s_or_zipkin_s_is_not_taken_for_theirs() {
    for (file, text, expected) in [
        ("a.json", STRATEGIES, "jaeger"),
        ("a.yaml", "default_strategy: {type: probabilistic, param: 1}\n", "jaeger"),
        ("a.json", "{\"default_strategy\": {\"type\": \"rolling\"}}", "plain"),
        ("a.json", "{\"service_strategies\": []}", "plain"),
        ("a.json", "{\"service_strategies\": [{\"type\": \"probabilistic\"}]}", "plain"),
        ("a.yaml", "default_strategy: {type: probabilistic}\nregion: eu\n", "plain"),
        (
            "a.properties",
            "es.server-urls=http://es:9200\nspan-storage.type=elasticsearch\n",
            "jaeger",
        ),
        ("a.yaml", "es: {server-urls: 'http://es:9200'}\n", "jaeger"),
        ("a.yaml", "es: {hosts: 'http://es:9200'}\n", "plain"),
        ("a.yaml", "es: {server-urls: 'http://es:9200'}\napp: shop\n", "plain"),
        // Written in both forms, or as viper folds it.
        ("a.yaml", "es: {server-urls: x}\nes.server-urls: y\n", "plain"),
        ("a.yaml", "es.server-urls: x\nes.Num-Shards: 3\n", "plain"),
        ("zipkin-server.yml", "zipkin: {storage: {strict-trace-id: false}}\n", "zipkin"),
        ("a.properties", "zipkin.collector.sample-rate=0.1\n", "zipkin"),
        ("a.yaml", "zipkin: {storage: {type: elasticsearch}}\n", "plain"),
        ("a.yaml", "zipkin: {url: 'http://zipkin:9411'}\n", "plain"),
        ("values.yaml", "zipkin: {collector: {sample-rate: 1}}\n", "helm"),
    ] {
        assert_eq!(dialect_of(file, text), expected, "{file}: {text}");
    }
}

#[test]
fn zipkin_reads_what_spring_converts() {
    let file = "zipkin-server.yml";
    let plain = "zipkin:\n  collector: {sample-rate: 1.0, http: {enabled: true}}\n  query: {timeout: 11s}\n";
    let other = "zipkin:\n  collector: {sample-rate: '1', http: {enabled: 'TRUE'}}\n  \
                 query: {timeout: 11000ms, names-max-age: 300}\n";
    same(file, plain, other);
    differs(file, plain, &plain.replace("1.0", "0.1"), &["/zipkin/collector/sample-rate"]);
    // A variable may say what the file does not.
    let said =
        plain.replace("http: {enabled: true}", "http: {enabled: true}, grpc: {enabled: true}");
    differs(file, plain, &said, &["/zipkin/collector/grpc"]);
    let flat = "zipkin.collector.sample-rate=1.0\nzipkin.query.timeout=11s\n";
    same("z.properties", flat, "zipkin.collector.sample-rate=1\nzipkin.query.timeout=11000ms\n");
}
