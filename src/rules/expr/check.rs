//! From the parser's tree to a checked expression: names, fields, calls, nesting.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo};
use cel::{Env, ParseErrors};
use regex::RegexBuilder;

use super::functions::{FUNCTIONS, Function, Style};
use super::node::{Access, Arithmetic, Comparison, Each, Node};
use super::{DEPTH_MAX, Fault, LOOPS_MAX, Scope};
use crate::facts::Fact;
use crate::policy::strict::{nearest, unknown};

/// Largest compiled pattern, in bytes.
pub(super) const PATTERN_MAX: usize = 1 << 20;

/// What to use instead of functions people expect from CEL elsewhere.
const INSTEAD: &[(&str, &str)] = &[
    ("matches", "use `rx(text, pattern)`"),
    ("now", "use `run.time`: a replay must give the same verdict"),
    ("double", "use `num(x)`"),
    ("duration", "use `dur(x)`, in seconds"),
    ("timestamp", "use `time(x)`, in seconds"),
    ("quantity", "use `qty(x)`"),
    ("type", "use `has()`, `num()` and the other functions that check what they get"),
];

/// Parses and checks.
pub(super) fn compile(source: &str, scope: &Scope<'_>) -> Result<Node, Vec<Fault>> {
    let program = Env::default().compile(source).map_err(|errors| syntax(source, &errors))?;
    let mut checker = Checker {
        source,
        info: program.source_info(),
        scope,
        loops: Vec::new(),
        depth: 0,
        faults: Vec::new(),
    };
    let root = checker.plain(program.expression());
    if checker.faults.is_empty() { Ok(root) } else { Err(checker.faults) }
}

