//! Docker Compose.

use crate::{all_differ, all_same, compare, compare_files, differs, drift, same};

/// A file with one service that has these lines.
fn web(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("    {line}\n")).collect();
    format!("services:\n  web:\n    image: nginx\n{}", lines.concat())
}

const SAME: &[(&str, &str)] = &[
    ("environment:\n- A=1\n- B=x y\n- C", "environment:\n  C:\n  B: x y\n  A: 1"),
    ("environment:\n- A=1\n- B=2", "environment:\n- B=2\n- A=1"),
    ("environment:\n  A: 1\n  B: true", "environment:\n  A: \"1\"\n  B: \"true\""),
    ("labels: [a.b=c]", "labels: {a.b: c}"),
    ("extra_hosts: ['db:10.0.0.1']", "extra_hosts: ['db=10.0.0.1']"),
    ("extra_hosts: ['db:10.0.0.1']", "extra_hosts: {db: 10.0.0.1}"),
    (
        "depends_on: [db, q]",
        "depends_on:\n  q: {condition: service_started}\n  db: {required: true}",
    ),
    ("networks: [a, b]", "networks:\n  b:\n  a: {}"),
    ("ports: ['8080:80']", "ports: [8080:80]"),
    ("ports: ['22:22']", "ports: [22:22]"),
    ("ports: ['8080:80', '443:443']", "ports: ['443:443', '8080:80/tcp']"),
    (
        "ports: ['127.0.0.1:8080:80/udp']",
        "ports: [{target: 80, published: '8080', protocol: udp, host_ip: 127.0.0.1}]",
    ),
    (
        "ports: [{target: 80, published: 8080}]",
        "ports: [{target: 80, published: '8080', mode: ingress}]",
    ),
    ("ports: [80]", "ports: ['80']"),
    (
        "volumes: ['./a:/b:ro', 'data:/var']",
        "volumes:\n- {type: volume, source: data, target: /var}\n- {type: bind, source: ./a, target: /b, read_only: true, bind: {create_host_path: true}}",
    ),
    ("build: .", "build: {context: .}"),
    ("extends: base", "extends: {service: base}"),
    ("env_file: a.env", "env_file: [{path: a.env, required: true}]"),
    ("env_file: a.env", "env_file: [a.env]"),
    ("command: run --fast now", "command: [run, --fast, now]"),
    ("healthcheck: {test: curl -f x}", "healthcheck: {test: [CMD-SHELL, curl -f x]}"),
    ("healthcheck: {interval: 90s}", "healthcheck: {interval: 1m30s}"),
    ("secrets: [db]", "secrets: [{source: db}]"),
    ("mem_limit: 1g", "mem_limit: 1024m"),
    ("dns: 10.0.0.1", "dns: [10.0.0.1]"),
    ("cap_add: [A, B]", "cap_add: [B, A]"),
    ("privileged: false", ""),
    ("user: 0:0", "user: '0:0'"),
];

