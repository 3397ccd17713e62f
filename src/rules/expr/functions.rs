//! The functions a rule may call. None reads a clock, a file or the network.
//!
//! To add one: a line in [`FUNCTIONS`] and a function below, or in [`super::units`] if it is about
//! what a text means.

use std::cmp::Ordering;

use super::units;
use super::value::{Form, Fuel, Num, Stop, Value, all};
use crate::facts::Fact;
use crate::model::Timestamp;

/// Most arguments of a call, the value it is called on included.
pub(super) const ARGUMENTS_MAX: usize = 4;

type Apply = for<'f> fn(&[Value<'f>], &mut Fuel) -> Result<Value<'f>, Stop>;

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: &'static str,
    /// How it is called.
    pub(super) style: Style,
    /// Fewest arguments, the value it is called on included.
    pub(super) least: usize,
    /// Most arguments.
    pub(super) most: usize,
    /// What it does.
    pub(super) apply: Apply,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `f(x)`
    Global,
    /// `x.f()`
    Member,
    /// Either.
    Both,
}

const fn function(
    name: &'static str,
    style: Style,
    least: usize,
    most: usize,
    apply: Apply,
) -> Function {
    Function { name, style, least, most, apply }
}

/// Every function, by name.
pub(super) static FUNCTIONS: &[Function] = &[
    function("cidr_contains", Style::Global, 2, 2, cidr_contains),
    function("contains", Style::Member, 2, 2, |args, fuel| {
        pair_of_texts(args, fuel, |a, b| a.contains(b))
    }),
    function("distinct", Style::Member, 1, 1, distinct),
    function("dur", Style::Global, 1, 1, |args, _| measured(args, "a duration", units::duration)),
    function("endsWith", Style::Member, 2, 2, |args, fuel| {
        pair_of_texts(args, fuel, |a, b| a.ends_with(b))
    }),
    function("flatten", Style::Member, 1, 1, flatten),
    function("host", Style::Global, 1, 1, |args, fuel| changed(args, fuel, units::host)),
    function("int", Style::Global, 1, 1, int),
    function("is_secret", Style::Global, 1, 1, is_secret),
    function("join", Style::Member, 1, 2, join),
    function("jvm_size", Style::Global, 1, 1, |args, _| {
        measured(args, "a JVM size", units::jvm_size)
    }),
    function("lowerAscii", Style::Member, 1, 1, |args, fuel| {
        changed(args, fuel, str::to_ascii_lowercase)
    }),
    function("math.greatest", Style::Global, 1, 4, |args, _| extreme(args, Ordering::Greater)),
    function("math.least", Style::Global, 1, 4, |args, _| extreme(args, Ordering::Less)),
    function("num", Style::Global, 1, 1, |args, _| measured(args, "a number", units::number)),
    function("path", Style::Global, 1, 1, |args, fuel| changed(args, fuel, units::path)),
    function("port", Style::Global, 1, 1, |args, _| {
        let port = units::port(arg(args, 0)?.text()?);
        port.map(|port| Value::Int(port.into())).ok_or_else(|| not("a URL with a port"))
    }),
    function("qty", Style::Global, 1, 1, |args, _| measured(args, "a quantity", units::quantity)),
    function("replace", Style::Member, 3, 3, replace),
    function("same_secret", Style::Global, 2, 2, same_secret),
    function("scheme", Style::Global, 1, 1, |args, fuel| changed(args, fuel, units::scheme)),
    function("secret_class", Style::Global, 1, 1, secret_class),
    function("selects", Style::Global, 2, 2, selects),
    function("semver_cmp", Style::Global, 2, 2, semver_cmp),
    function("size", Style::Both, 1, 1, size),
    function("sort", Style::Member, 1, 1, sort),
    function("split", Style::Member, 2, 2, split),
    function("startsWith", Style::Member, 2, 2, |args, fuel| {
        pair_of_texts(args, fuel, |a, b| a.starts_with(b))
    }),
    function("string", Style::Global, 1, 1, string),
    function("subset", Style::Global, 2, 2, subset),
    function("substring", Style::Member, 2, 3, substring),
    function("time", Style::Global, 1, 1, time),
    function("tls_rank", Style::Global, 1, 1, tls_rank),
    function("trim", Style::Member, 1, 1, |args, fuel| {
        changed(args, fuel, |text| text.trim().to_owned())
    }),
    function("upperAscii", Style::Member, 1, 1, |args, fuel| {
        changed(args, fuel, str::to_ascii_uppercase)
    }),
];

