//! Collectors whose configuration stands in several places: files, words of their container, variables.
//! What the last of them says counts, as opentelemetry-collector v0.159.0 has it (`confmap`, `otelcol/flags.go`).

use driftseal::model::EndKind;

use super::full;
use super::memory::audit_texts;
use super::systems::{BASE, config, end, service, to, workload};

const IMAGE: &str = "otel/opentelemetry-collector-contrib:0.153.0";
const PORTS: &str =
    "{name: a, port: 4317, targetPort: 4317}, {name: b, port: 4318, targetPort: 4318}";
const READ: &str = "--config=/conf/config.yaml";

/// How the way ends through a gateway that is told these words, and given these lines.
fn through(words: &[&str], more: &str) -> (EndKind, String) {
    let words: Vec<String> =
        words.iter().map(|word| format!("\"{}\"", word.replace('\n', "\\n"))).collect();
    let told = format!("args: [{}]{more}", words.join(", "));
    let own = workload("gw", "Deployment", &told, IMAGE);
    end(&[to("http://gw.obs:4317"), config("gw", BASE), own, service("gw", PORTS, "")])
}

fn holds(words: &[&str], more: &str, kind: EndKind, why: &str) {
    let (found, reason) = through(words, more);
    assert!(found == kind && reason.contains(why), "{words:?} {more}: {found:?} {reason}");
}

#[test]
fn what_is_set_is_laid_over_what_is_read() {
    fn read<'s>(set: &[&'s str]) -> Vec<&'s str> {
        [&[READ], set].concat()
    }
    for set in [
        &["--set=service.telemetry.logs.level=debug"][..],
        &["--set=exporters.otlp_grpc.endpoint=other.example.org:4317"],
        &["--set", "exporters::otlp_grpc::endpoint=other.example.org:4317"],
        &["--set=processors.batch={}", "--set=service.pipelines.traces.processors=[batch]"],
    ] {
        holds(&read(set), "", EndKind::Backend, "");
    }
    let debug = ["--set=exporters.debug=", "--set=service.pipelines.traces.exporters=[debug]"];
    holds(&read(&debug), "", EndKind::Broken, "sends only to debug");
    // It comes last wherever it stands.
    let reversed = [debug[0], debug[1], READ];
    holds(&reversed, "", EndKind::Broken, "sends only to debug");
    holds(
        &read(&["--set=receivers.otlp.protocols.grpc.endpoint=localhost:4317"]),
        "",
        EndKind::Broken,
        "on the machine itself only",
    );
    holds(
        &read(&["--set=service.pipelines.traces.exporters=[otlp_http]"]),
        "",
        EndKind::Broken,
        "which is not defined",
    );
    holds(
        &read(&["--set=exporters.otlp_grpc.endpoint=$(ELSEWHERE)"]),
        "",
        EndKind::Unresolved,
        "resolved elsewhere",
    );
    holds(&read(&["--set=exporters.otlp_grpc.endpoint"]), "", EndKind::Unresolved, "sets nothing");
}

#[test]
fn a_map_is_joined_and_anything_else_replaced() {
    let http = "--config=yaml:exporters:\n  otlp_grpc: {tls: {insecure: true}}\n";
    holds(&[READ, http], "", EndKind::Backend, "");
    // Null replaces all that stood there.
    holds(&[READ, "--config=yaml:receivers:"], "", EndKind::Broken, "");
    holds(&[READ, "--config=yaml:receivers::otlp::protocols:"], "", EndKind::Broken, "");
    // An empty map is joined, and an empty list is none.
    holds(&[READ, "--config=yaml:receivers: {}"], "", EndKind::Backend, "");
    let none = "--config=yaml:service::pipelines::traces::exporters: []";
    holds(&[READ, none], "", EndKind::Broken, "no exporter");
    // The first is laid under the last.
    let under = "--config=yaml:exporters::otlp_grpc::endpoint: gone.obs:4317";
    holds(&[under, READ], "", EndKind::Backend, "");
    holds(&[READ, under], "", EndKind::Unresolved, "gone");
}

