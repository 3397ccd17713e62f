//! Kubernetes objects.

use crate::{all_differ, all_same, compare_files, differs, drift, drifts, same};

fn object(kind: &str, lines: &str) -> String {
    let version = crate::defaults::version(kind);
    format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: a\n{lines}\n")
}

fn deployment(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - {{name: app, {container}}}\n"
    )
}

#[test]
fn what_the_api_server_fills_in_is_a_default() {
    let cases = [
        (deployment("image: a:1"), deployment("image: a:1, imagePullPolicy: IfNotPresent")),
        (deployment("image: a"), deployment("image: a, imagePullPolicy: Always")),
        (deployment("image: 'r:5000/a'"), deployment("image: 'r:5000/a', imagePullPolicy: Always")),
        (deployment("image: a"), deployment("image: a, resources: {}, securityContext: {}")),
        (
            object("Service", "spec:\n  ports: [{port: 80}]"),
            object(
                "Service",
                "spec:\n  type: ClusterIP\n  ports: [{port: 80, protocol: TCP, targetPort: 80}]",
            ),
        ),
        (
            object("Service", "spec: {type: NodePort}"),
            object("Service", "spec: {type: NodePort, externalTrafficPolicy: Cluster}"),
        ),
        (
            object("Deployment", "spec: {}"),
            object(
                "Deployment",
                "spec:\n  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}",
            ),
        ),
        (object("Pod", "spec: {}"), object("Pod", "spec: {securityContext: {}}")),
    ];
    all_same("a.yaml", &cases);
}

#[test]
fn what_the_api_server_would_not_fill_in_is_drift() {
    let at = "/spec/template/spec/containers/name=app";
    let policy = vec![format!("{at}/imagePullPolicy")];
    let cases = [
        (
            deployment("image: a"),
            deployment("image: a, imagePullPolicy: IfNotPresent"),
            policy.clone(),
        ),
        (
            deployment("image: a:1"),
            deployment("image: a:1, imagePullPolicy: Always"),
            policy.clone(),
        ),
        (
            deployment("image: 'a@sha256:0'"),
            deployment("image: 'a@sha256:0', imagePullPolicy: Always"),
            policy,
        ),
        (
            deployment("image: a"),
            deployment("image: a, securityContext: {runAsUser: 0}"),
            vec![format!("{at}/securityContext")],
        ),
        (
            object("Service", "spec:\n  ports: [{port: 80}]"),
            object("Service", "spec:\n  ports: [{port: 80, targetPort: 8080}]"),
            vec!["/spec/ports/port=80,protocol=TCP/targetPort".to_owned()],
        ),
        (
            object("Service", "spec: {type: ClusterIP}"),
            object("Service", "spec: {type: ClusterIP, externalTrafficPolicy: Cluster}"),
            vec!["/spec/externalTrafficPolicy".to_owned()],
        ),
        (
            object("Deployment", "spec: {}"),
            object(
                "Deployment",
                "spec:\n  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 50%}}",
            ),
            vec!["/spec/strategy".to_owned()],
        ),
        (
            deployment("image: a"),
            deployment("image: a, readinessProbe: {periodSeconds: 10}"),
            vec![format!("{at}/readinessProbe")],
        ),
    ];
    all_differ("a.yaml", &cases);
}

#[test]
fn whoever_applies_an_object_names_the_namespace_of_one_that_names_none() {
    let none = object("Service", "spec: {x: 1}");
    let named = |name: &str| none.replace("  name: a", &format!("  name: a\n  namespace: {name}"));
    // They are the same object, if nobody names another one.
    differs("a.yaml", &none, &named("default"), &["/metadata/namespace"]);
    differs("a.yaml", &none, &named("shop"), &["", "/metadata/namespace"]);
    differs("a.yaml", &named("default"), &named("default").replace("x: 1", "x: 2"), &["/spec/x"]);
}

#[test]
fn string_data_is_data() {
    let secret = |lines: &str| object("Secret", lines);
    // `dG9rZW4=` is `token`, `b3RoZXI=` is `other`.
    same("a.yaml", &secret("stringData: {k: token}"), &secret("data: {k: dG9rZW4=}"));
    differs(
        "a.yaml",
        &secret("stringData: {k: token}"),
        &secret("data: {k: b3RoZXI=}"),
        &["/data", "/stringData"],
    );
    differs(
        "a.yaml",
        &secret("stringData: {k: token}"),
        &secret("data: {K: dG9rZW4=}"),
        &["/data", "/stringData"],
    );
    differs("a.yaml", &secret("data: {k: token}"), &secret("data: {k: dG9rZW4=}"), &["/data/k"]);
}