const DIFFERS: &[(&str, &str, &[&str])] = &[
    ("environment: [A=1]", "environment: {A: 2}", &["environment/A"]),
    ("environment: [A=1]", "environment: [A=2]", &["environment/A"]),
    ("environment: [A]", "environment: ['A=']", &["environment/A"]),
    ("environment: [A=1.10]", "environment: {A: 1.10}", &["environment/A"]),
    ("environment: ['A=0755']", "environment: {A: 0755}", &["environment/A"]),
    ("environment: {A: 1}", "environment: {A: 1, B: 2}", &["environment/B"]),
    ("environment: [A=1]", "environment: {A: 1, B: 2}", &["environment/B"]),
    ("labels: [a.b=c]", "labels: {a.b: C}", &["labels/a.b"]),
    (
        "depends_on: [db]",
        "depends_on: {db: {condition: service_healthy}}",
        &["depends_on/db/condition"],
    ),
    ("depends_on: [db]", "depends_on: {db: {required: false}}", &["depends_on/db/required"]),
    ("depends_on: [db]", "depends_on: {db: , q: }", &["depends_on/q"]),
    ("networks: [a]", "networks: {a: {ipv4_address: 10.0.0.2}}", &["networks/a/ipv4_address"]),
    ("ports: ['8080:80']", "ports: ['8081:80']", &["ports/0"]),
    ("ports: ['8080:80']", "ports: ['8080:80/udp']", &["ports/0"]),
    ("ports: ['8080:80']", "ports: ['127.0.0.1:8080:80']", &["ports/0"]),
    ("ports: ['8080:80']", "ports: [{target: 80, published: 8080, mode: host}]", &["ports/0"]),
    ("ports: ['8080-8081:80-81']", "ports: ['8080-8081:80-82']", &["ports/0"]),
    ("volumes: ['./a:/b']", "volumes: ['./a:/b:ro']", &["volumes/0"]),
    ("volumes: ['./a:/b']", "volumes: [{type: bind, source: ./a, target: /b}]", &["volumes/0"]),
    ("build: .", "build: {context: ., dockerfile: Other}", &["build"]),
    ("env_file: [a.env, b.env]", "env_file: [b.env, a.env]", &["env_file"]),
    ("env_file: a.env", "env_file: [{path: a.env, required: false}]", &["env_file"]),
    ("command: run 'a b'", "command: [run, a, b]", &["command"]),
    ("command: [run, a b]", "command: [run, a, b]", &["command/1", "command/=b"]),
    (
        "healthcheck: {test: curl -f x}",
        "healthcheck: {test: [CMD, curl -f x]}",
        &["healthcheck/test"],
    ),
    ("healthcheck: {interval: 90s}", "healthcheck: {interval: 90ms}", &["healthcheck/interval"]),
    ("mem_limit: 1g", "mem_limit: 1000m", &["mem_limit"]),
    ("privileged: true", "", &["privileged"]),
    ("cap_add: [A, B]", "cap_add: [A, C]", &["cap_add/=B", "cap_add/=C"]),
    ("dns: [10.0.0.1, 10.0.0.2]", "dns: [10.0.0.2, 10.0.0.1]", &["dns"]),
];

#[test]
fn forms_that_compose_takes_for_the_same_are_the_same() {
    let pairs: Vec<_> = SAME.iter().map(|(blue, green)| (web(blue), web(green))).collect();
    all_same("compose.yaml", &pairs);
}

#[test]
fn near_misses_differ() {
    let place = |path: &&str| format!("/services/web/{path}");
    let cases: Vec<_> = DIFFERS
        .iter()
        .map(|(blue, green, paths)| (web(blue), web(green), paths.iter().map(place).collect()))
        .collect();
    all_differ("compose.yaml", &cases);
}

#[test]
fn a_variable_in_a_list_is_a_pair_of_its_own() {
    let list = "environment: ['OTEL_RESOURCE_ATTRIBUTES=a=1,b=2', OTEL_TRACES_SAMPLER=always_on]";
    let map = "environment:\n  OTEL_TRACES_SAMPLER: always_on\n  OTEL_RESOURCE_ATTRIBUTES: b=2,a=1";
    same("compose.yaml", &web(list), &web(map));
    let map = "environment:\n  OTEL_TRACES_SAMPLER: always_on\n  OTEL_RESOURCE_ATTRIBUTES: b=3,a=1";
    let at = "/services/web/environment/OTEL_RESOURCE_ATTRIBUTES/b";
    differs("compose.yaml", &web(list), &web(map), &[at]);
    // A variable that may also stand in a file has no default.
    let file = "env_file: a.env\nenvironment: [A=1";
    let at = "/services/web/environment/OTEL_TRACES_SAMPLER";
    let default = format!("{file}, OTEL_TRACES_SAMPLER=parentbased_always_on]");
    differs("compose.yaml", &web(&format!("{file}]")), &web(&default), &[at]);
    // The default sampler spelled out is no drift; another one is.
    same(
        "compose.yaml",
        &web("environment: [A=1]"),
        &web("environment: [A=1, OTEL_TRACES_SAMPLER=parentbased_always_on]"),
    );
    let at = "/services/web/environment/OTEL_TRACES_SAMPLER";
    differs(
        "compose.yaml",
        &web("environment: [A=1]"),
        &web("environment: [A=1, OTEL_TRACES_SAMPLER=always_off]"),
        &[at],
    );
}

