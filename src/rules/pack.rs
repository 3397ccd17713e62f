//! Packs: what is written in them, and loading them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::compile::Compiler;
use super::expr::with_parser_stack;
use super::rule::{Origin, Rule};
use crate::model::Digest;
use crate::policy::strict::{ConfigError, ConfigText, read_what_fits};

/// The version of the pack format that is read here.
const SCHEMA: u32 = 1;

/// A view as rules are checked against it.
#[derive(Debug, Clone, Copy)]
pub struct ViewShape<'a> {
    /// Its name, such as `k8s.container`.
    pub name: &'a str,
    /// Its fields. `a.b` is field `b` of field `a`; a field without such may hold anything.
    pub fields: &'a [&'a str],
}

/// A pack of rules.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is about.
    pub title: String,
    /// The file it was read from, as messages name it.
    pub file: String,
    /// Digest of its text.
    pub digest: Digest,
    /// Its rules, as written.
    pub rules: Vec<Rule>,
}

impl Pack {
    /// Loads a pack from its text; `file` is what messages call it.
    ///
    /// # Errors
    ///
    /// Every mistake in it: unknown keys, wrong types, unknown severities, views, fields, variables
    /// and functions, expressions that are none or too large, missing tests.
    pub fn load(file: &str, text: &str, views: &[ViewShape<'_>]) -> Result<Self, Vec<ConfigError>> {
        load_all(&[(file, text)], views, Reading::Whole).pop().unwrap_or_else(|| Err(Vec::new()))
    }
}

/// How much of packs is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it.
    Whole,
    /// What is needed to judge: of packs that are part of the program, which the tests read as a whole,
    /// neither the tests nor, before an item comes, what rules do with it.
    ToJudge,
}

/// Loads packs, given as file name and text, on one stack that is large enough to parse on.
pub(super) fn load_all(
    packs: &[(&str, &str)],
    views: &[ViewShape<'_>],
    reading: Reading,
) -> Vec<Result<Pack, Vec<ConfigError>>> {
    let is_known = |pack: &(&str, &str)| {
        reading == Reading::ToJudge && super::PACKS.iter().any(|known| known == pack)
    };
    let load = || {
        let load_one = |pack: &(&str, &str)| load(pack.0, pack.1, views, is_known(pack));
        packs.iter().map(load_one).collect()
    };
    with_parser_stack(load)
}

/// Loads one pack; must run on the parser's stack.
fn load(
    file: &str,
    text: &str,
    views: &[ViewShape<'_>],
    is_known: bool,
) -> Result<Pack, Vec<ConfigError>> {
    let digest = Digest::of(text.as_bytes());
    let text = if is_known { without_tests(text) } else { Cow::Borrowed(text) };
    let text = &*text;
    let source = ConfigText { file, text };
    let (raw, mut errors) = read_what_fits::<RawFile>(file, text);
    let Some(raw) = raw else { return Err(errors) };
    if raw.pack.schema.get_ref() != &SCHEMA {
        let message = format!("unknown schema {}: this reads {SCHEMA}", raw.pack.schema.get_ref());
        errors.push(source.error(raw.pack.schema.span().start, message));
    }
    if let Some(lang) = raw.pack.lang.filter(|lang| lang.get_ref() != "cel") {
        let message = format!("unknown language `{}`: rules are written in `cel`", lang.get_ref());
        errors.push(source.error(lang.span().start, message));
    }
    let origins = origins(source, raw.rule.iter().map(|rule| rule.id.span().start));
    let mut rules = Vec::new();
    for (index, rule) in raw.rule.into_iter().enumerate() {
        let line = |index: usize| origins.get(index).map_or(u32::MAX, |origin| origin.line);
        let (from, to) = (line(index), line(index + 1));
        let damaged = errors.iter().any(|error| error.line >= from && error.line < to);
        let Some(origin) = origins.get(index).cloned() else { continue };
        let compiler = Compiler::new(source, views, &raw.pack.id, origin, damaged);
        let compiler = compiler.known(is_known);
        match compiler.compile(rule) {
            Ok(rule) => rules.push(rule),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        errors.sort();
        errors.dedup();
        return Err(errors);
    }
    Ok(Pack {
        id: raw.pack.id,
        version: raw.pack.version,
        title: raw.pack.title,
        file: file.to_owned(),
        digest,
        rules,
    })
}

/// The text without the tests of its rules, every other line where it was.
fn without_tests(text: &str) -> Cow<'_, str> {
    let (mut kept, mut is_test) = (String::with_capacity(text.len() / 4), false);
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            "[[rule.test]]" => is_test = true,
            "[[rule]]" => is_test = false,
            _ => {}
        }
        kept.push_str(if is_test { "\n" } else { line });
    }
    Cow::Owned(kept)
}

