//! kustomize, Helm, Terraform.

use crate::{all_differ, all_same, compare, compare_files, differs, drift, same};

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(blue, green)| ((*blue).to_owned(), (*green).to_owned())).collect()
}

fn cases(cases: &[(&str, &str, &[&str])]) -> Vec<(String, String, Vec<String>)> {
    let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    cases
        .iter()
        .map(|(blue, green, paths)| ((*blue).to_owned(), (*green).to_owned(), owned(paths)))
        .collect()
}

#[test]
fn kustomizations_mean_the_same_in_another_order_where_order_is_nothing() {
    all_same(
        "kustomization.yaml",
        &owned(&[
            ("resources: [a.yaml, b.yaml]\n", "resources: [b.yaml, a.yaml]\n"),
            (
                "images:\n- {name: a, newTag: '1'}\n- {name: b, newTag: '2'}\n",
                "images:\n- {name: b, newTag: '2'}\n- {name: a, newTag: '1'}\n",
            ),
            (
                "configMapGenerator:\n- {name: c, literals: [A=1, B=2]}\n",
                "configMapGenerator:\n- {name: c, behavior: create, literals: [B=2, A=1]}\n",
            ),
            (
                "resources: [a.yaml]\n",
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
            ),
        ]),
    );
    all_differ(
        "kustomization.yaml",
        &cases(&[
            (
                "resources: [a.yaml, b.yaml]\n",
                "resources: [a.yaml, c.yaml]\n",
                &["/resources/=b.yaml", "/resources/=c.yaml"],
            ),
            ("components: [a, b]\n", "components: [b, a]\n", &["/components"]),
            (
                "images: [{name: a, newTag: '1'}]\n",
                "images: [{name: a, newTag: '2'}]\n",
                &["/images/name=a/newTag"],
            ),
            (
                "configMapGenerator: [{name: c, literals: [A=1]}]\n",
                "configMapGenerator: [{name: c, literals: [A=2]}]\n",
                &["/configMapGenerator/name=c/literals/A"],
            ),
            (
                "configMapGenerator: [{name: c}]\n",
                "configMapGenerator: [{name: c, behavior: merge}]\n",
                &["/configMapGenerator/name=c/behavior"],
            ),
        ]),
    );
}

#[test]
fn a_kustomization_is_known_by_its_folder() {
    let text = "resources: [a.yaml]\n";
    let report = compare_files(&[("x/kustomization.yaml", text)], &[("x/kustomization.yml", text)]);
    assert_eq!(drift(&report), [""; 0]);
    let report =
        compare_files(&[("x/kustomization.yaml", text)], &[("y/kustomization.yaml", text)]);
    assert_eq!(drift(&report), [""]);
}

#[test]
fn charts_are_known_by_name_and_their_dependencies_too() {
    let chart = |dependencies: &str| {
        format!("apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{dependencies}]\n")
    };
    let (a, b) = ("{name: a, version: 1.0.0}", "{name: b, version: 1.0.0}");
    let blue = chart(&format!("{a}, {b}"));
    same("Chart.yaml", &blue, &chart(&format!("{b}, {a}")));
    same("Chart.yaml", &blue, &format!("{blue}type: application\n"));
    differs("Chart.yaml", &blue, &format!("{blue}type: library\n"), &["/type"]);
    let other = chart(&format!("{a}, {{name: b, version: 1.0.1}}"));
    differs("Chart.yaml", &blue, &other, &["/dependencies/name=b/version"]);
    let report = compare_files(&[("old/Chart.yaml", &blue)], &[("new/Chart.yaml", &blue)]);
    assert_eq!(drift(&report), [""; 0]);
}

#[test]
fn values_are_read_as_the_fields_they_become() {
    let values = |lines: &str| format!("image: {{tag: a}}\n{lines}\n");
    all_same(
        "values.yaml",
        &[
            (
                values("resources: {limits: {cpu: 500m}}"),
                values("resources: {limits: {cpu: '0.5'}}"),
            ),
            (values("a: yes"), values("a: true")),
        ],
    );
    differs(
        "values.yaml",
        &values("resources: {limits: {cpu: 500m}}"),
        &values("resources: {limits: {cpu: 500}}"),
        &["/resources/limits/cpu"],
    );
    // The configuration of a collector is one of its own.
    let collector = |receivers: &str| {
        format!(
            "config:\n  receivers: {{otlp: , jaeger: }}\n  exporters: {{debug: }}\n  service:\n    pipelines:\n      \
             traces: {{receivers: [{receivers}], exporters: [debug]}}\n"
        )
    };
    same("values.yaml", &collector("otlp, jaeger"), &collector("jaeger, otlp"));
    let at = "/config/service/pipelines/traces/receivers/=jaeger";
    differs("values.yaml", &collector("otlp, jaeger"), &collector("otlp"), &[at]);
}

