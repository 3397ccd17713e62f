//! Documents to typed views, taken once and shared by diff, trace and rules.
//!
//! A view turns documents into items a rule can talk about: a container, an environment variable,
//! a collector pipeline, a TLS listener. Rules never read raw documents.
//!
//! **Never here:** severity, opinion, a second reading of the same document.
//!
//! **To add a view:** one file with a `static` [`View`] whose fields are documented where they are
//! defined, its `mod` line, and one line in [`VIEWS`].

mod fact;

pub use fact::Fact;
