//! Tests as they are written in packs, checked against the view of their rule.

use toml::{Spanned, Table, Value};

use super::compile::Compiler;
use super::expr::Shape;
use super::literal;
use super::pack::{RawRule, RawTest};
use super::rule::Kind;
use super::testing::{EXPECTATIONS, Example, Given};
use crate::facts::Fact;
use crate::policy::strict::unknown;

/// A field that an entry of `also` takes away: `{ "$absent" = true }`.
const ABSENT: &str = "$absent";

impl Compiler<'_> {
    pub(super) fn examples(
        &mut self,
        raw: &RawRule,
        kind: Option<Kind>,
        shape: &Shape,
    ) -> Vec<Example> {
        let expects = |names: &[&str]| {
            raw.test.iter().any(|test| names.contains(&test.expect.get_ref().as_str()))
        };
        let complete = expects(&["fail"]) && expects(&["pass", "na"]);
        if !complete && !self.damaged {
            let message = "needs a test that expects `fail` and one that expects `pass` or `na`";
            self.error(raw.id.span().start, message);
        }
        let mut examples = Vec::new();
        for test in &raw.test {
            let unset = test.params.keys().find(|name| !raw.params.contains_key(*name));
            if let Some(name) = unset {
                let names: Vec<&str> = raw.params.keys().map(String::as_str).collect();
                self.error(test.name.span().start, unknown("parameter", name, &names));
            }
            examples.extend(self.example(test, kind, shape));
            for (index, over) in test.also.iter().enumerate() {
                let Some(kind) = kind else { continue };
                let Some(mut varied) = varied(test, over.get_ref(), kind) else {
                    let wanted = if kind.compares() { "`blue` and `green`" } else { "`it`" };
                    let message = format!("`also` puts fields over those of {wanted}");
                    self.error(over.span().start, message);
                    continue;
                };
                let name = format!("{}, also {}", test.name.get_ref(), index.saturating_add(1));
                varied.name = Spanned::new(over.span(), name);
                examples.extend(self.example(&varied, Some(kind), shape));
            }
        }
        examples
    }

    fn example(&mut self, raw: &RawTest, kind: Option<Kind>, shape: &Shape) -> Option<Example> {
        let expect = self.choose("outcome", &raw.expect, &EXPECTATIONS, |name| name);
        let mut item = |value: &Spanned<toml::Value>| {
            let fact = literal::fact(value.get_ref());
            self.known_fields(&fact, "", shape, value.span().start);
            fact
        };
        let items = raw.items.iter().flatten().chain(&raw.it).map(&mut item).collect();
        let (blue, green) = (raw.blue.as_ref().map(&mut item), raw.green.as_ref().map(&mut item));
        let given_items = raw.it.is_some() || raw.items.is_some();
        let given_sides = raw.blue.is_some() || raw.green.is_some();
        let kind = kind?;
        let (given, right) = if kind.compares() {
            (Given::Sides { blue, green }, given_sides && !given_items)
        } else {
            (Given::Items(items), given_items && !given_sides)
        };
        if !right && !self.damaged {
            let wanted = if kind.compares() { "`blue` and `green`" } else { "`it` or `items`" };
            let message = format!("a test of a {} rule gives {wanted}", kind.name());
            self.error(raw.name.span().start, message);
        }
        Some(Example {
            name: raw.name.get_ref().clone(),
            given,
            docs: Fact::List(raw.docs.iter().map(literal::fact).collect()),
            run: literal::fact(&toml::Value::Table(raw.run.clone())),
            params: raw
                .params
                .iter()
                .map(|(key, value)| (key.clone(), literal::fact(value)))
                .collect(),
            expect: expect?,
            contains: raw.message_contains.clone(),
            lacks: raw.message_lacks.clone(),
        })
    }

    /// Refuses a test on an item that its view never gives.
    fn known_fields(&mut self, fact: &Fact<'_>, path: &str, shape: &Shape, at: usize) {
        let Fact::Map(fields) = fact else { return };
        for (name, value) in fields {
            let full = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            if shape.allows(&full) {
                self.known_fields(value, &full, shape, at);
            } else {
                self.error(at, unknown("field", name, &shape.beside(&full)));
            }
        }
    }
}

/// A test with some fields put over those of its item, or of its sides; none if there is no such.
fn varied(test: &RawTest, over: &Table, kind: Kind) -> Option<RawTest> {
    let mut varied = test.clone();
    varied.also.clear();
    if !kind.compares() {
        put(varied.it.as_mut()?, over);
        return Some(varied);
    }
    for (side, fields) in over {
        let place = match side.as_str() {
            "blue" => &mut varied.blue,
            "green" => &mut varied.green,
            _ => return None,
        };
        let nothing = || Spanned::new(0..0, Value::Table(Table::new()));
        put(place.get_or_insert_with(nothing), fields.as_table()?);
    }
    Some(varied)
}

fn put(item: &mut Spanned<Value>, over: &Table) {
    let Value::Table(fields) = item.get_mut() else { return };
    for (name, value) in over {
        if value.get(ABSENT).is_some() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}