#[test]
fn members_of_published_lists_meet_whatever_their_order() {
    let policy = |members: &str| {
        object("ValidatingAdmissionPolicy", &format!("spec:\n  matchConditions: [{members}]"))
    };
    let (a, b) = ("{name: a, expression: x}", "{name: b, expression: y}");
    same("a.yaml", &policy(&format!("{a}, {b}")), &policy(&format!("{b}, {a}")));
    // A variable may use those before it.
    let variables = |members: &str| {
        object("ValidatingAdmissionPolicy", &format!("spec:\n  variables: [{members}]"))
    };
    differs(
        "a.yaml",
        &variables(&format!("{a}, {b}")),
        &variables(&format!("{b}, {a}")),
        &["/spec/variables"],
    );
}

#[test]
fn what_the_cluster_writes_is_generated() {
    let plain = object("Pod", "spec: {}");
    let live = plain.replace(
        "  name: a",
        "  name: a\n  uid: x\n  resourceVersion: '1'\n  creationTimestamp: '2026-01-01T00:00:00Z'\n  \
         managedFields: [{manager: kubectl}]\n  generation: 3",
    ) + "status: {phase: Running}\n";
    same("a.yaml", &plain, &live);
    let labelled = plain.replace("  name: a", "  name: a\n  labels: {a: b}");
    differs("a.yaml", &plain, &labelled, &["/metadata/labels"]);
}

#[test]
fn references_in_variables_depend_on_order() {
    let env = |members: &str| deployment(&format!("env: [{members}]"));
    let (host, url, other) =
        ("{name: HOST, value: a}", "{name: URL, value: 'http://$(HOST)'}", "{name: X, value: y}");
    let ordered = env(&format!("{host}, {url}, {other}"));
    same("a.yaml", &ordered, &env(&format!("{other}, {host}, {url}")));
    let at = "/spec/template/spec/containers/name=app/env";
    differs("a.yaml", &ordered, &env(&format!("{url}, {host}, {other}")), &[at]);
}

/// In a kind that nobody knows, a list of this name may be read in its order, and an amount may be
/// a name.
#[test]
fn what_is_said_of_pods_holds_in_kinds_that_have_some() {
    let (a, b) = ("{name: a, value: x}", "{name: b, value: y}");
    let of = |version: &str, kind: &str, spec: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{spec}}}\n")
    };
    let known = [
        ("apps/v1", "Deployment"),
        ("apps/v1beta1", "Deployment"),
        ("extensions/v1beta1", "DaemonSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("serving.knative.dev/v1", "Service"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
    ];
    let foreign = [
        ("example.org/v1", "Deployment"),
        ("example.org/v1", "Pipeline"),
        ("example.org/v1", "Rollout"),
        ("core.example.org/v1", "Service"),
    ];
    let lists = ["env", "containers", "volumes"].map(|list| {
        let spec = |members: &str| format!("template: {{spec: {{{list}: [{members}]}}}}");
        (
            spec(&format!("{a}, {b}")),
            spec(&format!("{b}, {a}")),
            format!("/spec/template/spec/{list}"),
        )
    });
    let amount = |text: &str| format!("resources: {{limits: {{cpu: {text}}}}}");
    let amounts = (amount("500m"), amount("'0.5'"), "/spec/resources/limits/cpu".to_owned());
    for (blue, green, path) in lists.iter().chain([&amounts]) {
        let pairs =
            known.map(|(version, kind)| (of(version, kind, blue), of(version, kind, green)));
        all_same("a.yaml", &pairs);
        let cases = foreign.map(|(version, kind)| {
            (of(version, kind, blue), of(version, kind, green), vec![path.clone()])
        });
        all_differ("a.yaml", &cases);
    }
}

