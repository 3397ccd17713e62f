//! Parts of a condition that the text of one field decides.

use super::Program;
use super::eval::Machine;
use super::node::Node;
use super::value::Value;
use crate::facts::Fact;

/// The slot of the parameters of a rule.
const PARAMS: usize = 0;

/// A part without which a condition cannot hold, and that reads one field of one variable besides
/// parameters.
#[derive(Debug)]
pub(in crate::rules) struct Guard {
    /// The slot of the variable.
    pub(in crate::rules) slot: usize,
    /// The field.
    pub(in crate::rules) field: String,
    part: Node,
}

impl Guard {
    /// Whether the part is false where the field is this text. Then so is the condition, whatever its
    /// other parts are: of an `&&`, one side that is false decides.
    pub(in crate::rules) fn excludes(&self, params: &Fact<'_>, text: &str) -> bool {
        let item = Fact::Map(vec![(self.field.as_str().into(), Fact::text(text))]);
        let of = |slot| Value::of(if slot == PARAMS { params } else { &item });
        let mut machine = Machine::new([]);
        for slot in 0..=self.slot {
            machine.push(Ok(of(slot)));
        }
        machine.truth(&self.part) == Ok(false)
    }
}

impl Program {
    /// The guards of a condition.
    pub(in crate::rules) fn guards(&self) -> impl Iterator<Item = Guard> {
        let (mut parts, mut left) = (Vec::new(), vec![&self.root]);
        while let Some(part) = left.pop() {
            if let Node::And(pair) = part {
                left.extend(pair.iter());
            } else {
                parts.push(part);
            }
        }
        parts.into_iter().filter_map(|part| {
            let mut reads = Reads::default();
            reads.add(part);
            let (slot, field) = reads.field.filter(|_| !reads.is_more)?;
            Some(Guard { slot, field: field.to_owned(), part: part.clone() })
        })
    }
}

/// What an expression reads.
#[derive(Default)]
struct Reads<'f> {
    field: Option<(usize, &'f str)>,
    /// Something else too.
    is_more: bool,
}

impl<'f> Reads<'f> {
    fn add(&mut self, node: &'f Node) {
        match node {
            Node::Field { of, name, .. } | Node::Has { of, name } => {
                let Node::Slot(slot) = **of else { return self.add(of) };
                if slot != PARAMS {
                    let own = *self.field.get_or_insert((slot, name));
                    self.is_more |= own != (slot, name.as_str());
                }
            }
            Node::Slot(slot) => self.is_more |= *slot != PARAMS,
            // Its variable has a slot too.
            Node::Loop { .. } => self.is_more = true,
            Node::HasValue(of) | Node::Not(of) | Node::Negate(of) => self.add(of),
            Node::Matches { text, .. } => self.add(text),
            Node::Item { of: pair, .. }
            | Node::Otherwise(pair)
            | Node::And(pair)
            | Node::Or(pair)
            | Node::Equal(pair)
            | Node::Compare(_, pair)
            | Node::Arithmetic(_, pair)
            | Node::In(pair) => self.add_all(&**pair),
            Node::Choose(parts) => self.add_all(&**parts),
            Node::List(parts) | Node::Call { arguments: parts, .. } => self.add_all(parts),
            Node::Bool(_) | Node::Int(_) | Node::Double(_) | Node::Text(_) | Node::EmptyMap => (),
        }
    }

    fn add_all(&mut self, parts: &'f [Node]) {
        for part in parts {
            self.add(part);
        }
    }
}
