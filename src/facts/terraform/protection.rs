//! What a plan of Terraform says of what protects data: encryption, reach, backups.

use super::{DIALECT, Planned};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PROTECTION: View = View {
    id: "terraform.protection",
    about: "One setting of a planned resource that protects data, at the setting",
    fields: &[
        ("address", "the address of the resource"),
        ("type", "its type: aws_db_instance"),
        ("kind", "what it is: database, volume, cache, search, broker, bucket or key"),
        (
            "aspect",
            "what the setting is about: at-rest, in-transit, key, public, backup, deletion or rotation",
        ),
        ("setting", "the attribute"),
        (
            "value",
            "of key the key, of backup how many are kept, in days or as 1, else whether it is so; the \
             provider's default where nothing is said, absent where that is none",
        ),
    ],
    dialects: DIALECT,
    extract: protections,
};

/// One setting: the type and kind of its resource, its aspect, the attribute, and how it is read.
type Known = (&'static str, &'static str, &'static str, &'static str, Reading);

/// How an attribute says what it is about.
#[derive(Clone, Copy)]
enum Reading {
    /// By a boolean, with the provider's default.
    Is(bool),
    /// By a boolean that says the opposite, with the provider's default of that.
    Not(bool),
    /// By this text, and none is the opposite.
    Unless(&'static str),
    /// By a text that names it.
    Named,
    /// By a number, with the provider's default; a boolean counts as 1.
    Amount(&'static str),
    /// By a text that grants it to everybody.
    Grants,
}

use Reading::{Amount, Grants, Is, Named, Not, Unless};

/// From the documentation of hashicorp/aws 5, hashicorp/google 6 and hashicorp/azurerm 4.
const KNOWN: &[Known] = &[
    ("aws_db_instance", "database", "at-rest", "storage_encrypted", Is(false)),
    ("aws_db_instance", "database", "key", "kms_key_id", Named),
    ("aws_db_instance", "database", "public", "publicly_accessible", Is(false)),
    ("aws_db_instance", "database", "backup", "backup_retention_period", Amount("0")),
    ("aws_db_instance", "database", "deletion", "deletion_protection", Is(false)),
    ("aws_rds_cluster", "database", "at-rest", "storage_encrypted", Is(false)),
    ("aws_rds_cluster", "database", "key", "kms_key_id", Named),
    ("aws_rds_cluster", "database", "backup", "backup_retention_period", Amount("1")),
    ("aws_rds_cluster", "database", "deletion", "deletion_protection", Is(false)),
    ("aws_docdb_cluster", "database", "at-rest", "storage_encrypted", Is(false)),
    ("aws_docdb_cluster", "database", "key", "kms_key_id", Named),
    ("aws_docdb_cluster", "database", "backup", "backup_retention_period", Amount("1")),
    ("aws_neptune_cluster", "database", "at-rest", "storage_encrypted", Is(false)),
    ("aws_neptune_cluster", "database", "backup", "backup_retention_period", Amount("1")),
    ("aws_redshift_cluster", "database", "at-rest", "encrypted", Is(false)),
    ("aws_redshift_cluster", "database", "public", "publicly_accessible", Is(true)),
    ("aws_ebs_volume", "volume", "at-rest", "encrypted", Is(false)),
    ("aws_ebs_volume", "volume", "key", "kms_key_id", Named),
    ("aws_efs_file_system", "volume", "at-rest", "encrypted", Is(false)),
    ("aws_efs_file_system", "volume", "key", "kms_key_id", Named),
    (
        "aws_elasticache_replication_group",
        "cache",
        "at-rest",
        "at_rest_encryption_enabled",
        Is(false),
    ),
    (
        "aws_elasticache_replication_group",
        "cache",
        "in-transit",
        "transit_encryption_enabled",
        Is(false),
    ),
    ("aws_opensearch_domain", "search", "at-rest", "encrypt_at_rest.0.enabled", Is(false)),
    (
        "aws_opensearch_domain",
        "search",
        "in-transit",
        "node_to_node_encryption.0.enabled",
        Is(false),
    ),
    ("aws_elasticsearch_domain", "search", "at-rest", "encrypt_at_rest.0.enabled", Is(false)),
    (
        "aws_elasticsearch_domain",
        "search",
        "in-transit",
        "node_to_node_encryption.0.enabled",
        Is(false),
    ),
    (
        "aws_msk_cluster",
        "broker",
        "in-transit",
        "encryption_info.0.encryption_in_transit.0.in_cluster",
        Is(true),
    ),
    ("aws_s3_bucket_public_access_block", "bucket", "public", "block_public_acls", Not(false)),
    ("aws_s3_bucket_public_access_block", "bucket", "public", "block_public_policy", Not(false)),
    ("aws_s3_bucket_public_access_block", "bucket", "public", "ignore_public_acls", Not(false)),
    (
        "aws_s3_bucket_public_access_block",
        "bucket",
        "public",
        "restrict_public_buckets",
        Not(false),
    ),
    ("aws_s3_bucket_acl", "bucket", "public", "acl", Grants),
    ("google_storage_bucket", "bucket", "public", "public_access_prevention", Unless("enforced")),
    ("azurerm_storage_account", "bucket", "public", "allow_nested_items_to_be_public", Is(true)),
    (
        "google_sql_database_instance",
        "database",
        "public",
        "settings.0.ip_configuration.0.ipv4_enabled",
        Is(true),
    ),
    (
        "google_sql_database_instance",
        "database",
        "backup",
        "settings.0.backup_configuration.0.enabled",
        Amount("0"),
    ),
    ("google_sql_database_instance", "database", "deletion", "deletion_protection", Is(true)),
    (
        "azurerm_postgresql_flexible_server",
        "database",
        "public",
        "public_network_access_enabled",
        Is(true),
    ),
    ("azurerm_mssql_server", "database", "public", "public_network_access_enabled", Is(true)),
    ("aws_kms_key", "key", "rotation", "enable_key_rotation", Is(false)),
];

fn protections<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for planned in Planned::kept(document) {
        for known in KNOWN.iter().filter(|(name, ..)| *name == planned.kind) {
            items.extend(protection(&planned, *known));
        }
    }
    items
}

fn protection<'t>(planned: &Planned<'t>, known: Known) -> Option<Item<'t>> {
    let (name, kind, aspect, attribute, reading) = known;
    // A copy that is only read has its backups where it is copied from.
    let is_replica = planned.said("replicate_source_db").is_some();
    let value = read(planned.said(attribute), reading);
    // A key that is not named is made up by the provider, which tells it like one that is.
    let is_open = matches!((aspect, &value), ("key", Some(Fact::Unknown(_))));
    if is_open || (is_replica && aspect == "backup") {
        return None;
    }
    let fact = Fact::map([
        ("address", Some(Fact::text(planned.address))),
        ("type", Some(Fact::text(name))),
        ("kind", Some(Fact::text(kind))),
        ("aspect", Some(Fact::text(aspect))),
        ("setting", Some(Fact::text(attribute))),
        ("value", value),
    ]);
    Some(planned.place(attribute).item(format!("{}/{attribute}", planned.address), fact))
}

