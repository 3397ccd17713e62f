//! Instants, given from outside. This crate's library never reads a clock.

use std::fmt;

use jiff::Timestamp as Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A point in time, to the second, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(Instant);

impl Timestamp {
    /// Reads RFC 3339, keeping whole seconds.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: Instant = text.parse().ok()?;
        Self::from_unix_seconds(instant.as_second())
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        Instant::from_second(seconds).ok().map(Self)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The calendar day in UTC.
    pub fn day(self) -> Date {
        self.0.to_zoned(TimeZone::UTC).date()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_timestamp_is_whole_seconds_in_utc() {
        let time = Timestamp::parse("2026-01-02T03:04:05.678+02:00").unwrap();
        assert_eq!(time.to_string(), "2026-01-02T01:04:05Z");
        assert_eq!(time.day().to_string(), "2026-01-02");
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
