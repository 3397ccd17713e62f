//! The rule engine on rules of every kind: each `[[rule.test]]` of the pack holds.

use std::collections::BTreeSet;

use driftseal::facts::Fact;
use driftseal::model::{Digest, RuleId};
use driftseal::rules::mutation::{KILLED_MIN, Kills, mutations};
use driftseal::rules::{
    Outcome, Pack, RuleSet, ViewShape, judge, judge_absence, judge_pair, testing,
};

const PACK: &str = include_str!("rules_engine/worked.toml");

const VIEWS: &[ViewShape<'static>] = &[
    ViewShape { name: "endpoint.ref", fields: &["owner", "key", "url", "sidecar"] },
    ViewShape { name: "env.var", fields: &["owner", "name", "value", "value_from"] },
    ViewShape {
        name: "evidence.load",
        fields: &["name", "finished", "p95_ms", "baseline_p95_ms", "subject_digests", "thresholds"],
    },
    ViewShape { name: "istio.route", fields: &["id", "timeout"] },
    ViewShape { name: "jvm.container", fields: &["owner", "xmx", "memory_limit"] },
    ViewShape {
        name: "k8s.container",
        fields: &["owner", "name", "os", "image", "securityContext"],
    },
    ViewShape { name: "k8s.effective-grants", fields: &["workload", "grants"] },
    ViewShape { name: "k8s.podspec", fields: &["owner", "namespace", "labels"] },
    ViewShape { name: "log.retention", fields: &["store", "retention"] },
    ViewShape { name: "otel.pipeline", fields: &["id", "signal", "processors"] },
    ViewShape { name: "sdk.tracing", fields: &["service", "sampler", "sampler_arg"] },
    ViewShape { name: "tls.listener", fields: &["id", "protocols"] },
    ViewShape {
        name: "trace.edge",
        fields: &[
            "from",
            "from.service",
            "from.instrumented",
            "from.propagators",
            "to",
            "to.service",
            "to.instrumented",
            "to.propagators",
        ],
    },
];

