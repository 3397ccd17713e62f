//! `driftseal explain`: a rule, a control, an exit code, or one finding or difference of a report.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::rules::examine::whole;
use super::rules::page::page;
use super::session::Session;
use crate::policy::strict::unknown;
use crate::report::{Named, RenderOptions, candidates, escape};
use crate::rules::framework::{self, Control, Framework, frameworks};
use crate::rules::{Rule, RuleSet};
use crate::wire::report::{Report, read};

/// What the names of findings, differences and instances begin with.
const NAMES: [&str; 3] = ["dsf1:", "dsc1:", "dsi1:"];

/// How large a report may be.
const REPORT_BYTES_MAX: u64 = 1 << 30;

/// The topic that lists every exit code.
const CODES: &str = "exit-codes";

/// Arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A rule (DS-TRC-003), a control (nist:AU-12), an exit code (3), `exit-codes`, or with --report the name of a finding or
    /// difference (dsf1:…, dsc1:…, dsi1:…), of which an unambiguous beginning is enough.
    topic: String,
    /// The report that holds the finding or difference: what `gate` or `diff` wrote with `-o json`.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Look in the rule packs of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pack: Vec<PathBuf>,
}

/// Prints the page about a topic.
pub(super) fn run(args: &ExplainArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let is_named = NAMES.iter().any(|kind| args.topic.starts_with(kind));
    let page = match code(&args.topic) {
        Some(page) => page.into_bytes(),
        None if is_named => named(args, session)?,
        None => rule(args, session)?.into_bytes(),
    };
    session.print(&page)?;
    Ok(Exit::Pass)
}

/// The page about a finding or a difference of a report.
fn named(args: &ExplainArgs, session: &Session<'_>) -> Result<Vec<u8>, Failure> {
    let topic = args.topic.as_str();
    let Some(path) = &args.report else {
        return Err(Failure::usage(format!("`{topic}` is a name in a report, and none was given"))
            .hint(
                "write one with `driftseal diff -o json=report.json`, which holds every difference",
            )
            .hint("then pass --report report.json"));
    };
    let report = report(&session.folder.join(path))?;
    let found = Named::find(&report, topic);
    match found.as_slice() {
        [only] => {
            let options = RenderOptions {
                colour: session.out_is_coloured,
                ascii: session.columns.is_none(),
                width: session.columns.unwrap_or(RenderOptions::default().width),
                ..RenderOptions::default()
            };
            let mut page = Vec::new();
            only.explain(&report, &options, &mut page).map_err(|error| {
                Failure::new(FailureKind::Output, format!("cannot write about {topic}: {error}"))
            })?;
            Ok(page)
        }
        [] => Err(Failure::usage(format!("nothing in {} has the name `{topic}`", path.display()))
            .hint("a report of `gate` lists explained differences only with --ledger full")),
        several => {
            let message = format!("`{topic}` may be any of {} names", several.len());
            Err(Failure::usage(message).with(candidates(several)).hint("give more of the name"))
        }
    }
}

/// A report as a file.
pub(super) fn report(path: &Path) -> Result<Report, Failure> {
    let bytes = file::read(path, "the report", REPORT_BYTES_MAX)?;
    read(&bytes).map_err(|why| {
        Failure::new(FailureKind::Input, format!("{}: {why}", path.display()))
            .hint("write one with `driftseal diff -o json=report.json`")
            .hint("from a signed one: driftseal report ENVELOPE --key REF -o json=report.json")
    })
}

/// The page about one exit code, or about all of them.
fn code(topic: &str) -> Option<String> {
    let page = |exit: &Exit| {
        format!("{}  {}\n   {}\n   {}\n", exit.code(), exit.name(), exit.meaning(), exit.advice())
    };
    if topic == CODES {
        let pages: Vec<String> = Exit::ALL.iter().map(page).collect();
        return Some(format!(
            "{}\nWhen several apply, 4 wins over 2 over 3 over 1; the report lists all of them.\n",
            pages.join("\n")
        ));
    }
    let wanted = topic.strip_prefix("exit-").unwrap_or(topic).parse::<u8>().ok()?;
    Exit::ALL.iter().find(|exit| exit.code() == wanted).map(page)
}

