//! wire

pub mod report;
