//! Texts without structure, compared line by line.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::shown::shown_text;
use super::{Context, Differences, Found};
use crate::model::{Edit, Explanation, Pair, Path, Side};

/// One line of a text: its bytes and where they lie.
type Line<'t> = (&'t str, (usize, usize));

/// Compares two texts; each run of changed lines is one change at `path`, explained when the
/// colour map turns blue's lines into green's.
pub(super) fn compare(
    context: &Context<'_>,
    path: &Path,
    texts: Pair<&str>,
    place: impl Fn(Side, (usize, usize)) -> super::Range,
    out: &mut Differences,
    explain: impl Fn(&mut Differences, Found),
) {
    let lines = texts.map(lines);
    let plain = lines.as_ref().map(|lines| lines.iter().map(|(line, _)| *line).collect::<Vec<_>>());
    let colours = &context.policy.colours;
    for op in capture_diff_slices(Algorithm::Patience, &plain.blue, &plain.green) {
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
        let hunk = Pair::new(
            lines.blue.get(blue).unwrap_or_default(),
            lines.green.get(green).unwrap_or_default(),
        );
        let text = hunk.map(joined);
        let explanation = if text.blue.trim() == text.green.trim() {
            Explanation::Representation { how: "line ends".to_owned() }
        } else if !text.blue.is_empty() && colours.recolour(&text.blue) == text.green {
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
            ranges: Pair::new(range(Side::Blue, hunk.blue), range(Side::Green, hunk.green)),
            values: Pair::new(side(&text.blue), side(&text.green)),
        };
        explain(out, found);
    }
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

fn joined(lines: &[Line<'_>]) -> String {
    lines.iter().map(|(line, _)| line.trim_end_matches('\r')).collect::<Vec<_>>().join("\n")
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
