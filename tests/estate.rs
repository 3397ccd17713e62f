//! What holds of objects only beside others of their side: disruption budgets, canary Ingresses,
//! Services that a rollout names.

use std::fs;
use std::path::Path;
use std::process::Command;

use driftseal::wire::report::{Report, read};

fn gate(folder: &Path) -> Report {
    let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(["gate", "-o", "json", "--blue", "blue", "--green", "green"])
        .args(["--evaluated-at", "2026-06-01T12:00:00Z"])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    read(&output.stdout).unwrap_or_else(|why| panic!("{why}"))
}

/// Rule, state and message of the findings of some rules.
fn found(blue: &str, green: &str, rules: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (side, text) in [("blue", blue), ("green", green)] {
        fs::create_dir_all(folder.path().join(side)).unwrap();
        fs::write(folder.path().join(side).join("all.yaml"), text).unwrap();
    }
    let findings = gate(folder.path()).findings.into_iter();
    let wanted = findings.filter(|one| rules.contains(&one.rule.as_str()));
    wanted.map(|one| format!("{} {:?}: {}", one.rule, one.state, one.message)).collect()
}

fn workload(replicas: u32, budget: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay, namespace: shop}}\nspec:\n  replicas: {replicas}\n  \
         template:\n    metadata: {{labels: {{app: pay}}}}\n    spec: {{containers: [{{name: app}}]}}\n---\n\
         apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: pay, namespace: shop}}\nspec: {budget}\n"
    )
}

#[test]
fn a_budget_protects_the_pods_that_it_picks() {
    let good = workload(4, "{minAvailable: 50%, selector: {matchLabels: {app: pay}}}");
    let cases = [
        ("{minAvailable: 50%, selector: {matchLabels: {app: paid}}}", "no disruption budget picks"),
        ("{minAvailable: 4, selector: {matchLabels: {app: pay}}}", "lets no pod go"),
        ("{maxUnavailable: 0%, selector: {matchLabels: {app: pay}}}", "lets no pod go"),
    ];
    for (budget, expected) in cases {
        let found = found(&good, &workload(4, budget), &["DS-AVL-006"]);
        assert_eq!(found.len(), 1, "{budget}");
        assert!(found[0].contains(expected), "{found:?}");
    }
    for budget in [
        "{maxUnavailable: 10%, selector: {matchLabels: {app: pay}}}",
        "{minAvailable: 3, selector: {matchLabels: {app: pay}}}",
        "{minAvailable: 1, selector: {}}",
    ] {
        assert_eq!(found(&good, &workload(4, budget), &["DS-AVL-006"]), [""; 0], "{budget}");
    }
    // One pod cannot be kept while its node is drained.
    let single = "{minAvailable: 1, selector: {matchLabels: {app: pay}}}";
    assert_eq!(found(&workload(1, single), &workload(1, single), &["DS-AVL-006"]), [""; 0]);
}

#[test]
fn what_holds_beside_others_speaks_for_no_other_change_of_the_pods() {
    let side = |more: &str, level: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay, namespace: shop}}\nspec:\n  replicas: 4\n  \
             template:\n    metadata: {{labels: {{app: pay}}}}\n    spec:\n      containers:\n      - name: app\n        \
             env: [{{name: LEVEL, value: {level}}}]\n{more}"
        )
    };
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: pay, namespace: shop}\n\
                  spec: {minAvailable: 1, selector: {matchLabels: {app: pay}}}\n";
    let policy = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: pay, namespace: shop}\n\
                  spec: {podSelector: {matchLabels: {app: pay}}, policyTypes: [Ingress]}\n\
                  ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: other, namespace: shop}\n\
                  spec: {podSelector: {matchLabels: {app: other}}, policyTypes: [Ingress]}\n";
    let rest =
        policy.split_once("---\napiVersion").map(|(_, rest)| rest.split_once("---\n").unwrap().1);
    let rest = format!("---\n{}", rest.unwrap());
    for (rule, gone, left) in [("DS-AVL-006", budget, ""), ("DS-NET-001", policy, rest.as_str())] {
        let (blue, green) = (side(gone, "'1'"), side(left, "'2'"));
        let told = found(&blue, &green, &[rule, "DS-DRF-001"]);
        let of = |id: &str| told.iter().filter(|one| one.starts_with(id)).count();
        assert_eq!((of(rule), of("DS-DRF-001")), (1, 1), "{rule}: {told:#?}");
    }
}

fn ingress(name: &str, host: &str, canary: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  annotations: {{{canary}}}\nspec:\n  \
         ingressClassName: nginx\n  rules: [{{host: {host}, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: \
         {{name: pay, port: {{number: 80}}}}}}}}]}}}}]\n---\n"
    )
}

#[test]
fn a_canary_ingress_needs_exactly_one_primary_to_stand_beside() {
    let mark = "nginx.ingress.kubernetes.io/canary: 'true', nginx.ingress.kubernetes.io/canary-weight: '5'";
    let primary = ingress("pay", "pay.example", "");
    let good = primary.clone() + &ingress("pay-canary", "pay.example", mark);
    assert_eq!(found(&good, &good, &["DS-ROL-013"]), [""; 0]);
    let slip = primary.clone() + &ingress("pay-canary", "pya.example", mark);
    let told = found(&good, &slip, &["DS-ROL-013"]);
    assert!(told.len() == 1 && told[0].contains("it gets nothing"), "{told:?}");
    let two = good.clone() + &ingress("pay-other", "pay.example", mark);
    let told = found(&good, &two, &["DS-ROL-013"]);
    assert!(told.len() == 2 && told[0].contains("2 canaries"), "{told:?}");
    let heavy = mark.replace("'5'", "'500'");
    let heavy = primary + &ingress("pay-canary", "pay.example", &heavy);
    let told = found(&good, &heavy, &["DS-ROL-013"]);
    assert!(told.len() == 1 && told[0].contains("500 is more than 100"), "{told:?}");
}

#[test]
fn the_services_of_a_rollout_are_there_and_two() {
    let side = |preview: &str, services: &[&str]| {
        let rollout = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: pay}}\nspec: {{strategy: {{blueGreen: \
             {{activeService: pay, previewService: {preview}, autoPromotionEnabled: false}}}}}}\n---\n"
        );
        let service = |name: &&str| {
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{}}\n---\n")
        };
        rollout + &services.iter().map(service).collect::<String>()
    };
    let good = side("pay-preview", &["pay", "pay-preview"]);
    assert_eq!(found(&good, &good, &["DS-ROL-005"]), [""; 0]);
    let told = found(&good, &side("pay-preview", &["pay"]), &["DS-ROL-005"]);
    assert!(told.len() == 1 && told[0].contains("was not found"), "{told:?}");
    let told = found(&good, &side("pay", &["pay"]), &["DS-ROL-005"]);
    assert!(told.len() == 2 && told[0].contains("nobody can reach green alone"), "{told:?}");
    // Where no Service was read, nobody knows.
    assert_eq!(found(&good, &side("pay-preview", &[]), &["DS-ROL-005"]), [""; 0]);
}
