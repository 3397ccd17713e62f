//! What every syntax promises.

use driftseal::model::{GapReason, Kind, Limits, Node, SourceId, Style};
use driftseal::syntax::{Parsed, SYNTAXES, Syntax, by_id, detect};

/// What a file of a syntax is usually called, where that is not its id as extension.
const NAMES: &[(&str, &str)] = &[
    ("dotenv", ".env"),
    ("haproxy", "haproxy.cfg"),
    ("hcl", "main.tf"),
    ("nginx", "nginx.conf"),
    ("pg_hba", "pg_hba.conf"),
    ("postgresql", "postgresql.conf"),
    ("sshd", "sshd_config"),
    ("text", "motd"),
];

/// Syntaxes in which the parts of a map may stand anywhere in the file: the span of a
/// container is a hull, which may overlap that of a younger sibling.
const SCATTERED: &[&str] = &["toml", "xml"];

/// Syntaxes whose values may be encoded in the source: such a value has the place of the whole
/// block it is decoded from, up to this mark, and so have the values beside it.
const ENCODED: &[(&str, &str)] = &[("pem", "-----END CERTIFICATE-----")];

/// Keys that stand nowhere in the source: the names of columns.
const UNWRITTEN: &[(&str, &[&str])] =
    &[("pg_hba", &["type", "database", "user", "address", "mask", "method", "option", "file"])];

fn is_unwritten(syntax: &dyn Syntax, node: Node<'_>) -> bool {
    let known =
        UNWRITTEN.iter().any(|(id, names)| *id == syntax.id() && names.contains(&node.text()));
    known && node.raw().is_empty()
}

fn is_encoded(syntax: &dyn Syntax, node: Node<'_>) -> bool {
    let marks = ENCODED.iter().filter(|(id, _)| *id == syntax.id());
    marks.into_iter().any(|(_, mark)| node.raw().ends_with(mark))
}

/// A word that no message may repeat.
const CANARY: &str = "Zq7Canary";

const NOISE_TEXTS: usize = 2_000;
const NOISE_PIECES_MAX: usize = 60;

fn name(syntax: &dyn Syntax) -> String {
    NAMES
        .iter()
        .find(|(id, _)| *id == syntax.id())
        .map_or_else(|| format!("sample.{}", syntax.id()), |(_, name)| (*name).to_owned())
}

fn parse<'s>(syntax: &dyn Syntax, text: &'s str) -> Parsed<'s> {
    syntax.parse(text, SourceId(7), &Limits::STANDARD)
}

/// Every node of a tree in preorder, with its depth.
fn nodes<'t>(parsed: &'t Parsed<'_>) -> Vec<(usize, Node<'t>)> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, Node<'_>)> = parsed.tree.roots().map(|root| (0, root)).collect();
    open.reverse();
    while let Some((depth, node)) = open.pop() {
        found.push((depth, node));
        let mut inner: Vec<_> = children(node).map(|child| (depth + 1, child)).collect();
        inner.reverse();
        open.extend(inner);
    }
    found
}

fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.items().chain(node.entries().flat_map(|entry| [entry.key, entry.value]))
}

type Fact<'t> = (usize, Kind, Style, u32, u32, &'t str);

fn facts<'t>(parsed: &'t Parsed<'_>) -> Vec<Fact<'t>> {
    let fact = |(depth, node): (usize, Node<'t>)| {
        (depth, node.kind(), node.style(), node.span().start, node.span().end, node.text())
    };
    nodes(parsed).into_iter().map(fact).collect()
}

/// What holds for any text, however broken.
fn is_sane(syntax: &dyn Syntax, text: &str) {
    let parsed = parse(syntax, text);
    let about = || format!("{}: {text:?}", syntax.id());
    for (_, node) in nodes(&parsed) {
        let span = node.span();
        assert_eq!(span.source, SourceId(7), "{}", about());
        let under = text.get(span.start as usize..span.end as usize);
        assert!(under.is_some(), "a span {span:?} lies outside, in {}", about());
    }
    assert_eq!(parsed.documents.len(), parsed.tree.roots().count(), "{}", about());
    for document in &parsed.documents {
        assert!(parsed.tree.root(document.root).is_some(), "{}", about());
        assert!(document.start <= document.end && document.end as usize <= text.len());
    }
    for issue in &parsed.issues {
        assert!(text.is_char_boundary(issue.at as usize), "{issue:?} in {}", about());
        assert!(!issue.message.contains(CANARY), "{issue:?} quotes {}", about());
    }
}

