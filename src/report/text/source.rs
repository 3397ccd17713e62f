//! Lines of source with their numbers, and what of them is meant.

use std::io;

use anstyle::Style;

use super::excerpt::carets;
use crate::report::escape::escape;
use crate::report::page::{CHANGED, FAINT, PLAIN, Page, side_style};
use crate::report::words::Words;
use crate::wire::report::{Excerpt, Mark, Side};

/// How far line numbers end from the left, and what follows them begins.
const NUMBERS_END: usize = 10;

/// Columns of what stands between a number and its line.
const GUTTER: usize = 3;

/// What a tab is shown as.
const TAB: &str = "    ";

/// An excerpt, as it is written.
pub(super) struct Lines<'e> {
    excerpt: &'e Excerpt,
    /// The value, where it is what is marked.
    value: Option<&'e str>,
}

/// A line around its mark.
struct Split {
    before: String,
    marked: String,
    after: String,
}

impl<'e> Lines<'e> {
    /// Looks whether the value stands in the lines.
    pub(super) fn new(excerpt: &'e Excerpt, value: Option<&'e str>) -> Self {
        let (mut lines, mut found) = (excerpt.numbered(), None);
        if let ([mark], Some(value)) = (excerpt.marks.as_slice(), value) {
            let line = lines.find(|(number, _, _)| *number == mark.line);
            let marked = line.map(|(_, line, _)| mark.parts(line).1);
            found = marked.filter(|marked| bare(marked) == bare(value)).map(|_| value);
        }
        Self { excerpt, value: found }
    }

    /// Whether the value is what is marked in them: then it need not be written beside them.
    pub(super) const fn holds(&self) -> bool {
        self.value.is_some()
    }

    /// Writes them; says whether words that differ were pointed at.
    pub(super) fn write(
        &self,
        page: &mut Page<'_>,
        side: Side,
        words: Option<&Words>,
    ) -> io::Result<bool> {
        let is_one = self.excerpt.marks.len() == 1;
        let mut is_pointed = false;
        for (number, line, mark) in self.excerpt.numbered() {
            let split = split(line, mark, page.options.ascii);
            let bar = if mark.is_some() && !is_one { " > " } else { " | " };
            let number = number.to_string();
            let indent = NUMBERS_END.saturating_sub(number.len());
            let mut text = page.line(indent).add(FAINT, &number).add(FAINT, bar);
            text = text.add(PLAIN, &split.before);
            let words = words.filter(|_| self.holds() && mark.is_some());
            for (style, part) in styled(side, &split.marked, words) {
                text = text.add(style, &part);
            }
            page.print(text.add(PLAIN, &split.after))?;
            if mark.is_some() && is_one && !page.options.colour {
                is_pointed |= point(page, side, &split, words)?;
            }
        }
        if self.excerpt.more > 0 {
            let more = format!("{:>NUMBERS_END$} and {} more lines", "...", self.excerpt.more);
            let line = page.line(0).add(FAINT, &more);
            page.print(line)?;
        }
        Ok(is_pointed)
    }
}

/// Writes carets below what is marked, or below the words of it that differ.
fn point(
    page: &mut Page<'_>,
    side: Side,
    split: &Split,
    words: Option<&Words>,
) -> io::Result<bool> {
    let before = split.before.chars().count();
    let own = words.map(|words| {
        let quotes =
            split.marked.chars().count().saturating_sub(
                words.side(side).map(|(_, part)| part.chars().count()).sum::<usize>(),
            );
        format!("{}{}", " ".repeat(quotes / 2), carets(words.side(side)))
    });
    let own = own.filter(|carets| !carets.trim().is_empty());
    let carets = own.clone().unwrap_or_else(|| "^".repeat(split.marked.chars().count()));
    let end = NUMBERS_END.saturating_add(GUTTER).saturating_add(before);
    if carets.is_empty() || end.saturating_add(carets.chars().count()) > page.options.width {
        return Ok(false);
    }
    let bar = format!("{:NUMBERS_END$} | ", "");
    let line = page.line(0).add(FAINT, &bar).add(PLAIN, &" ".repeat(before)).add(FAINT, &carets);
    page.print(line)?;
    Ok(own.is_some())
}

/// What is marked, with the style of each part.
fn styled(side: Side, marked: &str, words: Option<&Words>) -> Vec<(Style, String)> {
    let style = side_style(side);
    let Some(words) = words else { return vec![(style, marked.to_owned())] };
    let all: String = words.side(side).map(|(_, part)| part).collect();
    let (head, tail) = marked.split_once(&all).unwrap_or((marked, ""));
    let mut parts = vec![(PLAIN, head.to_owned())];
    let own = words.side(side).map(|(is_own, part)| {
        (if is_own { style.effects(CHANGED) } else { PLAIN }, part.to_owned())
    });
    parts.extend(own.filter(|_| marked.contains(&all)));
    parts.push((PLAIN, tail.to_owned()));
    parts
}

