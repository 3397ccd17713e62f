//! The diff floor.