/// The argument at an index; the checker counted them.
fn arg<'a, 'f>(args: &'a [Value<'f>], index: usize) -> Result<&'a Value<'f>, Stop> {
    args.get(index).ok_or_else(|| Stop::Error(format!("argument {index} is missing")))
}

fn not(kind: &str) -> Stop {
    Stop::Error(format!("the text is not {kind}"))
}

fn made<'f>(text: &str) -> Value<'f> {
    Value::Made(text.into())
}

/// A number as it is, or a text read as one.
fn measured<'f>(
    args: &[Value<'f>],
    kind: &str,
    read: fn(&str) -> Option<f64>,
) -> Result<Value<'f>, Stop> {
    match arg(args, 0)?.form() {
        Form::Number(Num::Int(int)) => Ok(Value::Int(int)),
        Form::Number(Num::Double(double)) => Ok(Value::Double(double)),
        Form::Text(text) => read(text).map(Value::Double).ok_or_else(|| not(kind)),
        Form::Absent
        | Form::Bool(_)
        | Form::Secret(_)
        | Form::Unknown(_)
        | Form::List(_)
        | Form::Map(_) => Err(Stop::expected("a number or a text", arg(args, 0)?)),
    }
}

fn pair_of_texts<'f>(
    args: &[Value<'f>],
    fuel: &mut Fuel,
    test: fn(&str, &str) -> bool,
) -> Result<Value<'f>, Stop> {
    let (a, b) = (arg(args, 0)?.text()?, arg(args, 1)?.text()?);
    fuel.spend(a.len() / 64)?;
    Ok(Value::Bool(test(a, b)))
}

fn changed<'f>(
    args: &[Value<'f>],
    fuel: &mut Fuel,
    change: fn(&str) -> String,
) -> Result<Value<'f>, Stop> {
    let text = arg(args, 0)?.text()?;
    fuel.spend(text.len() / 16)?;
    Ok(made(&change(text)))
}

fn cidr_contains<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (outer, inner) = (arg(args, 0)?.text()?, arg(args, 1)?.text()?);
    units::cidr_contains(outer, inner).map(Value::Bool).ok_or_else(|| not("a network"))
}

fn semver_cmp<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (a, b) = (arg(args, 0)?.text()?, arg(args, 1)?.text()?);
    let order = units::semver_order(a, b).ok_or_else(|| not("a version"))?;
    Ok(Value::Int(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn tls_rank<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let rank = units::tls_rank(arg(args, 0)?.text()?);
    rank.map(Value::Int).ok_or_else(|| not("a TLS version"))
}

/// Seconds since 1970 of an RFC 3339 text.
fn time<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let time = Timestamp::parse(arg(args, 0)?.text()?);
    time.map(|time| Value::Int(time.unix_seconds())).ok_or_else(|| not("a time"))
}

fn size<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let of = arg(args, 0)?;
    let size = match of.form() {
        Form::Text(text) => {
            fuel.spend(text.len() / 64)?;
            text.chars().count()
        }
        Form::List(items) => items.len(),
        Form::Map(fields) => fields.len(),
        Form::Absent | Form::Bool(_) | Form::Number(_) | Form::Secret(_) | Form::Unknown(_) => {
            return Err(Stop::expected("a text, list or map", of));
        }
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn string<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let of = arg(args, 0)?;
    match of.form() {
        Form::Text(_) => Ok(of.clone()),
        Form::Bool(_) | Form::Number(_) => {
            let mut text = String::new();
            of.show(&mut text, usize::MAX);
            Ok(made(&text))
        }
        Form::Absent | Form::Secret(_) | Form::Unknown(_) | Form::List(_) | Form::Map(_) => {
            Err(Stop::expected("a text, number or boolean", of))
        }
    }
}

