//! Baselines as they are written. A line that is not understood voids the file.

use std::collections::BTreeMap;

use super::{Baseline, SEVERITY_OPEN_MIN};
use crate::model::{Digest, Timestamp};
use crate::policy::strict::ConfigError;
use crate::wire::baseline::{Entry, Header, SCHEMA};
use crate::wire::report::Severity;

impl Baseline {
    /// Reads a baseline; `file` is what messages call it.
    ///
    /// # Errors
    /// The first thing in it that is not as it was written.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let wrong = |line: usize, message: &str| ConfigError {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: 1,
            message: message.to_owned(),
        };
        let (first, rest) = text.split_once('\n').ok_or_else(|| {
            wrong(1, "this is no baseline: `driftseal baseline create` makes one")
        })?;
        let header: Header = serde_json::from_str(first)
            .map_err(|_| wrong(1, "the first line is no head of a baseline"))?;
        if header.schema != SCHEMA {
            let message = format!("the baseline is of another version than {SCHEMA}");
            return Err(wrong(1, &message));
        }
        let created_at = Timestamp::parse(&header.created_at)
            .ok_or_else(|| wrong(1, "`createdAt` is no instant"))?;
        if Digest::of(rest.as_bytes()).to_string() != header.digest.sha256 {
            let message = "the lines below are not those that the first line names: somebody edited \
                           the baseline; restore it, or remove what is fixed with `driftseal \
                           baseline prune`";
            return Err(wrong(1, message));
        }
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (line, text) in (2_usize..).zip(rest.lines()) {
            let entry: Entry = serde_json::from_str(text)
                .map_err(|_| wrong(line, "this is no finding of a baseline"))?;
            if entry.severity >= Severity::from(SEVERITY_OPEN_MIN) {
                return Err(wrong(line, "a critical finding is never known debt: fix or waive it"));
            }
            if entries.last_key_value().is_some_and(|(last, _)| *last >= entry.fingerprint) {
                return Err(wrong(
                    line,
                    "fingerprints are not in their order, or one stands twice",
                ));
            }
            entries.insert(entry.fingerprint.clone(), entry);
        }
        if entries.len() as u64 != header.findings {
            return Err(wrong(1, "the first line counts other findings than there are"));
        }
        Ok(Self { digest: Digest::of(text.as_bytes()), created_at, header, entries })
    }
}
