//! How spans travel: from the SDK of a service over collectors to a backend, hop by hop.
//!
//! [`TraceFacts`] are taken from the views of each document and added up per side. [`Graph`]
//! indexes those of one side and resolves the way of every service; [`compare`] puts the ways of
//! both sides beside each other. Names of a cluster meet exactly; a collector that is only a file
//! is met by a host that holds its name, if no other file fits. What cannot be told from what was
//! read ends as unresolved, with the reason.
//!
//! [`SIDE_VIEWS`] hands what was found to the rules: a [`Fault`] once per cause, however many
//! services it hits, at the settings that make it together.
//!
//! **Never here:** judgement; a second reading of a document; guessing between several candidates.
//!
//! **To add a kind of hop:** its destinations in `exporter`, how it is received in
//! `collector` or `backend`, and, where a name leads to it, one step of `target`.
//!
//! **To add a fault:** a name of its own where the way is followed, with the anchors of every setting
//! that takes part, the likeliest first; a rule over `trace.fault` says how bad it is. What is wrong
//! with a side without stopping a way is a view of its own in `views`.

mod anchor;
mod backend;
mod collector;
mod compare;
mod compose;
mod exporter;
mod facts;
mod fault;
mod graph;
mod host;
mod path;
mod resolve;
mod start;
mod target;
mod views;
mod workload;

pub use anchor::Anchor;
pub use compare::{Sides, compare};
pub use facts::{TraceFacts, VIEWS};
pub use fault::Fault;
pub use graph::{Graph, Known};
pub use path::ServicePath;
pub use views::{SIDE_VIEWS, SideFacts, SideItem, SideView};
