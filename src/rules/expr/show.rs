//! Expressions as they would be written, to name a part of one.

use std::fmt::Write as _;

use super::functions::Style;
use super::node::{Access, Arithmetic, Comparison, Node};

/// How tightly an expression holds together; the looser ones are put in brackets within others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Choice,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Prefix,
    Atom,
}

/// Writes an expression; `names` are those of the slots around it.
pub(super) fn show(node: &Node, names: &[String]) -> String {
    let mut out = String::new();
    write(node, &mut names.to_vec(), Level::Choice, &mut out);
    out
}

fn level(node: &Node) -> Level {
    match node {
        Node::Choose(_) => Level::Choice,
        Node::Or(_) => Level::Or,
        Node::And(_) => Level::And,
        Node::Equal(_) | Node::Compare(..) | Node::In(_) => Level::Relation,
        Node::Not(of) if matches!(**of, Node::Equal(_)) => Level::Relation,
        Node::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, _) => Level::Sum,
        Node::Arithmetic(..) => Level::Product,
        Node::Not(_) | Node::Negate(_) => Level::Prefix,
        Node::Bool(_)
        | Node::Int(_)
        | Node::Double(_)
        | Node::Text(_)
        | Node::EmptyMap
        | Node::Slot(_)
        | Node::Field { .. }
        | Node::Has { .. }
        | Node::Item { .. }
        | Node::Otherwise(_)
        | Node::HasValue(_)
        | Node::List(_)
        | Node::Loop { .. }
        | Node::Matches { .. }
        | Node::Call { .. } => Level::Atom,
    }
}

fn write(node: &Node, names: &mut Vec<String>, around: Level, out: &mut String) {
    let own = level(node);
    if own < around {
        out.push('(');
    }
    plain(node, names, own, out);
    if own < around {
        out.push(')');
    }
}

fn plain(node: &Node, names: &mut Vec<String>, own: Level, out: &mut String) {
    if let Some((sign, pair)) = operator(node) {
        return infix(pair, sign, own, names, out);
    }
    // Formatting into a text does not fail.
    let _ = match node {
        Node::Bool(value) => write!(out, "{value}"),
        Node::Int(int) => write!(out, "{int}"),
        Node::Double(double) => write!(out, "{double}"),
        Node::Text(text) => write!(out, "'{text}'"),
        Node::EmptyMap => write!(out, "{{}}"),
        Node::Slot(slot) => write!(out, "{}", names.get(*slot).map_or("?", String::as_str)),
        Node::Not(of) => {
            if let Node::Equal(pair) = &**of {
                return infix(pair, "!=", own, names, out);
            }
            out.push('!');
            return write(of, names, Level::Prefix, out);
        }
        Node::Negate(of) => {
            out.push('-');
            return write(of, names, Level::Prefix, out);
        }
        Node::Choose(parts) => {
            let [condition, yes, no] = &**parts;
            write(condition, names, Level::Or, out);
            out.push_str(" ? ");
            write(yes, names, Level::Or, out);
            out.push_str(" : ");
            return write(no, names, Level::Choice, out);
        }
        Node::List(items) => {
            out.push('[');
            list(items, names, out);
            write!(out, "]")
        }
        Node::Matches { text, pattern } => {
            out.push_str("rx(");
            write(text, names, Level::Choice, out);
            write!(out, ", '{pattern}')")
        }
        Node::Field { .. }
        | Node::Has { .. }
        | Node::Item { .. }
        | Node::Otherwise(_)
        | Node::HasValue(_)
        | Node::Loop { .. }
        | Node::Call { .. }
        | Node::And(_)
        | Node::Or(_)
        | Node::Equal(_)
        | Node::Compare(..)
        | Node::Arithmetic(..)
        | Node::In(_) => return reading(node, names, out),
    };
}

