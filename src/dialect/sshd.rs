//! Configuration of OpenSSH servers and clients.

use std::sync::LazyLock;

use super::plain;
use super::schema::{At, Schema};
use super::{Dialect, Identity, Within};
use crate::model::{Node, Typing};

/// The dialect.
pub(super) static SSHD: Sshd = Sshd;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("sshd.toml")).unwrap_or_default());

/// See [`SSHD`].
pub(super) struct Sshd;

impl Dialect for Sshd {
    fn id(&self) -> &'static str {
        "sshd"
    }

    fn about(&self) -> &'static str {
        "sshd_config and ssh_config: keywords in any case"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("sshd_config", "PermitRootLogin no\nX11Forwarding no\n")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let includes = root.entries().any(|entry| entry.key.text().eq_ignore_ascii_case("include"));
        // What is absent from a part may stand in another one.
        let whole = name == "sshd_config" && !includes;
        let kind = if whole { "sshd_config" } else { syntax };
        (syntax == "sshd")
            .then(|| Identity { kind: kind.to_owned(), ..plain::identity(file, syntax) })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Text
    }

    /// Keywords are case-insensitive and arguments are not (`sshd_config(5)` of OpenSSH 9.9); a
    /// block such as `Match User root` has both in its key.
    fn key_name(&self, _at: At<'_>, key: &str, _within: Within<'_>) -> Option<String> {
        let end = key.find(|c: char| c.is_ascii_whitespace()).unwrap_or(key.len());
        let (keyword, arguments) = key.split_at_checked(end)?;
        Some(format!("{}{arguments}", keyword.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("sshd.toml")).unwrap();
    }
}
