//! Which cluster, and as whom: kubeconfigs that do not lead there.

use std::time::{Duration, Instant};

use driftseal::model::GapReason;

use super::api::{Answer, Api, shop};
use super::bench::{Bench, kubeconfig};

#[test]
fn a_context_that_does_not_exist_is_a_gap_and_no_other_one_is_taken() {
    let (bench, api) = Bench::of(shop);
    for locator in ["k8s:blue", "k8s:shop/a/b", "k8s:shop-blue/shop"] {
        bench.refused(locator, "no such context");
    }
    bench.refused("k8s:", "no context is named");
    bench.refused("k8s:shop/", "no name of a namespace");
    assert_eq!(api.asked(), Vec::<String>::new());
    let gate = ["gate", "--blue", "k8s:blue", "--green", "k8s:green"];
    bench.run(&gate).expect(3, &["config get-contexts"]);
}

#[test]
fn a_missing_or_broken_kubeconfig_is_a_gap_that_quotes_nothing_of_it() {
    let bench = Bench::with("users: [{token: hunter2-canary");
    assert_eq!(bench.refused("k8s:shop", "no kubeconfig").reason, GapReason::Unparsed);
    bench.run(&["gate", "--blue", "k8s:a", "--green", "k8s:b"]).expect(3, &["no kubeconfig"]);
    std::fs::remove_file(bench.path().join("kubeconfig")).unwrap();
    let gap = bench.refused("k8s:shop", "there is no kubeconfig");
    assert_eq!(gap.reason, GapReason::SourceMissing);
    let orphan =
        kubeconfig("http://127.0.0.1:1", "{token: x}").replace("cluster: c,", "cluster: d,");
    Bench::with(&orphan).refused("k8s:shop", "not in the kubeconfig");
    let bench = Bench::with(&kubeconfig("http://127.0.0.1:1", "{tokenFile: /nowhere/hunter2}"));
    bench.refused("k8s:shop", "yields no credentials");
}

#[test]
fn an_expired_token_is_one_gap_that_says_so() {
    let (bench, api) = Bench::of(|_| Answer::status(401));
    let gap = bench.refused("k8s:shop", "401");
    assert_eq!((gap.place.as_str(), gap.reason), ("k8s:shop", GapReason::Unreadable));
    assert_eq!(api.asked(), ["/api"]);
    let gate = ["gate", "--blue", "k8s:shop/a", "--green", "k8s:shop/b"];
    bench.run(&gate).expect(3, &["renew the token"]);
}

#[test]
fn the_token_goes_to_the_server_and_nowhere_else() {
    let (bench, _api) = Bench::of(|ask| {
        let is_known = ask.head.contains("authorization: bearer hunter2-canary\n");
        if is_known { shop(ask) } else { Answer::status(401) }
    });
    assert_eq!(bench.collect("k8s:shop").side.gaps, []);
    let arguments = ["snapshot", "k8s:shop", "-o", "s", "--masking-key", "key", "-vvv"];
    bench.run(&arguments).expect(0, &["0 with gaps"]);
    let snapshot = std::fs::read(bench.path().join("s")).unwrap();
    assert!(!String::from_utf8_lossy(&snapshot).contains("hunter2"));
}

#[test]
fn an_unreachable_server_is_a_gap() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bench = Bench::with(&kubeconfig(&format!("http://{closed}"), "{token: hunter2-canary}"));
    let gap = bench.refused("k8s:shop", "no connection to the server");
    assert_eq!(gap.reason, GapReason::Unreadable);
}

#[test]
fn a_server_that_speaks_no_tls_is_not_believed() {
    let api = Api::start(shop);
    let bench =
        Bench::with(&kubeconfig(&format!("https://{}", api.address), "{token: hunter2-canary}"));
    bench.refused("k8s:shop", "no connection to the server");
    assert_eq!(api.count("/api"), 0);
}

