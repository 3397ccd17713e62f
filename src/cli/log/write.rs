//! Beginning a log and adding to it.

use std::path::PathBuf;

use clap::Args;

use super::{failure, now, report};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::file;
use crate::cli::key_ref::{Access, KeyRef};
use crate::cli::session::Session;
use crate::cli::signer;
use crate::evidence::PrivateKey;
use crate::ledger::{self, ATTEMPTS, Checkpoint, Directory, Entry, Log};

/// The key of a log.
#[derive(Debug, Clone, Args)]
pub struct LogKey {
    /// The log's private key, Ed25519 and used for nothing else: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF")]
    key: String,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF")]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

impl LogKey {
    pub(super) fn private(&self, session: &Session<'_>) -> Result<PrivateKey, Failure> {
        let access =
            if self.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
        let password = self.key_password.as_deref();
        let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
        let key = KeyRef::parse(&self.key, &session.folder)?;
        signer::private_key(&key, access, password.as_ref())
    }
}

/// Arguments of `log init`.
#[derive(Debug, Clone, Args)]
pub struct LogInitArgs {
    /// The folder; made if it is not there.
    log: PathBuf,
    /// The name of the log, like an address without a scheme: example.com/payments/audit.
    #[arg(long, value_name = "NAME")]
    origin: String,
    #[command(flatten)]
    key: LogKey,
}

/// Arguments of `log append`.
#[derive(Debug, Clone, Args)]
pub struct AppendArgs {
    /// The folder of the log.
    log: PathBuf,
    /// The signed report: its envelope, or a bundle's folder.
    envelope: PathBuf,
    #[command(flatten)]
    key: LogKey,
    /// Trust this public key to sign reports; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required = true)]
    report_key: Vec<String>,
    /// Demand signatures of the report by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: usize,
    /// Also write the proof that it is in the log here, as `log prove` does.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

/// Begins a log.
pub(super) fn init(args: &LogInitArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let key = args.key.private(session)?;
    // Before the folder is made.
    ledger::Verifier::new(&args.origin, ledger::Role::Log, key.public()).map_err(failure)?;
    let folder = session.folder.join(&args.log);
    let store = Directory::writer(&folder, ATTEMPTS).map_err(failure)?;
    let verifier = ledger::init(&store, &args.origin, &key).map_err(failure)?;
    session.note(&format!(
        "began the log {} in {}; give the line below to whoever reads it",
        args.origin,
        folder.display()
    ));
    session.print(format!("{verifier}\n").as_bytes())?;
    Ok(Exit::Pass)
}

/// Logs a report.
pub(super) fn append(args: &AppendArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let key = args.key.private(session)?;
    let folder = session.folder.join(&args.log);
    // A folder without a log stays as it is.
    let policy = ledger::own_policy(&Directory::open(&folder), &key).map_err(failure)?;
    let verified = report(&args.envelope, &args.report_key, args.threshold, session)?;
    let store = Directory::writer(&folder, ATTEMPTS).map_err(failure)?;
    let mut log = Log::open(&store, &policy).map_err(failure)?;
    if let Some(head) = &verified.get().run.log_head
        && head.origin == log.checkpoint().origin
    {
        let earlier = Checkpoint::from_wire(head).map_err(failure)?;
        log.covers(&earlier).map_err(|error| {
            failure(error).hint("the report carries a head of this log that the log does not hold")
        })?;
    }
    let entry = Entry::of_report(&verified, now()?);
    let appended = ledger::append(&store, &key, &[entry]).map_err(failure)?;
    store.tidy(&appended.superseded);
    for place in &appended.at {
        let Checkpoint { origin, size, root } = &appended.checkpoint;
        let was = if place.was_there { "was logged already" } else { "logged" };
        let text = format!(
            "{was} as entry {} of {origin}\n  report id    {}\n  entries      {size}\n  root         {root}\n",
            place.index,
            verified.get().id
        );
        session.print(text.as_bytes())?;
        if let Some(path) = &args.proof {
            let mut log = Log::open(&store, &policy).map_err(failure)?;
            let proof = log.prove(place.index).map_err(failure)?.to_string();
            file::replace(&session.folder.join(path), proof.as_bytes())?;
        }
    }
    Ok(Exit::Pass)
}