#[test]
fn resources_of_a_plan_meet_by_address() {
    let change = |address: &str, size: u32| {
        format!(
            "{{\"address\": \"{address}\", \"name\": \"x\", \"change\": {{\"after\": {{\"size\": {size}}}}}}}"
        )
    };
    let plan = |time: &str, changes: &[String]| {
        format!(
            "{{\"format_version\": \"1.2\", \"timestamp\": \"{time}\", \"resource_changes\": [{}]}}",
            changes.join(",")
        )
    };
    let blue = plan("2026-01-01", &[change("a.x", 1), change("b.x", 2)]);
    same("plan.json", &blue, &plan("2026-01-02", &[change("b.x", 2), change("a.x", 1)]));
    let other = plan("2026-01-01", &[change("a.x", 1), change("b.x", 3)]);
    differs("plan.json", &blue, &other, &["/resource_changes/address=b.x/change/after/size"]);
    let swapped = plan("2026-01-01", &[change("a.x", 2), change("b.x", 1)]);
    let at = |name: &str| format!("/resource_changes/address={name}/change/after/size");
    differs("plan.json", &blue, &swapped, &[&at("a.x"), &at("b.x")]);
}

#[test]
fn what_a_resource_was_before_it_is_replaced_is_another_object_of_its_address() {
    let resource = |deposed: &str, size: u32| {
        format!("{{\"address\": \"a.x\", {deposed}\"values\": {{\"size\": {size}}}}}")
    };
    let state = |resources: &[String]| {
        format!(
            "{{\"format_version\": \"1.0\", \"terraform_version\": \"1.9.8\", \"values\": {{\"root_module\": {{\"resources\": [{}]}}}}}}",
            resources.join(",")
        )
    };
    let (current, deposed) = (resource("", 1), resource("\"deposed_key\": \"00\", ", 2));
    let blue = state(&[current.clone(), deposed.clone()]);
    same("state.json", &blue, &state(&[deposed, current.clone()]));
    let other = state(&[current, resource("\"deposed_key\": \"00\", ", 3)]);
    let at = "/values/root_module/resources/address=a.x,deposed_key=00/values/size";
    differs("state.json", &blue, &other, &[at]);
}

#[test]
fn keywords_of_sshd_are_spelled_in_any_case_and_their_arguments_are_not() {
    all_same(
        "sshd_config",
        &owned(&[
            ("PermitRootLogin no\n", "permitrootlogin no\n"),
            ("Match User root\n  PermitTTY no\n", "match User root\n  permittty no\n"),
            ("Port 22\n", "Port 22\nStrictModes yes\n"),
        ]),
    );
    differs("sshd_config", "Port 22\n", "Port 22\nStrictModes no\n", &["/StrictModes"]);
    // What is absent here may stand in what is included, or in what includes this.
    let include = "Include /etc/ssh/sshd_config.d/*.conf\n";
    let strict = format!("{include}StrictModes yes\n");
    differs("sshd_config", include, &strict, &["/StrictModes"]);
    let part = "PermitRootLogin no\nX11Forwarding no\n";
    differs(
        "10-hardening.conf",
        "PermitRootLogin no\nPort 22\n",
        &format!("{part}Port 22\n"),
        &["/X11Forwarding"],
    );
    let report = compare_files(
        &[("sshd_config", "PermitRootLogin no\n")],
        &[("sshd_config", "permitrootlogin yes\n")],
    );
    assert_eq!(drift(&report), ["/PermitRootLogin"]);
    let report = compare_files(
        &[("sshd_config", "Match User root\n  PermitTTY no\n")],
        &[("sshd_config", "Match User Root\n  PermitTTY no\n")],
    );
    assert!(!drift(&report).is_empty());
}

