//! Policies that cannot be asked, each with its place, and those that would never end.

use super::gate;
use crate::desk::Desk;

fn with(policy: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("blue/a.yaml", "kind: Thing\n");
    desk.write("green/a.yaml", "kind: Thing\n");
    desk.write("policy/deny.rego", policy);
    desk
}

#[test]
fn what_is_no_policy_is_refused_with_its_place() {
    for (policy, said) in [
        ("package main\n\ndeny contains msg if {\n  msg := \n}\n", "policy/deny.rego:"),
        ("deny contains 1 if true\n", "policy/deny.rego:1:"),
        ("", "policy/deny.rego:"),
        (
            "package main\nf(x) := f(x + 1)\ndeny contains 1 if f(1)\n",
            "deny.rego:2:9: `main.f` calls itself",
        ),
        (
            "package main\ndeny contains msg if {\n  r := http.send({\"url\": \"x\"})\n  msg := r\n}\n",
            "policy/deny.rego:3:8: there is no function `http.send` here",
        ),
        (
            "package main\ndeny contains \"a\" if starts_with(input.kind, \"T\")\n",
            "there is no function `starts_with` here: did you mean `startswith`?",
        ),
        (
            "package main\nimport data.lib.k8s\ndeny contains \"a\" if k8s.is_pod(input)\n",
            "there is no function `k8s.is_pod` here",
        ),
        ("package main\ndeny contains opa.runtime().env.HOME if true\n", "`opa.runtime`"),
        ("package main\ndeny contains 1 if rand.intn(\"a\", 9) > 1\n", "`rand.intn`"),
        ("package main\ndeny contains x if x := net.cidr_expand(input.n)\n", "`net.cidr_expand`"),
        (
            "package main\ndeny contains sprintf(\"%1000000d\", [1]) if input.kind\n",
            "pads to ten thousand",
        ),
        (
            "package main\ndeny contains sprintf(\"%.99999f\", [1]) if input.kind\n",
            "pads to ten thousand",
        ),
        ("package main\ndeny.sub contains 1 if input.kind\n", "not a valid rule path"),
        ("package main\nallow := true\n", "no rule in it is called `deny`"),
    ] {
        with(policy).run_gate().expect(2, &[said]);
    }
    let desk = with("package main\ndeny contains 1 if false\n");
    gate(&desk, &["--rego-namespace", "mian"]).expect(2, &["did you mean `main`?"]);
    desk.write("policy/data.yaml", "a: [\n");
    gate(&desk, &[]).expect(2, &["policy/data.yaml:", "this is no data for a policy"]);
    desk.write("policy/data.yaml", "- a\n");
    gate(&desk, &[]).expect(2, &["it is no map of names"]);
    desk.write("policy/data.yaml", "a: 1\n");
    desk.write("policy/data.json", "{\"a\": 2}\n");
    gate(&desk, &[]).expect(2, &["policy/data.yaml:"]);
}

#[test]
fn a_folder_that_is_none_or_is_under_audit_is_refused() {
    let desk = with("package main\ndeny contains 1 if false\n");
    gate(&desk, &["--rego", "policy/deny.rego"]).expect(2, &["it is no folder"]);
    gate(&desk, &["--rego", "blue"]).expect(2, &["inside an audited tree"]);
    desk.write("empty/readme.md", "nothing");
    gate(&desk, &["--rego", "empty"]).expect(2, &["there is no policy (*.rego)"]);
    let diff = ["diff", "--blue", "blue", "--green", "green", "--rego", "policy"];
    desk.run(&diff).expect(2, &["judges nothing"]);
    gate(&desk, &["--rego", "./policy"]).expect(2, &["is loaded twice"]);
}

#[test]
fn what_would_not_end_is_cut_short_and_unknown() {
    let numbers = "numbers.range(100000, 1)";
    for policy in [
        format!(
            "package main\ndeny contains \"a\" if {{\n  some x in {numbers}\n  some y in {numbers}\n  \
             x * y == -1\n}}\n"
        ),
        "package main\nf(x) := g(x)\ng(x) := f(x)\ndeny contains \"a\" if f(1) == 2\n".to_owned(),
        "package main\nf(x) := r if x\nr := f(1)\ndeny contains \"a\" if f(1) == 2\n".to_owned(),
        "package main\ndeny contains x if true\n".to_owned(),
        "package main\na if b\nb if a\ndeny contains \"a\" if a\n".to_owned(),
    ] {
        let ran = with(&policy).run_gate();
        assert!([2, 3].contains(&ran.code), "{policy}\n{}{}", ran.out, ran.err);
    }
    for (open, close) in [("[", "]"), ("(", ")"), ("{\"a\":", "}")] {
        let policy = |depth: usize| {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            let flat = "[".repeat(40);
            format!(
                "package main # {flat}\nt := \"{flat}\\\"\"\ndeny contains {open}1{close} if true\n"
            )
        };
        with(&policy(10)).run_gate().expect(0, &["inherited"]);
        with(&policy(5_000)).run_gate().expect(2, &["more than 16 deep"]);
    }
}

#[test]
fn a_mistake_of_a_function_makes_nothing_hold_or_fail_as_conftest_has_it() {
    let policy = "package main\ndeny contains \"a\" if to_number(input.kind) > 1\n\
                  deny contains \"b\" if not to_number(input.kind)\n";
    with(policy).run_gate().expect(0, &["inherited"]);
}

impl Desk {
    fn run_gate(&self) -> crate::desk::Ran {
        gate(self, &[])
    }
}
