//! The append-only history of reports: a tiled log that anybody can check with stock tools.
//!
//! A log is a folder in the layout of C2SP tlog-tiles: entries, tiles of hashes, and a signed
//! checkpoint over all of them ([`init`], [`append()`]). An entry names a report by digest and says
//! who had signed it and what its verdict was; the report itself stays where it is. [`Log`] reads:
//! what it tells has led to the checkpoint, or is an error that says where and what to do.
//!
//! Who joins a log to something else needs three things. [`head`] is what a report carries of the log
//! it will be appended to. [`Proof`] is the `.tlog-proof` beside a report: [`Proof::parse`], then
//! [`Proof::verify_report`] with a [`Policy`] (whose log, how many witnesses) and the report's id.
//! [`Log::covers`] tells whether a log still begins with the head that a report carries.
//!
//! Whoever holds the key of a log can write it anew from the beginning. Three kinds of reader notice:
//! those who remember ([`Known`]), those who cosign only what has grown ([`witness::Witness`]), and
//! the reports, each of which carries the head before it.
//!
//! **Never here:** rewriting. An entry is a digest, and entries are only ever added. Nothing that is
//! kept is believed before it has led to a signed checkpoint; the index is looked up, never believed.
//!
//! **To add a store:** [`Store`]: read, create if absent, replace if unchanged; nothing else may be
//! asked of it, and it lets one writer in at a time.

mod checkpoint;
mod directory;
mod edge;
mod entry;
mod error;
mod export;
mod fsck;
mod index;
mod known;
mod log;
pub mod merkle;
mod note;
mod policy;
mod proof;
mod store;
pub mod tile;
pub mod witness;
mod writer;

pub use checkpoint::Checkpoint;
pub use directory::{ATTEMPTS, Directory};
pub use entry::{CLOCK_SKEW_SECONDS, Entry};
pub use error::{Consequence, LedgerError, Reason};
pub use export::{EXPORT_BYTES_MAX, Exported, export};
pub use fsck::{Found, PROBLEMS_MAX, fsck};
pub use known::{Known, Standing};
pub use log::{CHECKPOINT, Log};
pub use note::{NOTE_BYTES_MAX, Note, Role, Verifier, check_name};
pub use policy::{POLICY_BYTES_MAX, Policy, Seen};
pub use proof::{Growth, Included, PROOF_BYTES_MAX, Proof};
pub use store::{OBJECT_BYTES_MAX, Store};
pub use writer::{Appended, Place, append, attach, init, own_policy};

use crate::model::Timestamp;
use crate::wire::statement::LogHead;

/// The head of a log, for the report that will be appended next, and when its last entry was made:
/// a report that is judged earlier was judged by a clock that is wrong.
///
/// # Errors
///
/// There is no log, or it is not one of the policy.
pub fn head(
    store: &dyn Store,
    policy: &Policy,
) -> Result<(LogHead, Option<Timestamp>), LedgerError> {
    let mut log = Log::open(store, policy)?;
    let at = match log.checkpoint().size.checked_sub(1) {
        Some(last) => Some(log.read(last)?.at()),
        None => None,
    };
    Ok((log.checkpoint().to_wire(), at))
}
