//! What a server does wrong, one test each: what is kept, what the gap says, how often one asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use driftseal::model::GapReason;
use serde_json::json;

use super::api::{Answer, Ask, Then, aggregated, list, shop};
use super::bench::Bench;

const MAPS: &str = "/api/v1/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";

/// The shop, but one path is answered otherwise.
fn but(
    path: &'static str,
    answer: impl Fn(&Ask) -> Answer + Send + Sync + 'static,
) -> impl Fn(&Ask) -> Answer + Send + Sync + 'static {
    move |ask| if ask.path == path { answer(ask) } else { shop(ask) }
}

/// Fails so many times, then not.
fn at_first(times: usize, fault: fn() -> Answer) -> impl Fn(&Ask) -> Answer + Send + Sync {
    move |ask| if ask.before < times { fault() } else { shop(ask) }
}

fn cut(mut answer: Answer) -> Answer {
    answer.then = Then::Cut;
    answer
}

#[test]
fn a_forbidden_kind_is_a_gap_that_names_what_to_grant_and_the_rest_is_kept() {
    let (bench, api) = Bench::of(but(DEPLOYMENTS, |_| Answer::status(403)));
    let read = bench.collect("k8s:shop");
    let gap = read.gap();
    assert_eq!(
        (gap.place.as_str(), gap.reason),
        ("namespaces/*/Deployment.apps", GapReason::Unreadable)
    );
    for part in ["verb 'list'", "resource 'deployments'", "API group 'apps'", "ClusterRole"] {
        assert!(gap.message.contains(part), "{}", gap.message);
    }
    assert_eq!(read.files().len(), 8);
    assert_eq!(api.count(DEPLOYMENTS), 1);
    let gate = ["gate", "--blue", "k8s:shop/shop-blue", "--green", "k8s:shop/shop-green"];
    let (bench, _api) = Bench::of(|ask| {
        let is_one = ask.path.ends_with("shop-green/deployments");
        if is_one { Answer::status(403) } else { shop(ask) }
    });
    bench.run(&gate).expect(3, &["namespaces/shop-green/Deployment.apps", "(a Role)"]);
    let snapshot = ["snapshot", "k8s:shop/shop-green", "-o", "s", "--masking-key", "key"];
    bench.run(&snapshot).expect(3, &["1 with gaps", "Deployment.apps  unreadable"]);
}

#[test]
fn a_forbidden_namespace_is_read_all_the_same() {
    let (bench, _api) = Bench::of(but("/api/v1/namespaces/shop-blue", |_| Answer::status(403)));
    let read = bench.collect("k8s:shop/shop-blue");
    assert_eq!(read.gap().place, "cluster/Namespace/shop-blue.json");
    assert!(read.gap().message.contains("verb 'get' on the resource 'namespaces'"));
    assert_eq!(read.files().len(), 4);
    let read = bench.excluding(&["cluster/**"]).collect("k8s:shop/shop-blue");
    assert_eq!((read.side.gaps.len(), read.files().len()), (0, 4));
}

#[test]
fn a_namespace_that_does_not_exist_is_not_an_empty_one() {
    let (bench, api) = Bench::of(shop);
    bench.refused("k8s:shop/shop-blu", "no such namespace");
    assert!(!api.asked().iter().any(|asked| asked.contains("limit=")));
}

