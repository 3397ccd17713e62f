//! System properties of Java, which its options and its command line carry: to the agent and to the SDK
//! they count before the variables of the same meaning (opentelemetry-java, `sdk-extensions/autoconfigure`).

use super::cursor::Cursor;
use super::process::{Expanded, Process, Value, Variable};

/// Variables with options of Java, what counts least first. The last is read after the command line.
const OPTIONS: [&str; 5] =
    ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS", "_JAVA_OPTIONS"];

/// What a property of tracing begins with.
const MARK: &str = "-Dotel.";

/// The process with its properties, behind its variables.
pub(super) fn told(mut process: Process<'_>) -> Process<'_> {
    let of = |name: &&str| process.get(name).map(properties).unwrap_or_default();
    let (last, first) = OPTIONS
        .split_last()
        .map_or((&[][..], &[][..]), |(last, first)| (std::slice::from_ref(last), first));
    let mut found: Vec<Variable<'_>> = first.iter().flat_map(of).collect();
    found.extend(process.container.iter().flat_map(|within| of_words(&within.cursor)));
    found.extend(last.iter().flat_map(of));
    process.variables.extend(found);
    process
}

/// Those that options carry.
fn properties<'t>(options: &Variable<'t>) -> Vec<Variable<'t>> {
    let Value::Text(text) = options.value else { return Vec::new() };
    if !text.contains(MARK) {
        return Vec::new();
    }
    let words = words(text);
    // What the kubelet puts in changes no names.
    let filled = match &options.expanded {
        Some(Expanded::Text(filled)) => self::words(filled),
        Some(Expanded::TooLong) => return Vec::new(),
        None => Vec::new(),
    };
    let filled = |index: usize| filled.get(index).copied().filter(|_| filled.len() == words.len());
    let one = |(index, word): (usize, &&'t str)| {
        let (name, value) = pair(word)?;
        let expanded =
            filled(index).and_then(pair).map(|(_, value)| Expanded::Text(value.to_owned()));
        let place = options.place.clone();
        Some(Variable { expanded, ..Variable::new(name, place, Value::Text(value)) })
    };
    words.iter().enumerate().filter_map(one).collect()
}

/// Those of a command line.
fn of_words<'t>(container: &Cursor<'t>) -> Vec<Variable<'t>> {
    let lists = ["command", "args"].into_iter().filter_map(|key| container.get(key));
    let lines = lists.flat_map(|list| list.items()).filter(|line| line.node.text().contains(MARK));
    let of_line = |line: Cursor<'t>| {
        let found: Vec<Variable<'t>> = words(line.node.text())
            .into_iter()
            .filter_map(pair)
            .map(|(name, value)| Variable::new(name, line.clone(), Value::Text(value)))
            .collect();
        found
    };
    lines.flat_map(of_line).collect()
}

/// Name and value of a property.
fn pair(word: &str) -> Option<(&str, &str)> {
    let quotes = ['"', '\''];
    let (name, value) = word.trim_start_matches(quotes).strip_prefix("-D")?.split_once('=')?;
    name.starts_with("otel.").then(|| (name, value.trim_matches(quotes)))
}

/// Words between blanks that stand in no quotes.
fn words(text: &str) -> Vec<&str> {
    let mut quote = None;
    let is_gap = move |c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(_) | None => (),
        }
        quote.is_none() && c.is_whitespace()
    };
    text.split(is_gap).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{pair, words};

    #[test]
    fn options_are_told_apart_as_java_does() {
        let text = "-Xmx1g  -Dotel.service.name='pay ment' -Dotel.traces.exporter=none -Dapp.x=1";
        let found: Vec<_> = words(text).into_iter().filter_map(pair).collect();
        assert_eq!(found, [("otel.service.name", "pay ment"), ("otel.traces.exporter", "none")]);
    }
}
