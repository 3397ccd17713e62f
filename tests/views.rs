//! Views on documents as people write them: what they find, and that every item stands at the
//! exact place.

#[path = "views/cloud.rs"]
mod cloud;
#[path = "views/evidence.rs"]
mod evidence;
#[path = "views/kubernetes.rs"]
mod kubernetes;
#[path = "views/rollout.rs"]
mod rollout;
#[path = "views/tracing.rs"]
mod tracing;

use std::fmt::Write as _;

use driftseal::dialect::recognise;
use driftseal::facts::{Document, Fact, Item, Taken, VIEWS};
use driftseal::model::{Limits, Path, SourceId};
use driftseal::syntax;

/// Calls `read` with the items of a view over every document of a text.
fn with_items(view: &str, file: &str, text: &str, mut read: impl FnMut(&Item<'_>)) {
    let view = VIEWS.iter().find(|known| known.id == view).unwrap();
    let syntax = syntax::detect(file, text).unwrap();
    let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
    assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
    for document in &parsed.documents {
        let root = parsed.tree.root(document.root).unwrap();
        let known = recognise(file, syntax.id(), root);
        let document = Document {
            file,
            syntax: syntax.id(),
            dialect: known.dialect,
            identity: &known.identity,
            owner: &known.identity,
            base: Path::ROOT,
            root,
            beside: &[],
            taken: Taken::default(),
        };
        for item in (view.extract)(&document) {
            read(&item);
        }
    }
}

fn show(fact: Option<&Fact<'_>>) -> String {
    match fact {
        None => "-".to_owned(),
        Some(Fact::Bool(value)) => value.to_string(),
        Some(Fact::Number(number)) => number.as_str().to_owned(),
        Some(Fact::Text(text)) => text.to_string(),
        Some(Fact::Secret(secret)) => format!("secret {}", secret.class),
        Some(Fact::Unknown(_)) => "?".to_owned(),
        Some(Fact::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| show(Some(item))).collect();
            format!("[{}]", items.join(" "))
        }
        Some(Fact::Map(fields)) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}={}", show(Some(value)))).collect();
            format!("{{{}}}", fields.join(" "))
        }
    }
}

/// One line per item: its path, then the values of some fields.
fn lines(view: &str, fields: &[&str], file: &str, text: &str) -> String {
    let mut out = String::new();
    with_items(view, file, text, |item| {
        write!(out, "{}", item.place.path()).unwrap();
        for field in fields {
            let fact = field.split('.').try_fold(&*item.fact, |fact, key| fact.get(key));
            write!(out, " {}", show(fact)).unwrap();
        }
        out.push('\n');
    });
    out
}

const POD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec:
  replicas: 3
  template:
    spec:
      hostNetwork: true
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      volumes:
      - {name: logs, hostPath: {path: /var/log}}
      initContainers:
      - name: wait
        image: reg:5000/wait
        securityContext: {privileged: true, runAsUser: 0}
      containers:
      - name: app
        image: reg/pay:1.4@sha256:ab
        securityContext: {capabilities: {drop: [all], add: [CAP_CHOWN]}}
        resources: {limits: {memory: 1Gi}}
        readinessProbe: {httpGet: {path: /ready, port: 1}, failureThreshold: 5}
        env:
        - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: pw}}}
        - {name: TOKEN, value: driftseal.secret.token.0123456789abcdef}
        - {name: PSP_URL, value: 'https://api-mock.psp.example/v1'}
        - {name: OTEL_TRACES_EXPORTER, value: none}
        - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://otel:4317'}
        - {name: OTEL_TRACES_SAMPLER, value: traceidratio}
        - {name: OTEL_TRACES_SAMPLER_ARG, value: '0.10'}
";

