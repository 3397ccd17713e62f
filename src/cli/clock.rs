//! The one clock of the program.

use crate::model::Timestamp;

/// The current time, to the second.
///
/// `None` only for a clock set thousands of years off.
pub(super) fn now() -> Option<Timestamp> {
    Timestamp::from_unix_seconds(jiff::Timestamp::now().as_second())
}
