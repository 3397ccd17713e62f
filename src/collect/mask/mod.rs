//! Secrets out, tokens in. The only code that ever looks at a secret.
//!
//! Secrets are found by place (`place`: schemas, names of keys, pairs, embedded documents; in texts
//! without a tree `assign`, `beside`, `command`, `markup`), by shape (`shape`: keys and tokens of
//! known form, passwords in URLs), and, where neither says anything, by how letters of both cases
//! and digits are mixed (`opaque`). Each is replaced where it stands (`edit`), so that lines do not move; the result is
//! parsed again and must say the same (`check`).
//!
//! **Never here:** keeping, showing or quoting what was found. A token holds a class and a keyed
//! fingerprint. No search to the end of a text at every place that may begin a secret (`near`).
//!
//! **To add a secret:** a field of a dialect goes into its schema; a name into `names`, a
//! well-known prefix into `shape`, a program into `command`. What one organisation alone calls a
//! secret goes into its `driftseal.toml` (`declared`).

mod acl;
mod assign;
mod beside;
mod check;
mod command;
mod comments;
mod declared;
mod described;
mod echo;
mod edit;
mod encoded;
mod flat;
mod headers;
mod key;
mod known;
mod layout;
mod markup;
mod names;
mod near;
mod opaque;
mod pem;
mod place;
mod promise;
mod shape;
mod spelled;
mod unparsed;
mod url;
mod value;
mod variables;
mod whole;

use std::collections::BTreeSet;

pub use declared::SecretPatterns;
pub use key::MaskingKey;
pub use promise::is_material;
pub use value::may_be_secret;

pub(super) use check::only_masks_differ;
pub(super) use edit::Rewritten;
pub(super) use known::{Known, Told};
pub(super) use place::{Page, Search};
pub(super) use variables::{Variable, Variables};

/// What became of a text's secrets.
pub(super) enum Masked {
    /// There is none.
    Clean,
    /// They were replaced; some of them may stand in other texts too.
    Replaced(Rewritten, Vec<Told>),
    /// The text was not understood, so they cannot be found with certainty.
    NotUnderstood,
}

/// Masks a text; `known` are secrets that were found in others. Tells the variables it refers to
/// where secrets are expected, too.
pub(super) fn mask(
    search: Search<'_>,
    page: Page<'_>,
    known: Option<&Known>,
) -> (Masked, BTreeSet<Variable>) {
    let Some(mut masks) = unparsed::masks(search.key, page.text, page.parsed) else {
        return (Masked::NotUnderstood, BTreeSet::new());
    };
    let found = place::find(search, page, 0);
    masks.extend(found.masks);
    masks.extend(search.declared.masks(search.key, page.text));
    let is_secret = search.variables.is_some_and(|variables| variables.is_file(page.name));
    if page.syntax.id() == "text" && (is_secret || names::is_secret_file(page.name)) {
        masks.extend(every_line(search.key, page.text));
    }
    let told = known::told(page.text, &masks);
    masks.extend(echo::echoes(page.text, &masks));
    masks.extend(known.map(|known| known.masks(page.text)).unwrap_or_default());
    let masked = if masks.is_empty() {
        Masked::Clean
    } else {
        Masked::Replaced(Rewritten::new(page.text, masks), told)
    };
    (masked, found.variables)
}

/// Masks a short text that is no file: a path, a locator, a message.
pub(super) fn mask_words(search: Search<'_>, text: &str) -> String {
    let mut masks = flat::find_flat(search.key, text, assign::Manner::Arguments, search.variables);
    masks.extend(search.declared.masks(search.key, text));
    if masks.is_empty() {
        return text.to_owned();
    }
    Rewritten::new(text, masks).text
}

/// Masks the lines of a file that holds nothing but credentials, comments and PEM excepted.
fn every_line(key: &MaskingKey, text: &str) -> Vec<edit::Mask> {
    if text.contains("-----BEGIN") {
        return Vec::new();
    }
    let mut masks = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        if !body.is_empty() && !body.starts_with('#') {
            let from = start + (line.len() - line.trim_start().len());
            let token = key.token("credential", body.as_bytes());
            masks.push(edit::Mask::over(text, from..from + body.len(), token));
        }
        start += line.len();
    }
    masks
}
