//! Time stamps of others (RFC 3161): what an authority states about when a signature existed.
//!
//! A token is over the bytes of one signature. It is believed only when a certificate that the trust
//! policy pins for that stands behind it, at the time it states (see `authority`).

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, BitString, Int, ObjectIdentifier, OctetString, Uint};
use der::oid::db::{rfc5911, rfc5912, rfc8410};
use der::{Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{AlgorithmIdentifier, alg_id};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::authority::{self, Authority};

/// The largest token that is read; one with a chain has some 6 KiB.
pub const TOKEN_BYTES_MAX: usize = 64 << 10;
/// The most tokens that are looked at.
pub const TOKENS_MAX: usize = 32;
/// The most certificates that a token may bring.
const CERTIFICATES_MAX: usize = 16;

const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// What a trusted authority states about a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The signature existed then.
    pub at: Timestamp,
    /// The policy's name for who states it.
    pub authority: String,
}

/// A token that was read and not believed.
#[derive(Debug)]
pub struct Token {
    signed: SignedData,
    info: TstInfo,
    text: Vec<u8>,
    at: Timestamp,
    latest: Timestamp,
}

/// Asks for a time stamp over a signature, as `openssl ts -query -sha256 -cert` does.
///
/// # Errors
///
/// What cannot be encoded; no signature is known to cause it.
pub fn request(signature: &[u8], nonce: [u8; 8]) -> Result<Vec<u8>, String> {
    let failed = |_| "the request cannot be written".to_owned();
    let request = TimeStampReq {
        version: 1,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None },
            hashed_message: OctetString::new(Sha256::digest(signature).to_vec()).map_err(failed)?,
        },
        req_policy: None,
        nonce: Some(Uint::new(&nonce).map_err(failed)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(failed)
}

impl Token {
    /// Reads what an authority answered (`.tsr`).
    ///
    /// # Errors
    ///
    /// No answer, a refusal, or a token that is not one statement of one signer.
    pub fn read(answer: &[u8]) -> Result<Self, String> {
        if answer.len() > TOKEN_BYTES_MAX {
            return Err(format!("it is larger than {TOKEN_BYTES_MAX} bytes"));
        }
        let answer = TimeStampResp::from_der(answer)
            .map_err(|_| "it is no answer of a time stamping authority in DER".to_owned())?;
        let content = match (answer.status.status, answer.time_stamp_token) {
            (0 | 1, Some(content)) => content,
            (0 | 1, None) => return Err("it grants a time stamp and brings none".to_owned()),
            (status, _) => return Err(format!("the authority refused, with status {status}")),
        };
        let unreadable = |_| "its token cannot be read".to_owned();
        if content.content_type != rfc5911::ID_SIGNED_DATA {
            return Err("its token is not signed".to_owned());
        }
        let signed: SignedData = content.content.decode_as().map_err(unreadable)?;
        let inner = &signed.encap_content_info;
        let text = inner.econtent.as_ref().filter(|_| inner.econtent_type == TST_INFO);
        let text = text.ok_or_else(|| "its token states no time".to_owned())?;
        let text = text.decode_as::<OctetString>().map_err(unreadable)?.into_bytes().into_vec();
        let info = TstInfo::from_der(&text).map_err(unreadable)?;
        if info.version != 1 {
            return Err("its token is of another version than 1".to_owned());
        }
        let at = time(&info.gen_time).ok_or_else(|| "its time cannot be read".to_owned())?;
        let latest = info.accuracy.as_ref().map_or(Some(at), |accuracy| accuracy.latest(at));
        let latest = latest.ok_or_else(|| "its accuracy cannot be read".to_owned())?;
        Ok(Self { signed, info, text, at, latest })
    }

    /// Whether it is over this signature.
    pub fn is_over(&self, signature: &[u8]) -> bool {
        let MessageImprint { hash_algorithm, hashed_message } = &self.info.message_imprint;
        hash(hash_algorithm, signature).is_some_and(|digest| digest == hashed_message.as_bytes())
    }

    /// Whether it answers this request (`.tsq`).
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn answers(&self, request: &[u8]) -> Result<(), String> {
        let request =
            TimeStampReq::from_der(request).map_err(|_| "the request cannot be read".to_owned())?;
        // Whether parameters are absent or null is a matter of spelling.
        let imprint = |imprint: &MessageImprint| {
            (imprint.hash_algorithm.oid, imprint.hashed_message.as_bytes().to_vec())
        };
        if imprint(&request.message_imprint) != imprint(&self.info.message_imprint) {
            return Err("the request was about other data".to_owned());
        }
        let nonce = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        let asked: Option<Vec<u8>> = request.nonce.as_ref().map(|asked| nonce(asked.as_bytes()));
        let told: Option<Vec<u8>> = self.info.nonce.as_ref().map(|told| nonce(told.as_bytes()));
        if asked.is_some() && asked != told {
            return Err("it answers another request: the nonce differs".to_owned());
        }
        if request.req_policy.is_some_and(|policy| policy != self.info.policy) {
            return Err("it was made under another policy than was asked for".to_owned());
        }
        Ok(())
    }

