//! Whether two names are of one person.

/// Whether two people are one, however their names are written: `Ann <ann@example.com>` is
/// `ANN@example.com`.
pub fn same_person(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The address in a name, else the name: letters, digits and signs that can be seen, in one case. Of
/// an address, what is delivered to one box: without quotes, what follows `+`, and a dot at the end.
pub(super) fn plain(name: &str) -> String {
    let name = address(name).trim().to_lowercase();
    let name = name.strip_prefix("mailto:").unwrap_or(&name);
    let name: String =
        name.chars().filter(|c| !c.is_whitespace() && *c != '"' && is_seen(*c)).collect();
    let Some((local, domain)) = name.rsplit_once('@') else { return name };
    let local = local.split('+').next().unwrap_or(local);
    format!("{local}@{}", domain.trim_end_matches('.'))
}

/// What stands in angle brackets, else all of it.
fn address(name: &str) -> &str {
    let address = name.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.map_or(name, |(address, _)| address)
}

/// Whether a character is seen on a screen.
pub(super) fn is_seen(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
    ) || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !is_hidden
}

/// Whether a text has no letter or digit that is seen.
pub(in crate::policy) fn is_blank(text: &str) -> bool {
    !text.chars().any(|c| c.is_alphanumeric() && is_seen(c))
}

/// Why a name may be read as that of somebody else.
pub(in crate::policy) fn unclear(name: &str) -> Option<&'static str> {
    let is_latin = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && c.is_alphabetic()
    };
    let shown = address(name).trim();
    if !name.chars().all(is_seen) {
        return Some("this name holds a character that nobody sees");
    }
    if shown.contains('@') {
        let bare = plain(name);
        let is_address = |c: char| c.is_ascii_alphanumeric() || "._%'-@".contains(c);
        let is_one = bare.matches('@').count() == 1 && bare.chars().all(is_address);
        return (!is_one).then_some(
            "this is no plain address: letters, digits and . _ - + on both sides of one @",
        );
    }
    let mixes = shown.chars().any(is_latin)
        && shown.chars().any(|c| !is_latin(c) && !c.is_ascii() && c != '\u{2019}');
    mixes.then_some("this name mixes letters of several alphabets, which may look alike")
}

#[cfg(test)]
mod tests {
    use super::{same_person, unclear};

    #[test]
    fn case_spaces_and_what_is_not_seen_make_nobody_else() {
        for other in [
            "Ann@Example.com",
            " ann@example.com ",
            "ann @ example.com",
            "Ann Lee <ANN@example.com>",
            "mailto:ann@example.com",
            "ann\u{200b}@example.com",
            "a\u{ad}nn@example.com",
        ] {
            assert!(same_person("ann@example.com", other), "{other:?}");
        }
        assert!(!same_person("ann@example.com", "anna@example.com"));
        assert!(!same_person("ann@example.com", "bob <bob@example.com>"));
    }

    #[test]
    fn another_spelling_of_an_address_is_no_other_person() {
        for other in [
            "ann+approver@example.com",
            "MAILTO:ann@example.com",
            "<mailto:ann@example.com>",
            "\"ann\"@example.com",
            "ann@example.com.",
            "ann\u{3164}@example.com",
            "ann\u{34f}@example.com",
            "ann\u{e0061}@example.com",
        ] {
            assert!(same_person("ann@example.com", other), "{other:?}");
        }
    }

    #[test]
    fn a_name_that_may_be_read_as_another_is_unclear() {
        for name in [
            "\u{430}nn@example.com",
            "\u{ff41}nn@example.com",
            "ann(x)@example.com",
            "rene\u{301}@example.com",
            "ann@b@example.com",
            "ann\u{200b}@example.com",
            "\u{410}nn Lee",
            "Ann\u{301} Lee",
        ] {
            assert!(unclear(name).is_some(), "{name:?}");
        }
        for name in [
            "Ann Lee <ann.lee@example.com>",
            "o'neil+x@example.co.uk",
            "Ren\u{e9} M\u{fc}ller",
            "team-payments",
            "\u{410}\u{43d}\u{43d}\u{430}",
            "CN=Ann, OU=Risk",
        ] {
            assert_eq!(unclear(name), None, "{name:?}");
        }
    }
}
