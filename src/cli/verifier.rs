//! `driftseal report verifier`: a page that verifies reports by itself.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::key_ref::KeyRef;
use super::seal;
use super::session::Session;
use crate::evidence::{PublicKey, Trust};
use crate::model::Digest;
use crate::report::verifier_page;

/// Arguments of `report verifier`.
#[derive(Debug, Clone, Args)]
pub struct VerifierArgs {
    /// Pin this public key; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required = true)]
    key: Vec<String>,
    /// Demand signatures by this many different pinned keys.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: usize,
    /// Write the page here.
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
}

/// Writes the page.
pub(super) fn run(args: &VerifierArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let keys: Vec<PublicKey> = args
        .key
        .iter()
        .map(|text| KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key)))
        .collect::<Result<_, _>>()?;
    let trust = Trust::new(keys, args.threshold)
        .map_err(|error| Failure::usage(format!("cannot trust these keys: {error}")))?;
    let page = verifier_page(&trust).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("cannot write the page: {error}"))
    })?;
    file::replace(&session.folder.join(&args.output), page.as_bytes())?;
    session.page(&[format!("wrote a page of SHA-256 {}", Digest::of(page.as_bytes()))])?;
    Ok(Exit::Pass)
}