/// A line as it is written. It is made harmless as a whole: no cut may make a command of what is none.
fn split(line: &str, mark: Option<Mark>, ascii: bool) -> Split {
    let written = |text: &str| {
        let text = text.replace('\t', TAB);
        let text = if ascii { text.replace('\u{2026}', "...") } else { text };
        escape(&text, ascii)
    };
    let whole = written(line);
    let columns = |text: &str| u32::try_from(written(text).chars().count()).unwrap_or(u32::MAX);
    let Some(mark) = mark else {
        return Split { before: whole, marked: String::new(), after: String::new() };
    };
    let (before, marked, _) = mark.parts(line);
    let start = columns(&before).saturating_add(1);
    let end = start.saturating_add(columns(&marked));
    let (before, marked, after) = Mark { start, end, ..mark }.parts(&whole);
    Split { before, marked, after }
}

/// A text without the quotes it stands in.
fn bare(text: &str) -> &str {
    let inner = ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)));
    inner.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::report::RenderOptions;
    use crate::report::page::Page;
    use crate::report::words::Words;
    use crate::wire::report::{Excerpt, Mark, Pair, Side};

    fn excerpt(lines: &[&str], marks: &[(u32, u32, u32)]) -> Excerpt {
        let marks =
            marks.iter().map(|(line, start, end)| Mark { line: *line, start: *start, end: *end });
        Excerpt {
            line: 9,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            marks: marks.collect(),
            more: 0,
        }
    }

    fn written(
        excerpt: &Excerpt,
        values: &Pair<Option<String>>,
        options: &RenderOptions,
    ) -> String {
        let words = Words::of(values, options.ascii);
        let mut out = Vec::new();
        let lines = Lines::new(excerpt, values.green.as_deref());
        lines.write(&mut Page::new(&mut out, options), Side::Green, words.as_ref()).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn values(blue: &str, green: &str) -> Pair<Option<String>> {
        Pair { blue: Some(blue.to_owned()), green: Some(green.to_owned()) }
    }

    #[test]
    fn carets_stand_below_the_words_that_differ_quotes_and_tabs_or_not() {
        let shown = excerpt(&["tls:", "\tmin: \"TLSv1.0 TLSv1.3\";"], &[(10, 7, 24)]);
        let text = written(
            &shown,
            &values("TLSv1.2 TLSv1.3", "TLSv1.0 TLSv1.3"),
            &RenderOptions::default(),
        );
        let told = concat!(
            "         9 | tls:\n",
            "        10 |     min: \"TLSv1.0 TLSv1.3\";\n",
            "           |           ^^^^^^^\n",
        );
        assert_eq!(text, told);
    }

    #[test]
    fn what_shares_nothing_is_marked_as_a_whole_and_several_lines_at_their_bars() {
        let shown = excerpt(&["a: one"], &[(9, 4, 7)]);
        let text = written(&shown, &values("x", "one"), &RenderOptions::default());
        assert_eq!(text, "         9 | a: one\n           |    ^^^\n");
        let mut shown = excerpt(&["a:", "  b: 1", "  c: 2"], &[(10, 3, 7), (11, 3, 7)]);
        shown.more = 7;
        let text = written(&shown, &Pair { blue: None, green: None }, &RenderOptions::default());
        let told = "         9 | a:\n        10 >   b: 1\n        11 >   c: 2\n       ... and 7 more lines\n";
        assert_eq!(text, told);
    }

    #[test]
    fn no_cut_makes_a_command_of_what_is_none() {
        let shown = excerpt(&["::error::x", "a #", "##[error]forged"], &[(11, 2, 9)]);
        for colour in [false, true] {
            let options = RenderOptions { colour, ..RenderOptions::default() };
            let text = written(&shown, &values("a", "#[error"), &options);
            assert!(!text.contains("##["), "{text}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        }
    }

    #[test]
    fn marks_that_are_nowhere_harm_nothing() {
        for mark in [(9, 0, 0), (9, 9, 2), (9, u32::MAX, u32::MAX), (u32::MAX, 1, 2)] {
            let text =
                written(&excerpt(&["a"], &[mark]), &values("b", "a"), &RenderOptions::default());
            assert!(text.starts_with("         9 | a\n"), "{text}");
        }
    }
}