#[test]
fn a_container_has_the_settings_in_force_for_it() {
    let fields = [
        "name",
        "role",
        "privileged",
        "run_as_non_root",
        "run_as_user",
        "seccomp",
        "image_tag",
        "image_digest",
        "probes",
    ];
    assert_eq!(
        lines("k8s.container", &fields, "pay.yaml", POD),
        "/spec/template/spec/containers/name=app app container false true - RuntimeDefault 1.4 \
         sha256:ab [readiness]\n\
         /spec/template/spec/initContainers/name=wait wait init true true 0 RuntimeDefault - - []\n"
    );
}

#[test]
fn settings_of_pods_stand_where_they_are_written_or_would_be() {
    assert_eq!(
        lines("k8s.run-as", &["container", "setting", "value"], "pay.yaml", POD),
        "/spec/template/spec/securityContext/runAsNonRoot - runAsNonRoot true\n\
         /spec/template/spec/securityContext/runAsUser - runAsUser -\n\
         /spec/template/spec/initContainers/name=wait/securityContext/runAsUser wait runAsUser 0\n\
         /spec/template/spec/securityContext/seccompProfile/type - seccompProfile.type \
         RuntimeDefault\n"
    );
    assert_eq!(
        lines("k8s.host-access", &["way", "what", "shared"], "pay.yaml", POD),
        "/spec/template/spec/hostNetwork hostNetwork - true\n\
         /spec/template/spec/hostPID hostPID - false\n\
         /spec/template/spec/hostIPC hostIPC - false\n\
         /spec/template/spec/volumes/name=logs/hostPath/path hostPath /var/log true\n"
    );
    let capabilities = lines("k8s.capability", &["list", "names"], "pay.yaml", POD);
    assert!(capabilities.starts_with(
        "/spec/template/spec/containers/name=app/securityContext/capabilities/add add [CHOWN]\n\
         /spec/template/spec/containers/name=app/securityContext/capabilities/drop drop [ALL]\n"
    ));
    assert_eq!(
        lines("k8s.probe", &["probe", "period", "failures"], "pay.yaml", POD),
        "/spec/template/spec/containers/name=app/readinessProbe readiness 10 5\n"
    );
    assert_eq!(
        lines("k8s.resource", &["bound", "resource", "amount"], "pay.yaml", POD),
        "/spec/template/spec/containers/name=app/resources/limits/memory limits memory 1Gi\n"
    );
    assert_eq!(
        lines("k8s.replicas", &["setting", "count"], "p.yaml", POD),
        "/spec/replicas replicas 3\n"
    );
}

#[test]
fn every_kind_with_a_pod_has_containers() {
    let pod = "{containers: [{name: app}]}";
    let cases = [
        ("Pod", pod.to_owned(), "/spec/containers/name=app app\n"),
        (
            "Rollout",
            format!("{{template: {{spec: {pod}}}}}"),
            "/spec/template/spec/containers/name=app app\n",
        ),
        (
            "CronJob",
            format!("{{jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}"),
            "/spec/jobTemplate/spec/template/spec/containers/name=app app\n",
        ),
        ("ConfigMap", "{}".to_owned(), ""),
    ];
    for (kind, spec, expected) in cases {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n");
        assert_eq!(lines("k8s.container", &["name"], "a.yaml", &text), expected, "{kind}");
    }
}

#[test]
fn variables_say_what_they_hold_but_no_secret() {
    let env = lines("env.var", &["name", "value", "is_secret", "class"], "pay.yaml", POD);
    let env: Vec<&str> = env.lines().take(3).collect();
    let at = "/spec/template/spec/containers/name=app/env";
    assert_eq!(
        env,
        [
            format!("{at}/name=DB_PASSWORD/valueFrom DB_PASSWORD - false reference"),
            format!("{at}/name=TOKEN/value TOKEN secret token true secret"),
            format!("{at}/name=PSP_URL/value PSP_URL https://api-mock.psp.example/v1 false url"),
        ]
    );
    let compose = "services:\n  pay:\n    image: pay\n    environment: [A=1, 'B=x=y', C]\n";
    assert_eq!(
        lines("env.var", &["process", "name", "value"], "compose.yaml", compose),
        "/services/pay/environment/A pay A 1\n/services/pay/environment/B pay B x=y\n\
         /services/pay/environment/C pay C -\n"
    );
}

