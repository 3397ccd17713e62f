//! Documents as Rego sees them, and what Rego says as people read it.

use regorus::Value;

use crate::model::{Kind, Node, Scalar, Secret, Typing, secrets_in};

/// The most characters of what a rule says.
const MESSAGE_CHARS_MAX: usize = 2_000;

/// What a document is turned to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turning<'a> {
    /// How its reader types scalars.
    pub(super) typing: Typing,
    /// What stands for secrets.
    pub(super) mask: Mask<'a>,
}

/// What stands for a secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mask<'a> {
    /// Its class.
    Class,
    /// This text.
    Text(&'a str),
    /// Nothing, and nothing for the whole of a text that holds one: no function of texts takes that.
    Nothing,
}

impl Turning<'_> {
    /// A whole subtree.
    pub(super) fn value(self, node: Node<'_>) -> Value {
        match node.kind() {
            Kind::List => {
                Value::from(node.items().map(|item| self.value(item)).collect::<Vec<_>>())
            }
            Kind::Map => {
                let mut map = Value::new_object();
                if let Ok(map) = map.as_object_mut() {
                    for entry in node.entries() {
                        map.insert(Value::from(entry.key.text()), self.value(entry.value));
                    }
                }
                map
            }
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                match self.typing.read(node) {
                    Scalar::Null => Value::Null,
                    Scalar::Bool(value) => Value::from(value),
                    Scalar::Number(number) => Value::from_numeric_string(number.as_str())
                        .unwrap_or_else(|_| Value::from(number.as_str())),
                    Scalar::Text(text) => self.text(text),
                    Scalar::Secret(secret) => self.secret(&secret).map_or(Value::Null, Value::from),
                }
            }
        }
    }

    fn secret(self, secret: &Secret) -> Option<String> {
        match self.mask {
            Mask::Class => Some(format!("<secret {}>", secret.class)),
            Mask::Text(text) => Some(text.to_owned()),
            Mask::Nothing => None,
        }
    }

    /// A text with every mask in it replaced: fingerprints are made by a key of the run.
    fn text(self, text: &str) -> Value {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for range in secrets_in(text) {
            let mask = text.get(range.clone()).and_then(Secret::parse);
            let Some(secret) = mask.filter(|_| range.start >= done) else { continue };
            out.push_str(text.get(done..range.start).unwrap_or_default());
            let Some(told) = self.secret(&secret) else { return Value::Null };
            out.push_str(&told);
            done = range.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Value::from(out)
    }
}

/// Whether there is a secret anywhere in a document.
pub(super) fn has_secrets(node: Node<'_>) -> bool {
    node.scalars().any(|scalar| !secrets_in(scalar.text()).is_empty())
}

/// What the value of a rule says is wrong.
///
/// # Errors
/// It says something in a shape that nobody agreed on.
pub(super) fn messages(value: &Value) -> Result<Vec<String>, String> {
    let mut said = match value {
        Value::Undefined | Value::Null | Value::Bool(false) => Vec::new(),
        Value::Bool(true) => vec!["it holds".to_owned()],
        Value::Set(set) => set.iter_sorted().map(message).collect::<Result<_, _>>()?,
        Value::Array(list) => list.iter().map(message).collect::<Result<_, _>>()?,
        Value::Object(map) => {
            let mut said = Vec::new();
            for (key, value) in map.iter_sorted() {
                match value {
                    Value::Bool(true) => said.push(message(key)?),
                    Value::Bool(false) | Value::Undefined => (),
                    Value::Null
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Set(_)
                    | Value::Object(_) => return Err(OTHER_SHAPE.to_owned()),
                }
            }
            said
        }
        Value::String(_) => vec![message(value)?],
        Value::Number(_) => return Err(OTHER_SHAPE.to_owned()),
    };
    said.sort();
    said.dedup();
    Ok(said)
}

const OTHER_SHAPE: &str =
    "it is neither texts, nor maps with `msg`, nor true: make it `deny contains msg if …`";

/// One thing that is wrong: a text, the `msg` of a map, or whatever else as JSON.
fn message(value: &Value) -> Result<String, String> {
    let named = if let Value::Object(map) = value { map.get(&Value::from("msg")) } else { None };
    let told = named.unwrap_or(value);
    let text = if let Value::String(text) = told {
        text.to_string()
    } else {
        serde_json::to_string(told).map_err(|_| OTHER_SHAPE.to_owned())?
    };
    let text = if text.trim().is_empty() { "it says nothing more" } else { text.trim() };
    if text.chars().count() <= MESSAGE_CHARS_MAX {
        return Ok(text.to_owned());
    }
    Ok(text.chars().take(MESSAGE_CHARS_MAX).chain(['…']).collect())
}
