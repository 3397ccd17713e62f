//! Reports that nobody made by an audit: numbers at their ends, texts and lists without anything in them, values
//! and lists of a size that nobody reads.

use driftseal::report::RENDERERS;
use driftseal::wire::report::{Report, read};
use serde_json::Value;

use super::{planted, written};

fn document() -> Value {
    serde_json::to_value(planted::report("a")).unwrap()
}

fn reads(document: &Value) -> Option<Report> {
    read(document.to_string().as_bytes()).ok()
}

/// The place of everything in a document that is no list and no object.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (nth, value) in items.iter().enumerate() {
                leaves(value, &format!("{at}/{nth}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(at.to_owned());
        }
    }
}

/// Everything of a kind replaced by the first of `by` that a reader takes there; how often.
fn replaced(is_meant: fn(&Value) -> bool, by: &[Value]) -> (Report, usize) {
    let mut document = document();
    let (mut places, mut count) = (Vec::new(), 0);
    leaves(&document, "", &mut places);
    // Those of one shape are taken alike: one answers for all.
    let mut known = std::collections::BTreeMap::new();
    for place in places {
        let old = document.pointer(&place).unwrap().clone();
        if !is_meant(&old) {
            continue;
        }
        let shape: String = place.chars().filter(|c| !c.is_ascii_digit()).collect();
        let chosen = known.entry(shape).or_insert_with(|| {
            let taken = |one: &&Value| {
                let mut tried = document.clone();
                *tried.pointer_mut(&place).unwrap() = (*one).clone();
                reads(&tried).is_some()
            };
            by.iter().find(taken).cloned()
        });
        if let Some(chosen) = chosen {
            *document.pointer_mut(&place).unwrap() = chosen.clone();
            count += 1;
        }
    }
    (reads(&document).unwrap(), count)
}

/// Writes it in every format; that none panics is the test.
fn survives(report: &Report) {
    for renderer in RENDERERS {
        assert!(!written(renderer.name(), report).is_empty(), "{}", renderer.name());
    }
}

#[test]
fn numbers_at_their_ends_harm_nothing() {
    let ends = [u64::MAX, u64::from(u32::MAX), 255].map(Value::from);
    for by in [&ends[..], &[Value::from(0)]] {
        let (report, count) = replaced(Value::is_number, by);
        assert!(count > 100, "{count}");
        survives(&report);
    }
}

#[test]
fn texts_without_anything_in_them_harm_nothing() {
    for text in ["", " ", "\n", "\0", "\u{202e}", "#", "/", "::", "{colour}"] {
        let (report, count) = replaced(Value::is_string, &[Value::from(text)]);
        assert!(count > 100, "{count}");
        survives(&report);
    }
}

#[test]
fn a_report_of_nothing_is_written_in_every_format() {
    let mut document = document();
    for value in document.as_object_mut().unwrap().values_mut() {
        if let Value::Array(items) = value {
            items.clear();
        }
    }
    survives(&reads(&document).unwrap());
    document["trace"] = serde_json::json!({});
    for side in ["blue", "green"] {
        document["inputs"][side]["collectors"] = serde_json::json!([]);
    }
    survives(&reads(&document).unwrap());
}

#[test]
fn what_nobody_reads_to_its_end_is_written_to_its_end() {
    let mut report = planted::report("a");
    // Two texts that share nothing in order, of more words than it pays to compare.
    let words = |seed: u64| {
        let words = (1..20_000_u64).map(|nth| format!("{:x} ", nth.wrapping_mul(seed) % 65_521));
        words.collect::<Vec<_>>().concat()
    };
    let controls: Vec<_> = (0..3_000)
        .map(|nth| {
            let mut control = report.controls[0].clone();
            control.control = format!("nist:X-{nth}");
            control
        })
        .collect();
    let finding = &mut report.findings[0];
    finding.values.blue = Some(words(7_919));
    finding.values.green = Some(words(104_729));
    finding.controls = (0..3_000).map(|nth| format!("nist:X-{nth}")).collect();
    if let Some(excerpt) = &mut finding.excerpts.blue {
        excerpt.lines = vec![words(31); 2];
    }
    report.controls = controls;
    survives(&report);
}
