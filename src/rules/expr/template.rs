//! Messages: text with values in it.

use std::ops::Range;

use super::eval::Machine;
use super::value::Stop;
use super::{Fault, Program, Scope};

/// One piece of a message.
#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Value(Program),
}

/// A message with `{{expression}}` in it.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Longest message, in bytes.
    const SHOWN_MAX: usize = 2000;

    /// Parses a message; must run within [`super::with_parser_stack`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its expressions.
    pub(in crate::rules) fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, Vec<Fault>> {
        let mut pieces = Vec::new();
        let mut faults = Vec::new();
        let mut start = 0;
        for Range { start: open, end: close } in holes(source, &mut faults) {
            pieces.push(Piece::Text(source.get(start..open - 2).unwrap_or_default().to_owned()));
            start = close + 2;
            match Program::compile(source.get(open..close).unwrap_or_default(), scope) {
                Ok(program) => pieces.push(Piece::Value(program)),
                Err(found) => {
                    faults.extend(found.into_iter().map(|f| Fault { at: f.at + open, ..f }));
                }
            }
        }
        pieces.push(Piece::Text(source.get(start..).unwrap_or_default().to_owned()));
        if faults.is_empty() { Ok(Self { pieces }) } else { Err(faults) }
    }

    /// Renders with the values of a machine. What has no value says why in its place.
    pub(in crate::rules) fn render<'f>(&'f self, machine: &mut Machine<'f>) -> String {
        let mut shown = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => shown.push_str(text),
                Piece::Value(program) => {
                    machine.refuel();
                    match program.run(machine) {
                        Ok(value) => value.show(&mut shown, Self::SHOWN_MAX),
                        Err(Stop::Unknown(why)) => shown.extend(["<unknown: ", &why, ">"]),
                        Err(Stop::Error(why)) => shown.extend(["<error: ", &why, ">"]),
                    }
                }
            }
        }
        shown
    }
}

/// Where the expressions of a message stand, without their braces.
fn holes(source: &str, faults: &mut Vec<Fault>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = source.get(from..).and_then(|rest| rest.find("{{")) {
        let open = from + open + 2;
        let Some(length) = source.get(open..).and_then(|rest| rest.find("}}")) else {
            faults.push(Fault { at: open - 2, message: "`{{` without `}}`".to_owned() });
            break;
        };
        found.push(open..open + length);
        from = open + length + 2;
    }
    found
}