/// The parser's errors; after the first of a line the rest are its consequences.
fn syntax(source: &str, errors: &ParseErrors) -> Vec<Fault> {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let before = usize::try_from(line - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(before).map(str::len).sum();
    let skipped = usize::try_from(column - 1).unwrap_or(0);
    let rest = source.get(start..).unwrap_or_default();
    let inside: usize = rest.chars().take(skipped).map(char::len_utf8).sum();
    let message = first.map_or("", |error| error.msg.as_str());
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let message = message.split(" expecting ").next().unwrap_or(message);
    let message = if message.contains("Recursion limit") {
        "nested too deeply".to_owned()
    } else {
        format!("not an expression: {message}")
    };
    vec![Fault { at: start + inside, message }]
}

/// A checked expression and whether it may be absent, so that it needs `orValue`.
struct Checked {
    node: Node,
    optional: bool,
}

struct Checker<'s> {
    source: &'s str,
    info: &'s SourceInfo,
    scope: &'s Scope<'s>,
    /// Variables of the loops around, innermost last.
    loops: Vec<String>,
    depth: usize,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// Checks an expression that must have a value.
    fn plain(&mut self, expr: &IdedExpr) -> Node {
        let checked = self.check(expr);
        if checked.optional {
            let message = "may be absent: end it with `.orValue(default)` or ask `.hasValue()`";
            self.fault(expr, message);
        }
        checked.node
    }

    fn boxed(&mut self, expr: &IdedExpr) -> Box<Node> {
        Box::new(self.plain(expr))
    }

    fn check(&mut self, expr: &IdedExpr) -> Checked {
        self.depth += 1;
        let checked = if self.depth > DEPTH_MAX {
            if !self.faults.iter().any(|fault| fault.message.starts_with("nested deeper")) {
                let message = format!("nested deeper than {DEPTH_MAX}: move parts into `let`");
                self.fault(expr, message);
            }
            Checked { node: Node::EmptyMap, optional: false }
        } else {
            self.check_shallow(expr)
        };
        self.depth -= 1;
        checked
    }

    fn check_shallow(&mut self, expr: &IdedExpr) -> Checked {
        let node = match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Ident(name) => self.variable(expr, name),
            Expr::Select(select) => return self.field(expr, &select.operand, &select.field, false),
            Expr::Call(call) => return self.call(expr, call),
            Expr::List(list) if list.optional_indices.is_empty() => {
                Node::List(list.elements.iter().map(|element| self.plain(element)).collect())
            }
            Expr::Map(map) if map.entries.is_empty() => Node::EmptyMap,
            Expr::List(_)
            | Expr::Map(_)
            | Expr::Struct(_)
            | Expr::Comprehension(_)
            | Expr::Unspecified => {
                self.refuse(expr, "of literals, only lists and the empty map `{}` can be written")
            }
        };
        Checked { node, optional: false }
    }

    fn literal(&mut self, expr: &IdedExpr, literal: &LiteralValue) -> Node {
        match literal {
            LiteralValue::Boolean(value) => Node::Bool(*value.inner()),
            LiteralValue::Int(int) => Node::Int(*int.inner()),
            LiteralValue::UInt(int) => {
                let int = i64::try_from(*int.inner()).map(Node::Int);
                int.unwrap_or_else(|_| self.refuse(expr, "a number of more than 64 bits"))
            }
            LiteralValue::Double(double) => Node::Double(*double.inner()),
            LiteralValue::String(text) => Node::Text(text.inner().to_owned()),
            LiteralValue::Null => {
                self.refuse(expr, "a null is the same as absence here: use `has()` or `orValue()`")
            }
            LiteralValue::Bytes(_) => self.refuse(expr, "facts have no bytes: use a text"),
        }
    }

    fn variable(&mut self, expr: &IdedExpr, name: &str) -> Node {
        let variables = &self.scope.variables;
        if let Some(index) = self.loops.iter().position(|variable| variable == name) {
            return Node::Slot(variables.len() + index);
        }
        if let Some(slot) = variables.iter().position(|(variable, _)| variable == name) {
            return Node::Slot(slot);
        }
        let known: Vec<&str> = variables
            .iter()
            .map(|(variable, _)| variable.as_str())
            .chain(self.loops.iter().map(String::as_str))
            .collect();
        let message = unknown("variable", name, &known);
        self.refuse(expr, message)
    }

    fn field(&mut self, expr: &IdedExpr, of: &IdedExpr, name: &str, optional: bool) -> Checked {
        self.check_path(expr, of, name);
        let checked = self.check(of);
        let optional = optional || checked.optional;
        let access = if optional { Access::Optional } else { Access::Required };
        let node = Node::Field { of: Box::new(checked.node), name: name.to_owned(), access };
        Checked { node, optional }
    }

    /// Refuses a field that its variable cannot have.
    fn check_path(&mut self, expr: &IdedExpr, of: &IdedExpr, name: &str) {
        let Some((variable, parent)) = path(of) else { return };
        let shape = self.scope.variables.iter().find(|(known, _)| known == variable);
        let Some((_, shape)) = shape.filter(|_| !self.loops.iter().any(|l| l == variable)) else {
            return;
        };
        let full = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        if (parent.is_empty() || shape.allows(&parent)) && !shape.allows(&full) {
            let beside = shape.beside(&full);
            let what = format!("field of `{variable}`:");
            let mut message = unknown(&what, name, &beside);
            if beside.is_empty() {
                message = format!("`{variable}` has no field `{name}`");
            }
            let at = self.offset(expr);
            let after = self.source.get(at..).and_then(|rest| rest.find(name)).unwrap_or(0);
            self.faults.push(Fault { at: at + after, message });
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Checked {
        let node = match (&call.target, call.args.as_slice()) {
            (None, args) if call.func_name.starts_with(['_', '!', '-', '@']) => {
                match self.operator(expr, &call.func_name, args) {
                    Some(checked) => return checked,
                    None => self.named(expr, call),
                }
            }
            (None, [of]) if call.func_name == "has" => self.has(expr, of),
            (None, [text, pattern]) if call.func_name == "rx" => self.matches(text, pattern),
            (Some(of), args) => {
                if let Some(each) = Each::parse(&call.func_name) {
                    self.each(expr, each, of, args)
                } else {
                    match (call.func_name.as_str(), args) {
                        ("orValue" | "value", _) | ("or", [_]) => return self.end(expr, call, of),
                        ("hasValue", []) => Node::HasValue(Box::new(self.optional(of))),
                        _ => self.named(expr, call),
                    }
                }
            }
            (None, _) => self.named(expr, call),
        };
        Checked { node, optional: false }
    }

    /// `a.orValue(b)`, `a.value()` and `a.or(b)`, where `a` is an optional.
    fn end(&mut self, expr: &IdedExpr, call: &CallExpr, of: &IdedExpr) -> Checked {
        let optional = call.func_name == "or";
        let fallback = match call.args.as_slice() {
            [fallback] if optional => self.check(fallback).node,
            [fallback] if call.func_name == "orValue" => self.plain(fallback),
            _ => self.refuse(expr, "an optional is ended by `.orValue(default)`"),
        };
        let of = self.optional(of);
        Checked { node: Node::Otherwise(Box::new([of, fallback])), optional }
    }

    /// Checks an expression that must be an optional.
    fn optional(&mut self, of: &IdedExpr) -> Node {
        let checked = self.check(of);
        if !checked.optional {
            self.fault(of, "is never absent: write `a.?b` for a field that may be");
        }
        checked.node
    }

    fn operator(&mut self, expr: &IdedExpr, name: &str, args: &[IdedExpr]) -> Option<Checked> {
        let node = match (name, args) {
            ("_?._", [of, field]) => {
                let Expr::Literal(LiteralValue::String(field)) = &field.expr else { return None };
                return Some(self.field(expr, of, field.inner(), true));
            }
            ("_[_]" | "_[?_]", [of, index]) => {
                let checked = self.check(of);
                let optional = checked.optional || name == "_[?_]";
                let access = if optional { Access::Optional } else { Access::Required };
                let of = Box::new([checked.node, self.plain(index)]);
                return Some(Checked { node: Node::Item { of, access }, optional });
            }
            ("_?_:_", [condition, yes, no]) => {
                let parts = [self.plain(condition), self.plain(yes), self.plain(no)];
                Node::Choose(Box::new(parts))
            }
            ("!_", [of]) => Node::Not(self.boxed(of)),
            ("-_", [of]) => Node::Negate(self.boxed(of)),
            (_, [a, b]) => {
                let pair = Box::new([self.plain(a), self.plain(b)]);
                match name {
                    "_&&_" => Node::And(pair),
                    "_||_" => Node::Or(pair),
                    "_==_" => Node::Equal(pair),
                    "_!=_" => Node::Not(Box::new(Node::Equal(pair))),
                    "@in" => Node::In(pair),
                    "_<_" => Node::Compare(Comparison::Less, pair),
                    "_<=_" => Node::Compare(Comparison::LessOrEqual, pair),
                    "_>_" => Node::Compare(Comparison::Greater, pair),
                    "_>=_" => Node::Compare(Comparison::GreaterOrEqual, pair),
                    "_+_" => Node::Arithmetic(Arithmetic::Add, pair),
                    "_-_" => Node::Arithmetic(Arithmetic::Subtract, pair),
                    "_*_" => Node::Arithmetic(Arithmetic::Multiply, pair),
                    "_/_" => Node::Arithmetic(Arithmetic::Divide, pair),
                    "_%_" => Node::Arithmetic(Arithmetic::Remainder, pair),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Checked { node, optional: false })
    }

    fn has(&mut self, expr: &IdedExpr, of: &IdedExpr) -> Node {
        let Expr::Select(select) = &of.expr else {
            return self.refuse(expr, "`has` asks for a field: write `has(a.b)`");
        };
        self.check_path(of, &select.operand, &select.field);
        Node::Has { of: self.boxed(&select.operand), name: select.field.clone() }
    }

    /// `rx(text, pattern)`; the pattern is compiled once, here.
    fn matches(&mut self, text: &IdedExpr, pattern: &IdedExpr) -> Node {
        let text = self.boxed(text);
        let source = if let Expr::Literal(LiteralValue::String(literal)) = &pattern.expr {
            Some(literal.inner())
        } else {
            path(pattern)
                .filter(|(variable, _)| *variable == "params")
                .and_then(|(_, path)| text_at(self.scope.params, &path))
        };
        let Some(source) = source else {
            return self.refuse(pattern, "a pattern is a literal text or a text of `params`");
        };
        match RegexBuilder::new(source).size_limit(PATTERN_MAX).build() {
            Ok(pattern) => Node::Matches { text, pattern },
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                self.refuse(
                    pattern,
                    format!("not a pattern: {}", reason.trim_start_matches("error: ")),
                )
            }
        }
    }

    fn each(&mut self, expr: &IdedExpr, each: Each, of: &IdedExpr, args: &[IdedExpr]) -> Node {
        let range = self.boxed(of);
        let (Some(Expr::Ident(variable)), Some(body)) =
            (args.first().map(|first| &first.expr), args.get(1).filter(|_| args.len() == 2))
        else {
            return self
                .refuse(expr, "a loop needs a variable and an expression: `list.all(x, x > 1)`");
        };
        let taken = self.scope.variables.iter().map(|(name, _)| name).chain(&self.loops);
        if taken.clone().any(|name| name == variable) {
            self.fault(
                expr,
                format!("`{variable}` is a variable already: name this one differently"),
            );
        }
        if self.loops.len() >= LOOPS_MAX {
            return self.refuse(expr, format!("loops nested deeper than {LOOPS_MAX}"));
        }
        let slot = self.scope.variables.len() + self.loops.len();
        self.loops.push(variable.clone());
        let body = self.boxed(body);
        self.loops.pop();
        Node::Loop { each, range, variable: variable.clone(), slot, body }
    }

    fn named(&mut self, expr: &IdedExpr, call: &CallExpr) -> Node {
        let name = call.func_name.as_str();
        let of_math =
            |target: &IdedExpr| matches!(&target.expr, Expr::Ident(name) if name == "math");
        let (target, name, style) = match call.target.as_deref() {
            Some(target) if of_math(target) => (None, format!("math.{name}"), Style::Global),
            Some(target) => (Some(target), name.to_owned(), Style::Member),
            None => (None, name.to_owned(), Style::Global),
        };
        let arguments: Vec<Node> =
            target.into_iter().chain(&call.args).map(|argument| self.plain(argument)).collect();
        match find(&name, style, arguments.len()) {
            Ok(function) => Node::Call { function, arguments },
            Err(message) => {
                let paren = self.offset(expr);
                let start = paren.checked_sub(call.func_name.len()).unwrap_or(paren);
                let named = self.source.get(start..paren) == Some(call.func_name.as_str());
                self.faults.push(Fault { at: if named { start } else { paren }, message });
                Node::EmptyMap
            }
        }
    }

    /// Reports a fault; the node stands in so that checking goes on.
    fn refuse(&mut self, expr: &IdedExpr, message: impl Into<String>) -> Node {
        self.fault(expr, message);
        Node::EmptyMap
    }

    fn fault(&mut self, expr: &IdedExpr, message: impl Into<String>) {
        let at = self.offset(expr);
        self.faults.push(Fault { at, message: message.into() });
    }

    /// Where an expression stands.
    fn offset(&self, expr: &IdedExpr) -> usize {
        let start = self.info.offset_for(expr.id).map_or(0, |(start, _)| start as usize);
        start.min(self.source.len())
    }
}

/// The variable at the root of a chain of fields, and the fields joined by dots.
fn path(expr: &IdedExpr) -> Option<(&str, String)> {
    let mut fields = Vec::new();
    let mut expr = expr;
    loop {
        match &expr.expr {
            Expr::Ident(name) => {
                fields.reverse();
                return Some((name, fields.join(".")));
            }
            Expr::Select(select) => {
                fields.push(select.field.as_str());
                expr = &select.operand;
            }
            Expr::Call(call) if call.func_name == "_?._" => {
                let [of, field] = call.args.as_slice() else { return None };
                let Expr::Literal(LiteralValue::String(field)) = &field.expr else { return None };
                fields.push(field.inner());
                expr = of;
            }
            Expr::Call(_)
            | Expr::Literal(_)
            | Expr::List(_)
            | Expr::Map(_)
            | Expr::Struct(_)
            | Expr::Comprehension(_)
            | Expr::Unspecified => return None,
        }
    }
}

/// The function of a call, or why there is none.
fn find(name: &str, style: Style, count: usize) -> Result<&'static Function, String> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        if let Some((_, instead)) = INSTEAD.iter().find(|(other, _)| *other == name) {
            return Err(format!("unknown function `{name}`: {instead}"));
        }
        let names = FUNCTIONS.iter().map(|function| function.name);
        let all =
            names.chain(["has", "rx", "all", "exists", "exists_one", "filter", "map", "orValue"]);
        return Err(match nearest(name, all) {
            Some(near) => format!("unknown function `{name}`: did you mean `{near}`?"),
            None => format!("unknown function `{name}`"),
        });
    };
    if function.style != style && function.style != Style::Both {
        return Err(match style {
            Style::Member => format!("`{name}` is called as `{name}(x)`"),
            Style::Global | Style::Both => format!("`{name}` is called as `x.{name}()`"),
        });
    }
    if count < function.least || count > function.most {
        let target = usize::from(style == Style::Member);
        return Err(format!(
            "`{name}` takes {} to {} arguments, not {}",
            function.least - target,
            function.most - target,
            count - target
        ));
    }
    Ok(function)
}

/// The text that a path of fields leads to.
fn text_at<'f>(fact: &'f Fact<'_>, path: &str) -> Option<&'f str> {
    let found = path.split('.').try_fold(fact, |fact, name| fact.get(name))?;
    if let Fact::Text(text) = found { Some(text) } else { None }
}
