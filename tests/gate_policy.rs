//! The policy of the gate: budgets, kinds, states, phases, overrides, required evidence.

#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

use desk::{Desk, Ran};
use driftseal::model::{Action, Severity};
use driftseal::policy::gate::{KINDS, STATES};
use driftseal::policy::{Gate, Phase};
use driftseal::rules::Kind;
use serde_json::{Value, json};

const NOW: &str = "2026-06-10T12:00:00Z";

const GATE: [&str; 9] = [
    "gate",
    "--blue",
    "blue",
    "--green",
    "green",
    "--masking-key",
    "masking.key",
    "--evaluated-at",
    NOW,
];

/// A desk on which green differs in two places, each a finding of the same severity.
fn two() -> Desk {
    let desk = Desk::empty();
    desk.write("blue/app.yaml", "replicas: 2\nimage: shop:1\n");
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\n");
    desk
}

fn gate(desk: &Desk, further: &[&str]) -> Ran {
    desk.run(&[&GATE[..], further].concat())
}

fn report(desk: &Desk, further: &[&str]) -> Value {
    let ran = gate(desk, &[&["-o", "json"], further].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

fn first(report: &Value) -> (String, String, String) {
    let finding = &report["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap().to_owned();
    (text("rule"), text("resource"), text("severity"))
}

#[test]
fn kinds_are_those_of_rules() {
    let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let mut kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    for kind in &known {
        assert!(kinds.contains(kind), "{kind}");
        kinds.retain(|one| one != kind);
    }
    assert!(kinds.is_empty(), "{kinds:?}");
}

#[test]
fn a_budget_lets_as_many_pass_as_it_says() {
    let desk = two();
    let plain = report(&desk, &[]);
    let (_, _, severity) = first(&plain);
    assert_eq!(severity, "high", "{plain:#}");
    assert_eq!(plain["verdict"], "fail");
    assert_eq!(plain["gate"]["phase"], "pre-switch");
    let budget = |text: &str| desk.write("driftseal.toml", format!("[gate]\n{text}\n"));
    let count = plain["gate"]["counted"]["high"].as_u64().unwrap();
    assert!(count >= 2);
    let others = "medium = -1, low = -1, info = -1, critical = 0";
    budget(&format!("budget = {{ high = {count}, {others} }}"));
    let within = report(&desk, &[]);
    assert_eq!(within["verdict"], "pass", "{within:#}");
    assert_eq!(within["findings"][0]["effect"], "tolerated");
    assert_eq!(within["threshold"], "critical");
    gate(&desk, &[]).expect(0, &[&format!("the budget allows {count} high, {count} counted")]);
    budget(&format!("budget = {{ high = {}, {others} }}", count - 1));
    let over = report(&desk, &[]);
    assert_eq!(over["verdict"], "fail");
    assert_eq!(over["summary"]["findings"]["blocking"], json!(count));
    gate(&desk, &[]).expect(1, &["over the budget"]);
    // The flag is short for a budget, and outweighs the file.
    gate(&desk, &["--fail-on", "critical"]).expect(0, &["PASS"]);
    gate(&desk, &["--fail-on", "low"]).expect(1, &["FAIL"]);
    gate(&desk, &["--fail-on", "never"]).expect(0, &["no finding can fail this run"]);
}

#[test]
fn kinds_and_states_do_what_the_policy_says() {
    let desk = two();
    let kinds: Vec<String> = report(&desk, &[])["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(kinds.iter().all(|kind| KINDS.iter().any(|(known, _)| known == kind)), "{kinds:?}");
    let listed: Vec<String> = kinds.iter().map(|kind| format!("{kind} = \"report\"")).collect();
    let mut listed: Vec<&String> = listed.iter().collect();
    listed.dedup();
    let listed: Vec<&str> = listed.into_iter().map(String::as_str).collect();
    desk.write("driftseal.toml", format!("[gate.kinds]\n{}\n", listed.join("\n")));
    gate(&desk, &[]).expect(0, &["PASS"]);
    // What blue has too counts only where the policy says so.
    let privileged = |replicas: u8| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  hostNetwork: true\n  \
             containers:\n  - {{name: a, image: \"a:1\", securityContext: {{privileged: true}}}}\n\
             # {replicas}\n"
        )
    };
    let old = Desk::empty();
    old.write("blue/pod.yaml", privileged(1));
    old.write("green/pod.yaml", privileged(1));
    let before = report(&old, &[]);
    let inherited = before["findings"].as_array().unwrap();
    assert!(inherited.iter().all(|one| one["state"] == "inherited") && !inherited.is_empty());
    assert_eq!(before["verdict"], "pass", "{before:#}");
    old.write("driftseal.toml", "[gate.kinds]\nposture = \"block\"\n");
    gate(&old, &[]).expect(1, &["FAIL", "Blocks the switch"]);
    old.write("driftseal.toml", "[gate.states]\ninherited = \"block\"\n");
    gate(&old, &[]).expect(1, &["FAIL"]);
    let only_scheduled = "[gate.phase.scheduled.states]\ninherited = \"block\"\n";
    old.write("driftseal.toml", only_scheduled);
    gate(&old, &[]).expect(0, &["PASS"]);
    gate(&old, &["--phase", "post-switch"]).expect(0, &["asked in the phase post-switch"]);
    gate(&old, &["--phase", "scheduled"]).expect(1, &["asked in the phase scheduled"]);
}

#[test]
fn a_phase_has_what_it_says_and_otherwise_what_all_have() {
    let text = "fail_on = \"high\"\n[kinds]\npair = \"report\"\n[evidence]\nrequire = [\"load\"]\n\
                [phase.scheduled]\nfail_on = \"never\"\n[phase.scheduled.kinds]\ncross = \"report\"\n\
                [phase.post-switch.evidence]\nrequire = []\n";
    let mut gate = Gate::parse("gate.toml", text).unwrap();
    let of = |gate: &Gate, kind: &str| {
        let kinds = &gate.rulings().terms.kinds;
        kinds.iter().find(|(name, _)| name == kind).unwrap().1
    };
    assert_eq!(gate.threshold(), driftseal::model::Threshold::At(Severity::High));
    assert_eq!(of(&gate, "cross"), Action::BlockIfNew);
    assert_eq!(gate.rulings().require, ["load"]);
    gate.phase = Phase::Scheduled;
    assert_eq!(gate.threshold(), driftseal::model::Threshold::Never);
    assert_eq!((of(&gate, "cross"), of(&gate, "pair")), (Action::Report, Action::Report));
    assert_eq!(gate.rulings().require, ["load"]);
    gate.phase = Phase::PostSwitch;
    assert!(gate.rulings().require.is_empty());
    assert_eq!(of(&gate, "pair"), Action::Report);
}

#[test]
fn raising_is_free_and_lowering_takes_a_reason_an_approver_and_an_end() {
    let desk = two();
    let (rule, subject, _) = first(&report(&desk, &[]));
    let over = |severity: &str, more: &str| {
        desk.write(
            "driftseal.toml",
            format!("[[gate.override]]\nrule = \"{rule}\"\nseverity = \"{severity}\"\n{more}\n"),
        );
    };
    over("critical", "");
    let raised = report(&desk, &["--fail-on", "critical"]);
    assert_eq!(raised["verdict"], "fail");
    assert_eq!(raised["findings"][0]["severity"], "critical");
    assert_eq!(raised["findings"][0]["override"]["from"], "high");
    let reason = "reason = \"requests are injected\"\n";
    let approver = "approver = \"lead@example.com\"\n";
    let expires = "expires = 2026-06-30\n";
    for (lacks, more) in [
        ("`reason`", format!("{approver}{expires}")),
        ("`approver`", format!("{reason}{expires}")),
        ("`expires`", format!("{reason}{approver}")),
    ] {
        over("low", &more);
        gate(&desk, &[]).expect(2, &["lowering takes", lacks, "driftseal.toml:2:8"]);
    }
    over("low", &format!("{reason}{approver}{expires}"));
    let lowered = report(&desk, &[]);
    assert_eq!(lowered["verdict"], "pass", "{lowered:#}");
    assert_eq!(lowered["findings"][0]["severity"], "low");
    assert_eq!(lowered["findings"][0]["override"]["approver"], "lead@example.com");
    let decided = lowered["decisions"].as_array().unwrap();
    assert!(decided.iter().any(|one| one["kind"] == "override"), "{decided:?}");
    gate(&desk, &[]).expect(0, &["low by the policy, high by its rule until 2026-06-30T23:59:59Z"]);
    // Past its end, and with an end that is too far away, it lowers nothing.
    over("low", &format!("{reason}{approver}expires = 2026-06-09\n"));
    gate(&desk, &[]).expect(1, &["override-expired"]);
    over("low", &format!("{reason}{approver}expires = 2027-06-09\n"));
    gate(&desk, &[]).expect(1, &["override-refused"]);
    // Of one subject, and no other.
    over("low", &format!("subject = '{subject}'\n{reason}{approver}{expires}"));
    gate(&desk, &[]).expect(0, &["PASS"]);
    over("low", &format!("subject = 'another'\n{reason}{approver}{expires}"));
    gate(&desk, &[]).expect(1, &["override-unused"]);
    over("low", &format!("subject = 'k8s:*/*'\n{reason}{approver}{expires}"));
    gate(&desk, &[]).expect(2, &["names one thing"]);
    over("low", &format!("path = '/replicas'\n{reason}{approver}{expires}"));
    gate(&desk, &[]).expect(2, &["none is named"]);
    desk.write("driftseal.toml", "[[gate.override]]\nrule = \"DS-DRF-01\"\nseverity = \"low\"\n");
    gate(&desk, &[]).expect(2, &["no rule pack has the rule `DS-DRF-01`", "did you mean"]);
}

#[test]
fn what_is_required_and_not_there_keeps_a_gate_from_passing() {
    let desk = two();
    desk.write("green/app.yaml", "replicas: 2\nimage: shop:1\n");
    gate(&desk, &[]).expect(0, &["PASS"]);
    desk.write("driftseal.toml", "[gate.evidence]\nrequire = [\"junit\", \"evidence.load\"]\n");
    gate(&desk, &[]).expect(3, &["evidence: junit", "evidence: load", "evidence-missing"]);
    let missing = report(&desk, &[]);
    assert_eq!(missing["verdict"], "inconclusive");
    let said = json!([{"kind": "junit", "present": false}, {"kind": "load", "present": false}]);
    assert_eq!(missing["gate"]["evidence"], said);
    // Nobody accepts that something required is missing.
    let accept = "[[accept_gap]]\nplace = \"**\"\nreason = \"evidence-missing\"\nwhy = \"w\"\n\
                  owner = \"o\"\nexpires = 2027-01-01\n";
    desk.write("driftseal.toml", accept);
    gate(&desk, &[]).expect(2, &["cannot be accepted"]);
    // Where no rule judges, nothing is demanded.
    desk.write("driftseal.toml", "[gate.evidence]\nrequire = [\"junit\"]\n");
    desk.run(&["diff", "--blue", "blue", "--green", "green"]).expect(0, &["PASS"]);
}

#[test]
fn what_is_required_must_be_about_this_green_and_fresh() {
    let desk = two();
    let image = format!("shop@sha256:{}", "4f1d".repeat(16));
    for side in ["blue", "green"] {
        desk.write(&format!("{side}/app.yaml"), format!("replicas: 2\nimage: {image}\n"));
    }
    let evidence = "green/driftseal.evidence";
    desk.write(
        &format!("{evidence}/junit.xml"),
        "<testsuite name=\"checkout\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n\
         <testcase classname=\"checkout\" name=\"pays\"/>\n</testsuite>\n",
    );
    desk.write("driftseal.toml", "[gate.evidence]\nrequire = [\"junit\"]\n");
    let standing = |subject: &str, finished: &str| {
        let text = format!("subjects = [\"sha256:{subject}\"]\nfinished = {finished}\n");
        desk.write(&format!("{evidence}/evidence.toml"), text);
        let found = report(&desk, &[]);
        (found["gate"]["evidence"][0]["present"].clone(), found["verdict"].clone())
    };
    let (own, fresh) = ("4f1d".repeat(16), "2026-06-10T09:00:00Z");
    assert_eq!(standing(&own, fresh), (json!(true), json!("pass")));
    assert_eq!(standing(&"0000".repeat(16), fresh).0, json!(false));
    assert_eq!(standing(&own, "2026-05-10T09:00:00Z").0, json!(false));
    assert_eq!(standing(&own, "2026-06-11T09:00:00Z").0, json!(false));
}

#[test]
fn a_snapshot_is_no_older_than_the_policy_takes_it() {
    let desk = two();
    desk.write("green/app.yaml", "replicas: 2\nimage: shop:1\n");
    desk.write("driftseal.toml", "[gate]\nmax_snapshot_age = \"30m\"\n");
    gate(&desk, &[]).expect(0, &["PASS"]);
    let take = |side: &str, dated: &[&str]| {
        let file = format!("{side}.snapshot");
        let arguments = ["snapshot", side, "-o", &file, "--masking-key", "masking.key"];
        desk.run(&[&arguments[..], dated].concat()).expect(0, &[]);
    };
    let judge = |now: &str, further: &[&str]| {
        let sides = ["gate", "--blue", "blue.snapshot", "--green", "green.snapshot"];
        let at = ["--masking-key", "masking.key", "--evaluated-at", now];
        desk.run(&[&sides[..], &at, further].concat())
    };
    take("blue", &["--dated"]);
    take("green", &[]);
    judge(NOW, &[]).expect(3, &["snapshot-stale", "does not say when it was taken"]);
    take("green", &["--dated"]);
    // The clock of the machine took them; the audit may be asked when it likes.
    let taken = desk.text("green.snapshot");
    let taken = taken.lines().next().unwrap();
    let taken: Value = serde_json::from_str(taken).unwrap();
    let taken = taken["takenAt"].as_str().unwrap().to_owned();
    let taken = driftseal::model::Timestamp::parse(&taken).unwrap().unix_seconds();
    let after = |seconds: i64| {
        driftseal::model::Timestamp::from_unix_seconds(taken + seconds).unwrap().to_string()
    };
    judge(&after(1_700), &[]).expect(0, &["PASS"]);
    judge(&after(1_801), &[]).expect(3, &["snapshot-stale", "none older than"]);
    judge(&after(-600), &[]).expect(3, &["snapshot-stale", "later than this audit"]);
    // Taken again from itself, it is as old as it was; of no known age, it stays of none.
    let again =
        ["snapshot", "green.snapshot", "-o", "new.snapshot", "--masking-key", "masking.key"];
    desk.run(&[&again[..], &["--dated"]].concat()).expect(0, &[]);
    let head = |file: &str| desk.text(file).lines().next().unwrap().to_owned();
    assert_eq!(head("new.snapshot"), head("green.snapshot"));
    take("green", &[]);
    desk.run(&[&again[..], &["--dated"]].concat()).expect(0, &[]);
    assert!(!head("new.snapshot").contains("takenAt"));
    // A replay knows when it was.
    take("green", &["--dated"]);
    desk.generate("k");
    judge(&after(1_000), &["--key", "k", "-o", "bundle=out"]).expect(0, &[]);
    desk.run(&["replay", "out"]).expect(0, &["byte for byte"]);
}

#[test]
fn what_is_wrong_with_a_policy_is_refused_with_its_place() {
    let refused = [
        ("fail_no = \"high\"", "1:1", "did you mean `fail_on`?"),
        ("fail_on = \"hihg\"", "1:11", "`fail_on` is one of"),
        ("fail_on = \"high\"\nbudget = { high = 1 }", "1:11", "keep one"),
        ("budget = { hihg = 1 }", "1:12", "did you mean `high`?"),
        ("budget = { high = -2 }", "1:19", "expected -1 or more"),
        ("budget = { critical = 2 }", "1:10", "lets more critical findings pass than high ones"),
        ("[kinds]\npostures = \"block\"", "2:1", "did you mean `posture`?"),
        ("[kinds]\nposture = \"blok\"", "2:11", "did you mean `block`?"),
        ("[states]\nwaiver-unsued = \"block\"", "2:1", "did you mean `waiver-unused`?"),
        ("[states]\nwaiver-unused = \"ignore\"", "2:17", "unknown action `ignore`"),
        ("[states]\nunknown = \"ignore\"", "2:1", "every verdict inconclusive"),
        ("[states]\nincomplete = \"report\"", "2:1", "[[accept_gap]]"),
        ("[phase.preswitch]", "1:8", "did you mean `pre-switch`?"),
        ("[phase.scheduled]\nfail_no = \"low\"", "2:1", "did you mean `fail_on`?"),
        ("max_snapshot_age = \"soon\"", "1:20", "expected a duration"),
        ("[evidence]\nrequire = [\"Unit Tests\"]", "2:12", "unknown kind of evidence"),
        ("[evidence]\nrequire = [\"jnuit\"]", "2:12", "did you mean `junit`?"),
        ("[[override]]\nrule = \"A\"\nseverity = \"hihg\"", "3:12", "did you mean `high`?"),
        (
            "[[override]]\nrule = \"A\"\nseverity = \"high\"\n[[override]]\nrule = \"A\"\n\
             severity = \"low\"",
            "5:8",
            "is about the same",
        ),
        ("[baseline]\nfile = \"b\"\nsha256 = \"x\"", "3:10", "64 lowercase"),
        ("schema = 2", "1:10", "unknown schema 2"),
    ];
    for (text, place, message) in refused {
        let errors = Gate::parse("gate.toml", text).expect_err(text);
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let wanted = format!("gate.toml:{place}: ");
        let is_said = said.iter().any(|one| one.starts_with(&wanted) && one.contains(message));
        assert!(is_said, "{text}: {said:?}");
    }
    assert!(
        STATES
            .iter()
            .all(|state| Gate::parse("g", &format!("[states]\n{state} = \"block\"")).is_ok())
    );
    let desk = two();
    desk.write("gate.toml", "fail_no = \"high\"\n");
    gate(&desk, &["--gate-policy", "gate.toml"]).expect(2, &["gate.toml:1:1", "`fail_on`"]);
    gate(&desk, &["--phase", "before"]).expect(2, &["pre-switch"]);
}

#[test]
fn a_file_of_its_own_takes_the_place_of_the_table() {
    let desk = two();
    desk.write("driftseal.toml", "[gate]\nfail_on = \"info\"\nprofile = \"loose\"\n");
    desk.write("policy/gate.toml", "schema = 1\nprofile = \"pci\"\nfail_on = \"critical\"\n");
    gate(&desk, &[]).expect(1, &["FAIL"]);
    let own = report(&desk, &["--gate-policy", "policy/gate.toml"]);
    assert_eq!(own["verdict"], "pass");
    assert_eq!(own["gate"]["profile"], "pci");
    assert_eq!(own["gate"]["texts"][0]["name"], "gate.toml");
    desk.write("green/gate.toml", "fail_on = \"never\"\n");
    gate(&desk, &["--gate-policy", "green/gate.toml"]).expect(2, &["inside an audited tree"]);
}

#[test]
fn a_replay_derives_the_verdict_by_the_policy_that_was_in_effect() {
    let desk = two();
    desk.generate("k");
    desk.write("gate.toml", "[budget]\ncritical = 0\nhigh = 9\nmedium = 9\nlow = -1\ninfo = -1\n");
    let with = ["--gate-policy", "gate.toml", "--phase", "post-switch"];
    let signed = ["--key", "k", "-o", "bundle=out"];
    gate(&desk, &[&with[..], &signed].concat()).expect(0, &[]);
    desk.run(&["replay", "out"]).expect(0, &["byte for byte"]);
    let verify = ["verify", "--key", "k.pub", "out", "--at", NOW, "--replay", "--require", "pass"];
    desk.run(&verify).expect(0, &["VERIFIED"]);
    let kept = "out/evidence/policy/000-gate.toml";
    assert_eq!(desk.read(kept), desk.read("gate.toml"));
    // The flag is kept as well.
    let strict = ["--key", "k", "-o", "bundle=strict", "--fail-on", "low"];
    gate(&desk, &[&with[..], &strict].concat()).expect(1, &[]);
    desk.run(&["replay", "strict"]).expect(0, &["byte for byte"]);
}

#[test]
fn a_gate_that_only_reports_stops_nothing_and_says_so() {
    let desk = two();
    gate(&desk, &[]).expect(1, &["FAIL"]);
    desk.write("driftseal.toml", "[gate]\nmode = \"report\"\n");
    let said = ["FAIL", "the policy only reports pre-switch"];
    gate(&desk, &[]).expect(0, &said);
    desk.write("driftseal.toml", "[gate.phase.scheduled]\nmode = \"report\"\n");
    gate(&desk, &["--phase", "scheduled"]).expect(0, &["the policy only reports scheduled"]);
    gate(&desk, &[]).expect(1, &["FAIL"]);
    // What could not be evaluated is no finding that one may only report.
    desk.write("green/broken.yaml", "a: [\n");
    gate(&desk, &["--phase", "scheduled"]).expect(3, &["INCONCLUSIVE"]);
    desk.write("driftseal.toml", "[gate]\nmode = \"reprot\"\n");
    gate(&desk, &[]).expect(2, &["did you mean `report`?"]);
}

fn params(set: &str, expires: &str) -> String {
    format!(
        "[[gate.params]]\nrule = \"DS-IAM-105\"\nset = {{ {set} }}\nreason = \"agreed with the board\"\n\
         approver = \"risk@example.com\"\nexpires = {expires}\n"
    )
}

#[test]
fn parameters_take_a_rule_a_name_a_kind_a_reason_an_approver_and_an_end() {
    let desk = two();
    let whole = |rule: &str, set: &str, rest: &str| {
        format!("[[gate.params]]\nrule = \"{rule}\"\nset = {{ {set} }}\n{rest}\n")
    };
    let end = "reason = \"agreed\"\napprover = \"r\"\nexpires = 2026-12-01";
    for (text, said) in [
        (whole("DS-IAM-105", "verbs = [\"create\"]", ""), "missing key `reason`"),
        (
            whole("DS-IAM-105", "verbs = [\"create\"]", &end.replace("agreed", " ")),
            "`reason` is empty",
        ),
        (whole("DS-IAM-105", "", end), "`set` says nothing"),
        (whole("DS-IAM-105", "verb = [\"create\"]", end), "did you mean `verbs`?"),
        (
            whole("DS-IAM-105", "verbs = \"create\"", end),
            "`verbs` of DS-IAM-105 is a list of one kind",
        ),
        (whole("DS-IAM-105", "verbs = [1]", end), "is a list of one kind"),
        (
            whole("DS-IAM-1O5", "verbs = [\"create\"]", end),
            "there is no rule `DS-IAM-1O5`: did you mean",
        ),
        (whole("DS-IAM-008", "places = \"(\"", end), "driftseal.toml:2:"),
        (
            [
                whole("DS-IAM-105", "verbs = [\"a\"]", end),
                whole("DS-IAM-105", "verbs = [\"b\"]", end),
            ]
            .concat(),
            "are of the same rule",
        ),
    ] {
        desk.write("driftseal.toml", &text);
        gate(&desk, &[]).expect(2, &[said]);
    }
}

#[test]
fn a_parameter_decides_until_its_end_and_a_replay_knows_it() {
    let desk = Desk::empty();
    desk.generate("k");
    let role = |verbs: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: pay, namespace: pay}}\nrules:\n  \
             - apiGroups: ['']\n    resources: [secrets]\n    verbs: [{verbs}]\n"
        )
    };
    desk.write("blue/role.yaml", role("update"));
    desk.write("green/role.yaml", role("update"));
    let found = |desk: &Desk| {
        let report = report(desk, &[]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().any(|one| one["rule"] == "DS-IAM-105")
    };
    assert!(found(&desk));
    let write = |verbs: &str, expires: &str| {
        let text = params(&format!("verbs = [{verbs}]"), expires);
        desk.write("driftseal.toml", text);
    };
    write("\"create\"", "2026-12-01");
    assert!(!found(&desk), "only creating counts now");
    let report = report(&desk, &[]);
    let decisions = report["decisions"].as_array().unwrap();
    let own = decisions.iter().find(|one| one["id"] == "DS-IAM-105 (verbs)").unwrap();
    assert_eq!(own["owner"], "risk@example.com");
    assert!(own["reason"].as_str().unwrap().contains("create"), "{own:#}");
    gate(&desk, &["--key", "k", "-o", "bundle=bundle"]).expect(0, &[]);
    desk.write("driftseal.toml", "");
    desk.run(&["replay", "bundle"]).expect(0, &["the same report, byte for byte"]);
    write("\"create\"", "2026-06-09");
    assert!(found(&desk), "it has ended");
    gate(&desk, &[]).expect(0, &["override-expired"]);
    write("\"create\"", "2027-12-01");
    assert!(found(&desk), "it would last too long");
    gate(&desk, &[]).expect(0, &["override-refused"]);
    write("\"update\", \"*\"", "2026-12-01");
    assert!(found(&desk));
}

#[test]
fn what_is_decided_elsewhere_is_refused_with_the_place() {
    let desk = two();
    for (text, said) in [
        ("[gate]\npacks = [{ id = \"drift\" }]", "[[pack]] of a trust policy"),
        ("[gate]\nframeworks = [\"pci\"]", "rules list --framework"),
        ("[gate.confidence]\nblock_from = \"medium\"", "[[override]]"),
        ("[gate.exit_codes]\npass = 0", "explain exit-codes"),
        ("[gate.waivers]\nsignature = \"required\"", "--waiver-trust"),
        ("[gate.waivers]\ndistinct_from_author = true", "nobody ever approves"),
        ("[gate.waivers]\ninline_suppressions = \"ignore\"", "never waive anything"),
        ("[gate.waivers]\nfile = \"waivers.toml\"", "did you mean `files`?"),
    ] {
        desk.write("driftseal.toml", format!("{text}\n"));
        gate(&desk, &[]).expect(2, &["driftseal.toml:", said]);
    }
}

#[test]
fn a_certificate_that_ends_soon_is_told_by_the_time_of_the_run() {
    let desk = Desk::empty();
    let pem = include_str!("../fixtures/timestamps/root.crt");
    desk.write("blue/tls.crt", pem);
    desk.write("green/tls.crt", pem);
    let said = |at: &str| {
        let sides = ["gate", "--blue", "blue", "--green", "green", "-o", "json"];
        let ran = desk.run(&[&sides[..], &["--evaluated-at", at]].concat());
        let report: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
        let findings = report["findings"].as_array().unwrap().clone();
        let states = findings.iter().filter(|one| one["rule"] == "DS-TLS-009");
        states.map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // From 2026-11-22T06:57:12Z to 2036-11-19T06:57:12Z.
    assert_eq!(said("2026-11-22T06:57:11Z"), ["inherited"]);
    assert!(said("2030-01-01T00:00:00Z").is_empty());
    assert_eq!(said("2036-10-25T00:00:00Z"), ["inherited"]);
    assert_eq!(said("2036-11-20T00:00:00Z"), ["inherited"]);
    let text = params("min_left = \"1h\"", "2036-12-01").replace("DS-IAM-105", "DS-TLS-009");
    desk.write("driftseal.toml", text);
    assert!(said("2036-10-25T00:00:00Z").is_empty());
    std::fs::remove_file(desk.at("blue/tls.crt")).unwrap();
    assert_eq!(said("2036-11-20T00:00:00Z"), ["introduced"]);
}
