//! Facts as they are written in packs: parameters and the items of tests.

use toml::Value;

use crate::facts::Fact;
use crate::model::{Number, Secret};

/// The key of a table that stands for something unknown: `{ "$unknown" = "why" }`.
const UNKNOWN: &str = "$unknown";

/// Turns a TOML value into a fact.
///
/// The token of a masked secret becomes the secret, a table whose only key is `$unknown` something
/// unknown, a date and time its text. TOML bounds the depth.
pub(super) fn fact(value: &Value) -> Fact<'static> {
    match value {
        Value::String(text) => {
            let secret = Secret::parse(text).map(|secret| Fact::Secret(Box::new(secret)));
            secret.unwrap_or_else(|| Fact::text(text.clone()))
        }
        Value::Integer(int) => number(&int.to_string()),
        Value::Float(double) => number(&double.to_string()),
        Value::Boolean(value) => Fact::Bool(*value),
        Value::Datetime(time) => Fact::text(time.to_string()),
        Value::Array(items) => Fact::List(items.iter().map(fact).collect()),
        Value::Table(table) => match table.get(UNKNOWN) {
            Some(Value::String(reason)) if table.len() == 1 => Fact::Unknown(reason.clone()),
            Some(_) | None => Fact::Map(
                table.iter().map(|(key, value)| (key.clone().into(), fact(value))).collect(),
            ),
        },
    }
}

/// A number; `inf` and `nan`, which configurations do not have, are texts.
fn number(text: &str) -> Fact<'static> {
    Number::parse(text).map_or_else(|| Fact::text(text.to_owned()), Fact::Number)
}

#[cfg(test)]
mod tests {
    use super::fact;
    use crate::facts::Fact;
    use crate::model::Number;

    #[test]
    fn a_pack_can_write_every_kind_of_fact() {
        let text = r#"
            a = 1.50
            b = { "$unknown" = "not collected" }
            c = "driftseal.secret.password.0123456789abcdef"
            d = 2026-01-02T03:04:05Z
            e = { "$unknown" = "x", y = 1 }
        "#;
        let table = fact(&toml::Value::Table(toml::from_str(text).unwrap()));
        assert_eq!(table.get("a"), Some(&Fact::Number(Number::parse("1.5").unwrap())));
        assert_eq!(table.get("b"), Some(&Fact::Unknown("not collected".to_owned())));
        assert!(matches!(table.get("c"), Some(Fact::Secret(secret)) if secret.class == "password"));
        assert_eq!(table.get("d"), Some(&Fact::text("2026-01-02T03:04:05Z")));
        assert!(matches!(table.get("e"), Some(Fact::Map(fields)) if fields.len() == 2));
    }
}
