//! Policies in Rego, as Conftest runs them: what they say of each side becomes findings.

#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

#[cfg(feature = "rego")]
#[path = "rego/asked.rs"]
mod asked;
#[cfg(feature = "rego")]
#[path = "rego/refused.rs"]
mod refused;

use desk::{Desk, Ran};

/// A policy of two files, in both versions of the language, as `policy` on a desk.
fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write(
        "policy/deny.rego",
        "package main\n\nimport data.lib.kubernetes\n\ndeny contains msg if {\n  \
         kubernetes.is_deployment\n  not input.spec.template.spec.securityContext.runAsNonRoot\n  \
         msg := sprintf(\"%s may run as root\", [input.metadata.name])\n}\n",
    );
    desk.write(
        "policy/lib/kubernetes.rego",
        "package lib.kubernetes\n\nis_deployment {\n  input.kind == \"Deployment\"\n}\n",
    );
    desk
}

fn gate(desk: &Desk, further: &[&str]) -> Ran {
    let fixed = ["gate", "--blue", "blue", "--green", "green", "--masking-key", "masking.key"];
    let time = ["--evaluated-at", "2026-06-10T12:00:00Z", "--rego", "policy"];
    desk.run(&[&fixed[..], &time, further].concat())
}

#[cfg(not(feature = "rego"))]
#[test]
fn a_program_without_the_engine_says_how_to_get_one() {
    let desk = desk();
    desk.write("blue/a.yaml", "a: 1\n");
    desk.write("green/a.yaml", "a: 1\n");
    let said = ["built without `rego`", "cargo install --path . --features rego"];
    gate(&desk, &[]).expect(2, &said);
}