#[test]
fn spring_binds_its_own_properties_in_any_spelling() {
    all_same(
        "application.properties",
        &owned(&[
            (
                "spring.servlet.multipart.max-file-size=10MB\n",
                "spring.servlet.multipart.maxFileSize=10MB\n",
            ),
            (
                "spring.servlet.multipart.max-file-size=10MB\n",
                "spring.servlet.multipart.max-file-size=10240KB\n",
            ),
            ("spring.jpa.open-in-view=false\n", "spring.jpa.open_in_view=false\n"),
            ("server.port=80\n", "server.port=80\nmanagement.tracing.sampling.probability=0.1\n"),
            (
                "server.ssl.enabled-protocols=TLSv1.2,TLSv1.3\n",
                "server.ssl.enabled-protocols=TLSv1.3,TLSv1.2\n",
            ),
        ]),
    );
    all_differ(
        "application.properties",
        &cases(&[
            (
                "spring.servlet.multipart.max-file-size=10MB\n",
                "spring.servlet.multipart.max-file-size=10KB\n",
                &["/spring.servlet.multipart.max-file-size"],
            ),
            (
                "server.port=80\n",
                "server.port=80\nmanagement.tracing.sampling.probability=1.0\n",
                &["/management.tracing.sampling.probability"],
            ),
            // What the application makes of a property is not known.
            (
                "spring.application.name=a\nversion=1.10\n",
                "spring.application.name=a\nversion=1.1\n",
                &["/version"],
            ),
            // Keys of a map, and what an application may ask for by one spelling only.
            (
                "spring.kafka.properties.a-b=1\n",
                "spring.kafka.properties.aB=1\n",
                &["/spring.kafka.properties.a-b", "/spring.kafka.properties.aB"],
            ),
            (
                "spring.application.name=a\napp.a-b=1\n",
                "spring.application.name=a\napp.aB=1\n",
                &["/app.a-b", "/app.aB"],
            ),
        ]),
    );
    let nested = |key: &str, value: &str| {
        format!("management:\n  tracing:\n    sampling: {{{key}: {value}}}\n")
    };
    same("application.yml", &nested("probability", "0.5"), &nested("Probability", "0.50"));
    same(
        "application.yml",
        &nested("probability", "0.1"),
        &nested("x", "1").replace("{x: 1}", "{}"),
    );
    differs(
        "application.yml",
        &nested("probability", "0.5"),
        &nested("probability", "0.05"),
        &["/management/tracing/sampling/probability"],
    );
}

#[test]
fn envoy_knows_a_field_by_two_names() {
    let envoy = |lines: &str| format!("static_resources:\n  clusters:\n{lines}");
    let (a, b) = ("  - {name: a, connect_timeout: 1s}\n", "  - {name: b, lb_policy: RANDOM}\n");
    let blue = envoy(&format!("{a}{b}"));
    same("envoy.yaml", &blue, &envoy(&format!("{b}{a}")));
    same("envoy.yaml", &blue, &blue.replace("static_resources", "staticResources"));
    same("envoy.yaml", &blue, &blue.replace("connect_timeout: 1s", "connectTimeout: 1s"));
    same("envoy.yaml", &blue, &blue.replace("connect_timeout: 1s", "connect_timeout: 1.000s"));
    let at = "/static_resources/clusters/name=a/connect_timeout";
    differs(
        "envoy.yaml",
        &blue,
        &blue.replace("connect_timeout: 1s", "connect_timeout: 10s"),
        &[at],
    );
    let filters = |filters: &str| {
        format!(
            "static_resources:\n  listeners: [{{name: l, filter_chains: [{{filters: [{{name: hcm, typed_config: {{http_filters: [{filters}]}}}}]}}]}}]\n"
        )
    };
    let ordered = filters("{name: auth}, {name: router}");
    let at = "/static_resources/listeners/name=l/filter_chains/0/filters/name=hcm/typed_config/http_filters";
    differs("envoy.yaml", &ordered, &filters("{name: router}, {name: auth}"), &[at]);
    let tracing = |lines: &str| {
        format!(
            "static_resources:\n  listeners: [{{name: l, tracing: {{provider: {{name: p}}{lines}}}}}]\n"
        )
    };
    let plain = tracing("");
    same("envoy.yaml", &plain, &tracing(", random_sampling: {value: 100}"));
    let at = "/static_resources/listeners/name=l/tracing/random_sampling";
    differs("envoy.yaml", &plain, &tracing(", random_sampling: {value: 10}"), &[at]);
    // What an extension is called and what metadata is filed under are data.
    let metadata = |key: &str| format!("{plain}node: {{metadata: {{{key}: x}}}}\n");
    differs(
        "envoy.yaml",
        &metadata("aB"),
        &metadata("a_b"),
        &["/node/metadata/aB", "/node/metadata/a_b"],
    );
}

