//! The rules floor.
