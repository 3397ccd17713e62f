//! Which labels a selector of Kubernetes picks, as far as the labels are known.

use super::few::Few;
use super::read::{members, text, texts};
use crate::facts::Fact;

/// Labels of pods or of a namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labels<'l> {
    /// Those that are known.
    pub(super) known: &'l Few<String>,
    /// Whether there are no others.
    pub(super) is_all: bool,
}

/// Whether a selector picks these labels; nothing where that depends on labels that are not known.
/// An empty selector picks all.
pub(super) fn picks(selector: &Fact<'_>, labels: Labels<'_>) -> Option<bool> {
    let equal = match selector.get("matchLabels") {
        Some(Fact::Map(pairs)) => pairs.as_slice(),
        _ => &[],
    };
    let equal = equal.iter().map(|(key, wanted)| match (labels.known.get(key), wanted) {
        (Some(value), Fact::Text(wanted)) => Some(value == wanted),
        (Some(value), wanted) => Some(Fact::text(value.as_str()) == *wanted),
        (None, _) => labels.is_all.then_some(false),
    });
    let expressions = members(selector.get("matchExpressions")).map(|one| expression(one, labels));
    all(equal.chain(expressions))
}

fn expression(one: &Fact<'_>, labels: Labels<'_>) -> Option<bool> {
    let key = text(one, "key")?;
    let values = texts(one, "values");
    let value = labels.known.get(&key);
    if value.is_none() && !labels.is_all {
        return None;
    }
    match text(one, "operator")?.as_str() {
        "In" => Some(value.is_some_and(|value| values.contains(value))),
        "NotIn" => Some(value.is_none_or(|value| !values.contains(value))),
        "Exists" => Some(value.is_some()),
        "DoesNotExist" => Some(value.is_none()),
        _ => None,
    }
}

/// Whether everything holds; nothing where that cannot be told.
pub(super) fn all(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for one in each {
        match one {
            Some(false) => return Some(false),
            Some(true) => (),
            None => known = None,
        }
    }
    known
}

/// Whether anything holds; nothing where that cannot be told.
pub(super) fn any(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(each.map(|one| one.map(|holds| !holds))).map(|none| !none)
}

#[cfg(test)]
mod tests {
    use super::{Few, Labels, picks};
    use crate::facts::Fact;

    fn expression(operator: &'static str) -> Fact<'static> {
        let values = Fact::List(vec![Fact::text("blue")]);
        let one = Fact::map([
            ("key", Some(Fact::text("colour"))),
            ("operator", Some(Fact::text(operator))),
            ("values", Some(values)),
        ]);
        Fact::map([("matchExpressions", Some(Fact::List(vec![one])))])
    }

    #[test]
    fn every_operator_is_told_from_the_others() {
        let blue: Few<String> = [("colour".to_owned(), "blue".to_owned())].into_iter().collect();
        let none = Few::default();
        let expected = [
            ("In", Some(true), Some(false)),
            ("NotIn", Some(false), Some(true)),
            ("Exists", Some(true), Some(false)),
            ("DoesNotExist", Some(false), Some(true)),
            ("Like", None, None),
        ];
        for (operator, with, without) in expected {
            let selector = expression(operator);
            let known = Labels { known: &blue, is_all: true };
            assert_eq!(picks(&selector, known), with, "{operator}");
            let known = Labels { known: &none, is_all: true };
            assert_eq!(picks(&selector, known), without, "{operator}");
            let known = Labels { known: &none, is_all: false };
            assert_eq!(picks(&selector, known), None, "{operator}");
        }
        let all = Fact::Map(Vec::new());
        assert_eq!(picks(&all, Labels { known: &none, is_all: false }), Some(true));
    }
}
