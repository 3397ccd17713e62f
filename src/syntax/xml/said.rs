//! What the texts of XML say: CDATA marks, comments and references undone.

use std::borrow::Cow;

const DATA: (&str, &str) = ("<![CDATA[", "]]>");
const COMMENT: (&str, &str) = ("<!--", "-->");

/// Longest name of an entity that is looked for.
const REFERENCE_MAX: usize = 64;

/// What a text says.
pub(super) struct Said<'t> {
    pub(super) text: Cow<'t, str>,
    /// Where it refers to something that is not known here.
    pub(super) unknown: Option<usize>,
}

/// The inside of a text that is one piece of CDATA; any other text as it is.
pub(super) fn inside_of_data(text: &str, place: (usize, usize)) -> (usize, usize) {
    let written = text.get(place.0..place.1).unwrap_or_default();
    let inner = written.strip_prefix(DATA.0).and_then(|inner| inner.strip_suffix(DATA.1));
    match inner {
        // What holds marks of its own has to be undone piece by piece.
        Some(inner) if !inner.contains(DATA.1) && !inner.contains(['&', '\r', '<']) => {
            (place.0 + DATA.0.len(), place.1 - DATA.1.len())
        }
        Some(_) | None => place,
    }
}

/// Undoes what a text is written with.
pub(super) fn said(written: &str) -> Said<'_> {
    if !written.contains(['&', '<', '\r']) {
        return Said { text: Cow::Borrowed(written), unknown: None };
    }
    let mut text = String::with_capacity(written.len());
    let mut unknown = None;
    let mut at = 0;
    while let Some(rest) = written.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find(['&', '<', '\r']).unwrap_or(rest.len());
        text.push_str(rest.get(..plain).unwrap_or_default());
        at += plain;
        let rest = rest.get(plain..).unwrap_or_default();
        if let Some((data, length)) = enclosed(rest, DATA) {
            text.push_str(&data.replace("\r\n", "\n"));
            at += length;
        } else if let Some((_, length)) = enclosed(rest, COMMENT) {
            at += length;
        } else if let Some((name, length)) = reference(rest) {
            if let Some(character) = character(name) {
                text.push(character);
            } else {
                unknown = unknown.or(Some(at));
                text.push_str(rest.get(..length).unwrap_or_default());
            }
            at += length;
        } else if let Some(first) = rest.chars().next() {
            // `\r` goes; a single mark stays.
            let is_line_end = first == '\r';
            text.extend((!is_line_end).then_some(first));
            at += first.len_utf8();
        }
    }
    Said { text: Cow::Owned(text), unknown }
}

/// What stands between two marks at the beginning of a text, and how long all of it is.
fn enclosed<'t>(text: &'t str, (open, close): (&str, &str)) -> Option<(&'t str, usize)> {
    let inner = text.strip_prefix(open)?;
    let end = inner.find(close)?;
    Some((inner.get(..end)?, open.len() + end + close.len()))
}

/// The name in a reference at the beginning of a text, and how long the reference is.
fn reference(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('&')?;
    let end = inner.bytes().take(REFERENCE_MAX).position(|byte| byte == b';')?;
    Some((inner.get(..end)?, end + 2))
}

/// The character a reference stands for: one of XML's own five, or a number.
fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| *c != '\0')
        }
    }
}