#[test]
fn every_test_of_the_worked_rules_holds() {
    let rules = match RuleSet::load(&[("worked.toml", PACK)], VIEWS) {
        Ok(rules) => rules,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"));
        }
    };
    let results: Vec<_> = rules.rules().iter().flat_map(testing::run).collect();
    let failures: Vec<String> = results
        .iter()
        .filter_map(|result| {
            let failure = result.failure.as_ref()?;
            Some(format!("{} {}: {failure}", result.rule, result.name))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((rules.rules().len(), results.len()), (15, 74));
    let outcomes: BTreeSet<&str> = results.iter().map(|result| result.outcome.name()).collect();
    assert_eq!(outcomes, BTreeSet::from(["error", "fail", "na", "pass", "unknown"]));
}

const BROKEN: &str = r#"[pack]
id = "broken"
version = "1"
schema = 2
title = "Broken"
lang = "rego"
[[rule]]
id = "EX-1"
title = "One"
kind = "postrue"
sevrity = "high"
severity = "hgih"
confidence = "high"
claim = "direct"
select = { view = "env.vra" }
assert = "true"
message = "m"
remediation = "r"
controls = { pci = ["1"] }
[[rule]]
id = "EX-TWO-002"
title = "Two"
kind = "posture"
severity = "high"
confidence = "sure"
claim = 3
select = { view = "env.var", env = "geen" }
params = { re = "(" }
let = [{ name = "it", expr = "it.valeu" }, { name = "ok", expr = "itt.value" }]
when = "rx(it.name, params.re)"
assert = """
has(it.value)
  && sizee(it.value) > 0"""
message = "{{it.owner}}: {{it.nme}}"
remediation = ""
controls = {}
at = "/value"
[[rule.test]]
name = "t"
it = { owner = "a", nmae = "b" }
expect = "fial"
[[rule]]
id = "EX-THR-003"
title = "Three"
kind = "pair"
severity = "low"
confidence = "low"
claim = "partial"
select = { view = "env.var", key = "nam", cardinality = "any" }
assert = "b == g"
measure = "1"
message = "m"
remediation = "r"
controls = { pci = ["1"] }
[[rule.test]]
name = "t"
it = { owner = "a" }
expect = "fail"
"#;

#[test]
fn every_mistake_of_a_pack_is_reported_at_once_with_its_place() {
    let errors = Pack::load("b.toml", BROKEN, VIEWS).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let expected = "\
b.toml:4:10: unknown schema 2: this reads 1
b.toml:6:8: unknown language `rego`: rules are written in `cel`
b.toml:8:6: an id is capitals and three digits, such as `DS-TRC-003`
b.toml:10:8: unknown kind `postrue`: did you mean `posture`?
b.toml:11:1: unknown key `sevrity`: did you mean `severity`?
b.toml:12:12: unknown severity `hgih`: did you mean `high`?
b.toml:15:19: unknown view `env.vra`: did you mean `env.var`?
b.toml:25:14: unknown confidence `sure`: expected one of `low`, `medium`, `high`
b.toml:26:9: wrong value: expected a string, found integer
b.toml:27:36: unknown environment `geen`: did you mean `green`?
b.toml:29:17: `it` is a variable already
b.toml:29:34: unknown field of `it`: `valeu`: did you mean `value`?
b.toml:29:67: unknown variable `itt`: did you mean `it`?
b.toml:30:27: not a pattern: unclosed group
b.toml:33:6: unknown function `sizee`: did you mean `size`?
b.toml:34:31: unknown field of `it`: `nme`: did you mean `name`?
b.toml:35:15: a finding needs words here
b.toml:37:6: a place is keys joined by `/`, such as `a/b`
b.toml:40:6: unknown field `nmae`: did you mean `name`?
b.toml:41:10: unknown outcome `fial`: did you mean `fail`?
b.toml:43:6: has `assert` and `measure`: one of them decides
b.toml:43:6: needs a test that expects `fail` and one that expects `pass` or `na`
b.toml:49:36: unknown field `nam`: did you mean `name`?
b.toml:49:57: `cardinality` is not for rules that compare the two sides
b.toml:56:8: a test of a pair rule gives `blue` and `green`";
    assert_eq!(lines.join("\n"), expected);
}

/// A rule with its tests; `rest` is what decides.
fn rule(id: &str, view: &str, rest: &str) -> String {
    format!(
        "[[rule]]\nid = '{id}'\ntitle = 't'\nkind = 'posture'\nseverity = 'low'\n\
         confidence = 'low'\nclaim = 'direct'\nselect = {{ view = '{view}' }}\nmessage = 'm'\n\
         remediation = 'r'\ncontrols = {{ pci = ['2', '1'] }}\n{rest}\n\
         [[rule.test]]\nname = 'a'\nit = {{ owner = 'a' }}\nexpect = 'fail'\n\
         [[rule.test]]\nname = 'b'\nit = {{ owner = 'b' }}\nexpect = 'pass'\n"
    )
}

fn pack(id: &str, rules: &[String]) -> String {
    format!("[pack]\nid = '{id}'\nversion = '1'\nschema = 1\ntitle = 't'\n{}", rules.concat())
}

#[test]
fn what_a_rule_lacks_is_named() {
    let text = pack("p", &["[[rule]]\nid = 'EX-NON-001'\n".to_owned()]);
    let errors = Pack::load("p.toml", &text, VIEWS).unwrap_err();
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "cites no control: add `controls = { framework = [\"id\"] }`",
            "has neither `assert` nor `measure`: one of them decides",
            "missing key `claim`",
            "missing key `confidence`",
            "missing key `kind`",
            "missing key `message`",
            "missing key `remediation`",
            "missing key `select.view`",
            "missing key `severity`",
            "missing key `title`",
            "needs a test that expects `fail` and one that expects `pass` or `na`",
        ]
    );
    assert!(errors.iter().all(|error| (error.line, error.column) == (7, 6)));
}

