//! `driftseal init`: a first `driftseal.toml`, proposed from what a repository looks like.

use clap::Args;

use super::config;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file::{self, Readers};
use super::run;
use super::session::Session;
use crate::policy::suggest::first;
use crate::rules;

/// Arguments of `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Write it to driftseal.toml here, unless there is one, instead of printing it.
    #[arg(long)]
    write: bool,
}

/// Prints a proposal, or writes it where nothing is.
pub(super) fn run(args: &InitArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let found = run::survey(&session.folder)?.ok_or_else(|| {
        let message = "cannot propose sources: no two folders or files here differ by a word such as \
                       blue and green";
        Failure::new(FailureKind::Input, message)
            .hint("name them yourself: driftseal gate --blue SOURCE --green SOURCE")
            .hint("README.md shows a driftseal.toml to begin with")
    })?;
    let internal = |message: String| Failure::new(FailureKind::Internal, message);
    let set = rules::load_to_judge(rules::PACKS)
        .map_err(|_| internal("the built-in packs are wrong".to_owned()))?;
    let packs: Vec<&str> = set.packs().iter().map(|pack| pack.id.as_str()).collect();
    let text = first(&found, &packs)
        .ok_or_else(|| internal("what was proposed would be refused".to_owned()))?;
    if args.write {
        let path = session.folder.join(config::FILE);
        if path.symlink_metadata().is_ok() {
            let message = format!("cannot write {}: it is there already", path.display());
            return Err(Failure::new(FailureKind::Output, message)
                .hint("`driftseal init` without --write prints the proposal, to compare"));
        }
        file::create(&path, text.as_bytes(), Readers::All)?;
        session.note(&format!("wrote {}: read it before you use it", config::FILE));
        if config::root(&session.folder) != session.folder {
            session.note(
                "this is not the root of the repository: a file here is read only where --config \
                 names it",
            );
        }
    } else {
        session.print(text.as_bytes())?;
    }
    session.note(
        "next: driftseal diff, then driftseal diff --suggest for what differs by colour besides",
    );
    Ok(Exit::Pass)
}
