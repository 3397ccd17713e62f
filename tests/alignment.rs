//! Which document is compared with which, where names do not say it; and what must never follow
//! from a pair that was found by likeness.

mod common;
#[path = "common/memory.rs"]
mod memory;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use driftseal::audit::audit;
use driftseal::model::{
    AllowanceId, BlobError, Blobs, Digest, Edit, Ground, Pair, Report, State, Verdict,
};
use driftseal::policy::{Allowance, Glob, Ledger, PathGlob, Policy, Wanted};
use memory::{Memory, audit_texts};

fn audited(blue: &[(&str, &str)], green: &[(&str, &str)]) -> Report {
    audit_texts(blue, green, &Policy::default())
}

/// Unexplained changes: kind and name of the resource, and path.
fn drift(report: &Report) -> Vec<String> {
    let mut drift: Vec<String> = report
        .changes
        .iter()
        .filter(|change| change.explanation.kind() == "unexplained")
        .map(|change| {
            let mut parts = change.at.resource.0.rsplitn(3, '/');
            let (name, kind) = (parts.next().unwrap(), parts.next().unwrap_or_default());
            format!("{kind}/{name} {}", change.at.path)
        })
        .collect();
    drift.sort();
    drift
}

fn rules(report: &Report) -> Vec<(&str, State)> {
    report.findings.iter().map(|finding| (finding.rule.0.as_str(), finding.state)).collect()
}

fn service(name: &str, port: u32) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  selector: {{app: {name}}}\n  \
         ports: [{{name: tcp-{port}, port: {port}, targetPort: {port}}}]\n---\n"
    )
}

/// A workload of a template: all say the same but for name, image, port and one variable.
fn workload(name: &str, image: &str, port: u32, variable: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels: {{app: {name}, tier: shop}}\n\
         spec:\n  replicas: 2\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: main\n        \
         image: {image}\n        ports: [{{containerPort: {port}}}]\n        env:\n        - {{name: PORT, \
         value: '{port}'}}\n        - {{name: PEER_ADDR, value: '{variable}'}}\n---\n"
    )
}

const IMAGE: &str = "registry.example/shop@sha256:1";

/// Both sides of a shop whose cart goes by a shorter name in green.
fn shop(peer: Pair<&str>) -> Pair<String> {
    let side = |cart: &str, peer: &str| {
        [
            service(cart, 7070),
            workload(cart, IMAGE, 7070, "none"),
            service("web", 8080),
            workload("web", IMAGE, 8080, peer),
        ]
        .concat()
    };
    Pair::new(side("shop-cart", peer.blue), side("cart", peer.green))
}

fn in_one_file(pair: &Pair<String>) -> Report {
    audited(&[("all.yaml", &pair.blue)], &[("all.yaml", &pair.green)])
}

#[test]
fn a_document_by_another_name_is_one_change_and_what_names_it_follows() {
    let pair = shop(Pair::new("http://shop-cart:7070/x", "http://cart:7070/x"));
    let report = in_one_file(&pair);
    assert_eq!(drift(&report), ["Deployment/shop-cart ", "Service/shop-cart "]);
    assert_eq!(report.verdict, Verdict::Fail);
    let renamed: Vec<_> = report
        .alignment
        .renamed
        .iter()
        .map(|one| (one.names.green.as_str(), one.likeness))
        .collect();
    assert_eq!(renamed.len(), 2);
    assert_eq!(
        (renamed[0].0, renamed[1].0),
        ("k8s:apps/v1/Deployment/cart", "k8s:v1/Service/cart")
    );
    assert!(renamed.iter().all(|(_, like)| like.score >= 50 && like.ground == Ground::Content));
    // metadata, selectors and labels of both, and the address another workload has of it.
    assert_eq!(report.alignment.names.len(), 1);
    assert_eq!(report.alignment.names[0].uses, 7);
    assert_eq!(report.alignment.lone, Pair::new(0, 0));
    // One finding for each, with the score; nothing else says it again.
    let new = rules(&report).into_iter().filter(|(_, state)| *state != State::Inherited);
    assert_eq!(new.collect::<Vec<_>>(), [("DS-DRF-005", State::Introduced); 2]);
    let score = format!("{} % alike (content)", renamed[0].1.score);
    assert!(report.findings[0].message.contains(&score), "{}", report.findings[0].message);
}