#[test]
fn order_counts_in_long_lists_and_under_names_with_colours_too() {
    let hook = "lifecycle: {postStart: {exec: {command: [wait]}}}";
    let pod = |members: &[String]| {
        object("Pod", &format!("spec:\n  containers: [{}]", members.join(", ")))
    };
    let plain = |index: usize| format!("{{name: c{index}, image: 'a:1'}}");
    let mut members: Vec<String> = (0..300).map(plain).collect();
    let turned = |members: &[String]| {
        let mut members = members.to_vec();
        members.swap(280, 290);
        members
    };
    same("a.yaml", &pod(&members), &pod(&turned(&members)));
    members[290] = format!("{{name: proxy, image: 'p:1', {hook}}}");
    let at = ["/spec/containers"];
    differs("a.yaml", &pod(&members), &pod(&turned(&members)), &at);
    let colour =
        |colour: &str| [plain(1), format!("{{name: proxy-{colour}, image: 'p:1', {hook}}}")];
    let (blue, mut green) = (colour("blue"), colour("green"));
    let told = |green: &[String]| drift(&crate::compare("a.yaml", &pod(&blue), &pod(green)));
    assert_eq!(told(&green), [""; 0]);
    green.swap(0, 1);
    assert_eq!(told(&green), at);
}

#[test]
fn containers_wait_for_the_hook_of_one_before_them() {
    let pod = |members: &str| object("Pod", &format!("spec:\n  containers: [{members}]"));
    let proxy = "{name: proxy, image: 'p:1', lifecycle: {postStart: {exec: {command: [wait]}}}}";
    let (app, job) = ("{name: app, image: 'a:1'}", "{name: job, image: 'j:1'}");
    let ordered = pod(&format!("{proxy}, {app}, {job}"));
    same("a.yaml", &ordered, &pod(&format!("{proxy}, {job}, {app}")));
    differs("a.yaml", &ordered, &pod(&format!("{app}, {proxy}, {job}")), &["/spec/containers"]);
    let plain = |first, second| pod(&format!("{first}, {second}"));
    same("a.yaml", &plain(app, job), &plain(job, app));
}

#[test]
fn lists_of_other_kinds_are_not_taken_for_those_of_a_pod() {
    let chain = |list: &str| {
        format!("apiVersion: example.io/v1\nkind: Chain\nmetadata: {{name: a}}\nspec: {{{list}}}\n")
    };
    let claims = ["claims: [{name: a}, {name: b}]", "claims: [{name: b}, {name: a}]"];
    let conditions = ["conditions: [{type: a}, {type: b}]", "conditions: [{type: b}, {type: a}]"];
    differs("a.yaml", &chain(claims[0]), &chain(claims[1]), &["/spec/claims"]);
    let moved = ["/spec/conditions/0", "/spec/conditions/1"];
    differs("a.yaml", &chain(conditions[0]), &chain(conditions[1]), &moved);
    let status = |list: &str| chain("").replace("spec: {}", &format!("status: {{{list}}}"));
    same("a.yaml", &status(conditions[0]), &status(conditions[1]));
    let pod = |claims: &str| {
        object("Pod", &format!("spec:\n  containers: [{{name: a, resources: {{{claims}}}}}]"))
    };
    same("a.yaml", &pod(claims[0]), &pod(claims[1]));
}

#[test]
fn a_list_of_objects_is_its_objects() {
    let a = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: n}\nspec: {x: 1}\n";
    let b = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: n}\ndata: {k: v}\n";
    let list = "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ''}\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  \
                metadata: {name: b, namespace: n}\n  data: {k: v}\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a, \
                namespace: n}\n  spec: {x: 1}\n";
    let both = format!("{a}---\n{b}");
    let report = compare_files(&[("all.yaml", &both)], &[("all.yaml", list)]);
    assert_eq!(drift(&report), [""; 0]);
    assert_eq!(report.accounting.green.found, 2);
    assert_eq!(report.accounting.green.compared, 2);
    let other = list.replace("x: 1", "x: 2");
    let report = compare_files(&[("all.yaml", &both)], &[("all.yaml", &other)]);
    assert_eq!(drift(&report), ["/spec/x"]);
    let place = report.findings[0].places.green.as_ref().unwrap();
    assert_eq!(place.line, Some(12));
    // A list that says more than its members is a document of its own.
    let more = format!("{list}extra: 1\n");
    let report = compare_files(&[("all.yaml", list)], &[("all.yaml", &more)]);
    assert!(!drift(&report).is_empty());
}

