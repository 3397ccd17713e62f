//! What the text of a policy calls, and the texts it compares with.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Literal, Query, Ref, Rule, RuleAssign, RuleHead, Span};

/// What stands in a rule.
#[derive(Default)]
pub(super) struct Read {
    /// Every function that is called, with its place.
    pub(super) calls: Vec<(String, Span)>,
    /// Every text.
    pub(super) texts: BTreeSet<String>,
}

/// The name of the rule that a head defines, and whether it is a function.
pub(super) fn head(rule: &Rule) -> Option<(String, bool, &Span)> {
    match rule {
        Rule::Spec { head, span, .. } => {
            let (refr, is_function) = match head {
                RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } => (refr, false),
                RuleHead::Func { refr, .. } => (refr, true),
            };
            Some((base(refr)?, is_function, span))
        }
        Rule::Default { refr, args, span, .. } => Some((base(refr)?, !args.is_empty(), span)),
    }
}

/// The first part of a reference: `deny` of `deny[msg]`.
fn base(expression: &Expr) -> Option<String> {
    if let Expr::Var { span, .. } = first(expression) { Some(span.text().to_owned()) } else { None }
}

/// What a reference begins with.
fn first(mut expression: &Expr) -> &Expr {
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = expression {
        expression = refr;
    }
    expression
}

/// A reference as it is written: `time.now_ns`; nothing where a part is computed.
pub(super) fn dotted(expression: &Expr) -> Option<String> {
    if let Expr::Var { span, .. } = expression {
        Some(span.text().to_owned())
    } else if let Expr::RefDot { refr, field, .. } = expression {
        Some(format!("{}.{}", dotted(refr)?, field.0.text()))
    } else if let Expr::RefBrack { refr, index, .. } = expression
        && let Expr::String { span, .. } = &**index
    {
        Some(format!("{}.{}", dotted(refr)?, span.text().trim_matches('"')))
    } else {
        None
    }
}

impl Read {
    /// Reads a rule.
    pub(super) fn of(rule: &Rule) -> Self {
        let mut read = Self::default();
        read.rule(rule);
        read
    }

    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { args, value, .. } => {
                self.all(args);
                self.expression(value);
            }
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { refr, assign, .. } => {
                        self.expression(refr);
                        self.assign(assign.as_ref());
                    }
                    RuleHead::Set { refr, key, .. } => {
                        self.expression(refr);
                        self.all(key.as_slice());
                    }
                    RuleHead::Func { args, assign, .. } => {
                        self.all(args);
                        self.assign(assign.as_ref());
                    }
                }
                for body in bodies {
                    self.assign(body.assign.as_ref());
                    self.query(&body.query);
                }
            }
        }
    }

    fn assign(&mut self, assign: Option<&RuleAssign>) {
        if let Some(assign) = assign {
            self.expression(&assign.value);
        }
    }

    fn all(&mut self, expressions: &[Ref<Expr>]) {
        for one in expressions {
            self.expression(one);
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => (),
                Literal::SomeIn { key, value, collection, .. } => {
                    self.all(key.as_slice());
                    self.expression(value);
                    self.expression(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
                    self.expression(expr);
                }
                Literal::Every { domain, query, .. } => {
                    self.expression(domain);
                    self.query(query);
                }
            }
            for with in &statement.with_mods {
                self.expression(&with.r#as);
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::String { value, .. } | Expr::RawString { value, .. } => {
                self.texts.extend(value.as_string().ok().map(ToString::to_string));
            }
            Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } | Expr::Var { .. } => (),
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.all(items),
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expression(key);
                    self.expression(value);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expression(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expression(key);
                self.expression(value);
                self.query(query);
            }
            Expr::Call { fcn, params, .. } => {
                self.calls.extend(dotted(fcn).map(|name| (name, first(fcn).span().clone())));
                self.all(params);
            }
            Expr::UnaryExpr { expr, .. } => self.expression(expr),
            Expr::RefDot { refr, .. } => self.expression(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.expression(refr);
                self.expression(index);
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expression(lhs);
                self.expression(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                self.all(key.as_slice());
                self.expression(value);
                self.expression(collection);
            }
        }
    }
}
