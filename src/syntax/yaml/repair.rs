//! Quoted scalars that continue at a lower indentation than their parent's.
//!
//! YAML 1.2 forbids it; libyaml, and with it go-yaml, kubectl and Helm, reads it, and generators
//! of custom resource definitions write it. The event parser refuses it. Here the line breaks of
//! such a scalar become spaces, so that no offset moves; the text of the scalar is then taken
//! from the original, folded by our own hand.

use super::quoted;

/// How many scalars of one document are repaired, each at the cost of a parse.
const SCALARS_MAX: usize = 256;
/// How many bytes are parsed again for one document.
const BYTES_MAX: usize = 64 << 20;

/// A document's text with the scalars that were repaired so far.
pub(super) struct Repair<'s> {
    original: &'s str,
    text: Option<String>,
    /// Offsets of the opening quotes, in the order of repair, which is that of the text.
    scalars: Vec<usize>,
}

impl<'s> Repair<'s> {
    pub(super) const fn of(original: &'s str) -> Self {
        Self { original, text: None, scalars: Vec::new() }
    }

    /// The text to parse.
    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(self.original)
    }

    /// Whether a quoted scalar that opens at `at` was repaired.
    pub(super) fn is_repaired(&self, at: usize) -> bool {
        self.scalars.binary_search(&at).is_ok()
    }

    /// The text of a repaired scalar.
    pub(super) fn value(&self, span: (usize, usize)) -> Option<String> {
        let raw = self.original.get(span.0..span.1)?;
        match raw.strip_prefix('"') {
            Some(inner) => quoted::double(inner.strip_suffix('"')?),
            None => Some(quoted::single(raw.strip_prefix('\'')?.strip_suffix('\'')?)),
        }
    }

    /// Repairs the scalar that the parser refused at `at`, when the last thing it understood ended
    /// at `after`. False when there is no such scalar, or there were too many.
    pub(super) fn repair(&mut self, after: usize, at: usize) -> bool {
        let parsed = self.scalars.len().saturating_add(1).saturating_mul(self.original.len());
        if self.scalars.len() >= SCALARS_MAX || parsed > BYTES_MAX {
            return false;
        }
        let Some(start) = next_quote(self.original, after).filter(|start| *start < at) else {
            return false;
        };
        let Some(end) = quoted::end(self.original, start).filter(|end| *end > at) else {
            return false;
        };
        if self.scalars.last().is_some_and(|last| *last >= start) {
            return false;
        }
        let text = self.text();
        let (Some(before), Some(scalar), Some(rest)) =
            (text.get(..start), text.get(start..end), text.get(end..))
        else {
            return false;
        };
        self.text = Some([before, &scalar.replace(['\n', '\r'], " "), rest].concat());
        self.scalars.push(start);
        true
    }
}

/// The quote that opens the next scalar: behind indicators, properties and comments only.
fn next_quote(text: &str, after: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = after;
    loop {
        match bytes.get(at)? {
            b'"' | b'\'' => return Some(at),
            b' ' | b'\t' | b'\n' | b'\r' | b':' | b'-' | b'?' => at += 1,
            b'#' => at += memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)?,
            b'&' | b'!' => {
                at += bytes.get(at..)?.iter().position(u8::is_ascii_whitespace)?;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Repair;

    #[test]
    fn a_repair_moves_nothing_and_keeps_the_text() {
        let original = "a:\n  b: &x \"one\n  two\n\n three\"\n";
        let mut repair = Repair::of(original);
        assert!(repair.repair(6, 18));
        assert_eq!(repair.text(), "a:\n  b: &x \"one   two   three\"\n");
        assert_eq!(repair.text().len(), original.len());
        assert!(repair.is_repaired(11));
        assert_eq!(repair.value((11, 30)).unwrap(), "one two\nthree");
        assert!(!repair.repair(6, 18));
    }

    #[test]
    fn nothing_but_a_quoted_scalar_is_repaired() {
        assert!(!Repair::of("a: b\n c: d\n").repair(1, 6));
        assert!(!Repair::of("a: 'b'\nc\n").repair(1, 7));
        assert!(!Repair::of("").repair(0, 0));
    }
}
