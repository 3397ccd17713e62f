//! What the organisation decided: its configuration, and the strict reading of its files.
//!
//! A file somebody wrote for us is refused as a whole when any part of it is not understood: a
//! misspelt key must not quietly switch a protection off.
//!
//! **Never here:** reading files or the clock; a file format that tolerates unknown keys.
//!
//! **To add a file format:** a struct with `deny_unknown_fields`, read by [`strict::read`].

pub mod strict;