    /// Returns the time it states, which nobody has vouched for.
    pub const fn claimed(&self) -> Timestamp {
        self.at
    }

    /// Believes it when one of these authorities stands behind it.
    ///
    /// # Errors
    ///
    /// Why none does.
    pub fn verify(&self, authorities: &[Authority]) -> Result<Stamp, String> {
        let signers = self.signed.signer_infos.0.as_slice();
        let [info] = signers else {
            return Err(format!("it has {} signers, where one is allowed", signers.len()));
        };
        let certificates = self.certificates(authorities)?;
        let signer = certificates.iter().find(|(_, one)| is_of(info, one));
        let (_, signer) =
            signer.ok_or_else(|| "the certificate of its signer is not at hand".to_owned())?;
        let message = self.attributes(info, signer)?;
        let algorithm = algorithm(info).ok_or_else(|| {
            let oid = info.signature_algorithm.oid;
            format!("its signature is of an algorithm that is not read here ({oid})")
        })?;
        if !authority::signed(signer, algorithm, &message, info.signature.as_bytes()) {
            return Err("its signature does not hold".to_owned());
        }
        let others: Vec<Vec<u8>> = certificates.iter().map(|(der, _)| der.clone()).collect();
        let authority = authority::behind(authorities, signer, &others, self.at)?;
        Ok(Stamp { at: self.latest, authority: authority.name.clone() })
    }

    /// Every certificate that may lead from the signer to an authority.
    fn certificates(
        &self,
        authorities: &[Authority],
    ) -> Result<Vec<(Vec<u8>, Certificate)>, String> {
        let brought = self.signed.certificates.as_ref();
        let brought = brought.map(|set| set.0.as_slice()).unwrap_or_default();
        if brought.len() > CERTIFICATES_MAX {
            return Err(format!("it brings more than {CERTIFICATES_MAX} certificates"));
        }
        let mut found = Vec::new();
        for choice in brought {
            if let CertificateChoices::Certificate(certificate) = choice
                && let Ok(der) = certificate.to_der()
            {
                found.push((der, certificate.clone()));
            }
        }
        for authority in authorities {
            if let Some((certificate, _)) = authority::read(&authority.certificate) {
                found.push((authority.certificate.clone(), certificate));
            }
        }
        Ok(found)
    }

    /// Checks what was signed beside the statement, and returns the bytes that were signed.
    fn attributes(&self, info: &SignerInfo, signer: &Certificate) -> Result<Vec<u8>, String> {
        let attributes = info.signed_attrs.as_ref();
        let attributes =
            attributes.ok_or_else(|| "it signs no digest of its statement".to_owned())?;
        let one = |oid: ObjectIdentifier| {
            let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
            let attribute = found.next().filter(|_| found.next().is_none())?;
            match attribute.values.as_slice() {
                [value] => Some(value),
                _ => None,
            }
        };
        let kind = one(rfc5911::ID_CONTENT_TYPE);
        let kind = kind.and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
        if kind != Some(TST_INFO) {
            return Err("its signature is not over a statement of time".to_owned());
        }
        let digest = one(rfc5911::ID_MESSAGE_DIGEST);
        let digest = digest.and_then(|value| value.decode_as::<OctetString>().ok());
        let made = hash(&info.digest_alg, &self.text);
        if digest.is_none() || digest.map(|digest| digest.as_bytes().to_vec()) != made {
            return Err("its signature is over another statement".to_owned());
        }
        let certificate = signer.to_der().unwrap_or_default();
        let named = match (one(SIGNING_CERTIFICATE_V2), one(SIGNING_CERTIFICATE)) {
            (Some(newer), _) => newer.decode_as::<SigningCertificateV2>().ok(),
            (None, Some(older)) => older.decode_as::<SigningCertificate>().ok().map(Into::into),
            (None, None) => return Err("it does not name its certificate".to_owned()),
        };
        let named = named.and_then(|named| named.certs.into_iter().next());
        if !named.is_some_and(|first| first.is_of(&certificate)) {
            return Err("it names another certificate than the one that signed".to_owned());
        }
        attributes.to_der().map_err(|_| "its attributes cannot be read".to_owned())
    }
}

/// Whether a certificate is the one that a signer names.
fn is_of(info: &SignerInfo, certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *tbs.issuer() && named.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            let found = tbs.get_extension::<SubjectKeyIdentifier>();
            matches!(found, Ok(Some((_, found))) if found == *named)
        }
    }
}

