//! A fact in as few bytes as it has letters, for what is kept of thousands of documents.
//!
//! One run of bytes holds all of it, so that keeping it costs one allocation, and a field of it is
//! found without building the rest. What its view calls its fields is said by numbers. Nothing of it
//! leaves the process.

use std::borrow::Cow;

use super::VIEWS;
use super::fact::Fact;
use crate::model::{Number, Secret};

const NO: u8 = 0;
const YES: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const SECRET: u8 = 4;
const UNKNOWN: u8 = 5;
const LIST: u8 = 6;
const MAP: u8 = 7;

/// Instead of the number of a field: its name follows.
const NAMED: u8 = u8::MAX;
/// Instead of a short length: the length follows.
const LONG: u8 = u8::MAX;
/// More than most facts need.
const USUAL: usize = 512;
/// The bytes of a length.
const LENGTH: usize = 4;

/// The fields of a view with their meaning.
type Fields = &'static [(&'static str, &'static str)];

/// The fact of an item of a view, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

impl Packed {
    /// Packs the fact of an item of a view, which is told by its place among all: a map.
    pub fn of(view: u16, fact: &Fact<'_>) -> Self {
        let mut bytes = Vec::with_capacity(USUAL);
        bytes.extend(view.to_le_bytes());
        if let Fact::Map(entries) = fact {
            let known = fields_of(view);
            for (name, value) in entries {
                put_name(name, known, &mut bytes);
                pack(value, &mut bytes);
            }
        }
        // A copy: shrunk where it lies, it may keep the room of `USUAL`.
        Self(Box::from(bytes.as_slice()))
    }

    /// The fact.
    pub fn unpack(&self) -> Fact<'_> {
        let mut entries = Vec::new();
        if let Some((known, mut reader)) = self.reader() {
            entries.reserve_exact(known.len());
            while let Some(entry) = reader.name(known).zip(reader.fact()) {
                entries.push((Cow::Borrowed(entry.0), entry.1));
            }
        }
        Fact::Map(entries)
    }

    /// A field of it.
    pub fn get(&self, key: &str) -> Option<Fact<'_>> {
        let (known, mut reader) = self.reader()?;
        while reader.name(known)? != key {
            reader.skip()?;
        }
        reader.fact()
    }

    fn reader(&self) -> Option<(Fields, Reader<'_>)> {
        let (view, rest) = self.0.split_first_chunk()?;
        Some((fields_of(u16::from_le_bytes(*view)), Reader(rest)))
    }

    /// The text of a field of a map; nothing where it is something else.
    pub fn text(&self, key: &str) -> Option<&str> {
        let Fact::Text(Cow::Borrowed(text)) = self.get(key)? else { return None };
        Some(text)
    }
}

fn fields_of(view: u16) -> Fields {
    VIEWS.get(usize::from(view)).map_or(&[], |view| view.fields)
}

/// The name of a field, by its place among those that its view knows.
fn put_name(name: &str, known: Fields, bytes: &mut Vec<u8>) {
    let place = known.iter().position(|(field, _)| *field == name);
    match place.and_then(|place| u8::try_from(place).ok()) {
        Some(place) if place < NAMED => bytes.push(place),
        _ => {
            bytes.push(NAMED);
            put(name, bytes);
        }
    }
}

fn pack(fact: &Fact<'_>, bytes: &mut Vec<u8>) {
    match fact {
        Fact::Bool(value) => bytes.push(if *value { YES } else { NO }),
        Fact::Number(number) => pack_text(NUMBER, number.as_str(), bytes),
        Fact::Text(text) => pack_text(TEXT, text, bytes),
        Fact::Secret(secret) => {
            pack_text(SECRET, &secret.class, bytes);
            put(&secret.fingerprint, bytes);
        }
        Fact::Unknown(reason) => pack_text(UNKNOWN, reason, bytes),
        Fact::List(items) => put_run(LIST, bytes, |bytes| {
            for item in items {
                pack(item, bytes);
            }
        }),
        Fact::Map(fields) => put_run(MAP, bytes, |bytes| {
            for (key, value) in fields {
                put(key, bytes);
                pack(value, bytes);
            }
        }),
    }
}

fn pack_text(tag: u8, text: &str, bytes: &mut Vec<u8>) {
    bytes.push(tag);
    put(text, bytes);
}

/// A text behind its length.
fn put(text: &str, bytes: &mut Vec<u8>) {
    match u8::try_from(text.len()) {
        Ok(length) if length < LONG => bytes.push(length),
        _ => {
            bytes.push(LONG);
            bytes.extend(length(text.len()));
        }
    }
    bytes.extend_from_slice(text.as_bytes());
}

