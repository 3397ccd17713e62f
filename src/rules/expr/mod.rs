//! The expressions of rules: CEL in syntax, facts in meaning.
//!
//! The `cel` crate parses; checking and evaluation are here, because an audit needs what CEL's own
//! interpreter cannot give: a value that is *unknown* must make the verdict unknown wherever it is
//! used (CEL's `'x' == secret` is simply false, its `.?` turns every failure into "absent"), the
//! cost must be bounded, and a fact must be read where it lies. No type of `cel` leaves this
//! module.
//!
//! Where the meaning differs from CEL: numbers are one kind (a fact does not tell `1` from `1.0`),
//! so they mix freely and `5 / 2` is `2.5`; `null` does not exist; `matches()` is `rx()`, whose
//! pattern is compiled when the pack is loaded; an optional value has to be ended by `orValue()`.

mod check;
mod eval;
mod functions;
mod guard;
mod mutate;
mod node;
mod show;
mod template;
#[cfg(test)]
mod tests;
mod units;
mod value;

use crate::facts::Fact;

pub(super) use eval::Machine;
pub(super) use guard::Guard;
pub(super) use template::Template;
pub(super) use value::{Stop, Value};

/// Longest expression, in bytes.
const SOURCE_MAX: usize = 4096;

/// Deepest tree of an expression; evaluation recurses this deep and no deeper.
const DEPTH_MAX: usize = 64;

/// Loops within loops.
const LOOPS_MAX: usize = 3;

/// Stack for parsing. The parser needs 16 MiB unoptimised for its own nesting limit of 96 and
/// 8 MiB for the longest chain of operators that fits into [`SOURCE_MAX`].
const PARSER_STACK: usize = 64 << 20;

/// What is wrong with an expression, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Byte offset into the expression.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: String,
}

/// What is known about a variable before there is a value.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Anything.
    Open,
    /// A map with these fields; `a.b` is field `b` of field `a`, a field without such is open.
    Fields(Vec<String>),
}

impl Shape {
    /// Whether a path of fields can exist.
    pub(super) fn allows(&self, path: &str) -> bool {
        let Self::Fields(fields) = self else { return true };
        let below = |long: &str, short: &str| {
            long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
        };
        fields.iter().any(|field| field == path || below(field, path))
            || fields
                .iter()
                .any(|field| below(path, field) && !fields.iter().any(|other| below(other, field)))
    }

    /// The fields that can stand where `path` ends.
    pub(super) fn beside(&self, path: &str) -> Vec<&str> {
        let Self::Fields(fields) = self else { return Vec::new() };
        let parent = path.rfind('.').and_then(|dot| path.get(..=dot)).unwrap_or_default();
        let mut names: Vec<&str> = fields
            .iter()
            .filter_map(|field| field.strip_prefix(parent)?.split('.').next())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The variables an expression may use; the position of each is its slot in a [`Machine`].
#[derive(Debug, Clone)]
pub(super) struct Scope<'p> {
    /// Name and shape, by slot.
    pub(super) variables: Vec<(String, Shape)>,
    /// The value of `params`, known when the pack is loaded.
    pub(super) params: &'p Fact<'static>,
}

/// An expression that can be evaluated.
#[derive(Debug, Clone)]
pub(super) struct Program {
    root: node::Node,
}

impl Program {
    /// Parses and checks an expression.
    ///
    /// Must run within [`with_parser_stack`]: the parser recurses with its input.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub(super) fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, Vec<Fault>> {
        if source.len() > SOURCE_MAX {
            let message = format!(
                "expression of {} bytes: at most {SOURCE_MAX} are allowed; move parts into `let`",
                source.len()
            );
            return Err(vec![Fault { at: 0, message }]);
        }
        check::compile(source, scope).map(|root| Self { root })
    }

    /// Evaluates on the values of a machine.
    ///
    /// # Errors
    ///
    /// Why there is no value.
    pub(super) fn run<'f>(&'f self, machine: &mut Machine<'f>) -> Result<Value<'f>, Stop> {
        machine.eval(&self.root)
    }

    /// Whether it holds, on the values of a machine.
    ///
    /// # Errors
    ///
    /// Why that cannot be said.
    pub(super) fn holds<'f>(&'f self, machine: &mut Machine<'f>) -> Result<bool, Stop> {
        machine.truth(&self.root)
    }
}

/// Runs `work`, which compiles expressions, on a stack on which the parser cannot overflow. It is one
/// of this thread: another thread would leave what is compiled in memory of its own.
pub(super) fn with_parser_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::grow(PARSER_STACK, work)
}
