//! `driftseal explain`: a rule, a control, an exit code, or one finding or difference of a report.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::run::{self, RulePage};
use super::session::Session;
use crate::policy::strict::unknown;
use crate::report::{Named, RenderOptions, candidates, escape};
use crate::wire::report::{Severity, read};

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
    let bytes = file::read(&session.folder.join(path), "the report", REPORT_BYTES_MAX)?;
    let report = read(&bytes).map_err(|why| {
        Failure::new(FailureKind::Input, format!("{}: {why}", path.display()))
            .hint("write one with `driftseal diff -o json=report.json`")
            .hint("from a signed one: driftseal report ENVELOPE --key REF -o json=report.json")
    })?;
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
    let rules = run::rules(&packs)?;
    if let Some(page) = control(&rules, &args.topic) {
        return Ok(page);
    }
    let topic = args.topic.to_ascii_uppercase();
    if let Some(page) = rules.iter().find(|rule| rule.id.to_ascii_uppercase() == topic) {
        return Ok(write(page));
    }
    let known: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).chain([CODES]).collect();
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
fn control(rules: &[RulePage], topic: &str) -> Option<String> {
    let is_it = |name: &&String| name.eq_ignore_ascii_case(topic);
    let name = rules.iter().flat_map(|rule| &rule.controls).find(is_it)?;
    let mut own: Vec<&RulePage> =
        rules.iter().filter(|rule| rule.controls.contains(name)).collect();
    let weight = |rule: &RulePage| Severity::parse(&rule.severity);
    own.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.id.cmp(&b.id)));
    let mut page = String::new();
    let mut line = |text: &str| {
        // Formatting into a text does not fail.
        let _ = writeln!(page, "{}", escape(text, false).trim_end());
    };
    line(&format!("{name}  a control that {} rules bear on", own.len()));
    line("");
    line(
        "What the rules say about it stands in every report under `controls`: evidenced where they",
    );
    line(
        "passed and none failed, exception where every failure is waived, gap where one is open, else",
    );
    line("not assessed. None of it says that the control is fulfilled: that is for an assessor.");
    line("");
    for rule in own {
        line(&format!("  {:9} {}  {}", rule.severity, rule.id, rule.title));
    }
    line("");
    line("`driftseal explain RULE` says more about one.");
    Some(page)
}

fn write(rule: &RulePage) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        // Formatting into a text does not fail.
        let _ = writeln!(page, "{}", escape(text, false));
    };
    line(&format!("{}  {}", rule.id, rule.title));
    line(&format!("severity  {}", rule.severity));
    line(&format!("pack      {}", rule.pack));
    if !rule.controls.is_empty() {
        line(&format!("controls  {}", rule.controls.join(", ")));
    }
    for (title, text) in [("Why it matters", &rule.rationale), ("What to do", &rule.remediation)] {
        if !text.trim().is_empty() {
            line("");
            line(title);
            text.trim().lines().for_each(|text| line(&format!("  {text}")));
        }
    }
    page
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
