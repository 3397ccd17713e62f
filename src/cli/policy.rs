//! What the policy of a gate is made of besides `driftseal.toml`: files of its own, waivers, the
//! baseline. All of them lie outside what is audited.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::config;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs::Settled;
use super::run::Request;
use super::session::Session;
use super::trust;
use crate::evidence::signed_text::{TextName, verify_text};
use crate::evidence::{Trust, Usage};
use crate::model::{Digest, PolicyText, Side, Threshold, Timestamp};
use crate::policy::strict::ConfigError;
use crate::policy::{Baseline, Gate, KnownRule, Phase, Policy, Waiver};
use crate::rules::RuleSet;
use crate::wire::evidence as wire;
use crate::wire::rule_pack::SIGNATURE_END;

/// How large a file of the policy may be.
const BYTES_MAX: u64 = 64 << 20;

/// What a file decides.
pub(super) const GATE: &str = "gate";
pub(super) const WAIVERS: &str = "waivers";
pub(super) const BASELINE: &str = "baseline";

/// How a gate is told its policy.
#[derive(Debug, Clone, Default, Args)]
pub struct PolicyArgs {
    /// Ask in this phase of the policy [default: pre-switch].
    #[arg(
        long,
        value_name = "PHASE",
        env = "DRIFTSEAL_PHASE",
        value_parser = PossibleValuesParser::new(Phase::ALL.map(Phase::name))
            .try_map(|name| Phase::parse(&name).ok_or("no such phase")),
    )]
    phase: Option<Phase>,
    /// Take the policy of the gate from this file, in the place of `[gate]` in driftseal.toml.
    #[arg(long, value_name = "FILE", env = "DRIFTSEAL_GATE_POLICY")]
    gate_policy: Option<PathBuf>,
    /// Apply the waivers of this file as well; repeatable.
    #[arg(long, value_name = "FILE")]
    waivers: Vec<PathBuf>,
    /// Apply no waiver, whoever names one: what would be open without them?
    #[arg(long, conflicts_with = "waivers")]
    no_waivers: bool,
    /// Demand that waiver files and the baseline are signed by whom this trust policy names for
    /// waivers.
    #[arg(long, value_name = "FILE", env = "DRIFTSEAL_WAIVER_TRUST")]
    waiver_trust: Option<PathBuf>,
    /// Take the findings of this baseline for known debt.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Demand that the baseline is this very text: its SHA-256.
    #[arg(long, value_name = "DIGEST", value_parser = trust::digest)]
    baseline_digest: Option<Digest>,
}

/// A file that decides.
#[derive(Debug, Clone)]
pub(super) struct PolicyFile {
    /// What it decides.
    pub role: &'static str,
    /// The name of the file, without folders.
    pub name: String,
    /// The file as messages call it.
    pub shown: String,
    /// Its text.
    pub text: String,
    /// The signature beside it.
    pub signature: Option<Vec<u8>>,
}

impl PolicyFile {
    /// Its digest.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// What it is called by a signature.
    pub(super) fn named(&self) -> TextName {
        TextName { role: self.role.to_owned(), digest: self.digest() }
    }
}

/// How the policy was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// In which phase.
    pub phase: Phase,
    /// From which severity on to fail, whatever the files say.
    pub fail_on: Option<Threshold>,
    /// Whether waivers take part.
    pub has_waivers: bool,
}

impl PolicyArgs {
    /// Reads every file, and puts what they say into the policy.
    pub(super) fn settle(
        &self,
        fail_on: Option<Threshold>,
        settled: &mut Settled,
        session: &Session<'_>,
    ) -> Result<(), Failure> {
        let phase = self.phase.unwrap_or_default();
        let asked = Asked { phase, fail_on, has_waivers: !self.no_waivers };
        let request = &mut settled.request;
        let mut files = Vec::new();
        let mut folder = settled.folder.clone();
        if let Some(path) = &self.gate_policy {
            let path = session.folder.join(path);
            files.push(read(GATE, &path, request)?);
            path.parent().unwrap_or(Path::new(".")).clone_into(&mut folder);
        }
        let gate = gate(&files)?.unwrap_or_else(|| request.policy.gate.clone());
        if asked.has_waivers {
            let own = gate.waiving.files.iter().map(|file| folder.join(file));
            let given = self.waivers.iter().map(|file| session.folder.join(file));
            for path in own.chain(given) {
                files.push(read(WAIVERS, &path, request)?);
            }
        }
        files.extend(self.baseline(&gate, &folder, request, session)?);
        if let Some(path) = &self.waiver_trust {
            let trust = trust::for_usage(path, Usage::Waivers, session)?;
            demand_signatures(&files, &trust, request.evaluated_at)?;
        }
        request.policy = assemble(request.policy.clone(), &files, asked)?;
        settled.files = files;
        settled.asked = Some(asked);
        Ok(())
    }

