//! References in the configuration of a collector, filled in from the variables of its container
//! (opentelemetry-collector v0.159.0, `confmap/expand.go` and `confmap/provider/envprovider/provider.go`):
//! `${X}` is `${env:X}`, what follows `:-` holds where the variable is not given, `$$` is a dollar, and what
//! is filled in is filled in itself.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::Collector;
use super::variable::Reference;
use super::workload::Container;

/// How often what was filled in is filled in.
const ROUNDS_MAX: usize = 8;
/// How long a value may become.
const BYTES_MAX: usize = 1 << 16;

/// Variables with their texts; without a text one that is not given, for which something else may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Given(Vec<(String, Option<String>)>);

impl Given {
    /// What fills in nothing.
    pub(super) const NOTHING: &'static Self = &Self(Vec::new());

    /// What of a container bears on configurations, by what these name.
    pub(super) fn of<'c>(
        container: &Container,
        configurations: impl Iterator<Item = &'c Collector>,
    ) -> Self {
        let mut references = configurations.flat_map(|one| &one.references).peekable();
        if references.peek().is_none() {
            return Self::default();
        }
        // Of two of one name, the later holds.
        let values: BTreeMap<&str, Option<&String>> =
            container.values.iter().map(|(name, text)| (name.as_str(), text.as_ref())).collect();
        let named: BTreeSet<&str> = container.env.iter().collect();
        let of = |one: &Reference| {
            let name = one.variable.as_str();
            match values.get(name) {
                Some(Some(text)) => Some((name.to_owned(), Some((*text).clone()))),
                Some(None) => None,
                None if container.has_env_from || named.contains(name) => None,
                None => one.has_default.then(|| (name.to_owned(), None)),
            }
        };
        let mut found: Vec<_> = references.filter_map(of).collect();
        found.sort();
        found.dedup();
        Self(found)
    }

    /// Whether nothing is filled in by it.
    pub(super) fn is_idle(&self) -> bool {
        self.0.is_empty()
    }

    /// A text with its references filled in, and whether it was one reference; nothing where it holds none
    /// that can be told.
    pub(super) fn fill(&self, text: &str) -> Option<(String, bool)> {
        let mut filled = self.once(text)?;
        for _ in 0..ROUNDS_MAX {
            let Some((next, is_whole)) = self.once(&filled.0) else { break };
            filled = (next, is_whole && filled.1);
        }
        Some(filled).filter(|(text, _)| text.len() <= BYTES_MAX)
    }

    fn once(&self, text: &str) -> Option<(String, bool)> {
        if self.0.is_empty() {
            return None;
        }
        let (mut out, mut rest) = (String::new(), text);
        let (mut is_changed, mut is_whole) = (false, false);
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let inside = after.strip_prefix('{').and_then(|after| after.split_once('}'));
            if out.len() > BYTES_MAX {
                return None;
            }
            let told = inside.and_then(|(inside, after)| Some((self.value(inside)?, after)));
            if let Some((value, after)) = told {
                is_whole = out.is_empty() && after.is_empty();
                is_changed = true;
                out.push_str(value);
                rest = after;
            } else {
                out.push_str(if after.starts_with('$') { "$$" } else { "$" });
                rest = after.strip_prefix('$').unwrap_or(after);
            }
        }
        out.push_str(rest);
        is_changed.then_some((out, is_whole))
    }

    /// What stands for a reference, by what stands between its braces.
    fn value<'v>(&'v self, inside: &'v str) -> Option<&'v str> {
        // What is nested ends at another brace.
        if inside.contains("${") {
            return None;
        }
        let (name, otherwise) = match inside.strip_prefix("env:") {
            // Only behind `env:` something else may hold.
            Some(named) => named.split_once(":-").map_or((named, None), |(n, o)| (n, Some(o))),
            None => (inside, None),
        };
        let found = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        let (_, text) = self.0.get(found)?;
        text.as_deref().or(otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn references_are_filled_in_as_a_collector_does() {
        let given = [
            ("HOST", Some("gw")),
            ("ALL", Some("${env:HOST}:${env:PORT:-4317}")),
            ("PORT", None),
            ("EMPTY", Some("")),
            ("SELF", Some("${SELF}")),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.map(str::to_owned)));
        let mut given = Given(given.to_vec());
        given.0.sort();
        for (text, expected) in [
            ("${env:HOST}:4317", Some(("gw:4317", false))),
            ("${HOST}", Some(("gw", true))),
            ("${ALL}", Some(("gw:4317", false))),
            ("${env:PORT:-1}", Some(("1", true))),
            ("${env:EMPTY:-1}", Some(("", true))),
            ("${PORT:-1}", None),
            ("${env:PORT:-${HOST}}", Some(("gw", false))),
            ("${PORT}", None),
            ("${OTHER}", None),
            ("$${HOST}", None),
            ("$HOST and ${", None),
            ("${file:/etc/HOST}", None),
        ] {
            let found = given.fill(text);
            let expected = expected.map(|(text, is_whole)| (text.to_owned(), is_whole));
            assert_eq!(found, expected, "{text}");
        }
        assert!(given.fill("${SELF}").is_some());
        // What grows without end is left as it is.
        let many = |name: &str| Some(format!("${{{name}}}").repeat(1_000));
        let bomb = [("A", many("B")), ("B", many("C")), ("C", many("A"))];
        let bomb = Given(bomb.map(|(name, text)| (name.to_owned(), text)).to_vec());
        assert!(bomb.fill("${A}").is_none_or(|(text, _)| text.len() <= super::BYTES_MAX));
    }
}
