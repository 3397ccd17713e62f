//! Texts without structure, compared line by line.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::shown::shown_text;
use super::{Context, Differences, Found};
use crate::model::{Edit, Explainer, Explanation, Pair, Path, Side};

/// Up to this many lines the more readable alignment is affordable.
const LINES_READABLE_MAX: usize = 20_000;

/// One line of a text: its bytes and where they lie.
type Line<'t> = (&'t str, (usize, usize));

/// Whether a text is run by a reader that takes a carriage return for part of a word: what a first line
/// names, a shell, or cron (POSIX.1-2024 XCU 2.3; crontab(5)).
pub(super) fn is_script(name: &str, texts: Pair<&str>) -> bool {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let named = file.rsplit_once('.').is_some_and(|(_, end)| SHELLS.contains(&end));
    let timed = file == "crontab" || folder.rsplit('/').next().is_some_and(|near| near == "cron.d");
    named || timed || texts.blue.starts_with("#!") || texts.green.starts_with("#!")
}

/// How names of what a shell runs end.
const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// Compares two texts; each run of changed lines is one change at `path`, explained when the
/// colour map turns blue's lines into green's. Of a `script` every byte counts.
pub(super) fn compare(
    context: &Context<'_>,
    path: &Path,
    texts: Pair<&str>,
    script: bool,
    place: impl Fn(Side, (usize, usize)) -> super::Range,
    out: &mut Differences,
    record: impl Fn(&mut Differences, Found, Pair<Option<&str>>),
) {
    let lines = texts.map(lines);
    let plain = lines.as_ref().map(|lines| lines.iter().map(|(line, _)| *line).collect::<Vec<_>>());
    let colours = &context.policy.colours;
    let many = plain.blue.len().max(plain.green.len()) > LINES_READABLE_MAX;
    let algorithm = if many { Algorithm::Myers } else { Algorithm::Patience };
    for op in capture_diff_slices(algorithm, &plain.blue, &plain.green) {
        let (blue, green) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => {
                (old_index..old_index + old_len, new_index..new_index)
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                (old_index..old_index, new_index..new_index + new_len)
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index..old_index + old_len, new_index..new_index + new_len)
            }
        };
        // Empty lines tell records apart, but behind the last one.
        let last = blue.end == lines.blue.len() && green.end == lines.green.len();
        let hunk = Pair::new(
            lines.blue.get(blue).unwrap_or_default(),
            lines.green.get(green).unwrap_or_default(),
        );
        let text = hunk.map(|part| joined(part, script));
        let as_many = hunk.blue.len() == hunk.green.len();
        let same = as_many && text.blue == text.green || last && is_blank(&hunk);
        let explanation = if same && context.hears(Explainer::LineEnds) {
            Explanation::Representation { how: "line ends and empty lines".to_owned() }
        } else if !text.blue.is_empty()
            && text.blue != text.green
            && colours.recolour(&text.blue) == text.green
            && context.hears(Explainer::Colour)
        {
            let token = colours.token_in(Side::Blue, &text.blue);
            Explanation::Colour { token: token.unwrap_or_default() }
        } else {
            Explanation::Unexplained
        };
        let range = |side: Side, part: &[Line<'_>]| {
            let (first, last) = (part.first()?, part.last()?);
            Some(place(side, (first.1.0, last.1.1)))
        };
        let side = |text: &str| (!text.is_empty()).then(|| shown_text(text.trim_end()));
        let found = Found {
            path: path.clone(),
            edit: edit(hunk),
            explanation,
            direction: None,
            ranges: Pair::new(range(Side::Blue, hunk.blue), range(Side::Green, hunk.green)),
            values: Pair::new(side(&text.blue), side(&text.green)),
        };
        let whole = text.as_ref().map(|text| (!text.is_empty()).then_some(text.as_str()));
        record(out, found, whole);
    }
}

/// Whether a hunk holds nothing but empty lines on both sides.
fn is_blank(hunk: &Pair<&[Line<'_>]>) -> bool {
    let empty =
        |lines: &[Line<'_>]| lines.iter().all(|(line, _)| line.trim_end_matches('\r').is_empty());
    empty(hunk.blue) && empty(hunk.green)
}

const fn edit(hunk: Pair<&[Line<'_>]>) -> Edit {
    if hunk.blue.is_empty() {
        Edit::Added
    } else if hunk.green.is_empty() {
        Edit::Removed
    } else {
        Edit::Replaced
    }
}

fn joined(lines: &[Line<'_>], script: bool) -> String {
    let kept = |line: &'_ str| if script { line.len() } else { line.trim_end_matches('\r').len() };
    let written = lines.iter().filter_map(|(line, _)| line.get(..kept(line)));
    written.collect::<Vec<_>>().join("\n")
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let at = start;
            start += line.len();
            let bare = line.strip_suffix('\n').unwrap_or(line);
            (bare, (at, at + bare.len()))
        })
        .collect()
}
