//! Pairs of published configuration of which it is known what differs and what that comes to:
//! `tests/corpus` says where they were taken from.

use std::path::{Path, PathBuf};

use crate::memory::audit_texts;
use driftseal::model::{Report, State};
use driftseal::policy::Policy;

/// The files of one side of a pair, by their paths in it.
fn side(folder: &Path) -> Vec<(String, String)> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        for entry in path.read_dir().unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn small(pair: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/pairs").join(pair)
}

fn texts(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn audit(pair: &Path) -> Report {
    let (blue, green) = (side(&pair.join("blue")), side(&pair.join("green")));
    audit_texts(&texts(&blue), &texts(&green), &Policy::default())
}

/// Rule, severity and message of what green brings in, differences that nothing explains apart.
fn introduced(report: &Report) -> Vec<String> {
    let new = report.findings.iter().filter(|finding| finding.state == State::Introduced);
    new.filter(|finding| !finding.rule.0.starts_with("DS-DRF"))
        .map(|finding| {
            format!("{} {} {}", finding.rule.0, finding.severity.name(), finding.message)
        })
        .collect()
}

fn has(found: &[String], rule: &str, parts: &[&str]) {
    let holds = |one: &String| one.starts_with(rule) && parts.iter().all(|part| one.contains(part));
    assert!(found.iter().any(holds), "{rule} {parts:?} is not among {found:#?}");
}

/// The agent and the gateway of the Collector's own example, with another image.
fn example(edit: impl Fn(String) -> String) -> String {
    let file = small("otelcol-local-docker").join("green/k8s/otel-config.yaml");
    edit(std::fs::read_to_string(file).unwrap())
}

fn image(version: &str) -> impl Fn(String) -> String {
    let image = format!("otel/opentelemetry-collector:{version}");
    move |text| text.replace("otel/opentelemetry-collector:latest", &image)
}

fn findings(blue: &str, green: &str) -> Vec<String> {
    let report = audit_texts(&[("otel.yaml", blue)], &[("otel.yaml", green)], &Policy::default());
    let new = report.findings.iter().filter(|finding| finding.state == State::Introduced);
    new.map(|finding| format!("{} {} {}", finding.rule.0, finding.at.path, finding.message))
        .collect()
}

#[test]
fn the_demo_by_its_chart_does_not_tidy_the_names_of_spans_that_compose_tidies() {
    let found = introduced(&audit(&small("otelcol-demo-compose-chart")));
    // A processor for logs stands in the pipeline of traces; the one for spans is in none.
    let swapped = ["pipeline traces: transform/sanitize_logs", "blue has transform/sanitize_spans"];
    has(&found, "DS-TRC-187 high", &swapped);
    has(&found, "DS-PII-124 critical", &["otlp_grpc/jaeger", "past transform/sanitize_spans"]);
}

#[test]
fn the_demo_by_its_chart_does_not_mask_the_card_numbers_that_compose_masks() {
    let found = introduced(&audit(&small("otelcol-demo-redaction-compose-chart")));
    let past = ["otlp_grpc/jaeger", "past transform/redact_sensitive_data"];
    has(&found, "DS-PII-124 critical", &past);
    let before = introduced(&audit(&small("otelcol-demo-compose-chart")));
    assert!(!before.iter().any(|one| one.contains("redact_sensitive_data")), "{before:#?}");
}

#[test]
fn two_examples_of_the_demo_s_chart_do_not_start() {
    let own = audit(&small("otel-demo-chart-own-observability"));
    let found = introduced(&own);
    let named = ["pipeline traces names the exporter spanmetrics, which is not defined"];
    has(&found, "DS-TRC-002 critical", &named);
    has(&found, "DS-TRC-002 critical", &["accounting, ad, cart", "shipping"]);
    // Three exporters are left without a pipeline.
    let lost: Vec<String> =
        own.findings.iter().map(|finding| finding.at.path.to_string()).collect();
    for (pipeline, id) in [
        ("logs", "opensearch"),
        ("metrics", "otlp_http~1prometheus"),
        ("traces", "otlp_grpc~1jaeger"),
    ] {
        let path = format!("/data/relay/service/pipelines/{pipeline}/exporters/={id}");
        assert!(lost.contains(&path), "{path} is not among {lost:#?}");
    }

    let found = introduced(&audit(&small("otelcol-demo-chart-custom-environment")));
    let named = ["pipeline traces names the processor spanmetrics, which is not defined"];
    has(&found, "DS-TRC-192 critical", &named);
}

#[test]
fn another_name_of_a_type_is_nothing_to_releases_that_know_both_and_fatal_to_others() {
    let present = |version| example(image(version));
    let former = |version| example(image(version)).replace("otlp_grpc", "otlp");
    assert_eq!(findings(&former("0.144.0"), &present("0.144.0")), [""; 0]);
    assert_eq!(findings(&present("0.153.0"), &former("0.153.0")), [""; 0]);
    let found = findings(&former("0.143.0"), &present("0.143.0"));
    has(
        &found,
        "DS-TRC",
        &["it does not start", "0.143.0 is built without the exporter otlp_grpc"],
    );
}

#[test]
fn what_holds_anyway_may_be_written_out() {
    let blue = example(image("0.153.0"));
    let green = blue
        .replace("          num_consumers: 4\n", "          num_consumers: 4\n          sizer: requests\n          block_on_overflow: false\n")
        .replace("          enabled: true\n", "          enabled: true\n          initial_interval: 5s\n          max_elapsed_time: 300s\n")
        .replace("          insecure: true\n", "          insecure: true\n          insecure_skip_verify: false\n        compression: gzip\n        timeout: 5000ms\n");
    assert_ne!(blue, green);
    assert_eq!(findings(&blue, &green), [""; 0]);
    // The same is no default of a queue.
    let shorter = green.replace("queue_size: 100", "queue_size: 99");
    assert!(!findings(&blue, &shorter).is_empty());
}

#[test]
fn an_image_alone_moves_where_receivers_listen() {
    let silent = |version| {
        let text = example(image(version));
        ["4317", "4318"].iter().fold(text, |text, port| {
            text.replace(&format!("            endpoint: ${{env:MY_POD_IP}}:{port}\n"), "")
        })
    };
    let (blue, green) = (silent("0.103.0"), silent("0.104.0"));
    assert!(!blue.contains("MY_POD_IP}:431"));
    let found = findings(&blue, &green);
    has(&found, "DS-TRC-192", &["listens on the machine itself only"]);
    // Where it is written, the release changes nothing.
    let (blue, green) = (example(image("0.103.0")), example(image("0.104.0")));
    let found = findings(&blue, &green);
    assert!(!found.iter().any(|one| one.starts_with("DS-TRC")), "{found:#?}");
}

#[test]
fn an_image_alone_lets_data_pass_that_could_not_be_masked() {
    let told = |version| {
        let image = format!("otel/opentelemetry-collector-contrib:{version}");
        example(|text| text.replace("otel/opentelemetry-collector:latest", &image))
            .replace("processors: [memory_limiter]", "processors: [memory_limiter, transform/mask]")
            .replace(
                "    extensions:\n",
                "      transform/mask:\n        trace_statements:\n          - context: span\n            \
                 statements: ['delete_key(attributes, \"user.email\")']\n    extensions:\n",
            )
    };
    let found = findings(&told("0.152.0"), &told("0.153.0"));
    has(&found, "DS-PII-113", &["transform/mask"]);
    let found = findings(&told("0.151.0"), &told("0.152.0"));
    assert!(!found.iter().any(|one| one.starts_with("DS-PII")), "{found:#?}");
}

#[test]
fn a_release_of_the_chart_of_the_collector_renames_a_processor_and_no_more() {
    let Some(corpus) = std::env::var_os("DRIFTSEAL_CORPUS").map(PathBuf::from) else {
        return eprintln!(
            "SKIPPED: DRIFTSEAL_CORPUS names no larger folder with the chart's examples"
        );
    };
    let found = introduced(&audit(&corpus.join("pairs/otelcol-chart-0.159.2-0.160.0")));
    assert_eq!(found, [""; 0]);
}