#[test]
fn a_new_name_that_is_declared_explains_all_that_follows() {
    let pair = shop(Pair::new("shop-cart:7070", "cart:7070"));
    let allowance = |resource: &str| Allowance {
        id: AllowanceId(format!("renamed-{resource}")),
        file: None,
        resource: Some(Glob::parse(&format!("k8s:{resource}/shop-cart")).unwrap()),
        path: PathGlob::parse("").unwrap(),
        values: Pair::new(None, Some(Wanted::Exactly(format!("k8s:{resource}/cart")))),
        reason: "shorter names".to_owned(),
        owner: "shop".to_owned(),
        ticket: None,
        review_by: jiff::civil::date(2027, 1, 1),
    };
    let allowances = vec![allowance("v1/Service"), allowance("apps/v1/Deployment")];
    let policy = Policy { allowances, ..Policy::default() };
    let report = audit_texts(&[("all.yaml", &pair.blue)], &[("all.yaml", &pair.green)], &policy);
    assert_eq!((drift(&report).len(), report.verdict), (0, Verdict::Pass));
    assert_eq!(report.alignment.renamed.len(), 2);
}

#[test]
fn what_names_anything_else_does_not_follow() {
    let cases = [
        // Another host, another port, another path.
        ("http://shop-cart:7070", "http://carts:7070"),
        ("http://shop-cart:7070", "http://cart:7071"),
        ("http://shop-cart:7070", "http://cart.example.com:7070"),
        // A document that was there before: the value points elsewhere.
        ("http://shop-cart:7070", "http://web:7070"),
        // Back again.
        ("http://cart:7070", "http://shop-cart:7070"),
        // A database or a topic of that name; a word within others, a file, a program.
        ("shop-cart", "cart"),
        ("/data/shop-cart.db", "/data/cart.db"),
        ("run shop-cart now", "run cart now"),
    ];
    for (blue, green) in cases {
        let report = in_one_file(&shop(Pair::new(blue, green)));
        let path = "/spec/template/spec/containers/name=main/env/name=PEER_ADDR/value";
        let expected = [
            "Deployment/shop-cart ".to_owned(),
            format!("Deployment/web {path}"),
            "Service/shop-cart ".to_owned(),
        ];
        assert_eq!(drift(&report), expected, "{blue} {green}");
    }
}

#[test]
fn another_image_does_not_follow_from_another_name() {
    let side = |name: &str, image: &str| {
        [service(name, 7070), workload(name, image, 7070, "none")].concat()
    };
    let pair = Pair::new(side("shop-cart", "shop-cart:1"), side("cart", "cart:1"));
    let image = "Deployment/shop-cart /spec/template/spec/containers/name=main/image";
    let found = drift(&in_one_file(&pair));
    assert_eq!(found, ["Deployment/shop-cart ", image, "Service/shop-cart "]);
}

#[test]
fn a_name_that_is_not_lost_or_became_two_explains_nothing() {
    // The old name is still that of a ServiceAccount, which the value may mean.
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop-cart}\n---\n";
    let mut pair = shop(Pair::new("shop-cart:7070", "cart:7070")).map(|text| text + account);
    assert!(in_one_file(&pair).alignment.names.is_empty());
    assert!(
        drift(&in_one_file(&pair)).contains(
            &"Deployment/web /spec/template/spec/containers/name=main/env/name=PEER_ADDR/value"
                .to_owned()
        )
    );
    // Service and Deployment go different ways.
    pair = shop(Pair::new("shop-cart:7070", "cart:7070"));
    pair.green = pair.green.replacen("{name: cart}", "{name: basket}", 1);
    let report = in_one_file(&pair);
    assert_eq!((report.alignment.renamed.len(), report.alignment.names.len()), (1, 0));
    assert_eq!(report.alignment.lone, Pair::new(1, 1));
}

