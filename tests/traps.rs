//! What breaks naive readers of real configuration: each text is read as its reader reads it, or
//! is a gap. The texts are cut down to the trap; the files they were met in are named with them. Here
//! are traps of syntax, each in a test of its own; below `traps/` those of meaning (`meaning`) and of
//! names (`identity`).

mod common;
#[path = "traps/identity.rs"]
mod identity;
#[path = "traps/meaning.rs"]
mod meaning;
#[path = "common/memory.rs"]
mod memory;

use std::collections::BTreeSet;

use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{GapReason, Kind, Limits, Report, Snapshot, SourceId};
use driftseal::policy::{Ledger, Policy};
use driftseal::syntax::{Parsed, detect};
use memory::audit_texts;

fn parse<'s>(file: &str, text: &'s str) -> Parsed<'s> {
    detect(file, text).unwrap().parse(text, SourceId(0), &Limits::STANDARD)
}

fn shown(file: &str, text: &str) -> String {
    let parsed = parse(file, text);
    assert_eq!(parsed.issues, [], "{text}");
    format!("{:?}", parsed.tree)
}

fn reasons(file: &str, text: &str) -> Vec<GapReason> {
    parse(file, text).issues.iter().map(|issue| issue.reason).collect()
}

fn audited(file: &str, blue: &str, green: &str) -> Report {
    audit_texts(&[(file, blue)], &[(file, green)], &Policy::default())
}

fn full(file: &str, blue: &str, green: &str) -> Report {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit_texts(&[(file, blue)], &[(file, green)], &policy)
}

fn unexplained(file: &str, blue: &str, green: &str) -> u64 {
    audited(file, blue, green).counts.of("unexplained")
}

