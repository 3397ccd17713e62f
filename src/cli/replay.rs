//! `driftseal replay`: does the signed report follow from its evidence?

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::bundle;
use super::evidence::{Folder, Material};
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::policy::{self, Asked};
use super::run;
use super::session::Session;
use crate::evidence::replay::{Claimed, canonical_text, compare, first_difference};
use crate::evidence::{Outcome, Sums};
use crate::model::{Severity, Threshold, Timestamp};
use crate::policy::{Ledger, Phase, Policy};
use crate::wire::evidence::Engine;
use crate::wire::report::Report;

/// Arguments of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The bundle that `gate -o bundle=DIR` wrote, or its folder `evidence`.
    folder: PathBuf,
    /// Demand the same report byte for byte; this is what is done unless asked otherwise.
    #[arg(long, conflicts_with = "semantic")]
    exact: bool,
    /// Demand the same verdict, findings and gaps, for a report of another version; what differs
    /// is listed.
    #[arg(long)]
    semantic: bool,
    /// Use this many threads. The result does not depend on it.
    #[arg(long, value_name = "N", env = "DRIFTSEAL_JOBS")]
    jobs: Option<NonZeroUsize>,
}

/// What a replay came to.
pub(super) struct Replayed {
    /// What was looked at and held.
    lines: Vec<String>,
    /// What does not hold.
    pub differences: Vec<String>,
}

/// Derives the report again and compares.
pub(super) fn run(args: &ReplayArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let folder = Folder::at(&session.folder.join(&args.folder));
    let how = if args.semantic { How::Semantic } else { How::Exact };
    let replayed = session.progress().during(DERIVING, || replay(&folder, how, args.jobs))?;
    let holds = replayed.differences.is_empty();
    let mut lines = vec![match (holds, how) {
        (true, How::Exact) => "REPLAYED: the same report, byte for byte".to_owned(),
        (true, How::Semantic) => "REPLAYED: the same verdict, findings and gaps".to_owned(),
        (false, _) => "NOT REPLAYED: the report does not follow from its evidence".to_owned(),
    }];
    lines.extend(replayed.lines);
    lines.extend(replayed.differences.iter().map(|one| format!("  differs      {one}")));
    lines.push("  signature    not checked here: driftseal verify".to_owned());
    session.page(&lines)?;
    Ok(if holds { Exit::Pass } else { Exit::Integrity })
}

/// What goes on, for progress.
pub(super) const DERIVING: &str = "deriving the report from its evidence";

/// What has to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Every byte.
    Exact,
    /// What the report comes to.
    Semantic,
}

/// Derives the report of a bundle again and compares it with the one that was signed.
pub(super) fn replay(
    folder: &Folder,
    how: How,
    jobs: Option<NonZeroUsize>,
) -> Result<Replayed, Failure> {
    let claimed = Claimed::read(&folder.envelope()?).map_err(|why| {
        Failure::new(FailureKind::Integrity, format!("cannot read the signed report: {why}"))
    })?;
    let listed = folder.listed()?;
    if let Outcome::Failed(why) = evidence(claimed.evidence(), &listed, &folder.found()?) {
        return Err(Failure::new(FailureKind::Integrity, format!("cannot replay: {why}")));
    }
    let material = folder.material()?;
    let engines = (material.engine.clone(), bundle::engine());
    let derived = canonical_text(&derive(material, jobs)?).map_err(|why| {
        Failure::new(FailureKind::Internal, format!("cannot write the derived report: {why}"))
    })?;
    let mut lines = vec![
        format!("  evidence     {} files, as listed and signed", listed.files().count()),
        format!("  engine       {}", engine_line(&engines.0, &engines.1)),
    ];
    let differences = match (how, first_difference(claimed.report(), &derived)) {
        (_, None) => Vec::new(),
        (How::Exact, Some(at)) => {
            let mut told = vec![format!("the reports part at byte {at}")];
            told.extend(compare(claimed.report(), &derived).map_err(|why| unreadable(&why))?);
            if engines.0 != engines.1 {
                told.push("another engine made the report: try --semantic".to_owned());
            }
            told
        }
        (How::Semantic, Some(_)) => {
            lines.push("  bytes        differ, as is allowed".to_owned());
            compare(claimed.report(), &derived).map_err(|why| unreadable(&why))?
        }
    };
    Ok(Replayed { lines, differences })
}

/// Whether the evidence is what the report names.
pub(super) fn evidence(
    signed: Option<crate::model::Digest>,
    listed: &Sums,
    found: &Sums,
) -> Outcome {
    match signed {
        None => Outcome::Failed("the report was signed without evidence".to_owned()),
        Some(digest) if digest != listed.digest() => {
            Outcome::Failed("SHA256SUMS is not the one that was signed".to_owned())
        }
        Some(_) => match listed.check(found) {
            Ok(()) => Outcome::Ok,
            Err(error) => Outcome::Failed(error.to_string()),
        },
    }
}

fn derive(material: Material, jobs: Option<NonZeroUsize>) -> Result<Report, Failure> {
    let Material { kept, packs, config, files, run: asked, .. } = material;
    let now = Timestamp::parse(&asked.evaluated_at).ok_or_else(|| {
        Failure::new(FailureKind::Input, "cannot replay: the time of the run cannot be read")
    })?;
    let threshold = Severity::parse(asked.threshold.name()).map_or(Threshold::Never, Threshold::At);
    let ledger = if asked.full_ledger { Ledger::Full } else { Ledger::Counts };
    let gate = asked.gate.as_ref().map(|gate| {
        let phase = Phase::parse(&gate.phase).ok_or_else(|| {
            let message = "cannot replay: this version does not know the phase of the gate";
            Failure::new(FailureKind::Input, message)
        });
        let fail_on = gate
            .fail_on
            .map(|word| Severity::parse(word.name()).map_or(Threshold::Never, Threshold::At));
        phase.map(|phase| Asked { phase, fail_on, has_waivers: gate.waivers_applied })
    });
    // Earlier versions had a threshold and no other policy.
    let earlier = Asked { phase: Phase::default(), fail_on: Some(threshold), has_waivers: true };
    let asked_policy = gate.transpose()?.unwrap_or(earlier);
    let policy = policy::assemble(config.policy, &files, asked_policy)?;
    let policy = Policy { ledger, ..policy };
    let report = run::audit_again(&kept, packs, (&policy, config.secret_patterns, now), jobs)?;
    Ok(Report::from(report))
}

fn engine_line(made: &Engine, here: &Engine) -> String {
    let named = |engine: &Engine| format!("{} {}, {}", engine.name, engine.version, engine.target);
    if made == here {
        return format!("{}, the very same executable", named(made));
    }
    format!("{}; here {}", named(made), named(here))
}

fn unreadable(why: &str) -> Failure {
    Failure::new(FailureKind::Input, format!("cannot compare: {why}"))
}