#[test]
fn a_new_name_never_excuses_the_other_colour() {
    let side = |name: &str| [service(name, 7070), workload(name, IMAGE, 7070, name)].concat();
    let pair = Pair::new(side("shop-cart"), side("cart-blue"));
    let report = in_one_file(&pair);
    assert_eq!((report.alignment.renamed.len(), report.alignment.names.len()), (2, 0));
    assert!(rules(&report).iter().filter(|(rule, _)| *rule == "DS-DRF-002").count() >= 5);
    // Nor does one that names its own hide a value that does not.
    let pair = shop(Pair::new("http://shop-cart:7070,x.blue", "http://cart:7070,x.blue"));
    assert!(rules(&in_one_file(&pair)).iter().any(|(rule, _)| *rule == "DS-DRF-002"));
}

#[test]
fn documents_of_one_template_that_have_their_own_partner_are_not_crossed() {
    // Each says in green what the other says in blue, to the letter but for the name.
    let blue = [workload("a", IMAGE, 1, "x"), workload("b", IMAGE, 2, "y")].concat();
    let green = [workload("a", IMAGE, 2, "y"), workload("b", IMAGE, 1, "x")].concat();
    let report = in_one_file(&Pair::new(blue, green));
    assert!(report.alignment.renamed.is_empty());
    assert!(drift(&report).len() >= 6, "{:?}", drift(&report));
    // One is gone and another new: what is left has its own partner, however alike they are.
    let blue = [workload("a", IMAGE, 1, "x"), workload("b", IMAGE, 2, "y")].concat();
    let green = [workload("a", IMAGE, 2, "y"), service("b", 2)].concat();
    let report = in_one_file(&Pair::new(blue, green));
    assert_eq!((report.alignment.renamed.len(), report.alignment.lone), (0, Pair::new(1, 1)));
}

#[test]
fn documents_that_nothing_tells_apart_stay_alone() {
    let side = |names: [&str; 2]| names.map(|name| service(name, 80)).concat();
    let pair = Pair::new(side(["one", "two"]), side(["three", "four"]));
    let report = in_one_file(&pair);
    assert_eq!((report.alignment.renamed.len(), report.alignment.lone), (0, Pair::new(2, 2)));
    let edits: Vec<Edit> = report.changes.iter().map(|change| change.edit).collect();
    assert_eq!(edits.len(), 4);
    assert!(!edits.contains(&Edit::Replaced));
}

#[test]
fn another_namespace_is_one_change_of_each_document() {
    let side = |namespace: &str| {
        let placed = format!("metadata:\n  namespace: {namespace}\n  name: web");
        let peer = format!("cart.{namespace}.svc:80");
        let text = workload("web", IMAGE, 80, &peer).replace("metadata:\n  name: web", &placed);
        [
            text,
            service("cart", 80)
                .replace("{name: cart}", &format!("{{name: cart, namespace: {namespace}}}")),
        ]
        .concat()
    };
    let report = in_one_file(&Pair::new(side("shop-staging"), side("shop-production")));
    assert_eq!(drift(&report), ["shop-staging/cart ", "shop-staging/web "]);
    assert_eq!(report.alignment.names[0].name.green, "shop-production");
}

#[test]
fn a_file_that_moved_is_one_change_and_what_differs_in_it() {
    let text = "logging:\n  level: info\n  format: json\nserver:\n  port: 8080\n  host: 0.0.0.0\n";
    let moved = text.replace("info", "debug");
    let report = audited(&[("old/app.yaml", text)], &[("conf/app.yaml", &moved)]);
    assert_eq!(drift(&report), ["yaml:old/app.yaml ", "yaml:old/app.yaml /logging/level"]);
    let place = report.changes[0].places.as_ref().map(|place| place.as_ref().unwrap().file.clone());
    assert_eq!(place, Pair::new("old/app.yaml".to_owned(), "conf/app.yaml".to_owned()));
    // What has nothing in common is gone, and new.
    let report = audited(&[("old/app.yaml", text)], &[("conf/db.yaml", "engine: postgres\n")]);
    assert_eq!(report.alignment.lone, Pair::new(1, 1));
}