/// Whether a scalar's text stands in the source as it is, between its quotes at most.
fn stands_verbatim(node: Node<'_>) -> bool {
    let (raw, text) = (node.raw(), node.text());
    let is_between = |quotes: &&str| {
        let inner = raw.strip_prefix(*quotes).and_then(|inner| inner.strip_suffix(*quotes));
        inner.is_some_and(|inner| inner == text || inner.strip_prefix('\n') == Some(text))
    };
    let is_quoted = ["\"", "'", "\"\"\"", "'''"].iter().any(is_between);
    let is_block = matches!(node.style(), Style::Literal | Style::Folded) || raw.contains('\n');
    // What is to be computed is told from data by the marks of a template.
    let is_expression = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
    // So is an attribute from an element, and a text that has no name of its own.
    let is_marked = text.strip_prefix('@').or_else(|| text.strip_prefix("#text"));
    raw == text
        || is_quoted
        || [is_expression, is_marked].contains(&Some(raw))
        || (is_block && holds_words(raw, text))
}

fn holds_words(raw: &str, text: &str) -> bool {
    let mut rest = raw;
    text.split_whitespace().all(|word| {
        let behind = rest.split_once(word).map(|(_, behind)| behind);
        rest = behind.unwrap_or_default();
        behind.is_some()
    })
}

/// A small generator of our own: noise must be the same on every machine.
struct Noise(u64);

impl Noise {
    /// Seeds one generator per syntax alike.
    const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Marks that mean something to some syntax.
    const MARKS: &[&str] = &[
        "\n",
        "\u{a0}",
        "\u{c}",
        "\r\n",
        "\r",
        " ",
        "\t",
        "=",
        ":",
        ";",
        ",",
        ".",
        "#",
        "!",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "{",
        "}",
        "[",
        "]",
        "[[",
        "]]",
        "(",
        "{{",
        "}}",
        "{%",
        "${",
        "\\",
        "\\u12",
        "\\ud83d",
        "$",
        "- ",
        "---\n",
        "|\n",
        ">-",
        "&a ",
        "*a",
        "<<: ",
        "/*",
        "//",
        "<a>",
        "</a>",
        "<<EOF\n",
        "0x1F",
        "1_0",
        "true",
        "null",
        "\u{feff}",
        "é",
        "😀",
        "\0",
        "a_by_lua_block {",
        "Match ",
        "export ",
        CANARY,
    ];

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// Words of the sample between marks.
    fn text(&mut self, words: &[&str]) -> String {
        let count = self.below(NOISE_PIECES_MAX) + 1;
        let piece = |_| match self.below(3) {
            0 => words[self.below(words.len())],
            _ => Self::MARKS[self.below(Self::MARKS.len())],
        };
        (0..count).map(piece).collect()
    }
}

#[test]
fn names_are_unique_and_lead_to_their_syntax() {
    for (index, syntax) in SYNTAXES.iter().enumerate() {
        let first = SYNTAXES.iter().position(|other| other.id() == syntax.id());
        assert_eq!(first, Some(index), "{} is named twice", syntax.id());
        assert_eq!(by_id(syntax.id()).map(Syntax::id), Some(syntax.id()));
        assert!(!syntax.about().is_empty(), "{}", syntax.id());
    }
}

#[test]
fn a_sample_is_claimed_by_its_syntax() {
    for syntax in SYNTAXES {
        let name = name(*syntax);
        let found = detect(&format!("deploy/blue/{name}"), syntax.sample()).map(Syntax::id);
        assert_eq!(found, Some(syntax.id()), "{name}");
    }
}

