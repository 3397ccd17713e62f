//! Values that somebody was to fill in.

use super::cursor::Document;
use super::names::{filled, owner};
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static PLACEHOLDER: View = View {
    id: "config.placeholder",
    about: "A value that only holds the place of the real one: CHANGEME, TODO, <your-token>",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("value", "the value as written"),
    ],
    dialects: &[],
    extract,
};

/// Values that are placeholders whatever they stand for; separators left out.
const WORDS: [&str; 9] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "todo",
    "fixme",
    "tbd",
    "placeholder",
    "insertvaluehere",
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings(document, &[], |setting| filled(setting.node).is_some_and(is_placeholder))
        .iter()
        .map(|setting| {
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.to_string()))),
                ("name", Some(Fact::text(setting.full_name()))),
                ("value", Some(Fact::text(setting.text()))),
            ]);
            setting.place().item_here(fact)
        })
        .collect()
}

fn is_placeholder(text: &str) -> bool {
    let bare = |byte: &u8| !matches!(byte, b'_' | b'-' | b' ');
    let same = |word: &str| {
        let mut letters = text.bytes().filter(bare).map(|byte| byte.to_ascii_lowercase());
        word.bytes().all(|byte| letters.next() == Some(byte)) && letters.next().is_none()
    };
    // Asked of every value: the first letter rules nearly all of them out.
    let first = text.bytes().find(bare).map(|byte| byte.to_ascii_lowercase());
    let begins = |word: &&&str| word.as_bytes().first().copied() == first;
    if WORDS.iter().filter(begins).any(|word| same(word)) {
        return true;
    }
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b' ');
    inner.is_some_and(|inner| inner.len() > 2 && inner.bytes().all(letter) && !inner.contains("=="))
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn only_a_whole_value_holds_a_place() {
        for text in ["CHANGEME", "change-me", "Replace_Me", "<your-token>", "TODO", "<API KEY>"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["todo-service", "https://todo.example/", "<>", "a<b>", "<html/>", "change"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
