//! Views of what a plan of Terraform protects and opens.

use super::lines;

/// A plan with one resource.
fn plan(kind: &str, after: &str, unknown: &str) -> String {
    format!(
        "{{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\", \"resource_changes\": [{{\"address\": \
         \"{kind}.a\", \"type\": \"{kind}\", \"change\": {{\"actions\": [\"create\"], \"before\": null, \
         \"after\": {after}, \"after_unknown\": {unknown}}}}}]}}"
    )
}

/// The items of a view over a plan, without the way to what is planned.
fn of(view: &str, fields: &[&str], (kind, after, unknown): (&str, &str, &str)) -> Vec<String> {
    let all = lines(view, fields, "plan.json", &plan(kind, after, unknown));
    let start = format!("/resource_changes/address={kind}.a/change/after");
    all.lines().map(|line| line.strip_prefix(&start).unwrap_or(line).to_owned()).collect()
}

#[test]
fn what_protects_a_database_is_read_with_the_defaults_of_its_provider() {
    let of = |after, unknown| {
        of("terraform.protection", &["aspect", "value"], ("aws_db_instance", after, unknown))
    };
    assert_eq!(
        of(
            "{\"storage_encrypted\": true, \"kms_key_id\": \"k\", \"backup_retention_period\": 7}",
            "{}"
        ),
        [
            "/storage_encrypted at-rest true",
            "/kms_key_id key k",
            "/publicly_accessible public false",
            "/backup_retention_period backup 7",
            "/deletion_protection deletion false",
        ]
    );
    let open = of("{}", "{\"storage_encrypted\": true, \"kms_key_id\": true}");
    assert_eq!(open[..2], ["/storage_encrypted at-rest ?", "/publicly_accessible public false"]);
    let copy = of("{\"replicate_source_db\": \"b\"}", "{}");
    assert!(!copy.iter().any(|line| line.contains("backup")), "{copy:?}");
    assert_eq!(of("null", "{}"), Vec::<String>::new());
}

#[test]
fn a_block_that_is_a_list_of_one_is_followed() {
    let search = "{\"encrypt_at_rest\": [{\"enabled\": true}], \"node_to_node_encryption\": []}";
    assert_eq!(
        of("terraform.protection", &["aspect", "value"], ("aws_opensearch_domain", search, "{}")),
        [
            "/encrypt_at_rest/0/enabled at-rest true",
            "/node_to_node_encryption/enabled in-transit false"
        ]
    );
}

#[test]
fn firewalls_are_read_of_every_provider() {
    let of = |kind, after| {
        of("terraform.opening", &["cidr", "everybody", "from", "to"], (kind, after, "{}"))
    };
    assert_eq!(
        of(
            "aws_security_group",
            "{\"ingress\": [{\"cidr_blocks\": [\"0.0.0.0/0\", \"10.0.0.0/8\"], \"from_port\": 22, \
             \"to_port\": 22, \"protocol\": \"tcp\"}], \"egress\": [{\"cidr_blocks\": [\"0.0.0.0/0\"]}]}"
        )
        .iter()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect::<Vec<_>>(),
        ["0.0.0.0/0 true 22 22", "10.0.0.0/8 false 22 22"]
    );
    let any = "{\"type\": \"ingress\", \"ipv6_cidr_blocks\": [\"::/0\"], \"from_port\": 0, \"to_port\": 0, \
               \"protocol\": \"-1\"}";
    assert!(of("aws_security_group_rule", any)[0].ends_with(" ::/0 true 0 65535"));
    let out = any.replace("ingress", "egress");
    assert!(of("aws_security_group_rule", &out).is_empty());
    let google = "{\"source_ranges\": [\"0.0.0.0/0\"], \"allow\": [{\"protocol\": \"tcp\", \"ports\": \
                  [\"22\", \"80-90\"]}]}";
    let google = of("google_compute_firewall", google);
    assert!(google[0].ends_with(" true 22 22") && google[1].ends_with(" true 80 90"), "{google:?}");
    let azure = "{\"direction\": \"Inbound\", \"access\": \"Allow\", \"source_address_prefix\": \"*\", \
                 \"destination_port_range\": \"*\"}";
    assert!(of("azurerm_network_security_rule", azure)[0].ends_with(" * true 0 65535"));
    let denied = azure.replace("Allow", "Deny");
    assert!(of("azurerm_network_security_rule", &denied).is_empty());
}

#[test]
fn statements_of_a_policy_are_read_out_of_its_text() {
    let of = |kind, after: &str, unknown| {
        let fields = ["effect", "actions", "conditional", "everything"];
        of("cloud.statement", &fields, (kind, after, unknown))
    };
    let policy = |statement: &str| {
        let text = format!("{{\"Statement\": {statement}}}").replace('"', "\\\"");
        of("aws_iam_policy", &format!("{{\"policy\": \"{text}\"}}"), "{}")
    };
    assert_eq!(
        policy(
            "[{\"Effect\": \"Allow\", \"Action\": [\"s3:*\"], \"Resource\": \"*\"}, {\"Effect\": \"Deny\", \
             \"Action\": \"*\", \"Resource\": \"*\"}]"
        ),
        ["/policy Allow [s3:*] false true", "/policy Deny [*] false true"]
    );
    assert_eq!(
        policy(
            "{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {}}"
        ),
        ["/policy Allow [s3:GetObject] true false"]
    );
    assert_eq!(of("aws_iam_policy", "{\"policy\": \"x\"}", "{}"), ["/policy ? [] false false"]);
    assert_eq!(of("aws_iam_policy", "{}", "{\"policy\": true}"), ["/policy ? [] false false"]);
    let owner = of("google_project_iam_member", "{\"role\": \"roles/owner\"}", "{}");
    assert_eq!(owner, ["/role Allow [roles/owner] false true"]);
    let viewer = of("azurerm_role_assignment", "{\"role_definition_name\": \"Reader\"}", "{}");
    assert_eq!(viewer, ["/role_definition_name Allow [Reader] false false"]);
}
