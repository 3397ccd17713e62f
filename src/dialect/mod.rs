//! Trees to documents: what a tree is, and what its parts mean to the program that reads it.
//!
//! A dialect recognises a document and names the resource it describes. Its schema says which
//! lists have named members, which are sets, which values are quantities, what is the default of
//! an absent field, which values are secrets, and which texts are documents of their own.
//!
//! **Never here:** severity, opinion.
//!
//! **To add a dialect:** one file with a `static` that implements [`Dialect`] and one data file
//! `<name>.toml` of facts beside it (format: [`schema`]), its `mod` line, and one line in
//! [`DIALECTS`]. Each fact cites the version it was read in.

pub mod schema;

use crate::model::{Node, Typing};
use schema::Schema;

/// One kind of configuration.
pub trait Dialect: Sync {
    /// The name, as reports spell it.
    fn id(&self) -> &'static str;

    /// One sentence for the manual.
    fn about(&self) -> &'static str;

    /// A file name and a text that this dialect recognises, for the contract tests.
    fn sample(&self) -> (&'static str, &'static str);

    /// Names the resource a document describes, if it is of this dialect. `syntax` is the id of
    /// the syntax it was read with, `file` its path within its side.
    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity>;

    /// What the parts of its documents mean.
    fn schema(&self) -> &'static Schema;

    /// How its reader types a plain scalar.
    fn typing(&self) -> Typing;
}

/// The name of a resource as written on one side, colours included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Kind within the dialect, such as `Deployment`; the dialect's name when it has only one.
    pub kind: String,
    /// What the documents of both sides are joined by, once colours are folded. Leaves out what
    /// may change without becoming another thing, such as an API version.
    pub join: String,
    /// What people call it: `k8s:apps/v1/Deployment/payments-blue/checkout-blue`.
    pub name: String,
}

/// Every dialect; the first that recognises a document wins.
pub static DIALECTS: &[&dyn Dialect] = &[];
