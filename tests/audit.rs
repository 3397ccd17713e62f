//! Properties of whole audits, and twins that look equal and are not, or look different and are
//! the same.

mod common;
#[path = "common/memory.rs"]
mod memory;

use driftseal::model::{Edit, Pair, Report, State, Verdict};
use driftseal::policy::{Ledger, Policy};
use memory::audit_texts;

fn full() -> Policy {
    Policy { ledger: Ledger::Full, ..Policy::default() }
}

fn compare(file: &str, blue: &str, green: &str) -> Report {
    audit_texts(&[(file, blue)], &[(file, green)], &full())
}

fn kinds(report: &Report) -> Vec<String> {
    let mut kinds: Vec<String> = report
        .changes
        .iter()
        .map(|change| format!("{} {}", change.explanation.kind(), change.at.path))
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay-blue, namespace: shop-blue}
spec:
  template:
    spec:
      containers:
      - name: app
        image: registry/pay:1
        env:
        - {name: A, value: x}
        - {name: OTEL_RESOURCE_ATTRIBUTES, value: 'service.version=1,env=prod-blue'}
        ports:
        - containerPort: 80
";

#[test]
fn twins_that_must_be_equal() {
    let cases = [
        ("a.yaml", "a: 'x'\n", "a: \"x\"\n", "representation"),
        ("a.yaml", "a: 1\nb: 2\n", "b: 2\na: 1\n", "representation"),
        ("a.yaml", "a: [1, 2]\n", "a:\n- 1\n- 2\n", "representation"),
        ("a.env", "A=x\n", "export A='x'\n", "representation"),
        ("a.env", "T_TIMEOUT=30s\n", "T_TIMEOUT=30000ms\n", "representation"),
        ("a.yaml", "a: x-blue\n", "a: x-green\n", "colour"),
        ("a.yaml", "blue-a: 1\n", "green-a: 1\n", "colour"),
        ("a.json", "{\"a\": 1}", "{ \"a\" : 1 }", "representation"),
        ("a.properties", "a=1\r\nb=2\r\n", "b : 2\na : 1\n", "representation"),
        ("a.env", "A=1\n", "A=1\nOTEL_BSP_SCHEDULE_DELAY=5000\n", "default"),
        ("a.txt", "one\nblue two\n", "one\ngreen two\n", "colour"),
        (
            "a.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, uid: one}\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, uid: two}\nstatus: {x: 1}\n",
            "generated",
        ),
    ];
    for (file, blue, green, kind) in cases {
        let report = compare(file, blue, green);
        assert_eq!(
            report.verdict,
            Verdict::Pass,
            "{file} {blue:?} {green:?} {:?}",
            report.findings
        );
        assert!(report.changes.iter().all(|change| change.explanation.kind() != "unexplained"));
        assert!(report.counts.of(kind) > 0, "{blue:?} {green:?} {:?}", report.counts);
    }
}

