//! `driftseal waivers`: check, list, request and sign waivers.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::clock;
use super::exit::Exit;
use super::explain;
use super::failure::Failure;
use super::file;
use super::inputs::{self, instant};
use super::key_ref::{Access, KeyRef};
use super::policy::{self, BASELINE, PolicyFile, WAIVERS};
use super::run;
use super::session::Session;
use super::signer;
use crate::evidence::signed_text::sign_text;
use crate::model::Timestamp;
use crate::policy::gate::Waiving;
use crate::policy::waiver::{self, Asked};
use crate::policy::{Policy, Waiver};
use crate::report::Named;

/// The commands of `waivers`.
#[derive(Debug, Clone, Subcommand)]
pub enum WaiversCommand {
    /// Look for mistakes in waivers, which exit with 2, and for ended ones: 1.
    Lint(LintWaiversArgs),
    /// List waivers with their status, end and approvers.
    List(LintWaiversArgs),
    /// Print a record that would waive a finding, to complete and to approve.
    Request(RequestWaiverArgs),
    /// Sign a waiver file: the signature is written beside it.
    Sign(SignTextArgs),
}

/// Arguments of `waivers lint` and `waivers list`.
#[derive(Debug, Clone, Args)]
pub struct LintWaiversArgs {
    /// The waiver files; those that driftseal.toml names unless some are given.
    files: Vec<PathBuf>,
    /// Judge as if it were this instant.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
    /// Know the rules of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pack: Vec<PathBuf>,
}

/// Arguments of `waivers request`.
#[derive(Debug, Clone, Args)]
pub struct RequestWaiverArgs {
    /// The name of the finding (dsf1:…, dsi1:…), of which an unambiguous beginning is enough.
    finding: String,
    /// The report that holds it: what `gate` wrote with `-o json`.
    #[arg(long, value_name = "FILE")]
    report: PathBuf,
    /// Let it begin at this instant instead of now.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
}

/// Arguments of `waivers sign` and `baseline sign`.
#[derive(Debug, Clone, Args)]
pub struct SignTextArgs {
    /// The file.
    file: PathBuf,
    /// Sign with this private key: `file:PATH`, `env:NAME`, PATH, `exec:PROGRAM[#KEY]` or
    /// `kms:NAME://KEY`. A key for waivers signs no reports.
    #[arg(long, value_name = "REF")]
    key: String,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

/// Runs one of the commands of `waivers`.
pub(super) fn run(command: &WaiversCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        WaiversCommand::Lint(args) => lint(args, session),
        WaiversCommand::List(args) => list(args, session),
        WaiversCommand::Request(args) => request(args, session),
        WaiversCommand::Sign(args) => sign(args, WAIVERS, session),
    }
}

/// Waivers as a gate would have them, and who may waive what.
fn read(
    args: &LintWaiversArgs,
    session: &mut Session<'_>,
) -> Result<(Vec<Waiver>, Timestamp), Failure> {
    let (config, folder) = inputs::configuration(&[], session)?;
    let own = config.policy.gate.waiving.files.iter().map(|file| folder.join(file));
    let given: Vec<PathBuf> = args.files.iter().map(|file| session.folder.join(file)).collect();
    let paths = if given.is_empty() { own.collect() } else { given };
    if paths.is_empty() {
        return Err(Failure::usage("there is no waiver file to look at")
            .hint("name one, or list them in driftseal.toml: [gate.waivers] files = [\"…\"]"));
    }
    let files = paths.iter().map(|path| policy::read_file(WAIVERS, path));
    let files = files.collect::<Result<Vec<PolicyFile>, Failure>>()?;
    let texts: Vec<(String, String)> =
        files.iter().map(|one| (one.shown.clone(), one.text.clone())).collect();
    let waivers =
        Waiver::parse_all(&texts).map_err(|errors| policy::mistakes("the waivers", &errors))?;
    let packs: Vec<PathBuf> = args.pack.iter().map(|pack| session.folder.join(pack)).collect();
    run::check(&Policy { waivers: waivers.clone(), ..config.policy }, &packs)?;
    Ok((waivers, now(args.at)?))
}

fn now(given: Option<Timestamp>) -> Result<Timestamp, Failure> {
    given.or_else(clock::now).ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock, or pass --at")
    })
}

