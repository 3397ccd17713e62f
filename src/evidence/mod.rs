//! Reports that survive an adversary: keys, envelope, statement, verification.
//!
//! [`seal()`] turns the bytes of a report into a signed envelope; [`verify()`] turns an envelope
//! into a list of checks and, only when every one that was made holds, a [`Verified`] statement.
//! The formats are public ones, so a reader needs none of our code: DSSE v1 around an in-toto
//! Statement v1, ECDSA P-256 or Ed25519 keys in PKCS#8 and SPKI PEM, time stamps of RFC 3161.
//!
//! **Never here:** trusting a field before its signature is checked; reading a file, the clock or
//! the environment (bytes, time and randomness are given); a key's private bytes in a message; an
//! identity made of signature bytes (ECDSA signatures are malleable, so a report is named by the
//! digest of its payload).
//!
//! **To add a check:** one variant of [`CheckName`], at its place in the order of verification, and
//! one line in `verify::examine` that records its outcome. A check that cannot be made is recorded
//! as not checked, with the reason; it is never left out.
//!
//! **To add an algorithm:** one variant of [`Algorithm`]; the compiler names the other places, all
//! in `keys.rs`.

mod authority;
mod checks;
pub mod dsse;
pub mod encrypted;
pub mod json;
mod key_error;
pub mod keys;
pub mod minisign;
pub mod pass;
pub mod replay;
pub mod seal;
mod signed;
pub mod signed_pack;
pub mod signed_text;
pub mod sigstore;
pub mod stamps;
pub mod statement;
pub mod summaries;
pub mod sums;
mod tally;
pub mod timestamp;
pub mod trust;
pub mod trust_policy;
mod trust_read;
mod unverified;
pub mod verify;

#[cfg(test)]
mod attacks;

pub use authority::Authority;
pub use checks::{Check, CheckName, Outcome};

pub use json::canonical;
pub use keys::{Algorithm, KeyError, KeyId, PrivateKey, PublicKey, Signer};
pub use pass::{attest_pass, check_pass};
pub use seal::{SealError, seal, sealed};
pub use statement::{Run, Statement, Subjects};
pub use sums::{Sums, SumsError};
pub use timestamp::{Stamp, Token};
pub use trust::{Trust, TrustError};
pub use trust_policy::{Seen, TrustPolicy, Usage};
pub use unverified::claimed_report;
pub use verify::{Conclusion, Evidence, Expect, Freshness, Verification, Verified, verify};
