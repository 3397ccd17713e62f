//! What can be wrong with a key, and what to do about it.

use std::fmt;

use super::keys::Algorithm;

/// Says why a key cannot be used; never quotes a private one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// The text is no PEM file with a key in it.
    NotPem,
    /// The file holds another kind of thing.
    Label {
        /// The kind that was needed.
        wanted: &'static str,
        /// The kind that was found.
        found: String,
    },
    /// The private key is in the older SEC1 format.
    Sec1,
    /// The private key is encrypted, and no password was given.
    Encrypted,
    /// The password is another one.
    Password,
    /// The private key is encrypted in a way that is not read.
    Cipher,
    /// Decrypting the private key would take too much time or memory.
    Costly,
    /// The program that holds the key did not sign.
    Program {
        /// The program.
        program: String,
        /// Why not.
        why: String,
    },
    /// The key is for another algorithm or curve.
    Unsupported {
        /// The object identifier of the algorithm.
        oid: String,
    },
    /// The bytes are no key of the algorithm they name.
    Malformed {
        /// The algorithm that is named.
        algorithm: Algorithm,
    },
    /// The Ed25519 point has a small order.
    Weak,
    /// The random bytes are no P-256 scalar.
    Seed,
    /// The key could not be written.
    Encoding,
    /// The signature made does not verify.
    Signing,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPem => f.write_str(
                "no PEM key found; a private key is PKCS#8 (`BEGIN PRIVATE KEY`), a public key \
                 SPKI (`BEGIN PUBLIC KEY`), one per file",
            ),
            Self::Label { wanted, found } => {
                write!(f, "expected a PEM file with `BEGIN {wanted}`, found `BEGIN {found}`")
            }
            Self::Sec1 => f.write_str(
                "the private key is in SEC1 format; convert it with \
                 `openssl pkcs8 -topk8 -nocrypt -in old.key -out new.key`",
            ),
            Self::Encrypted => f.write_str(
                "the private key is encrypted; name its password with --key-password REF, or decrypt \
                 it into a protected file with `openssl pkcs8 -in old.key -out new.key`",
            ),
            Self::Password => f.write_str("the password does not open the private key"),
            Self::Cipher => f.write_str(
                "the private key is encrypted in a way that is not read; write it again with \
                 `openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.key -out new.key`",
            ),
            Self::Costly => f.write_str(
                "opening the private key would take too much time or memory; write it again with \
                 `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in old.key -out new.key`",
            ),
            Self::Program { program, why } => {
                write!(f, "the program {program:?} did not sign: {why}")
            }
            Self::Unsupported { oid } => write!(
                f,
                "the key's algorithm or curve ({oid}) is not supported; use ECDSA P-256 or Ed25519"
            ),
            Self::Malformed { algorithm } => {
                write!(f, "the file says {algorithm} but does not hold a valid key of it")
            }
            Self::Weak => f.write_str(
                "the Ed25519 public key has a small order, so anybody can sign for it; replace it",
            ),
            Self::Seed => {
                f.write_str("these random bytes make no P-256 key; draw 32 others and try again")
            }
            Self::Encoding => f.write_str("the key could not be written as PEM"),
            Self::Signing => f.write_str(
                "the signature just made does not verify, so it was thrown away; suspect the \
                 machine's memory or processor",
            ),
        }
    }
}

impl std::error::Error for KeyError {}
