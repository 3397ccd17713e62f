//! How spans travel: from the SDK of a service over collectors to a backend, hop by hop.
//!
//! [`TraceFacts`] are taken from the views of each document and [`Gathered`] per side. [`Graph`]
//! indexes those of one side and resolves the way of every service; `compare` puts the ways of
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
//! with a side without stopping a way (how spans are sampled, masked, named) is a view in a file of its
//! own, and one line in [`SIDE_VIEWS`].

mod anchor;
mod assembly;
mod backend;
mod beside;
mod carried;
mod collector;
mod compare;
mod compose;
mod context;
mod door;
mod edge;
mod entrance;
mod estate;
mod exporter;
mod facts;
mod fault;
mod feed;
mod few;
mod filled;
mod gathered;
mod graph;
mod guard;
mod holders;
mod host;
mod identity;
mod index;
mod injection;
mod kept;
mod known;
mod layers;
mod leg;
mod linkerd;
mod lost;
mod measure;
mod meet;
mod merge;
mod mesh;
mod names;
mod needs;
mod network;
mod noted;
mod open;
mod path;
mod places;
mod processes;
mod proxied;
mod read;
mod receiver;
mod resolve;
mod rollout;
mod sampling;
mod scope;
mod scrub;
mod selector;
mod semconv;
mod setting;
mod sink;
mod source;
mod start;
mod step;
mod take;
mod target;
mod telemetry;
mod told;
mod unasked;
mod variable;
mod views;
mod volume;
mod walls;
mod wiring;
mod words;
mod workload;
mod worth;

pub use anchor::{Anchor, Home, Lines, TakenItem, range};
pub use compare::Sides;
pub use facts::{Origin, TraceFacts, VIEWS};
pub use fault::Fault;
pub use gathered::Gathered;
pub use graph::Graph;
pub use kept::is_kept;
pub use known::Known;
pub use path::ServicePath;
pub use views::{SIDE_VIEWS, SideFacts, SideItem, SideView};