#[test]
fn one_file_and_many_hold_the_same() {
    let parts = [service("a", 1), workload("a", IMAGE, 1, "x"), service("b", 2)];
    let whole = parts.concat();
    let many = [("x/a.yaml", &*parts[0]), ("x/b.yaml", &*parts[1]), ("y/c.yaml", &*parts[2])];
    for report in [audited(&[("all.yaml", &whole)], &many), audited(&many, &[("all.yaml", &whole)])]
    {
        assert_eq!(drift(&report), [""; 0]);
        for sums in [report.accounting.blue, report.accounting.green] {
            assert_eq!((sums.found, sums.compared), (3, 3));
        }
    }
}

/// Counts how often each text is asked for.
struct Counted(Memory, Mutex<BTreeMap<Digest, u32>>);

impl Blobs for Counted {
    fn get(&self, digest: &Digest) -> Result<Cow<'_, [u8]>, BlobError> {
        *self.1.lock().unwrap().entry(*digest).or_default() += 1;
        self.0.get(digest)
    }
}

#[test]
fn a_file_is_read_as_often_whatever_number_of_files_it_became() {
    let names: Vec<String> = (0..40).map(|number| format!("x/{number}.yaml")).collect();
    let parts: Vec<String> = (0..40).map(|number| service(&format!("s{number}"), number)).collect();
    let many: Vec<(&str, &str)> =
        names.iter().zip(&parts).map(|(name, part)| (&**name, &**part)).collect();
    let whole = parts.concat();
    let mut memory = Memory::default();
    let snapshots = Pair::new(memory.side(&[("all.yaml", &whole)]), memory.side(&many));
    let counted = Counted(memory, Mutex::default());
    let report =
        audit(&snapshots, &counted, &Policy::default(), common::rules(), common::noon()).unwrap();
    assert_eq!((drift(&report).len(), report.accounting.blue.compared), (0, 40));
    let asked = counted.1.lock().unwrap();
    assert!(asked[&Digest::of(whole.as_bytes())] <= 2, "{asked:?}");
}

#[test]
fn what_is_written_twice_alike_counts_once_and_only_in_its_folder() {
    let (one, other) = (service("a", 1), service("a", 2));
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let twice = format!("{one}{one}");
    let report =
        audit_texts(&[("x/a.yaml", &one)], &[("x/a.yaml", &twice), ("x/b.yaml", &one)], &policy);
    assert_eq!((drift(&report).len(), report.verdict), (0, Verdict::Pass));
    assert_eq!(report.counts.of("representation"), 2);
    assert_eq!((report.accounting.green.found, report.accounting.green.compared), (3, 3));
    let remark = format!("# Copyright\n{one}");
    let report = audited(&[("x/a.yaml", &one)], &[("x/a.yaml", &one), ("x/b.yaml", &remark)]);
    assert_eq!(drift(&report), [""; 0]);
    let quoted = one.replace("port: 1,", "port: '1',");
    let report = audited(&[("x/a.yaml", &one)], &[("x/a.yaml", &one), ("x/b.yaml", &quoted)]);
    assert_eq!(drift(&report), ["Service/a "]);
    // In another folder it may be another release.
    let report = audited(&[("x/a.yaml", &one)], &[("x/a.yaml", &one), ("y/a.yaml", &one)]);
    assert_eq!(drift(&report), ["Service/a "]);
    // In other words it is another, and which counts is up to who reads the file.
    let differing = format!("{one}{other}");
    let report = audited(&[("x/a.yaml", &one)], &[("x/a.yaml", &differing)]);
    assert_eq!(drift(&report), ["Service/a "]);
    assert!(rules(&report).contains(&("DS-DRF-006", State::Introduced)));
    let report = audited(&[("x/a.yaml", &differing)], &[("x/a.yaml", &differing)]);
    assert_eq!(rules(&report), [("DS-DRF-006", State::Inherited)]);
    let report = audited(&[("x/a.yaml", &differing)], &[("x/a.yaml", &other)]);
    assert!(rules(&report).contains(&("DS-DRF-006", State::Resolved)));
}

