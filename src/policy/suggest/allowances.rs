//! Allowances, one for all differences that are the same change at the same kind of place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::written::{is_cut, pins, quoted};
use super::{ALLOWANCES_MAX, AllowanceSuggestion, Named, OWNER, REASON, review_day};
use crate::model::{Digest, Pair, Side, Timestamp};
use crate::policy::allowance::Subject;
use crate::policy::{Allowance, Config};
use crate::wire::report::Change;

/// Allowances for the `open` differences, those that explain most first.
pub(super) fn infer(open: &[&Change], now: Timestamp) -> Vec<AllowanceSuggestion> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Change>> = BTreeMap::new();
    for change in open {
        groups.entry(key(change)).or_default().push(change);
    }
    let mut groups: Vec<(Vec<String>, Vec<&Change>)> = groups.into_iter().collect();
    groups.sort_by(|(a, few), (b, many)| many.len().cmp(&few.len()).then_with(|| a.cmp(b)));
    let written = groups.iter().take(ALLOWANCES_MAX).filter_map(|(_, changes)| {
        let record = record(changes, now)?;
        Some((allowance(&record)?, record))
    });
    let mut suggested: Vec<(Allowance, AllowanceSuggestion)> = written
        .map(|(allowance, record)| {
            (allowance, AllowanceSuggestion { record, explains: Vec::new() })
        })
        .collect();
    // As an audit asks them: the first that covers a difference explains it.
    for change in open {
        let covers = |one: &&mut (Allowance, AllowanceSuggestion)| one.0.covers(&subject(change));
        if let Some((_, suggestion)) = suggested.iter_mut().find(covers) {
            suggestion.explains.push(Named::of(change));
        }
    }
    let mut suggested: Vec<AllowanceSuggestion> =
        suggested.into_iter().map(|(_, suggestion)| suggestion).collect();
    suggested.retain(|suggestion| !suggestion.explains.is_empty());
    suggested.sort_by_key(|suggestion| Reverse(suggestion.explains.len()));
    suggested
}

/// The record that covers these differences, of one change at one kind of place; nothing where a
/// name in the path would be taken for a pattern.
pub(super) fn record(changes: &[&Change], now: Timestamp) -> Option<String> {
    let first = changes.first()?;
    if first.path.split('/').any(|segment| segment == "*" || segment == "**") {
        return None;
    }
    let path = common(changes.iter().map(|change| change.path.as_str()))?;
    let resource = names(&changes.iter().map(|change| change.resource.as_str()).collect());
    let pins = pins(first);
    let mut parts = vec![path.clone(), resource.clone()];
    parts.extend([pins.blue, pins.green].map(|pin| pin.unwrap_or_default().to_owned()));
    let id = format!("suggested-{}", Digest::of_parts(&parts).short(8));
    let mut record = format!("id = {}\n", quoted(&id));
    // Formatting into a text does not fail.
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(record, "{name} = {}", quoted(text));
    };
    line("resource", &resource);
    line("path", &path);
    if let Some(blue) = pins.blue {
        line("blue", blue);
    }
    if let Some(green) = pins.green {
        line("green", green);
    }
    let shown = Pair::new(first.values.blue.as_deref(), first.values.green.as_deref());
    for (side, pin) in [(Side::Blue, pins.blue), (Side::Green, pins.green)] {
        let value = shown.get(side).filter(|_| pin.is_none());
        let cut = "is too long to be shown: none is pinned, and whether it names the other side was \
                   not looked at";
        if let Some(value) = value {
            let why = if is_cut(value) { cut } else { "cannot be pinned: whatever stands there" };
            let _ = writeln!(record, "# {}'s value {why}", side.name());
        }
    }
    if pins.blue.is_none() && pins.green.is_none() {
        record.push_str("# whatever stands there: no value of it can be pinned\n");
    }
    let _ = writeln!(record, "{REASON}\n{OWNER}\nreview_by = {}", review_day(now));
    Some(record)
}

/// What differences must have in common to share an allowance: what happened, both values, and the
/// keys on the way. Without a value that can be pinned, a difference is alone.
fn key(change: &Change) -> Vec<String> {
    let pins = pins(change);
    if pins.blue.is_none() && pins.green.is_none() {
        return vec![change.path.clone(), change.resource.clone(), change.fingerprint.clone()];
    }
    let pin = |pin: Option<&str>| pin.map_or_else(String::new, |text| format!("={text}"));
    let mut key = vec![change.edit.name().to_owned(), pin(pins.blue), pin(pins.green)];
    let is_member =
        |segment: &str| segment.contains('=') || segment.bytes().all(|byte| byte.is_ascii_digit());
    key.extend(change.path.split('/').map(|segment| {
        if is_member(segment) && !segment.is_empty() { "*" } else { segment }.to_owned()
    }));
    key
}

/// What paths have in common, parts that differ being `*`; nothing where they have not as many
/// parts, or no part is common.
fn common<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut rows = texts.map(|text| text.split('/').collect::<Vec<_>>());
    let mut parts: Vec<Option<&str>> = rows.next()?.into_iter().map(Some).collect();
    for row in rows {
        if row.len() != parts.len() {
            return None;
        }
        for (part, other) in parts.iter_mut().zip(row) {
            *part = part.filter(|part| *part == other);
        }
    }
    let is_told = parts.iter().any(Option::is_some);
    is_told.then(|| parts.iter().map(|part| part.unwrap_or("*")).collect::<Vec<_>>().join("/"))
}

/// A pattern that matches these names and no other: what they begin with alike, and how each goes on.
fn names(all: &BTreeSet<&str>) -> String {
    let mut rows = all.iter().map(|name| name.split('/').collect::<Vec<_>>());
    let Some(first) = rows.next() else { return String::new() };
    let alike = rows.fold(first.len(), |alike, row| {
        first.iter().zip(&row).take_while(|(a, b)| a == b).count().min(alike)
    });
    let tail = |name: &&str| glob(&name.split('/').skip(alike).collect::<Vec<_>>().join("/"));
    let head: Vec<String> = first.iter().take(alike).map(|part| glob(part)).collect();
    let head = head.join("/");
    let tails: Vec<String> = all.iter().map(tail).collect();
    match tails.as_slice() {
        [_] => glob(&first.join("/")),
        tails if alike == 0 => format!("{{{}}}", tails.join(",")),
        tails => format!("{head}/{{{}}}", tails.join(",")),
    }
}

/// A name as a pattern that matches it alone.
fn glob(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!' | ',') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The record as a policy reads it.
fn allowance(record: &str) -> Option<Allowance> {
    let text = record.replace(REASON, "reason = \"?\"").replace(OWNER, "owner = \"?\"");
    let config = Config::parse("suggestion", &format!("[[allow]]\n{text}")).ok()?;
    config.policy.allowances.into_iter().next()
}

fn subject(change: &Change) -> Subject<'_> {
    let file = Pair::new(change.places.blue.as_ref(), change.places.green.as_ref());
    Subject {
        file: file.map(|place| place.map(|place| place.file.as_str())),
        resource: &change.resource,
        path: &change.path,
        value: pins(change),
    }
}