fn lint(args: &LintWaiversArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (waivers, at) = read(args, session)?;
    let mut lines: Vec<String> = waivers
        .iter()
        .filter_map(|one| {
            let status = one.held_at(at)?;
            Some(format!("{}: {} ({})", one.id, status.name(), one.until()))
        })
        .collect();
    let exit = if lines.is_empty() { Exit::Pass } else { Exit::Fail };
    let said = if lines.is_empty() { "nothing to say" } else { "see above" };
    lines.push(format!("{} waivers: {said}", waivers.len()));
    session.page(&lines)?;
    Ok(exit)
}

fn list(args: &LintWaiversArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (waivers, at) = read(args, session)?;
    let mut lines = Vec::new();
    for one in &waivers {
        let status = one.held_at(at).map_or("in force", |status| status.name());
        let (by, of) = (one.approved_by.join(", "), &one.requested_by);
        lines.push(format!("{}  {status} until {}", one.id, one.until()));
        lines.push(format!("  {} on {} {}", one.rule, one.subject, one.path));
        lines.push(format!("  approved by {by} at {}, requested by {of}", one.approved_at));
        lines.push(format!("  {}", one.reason));
    }
    session.page(&lines)?;
    Ok(Exit::Pass)
}

fn request(args: &RequestWaiverArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (config, _) = inputs::configuration(&[], session)?;
    let report = explain::report(&session.folder.join(&args.report))?;
    let topic = args.finding.as_str();
    let found = Named::find(&report, topic);
    let findings: Vec<_> = found
        .iter()
        .filter_map(|named| match named {
            Named::Finding(finding) => Some(*finding),
            Named::Change(_) => None,
        })
        .collect();
    let finding = match findings.as_slice() {
        [only] => *only,
        [] => {
            let message = format!("no finding of {} has the name `{topic}`", args.report.display());
            return Err(Failure::usage(message)
                .hint("a waiver accepts a finding; a difference is declared with [[allow]]"));
        }
        several => {
            let message = format!("`{topic}` may be any of {} findings", several.len());
            let names = several.iter().map(|one| format!("{} {}", one.fingerprint, one.instance));
            return Err(Failure::usage(message).with(names).hint("give more of the name"));
        }
    };
    let waiving: &Waiving = &config.policy.gate.waiving;
    if waiving.never.contains(&finding.rule) {
        let message = format!("the policy lets nobody waive the rule `{}`", finding.rule);
        return Err(Failure::usage(message).hint("fix what it finds"));
    }
    let asked = Asked {
        rule: &finding.rule,
        severity: finding.severity.into(),
        resource: &finding.resource,
        path: &finding.path,
        instance: &finding.instance,
        controls: &finding.controls,
    };
    let is_ephemeral = [&report.inputs.blue, &report.inputs.green]
        .into_iter()
        .any(|input| input.masking_key.ephemeral && input.masked > 0);
    if is_ephemeral {
        session.note(
            "the report was made with a masking key of one run: a waiver of a value with a secret in \
             it fits no other run; pass --masking-key to the gate",
        );
    }
    let record = waiver::request(&asked, waiving, now(args.at)?);
    session.print(record.as_bytes())?;
    Ok(Exit::Pass)
}

/// Signs a text of the policy.
pub(super) fn sign(
    args: &SignTextArgs,
    role: &'static str,
    session: &mut Session<'_>,
) -> Result<Exit, Failure> {
    let path = session.folder.join(&args.file);
    let text = readable(role, &path)?;
    let reference = KeyRef::parse(&args.key, &session.folder)?;
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let password = args.key_password.as_deref();
    let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
    let key = signer::signer(&reference, access, password.as_ref())?;
    let envelope = sign_text(&text.named(), &[&*key])
        .map_err(|error| Failure::config(format!("cannot sign the {role}: {error}")))?;
    let beside = policy::signature_path(&path);
    file::replace(&beside, &envelope)?;
    session.page(&[
        format!("signed {} as {}", text.name, beside.display()),
        format!("  sha256       {}", text.digest()),
        format!("  by           {}", key.public().id()),
    ])?;
    Ok(Exit::Pass)
}

/// Nobody signs what no gate could use.
fn readable(role: &'static str, path: &Path) -> Result<PolicyFile, Failure> {
    let text = policy::read_file(role, path)?;
    let asked = policy::Asked {
        phase: crate::policy::Phase::default(),
        fail_on: None,
        has_waivers: role != BASELINE,
    };
    policy::assemble(Policy::default(), std::slice::from_ref(&text), asked)?;
    Ok(text)
}
