//! Text of others, made harmless.

/// Writes `text` so that it stays on its line and looks like what it is.
///
/// Control characters and characters that are invisible or turn the direction of writing become
/// `\n`, `\t`, `\u{202e}`; with `ascii`, so does everything beyond ASCII. Prefixes of commands that
/// build servers read anywhere in a line (`##[`, `##vso[`, `##teamcity[`) are broken up. It is made
/// for reading, not for reading back: a backslash stays a backslash.
pub fn escape(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_command = character == '#' && out.ends_with('#') && {
            let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
            rest.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).starts_with('[')
        };
        if is_command {
            out.push_str("\\u{23}");
        } else if character.is_control()
            || is_deceptive(character)
            || (ascii && !character.is_ascii())
        {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Characters that show nothing, or change how others show.
const fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_of_others_stays_on_its_line() {
        let hostile = "a\r\n::error::b\u{1b}[2J\u{85}\u{2028}c\0";
        assert_eq!(escape(hostile, false), "a\\r\\n::error::b\\u{1b}[2J\\u{85}\\u{2028}c\\u{0}");
    }

    #[test]
    fn text_of_others_does_not_turn_or_hide() {
        assert_eq!(
            escape("a\u{202e}b\u{200b}c\u{e0041}", false),
            "a\\u{202e}b\\u{200b}c\\u{e0041}"
        );
        assert_eq!(escape("größe", false), "größe");
        assert_eq!(escape("größe", true), "gr\\u{f6}\\u{df}e");
    }

    #[test]
    fn text_of_others_gives_no_commands_to_a_build_server() {
        assert_eq!(escape("x ##[error]y", false), "x #\\u{23}[error]y");
        assert_eq!(escape("##vso[task.complete]", false), "#\\u{23}vso[task.complete]");
        assert_eq!(escape("###[group]", false), "##\\u{23}[group]");
        assert_eq!(escape("## a heading [1]", false), "## a heading [1]");
    }
}