#[test]
fn a_busy_server_is_asked_again_when_it_said() {
    let busy = || Answer { head: "retry-after: 1\r\n".to_owned(), ..Answer::status(429) };
    let (bench, api) = Bench::of(but(MAPS, at_first(2, busy)));
    let begin = Instant::now();
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    assert_eq!(api.count(MAPS), 3);
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn a_server_that_stays_busy_is_a_gap() {
    let (bench, api) = Bench::of(but(MAPS, |_| Answer::status(429)));
    let read = bench.collect("k8s:shop");
    assert!(read.gap().message.contains("429"), "{}", read.gap().message);
    assert_eq!(api.count(MAPS), 5);
    // One that wants us to wait beyond the deadline is not waited for.
    let long = |_: &Ask| Answer { head: "retry-after: 3600\r\n".to_owned(), ..Answer::status(429) };
    let (bench, api) = Bench::of(but(MAPS, long));
    let begin = Instant::now();
    assert!(bench.collect("k8s:shop").gap().message.contains("429"));
    assert!(begin.elapsed() < Duration::from_secs(20) && api.count(MAPS) == 1);
}

#[test]
fn a_server_that_fails_once_is_asked_again() {
    for fault in [|| Answer::status(500), || Answer::status(503), || cut(Answer::status(500))] {
        let (bench, api) = Bench::of(but(MAPS, at_first(1, fault)));
        assert_eq!(bench.collect("k8s:shop").side.gaps, []);
        assert_eq!(api.count(MAPS), 2);
    }
}

#[test]
fn a_server_that_fails_for_ever_is_a_gap_and_the_pages_before_it_are_kept() {
    let fails = |ask: &Ask| {
        if ask.parameter("continue").is_some() {
            return Answer::status(500);
        }
        let item = |number| json!({"metadata": {"name": format!("c{number}"), "namespace": "x"}});
        list(ask, "ConfigMap", (0..501).map(item).collect())
    };
    let (bench, api) = Bench::of(but(MAPS, fails));
    let read = bench.collect("k8s:shop");
    let gap = read.gap();
    assert_eq!((gap.place.as_str(), gap.reason), ("namespaces/*/ConfigMap", GapReason::Unreadable));
    assert!(gap.message.contains("(500)"), "{}", gap.message);
    assert_eq!(read.files().len(), 8 + 500);
    assert_eq!(api.count(MAPS), 1 + 5);
}

#[test]
fn a_forgotten_list_begins_anew_and_nothing_of_the_first_one_is_kept() {
    let gone = AtomicBool::new(false);
    let forgets = move |ask: &Ask| {
        if ask.parameter("continue").is_some() && !gone.swap(true, Ordering::SeqCst) {
            return Answer::status(410);
        }
        let prefix = if gone.load(Ordering::SeqCst) { "new" } else { "old" };
        let item =
            |number| json!({"metadata": {"name": format!("{prefix}{number}"), "namespace": "x"}});
        list(ask, "ConfigMap", (0..600).map(item).collect())
    };
    let (bench, api) = Bench::of(but(MAPS, forgets));
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    let maps = || read.files().into_iter().filter(|file| file.contains("/x/"));
    assert_eq!(maps().filter(|file| file.contains("new")).count(), 600);
    assert_eq!(maps().filter(|file| file.contains("old")).count(), 0);
    assert_eq!(api.count(MAPS), 4);
}

#[test]
fn a_list_that_is_forgotten_time_and_again_is_a_gap() {
    let forgets = |ask: &Ask| {
        if ask.parameter("continue").is_some() {
            return Answer::status(410);
        }
        let item = |number| json!({"metadata": {"name": format!("c{number}"), "namespace": "x"}});
        list(ask, "ConfigMap", (0..600).map(item).collect())
    };
    let (bench, api) = Bench::of(but(MAPS, forgets));
    let read = bench.collect("k8s:shop");
    assert!(read.gap().message.contains("410"), "{}", read.gap().message);
    assert_eq!(api.count(MAPS), 8);
}

#[test]
fn a_truncated_answer_is_never_taken_for_a_whole_one() {
    let (bench, api) = Bench::of(but(MAPS, at_first(1, || cut(Answer::text("{\"kind\": \"X\"}")))));
    assert_eq!(bench.collect("k8s:shop").side.gaps, []);
    assert_eq!(api.count(MAPS), 2);
    let (bench, _api) = Bench::of(but(MAPS, |ask| cut(shop(ask))));
    let read = bench.collect("k8s:shop");
    assert!(read.gap().message.contains("broke off"), "{}", read.gap().message);
    assert_eq!(read.files().len(), 8);
}

#[test]
fn a_slow_answer_is_waited_for_no_longer_than_one_request_may_take() {
    let slow = |ask: &Ask| Answer { then: Then::Slow(Duration::from_mins(1)), ..shop(ask) };
    let (mut bench, api) = Bench::of(but(MAPS, slow));
    bench.limits.request_wait_ms_max = 500;
    let read = bench.collect("k8s:shop");
    assert_eq!(read.gap().reason, GapReason::LimitReached);
    assert!(read.gap().message.contains("request_wait_ms_max (500"), "{}", read.gap().message);
    assert_eq!((read.files().len(), api.count(MAPS)), (8, 5));
}

#[test]
fn the_deadline_of_the_whole_ends_it_and_what_was_read_is_kept() {
    let slow = |ask: &Ask| Answer { then: Then::Slow(Duration::from_mins(1)), ..shop(ask) };
    let (mut bench, _api) = Bench::of(but(MAPS, slow));
    bench.limits.cluster_wait_ms_max = 4_000;
    let begin = Instant::now();
    let read = bench.collect("k8s:shop");
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(read.gap().reason, GapReason::LimitReached);
    assert!(read.gap().message.contains("cluster_wait_ms_max (4000"), "{}", read.gap().message);
    assert_eq!(read.files().len(), 8);
}

#[test]
fn what_is_no_list_is_a_gap() {
    for body in ["<html>log in</html>", "{\"kind\": \"ConfigMapList\"", "", "\u{0}"] {
        let (bench, _api) = Bench::of(but(MAPS, move |_| Answer::text(body)));
        let read = bench.collect("k8s:shop");
        assert_eq!(read.gap().reason, GapReason::Unparsed, "{body}");
        assert!(read.gap().message.contains("no JSON"), "{}", read.gap().message);
    }
    for body in
        ["[]", "{}", r#"{"kind": "ConfigMapList"}"#, r#"{"kind": "ConfigMapList", "items": [1]}"#]
    {
        let (bench, _api) = Bench::of(but(MAPS, move |_| Answer::text(body)));
        let read = bench.collect("k8s:shop");
        assert_eq!(read.gap().reason, GapReason::Unparsed, "{body}");
        assert!(read.gap().message.contains("not what the Kubernetes API gives"), "{body}");
    }
    let empty = r#"{"kind": "ConfigMapList", "metadata": {}, "items": null}"#;
    let (bench, _api) = Bench::of(but(MAPS, move |_| Answer::text(empty)));
    assert_eq!(bench.collect("k8s:shop").side.gaps, []);
}

#[test]
fn pages_that_are_too_long_are_asked_for_in_smaller_ones() {
    let many = |ask: &Ask| {
        let item = |number| json!({"metadata": {"name": format!("c{number}"), "namespace": "x"}});
        list(ask, "ConfigMap", (0..120).map(item).collect())
    };
    let (mut bench, api) = Bench::of(but(MAPS, many));
    bench.limits.file_bytes_max = 4_000;
    let read = bench.collect("k8s:shop");
    assert_eq!(read.side.gaps, []);
    assert_eq!(read.files().iter().filter(|file| file.contains("/x/")).count(), 120);
    assert_eq!(api.count(MAPS), 1 + 3);
    bench.limits.file_bytes_max = 3_000;
    bench.limits.cluster_bytes_max = 6_000;
    let read = bench.collect("k8s:shop");
    let gaps = &read.side.gaps;
    assert!(gaps.iter().any(|gap| gap.message.contains("cluster_bytes_max (6000")), "{gaps:?}");
}

#[test]
fn a_server_that_goes_round_in_circles_is_left() {
    let circles = |_: &Ask| {
        Answer::json(&json!({"kind": "ConfigMapList", "metadata": {"continue": "x"}, "items": []}))
    };
    let (bench, api) = Bench::of(but(MAPS, circles));
    assert!(bench.collect("k8s:shop").gap().message.contains("same page"));
    assert_eq!(api.count(MAPS), 2);
}

#[test]
fn an_api_whose_server_is_gone_is_a_gap_unless_it_is_left_out_anyway() {
    let stale = |name: &'static str| {
        but("/apis", move |_| {
            let mut served = aggregated(false);
            let version = json!({"version": "v1", "freshness": "Stale", "resources": []});
            let group = json!({"metadata": {"name": name}, "versions": [version]});
            served["items"].as_array_mut().unwrap().push(group);
            Answer::json(&served)
        })
    };
    let (bench, _api) = Bench::of(stale("wardle.example.com"));
    let read = bench.collect("k8s:shop");
    assert_eq!(read.gap().place, "discovery/wardle.example.com/v1");
    assert!(read.gap().message.contains("apiservices"), "{}", read.gap().message);
    assert_eq!(read.files().len(), 10);
    let (bench, _api) = Bench::of(stale("metrics.k8s.io"));
    assert_eq!(bench.collect("k8s:shop").side.gaps, []);
}

#[test]
fn without_discovery_there_is_nothing_and_without_groups_the_core() {
    let (bench, _api) = Bench::of(but("/api", |_| Answer::status(403)));
    bench.refused("k8s:shop", "cannot find out what the cluster serves");
    let (bench, _api) = Bench::of(but("/apis", |_| Answer::text("{}")));
    let read = bench.collect("k8s:shop");
    assert_eq!((read.gap().place.as_str(), read.files().len()), ("discovery/apis", 6));
    let (bench, _api) = Bench::of(but("/version", |_| Answer::status(403)));
    let read = bench.collect("k8s:shop");
    assert!(read.side.collectors[0].resolved.as_ref().unwrap().contains("does not tell"));
    assert_eq!(read.side.gaps, []);
}

#[test]
fn a_kind_that_is_no_longer_served_is_a_gap() {
    let (bench, _api) = Bench::of(but(MAPS, |_| Answer::status(404)));
    assert_eq!(bench.collect("k8s:shop").gap().reason, GapReason::SourceMissing);
    let (bench, _api) = Bench::of(but(MAPS, |_| Answer::status(302)));
    assert!(bench.collect("k8s:shop").gap().message.contains("refused (302)"));
}
