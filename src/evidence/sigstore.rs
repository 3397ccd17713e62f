//! Exporting an envelope as Sigstore bundles, for verifiers that read nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::dsse::{self, EnvelopeError};
use super::json::{self, Numbers};
use super::keys::KeyId;
use super::timestamp::Token;
use crate::wire::envelope::{Envelope, Signature};
use crate::wire::sigstore::{Bundle, Hint, MEDIA_TYPE, Material, SignedTimestamp, Timestamps};

/// Writes one bundle for each signature of the envelope, in their order, with the time stamps over
/// it.
///
/// A bundle holds one signature, so an envelope of several becomes several bundles. The payload
/// stays the bytes that were signed; `keyid` is no part of them and is left out. Which key is a hint
/// here as it is there: a signature whose `keyid` is none of ours is passed over.
///
/// # Errors
///
/// An envelope that cannot be read.
pub fn bundles(
    envelope: &[u8],
    tokens: &[Vec<u8>],
) -> Result<Vec<(KeyId, Vec<u8>)>, EnvelopeError> {
    let opened = dsse::open(envelope)?;
    let document: Envelope = json::parse(envelope, Numbers::Any).map_err(EnvelopeError::Json)?;
    let mut bundles = Vec::new();
    for (signature, (keyid, bytes)) in document.signatures.iter().zip(opened.claims()) {
        let Some(id) = KeyId::from_hex(keyid) else { continue };
        let is_over = |token: &&Vec<u8>| Token::read(token).is_ok_and(|read| read.is_over(bytes));
        let stamp = |token: &Vec<u8>| SignedTimestamp { signed_timestamp: STANDARD.encode(token) };
        let rfc3161: Vec<_> = tokens.iter().filter(is_over).map(stamp).collect();
        let bundle = Bundle {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: Material {
                public_key: Hint { hint: STANDARD.encode(id.as_bytes()) },
                tlog_entries: [],
                timestamp_verification_data: (!rfc3161.is_empty())
                    .then_some(Timestamps { rfc3161 }),
            },
            dsse_envelope: Envelope {
                signatures: vec![Signature { keyid: String::new(), sig: signature.sig.clone() }],
                ..document.clone()
            },
        };
        bundles.push((id, json::canonical(&bundle).map_err(EnvelopeError::Json)?));
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
        let bundles = bundles(&envelope, &[]).unwrap();
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
