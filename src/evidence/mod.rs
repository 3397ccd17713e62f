//! The evidence floor.