#[test]
fn what_files_of_a_folder_say_in_different_words_is_told_though_both_sides_do() {
    let (one, other) = (service("a", 1), service("a", 2));
    let told = |blue: &[(&str, &str)], green: &[(&str, &str)]| {
        let report = audited(blue, green);
        let twice = report.findings.iter().filter(|finding| finding.rule.0 == "DS-DRF-006");
        twice.map(|finding| finding.state).collect::<Vec<State>>()
    };
    let both = |files: &[(&str, &str)]| told(files, files);
    let files = [("x/a.yaml", one.as_str()), ("x/b.yaml", other.as_str())];
    let report = audited(&files, &files);
    assert_eq!(rules(&report), [("DS-DRF-006", State::Inherited)]);
    assert!(report.findings[0].message.contains("two files, the first of which is x/a.yaml"));
    let alone = [files[0]];
    assert_eq!(told(&alone, &files), [State::Introduced]);
    assert_eq!(told(&files, &alone), [State::Resolved]);
    // In two folders, each is told; a folder that goes to another place takes its own along.
    let more = [files.as_slice(), &[("y/a.yaml", &one), ("y/b.yaml", &other)]].concat();
    assert_eq!(both(&more), [State::Inherited; 2]);
    assert_eq!(told(&files, &more), [State::Introduced, State::Inherited]);
    let moved = [("z/a.yaml", one.as_str()), ("z/b.yaml", other.as_str())];
    assert_eq!(told(&files, &moved), [State::Inherited]);
    // The same words, another folder, another namespace; patches that kustomize reads.
    let remark = format!("# Copyright\n{one}");
    assert_eq!(both(&[("x/a.yaml", &one), ("x/b.yaml", &remark)]), []);
    assert_eq!(both(&[("x/a.yaml", &one), ("x/y/b.yaml", &other)]), []);
    let elsewhere = other.replace("name: a", "name: a, namespace: b");
    assert_ne!(elsewhere, other);
    assert_eq!(both(&[("x/a.yaml", &one), ("x/b.yaml", &elsewhere)]), []);
    let kustomization = "resources: [x/a.yaml]\npatches: [{path: x/b.yaml}]\n";
    for place in ["kustomization.yaml", "x/kustomization.yaml"] {
        assert_eq!(both(&[files[0], files[1], (place, kustomization)]), [], "{place}");
    }
    let twice = format!("{one}{other}");
    let within = both(&[("x/a.yaml", &twice), ("kustomization.yaml", kustomization)]);
    assert_eq!(within, [State::Inherited]);
    assert_eq!(both(&[files[0], files[1], ("xy/kustomization.yaml", kustomization)]).len(), 1);
}

#[test]
fn both_directions_tell_the_same() {
    let pair = shop(Pair::new("http://shop-cart:7070/x", "http://cart:7070/x"));
    let there = in_one_file(&pair);
    let back = in_one_file(&Pair::new(pair.green, pair.blue));
    assert_eq!(there.counts.of("unexplained"), back.counts.of("unexplained"));
    assert_eq!(there.alignment.names[0].uses, back.alignment.names[0].uses);
    let scores = |report: &Report| {
        report.alignment.renamed.iter().map(|one| one.likeness).collect::<Vec<_>>()
    };
    assert_eq!(scores(&there), scores(&back));
}