#[test]
fn rules_are_found_by_view_and_sorted_by_id() {
    let holds = "assert = \"it.owner == 'b'\"";
    let first = pack(
        "z",
        &[
            rule("EX-B-002", "env.var", holds),
            rule("EX-B-001", "env.var", holds),
            rule("EX-C-001", "endpoint.ref", holds),
        ],
    );
    let second = pack("a", &[rule("EX-A-001", "env.var", holds)]);
    let rules = RuleSet::load(&[("z.toml", &first), ("a.toml", &second)], VIEWS).unwrap();
    let ids = |view: &str| {
        rules.rules_for(view).iter().map(|rule| rule.id.0.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(ids("env.var"), ["EX-A-001", "EX-B-001", "EX-B-002"]);
    assert_eq!(ids("endpoint.ref"), ["EX-C-001"]);
    assert_eq!(ids("k8s.container"), Vec::<&str>::new());
    let found = rules.rule(&RuleId("EX-C-001".to_owned())).unwrap();
    assert_eq!(found.controls, ["pci:1", "pci:2"]);
    let packs: Vec<_> = rules.packs().iter().map(|pack| (pack.id.as_str(), pack.digest)).collect();
    let digest = |text: &str| Digest::of(text.as_bytes());
    assert_eq!(packs, [("a", digest(&second)), ("z", digest(&first))]);

    let again = pack("b", &[rule("EX-C-001", "env.var", holds)]);
    let packs = [("z.toml", first.as_str()), ("z.toml", &first), ("b.toml", &again)];
    let errors = RuleSet::load(&packs, VIEWS).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert!(lines.iter().any(|line| {
        line == "b.toml:7:6: rule EX-C-001 exists already, at z.toml:47: give this one another id"
    }));
}

#[test]
fn a_rule_asked_for_what_it_cannot_judge_says_so() {
    let text = pack("p", &[rule("EX-A-001", "env.var", "assert = \"it.owner == 'b'\"")]);
    let pack = Pack::load("p.toml", &text, VIEWS).unwrap();
    let [rule] = pack.rules.as_slice() else { panic!("one rule") };
    let (it, none) = (Fact::map([("owner", Some(Fact::text("b")))]), Fact::map([]));
    assert_eq!(judge(rule, &it, &none, &none), Outcome::Pass);
    assert_eq!(judge_pair(rule, Some(&it), None).name(), "error");
    assert_eq!(judge_absence(rule), Outcome::NotApplicable);
    assert_eq!(
        judge(rule, &none, &none, &none),
        Outcome::Error { reason: "assert: no field `owner`".to_owned() }
    );
}

/// The mutants of the rules of a pack: what was changed, and the test that noticed.
fn mutants(text: &str) -> Vec<(String, Option<String>)> {
    let rules = RuleSet::load(&[("p.toml", text)], VIEWS).unwrap();
    let found = rules.rules().iter().flat_map(mutations);
    found.map(|one| (one.change, one.killed_by)).collect()
}

#[test]
fn every_small_mistake_in_a_rule_is_tried_and_told() {
    let holds = "params = { owners = ['b', 'c'] }\nwhen = \"has(it.owner)\"\n\
                 assert = \"it.owner in params.owners && !it.owner.startsWith('c')\"";
    let found = mutants(&pack("p", &[rule("EX-A-001", "env.var", holds)]));
    let killed = |test: &str| Some(test.to_owned());
    let expected = [
        ("when: left out", None),
        ("when: `has(it.owner)` becomes `!has(it.owner)`", killed("a")),
        ("when: `has(it.owner)` becomes `true`", None),
        (
            "assert: `it.owner in params.owners && !it.owner.startsWith('c')` becomes `it.owner in \
             params.owners || !it.owner.startsWith('c')`",
            killed("a"),
        ),
        (
            "assert: `it.owner in params.owners && !it.owner.startsWith('c')` becomes \
             `!it.owner.startsWith('c')`",
            killed("a"),
        ),
        (
            "assert: `it.owner in params.owners && !it.owner.startsWith('c')` becomes `it.owner in \
             params.owners`",
            None,
        ),
        ("assert: `it.owner in params.owners` becomes `!(it.owner in params.owners)`", killed("a")),
        ("assert: `params.owners` becomes `['c']`", killed("b")),
        ("assert: `params.owners` becomes `['b']`", None),
        ("assert: `!it.owner.startsWith('c')` becomes `it.owner.startsWith('c')`", killed("b")),
        ("assert: `'c'` becomes `'c~'`", None),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(change, test)| (change.to_owned(), test)).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_of_also_is_a_test_of_its_own() {
    let rest = "assert = \"it.?value.orValue('') == 'x' || it.owner == 'b'\"\n[[rule.test]]\n\
                name = 'c'\nit = { owner = 'c', value = 'x' }\n\
                also = [{ owner = 'b', value = { '$absent' = true } }, { value = 'y' }]\n\
                expect = 'pass'\n";
    let text = pack("p", &[rule("EX-A-001", "env.var", rest)]);
    let rules = RuleSet::load(&[("p.toml", &text)], VIEWS).unwrap();
    let results: Vec<_> = rules.rules().iter().flat_map(testing::run).collect();
    let failed: Vec<(&str, bool)> =
        results.iter().map(|one| (one.name.as_str(), one.failure.is_some())).collect();
    let expected = [("c", false), ("c, also 1", false), ("c, also 2", true), ("a", false)];
    assert_eq!(failed, [expected.as_slice(), &[("b", false)]].concat());

    let text = text.replace("it = { owner = 'c', value = 'x' }", "items = []");
    let errors = RuleSet::load(&[("p.toml", &text)], VIEWS).unwrap_err();
    assert_eq!(errors[0].to_string(), "p.toml:21:9: `also` puts fields over those of `it`");
}

/// Those that no test notices are listed by `driftseal rules test --mutate`; none is excused.
#[test]
fn the_tests_of_the_packs_notice_nine_of_ten_mistakes_in_their_rules() {
    let rules = driftseal::rules::built_in().unwrap();
    let mut all = Kills::default();
    for rule in rules.rules() {
        let found = mutations(rule);
        assert_eq!(found, mutations(rule), "{}", rule.id);
        let kills = Kills::of(&found);
        assert!(kills.made > 0, "{} has nothing to change", rule.id);
        all.add(kills);
    }
    println!("{all}");
    assert!(all.percent() >= KILLED_MIN, "{all}");
}
