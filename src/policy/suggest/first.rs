//! The first `driftseal.toml` of a repository, as text to review.

use std::fmt::Write as _;

use super::written::quoted;
use crate::collect::Survey;
use crate::policy::Config;

/// A configuration that names the sides a survey found, each line explained. `packs` are the names of
/// the packs that apply anyway. None where it would be refused.
pub fn first(survey: &Survey, packs: &[&str]) -> Option<String> {
    let mut text = String::new();
    // Formatting into a text does not fail.
    let mut line = |line: &str| {
        let _ = writeln!(text, "{line}");
    };
    line(
        "# Proposed by `driftseal init` from names of files and folders; nothing was opened or applied.",
    );
    line("# Read every line: this file decides what a gate reads and what it takes for the same.");
    line("");
    line(
        "# The two sides: blue is live, green is the candidate. `colour` is the word that may differ",
    );
    line("# anywhere in names and values; it matches at word boundaries only.");
    line("[environments]");
    let (blue, green) = (&survey.files.blue, &survey.files.green);
    line(&format!("# {blue} files of configuration here, {green} there."));
    for side in crate::model::Side::BOTH {
        let sources: Vec<String> = survey.sources.get(side).iter().map(|one| quoted(one)).collect();
        let word = quoted(survey.words.get(side));
        line(&format!(
            "{:5} = {{ colour = {word}, sources = [{}] }}",
            side.name(),
            sources.join(", ")
        ));
    }
    if survey.is_partial {
        line(
            "# Some names were not looked at: too many, not readable, or with secrets. Sources may be missing.",
        );
    }
    for other in &survey.others {
        let (blue, green) = (quoted(&other.blue), quoted(&other.green));
        line(&format!("# Files also differ by {blue} and {green}; these words were not taken."));
    }
    line("");
    line(
        "# What else differs by colour, one to one: networks, hosts, numbers. `driftseal diff --suggest`",
    );
    line(
        "# finds candidates in what differs; each entry explains a difference wherever it occurs.",
    );
    line("# [[colours]]");
    line("# blue = \"10.1.0.0/16\"");
    line("# green = \"10.2.0.0/16\"");
    line("");
    line(
        "# Open findings of this severity and above fail the gate: never, info, low, medium, high or",
    );
    line("# critical.");
    line("[gate]");
    line("fail_on = \"medium\"");
    line("");
    line("# These packs of rules always apply:");
    for some in packs.chunks(4) {
        line(&format!("#   {}", some.join(", ")));
    }
    line("# `driftseal rules list` shows the rules. Packs of your own come on top:");
    line("# [rules]");
    line("# packs = [\"policy/rules.toml\"]");
    line("");
    line("# Files that are no configuration; each pattern is counted and named in the report.");
    line("# [collect]");
    line("# exclude = [\"**/*.md\"]");
    line("");
    line(
        "# With one key for all runs, reports can say whether a secret is the same as last time; a signed",
    );
    line("# gate needs it. `driftseal keys generate` makes the one to sign with.");
    line("# [masking]");
    line("# key = \"env:DRIFTSEAL_MASKING_KEY\"");
    line("# [signing]");
    line("# key = \"env:DRIFTSEAL_KEY\"");
    Config::parse("driftseal.toml", &text).is_ok().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::first;
    use crate::collect::Survey;
    use crate::model::{Pair, Severity, Threshold};
    use crate::policy::Config;

    fn survey(source: &str) -> Survey {
        Survey {
            words: Pair::new("live".to_owned(), "candidate".to_owned()),
            sources: Pair::new(vec![source.to_owned()], vec!["b".to_owned()]),
            files: Pair::new(3, 4),
            others: vec![Pair::new("old".to_owned(), "new".to_owned())],
            is_partial: true,
        }
    }

    #[test]
    fn a_proposal_is_read_back_as_it_was_meant() {
        let hostile = "a \"x\"\n[gate]\nfail_on = \"never\"\n::error::\u{202e}";
        let text = first(&survey(hostile), &["drift", "secrets"]).unwrap();
        let config = Config::parse("driftseal.toml", &text).unwrap();
        assert_eq!(config.sources.blue, [hostile]);
        assert_eq!(config.policy.colour, Pair::new("live".to_owned(), "candidate".to_owned()));
        assert_eq!(config.policy.threshold(), Threshold::At(Severity::Medium));
        assert!(text.is_ascii() && text.contains("#   drift, secrets"));
    }

    #[test]
    fn what_is_proposed_as_a_comment_would_be_read_too() {
        let text = first(&survey("a"), &[]).unwrap();
        let setting = |line: &str| -> String {
            let setting = line.strip_prefix("# ").filter(|rest| {
                let is_key = |key: &str| !key.contains(' ');
                rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| is_key(key))
            });
            setting.unwrap_or(line).to_owned()
        };
        let whole = text.lines().map(setting).collect::<Vec<_>>().join("\n");
        let config = Config::parse("driftseal.toml", &whole).unwrap();
        assert_eq!(config.exclude, ["**/*.md"]);
        assert_eq!(config.packs, ["policy/rules.toml"]);
        assert_eq!(config.signing_key.as_deref(), Some("env:DRIFTSEAL_KEY"));
    }
}
