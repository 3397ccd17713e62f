//! Reports that survive an adversary: keys, envelope, statement, verification.
//!
//!
//! **Never here:** trusting a field before its signature is checked; reading a file, the clock or
//! the environment (bytes, time and randomness are given); a key's private bytes in a message; an
//! identity made of signature bytes (ECDSA signatures are malleable, so a report is named by the
//! digest of its payload).
//!
//! **To add an algorithm:** one variant of [`Algorithm`]; the compiler names the other places, all
//! in `keys.rs`.

pub mod digest;
pub mod dsse;
pub mod json;
mod key_error;
pub mod keys;
pub mod trust;

pub use digest::Digest;
pub use json::canonical;
pub use keys::{Algorithm, KeyError, KeyId, PrivateKey, PublicKey};
pub use trust::{Trust, TrustError};
