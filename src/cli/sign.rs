//! `driftseal sign`: a second person's signature on a report that exists, or one on the same said
//! again for readers of other formats.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::evidence::Folder;
use super::exit::Exit;
use super::export;
use super::failure::{Failure, FailureKind};
use super::file;
use super::key_ref::{Access, KeyRef};
use super::seal;
use super::session::Session;
use super::signer;
use super::trust::{self, TrustArgs};
use crate::evidence::{self, Conclusion, Expect, Outcome, Trust, Usage, dsse};
use crate::wire::evidence::REPORT_ENVELOPE;

/// The largest envelope that is read.
const BYTES_MAX: u64 = 32 << 20;

/// Arguments of `sign`.
#[derive(Debug, Clone, Args)]
pub struct SignArgs {
    /// The signed report: its envelope, or a bundle's folder.
    envelope: PathBuf,
    /// Add a signature to those it has.
    #[arg(long, required_unless_present = "document", conflicts_with = "document")]
    countersign: bool,
    /// Sign what the verified report says in another form.
    #[arg(
        id = "document",
        long = "as",
        value_name = "FORM",
        value_parser = PossibleValuesParser::new(export::FORMS.map(|(name, about)| {
            PossibleValue::new(name).help(about)
        })),
    )]
    document: Option<String>,
    /// Sign with this private key: `file:PATH`, `env:NAME`, PATH, `exec:PROGRAM[#KEY]` or
    /// `kms:NAME://KEY`.
    #[arg(
        long,
        value_name = "REF",
        env = "DRIFTSEAL_KEY",
        hide_env_values = true,
        required = true
    )]
    key: String,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
    /// Demand that this public key has signed before: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required_unless_present = "trust")]
    signed_by: Option<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Write the result here; without it, --countersign replaces the envelope in a bundle's folder.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Verifies, signs and writes.
pub(super) fn run(args: &SignArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let path = session.folder.join(&args.envelope);
    let output = match &args.output {
        Some(output) => session.folder.join(output),
        None if path.is_dir() && args.countersign => file::envelope_of(&path),
        None => {
            return Err(Failure::usage("`sign` needs --output PATH")
                .hint("only the envelope in a bundle's folder is replaced without being named"));
        }
    };
    let envelope = file::envelope(&path, BYTES_MAX)?;
    let trust = before(args, session)?;
    let verification = evidence::verify(&envelope, &trust, &Expect::default());
    if verification.conclusion() != Conclusion::Holds {
        let failed = verification.checks().iter().find_map(|check| match &check.outcome {
            Outcome::Failed(why) => Some(format!("{}: {why}", check.name)),
            Outcome::Ok | Outcome::NotChecked(_) => None,
        });
        let message = format!("will not sign what does not verify: {}", failed.unwrap_or_default());
        return Err(Failure::new(FailureKind::Integrity, message));
    }
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let reference = KeyRef::parse(&args.key, &session.folder)?;
    let password = args.key_password.as_deref();
    let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
    let key = signer::signer(&reference, access, password.as_ref())?;
    if let (Some(form), Some(verified)) = (&args.document, verification.verified()) {
        return export::run(form, (&envelope, verified, &key), &output, session);
    }
    let signed = dsse::countersign(&envelope, &key)
        .map_err(|error| Failure::config(format!("cannot countersign: {error}")))?;
    file::replace(&output, &signed)?;
    if let Some(folder) = Folder::around(&output) {
        folder.write_copies(REPORT_ENVELOPE)?;
    }
    let id = verification.verified().map(|verified| verified.get().id.to_string());
    session.page(&[
        format!("countersigned {}", id.unwrap_or_default()),
        format!("  by           {}", key.public().id()),
        format!("  before       {} trusted signature(s)", signers(&verification)),
    ])?;
    Ok(Exit::Pass)
}

fn signers(verification: &evidence::Verification) -> usize {
    verification.verified().map_or(0, |verified| verified.signers().len())
}

/// Who must have signed before: one of them, because the others are what is still to come.
fn before(args: &SignArgs, session: &Session<'_>) -> Result<Trust, Failure> {
    let keys = match (trust::policy(&args.trust, session)?, &args.signed_by) {
        (Some(policy), _) => {
            let keys = policy.keys.iter().filter(|key| key.usages.contains(&Usage::Report));
            keys.map(|key| key.trusted.key.clone()).collect()
        }
        (None, Some(text)) => {
            vec![KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key))?]
        }
        (None, None) => Vec::new(),
    };
    Trust::new(keys, 1)
        .map_err(|error| Failure::usage(format!("cannot tell who signed before: {error}")))
}
