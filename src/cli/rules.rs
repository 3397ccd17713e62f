//! `driftseal rules`: what is checked, and whether rule packs are sound.

pub(super) mod examine;
mod list;
mod mutate;
pub(super) mod page;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::key_ref::{Access, KeyRef};
use super::packs;
use super::run;
use super::session::Session;
use super::signer;
use crate::evidence::signed_pack::sign_pack;
use crate::facts::VIEWS;
use crate::policy::strict::nearest;
use crate::report::escape;
use crate::trace::SIDE_VIEWS;

use examine::PackCheck;
pub use list::ListRulesArgs;

/// The commands of `rules`.
#[derive(Debug, Clone, Subcommand)]
pub enum RulesCommand {
    /// List every rule, or those on each control of a framework.
    List(ListRulesArgs),
    /// Say all of a rule, with a case that fails and one that passes.
    Explain(ExplainRuleArgs),
    /// Run the cases that rules carry; one that comes out otherwise exits with 1.
    Test(TestArgs),
    /// Look for mistakes in rule packs; a mistake exits with 2.
    ///
    /// Every one is told with file, line, column and the nearest name there is: keys, kinds, severities,
    /// views, fields, variables and functions that there are not; expressions that are none, longer than
    /// 4 KiB, nested deeper than 64, or with loops nested deeper than 3; patterns that are none or take
    /// more than 1 MiB; values that may be absent where one is needed; controls that their framework does
    /// not have; rules without title, remediation, control, or a case that fails and one that does not;
    /// cases on fields that their view never gives; ids of packs and rules used twice, also by a built-in
    /// pack; rules that an audit would not evaluate.
    Lint(PackArgs),
    /// Sign a rule pack: the signature is written beside it, as PACK.dsse.json.
    Sign(SignPackArgs),
    /// List the views that rules can select, with their fields.
    Views,
}

/// Arguments of `rules sign`.
#[derive(Debug, Clone, Args)]
pub struct SignPackArgs {
    /// The rule pack.
    pack: PathBuf,
    /// Sign with this private key: `file:PATH`, `env:NAME`, PATH, `exec:PROGRAM[#KEY]` or
    /// `kms:NAME://KEY`. A key for rules signs no reports.
    #[arg(long, value_name = "REF")]
    key: String,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
    /// Accept a private key's file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

/// Arguments of the commands of `rules`.
#[derive(Debug, Clone, Args)]
pub struct PackArgs {
    /// Take the rule packs of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pack: Vec<PathBuf>,
}

/// Arguments of `rules test`.
#[derive(Debug, Clone, Args)]
pub struct TestArgs {
    #[command(flatten)]
    packs: PackArgs,
    /// Make small mistakes in every rule, one at a time, and say which of them its cases notice; fewer
    /// than 90 of 100 over all rules exits with 1.
    #[arg(long)]
    mutate: bool,
}

/// Arguments of `rules explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainRuleArgs {
    /// The rule, such as DS-TRC-003.
    rule: String,
    #[command(flatten)]
    packs: PackArgs,
}

impl PackArgs {
    fn paths(&self, session: &Session<'_>) -> Vec<PathBuf> {
        self.pack.iter().map(|pack| session.folder.join(pack)).collect()
    }
}

fn sign(args: &SignPackArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let path = session.folder.join(&args.pack);
    let name = run::pack_name(&path)?;
    let reference = KeyRef::parse(&args.key, &session.folder)?;
    let access = if args.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly };
    let password = args.key_password.as_deref();
    let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
    let key = signer::signer(&reference, access, password.as_ref())?;
    let envelope = sign_pack(&name, &[&*key])
        .map_err(|error| Failure::config(format!("cannot sign the rule pack: {error}")))?;
    let beside = packs::signature_path(&path);
    file::replace(&beside, &envelope)?;
    session.page(&[
        format!("signed {} {} as {}", name.id, name.version, beside.display()),
        format!("  sha256       {}", name.digest),
        format!("  by           {}", key.public().id()),
    ])?;
    Ok(Exit::Pass)
}

/// Runs one of the commands of `rules`.
pub(super) fn run(command: &RulesCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        RulesCommand::List(args) => list::run(args, session),
        RulesCommand::Explain(args) => explain(args, session),
        RulesCommand::Test(args) => test(args, session),
        RulesCommand::Sign(args) => sign(args, session),
        RulesCommand::Views => views(session),
        RulesCommand::Lint(args) => {
            let paths = args.paths(session);
            let check = examine::lint_rules(&paths);
            if check.problems.is_empty() {
                // What is right alone may clash with what is built in: a gate loads both.
                run::load(&paths)?;
            }
            show(&check, "rule", session)?;
            Ok(if check.problems.is_empty() { Exit::Pass } else { Exit::Error })
        }
    }
}

fn test(args: &TestArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let set = examine::rules_alone(&args.packs.paths(session))?;
    let check = examine::test_rules(&set);
    show(&check, "case", session)?;
    if !check.problems.is_empty() {
        return Ok(Exit::Fail);
    }
    if args.mutate { mutate::run(&set, session) } else { Ok(Exit::Pass) }
}

fn explain(args: &ExplainRuleArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (set, texts) = examine::whole(&args.packs.paths(session))?;
    let wanted = args.rule.to_ascii_uppercase();
    let found = set.rules().iter().find(|rule| rule.id.0.to_ascii_uppercase() == wanted);
    let Some(rule) = found else {
        let known: Vec<&str> = set.rules().iter().map(|rule| rule.id.0.as_str()).collect();
        let near = nearest(&wanted, known);
        let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
        return Err(Failure::usage(format!("unknown rule `{}`{near}", args.rule))
            .hint("`driftseal rules list` lists the rules"));
    };
    session.print(page::page(rule, &texts).as_bytes())?;
    Ok(Exit::Pass)
}

fn views(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let mut text = String::new();
    let documents = VIEWS.iter().map(|view| (view.id, view.about, view.fields));
    let sides = SIDE_VIEWS.iter().map(|view| (view.id, view.about, view.fields));
    for (id, about, fields) in documents.chain(sides) {
        text.push_str(id);
        text.push_str("\n  ");
        text.push_str(about);
        text.push('\n');
        for (field, meaning) in fields {
            let _ = writeln!(text, "    {field:24}  {meaning}");
        }
        text.push('\n');
    }
    session.print(text.as_bytes())?;
    Ok(Exit::Pass)
}

/// Nothing examined is never a pass.
fn show(check: &PackCheck, noun: &str, session: &mut Session<'_>) -> Result<(), Failure> {
    if check.examined == 0 {
        return Err(Failure::new(FailureKind::Input, format!("there is no {noun} to examine"))
            .hint("pass --pack FILE|DIR"));
    }
    let mut text = String::new();
    for problem in &check.problems {
        text.push_str(&escape(&format!("{}: {}", problem.place, problem.message), false));
        text.push('\n');
    }
    session.print(text.as_bytes())?;
    let plural = if check.examined == 1 { "" } else { "s" };
    session.note(&format!(
        "{} {noun}{plural} examined, {} wrong",
        check.examined,
        check.problems.len()
    ));
    Ok(())
}
