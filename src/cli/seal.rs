//! From a report and a key to a signed envelope.

use super::failure::{Failure, FailureKind};
use super::key_ref::{Access, KeyRef};
use crate::evidence::{self, PrivateKey, PublicKey, Run, Subjects};
use crate::model::Digest;
use crate::wire::report::{Input, Report};
use crate::wire::statement::{Collector, Side};

/// Reads a key to sign with.
pub(super) fn private_key(reference: &KeyRef, access: Access) -> Result<PrivateKey, Failure> {
    let bytes = reference.secret(access)?;
    let pem = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::config("cannot use the signing key: it is not PEM text"))?;
    PrivateKey::from_pem(pem)
        .map_err(|error| Failure::config(format!("cannot use the signing key: {error}")))
}

/// Reads a key to verify with.
pub(super) fn public_key(reference: &KeyRef) -> Result<PublicKey, Failure> {
    let bytes = reference.public()?;
    let pem = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::config("cannot use the public key: it is not PEM text"))?;
    PublicKey::from_pem(pem)
        .map_err(|error| Failure::config(format!("cannot use the public key: {error}")))
}

/// Signs a report.
pub(super) fn seal(
    report: &Report,
    key: &PrivateKey,
    nonce: Option<String>,
) -> Result<Vec<u8>, Failure> {
    let internal = |message: String| Failure::new(FailureKind::Internal, message);
    let bytes = evidence::canonical(report)
        .map_err(|error| internal(format!("cannot write the report to sign it: {error}")))?;
    let evaluated_at = report
        .evaluated_at
        .parse()
        .map_err(|_| internal("cannot sign the report: its time is out of range".to_owned()))?;
    let digest = |input: &Input| {
        Digest::parse(&input.digest.sha256)
            .ok_or_else(|| internal("cannot sign the report: a snapshot has no digest".to_owned()))
    };
    let inputs = &report.inputs;
    let subjects = Subjects { green: digest(&inputs.green)?, blue: digest(&inputs.blue)? };
    let blue = collectors(Side::Blue, &inputs.blue);
    let collectors = blue.chain(collectors(Side::Green, &inputs.green)).collect();
    let run = Run { evaluated_at, not_after: None, nonce, collectors, log_head: None };
    evidence::seal(&bytes, &run, &subjects, std::slice::from_ref(key))
        .map_err(|error| internal(error.to_string()))
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
    use super::seal;
    use crate::evidence::{Algorithm, Conclusion, Expect, PrivateKey, Trust, canonical, verify};
    use crate::wire::report::{Report, read, sample};

    #[test]
    fn a_sealed_report_verifies_and_comes_back_byte_for_byte() {
        let report = Report::from(&sample::report());
        let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap();
        let envelope = seal(&report, &key, Some("challenge".to_owned())).unwrap();
        let trust = Trust::new([key.public().clone()], 1).unwrap();
        let expect = Expect { nonce: Some("challenge".to_owned()), ..Expect::default() };
        let verification = verify(&envelope, &trust, &expect);
        assert_eq!(verification.conclusion(), Conclusion::Holds);
        let text = verification.verified().unwrap().get().report().to_owned();
        assert_eq!(text, report.to_json().unwrap());
        assert_eq!(text.as_bytes(), canonical(&report).unwrap());
        assert_eq!(read(text.as_bytes()).unwrap(), report);
    }
}
