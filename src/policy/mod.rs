//! The policy floor.
