//! Telling a template that was not rendered from YAML that is wrong.

/// The first template expression (`{{` or `{%`) of a document that no reader of YAML would take
/// for text: outside comments, quoted scalars and block scalars. Line by line, because a
/// template need not parse.
pub(super) fn expression(text: &str) -> Option<usize> {
    first(text, |rest| rest.starts_with(b"{{") || rest.starts_with(b"{%"))
}

/// The first piece of Ruby (`<%= x %>`, `<% if y %>`) that stands there, as YAML or around it. A
/// reader of YAML takes the first kind for text; who keeps such a file has it filled in before.
pub(super) fn ruby(text: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), b"<%")?;
    memchr::memmem::find(text.as_bytes(), b"%>")?;
    first(text, |rest| {
        rest.starts_with(b"<%") && matches!(rest.get(2), Some(b' ' | b'=' | b'-' | b'#' | b'%'))
    })
}

/// The first place outside comments, quoted scalars and block scalars where a mark stands.
fn first(text: &str, is_mark: fn(&[u8]) -> bool) -> Option<usize> {
    let mut at = 0;
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indent = content.len() - content.trim_start().len();
        if block.is_some_and(|parent| !content.is_empty() && indent <= parent) {
            block = None;
        }
        if block.is_none() {
            if let Some(found) = in_line(content, is_mark) {
                return Some(at + found);
            }
            if opens_block(content) {
                block = Some(indent);
            }
        }
        at += line.len();
    }
    None
}

fn in_line(line: &str, is_mark: fn(&[u8]) -> bool) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut quote: Option<u8> = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins_token = matches!(before, None | Some(b' ' | b'\t' | b',' | b'[' | b'{' | b':'));
        match (quote, byte) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') if begins_token => quote = Some(byte),
            (None, b'#') if matches!(before, None | Some(b' ' | b'\t')) => return None,
            (None, _) if is_mark(bytes.get(at..).unwrap_or_default()) => return Some(at),
            (Some(_) | None, _) => (),
        }
        at += 1;
    }
    None
}

/// Whether a line ends in the header of a block scalar.
fn opens_block(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let header = line.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    header.strip_suffix(['|', '>']).is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

#[cfg(test)]
mod tests {
    use super::{expression, ruby};

    #[test]
    fn an_expression_outside_scalars_and_comments_is_found() {
        assert_eq!(expression("a: {{ .Values.x }}\n"), Some(3));
        assert_eq!(expression("a: 1\n{{- if .x }}\n"), Some(5));
        assert_eq!(expression("a: don't {{ x }}\n"), Some(9));
        assert_eq!(expression("{% if x %}\n"), Some(0));
        assert_eq!(expression("a: |\n  {{ x }}\n{{ y }}\n"), Some(15));
    }

    #[test]
    fn ruby_outside_scalars_and_comments_is_found() {
        assert_eq!(ruby("a: <%= ENV['A'] %>\n"), Some(3));
        assert_eq!(ruby("a: 1\n<% if b -%>\nc: 1\n<% end %>\n"), Some(5));
        for text in [
            "a: '<%= x %>'\n",
            "# <%= x %>\n",
            "a: |\n  <%= x %>\n",
            "a: <%= x\n",
            "pattern: <%X{trace}> %>\n",
            "a: 1 <b>\n",
        ] {
            assert_eq!(ruby(text), None, "{text}");
        }
    }

    #[test]
    fn expressions_that_are_text_are_not_templates() {
        for text in [
            "a: \"{{ x }}\"\n",
            "a: '{{ x }}' # {{ y }}\n",
            "# {{ x }}\n",
            "a: |-\n  {{ x }}\n\n  {% y %}\nb: 1\n",
            "- >2 # {{ x }}\n    {{ y }}\n",
            "a: \"\\\"{{ x }}\"\n",
            "a: {b: {c: 1}}\n",
        ] {
            assert_eq!(expression(text), None, "{text}");
        }
    }
}