/// What is read from something, or done with it.
fn reading(node: &Node, names: &mut Vec<String>, out: &mut String) {
    match node {
        Node::Field { of, name, access } => {
            write(of, names, Level::Atom, out);
            out.extend([if *access == Access::Optional { ".?" } else { "." }, name]);
        }
        Node::Has { of, name } => {
            out.push_str("has(");
            write(of, names, Level::Atom, out);
            out.extend([".", name, ")"]);
        }
        Node::Item { of, access } => {
            let [list, index] = &**of;
            write(list, names, Level::Atom, out);
            out.push_str(if *access == Access::Optional { "[?" } else { "[" });
            write(index, names, Level::Choice, out);
            out.push(']');
        }
        Node::Loop { each, range, variable, body, .. } => {
            write(range, names, Level::Atom, out);
            out.extend([".", each.name(), "(", variable, ", "]);
            names.push(variable.clone());
            write(body, names, Level::Choice, out);
            names.pop();
            out.push(')');
        }
        Node::Otherwise(pair) => {
            let [optional, fallback] = &**pair;
            call(Some(optional), "orValue", std::slice::from_ref(fallback), names, out);
        }
        Node::HasValue(of) => call(Some(of), "hasValue", &[], names, out),
        Node::Call { function, arguments } => match (function.style, arguments.split_first()) {
            (Style::Member | Style::Both, Some((of, rest))) => {
                call(Some(of), function.name, rest, names, out);
            }
            (Style::Global | Style::Member | Style::Both, _) => {
                call(None, function.name, arguments, names, out);
            }
        },
        Node::Bool(_)
        | Node::Int(_)
        | Node::Double(_)
        | Node::Text(_)
        | Node::EmptyMap
        | Node::Slot(_)
        | Node::Not(_)
        | Node::Negate(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Choose(_)
        | Node::Equal(_)
        | Node::Compare(..)
        | Node::Arithmetic(..)
        | Node::In(_)
        | Node::List(_)
        | Node::Matches { .. } => {}
    }
}

fn call(of: Option<&Node>, name: &str, rest: &[Node], names: &mut Vec<String>, out: &mut String) {
    if let Some(of) = of {
        write(of, names, Level::Atom, out);
        out.push('.');
    }
    out.push_str(name);
    out.push('(');
    list(rest, names, out);
    out.push(')');
}

fn list(items: &[Node], names: &mut Vec<String>, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        write(item, names, Level::Choice, out);
    }
}

/// The second operand is put in brackets where it is of the same kind: operators take the left first.
fn infix(pair: &[Node; 2], sign: &str, own: Level, names: &mut Vec<String>, out: &mut String) {
    let [a, b] = pair;
    let tighter = match own {
        Level::Choice | Level::Or => Level::And,
        Level::And => Level::Relation,
        Level::Relation => Level::Sum,
        Level::Sum => Level::Product,
        Level::Product | Level::Prefix | Level::Atom => Level::Prefix,
    };
    write(a, names, if own == Level::Relation { tighter } else { own }, out);
    out.extend([" ", sign, " "]);
    // `&&` and `||` mean the same however they are grouped.
    let same = matches!(own, Level::And | Level::Or);
    write(b, names, if same { own } else { tighter }, out);
}

/// The sign and the operands of an operator between two.
fn operator(node: &Node) -> Option<(&'static str, &[Node; 2])> {
    Some(match node {
        Node::And(pair) => ("&&", pair),
        Node::Or(pair) => ("||", pair),
        Node::In(pair) => ("in", pair),
        Node::Equal(pair) => ("==", pair),
        Node::Compare(Comparison::Less, pair) => ("<", pair),
        Node::Compare(Comparison::LessOrEqual, pair) => ("<=", pair),
        Node::Compare(Comparison::Greater, pair) => (">", pair),
        Node::Compare(Comparison::GreaterOrEqual, pair) => (">=", pair),
        Node::Arithmetic(Arithmetic::Add, pair) => ("+", pair),
        Node::Arithmetic(Arithmetic::Subtract, pair) => ("-", pair),
        Node::Arithmetic(Arithmetic::Multiply, pair) => ("*", pair),
        Node::Arithmetic(Arithmetic::Divide, pair) => ("/", pair),
        Node::Arithmetic(Arithmetic::Remainder, pair) => ("%", pair),
        Node::Bool(_)
        | Node::Int(_)
        | Node::Double(_)
        | Node::Text(_)
        | Node::EmptyMap
        | Node::Slot(_)
        | Node::Field { .. }
        | Node::Has { .. }
        | Node::Item { .. }
        | Node::Otherwise(_)
        | Node::HasValue(_)
        | Node::Not(_)
        | Node::Negate(_)
        | Node::Choose(_)
        | Node::List(_)
        | Node::Loop { .. }
        | Node::Matches { .. }
        | Node::Call { .. } => return None,
    })
}
