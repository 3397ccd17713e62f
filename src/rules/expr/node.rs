//! A checked expression: what evaluation walks.

use regex::Regex;

use super::functions::Function;

/// One operation. Boxes hold its operands, in the order they are written.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    EmptyMap,
    /// A variable.
    Slot(usize),
    /// `a.field` and `a.?field`.
    Field {
        of: Box<Self>,
        name: String,
        access: Access,
    },
    /// `has(a.field)`.
    Has {
        of: Box<Self>,
        name: String,
    },
    /// `a[i]` and `a[?i]`.
    Item {
        of: Box<[Self; 2]>,
        access: Access,
    },
    /// `a.orValue(b)` and `a.or(b)`.
    Otherwise(Box<[Self; 2]>),
    /// `a.hasValue()`.
    HasValue(Box<Self>),
    Not(Box<Self>),
    Negate(Box<Self>),
    And(Box<[Self; 2]>),
    Or(Box<[Self; 2]>),
    Choose(Box<[Self; 3]>),
    Equal(Box<[Self; 2]>),
    Compare(Comparison, Box<[Self; 2]>),
    Arithmetic(Arithmetic, Box<[Self; 2]>),
    /// `a in b`.
    In(Box<[Self; 2]>),
    List(Vec<Self>),
    /// `range.each(variable, body)`; the variable lives in a slot.
    Loop {
        each: Each,
        range: Box<Self>,
        variable: String,
        slot: usize,
        body: Box<Self>,
    },
    /// `rx(text, pattern)`.
    Matches {
        text: Box<Self>,
        pattern: Regex,
    },
    Call {
        function: &'static Function,
        arguments: Vec<Self>,
    },
}

/// What a missing field or item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// An error.
    Required,
    /// The absent optional.
    Optional,
}

/// An order between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An operation on two numbers; `Add` also joins texts and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A loop over a list, or over the keys of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Each {
    /// Every loop.
    const ALL: [Self; 5] = [Self::All, Self::Exists, Self::ExistsOne, Self::Filter, Self::Map];

    /// The name it is called by.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Filter => "filter",
            Self::Map => "map",
        }
    }

    /// Finds a loop by the name it is called by.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }
}
