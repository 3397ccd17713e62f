//! Views of what hardens objects of Kubernetes, and of those that guard a cluster.

use super::lines;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: pay
  annotations:
    container.apparmor.security.beta.kubernetes.io/c: unconfined
    vault.hashicorp.com/role: pay-staging
spec:
  serviceAccount: old
  securityContext:
    sysctls: [{name: kernel.msgmax, value: '1'}]
    windowsOptions: {hostProcess: true}
  imagePullSecrets: [{name: registry}]
  volumes:
  - {name: s, secret: {secretName: s, defaultMode: 0644}}
  - {name: d, hostPath: {path: /var/run/docker.sock}}
  - {name: e}
  containers:
  - name: c
    image: shop/pay
    args: ['--token=$(TOKEN)', '-agentlib:jdwp=transport=dt_socket']
    env:
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: t, key: t}}}
    - {name: DEBUG, value: 'true'}
    - {name: NODE_ENV, value: production}
    securityContext: {procMount: Unmasked, seLinuxOptions: {user: sysadm_u}}
    resources: {limits: {memory: 1Gi}}
    volumeMounts: [{name: d, mountPath: /d, readOnly: true}]
";

#[test]
fn what_loosens_a_pod_stands_where_it_is_written() {
    let of = |view: &str, fields: &[&str]| lines(view, fields, "a.yaml", POD);
    let at = "/spec/containers/name=c";
    assert_eq!(
        of("k8s.security-setting", &["container", "setting", "value"]),
        format!(
            "/spec/securityContext/windowsOptions/hostProcess - hostProcess true\n\
             /spec/securityContext/sysctls/name=kernel.msgmax/name - sysctl kernel.msgmax\n\
             {at}/securityContext/seLinuxOptions/user c seLinuxOptions.user sysadm_u\n\
             {at}/securityContext/procMount c procMount Unmasked\n\
             /metadata/annotations/container.apparmor.security.beta.kubernetes.io~1c c \
             appArmorProfile.type Unconfined\n"
        )
    );
    assert_eq!(
        of("k8s.volume", &["type", "path", "read_only"]),
        "/spec/volumes/name=s/secret secret - true\n\
         /spec/volumes/name=d/hostPath hostPath /var/run/docker.sock true\n\
         /spec/volumes/name=e emptyDir - true\n"
    );
    assert_eq!(
        of("k8s.secret-use", &["way", "name", "mode", "others", "writable"]),
        format!(
            "/spec/volumes/name=s/secret/defaultMode file s 0644 true false\n\
             {at}/args/0 argument TOKEN - - -\n"
        )
    );
    assert_eq!(
        of("k8s.container", &["image_registry", "pull_policy", "unbounded"]),
        format!("{at} docker.io Always [requests.cpu limits.cpu]\n")
    );
    assert_eq!(
        of("k8s.identity", &["owner", "kind", "identity"]),
        "/metadata/annotations/vault.hashicorp.com~1role pod/a vault.hashicorp.com/role \
         pay-staging\n/spec/imagePullSecrets/name=registry/name pod/a imagePullSecrets registry\n"
    );
    assert_eq!(
        of("debug.switch", &["name", "on"]),
        format!(
            "{at}/env/name=DEBUG/value DEBUG true\n{at}/env/name=NODE_ENV/value NODE_ENV false\n\
             {at}/args/1 -agentlib:jdwp=transport=dt_socket true\n"
        )
    );
    assert_eq!(of("k8s.podspec", &["old_account"]), "/spec true\n");
    assert_eq!(of("k8s.object", &["type", "namespace"]), " v1 Pod pay\n");
}

#[test]
fn a_mode_is_read_as_the_api_takes_it() {
    let mode = |text: &str| {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nspec:\n  volumes: [{{name: s, secret: {{defaultMode: {text}}}}}]\n  \
             containers: []\n"
        );
        let line = lines("k8s.secret-use", &["mode", "others", "writable"], "a.yaml", &pod);
        line.trim_end().rsplit_once("defaultMode ").unwrap().1.to_owned()
    };
    assert_eq!(mode("0440"), "0440 false false");
    assert_eq!(mode("0o440"), "0440 false false");
    assert_eq!(mode("288"), "0440 false false");
    assert_eq!(mode("420"), "0644 true false");
    assert_eq!(mode("0664"), "0664 true true");
}

#[test]
fn who_a_pod_runs_as_is_asked_of_whom_it_is_decided_by() {
    let decides = |pod: &str, container: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nspec:\n  securityContext: {{{pod}}}\n  containers: [{{name: c, \
             securityContext: {{{container}}}}}]\n"
        );
        let fields = ["setting", "container", "value", "decides"];
        let all = lines("k8s.run-as", &fields, "a.yaml", &text);
        let own = all.lines().filter(|line| line.contains(" runAsNonRoot "));
        own.map(|line| line.split_once(" runAsNonRoot ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        decides("runAsNonRoot: false", "runAsNonRoot: true"),
        ["- false false", "c true true"]
    );
    assert_eq!(decides("runAsNonRoot: true", ""), ["- true true"]);
    assert_eq!(decides("", ""), ["- - true"]);
}

