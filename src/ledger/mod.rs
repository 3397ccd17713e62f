//! The append-only history of reports: tiles, their index, trends.
//!
//! Nothing is kept here yet: a signed report stands on its own and is verified with `driftseal
//! verify`. The floor holds its place so that what is built below never comes to depend on it.
//!
//! **Never here:** rewriting. An entry is a digest, and entries are only ever added.
//!
//! **To add a store:** read, create if absent, replace if unchanged; nothing else may be asked of it.