#[test]
fn twins_that_must_differ() {
    let cases = [
        ("a.yaml", "t: 30s\n", "t: 30ms\n", "/t"),
        ("a.yaml", "timeout: 30s\n", "timeout: 30ms\n", "/timeout"),
        ("a.yaml", "m: 1G\n", "m: 1Gi\n", "/m"),
        ("a.yaml", "a: \"1\"\n", "a: 1\n", "/a"),
        ("a.yaml", "a: 0644\n", "a: 644\n", "/a"),
        ("a.env", "A=x\n", "A=X\n", "/A"),
        ("a.toml", "a = [1, 2]\n", "a = [2, 1]\n", "/a"),
        ("a.ini", "[s]\na = on\n", "[s]\na = off\n", "/s/a"),
        ("nginx.conf", "server { listen 80; }\n", "server { listen 81; }\n", "/server/listen"),
        ("sshd_config", "PermitRootLogin no\n", "PermitRootLogin yes\n", "/PermitRootLogin"),
        ("a.txt", "one\n", "two\n", ""),
        ("a.py", "if x:\n    a()\n    b()\n", "if x:\n    a()\nb()\n", ""),
        ("a.json", "{\"a\": 1}", "{\"a\": 1.0}", "/a"),
        ("a.yaml", "version: 1.10\n", "version: 1.1\n", "/version"),
        ("a.toml", "a = 1.0\n", "a = 1\n", "/a"),
        ("a.toml", "a = 1979-05-27\n", "a = \"1979-05-27\"\n", "/a"),
        ("a.env", "V='$X'\n", "V=\"$X\"\n", "/V"),
        ("a.env", "A=1\nB=${A}x\n", "B=${A}x\nA=1\n", ""),
        ("a.yaml", "timeout: 24h\n", "timeout: 1d\n", "/timeout"),
        ("nginx.conf", "allow 10.0.0.0/8;\ndeny all;\n", "deny all;\nallow 10.0.0.0/8;\n", ""),
        (
            "nginx.conf",
            "server { location ~ a { return 1; } location ~ b { return 2; } }\n",
            "server { location ~ b { return 2; } location ~ a { return 1; } }\n",
            "/server",
        ),
        (
            "sshd_config",
            "Match User root\n  PermitTTY no\nMatch Address *\n  PermitTTY yes\n",
            "Match Address *\n  PermitTTY yes\nMatch User root\n  PermitTTY no\n",
            "",
        ),
        ("a.yaml", "image: foo:10.1.3\n", "image: foo:10.2.3\n", "/image"),
    ];
    for (file, blue, green, path) in cases {
        let report = compare(file, blue, green);
        let unexplained: Vec<String> = report
            .changes
            .iter()
            .filter(|change| change.explanation.kind() == "unexplained")
            .map(|change| change.at.path.to_string())
            .collect();
        assert_eq!(unexplained, [path], "{file} {blue:?} {green:?}");
        assert_eq!(report.verdict, Verdict::Fail);
    }
}

#[test]
fn a_value_that_still_names_blue_is_a_finding_although_the_texts_are_equal() {
    let text = "exporters:\n  otlp:\n    endpoint: otel.blue.svc:4317\n";
    let report = compare("a.yaml", text, text);
    assert!(report.changes.is_empty());
    let finding = &report.findings[0];
    assert_eq!(finding.at.path.to_string(), "/exporters/otlp/endpoint");
    assert_eq!(finding.state, State::Introduced);
    let place = finding.places.green.as_ref().unwrap();
    assert_eq!((place.line, place.column), (Some(3), Some(15)));
}

#[test]
fn lists_of_all_colours_name_no_wrong_one() {
    let text = "active: pay-blue\npreview: pay-green\nroutes:\n- to: blue\n- to: green\n";
    assert_eq!(compare("a.yaml", text, text).findings, []);
}

#[test]
fn kubernetes_members_meet_by_name() {
    let green = DEPLOYMENT
        .replace("blue", "green")
        .replace("containerPort: 80\n", "{containerPort: 80, protocol: TCP}\n".trim_start())
        .replace("value: x", "value: y");
    let report = compare("d.yaml", DEPLOYMENT, &green);
    let drift: Vec<String> =
        kinds(&report).into_iter().filter(|kind| kind.starts_with("unexplained")).collect();
    assert_eq!(
        drift,
        ["unexplained /spec/template/spec/containers/name=app/env/name=A/value"],
        "{:?}",
        kinds(&report)
    );
    assert_eq!(
        report.findings[0].at.resource.0,
        "k8s:apps/v1/Deployment/shop-{colour}/pay-{colour}"
    );
}

#[test]
fn embedded_documents_continue_the_path_and_keep_their_lines() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  app.yaml: |\n    a: 1\n    b:\n      c: 2\n";
    let report = compare("c.yaml", text, &text.replace("c: 2", "c: 3"));
    let change = &report.changes[0];
    assert_eq!(change.at.path.to_string(), "/data/app.yaml/b/c");
    let place = change.places.green.as_ref().unwrap();
    assert_eq!((place.line, place.column), (Some(9), Some(10)));
}

#[test]
fn a_document_that_moved_to_another_file_is_the_same_document() {
    let a = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: n}\nspec: {x: 1}\n";
    let b = "apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: n}\nspec: {x: 1}\n";
    let both = format!("{a}---\n{b}");
    let report = audit_texts(&[("all.yaml", &both)], &[("a.yaml", a), ("b.yaml", b)], &full());
    let drift: Vec<_> = report.findings.iter().map(|finding| &finding.at.resource.0).collect();
    assert!(drift.iter().all(|resource| resource.starts_with("file:")), "{drift:?}");
}

