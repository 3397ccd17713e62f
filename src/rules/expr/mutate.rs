//! Small mistakes that could have been made in an expression: its rule's tests should notice each.
//!
//! Comparisons are turned and moved by one, `&&` and `||` exchanged, one side of them left out,
//! `has()` taken for granted, conditions negated, `all` and `exists` exchanged, filters left out,
//! numbers, texts, truth values and patterns changed, members left out of lists of `params`.
//! Nothing is left out because it could not be noticed: a mistake that changes nothing survives.

use regex::RegexBuilder;

use super::Program;
use super::check::PATTERN_MAX;
use super::functions::FUNCTIONS;
use super::node::{Arithmetic, Comparison, Each, Node};
use super::show::show;
use crate::facts::Fact;

/// What is put behind a text to make it another one.
const OTHER: char = '~';

/// How much of an expression a description quotes, and how much of what did not change before it.
const SHOWN_MAX: usize = 120;
const SAME_MAX: usize = 40;

/// Functions that decide something.
const PREDICATES: &[&str] = &[
    "cidr_contains",
    "contains",
    "endsWith",
    "is_secret",
    "same_secret",
    "selects",
    "startsWith",
    "subset",
];

/// Functions without which a text is only read more narrowly.
const READINGS: &[&str] = &["lowerAscii", "trim", "upperAscii"];

/// What an expression is to the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Anything.
    Value,
    /// It is true or false.
    Condition,
    /// It is true or false and negated, so that it is not negated again.
    Negated,
}

/// An expression with one mistake.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Mutant {
    /// The expression.
    pub(in crate::rules) program: Program,
    /// What became of what.
    pub(in crate::rules) change: String,
}

impl Program {
    /// Every mistake, in the order of the expression. `names` are the variables by slot, the first of
    /// which is `params`; `decides` where the value is true or false.
    pub(in crate::rules) fn mutants(
        &self,
        names: &[String],
        params: &Fact<'_>,
        decides: bool,
    ) -> Vec<Mutant> {
        let decides = if decides { Role::Condition } else { Role::Value };
        let mut names = names.to_vec();
        let mutants = within(&self.root, &mut names, params, decides);
        mutants
            .into_iter()
            .map(|(root, change)| Mutant { program: Self { root }, change })
            .collect()
    }
}

/// Mistakes in an expression and in its parts, each with the whole expression made anew.
fn within(
    node: &Node,
    names: &mut Vec<String>,
    params: &Fact<'_>,
    role: Role,
) -> Vec<(Node, String)> {
    let mut found = Vec::new();
    for other in here(node, params, role) {
        let change = described(&show(node, names), &show(&other, names));
        found.push((other, change));
    }
    if param(node, params).is_some() {
        return found;
    }
    let variable = if let Node::Loop { variable, .. } = node { Some(variable) } else { None };
    let count = node.clone().parts().len();
    for index in 0..count {
        let mut whole = node.clone();
        let Some(part) = whole.parts().into_iter().nth(index).cloned() else { continue };
        let is_body = index > 0;
        names.extend(variable.filter(|_| is_body).cloned());
        for (other, change) in within(&part, names, params, role_of(node, index)) {
            let mut whole = node.clone();
            if let Some(place) = whole.parts().into_iter().nth(index) {
                *place = other;
            }
            found.push((whole, change));
        }
        if variable.is_some() && is_body {
            names.pop();
        }
    }
    found
}

/// What became of what; of long expressions what stands around the first difference.
fn described(before: &str, after: &str) -> String {
    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let is_long = before.chars().count().max(after.chars().count()) > SHOWN_MAX;
    let skipped = if is_long { same.saturating_sub(SAME_MAX) } else { 0 };
    let quoted = |text: &str| {
        let start = if skipped > 0 { "…" } else { "" };
        let shown: String = text.chars().skip(skipped).take(SHOWN_MAX).collect();
        let end = if text.chars().count() > skipped + SHOWN_MAX { "…" } else { "" };
        format!("`{start}{shown}{end}`")
    };
    format!("{} becomes {}", quoted(before), quoted(after))
}

fn not(node: &Node) -> Node {
    Node::Not(Box::new(node.clone()))
}

