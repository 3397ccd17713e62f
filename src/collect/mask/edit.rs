//! Masks as edits of a text, and the text they lead to. Lines never move: an edit stays within
//! its line, and what a mask covers of further lines is emptied.

use std::ops::Range;

use crate::model::Shift;

/// One replacement within one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes replaced; no line end among them.
    pub(super) range: Range<usize>,
    /// What is written instead.
    pub(super) text: String,
}

/// What a mask stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A secret.
    Secret,
    /// A secret that is one by its own looks, wherever it stands: it need not be sought.
    Evident,
    /// A text that looks like a mask of ours.
    Forged,
    /// A text that was not understood.
    Unparsed,
}

/// The edits that hide one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask {
    /// In order; the first holds the token.
    pub(super) edits: Vec<Edit>,
    /// What it hides.
    pub(super) cause: Cause,
}

impl Mask {
    /// Writes `token` over `range` of `text`; of further lines, all that is covered is emptied.
    pub(super) fn over(text: &str, range: Range<usize>, token: String) -> Self {
        let mut edits = Vec::new();
        let mut token = Some(token);
        let mut start = range.start;
        while start <= range.end {
            let rest = text.get(start..range.end).unwrap_or_default();
            let line_end = memchr::memchr(b'\n', rest.as_bytes());
            let line = rest.get(..line_end.unwrap_or(rest.len())).unwrap_or_default();
            let line =
                if line_end.is_some() { line.strip_suffix('\r').unwrap_or(line) } else { line };
            // The last line keeps its indentation: what follows on it may need it.
            let last = line_end.is_none() && start > range.start;
            let kept =
                if last { line.len() - line.trim_start_matches([' ', '\t']).len() } else { 0 };
            let edit = Edit {
                range: start + kept..start + line.len(),
                text: token.take().unwrap_or_default(),
            };
            if !(edit.range.is_empty() && edit.text.is_empty()) {
                edits.push(edit);
            }
            let Some(line_end) = line_end else { break };
            start += line_end + 1;
        }
        Self { edits, cause: Cause::Secret }
    }

    /// The bytes from the first edit to the last.
    pub(super) fn range(&self) -> Range<usize> {
        let start = self.edits.first().map_or(0, |edit| edit.range.start);
        start..self.edits.last().map_or(start, |edit| edit.range.end)
    }
}

/// A masked text, and how its places lead back.
#[derive(Debug)]
pub(in crate::collect) struct Rewritten {
    /// The text.
    pub(in crate::collect) text: String,
    /// Where columns moved.
    pub(in crate::collect) shifts: Vec<Shift>,
    /// How many secrets were masked.
    pub(in crate::collect) masked: u32,
    /// Where, in the text as found, something looked like a mask of ours.
    pub(in crate::collect) forged: Vec<usize>,
    /// What was replaced, as found, and by how many bytes.
    edits: Vec<(Range<usize>, usize)>,
}

impl Rewritten {
    /// Applies masks. Of overlapping ones the widest wins.
    pub(super) fn new(found: &str, masks: Vec<Mask>) -> Self {
        let mut text = String::with_capacity(found.len() + masks.len() * 32);
        let mut this = Self {
            text: String::new(),
            shifts: Vec::new(),
            masked: 0,
            forged: Vec::new(),
            edits: Vec::new(),
        };
        let (mut done, mut columns) = (0_usize, 0_i32);
        for mask in disjoint(masks) {
            match mask.cause {
                Cause::Secret | Cause::Evident => this.masked = this.masked.saturating_add(1),
                Cause::Forged => {
                    this.masked = this.masked.saturating_add(1);
                    this.forged.push(mask.range().start);
                }
                Cause::Unparsed => (),
            }
            for edit in mask.edits {
                let between = found.get(done..edit.range.start).unwrap_or_default();
                if memchr::memchr(b'\n', between.as_bytes()).is_some() {
                    columns = 0;
                }
                let old = found.get(edit.range.clone()).unwrap_or_default();
                text.push_str(between);
                text.push_str(&edit.text);
                columns = columns.saturating_add(characters(&edit.text) - characters(old));
                done = edit.range.end;
                let at = u32::try_from(text.len()).unwrap_or(u32::MAX);
                this.shifts.push(Shift { at, columns });
                this.edits.push((edit.range, edit.text.len()));
            }
        }
        text.push_str(found.get(done..).unwrap_or_default());
        this.text = text;
        this
    }

    /// Where a byte of the text as found is now.
    pub(in crate::collect) fn moved(&self, at: usize) -> usize {
        let mut now = at;
        for (range, length) in &self.edits {
            if range.end <= at {
                now = now.saturating_add(*length).saturating_sub(range.len());
            } else if range.start < at {
                now = now.saturating_sub(at - range.start);
            } else {
                break;
            }
        }
        now
    }

    /// Whether any of `range`, in the text as found, was replaced.
    pub(in crate::collect) fn touches(&self, range: Range<usize>) -> bool {
        let from = self.edits.partition_point(|(edit, _)| edit.end <= range.start);
        self.edits.get(from).is_some_and(|(edit, _)| edit.start < range.end.max(range.start + 1))
    }
}

/// Masks in order, none within another. What of a mask another one covers is left to that one.
fn disjoint(mut masks: Vec<Mask>) -> Vec<Mask> {
    masks.retain(|mask| !mask.edits.is_empty());
    masks.sort_by_key(|mask| (mask.range().start, std::cmp::Reverse(mask.range().end)));
    let mut kept: Vec<Mask> = Vec::with_capacity(masks.len());
    let mut end = 0;
    for mut mask in masks {
        let range = mask.range();
        if range.end <= end && !kept.is_empty() {
            if let (Cause::Forged, Some(last)) = (mask.cause, kept.last_mut()) {
                last.cause = Cause::Forged;
            }
            continue;
        }
        mask.edits.retain_mut(|edit| {
            edit.range.start = edit.range.start.max(end);
            edit.range.start < edit.range.end
        });
        end = range.end;
        kept.push(mask);
    }
    kept
}

fn characters(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Mask, Rewritten};

    #[test]
    fn lines_never_move() {
        let text = "a: 'one\r\n  two\r\n  three' # c\nb: 2\n";
        let mask = Mask::over(text, 4..23, "T".to_owned());
        let masked = Rewritten::new(text, vec![mask]);
        assert_eq!(masked.text, "a: 'T\r\n\r\n  ' # c\nb: 2\n");
        assert_eq!(masked.moved(text.find("b:").unwrap()), masked.text.find("b:").unwrap());
        assert!(masked.touches(0..5) && !masked.touches(0..4) && !masked.touches(23..30));
    }

    #[test]
    fn the_widest_mask_wins() {
        let text = "0123456789";
        let mask = |range, token: &str| Mask::over(text, range, token.to_owned());
        let masks = vec![mask(4..5, "in"), mask(2..6, "W"), mask(5..8, "x"), mask(2..3, "y")];
        let masked = Rewritten::new(text, masks);
        assert_eq!((masked.text.as_str(), masked.masked), ("01Wx89", 2));
    }
}
