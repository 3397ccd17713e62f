//! Policies in Rego as Conftest runs them: a folder of `.rego` files whose `deny`, `violation` and
//! `warn` rules say what is wrong with one document, the `input`.
//!
//! They are asked of each document of both sides as it was collected, masked. What one says becomes a
//! finding of the rule `rego:PACKAGE.NAME`; a rule that could not be decided is unknown. The engine
//! is only in programs built with the feature `rego`.
//!
//! As Conftest (`policy/engine.go`): a rule that says texts, or maps with `msg`, fails once for each;
//! a list or set of documents is asked one by one; `exception` lists the rules that do not apply.
//! Stricter: every package is asked unless some are named; a rule that is true, or maps messages to
//! true, fails too; what is said in another shape is unknown.

#[cfg(feature = "rego")]
mod calls;
#[cfg(feature = "rego")]
mod engine;
#[cfg(feature = "rego")]
mod load;
#[cfg(feature = "rego")]
mod own;
#[cfg(feature = "rego")]
mod value;

#[cfg(not(feature = "rego"))]
mod absent;

#[cfg(not(feature = "rego"))]
pub use absent::Policy;
#[cfg(feature = "rego")]
pub use engine::Policy;

use crate::model::Digest;

/// Whether this program has the engine.
pub const IS_BUILT: bool = cfg!(feature = "rego");

/// The view that the rules of such policies are listed under.
pub const VIEW: &str = "rego";

/// Syntaxes whose documents are read by Conftest to the same values as here.
const SYNTAXES: [&str; 3] = ["yaml", "json", "toml"];

/// A policy as it lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The name of the folder.
    pub name: String,
    /// The packages whose rules are asked; all of them where none is named.
    pub namespaces: Vec<String>,
    /// Its files by path, sorted.
    pub files: Vec<(String, String)>,
    /// Digest of what was kept of it.
    pub digest: Digest,
}

/// What a rule says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing is wrong.
    Holds,
    /// These things are wrong.
    Fails(Vec<String>),
    /// The policy lists the document among its exceptions.
    Excepted,
    /// It cannot be decided; the reason.
    Unknown(String),
}

/// Whether documents of a syntax are asked about.
pub fn is_asked(syntax: &str) -> bool {
    SYNTAXES.contains(&syntax)
}
