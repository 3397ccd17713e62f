//! Variables and files that hold secrets though their names do not say so: what a place refers to where a
//! secret is expected (`API_TOKEN: ${X}`, `password = var.x`), and what Terraform is told is
//! sensitive, or a document takes as the content of a secret. Names are all there is to go by: a value is masked wherever the run gives one to a
//! variable of such a name.
//!
//! **Not found:** what a program's own code, a shell or a template makes of a variable before it
//! stands where a secret is expected (`Y=$X` in a script, `local.y` made of `local.x`), what a text
//! of several words is made of (`app-${X}`, masked as a whole where it stands), and names that are
//! words (`${value}`), unless Terraform's. What is given from outside the run, such as the variables of
//! a CI server, is not there to be masked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::names::secret_class;
use super::value::{names_another_place, without_scheme};
use crate::dialect::SecretSource;
use crate::dialect::terraform::is_of_terraform;

/// What holds a secret because something else says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Variable {
    /// Of an environment or among properties.
    Named(String),
    /// Of Terraform, whose value an environment gives as `TF_VAR_name`.
    Terraform(String),
    /// Among the `locals` of Terraform.
    Local(String),
    /// A file, all of it, by its path within its side.
    File(String),
}

impl From<SecretSource> for Variable {
    fn from(source: SecretSource) -> Self {
        match source {
            SecretSource::File(path) => Self::File(path),
            SecretSource::Variable(name) => Self::Named(name),
        }
    }
}

/// What a variable of Terraform is called in an environment.
const IN_ENVIRONMENT: &str = "TF_VAR_";

/// The option of Terraform that gives a variable a value.
const OPTION: &str = "-var";

/// Variables that hold secrets, ready to be sought.
pub(in crate::collect) struct Variables {
    known: BTreeSet<Variable>,
    /// Names as they are written where values are given, and whether Terraform alone knows them.
    names: BTreeMap<String, bool>,
    /// What they begin with, up to the first mark, and the most parts that one of them has.
    heads: BTreeSet<String>,
    parts_max: usize,
    knows_terraform: bool,
}

impl Variables {
    /// The variables of a run; nothing when there is none.
    pub(in crate::collect) fn of(known: BTreeSet<Variable>) -> Option<Self> {
        if known.is_empty() {
            return None;
        }
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        let mut note = |name: String, is_bare: bool| {
            let known = names.entry(name).or_insert(is_bare);
            *known &= is_bare;
        };
        for variable in &known {
            match variable {
                Variable::Named(name) => note(name.clone(), false),
                Variable::Local(name) => note(name.clone(), true),
                Variable::Terraform(name) => {
                    note(format!("{IN_ENVIRONMENT}{name}"), false);
                    note(name.clone(), true);
                }
                Variable::File(_) => (),
            }
        }
        let parts = |name: &String| name.split(|c: char| !is_word(c)).count();
        let parts_max = names.keys().map(parts).max().unwrap_or_default();
        let head = |name: &String| name.get(..head_end(name)).unwrap_or_default().to_owned();
        let heads = names.keys().map(head).collect();
        let knows_terraform = names.values().any(|is_bare| *is_bare);
        Some(Self { known, names, heads, parts_max, knows_terraform })
    }

    /// Whether a file may give one of them a value.
    pub(in crate::collect) fn may_stand_in(&self, file: &str, text: &str) -> bool {
        let told = || memchr::memmem::find(text.as_bytes(), OPTION.as_bytes()).is_some();
        let suits = |is_bare: bool| !is_bare || is_of_terraform(file) || told();
        let mut found = self.found(text);
        self.is_file(file)
            || found.any(|(range, is_bare)| suits(is_bare) && !only_refers(text, &range))
    }

    /// Whether all of a file is secret.
    pub(super) fn is_file(&self, file: &str) -> bool {
        self.known.contains(&Variable::File(file.to_owned()))
    }