fn rule(args: &ExplainArgs, session: &Session<'_>) -> Result<String, Failure> {
    let packs: Vec<PathBuf> = args.pack.iter().map(|pack| session.folder.join(pack)).collect();
    let (set, texts) = whole(&packs)?;
    if let Some(page) = control(&set, &args.topic) {
        return Ok(page);
    }
    let topic = args.topic.to_ascii_uppercase();
    if let Some(rule) = set.rules().iter().find(|rule| rule.id.0.to_ascii_uppercase() == topic) {
        return Ok(page(rule, &texts));
    }
    let mut known: Vec<&str> = set.rules().iter().map(|rule| rule.id.0.as_str()).collect();
    known.sort_unstable();
    known.push(CODES);
    let near = crate::policy::strict::nearest(&topic, known.iter().copied());
    let message = match near {
        Some(_) => unknown("topic", &topic, &known),
        None => format!(
            "unknown topic `{}`: expected a rule, a control, an exit code or `{CODES}`",
            args.topic
        ),
    };
    Err(Failure::usage(message).hint("`driftseal rules list` lists the rules"))
}

/// The page about a control: the rules that bear on it, worst first.
fn control(set: &RuleSet, topic: &str) -> Option<String> {
    let (name, known, cited) = cited(set, topic)?;
    let bears = |rule: &&Rule| rule.controls.iter().any(|one| cited.contains(one));
    let mut own: Vec<&Rule> = set.rules().iter().filter(bears).collect();
    own.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    let mut page = String::new();
    let mut line = |text: &str| {
        // Formatting into a text does not fail.
        let _ = writeln!(page, "{}", escape(text, false).trim_end());
    };
    let title = known.map_or("a control", |(_, control)| &control.title);
    line(&format!("{name}  {title}"));
    if let Some((framework, control)) = known {
        line(&format!("framework  {} {}", framework.name, framework.version));
        for text in about(framework, control) {
            line(&text);
        }
    }
    line(&format!("rules      {} bear on it", own.len()));
    for text in [
        "",
        "What the rules say about it stands in every report under `controls`: evidenced where they",
        "passed and none failed, exception where every failure is waived, gap where one is open, else",
        "not assessed. None of it says that the control is fulfilled: that is for an assessor.",
        "",
    ] {
        line(text);
    }
    for rule in own {
        let claim = framework::claim(rule, &name).name();
        line(&format!("  {:9} {}  {claim:10}  {}", rule.severity.name(), rule.id, rule.title));
    }
    line("");
    line("`driftseal explain RULE` says more about one.");
    Some(page)
}

/// What there is to know of a control besides its title.
fn about(framework: &Framework, control: &Control) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{label:10} {text}"));
        }
    };
    say("kind", control.kind.clone().unwrap_or_default());
    say("baselines", control.baselines.join(", "));
    let earlier = control.earlier.iter().map(|(edition, id)| format!("{id} in {edition}"));
    say("earlier", earlier.collect::<Vec<_>>().join(", "));
    if let Some(base) = &framework.derived {
        let from = control.from.join(", ");
        say("derived", format!("from {base}: {from}; supporting at most"));
    }
    lines
}

/// A control with a title or that a rule cites: its name, what is known of it, and by what rules cite
/// it.
type Cited = (String, Option<(&'static Framework, &'static Control)>, Vec<String>);

fn cited(set: &RuleSet, topic: &str) -> Option<Cited> {
    let is_it = |name: &&String| name.eq_ignore_ascii_case(topic);
    let (of, id) = topic.split_once(':')?;
    let framework = frameworks().iter().find(|one| one.id.eq_ignore_ascii_case(of));
    if let Some(framework) = framework {
        let same = |(known, _): &(&String, &Control)| known.eq_ignore_ascii_case(id);
        if let Some((id, control)) = framework.controls.iter().find(same) {
            let name = format!("{}:{id}", framework.id);
            let base = framework.derived.as_ref();
            let from =
                |base: &String| control.from.iter().map(|from| format!("{base}:{from}")).collect();
            let cited = base.map_or_else(|| vec![name.clone()], from);
            return Some((name, Some((framework, control)), cited));
        }
    }
    let name = set.rules().iter().flat_map(|rule| &rule.controls).find(is_it)?;
    Some((name.clone(), None, vec![name.clone()]))
}

#[cfg(test)]
mod tests {
    use super::{Exit, code};

    #[test]
    fn every_exit_code_has_a_page_that_says_what_to_do() {
        let all = code("exit-codes").unwrap();
        for exit in Exit::ALL {
            let page = code(&exit.code().to_string()).unwrap();
            assert!(page.contains(exit.meaning()) && page.contains(exit.advice()));
            assert!(all.contains(&page));
        }
        assert_eq!(code("exit-3"), code("3"));
        assert_eq!(code("5"), None);
        assert_eq!(code("DS-TRC-003"), None);
    }
}
