//! The audit floor.