fn collected(files: &[(&str, &[u8])]) -> Snapshot {
    let root = tempfile::tempdir().unwrap();
    for (file, bytes) in files {
        std::fs::write(root.path().join(file), bytes).unwrap();
    }
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: root.path().to_owned(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    collect(&[".".to_owned()], &options, &spool)
}

fn workload(spec: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n{spec}")
}

/// argo-rollouts `examples/traffic-management/rollout-linkerd.yaml`, kustomize, istio.
#[test]
fn a_template_that_parses_is_a_template() {
    for text in
        ["a: {{ .Values.x }}\n", "endpoint: {{endpoint}}\n", "{{- if .x }}\na: 1\n{{- end }}\n"]
    {
        assert_eq!(reasons("a.yaml", text), [GapReason::TemplateNotRendered], "{text}");
        assert!(parse("a.yaml", text).documents.is_empty(), "{text}");
    }
    let sshd = "ListenAddress {{ipv4_address}}\n";
    assert_eq!(reasons("sshd_config", sshd), [GapReason::TemplateNotRendered]);
}

/// spring-petclinic-microservices-config, compose-go `dotenv/fixtures/utf8-bom.env`.
#[test]
fn a_byte_order_mark_is_part_of_no_key() {
    for (file, text) in [
        ("a.yaml", "a: 1\nb: 2\n"),
        ("a.env", "a=1\nb=2\n"),
        ("a.tf", "a = 1\nb = 2\n"),
        ("a.json", "{\"a\": 1, \"b\": 2}"),
        ("a.toml", "a = 1\nb = 2\n"),
        ("a.properties", "a=1\nb=2\n"),
    ] {
        assert_eq!(shown(file, &format!("\u{feff}{text}")), shown(file, text), "{file}");
    }
}

/// checkov's plans, argo-cd `testdata/utf-16/utf-16.yaml`, crossplane `non-unicode/nginx.conf`.
#[test]
fn other_encodings_are_read_or_are_a_gap() {
    let wide: Vec<u8> = "\u{feff}a: é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let snapshot = collected(&[("wide.yaml", &wide), ("plain.yaml", "a: é\n".as_bytes())]);
    assert_eq!(snapshot.gaps, []);
    let documents: Vec<&str> =
        snapshot.documents.iter().map(|document| &*document.identity).collect();
    assert_eq!(documents, ["yaml:plain.yaml", "yaml:wide.yaml"]);
    let snapshot = collected(&[("nginx.conf", b"# caf\xe9\nuser nginx;\n")]);
    let gap = snapshot.gaps.iter().find(|gap| gap.reason == GapReason::Undecodable).unwrap();
    assert_eq!((gap.place.as_str(), gap.line), ("nginx.conf", Some(1)));
}

/// 240 files of nine repositories, kubescape's above all.
#[test]
fn line_ends_are_no_difference() {
    let text = "a: |\n  one\n  two\nb: [1,\n  2]\nc: \"d\n  e\"\n";
    assert_eq!(unexplained("a.yaml", text, &text.replace('\n', "\r\n")), 0);
    let unit = "[Unit]\nAfter=a \\\n  b\n";
    assert_eq!(unexplained("a.service", unit, &unit.replace('\n', "\r\n")), 0);
}

/// otel-operator's end-to-end tests, istio's jwt-server.
#[test]
fn an_octal_mode_is_the_number_kubernetes_reads() {
    let mode = |mode: &str| {
        workload(&format!(
            "  template:\n    spec:\n      volumes:\n      - name: a\n        secret: {{secretName: \
             b, defaultMode: {mode}}}\n"
        ))
    };
    assert_eq!(unexplained("a.yaml", &mode("0644"), &mode("420")), 0);
    assert_eq!(unexplained("a.yaml", &mode("0644"), &mode("644")), 1);
}

/// opentelemetry-demo's compose file: `user: 0:0` is root.
#[test]
fn a_user_and_group_are_no_sexagesimal_number() {
    let compose = |user: &str| format!("services:\n  a:\n    user: {user}\n");
    assert_eq!(unexplained("compose.yaml", &compose("0:0"), &compose("\"0:0\"")), 0);
    assert_eq!(unexplained("compose.yaml", &compose("0:0"), &compose("0")), 1);
    assert_eq!(unexplained("compose.yaml", &compose("22:22"), &compose("1342")), 1);
}

/// GitHub's workflows, and every manifest that sigs.k8s.io/yaml reads.
#[test]
fn yes_and_on_are_booleans_where_their_reader_says_so() {
    let paused = |value: &str| workload(&format!("  paused: {value}\n"));
    assert_eq!(unexplained("a.yaml", &paused("yes"), &paused("true")), 0);
    assert_eq!(unexplained("a.yaml", &paused("yes"), &paused("no")), 1);
    assert_eq!(shown("ci.yaml", "on: push\n"), shown("ci.yaml", "on: push\n"));
    let root = parse("ci.yaml", "on: push\n");
    assert_eq!(root.tree.root(0).unwrap().text_at(&["on"]), Some("push"));
}

/// opentelemetry-demo's docker-compose.yml; controller-gen's definitions; istio's
/// serviceentry-valid.yaml.
#[test]
fn what_go_reads_and_the_specification_forbids_is_read() {
    let text = "a:\n  command: [\n    x,\n    y\n  ]\nb: [\n1\n]\n";
    let parsed = parse("a.yaml", text);
    assert_eq!((parsed.issues.len(), parsed.documents.len()), (0, 1));
    let quoted = "a:\n  b: \"one\n  two\n three\"\n";
    assert_eq!(
        parse("a.yaml", quoted).tree.root(0).unwrap().text_at(&["a", "b"]),
        Some("one two three")
    );
}

/// istio's serviceentry-valid.yaml: go-yaml reads a text there, YAML 1.2 a map.
#[test]
fn an_address_that_readers_take_differently_is_a_gap() {
    for text in ["a: [1.2.3.4, 001:db8::]\n", "a: {b: 1, c::}\n", "a: [::, 1]\n"] {
        assert_eq!(reasons("a.yaml", text), [GapReason::Unparsed], "{text}");
    }
    assert_eq!(reasons("a.yaml", "a: [\"001:db8::\", 001:db8::1, ::1]\nb: 001:db8::2\n"), []);
}

/// argo-cd `statefulset-ondelete.yaml`, otel-operator `08-assert.yaml`, kube-linter `cel.yml`.
#[test]
fn a_key_that_stands_twice_keeps_both_values_and_is_told() {
    let text = workload("  replicas: 1\n  paused: true\n  replicas: 2\n");
    let parsed = parse("a.yaml", &text);
    let root = parsed.tree.root(0).unwrap();
    let spec = root.get("spec").unwrap();
    let values: Vec<_> = spec
        .entries()
        .filter(|entry| entry.key.text() == "replicas")
        .map(|e| e.value.text())
        .collect();
    assert_eq!(values, ["1", "2"]);
    let report = audited("a.yaml", &workload("  replicas: 2\n"), &text);
    let told = report.findings.iter().any(|finding| {
        let line = finding.places.green.as_ref().and_then(|place| place.line);
        finding.at.path.to_string() == "/spec/replicas"
            && finding.title.contains("written twice")
            && finding.message.contains(&format!("on line {}", line.unwrap_or_default() - 2))
    });
    assert!(told, "{:?}", report.findings);
}

/// kyverno's and `DataDog`'s charts: documents that are empty or only comments.
#[test]
fn an_empty_document_is_none_and_moves_no_other() {
    let text = "---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n";
    let parsed = parse("a.yaml", text);
    let ordinals: Vec<u32> = parsed.documents.iter().map(|document| document.ordinal).collect();
    assert_eq!((parsed.issues.len(), ordinals), (0, vec![1, 3]));
    let with = |head: &str| {
        format!(
            "{head}{}---\nkind: ConfigMap\napiVersion: v1\nmetadata: {{name: b}}\n",
            workload("  replicas: 1\n")
        )
    };
    assert_eq!(unexplained("a.yaml", &with(""), &with("---\n# off\n---\n")), 0);
}

/// opentelemetry-demo's `x-default-logging: &logging`; kube-linter and polaris use `<<`.
#[test]
fn anchors_and_merges_are_what_they_stand_for_and_bombs_are_a_gap() {
    let text = "x: &a {b: 1, c: 2}\ny:\n  <<: *a\n  c: 3\nz: *a\n";
    let parsed = parse("a.yaml", text);
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.text_at(&["y", "b"]), Some("1"));
    assert_eq!((root.text_at(&["y", "c"]), root.text_at(&["z", "c"])), (Some("3"), Some("2")));
    assert_eq!(
        unexplained("a.yaml", text, "x: {b: 1, c: 2}\ny: {b: 1, c: 3}\nz: {b: 1, c: 2}\n"),
        0
    );
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.extend([format!("a{level}: &a{level} [{aliases}]\n")]);
    }
    let limits = Limits { nodes_max: 100_000, ..Limits::STANDARD };
    let parsed = detect("a.yaml", &bomb).unwrap().parse(&bomb, SourceId(0), &limits);
    assert_eq!(parsed.issues[0].reason, GapReason::LimitReached);
}

