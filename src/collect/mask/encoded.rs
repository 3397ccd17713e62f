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
    let masks = find_flat(key, &decoded, Manner::Lines);
    let token = key.token("embedded", decoded.as_bytes());
    (is_pair || !masks.is_empty()).then(|| STANDARD.encode(token))
}

/// Whether a text is written as base64 of a text is: in groups of four, blanks apart, of letters of
/// both cases.
fn may_be_base64(text: &str) -> bool {
    let (mut characters, mut upper, mut lower) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' => upper = true,
            b'a'..=b'z' => lower = true,
            b'0'..=b'9' | b'+' | b'/' | b'=' => (),
            byte if byte.is_ascii_whitespace() => continue,
            _ => return false,
        }
        characters += 1;
    }
    upper && lower && characters.is_multiple_of(4)
}

/// The bytes a text is base64 of, line breaks left out.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return STANDARD.decode(text).ok();
    }
    let joined: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(joined).ok()
}