    /// Where names stand that values are given to by name.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.found(text).filter(|(_, is_bare)| !is_bare).map(|(range, _)| range).collect()
    }

    /// Where options stand that may give one of Terraform a value.
    pub(super) fn option_places(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let text = if self.knows_terraform { text.as_bytes() } else { &[] };
        memchr::memmem::find_iter(text, OPTION).map(|at| at..at + OPTION.len())
    }

    /// Where names stand, and nothing goes on around them that a name may be made of.
    fn found<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (Range<usize>, bool)> + 't {
        let mut at = 0;
        let words = std::iter::from_fn(move || {
            let start = at + text.get(at..)?.find(is_word)?;
            at = start + head_end(text.get(start..)?);
            Some(start..at)
        });
        let begins = |word: &Range<usize>| {
            text.get(word.clone()).is_some_and(|head| self.heads.contains(head))
        };
        words.filter(begins).flat_map(|word| self.names_from(text, word))
    }

    /// The names that begin with a word of a text, which may go on: `db.word`.
    fn names_from(&self, text: &str, word: Range<usize>) -> Vec<(Range<usize>, bool)> {
        let mut found = Vec::new();
        let mut end = word.end;
        for _ in 0..self.parts_max.max(1) {
            let name = text.get(word.start..end).unwrap_or_default();
            found.extend(self.names.get(name).map(|is_bare| (word.start..end, *is_bare)));
            let rest = text.get(end..).unwrap_or_default();
            let next = rest.strip_prefix(['.', '-']).map(head_end).filter(|length| *length > 0);
            let Some(length) = next else { break };
            end += 1 + length;
        }
        found
    }

    /// Whether a value is given to one of them by this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.known.contains(&Variable::Named(name.to_owned()))
            || name.strip_prefix(IN_ENVIRONMENT).is_some_and(|name| self.is_terraform(name))
    }

    /// Whether one of Terraform has this name.
    pub(super) fn is_terraform(&self, name: &str) -> bool {
        self.known.contains(&Variable::Terraform(name.to_owned()))
    }

    /// Whether one of the `locals` has this name.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.known.contains(&Variable::Local(name.to_owned()))
    }

    /// The value in `name=value`, behind the option of Terraform that gives one of them a value.
    pub(super) fn given(&self, assignment: &str) -> Option<Range<usize>> {
        let (name, value) = assignment.split_once('=')?;
        let is_one = self.is_terraform(name.trim()) && !value.trim().is_empty();
        (is_one && !names_another_place(value))
            .then(|| assignment.len() - value.len()..assignment.len())
    }

    /// The values that the words of a command give: `terraform apply -var 'door=oak'`.
    pub(super) fn options(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for option in self.option_places(text) {
            let rest = text.get(option.end..).unwrap_or_default();
            let spaced = rest.trim_start_matches(['=', ' ', '\t']);
            if spaced.len() == rest.len() {
                continue; // Another option: `-var-file`.
            }
            let quote = spaced.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inner = spaced.trim_start_matches(['"', '\'']);
            let end = match quote {
                Some(quote) => inner.find(quote),
                None => inner.find(char::is_whitespace),
            };
            let word = inner.get(..end.unwrap_or(inner.len())).unwrap_or_default();
            let start = text.len() - inner.len();
            let value = self.given(word).map(|value| start + value.start..start + value.end);
            found.extend(value.map(|value| unquoted(text, value)));
        }
        found
    }
}

/// Whether names are made of a character, marks between their parts apart.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether a name stands in a reference that gives it no value: `${X}`, `$(X)`, `$X`.
fn only_refers(text: &str, name: &Range<usize>) -> bool {
    let head = text.get(..name.start).unwrap_or_default();
    let tail = text.get(name.end..).unwrap_or_default();
    let is_braced = ["${", "${env:", "${var.", "${local."].iter().any(|open| head.ends_with(open));
    is_braced && tail.starts_with('}')
        || head.ends_with("$(") && tail.starts_with(')')
        || head.ends_with('$')
}