/// `CloudFormation`'s `!Ref`, 1,474 of them; compose's `!reset`; `MkDocs`'s `!ENV`.
#[test]
fn a_tag_is_part_of_the_value() {
    assert_eq!(unexplained("a.yaml", "a: !Ref x\n", "a: x\n"), 1);
    assert_eq!(unexplained("a.yaml", "a: !Ref x\n", "a: !Sub x\n"), 1);
    assert_eq!(unexplained("a.yaml", "a: !GetAtt [x, y]\n", "a: [x, y]\n"), 1);
    assert_eq!(unexplained("a.yaml", "a: !!str x\n", "a: x\n"), 0);
}

/// Istio's `portLevelMtls`, the ports of ingress-nginx.
#[test]
fn a_key_that_is_no_text_is_found_by_its_text() {
    let parsed = parse("a.yaml", "8080: {mode: STRICT}\ntrue: a\n");
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.text_at(&["8080", "mode"]), Some("STRICT"));
    let map = |key: &str| format!("apiVersion: v1\nkind: ConfigMap\ndata: {{{key}: a}}\n");
    assert_eq!(unexplained("a.yaml", &map("8080"), &map("\"8080\"")), 0);
    // Who reads it may tell a number from a text.
    assert_eq!(unexplained("a.yaml", "8080: a\n", "\"8080\": a\n"), 1);
}

/// Grafana's dashboards in `ConfigMap`s, argo-cd's integers above 2^53.
#[test]
fn what_is_big_is_read_exactly() {
    let number = "18446744073709551615";
    assert_eq!(unexplained("a.yaml", &format!("a: {number}\n"), "a: 18446744073709551614\n"), 1);
    assert_eq!(unexplained("a.json", "{\"a\": 9007199254740993}", "{\"a\": 9007199254740992}"), 1);
    let long = "x".repeat(100_000);
    assert_eq!(
        parse("a.yaml", &format!("a: {long}\n")).tree.root(0).unwrap().text_at(&["a"]),
        Some(&*long)
    );
    let many = |last: &str| {
        let one = |index: u32, value: &str| {
            format!(
                "---\nkind: ConfigMap\napiVersion: v1\nmetadata: {{name: c{index}}}\ndata: {{a: {value}}}\n"
            )
        };
        let all: String = (0..150).map(|index| one(index, "x")).collect();
        all + &one(150, last)
    };
    assert_eq!(unexplained("a.yaml", &many("x"), &many("y")), 1);
    let mut deep = String::new();
    for level in 0..100 {
        deep.extend([" ".repeat(level), "a:\n".to_owned()]);
    }
    assert_eq!(reasons("a.yaml", &deep), []);
}

/// tsconfig, Renovate, the task definitions of AWS: 45 files of 19 repositories.
#[test]
fn comments_and_last_commas_of_json_are_read_over() {
    let text = "// a\n{\"a\": [1, /* b */ 2,],}\n";
    assert_eq!(shown("tsconfig.json", text), shown("tsconfig.json", "{\"a\": [1, 2]}"));
    let snapshot = collected(&[("a.json", text.as_bytes()), ("b.jsonc", text.as_bytes())]);
    let notes = &snapshot.collectors[0].notes;
    assert_eq!((snapshot.gaps.len(), notes.len()), (0, 1), "{notes:?}");
    assert!(notes[0].contains("a.json:1"), "{notes:?}");
    for text in ["{a: 1}", "{'a': 1}", "{\"a\": +1}"] {
        assert_eq!(reasons("a.json", text), [GapReason::Unparsed], "{text}");
    }
}

