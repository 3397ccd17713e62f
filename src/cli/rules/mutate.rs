//! `driftseal rules test --mutate`: how many mistakes in rules their cases notice.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::exit::Exit;
use super::super::failure::{Failure, FailureKind};
use super::super::session::Session;
use crate::report::escape;
use crate::rules::RuleSet;
use crate::rules::mutation::{KILLED_MIN, Kills, mutations};

/// Prints every mistake that no case noticed, then the rate of each rule, each pack and of all.
pub(super) fn run(set: &RuleSet, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let mut rules: Vec<_> = set.rules().iter().collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    let (mut page, mut packs) = (String::new(), BTreeMap::<&str, Kills>::new());
    for rule in rules {
        let found = mutations(rule);
        let kills = Kills::of(&found);
        packs.entry(&rule.pack).or_default().add(kills);
        line(&mut page, &format!("{}  {kills}", rule.id));
        for survivor in found.iter().filter(|mutation| mutation.killed_by.is_none()) {
            line(&mut page, &format!("    not noticed: {}", survivor.change));
        }
    }
    let width = packs.keys().map(|pack| pack.len()).max().unwrap_or(0);
    let mut all = Kills::default();
    line(&mut page, "");
    for (pack, kills) in packs {
        all.add(kills);
        line(&mut page, &format!("{pack:width$}  {kills}"));
    }
    line(&mut page, &format!("{:width$}  {all}", "all"));
    session.print(page.as_bytes())?;
    if all.made == 0 {
        return Err(Failure::new(FailureKind::Input, "there is nothing in these rules to change"));
    }
    Ok(if all.percent() < KILLED_MIN { Exit::Fail } else { Exit::Pass })
}

fn line(page: &mut String, text: &str) {
    // Formatting into a text does not fail.
    let _ = writeln!(page, "{}", escape(text, false));
}