#[test]
fn services_of_compose_reach_their_machine_where_they_say_so() {
    let compose = "services:\n  pay:\n    image: pay\n    privileged: true\n    pid: host\n    ipc: shareable\n    \
                   cap_add: [CAP_SYS_ADMIN, kill]\n    volumes: ['/var/run/docker.sock:/s', './a:/b', {type: bind, source: /srv, \
                   target: /d}, data:/e]\n    ports: ['80', '81:80', '127.0.0.1:82:80', '[::1]:83:80', '0.0.0.0:84:80', {target: 80, \
                   published: 85}, {target: 80, published: 86, host_ip: 10.0.0.1}]\n  safe:\n    image: pay\n    privileged: \
                   'false'\n    pid: 'service:pay'\n";
    let at = "/services/pay";
    let expected = [
        "/privileged pay privileged - -",
        "/pid pay pid host -",
        "/cap_add/=CAP_SYS_ADMIN pay capability SYS_ADMIN -",
        "/cap_add/=kill pay capability KILL -",
        "/volumes/0 pay mount /var/run/docker.sock -",
        "/volumes/2 pay mount /srv -",
        "/ports/1 pay port 81:80 true",
        "/ports/2 pay port 127.0.0.1:82:80 false",
        "/ports/3 pay port [::1]:83:80 false",
        "/ports/4 pay port 0.0.0.0:84:80 true",
        "/ports/5 pay port 85:80 true",
        "/ports/6 pay port 86:80 false",
    ];
    let expected = expected.map(|line| format!("{at}{line}\n")).concat();
    let fields = ["name", "way", "what", "everywhere"];
    assert_eq!(lines("compose.reach", &fields, "compose.yaml", compose), expected);
}

#[test]
fn tracing_stands_at_the_setting_that_decides() {
    let at = "/spec/template/spec/containers/name=app/env";
    assert_eq!(
        lines("sdk.tracing", &["enabled", "why", "endpoint"], "pay.yaml", POD),
        format!(
            "{at}/name=OTEL_TRACES_EXPORTER/value false OTEL_TRACES_EXPORTER http://otel:4317\n"
        )
    );
    assert_eq!(
        lines("sdk.sampling", &["parent_based", "ratio"], "pay.yaml", POD),
        format!("{at}/name=OTEL_TRACES_SAMPLER_ARG/value false 0.1\n")
    );
    assert_eq!(
        lines("sdk.propagation", &["propagators"], "pay.yaml", POD),
        format!("{at}/name=OTEL_PROPAGATORS [baggage tracecontext]\n")
    );
    assert_eq!(
        lines("transport.hop", &["encrypted", "loopback"], "pay.yaml", POD),
        format!("{at}/name=OTEL_EXPORTER_OTLP_ENDPOINT/value false false\n")
    );
}

