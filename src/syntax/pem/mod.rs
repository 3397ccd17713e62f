//! PEM: certificates, keys, and what else stands between `-----BEGIN` and `-----END`.
//!
//! A block stands under its label. A certificate is a map of what it says, so that a renewed one
//! differs where it differs: its dates, its names, its key. What it says is encoded there and not
//! written, so every part of it has the place of its block. Any other block is its body as text,
//! and so is what stands between blocks.

mod certificate;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{GapReason, Kind, LimitReached, Limits, SourceId, Style, TreeBuilder};

use self::certificate::Said;
use super::claims::{has_extension, statements};
use super::lines::{NOT_RENDERED, beginning, limit_issue, note, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static PEM: Pem = Pem;

/// Textual encodings of PKIX structures (RFC 7468).
pub(super) struct Pem;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

const NO_CERTIFICATE: &str = "the block is no X.509 certificate that can be read, so it is \
                              compared as text: encode it again";

const NOT_CLOSED: &str = "the block has no END line of its label: add it";

impl Syntax for Pem {
    fn id(&self) -> &'static str {
        "pem"
    }

    fn about(&self) -> &'static str {
        "PEM: X.509 certificates by what they say, other blocks as text"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.pem")
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let has_block = || head.lines().any(|line| label_of(line, BEGIN).is_some());
        let first = || statements(head, &['#']).next();
        if has_extension(name, &["pem", "crt", "cer", "cert", "ca-bundle", "chain"]) && has_block()
        {
            90
        } else if first().is_some_and(|line| line.starts_with("-----BEGIN CERTIFICATE-----")) {
            80
        } else {
            0
        }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let builder = TreeBuilder::new(text, source, limits);
        let mut reader = Reader { text, builder, issues: Vec::new(), between: beginning(text) };
        if let Err((limit, at)) = reader.document() {
            reader.builder.abandon(0);
            reader.issues.push(limit_issue(limit, at));
        } else {
            reader.builder.root(0);
        }
        one_document(reader.builder.finish(), reader.issues)
    }
}

/// The label of a BEGIN or END line.
fn label_of<'t>(line: &'t str, mark: &str) -> Option<&'t str> {
    let label = line.trim_end().strip_prefix(mark)?.strip_suffix(DASHES)?;
    (!label.is_empty() && !label.contains('-')).then_some(label)
}

/// Bytes from the first to one past the last.
type Place = (usize, usize);

/// A limit, and where it was reached.
type Full = (LimitReached, usize);

struct Reader<'s> {
    text: &'s str,
    builder: TreeBuilder<'s>,
    issues: Vec<Issue>,
    /// Where what stands between blocks begins.
    between: usize,
}

impl<'s> Reader<'s> {
    fn document(&mut self) -> Result<(), Full> {
        let mut at = self.between;
        self.open(Kind::Map, at)?;
        while let Some(line) = self.line(at) {
            let next = at + line.len();
            at = match label_of(line, BEGIN) {
                Some(label) => self.block(at, next, label)?,
                None => next,
            };
        }
        self.text_between(at)?;
        self.builder.close(self.text.len());
        Ok(())
    }

    /// The line that begins at a byte, its end included.
    fn line(&self, at: usize) -> Option<&'s str> {
        self.text.get(at..)?.split_inclusive('\n').next()
    }

    /// Reads the block whose BEGIN line stands at `start`; returns where it ends.
    fn block(&mut self, start: usize, body: usize, label: &'s str) -> Result<usize, Full> {
        self.text_between(start)?;
        let end_line = format!("-----END {label}-----");
        let mut at = body;
        let end = loop {
            let Some(line) = self.line(at) else { break None };
            if line.trim_end() == end_line {
                break Some(at + line.trim_end().len());
            }
            at += line.len();
        };
        let key = (start + BEGIN.len(), start + BEGIN.len() + label.len());
        let place = (start, end.unwrap_or(at));
        if end.is_none() {
            note(&mut self.issues, GapReason::Unparsed, start, NOT_CLOSED);
        }
        if label == "CERTIFICATE" && end.is_some() && self.certificate(key, place, (body, at))? {
            self.between = place.1;
            return Ok(place.1);
        }
        self.written(key, key)?;
        self.written(self.trimmed((body, at)), key)?;
        self.between = place.1;
        Ok(place.1)
    }

    /// A certificate; false when the block is none.
    fn certificate(&mut self, key: Place, place: Place, body: Place) -> Result<bool, Full> {
        let written = self.text.get(body.0..body.1).unwrap_or_default();
        let joined: String = written.split_ascii_whitespace().collect();
        let said = STANDARD.decode(joined).ok().and_then(|der| certificate::said(&der));
        let Some(said) = said else {
            let (reason, message) = if written.contains("{{") {
                (GapReason::TemplateNotRendered, NOT_RENDERED)
            } else {
                (GapReason::Unparsed, NO_CERTIFICATE)
            };
            note(&mut self.issues, reason, place.0, message);
            return Ok(false);
        };
        self.written(key, key)?;
        self.open(Kind::Map, key.1)?;
        // What is not written there stands for its block from behind the label on.
        let place = (key.1, place.1);
        for (name, value) in said {
            self.derived(Kind::Text, name, place)?;
            match value {
                Said::Text(text) => self.derived(Kind::Text, &text, place)?,
                Said::Number(number) => self.derived(Kind::Number, &number.to_string(), place)?,
                Said::Flag(flag) => self.derived(Kind::Bool, &flag.to_string(), place)?,
                Said::List(items) => {
                    self.open(Kind::List, place.0)?;
                    for item in items {
                        self.derived(Kind::Text, &item, place)?;
                    }
                    self.builder.close(place.1);
                }
            }
        }
        self.builder.close(place.1);
        Ok(true)
    }

    /// What stands before a block and behind the last one.
    fn text_between(&mut self, end: usize) -> Result<(), Full> {
        let place = self.trimmed((self.between, end));
        if place.0 == place.1 {
            return Ok(());
        }
        self.derived(Kind::Text, "#text", (place.0, place.0))?;
        self.written(place, place)
    }

    fn trimmed(&self, place: Place) -> Place {
        let written = self.text.get(place.0..place.1).unwrap_or_default();
        let start = place.0 + (written.len() - written.trim_start().len());
        (start, start + written.trim().len())
    }

    fn written(&mut self, place: Place, near: Place) -> Result<(), Full> {
        let added = self.builder.borrowed(Kind::Text, Style::Plain, place, place);
        added.map(|_| ()).map_err(|limit| (limit, near.0))
    }

    fn derived(&mut self, kind: Kind, text: &str, place: Place) -> Result<(), Full> {
        let added = self.builder.owned(kind, Style::Plain, place, text);
        added.map(|_| ()).map_err(|limit| (limit, place.0))
    }

    fn open(&mut self, kind: Kind, start: usize) -> Result<(), Full> {
        let opened = self.builder.open(kind, Style::Plain, start);
        opened.map(|_| ()).map_err(|limit| (limit, start))
    }
}

