//! Turning a report into a signed envelope.

use std::fmt;

use super::checks::{CheckName, Outcome};
use super::dsse::{self, EnvelopeError};
use super::keys::{PublicKey, Signer};
use super::statement::{self, Run, Statement, StatementError, Subjects};
use super::trust::{Trust, TrustError};
use super::verify::{Expect, Verified, verify};
use crate::wire::statement::PAYLOAD_TYPE;

/// Signs a report with every key, and returns the bytes of the envelope.
///
/// `report` is the report document as [`canonical`](super::canonical) writes it; it is kept byte
/// for byte. The verdict, the exit code and both digests are repeated beside it, from the report
/// itself. The same input gives the same envelope on any machine. What is returned has been
/// verified with the public halves of `keys`, all of them.
///
/// # Errors
///
/// A report that is not strict JSON or is about other snapshots than `subjects`, a run that
/// contradicts itself, no key or more than [`dsse::SIGNATURES_MAX`], or a report past
/// [`dsse::PAYLOAD_BYTES_MAX`].
pub fn seal<K: Signer>(
    report: &[u8],
    run: &Run,
    subjects: &Subjects,
    keys: &[K],
) -> Result<Vec<u8>, SealError> {
    sealed(report, run, subjects, keys).map(|(envelope, _)| envelope)
}

/// As [`seal`], with what a verifier will read.
///
/// # Errors
///
/// See [`seal`].
pub fn sealed<K: Signer>(
    report: &[u8],
    run: &Run,
    subjects: &Subjects,
    keys: &[K],
) -> Result<(Vec<u8>, Verified<Statement>), SealError> {
    let payload = statement::write(report, run, subjects).map_err(SealError::Statement)?;
    let envelope = dsse::sign(PAYLOAD_TYPE, &payload, keys).map_err(SealError::Envelope)?;
    let public: Vec<PublicKey> = keys.iter().map(|key| key.public().clone()).collect();
    let trust = Trust::new(public, keys.len()).map_err(SealError::Trust)?;
    let expect = Expect {
        green: Some(subjects.green),
        blue: Some(subjects.blue),
        nonce: run.nonce.clone(),
        ..Expect::default()
    };
    let verification = verify(&envelope, &trust, &expect);
    for check in verification.checks() {
        if let Outcome::Failed(reason) = &check.outcome {
            return Err(SealError::Unverifiable { check: check.name, reason: reason.clone() });
        }
    }
    verification.into_verified().map(|verified| (envelope, verified)).ok_or_else(|| {
        let reason = "nothing failed, and nothing was verified".to_owned();
        SealError::Unverifiable { check: CheckName::Envelope, reason }
    })
}

/// Says why a report was not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealError {
    /// The statement could not be written.
    Statement(StatementError),
    /// The envelope could not be written.
    Envelope(EnvelopeError),
    /// The keys could not be used to verify what they signed.
    Trust(TrustError),
    /// The report cannot be read back, or the statement not be written.
    Unreadable {
        /// Why.
        reason: String,
    },
    /// What was signed does not verify: a fault of ours or of the machine.
    Unverifiable {
        /// The check that failed.
        check: CheckName,
        /// Why it failed.
        reason: String,
    },
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement(error) => write!(f, "report not signed: {error}"),
            Self::Envelope(error) => write!(f, "report not signed: {error}"),
            Self::Trust(error) => write!(f, "report not signed: {error}"),
            Self::Unreadable { reason } => write!(f, "report not signed: {reason}"),
            Self::Unverifiable { check, reason } => write!(
                f,
                "the signed report was thrown away because it does not verify ({check}: \
                 {reason}); please report this as a bug"
            ),
        }
    }
}

impl std::error::Error for SealError {}

#[cfg(test)]
mod tests {
    use super::super::attacks::{keys, report, run, subjects};
    use super::*;

    #[test]
    fn equal_input_gives_equal_bytes() {
        let sealed = || seal(&report("pass", 0), &run(), &subjects(), &keys()).unwrap();
        assert_eq!(sealed(), sealed());
    }

    #[test]
    fn a_report_about_other_snapshots_is_not_signed() {
        let swapped = Subjects { green: subjects().blue, blue: subjects().green, evidence: None };
        let error = seal(&report("pass", 0), &run(), &swapped, &keys()).unwrap_err();
        let disagrees = StatementError::Disagrees { field: "greenDigest" };
        assert_eq!(error, SealError::Statement(disagrees));
    }

    #[test]
    fn a_report_that_would_not_survive_the_way_is_not_signed() {
        let good = String::from_utf8(report("pass", 0)).unwrap();
        for (bad, why) in [
            (format!("{good}\n"), "white space"),
            (good.replace("\"findings\":[]", "\"findings\":[0.5]"), "not an integer"),
            (good.replace("\"findings\":[]", "\"findings\":[],\"exit\":0"), "twice"),
            (good.replace("report/1", "report/2"), "schema"),
            (good.replace("\"exit\":0", "\"exit\":1"), "`exit`"),
            (good.replace("\"verdict\":\"pass\",", ""), "missing field"),
            (good.replace("pass", "PASS"), "unknown variant"),
            (format!("[{good}]"), "an object"),
            (String::new(), "EOF"),
        ] {
            let error = seal(bad.as_bytes(), &run(), &subjects(), &keys()).unwrap_err();
            assert!(error.to_string().contains(why), "{why}: {error}");
        }
    }

    #[test]
    fn a_run_that_contradicts_itself_is_not_signed() {
        let sealed = |run: &Run| seal(&report("pass", 0), run, &subjects(), &keys());
        let stale = Run { not_after: Some(run().evaluated_at), ..run() };
        assert_eq!(sealed(&stale), Err(SealError::Statement(StatementError::BornStale)));
        for nonce in ["", "two words", "n\u{f6}", "line\n", &"n".repeat(129)] {
            let bad = Run { nonce: Some(nonce.to_owned()), ..run() };
            assert_eq!(sealed(&bad), Err(SealError::Statement(StatementError::Nonce)));
        }
    }

    #[test]
    fn an_oversized_report_is_not_signed() {
        let padding = format!("\"findings\":[\"{}\"]", "x".repeat(dsse::PAYLOAD_BYTES_MAX));
        let big = String::from_utf8(report("pass", 0)).unwrap();
        let big = big.replace("\"findings\":[]", &padding);
        assert_eq!(
            seal(big.as_bytes(), &run(), &subjects(), &keys()),
            Err(SealError::Envelope(EnvelopeError::PayloadTooLarge))
        );
    }
}
