//! The seam between the commands and the floors that do the work.

use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use regex::Regex;

use super::failure::{Failure, FailureKind};
use super::packs::{self, PackText, pairs};
use super::policy;
use super::progress::{Done, Progress};
use super::rego::{self, RegoArgs};
use crate::audit;
use crate::collect::{
    self, Exclusions, Kept, MaskingKey, Options, SecretPatterns, Spool, Survey, WriteError,
    collect_pair,
};
use crate::evidence::Trust;
use crate::evidence::signed_pack::PackName;
use crate::model::{self, Limits, Pair, Report, Snapshot, Timestamp};
use crate::policy::strict::ConfigError;
use crate::policy::{Policy, suggest};
use crate::rules::{self, RuleSet};
use crate::wire::report::Report as Document;

/// What goes on, for progress.
const COLLECTING: &str = "reading, masking and parsing";

/// Everything an audit needs to begin.
pub(super) struct Request {
    /// What the organisation decided, flags included.
    pub policy: Policy,
    /// What to read on each side.
    pub sources: Pair<Sources>,
    /// Patterns of files to leave out.
    pub exclude: Vec<String>,
    /// Rule packs beyond the built-in ones.
    pub packs: Vec<PathBuf>,
    /// Policies in Rego.
    pub rego: RegoArgs,
    /// Who must have signed those packs, if anybody must.
    pub pack_trust: Option<Trust>,
    /// The organisation's masking key, as read; without one, a key is made for this run.
    pub masking_key: Option<Vec<u8>>,
    /// What the organisation calls a secret besides.
    pub secret_patterns: Vec<Regex>,
    /// Threads; as many as there are processors unless said.
    pub jobs: Option<NonZeroUsize>,
    /// The instant everything is judged at.
    pub evaluated_at: Timestamp,
    /// Whether rules are applied, or differences only explained.
    pub rules: Rules,
    /// Whether progress is shown.
    pub progress: Progress,
}

impl Request {
    /// The folder that the sources of both sides are relative to, if it is one.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let Pair { blue, green } = &self.sources;
        (blue.folder == green.folder).then(|| green.folder.clone())
    }
}

/// The sources of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sources {
    /// The folder that paths among them are relative to.
    pub folder: PathBuf,
    /// What to read, as the user wrote it.
    pub locators: Vec<String>,
}

/// What a snapshot is taken of.
pub(super) struct Taking {
    /// What to read.
    pub sources: Sources,
    /// Patterns of files to leave out.
    pub exclude: Vec<String>,
    /// The organisation's masking key, as read; without one, a key is made for this run.
    pub masking_key: Option<Vec<u8>>,
    /// What the organisation calls a secret besides.
    pub secret_patterns: Vec<Regex>,
    /// Threads; as many as there are processors unless said.
    pub jobs: Option<NonZeroUsize>,
    /// Whether progress is shown.
    pub progress: Progress,
}

/// One side as collected.
pub(super) struct Side {
    /// What it consists of.
    pub snapshot: Snapshot,
    spool: Spool,
    options: Options,
}

/// Whether rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Every rule of every pack.
    Apply,
    /// None: differences are explained, not judged.
    Skip,
}

/// Collects both sides and audits them. The memory of it goes with the process, which is nearly over:
/// to give back each piece takes longer than all that follows.
pub(super) fn audit(request: &Request) -> Result<Document, Failure> {
    let (report, collected) = audit_and_keep(request)?;
    std::mem::forget(collected);
    Ok(report)
}

/// As [`audit`], and keeps what the report was made of.
pub(super) fn audit_and_keep(request: &Request) -> Result<(Document, Collected), Failure> {
    within(request.jobs, || {
        let collected = collect_both(request)?;
        let report = collected.audit(&request.policy, request.evaluated_at, request.progress)?;
        Ok((Document::from(report), collected))
    })
}

/// Reads both sides of an earlier run.
pub(super) fn restore(
    kept: &Pair<Kept>,
    secret_patterns: Vec<Regex>,
) -> Result<Pair<Snapshot>, Failure> {
    let options = reader(secret_patterns)?;
    within(None, || restored(kept, &options).map(|(snapshots, _)| snapshots))
}

fn restored(kept: &Pair<Kept>, options: &Options) -> Result<(Pair<Snapshot>, Spool), Failure> {
    let spool = Spool::new(&options.limits);
    let snapshots = collect::restore(kept, options, &spool);
    spool.trusted().map_err(|why| Failure::new(FailureKind::Integrity, why.to_string()))?;
    Ok((snapshots, spool))
}

