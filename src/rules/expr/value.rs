//! Values while a rule is evaluated: facts where they lie, and what is made of them.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::facts::Fact;
use crate::model::{Number, Secret, secrets_in};

/// Deepest value that is compared or shown.
const DEPTH_MAX: usize = 200;

/// Why an evaluation has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules) enum Stop {
    /// It depends on something that is not known.
    Unknown(String),
    /// It cannot be computed.
    Error(String),
}

impl Stop {
    /// An error that says what was needed and what was there.
    pub(super) fn expected(what: &str, found: &Value<'_>) -> Self {
        match found.form() {
            Form::Unknown(reason) => Self::Unknown(reason.to_owned()),
            Form::Secret(secret) => Self::value_of(secret),
            Form::Absent
            | Form::Bool(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::List(_)
            | Form::Map(_) => Self::Error(format!("expected {what}, found {}", found.kind())),
        }
    }

    /// The value of a secret was asked for.
    pub(super) fn value_of(secret: &Secret) -> Self {
        Self::Unknown(format!("the value of a secret ({}) is masked", secret.class))
    }

    /// Of two reasons, the one to report: an error needs fixing first.
    pub(super) fn or_worse(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Unknown(_), Self::Error(_)) => other,
            (Self::Error(_) | Self::Unknown(_), _) => self,
        }
    }
}

/// Steps an evaluation may still take. Deterministic, so that a replay stops where the first run
/// did.
#[derive(Debug)]
pub(super) struct Fuel(u32);

impl Fuel {
    const FULL: u32 = 100_000;

    pub(super) const fn full() -> Self {
        Self(Self::FULL)
    }

    /// Takes `steps`.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        let left = u32::try_from(steps).ok().and_then(|steps| self.0.checked_sub(steps));
        self.0 = left.unwrap_or(0);
        left.map(drop)
            .ok_or_else(|| Stop::Unknown(format!("it takes more than {} steps to say", Self::FULL)))
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(in crate::rules) enum Value<'f> {
    /// The optional that is not there.
    Absent,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'f str),
    /// Text that was made here.
    Made(Rc<str>),
    /// A list that was made here.
    List(Rc<[Self]>),
    /// A number, secret, unknown, list or map where it lies.
    Fact(&'f Fact<'f>),
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Num {
    Int(i64),
    Double(f64),
}

impl Num {
    #[expect(clippy::cast_precision_loss, reason = "numbers of configurations fit")]
    pub(super) fn double(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Double(double) => double,
        }
    }

    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (Self::Int(a), Self::Double(b)) => mixed_order(a, b),
            (Self::Double(a), Self::Int(b)) => mixed_order(b, a).reverse(),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        }
    }
}

/// The order of a whole number and a finite double, exact where the number has no double.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn mixed_order(int: i64, double: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double >= BEYOND {
        return Ordering::Less;
    }
    if double < -BEYOND {
        return Ordering::Greater;
    }
    let fraction = 0.0.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal);
    int.cmp(&(double.trunc() as i64)).then(fraction)
}

impl From<&Number> for Num {
    fn from(number: &Number) -> Self {
        let text = number.as_str();
        let double = || text.parse().map_or(Self::Double(0.0), Self::Double);
        text.parse().map_or_else(|_| double(), Self::Int)
    }
}

/// The members of a list, wherever it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Items<'v, 'f> {
    Facts(&'f [Fact<'f>]),
    Values(&'v [Value<'f>]),
}

