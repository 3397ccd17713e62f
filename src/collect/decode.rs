//! Bytes to text, or the knowledge that they are none.

/// What bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Text as found; a byte order mark stays in it.
    Text(String),
    /// Text that was found in another encoding.
    Converted(String),
    /// No text at all.
    Binary(Vec<u8>),
    /// Text in no encoding we read; on which line it goes wrong, and the bytes.
    Undecodable(Vec<u8>, u32),
}

/// Decodes UTF-8, and UTF-16 with a byte order mark.
pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    let unit: Option<fn([u8; 2]) -> u16> = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some(u16::from_le_bytes),
        Some([0xfe, 0xff]) => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(unit) = unit {
        return match utf16(&bytes, unit) {
            Ok(text) => Decoded::Converted(text),
            Err(line) => Decoded::Undecodable(bytes, line),
        };
    }
    if memchr::memchr(0, &bytes).is_some() {
        return Decoded::Binary(bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Decoded::Text(text),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let head = error.as_bytes().get(..valid).unwrap_or_default();
            let line = line(memchr::memchr_iter(b'\n', head).count());
            Decoded::Undecodable(error.into_bytes(), line)
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, u32> {
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| match pair {
        [first, second] => unit([*first, *second]),
        _ => 0,
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(units) {
        match character {
            Ok('\0') | Err(_) => {
                return Err(line(memchr::memchr_iter(b'\n', text.as_bytes()).count()));
            }
            Ok(character) => text.push(character),
        }
    }
    if odd {
        return Err(line(memchr::memchr_iter(b'\n', text.as_bytes()).count()));
    }
    Ok(text)
}

fn line(ends: usize) -> u32 {
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{Decoded, decode};

    #[test]
    fn utf8_keeps_its_mark_and_utf16_its_lines() {
        let text = "\u{feff}a: ü\r\nb: 😀\n";
        assert_eq!(decode(text.as_bytes().to_vec()), Decoded::Text(text.to_owned()));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(little), Decoded::Converted(text.to_owned()));
        assert_eq!(decode(big), Decoded::Converted(text.to_owned()));
    }

    #[test]
    fn what_is_no_text_is_told_from_text_in_another_encoding() {
        assert_eq!(decode(b"a\0b".to_vec()), Decoded::Binary(b"a\0b".to_vec()));
        let latin = b"a\nb\xfcc\n".to_vec();
        assert_eq!(decode(latin.clone()), Decoded::Undecodable(latin, 2));
        let odd = b"\xff\xfea\0b".to_vec();
        assert_eq!(decode(odd.clone()), Decoded::Undecodable(odd, 1));
    }
}
