//! Where text came from.

use std::cell::OnceCell;

use super::{Digest, Original};

/// Index of a [`Source`] within its snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A half-open byte range of one source's masked text. Lines and columns are derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Where masking changed the length of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// Byte offset in the masked text at which the mask ends.
    pub at: u32,
    /// Characters that the masked text has more (or, negative, fewer) than the user's file,
    /// up to here on this line.
    pub columns: i32,
}

/// One collected text: its name, its digests, and how its places lead back to the user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the root of its side, with `/` between parts.
    pub file: Box<str>,
    /// Name of the syntax it was read as; `text` and `binary` when nothing better is known.
    pub syntax: &'static str,
    /// Digest of the masked bytes: the blob's name.
    pub digest: Digest,
    /// Length of the masked bytes.
    pub bytes: u64,
    /// Keyed fingerprint of the bytes as found. Unkeyed, it would be an oracle for weak secrets.
    /// Absent only where nothing was read from a file.
    pub original: Option<Original>,
    /// How many secrets were masked.
    pub masked: u32,
    /// Where columns moved, in order of offset.
    pub shifts: Box<[Shift]>,
}

impl Source {
    /// One-based line and column, in characters, of an offset of `text` (this source's masked
    /// text), as they are in the user's own file.
    pub fn position(&self, text: &str, offset: u32) -> (u32, u32) {
        let offset = (offset as usize).min(text.len());
        let head = text.as_bytes().get(..offset).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', head).count();
        let start = memchr::memrchr(b'\n', head).map_or(0, |at| at.saturating_add(1));
        let column = text.get(start..offset).map_or(offset - start, |part| part.chars().count());
        let column = i64::try_from(column).unwrap_or(i64::MAX) - self.shift(start, offset);
        (one_based(line), one_based(usize::try_from(column.max(0)).unwrap_or(0)))
    }

    /// [`Source::position`] for many offsets of one text.
    pub fn position_in(&self, lines: &Lines<'_>, offset: u32) -> (u32, u32) {
        let offset = (offset as usize).min(lines.text.len());
        let line = lines.starts().partition_point(|start| *start as usize <= offset);
        let start = line.checked_sub(1).and_then(|index| lines.starts().get(index));
        let start = start.map_or(0, |start| *start as usize);
        let column = lines.text.get(start..offset).map_or(0, |part| part.chars().count());
        let column = i64::try_from(column).unwrap_or(i64::MAX) - self.shift(start, offset);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        (line.max(1), one_based(usize::try_from(column.max(0)).unwrap_or(0)))
    }

    /// The offset of `text` that [`Source::position`] calls by a column of the line that begins at
    /// `line_start`: that line's end where it has no such column.
    pub fn offset(&self, text: &str, line_start: usize, column: u32) -> usize {
        let rest = text.get(line_start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let end = line_start.saturating_add(end);
        let wanted = i64::from(column).saturating_sub(1);
        let shifts = self.shifts.partition_point(|shift| (shift.at as usize) < line_start);
        let shifts = self.shifts.get(shifts..).unwrap_or_default().iter();
        // The stretch that holds the column: of two that may, the one behind a mask.
        let (mut start, mut first, mut counted) = (line_start, 0_i64, 0_i64);
        for shift in shifts.take_while(|shift| shift.at as usize <= end) {
            let at = shift.at as usize;
            let part = text.get(start..at).map_or(0, |part| part.chars().count());
            counted = counted.saturating_add(i64::try_from(part).unwrap_or(i64::MAX));
            let here = counted.saturating_sub(i64::from(shift.columns));
            if here > wanted {
                break;
            }
            (start, first) = (at, here);
        }
        let nth = usize::try_from(wanted.saturating_sub(first)).unwrap_or(0);
        let stretch = text.get(start..end).unwrap_or_default();
        stretch.char_indices().nth(nth).map_or(end, |(at, _)| start.saturating_add(at))
    }

    /// The columns added before `offset` on the line that begins at `line_start`.
    fn shift(&self, line_start: usize, offset: usize) -> i64 {
        let before = self.shifts.partition_point(|shift| shift.at as usize <= offset);
        let last = before.checked_sub(1).and_then(|index| self.shifts.get(index));
        last.filter(|shift| shift.at as usize >= line_start)
            .map_or(0, |shift| i64::from(shift.columns))
    }
}

/// A text with the offsets of its lines, found when first asked for.
pub struct Lines<'t> {
    text: &'t str,
    starts: OnceCell<Vec<u32>>,
}

impl<'t> Lines<'t> {
    /// Prepares a text.
    pub const fn new(text: &'t str) -> Self {
        Self { text, starts: OnceCell::new() }
    }

    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let after = memchr::memchr_iter(b'\n', self.text.as_bytes())
                .map(|at| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1));
            std::iter::once(0).chain(after).collect()
        })
    }
}

fn one_based(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{Lines, Shift, Source};
    use crate::model::Digest;

    #[test]
    fn columns_after_a_mask_are_those_of_the_users_file() {
        let text = "a: 1\npassword: MASKED x\nb: 2\n";
        let source = Source {
            file: "a.yaml".into(),
            syntax: "yaml",
            digest: Digest::of(text.as_bytes()),
            bytes: text.len() as u64,
            original: None,
            masked: 1,
            shifts: [Shift { at: 21, columns: 4 }].into(),
        };
        assert_eq!(source.position(text, 15), (2, 11));
        assert_eq!(source.position(text, 22), (2, 14));
        assert_eq!(source.position(text, 24), (3, 1));
        let lines = Lines::new(text);
        for offset in 0..28 {
            assert_eq!(source.position_in(&lines, offset), source.position(text, offset));
        }
        for offset in (0..5).chain(5..15).chain(22..28) {
            let (line, column) = source.position(text, offset);
            let start = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
            assert_eq!(source.offset(text, start, column), offset as usize);
        }
        assert_eq!(source.offset("é: x", 0, 4), 4);
        assert_eq!(source.position("é: x", 4), (1, 4));
    }
}
