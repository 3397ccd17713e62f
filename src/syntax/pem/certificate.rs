//! What an X.509 certificate says (RFC 5280).

use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, Uint};
use x509_cert::der::oid::db::DB;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// A value of a certificate.
pub(super) enum Said {
    Text(String),
    Number(usize),
    Flag(bool),
    List(Vec<String>),
}

/// The fields of a certificate by name; nothing when it is none.
pub(super) fn said(der: &[u8]) -> Option<Vec<(&'static str, Said)>> {
    let certificate = Certificate::from_der(der).ok()?;
    let inner = certificate.tbs_certificate();
    let key = inner.subject_public_key_info();
    let constraints = inner.get_extension::<BasicConstraints>().ok()?;
    let constraints = constraints.map(|(_, constraints)| constraints);
    let mut fields = vec![
        ("subject", Said::Text(inner.subject().to_string())),
        ("issuer", Said::Text(inner.issuer().to_string())),
        ("names", Said::List(names(inner.get_extension::<SubjectAltName>().ok()?))),
        ("not_before", Said::Text(inner.validity().not_before.to_string())),
        ("not_after", Said::Text(inner.validity().not_after.to_string())),
        ("serial", Said::Text(inner.serial_number().to_string())),
        ("ca", Said::Flag(constraints.as_ref().is_some_and(|constraints| constraints.ca))),
    ];
    if let Some(length) = constraints.and_then(|constraints| constraints.path_len_constraint) {
        fields.push(("path_length", Said::Number(usize::from(length))));
    }
    if let Some((_, usage)) = inner.get_extension::<KeyUsage>().ok()? {
        let usages = usage.0.into_iter().map(|usage| format!("{usage:?}"));
        fields.push(("usages", Said::List(usages.collect())));
    }
    if let Some((_, usage)) = inner.get_extension::<ExtendedKeyUsage>().ok()? {
        fields.push(("purposes", Said::List(usage.0.iter().map(name_of).collect())));
    }
    fields.extend(key_fields(key)?);
    fields
        .push(("signature_algorithm", Said::Text(name_of(&certificate.signature_algorithm().oid))));
    fields.push(("sha256", Said::Text(digest(der))));
    Some(fields)
}

/// The algorithm of a key, its size, its curve, and a digest by which a kept key is known.
fn key_fields(key: &SubjectPublicKeyInfoOwned) -> Option<Vec<(&'static str, Said)>> {
    let mut fields = vec![("key_algorithm", Said::Text(name_of(&key.algorithm.oid)))];
    let parameters = key.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    if let Some(curve) = curve {
        let name = name_of(&curve);
        let digits: String = name.chars().filter(char::is_ascii_digit).take(3).collect();
        fields.push(("key_curve", Said::Text(name)));
        fields.extend(digits.parse().ok().map(|bits| ("key_bits", Said::Number(bits))));
    } else if let Some(bits) = key.subject_public_key.as_bytes().and_then(modulus_bits) {
        fields.push(("key_bits", Said::Number(bits)));
    }
    fields.push(("key_sha256", Said::Text(digest(&key.to_der().ok()?))));
    Some(fields)
}

/// How many bits the modulus of an RSA key has: `SEQUENCE { modulus, exponent }` (RFC 8017).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let numbers = Vec::<Uint>::from_der(key).ok()?;
    let modulus = numbers.first()?.as_bytes();
    let unused = modulus.first()?.leading_zeros() as usize;
    (modulus.len() * 8).checked_sub(unused)
}

fn names(extension: Option<(bool, SubjectAltName)>) -> Vec<String> {
    extension.map(|(_, names)| names.0.iter().map(name).collect()).unwrap_or_default()
}

/// A name as OpenSSL writes it.
fn name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(name) => format!("DNS:{name}"),
        GeneralName::Rfc822Name(name) => format!("email:{name}"),
        GeneralName::UniformResourceIdentifier(uri) => format!("URI:{uri}"),
        GeneralName::DirectoryName(name) => format!("DirName:{name}"),
        GeneralName::RegisteredId(oid) => format!("Registered ID:{oid}"),
        GeneralName::IpAddress(address) => {
            let bytes = address.as_bytes();
            let four = <[u8; 4]>::try_from(bytes).map(|four| Ipv4Addr::from(four).to_string());
            let six = <[u8; 16]>::try_from(bytes).map(|six| Ipv6Addr::from(six).to_string());
            format!("IP:{}", four.or(six).unwrap_or_else(|_| hex(bytes)))
        }
        GeneralName::OtherName(other) => format!("othername:{}", encoded(other.to_der())),
        GeneralName::EdiPartyName(party) => format!("EdiPartyName:{}", encoded(party.to_der())),
    }
}

/// The bytes of a name that has no text.
fn encoded(der: x509_cert::der::Result<Vec<u8>>) -> String {
    der.map(|der| hex(&der)).unwrap_or_default()
}

/// The name of an object identifier, or its numbers.
fn name_of(oid: &ObjectIdentifier) -> String {
    DB.by_oid(oid).map_or_else(|| oid.to_string(), ToOwned::to_owned)
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))).collect()
}
