//! Functions that a policy is offered in the place of the engine's, or that it does not have: none asks
//! the machine, and none takes longer than its arguments are.

use std::collections::BTreeSet;

use regorus::{Engine, Value};

use super::value::{Mask, Turning};
use crate::model::{Limits, SourceId, Timestamp, Typing};
use crate::syntax;

/// Functions of earlier versions of Rego, and those that this program answers itself.
pub(super) const OWN: [(&str, u8); 8] = [
    ("time.now_ns", 0),
    ("re_match", 2),
    ("any", 1),
    ("all", 1),
    ("yaml.unmarshal", 1),
    ("numbers.range", 2),
    ("units.parse", 1),
    ("units.parse_bytes", 1),
];

/// How many numbers a range holds at most.
const RANGE_MAX: u64 = 1_000_000;

/// Reads one document.
pub(super) fn read(
    text: &str,
    named: &str,
    texts: &mut BTreeSet<String>,
) -> Result<Value, (u32, String)> {
    let syntax = syntax::by_id(named).ok_or_else(|| (0, "it cannot be read".to_owned()))?;
    let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
    if let Some(issue) = parsed.issues.first() {
        return Err((issue.at, issue.message.clone()));
    }
    let mut roots = parsed.tree.roots();
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err((0, "it is not one document".to_owned()));
    };
    texts.extend(root.scalars().map(|scalar| scalar.text().to_owned()));
    Ok(Turning { typing: Typing::Yaml11, mask: Mask::Class }.value(root))
}

/// Functions that the engine does not have, or that would ask the machine: the time is that of the
/// audit, so that a replay says the same.
pub(super) fn own_functions(engine: &mut Engine, now: Timestamp) {
    let nanoseconds = now.unix_seconds().saturating_mul(1_000_000_000);
    let mut own = |name: &str, function: Box<dyn regorus::Extension>| {
        let count = OWN.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
        // Nothing else has the name.
        let _ = engine.add_extension(name.to_owned(), count, function);
    };
    own("time.now_ns", Box::new(move |_: Vec<Value>| Ok(Value::from(nanoseconds))));
    own(
        "re_match",
        Box::new(|given: Vec<Value>| {
            let text = |at: usize| given.get(at).and_then(|value| value.as_string().ok());
            let (Some(pattern), Some(text)) = (text(0), text(1)) else {
                return Ok(Value::Undefined);
            };
            let pattern = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
            Ok(pattern.map_or(Value::Undefined, |pattern| Value::from(pattern.is_match(text))))
        }),
    );
    own("any", Box::new(|given: Vec<Value>| Ok(quantified(&given, false))));
    own("all", Box::new(|given: Vec<Value>| Ok(quantified(&given, true))));
    for name in ["units.parse", "units.parse_bytes"] {
        let is_bytes = name == "units.parse_bytes";
        own(name, Box::new(move |given: Vec<Value>| Ok(amount(&given, is_bytes))));
    }
    own("numbers.range", Box::new(|given: Vec<Value>| Ok(range(&given))));
    own(
        "yaml.unmarshal",
        Box::new(|given: Vec<Value>| {
            let Some(Ok(text)) = given.first().map(Value::as_string) else {
                return Ok(Value::Undefined);
            };
            Ok(read(text, "yaml", &mut BTreeSet::new()).unwrap_or(Value::Undefined))
        }),
    );
}

/// Whole numbers from one to another, either way; undefined where there are too many.
fn range(given: &[Value]) -> Value {
    let number = |at: usize| given.get(at).and_then(|value| value.as_i64().ok());
    let (Some(from), Some(to)) = (number(0), number(1)) else { return Value::Undefined };
    if from.abs_diff(to) >= RANGE_MAX {
        return Value::Undefined;
    }
    let mut all: Vec<Value> = (from.min(to)..=from.max(to)).map(Value::from).collect();
    if from > to {
        all.reverse();
    }
    Value::from(all)
}

/// Whether all members of a list or set are true, or any of them.
fn quantified(given: &[Value], all: bool) -> Value {
    let members: Vec<&Value> = match given.first() {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Set(set)) => set.iter().collect(),
        _ => return Value::Undefined,
    };
    let is_true = |value: &&Value| matches!(value, Value::Bool(true));
    Value::from(if all { members.iter().all(is_true) } else { members.iter().any(is_true) })
}

/// A number with a unit: `units.parse` takes those of Kubernetes, `units.parse_bytes` those of memory
/// (Open Policy Agent, `v1/topdown/parse_units.go` a2d4f21d, `parse_bytes.go` 18f1dd4a). An exponent of the number has
/// two digits at most.
fn amount(given: &[Value], is_bytes: bool) -> Value {
    const UNITS: [(&str, i32); 6] = [("k", 1), ("m", 2), ("g", 3), ("t", 4), ("p", 5), ("e", 6)];
    let Some(Ok(text)) = given.first().map(Value::as_string) else { return Value::Undefined };
    let text = text.replace('"', "");
    let is_unit = |c: char| c.is_ascii_alphabetic();
    let digits = text.trim_end_matches(is_unit);
    let unit = text.get(digits.len()..).unwrap_or_default();
    let exponent = digits.to_lowercase().split_once('e').map(|(_, exponent)| exponent.len());
    let (Ok(number), true) = (digits.parse::<f64>(), exponent.is_none_or(|digits| digits < 4))
    else {
        return Value::Undefined;
    };
    let lower = unit.to_lowercase();
    let lower = if is_bytes { lower.strip_suffix('b').unwrap_or(&lower) } else { &lower };
    let (power, base) = match lower.strip_suffix('i') {
        Some(power) => (power, 1024_f64),
        None => (lower, 1000_f64),
    };
    let factor = UNITS.iter().find(|(name, _)| *name == power).map(|(_, power)| base.powi(*power));
    let factor = match (power, factor) {
        ("", _) if base < 1024.0 => 1.0,
        ("m", _) if unit == "m" && !is_bytes => 0.001,
        (_, Some(factor)) => factor,
        (_, None) => return Value::Undefined,
    };
    let amount = number * factor;
    let amount = if is_bytes { amount.trunc() } else { amount };
    if amount.fract() == 0.0 && amount.abs() < 9e15 {
        return Value::from_numeric_string(&format!("{amount:.0}")).unwrap_or(Value::Undefined);
    }
    if amount.is_finite() { Value::from(amount) } else { Value::Undefined }
}