#[test]
fn the_place_of_a_variable_in_a_list_is_its_value() {
    let report = compare("compose.yaml", &web("environment:\n- A=1"), &web("environment:\n- A=22"));
    let change = report.changes.iter().find(|change| change.explanation.kind() == "unexplained");
    let place = change.unwrap().places.green.as_ref().unwrap();
    assert_eq!((place.line, place.column), (Some(5), Some(9)));
}

#[test]
fn merge_keys_are_applied() {
    let merged =
        "x-base: &base\n  restart: always\nservices:\n  web:\n    <<: *base\n    image: a\n";
    let plain =
        "x-base: &base\n  restart: always\nservices:\n  web:\n    restart: always\n    image: a\n";
    same("compose.yaml", merged, plain);
    let other = plain.replace("    restart: always", "    restart: unless-stopped");
    differs("compose.yaml", merged, &other, &["/services/web/restart"]);
}

#[test]
fn the_obsolete_version_is_not_read_and_everything_else_is() {
    let text = web("");
    same("compose.yaml", &text, &format!("version: '2.4'\n{text}"));
    differs("compose.yaml", &text, &format!("name: shop\n{text}"), &["/name"]);
}

#[test]
fn what_compose_ignores_is_no_difference_and_what_is_used_of_it_is() {
    let of = |extension: &str| format!("{extension}services:\n  web:\n    image: nginx\n");
    for (blue, green) in
        [("x-a: {b: 1}\n", "x-a: {b: 2, c: [d]}\n"), ("x-a: {b: 1}\n", ""), ("", "x-a: &a [1]\n")]
    {
        same("compose.yaml", &of(blue), &of(green));
    }
    // Others have fields of their own there, and nothing else begins so by chance.
    for (extension, at) in
        [("x-podman: {a: 1}\n", "/x-podman/a"), ("x-aws-b: {a: 1}\n", "/x-aws-b/a")]
    {
        differs("compose.yaml", &of(extension), &of(&extension.replace('1', "2")), &[at]);
    }
    let used = |value: &str| {
        format!(
            "x-a: &a {{A: \"{value}\"}}\nservices:\n  web:\n    image: nginx\n    environment: *a\n"
        )
    };
    differs("compose.yaml", &used("1"), &used("2"), &["/services/web/environment/A"]);
    let inner = |value: &str| web(&format!("x-a: {value}"));
    differs("compose.yaml", &inner("1"), &inner("2"), &["/services/web/x-a"]);
}

#[test]
fn files_of_colours_and_of_both_generations_meet() {
    let text = web("");
    for (blue, green) in [
        ("docker-compose.blue.yml", "docker-compose.green.yml"),
        ("a/docker-compose.yml", "a/compose.yaml"),
    ] {
        let report = compare_files(&[(blue, &text)], &[(green, &text)]);
        assert_eq!(drift(&report), [""; 0], "{blue} {green}");
    }
    // A file that moved is known by what it says: one difference.
    let report = compare_files(&[("a/compose.yaml", &text)], &[("b/compose.yaml", &text)]);
    assert_eq!(drift(&report), [""]);
}

#[test]
fn other_maps_of_services_are_not_compose() {
    let symfony = "services:\n  App\\Mailer:\n    class: App\\Mailer\n    arguments: [a, b]\n";
    let report =
        compare_files(&[("config/services.yaml", symfony)], &[("config/services.yaml", symfony)]);
    assert!(report.changes.is_empty());
    for (file, text, known) in [
        ("config/services.yaml", symfony, false),
        ("compose.yaml", "include: [a.yaml]\n", true),
        ("stack.yml", "services:\n  a:\n    image: b\n", true),
        ("composer.yaml", "volumes: {a: }\n", false),
    ] {
        let parsed = driftseal::syntax::detect(file, text).unwrap().parse(
            text,
            driftseal::model::SourceId(0),
            &driftseal::model::Limits::STANDARD,
        );
        let root = parsed.tree.root(0).unwrap();
        let dialect = driftseal::dialect::recognise(file, "yaml", root).dialect.id();
        assert_eq!(dialect == "compose", known, "{file}");
    }
}
