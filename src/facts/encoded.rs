//! Lists of `name=value` as SDKs read them: pairs between commas, with `%20` and the like in values.

use std::borrow::Cow;

/// The pairs of a list; nothing where one of its members is none, or cannot be decoded: then the whole
/// of it is discarded (opentelemetry-specification v1.60, `resource/sdk.md`).
pub(super) fn pairs(text: &str) -> Option<Vec<(&str, Cow<'_, str>)>> {
    let members = text.split(',').filter(|member| !member.trim().is_empty());
    members.map(pair).collect()
}

fn pair(member: &str) -> Option<(&str, Cow<'_, str>)> {
    let (name, value) = member.split_once('=')?;
    Some((name.trim(), decoded(value.trim())?))
}

/// A text with what is encoded in it put back; nothing where a `%` stands before no two digits, or they
/// make no text.
pub(super) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::{decoded, pairs};

    #[test]
    fn what_cannot_be_decoded_is_nothing() {
        assert_eq!(decoded("team%20a").as_deref(), Some("team a"));
        assert_eq!(decoded("100%25").as_deref(), Some("100%"));
        for text in ["100%", "a%2", "a%zz", "%ff"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }

    #[test]
    fn one_member_that_is_none_spoils_the_list() {
        let names =
            |text| pairs(text).map(|all| all.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names("a=b, c=d e,"), Some(vec!["a", "c"]));
        assert_eq!(names("a=b,abc"), None);
        assert_eq!(names("a=b,c=50%"), None);
    }
}
