//! Whom a verifier believes about time: pinned certificates, and what signatures they are checked
//! with.
//!
//! Chains are built by `rustls-webpki`, at the time that a token states; the primitives are those of
//! well-kept crates. A table here says which of them there are.

use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::model::Digest;

/// The contents of the extended key usage `id-kp-timeStamping`, 1.3.6.1.5.5.7.3.8.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
/// The smallest RSA key that counts, in bytes.
const RSA_BYTES_MIN: usize = 256;

/// A certificate that a policy pins for statements of the time: the authority's own, or one above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// SHA-256 of its SPKI.
    pub id: Digest,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// From when on its statements count.
    pub not_before: Option<Timestamp>,
    /// Until when its statements count.
    pub not_after: Option<Timestamp>,
    /// Why nothing that it states counts: whoever has its key can state any time.
    pub distrusted: Option<String>,
}

impl Authority {
    /// Whether a statement of this time counts.
    fn valid(&self, at: Timestamp) -> Result<(), String> {
        let name = &self.name;
        if let Some(why) = &self.distrusted {
            return Err(format!("the authority {name} {why}"));
        }
        if self.not_before.is_some_and(|from| at < from)
            || self.not_after.is_some_and(|end| at > end)
        {
            return Err(format!("the authority {name} does not count at {at}"));
        }
        Ok(())
    }
}

/// Reads a certificate, and the SHA-256 of its SPKI.
pub(super) fn read(certificate: &[u8]) -> Option<(Certificate, Digest)> {
    let read = Certificate::from_der(certificate).ok()?;
    let spki = read.tbs_certificate().subject_public_key_info().to_der().ok()?;
    Some((read, Digest::of(&spki)))
}

/// Finds the authority that stands behind a certificate which signed a statement of this time.
///
/// # Errors
///
/// The certificate is not for time stamps and nothing else, or no chain leads to an authority that
/// counts at that time.
pub(super) fn behind<'a>(
    authorities: &'a [Authority],
    signer: &Certificate,
    others: &[Vec<u8>],
    at: Timestamp,
) -> Result<&'a Authority, String> {
    only_stamps(signer)?;
    let der = signer.to_der().map_err(|_| "its certificate cannot be read".to_owned())?;
    let mut refused = None;
    for authority in authorities {
        let leads = if authority.certificate == der {
            within(signer, at)
        } else {
            chain(authority, &der, others, at)
        };
        match leads.and_then(|()| authority.valid(at)) {
            Ok(()) => return Ok(authority),
            // Why one that it leads to does not count says more than that it leads to no other.
            Err(why) if leads_there(&why) => refused = Some(why),
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(|| "no pinned authority stands behind it".to_owned()))
}

/// Whether a refusal is about an authority that the chain leads to.
fn leads_there(why: &str) -> bool {
    !why.starts_with("no chain")
}

/// Time stamps and nothing else, and whoever does not know that must not use it (RFC 3161, 2.3).
fn only_stamps(certificate: &Certificate) -> Result<(), String> {
    let usage = certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>();
    let is_only = matches!(&usage, Ok(Some((true, ExtendedKeyUsage(usages))))
        if matches!(usages.as_slice(), [one] if one.as_bytes() == TIME_STAMPING));
    if is_only {
        return Ok(());
    }
    Err("its certificate is not marked, critically, for time stamps and nothing else".to_owned())
}

/// A pinned certificate counts within its own bounds.
fn within(certificate: &Certificate, at: Timestamp) -> Result<(), String> {
    let validity = certificate.tbs_certificate().validity();
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let is_within = validity.not_before.to_unix_duration().as_secs() <= seconds
        && seconds <= validity.not_after.to_unix_duration().as_secs();
    if is_within { Ok(()) } else { Err(format!("its certificate was not valid at {at}")) }
}

