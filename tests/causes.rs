//! Differences of one cause: told together, what follows behind its root, and nothing folded that
//! the root does not say.

use std::fs;
use std::path::Path;
use std::process::Command;

use driftseal::wire::report::{Report, read};

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(arguments)
        .args(["--blue", "blue", "--green", "green", "--evaluated-at", "2026-06-01T12:00:00Z"])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn workload(name: &str, image: &str, version: &str, selected: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/version: '{version}'}}
spec:
  selector: {{matchLabels: {{app.kubernetes.io/version: '{selected}'}}}}
  template:
    metadata: {{labels: {{version: '{version}'}}}}
    spec:
      containers:
      - name: app
        image: {image}
        env:
        - {{name: OTEL_RESOURCE_ATTRIBUTES, value: 'a=b,service.version={version}'}}
"
    )
}

fn service(name: &str, version: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, labels: {{app.kubernetes.io/version: '{version}'}}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

fn case(files: &[(&str, [String; 2])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, texts) in files {
        for (side, text) in ["blue", "green"].iter().zip(texts) {
            fs::create_dir_all(folder.path().join(side)).unwrap();
            fs::write(folder.path().join(side).join(format!("{name}.yaml")), text).unwrap();
        }
    }
    folder
}

fn report(folder: &Path, command: &str) -> Report {
    read(run(folder, &[command, "-o", "json"]).as_bytes()).unwrap()
}

/// Resource and path of each difference, and what it follows from.
fn told(folder: &Path) -> Vec<(String, Option<String>)> {
    let changes = report(folder, "diff").changes;
    let open = changes.into_iter().filter(|one| one.explanation.kind() == "unexplained");
    let last = |text: &str| text.rsplit('/').next().unwrap().to_owned();
    open.map(|one| (format!("{} {}", last(&one.resource), last(&one.path)), one.follows)).collect()
}

fn follows(folder: &Path, name: &str) -> Option<String> {
    let told = told(folder);
    let found: Vec<_> = told.iter().filter(|(told, _)| told == name).collect();
    assert_eq!(found.len(), 1, "{name}: {told:?}");
    found[0].1.clone()
}

fn release() -> tempfile::TempDir {
    case(&[
        (
            "cart",
            [
                workload("cart", "reg.example/shop:1.4.0-cart", "1.4.0", "x"),
                workload("cart", "reg.example/shop:1.5.0-cart", "1.5.0", "x"),
            ],
        ),
        (
            "pay",
            [
                workload("pay", "reg.example/shop:1.4.0-pay", "1.4.0", "x"),
                workload("pay", "reg.example/shop:1.5.0-pay", "1.5.0", "x"),
            ],
        ),
        ("front", [service("front", "1.4.0"), service("front", "1.5.0")]),
    ])
}

#[test]
fn the_versions_of_one_image_are_one_cause_with_all_that_follows() {
    let folder = release();
    let report = report(folder.path(), "gate");
    let drift: Vec<_> = report.changes.iter().filter(|one| !one.group.is_empty()).collect();
    assert_eq!(drift.len(), 9);
    assert!(drift.iter().all(|one| one.group == drift[0].group));
    let roots = drift.iter().filter(|one| one.follows.is_none());
    assert!(roots.clone().all(|one| one.path.ends_with("/image")) && roots.count() == 2);
    let said = "image reg.example/shop: 1.4.0 -> 1.5.0";
    assert_eq!(drift.iter().filter(|one| one.follows.as_deref() == Some(said)).count(), 7);
    let findings: Vec<_> = report.findings.iter().filter(|one| one.rule == "DS-DRF-001").collect();
    assert_eq!(findings.len(), 9, "what follows counts as before");
    assert!(findings.iter().all(|one| one.group == drift[0].group));
    assert_eq!(findings.iter().filter(|one| one.follows.is_some()).count(), 7);
}

#[test]
fn what_follows_is_counted_in_short_and_listed_in_full_and_for_machines() {
    let folder = release();
    for command in ["gate", "diff"] {
        let short = run(folder.path(), &[command]);
        let full = run(folder.path(), &[command, "-v"]);
        let report = report(folder.path(), command);
        let names: Vec<(&str, bool)> = if command == "gate" {
            report
                .findings
                .iter()
                .map(|one| (one.fingerprint.as_str(), one.follows.is_some()))
                .collect()
        } else {
            report
                .changes
                .iter()
                .map(|one| (one.fingerprint.as_str(), one.follows.is_some()))
                .collect()
        };
        assert!(names.iter().all(|(name, _)| full.contains(name)), "{command}: {full}");
        for (name, follows) in &names {
            assert_eq!(short.contains(name), !follows, "{command}: {short}");
        }
        let counted: usize = short
            .lines()
            .filter_map(|line| {
                line.trim().strip_prefix("then ")?.trim().split(' ').next()?.parse::<usize>().ok()
            })
            .sum();
        assert_eq!(counted, 7, "{command}: {short}");
        assert_eq!(full.matches("    from   image reg.example/shop: 1.4.0 -> 1.5.0\n").count(), 7);
        for format in ["markdown", "html"] {
            let page = run(folder.path(), &[command, "-o", format, "-v"]);
            assert!(
                names.iter().all(|(name, _)| page.contains(name)),
                "{command} {format}: {page}"
            );
            assert!(page.contains("places follow from it") && page.contains("<summary>"), "{page}");
        }
    }
}

#[test]
fn a_version_that_the_image_does_not_say_is_told_by_itself() {
    let image = |version: &str| format!("reg.example/shop:{version}");
    let folder = case(&[(
        "cart",
        [
            workload("cart", &image("1.4.0"), "1.4.0", "1.4.0"),
            workload("cart", &image("1.5.0"), "1.5.1", "1.5.0"),
        ],
    )]);
    assert_eq!(told(folder.path()).len(), 5);
    assert!(
        told(folder.path()).iter().all(|(_, follows)| follows.is_none()),
        "{:?}",
        told(folder.path())
    );
}

#[test]
fn what_selects_by_a_version_does_not_follow() {
    let image = |version: &str| format!("reg.example/shop:{version}");
    let sides = ["1.4.0", "1.5.0"].map(|one| workload("cart", &image(one), one, one));
    let folder = case(&[("cart", sides)]);
    let selecting: Vec<bool> = told(folder.path())
        .into_iter()
        .filter(|(told, _)| told.ends_with("app.kubernetes.io~1version"))
        .map(|(_, follows)| follows.is_some())
        .collect();
    assert_eq!(selecting, [true, false]);
}

#[test]
fn of_two_images_that_go_the_same_way_only_the_own_one_is_a_root() {
    let sides = |name: &str| {
        ["1.4.0", "1.5.0"]
            .map(|one| workload(name, &format!("reg.example/{name}:v{one}"), one, "x"))
    };
    let front = [service("front", "1.4.0"), service("front", "1.5.0")];
    let folder = case(&[("cart", sides("cart")), ("pay", sides("pay")), ("front", front)]);
    let said = |name: &str| format!("image reg.example/{name}: v1.4.0 -> v1.5.0");
    assert_eq!(follows(folder.path(), "pay service.version"), Some(said("pay")));
    assert_eq!(follows(folder.path(), "cart version"), Some(said("cart")));
    assert_eq!(follows(folder.path(), "front app.kubernetes.io~1version"), None);
}

#[test]
fn one_tag_of_several_digests_is_several_causes() {
    let image = |version: &str, digit: &str| {
        format!("reg.example/shop:{version}@sha256:{}", digit.repeat(64))
    };
    let sides = |name: &str, digit: &str| {
        [
            workload(name, &image("1.4.0", "a"), "1", "x"),
            workload(name, &image("1.5.0", digit), "1", "x"),
        ]
    };
    let folder = case(&[("a", sides("a", "b")), ("b", sides("b", "b")), ("c", sides("c", "c"))]);
    let report = report(folder.path(), "diff");
    let groups: Vec<&str> = report.changes.iter().map(|one| one.group.as_str()).collect();
    assert_eq!(groups.len(), 3);
    assert!(groups[0] == groups[1] && groups[1] != groups[2], "{groups:?}");
}

/// A shop whose cart goes by a shorter name in green; `lines` stand in the container of another
/// workload, `cart` being its name.
fn renamed(lines: &str) -> tempfile::TempDir {
    let side = |cart: &str| {
        let workload = |name: &str, more: &str| {
            format!(
                "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/component: {}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, tier: shop}}}}
    spec:
      containers:
      - name: main
        image: reg.example/shop:1
        ports: [{{containerPort: 80}}]
        env: [{{name: REGION, value: eu}}, {{name: TIER, value: shop}}, {{name: MODE, value: live}}]
        resources: {{limits: {{memory: 64Mi}}, requests: {{memory: 32Mi, cpu: 10m}}}}
        readinessProbe: {{httpGet: {{path: /ready, port: 80}}, periodSeconds: 5}}
{more}---
",
                name.rsplit('-').next().unwrap()
            )
        };
        let more = lines.replace("@cart@", cart);
        let ports = "ports: [{name: http, port: 80, targetPort: 80}, {name: more, port: 81}], type: NodePort";
        let service = service(cart, "1.4.0").replace("ports: [{port: 80}]", ports);
        service + "---\n" + &workload(cart, "") + &workload("web", &more)
    };
    case(&[("all", [side("shop-basket"), side("cart")])])
}

#[test]
fn what_names_a_document_by_its_new_name_follows_from_it() {
    let folder =
        renamed("        command: [sh, -c, \"until nc -z @cart@ 80; do sleep 1; done\"]\n");
    let said = Some("name shop-basket -> cart".to_owned());
    assert_eq!(follows(folder.path(), "web 2"), said);
    assert_eq!(follows(folder.path(), "shop-basket app.kubernetes.io~1component"), said);
    let report = report(folder.path(), "gate");
    let of_name = |one: &&str| report.findings.iter().any(|finding| finding.rule == **one);
    assert!(["DS-DRF-001", "DS-DRF-005"].iter().all(of_name));
    let groups: Vec<&str> = report
        .findings
        .iter()
        .filter(|one| ["DS-DRF-001", "DS-DRF-005"].contains(&one.rule.as_str()))
        .map(|one| one.group.as_str())
        .collect();
    assert_eq!(groups.len(), 4, "two documents, and what follows from their name");
    assert!(groups.iter().all(|group| *group == groups[0]));
}

#[test]
fn what_says_more_than_the_new_name_does_not_follow() {
    let last = |lines: &str, green: &str, name: &str| {
        let folder = renamed(lines);
        let path = folder.path().join("green/all.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(&lines.replace("@cart@", "cart")));
        fs::write(&path, text.replace(&lines.replace("@cart@", "cart"), green)).unwrap();
        follows(folder.path(), name)
    };
    let command = "        command: [sh, -c, 'nc @cart@ 80']\n";
    assert!(last(command, &command.replace("@cart@", "cart"), "web 2").is_some());
    for other in ["nc carts 80", "nc cart 81", "nc shop-basket 81", "nc cart 80; id"] {
        assert_eq!(
            last(command, &command.replace("nc @cart@ 80", other), "web 2"),
            None,
            "{other}"
        );
    }
    // A name within another, and what runs.
    let within = "        command: [sh, -c, 'nc my-@cart@ 80']\n";
    assert_eq!(last(within, &within.replace("@cart@", "cart"), "web 2"), None);
    let image = "      - {name: more, image: @cart@}\n";
    assert_eq!(last(image, &image.replace("@cart@", "cart"), "web image"), None);
}

#[test]
fn another_namespace_is_told_once_with_how_many_documents_it_has() {
    let placed = |name: &str, space: &str| {
        service(name, "1.4.0").replace("{name: ", &format!("{{namespace: {space}, name: "))
    };
    let side = |space: &str| ["cart", "pay", "web"].map(|name| placed(name, space)).join("---\n");
    let folder = case(&[("all", [side("shop"), side("store")])]);
    let told = told(folder.path());
    assert_eq!(told.len(), 3, "{told:?}");
    let said = "namespace shop -> store";
    assert_eq!(told.iter().filter(|(_, follows)| follows.as_deref() == Some(said)).count(), 2);
    let page = run(folder.path(), &["diff"]);
    assert_eq!(page.matches("all.yaml: k8s:v1/Service/store/").count(), 1, "{page}");
    assert!(page.contains("2 places follow from it: whole documents (2)"), "{page}");
}

#[test]
fn a_checksum_follows_from_the_only_object_that_differs_of_those_its_pods_read() {
    let sum = |digit: &str| digit.repeat(64);
    let map = |name: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{x: {value}}}\n---\n"
        )
    };
    let workload = |sum: &str, maps: &[&str]| {
        let from = maps.iter().map(|map| format!("{{configMapRef: {{name: {map}}}}}"));
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    \
             metadata: {{annotations: {{checksum/config: {sum}}}}}\n    spec:\n      containers:\n      \
             - name: main\n        envFrom: [{}]\n",
            from.collect::<Vec<_>>().join(", ")
        )
    };
    let follows = |maps: &[&str], green: [&str; 2]| {
        let side = |values: [&str; 2], digit: &str| {
            map("a", values[0]) + &map("b", values[1]) + &workload(&sum(digit), maps)
        };
        let folder = case(&[("all", [side(["one", "one"], "a"), side(green, "b")])]);
        follows(folder.path(), "web checksum~1config")
    };
    let said = Some("content of ConfigMap/a".to_owned());
    assert_eq!(follows(&["a"], ["two", "one"]), said);
    assert_eq!(follows(&["a", "b"], ["two", "one"]), said);
    assert_eq!(follows(&["a"], ["two", "two"]), said);
    // Of which of two it is made is not known, and nothing else decides it.
    assert_eq!(follows(&["a", "b"], ["two", "two"]), None);
    assert_eq!(follows(&["b"], ["two", "one"]), None);
    assert_eq!(follows(&[], ["two", "one"]), None);
}
