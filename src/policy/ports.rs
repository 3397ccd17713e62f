//! What may be a pair of the colour map; ranges of ports, each port of which stands for the one as far
//! into the other range.

use std::ops::{Range, RangeInclusive};

use crate::model::Pair;

/// How many ports a range may hold.
const PORTS_MAX: u16 = 1000;

/// The ports of a range such as `3000-3099`, of four digits at least: fewer stand for anything.
pub(super) fn of_range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-')?;
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| port.to_string() == text);
    let (first, last) = (port(first)?, port(last)?);
    (first >= 1000 && first <= last && last - first < PORTS_MAX).then_some(first..=last)
}

/// Whether two texts are ranges of ports of which no port could stand for another.
pub(super) fn are_unfit(pair: Pair<&str>) -> bool {
    let ranges = pair.map(of_range).both();
    ranges.is_some_and(|Pair { blue, green }| {
        blue.clone().count() != green.clone().count()
            || blue.contains(green.start())
            || green.contains(blue.start())
    })
}

/// Whether a text is so short or so common that replacing it would explain unrelated changes.
pub(super) fn is_everywhere(text: &str) -> bool {
    const COMMON: [&str; 10] =
        ["true", "false", "yes", "no", "on", "off", "null", "none", "enabled", "disabled"];
    let text = text.trim();
    text.len() < 2
        || COMMON.iter().any(|common| text.eq_ignore_ascii_case(common))
        || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && text.bytes().filter(u8::is_ascii_digit).count() < 4
}

/// Whether digits stand in a text as a port does: behind a colon, before one and another port, or
/// alone. Whether what stands alone is a port is for its reader to say.
pub(super) fn is_port(text: &str, range: &Range<usize>) -> bool {
    let (before, after) = (text.get(..range.start), text.get(range.end..));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let ends = !after.starts_with(|next: char| next.is_alphanumeric());
    let published = after
        .strip_prefix(':')
        .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    let begins = before.ends_with(':') || before.is_empty() && (after.is_empty() || published);
    begins && ends && !is_part_of_number(text, range)
}

/// Whether digits are part of a longer number, or of a version: `3010` in `1.3010.2`.
pub(super) fn is_part_of_number(text: &str, range: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let all_digits = |range: Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    if !all_digits(range.clone()) {
        return false;
    }
    let joined = |dot: usize, digit: Option<usize>| {
        let is_digit = digit.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        bytes.get(dot) == Some(&b'.') && is_digit
    };
    range.start.checked_sub(1).is_some_and(|dot| joined(dot, dot.checked_sub(1)))
        || joined(range.end, range.end.checked_add(1))
}
