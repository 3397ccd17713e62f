//! Strict reading of the TOML files people write for us: every mistake at once, each with its place.

use std::fmt;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

/// Mistakes reported of one file; what follows the hundredth is noise.
const ERRORS_MAX: usize = 100;

/// One mistake in a file people wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// The file, as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// A file being read, to say where in it a mistake stands.
#[derive(Debug, Clone, Copy)]
pub struct ConfigText<'a> {
    /// The file, as messages name it.
    pub file: &'a str,
    /// Its whole text.
    pub text: &'a str,
}

impl ConfigText<'_> {
    /// A mistake at a byte offset.
    pub fn error(&self, offset: usize, message: impl Into<String>) -> ConfigError {
        let head = self.text.get(..offset).unwrap_or(self.text);
        let start = head.rfind('\n').map_or(0, |at| at + 1);
        ConfigError {
            file: self.file.to_owned(),
            line: one_based(head.matches('\n').count()),
            column: one_based(head.get(start..).map_or(0, |part| part.chars().count())),
            message: message.into(),
        }
    }

    /// The offset in the file of byte `inside` of a text value that stands at `value`.
    ///
    /// Exact when the value is written without escapes, else the value's own place.
    pub fn inside(&self, value: &Spanned<String>, inside: usize) -> usize {
        let span = value.span();
        let raw = self.text.get(span.clone()).unwrap_or_default();
        match raw.find(value.get_ref().as_str()) {
            Some(quote) if !value.get_ref().is_empty() => span.start + quote + inside,
            Some(_) | None => span.start,
        }
    }
}

fn one_based(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

/// Reads `text` as a `T`.
///
/// `T` should deny unknown fields: a misspelt key is then reported with the nearest known one.
///
/// # Errors
///
/// Every mistake found, in the order of the file.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<ConfigError>> {
    match read_what_fits(file, text) {
        (Some(value), errors) if errors.is_empty() => Ok(value),
        (_, errors) => Err(errors),
    }
}

/// Reads `text` as a `T` without the parts that are wrong, so that a caller can go on to look for
/// mistakes of meaning in the rest and report all of them together.
///
/// The value must not be used for anything else when there are errors.
pub fn read_what_fits<T: DeserializeOwned>(
    file: &str,
    text: &str,
) -> (Option<T>, Vec<ConfigError>) {
    let source = ConfigText { file, text };
    let (table, mut faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        faults.truncate(ERRORS_MAX);
        let errors = faults.iter().map(|fault| at_fault(source, fault)).collect();
        return (None, sorted(errors));
    }
    if let Ok(value) = T::deserialize(Deserializer::from(table)) {
        return (Some(value), Vec::new());
    }
    // What is wrong is cut out of a second copy, part by part: nothing is copied where all is right.
    let (mut table, _) = DeTable::parse_recoverable(text);
    let mut errors = Vec::new();
    let mut cuts = Vec::new();
    while errors.len() < ERRORS_MAX {
        match T::deserialize(Deserializer::from(table.clone())) {
            Ok(value) => return (Some(value), sorted(errors)),
            Err(fault) => {
                let span = fault.span().unwrap_or_default();
                let caused = missing_key(fault.message())
                    .is_some_and(|key| cuts.contains(&(span.start, key.to_owned())));
                if !caused {
                    errors.push(at_fault(source, &fault));
                }
                let root = table.span().start;
                if !cut_table(table.get_mut(), root, &span, &mut cuts) {
                    break;
                }
            }
        }
    }
    (None, sorted(errors))
}

fn sorted(mut errors: Vec<ConfigError>) -> Vec<ConfigError> {
    errors.sort();
    errors.dedup();
    errors
}

fn at_fault(source: ConfigText<'_>, fault: &toml::de::Error) -> ConfigError {
    source.error(fault.span().map_or(0, |span| span.start), explain(fault.message()))
}

/// Where a removed key stood: the start of its table, and the key.
type Cut = (usize, String);

/// Removes the innermost entry whose key or value stands at `span`, so that reading can go on.
fn cut_table(
    table: &mut DeTable<'_>,
    start: usize,
    span: &std::ops::Range<usize>,
    cuts: &mut Vec<Cut>,
) -> bool {
    let mut found = None;
    for (key, value) in table.iter_mut() {
        let inner = value.span();
        if cut_value(value, span, cuts) {
            return true;
        }
        if key.span() == *span || inner == *span {
            found = Some(key.get_ref().clone());
        }
    }
    let Some(key) = found else { return false };
    table.remove(key.as_ref());
    cuts.push((start, key.into_owned()));
    true
}

