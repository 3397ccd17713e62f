//! JSON that means the same to every reader.
//!
//! Readers disagree about a key that occurs twice, a number past 2^53, a lone surrogate, bytes
//! after the end. What is signed must not depend on the reader, so a document is walked once,
//! strictly, before any field of it is used.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde::ser::Serialize;

use crate::wire::object::object;

/// The largest integer, of either sign, that every reader keeps exactly: 2^53-1.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The longest message of a [`JsonError`], because a message may quote the document.
const MESSAGE_CHARS_MAX: usize = 200;

/// Writes `value` as the canonical bytes of a document of ours.
///
/// Compact JSON, fields in the order in which the type declares them, maps in the order of their
/// keys, no newline at the end. Equal values give equal bytes, because no type of ours holds a
/// float or anything in an order of chance.
///
/// # Errors
///
/// A float, an integer past 2^53-1, a key written twice, or more than 127 nested levels.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, JsonError> {
    let bytes = serde_json::to_vec(value).map_err(|error| JsonError::new(&error))?;
    check(&bytes, Numbers::SafeIntegers)?;
    Ok(bytes)
}

/// Says which numbers a document may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Any: the document is of others, and no number of it is used.
    Any,
    /// Integers up to [`INTEGER_MAX`], of either sign: the document is signed.
    SafeIntegers,
}

/// Reads a document strictly: [`check`], then its type.
///
/// # Errors
///
/// Those of [`check`], and those of the type.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], numbers: Numbers) -> Result<T, JsonError> {
    check(bytes, numbers)?;
    part(bytes)
}

/// Reads a part of a document that [`check`] has already walked.
///
/// # Errors
///
/// Those of the type; an array never stands for an object.
pub(super) fn part<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = object(&mut deserializer).map_err(|error| JsonError::new(&error))?;
    deserializer.end().map_err(|error| JsonError::new(&error))?;
    Ok(value)
}

/// Walks a document and refuses what readers disagree about.
///
/// # Errors
///
/// A key written twice in one object, a number outside `numbers`, a byte-order mark, text that is
/// not UTF-8, a lone surrogate, more than 127 nested levels, anything after the document.
pub fn check(bytes: &[u8], numbers: Numbers) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Strict(numbers).deserialize(&mut deserializer).map_err(|error| JsonError::new(&error))?;
    deserializer.end().map_err(|error| JsonError::new(&error))
}

/// Says where and why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(String);

impl JsonError {
    fn new(error: &serde_json::Error) -> Self {
        Self(error.to_string().chars().take(MESSAGE_CHARS_MAX).collect())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

#[derive(Clone, Copy)]
struct Strict(Numbers);

impl Strict {
    fn integer<E: Error>(self, magnitude: u64) -> Result<(), E> {
        match self.0 {
            Numbers::SafeIntegers if magnitude > INTEGER_MAX => {
                Err(E::custom("an integer past 2^53-1, which not every reader keeps exactly"))
            }
            Numbers::SafeIntegers | Numbers::Any => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.integer(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.integer(number.unsigned_abs())
    }

    /// Takes what is no integer, and integers past 64 bits.
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        match self.0 {
            Numbers::Any => Ok(()),
            Numbers::SafeIntegers => {
                Err(E::custom("a number that is not an integer up to 2^53-1; write it as text"))
            }
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(self)?;
            if let Some(twice) = seen.replace(key) {
                let cut: String = twice.chars().take(64).collect();
                return Err(A::Error::custom(format_args!("the key {cut:?} is written twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        for (text, why) in [
            (r#"{"a":1,"a":1}"#, "twice"),
            (r#"{"a":1,"\u0061":2}"#, "twice"),
            (r#"[{"b":{"x":0,"y":0,"x":0}}]"#, "twice"),
            ("1.0", "not an integer"),
            ("1e3", "not an integer"),
            ("-0", "not an integer"),
            ("18446744073709551616", "not an integer"),
            ("9007199254740992", "past 2^53-1"),
            ("-9007199254740992", "past 2^53-1"),
            (r#""\ud800""#, "hex escape"),
            ("{} {}", "trailing"),
            ("{},", "trailing"),
            ("\u{feff}{}", "expected value"),
            ("NaN", "expected"),
            ("01", "invalid number"),
            ("[1,]", "trailing comma"),
            ("", "EOF"),
            (&deep, "recursion limit"),
        ] {
            let error = check(text.as_bytes(), Numbers::SafeIntegers).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(check(b"\"\xff\"", Numbers::SafeIntegers).is_err());
    }

    #[test]
    fn what_every_reader_agrees_about_is_accepted() {
        let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
        for text in ["9007199254740991", "-9007199254740991", "{}", " [0, null, true] ", &deep] {
            assert_eq!(check(text.as_bytes(), Numbers::SafeIntegers), Ok(()), "{text}");
        }
        assert_eq!(check(b"[0.5,18446744073709551616]", Numbers::Any), Ok(()));
    }

    #[test]
    fn canonical_bytes_are_compact_ordered_and_without_floats() {
        let map = BTreeMap::from([("b", 2), ("a", 1)]);
        assert_eq!(canonical(&map).unwrap(), br#"{"a":1,"b":2}"#);
        assert!(canonical(&0.5_f64).is_err());
        assert!(canonical(&u64::MAX).is_err());
    }

    #[test]
    fn a_message_does_not_quote_a_whole_document() {
        let text = format!("{{\"{0}\":1,\"{0}\":1}}", "k".repeat(10_000));
        let error = check(text.as_bytes(), Numbers::Any).unwrap_err().to_string();
        assert!(error.len() < 300, "{}", error.len());
    }
}