/// A map with a hash of its content in its name, and a workload that uses it.
fn hashed(hash: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app-{hash}}}\ndata: {{level: {value}}}\n---\n{}",
        deployment(&format!("envFrom: [{{configMapRef: {{name: app-{hash}}}}}]"))
    )
}

#[test]
fn a_hash_in_a_name_is_recomputed() {
    // As kustomize 5 names them: `configMapGenerator` with literal level=info, level=debug.
    let (blue, green) = (hashed("k4b9tgf9m9", "info"), hashed("ck5fk26hc4", "debug"));
    differs("a.yaml", &blue, &green, &["/data/level"]);
    // A hash that is not that of the content is another name, and what names it follows.
    let forged = green.replace("ck5fk26hc4", "9g67k2htb6");
    let report = compare_files(&[("a.yaml", &blue)], &[("a.yaml", &forged)]);
    assert_eq!(drift(&report), ["", "/data/level"]);
    assert_eq!(report.alignment.names[0].uses, 2);
}

#[test]
fn custom_resources_are_read_as_their_controllers_read_them() {
    let cases = [
        (
            object("Rollout", "spec: {strategy: {canary: {steps: [{pause: {duration: 5m}}]}}}"),
            object("Rollout", "spec: {strategy: {canary: {steps: [{pause: {duration: 300s}}]}}}"),
        ),
        (
            object("Rollout", "spec: {strategy: {blueGreen: {activeService: a}}}"),
            object("Rollout", "spec: {strategy: {blueGreen: {activeService: a, autoPromotionEnabled: true}}}"),
        ),
        (
            object("AuthorizationPolicy", "spec: {rules: [{to: [{operation: {methods: [GET, PUT]}}]}, {from: [{source: {namespaces: [a]}}]}]}"),
            object("AuthorizationPolicy", "spec: {rules: [{from: [{source: {namespaces: [a]}}]}, {to: [{operation: {methods: [GET, PUT]}}]}]}"),
        ),
        (
            object("DestinationRule", "spec: {subsets: [{name: v1}, {name: v2}]}"),
            object("DestinationRule", "spec: {subsets: [{name: v2}, {name: v1}]}"),
        ),
        (
            object("OpenTelemetryCollector", "spec: {config: {}}"),
            object("OpenTelemetryCollector", "spec: {config: {}, mode: deployment, managementState: managed}"),
        ),
        (
            object("Canary", "spec: {analysis: {interval: 1m}}"),
            object("Canary", "spec: {analysis: {interval: 60s}, progressDeadlineSeconds: 600}"),
        ),
        (
            "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: a, annotations: {nginx.ingress.kubernetes.io/proxy-body-size: 8m}}\n".to_owned(),
            "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: a, annotations: {nginx.ingress.kubernetes.io/proxy-body-size: 8192k}}\n".to_owned(),
        ),
    ];
    all_same("a.yaml", &cases);
}

#[test]
fn custom_resources_drift_where_their_controllers_would_act_otherwise() {
    let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let (weight, pause) = ("{setWeight: 20}", "{pause: {}}");
    let steps = |first: &str, second: &str| {
        object(
            "Rollout",
            &format!("spec: {{strategy: {{canary: {{steps: [{first}, {second}]}}}}}}"),
        )
    };
    let report =
        compare_files(&[("a.yaml", &steps(weight, pause))], &[("a.yaml", &steps(pause, weight))]);
    assert!(!drift(&report).is_empty(), "steps run in order");
    let cases = [
        (
            object("Rollout", "spec: {strategy: {canary: {steps: [{pause: {duration: 5m}}]}}}"),
            object("Rollout", "spec: {strategy: {canary: {steps: [{pause: {duration: 5s}}]}}}"),
            owned(&["/spec/strategy/canary/steps/0/pause/duration"]),
        ),
        (
            object("Rollout", "spec: {strategy: {blueGreen: {activeService: a}}}"),
            object(
                "Rollout",
                "spec: {strategy: {blueGreen: {activeService: a, autoPromotionEnabled: false}}}",
            ),
            owned(&["/spec/strategy/blueGreen/autoPromotionEnabled"]),
        ),
        (
            object("AuthorizationPolicy", "spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}"),
            object("AuthorizationPolicy", "spec: {rules: [{to: [{operation: {methods: [PUT]}}]}]}"),
            owned(&["/spec/rules/0/to/0/operation/methods"]),
        ),
        (
            object("OpenTelemetryCollector", "spec: {config: {}}"),
            object("OpenTelemetryCollector", "spec: {config: {}, mode: daemonset}"),
            owned(&["/spec/mode"]),
        ),
    ];
    all_differ("a.yaml", &cases);
}

