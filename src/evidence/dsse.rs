//! The DSSE v1 envelope: what is signed, and who signed it.
//!
//! An envelope that was read is [`Unverified`] and shows nothing but its payload's type. Checking
//! it against pinned keys gives an [`Authentic`], whose payload is the very bytes that were
//! verified; the envelope is never read again. The algorithm comes from the pinned key, and the
//! `keyid` of a message decides nothing: it can only narrow which keys are tried.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::json::{JsonError, Numbers, parse};
use super::keys::{KeyError, KeyId, PublicKey, Signer};
use super::trust::Trust;
use crate::wire::envelope::{Envelope, Signature};

/// The largest payload that is written or read.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// The largest envelope that is read; a payload grows by a third in base64.
pub const ENVELOPE_BYTES_MAX: usize = 24 << 20;
/// The most signatures that an envelope may carry, so that checking stays cheap.
pub const SIGNATURES_MAX: usize = 16;

/// Encodes a typed payload as the bytes that are signed: DSSE's pre-authentication encoding.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Signs a typed payload with every key, in the order given, and writes the envelope.
///
/// # Errors
///
/// No key, more than [`SIGNATURES_MAX`], the same key twice, a payload past
/// [`PAYLOAD_BYTES_MAX`], or a key that fails.
pub fn sign<K: Signer>(
    payload_type: &str,
    payload: &[u8],
    keys: &[K],
) -> Result<Vec<u8>, EnvelopeError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(EnvelopeError::PayloadTooLarge);
    }
    if keys.is_empty() {
        return Err(EnvelopeError::NoKey);
    }
    if keys.len() > SIGNATURES_MAX {
        return Err(EnvelopeError::TooManySignatures { found: keys.len() });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = keys.iter().find(|key| !seen.insert(key.public().id())) {
        return Err(EnvelopeError::KeyTwice { key: twice.public().id() });
    }
    let message = pae(payload_type, payload);
    let signatures = keys
        .iter()
        .map(|key| {
            let sig = STANDARD.encode(signed(key, &message)?);
            Ok(Signature { keyid: key.public().id().to_string(), sig })
        })
        .collect::<Result<_, KeyError>>()
        .map_err(EnvelopeError::Key)?;
    let envelope = Envelope {
        payload: STANDARD.encode(payload),
        payload_type: payload_type.to_owned(),
        signatures,
    };
    super::json::canonical(&envelope).map_err(EnvelopeError::Json)
}

/// Signs, and believes no signer: a signature that its own key does not accept never leaves.
fn signed(key: &impl Signer, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let signature = key.sign(message)?;
    if key.public().accepts(message, &signature) { Ok(signature) } else { Err(KeyError::Signing) }
}

/// Adds a signature to an envelope that verifies, and leaves those it has as they are.
///
/// # Errors
///
/// An envelope that cannot be read, a key that signed it before, or one that fails.
pub fn countersign(envelope: &[u8], key: &impl Signer) -> Result<Vec<u8>, EnvelopeError> {
    let opened = open(envelope)?;
    let message = pae(&opened.payload_type, &opened.payload);
    let id = key.public().id();
    if opened.signatures.iter().any(|claim| key.public().accepts(&message, &claim.signature)) {
        return Err(EnvelopeError::KeyTwice { key: id });
    }
    let mut document: Envelope = parse(envelope, Numbers::Any).map_err(EnvelopeError::Json)?;
    if document.signatures.len() >= SIGNATURES_MAX {
        return Err(EnvelopeError::TooManySignatures { found: document.signatures.len() + 1 });
    }
    let sig = STANDARD.encode(signed(key, &message).map_err(EnvelopeError::Key)?);
    document.signatures.push(Signature { keyid: id.to_string(), sig });
    super::json::canonical(&document).map_err(EnvelopeError::Json)
}

/// Holds an envelope that was read and not believed.
#[derive(Debug)]
pub struct Unverified {
    payload: Vec<u8>,
    payload_type: String,
    signatures: Vec<Claim>,
}

/// One signature with the hint who might have made it.
#[derive(Debug)]
struct Claim {
    keyid: String,
    signature: Vec<u8>,
}