fn read(said: Option<Fact<'_>>, reading: Reading) -> Option<Fact<'_>> {
    match (reading, said) {
        (_, Some(Fact::Unknown(reason))) => Some(Fact::Unknown(reason)),
        (Is(_), Some(Fact::Bool(is))) => Some(Fact::Bool(is)),
        (Is(default), _) => Some(Fact::Bool(default)),
        (Not(_), Some(Fact::Bool(is))) => Some(Fact::Bool(!is)),
        (Not(default), _) => Some(Fact::Bool(!default)),
        (Unless(wanted), said) => Some(Fact::Bool(said != Some(Fact::text(wanted)))),
        (Named, said) => said.filter(|said| *said != Fact::text("")),
        (Amount(_), Some(Fact::Bool(is))) => Fact::number(if is { "1" } else { "0" }),
        (Amount(_), Some(number @ Fact::Number(_))) => Some(number),
        (Amount(default), _) => Fact::number(default),
        (Grants, said) => {
            let public = ["public-read", "public-read-write", "authenticated-read"];
            Some(Fact::Bool(public.iter().any(|acl| said == Some(Fact::text(*acl)))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, Grants, Is, Named, Not, Unless, read};
    use crate::facts::Fact;

    #[test]
    fn what_is_not_said_is_the_default_of_the_provider() {
        assert_eq!(read(None, Is(true)), Some(Fact::Bool(true)));
        assert_eq!(read(None, Not(false)), Some(Fact::Bool(true)));
        assert_eq!(read(Some(Fact::Bool(true)), Not(false)), Some(Fact::Bool(false)));
        assert_eq!(read(None, Unless("enforced")), Some(Fact::Bool(true)));
        assert_eq!(read(Some(Fact::text("enforced")), Unless("enforced")), Some(Fact::Bool(false)));
        assert_eq!(read(None, Named), None);
        assert_eq!(read(None, Amount("1")), Fact::number("1"));
        assert_eq!(read(Some(Fact::Bool(true)), Amount("0")), Fact::number("1"));
        assert_eq!(read(Some(Fact::text("public-read")), Grants), Some(Fact::Bool(true)));
        let unknown = Fact::Unknown("later".to_owned());
        assert_eq!(read(Some(unknown.clone()), Is(true)), Some(unknown));
    }
}