/// A rendered chart: a map of configuration, and a workload that names its checksum.
fn rendered(level: &str, checksum: &str) -> String {
    format!(
        "---\n# Source: shop/templates/configmap.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n\
         data:\n  level: {level}\n---\n# Source: shop/templates/deployment.yaml\n{}",
        deployment("image: a").replace(
            "  template:\n",
            &format!(
                "  template:\n    metadata: {{annotations: {{checksum/config: {checksum}}}}}\n"
            )
        )
    )
}

#[test]
fn the_checksum_of_a_rendered_template_is_recomputed() {
    let checksum = |level: &str| {
        let body = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\ndata:\n  level: {level}\n"
        );
        driftseal::model::Digest::of(body.as_bytes()).short(64)
    };
    let (info, debug) = (checksum("info"), checksum("debug"));
    differs("a.yaml", &rendered("info", &info), &rendered("debug", &debug), &["/data/level"]);
    // A checksum of anything else is drift, and so is one that was left behind.
    let at = "/spec/template/metadata/annotations/checksum~1config";
    let stale = rendered("debug", &checksum("warn"));
    differs("a.yaml", &rendered("info", &info), &stale, &["/data/level", at]);
}

#[test]
fn rules_of_a_role_are_a_set_in_its_own_group_only() {
    let role = |group: &str, rules: &str| {
        format!("apiVersion: {group}/v1\nkind: Role\nmetadata: {{name: a}}\nrules: [{rules}]\n")
    };
    let (get, list) = ("{resources: [a], verbs: [get]}", "{resources: [b], verbs: [list]}");
    let pair = |group: &str| {
        (role(group, &format!("{get}, {list}")), role(group, &format!("{list}, {get}")))
    };
    let (blue, green) = pair("rbac.authorization.k8s.io");
    same("role.yaml", &blue, &green);
    let (blue, green) = pair("acl.example.com");
    let drift = drifts("role.yaml", &[(blue, green)]);
    assert!(!drift[0].is_empty(), "{drift:?}");
}

#[test]
fn facts_hold_for_the_versions_they_were_read_in() {
    let set = |version: &str, strategy: &str| {
        format!(
            "apiVersion: {version}\nkind: StatefulSet\nmetadata: {{name: a}}\nspec: {{serviceName: a{strategy}}}\n"
        )
    };
    let rolling = ", updateStrategy: {type: RollingUpdate}";
    same("a.yaml", &set("apps/v1", ""), &set("apps/v1", rolling));
    same("a.yaml", &set("apps/v1beta2", ""), &set("apps/v1beta2", rolling));
    // In apps/v1beta1 none meant to wait for deletion, and another reader may not know the field.
    let told = ["/spec/updateStrategy"];
    differs("a.yaml", &set("apps/v1beta1", ""), &set("apps/v1beta1", rolling), &told);
    differs("a.yaml", &set("apps.kruise.io/v1", ""), &set("apps.kruise.io/v1", rolling), &told);
    let both = ["/apiVersion", "/spec/updateStrategy"];
    differs("a.yaml", &set("apps/v1beta1", ""), &set("apps/v1", rolling), &both);
    differs("a.yaml", &set("apps/v1", ""), &set("apps/v1beta1", rolling), &both);
}

#[test]
fn a_map_of_defaults_holds_none_that_another_field_has_to_allow() {
    let none = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let said = format!("{none}data: {{otlp-collector-port: '4317'}}\n");
    differs("a.yaml", none, &said, &["/data"]);
    let service = |spec: &str| object("Service", &format!("spec: {{x: 1{spec}}}"));
    let affinity = ", sessionAffinityConfig: {clientIP: {timeoutSeconds: 10800}}";
    differs("a.yaml", &service(""), &service(affinity), &["/spec/sessionAffinityConfig"]);
}