#[test]
fn fluent_bit_reads_keys_in_any_case_and_filters_in_order() {
    let input = "[INPUT]\n    Name tail\n    Tag a\n";
    let same_input = "[input]\n    tag   a\n    name  tail\n";
    same("fluent-bit.conf", input, same_input);
    let other = same_input.replace("a\n", "A\n");
    let report = compare_files(&[("fluent-bit.conf", input)], &[("fluent-bit.conf", &other)]);
    assert_eq!(drift(&report), ["/INPUT/Tag"]);
    let filters = |first: &str, second: &str| {
        format!("{input}[FILTER]\n    Name {first}\n[FILTER]\n    Name {second}\n")
    };
    let at = ["/FILTER#2/Name", "/FILTER/Name"];
    differs("fluent-bit.conf", &filters("grep", "lua"), &filters("lua", "grep"), &at);
}

#[test]
fn what_two_certificates_have_in_common_is_no_difference() {
    // Both self-signed for the same name, each with its own key.
    let blue = include_str!("certificates/one.pem");
    let green = include_str!("certificates/other.pem");
    let report = compare("ca.pem", blue, green);
    assert!(
        drift(&report).iter().any(|path| path.ends_with("/key_sha256")),
        "{:?}",
        drift(&report)
    );
    let same = report
        .changes
        .iter()
        .filter(|change| change.values.blue.is_some() && change.values.blue == change.values.green);
    assert_eq!(same.count(), 0, "{:?}", report.changes);
}

#[test]
fn keys_in_keys_are_one_key_with_dots_to_spring() {
    let file = "application.yml";
    let nested = "spring:\n  application: {name: a}\nmanagement:\n  tracing:\n    sampling: {probability: 0.5}\n\
                  logging: {level: {com.example: DEBUG}}\n";
    all_same(
        file,
        &owned(&[
            (
                nested,
                "spring.application.name: a\nmanagement.tracing: {sampling.probability: 0.50}\n\
                 logging.level: {com: {example: DEBUG}}\n",
            ),
            (
                "spring.servlet: {multipart.max-file-size: 10MB}\n",
                "spring.servlet.multipart: {maxFileSize: 10MB}\n",
            ),
        ]),
    );
    all_differ(
        file,
        &cases(&[
            (
                nested,
                "spring.application.name: a\nmanagement.tracing.sampling.probability: 0.05\n\
                 logging.level.com.example: DEBUG\n",
                &["/management.tracing.sampling.probability"],
            ),
            // The names of loggers are keys of a map.
            (
                "spring.application.name: a\nlogging.level.comExample: DEBUG\n",
                "spring: {application: {name: a}}\nlogging: {level: {com-example: DEBUG}}\n",
                &["/logging.level.com-example", "/logging.level.comExample"],
            ),
            // A number is an index to Spring, and a key that stands twice is an error.
            (
                "spring.application.name: a\nserver.map: {8080: x}\n",
                "spring: {application: {name: a}}\nserver: {map.8080: x}\n",
                &["/server", "/server.map", "/spring", "/spring.application.name"],
            ),
            (
                "spring.application.name: a\nspring: {application: {name: b}}\n",
                "spring.application.name: b\nspring: {application.name: a}\n",
                &["/spring.application.name", "/spring/application", "/spring/application.name"],
            ),
        ]),
    );
}

/// The version of Spring Boot that reads a file is not written in it: nothing is proved, and the
/// other name is told.
#[test]
fn a_key_of_another_generation_is_drift_and_its_other_name_is_said() {
    let said = |blue: &str, green: &str| {
        let report = compare("application.properties", blue, green);
        let findings = report.findings.iter().map(|finding| finding.message.clone());
        findings.collect::<Vec<_>>()
    };
    for (old, new) in [
        ("management.zipkin.tracing.endpoint", "management.tracing.export.zipkin.endpoint"),
        (
            "management.otlp.tracing.headers.a",
            "management.opentelemetry.tracing.export.otlp.headers.a",
        ),
        ("management.tracing.enabled", "management.tracing.export.enabled"),
    ] {
        let messages = said(&format!("{old}=x\n"), &format!("{new}=x\n"));
        assert_eq!(messages.len(), 2, "{messages:?}");
        for message in messages {
            assert!(message.contains("; Spring Boot reads `management."), "{message}");
        }
    }
    let messages =
        said("management.zipkin.tracing.endpoint=x\n", "management.zipkin.tracing.endpoint=y\n");
    assert!(messages.iter().all(|message| !message.contains("Spring Boot")), "{messages:?}");
}