/// What stands one after the other, behind the length of all of it.
fn put_run(tag: u8, bytes: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    bytes.extend([tag, LONG]);
    let start = bytes.len();
    put(bytes);
    let own = bytes.len().saturating_sub(start);
    match u8::try_from(own) {
        Ok(short) if short < LONG => {
            if let Some(place) = bytes.get_mut(start.saturating_sub(1)) {
                *place = short;
            }
        }
        // Few are that long.
        _ => drop(bytes.splice(start..start, length(own))),
    }
}

/// Documents are smaller than four gibibytes (`Limits`), and so is a fact of one.
fn length(length: usize) -> [u8; LENGTH] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// What is left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        let (bytes, rest) = self.0.split_first_chunk::<LENGTH>()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = match self.byte()? {
            LONG => self.length()?,
            short => usize::from(short),
        };
        self.take(length)
    }

    fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The name of a field.
    fn name(&mut self, known: Fields) -> Option<&'b str> {
        match self.byte()? {
            NAMED => self.text(),
            place => known.get(usize::from(place)).map(|(name, _)| *name),
        }
    }

    fn run(&mut self) -> Option<Self> {
        self.bytes().map(Self)
    }

    fn fact(&mut self) -> Option<Fact<'b>> {
        Some(match self.byte()? {
            NO => Fact::Bool(false),
            YES => Fact::Bool(true),
            NUMBER => Fact::Number(Number::parse(self.text()?)?),
            TEXT => Fact::Text(Cow::Borrowed(self.text()?)),
            SECRET => {
                let (class, fingerprint) = (self.text()?.to_owned(), self.text()?.to_owned());
                Fact::Secret(Box::new(Secret { class, fingerprint }))
            }
            UNKNOWN => Fact::Unknown(self.text()?.to_owned()),
            LIST => {
                let mut run = self.run()?;
                let mut items = Vec::new();
                while !run.0.is_empty() {
                    items.push(run.fact()?);
                }
                Fact::List(items)
            }
            MAP => {
                let mut run = self.run()?;
                let mut fields = Vec::new();
                while !run.0.is_empty() {
                    fields.push((Cow::Borrowed(run.text()?), run.fact()?));
                }
                Fact::Map(fields)
            }
            _ => return None,
        })
    }

    /// Passes over a fact.
    fn skip(&mut self) -> Option<()> {
        match self.byte()? {
            NO | YES => Some(()),
            SECRET => self.bytes().and_then(|_| self.bytes()).map(drop),
            _ => self.bytes().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Packed;
    use crate::facts::Fact;
    use crate::model::Secret;

    #[test]
    fn what_was_packed_is_there_again() {
        let named = super::VIEWS.iter().position(|view| view.id == "otel.setting").unwrap();
        let secret = Secret { class: "password".to_owned(), fingerprint: "00ff".to_owned() };
        let fact = Fact::map([
            ("signals", Some(Fact::List(vec![Fact::text("traces")]))),
            ("yes", Some(Fact::Bool(true))),
            ("section", Some(Fact::text("receivers"))),
            ("no", Some(Fact::Bool(false))),
            ("number", Fact::number("-1.50")),
            ("secret", Some(Fact::Secret(Box::new(secret)))),
            ("unknown", Some(Fact::Unknown("elsewhere".to_owned()))),
            ("empty", Some(Fact::List(Vec::new()))),
            ("list", Some(Fact::List(vec![Fact::text("ä"), Fact::Map(Vec::new())]))),
            ("one", Some(Fact::List(vec![Fact::text("x".repeat(252))]))),
            ("two", Some(Fact::List(vec![Fact::text("x".repeat(253))]))),
            ("many", Some(Fact::List(vec![Fact::List(vec![Fact::text("x"); 300]); 2]))),
            ("long", Some(Fact::text("x".repeat(255)))),
            ("longer", Some(Fact::text("x".repeat(100_000)))),
            ("last", Some(Fact::text(""))),
        ]);
        let packed = Packed::of(u16::try_from(named).unwrap(), &fact);
        assert_eq!(packed.unpack(), fact);
        let Fact::Map(fields) = &fact else { panic!("{fact:?}") };
        for (key, value) in fields {
            assert_eq!(packed.get(key).as_ref(), Some(value), "{key}");
        }
        assert_eq!(packed.get("absent"), None);
        assert_eq!(packed.text("last"), Some(""));
        assert_eq!(packed.text("number"), None);
        let of_none = Packed::of(u16::MAX, &fact);
        assert_eq!(of_none.unpack(), fact);
        assert_eq!(of_none.text("section"), Some("receivers"));
        assert!(packed.0.len() + "section".len() < of_none.0.len());
    }
}
