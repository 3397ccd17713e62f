//! Many targets: schedules, shards, merging, notifications.
//!
//! Nothing is built here yet. What shards need is built below: the sum of an audit's parts is
//! associative, and what one part cannot decide leaves it as a pending obligation.
//!
//! **Never here:** a second audit function. A scan calls [`crate::audit::audit`] or adds up what
//! it is made of.
//!
//! **To add a notification:** one file with the message it makes of a finished report.
