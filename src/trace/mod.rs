//! How spans travel: from the SDK of a service over collectors to a backend, hop by hop.
//!
//! [`TraceFacts`] are taken from the views of each document and added up per side. [`Graph`]
//! indexes those of one side and resolves the way of every service; [`compare`] puts the ways of
//! both sides beside each other. Names of a cluster meet exactly; a collector that is only a file
//! is met by a host that holds its name, if no other file fits. What cannot be told from what was
//! read ends as unresolved, with the reason.
//!
//! **Never here:** judgement; a second reading of a document; guessing between several candidates.
//!
//! **To add a kind of hop:** its destinations in `exporter`, how it is received in
//! `collector` or `backend`, and, where a name leads to it, one step of `target`.

mod backend;
mod collector;
mod compare;
mod exporter;
mod facts;
mod graph;
mod host;
mod path;
mod resolve;
mod start;
mod target;
mod workload;

pub use compare::{compare, compare_facts};
pub use facts::{TraceFacts, VIEWS};
pub use graph::{Graph, Known};
pub use path::ServicePath;