#[test]
fn a_configuration_may_stand_in_a_variable() {
    let text = BASE.trim_end().replace('\n', "\n                ");
    let given = format!(
        "\n          env:\n            - name: CONFIG\n              value: |\n                {text}\n"
    );
    holds(&["--config=env:CONFIG"], &given, EndKind::Backend, "");
    holds(&["--config", "env:CONFIG"], &given, EndKind::Backend, "");
    holds(
        &["--config=env:CONFIG", "--set=service.pipelines.traces.exporters=[]"],
        &given,
        EndKind::Broken,
        "no exporter",
    );
    holds(&["--config=env:OTHER"], &given, EndKind::Unresolved, "not among those");
    let from = "\n          env: [{name: CONFIG, valueFrom: {secretKeyRef: {name: a, key: b}}}]";
    holds(&["--config=env:CONFIG"], from, EndKind::Unresolved, "said elsewhere");
    let list = "\n          env: [{name: CONFIG, value: '[a]'}]";
    holds(&["--config=env:CONFIG"], list, EndKind::Unresolved, "is no map");
    let torn = "\n          env: [{name: CONFIG, value: '{a: ['}]";
    holds(&["--config=env:CONFIG"], torn, EndKind::Unresolved, "can be read");
}

#[test]
fn what_is_fetched_stays_unknown() {
    holds(&[READ, "--config=https://example.org/c.yaml"], "", EndKind::Unresolved, "was not read");
    holds(&["--config=s3://bucket/c.yaml", "--set=a.b=c"], "", EndKind::Unresolved, "was not read");
}

#[test]
fn who_reads_one_file_is_told_apart_by_what_is_set() {
    let with = |name: &str, set: &str| {
        let own = workload(name, "Deployment", &format!("args: ['{READ}'{set}]"), IMAGE);
        // Both read the one configuration.
        let own = own.replace(&format!("configMap: {{name: {name}}}"), "configMap: {name: gw}");
        own + &service(name, PORTS, "")
    };
    let plain = with("gw", "");
    let other = with("other", ", '--set=service.pipelines.traces.exporters=[]'");
    let ends = |host: &str, all: &[&String]| {
        let all: String = all.iter().map(|one| one.as_str()).collect();
        end(&[to(&format!("http://{host}.obs:4317")), config("gw", BASE), all])
    };
    for both in [[&plain, &other], [&other, &plain]] {
        assert_eq!(ends("gw", &both).0, EndKind::Backend);
        assert!(ends("other", &both).1.contains("no exporter"));
    }
    let third = with("third", ", '--set=service.telemetry.logs.level=debug'");
    assert_eq!(ends("third", &[&other, &third]).0, EndKind::Backend);
    assert_eq!(ends("other", &[&other, &third]).0, EndKind::Broken);
}

#[test]
fn a_way_names_the_place_of_what_is_said_last() {
    let own = |set: &str| {
        let told = format!("args: ['{READ}', '{set}']");
        let text = [
            to("http://gw.obs:4317"),
            config("gw", BASE),
            workload("gw", "Deployment", &told, IMAGE),
            service("gw", PORTS, ""),
        ]
        .concat();
        let files = [("all.yaml", text.as_str())];
        let report = audit_texts(&files, &files, &full());
        let way = report.trace.services[0].paths.green.clone().unwrap();
        let place = way.hops[1].place.clone().unwrap();
        let line = text.lines().nth(place.line.unwrap() as usize - 1).unwrap().to_owned();
        let lines = (place.line, place.column, place.end_line);
        (way.hops[1].to.clone(), line, lines)
    };
    let (to, line, _) = own("--set=service.telemetry.logs.level=debug");
    assert_eq!(to, "tempo.example.org:4317");
    assert!(line.contains("otlp_grpc: {endpoint"), "{line}");
    let (to, line, _) = own("--set=exporters.otlp_grpc.endpoint=a.example.org:1");
    assert_eq!(to, "a.example.org:1");
    assert!(line.contains("args: ["), "{line}");
}

