//! `driftseal timestamp`: what a time stamping authority says of the signatures in a bundle.
//!
//! Nothing here speaks to an authority: requests are carried there, answers brought back.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::evidence::{Folder, token};
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file::{self, Readers};
use super::session::Session;
use crate::evidence::{Token, dsse, timestamp};
use crate::model::Digest;
use crate::wire::evidence::{ENVELOPE_END, PASS_ENVELOPE, REPORT_ENVELOPE, TOKEN_END};

/// The commands of `timestamp`.
#[derive(Debug, Clone, Subcommand)]
pub enum TimestampCommand {
    /// Write a request (`.tsq`) for each signature of a bundle, to be carried to an authority.
    Request(RequestArgs),
    /// Put what an authority answered (`.tsr`) into a bundle, and into its Sigstore copies.
    Attach(AttachArgs),
}

/// Arguments of `timestamp request`.
#[derive(Debug, Clone, Args)]
pub struct RequestArgs {
    /// The bundle's folder.
    bundle: PathBuf,
    /// The folder that the requests go to; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Arguments of `timestamp attach`.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    /// The bundle's folder.
    bundle: PathBuf,
    /// The answers of the authority.
    #[arg(required = true)]
    answer: Vec<PathBuf>,
    /// Demand that each answers one of these requests; repeatable.
    #[arg(long, value_name = "FILE")]
    query: Vec<PathBuf>,
}

/// Runs one of the commands of `timestamp`.
pub(super) fn run(command: &TimestampCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        TimestampCommand::Request(args) => request(args, session),
        TimestampCommand::Attach(args) => attach(args, session),
    }
}

/// The name of an envelope, and the signatures in it.
type Signed = (&'static str, Vec<Vec<u8>>);

/// What stands in a bundle: each envelope's name, and the signatures in it.
fn signatures(folder: &Folder) -> Result<Vec<Signed>, Failure> {
    let mut found = Vec::new();
    for (name, envelope) in
        [(REPORT_ENVELOPE, Some(folder.envelope()?)), (PASS_ENVELOPE, folder.pass()?)]
    {
        let Some(envelope) = envelope else { continue };
        let opened = dsse::open(&envelope).map_err(|error| {
            Failure::new(FailureKind::Integrity, format!("cannot read {name}: {error}"))
        })?;
        found.push((name, opened.claims().map(|(_, signature)| signature.to_vec()).collect()));
    }
    Ok(found)
}

fn request(args: &RequestArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let folder = Folder::at(&session.folder.join(&args.bundle));
    let output = session.folder.join(&args.output);
    fs::create_dir_all(&output).map_err(|error| {
        let message = format!("cannot write the folder {}: {error}", output.display());
        Failure::new(FailureKind::Output, message)
    })?;
    let mut lines = Vec::new();
    for (name, signatures) in signatures(&folder)? {
        for signature in signatures {
            let mut nonce = [0; 8];
            getrandom::fill(&mut nonce).map_err(|error| {
                let message = format!("cannot draw random bytes: {error}");
                Failure::new(FailureKind::Internal, message)
            })?;
            let bytes = timestamp::request(&signature, nonce)
                .map_err(|why| Failure::new(FailureKind::Internal, why))?;
            let stem = name.trim_end_matches(ENVELOPE_END);
            let file = format!("{stem}.{}.tsq", Digest::of(&signature).short(12));
            file::create(&output.join(&file), &bytes, Readers::All)?;
            lines.push(format!("wrote {}", args.output.join(file).display()));
        }
    }
    session.note(
        "send each to an authority: curl -H 'Content-Type: application/timestamp-query' \
         --data-binary @FILE.tsq URL -o FILE.tsr",
    );
    session.page(&lines)?;
    Ok(Exit::Pass)
}

fn attach(args: &AttachArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let folder = Folder::at(&session.folder.join(&args.bundle));
    let signatures = signatures(&folder)?;
    let queries = args.query.iter().map(|path| token(&session.folder.join(path)));
    let queries: Vec<Vec<u8>> = queries.collect::<Result<_, _>>()?;
    let mut lines = Vec::new();
    // Everything is looked at before anything is written.
    let mut files = Vec::new();
    for path in &args.answer {
        let refused = |why: String| {
            let message = format!("cannot use the time stamp {}: {why}", path.display());
            Failure::new(FailureKind::Integrity, message)
        };
        let bytes = token(&session.folder.join(path))?;
        let read = Token::read(&bytes).map_err(refused)?;
        let is_over = |(_, of): &&Signed| of.iter().any(|one| read.is_over(one));
        let (name, _) = signatures.iter().find(is_over).ok_or_else(|| {
            refused("it is over other data than a signature of this bundle".to_owned())
        })?;
        if !queries.is_empty() {
            let refusals: Vec<String> =
                queries.iter().filter_map(|query| read.answers(query).err()).collect();
            if refusals.len() == queries.len() {
                return Err(refused(refusals.join("; ")));
            }
        }
        let stem = name.trim_end_matches(ENVELOPE_END);
        files.push((*name, format!("{stem}.{}{TOKEN_END}", Digest::of(&bytes).short(12)), bytes));
        lines.push(format!("attached to {name}, stating {}", read.claimed()));
    }
    for (_, file, bytes) in &files {
        let path = folder.path(file);
        if !path.is_file() {
            file::create(&path, bytes, Readers::All)?;
        }
    }
    for (name, _) in &signatures {
        folder.write_copies(name)?;
    }
    session.note("nobody has verified it yet: `driftseal verify --trust FILE BUNDLE` does");
    session.page(&lines)?;
    Ok(Exit::Pass)
}