#[test]
fn an_audit_of_a_side_against_itself_finds_no_change() {
    let files = [("d.yaml", DEPLOYMENT), ("x.toml", "a = 1\n"), ("y.txt", "hello\n")];
    let report = audit_texts(&files, &files, &full());
    assert!(report.changes.is_empty() && report.counts.0.is_empty());
}

#[test]
fn swapping_the_sides_mirrors_the_changes() {
    let blue = [("a.yaml", "a: 1\nb: [1, 2, 3]\nc: {d: 1}\n"), ("only.env", "A=1\n")];
    let green = [("a.yaml", "a: 2\nb: [1, 3, 4]\ne: {d: 1}\n"), ("new.env", "B=1\n")];
    let forth = audit_texts(&blue, &green, &full());
    let back = audit_texts(&green, &blue, &full());
    let shape = |report: &Report, swap: bool| {
        let mut shape: Vec<(String, Edit, Pair<bool>)> = report
            .changes
            .iter()
            .map(|change| {
                let places = change.places.as_ref().map(Option::is_some);
                let name = change.at.resource.0.clone();
                if swap {
                    (name, change.edit.swap(), places.swap())
                } else {
                    (name, change.edit, places)
                }
            })
            .collect();
        shape.sort();
        shape
    };
    assert_eq!(shape(&forth, false), shape(&back, true));
}

#[test]
fn every_object_is_accounted_for() {
    let blue = [("a.yaml", "a: 1\n---\nb: 2\n"), ("empty.yaml", "# nothing\n"), ("t.txt", "x\n")];
    let report = audit_texts(&blue, &blue[..2], &full());
    for sums in [report.accounting.blue, report.accounting.green] {
        assert_eq!(sums.found, sums.compared + sums.excluded + sums.gaps);
    }
    assert_eq!((report.accounting.blue.found, report.accounting.green.found), (4, 3));
    assert!(report.gaps.blue.is_empty() && report.gaps.green.is_empty());
}

#[test]
fn a_declared_change_stays_visible_and_no_longer_counts() {
    let policy = |allow: &str| {
        let text = format!(
            "[[allow]]\nid = \"lower\"\npath = \"/OTEL_TRACES_SAMPLER_ARG\"\n{allow}\
             reason = \"r\"\nowner = \"o\"\nreview_by = 2030-01-01\n"
        );
        driftseal::policy::Config::parse("driftseal.toml", &text).unwrap().policy
    };
    let text = |ratio: &str| {
        format!(
            "OTEL_SERVICE_NAME=pay\nOTEL_TRACES_EXPORTER=otlp\n\
             OTEL_EXPORTER_OTLP_ENDPOINT=https://otel:4317\n\
             OTEL_TRACES_SAMPLER=parentbased_traceidratio\nOTEL_TRACES_SAMPLER_ARG={ratio}\n"
        )
    };
    let (blue, green) = (text("0.5"), text("0.1"));
    let audit =
        |allow: &str| audit_texts(&[("a.env", &blue)], &[("a.env", &green)], &policy(allow));
    let declared = audit("green = \"0.1\"\n");
    assert_eq!(declared.verdict, Verdict::Pass, "{:?}", declared.findings);
    assert!(declared.findings.iter().all(|finding| finding.message.contains("`lower`")));
    assert!(!declared.findings.is_empty());
    let other = audit("green = \"0.2\"\n");
    assert_eq!(other.verdict, Verdict::Fail);
    assert_eq!(other.hygiene.len(), 1);
}

#[test]
fn a_declared_pair_explains_the_same_number_and_no_part_of_one() {
    let text = "[[colours]]\nblue = \"3010\"\ngreen = \"3020\"\n\
                [[colours]]\nblue = \"10.1.0.0/16\"\ngreen = \"10.2.0.0/16\"\n";
    let policy = driftseal::policy::Config::parse("driftseal.toml", text).unwrap().policy;
    let told = |blue: &str, green: &str| {
        let side = |line: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  \
                 - name: a\n    {line}\n"
            )
        };
        let (blue, green) = (side(blue), side(green));
        let report = audit_texts(&[("a.yaml", &blue)], &[("a.yaml", &green)], &policy);
        report.changes.iter().filter(|one| one.explanation.kind() == "unexplained").count()
    };
    let equal = [
        ("ports: [{containerPort: 3010}]", "ports: [{containerPort: 3020}]"),
        ("env: [{name: A, value: '3010'}]", "env: [{name: A, value: '3020'}]"),
        ("image: 10.1.0.9:5000/app:1.2", "image: 10.2.0.9:5000/app:1.2"),
    ];
    let other = [
        ("ports: [{containerPort: 3010}]", "ports: [{containerPort: 3030}]"),
        ("ports: [{containerPort: 30100}]", "ports: [{containerPort: 30200}]"),
        ("resources: {limits: {cpu: 0.3010}}", "resources: {limits: {cpu: 0.3020}}"),
        ("resources: {limits: {cpu: 3010.5}}", "resources: {limits: {cpu: 3020.5}}"),
        ("ports: [{containerPort: 3010}]", "ports: [{containerPort: '3020'}]"),
        // A version of four numbers is no address.
        ("image: app:10.1.2.3", "image: app:10.2.2.3"),
    ];
    for (blue, green) in equal {
        assert_eq!(told(blue, green), 0, "{blue} {green}");
    }
    for (blue, green) in other {
        assert_ne!(told(blue, green), 0, "{blue} {green}");
    }
}

