//! The trace floor.
