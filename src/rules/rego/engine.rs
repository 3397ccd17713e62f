//! A policy that can be asked.

use std::collections::BTreeSet;
use std::fmt;

use regorus::{Engine, Value};

use super::load::{Deciding, Loaded, load};
use super::value::{Mask, Turning, has_secrets, messages};
use super::{Folder, Said, VIEW};
use crate::model::{Kind as NodeKind, Node, PackRecord, RuleId, Severity, Timestamp, Typing};
use crate::policy::strict::ConfigError;
use crate::rules::expr::with_parser_stack;
use crate::rules::rule::{
    Cardinality, Claim, Confidence, Deferred, Environment, Kind, Origin, Rule, Select,
};

/// The most texts that a secret is tried with.
const GUESSES_MAX: usize = 512;

/// The most documents in one list.
const MEMBERS_MAX: usize = 10_000;

/// A policy, loaded and checked.
#[derive(Clone)]
pub struct Policy {
    pack: PackRecord,
    rules: Vec<Rule>,
    ids: Vec<RuleId>,
    asked: Vec<Asked>,
    with_exceptions: BTreeSet<String>,
    /// What stands for a secret to see whether a rule depends on it: every text of the policy.
    guesses: Option<BTreeSet<String>>,
    engine: Engine,
}

/// A rule as it is asked.
#[derive(Debug, Clone)]
struct Asked {
    package: String,
    path: String,
    /// What exceptions call it.
    exempt: [String; 2],
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").field("pack", &self.pack).finish_non_exhaustive()
    }
}

impl Policy {
    /// Loads a folder; `now` is what it is told when it asks for the time.
    ///
    /// # Errors
    /// Every mistake found: what is no Rego, functions there are none of, data that is none, and
    /// that nothing in it decides.
    pub fn load(folder: &Folder, now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let loaded = with_parser_stack(|| load(folder, now))?;
        let Loaded { engine, mut rules, with_exceptions, texts } = loaded;
        rules.sort_by_key(id);
        let pack = PackRecord {
            id: format!("rego:{}", folder.name),
            version: "unversioned".to_owned(),
            digest: folder.digest,
            rules: u64::try_from(rules.len()).unwrap_or(u64::MAX),
        };
        let asked = rules.iter().map(|one| {
            let mut prefixes = ["deny_", "violation_"].into_iter();
            let bare = prefixes.find_map(|prefix| one.name.strip_prefix(prefix));
            let is_bare = ["deny", "violation"].contains(&one.name.as_str());
            Asked {
                package: one.package.clone(),
                path: format!("data.{}.{}", one.package, one.name),
                exempt: [
                    bare.unwrap_or(&one.name).to_owned(),
                    if is_bare { String::new() } else { one.name.clone() },
                ],
            }
        });
        Ok(Self {
            asked: asked.collect(),
            ids: rules.iter().map(id).collect(),
            rules: rules.iter().map(|one| rule(one, &pack.id)).collect(),
            pack,
            with_exceptions,
            guesses: (texts.len() < GUESSES_MAX).then_some(texts),
            engine,
        })
    }

    /// What a report records of it.
    pub const fn pack(&self) -> &PackRecord {
        &self.pack
    }

    /// Takes its rules out.
    pub fn take_rules(&mut self) -> Vec<Rule> {
        std::mem::take(&mut self.rules)
    }

    /// The names of its rules, sorted.
    pub fn ids(&self) -> &[RuleId] {
        &self.ids
    }

    /// What each rule says, in the order of [`Policy::ids`]. A list is several documents.
    pub fn judge(&self, root: Node<'_>, typing: Typing) -> Vec<Said> {
        // One rule asks another, and those others.
        with_parser_stack(|| self.all(root, typing))
    }

    fn all(&self, root: Node<'_>, typing: Typing) -> Vec<Said> {
        if root.kind() != NodeKind::List {
            return self.one(root, typing);
        }
        let mut all = vec![Said::Holds; self.asked.len()];
        for (place, member) in root.items().enumerate() {
            if place == MEMBERS_MAX {
                let why = format!("the list has more than {MEMBERS_MAX} documents");
                return vec![Said::Unknown(why); self.asked.len()];
            }
            for (said, more) in all.iter_mut().zip(self.one(member, typing)) {
                *said = joined(std::mem::replace(said, Said::Holds), more);
            }
        }
        all
    }