/// What may stand in the place of one expression. One that is negated is not negated again.
fn here(node: &Node, params: &Fact<'_>, role: Role) -> Vec<Node> {
    if let Some(value) = param(node, params) {
        return others(value);
    }
    let negated = || if role == Role::Negated { Vec::new() } else { vec![not(node)] };
    match node {
        Node::Bool(value) => vec![Node::Bool(!value)],
        Node::Int(int) => vec![Node::Int(int.saturating_add(1))],
        Node::Double(double) => vec![Node::Double(double + 1.0)],
        Node::Text(text) => vec![Node::Text(format!("{text}{OTHER}"))],
        Node::Not(of) | Node::Negate(of) => vec![(**of).clone()],
        Node::And(pair) => sides(pair, Node::Or(pair.clone())),
        Node::Or(pair) => sides(pair, Node::And(pair.clone())),
        Node::Choose(parts) => {
            let [_, yes, no] = &**parts;
            vec![yes.clone(), no.clone()]
        }
        Node::Compare(comparison, pair) => {
            let (turned, moved) = comparisons(*comparison);
            vec![Node::Compare(turned, pair.clone()), Node::Compare(moved, pair.clone())]
        }
        Node::Arithmetic(operation, pair) => {
            let other = match operation {
                Arithmetic::Add => Arithmetic::Subtract,
                Arithmetic::Subtract => Arithmetic::Add,
                Arithmetic::Divide | Arithmetic::Remainder => Arithmetic::Multiply,
                Arithmetic::Multiply => Arithmetic::Divide,
            };
            vec![Node::Arithmetic(other, pair.clone())]
        }
        Node::Has { .. } => {
            let mut found = negated();
            found.push(Node::Bool(true));
            found
        }
        Node::Equal(_) | Node::In(_) | Node::HasValue(_) => negated(),
        Node::Matches { text, pattern } => {
            let loose = patterns(pattern.as_str());
            let matches = |pattern| Node::Matches { text: text.clone(), pattern };
            negated().into_iter().chain(loose.into_iter().map(matches)).collect()
        }
        Node::Loop { each, range, variable, slot, body } => {
            let other = match each {
                Each::All | Each::ExistsOne => Each::Exists,
                Each::Exists => Each::All,
                Each::Filter => return vec![(**range).clone()],
                Each::Map => return Vec::new(),
            };
            let (range, body) = (range.clone(), body.clone());
            let (variable, slot) = (variable.clone(), *slot);
            vec![Node::Loop { each: other, range, variable, slot, body }]
        }
        Node::Call { function, arguments } => called(function.name, arguments, negated()),
        Node::Slot(_) | Node::Field { .. } | Node::Item { .. } | Node::Otherwise(_)
            if role == Role::Condition =>
        {
            vec![not(node)]
        }
        Node::EmptyMap
        | Node::Slot(_)
        | Node::Field { .. }
        | Node::Item { .. }
        | Node::Otherwise(_)
        | Node::List(_) => Vec::new(),
    }
}

/// What the operand at an index is to its operator.
const fn role_of(node: &Node, index: usize) -> Role {
    match (node, index) {
        (Node::Not(_), _) => Role::Negated,
        (Node::And(_) | Node::Or(_), _) | (Node::Choose(_), 0) => Role::Condition,
        (Node::Loop { each, .. }, 1) if !matches!(each, Each::Map) => Role::Condition,
        _ => Role::Value,
    }
}

fn called(name: &str, arguments: &[Node], negated: Vec<Node>) -> Vec<Node> {
    if PREDICATES.contains(&name) {
        return negated;
    }
    if READINGS.contains(&name) {
        return arguments.first().cloned().into_iter().collect();
    }
    let other = match name {
        "math.greatest" => "math.least",
        "math.least" => "math.greatest",
        _ => return Vec::new(),
    };
    let other = FUNCTIONS.iter().find(|function| function.name == other);
    other
        .map(|function| Node::Call { function, arguments: arguments.to_vec() })
        .into_iter()
        .collect()
}

/// The other operator, and each side alone; a `has()` is left out by taking it for granted.
fn sides(pair: &[Node; 2], swapped: Node) -> Vec<Node> {
    let [a, b] = pair;
    let is_and = matches!(swapped, Node::Or(_));
    let mut found = vec![swapped];
    for (dropped, kept) in [(a, b), (b, a)] {
        if !(is_and && matches!(dropped, Node::Has { .. })) {
            found.push(kept.clone());
        }
    }
    found
}

