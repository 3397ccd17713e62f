//! The log of reports: what is in it stays in it, and whoever changes it is found out.

#[path = "ledger/attacks.rs"]
mod attacks;
#[path = "ledger/commands.rs"]
mod commands;
#[path = "common/counted.rs"]
mod counted;
#[path = "ledger/crash.rs"]
mod crash;
#[path = "ledger/fixture.rs"]
mod fixture;
#[path = "interop/tlog.rs"]
mod interop;
#[path = "ledger/tree.rs"]
mod tree;
#[path = "ledger/witness.rs"]
mod witness;
