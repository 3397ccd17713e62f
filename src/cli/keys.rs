//! `driftseal keys`: make a key to sign with, show what a key is.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file::{self, Readers};
use super::key_ref::{Access, KeyRef};
use super::seal;
use super::session::Session;
use super::signer;
use crate::evidence::encrypted::{self, Fresh};
use crate::evidence::{Algorithm, KeyError, PrivateKey, PublicKey};

/// How often randomness is drawn before giving up; one draw in 2^32 makes no P-256 key.
const DRAWS_MAX: u32 = 8;

/// The commands of `keys`.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Make a private key and its public half, PATH and PATH.pub.
    Generate(GenerateArgs),
    /// Show the id, the algorithm and the public half of a key, private or public.
    Show(ShowArgs),
    /// Print the id of a key, private or public: SHA-256 of its public half.
    Fingerprint(ShowArgs),
}

/// Arguments of `keys generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// Where the private key goes; a file that exists is never touched.
    path: PathBuf,
    /// What kind of key.
    #[arg(
        long,
        value_name = "NAME",
        default_value = Algorithm::P256.as_str(),
        value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|one| one.as_str()))
            .try_map(|name| Algorithm::from_name(&name).ok_or("no such algorithm")),
    )]
    algorithm: Algorithm,
    /// Write the private key under this password: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
}

/// Arguments of `keys show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// The key: `file:PATH`, `env:NAME`, PATH, `exec:PROGRAM[#KEY]` or `kms:NAME://KEY`.
    key: String,
    /// The password of a private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

/// Runs one of the commands of `keys`.
pub(super) fn run(command: &KeysCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        KeysCommand::Generate(args) => generate(args, session),
        KeysCommand::Show(args) => show(args, session),
        KeysCommand::Fingerprint(args) => fingerprint(args, session),
    }
}

fn generate(args: &GenerateArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let private_at = session.folder.join(&args.path);
    let public_at = public_path(&private_at);
    for path in [&private_at, &public_at] {
        if path.symlink_metadata().is_ok() {
            let message = format!("cannot write a new key to {}: it exists", path.display());
            return Err(Failure::new(FailureKind::Output, message)
                .hint("keys are never overwritten; choose another path"));
        }
    }
    let key = draw(args.algorithm)?;
    let password = password(args.key_password.as_deref(), session)?;
    let pem = match &password {
        None => key.to_pem().map_err(internal)?,
        Some(password) => {
            let password = signer::secret_line(password, Access::OwnerOnly)?;
            encrypted::encrypt(&key, &password, &fresh()?).map_err(internal)?
        }
    };
    file::create(&private_at, pem.as_bytes(), Readers::Owner)?;
    file::create(&public_at, key.public().to_pem().as_bytes(), Readers::All)?;
    session.note(&format!(
        "wrote {} (keep it secret) and {} (give it to verifiers)",
        private_at.display(),
        public_at.display()
    ));
    describe(key.public(), session)
}

fn show(args: &ShowArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let reference = KeyRef::parse(&args.key, &session.folder)?;
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let password = password(args.key_password.as_deref(), session)?;
    describe(&public_half(&reference, access, password.as_ref())?, session)
}

fn fingerprint(args: &ShowArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let reference = KeyRef::parse(&args.key, &session.folder)?;
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let password = password(args.key_password.as_deref(), session)?;
    let key = public_half(&reference, access, password.as_ref())?;
    session.print(format!("{}\n", key.id()).as_bytes())?;
    Ok(Exit::Pass)
}

/// The public half of whatever a reference names.
fn public_half(
    reference: &KeyRef,
    access: Access,
    password: Option<&KeyRef>,
) -> Result<PublicKey, Failure> {
    if matches!(reference, KeyRef::Program { .. }) {
        return Ok(signer::signer(reference, access, None)?.public().clone());
    }
    // A private key says so in its first line; everything else is read as a public one.
    let bytes = reference.public()?;
    if String::from_utf8_lossy(&bytes).contains("PRIVATE KEY-----") {
        return Ok(signer::private_key(reference, access, password)?.public().clone());
    }
    seal::public_key(reference)
}

fn password(text: Option<&str>, session: &Session<'_>) -> Result<Option<KeyRef>, Failure> {
    text.map(|text| KeyRef::parse(text, &session.folder)).transpose()
}

/// Randomness for one encrypted key.
fn fresh() -> Result<Fresh, Failure> {
    let mut fresh = Fresh { salt: [0; 16], iv: [0; 16] };
    for bytes in [&mut fresh.salt, &mut fresh.iv] {
        getrandom::fill(bytes).map_err(|error| {
            let message = format!("cannot make a key: no randomness from the system: {error}");
            Failure::new(FailureKind::Internal, message)
        })?;
    }
    Ok(fresh)
}

fn describe(key: &PublicKey, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let text = format!("id         {}\nalgorithm  {}\n{}", key.id(), key.algorithm(), key.to_pem());
    session.print(text.as_bytes())?;
    Ok(Exit::Pass)
}

fn draw(algorithm: Algorithm) -> Result<PrivateKey, Failure> {
    for _ in 0..DRAWS_MAX {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| {
            let message = format!("cannot make a key: no randomness from the system: {error}");
            Failure::new(FailureKind::Internal, message)
        })?;
        match PrivateKey::generate(algorithm, &seed) {
            Err(KeyError::Seed) => {}
            other => return other.map_err(internal),
        }
    }
    Err(internal(KeyError::Seed))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` asks for")]
fn internal(error: KeyError) -> Failure {
    Failure::new(FailureKind::Internal, format!("cannot make a key: {error}"))
}

fn public_path(private: &Path) -> PathBuf {
    let mut name = private.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}
