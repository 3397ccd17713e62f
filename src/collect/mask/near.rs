//! How far a search for the end of something goes. Texts may hold lines of any length and as many
//! beginnings as bytes: a search to the end of the text at each would never be done.

/// The most bytes that are searched for what ends a value, a tag, a key.
const AHEAD_MAX: usize = 16 << 10;

/// The most bytes between the beginning of a line and a name that is said to begin it.
const BEHIND_MAX: usize = 256;

/// What follows, as far as a search goes.
pub(super) fn ahead(text: &str) -> &str {
    text.get(..text.floor_char_boundary(AHEAD_MAX)).unwrap_or(text)
}

/// What follows the beginning of a URL or a token, as far as one goes.
pub(super) fn ahead_in_url(text: &str) -> &str {
    text.get(..text.floor_char_boundary(AHEAD_MAX / 4)).unwrap_or(text)
}

/// What follows the beginning of a private key, as far as one goes.
pub(super) fn ahead_in_key(text: &str) -> &str {
    text.get(..text.floor_char_boundary(4 * AHEAD_MAX)).unwrap_or(text)
}

/// The end of what stands before a place, of its own line only.
pub(super) fn behind(head: &str) -> &str {
    let near = head.get(head.ceil_char_boundary(head.len().saturating_sub(BEHIND_MAX))..);
    near.unwrap_or_default().rsplit('\n').next().unwrap_or_default()
}

/// What stands before `at` on its line; nothing if that is more than belongs to a statement.
pub(super) fn line_before(text: &str, at: usize) -> Option<&str> {
    let from = text.ceil_char_boundary(at.saturating_sub(BEHIND_MAX));
    let head = text.get(from..at)?;
    match memchr::memrchr(b'\n', head.as_bytes()) {
        Some(end) => head.get(end + 1..),
        None => (from == 0).then_some(head),
    }
}

#[cfg(test)]
mod tests {
    use super::{AHEAD_MAX, ahead, line_before};

    #[test]
    fn searches_end() {
        let long = "ü".repeat(AHEAD_MAX);
        assert_eq!(ahead(&long).len(), AHEAD_MAX);
        assert_eq!((line_before("a\nbc", 4), line_before("bc", 1)), (Some("bc"), Some("b")));
        assert_eq!(line_before(&long, long.len()), None);
    }
}