impl<'f> Items<'_, 'f> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Facts(facts) => facts.len(),
            Self::Values(values) => values.len(),
        }
    }

    pub(super) fn get(self, index: usize) -> Option<Value<'f>> {
        match self {
            Self::Facts(facts) => facts.get(index).map(Value::of),
            Self::Values(values) => values.get(index).cloned(),
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Value<'f>> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

/// The fields of a map.
pub(super) type Fields<'f> = &'f [(std::borrow::Cow<'f, str>, Fact<'f>)];

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'v, 'f> {
    Absent,
    Bool(bool),
    Number(Num),
    Text(&'v str),
    Secret(&'f Secret),
    Unknown(&'f str),
    List(Items<'v, 'f>),
    Map(Fields<'f>),
}

impl<'f> Value<'f> {
    /// A fact as a value.
    pub(in crate::rules) fn of(fact: &'f Fact<'f>) -> Self {
        match fact {
            Fact::Bool(value) => Self::Bool(*value),
            Fact::Text(text) => Self::Text(text),
            Fact::Number(_) | Fact::Secret(_) | Fact::Unknown(_) | Fact::List(_) | Fact::Map(_) => {
                Self::Fact(fact)
            }
        }
    }

    pub(super) fn form(&self) -> Form<'_, 'f> {
        match self {
            Self::Absent => Form::Absent,
            Self::Bool(value) => Form::Bool(*value),
            Self::Int(int) => Form::Number(Num::Int(*int)),
            Self::Double(double) => Form::Number(Num::Double(*double)),
            Self::Text(text) => Form::Text(text),
            Self::Made(text) => Form::Text(text),
            Self::List(values) => Form::List(Items::Values(values)),
            Self::Fact(fact) => match fact {
                Fact::Bool(value) => Form::Bool(*value),
                Fact::Number(number) => Form::Number(number.into()),
                Fact::Text(text) => Form::Text(text),
                Fact::Secret(secret) => Form::Secret(secret),
                Fact::Unknown(reason) => Form::Unknown(reason),
                Fact::List(items) => Form::List(Items::Facts(items)),
                Fact::Map(fields) => Form::Map(fields),
            },
        }
    }

    /// What to call a value of this kind in a message.
    pub(super) fn kind(&self) -> &'static str {
        match self.form() {
            Form::Absent => "nothing",
            Form::Bool(_) => "a boolean",
            Form::Number(_) => "a number",
            Form::Text(_) => "a text",
            Form::Secret(_) => "a secret",
            Form::Unknown(_) => "something unknown",
            Form::List(_) => "a list",
            Form::Map(_) => "a map",
        }
    }

    pub(in crate::rules) fn truth(&self) -> Result<bool, Stop> {
        if let Form::Bool(value) = self.form() {
            Ok(value)
        } else {
            Err(Stop::expected("a boolean", self))
        }
    }

    pub(super) fn number(&self) -> Result<Num, Stop> {
        if let Form::Number(value) = self.form() {
            Ok(value)
        } else {
            Err(Stop::expected("a number", self))
        }
    }

    /// The number as a double.
    pub(in crate::rules) fn measure(&self) -> Result<f64, Stop> {
        self.number().map(Num::double)
    }

    pub(super) fn text(&self) -> Result<&str, Stop> {
        if let Form::Text(value) = self.form() {
            Ok(value)
        } else {
            Err(Stop::expected("a text", self))
        }
    }

    pub(super) fn list(&self) -> Result<Items<'_, 'f>, Stop> {
        if let Form::List(value) = self.form() {
            Ok(value)
        } else {
            Err(Stop::expected("a list", self))
        }
    }

    pub(super) fn map(&self) -> Result<Fields<'f>, Stop> {
        if let Form::Map(value) = self.form() {
            Ok(value)
        } else {
            Err(Stop::expected("a map", self))
        }
    }

    /// Whether two values mean the same. Values of different kinds do not.
    pub(super) fn equal(&self, other: &Self, fuel: &mut Fuel) -> Result<bool, Stop> {
        equal(self, other, fuel, 0)
    }

    /// Which of two numbers or two texts comes first.
    pub(super) fn order(&self, other: &Self) -> Result<Ordering, Stop> {
        match (self.form(), other.form()) {
            (Form::Number(a), Form::Number(b)) => Ok(a.order(b)),
            (Form::Text(a), Form::Text(b)) => Ok(a.cmp(b)),
            (Form::Number(_), _) => Err(Stop::expected("a number", other)),
            (Form::Text(_), _) => Err(Stop::expected("a text", other)),
            (
                Form::Absent
                | Form::Bool(_)
                | Form::Secret(_)
                | Form::Unknown(_)
                | Form::List(_)
                | Form::Map(_),
                _,
            ) => Err(Stop::expected("a number or a text", self)),
        }
    }

    /// Whether a list holds a value equal to this one: undecided only when no known member is.
    pub(super) fn is_in(&self, items: Items<'_, 'f>, fuel: &mut Fuel) -> Result<bool, Stop> {
        let mut undecided = None;
        for item in items.iter() {
            match self.equal(&item, fuel) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(stop) => undecided = undecided.or(Some(stop)),
            }
        }
        undecided.map_or(Ok(false), Err)
    }

    /// Writes the value as people read it. Secrets show their class and fingerprint only.
    pub(in crate::rules) fn show(&self, out: &mut String, length_max: usize) {
        show(self, out, length_max, 0);
    }
}

fn equal<'f>(a: &Value<'f>, b: &Value<'f>, fuel: &mut Fuel, depth: usize) -> Result<bool, Stop> {
    fuel.spend(1)?;
    if depth > DEPTH_MAX {
        return Err(Stop::Error(format!("values nested deeper than {DEPTH_MAX} are not compared")));
    }
    if let (Value::Fact(Fact::Number(a)), Value::Fact(Fact::Number(b))) = (a, b) {
        return Ok(a == b);
    }
    Ok(match (a.form(), b.form()) {
        (Form::Unknown(reason), _) | (_, Form::Unknown(reason)) => {
            return Err(Stop::Unknown(reason.to_owned()));
        }
        (Form::Secret(a), Form::Secret(b)) => a.fingerprint == b.fingerprint,
        (Form::Secret(secret), _) | (_, Form::Secret(secret)) => {
            return Err(Stop::value_of(secret));
        }
        (Form::Bool(a), Form::Bool(b)) => a == b,
        (Form::Number(a), Form::Number(b)) => a.order(b) == Ordering::Equal,
        (Form::Text(a), Form::Text(b)) => {
            fuel.spend(a.len().min(b.len()) / 64)?;
            a == b
        }
        (Form::List(a), Form::List(b)) => {
            let pairs = a.iter().zip(b.iter()).map(|(a, b)| equal(&a, &b, fuel, depth + 1));
            return if a.len() == b.len() { all(pairs) } else { Ok(false) };
        }
        (Form::Map(a), Form::Map(b)) => {
            let pairs = a.iter().map(|(key, left)| {
                let right = b.iter().find(|(name, _)| name == key);
                right.map_or(Ok(false), |(_, right)| {
                    equal(&Value::of(left), &Value::of(right), fuel, depth + 1)
                })
            });
            return if a.len() == b.len() { all(pairs) } else { Ok(false) };
        }
        (
            Form::Absent
            | Form::Bool(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::List(_)
            | Form::Map(_),
            _,
        ) => false,
    })
}

/// Whether all hold: one that does not decides, whatever the others are.
pub(super) fn all(parts: impl Iterator<Item = Result<bool, Stop>>) -> Result<bool, Stop> {
    let mut undecided: Option<Stop> = None;
    for part in parts {
        match part {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(stop) => {
                undecided = Some(match undecided {
                    Some(before) => before.or_worse(stop),
                    None => stop,
                });
            }
        }
    }
    undecided.map_or(Ok(true), Err)
}

fn show(value: &Value<'_>, out: &mut String, length_max: usize, depth: usize) {
    if out.len() >= length_max || depth > DEPTH_MAX {
        if !out.ends_with('…') {
            out.push('…');
        }
        return;
    }
    match value.form() {
        Form::Absent => out.push_str("nothing"),
        Form::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Form::Number(number) => match (value, number) {
            (Value::Fact(Fact::Number(exact)), _) => out.push_str(exact.as_str()),
            (_, Num::Int(int)) => out.push_str(&int.to_string()),
            (_, Num::Double(double)) => out.push_str(&decimal(double)),
        },
        Form::Text(text) => show_text(text, out, length_max),
        Form::Secret(secret) => out.push_str(&secret.shown()),
        Form::Unknown(reason) => out.extend(["<unknown: ", reason, ">"]),
        Form::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                show(&item, out, length_max, depth + 1);
                if out.len() >= length_max {
                    break;
                }
            }
            out.push(']');
        }
        Form::Map(fields) => {
            out.push('{');
            for (index, (key, field)) in fields.iter().enumerate() {
                out.extend([if index == 0 { "" } else { ", " }, key, "="]);
                show(&Value::of(field), out, length_max, depth + 1);
                if out.len() >= length_max {
                    break;
                }
            }
            out.push('}');
        }
    }
}

/// Writes a text on one line, with the masks in it as people read them.
fn show_text(text: &str, out: &mut String, length_max: usize) {
    let room = length_max.saturating_sub(out.len());
    let mut end = 0;
    let mut shown = String::new();
    for range in secrets_in(text) {
        shown.push_str(text.get(end..range.start).unwrap_or_default());
        let mask = text.get(range.clone()).unwrap_or_default();
        shown.push_str(&Secret::parse(mask).map_or_else(|| "<secret>".to_owned(), |s| s.shown()));
        end = range.end.max(end);
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    let cut = shown.char_indices().find(|(at, _)| *at >= room).map(|(at, _)| at);
    let kept = cut.and_then(|cut| shown.get(..cut)).unwrap_or(&shown);
    out.extend(kept.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push_str(if cut.is_some() { "…" } else { "" });
}

/// A computed number, to three decimals, or three digits when it is small.
fn decimal(double: f64) -> String {
    let exact = double.to_string();
    if exact.len() <= 10 {
        return exact;
    }
    if double.abs() < 0.001 {
        return format!("{double:.2e}");
    }
    format!("{double:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
