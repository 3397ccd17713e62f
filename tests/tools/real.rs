//! The real programs, where they are on `PATH`; where one is not, its test says so loudly.

use std::path::PathBuf;
use std::process::Command;

use driftseal::model::{GapReason, Snapshot};

use crate::Bench;

/// Where a program lies; says that its test is skipped where it is missing.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {program} is not on PATH");
    }
    found
}

/// A bench whose only program is the real one.
fn bench_with(program: &str) -> Option<(Bench, PathBuf)> {
    let real = find(program)?;
    let bench = Bench::new();
    std::os::unix::fs::symlink(&real, bench.path().join("bin").join(program)).unwrap();
    Some((bench, real))
}

#[track_caller]
fn rendered(bench: &Bench, locator: &str) -> (Snapshot, String) {
    let (side, texts) = bench.collect(locator);
    assert_eq!(side.gaps, [], "{locator}");
    (side, texts.concat())
}

#[test]
fn helm_renders_a_chart_with_values_and_says_where_each_object_comes_from() {
    let Some((bench, _)) = bench_with("helm") else { return };
    let chart = bench.path().join("chart");
    std::fs::create_dir(chart.join("templates")).unwrap();
    let put = |file: &str, text: &str| std::fs::write(chart.join(file), text).unwrap();
    put("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    put("values.yaml", "level: info\n");
    put(
        "templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Release.Name }}\"}\n\
         data: {level: \"{{ .Values.level }}\"}\n",
    );
    let (side, text) = rendered(&bench, "helm:chart?name=blue&set=level=debug");
    assert!(text.contains("level: \"debug\"") && text.contains("name: \"blue\""), "{text}");
    assert_eq!(side.documents[0].rendered.as_ref().unwrap().template, "shop/templates/config.yaml");
    // Helm warns that a default is no table, and renders with what is set.
    let (side, _) = rendered(&bench, "helm:chart?set=level.a=1");
    assert!(side.collectors[0].notes[0].contains("warned"), "{:?}", side.collectors);
    put("templates/bad.yaml", "a: {{ .Values.absent.b }}\n");
    bench.refused("helm:chart", GapReason::Unreadable, "it failed");
}

#[test]
fn kustomize_builds_an_overlay() {
    let Some((bench, _)) = bench_with("kustomize") else { return };
    let put = |file: &str, text: &str| {
        std::fs::write(bench.path().join("chart").join(file), text).unwrap();
    };
    put("kustomization.yaml", "namePrefix: blue-\nresources: [a.yaml]\n");
    put("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let (side, text) = rendered(&bench, "kustomize:chart");
    assert!(text.contains("name: blue-a") && side.documents.len() == 1, "{text}");
    put("kustomization.yaml", "resources: [gone.yaml]\n");
    bench.refused("kustomize:chart", GapReason::Unreadable, "it failed");
}

#[test]
fn terraform_shows_a_binary_plan() {
    let Some((bench, terraform)) = bench_with("terraform") else { return };
    // The only provider that is part of the program.
    let config = "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n";
    std::fs::write(bench.path().join("main.tf"), config).unwrap();
    for arguments in [&["init", "-input=false"][..], &["plan", "-input=false", "-out=real.plan"]] {
        let done = Command::new(&terraform)
            .args(arguments)
            .current_dir(bench.path())
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let (side, text) = rendered(&bench, "tfplan:real.plan");
    assert!(text.contains("terraform_data.a"), "{text}");
    assert_eq!(side.documents[0].dialect, "terraform");
    std::fs::write(bench.path().join("real.plan"), b"PK\x03\x04no plan").unwrap();
    bench.refused("tfplan:real.plan", GapReason::Unreadable, "it failed");
}

#[test]
fn docker_compose_fills_a_file_in() {
    let Some((bench, docker)) = bench_with("docker") else { return };
    let works = Command::new(&docker).args(["compose", "version"]).output();
    if !works.is_ok_and(|done| done.status.success()) {
        eprintln!("SKIPPED: docker has no compose");
        return;
    }
    let file = "services:\n  a:\n    image: x:${TAG:-1}\n    ports: ['80']\n    environment: [A]\n";
    std::fs::write(bench.path().join("v.yaml"), file).unwrap();
    let (side, text) = rendered(&bench, "compose:v.yaml?config");
    assert!(text.contains("image: x:1") && text.contains("target: 80"), "{text}");
    assert_eq!(side.documents[0].dialect, "compose");
    std::fs::write(bench.path().join("v.yaml"), "services: {a: {image: 'x:${TAG:?set it}'}}\n")
        .unwrap();
    bench.refused("compose:v.yaml?config", GapReason::Unreadable, "it failed");
}