#[test]
fn precedence_of_tracing_settings_is_the_specification_s() {
    let enabled =
        |text: &str| lines("sdk.tracing", &["enabled", "why"], "a.env", text).trim_end().to_owned();
    let cases = [
        ("OTEL_SDK_DISABLED=TRUE\n", "/OTEL_SDK_DISABLED false OTEL_SDK_DISABLED"),
        ("OTEL_SDK_DISABLED=1\n", "/OTEL_TRACES_EXPORTER true OTEL_TRACES_EXPORTER"),
        ("OTEL_TRACES_EXPORTER=\n", "/OTEL_TRACES_EXPORTER true OTEL_TRACES_EXPORTER"),
        (
            "OTEL_CONFIG_FILE=/etc/otel.yaml\nOTEL_SDK_DISABLED=true\n",
            "/OTEL_CONFIG_FILE ? OTEL_CONFIG_FILE",
        ),
        ("LOG_LEVEL=info\n", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(enabled(text), expected, "{text}");
    }
    let sampling = |text: &str| {
        lines("sdk.sampling", &["sampler", "ratio"], "a.env", text).trim_end().to_owned()
    };
    let cases = [
        ("OTEL_TRACES_SAMPLER_ARG=0.1\n", "/OTEL_TRACES_SAMPLER parentbased_always_on 1"),
        (
            "OTEL_TRACES_SAMPLER=traceidratio\nOTEL_TRACES_SAMPLER_ARG=7\n",
            "/OTEL_TRACES_SAMPLER_ARG traceidratio 1",
        ),
        (
            "OTEL_TRACES_SAMPLER=traceidratio\nOTEL_TRACES_SAMPLER_ARG=${R}\n",
            "/OTEL_TRACES_SAMPLER_ARG traceidratio ?",
        ),
        (
            "OTEL_TRACES_SAMPLER=parentbased_jaeger_remote\n",
            "/OTEL_TRACES_SAMPLER parentbased_jaeger_remote -",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(sampling(text), expected, "{text}");
    }
    let spring = "management.tracing.sampling.probability=0.2\n";
    assert_eq!(
        lines("sdk.sampling", &["ratio"], "application.properties", spring),
        "/management.tracing.sampling.probability 0.2\n"
    );
}

const COLLECTOR: &str = "\
receivers: {otlp: {protocols: {grpc: {tls: {cert_file: a, client_ca_file: b}}, http: {}}}}
processors:
  memory_limiter: {}
  attributes/pii: {actions: [{key: user.email, action: hash}, {key: colour, action: insert}]}
  redaction: {blocked_values: ['4[0-9]{12}']}
  tail_sampling: {policies: [{name: errors, type: status_code}]}
exporters:
  otlp/a: {endpoint: 'tempo:4317', tls: {insecure: true}}
  otlp/b: {endpoint: 'tempo:4317', tls: {insecure: true, ca_file: c}, sending_queue: {enabled: false}}
  otlphttp: {endpoint: 'http://logs:4318'}
connectors: {spanmetrics: {}}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, redaction]
      exporters: [otlp/a, spanmetrics]
";

#[test]
fn a_collector_is_read_as_the_collector_reads_it() {
    let read = |view, fields: &[&str]| lines(view, fields, "otel.yaml", COLLECTOR);
    assert_eq!(
        read("otel.pipeline", &["signal", "connectors"]),
        "/service/pipelines/traces traces [spanmetrics]\n"
    );
    assert_eq!(
        read("otel.step", &["type", "before"]),
        "/service/pipelines/traces/processors/=memory_limiter memory_limiter []\n\
         /service/pipelines/traces/processors/=redaction redaction [memory_limiter]\n"
    );
    assert_eq!(
        read("transport.hop", &["name", "encrypted"]),
        "/exporters/otlp~1a/tls/insecure otlp/a false\n\
         /exporters/otlp~1b/tls/insecure otlp/b true\n\
         /exporters/otlphttp/endpoint otlphttp false\n"
    );
    assert_eq!(
        read("otel.scrub", &["measure", "what"]),
        "/processors/attributes~1pii/actions/key=user.email hash user.email\n\
         /processors/redaction/blocked_values/=4[0-9]{12} blocked_values 4[0-9]{12}\n"
    );
    assert_eq!(
        read("otel.policy", &["name"]),
        "/processors/tail_sampling/policies/name=errors errors\n"
    );
    assert_eq!(
        read("otel.receiver", &["protocol", "mtls"]),
        "/receivers/otlp/protocols/grpc grpc true\n/receivers/otlp/protocols/http http false\n"
    );
    let delivery = read("otel.delivery", &["exporter", "enabled", "pipelines"]);
    assert!(
        delivery.contains("/exporters/otlp~1a/sending_queue/enabled otlp/a true [traces]\n")
            && delivery.contains("/exporters/otlp~1b/sending_queue/enabled otlp/b false []\n")
    );
}

#[test]
fn transport_settings_are_found_in_every_syntax() {
    let nginx = "server {\n    ssl_protocols TLSv1 TLSv1.2;\n    location / {\n        \
                 proxy_ssl_verify off;\n        proxy_read_timeout 30s;\n    }\n}\n";
    assert_eq!(
        lines("tls.listener", &["lowest", "form"], "nginx.conf", nginx),
        "/server/ssl_protocols TLSv1 list\n"
    );
    assert_eq!(
        lines("tls.client", &["verifies"], "nginx.conf", nginx),
        "/server/location ~1/proxy_ssl_verify false\n"
    );
    assert_eq!(
        lines("config.timeout", &["duration"], "nginx.conf", nginx),
        "/server/location ~1/proxy_read_timeout 30s\n"
    );
    let toml = "min_version = '1.0'\n[tls]\nmin_version = '1.2'\n[database]\npool = 32\n";
    assert_eq!(lines("tls.listener", &["lowest"], "a.toml", toml), "/tls/min_version TLSv1.2\n");
    assert_eq!(lines("config.pool", &["size"], "a.toml", toml), "/database/pool 32\n");
    let properties = "spring.datasource.url=jdbc:postgresql://db.example/p?sslmode=require\n";
    assert_eq!(
        lines("tls.client", &["sslmode", "verifies"], "application.properties", properties),
        "/spring.datasource.url require -\n"
    );
    let sshd = "PermitRootLogin without-password\nPermitRootLogin yes\n";
    assert_eq!(
        lines("sshd.config", &["keyword", "value"], "sshd_config", sshd),
        "/PermitRootLogin permitrootlogin prohibit-password\n"
    );
}

#[test]
fn an_endpoint_tells_a_stand_in_and_no_listener() {
    let env = "PSP_URL=https://sandbox.psp.example/v1\nDOCS_URL=https://docs.example/sandbox\n\
               BIND_ADDR=0.0.0.0:8080\nLISTEN_HOST=10.0.0.1:80\nDB_HOST=db.example\n\
               VERSION=1.2.3\nAPI_URL=https://${HOST}/\n";
    assert_eq!(
        lines("endpoint.outbound", &["host", "stand_in"], "a.env", env),
        "/PSP_URL sandbox.psp.example sandbox\n/DOCS_URL docs.example -\n/DB_HOST db.example -\n\
         /API_URL ? -\n"
    );
    let modes = "app.psp.mode=test\nlog.mode=test\napp.dry-run=false\nPAYMENTS_ENV=${E}\n";
    assert_eq!(
        lines("integration.mode", &["rehearsal"], "application.properties", modes),
        "/app.psp.mode true\n/app.dry-run false\n/PAYMENTS_ENV ?\n"
    );
}

#[test]
fn audit_settings_are_told_by_the_keys_around_them() {
    let json =
        r#"{"audit": {"enabled": true, "retentionDays": 400}, "cache": {"retentionDays": 1}}"#;
    assert_eq!(
        lines("audit.setting", &["aspect", "enabled", "retention"], "a.json", json),
        "/audit/enabled enabled true -\n/audit/retentionDays retention - 400d\n"
    );
}

#[test]
fn the_keys_and_annotations_of_ingress_nginx_say_what_is_traced() {
    let fields = ["source", "aspect", "value", "level"];
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  enable-opentelemetry: 'true'\n  \
               opentelemetry-trust-incoming-span: 'false'\n  other: 'true'\n";
    assert_eq!(
        lines("edge.tracing", &fields, "a.yaml", map),
        "/data/enable-opentelemetry ingress-nginx switch true 100\n\
         /data/opentelemetry-trust-incoming-span ingress-nginx context false 50\n"
    );
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    \
                   nginx.ingress.kubernetes.io/enable-opentelemetry: 'false'\n";
    assert_eq!(
        lines("edge.tracing", &fields, "a.yaml", ingress),
        "/metadata/annotations/nginx.ingress.kubernetes.io~1enable-opentelemetry ingress-nginx switch false 0\n"
    );
}

#[test]
fn a_key_written_twice_is_one_item_at_the_later_place() {
    let text = "LOG_LEVEL=info\nA=1\nA=1\nLOG_LEVEL=debug\n";
    assert_eq!(
        lines("syntax.duplicate-key", &["key", "first", "place", "later", "same"], "a.env", text),
        "/A A 1 on line 2 1 true\n/LOG_LEVEL LOG_LEVEL info on line 1 debug false\n"
    );
    with_items("syntax.duplicate-key", "a.env", text, |item| {
        let (start, end) = item.span.unwrap();
        let value = &text[start as usize..end as usize];
        assert!(value == "1" || value == "debug", "{value}");
    });
}

#[test]
fn a_security_setting_of_another_type_is_told_where_it_stands() {
    let of = |text: &str| lines("k8s.mistyped", &["expected", "found", "fits"], "a.yaml", text);
    let pod =
        |spec: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n");
    let container = |said: &str| pod(&format!("{{containers: [{{name: c, image: b, {said}}}]}}"));
    let (at, inner) = ("/spec/containers/name=c", "securityContext");
    for (text, expected) in [
        (pod("[hostNetwork]"), "/spec a map a list false".to_owned()),
        (pod("x"), "/spec a map a text false".to_owned()),
        (pod("{securityContext: 'a: b'}"), "/spec/securityContext a map a text false".to_owned()),
        (pod("{hostNetwork: 'true'}"), "/spec/hostNetwork a boolean a text false".to_owned()),
        (pod("{hostNetwork: '${A}'}"), "/spec/hostNetwork a boolean a text ?".to_owned()),
        (pod("{containers: {name: c}}"), "/spec/containers a list a map false".to_owned()),
        (
            container("securityContext: \"privileged:true\""),
            format!("{at}/{inner} a map a text false"),
        ),
        (
            container("securityContext: {privileged: 1}"),
            format!("{at}/{inner}/privileged a boolean a number false"),
        ),
        (
            container("securityContext: {capabilities: [ALL]}"),
            format!("{at}/{inner}/capabilities a map a list false"),
        ),
        (
            container("securityContext: {capabilities: {drop: ALL}}"),
            format!("{at}/{inner}/capabilities/drop a list a text false"),
        ),
        (
            container("securityContext: {runAsUser: \"0\"}"),
            format!("{at}/{inner}/runAsUser a number a text false"),
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec: {template: [a]}\n".to_owned(),
            "/spec/template a map a list false".to_owned(),
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {tls: {hosts: [a]}}\n"
                .to_owned(),
            "/spec/tls a list a map false".to_owned(),
        ),
        (
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nspec: {mtls: STRICT}\n"
                .to_owned(),
            "/spec/mtls a map a text false".to_owned(),
        ),
    ] {
        assert_eq!(of(&text).trim_end(), expected, "{text}");
    }
    for text in [
        container("securityContext: {privileged: yes, runAsUser: 0, capabilities: {drop: [ALL]}}"),
        container("securityContext: ~"),
        pod("{securityContext: , hostNetwork: null}"),
        // Not a pod of Kubernetes.
        "apiVersion: example.org/v1\nkind: Job\nspec: {template: text}\n".to_owned(),
    ] {
        assert_eq!(of(&text), "", "{text}");
    }
}

#[test]
fn every_view_is_documented_and_gives_only_its_fields() {
    let mut ids: Vec<&str> = VIEWS.iter().map(|view| view.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), VIEWS.len());
    for view in VIEWS {
        assert!(!view.about.is_empty() && !view.fields.is_empty(), "{}", view.id);
        for (name, meaning) in view.fields {
            assert!(!name.is_empty() && !meaning.is_empty(), "{}: {name}", view.id);
        }
        let known =
            |key: &str| view.fields.iter().any(|(name, _)| name.split('.').next() == Some(key));
        for (file, text) in [("pay.yaml", POD), ("otel.yaml", COLLECTOR)] {
            with_items(view.id, file, text, |item| {
                let Fact::Map(fields) = &*item.fact else { panic!("{}: no map", view.id) };
                for (key, _) in fields {
                    assert!(known(key), "{}: {key} is not documented", view.id);
                }
            });
        }
    }
}