/// Where rules are written, in the order of the text.
fn origins(source: ConfigText<'_>, starts: impl Iterator<Item = usize>) -> Vec<Origin> {
    let (mut line, mut from, mut begin) = (1_u32, 0, 0);
    let place = |start: usize| {
        let between = source.text.get(from..start).unwrap_or_default();
        for (at, _) in between.match_indices('\n') {
            line = line.saturating_add(1);
            begin = from + at + 1;
        }
        from = start.max(from);
        let before = source.text.get(begin..start).unwrap_or_default().chars().count();
        let column = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        Origin { file: source.file.to_owned(), line, column }
    };
    starts.map(place).collect()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    pack: RawPack,
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPack {
    id: String,
    version: String,
    schema: Spanned<u32>,
    title: String,
    lang: Option<Spanned<String>>,
}

/// A rule as written. What is required is optional here, so that a rule in which it is missing or
/// wrong is still looked at for everything else; [`Compiler`] asks for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<String>>,
    pub(super) severity: Option<Spanned<String>>,
    pub(super) confidence: Option<Spanned<String>>,
    pub(super) claim: Option<Spanned<String>>,
    pub(super) select: Option<RawSelect>,
    #[serde(default)]
    pub(super) params: toml::Table,
    #[serde(default, rename = "let")]
    pub(super) lets: Vec<RawLet>,
    pub(super) when: Option<Spanned<String>>,
    pub(super) assert: Option<Spanned<String>>,
    pub(super) measure: Option<Spanned<String>>,
    pub(super) worse: Option<Spanned<String>>,
    pub(super) tolerance: Option<Spanned<f64>>,
    pub(super) message: Option<Spanned<String>>,
    pub(super) remediation: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) controls: BTreeMap<String, Vec<Spanned<String>>>,
    pub(super) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) covers: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) instead_of: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) test: Vec<RawTest>,
}

/// `select` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSelect {
    pub(super) view: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) env: Option<Spanned<String>>,
    pub(super) cardinality: Option<Spanned<String>>,
}

/// One of `let` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLet {
    pub(super) name: Option<Spanned<String>>,
    pub(super) expr: Option<Spanned<String>>,
}

/// A `[[rule.test]]` as written; each of `also` is a test of its own, with other fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    pub(super) name: Spanned<String>,
    pub(super) it: Option<Spanned<toml::Value>>,
    pub(super) items: Option<Vec<Spanned<toml::Value>>>,
    pub(super) blue: Option<Spanned<toml::Value>>,
    pub(super) green: Option<Spanned<toml::Value>>,
    #[serde(default)]
    pub(super) also: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    pub(super) docs: Vec<toml::Value>,
    #[serde(default)]
    pub(super) run: toml::Table,
    /// Put over those of the rule, as a policy may.
    #[serde(default)]
    pub(super) params: toml::Table,
    pub(super) expect: Spanned<String>,
    pub(super) message_contains: Option<String>,
    pub(super) message_lacks: Option<String>,
}