fn int<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let whole = |double: f64| format!("{:.0}", double.trunc()).parse().ok().map(Value::Int);
    let none = || Stop::Error("not a whole number of 64 bits".to_owned());
    let number = measured(args, "a number", units::number)?;
    if let Value::Double(double) = number { whole(double).ok_or_else(none) } else { Ok(number) }
}

fn split<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (text, separator) = (arg(args, 0)?, arg(args, 1)?.text()?);
    fuel.spend(text.text()?.len())?;
    if let Value::Text(text) = text {
        return Ok(Value::List(text.split(separator).map(Value::Text).collect()));
    }
    Ok(Value::List(text.text()?.split(separator).map(made).collect()))
}

fn join<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let separator = args.get(1).map_or(Ok(""), Value::text)?;
    let mut joined = String::new();
    for (index, item) in arg(args, 0)?.list()?.iter().enumerate() {
        let text = item.text()?;
        fuel.spend(1 + (text.len() + separator.len()) / 16)?;
        joined.push_str(if index == 0 { "" } else { separator });
        joined.push_str(text);
    }
    Ok(made(&joined))
}

fn replace<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (text, from, to) = (arg(args, 0)?.text()?, arg(args, 1)?.text()?, arg(args, 2)?.text()?);
    fuel.spend(text.len().saturating_mul(1 + to.len()) / 16)?;
    Ok(made(&text.replace(from, to)))
}

/// From one character to before another.
fn substring<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let text = arg(args, 0)?.text()?;
    fuel.spend(text.len() / 16)?;
    let length = text.chars().count();
    let place = |value: &Value<'_>| match value.number()? {
        Num::Int(at) => {
            let at = usize::try_from(at).ok().filter(|at| *at <= length);
            at.ok_or_else(|| Stop::Error(format!("no such place in a text of {length}")))
        }
        Num::Double(_) => Err(Stop::Error("a place is a whole number".to_owned())),
    };
    let start = place(arg(args, 1)?)?;
    let end = args.get(2).map_or(Ok(length), place)?;
    let part: String = text.chars().take(end).skip(start).collect();
    Ok(made(&part))
}

fn sort<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let mut items: Vec<_> = arg(args, 0)?.list()?.iter().collect();
    fuel.spend(items.len().saturating_mul(8))?;
    let mut failed = items.first().and_then(|only| only.order(only).err());
    items.sort_by(|a, b| {
        a.order(b).unwrap_or_else(|stop| {
            failed = Some(stop);
            Ordering::Equal
        })
    });
    failed.map_or(Ok(Value::List(items.into())), Err)
}

fn distinct<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let mut kept: Vec<Value<'f>> = Vec::new();
    for item in arg(args, 0)?.list()?.iter() {
        if !item.is_in(super::value::Items::Values(&kept), fuel)? {
            kept.push(item);
        }
    }
    Ok(Value::List(kept.into()))
}

/// The members of the lists in a list, one level deep.
fn flatten<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let mut flat = Vec::new();
    for item in arg(args, 0)?.list()?.iter() {
        match item.form() {
            Form::List(items) => {
                fuel.spend(items.len())?;
                flat.extend(items.iter());
            }
            Form::Unknown(_) => return Err(Stop::expected("a list", &item)),
            Form::Absent
            | Form::Bool(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::Secret(_)
            | Form::Map(_) => flat.push(item),
        }
    }
    Ok(Value::List(flat.into()))
}

/// The greatest or least of the arguments, or of the members of one list.
fn extreme<'f>(args: &[Value<'f>], wanted: Ordering) -> Result<Value<'f>, Stop> {
    let first = arg(args, 0)?;
    let members = if args.len() == 1 { first.list().ok() } else { None };
    let candidates = members.map_or_else(|| args.to_vec(), |items| items.iter().collect());
    let mut candidates = candidates.into_iter();
    let mut best = candidates.next().ok_or_else(|| Stop::Error("the list is empty".to_owned()))?;
    best.number()?;
    for candidate in candidates {
        if candidate.number()?.order(best.number()?) == wanted {
            best = candidate;
        }
    }
    Ok(best)
}

