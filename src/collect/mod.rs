//! The collect floor.
