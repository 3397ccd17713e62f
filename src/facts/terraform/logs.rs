//! How a plan of Terraform protects stores of logs.

use super::{DIALECT, Planned};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PROTECTION: View = View {
    id: "log.protection",
    about: "One protection of a store of logs, as a plan of Terraform leaves it: validation, regions and \
            state of an aws_cloudtrail, the lock of buckets, retention that cannot be shortened in Azure",
    fields: &[
        ("address", "the address of the resource"),
        ("protection", "name of the setting"),
        ("on", "whether it is on"),
    ],
    dialects: DIALECT,
    extract: protections,
};

/// Settings that protect logs, by type (hashicorp/aws 6, hashicorp/azurerm 4).
const PROTECTIONS: [(&str, &str); 6] = [
    ("aws_cloudtrail", "enable_log_file_validation"),
    ("aws_cloudtrail", "is_multi_region_trail"),
    ("aws_cloudtrail", "enable_logging"),
    ("aws_s3_bucket", "object_lock_enabled"),
    ("aws_cloudwatch_log_group", "deletion_protection_enabled"),
    ("azurerm_storage_container_immutability_policy", "locked"),
];

fn protections<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for planned in Planned::kept(document) {
        let after = planned.after();
        for (kind, key) in PROTECTIONS.iter().filter(|(kind, _)| *kind == planned.kind) {
            let Some(on) = after.flag(&[key]) else { continue };
            let fact = Fact::map([
                ("address", Some(Fact::text(planned.address))),
                ("protection", Some(Fact::text(*key))),
                ("on", Some(Fact::Bool(on))),
            ]);
            let name = format!("{kind} {} {key}", planned.address);
            items.push(after.place(&[key]).item(name, fact));
        }
    }
    items
}
