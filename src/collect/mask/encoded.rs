//! Texts that are base64 of a text with secrets. Asked of every scalar.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::assign::Manner;
use super::flat::find_flat;
use super::key::MaskingKey;
use super::value::behind_user;

/// The shortest base64 that is looked into: that of `pwd=x`.
const LENGTH_MIN: usize = 8;

/// What is written in place of a text that is base64 of one with secrets.
pub(super) fn masked(key: &MaskingKey, text: &str) -> Option<String> {
    // Asked of every scalar, few of which begin or end with blanks.
    let is_shown = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let is_trimmed = is_shown(text.as_bytes().first()) && is_shown(text.as_bytes().last());
    let text = if is_trimmed { text } else { text.trim() };
    if text.len() < LENGTH_MIN || !may_be_base64(text) {
        return None;
    }
    let decoded = String::from_utf8(decode(text)?).ok()?;
    let is_pair = behind_user(&decoded).is_some() && !decoded.contains(char::is_whitespace);
    let masks = find_flat(key, &decoded, Manner::Lines, None);
    let token = key.token("embedded", decoded.as_bytes());
    (is_pair || !masks.is_empty()).then(|| STANDARD.encode(token))
}

/// Whether a text is written as base64 of a text is: in groups of four, blanks apart, of letters of
/// both cases.
fn may_be_base64(text: &str) -> bool {
    let (mut characters, mut seen) = (0_usize, 0);
    for byte in text.bytes() {
        let kind = KINDS.get(usize::from(byte)).copied().unwrap_or_default();
        if kind == 0 {
            return false;
        }
        seen |= kind;
        characters += usize::from(kind != BLANK);
    }
    seen & UPPER != 0 && seen & LOWER != 0 && characters.is_multiple_of(4)
}

const UPPER: u8 = 1;
const LOWER: u8 = 2;
const OTHER: u8 = 4;
const BLANK: u8 = 8;

/// What each byte is in base64; most scalars come by here.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let (mut rest, mut byte) = (kinds.as_mut_slice(), 0_u8);
    while let Some((kind, behind)) = rest.split_first_mut() {
        *kind = match byte {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'0'..=b'9' | b'+' | b'/' | b'=' => OTHER,
            _ if byte.is_ascii_whitespace() => BLANK,
            _ => 0,
        };
        (rest, byte) = (behind, byte.wrapping_add(1));
    }
    kinds
};

/// The bytes a text is base64 of, line breaks left out.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return STANDARD.decode(text).ok();
    }
    let joined: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(joined).ok()
}