/// How somebody reads who has no masking key.
fn reader(secret_patterns: Vec<Regex>) -> Result<Options, Failure> {
    Ok(Options {
        limits: Limits::STANDARD,
        masking_key: masking_key(None)?,
        secret_patterns: SecretPatterns::new(secret_patterns),
        exclude: Exclusions::default(),
        base_dir: PathBuf::new(),
        environment: Vec::new(),
    })
}

/// Audits both sides of an earlier run again, with the packs it kept, given as file and text.
pub(super) fn audit_again(
    kept: &Pair<Kept>,
    packs: Vec<PackText>,
    (policy, secret_patterns, now): (&Policy, Vec<Regex>, Timestamp),
    jobs: Option<NonZeroUsize>,
) -> Result<Report, Failure> {
    let rules = rules::load_to_judge(&pairs(&packs)).map_err(|errors| mistakes(&errors))?;
    let rules = rules.with(rego::load(&packs, now)?).map_err(|errors| mistakes(&errors))?;
    let rules = with_params(rules, policy, now)?;
    let options = reader(secret_patterns)?;
    within(jobs, || {
        let (snapshots, spool) = restored(kept, &options)?;
        let options = Pair::from_fn(|_| options.clone());
        Collected { snapshots, packs, spool, rules, options }.audit(policy, now, Progress::Silent)
    })
}

/// Collects one side.
pub(super) fn take(taking: &Taking) -> Result<Side, Failure> {
    readable(&taking.sources)?;
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: masking_key(taking.masking_key.as_deref())?,
        secret_patterns: SecretPatterns::new(taking.secret_patterns.clone()),
        exclude: Exclusions::new(&taking.exclude).map_err(Failure::usage)?,
        base_dir: taking.sources.folder.clone(),
        environment: std::env::vars_os().collect(),
    };
    let spool = Spool::new(&options.limits);
    let done = || Done::Files(spool.len());
    let snapshot = taking.progress.counted(COLLECTING, done, || {
        within(taking.jobs, || Ok(collect::collect(&taking.sources.locators, &options, &spool)))
    })?;
    spool.trusted().map_err(|why| Failure::new(FailureKind::Integrity, why.to_string()))?;
    Ok(Side { snapshot, spool, options })
}

/// Collects one side and audits it beside nothing, without rules.
pub(super) fn alone(taking: &Taking, policy: &Policy, now: Timestamp) -> Result<Report, Failure> {
    let Side { snapshot, spool, options } = take(taking)?;
    let masking_key = snapshot.masking_key.clone();
    let nothing = Snapshot { masking_key, ..Snapshot::default() };
    let rules = RuleSet::of(Vec::new()).map_err(|errors| mistakes(&errors))?;
    let snapshots = Pair::new(nothing, snapshot);
    let options = Pair::from_fn(|_| options.clone());
    let collected = Collected { snapshots, packs: Vec::new(), spool, rules, options };
    within(taking.jobs, || collected.audit(policy, now, taking.progress))
}

/// Looks for two sides below a folder, by names only.
pub(super) fn survey(folder: &Path) -> Result<Option<Survey>, Failure> {
    Ok(collect::survey(&Options {
        limits: Limits::STANDARD,
        masking_key: masking_key(None)?,
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: folder.to_owned(),
        environment: Vec::new(),
    }))
}

impl Side {
    /// Writes the snapshot.
    pub(super) fn write(
        &self,
        now: Option<Timestamp>,
        out: &mut dyn io::Write,
    ) -> Result<(), Failure> {
        write_snapshot((&self.snapshot, now), &self.spool, &self.options, out)
    }
}

fn write_snapshot(
    (snapshot, now): (&Snapshot, Option<Timestamp>),
    spool: &Spool,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), Failure> {
    collect::write_dated(snapshot, now, spool, options, out).map_err(|why| {
        let kind = match why {
            WriteError::Io(_) => FailureKind::Output,
            WriteError::Blob(_) => FailureKind::Integrity,
            WriteError::Key => FailureKind::Config,
        };
        Failure::new(kind, format!("cannot write the snapshot: {why}"))
    })
}

