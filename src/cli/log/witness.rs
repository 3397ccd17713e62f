//! Being a witness of a log, and adding what a witness has signed.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Believed, failure, now, stored};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::file;
use crate::cli::key_ref::{Access, KeyRef};
use crate::cli::session::Session;
use crate::cli::signer;
use crate::ledger::witness::Witness;
use crate::ledger::{
    self, ATTEMPTS, Checkpoint, Directory, Growth, Known, Log, PROOF_BYTES_MAX, Policy, Reason,
    Role, Verifier,
};

/// Arguments of `log witness`.
#[derive(Debug, Clone, Args)]
pub struct WitnessArgs {
    /// The log: its folder, the file it was exported to, what `log consistency` printed, or `-`.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    /// The witness's private key, Ed25519: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", requires_all = ["name", "state"], required_unless_present = "cosignature")]
    key: Option<String>,
    /// The name of the witness, like an address without a scheme.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where the witness keeps what it has seen; a folder that only it writes to.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Also add the cosignature to the log, whose folder was given.
    #[arg(long, requires = "key")]
    attach: bool,
    /// Add the cosignatures in this file, each by a witness that is known here, to the log.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "name", "state"], requires = "witness_key")]
    cosignature: Option<PathBuf>,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", requires = "key")]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

/// Cosigns a log, or adds cosignatures to one.
pub(super) fn run(args: &WitnessArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let policy = args.believed.policy(session)?;
    if let Some(path) = &args.cosignature {
        let lines = file::read(&session.folder.join(path), "the cosignatures", 1 << 20)?;
        return attach(args, &policy, &String::from_utf8_lossy(&lines), session);
    }
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let reference = KeyRef::parse(args.key.as_deref().unwrap_or_default(), &session.folder)?;
    let password = args.key_password.as_deref();
    let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
    let key = signer::private_key(&reference, access, password.as_ref())?;
    let name = args.name.as_deref().unwrap_or_default();
    let verifier = Verifier::new(name, Role::Witness, key.public()).map_err(failure)?;
    let state = session.folder.join(args.state.as_deref().unwrap_or(Path::new("")));
    let state = Directory::writer(state, ATTEMPTS).map_err(failure)?;
    let known = Known::new(&state);
    let witness =
        Witness { verifier: &verifier, key: &key, known: &known, policy: &policy, at: now()? };
    let place = args.log.display().to_string();
    let request = if let Some(bytes) = request(args, session)? {
        Growth::parse(&bytes, &place).map_err(failure)?
    } else {
        let store = stored(&args.log, session)?;
        let mut log = Log::open(&*store, &policy).map_err(failure)?;
        let seen = witness.seen(&log.checkpoint().origin).map_err(failure)?;
        match log.growth(seen) {
            Ok((growth, _)) => growth,
            // The witness itself says, with both checkpoints, why it does not cosign this.
            Err(error) if error.reason == Reason::Rollback => {
                Growth { old: seen, hashes: Vec::new(), note: log.note().clone() }
            }
            Err(error) => return Err(failure(error)),
        }
    };
    let line = witness.cosign(&request, &place).map_err(failure)?;
    let Checkpoint { origin, size, .. } = policy.signed(&request.note, &place).map_err(failure)?;
    session.note(&format!("cosigned {origin} of {size} entries; this witness is {verifier}"));
    if args.attach {
        let log = verifier_policy(args, &verifier, session)?;
        return attach(args, &log, &line, session);
    }
    session.print(line.as_bytes())?;
    Ok(Exit::Pass)
}

/// The request, if that is what was given and not a log.
fn request(args: &WitnessArgs, session: &Session<'_>) -> Result<Option<Vec<u8>>, Failure> {
    if args.log.as_os_str() == "-" {
        let bytes = file::bounded(io::stdin().lock(), PROOF_BYTES_MAX as u64);
        return bytes.map(Some).map_err(|error| super::unreadable("standard input", &error));
    }
    let path = session.folder.join(&args.log);
    let is_request = path.is_file()
        && file::begins_with(&path, b"old ")
            .map_err(|error| super::unreadable(&path.display().to_string(), &error))?;
    if is_request {
        return file::read(&path, "the request", PROOF_BYTES_MAX as u64).map(Some);
    }
    Ok(None)
}

/// Believes the log as before, and knows this witness.
fn verifier_policy(
    args: &WitnessArgs,
    witness: &Verifier,
    session: &Session<'_>,
) -> Result<Policy, Failure> {
    let key = args.believed.log_key.as_deref().ok_or_else(|| {
        Failure::usage("--attach needs the log's verifier key").hint("pass --log-key, not --policy")
    })?;
    let log = super::verifier(key, Role::Log, session)?;
    Policy::new(log, vec![witness.clone()], 0).map_err(failure)
}

fn attach(
    args: &WitnessArgs,
    policy: &Policy,
    lines: &str,
    session: &mut Session<'_>,
) -> Result<Exit, Failure> {
    let folder = session.folder.join(&args.log);
    Log::open(&Directory::open(&folder), policy).map_err(failure)?;
    let store = Directory::writer(&folder, ATTEMPTS).map_err(failure)?;
    let seen = ledger::attach(&store, policy, lines).map_err(failure)?;
    session.note(&format!(
        "{} known witnesses have cosigned {} of {} entries",
        seen.witnesses.len(),
        seen.checkpoint.origin,
        seen.checkpoint.size
    ));
    session.print(lines.as_bytes())?;
    Ok(Exit::Pass)
}