#[test]
fn clients_of_vendors_say_in_their_words_what_an_sdk_is_told() {
    let fields = ["service", "exporters", "endpoint", "encrypted", "sampler", "propagators"];
    let jaeger = "JAEGER_SERVICE_NAME=pay\nJAEGER_ENDPOINT=http://j:14268/api/traces\nJAEGER_PROPAGATION=w3c,b3\n";
    assert_eq!(
        lines("sdk.export", &fields, "pay.env", jaeger),
        "/JAEGER_ENDPOINT pay [jaeger] http://j:14268/api/traces false parentbased_jaeger_remote [b3 tracecontext]\n"
    );
    let datadog = "DD_SERVICE=pay\nDD_TRACE_AGENT_URL=https://dd:8126\nDD_TRACE_PROPAGATION_STYLE=b3\n\
                   DD_TRACE_PROPAGATION_STYLE_INJECT=tracecontext\n";
    assert_eq!(
        lines("sdk.propagation", &fields, "pay.env", datadog),
        "/DD_TRACE_PROPAGATION_STYLE_INJECT pay [datadog] https://dd:8126 true parentbased_datadog_agent \
         [tracecontext]\n"
    );
    // What moved to an SDK is read as that.
    let moved = format!("{jaeger}OTEL_TRACES_EXPORTER=none\n");
    assert!(!lines("sdk.export", &fields, "pay.env", &moved).contains("jaeger"));
}