#[test]
fn an_allowance_that_holds_nothing_to_anything_is_itself_told() {
    let noted = |allow: &str| {
        let text = format!(
            "[[allow]]\nid = \"a\"\n{allow}reason = \"r\"\nowner = \"o\"\nreview_by = 2030-01-01\n"
        );
        let policy = driftseal::policy::Config::parse("driftseal.toml", &text).unwrap().policy;
        let report =
            audit_texts(&[("a.yaml", "a: {b: 1}\n")], &[("a.yaml", "a: {b: 2}\n")], &policy);
        assert_eq!(report.verdict, Verdict::Pass, "{allow}");
        report.hygiene.iter().any(|note| note.rule.0 == "allowance-over-broad")
    };
    for broad in [
        "path = \"/**\"\nfile = \"a.yaml\"\n",
        "path = \"/a/**\"\nfile = \"a.yaml\"\n",
        "path = \"/a/**\"\ngreen = { matches = \".*\" }\nfile = \"a.yaml\"\n",
        "path = \"/*/*\"\ngreen = \"2\"\n",
        "path = \"/*/*\"\ngreen = \"2\"\nfile = \"**\"\n",
    ] {
        assert!(noted(broad), "{broad}");
    }
    for narrow in [
        "path = \"/a/b\"\n",
        "path = \"/a/**\"\ngreen = \"2\"\n",
        "path = \"/*/*\"\ngreen = \"2\"\nfile = \"a.yaml\"\n",
        "path = \"/a/**\"\ngreen = { matches = \"[0-9]\" }\n",
    ] {
        assert!(!noted(narrow), "{narrow}");
    }
}

#[test]
fn an_allowance_that_pins_what_is_no_longer_there_is_itself_told() {
    let noted = |pins: &str, green: &str| {
        let text = format!(
            "[[allow]]\nid = \"a\"\npath = \"/*\"\n{pins}reason = \"r\"\nowner = \"o\"\nreview_by = \
             2030-01-01\n[[allow]]\nid = \"b\"\npath = \"/b\"\ngreen = \"9\"\nreason = \"r\"\nowner = \"o\"\n\
             review_by = 2030-01-01\n"
        );
        let policy = driftseal::policy::Config::parse("driftseal.toml", &text).unwrap().policy;
        let report = audit_texts(&[("a.yaml", "a: 1\nb: 1\n")], &[("a.yaml", green)], &policy);
        let notes = report.hygiene.iter().filter(|note| note.rule.0 != "allowance-over-broad");
        let notes = notes.map(|note| format!("{} {}", note.subject, note.rule.0));
        (notes.collect::<Vec<_>>().join(", "), report.verdict)
    };
    let told = |pins, green, expected: &str, verdict| {
        assert_eq!(noted(pins, green), (expected.to_owned(), verdict), "{pins} {green}");
    };
    let (unused, changed) = ("allowance-unused", "allowance-value-changed");
    let (pass, fail) = (Verdict::Pass, Verdict::Fail);
    told("green = \"2\"\n", "a: 2\nb: 1\n", &format!("b {unused}"), pass);
    told("green = \"2\"\n", "a: 3\nb: 1\n", &format!("a {changed}, b {unused}"), fail);
    told("blue = \"2\"\n", "a: 3\nb: 1\n", &format!("a {changed}, b {unused}"), fail);
    told("green = \"2\"\n", "a: 2\nb: 3\n", &format!("a {changed}, b {changed}"), fail);
    // What another one explains is not of other values; what nothing is different in is not needed.
    told("green = \"2\"\n", "a: 2\nb: 9\n", "", pass);
    told("", "a: 2\nb: 8\n", &format!("b {unused}"), pass);
    told("green = \"2\"\n", "a: 1\nb: 1\n", &format!("a {unused}, b {unused}"), pass);
}

