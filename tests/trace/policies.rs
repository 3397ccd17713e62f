//! Network policies on the way of spans: what shuts it, and what must not be taken for shut.

use driftseal::model::{EndKind, Report};

use super::full;
use super::memory::audit_texts;

const PAY: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec:
  selector: {matchLabels: {app: pay}}
  template:
    metadata: {labels: {app: pay}}
    spec:
      HOSTcontainers:
        - name: pay
          image: registry.example.internal/pay:1
          env:
            - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: \"http://otel.observability:4317\"}
";

const COLLECTOR: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: otel, namespace: observability}
data:
  config.yaml: |
    receivers: {otlp: {protocols: {grpc: {endpoint: \"0.0.0.0:14317\"}}}}
    exporters: {otlp_grpc: {endpoint: \"tempo.example.internal:4317\"}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: otel, namespace: observability}
spec:
  selector: {matchLabels: {app: otel}}
  template:
    metadata: {labels: {app: otel}}
    spec:
      containers:
        - name: otel
          image: otel/opentelemetry-collector-contrib:0.153.0
          args: [\"--config=/conf/config.yaml\"]
          ports: [{name: grpc, containerPort: 14317}]
          volumeMounts: [{name: config, mountPath: /conf}]
      volumes: [{name: config, configMap: {name: otel}}]
---
apiVersion: v1
kind: Service
metadata: {name: otel, namespace: observability}
spec:
  selector: {app: otel}
  ports: [{port: 4317, targetPort: 14317}]
";

fn policy(namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: \
         {namespace}}}\nspec: {spec}\n"
    )
}

fn audit(pay: &str, policy: &str) -> Report {
    let pay = pay.replace("HOST", "");
    let files = [("pay.yaml", pay.as_str()), ("otel.yaml", COLLECTOR), ("policy.yaml", policy)];
    audit_texts(&files, &files, &full())
}

/// Why spans of the service are lost; nothing where they arrive.
fn shut(namespace: &str, spec: &str) -> Option<String> {
    let report = audit(PAY, &policy(namespace, spec));
    let path = report.trace.services[0].paths.green.clone().unwrap();
    let end = path.end().unwrap();
    (end.kind == EndKind::Broken).then(|| end.reason.clone())
}

const DNS: &str = "{ports: [{protocol: UDP, port: 53}]}";

#[test]
fn what_a_policy_allows_passes_by_the_port_of_the_pods() {
    let to = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: observability}}}";
    for port in ["14317", "grpc", "14000, endPort: 15000"] {
        let rule = format!("{{to: [{to}], ports: [{{port: {port}}}]}}");
        let spec = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}, {DNS}]}}");
        assert_eq!(shut("shop", &spec), None, "{port}");
    }
    // The port of the Service is not that of the pods.
    let rule = format!("{{to: [{to}], ports: [{{port: 4317}}]}}");
    let spec = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}, {DNS}]}}");
    assert!(shut("shop", &spec).unwrap().contains("no network policy lets deployment/pay send"));
}

#[test]
fn who_may_not_look_up_names_sends_nothing() {
    let anywhere = "{ports: [{port: 14317}]}";
    let spec = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{anywhere}]}}");
    assert!(shut("shop", &spec).unwrap().contains("from looking up names"));
    // OpenShift's resolver listens on another port, in another namespace.
    let openshift = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \
                     openshift-dns}}}], ports: [{protocol: UDP, port: 5353}]}";
    let spec =
        format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{anywhere}, {openshift}]}}");
    assert_eq!(shut("shop", &spec), None);
}

#[test]
fn a_policy_of_other_pods_or_another_direction_shuts_nothing() {
    let cases = [
        ("shop", "{podSelector: {matchLabels: {app: cart}}, policyTypes: [Egress]}"),
        ("shop", "{podSelector: {}, policyTypes: [Ingress]}"),
        ("observability", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"),
        ("billing", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
    ];
    for (namespace, spec) in cases {
        assert_eq!(shut(namespace, spec), None, "{namespace} {spec}");
    }
}

#[test]
fn what_cannot_be_told_is_not_taken_for_shut() {
    let from = |peer: &str| {
        format!("{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}")
    };
    // Whether a pod has an address of a block, and a namespace a label, only the cluster knows.
    for peer in ["{ipBlock: {cidr: 10.0.0.0/8}}", "{namespaceSelector: {matchLabels: {tier: app}}}"]
    {
        assert_eq!(shut("observability", &from(peer)), None, "{peer}");
    }
    let closed = from("{podSelector: {matchLabels: {app: pay}}}");
    assert!(shut("observability", &closed).unwrap().contains("take what deployment/pay sends"));
    let named = from("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: billing}}}");
    assert!(shut("observability", &named).is_some());
}

#[test]
fn pods_on_the_network_of_their_node_are_left_alone() {
    let network = "hostNetwork: true\n      dnsPolicy: ClusterFirstWithHostNet\n      ";
    let pay = PAY.replace("HOST", network);
    let spec = "{podSelector: {}, policyTypes: [Egress]}";
    let report = audit(&pay, &policy("shop", spec));
    let path = report.trace.services[0].paths.green.clone().unwrap();
    assert_eq!(path.kind(), EndKind::Backend);
    let spec = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}";
    let report = audit(&pay, &policy("observability", spec));
    let path = report.trace.services[0].paths.green.clone().unwrap();
    assert_eq!(path.kind(), EndKind::Backend);
}
