//! What is logged: that a report was signed, never the report itself.

use crate::evidence::json::{Numbers, canonical, parse};
use crate::evidence::{Statement, Verified};
use crate::model::{Digest, Timestamp};
use crate::wire::ledger as wire;
use crate::wire::statement::{PREDICATE_TYPE, Verdict};

use super::error::{LedgerError, Reason};
use super::tile::ENTRY_BYTES_MAX;

/// How far the clocks of two writers may be apart.
pub const CLOCK_SKEW_SECONDS: i64 = 60;

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    wire: wire::Entry,
    at: Timestamp,
    statement: Digest,
}

impl Entry {
    /// The entry of a verified report, logged at `at`.
    pub fn of_report(report: &Verified<Statement>, at: Timestamp) -> Self {
        let statement = report.get();
        let verdict = match statement.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        };
        let wire = wire::Entry {
            at: at.to_string(),
            environment: None,
            evaluated_at: Some(statement.run.evaluated_at.to_string()),
            green: Some(statement.subjects.green.to_string()),
            kind: wire::REPORT.to_owned(),
            predicate_type: Some(PREDICATE_TYPE.to_owned()),
            signers: report.signers().iter().map(ToString::to_string).collect(),
            statement_sha256: statement.id.to_string(),
            system: None,
            v: wire::VERSION,
            verdict: Some(verdict.to_owned()),
        };
        Self { wire, at, statement: statement.id }
    }

    /// Reads an entry from `place`.
    ///
    /// # Errors
    ///
    /// It is not written as entries are, or of another version.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, LedgerError> {
        let failed = |message: String| LedgerError::new(Reason::Malformed, place, message);
        let wire: wire::Entry = parse(bytes, Numbers::SafeIntegers)
            .map_err(|error| failed(format!("it is no entry of a log of reports: {error}")))?;
        if wire.v != wire::VERSION {
            let message = format!("it is an entry of version {}, which is not known here", wire.v);
            return Err(LedgerError::new(Reason::Unreadable, place, message)
                .remedy("read it with a newer driftseal"));
        }
        let at = Timestamp::parse(&wire.at).filter(|at| at.to_string() == wire.at);
        let at = at.ok_or_else(|| failed("its time is not RFC 3339 with Z".to_owned()))?;
        let statement = Digest::parse(&wire.statement_sha256)
            .ok_or_else(|| failed("it names no statement by digest".to_owned()))?;
        Ok(Self { wire, at, statement })
    }

    /// The bytes that are hashed: RFC 8785.
    ///
    /// # Errors
    ///
    /// They are more than an entry may have.
    pub fn bytes(&self) -> Result<Vec<u8>, LedgerError> {
        let failed = |message: String| {
            LedgerError::new(Reason::Malformed, format!("the entry of {}", self.statement), message)
        };
        let bytes = canonical(&self.wire).map_err(|error| failed(error.to_string()))?;
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(failed(format!("it is longer than {ENTRY_BYTES_MAX} bytes")));
        }
        Ok(bytes)
    }

    /// When it was logged.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// SHA-256 of the signed payload that it is about.
    pub const fn statement(&self) -> Digest {
        self.statement
    }

    /// Its fields, as they are written.
    pub const fn fields(&self) -> &wire::Entry {
        &self.wire
    }

    /// Moves its time to that of the entry before, where the clocks are apart by no more than
    /// [`CLOCK_SKEW_SECONDS`].
    ///
    /// # Errors
    ///
    /// They are apart by more.
    pub(super) fn after(mut self, before: Timestamp, place: &str) -> Result<Self, LedgerError> {
        let back = before.unix_seconds().saturating_sub(self.at.unix_seconds());
        if back > CLOCK_SKEW_SECONDS {
            let message = format!(
                "the last entry is of {before}, and it is {} here: the clock was set back",
                self.at
            );
            return Err(LedgerError::new(Reason::Clock, place, message));
        }
        if back > 0 {
            self.at = before;
            self.wire.at = before.to_string();
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &str = r#"{"at":"2026-01-02T03:04:05Z","kind":"report","signers":["a"],"statementSha256":"abababababababababababababababababababababababababababababababab","v":1}"#;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_entry_is_written_as_it_is_read_and_what_is_none_is_refused() {
        let entry = Entry::parse(BYTES.as_bytes(), "it").unwrap();
        assert_eq!(entry.bytes().unwrap(), BYTES.as_bytes());
        for (from, to, reason) in [
            ("05Z", "05+00:00", Reason::Malformed),
            ("2026", "2O26", Reason::Malformed),
            ("\"v\":1", "\"v\":1,\"v\":1", Reason::Malformed),
            ("\"v\":1", "\"v\":1,\"w\":0.5", Reason::Malformed),
            (",\"v\":1", "", Reason::Malformed),
            ("abab", "ABAB", Reason::Malformed),
            ("\"v\":1", "\"v\":2", Reason::Unreadable),
        ] {
            let changed = BYTES.replacen(from, to, 1);
            let error = Entry::parse(changed.as_bytes(), "it").unwrap_err();
            assert_eq!(error.reason, reason, "{changed}");
        }
        let later = BYTES.replacen("\"v\":1", "\"v\":1,\"w\":1", 1);
        assert_eq!(Entry::parse(later.as_bytes(), "it").unwrap(), entry);
    }

    /// RFC 8785 sorts the names of fields by UTF-16 code units; those of ours are ASCII.
    #[test]
    fn fields_stand_in_the_order_of_their_names() {
        let all = wire::Entry {
            at: "2026-01-02T03:04:05Z".to_owned(),
            environment: Some("a\u{7f}\u{1}\"".to_owned()),
            evaluated_at: Some(String::new()),
            green: Some(String::new()),
            kind: String::new(),
            predicate_type: Some(String::new()),
            signers: Vec::new(),
            statement_sha256: "0".repeat(64),
            system: Some(String::new()),
            v: 1,
            verdict: Some(String::new()),
        };
        let bytes = canonical(&all).unwrap();
        let map: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json::to_vec(&map).unwrap(), bytes);
        assert_eq!(map.len(), 11);
    }

    #[test]
    fn time_does_not_go_back_but_by_what_clocks_are_apart() {
        let entry = Entry::parse(BYTES.as_bytes(), "it").unwrap();
        let at = |before: &str| entry.clone().after(time(before), "it").map(|it| it.at);
        assert_eq!(at("2026-01-02T03:04:00Z"), Ok(time("2026-01-02T03:04:05Z")));
        assert_eq!(at("2026-01-02T03:05:05Z"), Ok(time("2026-01-02T03:05:05Z")));
        assert_eq!(at("2026-01-02T03:05:06Z").unwrap_err().reason, Reason::Clock);
    }
}
