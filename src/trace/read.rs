//! Reading what items of views say.

use super::facts::Said;
use crate::facts::Fact;

/// A text field.
pub(super) fn text(fact: &Fact<'_>, key: &str) -> Option<String> {
    let Fact::Text(text) = fact.get(key)? else { return None };
    Some(text.to_string())
}

/// A text that may be known to exist without being known.
pub(super) fn said(fact: Option<&Fact<'_>>) -> Said<String> {
    match fact {
        Some(Fact::Text(text)) => Said::Yes(text.to_string()),
        Some(Fact::Unknown(reason)) => Said::Unknown(reason.clone()),
        Some(Fact::Secret(_)) => Said::Unknown("it is a masked secret".to_owned()),
        _ => Said::No,
    }
}

/// A number that may be known to exist without being known.
pub(super) fn said_number(fact: Option<&Fact<'_>>) -> Said<f64> {
    match fact {
        Some(Fact::Number(number)) => number
            .as_str()
            .parse()
            .map_or_else(|_| Said::Unknown("it is no number".to_owned()), Said::Yes),
        Some(Fact::Unknown(reason)) => Said::Unknown(reason.clone()),
        _ => Said::No,
    }
}

/// A number that is a port.
pub(super) fn number(fact: Option<&Fact<'_>>) -> Option<u16> {
    let digits = scalar(fact?)?;
    digits.parse().ok()
}

/// Yes or no.
pub(super) fn flag(fact: Option<&Fact<'_>>) -> Option<bool> {
    let Fact::Bool(value) = fact? else { return None };
    Some(*value)
}

/// The members of a list.
pub(super) fn members<'f, 't>(
    fact: Option<&'f Fact<'t>>,
) -> impl ExactSizeIterator<Item = &'f Fact<'t>> {
    let list = match fact {
        Some(Fact::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter()
}

/// The texts of a list.
pub(super) fn texts(fact: &Fact<'_>, key: &str) -> Vec<String> {
    listed(fact.get(key))
}

/// The texts of what may be a list.
pub(super) fn listed(fact: Option<&Fact<'_>>) -> Vec<String> {
    let text = |fact: &Fact<'_>| {
        let Fact::Text(text) = fact else { return None };
        Some(text.to_string())
    };
    each(fact, text)
}

/// What is made of the members of what may be a list, in as much room as they need at most.
pub(super) fn each<T>(fact: Option<&Fact<'_>>, make: impl Fn(&Fact<'_>) -> Option<T>) -> Vec<T> {
    let mut all = Vec::with_capacity(members(fact).len());
    all.extend(members(fact).filter_map(make));
    all
}

/// The scalars of a map, as texts.
pub(super) fn pairs(fact: Option<&Fact<'_>>) -> Vec<(String, String)> {
    let Some(Fact::Map(fields)) = fact else { return Vec::new() };
    let mut all = Vec::with_capacity(fields.len());
    all.extend(fields.iter().filter_map(|(key, value)| Some((key.to_string(), scalar(value)?))));
    all
}

/// A scalar that is known, as text.
pub(super) fn scalar(fact: &Fact<'_>) -> Option<String> {
    match fact {
        Fact::Text(text) => Some(text.to_string()),
        Fact::Bool(value) => Some(value.to_string()),
        Fact::Number(number) => Some(number.as_str().to_owned()),
        Fact::Secret(_) | Fact::Unknown(_) | Fact::List(_) | Fact::Map(_) => None,
    }
}
