//! What roles and bindings come to over a whole side: differences that change nothing for anybody
//! are explained, and everything else stays told, with who gains or loses what.

mod common;
#[path = "common/memory.rs"]
mod memory;

use driftseal::model::{Change, Disposition, Pair, Report};
use driftseal::policy::{ColourMap, Ledger, Policy};

const API: &str = "apiVersion: rbac.authorization.k8s.io/v1\n";

/// An object of RBAC, in one line of what follows its name.
fn object(kind: &str, name: &str, rest: &str) -> String {
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let namespace =
        if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!("{API}kind: {kind}\nmetadata: {{name: {name}{namespace}}}\n{rest}\n---\n")
}

fn role(name: &str, rules: &str) -> String {
    object("Role", name, &format!("rules: [{rules}]"))
}

fn cluster_role(name: &str, rules: &str) -> String {
    object("ClusterRole", name, &format!("rules: [{rules}]"))
}

fn binding(kind: &str, name: &str, role: &str, subjects: &str) -> String {
    let (role_kind, role) = role.split_once(' ').unwrap();
    let role = format!("{{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {role}}}");
    object(kind, name, &format!("roleRef: {role}\nsubjects: [{subjects}]"))
}

fn account(name: &str) -> String {
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let namespace =
        if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!("{{kind: ServiceAccount, name: {name}{namespace}}}")
}

fn rule(groups: &str, resources: &str, verbs: &str) -> String {
    format!("{{apiGroups: [{groups}], resources: [{resources}], verbs: [{verbs}]}}")
}

const CORE: &str = "\"\"";

/// The role `pay/api` bound to the account `pay/api`.
fn bound(rules: &str) -> String {
    role("pay/api", rules) + &binding("RoleBinding", "pay/api", "Role api", &account("pay/api"))
}

fn policy(ledger: Ledger) -> Policy {
    let standard = Policy::default();
    let colours = ColourMap::new(&standard.colour, &[]);
    Policy { ledger, colours, ..standard }
}

fn audited(blue: &str, green: &str, ledger: Ledger) -> Report {
    memory::audit_texts(&[("rbac.yaml", blue)], &[("rbac.yaml", green)], &policy(ledger))
}

fn unexplained(report: &Report) -> Vec<&Change> {
    report.changes.iter().filter(|change| change.explanation.kind() == "unexplained").collect()
}

/// Checks that nothing is told either way round, and that the proof is the one of this page.
fn same(blue: &str, green: &str) {
    for (blue, green) in [(blue, green), (green, blue)] {
        let report = audited(blue, green, Ledger::Full);
        let drift = unexplained(&report);
        assert!(drift.is_empty(), "{blue}\n=====\n{green}\n{drift:#?}");
        let by = ("representation", "effective permissions".to_owned());
        assert!(report.counts.0.contains_key(&by), "{:?}", report.counts);
        let listed: u64 = report.counts.0.values().sum();
        assert_eq!(listed, report.changes.len() as u64, "{:?}", report.counts);
        let counted = audited(blue, green, Ledger::Counts);
        assert!(counted.changes.is_empty(), "{:#?}", counted.changes);
        assert_eq!(counted.counts, report.counts);
        for finding in &report.findings {
            let speaks = ["DS-DRF-001", "DS-IAM-014"].contains(&&*finding.rule.0)
                || finding.rule.0 == "DS-IAM-004" && finding.disposition == Disposition::Open;
            assert!(!speaks, "{finding:#?}");
        }
    }
}

/// Checks that something is told either way round; returns who gains what in green.
fn differs(blue: &str, green: &str) -> Vec<String> {
    let gains = [(blue, green), (green, blue)].map(|(blue, green)| {
        let report = audited(blue, green, Ledger::Full);
        assert!(!unexplained(&report).is_empty(), "{blue}\n=====\n{green}\n{:#?}", report.changes);
        let findings = report.findings.iter().filter(|one| one.message.contains(" gains "));
        findings.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    });
    let [gains, _] = gains;
    gains
}

#[test]
fn a_rule_may_be_split_and_merged() {
    let whole = bound(&rule(CORE, "pods, services", "get, list"));
    let split = [rule(CORE, "pods", "get, list"), rule(CORE, "services", "list, get")].join(", ");
    same(&whole, &bound(&split));
    let verbs = [rule(CORE, "pods, services", "get"), rule(CORE, "pods, services", "list")];
    same(&whole, &bound(&verbs.join(", ")));
    let twice = [rule(CORE, "pods, services", "get, list"), rule(CORE, "pods", "get")];
    same(&whole, &bound(&twice.join(", ")));
}