/// checkov's `RootContainersFAILED_2`: blanks are missing, so the context is a text.
#[test]
fn a_security_field_of_the_wrong_type_is_a_finding() {
    let pod = |context: &str| {
        workload(&format!(
            "  template:\n    spec:\n      {context}\n      containers: [{{name: a, image: b}}]\n"
        ))
    };
    let right = pod("securityContext: {runAsNonRoot: true, runAsUser: 65534}");
    let wrong = pod("securityContext:\n        runAsUser:65534\n        fsGroup:65534");
    let report = audited("a.yaml", &right, &wrong);
    let rules: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.places.green.is_some())
        .map(|finding| finding.rule.0.as_str())
        .collect();
    assert!(rules.iter().any(|rule| *rule != "DS-DRF-001"), "{rules:?}");
}

/// sock-shop's jaeger.yaml, `kubectl get -o yaml`: an object in a list is one.
#[test]
fn a_list_of_objects_is_compared_object_by_object() {
    let object = |replicas: &str| {
        format!(
            "apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: a}}\n  spec: {{replicas: {replicas}}}\n"
        )
    };
    let list =
        |replicas: &str| format!("apiVersion: v1\nkind: List\nitems:\n- {}", object(replicas));
    assert_eq!(unexplained("a.yaml", &list("2"), &list("3")), 1);
    let alone = object("2").replace("\n  ", "\n");
    assert_eq!(unexplained("a.yaml", &list("2"), &alone), 0);
    assert_eq!(unexplained("a.yaml", &list("3"), &alone), 1);
    let roles = |verb: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleList\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  \
             kind: Role\n  metadata: {{name: a}}\n  rules: [{{apiGroups: [''], resources: [pods], verbs: [{verb}]}}]\n"
        )
    };
    assert_eq!(unexplained("a.yaml", &roles("get, list"), &roles("list, get")), 0);
    assert_ne!(unexplained("a.yaml", &roles("get"), &roles("get, delete")), 0);
}

/// otel-operator's asserts, argo-cd's patches: a manifest without a name is known by its file.
#[test]
fn an_object_without_a_name_is_compared_by_its_file() {
    for metadata in ["{generateName: a-}", "{labels: {x: y}}"] {
        let nameless = |image: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{containers: [{{name: b, image: {image}}}]}}\n"
            )
        };
        assert_eq!(unexplained("a.yaml", &nameless("x"), &nameless("y")), 1, "{metadata}");
        assert_eq!(unexplained("a.yaml", &nameless("x"), &nameless("x")), 0, "{metadata}");
    }
}

/// compose-go's fixtures, `KlikkAI`'s .env.template, crossplane's and sshd's own.
#[test]
fn the_line_formats_keep_what_their_readers_disagree_on() {
    let env = "export A=1 # c\nB='${C}'\nD=${E:-f}\nA=2\n";
    assert_eq!(
        shown(".env.template", env),
        r#"[{Text"A": Text"1", Text"B": Text"${C}", Text"D": Text"${E:-f}", Text"A": Text"2"}]"#
    );
    let nginx = "map $a $b { \"~^{2}\" c; }\ninclude conf.d/*.conf;\n";
    assert_eq!(reasons("nginx.conf", nginx), []);
    assert_eq!(reasons("nginx.conf", "events {}\nuser nginx\n"), [GapReason::Unparsed]);
    // What a program of its own reads is text here, braces and all; a quoted brace closes nothing.
    let lua = |word: &str| {
        format!(
            "server {{\n  content_by_lua_block {{\n    if a then say(\"{word} }}\") end\n  }}\n  return 200 \"}}\";\n}}\n"
        )
    };
    assert_eq!(reasons("nginx.conf", &lua("x")), []);
    assert_ne!(unexplained("nginx.conf", &lua("x"), &lua("y")), 0);
    assert_ne!(reasons("a.env", "A=1\nno assignment here\n='x'\n"), []);
    let sshd = "MACs -*\nInclude a/*.conf\nPubkeyAcceptedKeyTypes x\nMatch User a\n  Banner b\n";
    assert_eq!(reasons("sshd_config", sshd), []);
}

/// The parts of a map in one place may be any kind of node.
#[test]
fn a_list_where_a_map_is_expected_is_a_difference() {
    let parsed = parse("a.yaml", "spec:\n- a\n");
    assert_eq!(parsed.tree.root(0).unwrap().get("spec").unwrap().kind(), Kind::List);
    let listed =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n- replicas: 1\n";
    assert!(unexplained("a.yaml", &workload("  replicas: 1\n"), listed) > 0);
}