#[test]
fn a_patch_that_shares_a_node_is_seen_without_its_containers() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: \
                 {hostPID: true}}}\n";
    assert_eq!(
        lines("k8s.host-access", &["owner", "way", "shared"], "a.yaml", patch),
        "/spec/template/spec/hostPID deployment/a hostPID true\n"
    );
}

#[test]
fn what_admission_does_is_ranked() {
    let fields = ["owner", "setting", "mode", "strict"];
    let kyverno = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec:\n  \
                   validationFailureAction: Audit\n  failurePolicy: Ignore\n  rules:\n  \
                   - {name: r, validate: {failureAction: Enforce}}\n";
    assert_eq!(
        lines("policy.enforcement", &fields, "a.yaml", kyverno),
        "/spec/validationFailureAction clusterpolicy/a validationFailureAction audit 1\n\
         /spec/failurePolicy clusterpolicy/a failurePolicy ignore 0\n\
         /spec/rules/name=r/validate/failureAction clusterpolicy/a validationFailureAction enforce 2\n"
    );
    let binding = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n\
                   metadata: {name: a}\nspec: {validationActions: [Warn, Deny]}\n";
    let said = lines("policy.enforcement", &fields, "a.yaml", binding);
    assert!(said.ends_with("validationActions deny, warn 2\n"), "{said}");
    let network =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {failurePolicy: x}\n";
    assert_eq!(lines("policy.enforcement", &fields, "a.yaml", network), "");
}

#[test]
fn the_first_provider_writes() {
    let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n\
                - resources: [secrets]\n  providers: [{identity: {}}, {aescbc: {keys: []}}]\n";
    let said = lines("k8s.encryption", &["resources", "first", "providers"], "e.yaml", text);
    assert!(said.ends_with(" [secrets] identity [identity aescbc]\n"), "{said}");
}

#[test]
fn snippets_are_told_from_other_annotations() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    \
                nginx.ingress.kubernetes.io/server-snippet: 'x'\n    \
                nginx.ingress.kubernetes.io/auth-url: 'http://a/#;'\n    \
                nginx.ingress.kubernetes.io/auth-signin: 'https://$host/#a'\n    \
                nginx.org/server-snippets: 'x'\n";
    let at = "/metadata/annotations/nginx.ingress.kubernetes.io~1";
    assert_eq!(
        lines("k8s.ingress-annotation", &["is_snippet"], "a.yaml", text),
        format!("{at}server-snippet true\n{at}auth-url true\n{at}auth-signin false\n")
    );
    let map = |value: &str| {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{allow-snippet-annotations: '{value}'}}\n"
        );
        lines("k8s.ingress-annotation", &["is_snippet"], "a.yaml", &text)
    };
    assert!(map("True").ends_with(" true\n") && map("false").ends_with(" false\n"));
}

#[test]
fn a_budget_that_lets_nobody_go_is_told() {
    let none = |spec: &str| {
        let text = format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: a}}\nspec: {{{spec}}}\n"
        );
        lines("k8s.disruption-budget", &["allows_none"], "a.yaml", &text)
    };
    for (spec, expected) in [
        ("maxUnavailable: 0", " true\n"),
        ("maxUnavailable: 0%", " true\n"),
        ("minAvailable: 100%", " true\n"),
        ("minAvailable: 1", " false\n"),
        ("maxUnavailable: 1", " false\n"),
    ] {
        assert_eq!(none(spec), expected, "{spec}");
    }
}

#[test]
fn a_credential_is_told_once_and_where_it_stands() {
    let of = |file: &str, text: &str| lines("secret.leaf", &["name", "class"], file, text);
    let mask = "driftseal.secret.password.0123456789abcdef";
    assert_eq!(
        of(
            "values.yaml",
            &format!("db: {{user: pay, password: {mask}}}\nurls: ['http://u:{mask}@h/']\n")
        ),
        "/db/password db.password password\n/urls/0 urls password\n"
    );
    // A variable is env.var's, a Secret is made for it, and a document inside is read as one.
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {{name: c, env: [{{name: PW, value: {mask}}}], \
         args: ['--pw={mask}']}}\n"
    );
    assert_eq!(
        of("a.yaml", &pod),
        format!("/spec/containers/name=c/args/0 spec.containers.args password\n")
    );
    let secret = format!("apiVersion: v1\nkind: Secret\nstringData: {{a: {mask}}}\n");
    assert_eq!(of("a.yaml", &secret), "");
    let map =
        format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a.yaml: |\n    a: 1\n    b: {mask}\n");
    assert_eq!(of("a.yaml", &map), "");
    assert_eq!(of("a.yaml", "a: driftseal\n"), "");
}

#[test]
fn what_is_fetched_says_whether_it_may_change() {
    let text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n\
                - https://github.com/a/b//c?ref=main\n- https://github.com/a/b//c?ref=v1.2.3\nhelmCharts:\n\
                - {name: redis, repo: 'https://a.example'}\n";
    let said = lines("source.pin", &["version", "fixed"], "kustomization.yaml", text);
    let said: Vec<&str> = said.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert_eq!(said, ["main false", "v1.2.3 true", "- false"]);
}