fn chain(
    authority: &Authority,
    signer: &[u8],
    others: &[Vec<u8>],
    at: Timestamp,
) -> Result<(), String> {
    let failed = |error: webpki::Error| {
        let is_time = matches!(
            error,
            webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }
        );
        if is_time {
            format!("its certificate, or one above it, was not valid at {at}")
        } else {
            format!("no chain to {}: {error}", authority.name)
        }
    };
    let pinned = CertificateDer::from(authority.certificate.as_slice());
    let anchors = [anchor_from_trusted_cert(&pinned).map_err(failed)?];
    let signer = CertificateDer::from(signer);
    let signer = EndEntityCert::try_from(&signer).map_err(failed)?;
    let others: Vec<CertificateDer<'_>> =
        others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let schemes: Vec<&dyn SignatureVerificationAlgorithm> =
        SCHEMES.iter().map(|scheme| scheme as &dyn SignatureVerificationAlgorithm).collect();
    let usage = KeyUsage::required_if_present(TIME_STAMPING);
    signer
        .verify_for_usage(&schemes, &anchors, &others, time, usage, None, None)
        .map(|_| ())
        .map_err(failed)
}

/// Whether a certificate's key made this signature, in an algorithm of this name.
pub(super) fn signed(
    certificate: &Certificate,
    algorithm: AlgorithmIdentifier,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Ok(der) = certificate.to_der() else { return false };
    let der = CertificateDer::from(der);
    let Ok(signer) = EndEntityCert::try_from(&der) else { return false };
    let mut schemes = SCHEMES.iter().filter(|scheme| scheme.signature == algorithm);
    schemes.any(|scheme| signer.verify_signature(scheme, message, signature).is_ok())
}

/// Checks a signature: key, message, signature.
type Accepts = fn(&[u8], &[u8], &[u8]) -> Option<()>;

/// An algorithm that signatures are checked with.
struct Scheme {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    accepts: Accepts,
}

const fn scheme(
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    accepts: Accepts,
) -> Scheme {
    Scheme { key, signature, accepts }
}

static SCHEMES: &[Scheme] = &[
    scheme(alg_id::ECDSA_P256, alg_id::ECDSA_SHA256, |k, m, s| p256(k, &Sha256::digest(m), s)),
    scheme(alg_id::ECDSA_P256, alg_id::ECDSA_SHA384, |k, m, s| p256(k, &Sha384::digest(m), s)),
    scheme(alg_id::ECDSA_P256, alg_id::ECDSA_SHA512, |k, m, s| p256(k, &Sha512::digest(m), s)),
    scheme(alg_id::ECDSA_P384, alg_id::ECDSA_SHA256, |k, m, s| p384(k, &Sha256::digest(m), s)),
    scheme(alg_id::ECDSA_P384, alg_id::ECDSA_SHA384, |k, m, s| p384(k, &Sha384::digest(m), s)),
    scheme(alg_id::ECDSA_P384, alg_id::ECDSA_SHA512, |k, m, s| p384(k, &Sha512::digest(m), s)),
    scheme(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256, |k, m, s| {
        rsa::pkcs1v15::VerifyingKey::<Sha256>::new(rsa_key(k)?).verify(m, &s.try_into().ok()?).ok()
    }),
    scheme(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA384, |k, m, s| {
        rsa::pkcs1v15::VerifyingKey::<Sha384>::new(rsa_key(k)?).verify(m, &s.try_into().ok()?).ok()
    }),
    scheme(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA512, |k, m, s| {
        rsa::pkcs1v15::VerifyingKey::<Sha512>::new(rsa_key(k)?).verify(m, &s.try_into().ok()?).ok()
    }),
    scheme(alg_id::ED25519, alg_id::ED25519, |key, message, signature| {
        let key = ed25519_dalek::VerifyingKey::try_from(key).ok()?;
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        key.verify_strict(message, &signature).ok()
    }),
];

fn p256(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn p384(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn rsa_key(key: &[u8]) -> Option<rsa::RsaPublicKey> {
    let key = rsa::RsaPublicKey::from_pkcs1_der(key).ok()?;
    (key.size() >= RSA_BYTES_MIN).then_some(key)
}

impl std::fmt::Debug for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheme").field("signature", &self.signature).finish_non_exhaustive()
    }
}

impl SignatureVerificationAlgorithm for Scheme {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        (self.accepts)(public_key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