    /// The baseline that was named, if it is the one that was pinned.
    fn baseline(
        &self,
        gate: &Gate,
        folder: &Path,
        request: &Request,
        session: &Session<'_>,
    ) -> Result<Option<PolicyFile>, Failure> {
        let pinned = gate.waiving.baseline.as_ref();
        let path = match (&self.baseline, pinned) {
            (Some(path), _) => session.folder.join(path),
            (None, Some((path, _))) => folder.join(path),
            (None, None) => return Ok(None),
        };
        let found = read(BASELINE, &path, request)?;
        let digest = found.digest();
        let pinned = self.baseline_digest.or(pinned.map(|(_, digest)| *digest));
        let Some(pinned) = pinned else {
            let message = format!("the baseline {} is not pinned", path.display());
            return Err(Failure::usage(message)
                .hint("whoever could change the file could hide a finding")
                .hint(format!("review it, then pass --baseline-digest sha256:{digest}")));
        };
        if pinned != digest {
            let message = format!("the baseline {} is not the one pinned", path.display());
            return Err(Failure::new(FailureKind::Integrity, message)
                .hint(format!("its SHA-256 is {digest}; find out who changed it")));
        }
        Ok(Some(found))
    }
}

/// Reads a file of the policy and what lies beside it.
fn read(role: &'static str, path: &Path, request: &Request) -> Result<PolicyFile, Failure> {
    outside(path, request)?;
    read_file(role, path)
}

/// Refuses what decides and lies in what is audited.
pub(super) fn outside(path: &Path, request: &Request) -> Result<(), Failure> {
    for side in Side::BOTH {
        let sources = request.sources.get(side);
        if config::is_inside(path, &sources.folder, &sources.locators) {
            let message = format!(
                "{} lies inside an audited tree, and what is under audit does not decide how it is \
                 audited",
                path.display()
            );
            return Err(
                Failure::config(message).hint("move it out of the sources of blue and green")
            );
        }
    }
    Ok(())
}

/// Reads a file of the policy wherever it lies.
pub(super) fn read_file(role: &'static str, path: &Path) -> Result<PolicyFile, Failure> {
    let what = match role {
        GATE => "the policy of the gate",
        WAIVERS => "the waivers",
        _ => "the baseline",
    };
    let as_config = |failure| Failure { kind: FailureKind::Config, ..failure };
    let bytes = file::read(path, what, BYTES_MAX).map_err(as_config)?;
    let shown = path.display().to_string();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::config(format!("cannot read {what} {shown}: it is not UTF-8")))?;
    let beside = signature_path(path);
    let signature = match beside.symlink_metadata() {
        Err(_) => None,
        Ok(_) => Some(file::read(&beside, "the signature of the policy", BYTES_MAX)?),
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(PolicyFile { role, name: name.unwrap_or_default(), shown, text, signature })
}

/// Where the signature of a file lies.
pub(super) fn signature_path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(SIGNATURE_END);
    PathBuf::from(name)
}

/// Refuses waivers and a baseline that nobody trusted has signed.
fn demand_signatures(files: &[PolicyFile], trust: &Trust, at: Timestamp) -> Result<(), Failure> {
    let at = jiff::Timestamp::from_second(at.unix_seconds())
        .map_err(|_| Failure::config("cannot tell the time: it is out of range"))?;
    for one in files.iter().filter(|one| one.role != GATE) {
        let refused = |why: &str| {
            let (role, shown) = (one.role, &one.shown);
            let message = format!("the {role} file {shown} is not signed as demanded: {why}");
            let verb = if role == BASELINE { "baseline sign" } else { "waivers sign" };
            Failure::new(FailureKind::Integrity, message)
                .hint(format!("sign it with a key for waivers: driftseal {verb} FILE --key REF"))
        };
        let signature =
            one.signature.as_ref().ok_or_else(|| refused("there is no signature beside it"))?;
        verify_text(&one.named(), signature, trust, at).map_err(|why| refused(&why))?;
    }
    Ok(())
}