#[test]
fn a_sample_is_understood_wholly_and_always_alike() {
    for syntax in SYNTAXES {
        let (once, again) = (parse(*syntax, syntax.sample()), parse(*syntax, syntax.sample()));
        assert_eq!(once.issues, [], "{}", syntax.id());
        assert!(!once.documents.is_empty(), "{}", syntax.id());
        assert_eq!(facts(&once), facts(&again), "{}", syntax.id());
        assert_eq!(once.documents, again.documents, "{}", syntax.id());
    }
}

#[test]
fn every_key_and_text_of_a_sample_stands_under_its_span() {
    for syntax in SYNTAXES {
        let parsed = parse(*syntax, syntax.sample());
        for (_, node) in nodes(&parsed).into_iter().filter(|(_, node)| node.is_scalar()) {
            let (raw, text) = (node.raw(), node.text());
            let stands =
                stands_verbatim(node) || is_encoded(*syntax, node) || is_unwritten(*syntax, node);
            assert!(stands, "{}: {text:?} is not {raw:?}", syntax.id());
        }
    }
}

#[test]
fn spans_of_a_sample_nest_and_follow_each_other() {
    for syntax in SYNTAXES {
        let parsed = parse(*syntax, syntax.sample());
        let is_scattered = SCATTERED.contains(&syntax.id());
        for (_, parent) in nodes(&parsed).into_iter().filter(|(_, node)| !node.is_copied()) {
            let outer = parent.span();
            let mut behind = outer.start;
            for child in children(parent).filter(|child| !child.is_copied()) {
                let span = child.span();
                let about = || format!("{}: {child:?} in {parent:?}", syntax.id());
                assert!(span.start >= behind, "{}", about());
                assert!(span.end <= outer.end && span.start <= span.end, "{}", about());
                let is_hull = is_scattered && !child.is_scalar() || is_encoded(*syntax, child);
                behind = if is_hull { span.start } else { span.end };
            }
        }
    }
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_no_structure() {
    let shape = |parsed: &Parsed<'_>| -> Vec<(usize, Kind)> {
        nodes(parsed).into_iter().map(|(depth, node)| (depth, node.kind())).collect()
    };
    for syntax in SYNTAXES {
        let text = format!("\u{feff}{}", syntax.sample().replace('\n', "\r\n"));
        let parsed = parse(*syntax, &text);
        assert_eq!(parsed.issues, [], "{}", syntax.id());
        assert_eq!(shape(&parsed), shape(&parse(*syntax, syntax.sample())), "{}", syntax.id());
    }
}

#[test]
fn a_reached_limit_is_named() {
    for syntax in SYNTAXES {
        let limits = Limits { nodes_max: 0, ..Limits::STANDARD };
        let parsed = syntax.parse(syntax.sample(), SourceId(7), &limits);
        assert!(parsed.documents.is_empty(), "{}", syntax.id());
        let is_named = parsed.issues.iter().any(|issue| {
            issue.reason == GapReason::LimitReached && issue.message.contains("nodes_max")
        });
        assert!(is_named, "{}", syntax.id());
    }
}

#[test]
fn no_beginning_of_a_sample_breaks_a_syntax() {
    for syntax in SYNTAXES {
        let sample = syntax.sample();
        for (end, _) in sample.char_indices() {
            is_sane(*syntax, &sample[..end]);
        }
    }
}

#[test]
fn no_missing_byte_of_a_sample_breaks_a_syntax() {
    for syntax in SYNTAXES {
        for at in 0..syntax.sample().len() {
            let mut bytes = syntax.sample().as_bytes().to_vec();
            bytes.remove(at);
            is_sane(*syntax, &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn no_noise_breaks_a_syntax() {
    for syntax in SYNTAXES {
        let words: Vec<&str> = syntax.sample().split_inclusive([' ', '\n']).collect();
        let mut noise = Noise(Noise::SEED);
        for _ in 0..NOISE_TEXTS {
            let text = noise.text(&words);
            is_sane(*syntax, &text);
            // Every syntax has to say whether it is its own, and be done.
            assert!(detect("noise.conf", &text).is_some());
        }
    }
}
