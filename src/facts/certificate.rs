//! Certificates as they say themselves who they are, until when, and by what key.

use super::cursor::Document;
use super::names::owner;
use super::{Fact, Item, View};
use crate::model::{Kind, Node};

/// See its `about`.
pub(super) static CERTIFICATE: View = View {
    id: "tls.certificate",
    about: "A certificate in a PEM file, or in a text that holds one",
    fields: &[
        ("owner", "the file or object it stands in"),
        ("subject", "whom it names"),
        ("issuer", "who signed it"),
        ("not_before", "its first instant, RFC 3339"),
        ("not_after", "its last instant, RFC 3339"),
        ("ca", "whether it signs others"),
        ("algorithm", "the algorithm of its key"),
        ("bits", "how many bits its key has; absent where that goes without saying"),
        (
            "weak",
            "whether its key is shorter than is taken for strong: 2048 bits, or 256 of a curve (NIST SP 800-57 part 1 \
             rev. 5, table 2)",
        ),
    ],
    dialects: &["plain"],
    extract,
};

/// What a block of a certificate is called.
const LABEL: &str = "CERTIFICATE";

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.syntax != "pem" {
        return Vec::new();
    }
    let root = document.cursor();
    let blocks = root
        .entries()
        .into_iter()
        .filter(|(label, block)| *label == LABEL && block.node.kind() == Kind::Map);
    let one = |(nth, (_, block)): (usize, (&'t str, super::Cursor<'t>))| {
        let text = |key: &str| block.node.text_at(&[key]).map(|text| Fact::text(text.to_owned()));
        let bits = block.node.text_at(&["key_bits"]).and_then(|bits| bits.parse::<u32>().ok());
        let least = if block.node.get("key_curve").is_some() { 256 } else { 2048 };
        let is_ca = block.node.get("ca").map(Node::text) == Some("true");
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner(document).to_string()))),
            ("subject", text("subject")),
            ("issuer", text("issuer")),
            ("not_before", text("not_before")),
            ("not_after", text("not_after")),
            ("ca", Some(Fact::Bool(is_ca))),
            ("algorithm", text("key_algorithm")),
            ("bits", bits.and_then(|bits| Fact::number(&bits.to_string()))),
            ("weak", Some(Fact::Bool(bits.is_some_and(|bits| bits < least)))),
        ]);
        block.item(format!("{LABEL}/{nth}"), fact)
    };
    blocks.enumerate().map(one).collect()
}