#[test]
fn a_range_of_ports_stands_for_each_of_them_and_for_no_amount() {
    let read = |pair: [&str; 2]| {
        let text = format!("[[colours]]\nblue = \"{}\"\ngreen = \"{}\"\n", pair[0], pair[1]);
        driftseal::policy::Config::parse("driftseal.toml", &text)
    };
    let mut policy = read(["3000-3099", "4000-4099"]).unwrap().policy;
    policy.ledger = Ledger::Full;
    let told = |blue: &str, green: &str| {
        let report = audit_texts(&[("a.yaml", blue)], &[("a.yaml", green)], &policy);
        report.findings.len()
    };
    for (blue, green) in [
        ("port: 3010\n", "port: 4010\n"),
        ("address: 10.0.0.1:3099\n", "address: 10.0.0.1:4099\n"),
        ("urls: 'http://a:3000,http://b:3001'\n", "urls: 'http://a:4000,http://b:4001'\n"),
        ("ports: ['3010:80']\n", "ports: ['4010:80']\n"),
        ("ports: 3000-3099\n", "ports: 4000-4099\n"),
        ("listenPorts: [3010, 3011]\n", "listenPorts: [4010, 4011]\n"),
        ("env: {HTTP_PORT: '3010'}\n", "env: {HTTP_PORT: '4010'}\n"),
        // An amount of blue's number is no port of blue.
        ("timeout: 3010ms\nport: 3001\n", "timeout: 3010ms\nport: 4001\n"),
        ("connect_timeout: 3010\n", "connect_timeout: 3010\n"),
    ] {
        assert_eq!(told(blue, green), 0, "{blue}{green}");
    }
    for (blue, green) in [
        ("port: 3010\n", "port: 4011\n"),
        ("port: 3010\n", "port: 3010\n"),
        ("port: 3100\n", "port: 4100\n"),
        ("port: 13010\n", "port: 14010\n"),
        ("version: 1.3010.2\n", "version: 1.4010.2\n"),
        ("connect_timeout: 3010\n", "connect_timeout: 4010\n"),
        ("order_id: 3010\n", "order_id: 4010\n"),
        ("exporter: 3010\n", "exporter: 4010\n"),
        ("supported: {max: 3010}\n", "supported: {max: 4010}\n"),
        ("key: a3010\n", "key: a4010\n"),
        ("list: 3010 3011\n", "list: 4010 4011\n"),
        ("replicas: {timeout: '3010'}\n", "replicas: {timeout: '4010'}\n"),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 3010}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 4010}\n",
        ),
    ] {
        assert_ne!(told(blue, green), 0, "{blue}{green}");
    }
    for wrong in
        [["3000-3099", "3050-3149"], ["3000-3099", "4000-4009"], ["4000-4001", "4001-4002"]]
    {
        assert!(read(wrong).is_err(), "{wrong:?}");
    }
}

/// What a pair explains is no drift; what rules make of the two values is told all the same, whatever else
/// differs in the document.
#[test]
fn a_declared_pair_keeps_no_rule_from_comparing() {
    let text = "[[colours]]\nblue = \"TLSv1.3\"\ngreen = \"TLSv1.2\"\n";
    let policy = driftseal::policy::Config::parse("driftseal.toml", text).unwrap().policy;
    let side = |version: &str, name: &str| {
        format!(
            "server {{\n  listen 443 ssl;\n  ssl_protocols {version};\n  server_name {name};\n}}\n"
        )
    };
    for name in ["a.example.com", "b.example.com"] {
        let (blue, green) = (side("TLSv1.3", "a.example.com"), side("TLSv1.2", name));
        let report = audit_texts(&[("nginx.conf", &blue)], &[("nginx.conf", &green)], &policy);
        let told: Vec<&str> = report.findings.iter().map(|one| one.rule.0.as_str()).collect();
        assert!(told.contains(&"DS-TLS-002"), "{name}: {told:?}");
        assert_eq!(report.verdict, Verdict::Fail);
    }
}
