//! Configuration drift auditor for blue-green deployments of traced systems.
//!
//! The crate is a stack of floors, named here in order: a floor may import only the floors above
//! its own line. `tests/architecture.rs` checks it. Each floor's `mod.rs` says what the floor is
//! for, what must never happen in it, and how to add to it.

#![deny(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

pub mod model;

pub mod wire;

pub mod syntax;

pub mod dialect;

pub mod facts;

pub mod collect;

pub mod policy;

pub mod diff;

pub mod trace;

pub mod rules;

pub mod audit;

pub mod evidence;

pub mod report;

pub mod ledger;

pub mod scan;

pub mod serve;

pub mod cli;