/// Whether every member of the first list is in the second.
fn subset<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (part, whole) = (arg(args, 0)?.list()?, arg(args, 1)?.list()?);
    all(part.iter().map(|item| item.is_in(whole, fuel))).map(Value::Bool)
}

fn is_secret<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    match arg(args, 0)?.form() {
        Form::Secret(_) => Ok(Value::Bool(true)),
        Form::Unknown(reason) => Err(Stop::Unknown(reason.to_owned())),
        Form::Absent
        | Form::Bool(_)
        | Form::Number(_)
        | Form::Text(_)
        | Form::List(_)
        | Form::Map(_) => Ok(Value::Bool(false)),
    }
}

fn secret<'f>(value: &Value<'f>) -> Result<&'f crate::model::Secret, Stop> {
    if let Form::Secret(secret) = value.form() {
        return Ok(secret);
    }
    Err(Stop::expected("a secret", value))
}

fn secret_class<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    secret(arg(args, 0)?).map(|secret| Value::Text(&secret.class))
}

fn same_secret<'f>(args: &[Value<'f>], _: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (a, b) = (secret(arg(args, 0)?)?, secret(arg(args, 1)?)?);
    Ok(Value::Bool(a.fingerprint == b.fingerprint))
}

/// Whether a Kubernetes label selector selects these labels; the empty one selects all
/// (`k8s.io/apimachinery` `pkg/apis/meta/v1/helpers.go` `LabelSelectorAsSelector`, v0.34).
fn selects<'f>(args: &[Value<'f>], fuel: &mut Fuel) -> Result<Value<'f>, Stop> {
    let (selector, labels) = (arg(args, 0)?, arg(args, 1)?);
    labels.map()?;
    let mut parts = Vec::new();
    for (name, part) in selector.map()? {
        match (name.as_ref(), Value::of(part)) {
            ("matchLabels", wanted) => {
                for (key, value) in wanted.map()? {
                    let found = label(labels, key)?;
                    parts.push(match found {
                        Some(found) => found.equal(&Value::of(value), fuel),
                        None => Ok(false),
                    });
                }
            }
            ("matchExpressions", wanted) => {
                for expression in wanted.list()?.iter() {
                    parts.push(requirement(&expression, labels, fuel));
                }
            }
            (other, _) => return Err(Stop::Error(format!("a selector has no `{other}`"))),
        }
    }
    all(parts.into_iter()).map(Value::Bool)
}

fn label<'f>(labels: &Value<'f>, key: &str) -> Result<Option<Value<'f>>, Stop> {
    let found = labels.map()?.iter().find(|(name, _)| name == key);
    Ok(found.map(|(_, value)| Value::of(value)))
}

fn requirement<'f>(
    expression: &Value<'f>,
    labels: &Value<'f>,
    fuel: &mut Fuel,
) -> Result<bool, Stop> {
    static NONE: Fact<'static> = Fact::List(Vec::new());
    let part = |name: &str| {
        let part = label(expression, name)?;
        part.ok_or_else(|| Stop::Error(format!("a match expression has no `{name}`")))
    };
    let found = label(labels, part("key")?.text()?)?;
    let values = label(expression, "values")?.unwrap_or(Value::Fact(&NONE));
    let mut is_in = |found: &Value<'f>| found.is_in(values.list()?, fuel);
    match part("operator")?.text()? {
        "In" => found.as_ref().map_or(Ok(false), is_in),
        "NotIn" => found.as_ref().map_or(Ok(true), |found| is_in(found).map(|is_in| !is_in)),
        "Exists" => Ok(found.is_some()),
        "DoesNotExist" => Ok(found.is_none()),
        _ => Err(Stop::Error("a match expression has an unknown operator".to_owned())),
    }
}
