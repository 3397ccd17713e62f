//! Services of Compose whose settings stand in several files that Docker reads as one.

use driftseal::model::{EndKind, GapReason, TracePath};

use crate::memory::audit_texts;
use crate::{TEMPO, collector, full, names, service};

/// The way of the service `pay` of some files of one folder, beside a collector.
fn pay(files: &[(&str, &str)]) -> TracePath {
    let config = collector(TEMPO, "otlp/tempo");
    let mut files = files.to_vec();
    files.push(("otel-collector.yaml", &config));
    let report = audit_texts(&files, &files, &full());
    assert!(report.gaps.blue.is_empty(), "{:?}", report.gaps.blue);
    let ways = report.trace.services.iter().filter(|known| known.service == "pay");
    let [only] = ways.collect::<Vec<_>>()[..] else { panic!("{:?}", report.trace.services) };
    only.paths.green.clone().unwrap()
}

fn file(service: &str) -> String {
    format!("services:\n  pay:\n{service}")
}

const IMAGE: &str = "    image: pay\n";
const TO: &str = "    environment: {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4317'}\n";
const DARK: &str = "    environment: [OTEL_SDK_DISABLED=true]\n";

#[test]
fn variables_of_a_file_count_below_those_of_the_service() {
    let to = "OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4317\n";
    let dark = "OTEL_SDK_DISABLED=true\n";
    let with = |lines: &str| file(&[IMAGE, lines].concat());
    let of = |text: &str| pay(&[("compose.yaml", text), ("a.env", to), ("b.env", dark)]).kind();
    for (lines, end) in [
        ("    env_file: a.env\n", EndKind::Backend),
        ("    env_file: [./a.env, b.env]\n", EndKind::Dark),
        ("    env_file: [{path: b.env, required: false}, a.env]\n", EndKind::Dark),
        (
            "    env_file: [a.env, b.env]\n    environment: [OTEL_SDK_DISABLED=false]\n",
            EndKind::Backend,
        ),
    ] {
        assert_eq!(of(&with(lines)), end, "{lines}");
    }
    // What Compose fills in is not known, and no way.
    let open = "OTEL_EXPORTER_OTLP_ENDPOINT=http://$HOST:4317\n";
    let way = pay(&[("compose.yaml", &with("    env_file: a.env\n")), ("a.env", open)]);
    assert_eq!(way.kind(), EndKind::Unresolved);
    // What the override names comes last.
    let over = file("    env_file: b.env\n");
    let files = [
        ("compose.yaml", with("    env_file: a.env\n")),
        ("compose.override.yaml", over),
        ("a.env", to.to_owned()),
        ("b.env", dark.to_owned()),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    assert_eq!(pay(&files).kind(), EndKind::Dark);
}

#[test]
fn what_compose_refuses_to_go_without_is_a_gap() {
    let gaps = |text: &str| {
        let files = [
            ("compose.yaml", text),
            ("there.env", "A=1\n"),
            ("there.yaml", "services: {}\n"),
            ("base.yaml", "services: {base: {image: a}}\n"),
        ];
        let report = audit_texts(&files, &files, &full());
        let [blue, green] = [&report.gaps.blue, &report.gaps.green];
        assert_eq!(blue.len(), green.len());
        green.iter().map(|(gap, _)| (gap.line, gap.message.clone())).collect::<Vec<_>>()
    };
    let with = |lines: &str| file(&[IMAGE, lines].concat());
    for (text, what) in [
        (with("    env_file: gone.env\n"), "its file of variables is not part"),
        (with("    env_file: [there.env, gone.env]\n"), "its file of variables is not part"),
        (with("    env_file: [{path: gone.env, required: true}]\n"), "its file of variables"),
        (with("    env_file: ${A}\n"), "its file of variables cannot be told"),
        (with("    extends: {service: nobody}\n"), "the service it extends is not part"),
        (with("    extends: nobody\n"), "the service it extends is not part"),
        (
            with("    extends: {file: base.yaml, service: nobody}\n"),
            "the service it extends is not part of the file it names",
        ),
        (
            with("    extends: {file: gone.yaml, service: base}\n"),
            "the file it extends is not part",
        ),
        (format!("include: [gone.yaml]\n{}", with("")), "a file it includes is not part"),
        (format!("include:\n- path: [there.yaml, gone.yaml]\n{}", with("")), "a file it includes"),
        (format!("include: ['https://example.org/a.git']\n{}", with("")), "cannot be told"),
    ] {
        let found = gaps(&text);
        let [(line, message)] = &found[..] else { panic!("{text}: {found:?}") };
        assert!(message.contains(what) && line.is_some(), "{text}: {message}");
    }
    for text in [
        with("    env_file: there.env\n"),
        with("    env_file: [{path: gone.env, required: false}]\n"),
        with("    extends: other\n  other: {image: a}\n"),
        with("    extends: {file: base.yaml, service: base}\n"),
        format!("include: [there.yaml]\n{}", with("")),
        with("    env_file:\n"),
    ] {
        assert_eq!(gaps(&text), [], "{text}");
    }
}

#[test]
fn an_override_is_laid_over_the_file_of_its_folder() {
    let base = file(&[IMAGE, TO].concat());
    assert_eq!(pay(&[("compose.yaml", &base)]).kind(), EndKind::Backend);
    let dark = file(DARK);
    let laid = |over: &str| pay(&[("compose.yaml", &base), (over, &dark)]).kind();
    for over in ["compose.override.yaml", "compose.override.yml", "docker-compose.override.yml"] {
        assert_eq!(laid(over), EndKind::Dark, "{over}");
    }
    // Neither of another folder nor of another name.
    for other in ["dev/compose.override.yaml", "compose.dev.yaml"] {
        assert_eq!(laid(other), EndKind::Backend, "{other}");
    }
    // What only the override says counts too, and stands with the service.
    let way = pay(&[("compose.yaml", &file(IMAGE)), ("compose.override.yaml", &file(TO))]);
    assert_eq!(way.kind(), EndKind::Backend, "{way:#?}");
    assert_eq!(way.hops[0].place.as_ref().unwrap().file, "compose.yaml");
}

#[test]
fn variables_are_joined_by_name_and_what_is_said_last_counts() {
    let base = file(&[IMAGE, TO].concat());
    let laid = |over: &str| pay(&[("compose.yaml", &base), ("compose.override.yaml", &file(over))]);
    let elsewhere = TO.replace("otel-collector:4317", "spans.vendor.example:443");
    assert_eq!(laid(&elsewhere).hops[0].to, "spans.vendor.example:443");
    assert_eq!(laid("    environment: [LEVEL=info]\n").hops[0].to, "otel-collector:4317");
    let instead = "    environment: !override\n      OTEL_SERVICE_NAME: pay\n";
    let config = collector(TEMPO, "otlp/tempo");
    for gone in [
        instead,
        "    !reset null\n",
        "    environment: !reset null\n",
        "    environment: !reset {}\n",
        "    environment:\n      OTEL_EXPORTER_OTLP_ENDPOINT: !reset null\n",
    ] {
        let over = file(gone);
        let files = [
            ("compose.yaml", &*base),
            ("compose.override.yaml", &*over),
            ("otel-collector.yaml", &*config),
        ];
        let report = audit_texts(&files[..1], &files, &full());
        let paths = report.trace.services.iter().find(|known| known.service == "pay");
        let green = paths.and_then(|known| known.paths.green.as_ref());
        assert!(green.is_none_or(|way| way.kind() == EndKind::Dark), "{gone}: {green:#?}");
    }
}

#[test]
fn a_service_says_what_it_extends_says() {
    let same = format!(
        "services:\n  base:\n    build: .\n{TO}  pay:\n    extends: base\n    environment: [OTEL_SERVICE_NAME=pay]\n"
    );
    assert_eq!(pay(&[("compose.yaml", &same)]).hops[0].to, "otel-collector:4317");
    let common = format!(
        "services:\n  traced:\n    extends: {{service: quiet}}\n{TO}  quiet:\n    image: q\n{DARK}"
    );
    let pays = |extends: &str| {
        file(&format!("{IMAGE}    extends: {extends}\n    environment: [OTEL_SERVICE_NAME=pay]\n"))
    };
    let way = |extends: &str| {
        let pays = pays(extends);
        let config = collector(TEMPO, "otlp/tempo");
        let files = [
            ("app/compose.yaml", &*pays),
            ("common/base.yaml", &*common),
            ("otel-collector.yaml", &*config),
        ];
        let report = audit_texts(&files, &files, &full());
        let found = service(&report.trace, "pay", "compose").paths.green.clone().unwrap();
        (found.kind(), report.gaps.green)
    };
    let (kind, gaps) = way("{file: ../common/base.yaml, service: traced}");
    assert_eq!((kind, gaps), (EndKind::Dark, Vec::new()));
    // What cannot be read is said, and nothing is taken for set or unset.
    for lost in ["../common/none.yaml", "${BASE}/base.yaml", "../../base.yaml"] {
        let (kind, gaps) = way(&format!("{{file: '{lost}', service: traced}}"));
        assert_eq!(kind, EndKind::Unresolved, "{lost}");
        let [(gap, _)] = gaps.as_slice() else { panic!("{lost}: {gaps:?}") };
        assert_eq!(gap.reason, GapReason::SourceMissing);
        assert_eq!((gap.place.as_str(), gap.line), ("app/compose.yaml", Some(4)));
    }
    let (kind, _) = way("{file: ../common/base.yaml, service: gone}");
    assert_eq!(kind, EndKind::Unresolved);
    assert_eq!(way("pay").0, EndKind::Unresolved, "of itself");
}

#[test]
fn an_override_of_one_side_darkens_what_both_files_leave_alone() {
    let base = file(&[IMAGE, TO].concat());
    let dark = file(DARK);
    let config = collector(TEMPO, "otlp/tempo");
    let blue = [("compose.yaml", &*base), ("otel-collector.yaml", &*config)];
    let green = [blue[0], ("compose.override.yaml", &*dark), blue[1]];
    let report = audit_texts(&blue, &green, &full());
    assert_eq!(names(service(&report.trace, "pay", "compose")), ["path-lost", "dark-service"]);
}

/// A file of one service and one collector, whose configuration it is given under another name.
const SHOP: &str = concat!(
    "services:\n  pay:\n    image: pay\n",
    "    environment: ['OTEL_EXPORTER_OTLP_ENDPOINT=http://${HOST}:${PORT:-4317}', OTEL_SERVICE_NAME]\n",
    "  gateway:\n    image: otel/opentelemetry-collector-contrib:${VERSION}\n",
    "    command: ['--config=/etc/main.yaml', --config, /etc/more/extra.yaml]\n",
    "    volumes: ['./deploy/a.yaml:/etc/main.yaml:ro', {type: bind, source: ./more, target: /etc/more}]\n",
);
const SHOP_ENV: &str = "HOST=gateway\nVERSION=0.103.0\nOTEL_SERVICE_NAME=pay\n";

/// The way of `pay`, given the variables and both configurations.
fn shop(env: &str, main: &str, extra: &str) -> TracePath {
    let files = [
        ("compose.yaml", SHOP),
        (".env", env),
        ("deploy/a.yaml", main),
        ("more/extra.yaml", extra),
    ];
    let report = audit_texts(&files, &files, &full());
    assert_eq!(report.trace.services.len(), 1, "{:?}", report.trace.services);
    service(&report.trace, "pay", "compose.yaml/pay").paths.green.clone().unwrap()
}

#[test]
fn a_collector_is_found_by_its_service_and_the_file_it_is_given() {
    let config = collector(TEMPO, "otlp/tempo");
    let way = shop(SHOP_ENV, &config, "# nothing\n");
    assert_eq!(way.kind(), EndKind::Backend, "{way:?}");
    assert_eq!(way.hops[0].to, "gateway:4317");
    assert_eq!(way.hops[0].reaches.as_deref(), Some("deploy/a.yaml"));
    // The second file is laid over the first.
    let other = config.replace("tempo.vendor", "other.vendor");
    let two = shop(SHOP_ENV, &config, &other);
    assert_eq!(two.kind(), EndKind::Backend, "{two:?}");
    assert_eq!(two.ends[0].at, "other.vendor.example:4317");
    assert_eq!(two.ends[0].place.as_ref().unwrap().file, "more/extra.yaml");
    // Without the variables nobody knows where it goes.
    let unknown = shop("VERSION=0.103.0\nOTEL_SERVICE_NAME=pay\n", &config, "");
    assert_eq!(unknown.kind(), EndKind::Unresolved);
    // Without an address it listens on its machine only, since 0.104.0.
    let silent = config.replace("{endpoint: '0.0.0.0:4317'}", "{}");
    assert_eq!(shop(SHOP_ENV, &silent, "").kind(), EndKind::Backend);
    let later = SHOP_ENV.replace("0.103.0", "0.104.0");
    assert_eq!(shop(&later, &silent, "").kind(), EndKind::Broken);
}

#[test]
fn a_service_that_only_the_other_file_has_is_missing() {
    let config = collector(TEMPO, "otlp/tempo");
    let gone = SHOP.replace("  gateway:\n", "  other:\n");
    let files = |compose| {
        [
            ("compose.yaml", compose),
            (".env", SHOP_ENV),
            ("deploy/a.yaml", config.as_str()),
            ("more/extra.yaml", ""),
        ]
    };
    let report = audit_texts(&files(SHOP), &files(&gone), &full());
    let pay = service(&report.trace, "pay", "compose.yaml/pay");
    assert_eq!(names(pay), ["path-lost", "path-broken"], "{pay:?}");
    let end = pay.paths.green.as_ref().unwrap().end().unwrap();
    assert_eq!(end.reason, "compose.yaml has no service gateway, which the other side has");
}

#[test]
fn configurations_that_are_read_one_after_the_other_are_one() {
    let compose = |files: &str| {
        format!(
            "services:\n  pay:\n    image: pay\n    environment: {{OTEL_SERVICE_NAME: pay, \
             OTEL_EXPORTER_OTLP_ENDPOINT: 'http://gateway:4317'}}\n  gateway:\n    image: \
             otel/opentelemetry-collector-contrib:0.153.0\n    command: [{files}]\n    volumes: ['./o:/etc/o']\n"
        )
    };
    let base = collector("debug: {}", "debug");
    let store = "exporters: {otlp/tempo: {endpoint: 'tempo.vendor.example:4317'}}\nservice: {pipelines: \
                 {traces: {exporters: [otlp/tempo]}}}\n";
    let end = |command: &str, more: &[(&str, &str)]| {
        let text = compose(command);
        let mut files =
            vec![("compose.yaml", text.as_str()), ("o/a.yaml", &base), ("o/b.yaml", store)];
        files.extend(more);
        let report = audit_texts(&files, &files, &full());
        let pay = service(&report.trace, "pay", "compose.yaml/pay");
        let end = pay.paths.green.as_ref().unwrap().end().unwrap();
        (end.kind, end.reason.clone())
    };
    let both = "'--config=/etc/o/a.yaml', '--config=/etc/o/b.yaml'";
    assert_eq!(end(both, &[]), (EndKind::Backend, String::new()));
    let (kind, reason) = end("'--config=/etc/o/a.yaml'", &[]);
    assert!(kind == EndKind::Broken && reason.contains("only to debug"), "{reason}");
    // The other way round, the list of the first counts.
    let (kind, _) = end("'--config=/etc/o/b.yaml', '--config=/etc/o/a.yaml'", &[]);
    assert_eq!(kind, EndKind::Broken);
    // One more file tells the gateway something else, and nobody says whether it is laid over it.
    let more = "services:\n  gateway:\n    command: ['--config=/etc/o/a.yaml', '--config=/etc/o/b.yaml']\n";
    let (kind, reason) = end("'--config=/etc/o/a.yaml'", &[("compose.store.yaml", more)]);
    assert!(kind == EndKind::Unresolved && reason.contains("compose.store.yaml"), "{reason}");
    // What only adds a label says nothing about that.
    let label = "services:\n  gateway:\n    labels: {team: pay}\n";
    let (kind, _) = end("'--config=/etc/o/a.yaml'", &[("compose.store.yaml", label)]);
    assert_eq!(kind, EndKind::Broken);
    // With a file that is not there, nobody knows.
    let missing = "'--config=/etc/o/a.yaml', '--config=/etc/o/c.yaml'";
    assert_eq!(end(missing, &[]).0, EndKind::Unresolved);
}

#[test]
fn a_service_is_reached_where_it_runs_and_shares_a_network() {
    let config = collector(TEMPO, "otlp/tempo");
    let end = |own: &str, other: &str, config: &str| {
        let text = format!(
            "services:\n  pay:\n    image: pay\n    environment: {{OTEL_SERVICE_NAME: pay, \
             OTEL_EXPORTER_OTLP_ENDPOINT: 'http://gateway:4317'}}\n{own}  gateway:\n    image: \
             otel/opentelemetry-collector-contrib:0.153.0\n    command: [--config=/etc/o.yaml]\n    volumes: \
             ['./o.yaml:/etc/o.yaml']\n{other}"
        );
        let files = [("compose.yaml", text.as_str()), ("o.yaml", config)];
        let report = audit_texts(&files, &files, &full());
        let pay = service(&report.trace, "pay", "compose.yaml/pay");
        let end = pay.paths.green.as_ref().unwrap().end().unwrap();
        (end.kind, end.reason.clone())
    };
    let is = |(kind, reason): (EndKind, String), wanted: EndKind, why: &str| {
        assert!(kind == wanted && reason.contains(why), "{kind:?} {reason}");
    };
    is(end("", "", &config), EndKind::Backend, "");
    is(
        end("    networks: [a, b]\n", "    networks: {b: {}, c: {}}\n", &config),
        EndKind::Backend,
        "",
    );
    let apart = end("    networks: [a]\n", "    networks: [b]\n", &config);
    is(apart, EndKind::Broken, "on no network together");
    is(end("    networks: [a]\n", "", &config), EndKind::Broken, "on no network together");
    let host = end("    network_mode: host\n", "    networks: [b]\n", &config);
    is(host, EndKind::Broken, "where nobody knows gateway");
    is(end("", "    profiles: [debug]\n", &config), EndKind::Unresolved, "profile debug");
    is(end("", "    deploy: {replicas: 0}\n", &config), EndKind::Unresolved, "no container");
    is(end("", "    scale: 0\n", &config), EndKind::Unresolved, "no container");
    let unknown = config.replace("exporters: [otlp/tempo]", "exporters: [otlp/other]");
    is(end("", "", &unknown), EndKind::Broken, "which is not defined");
    let lacking = config.replace("exporters:\n", "exporters:\n  logging: {}\n");
    is(end("", "", &lacking), EndKind::Broken, "built without the exporter logging");
}

/// The way of `pay` to a service `store` of an image, in a format.
fn stored(image: &str, more: &str, variables: &str) -> TracePath {
    let text = format!(
        "services:\n  pay:\n    image: pay\n    environment: {{OTEL_SERVICE_NAME: pay, {variables}}}\n  store:\n    \
         image: {image}\n{more}"
    );
    let files = [("compose.yaml", text.as_str())];
    let report = audit_texts(&files, &files, &full());
    service(&report.trace, "pay", "").paths.green.clone().unwrap()
}

#[test]
fn a_program_keeps_what_it_takes_and_nothing_else() {
    const OTLP: &str =
        "OTEL_EXPORTER_OTLP_ENDPOINT: 'http://store:4317', OTEL_EXPORTER_OTLP_PROTOCOL: grpc";
    const ZIPKIN: &str = "OTEL_TRACES_EXPORTER: zipkin, OTEL_EXPORTER_ZIPKIN_ENDPOINT: \
                          'http://store:9411/api/v2/spans'";
    let kept = |image, more, variables| {
        let way = stored(image, more, variables);
        (way.kind(), way.end().unwrap().reason.clone())
    };
    let is_kept = |image, more, variables| kept(image, more, variables).0 == EndKind::Backend;
    assert!(is_kept("jaegertracing/all-in-one:1.60", "", OTLP));
    assert!(is_kept("grafana/tempo:2.6.0", "", OTLP) && is_kept("reg.example/own:1", "", OTLP));
    assert!(is_kept("openzipkin/zipkin:3", "", ZIPKIN));
    for (image, more, variables, why) in [
        ("openzipkin/zipkin:3", "", OTLP, "takes no otlp"),
        ("redis:7", "", OTLP, "takes no otlp"),
        ("prom/prometheus:v3.1.0", "", OTLP, "takes no otlp"),
        ("jaegertracing/all-in-one:1.40", "", OTLP, "--collector.otlp.enabled is not set"),
        (
            "jaegertracing/all-in-one:1.60",
            "    environment: [COLLECTOR_OTLP_ENABLED=false]\n",
            OTLP,
            "--collector.otlp.enabled is false",
        ),
        ("jaegertracing/all-in-one:1.60", "", ZIPKIN, "--collector.zipkin.host-port is not set"),
        (
            "openzipkin/zipkin:3",
            "    environment: {COLLECTOR_HTTP_ENABLED: 'false'}\n",
            ZIPKIN,
            "COLLECTOR_HTTP_ENABLED is false",
        ),
    ] {
        let (kind, reason) = kept(image, more, variables);
        assert!(kind == EndKind::Broken && reason.contains(why), "{image}: {kind:?} {reason}");
    }
}