/// The opposite, and the one that takes the limit for the other side.
const fn comparisons(comparison: Comparison) -> (Comparison, Comparison) {
    match comparison {
        Comparison::Less => (Comparison::GreaterOrEqual, Comparison::LessOrEqual),
        Comparison::LessOrEqual => (Comparison::Greater, Comparison::Less),
        Comparison::Greater => (Comparison::LessOrEqual, Comparison::GreaterOrEqual),
        Comparison::GreaterOrEqual => (Comparison::Less, Comparison::Greater),
    }
}

/// A pattern without its anchors, and one that heeds case where this one does not.
fn patterns(pattern: &str) -> Vec<regex::Regex> {
    let (flag, rest) = pattern.strip_prefix("(?i)").map_or(("", pattern), |rest| ("(?i)", rest));
    let is_whole = !has_free_bar(rest);
    let mut found = Vec::new();
    if let Some(open) = rest.strip_prefix('^').filter(|_| is_whole) {
        found.push(format!("{flag}{open}"));
    }
    if let Some(open) = rest.strip_suffix('$').filter(|open| is_whole && !open.ends_with('\\')) {
        found.push(format!("{flag}{open}"));
    }
    if !flag.is_empty() {
        found.push(rest.to_owned());
    }
    let build = |pattern: &String| RegexBuilder::new(pattern).size_limit(PATTERN_MAX).build().ok();
    found.iter().filter_map(build).collect()
}

/// Whether a pattern has alternatives outside of brackets, so that an anchor belongs to one of them.
fn has_free_bar(pattern: &str) -> bool {
    let (mut depth, mut escaped) = (0_usize, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The value of `params.a.b`, if the expression is such.
fn param<'f>(node: &Node, params: &'f Fact<'f>) -> Option<&'f Fact<'f>> {
    let Node::Field { of, name, .. } = node else { return None };
    let of = if let Node::Slot(0) = **of { params } else { param(of, params)? };
    of.get(name)
}

/// Other values of a parameter: for a list, the list without each of its members.
fn others(value: &Fact<'_>) -> Vec<Node> {
    match value {
        Fact::Bool(value) => vec![Node::Bool(!value)],
        Fact::Text(text) => vec![Node::Text(format!("{text}{OTHER}"))],
        Fact::Number(number) => {
            let text = number.as_str();
            let whole = text.parse::<i64>().map(|int| Node::Int(int.saturating_add(1)));
            let double = || text.parse::<f64>().map(|double| Node::Double(double + 1.0));
            whole.ok().or_else(|| double().ok()).into_iter().collect()
        }
        Fact::List(items) => {
            let items: Option<Vec<Node>> = items.iter().map(literal).collect();
            let Some(items) = items else { return Vec::new() };
            let without = |index| {
                let kept = items.iter().enumerate().filter(|(at, _)| *at != index);
                Node::List(kept.map(|(_, item)| item.clone()).collect())
            };
            (0..items.len()).map(without).collect()
        }
        Fact::Secret(_) | Fact::Unknown(_) | Fact::Map(_) => Vec::new(),
    }
}

/// A plain value as it would be written.
fn literal(value: &Fact<'_>) -> Option<Node> {
    match value {
        Fact::Bool(value) => Some(Node::Bool(*value)),
        Fact::Text(text) => Some(Node::Text(text.to_string())),
        Fact::Number(number) => number.as_str().parse().ok().map(Node::Int),
        Fact::Secret(_) | Fact::Unknown(_) | Fact::Map(_) | Fact::List(_) => None,
    }
}

impl Node {
    /// Its operands, in the order they are written.
    fn parts(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::EmptyMap
            | Self::Slot(_) => Vec::new(),
            Self::Field { of, .. }
            | Self::Has { of, .. }
            | Self::HasValue(of)
            | Self::Not(of)
            | Self::Negate(of) => vec![of],
            Self::Item { of: pair, .. }
            | Self::Otherwise(pair)
            | Self::And(pair)
            | Self::Or(pair)
            | Self::Equal(pair)
            | Self::Compare(_, pair)
            | Self::Arithmetic(_, pair)
            | Self::In(pair) => pair.iter_mut().collect(),
            Self::Choose(parts) => parts.iter_mut().collect(),
            Self::List(items) => items.iter_mut().collect(),
            Self::Loop { range, body, .. } => vec![range, body],
            Self::Matches { text, .. } => vec![text],
            Self::Call { arguments, .. } => arguments.iter_mut().collect(),
        }
    }
}