/// Refuses a source that only another build reads.
fn readable(sources: &Sources) -> Result<(), Failure> {
    let mut locators = sources.locators.iter();
    let Some(feature) = locators.find_map(|locator| collect::missing_feature(locator)) else {
        return Ok(());
    };
    let message = format!("cannot read a source: this driftseal was built without `{feature}`");
    let hint = format!(
        "install one that has it; in a checkout: cargo install --path . --features {feature}"
    );
    Err(Failure::usage(message).hint(hint))
}

/// The program's own thread.
static LENT: OnceLock<ThreadId> = OnceLock::new();

/// Makes this thread one of those that do the work, instead of one beside them: a heap fewer. Work must
/// then be handed out by it alone; another thread might wait for it for ever.
pub(super) fn lend_this_thread() {
    // Only the first of a process can be one.
    let _ = LENT.set(thread::current().id());
}

/// Runs on as many threads as asked for.
fn within<T: Send>(
    jobs: Option<NonZeroUsize>,
    run: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    let Some(jobs) = jobs else {
        if LENT.get() == Some(&thread::current().id()) {
            // Where no other thread can be started, this one does all of it; where there is a pool, it is
            // one of it already.
            let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
        }
        // On a thread of those that do the work, which hold the memory that is free.
        return rayon::scope(|_| run());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build();
    let pool = pool.map_err(|why| {
        Failure::new(FailureKind::Internal, format!("cannot work with `--jobs {jobs}`: {why}"))
    })?;
    pool.install(run)
}

/// Collects both sides, audits them, and audits them again with what would be suggested.
pub(super) fn suggest(request: &Request) -> Result<(Document, String), Failure> {
    within(request.jobs, || {
        let (policy, now) = (&request.policy, request.evaluated_at);
        let collected = collect_both(request)?;
        let report = Document::from(collected.audit(policy, now, request.progress)?);
        let mut unpinned = BTreeSet::new();
        let mut suggestions = suggest::suggest(&report.changes, policy, now, &unpinned);
        let mut left = collected.left(suggestions.applied_to(policy), (now, request.progress))?;
        let names = suggestions.declared().filter(|name| left.contains(*name));
        unpinned.extend(names.map(str::to_owned));
        if !unpinned.is_empty() {
            suggestions = suggest::suggest(&report.changes, policy, now, &unpinned);
            left = collected.left(suggestions.applied_to(policy), (now, request.progress))?;
        }
        Ok((report, suggestions.toml(u64::try_from(left.len()).ok())))
    })
}

/// Both sides, as they can be audited under any policy.
pub(super) struct Collected {
    /// What each side consists of.
    pub snapshots: Pair<Snapshot>,
    /// Every rule pack, in the order of loading.
    pub packs: Vec<PackText>,
    spool: Spool,
    rules: RuleSet,
    options: Pair<Options>,
}

impl Collected {
    /// Writes the snapshot of one side.
    pub(super) fn write(&self, side: model::Side, out: &mut dyn io::Write) -> Result<(), Failure> {
        write_snapshot((self.snapshots.get(side), None), &self.spool, self.options.get(side), out)
    }

    /// The names of all that stays unexplained under a policy.
    fn left(
        &self,
        policy: Option<Policy>,
        (now, progress): (Timestamp, Progress),
    ) -> Result<BTreeSet<String>, Failure> {
        let policy = policy.ok_or_else(|| {
            let message = "cannot suggest anything: what was made would be refused";
            Failure::new(FailureKind::Internal, message)
        })?;
        let report = Document::from(self.audit(&policy, now, progress)?);
        let drift =
            report.changes.into_iter().filter(|one| one.explanation.kind() == "unexplained");
        Ok(drift.map(|one| one.fingerprint).collect())
    }

    fn audit(
        &self,
        policy: &Policy,
        now: Timestamp,
        progress: Progress,
    ) -> Result<Report, Failure> {
        let what = match self.rules.rules().len() {
            0 => "comparing and explaining".to_owned(),
            rules => format!("comparing, explaining and judging by {rules} rules"),
        };
        progress
            .reads(&self.spool, (what, self.spool.len()), |blobs| {
                audit::audit(&self.snapshots, blobs, policy, &self.rules, now)
            })
            .map_err(|why| Failure::new(FailureKind::Integrity, format!("cannot audit: {why}")))
    }
}

fn collect_both(request: &Request) -> Result<Collected, Failure> {
    readable(&request.sources.blue)?;
    readable(&request.sources.green)?;
    let (rules, packs) = match request.rules {
        Rules::Apply => {
            let (rules, mut packs) = load(&request.packs)?;
            for folder in &request.rego.rego {
                policy::outside(folder, request)?;
            }
            packs.extend(request.rego.read()?);
            let policies = rego::load(&packs, request.evaluated_at)?;
            let rules = rules.with(policies).map_err(|errors| mistakes(&errors))?;
            let rules = with_params(rules, &request.policy, request.evaluated_at)?;
            policy::known(&request.policy, &rules)?;
            if let Some(trust) = &request.pack_trust {
                packs::demand_signatures(&packs, &rules, trust, request.evaluated_at)?;
            }
            (rules, packs)
        }
        Rules::Skip => (RuleSet::of(Vec::new()).map_err(|errors| mistakes(&errors))?, Vec::new()),
    };
    let masking_key = masking_key(request.masking_key.as_deref())?;
    let exclude = Exclusions::new(&request.exclude).map_err(Failure::usage)?;
    let limits = Limits::STANDARD;
    let spool = Spool::new(&limits);
    let sides = Pair::from_fn(|side| {
        let sources = request.sources.get(side);
        let options = Options {
            limits,
            masking_key: masking_key.clone(),
            secret_patterns: SecretPatterns::new(request.secret_patterns.clone()),
            exclude: exclude.clone(),
            base_dir: sources.folder.clone(),
            environment: std::env::vars_os().collect(),
        };
        (sources.locators.as_slice(), options)
    });
    let snapshots = request.progress.counted(
        COLLECTING,
        || Done::Files(spool.len()),
        || collect_pair(&sides, &spool),
    );
    spool.trusted().map_err(|why| Failure::new(FailureKind::Integrity, why.to_string()))?;
    let options = sides.map(|(_, options)| options);
    Ok(Collected { snapshots, packs, spool, rules, options })
}

/// The rules with the parameters that the policy has for them.
fn with_params(rules: RuleSet, decided: &Policy, now: Timestamp) -> Result<RuleSet, Failure> {
    let rules = rules.with_params(&decided.gate.params, now);
    rules.map_err(|errors| policy::mistakes("the policy of the gate", &errors))
}

/// Refuses decisions about rules that neither the built-in packs nor `packs` have, or that nobody may
/// decide about.
pub(super) fn check(decided: &Policy, packs: &[PathBuf]) -> Result<(), Failure> {
    policy::known(decided, &load(packs)?.0)
}

/// The organisation's key, or one that is gone after this run.
fn masking_key(bytes: Option<&[u8]>) -> Result<MaskingKey, Failure> {
    if let Some(bytes) = bytes {
        return MaskingKey::from_bytes(bytes, false).map_err(Failure::config);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|why| {
        Failure::new(FailureKind::Internal, format!("cannot draw a masking key: {why}"))
    })?;
    MaskingKey::from_bytes(&bytes, true).map_err(|why| Failure::new(FailureKind::Internal, why))
}

/// The built-in packs and further ones, with the texts they were read from.
pub(super) fn load(packs: &[PathBuf]) -> Result<(RuleSet, Vec<PackText>), Failure> {
    let own = packs::read(packs)?;
    let count = own.len();
    let texts: Vec<PackText> = packs::built_in().chain(own).collect();
    let pairs = pairs(&texts);
    let set = rules::load_to_judge(&pairs).map_err(|errors| mistakes(&errors))?;
    // The tests of the program look at the controls that its own packs cite.
    let own = pairs.get(pairs.len() - count..).unwrap_or_default();
    rules::check_controls(&set, own).map_err(|errors| mistakes(&errors))?;
    Ok((set, texts))
}

/// What a pack is called, if it can be loaded.
pub(super) fn pack_name(file: &Path) -> Result<PackName, Failure> {
    let texts = packs::read(&[file.to_owned()])?;
    let set = rules::load_to_judge(&pairs(&texts)).map_err(|errors| mistakes(&errors))?;
    let name = texts.first().and_then(|pack| packs::name(&pack.text, &set));
    name.ok_or_else(|| Failure::config("there is no rule pack"))
}

pub(super) fn mistakes(errors: &[ConfigError]) -> Failure {
    let count = errors.len();
    Failure::config(format!("{count} mistake(s) in the rule packs"))
        .with(errors.iter().map(ToString::to_string))
}