/// The algorithm of a signature, where its name says the hash only beside it.
fn algorithm(info: &SignerInfo) -> Option<AlgorithmIdentifier> {
    let rsa = |hash: ObjectIdentifier| match hash {
        rfc5912::ID_SHA_256 => Some(alg_id::RSA_PKCS1_SHA256),
        rfc5912::ID_SHA_384 => Some(alg_id::RSA_PKCS1_SHA384),
        rfc5912::ID_SHA_512 => Some(alg_id::RSA_PKCS1_SHA512),
        _ => None,
    };
    match info.signature_algorithm.oid {
        rfc5912::RSA_ENCRYPTION => rsa(info.digest_alg.oid),
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION => rsa(rfc5912::ID_SHA_256),
        rfc5912::SHA_384_WITH_RSA_ENCRYPTION => rsa(rfc5912::ID_SHA_384),
        rfc5912::SHA_512_WITH_RSA_ENCRYPTION => rsa(rfc5912::ID_SHA_512),
        rfc5912::ECDSA_WITH_SHA_256 => Some(alg_id::ECDSA_SHA256),
        rfc5912::ECDSA_WITH_SHA_384 => Some(alg_id::ECDSA_SHA384),
        rfc5912::ECDSA_WITH_SHA_512 => Some(alg_id::ECDSA_SHA512),
        rfc8410::ID_ED_25519 => Some(alg_id::ED25519),
        _ => None,
    }
}

fn hash(algorithm: &AlgorithmIdentifierOwned, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm.oid {
        rfc5912::ID_SHA_256 => Some(Sha256::digest(bytes).to_vec()),
        rfc5912::ID_SHA_384 => Some(Sha384::digest(bytes).to_vec()),
        rfc5912::ID_SHA_512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// Reads `20260102030405Z`, with or without a fraction, which RFC 3161 allows and DER's reader does
/// not know.
fn time(value: &Any) -> Option<Timestamp> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !is_plain(whole) || !fraction.is_none_or(is_plain) {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to);
    let fraction = fraction.map(|digits| format!(".{digits}")).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}{fraction}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    )
    .parse()
    .ok()
}

#[derive(Debug, Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    req_policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Uint>,
    #[asn1(default = "Default::default")]
    cert_req: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Debug, Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    #[asn1(optional = "true")]
    time_stamp_token: Option<ContentInfo>,
}

#[derive(Debug, Sequence)]
struct PkiStatusInfo {
    status: u8,
    #[asn1(optional = "true")]
    status_string: Option<Vec<String>>,
    #[asn1(optional = "true")]
    fail_info: Option<BitString>,
}

#[derive(Debug, Sequence)]
struct MessageImprint {
    hash_algorithm: AlgorithmIdentifierOwned,
    hashed_message: OctetString,
}

#[derive(Debug, Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

impl Accuracy {
    /// The latest time that is still stated: a part of a second counts as one.
    fn latest(&self, at: Timestamp) -> Option<Timestamp> {
        let has_part = self.millis.is_some() || self.micros.is_some();
        let seconds = i64::from(self.seconds.unwrap_or_default()) + i64::from(has_part);
        at.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

#[derive(Debug, Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Vec<Any>>,
}

#[derive(Debug, Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

impl EssCertIdV2 {
    /// Whether it names this certificate. That says which of several with the signer's key is meant,
    /// so SHA-1 will do: what the certificate says is vouched for by those above it.
    fn is_of(&self, certificate: &[u8]) -> bool {
        let digest = match &self.hash_algorithm {
            None => Some(Sha256::digest(certificate).to_vec()),
            Some(algorithm) if algorithm.oid == rfc5912::ID_SHA_1 => {
                Some(sha1_smol::Sha1::from(certificate).digest().bytes().to_vec())
            }
            Some(algorithm) => hash(algorithm, certificate),
        };
        digest.is_some_and(|digest| digest == self.cert_hash.as_bytes())
    }
}

/// The older form, by SHA-1 (RFC 2634).
#[derive(Debug, Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Vec<Any>>,
}

#[derive(Debug, Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

impl From<SigningCertificate> for SigningCertificateV2 {
    fn from(older: SigningCertificate) -> Self {
        let newer = |one: EssCertId| EssCertIdV2 {
            hash_algorithm: Some(AlgorithmIdentifierOwned {
                oid: rfc5912::ID_SHA_1,
                parameters: None,
            }),
            cert_hash: one.cert_hash,
            issuer_serial: one.issuer_serial,
        };
        Self { certs: older.certs.into_iter().map(newer).collect(), policies: older.policies }
    }
}

#[derive(Debug, Sequence)]
struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial_number: Int,
}