    fn one(&self, root: Node<'_>, typing: Typing) -> Vec<Said> {
        let mut engine = self.engine.clone();
        let mut asked = |mask: Mask<'_>| {
            // A function that is given what it does not take is an error only where nothing stands.
            engine.set_strict_builtin_errors(matches!(mask, Mask::Nothing));
            engine.set_input(Turning { typing, mask }.value(root));
            self.asked.iter().map(|one| self.ask(&mut engine, one)).collect::<Vec<_>>()
        };
        let mut said = asked(Mask::Class);
        if !has_secrets(root) || !said.contains(&Said::Holds) {
            return said;
        }
        let Some(guesses) = &self.guesses else {
            let why = "a secret stands in it, and the policy has too many texts to try";
            return said.into_iter().map(|one| undecided(one, why)).collect();
        };
        let depends = "it depends on a secret, which is masked";
        for (one, read) in said.iter_mut().zip(asked(Mask::Nothing)) {
            if *one == Said::Holds && matches!(read, Said::Unknown(_)) {
                *one = undecided(Said::Holds, depends);
            }
        }
        for guess in guesses.iter().map(String::as_str).chain([""]) {
            for (one, other) in said.iter_mut().zip(asked(Mask::Text(guess))) {
                if *one == Said::Holds && other != Said::Holds {
                    *one = undecided(Said::Holds, depends);
                }
            }
        }
        said
    }

    fn ask(&self, engine: &mut Engine, one: &Asked) -> Said {
        let refused = |why: &dyn fmt::Display| {
            let told = why.to_string();
            let why = told.rsplit("error: ").next().unwrap_or(&told);
            Said::Unknown(why.lines().next().unwrap_or_default().trim().to_owned())
        };
        if self.with_exceptions.contains(&one.package) {
            match engine.eval_rule(format!("data.{}.exception", one.package)) {
                Ok(lists) if is_exempt(&lists, &one.exempt) => return Said::Excepted,
                Ok(_) => (),
                Err(why) => return refused(&why),
            }
        }
        match engine.eval_rule(one.path.clone()).map(|value| messages(&value)) {
            Ok(Ok(said)) if said.is_empty() => Said::Holds,
            Ok(Ok(said)) => Said::Fails(said),
            Ok(Err(why)) => Said::Unknown(why),
            Err(why) => refused(&why),
        }
    }
}

fn undecided(said: Said, why: &str) -> Said {
    if said == Said::Holds { Said::Unknown(why.to_owned()) } else { said }
}

/// What is said of two documents of one list.
fn joined(one: Said, other: Said) -> Said {
    match (one, other) {
        (Said::Fails(mut said), Said::Fails(more)) => {
            said.extend(more);
            said.sort();
            said.dedup();
            Said::Fails(said)
        }
        (Said::Unknown(why), _) | (_, Said::Unknown(why)) => Said::Unknown(why),
        (Said::Fails(said), _) | (_, Said::Fails(said)) => Said::Fails(said),
        (Said::Excepted, Said::Excepted) => Said::Excepted,
        (Said::Holds | Said::Excepted, Said::Holds | Said::Excepted) => Said::Holds,
    }
}

/// Whether a list among lists holds a name.
fn is_exempt(lists: &Value, names: &[String; 2]) -> bool {
    let is_named = |value: &Value| {
        value.as_string().is_ok_and(|text| names.iter().any(|name| **name == **text))
    };
    let members = |value: &Value| -> Vec<Value> {
        if let Value::Set(set) = value {
            set.iter().cloned().collect()
        } else if let Value::Array(list) = value {
            list.iter().cloned().collect()
        } else {
            Vec::new()
        }
    };
    members(lists).iter().any(|list| members(list).iter().any(is_named))
}

fn id(one: &Deciding) -> RuleId {
    RuleId(format!("rego:{}.{}", one.package, one.name))
}

fn rule(one: &Deciding, pack: &str) -> Rule {
    let files: Vec<&str> = one.files.iter().map(String::as_str).collect();
    let files = files.join(", ");
    let name = format!("{}.{}", one.package, one.name);
    Rule {
        id: id(one),
        pack: pack.to_owned(),
        title: format!("The policy `{name}` has nothing against it"),
        kind: Kind::Posture,
        severity: if one.name.starts_with("warn") { Severity::Low } else { Severity::High },
        confidence: Confidence::Medium,
        claim: Claim::Supporting,
        select: Select {
            view: VIEW.to_owned(),
            key: None,
            environment: Environment::Both,
            cardinality: Cardinality::Any,
        },
        remediation: format!("Do what the policy asks for; it stands in {files}."),
        controls: Vec::new(),
        at: None,
        covers: Vec::new(),
        instead_of: Vec::new(),
        origin: Origin { file: files, line: one.line, column: one.column },
        params: crate::facts::Fact::Map(Vec::new()),
        is_conditional: true,
        code: Deferred::default(),
        examples: Vec::new(),
    }
}
