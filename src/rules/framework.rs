//! The frameworks whose controls rules cite: ids, and titles that may be shown.
//!
//! The words of a standard are its publisher's: a title is ours unless the framework is in the
//! public domain. A framework that is derived from another is never cited: what the rules say about
//! the controls it comes from supports its own, and no more.
//!
//! To add a framework: a file in `rules/frameworks` and a line in [`TEXTS`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::rule::{Claim, Rule};
use crate::policy::strict::{ConfigError, ConfigText, nearest, read};

/// Every framework that is part of the program: file and text.
pub static TEXTS: &[(&str, &str)] = &[
    (
        "rules/frameworks/cis-kubernetes.toml",
        include_str!("../../rules/frameworks/cis-kubernetes.toml"),
    ),
    ("rules/frameworks/cmmc.toml", include_str!("../../rules/frameworks/cmmc.toml")),
    ("rules/frameworks/fedramp-20x.toml", include_str!("../../rules/frameworks/fedramp-20x.toml")),
    ("rules/frameworks/gdpr.toml", include_str!("../../rules/frameworks/gdpr.toml")),
    ("rules/frameworks/hipaa.toml", include_str!("../../rules/frameworks/hipaa.toml")),
    ("rules/frameworks/iso-27001.toml", include_str!("../../rules/frameworks/iso-27001.toml")),
    ("rules/frameworks/nist-800-53.toml", include_str!("../../rules/frameworks/nist-800-53.toml")),
    ("rules/frameworks/nsa.toml", include_str!("../../rules/frameworks/nsa.toml")),
    ("rules/frameworks/pci-dss.toml", include_str!("../../rules/frameworks/pci-dss.toml")),
    (
        "rules/frameworks/pod-security.toml",
        include_str!("../../rules/frameworks/pod-security.toml"),
    ),
    ("rules/frameworks/soc-2.toml", include_str!("../../rules/frameworks/soc-2.toml")),
];

/// A framework.
#[derive(Debug, Clone)]
pub struct Framework {
    /// What rules call it: `pci` in `pci:4.2.1`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The edition its ids are of.
    pub version: String,
    /// Whether its titles are its own, and not ours.
    pub is_public: bool,
    /// Where its ids were read.
    pub source: String,
    /// The framework it is derived from.
    pub derived: Option<String>,
    /// Controls that rules speak to, by id.
    pub controls: BTreeMap<String, Control>,
    others: Vec<String>,
    form: Option<Regex>,
}

/// A control.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// What it is about, in a few words.
    pub title: String,
    /// Whether it is required, addressable or the standard itself, where the framework says so.
    pub kind: Option<String>,
    /// The baselines that hold it.
    #[serde(default)]
    pub baselines: Vec<String>,
    /// Its number in earlier editions, where it was another one.
    #[serde(default)]
    pub earlier: BTreeMap<String, String>,
    /// The controls of the other framework that it is derived from.
    #[serde(default)]
    pub from: Vec<String>,
    /// The most that a configuration can say about it.
    claim: Option<String>,
}

impl Framework {
    /// Whether it has a control of this id, whatever any rule says about it.
    pub fn has(&self, id: &str) -> bool {
        self.controls.contains_key(id)
            || self.others.iter().any(|other| other == id)
            || self.form.as_ref().is_some_and(|form| form.is_match(id))
    }

    /// Its controls with titles, as people number them: id, title, and by what rules cite it.
    pub fn listed(&self) -> Vec<(&str, &str, Vec<String>)> {
        let base = self.derived.as_deref();
        let cited = |id: &str, control: &Control| match base {
            Some(base) => control.from.iter().map(|from| format!("{base}:{from}")).collect(),
            None => vec![format!("{}:{id}", self.id)],
        };
        let mut listed: Vec<(&str, &str, Vec<String>)> = self
            .controls
            .iter()
            .map(|(id, control)| (id.as_str(), control.title.as_str(), cited(id, control)))
            .collect();
        listed.sort_by(|a, b| natural(a.0).cmp(&natural(b.0)));
        listed
    }

