//! A live cluster: what is read of it, what is left out, and what each of its failures is called.
//! The server is one of ours on loopback; with `DRIFTSEAL_TEST_KUBECONFIG` a real one is read too.
#![cfg(feature = "cluster")]

#[path = "cluster/api.rs"]
mod api;
#[path = "cluster/bench.rs"]
mod bench;
#[path = "cluster/credentials.rs"]
mod credentials;
#[path = "cluster/faults.rs"]
mod faults;
#[path = "cluster/real.rs"]
mod real;

use api::{Answer, Ask, aggregated, old_shop, shop};
use bench::Bench;
use serde_json::{Value, json};

/// What is kept of the shop's cluster.
const KEPT: [&str; 10] = [
    "cluster/Namespace/shop-blue.json",
    "cluster/Namespace/shop-green.json",
    "namespaces/shop-blue/ConfigMap/settings.json",
    "namespaces/shop-blue/CronTab.stable.example.com/nightly.json",
    "namespaces/shop-blue/Deployment.apps/checkout.json",
    "namespaces/shop-blue/Pod/by-hand.json",
    "namespaces/shop-green/ConfigMap/settings.json",
    "namespaces/shop-green/CronTab.stable.example.com/nightly.json",
    "namespaces/shop-green/Deployment.apps/checkout.json",
    "namespaces/shop-green/Pod/by-hand.json",
];

#[test]
fn every_kind_that_can_be_listed_is_one_list_and_every_object_one_file() {
    let (bench, api) = Bench::of(shop);
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    assert_eq!(read.files(), KEPT);
    assert_eq!(read.side.documents.len(), KEPT.len());
    let mut asked = api.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "/api",
            "/api/v1/configmaps?limit=500",
            "/api/v1/namespaces?limit=500",
            "/api/v1/pods?limit=500",
            "/apis",
            "/apis/apps/v1/deployments?limit=500",
            "/apis/stable.example.com/v1/crontabs?limit=500",
            "/version",
        ]
    );
}

#[test]
fn the_text_of_an_object_has_sorted_keys_and_nothing_that_the_cluster_wrote_about_it() {
    let (bench, _api) = Bench::of(shop);
    let read = bench.collect("k8s:shop");
    assert_eq!(
        read.text("namespaces/shop-blue/ConfigMap/settings.json"),
        r#"{
  "apiVersion": "v1",
  "data": {
    "colour": "blue",
    "retries": "3"
  },
  "kind": "ConfigMap",
  "metadata": {
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "name": "settings",
    "namespace": "shop-blue",
    "resourceVersion": "7",
    "uid": "shop-blue/settings"
  }
}
"#
    );
    let deployment = read.text("namespaces/shop-blue/Deployment.apps/checkout.json");
    assert!(!deployment.contains("status") && deployment.contains("\"replicas\": 2"));
    // A kind without the subresource: whoever sets the rest sets `status` too.
    let crontab = read.text("namespaces/shop-blue/CronTab.stable.example.com/nightly.json");
    assert!(crontab.contains("\"kept\": true") && crontab.contains("\"every\": 1.5"), "{crontab}");
    let notes = read.notes();
    assert!(notes.contains("metadata.managedFields of 12, status of 4"), "{notes}");
    assert!(notes.contains("14 objects of 5 kinds"), "{notes}");
    assert!(notes.contains("one kind after another, at resource version 1234"), "{notes}");
    assert!(notes.contains("not asked for: 3 subresources"), "{notes}");
    assert!(notes.contains("context: shop"), "{notes}");
}

#[test]
fn what_is_no_configuration_is_excluded_by_a_name_and_the_sums_agree() {
    let (bench, _api) = Bench::of(shop);
    let read = bench.collect("k8s:shop");
    let excluded: Vec<(&str, &str)> = read
        .side
        .excluded
        .iter()
        .map(|it| (it.place.as_str(), it.pattern.split([':', ' ']).next().unwrap()))
        .collect();
    assert_eq!(
        excluded,
        [
            ("namespaces/*/Binding", "kinds"),
            ("namespaces/*/Event", "events"),
            ("namespaces/*/Secret", "secrets"),
            ("namespaces/shop-blue/ConfigMap/kube-root-ca.crt.json", "the"),
            ("namespaces/shop-blue/Pod/checkout-5d9c7-x2x4z.json", "objects"),
            ("namespaces/shop-green/ConfigMap/kube-root-ca.crt.json", "the"),
            ("namespaces/shop-green/Pod/checkout-5d9c7-x2x4z.json", "objects"),
        ]
    );
    let files = read.side.files();
    assert_eq!((files.found, files.compared, files.excluded, files.gaps), (17, 10, 7, 0));
}