#[cfg(test)]
mod tests {
    use super::PEM;
    use crate::model::{GapReason, Limits, Node, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        PEM.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn a_certificate_is_what_it_says() {
        let parsed = parse(PEM.sample());
        let root = parsed.tree.root(0).unwrap();
        let certificates: Vec<Node<'_>> = root
            .entries()
            .filter(|entry| entry.key.text() == "CERTIFICATE")
            .map(|entry| entry.value)
            .collect();
        let [leaf, issuer] = certificates.as_slice() else { panic!("{root:?}") };
        for (key, text) in [
            ("subject", "CN=checkout.example.org,O=Example,C=CH"),
            ("issuer", "CN=Example Test CA,O=Example"),
            ("key_algorithm", "rsaEncryption"),
            ("key_bits", "2048"),
            ("signature_algorithm", "ecdsa-with-SHA256"),
            ("ca", "false"),
            ("not_before", "2026-11-21T15:36:14Z"),
            ("sha256", "11701305883b4742c61d07e78a327b8d8c23ae9bde084e386d72a46e9576d2dd"),
            ("serial", "0A:2E:17:7F:62:8D:C9:28:30:92:75:7C:79:2D:56:7A:4A:BE:3C:9D"),
        ] {
            assert_eq!(leaf.text_at(&[key]), Some(text), "{key}");
        }
        let names: Vec<&str> = leaf.get("names").unwrap().items().map(Node::text).collect();
        let expected = [
            "DNS:checkout.example.org",
            "DNS:*.example.org",
            "IP:192.0.2.7",
            "IP:2001:db8::1",
            "URI:spiffe://example.org/checkout",
            "email:ops@example.org",
        ];
        assert_eq!(names, expected);
        assert_eq!(issuer.text_at(&["ca"]), Some("true"));
        assert_eq!(issuer.text_at(&["key_curve"]), Some("secp256r1"));
        assert_eq!(issuer.text_at(&["key_bits"]), Some("256"));
        let usages: Vec<&str> = issuer.get("usages").unwrap().items().map(Node::text).collect();
        assert_eq!(usages, ["KeyCertSign", "CRLSign"]);
    }

    #[test]
    fn what_is_no_certificate_is_compared_as_text() {
        let cases = [
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", GapReason::Unparsed),
            (
                "-----BEGIN CERTIFICATE-----\n{{ .ca }}\n-----END CERTIFICATE-----\n",
                GapReason::TemplateNotRendered,
            ),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n", GapReason::Unparsed),
        ];
        for (text, reason) in cases {
            let parsed = parse(text);
            let [issue] = parsed.issues.as_slice() else { panic!("{text}") };
            assert_eq!((issue.at, issue.reason), (0, reason), "{text}");
            let body = parsed.tree.root(0).unwrap().text_at(&["CERTIFICATE"]).unwrap();
            assert_eq!(text.lines().nth(1), Some(body));
        }
    }

    #[test]
    fn other_blocks_and_the_text_between_them_are_kept() {
        let text = "Bag\n-----BEGIN X-----\r\n a\r\nb\r\n-----END X-----\r\nrest\n";
        let shown = format!("{:?}", parse(text).tree.root(0).unwrap());
        let tree = r##"{Text"#text": Text"Bag", Text"X": Text"a\r\nb", Text"#text": Text"rest"}"##;
        assert_eq!(shown, tree);
    }
}