#[test]
fn a_service_of_compose_is_told_as_a_container_is() {
    let of = |words: &str, more: &str| {
        let compose = format!(
            "services:\n  pay:\n    image: pay\n    environment: {{OTEL_EXPORTER_OTLP_ENDPOINT: \
             'http://otel:4317', OTEL_EXPORTER_OTLP_PROTOCOL: grpc}}\n  otel:\n    image: {IMAGE}\n    \
             command: [{words}]\n    volumes: ['./gateway.yaml:/conf/config.yaml']\n{more}"
        );
        let files = [("compose.yaml", compose.as_str()), ("gateway.yaml", BASE)];
        let report = audit_texts(&files, &files, &full());
        let all = report.trace.services.iter();
        let [only] = all.filter(|one| one.service == "pay").collect::<Vec<_>>()[..] else {
            panic!("{:#?}", report.trace)
        };
        let path = only.paths.green.clone().unwrap();
        let end = path.end().unwrap();
        (end.kind, end.reason.clone())
    };
    assert_eq!(of(&format!("'{READ}'"), ""), (EndKind::Backend, String::new()));
    let none = format!("'{READ}', '--set=service.pipelines.traces.exporters=[]'");
    assert!(of(&none, "").1.contains("no exporter"));
    let text = BASE.trim_end().replace('\n', "\n        ");
    let given = format!("    environment:\n      CONFIG: |\n        {text}\n");
    assert_eq!(of("'--config=env:CONFIG'", &given), (EndKind::Backend, String::new()));
    assert_eq!(of("'--config=env:CONFIG'", "").0, EndKind::Unresolved);
}

#[test]
fn what_an_operator_sets_leaves_the_way_open() {
    let of = |args: &str| {
        let text = BASE.trim_end().replace('\n', "\n    ");
        let own = format!(
            "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {{name: gw, namespace: \
             obs}}\nspec:\n{args}  config:\n    {text}\n---\n"
        );
        end(&[to("http://gw-collector.obs:4317"), own])
    };
    assert_eq!(of(""), (EndKind::Backend, String::new()));
    assert_eq!(of("  mode: daemonset\n"), (EndKind::Backend, String::new()));
    assert_eq!(of("  args: {feature-gates: a.b}\n"), (EndKind::Backend, String::new()));
    let (kind, reason) = of("  args: {set: 'service.pipelines.traces.exporters=[]'}\n");
    assert!(kind == EndKind::Unresolved && reason.contains("changes what"), "{kind:?} {reason}");
}

#[test]
fn one_configuration_is_not_laid_under_any_number_of_others() {
    let with = |count: usize| {
        let one = |nth: usize| {
            let told =
                format!("args: ['{READ}', '--set=exporters.x{nth}.endpoint=x{nth}.example.org:1']");
            let own = workload(&format!("w{nth}"), "Deployment", &told, IMAGE);
            own.replace(&format!("configMap: {{name: w{nth}}}"), "configMap: {name: gw}")
        };
        let all: String = (0..count).map(one).collect();
        let last = format!("w{}", count - 1);
        end(&[
            to(&format!("http://{last}.obs:4317")),
            config("gw", BASE),
            all,
            service(&last, PORTS, ""),
        ])
    };
    assert_eq!(with(64), (EndKind::Backend, String::new()));
    let (kind, reason) = with(200);
    assert!(kind == EndKind::Backend || reason.contains("more than 64"), "{kind:?} {reason}");
}

/// The way through a gateway whose exporter and receiver say this, given these variables.
fn filled(exporter: &str, receiver: &str, env: &str) -> (EndKind, String) {
    let text = BASE.replace("'tempo.example.org:4317'", exporter).replace("0.0.0.0:4317", receiver);
    let told = format!("args: ['{READ}']\n          {env}");
    let own = workload("gw", "Deployment", &told, IMAGE);
    end(&[to("http://gw.obs:4317"), config("gw", &text), own, service("gw", PORTS, "")])
}