#[test]
fn the_address_is_recorded_without_who_asks() {
    let api = Api::start(shop);
    let server = format!("http://someone:hunter2-canary@{}", api.address);
    let bench = Bench::with(&kubeconfig(&server, "{token: hunter2-canary}"));
    let read = bench.collect("k8s:shop");
    let resolved = read.side.collectors[0].resolved.clone();
    assert_eq!(resolved, Some(format!("http://{} (v1.35.4)", api.address)));
}

#[test]
fn a_proxy_is_that_of_the_kubeconfig() {
    // Named by the environment, as for every test that runs the binary, it counts for nothing.
    let (bench, api) = Bench::of(shop);
    bench.run(&["diff", "--blue", "k8s:shop/shop-blue", "--green", "k8s:shop/shop-green"]);
    assert!(api.count("/api") == 2);
    let server = format!("http://{}', proxy-url: '", api.address);
    for (proxy, word) in [
        ("http://127.0.0.1:1", "no connection"),
        ("gopher://127.0.0.1:1", "no connection"),
        ("http://[", "proxy-url"),
    ] {
        let bench = Bench::with(&kubeconfig(&format!("{server}{proxy}"), "{token: x}"));
        bench.refused("k8s:shop", word);
    }
    assert_eq!(api.count("/api"), 2);
}

#[test]
fn kubeconfigs_are_merged_as_kubectl_does_and_the_current_context_counts_for_nothing() {
    let (bench, api) = Bench::of(shop);
    let first = "apiVersion: v1\nkind: Config\ncurrent-context: other\n";
    std::fs::write(bench.path().join("first"), first).unwrap();
    let files = ["first", "nowhere", "kubeconfig"].map(|name| bench.path().join(name));
    let list = std::env::join_paths(files).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(["snapshot", "k8s:shop", "-o", "s", "--masking-key", "key"])
        .current_dir(bench.path())
        .env_clear()
        .env("KUBECONFIG", list)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(api.count("/api"), 1);
}

#[cfg(unix)]
mod programs {
    use super::{Answer, Api, Bench, Duration, GapReason, Instant, kubeconfig, shop};

    /// A home whose kubeconfig runs a script for its token.
    fn bench(api: &Api, script: &str) -> Bench {
        let user = format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [-c, '{script}'], interactiveMode: IfAvailable}}}}"
        );
        Bench::with(&kubeconfig(&format!("http://{}", api.address), &user))
    }

    #[test]
    fn a_program_gives_the_token() {
        let api = Api::start(|ask| {
            let is_known = ask.head.contains("authorization: bearer from-a-program\n");
            if is_known { shop(ask) } else { Answer::status(401) }
        });
        let token = r#"{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "from-a-program"}}"#;
        let bench = bench(&api, &format!("echo \"{}\"", token.replace('"', "\\\"")));
        assert_eq!(bench.collect("k8s:shop").side.gaps, []);
    }

    #[test]
    fn a_program_that_fails_is_a_gap_that_quotes_nothing_of_it() {
        let api = Api::start(shop);
        for script in
            ["echo hunter2-canary; echo hunter2-canary >&2; exit 1", "echo hunter2-canary"]
        {
            let bench = bench(&api, script);
            bench.refused("k8s:shop", "yields no credentials");
            let gate = ["gate", "--blue", "k8s:shop/a", "--green", "k8s:shop/b"];
            bench.run(&gate).expect(3, &["yields no credentials"]);
        }
        assert_eq!(api.asked(), Vec::<String>::new());
    }

    #[test]
    fn a_program_that_waits_for_an_answer_is_not_waited_for() {
        let api = Api::start(shop);
        let mut bench = bench(&api, "sleep 60");
        bench.limits.cluster_wait_ms_max = 300;
        let begin = Instant::now();
        let gap = bench.refused("k8s:shop", "cluster_wait_ms_max (300");
        assert_eq!(gap.reason, GapReason::LimitReached);
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
}