/// Where the word ends that a text begins with.
fn head_end(text: &str) -> usize {
    text.find(|c: char| !is_word(c)).unwrap_or(text.len())
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let value = text.get(range.clone()).unwrap_or_default();
    let inner = value.trim_start_matches(['"', '\'', '\\']);
    let start = range.end - inner.len();
    start..start + inner.trim_end_matches(['"', '\'', '\\']).len()
}

/// The variables that a value refers to which is nothing but references, a scheme before them
/// apart: those of a secret, where one is expected.
pub(super) fn referred(value: &str) -> Vec<Variable> {
    let value = without_scheme(value);
    if names_another_place(value) || value.starts_with("${") && value.ends_with('}') {
        return references(value).into_iter().flat_map(|(_, variables)| variables).collect();
    }
    bare(value).into_iter().collect()
}

/// The variables that stand for the password of a URL: `postgres://app:${X}@db`.
pub(super) fn in_urls(text: &str) -> Vec<Variable> {
    let mut found = Vec::new();
    for (range, variables) in references(text) {
        let head = text.get(..range.start).unwrap_or_default();
        let tail = text.get(range.end..).unwrap_or_default();
        if head.ends_with(':') && tail.starts_with('@') {
            found.extend(variables);
        }
    }
    found
}

/// `var.door` and `local.door`, as Terraform refers to them outside of texts.
fn bare(expression: &str) -> Option<Variable> {
    let whole = |name: &str| !name.is_empty() && name.bytes().all(is_part);
    let named = |prefix| {
        let name = expression.strip_prefix(prefix)?;
        (whole(name) && secret_class(name).is_none()).then_some(name)
    };
    let variable = named("var.").map(|name| Variable::Terraform(name.to_owned()));
    variable.or_else(|| named("local.").map(|name| Variable::Local(name.to_owned())))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Every `$X`, `${X}` and `$(X)` of a text, and which variables each refers to.
fn references(text: &str) -> Vec<(Range<usize>, Vec<Variable>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(dollar) = rest.find('$')
    {
        let start = at + dollar;
        let tail = text.get(start + 1..).unwrap_or_default();
        // `$$` is a dollar; `${{ … }}` is filled in by a CI server.
        if tail.starts_with('$') || tail.starts_with("{{") {
            at = start + 2;
            continue;
        }
        let close = match tail.as_bytes().first() {
            Some(b'{') => '}',
            Some(b'(') => ')',
            _ => {
                let name = tail.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next();
                let name = name.unwrap_or_default();
                at = start + 1 + name.len();
                found.push((start..at, named(name).into_iter().collect()));
                continue;
            }
        };
        let inner = tail.get(1..).unwrap_or_default();
        let Some(length) = inner.find(close) else { break };
        at = start + 2 + length + 1;
        found.push((start..at, within(inner.get(..length).unwrap_or_default())));
    }
    found
}

/// The variables of what stands between the braces of a reference.
fn within(inner: &str) -> Vec<Variable> {
    // `var.door["front"].key` is of the variable `door`.
    let of_word = |word: &str| {
        let mut parts = word.split(['[', '.']);
        bare(&[parts.next()?, parts.next()?].join("."))
    };
    let words = inner.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.[]".contains(c)));
    let found: Vec<Variable> = words.filter_map(of_word).collect();
    if !found.is_empty() {
        return found;
    }
    let schemes = ["env:", "sys:"];
    let inner = schemes.iter().find_map(|scheme| inner.strip_prefix(scheme)).unwrap_or(inner);
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)));
    let (name, behind) = inner.split_at(end.unwrap_or(inner.len()));
    let is_whole = behind.is_empty() || behind.starts_with([':', '-', '?', '+', '=']);
    if is_whole { named(name).into_iter().collect() } else { Vec::new() }
}

/// A variable by its name, where that is no word that may stand for anything else and does not
/// promise a secret by itself, so that it is masked anyway.
fn named(name: &str) -> Option<Variable> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_telling = starts && (is_shouted || name.contains(['_', '.']));
    (is_telling && secret_class(name).is_none()).then(|| Variable::Named(name.to_owned()))
}
