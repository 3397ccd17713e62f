//! A real API server, when one is at hand: the current context of `DRIFTSEAL_TEST_KUBECONFIG`.

use std::io::Write as _;

use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{Blobs as _, GapReason, Limits, Snapshot};

fn read(kubeconfig: &std::ffi::OsStr, locator: &str) -> (Snapshot, Vec<(String, String)>) {
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: std::env::temp_dir(),
        environment: vec![("KUBECONFIG".into(), kubeconfig.to_owned())],
    };
    let spool = Spool::new(&options.limits);
    let side = collect(&[locator.to_owned()], &options, &spool);
    let texts = side.sources.iter().map(|source| {
        let text = spool.get(&source.digest).unwrap().into_owned();
        (source.file.to_string(), String::from_utf8(text).unwrap())
    });
    let texts = texts.collect();
    (side, texts)
}

#[test]
fn a_real_cluster_is_read_whole() {
    let Some(kubeconfig) = std::env::var_os("DRIFTSEAL_TEST_KUBECONFIG") else {
        let skipped = b"SKIPPED: DRIFTSEAL_TEST_KUBECONFIG names no kubeconfig of a real cluster\n";
        std::io::stderr().write_all(skipped).unwrap();
        return;
    };
    let text = std::fs::read_to_string(&kubeconfig).unwrap();
    let current = text.lines().find_map(|line| line.strip_prefix("current-context:"));
    let context = current.expect("a current-context").trim().trim_matches('"');
    let (side, texts) = read(&kubeconfig, &format!("k8s:{context}"));
    for line in
        [&side.collectors[0].resolved.clone().unwrap()].into_iter().chain(&side.collectors[0].notes)
    {
        println!("{line}");
    }
    println!("{} files, {} gaps, {} excluded", texts.len(), side.gaps.len(), side.excluded.len());
    side.gaps.iter().for_each(|gap| println!("gap {}: {}", gap.place, gap.message));
    let is_ours = |reason| matches!(reason, GapReason::Internal | GapReason::Unparsed);
    assert!(!side.gaps.iter().any(|gap| is_ours(gap.reason)), "{:?}", side.gaps);
    let files = side.files();
    assert_eq!(files.found, files.compared + files.excluded + files.gaps);
    assert_eq!(side.documents.len(), texts.len());
    for (file, text) in &texts {
        let object: serde_json::Value = serde_json::from_str(text).unwrap();
        let metadata = &object["metadata"];
        assert!(metadata["managedFields"].is_null(), "{file}");
        assert!(file.ends_with(&format!("/{}.json", metadata["name"].as_str().unwrap())), "{file}");
        assert!(file.contains(&format!("/{}", object["kind"].as_str().unwrap())), "{file}");
        assert_eq!(*text, serde_json::to_string_pretty(&object).unwrap() + "\n", "{file}");
    }
    assert!(!texts.iter().any(|(file, _)| file.contains("/Secret/")));
    let (part, alone) = read(&kubeconfig, &format!("k8s:{context}/default"));
    assert!(part.sources.iter().any(|source| *source.file == *"cluster/Namespace/default.json"));
    let whole = texts.iter().filter(|(file, _)| file.starts_with("namespaces/default/"));
    assert_eq!(whole.count() + 1, alone.len());
}
