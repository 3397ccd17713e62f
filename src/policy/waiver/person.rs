//! Whether two names are of one person.

/// Whether two people are one, however their names are written: `Ann <ann@example.com>` is
/// `ANN@example.com`.
pub fn same_person(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The address in a name, else the name: letters, digits and signs that can be seen, in one case.
pub(super) fn plain(name: &str) -> String {
    let address = name.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let name = address.map_or(name, |(address, _)| address).trim();
    let name = name.strip_prefix("mailto:").unwrap_or(name);
    let is_seen = |c: &char| {
        let is_hidden = matches!(*c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(*c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}');
        !c.is_whitespace() && !c.is_control() && !is_hidden
    };
    name.chars().filter(is_seen).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::same_person;

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
}