#[test]
fn who_is_allowed_what_never_follows_a_name() {
    // A ConfigMap by another name, and what merely is called the same.
    let map = |name: &str| {
        let lines: Vec<String> = (0..12).map(|n| format!("  key-{n}: some value {n}\n")).collect();
        let data = lines.concat();
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{data}---\n")
    };
    let binding = |role: &str, user: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {{name: all}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, \
             name: {role}}}\nsubjects: [{{kind: User, name: {user}}}]\n---\n"
        )
    };
    let pod = |account: &str, host: &str, image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: pod}}\nspec:\n  serviceAccountName: {account}\n  \
             containers:\n  - name: main\n    image: registry.example/main:1\n    env:\n    \
             - {{name: PAY_URL, value: 'https://{host}/charge'}}\n    \
             - {{name: SIDECAR_IMAGE, value: '{image}:1.27'}}\n---\n"
        )
    };
    let policy = |team: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: in}}\nspec:\n  \
             podSelector: {{}}\n  ingress:\n  - from:\n    \
             - namespaceSelector: {{matchLabels: {{team: {team}}}}}\n---\n"
        )
    };
    for (blue, green) in [("view", "cluster-admin"), ("pay", "evil.example.com")] {
        let side = |name: &str| {
            [map(name), binding(name, name), pod(name, name, name), policy(name)].concat()
        };
        let report = in_one_file(&Pair::new(side(blue), side(green)));
        assert_eq!(report.alignment.renamed.len(), 1);
        let told = drift(&report).join("\n");
        for place in [
            "/roleRef/name",
            "/subjects",
            "/spec/serviceAccountName",
            "/env/name=PAY_URL/value",
            "/env/name=SIDECAR_IMAGE/value",
            "/matchLabels/team",
        ] {
            assert!(told.contains(place), "{green} {place}:\n{told}");
        }
    }
}

#[test]
fn a_variable_that_others_use_as_a_host_follows_the_name_of_a_service() {
    let side = |cart: &str, lines: &str| {
        let web = workload("web", IMAGE, 8080, "none");
        let web = web.replace("        - {name: PEER_ADDR, value: 'none'}\n", lines);
        [service(cart, 7070), workload(cart, IMAGE, 7070, "none"), service("web", 8080), web]
            .concat()
    };
    let drift_of = |lines: &str| {
        let green = lines.replace("shop-cart", "cart");
        let pair = Pair::new(side("shop-cart", lines), side("cart", &green));
        drift(&in_one_file(&pair)).len()
    };
    let line = |name: &str, value: &str| format!("        - {{name: {name}, value: '{value}'}}\n");
    let named = line("CART", "shop-cart");
    let alone = 2;
    assert_eq!(drift_of(&line("CART_HOST", "shop-cart")), alone);
    assert_eq!(drift_of(&(named.clone() + &line("CART_URL", "http://$(CART):7070/x"))), alone);
    // A database of that name, or a part of another host.
    assert_eq!(drift_of(&named), alone + 1);
    assert_eq!(
        drift_of(&(named.clone() + &line("CART_URL", "http://$(CART).example:7070"))),
        alone + 1
    );
    assert_eq!(drift_of(&(named + &line("CART_DB", "db://db/$(CART)"))), alone + 1);
}

#[test]
fn the_only_container_that_goes_by_another_name_is_compared() {
    let side = |name: &str, image: &str, port: u32| {
        let text = workload("web", image, port, "none");
        text.replace("- name: main", &format!("- name: {name}"))
    };
    let told = |green: String| drift(&in_one_file(&Pair::new(side("main", IMAGE, 8080), green)));
    let at = "Deployment/web /spec/template/spec/containers/name=main";
    assert_eq!(told(side("web", IMAGE, 8080)), [format!("{at}/name")]);
    let expected = [format!("{at}/image"), format!("{at}/name")];
    assert_eq!(told(side("web", "registry.example/other@sha256:2", 8080)), expected);
    // Nothing in common but its place: another one.
    let other =
        "      - name: web\n        image: registry.example/other:2\n        args: [run]\n---\n";
    let kept = side("main", IMAGE, 8080);
    let head = kept.split("      - name: main").next().unwrap();
    let gone = [at.to_owned(), at.replace("main", "web")];
    assert_eq!(told(format!("{head}{other}")), gone);
}

