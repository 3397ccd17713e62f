//! Names that end in a hash of the content: which of them may stand for which, and which may not.

mod common;
#[path = "common/memory.rs"]
mod memory;

use driftseal::policy::{Ledger, Policy};
use memory::audit_texts;

/// A `ConfigMap` as kustomize names it, `hash` being that of its content.
fn settings(namespace: &str, hash: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app-{hash}, namespace: {namespace}}}\n\
         data: {{x: '{value}'}}\n---\n"
    )
}

fn workload(namespace: &str, hash: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app, namespace: {namespace}}}\nspec:\n  \
         template:\n    spec:\n      containers:\n      - name: app\n        envFrom: \
         [{{configMapRef: {{name: app-{hash}}}}}]\n---\n"
    )
}

const ONE: (&str, &str) = ("hmg6f82fh6", "1");
const TWO: (&str, &str) = ("d5gm26dhhd", "2");
const THREE: (&str, &str) = ("5744dc9tb9", "3");

/// What the reference of a workload to its settings ends as.
fn reference(blue: &[(&str, &str)], green: &[(&str, &str)]) -> &'static str {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let report = audit_texts(blue, green, &policy);
    let path = "/spec/template/spec/containers/name=app/envFrom/0/configMapRef/name";
    let mut kinds = report.changes.iter().filter(|change| change.at.path.to_string() == path);
    let kind = kinds.next().expect("the reference differs").explanation.kind();
    assert!(kinds.next().is_none());
    kind
}

fn in_one_file(blue: &[String], green: &[String]) -> &'static str {
    reference(&[("all.yaml", &blue.concat())], &[("all.yaml", &green.concat())])
}

#[test]
fn a_reference_follows_the_content_of_what_it_names() {
    let side = |(hash, value): (&str, &str)| [settings("a", hash, value), workload("a", hash)];
    assert_eq!(in_one_file(&side(ONE), &side(TWO)), "generated");
}

#[test]
fn a_reference_to_another_object_of_that_name_is_a_difference() {
    // Both objects are there on both sides: the workload reads the settings of another one.
    let side = |other: &str, hash: &str| {
        [settings("a", ONE.0, ONE.1), settings(other, TWO.0, TWO.1), workload("a", hash)]
    };
    for other in ["a", "b"] {
        let (blue, green) = (side(other, ONE.0), side(other, TWO.0));
        assert_eq!(in_one_file(&blue, &green), "unexplained", "{other}");
        assert_eq!(in_one_file(&green, &blue), "unexplained", "{other}");
    }
}

#[test]
fn objects_of_one_name_in_folders_of_their_own_are_told_apart() {
    let file = |(hash, value): (&str, &str)| settings("a", hash, value) + &workload("a", hash);
    let (one, three) = (file(ONE), file(THREE));
    let blue = [("east/all.yaml", &*one), ("west/settings.yaml", &*settings("a", TWO.0, TWO.1))];
    let west = settings("a", TWO.0, TWO.1);
    let green = |east| [("east/all.yaml", east), ("west/settings.yaml", &*west)];
    assert_eq!(reference(&blue, &green(&three)), "generated");
    // What lies in the other folder is another one.
    let astray = settings("a", ONE.0, ONE.1) + &workload("a", TWO.0);
    assert_eq!(reference(&blue, &green(&astray)), "unexplained");
}