#[test]
fn an_old_server_is_read_like_a_new_one() {
    let (bench, api) = Bench::of(old_shop);
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    assert_eq!(read.files(), KEPT);
    // The preferred version of the custom resource cannot be listed; the other one can.
    assert_eq!(api.count("/apis/stable.example.com/v2/crontabs"), 0);
    assert_eq!(api.count("/apis/stable.example.com/v1"), 1);
    let notes = read.notes();
    assert!(notes.contains("not asked for: 3 subresources"), "{notes}");
    assert!(notes.contains("status of 4"), "{notes}");
}

/// What kube-apiserver v1.35.4 with one custom resource said, word for word.
#[test]
fn the_discovery_of_a_real_server_is_understood() {
    let recorded = |ask: &Ask| match ask.path.as_str() {
        "/api" => Answer::text(include_str!("cluster/v1.35.4/api.json")),
        "/apis" => Answer::text(include_str!("cluster/v1.35.4/apis.json")),
        "/version" => shop(ask),
        _ => {
            Answer::text(r#"{"kind": "XList", "metadata": {"resourceVersion": "9"}, "items": []}"#)
        }
    };
    let (bench, api) = Bench::of(recorded);
    let read = bench.collect("k8s:shop");
    let lists: Vec<String> = api.asked().into_iter().filter(|it| it.contains("limit=")).collect();
    assert_eq!(lists.len(), 48);
    for path in [
        "/api/v1/services",
        "/apis/apps/v1/deployments",
        "/apis/autoscaling/v2/horizontalpodautoscalers",
        "/apis/stable.example.com/v1/crontabs",
    ] {
        assert_eq!(api.count(path), 1, "{path}");
    }
    for word in ["secrets", "events", "leases", "nodes", "tokenreviews", "v1beta1"] {
        assert!(!lists.iter().any(|asked| asked.contains(word)), "{word}");
    }
    assert_eq!(read.side.excluded.len(), 18);
    let notes = read.notes();
    assert!(notes.contains("not asked for: 46 subresources"), "{notes}");
    assert_eq!(read.gap().reason.name(), "nothing-to-evaluate");
}

#[test]
fn the_same_cluster_gives_the_same_bytes_in_whatever_order_it_speaks() {
    let backwards = |ask: &Ask| {
        let mut answer = shop(ask);
        let mut value: Value = serde_json::from_slice(&answer.body).unwrap();
        if let Some(items) = value["items"].as_array_mut().filter(|_| ask.query.contains("limit")) {
            items.reverse();
        }
        answer.body = serde_json::to_vec_pretty(&value).unwrap();
        answer
    };
    let (one, _api) = Bench::of(shop);
    let (other, _api) = Bench::of(backwards);
    let (one, other) = (one.collect("k8s:shop"), other.collect("k8s:shop"));
    assert_eq!(one.side.digest(), other.side.digest());
    assert_eq!(one.texts, other.texts);
}

#[test]
fn a_long_list_comes_in_pages_and_never_object_by_object() {
    let many = |ask: &Ask| match ask.path.as_str() {
        "/api/v1/configmaps" => {
            let item =
                |number| json!({"metadata": {"name": format!("c{number}"), "namespace": "x"}});
            api::list(ask, "ConfigMap", (0..1203).map(item).collect())
        }
        _ => shop(ask),
    };
    let (bench, api) = Bench::of(many);
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    assert_eq!(read.files().iter().filter(|file| file.starts_with("namespaces/x/")).count(), 1203);
    assert_eq!(api.count("/api/v1/configmaps"), 3);
    assert!(
        api.asked().contains(&"/api/v1/configmaps?limit=500&continue=a%2Bb%2F500%3D".to_owned())
    );
}

#[test]
fn a_namespace_is_read_alone_and_with_its_own_labels() {
    let (bench, api) = Bench::of(shop);
    let read = bench.collect("k8s:shop/shop-blue");
    assert_eq!(read.side.gaps, []);
    let expected: Vec<&str> = KEPT.into_iter().filter(|it| it.contains("shop-blue")).collect();
    assert_eq!(read.files(), expected);
    assert!(read.text(expected[0]).contains("pod-security.kubernetes.io/enforce"));
    assert_eq!(api.count("/api/v1/namespaces"), 0);
    assert_eq!(api.count("/api/v1/namespaces/shop-blue/configmaps"), 1);
    let notes = read.notes();
    assert!(notes.contains("; 1 kinds that belong to no namespace"), "{notes}");
}

#[test]
fn secrets_are_asked_for_only_when_the_source_says_so_and_masked_then() {
    let (bench, api) = Bench::of(shop);
    bench.collect("k8s:shop");
    assert!(!api.asked().iter().any(|asked| asked.contains("secrets")));
    let read = bench.collect("k8s:shop?secrets=read");
    assert_eq!(read.side.gaps, []);
    assert_eq!(api.count("/api/v1/secrets"), 1);
    let secret = read.text("namespaces/shop-blue/Secret/database.json");
    assert!(secret.contains("\"password\"") && !secret.contains("aHVudGVy"), "{secret}");
    let masked: u32 = read.side.sources.iter().map(|source| source.masked).sum();
    assert_eq!(masked, 2);
    let (bench, api) = Bench::of(shop);
    bench.refused("k8s:shop?secrets=all", "'read'");
    bench.refused("k8s:shop?secret=read", "secrets");
    assert_eq!(api.asked(), Vec::<String>::new());
}

#[test]
fn an_object_that_two_groups_serve_is_read_once() {
    let twice = |ask: &Ask| match ask.path.as_str() {
        "/apis" => {
            let text = aggregated(false).to_string();
            Answer::text(&text.replace("stable.example.com", "legacy.example.com"))
        }
        "/apis/legacy.example.com/v1/crontabs" => {
            let item = |name: &str| {
                let uid = format!("shop-blue/{name}");
                json!({"metadata": {"name": name, "namespace": "shop-blue", "uid": uid}})
            };
            api::list(ask, "CronTab", vec![item("checkout"), item("own")])
        }
        _ => shop(ask),
    };
    let (bench, _api) = Bench::of(twice);
    let read = bench.collect("k8s:shop");
    let folder = "namespaces/shop-blue/CronTab.legacy.example.com";
    assert!(read.files().contains(&format!("{folder}/own.json").as_str()));
    assert!(!read.files().contains(&format!("{folder}/checkout.json").as_str()));
    let excluded =
        read.side.excluded.iter().find(|it| it.place == format!("{folder}/checkout.json"));
    assert!(excluded.unwrap().pattern.contains("another group"));
}

#[test]
fn kinds_that_a_pattern_leaves_out_are_not_asked_for() {
    let (bench, api) = Bench::of(shop);
    let read = bench.excluding(&["**/ConfigMap", "cluster/**", "namespaces/shop-[!g]*/Pod/**"]);
    let read = read.collect("k8s:shop");
    assert_eq!((api.count("/api/v1/configmaps"), api.count("/api/v1/namespaces")), (0, 0));
    // This one may mean some namespaces only.
    assert_eq!(api.count("/api/v1/pods"), 1);
    assert!(read.files().contains(&"namespaces/shop-green/Pod/by-hand.json"));
    assert!(!read.files().contains(&"namespaces/shop-blue/Pod/by-hand.json"));
    let pattern = |place: &str| {
        let found = read.side.excluded.iter().find(|it| it.place == place);
        found.unwrap_or_else(|| panic!("{place}: {:?}", read.side.excluded)).pattern.as_str()
    };
    assert_eq!(pattern("namespaces/*/ConfigMap"), "**/ConfigMap");
    assert_eq!(pattern("cluster/Namespace"), "cluster/**");
    assert_eq!(pattern("namespaces/shop-blue/Pod/by-hand.json"), "namespaces/shop-[!g]*/Pod/**");
}

#[test]
fn two_namespaces_that_differ_by_their_colour_alone_pass_the_gate() {
    let (bench, _api) = Bench::of(shop);
    let arguments = ["gate", "--blue", "k8s:shop/shop-blue", "--green", "k8s:shop/shop-green"];
    bench.run(&arguments).expect(0, &["Differences (11)", "11  colour          blue -> green"]);
    let drifted = |ask: &Ask| {
        let mut answer = shop(ask);
        if ask.path.contains("/shop-green/deployments") {
            let text = String::from_utf8(answer.body).unwrap();
            answer.body = text.replace("checkout:1.4.2", "checkout:1.4.1").into_bytes();
        }
        answer
    };
    let (bench, _api) = Bench::of(drifted);
    let place = "namespaces/shop-green/Deployment.apps/checkout.json:";
    bench.run(&arguments).expect(1, &["checkout:1.4.1", place]);
}

#[test]
fn a_snapshot_of_a_cluster_says_what_was_asked_of_whom() {
    let (bench, api) = Bench::of(shop);
    let taken = bench.run(&["snapshot", "k8s:shop", "-o", "s", "--masking-key", "key"]);
    let address = format!("k8s:shop (k8s) at http://{} (v1.35.4)", api.address);
    taken.expect(0, &["17 found = 10 to compare + 7 excluded + 0 with gaps", &address]);
    let shown = bench.run(&["snapshot", "show", "s", "--masking-key", "key"]);
    let address = format!("taken by k8s from k8s:shop at http://{} (v1.35.4)", api.address);
    shown.expect(0, &[&address, "context: shop", "2 by objects that a controller made"]);
}