#[test]
fn what_a_wildcard_covers_adds_nothing() {
    let all = rule(CORE, "\"*\"", "get");
    let more = [all.clone(), rule(CORE, "pods/log", "get")].join(", ");
    same(&bound(&all), &bound(&more));
    let scale = rule("apps", "\"*/scale\"", "get");
    let named = [scale.clone(), rule("apps", "deployments/scale", "get")].join(", ");
    same(&bound(&scale), &bound(&named));
    let other = [scale.clone(), rule("apps", "deployments", "get")].join(", ");
    differs(&bound(&scale), &bound(&other));
}

#[test]
fn a_role_may_be_merged_into_another_one_of_the_same_subject() {
    let pods = role("pay/pods", &rule(CORE, "pods", "get"));
    let logs = role("pay/logs", &rule(CORE, "pods/log", "get"));
    let both = [rule(CORE, "pods", "get"), rule(CORE, "pods/log", "get")].join(", ");
    let to = |role: &str| {
        binding("RoleBinding", &format!("pay/{role}"), &format!("Role {role}"), &account("api"))
    };
    let blue = [pods.as_str(), &logs, &to("pods"), &to("logs")].concat();
    let green = [role("pay/pods", &both), to("pods")].concat();
    same(&blue, &green);
    // Another subject had only one of the two.
    let more = binding("RoleBinding", "pay/dev", "Role pods", "{kind: User, name: dev}");
    let gains = differs(&[&*blue, &more].concat(), &[&*green, &more].concat());
    assert!(
        gains.iter().any(|gain| gain.contains("User dev gains get on pods/log in pay")),
        "{gains:?}"
    );
}

#[test]
fn a_narrower_binding_beside_a_wider_one_adds_nothing() {
    let roles = cluster_role("view-pods", &rule(CORE, "pods", "get"));
    let wide = binding("ClusterRoleBinding", "all", "ClusterRole view-pods", &account("pay/api"));
    let narrow = binding("RoleBinding", "pay/one", "ClusterRole view-pods", &account("api"));
    same(&[&*roles, &wide, &narrow].concat(), &[&*roles, &wide].concat());
    let gains = differs(&[&*roles, &narrow].concat(), &[&*roles, &wide].concat());
    assert!(gains.iter().any(|gain| gain.contains("in the whole cluster")), "{gains:?}");
}

#[test]
fn twins_that_allow_something_else_are_told() {
    let rules = |rules: &[&str]| bound(&rules.join(", "));
    let one = |resources: &str, verbs: &str| rule(CORE, resources, verbs);
    let every = "create, delete, deletecollection, get, list, patch, update, watch";
    let named = "{apiGroups: [\"\"], resources: [secrets], verbs: [get], resourceNames: [db]}";
    let cases = [
        (rules(&[&one("secrets", "get")]), rules(&[named])),
        (rules(&[named, &one("pods", "get")]), rules(&[&one("secrets, pods", "get")])),
        (rules(&[&one("pods", "\"*\"")]), rules(&[&one("pods", every)])),
        (rules(&[&one("pods", "get")]), rules(&[&rule("\"*\"", "pods", "get")])),
        (rules(&[&one("pods", "get")]), rules(&[&one("pods, pods/log", "get")])),
        (
            rules(&[&one("pods", "get"), &one("secrets", "list")]),
            rules(&[&one("pods", "list"), &one("secrets", "get")]),
        ),
    ];
    for (blue, green) in cases {
        differs(&blue, &green);
    }
}

#[test]
fn subjects_of_another_kind_or_namespace_are_others() {
    let role = role("pay/api", &rule(CORE, "pods", "get"));
    let to = |subject: &str| role.clone() + &binding("RoleBinding", "pay/api", "Role api", subject);
    let user = "{kind: User, name: api}";
    let gains = differs(&to(user), &to("{kind: Group, name: api}"));
    assert!(
        gains.iter().any(|gain| gain.starts_with("Group api gains [get] on pods in pay")),
        "{gains:?}"
    );
    differs(&to(user), &to(&account("pay/api")));
    differs(&to(&account("pay/api")), &to(&account("shop/api")));
    // One without a namespace is of the binding's.
    same(&to(&account("pay/api")), &to(&account("api")));
}

#[test]
fn who_is_bound_to_a_role_that_was_not_read_is_not_known() {
    let roles = |rules: &str| role("pay/api", rules);
    let mine = binding("RoleBinding", "pay/api", "Role api", &account("api"));
    let other = binding("RoleBinding", "pay/view", "ClusterRole view", &account("api"));
    let whole = rule(CORE, "pods, services", "get");
    let split = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
    same(&[&*roles(&whole), &mine].concat(), &[&*roles(&split), &mine].concat());
    differs(&[&*roles(&whole), &mine, &other].concat(), &[&*roles(&split), &mine, &other].concat());
}