fn cut_value(
    value: &mut Spanned<DeValue<'_>>,
    span: &std::ops::Range<usize>,
    cuts: &mut Vec<Cut>,
) -> bool {
    let start = value.span().start;
    match value.get_mut() {
        DeValue::Table(table) => cut_table(table, start, span, cuts),
        DeValue::Array(items) => {
            let mut found = None;
            for (index, item) in items.iter_mut().enumerate() {
                let here = item.span() == *span;
                if cut_value(item, span, cuts) {
                    return true;
                }
                if here {
                    found = Some(index);
                }
            }
            if let Some(cut) = found {
                let all = std::mem::replace(items, DeArray::new()).into_iter().enumerate();
                *items = all.filter(|(at, _)| *at != cut).map(|(_, item)| item).collect();
            }
            found.is_some()
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => false,
    }
}

/// The key that a message of serde says is missing.
fn missing_key(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// A message of serde in the words of a user, without the value it stumbled over: that may be
/// anything, a secret too.
fn explain(message: &str) -> String {
    if let Some(key) = missing_key(message) {
        return format!("missing key `{key}`");
    }
    for (start, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        if let Some((name, expected)) = message.strip_prefix(start).and_then(|r| r.split_once('`'))
        {
            let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            return unknown(what, name, &known);
        }
    }
    for start in ["invalid type: ", "invalid value: "] {
        let Some((found, expected)) =
            message.strip_prefix(start).and_then(|rest| rest.rsplit_once(", expected "))
        else {
            continue;
        };
        let found = found.split(['"', '`']).next().unwrap_or_default().trim();
        let expected = if expected.starts_with("struct ") { "a table" } else { expected };
        return format!("wrong value: expected {expected}, found {found}");
    }
    message.to_owned()
}

/// The message for a name that is not known, with the nearest of those that are.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{name}`: did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {what} `{name}`: none is allowed here"),
        None => format!("unknown {what} `{name}`: expected one of `{}`", known.join("`, `")),
    }
}

/// The known name that a misspelt one most likely means, if any is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two names: insertions, deletions, replacements, and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (row, left) in a.chars().enumerate() {
        let mut line = vec![row + 1];
        for (column, right) in b.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&above, column) + usize::from(left != *right);
            let mut best = replaced.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            let swapped = column.checked_sub(1).and_then(|previous| b.get(previous));
            if swapped == Some(&left) && last == Some(*right) {
                best = best.min(at(&before, column - 1) + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
        last = Some(left);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use toml::Spanned;

    use super::{ConfigText, nearest, read};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        gate: Gate,
        #[serde(default)]
        rule: Vec<Rule>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Gate {
        days: u32,
        #[serde(default)]
        mode: Mode,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        #[default]
        Enforce,
        Observe,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        #[expect(dead_code, reason = "read to be required")]
        id: String,
        #[serde(default)]
        severity: Option<String>,
        #[serde(default)]
        tags: Vec<String>,
    }

    fn mistakes(text: &str) -> Vec<String> {
        let errors = read::<File>("gate.toml", text).unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_with_its_place() {
        let text = "\
[gate]
days = \"hunter2\"
mode = \"enfroce\"
[[rule]]
id = \"a\"
sevrity = \"high\"
[[rule]]
severity = 3
tags = [\"x\", 1]
[[rules]]
";
        assert_eq!(
            mistakes(text),
            [
                "gate.toml:2:8: wrong value: expected u32, found string",
                "gate.toml:3:8: unknown value `enfroce`: did you mean `enforce`?",
                "gate.toml:6:1: unknown key `sevrity`: did you mean `severity`?",
                "gate.toml:7:1: missing key `id`",
                "gate.toml:8:12: wrong value: expected a string, found integer",
                "gate.toml:9:14: wrong value: expected a string, found integer",
                "gate.toml:10:3: unknown key `rules`: did you mean `rule`?",
            ]
        );
    }

    #[test]
    fn what_is_right_is_read() {
        let file: File = read("f", "[gate]\ndays = 3\nmode = \"observe\"\n").unwrap();
        assert_eq!(file.gate.days, 3);
        assert!(matches!(file.gate.mode, Mode::Observe));
        assert!(file.rule.is_empty());
        let file: File = read("f", "gate.days = 1\nrule = [{ id = \"x\" }]").unwrap();
        assert_eq!(
            file.rule.first().map(|rule| (rule.tags.len(), &rule.severity)),
            Some((0, &None))
        );
    }

    #[test]
    fn a_missing_root_table_and_broken_toml_are_reported() {
        assert_eq!(mistakes(""), ["gate.toml:1:1: missing key `gate`"]);
        let broken = mistakes("[gate\ndays = 3\n");
        assert!(
            broken.first().is_some_and(|first| first.starts_with("gate.toml:1:")),
            "{broken:?}"
        );
    }

    #[test]
    fn the_nearest_name_is_near_or_none() {
        let known = ["severity", "select", "title"];
        assert_eq!(nearest("sevreity", known), Some("severity"));
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(nearest("remediation", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn a_place_inside_a_value_is_exact_unless_it_has_escapes() {
        #[derive(Deserialize)]
        struct Texts {
            a: Spanned<String>,
            b: Spanned<String>,
            c: Spanned<String>,
        }
        let text = "a = 'xyz'\nb = '''\nl1\nl2'''\nc = \"q\\\"z\"\n";
        let texts: Texts = read("f", text).unwrap();
        let source = ConfigText { file: "f", text };
        assert_eq!(text.get(source.inside(&texts.a, 1)..).map(|t| t.starts_with("yz")), Some(true));
        assert_eq!(text.get(source.inside(&texts.b, 3)..).map(|t| t.starts_with("l2")), Some(true));
        assert_eq!(source.inside(&texts.c, 2), texts.c.span().start);
        assert_eq!(source.error(source.inside(&texts.b, 3), "x").to_string(), "f:4:1: x");
    }
}