#[test]
fn nginx_says_which_headers_it_sends_what_it_gives_away_and_how_it_logs() {
    let nginx = "http {\n  log_format main '$remote_addr $otel_trace_id';\n  server_tokens on;\n  \
                 server {\n    ssl_ciphers HIGH:3DES;\n    add_header Strict-Transport-Security \
                 \"max-age=60; preload\";\n    add_header X-Frame-Options DENY;\n    location /a { \
                 proxy_pass http://a; }\n    location /b { add_header X-B 1; alias /data/; }\n  }\n}\n";
    assert_eq!(
        lines("nginx.header", &["block", "own", "security", "hsts_age"], "nginx.conf", nginx),
        "/http/add_header http false [] -\n\
         /http/server/add_header server true [strict-transport-security x-frame-options] 60\n\
         /http/server/location ~1a/add_header location /a false [strict-transport-security \
         x-frame-options] 60\n\
         /http/server/location ~1b/add_header location /b true [] -\n"
    );
    assert_eq!(
        lines("nginx.weakness", &["block", "kind"], "nginx.conf", nginx),
        "/http/server_tokens http version\n/http/server/location ~1b/alias location /b \
         alias-traversal\n"
    );
    assert_eq!(
        lines("tls.ciphers", &["weak"], "nginx.conf", nginx),
        "/http/server/ssl_ciphers [3DES]\n"
    );
    assert_eq!(
        lines("log.correlation", &["name", "correlated"], "nginx.conf", nginx),
        "/http/log_format http.log_format main true\n"
    );
    let properties = "logging.pattern.console=%d %X{trace_id} %m\nlogging.pattern.dateformat=HH\n\
                      DD_LOGS_INJECTION=${X}\nserver.ssl.ciphers=${CIPHERS}\n";
    assert_eq!(
        lines("log.correlation", &["correlated"], "application.properties", properties),
        "/logging.pattern.console true\n/DD_LOGS_INJECTION ?\n"
    );
    assert_eq!(
        lines("tls.ciphers", &["weak"], "application.properties", properties),
        "/server.ssl.ciphers ?\n"
    );
}
