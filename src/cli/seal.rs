//! From a report and a key to a signed envelope.

use super::failure::{Failure, FailureKind};
use super::key_ref::KeyRef;
use crate::evidence::statement::StatementError;
use crate::evidence::{
    self, KeyId, PublicKey, Run, SealError, Signer, Statement, Subjects, Verified, sigstore,
};
use crate::model::Digest;
use crate::wire::evidence::{ENVELOPE_END, PASS_ENVELOPE, REPORT_ENVELOPE, SIGSTORE_END};
use crate::wire::report::{Input, Report};
use crate::wire::statement::{Collector, LogHead, Side};

/// Reads a key to verify with.
pub(super) fn public_key(reference: &KeyRef) -> Result<PublicKey, Failure> {
    let bytes = reference.public()?;
    let pem = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::config("cannot use the public key: it is not PEM text"))?;
    PublicKey::from_pem(pem).map_err(|error| {
        let failure = Failure::config(format!("cannot use the public key: {error}"));
        if pem.contains("PRIVATE KEY-----") {
            failure.hint("name its public half: `keys generate` wrote it beside it, as PATH.pub")
        } else {
            failure
        }
    })
}

/// What ties a signed report to one switch.
#[derive(Debug, Clone, Default)]
pub(super) struct Binding {
    /// The challenge of whoever will verify it.
    pub nonce: Option<String>,
    /// The system that is switched.
    pub system: Option<String>,
    /// The environment it is switched in.
    pub environment: Option<String>,
    /// The head of the log that the report will be appended to.
    pub log_head: Option<LogHead>,
    /// For how long the report may be used.
    pub valid_seconds: Option<u32>,
}

/// Signs a report, with the list of its evidence when there is some.
pub(super) fn seal<K: Signer>(
    report: &Report,
    keys: &[K],
    binding: &Binding,
    evidence: Option<Digest>,
) -> Result<(Vec<u8>, Verified<Statement>), Failure> {
    let internal = |message: String| Failure::new(FailureKind::Internal, message);
    let bytes = evidence::canonical(report)
        .map_err(|error| internal(format!("cannot write the report to sign it: {error}")))?;
    let out_of_range = || internal("cannot sign the report: its time is out of range".to_owned());
    let evaluated_at: jiff::Timestamp = report.evaluated_at.parse().map_err(|_| out_of_range())?;
    let end = |seconds: u32| {
        evaluated_at
            .checked_add(jiff::SignedDuration::from_secs(seconds.into()))
            .map_err(|_| out_of_range())
    };
    let digest = |input: &Input| {
        Digest::parse(&input.digest.sha256)
            .ok_or_else(|| internal("cannot sign the report: a snapshot has no digest".to_owned()))
    };
    let inputs = &report.inputs;
    let subjects =
        Subjects { green: digest(&inputs.green)?, blue: digest(&inputs.blue)?, evidence };
    let blue = collectors(Side::Blue, &inputs.blue);
    let run = Run {
        evaluated_at,
        not_after: binding.valid_seconds.map(end).transpose()?,
        nonce: binding.nonce.clone(),
        system: binding.system.clone(),
        environment: binding.environment.clone(),
        collectors: blue.chain(collectors(Side::Green, &inputs.green)).collect(),
        log_head: binding.log_head.clone(),
    };
    evidence::sealed(&bytes, &run, &subjects, keys).map_err(|error| {
        // What the user gave, not what we made of it.
        let is_given = matches!(
            error,
            SealError::Statement(StatementError::Nonce | StatementError::Name { .. })
        );
        let kind = if is_given { FailureKind::Usage } else { FailureKind::Internal };
        Failure::new(kind, error.to_string())
    })
}

/// What goes into a bundle besides the evidence, by name: the envelope, for a pass the attestation
/// of it, and both as Sigstore bundles.
pub(super) fn documents<K: Signer>(
    envelope: &[u8],
    verified: &Verified<Statement>,
    keys: &[K],
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let internal = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::Internal, format!("cannot write the bundle: {error}"))
    };
    let pass = evidence::attest_pass(verified, keys).map_err(|error| internal(&error))?;
    let mut documents = Vec::new();
    for (name, envelope) in [(REPORT_ENVELOPE, Some(envelope)), (PASS_ENVELOPE, pass.as_deref())] {
        let Some(envelope) = envelope else { continue };
        documents.push((name.to_owned(), envelope.to_vec()));
        documents.extend(copies(name, envelope, &[])?);
    }
    Ok(documents)
}

/// An envelope's Sigstore bundles, by name: the first signature's has the plain name, a further
/// one's that of its key.
pub(super) fn copies(
    name: &str,
    envelope: &[u8],
    tokens: &[Vec<u8>],
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let bundles = sigstore::bundles(envelope, tokens).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("cannot write the bundle: {error}"))
    })?;
    let stem = name.trim_end_matches(ENVELOPE_END);
    let copy = |(at, (id, bytes)): (usize, (KeyId, Vec<u8>))| {
        let id = if at == 0 { String::new() } else { format!(".{}", id.short()) };
        (format!("{stem}{id}{SIGSTORE_END}"), bytes)
    };
    Ok(bundles.into_iter().enumerate().map(copy).collect())
}

fn collectors(side: Side, input: &Input) -> impl Iterator<Item = Collector> {
    input.collectors.iter().map(move |collector| Collector {
        side,
        scheme: collector.scheme.clone(),
        locator: collector.locator.clone(),
        revision: collector.resolved.clone(),
        tool: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Binding, seal};
    use crate::evidence::{Algorithm, Conclusion, Expect, PrivateKey, Trust, canonical, verify};
    use crate::wire::report::{Report, read, sample};

    #[test]
    fn a_sealed_report_verifies_and_comes_back_byte_for_byte() {
        let report = Report::from(sample::report());
        let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap();
        let binding = Binding { nonce: Some("challenge".to_owned()), ..Binding::default() };
        let trust = Trust::new([key.public().clone()], 1).unwrap();
        let (envelope, _) = seal(&report, &[key], &binding, None).unwrap();
        let expect = Expect { nonce: Some("challenge".to_owned()), ..Expect::default() };
        let verification = verify(&envelope, &trust, &expect);
        assert_eq!(verification.conclusion(), Conclusion::Holds);
        let text = verification.verified().unwrap().get().report().to_owned();
        assert_eq!(text, report.to_json().unwrap());
        assert_eq!(text.as_bytes(), canonical(&report).unwrap());
        assert_eq!(read(text.as_bytes()).unwrap(), report);
    }
}