#[test]
fn a_role_that_nobody_is_bound_to_may_be_bound_elsewhere() {
    let whole = rule(CORE, "pods, services", "get");
    let split = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
    same(&role("pay/api", &whole), &role("pay/api", &split));
    differs(&role("pay/api", &whole), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let roles = [role("pay/api", &whole), role("pay/more", &whole)].concat();
    differs(&roles, &role("pay/api", &whole));
}

#[test]
fn a_gap_hides_roles() {
    let whole = bound(&rule(CORE, "pods, services", "get"));
    let rules = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
    let split = bound(&rules);
    let broken = [("rbac.yaml", whole.as_str()), ("broken.yaml", "a: [1\n")];
    for (blue, green) in [
        (&broken[..], &[("rbac.yaml", split.as_str())][..]),
        (&[("rbac.yaml", split.as_str())][..], &broken[..]),
    ] {
        let report = memory::audit_texts(blue, green, &policy(Ledger::Full));
        let of_role = |change: &&&Change| change.at.resource.0.contains("/Role/");
        assert!(unexplained(&report).iter().any(|one| of_role(&one)), "{:#?}", report.changes);
    }
}

#[test]
fn what_is_not_plain_is_not_understood() {
    let whole = rule(CORE, "pods, services", "get");
    for odd in [
        "{apiGroups: [\"\"], resources: [pods], verbs: get}",
        "{apiGroups: [\"\"], resources: [pods], verbs: [get], more: 1}",
        "{apiGroups: [\"\"], resources: [\"${KIND}\"], verbs: [get]}",
        "{apiGroups: [\"\"], resources: [pods], nonResourceURLs: [/x], verbs: [get]}",
        "{resources: [pods], verbs: [get]}",
        "{nonResourceURLs: [/metrics], verbs: [get]}",
    ] {
        let blue = bound(&[whole.as_str(), odd].join(", "));
        let split = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
        differs(&blue, &bound(&[split.as_str(), odd].join(", ")));
    }
}

#[test]
fn two_roles_of_one_name_say_nothing() {
    let split = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
    let other = role("pay/api", &rule(CORE, "secrets", "get"));
    let blue = [bound(&rule(CORE, "pods, services", "get")), other.clone()].concat();
    differs(&blue, &[bound(&split), other].concat());
}

#[test]
fn aggregated_roles_are_made_of_those_they_select() {
    let labels = |name: &str, label: &str, rules: &str| {
        format!(
            "{API}kind: ClusterRole\nmetadata: {{name: {name}, labels: {{{label}}}}}\nrules: [{rules}]\n---\n"
        )
    };
    let made = |selector: &str| {
        object(
            "ClusterRole",
            "ops",
            &format!("aggregationRule: {{clusterRoleSelectors: [{{{selector}}}]}}\nrules: []"),
        )
    };
    let of_ops = made("matchLabels: {ops: \"true\"}");
    let to = binding("ClusterRoleBinding", "ops", "ClusterRole ops", "{kind: Group, name: ops}");
    let pods = rule(CORE, "pods", "get");
    let logs = rule(CORE, "pods/log", "get");
    let both = [pods.as_str(), &logs].join(", ");
    let part = |rules: &str| labels("ops-pods", "ops: \"true\"", rules);
    let whole = [&*part(&both), &of_ops, &to].concat();
    let split = [&*part(&pods), &labels("ops-logs", "ops: \"true\"", &logs), &of_ops, &to].concat();
    same(&whole, &split);
    let lost = [&*part(&pods), &labels("ops-logs", "ops: \"false\"", &logs), &of_ops, &to].concat();
    differs(&split, &lost);
    let by_expression = made("matchExpressions: [{key: ops, operator: Exists}]");
    differs(
        &[&*part(&both), &by_expression, &to].concat(),
        &[&*part(&pods), &labels("ops-logs", "ops: \"true\"", &logs), &by_expression, &to].concat(),
    );
    // What else the role says is made of parts that were not read, or will be gone.
    let filled = |rules: &str| of_ops.replace("rules: []", &format!("rules: [{rules}]"));
    same(
        &[&*part(&both), &filled(&both), &to].concat(),
        &[&*part(&both), &filled(&pods), &to].concat(),
    );
    let secrets = rule(CORE, "secrets", "get");
    for unread in [&*secrets, &*[&*both, &secrets].join(", ")] {
        differs(
            &[&*part(&both), &filled(&both), &to].concat(),
            &[&*part(&both), &filled(unread), &to].concat(),
        );
    }
    differs(&[filled(&pods), to.clone()].concat(), &[filled(&secrets), to.clone()].concat());
    let other = made("matchLabels: {team: \"true\"}");
    differs(&[of_ops.clone(), to.clone()].concat(), &[other, to.clone()].concat());
    // A part of a role of every cluster may be held by anybody.
    let view = |name: &str, rules: &str| {
        labels(name, "rbac.authorization.k8s.io/aggregate-to-view: \"true\"", rules)
    };
    let bound = binding("ClusterRoleBinding", "a", "ClusterRole a", &account("pay/api"));
    differs(
        &[&*view("a", &both), &bound].concat(),
        &[
            view("a", &pods),
            cluster_role("b", &logs),
            bound.clone(),
            binding("ClusterRoleBinding", "b", "ClusterRole b", &account("pay/api")),
        ]
        .concat(),
    );
}

#[test]
fn paths_that_are_no_resources_count_in_the_whole_cluster_only() {
    let role = |urls: &str| {
        cluster_role("health", &format!("{{nonResourceURLs: [{urls}], verbs: [get]}}"))
    };
    let wide =
        binding("ClusterRoleBinding", "a", "ClusterRole health", "{kind: User, name: probe}");
    same(
        &[&*role("\"/healthz*\""), &wide].concat(),
        &[&*role("\"/healthz*\", /healthz/etcd"), &wide].concat(),
    );
    differs(
        &[&*role("/healthz"), &wide].concat(),
        &[&*role("/healthz, /healthz/etcd"), &wide].concat(),
    );
}

#[test]
fn who_is_bound_to_a_role_that_allows_nothing_is_told() {
    let to = |name: &str| {
        role("pay/api", "") + &binding("RoleBinding", "pay/api", "Role api", &account(name))
    };
    differs(&to("pay/api"), &to("pay/other"));
}

#[test]
fn labels_and_annotations_are_no_permissions() {
    let blue = bound(&rule(CORE, "pods", "get"));
    let green = blue.replacen("name: api", "annotations: {a: b}, name: api", 1);
    differs(&blue, &green);
}

#[test]
fn colours_are_folded_before_sets_are_compared() {
    let side = |colour: &str, rules: &str| {
        role("pay/api", rules)
            + &binding("RoleBinding", "pay/api", "Role api", &account(&format!("pay/api-{colour}")))
    };
    let whole = rule(CORE, "pods, services", "get");
    let split = [rule(CORE, "pods", "get"), rule(CORE, "services", "get")].join(", ");
    let report = audited(&side("blue", &whole), &side("green", &split), Ledger::Full);
    assert!(unexplained(&report).is_empty(), "{:#?}", report.changes);
    // Of an account that keeps the name of the other side, nothing is the same.
    let other = side("green", &whole).replace("api-green", "api-blue");
    let report =
        audited(&side("blue", &whole), &other.replace("services", "secrets"), Ledger::Full);
    assert!(!unexplained(&report).is_empty());
    let Pair { blue, green } = &report.gaps;
    assert!(blue.is_empty() && green.is_empty());
}

#[test]
fn what_the_api_server_refuses_gives_nobody_anything() {
    let bound_to = |to: &str, subject: &str| {
        let refers = format!("roleRef: {to}\nsubjects: [{subject}]");
        role("pay/api", &rule(CORE, "pods", "get")) + &object("RoleBinding", "pay/ann", &refers)
    };
    let group = "rbac.authorization.k8s.io";
    let to = format!("{{apiGroup: {group}, kind: Role, name: api}}");
    let plain = bound_to(&to, "{kind: User, name: ann}");
    same(
        &plain,
        &bound_to(
            &to,
            &format!("{{kind: User, apiGroup: {group}, name: ann}}, {{kind: User, name: ann}}"),
        ),
    );
    for subject in [
        "{kind: User, apiGroup: other.example, name: ann}",
        "{kind: User, name: ann, namespace: pay}",
        "{kind: User, name: ann, uid: abc}",
    ] {
        differs(&plain, &bound_to(&to, subject));
    }
    for to in [
        "{apiGroup: other.example, kind: Role, name: api}".to_owned(),
        format!("{{apiGroup: {group}, kind: Role, name: api, namespace: pay}}"),
    ] {
        differs(&plain, &bound_to(&to, "{kind: User, name: ann}"));
    }
    let account = bound_to(&to, "{kind: ServiceAccount, name: ann}");
    let wrong = format!("{{kind: ServiceAccount, apiGroup: {group}, name: ann}}");
    differs(&account, &bound_to(&to, &wrong));
}
