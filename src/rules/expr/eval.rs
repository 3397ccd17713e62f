//! Evaluation: walks a checked expression over facts.

use std::cmp::Ordering;
use std::rc::Rc;

use smallvec::SmallVec;

use super::functions::{ARGUMENTS_MAX, Function};
use super::node::{Access, Arithmetic, Comparison, Each, Node};
use super::value::{Fields, Form, Fuel, Items, Num, Stop, Value};
use crate::facts::Fact;

/// What `{}` is.
static NO_FIELDS: Fact<'static> = Fact::Map(Vec::new());

/// The variables of one evaluation and what it may still cost.
///
/// A variable that has no value stops only an evaluation that reads it.
pub(in crate::rules) struct Machine<'f> {
    slots: SmallVec<[Result<Value<'f>, Stop>; 4]>,
    /// How many slots are variables of the rule; those above are of loops.
    named: usize,
    fuel: Fuel,
}

impl<'f> Machine<'f> {
    /// A machine whose first slots hold `variables`.
    pub(in crate::rules) fn new<const N: usize>(variables: [Value<'f>; N]) -> Self {
        let mut slots = SmallVec::new();
        // One by one, which costs less than collecting: this is done for each rule and item.
        for variable in variables {
            slots.push(Ok(variable));
        }
        Self { named: N, slots, fuel: Fuel::full() }
    }

    /// Fills the next slot.
    pub(in crate::rules) fn push(&mut self, value: Result<Value<'f>, Stop>) {
        self.slots.truncate(self.named);
        self.slots.push(value);
        self.named += 1;
    }

    /// Allows as many steps again.
    pub(super) fn refuel(&mut self) {
        self.fuel = Fuel::full();
    }

    /// The value of an expression.
    pub(super) fn eval(&mut self, node: &'f Node) -> Result<Value<'f>, Stop> {
        self.fuel.spend(1)?;
        self.value(node)
    }

    /// Whether a condition holds: what [`Self::eval`] says, and most of it without making a value.
    pub(super) fn truth(&mut self, node: &'f Node) -> Result<bool, Stop> {
        self.fuel.spend(1)?;
        self.answer(node)
    }

    fn value(&mut self, node: &'f Node) -> Result<Value<'f>, Stop> {
        Ok(match node {
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(int) => Value::Int(*int),
            Node::Double(double) => Value::Double(*double),
            Node::Text(text) => Value::Text(text),
            Node::EmptyMap => Value::Fact(&NO_FIELDS),
            Node::Slot(slot) => return self.slot(*slot),
            Node::Field { of, name, access } => {
                if let Some((fact, steps)) = self.fact(node) {
                    self.fuel.spend(steps - 1)?;
                    return Ok(Value::of(fact));
                }
                let of = self.eval(of)?;
                return field(&of, name, *access);
            }
            Node::Item { of, access } => return self.item(of, *access),
            Node::Otherwise(pair) => {
                let [optional, fallback] = &**pair;
                let value = self.eval(optional)?;
                if let Value::Absent = value {
                    return self.eval(fallback);
                }
                value
            }
            Node::Negate(of) => self.negate(of)?,
            Node::Choose(parts) => {
                let [condition, yes, no] = &**parts;
                return if self.truth(condition)? { self.eval(yes) } else { self.eval(no) };
            }
            Node::Arithmetic(operation, pair) => {
                let (a, b) = self.both(pair)?;
                return self.compute(*operation, &a, &b);
            }
            Node::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.eval(item)).collect();
                Value::List(items?.into())
            }
            Node::Loop { each, range, slot, body, .. } => {
                return self.each(*each, range, *slot, body);
            }
            Node::Call { function, arguments } => return self.call(function, arguments),
            Node::Has { .. }
            | Node::HasValue(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Equal(_)
            | Node::Compare(..)
            | Node::In(_)
            | Node::Matches { .. } => Value::Bool(self.answer(node)?),
        })
    }

    fn answer(&mut self, node: &'f Node) -> Result<bool, Stop> {
        match node {
            Node::Has { of, name } => {
                let has = |fields: Fields<'f>| fields.iter().any(|(key, _)| key == name);
                if let Some((Fact::Map(fields), steps)) = self.fact(of) {
                    self.fuel.spend(steps)?;
                    return Ok(has(fields));
                }
                Ok(has(self.eval(of)?.map()?))
            }
            Node::HasValue(of) => Ok(!matches!(self.eval(of)?, Value::Absent)),
            Node::Not(of) => Ok(!self.truth(of)?),
            Node::And(pair) => self.decided_by(pair, false),
            Node::Or(pair) => self.decided_by(pair, true),
            Node::Equal(pair) => {
                let (a, b) = self.both(pair)?;
                a.equal(&b, &mut self.fuel)
            }
            Node::Compare(comparison, pair) => {
                let (a, b) = self.both(pair)?;
                Ok(holds(*comparison, a.order(&b)?))
            }
            Node::In(pair) => self.membership(pair),
            Node::Matches { text, pattern } => {
                let text = self.eval(text)?;
                let text = text.text()?;
                self.fuel.spend(text.len() / 16)?;
                Ok(pattern.is_match(text))
            }
            Node::Bool(_)
            | Node::Int(_)
            | Node::Double(_)
            | Node::Text(_)
            | Node::EmptyMap
            | Node::Slot(_)
            | Node::Field { .. }
            | Node::Item { .. }
            | Node::Otherwise(_)
            | Node::Negate(_)
            | Node::Choose(_)
            | Node::Arithmetic(..)
            | Node::List(_)
            | Node::Loop { .. }
            | Node::Call { .. } => self.value(node)?.truth(),
        }
    }

    /// The fact at the end of a chain of fields, where it lies, and the steps to it; nothing where
    /// there is none, or something else has to be said of it.
    fn fact(&self, node: &'f Node) -> Option<(&'f Fact<'f>, usize)> {
        if let Node::Slot(slot) = node {
            let Ok(Value::Fact(fact)) = self.slots.get(*slot)? else { return None };
            return Some((fact, 1));
        }
        let Node::Field { of, name, .. } = node else { return None };
        let (of, steps) = self.fact(of)?;
        Some((of.get(name)?, steps + 1))
    }

    fn call(&mut self, function: &Function, arguments: &'f [Node]) -> Result<Value<'f>, Stop> {
        let mut values = [const { Value::Absent }; ARGUMENTS_MAX];
        for (value, argument) in values.iter_mut().zip(arguments) {
            *value = self.eval(argument)?;
        }
        let values = values.get(..arguments.len()).unwrap_or_default();
        (function.apply)(values, &mut self.fuel).map_err(|stop| match stop {
            Stop::Error(reason) => Stop::Error(format!("{}: {reason}", function.name)),
            Stop::Unknown(_) => stop,
        })
    }

    fn slot(&self, slot: usize) -> Result<Value<'f>, Stop> {
        let missing = || Err(Stop::Error(format!("variable {slot} was not given")));
        self.slots.get(slot).cloned().unwrap_or_else(missing)
    }

    fn both(&mut self, pair: &'f [Node; 2]) -> Result<(Value<'f>, Value<'f>), Stop> {
        let [a, b] = pair;
        Ok((self.eval(a)?, self.eval(b)?))
    }

    /// `&&` and `||`: one side that is `decisive` decides, whatever the other is.
    fn decided_by(&mut self, pair: &'f [Node; 2], decisive: bool) -> Result<bool, Stop> {
        let [a, b] = pair;
        let left = self.truth(a);
        if left == Ok(decisive) {
            return Ok(decisive);
        }
        match (left, self.truth(b)) {
            (_, Ok(right)) if right == decisive => Ok(decisive),
            (Ok(_), right) => right,
            (Err(left), Ok(_)) => Err(left),
            (Err(left), Err(right)) => Err(left.or_worse(right)),
        }
    }

    fn item(&mut self, pair: &'f [Node; 2], access: Access) -> Result<Value<'f>, Stop> {
        let (of, index) = self.both(pair)?;
        if let (Form::Absent, Access::Optional) = (of.form(), access) {
            return Ok(Value::Absent);
        }
        if let Form::Map(_) = of.form() {
            return field(&of, index.text()?, access);
        }
        let items = of.list()?;
        let Num::Int(at) = index.number()? else {
            return Err(Stop::Error("a list is indexed by a whole number".to_owned()));
        };
        match (usize::try_from(at).ok().and_then(|at| items.get(at)), access) {
            (Some(item), _) => Ok(item),
            (None, Access::Optional) => Ok(Value::Absent),
            (None, Access::Required) => {
                Err(Stop::Error(format!("no item {at} in a list of {}", items.len())))
            }
        }
    }

    fn negate(&mut self, of: &'f Node) -> Result<Value<'f>, Stop> {
        Ok(match self.eval(of)?.number()? {
            Num::Int(int) => {
                int.checked_neg().map_or(Value::Double(-Num::Int(int).double()), Value::Int)
            }
            Num::Double(double) => Value::Double(-double),
        })
    }

    fn membership(&mut self, pair: &'f [Node; 2]) -> Result<bool, Stop> {
        let [value, of] = pair;
        if let Node::List(items) = of
            && let Some(texts) = items.iter().map(as_text).collect::<Option<SmallVec<[_; 8]>>>()
        {
            // The same without a list of its own.
            let value = self.eval(value)?;
            self.fuel.spend(1 + texts.len())?;
            return value.is_in(Items::Values(&texts), &mut self.fuel);
        }
        let (value, of) = self.both(pair)?;
        if let Form::Map(fields) = of.form() {
            let name = value.text()?;
            return Ok(fields.iter().any(|(key, _)| key == name));
        }
        value.is_in(of.list()?, &mut self.fuel)
    }

    fn compute(
        &mut self,
        operation: Arithmetic,
        a: &Value<'f>,
        b: &Value<'f>,
    ) -> Result<Value<'f>, Stop> {
        if operation == Arithmetic::Add {
            match (a.form(), b.form()) {
                (Form::Text(a), _) => {
                    let b = b.text()?;
                    self.fuel.spend((a.len() + b.len()) / 16)?;
                    return Ok(Value::Made([a, b].concat().into()));
                }
                (Form::List(a), _) => {
                    let b = b.list()?;
                    self.fuel.spend(a.len() + b.len())?;
                    return Ok(Value::List(a.iter().chain(b.iter()).collect()));
                }
                (
                    Form::Absent
                    | Form::Bool(_)
                    | Form::Number(_)
                    | Form::Secret(_)
                    | Form::Unknown(_)
                    | Form::Map(_),
                    _,
                ) => {}
            }
        }
        arithmetic(operation, a.number()?, b.number()?)
    }

    fn each(
        &mut self,
        each: Each,
        range: &'f Node,
        slot: usize,
        body: &'f Node,
    ) -> Result<Value<'f>, Stop> {
        let range = self.eval(range)?;
        let items: Rc<[Value<'f>]> = match (range.form(), &range) {
            (_, Value::List(values)) => Rc::clone(values),
            (Form::Map(fields), _) => fields.iter().map(|(key, _)| Value::Text(key)).collect(),
            _ => range.list()?.iter().collect(),
        };
        self.fuel.spend(items.len())?;
        while self.slots.len() <= slot {
            self.slots.push(Ok(Value::Absent));
        }
        match each {
            Each::All => self.quantify(&items, slot, body, false).map(Value::Bool),
            Each::Exists => self.quantify(&items, slot, body, true).map(Value::Bool),
            Each::ExistsOne => Ok(Value::Bool(self.keep(&items, slot, body)?.len() == 1)),
            Each::Filter => Ok(Value::List(self.keep(&items, slot, body)?.into())),
            Each::Map => {
                let made = items.iter().map(|item| {
                    self.put(slot, item);
                    self.eval(body)
                });
                let made: Result<Vec<_>, _> = made.collect();
                Ok(Value::List(made?.into()))
            }
        }
    }

    /// `all` and `exists`: one item that is `decisive` decides, whatever the others are.
    fn quantify(
        &mut self,
        items: &[Value<'f>],
        slot: usize,
        body: &'f Node,
        decisive: bool,
    ) -> Result<bool, Stop> {
        let mut undecided: Option<Stop> = None;
        for item in items {
            self.put(slot, item);
            match self.truth(body) {
                Ok(held) if held == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(stop) => {
                    undecided = Some(match undecided {
                        Some(before) => before.or_worse(stop),
                        None => stop,
                    });
                }
            }
        }
        undecided.map_or(Ok(!decisive), Err)
    }

    fn keep(
        &mut self,
        items: &[Value<'f>],
        slot: usize,
        body: &'f Node,
    ) -> Result<Vec<Value<'f>>, Stop> {
        let mut kept = Vec::new();
        for item in items {
            self.put(slot, item);
            if self.truth(body)? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    }

    fn put(&mut self, slot: usize, item: &Value<'f>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Ok(item.clone());
        }
    }
}

fn as_text(node: &Node) -> Option<Value<'_>> {
    let Node::Text(text) = node else { return None };
    Some(Value::Text(text))
}

fn field<'f>(of: &Value<'f>, name: &str, access: Access) -> Result<Value<'f>, Stop> {
    if let (Form::Absent, Access::Optional) = (of.form(), access) {
        return Ok(Value::Absent);
    }
    let found = of.map()?.iter().find(|(key, _)| key == name);
    match (found, access) {
        (Some((_, fact)), _) => Ok(Value::of(fact)),
        (None, Access::Optional) => Ok(Value::Absent),
        (None, Access::Required) => Err(Stop::Error(format!("no field `{name}`"))),
    }
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// Whole numbers stay whole where they can; division is exact.
fn arithmetic<'f>(operation: Arithmetic, a: Num, b: Num) -> Result<Value<'f>, Stop> {
    let divides = matches!(operation, Arithmetic::Divide | Arithmetic::Remainder);
    if divides && b.double() == 0.0 {
        return Err(Stop::Error("division by zero".to_owned()));
    }
    if let (Num::Int(a), Num::Int(b)) = (a, b) {
        let whole = match operation {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Subtract => a.checked_sub(b),
            Arithmetic::Multiply => a.checked_mul(b),
            Arithmetic::Divide => a.checked_rem(b).filter(|rest| *rest == 0).and(a.checked_div(b)),
            Arithmetic::Remainder => a.checked_rem(b),
        };
        if let Some(whole) = whole {
            return Ok(Value::Int(whole));
        }
    }
    let (a, b) = (a.double(), b.double());
    let double = match operation {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
    };
    let finite = double.is_finite().then_some(Value::Double(double));
    finite.ok_or_else(|| Stop::Error("the result is too large".to_owned()))
}
