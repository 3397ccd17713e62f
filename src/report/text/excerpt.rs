//! What stands on each side, where, and which words of it the other side lacks.

use std::io;

use super::source::Lines;
use crate::report::page::{CHANGED, FAINT, PLAIN, Page, side_style};
use crate::report::phrases::position;
use crate::report::words::Words;
use crate::wire::report::{Excerpt, Pair, Place};

/// How far values stand from the left, behind their labels.
const VALUES_AT: usize = 11;

/// Writes both sides, with the lines of source that are at hand: a value that is seen in them is not
/// written again. Words that the other side lacks are coloured; without colours, carets stand
/// below them where the line is short enough, else both texts are written in one.
pub(in crate::report) fn sides(
    page: &mut Page<'_>,
    places: &Pair<Option<Place>>,
    values: &Pair<Option<String>>,
    excerpts: &Pair<Option<Excerpt>>,
) -> io::Result<()> {
    let words = Words::of(values, page.options.ascii);
    let mut is_pointed = false;
    let sides = places.sides().into_iter().zip(values.sides()).zip(excerpts.sides());
    for (((side, place), (_, value)), (_, excerpt)) in sides {
        let head = place.as_ref().map(position).unwrap_or_default();
        let source = excerpt.as_ref().map(|excerpt| Lines::new(excerpt, value.as_deref()));
        if let (Some(source), Some(place)) =
            (source.as_ref().filter(|source| source.holds()), place)
        {
            let line = page.label(side_style(side), side.name());
            let line = line.link(PLAIN, &head, page.address(side, place));
            page.print(line)?;
            is_pointed |= source.write(page, side, words.as_ref())?;
            continue;
        }
        let between = if place.is_some() && value.is_some() { ": " } else { "" };
        let to = place.as_ref().and_then(|place| page.address(side, place));
        let mut line = page.label(side_style(side), side.name()).link(PLAIN, &head, to);
        line = line.add(PLAIN, between);
        line = match (words.as_ref().filter(|_| page.options.colour), value) {
            (Some(words), _) => words.side(side).fold(line, |line, (is_own, text)| {
                line.add(if is_own { side_style(side).effects(CHANGED) } else { PLAIN }, text)
            }),
            (None, Some(value)) => line.add(PLAIN, value),
            (None, None) if place.is_none() => line.add(PLAIN, "(nothing)"),
            (None, None) => line,
        };
        page.print(line)?;
        if let Some(source) = source {
            source.write(page, side, None)?;
        }
        let Some(words) = words.as_ref().filter(|_| !page.options.colour) else { continue };
        let start = VALUES_AT.saturating_add(head.chars().count()).saturating_add(between.len());
        let carets = carets(words.side(side));
        let end = start.saturating_add(carets.chars().count());
        if !carets.is_empty() && end <= page.options.width {
            let line = page.line(start).add(FAINT, &carets);
            page.print(line)?;
            is_pointed = true;
        }
    }
    match words.filter(|_| !page.options.colour && !is_pointed).and_then(|words| words.plain()) {
        Some(text) => page.labelled("words", &text),
        None => Ok(()),
    }
}

/// A caret below each character of the words that only this side has.
pub(super) fn carets<'w>(words: impl Iterator<Item = (bool, &'w str)>) -> String {
    let mut text = String::new();
    for (is_own, part) in words {
        let mark = if is_own { '^' } else { ' ' };
        text.extend(part.chars().map(|_| mark));
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::sides;
    use crate::report::RenderOptions;
    use crate::report::page::Page;
    use crate::wire::report::{Pair, Place};

    fn written(options: &RenderOptions, blue: &str, green: &str) -> String {
        let place = |line| Place {
            file: "edge/nginx.conf".to_owned(),
            document: 0,
            line: Some(line),
            column: Some(5),
            end_line: None,
        };
        let places = Pair { blue: Some(place(20)), green: Some(place(19)) };
        let values = Pair { blue: Some(blue.to_owned()), green: Some(green.to_owned()) };
        let mut out = Vec::new();
        let excerpts = Pair::default();
        sides(&mut Page::new(&mut out, options), &places, &values, &excerpts).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn carets_stand_below_the_words_that_only_one_side_has() {
        let text = written(
            &RenderOptions::default(),
            "TLSv1.2 TLSv1.3 HIGH:!aNULL",
            "TLSv1.3 HIGH:!aNULL EXPORT",
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "    blue   edge/nginx.conf:20:5: TLSv1.2 TLSv1.3 HIGH:!aNULL");
        assert_eq!(lines.len(), 4, "{text}");
        for pair in lines.chunks(2) {
            let marked: String = pair[0]
                .chars()
                .zip(pair[1].chars())
                .filter_map(|(of, mark)| (mark == '^').then_some(of))
                .collect();
            assert!(["TLSv1.2 ", " TLSv1.2", "2 TLSv1.", " EXPORT"].contains(&&*marked), "{text}");
        }
    }

    #[test]
    fn what_is_too_wide_for_carets_is_written_in_one() {
        let options = RenderOptions { width: 60, ..RenderOptions::default() };
        let tail = "and much that both sides have in common, word for word";
        let text = written(&options, &format!("blue {tail} 1"), &format!("green {tail} 2"));
        assert!(!text.contains('^'), "{text}");
        assert!(text.contains("words  [-blue-]{+green+} and much"), "{text}");
    }

    #[test]
    fn texts_that_share_nothing_are_left_alone() {
        let text = written(&RenderOptions::default(), "otlp", "none");
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn places_are_links_where_the_terminal_follows_them_and_nowhere_else() {
        let plain = written(&RenderOptions::default(), "a", "b");
        assert!(!plain.contains('\u{1b}'));
        let roots = Pair { blue: None, green: Some("file:///srv/a%20b/green".to_owned()) };
        let mut out = Vec::new();
        let options = RenderOptions::default();
        let mut page = Page::new(&mut out, &options);
        page.roots = roots;
        let place = Place {
            file: "x y\u{1b}]8;;http://forged\u{7}.yaml".to_owned(),
            document: 0,
            line: Some(1),
            column: None,
            end_line: None,
        };
        let places = Pair { blue: Some(place.clone()), green: Some(place) };
        let nothing = Pair { blue: None, green: None };
        sides(&mut page, &places, &nothing, &Pair::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let link =
            "\u{1b}]8;;file:///srv/a%20b/green/x%20y%1B%5D8%3B%3Bhttp%3A//forged%07.yaml\u{1b}\\";
        assert_eq!(text.matches(link).count(), 1, "{text:?}");
        assert_eq!(text.matches('\u{1b}').count(), 4, "{text:?}");
    }
}
