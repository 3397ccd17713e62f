//! What keeps or forwards traces and is no Collector: Grafana Tempo, the Datadog Agent.

use crate::{compare, differs, drift, same};

fn tempo(lines: &str) -> String {
    format!(
        "distributor: {{receivers: {{otlp: {{protocols: {{grpc: }}}}}}}}\nmemberlist: {{join_members: [a, b]}}\n\
         compactor: {{compaction: {{block_retention: 24h}}}}\n{lines}"
    )
}

#[test]
fn tempo_reads_durations_and_sets_and_listens_where_its_version_does() {
    let plain = tempo("");
    same("tempo.yaml", &plain, &plain.replace("24h", "24h0m0s").replace("[a, b]", "[b, a]"));
    same(
        "tempo.yaml",
        &plain,
        &tempo("multitenancy_enabled: false\n").replace("grpc: ", "grpc: {}"),
    );
    let at = "/compactor/compaction/block_retention";
    differs("tempo.yaml", &plain, &plain.replace("24h", "24m"), &[at]);
    differs(
        "tempo.yaml",
        &plain,
        &tempo("multitenancy_enabled: true\n"),
        &["/multitenancy_enabled"],
    );
    let port = |image: &str, port: u16| {
        let version = format!("x-run:\n  image: {image}\n");
        let said = format!("{version}server: {{log_level: info, http_listen_port: {port}}}\n");
        let silent = tempo(&format!("{version}server: {{log_level: info}}\n"));
        drift(&compare("tempo.yaml", &silent, &tempo(&said))).is_empty()
    };
    assert!(port("grafana/tempo:2.8.1", 3200) && !port("grafana/tempo:2.8.1", 80));
    assert!(port("grafana/tempo:2.7.0", 80) && !port("grafana/tempo:2.7.0", 3200));
    assert!(!port("grafana/tempo:latest", 3200) && !port("grafana/tempo:latest", 80));
}

#[test]
fn the_datadog_agent_sends_to_the_site_it_is_told() {
    let agent = |lines: &str| format!("api_key: ENC[key]\napm_config: {{enabled: true}}\n{lines}");
    let plain = agent("tags: ['a:1', 'b:2']\n");
    same("datadog.yaml", &plain, &agent("tags: ['b:2', 'a:1']\nsite: datadoghq.com\n"));
    differs(
        "datadog.yaml",
        &plain,
        &agent("tags: ['a:1', 'b:2']\nsite: datadoghq.eu\n"),
        &["/site"],
    );
    differs(
        "datadog.yaml",
        &plain,
        &agent("tags: ['a:1', 'b:3']\n"),
        &["/tags/=b:2", "/tags/=b:3"],
    );
    let unsafe_tls = agent("tags: ['a:1', 'b:2']\nskip_ssl_validation: true\n");
    differs("datadog.yaml", &plain, &unsafe_tls, &["/skip_ssl_validation"]);
}