/// Reads an envelope.
///
/// # Errors
///
/// Every limit of this module, and every spelling of JSON or base64 that two readers could take
/// differently.
pub fn open(envelope: &[u8]) -> Result<Unverified, EnvelopeError> {
    if envelope.len() > ENVELOPE_BYTES_MAX {
        return Err(EnvelopeError::TooLarge);
    }
    let envelope: Envelope = parse(envelope, Numbers::Any).map_err(EnvelopeError::Json)?;
    if envelope.signatures.is_empty() {
        return Err(EnvelopeError::NoSignature);
    }
    if envelope.signatures.len() > SIGNATURES_MAX {
        return Err(EnvelopeError::TooManySignatures { found: envelope.signatures.len() });
    }
    let payload = decode("payload", &envelope.payload)?;
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(EnvelopeError::PayloadTooLarge);
    }
    let signatures = envelope
        .signatures
        .into_iter()
        .map(|Signature { keyid, sig }| Ok(Claim { keyid, signature: decode("sig", &sig)? }))
        .collect::<Result<_, EnvelopeError>>()?;
    Ok(Unverified { payload, payload_type: envelope.payload_type, signatures })
}

impl Unverified {
    /// Returns what the envelope claims its payload to be.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Returns the payload, which nobody has vouched for.
    pub(super) fn unbelieved(&self) -> &[u8] {
        &self.payload
    }

    /// Returns each signature with the hint at who made it, which nobody has vouched for.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.signatures.iter().map(|claim| (claim.keyid.as_str(), claim.signature.as_slice()))
    }

    /// Believes the payload when enough different pinned keys have signed it.
    ///
    /// A signature that no pinned key accepts is passed over: anybody can add one.
    ///
    /// # Errors
    ///
    /// [`BelowThreshold`], with how many of the pinned keys have signed.
    pub fn verify(self, trust: &Trust) -> Result<Authentic, BelowThreshold> {
        let message = pae(&self.payload_type, &self.payload);
        let signatures: Vec<(KeyId, Vec<u8>)> = self
            .signatures
            .into_iter()
            .filter_map(|claim| {
                Some((claim.signer(&message, trust).map(PublicKey::id)?, claim.signature))
            })
            .collect();
        let signers: BTreeSet<KeyId> = signatures.iter().map(|(id, _)| *id).collect();
        let signed = trust.weight(&signers);
        if signed < trust.threshold() {
            let is_policy = trust.policy().is_some();
            return Err(BelowThreshold { signed, needed: trust.threshold(), is_policy });
        }
        Ok(Authentic { payload: self.payload, signers, signatures })
    }
}

impl Claim {
    /// Finds the pinned key that made this signature: the hinted one, when that is pinned, else
    /// any.
    fn signer<'t>(&self, message: &[u8], trust: &'t Trust) -> Option<&'t PublicKey> {
        match KeyId::from_hex(&self.keyid).and_then(|id| trust.key(id)) {
            Some(hinted) => hinted.accepts(message, &self.signature).then_some(hinted),
            None => trust.keys().find(|key| key.accepts(message, &self.signature)),
        }
    }
}

/// Holds a payload that enough pinned keys have signed.
#[derive(Debug)]
pub struct Authentic {
    payload: Vec<u8>,
    signers: BTreeSet<KeyId>,
    signatures: Vec<(KeyId, Vec<u8>)>,
}

impl Authentic {
    /// Returns the bytes that were verified.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns the pinned keys that have signed, each once.
    pub const fn signers(&self) -> &BTreeSet<KeyId> {
        &self.signers
    }

    /// Returns the signatures that pinned keys accept, each with its key.
    pub(super) fn signatures(&self) -> &[(KeyId, Vec<u8>)] {
        &self.signatures
    }
}

/// Says how many signatures were missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BelowThreshold {
    /// The different pinned keys that have signed.
    pub signed: usize,
    /// The different pinned keys that must have signed.
    pub needed: usize,
    /// Whether a trust policy names them.
    pub is_policy: bool,
}

impl fmt::Display for BelowThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of the {} signed exactly these bytes, {} needed; either they were changed after \
             signing or other keys signed them",
            self.signed,
            if self.is_policy {
                "keys that the trust policy names for this"
            } else {
                "pinned keys"
            },
            self.needed
        )
    }
}

impl std::error::Error for BelowThreshold {}