    /// The most that rules can claim about one of its controls.
    pub fn claim_max(&self, id: &str) -> Claim {
        let said = self.controls.get(id).and_then(|control| control.claim.as_deref());
        match Claim::ALL.into_iter().find(|claim| Some(claim.name()) == said) {
            _ if self.derived.is_some() => Claim::Supporting,
            Some(claim) => claim,
            None => Claim::Direct,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    framework: Head,
    control: BTreeMap<String, Control>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
    name: String,
    version: String,
    titles: Titles,
    source: String,
    derived: Option<String>,
    form: Option<String>,
    #[serde(default)]
    others: Vec<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Titles {
    Ours,
    PublicDomain,
}

/// Reads a framework.
///
/// # Errors
/// Every mistake in it.
pub fn parse(file: &str, text: &str) -> Result<Framework, Vec<ConfigError>> {
    let File { framework: head, control: controls } = read(file, text)?;
    let mistake = |message: String| vec![ConfigText { file, text }.error(0, message)];
    let known = |claim: &String| Claim::ALL.iter().any(|known| known.name() == claim);
    if let Some((id, _)) = controls.iter().find(|(_, one)| !one.claim.iter().all(known)) {
        return Err(mistake(format!("control {id} has a claim that is none")));
    }
    let form = head.form.map(|form| Regex::new(&form)).transpose();
    Ok(Framework {
        id: head.id,
        name: head.name,
        version: head.version,
        is_public: head.titles == Titles::PublicDomain,
        source: head.source,
        derived: head.derived,
        controls,
        others: head.others,
        form: form.map_err(|why| mistake(format!("`form` is not a pattern: {why}")))?,
    })
}

/// Every framework, by id. The tests exclude that one cannot be read.
pub fn frameworks() -> &'static [Framework] {
    static FRAMEWORKS: LazyLock<Vec<Framework>> = LazyLock::new(|| {
        let read = TEXTS.iter().map(|(file, text)| parse(file, text));
        let mut all: Vec<Framework> = read.collect::<Result<_, _>>().unwrap_or_default();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    });
    &FRAMEWORKS
}

/// The framework of an id.
pub fn framework(id: &str) -> Option<&'static Framework> {
    frameworks().iter().find(|framework| framework.id == id)
}

/// The framework and the control that `framework:id` names, if it has a title.
pub fn control(name: &str) -> Option<(&'static Framework, &'static Control)> {
    let (of, id) = name.split_once(':')?;
    let framework = framework(of)?;
    Some((framework, framework.controls.get(id)?))
}

/// What a pass of a rule says about a control it cites.
pub fn claim(rule: &Rule, control: &str) -> Claim {
    let (of, id) = control.split_once(':').unwrap_or_default();
    framework(of).map_or(rule.claim, |framework| rule.claim.min(framework.claim_max(id)))
}

/// Controls that rules of a pack cite and that do not exist, with the nearest one that does.
///
/// A framework that is not part of the program is the pack's own: nothing is known of its ids.
pub(super) fn mistaken<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    source: ConfigText<'_>,
) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for rule in rules.filter(|rule| rule.origin.file == source.file) {
        for name in &rule.controls {
            let Some(message) = mistake(name) else { continue };
            let quoted = format!("\"{}\"", name.split_once(':').map_or("", |(_, id)| id));
            errors.push(match within(source.text, rule.origin.line, &quoted) {
                Some(offset) => source.error(offset, message),
                None => rule.origin.error(message),
            });
        }
    }
    errors
}

fn mistake(name: &str) -> Option<String> {
    let (of, id) = name.split_once(':')?;
    let Some(framework) = framework(of) else {
        let near = nearest(of, frameworks().iter().map(|framework| framework.id.as_str()))?;
        return Some(format!("unknown framework `{of}`: did you mean `{near}`?"));
    };
    if let Some(base) = &framework.derived {
        return Some(format!(
            "{} is derived from {base}: cite the control of {base} that it comes from",
            framework.name
        ));
    }
    if framework.has(id) {
        return None;
    }
    let known = framework.controls.keys().chain(&framework.others).map(String::as_str);
    let near = nearest(id, known).map(|near| format!(": did you mean `{near}`?"));
    Some(format!(
        "{} {} has no `{id}`{}",
        framework.name,
        framework.version,
        near.unwrap_or_default()
    ))
}

/// Where a text stands first, from a line on.
fn within(text: &str, line: u32, quoted: &str) -> Option<usize> {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    Some(start + text.get(start..)?.find(quoted)?)
}

/// Numbers in an id by their size, so that 10.2.1 comes after 9.1.
pub fn natural(id: &str) -> Vec<(u64, &str)> {
    let mut parts = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at_checked(digits).unwrap_or((rest, ""));
        let text = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (word, tail) = tail.split_at_checked(text).unwrap_or((tail, ""));
        parts.push((number.parse().unwrap_or(0), word));
        rest = tail;
    }
    parts
}
