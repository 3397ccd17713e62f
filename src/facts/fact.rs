//! The values views are made of, as rules see them.

use std::borrow::Cow;

use crate::model::{Kind, Node, Number, Scalar, Secret, Typing};

/// A value a rule can read.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<'t> {
    /// Yes or no.
    Bool(bool),
    /// A number, canonical.
    Number(Number),
    /// Text.
    Text(Cow<'t, str>),
    /// A masked secret: a rule can ask that it is one, not what it is.
    Secret(Box<Secret>),
    /// Known to exist but not what it is; the reason. Reading it makes a rule undecided.
    Unknown(String),
    /// Several values.
    List(Vec<Self>),
    /// Named values, in order; absent and null fields are left out.
    Map(Vec<(Cow<'t, str>, Self)>),
}

impl<'t> Fact<'t> {
    /// Text.
    pub fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A number, when the text is one.
    pub fn number(text: &str) -> Option<Self> {
        Number::parse(text).map(Self::Number)
    }

    /// A map of fields; those that are `None` are left out.
    pub fn map(fields: impl IntoIterator<Item = (&'static str, Option<Self>)>) -> Self {
        let fields = fields.into_iter();
        let mut present = Vec::with_capacity(fields.size_hint().0);
        present.extend(fields.filter_map(|(key, value)| Some((key.into(), value?))));
        Self::Map(present)
    }

    /// A whole subtree, typed by its reader. Nulls are left out, as readers treat them alike.
    pub fn from_node(node: Node<'t>, typing: Typing) -> Option<Self> {
        Some(match node.kind() {
            Kind::List => {
                Self::List(node.items().filter_map(|item| Self::from_node(item, typing)).collect())
            }
            Kind::Map => Self::Map(
                node.entries()
                    .filter_map(|entry| {
                        let value = Self::from_node(entry.value, typing)?;
                        Some((Cow::Borrowed(entry.key.text()), value))
                    })
                    .collect(),
            ),
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                match typing.read(node) {
                    Scalar::Null => return None,
                    Scalar::Bool(value) => Self::Bool(value),
                    Scalar::Number(number) => Self::Number(number),
                    Scalar::Text(text) => Self::Text(Cow::Borrowed(text)),
                    Scalar::Secret(secret) => Self::Secret(Box::new(secret)),
                }
            }
        })
    }

    /// A field of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(fields) => {
                fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Secret(_)
            | Self::Unknown(_)
            | Self::List(_) => None,
        }
    }

    /// The same value, owning its text.
    pub fn into_owned(self) -> Fact<'static> {
        match self {
            Self::Bool(value) => Fact::Bool(value),
            Self::Number(number) => Fact::Number(number),
            Self::Text(text) => Fact::Text(Cow::Owned(text.into_owned())),
            Self::Secret(secret) => Fact::Secret(secret),
            Self::Unknown(reason) => Fact::Unknown(reason),
            Self::List(items) => Fact::List(items.into_iter().map(Self::into_owned).collect()),
            Self::Map(fields) => Fact::Map(
                fields
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }
}