/// Says why an envelope could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvelopeError {
    /// The bytes are no envelope in strict JSON.
    Json(JsonError),
    /// The envelope is larger than [`ENVELOPE_BYTES_MAX`].
    TooLarge,
    /// The payload is larger than [`PAYLOAD_BYTES_MAX`].
    PayloadTooLarge,
    /// There are more than [`SIGNATURES_MAX`] signatures.
    TooManySignatures {
        /// The number of them.
        found: usize,
    },
    /// There is no signature.
    NoSignature,
    /// A field is not padded base64 of one alphabet.
    Base64 {
        /// The name of the field.
        field: &'static str,
    },
    /// No key was given to sign with.
    NoKey,
    /// The same key was given twice to sign with.
    KeyTwice {
        /// The id of the key.
        key: KeyId,
    },
    /// A key could not sign.
    Key(KeyError),
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "not an envelope in strict JSON: {error}"),
            Self::TooLarge => write!(f, "the envelope exceeds {ENVELOPE_BYTES_MAX} bytes"),
            Self::PayloadTooLarge => write!(
                f,
                "the payload exceeds {PAYLOAD_BYTES_MAX} bytes; keep the ledger of explained \
                 changes out of the report"
            ),
            Self::TooManySignatures { found } => {
                write!(f, "{found} signatures, where at most {SIGNATURES_MAX} are allowed")
            }
            Self::NoSignature => f.write_str("the envelope carries no signature"),
            Self::Base64 { field } => write!(
                f,
                "`{field}` is not canonical base64: padded, without line breaks, of the standard \
                 or the URL-safe alphabet"
            ),
            Self::NoKey => f.write_str("no key was given to sign with"),
            Self::KeyTwice { key } => write!(f, "the key {key} was given twice; name it once"),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EnvelopeError {}

fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, EnvelopeError> {
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    alphabet.decode(text).map_err(|_| EnvelopeError::Base64 { field })
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Algorithm, PrivateKey};
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_published_vector() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
        assert_eq!(pae("é", b""), "DSSEv1 2 é 0 ".as_bytes(), "lengths count bytes");
    }

    #[test]
    fn both_padded_alphabets_are_read_and_nothing_else() {
        assert_eq!(decode("sig", "+/8=").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode("sig", "-_8=").unwrap(), [0xfb, 0xff]);
        for (text, why) in [
            ("+/8", "unpadded"),
            ("+_8=", "two alphabets"),
            ("+/9=", "trailing bits"),
            ("+/8=\n", "line break"),
            (" +/8=", "space"),
            ("+/8==", "too much padding"),
            ("+/8=+/8=", "two texts"),
            ("=", "padding alone"),
        ] {
            let refused = Err(EnvelopeError::Base64 { field: "sig" });
            assert_eq!(decode("sig", text), refused, "{why}");
        }
    }

    #[test]
    fn signing_needs_one_to_sixteen_different_keys() {
        let keys = |count: u8| -> Vec<PrivateKey> {
            (1..=count)
                .map(|seed| PrivateKey::generate(Algorithm::Ed25519, &[seed; 32]).unwrap())
                .collect()
        };
        assert_eq!(sign::<PrivateKey>("t", b"", &[]), Err(EnvelopeError::NoKey));
        assert!(sign("t", b"", &keys(16)).is_ok());
        let refused = EnvelopeError::TooManySignatures { found: 17 };
        assert_eq!(sign("t", b"", &keys(17)), Err(refused));
        let twice: Vec<_> = keys(1).into_iter().chain(keys(1)).collect();
        let key = twice[0].id();
        assert_eq!(sign("t", b"", &twice), Err(EnvelopeError::KeyTwice { key }));
    }

    #[test]
    fn an_envelope_opens_as_it_was_signed() {
        let key = PrivateKey::generate(Algorithm::P256, &[3; 32]).unwrap();
        let trust = Trust::new([key.public().clone()], 1).unwrap();
        let bytes = sign("text/plain", b"moin", &[key]).unwrap();
        assert_eq!(
            bytes.first_chunk(),
            Some(br#"{"payload":"bW9pbg==","payloadType":"text/plain""#)
        );
        let unverified = open(&bytes).unwrap();
        assert_eq!(unverified.payload_type(), "text/plain");
        let authentic = unverified.verify(&trust).unwrap();
        assert_eq!(authentic.payload(), b"moin");
        assert_eq!(authentic.signers().len(), 1);
    }
}