#[test]
fn a_reference_is_filled_in_from_the_container_that_runs_it() {
    let open = "0.0.0.0:4317";
    let tempo = "env: [{name: TEMPO, value: 'tempo.example.org:4317'}]";
    for exporter in ["'${env:TEMPO}'", "'${TEMPO}'", "'${env:TEMPO:-gone.obs:4317}'"] {
        assert_eq!(filled(exporter, open, tempo), (EndKind::Backend, String::new()), "{exporter}");
    }
    let host = "env: [{name: HOST, value: gone}, {name: PORT, value: '4317'}]";
    let (kind, reason) = filled("'${HOST}.obs:${PORT}'", open, host);
    assert!(kind == EndKind::Unresolved && reason.contains("Service gone"), "{kind:?} {reason}");
    let own = "env: [{name: HOST, value: localhost}]";
    let (kind, reason) = filled("'tempo.example.org:4317'", "${env:HOST}:4317", own);
    assert!(kind == EndKind::Broken && reason.contains("itself only"), "{kind:?} {reason}");
    // What is said elsewhere stays open.
    for env in [
        "env: [{name: TEMPO, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
        "envFrom: [{configMapRef: {name: more}}]",
        "env: []",
    ] {
        let (kind, reason) = filled("'${env:TEMPO}'", open, env);
        assert!(kind == EndKind::Unresolved && reason.contains("elsewhere"), "{kind:?} {reason}");
    }
}

#[test]
fn a_service_of_compose_fills_in_what_it_is_given() {
    let of = |more: &str| {
        let compose = format!(
            "services:\n  pay:\n    image: pay\n    environment: {{OTEL_EXPORTER_OTLP_ENDPOINT: \
             'http://otel:4317', OTEL_EXPORTER_OTLP_PROTOCOL: grpc}}\n  otel:\n    image: {IMAGE}\n    \
             command: ['{READ}']\n    volumes: ['./gateway.yaml:/conf/config.yaml']\n{more}"
        );
        let text = BASE.replace("'tempo.example.org:4317'", "'${env:TEMPO}'");
        let files = [("compose.yaml", compose.as_str()), ("gateway.yaml", text.as_str())];
        let report = audit_texts(&files, &files, &full());
        let mut all = report.trace.services.iter().filter(|one| one.service == "pay");
        let path = all.next().unwrap().paths.green.clone().unwrap();
        path.hops.last().map(|hop| hop.to.clone()).unwrap()
    };
    assert_eq!(of("    environment: [TEMPO=tempo.example.org:4317]\n"), "tempo.example.org:4317");
    assert_eq!(of(""), "otel:4317");
}

#[test]
fn no_few_words_make_a_configuration_large_or_deep() {
    // A way of keys as long as a key of YAML may be, and variables that fill in each other.
    let deep = format!("--set={}=1", ["a"; 400].join("."));
    holds(&[READ, &deep], "", EndKind::Unresolved, "depth_max");
    let many = |name: &str| format!("${{env:{name}}}").repeat(1_000);
    let env = format!(
        "env: [{{name: A, value: '{}'}}, {{name: B, value: '{}'}}, {{name: C, value: '{}'}}]",
        many("B"),
        many("C"),
        many("A")
    );
    assert_eq!(filled("'${env:A}'", "0.0.0.0:4317", &env).0, EndKind::Unresolved);
    for words in [
        &["--config="][..],
        &["--config=env:"],
        &["--config=yaml:"],
        &["--config=:", "--set=="],
        &[READ, "--set==1"],
        &[READ, "--set=::=1"],
        &[READ, "--set=a..b=c"],
        &[READ, "--set=exporters=[]"],
        &[READ, "--set"],
        &[READ, "--config=yaml:\u{0}"],
        &[READ, "--config=yaml:a: &x [*x]"],
    ] {
        let (kind, reason) = through(words, "");
        assert!(kind == EndKind::Backend || !reason.is_empty(), "{words:?}");
    }
}
