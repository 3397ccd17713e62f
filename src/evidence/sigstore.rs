//! Exporting an envelope as Sigstore bundles, for verifiers that read nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::dsse::{self, EnvelopeError};
use super::json::{self, Numbers};
use super::keys::{KeyId, PublicKey};
use crate::wire::envelope::{Envelope, Signature};
use crate::wire::sigstore::{Bundle, Hint, MEDIA_TYPE, Material};

/// Writes one bundle for each of `keys` that has signed the envelope, in the order of its
/// signatures.
///
/// A bundle holds one signature, so an envelope of several becomes several bundles. The payload
/// stays the bytes that were signed; `keyid` is no part of them and is left out.
///
/// # Errors
///
/// An envelope that cannot be read.
pub fn bundles(
    envelope: &[u8],
    keys: &[PublicKey],
) -> Result<Vec<(KeyId, Vec<u8>)>, EnvelopeError> {
    let payload = dsse::open(envelope)?;
    let document: Envelope = json::parse(envelope, Numbers::Any).map_err(EnvelopeError::Json)?;
    let mut bundles = Vec::new();
    for (at, signature) in document.signatures.iter().enumerate() {
        let Some(key) = keys.iter().find(|key| payload.is_signed_by(at, key)) else { continue };
        let bundle = Bundle {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: Material {
                public_key: Hint { hint: STANDARD.encode(key.id().as_bytes()) },
                tlog_entries: [],
            },
            dsse_envelope: Envelope {
                signatures: vec![Signature { keyid: String::new(), sig: signature.sig.clone() }],
                ..document.clone()
            },
        };
        bundles.push((key.id(), json::canonical(&bundle).map_err(EnvelopeError::Json)?));
    }
    Ok(bundles)
}

#[cfg(test)]
mod tests {
    use super::super::attacks::{keys, report, run, subjects};
    use super::super::seal;
    use super::*;

    #[test]
    fn a_bundle_holds_one_signature_and_an_empty_keyid() {
        let keys = keys();
        let envelope = seal(&report("pass", 0), &run(), &subjects(), &keys).unwrap();
        let public: Vec<PublicKey> = keys.iter().map(|key| key.public().clone()).collect();
        let bundles = bundles(&envelope, &public).unwrap();
        assert_eq!(bundles.len(), 2);
        for ((id, bundle), key) in bundles.iter().zip(&keys) {
            assert_eq!(*id, key.id());
            let text = std::str::from_utf8(bundle).unwrap();
            assert!(!text.contains("keyid"), "{text}");
            let read: Bundle = json::parse(bundle, Numbers::Any).unwrap();
            assert_eq!(read.dsse_envelope.signatures.len(), 1);
            let hint = STANDARD.decode(&read.verification_material.public_key.hint).unwrap();
            assert_eq!(hint, key.id().as_bytes());
            assert!(text.contains("\"tlogEntries\":[]"), "{text}");
        }
    }
}
