//! `driftseal trust`, and the trust policy of other commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::clock;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs::instant;
use super::key_ref::KeyRef;
use super::seal;
use super::session::Session;
use crate::evidence::trust_policy::PolicyKey;
use crate::evidence::{PublicKey, Seen, Trust, TrustPolicy, Usage};
use crate::model::{Digest, Timestamp};
use crate::rules;

/// The largest policy that is read.
const BYTES_MAX: u64 = 1 << 20;

/// What a trust state begins with.
const STATE: &str = "driftseal.trust-state/1";

/// How a command is told whom to believe.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// Believe whom this trust policy names.
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    trust: Option<PathBuf>,
    /// Demand that the trust policy is this very text: its SHA-256.
    #[arg(long, value_name = "DIGEST", value_parser = digest, requires = "trust")]
    trust_digest: Option<Digest>,
    /// Remember the newest trust policy here, and refuse an older one.
    #[arg(long, value_name = "FILE", requires = "trust")]
    trust_state: Option<PathBuf>,
}

impl TrustArgs {
    /// Whether a trust policy is named.
    pub(super) const fn is_given(&self) -> bool {
        self.trust.is_some()
    }
}

/// The commands of `trust`.
#[derive(Debug, Clone, Subcommand)]
pub enum TrustCommand {
    /// Look for mistakes in a trust policy, and for what is unwise.
    Lint(LintArgs),
    /// Show whom a trust policy names, for what and until when.
    Show(LintArgs),
}

/// Arguments of `trust lint` and `trust show`.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// The policy.
    file: PathBuf,
    /// Judge as if it were this instant.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
}

/// Runs one of the commands of `trust`.
pub(super) fn run(command: &TrustCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        TrustCommand::Lint(args) => lint(args, session),
        TrustCommand::Show(args) => show(args, session),
    }
}

fn lint(args: &LintArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let policy = read(&args.file, session)?;
    let mut found = policy.lint(now(args)?);
    found.extend(shut_out(&policy)?);
    let exit = if found.is_empty() { Exit::Pass } else { Exit::Fail };
    found.push(format!(
        "{} keys, {} roles, version {}: {}",
        policy.keys.len().saturating_add(policy.authorities.len()),
        policy.roles.len(),
        policy.version,
        if found.is_empty() { "nothing to say" } else { "see above" }
    ));
    session.page(&found)?;
    Ok(exit)
}

/// The packs of this version that every gate applies and the policy does not let pass.
fn shut_out(policy: &TrustPolicy) -> Result<Option<String>, Failure> {
    if policy.packs.is_empty() {
        return Ok(None);
    }
    let set = rules::load_to_judge(rules::PACKS).map_err(|_| {
        Failure::new(FailureKind::Internal, "the built-in packs are wrong".to_owned())
    })?;
    let is_named = |id: &str| policy.packs.iter().any(|known| known.id == id);
    let packs = set.packs().iter().map(|pack| pack.id.as_str());
    let missing: Vec<&str> = packs.filter(|id| !is_named(id)).collect();
    Ok((!missing.is_empty()).then(|| {
        format!(
            "packs: no report of this version verifies: every gate applies {} too, and if any pack \
             is named, no other is accepted",
            missing.join(", ")
        )
    }))
}

fn show(args: &LintArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let policy = read(&args.file, session)?;
    let at = now(args)?;
    let mut lines = vec![
        format!("trust policy version {}", policy.version),
        format!("  sha256       {}", policy.digest),
        format!("  expires      {}", policy.expires),
    ];
    for usage in Usage::ALL {
        if !policy.keys.iter().any(|key| key.usages.contains(&usage)) {
            continue;
        }
        let role = policy.role(usage);
        let owners = if role.require_distinct_owners { " of different owners" } else { "" };
        lines.push(format!("{}: {} signature(s){owners}", usage.name(), role.threshold));
        let keys = policy.keys.iter().filter(|key| key.usages.contains(&usage));
        lines.extend(keys.flat_map(|key| about(key, at)));
    }
    for authority in &policy.authorities {
        let counts = authority.distrusted.as_deref().unwrap_or("states when signatures existed");
        lines.push(format!("timestamp: {}  {}", authority.name, authority.id));
        lines.push(format!("    {}: {counts}", authority.owner));
    }
    for pack in &policy.packs {
        let must = if pack.required { "required" } else { "allowed" };
        lines.push(format!("pack {}: {must}, {} digest(s)", pack.id, pack.digests.len()));
    }
    session.page(&lines)?;
    Ok(Exit::Pass)
}