#[test]
fn a_document_of_any_kind_says_its_new_name_once() {
    let side = |name: &str| {
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}, labels: {{tier: shop}}}}\n\
             spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: cart, tier: shop}}}}}}\n"
        )
    };
    let report = in_one_file(&Pair::new(side("shop-cart-budget"), side("cart-budget")));
    assert_eq!(drift(&report), ["PodDisruptionBudget/shop-cart-budget "]);
}

#[test]
fn a_name_of_one_namespace_says_nothing_in_another() {
    let placed = |text: String, space: &str| {
        text.replace("metadata: {name: ", &format!("metadata: {{namespace: {space}, name: "))
            .replace("metadata:\n  name: ", &format!("metadata:\n  namespace: {space}\n  name: "))
    };
    let told = |space: &str, peer: Pair<&str>| {
        let side = |cart: &str, peer: &str| {
            let web = placed(workload("web", IMAGE, 8080, peer), space);
            [placed(service(cart, 7070), "shop"), web].concat()
        };
        drift(&in_one_file(&Pair::new(side("shop-cart", peer.blue), side("cart", peer.green))))
            .len()
    };
    let bare = Pair::new("http://shop-cart:7070", "http://cart:7070");
    assert_eq!(told("shop", bare), 1);
    // There `shop-cart` may be another one, which was not read.
    assert_eq!(told("office", bare), 2);
    let full = Pair::new("http://shop-cart.shop.svc:7070", "http://cart.shop.svc:7070");
    assert_eq!(told("office", full), 1);
}

#[test]
fn an_account_by_another_name_is_told_wherever_it_is_used() {
    // Who may do what is bound to names: that of an account may be bound to more already.
    let side = |name: &str| {
        let account = format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, labels: {{tier: shop, \
             team: pay, region: eu, stage: live}}}}\nautomountServiceAccountToken: false\n\
             imagePullSecrets: [{{name: registry}}]\n---\n"
        );
        let web = workload("web", IMAGE, 8080, "none");
        account
            + &web.replace(
                "    spec:\n      containers",
                &format!("    spec:\n      serviceAccountName: {name}\n      containers"),
            )
    };
    let drift = drift(&in_one_file(&Pair::new(side("web-reader"), side("web-writer"))));
    let expected =
        ["Deployment/web /spec/template/spec/serviceAccountName", "ServiceAccount/web-reader "];
    assert_eq!(drift, expected);
}

#[test]
fn labels_follow_a_name_only_where_all_of_them_do() {
    let policy = |app: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: guard}}\nspec:\n  \
             podSelector: {{matchLabels: {{app: {app}}}}}\n  policyTypes: [Ingress]\n---\n"
        )
    };
    let labelled = |name: &str, label: &str| {
        let text = workload(name, IMAGE, 7070, "none");
        text.replace(&format!("app: {name}"), &format!("app: {label}"))
    };
    let blue = labelled("shop-cart", "shop-cart") + &policy("shop-cart");
    let told = |green: String| drift(&in_one_file(&Pair::new(blue.clone(), green))).len();
    assert_eq!(told(labelled("cart", "cart") + &policy("cart")), 1);
    // The pods keep their label: nobody is guarded any more.
    assert_eq!(told(labelled("cart", "shop-cart") + &policy("cart")), 2);
    // The pods have the new one, and only they.
    assert_eq!(told(labelled("cart", "cart") + &policy("shop-cart")), 4);
    let written = "apiVersion: crd.example/v1\nkind: Guard\nmetadata: {name: g}\nspec: {selector: app == 'shop-cart'}\n";
    let both = |side: String| side + written;
    let pair = Pair::new(blue.clone(), labelled("cart", "cart") + &policy("cart")).map(both);
    assert_eq!(drift(&in_one_file(&pair)).len(), 5);
}
