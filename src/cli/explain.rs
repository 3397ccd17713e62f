//! `driftseal explain`: a rule or an exit code, in full.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::run::{self, RulePage};
use super::session::Session;
use crate::policy::strict::unknown;
use crate::report::escape;

/// The topic that lists every exit code.
const CODES: &str = "exit-codes";

/// Arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A rule (DS-TRC-003), an exit code (3), or `exit-codes`.
    topic: String,
    /// Look in the rule packs of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pack: Vec<PathBuf>,
}

/// Prints the page about a topic.
pub(super) fn run(args: &ExplainArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let page = match code(&args.topic) {
        Some(page) => page,
        None => rule(args, session)?,
    };
    session.print(page.as_bytes())?;
    Ok(Exit::Pass)
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
    let topic = args.topic.to_ascii_uppercase();
    if let Some(page) = rules.iter().find(|rule| rule.id.to_ascii_uppercase() == topic) {
        return Ok(write(page));
    }
    let known: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).chain([CODES]).collect();
    let near = crate::policy::strict::nearest(&topic, known.iter().copied());
    let known = if near.is_some() { known } else { vec![CODES] };
    Err(Failure::usage(unknown("topic", &args.topic.to_ascii_uppercase(), &known))
        .hint("`driftseal rules list` lists the rules"))
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