fn about(key: &PolicyKey, at: jiff::Timestamp) -> [String; 2] {
    let trusted = &key.trusted;
    let counts = match trusted.valid(at, None) {
        Ok(()) => "counts now".to_owned(),
        Err(why) => why,
    };
    let owner = trusted.owner.as_deref().unwrap_or_default();
    let (id, algorithm) = (trusted.key.id(), trusted.key.algorithm());
    [
        format!("  {}  {id}", key.name),
        format!("    {owner}, {algorithm}, {}: {counts}", key.status.name()),
    ]
}

fn now(args: &LintArgs) -> Result<jiff::Timestamp, Failure> {
    let at = args.at.or_else(clock::now);
    at.and_then(|at| jiff::Timestamp::from_second(at.unix_seconds()).ok()).ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock, or pass --at")
    })
}

/// The trust policy that was named.
pub(super) fn policy(
    args: &TrustArgs,
    session: &Session<'_>,
) -> Result<Option<TrustPolicy>, Failure> {
    let Some(path) = &args.trust else {
        // The parser lets these pass beside a key, which excludes what they need.
        if args.trust_digest.is_some() || args.trust_state.is_some() {
            return Err(Failure::usage(
                "--trust-digest and --trust-state are about a trust policy",
            )
            .hint("name it with --trust, instead of keys"));
        }
        return Ok(None);
    };
    let policy = read(path, session)?;
    if args.trust_digest.is_some_and(|digest| digest != policy.digest) {
        let message = format!("the trust policy {} is not the one pinned", path.display());
        return Err(Failure::new(FailureKind::Integrity, message)
            .hint(format!("its SHA-256 is {}", policy.digest)));
    }
    Ok(Some(policy))
}

/// Whom to believe about reports: the keys named, or those of the policy, with the newest policy that
/// was seen.
pub(super) fn believed(
    args: &TrustArgs,
    (keys, threshold): (&[String], usize),
    session: &Session<'_>,
) -> Result<(Trust, Option<Seen>), Failure> {
    if let Some(policy) = policy(args, session)? {
        let trust = policy.trust(Usage::Report).map_err(|error| {
            Failure::config(format!("cannot verify reports by this trust policy: {error}"))
        })?;
        return Ok((trust, seen(args, session)?));
    }
    let keys: Vec<PublicKey> = keys
        .iter()
        .map(|text| KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key)))
        .collect::<Result<_, _>>()?;
    let trust = Trust::new(keys, threshold)
        .map_err(|error| Failure::usage(format!("cannot trust these keys: {error}")))?;
    Ok((trust, None))
}

/// Whom a trust policy names for one kind of document.
pub(super) fn for_usage(
    path: &std::path::Path,
    usage: Usage,
    session: &Session<'_>,
) -> Result<Trust, Failure> {
    read(path, session)?.trust(usage).map_err(|error| {
        let what = if usage == Usage::Rules { "rule packs" } else { usage.name() };
        Failure::config(format!("cannot demand signed {what} by this trust policy: {error}"))
    })
}

/// The newest trust policy that was seen, if a state is kept.
fn seen(args: &TrustArgs, session: &Session<'_>) -> Result<Option<Seen>, Failure> {
    let Some(path) = &args.trust_state else { return Ok(None) };
    let path = session.folder.join(path);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let bytes = file::read(&path, "the trust state", BYTES_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    let words: Vec<&str> = text.split_whitespace().collect();
    let read = match words.as_slice() {
        [STATE, version, digest] => version.parse().ok().zip(Digest::parse(digest)),
        _ => None,
    };
    read.map(|(version, digest)| Some(Seen { version, digest })).ok_or_else(|| {
        // Whoever empties it could have an older policy accepted.
        let message = format!("cannot read the trust state {}", path.display());
        Failure::new(FailureKind::Integrity, message)
            .hint("find out who changed it; remove it only if you know why")
    })
}

/// Remembers the policy that was used.
pub(super) fn remember(
    args: &TrustArgs,
    trust: &Trust,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let (Some(path), Some(policy)) = (&args.trust_state, trust.policy()) else { return Ok(()) };
    let text = format!("{STATE} {} {}\n", policy.version, policy.digest);
    file::replace(&session.folder.join(path), text.as_bytes())
}

fn read(path: &std::path::Path, session: &Session<'_>) -> Result<TrustPolicy, Failure> {
    let path = session.folder.join(path);
    let name = path.display().to_string();
    let bytes = file::read(&path, "the trust policy", BYTES_MAX)
        .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::config(format!("the trust policy {name} is not UTF-8")))?;
    TrustPolicy::parse(&name, &text).map_err(|errors| {
        let message = format!("cannot use the trust policy {name}: there are mistakes in it");
        Failure::config(message).with(errors.iter().map(ToString::to_string))
    })
}

/// Reads a digest for an argument.
pub(super) fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    Digest::parse(hex).ok_or_else(|| "expected 64 lowercase hexadecimal digits".to_owned())
}