/// The policy of the gate, if a file of its own holds it.
fn gate(files: &[PolicyFile]) -> Result<Option<Gate>, Failure> {
    let Some(own) = files.iter().find(|one| one.role == GATE) else { return Ok(None) };
    let gate = Gate::parse(&own.shown, &own.text);
    gate.map(Some).map_err(|errors| mistakes("the policy of the gate", &errors))
}

/// Puts what files say into a policy: the same for a gate and for its replay.
pub(super) fn assemble(
    policy: Policy,
    files: &[PolicyFile],
    asked: Asked,
) -> Result<Policy, Failure> {
    let mut gate = gate(files)?.unwrap_or_else(|| policy.gate.clone());
    gate.phase = asked.phase;
    if let Some(threshold) = asked.fail_on {
        gate.fail_on(threshold);
    }
    let texts = files.iter().filter(|one| one.role == WAIVERS);
    let texts: Vec<(String, String)> =
        texts.map(|one| (one.shown.clone(), one.text.clone())).collect();
    let waivers = Waiver::parse_all(&texts).map_err(|errors| mistakes("the waivers", &errors))?;
    let baseline = files.iter().find(|one| one.role == BASELINE);
    let baseline = baseline.map(|one| Baseline::parse(&one.shown, &one.text)).transpose();
    let baseline = baseline.map_err(|error| mistakes("the baseline", &[error]))?;
    let text = |one: &PolicyFile| PolicyText {
        role: one.role,
        name: one.name.clone(),
        digest: one.digest(),
    };
    let texts = files.iter().map(text).collect();
    let has_waivers = asked.has_waivers;
    Ok(Policy { gate, waivers, has_waivers, baseline, texts, ..policy })
}

/// Refuses decisions about rules that there are none of, or that nobody may decide about.
pub(super) fn known(policy: &Policy, rules: &RuleSet) -> Result<(), Failure> {
    let known = rules.rules().iter();
    let known = known.map(|rule| KnownRule { id: &rule.id.0, severity: rule.severity });
    let errors = policy.mistakes(&known.collect::<Vec<_>>());
    if errors.is_empty() { Ok(()) } else { Err(mistakes("the policy of the gate", &errors)) }
}

/// What is said of a file that cannot be used.
pub(super) fn mistakes(what: &str, errors: &[ConfigError]) -> Failure {
    let count = match errors.len() {
        1 => "there is a mistake in it".to_owned(),
        count => format!("there are {count} mistakes in it"),
    };
    Failure::config(format!("cannot use {what}: {count}"))
        .with(errors.iter().map(ToString::to_string))
}

/// What a bundle keeps of how the policy was asked for, and where each file lies in it.
pub(super) fn kept(files: &[PolicyFile], asked: Asked) -> (wire::GateRun, Vec<String>) {
    let place = |(nth, one): (usize, &PolicyFile)| {
        let end = if one.role == BASELINE { "jsonl" } else { "toml" };
        format!("{}{nth:03}-{}.{end}", wire::POLICIES, one.role)
    };
    let places: Vec<String> = files.iter().enumerate().map(place).collect();
    let kept = files.iter().zip(&places).map(|(one, path)| wire::PolicyFile {
        role: one.role.to_owned(),
        name: one.name.clone(),
        path: path.clone(),
    });
    let run = wire::GateRun {
        phase: asked.phase.name().to_owned(),
        fail_on: asked.fail_on.map(Into::into),
        waivers_applied: asked.has_waivers,
        files: kept.collect(),
    };
    (run, places)
}

/// What a file of a bundle decides, by the name it was kept under.
pub(super) fn role(name: &str) -> Option<&'static str> {
    [GATE, WAIVERS, BASELINE].into_iter().find(|known| *known == name)
}
