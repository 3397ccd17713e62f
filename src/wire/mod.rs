//! The frozen, versioned serde types of everything written to disk.
//!
//! A type here says how bytes look and nothing else: a field keeps its name and its meaning for
//! as long as its version is read anywhere. Optional fields are added; a changed meaning is a new
//! version beside the old one.
//!
//! **Never here:** logic, defaults that depend on anything but the document, types shared with the
//! pure floors. What a document *means* is decided by the floor that reads it.
//!
//! **To add a document:** one file named after it, with its version constant and its types.

pub mod baseline;
pub mod envelope;
pub mod evidence;
pub mod ledger;
pub(crate) mod object;
pub mod rego;
pub mod report;
pub mod rule_pack;
pub mod signed_text;
pub mod sigstore;
pub mod snapshot;
pub mod statement;
pub mod summaries;
pub mod svr;
pub mod verification;
