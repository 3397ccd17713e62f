use std::fmt::Write;

use super::YAML;
use crate::model::{GapReason, Kind, Limits, Node, SourceId, Style};
use crate::syntax::{Parsed, Syntax};

fn parse(text: &str) -> Parsed<'_> {
    YAML.parse(text, SourceId(0), &Limits::STANDARD)
}

/// Every node as kind, style, span and text, one per line: two trees are equal when these are.
pub(super) fn dump(parsed: &Parsed<'_>) -> String {
    fn dump_node(node: Node<'_>, depth: usize, out: &mut String) {
        let span = node.span();
        let (kind, style, copied) = (node.kind(), node.style(), node.is_copied());
        let (start, end, text) = (span.start, span.end, node.text());
        let _ = writeln!(out, "{depth} {kind:?} {style:?} {start}..{end} {copied} {text:?}");
        for item in node.items() {
            dump_node(item, depth + 1, out);
        }
        for entry in node.entries() {
            dump_node(entry.key, depth + 1, out);
            dump_node(entry.value, depth + 1, out);
        }
    }
    let mut out = String::new();
    for root in parsed.tree.roots() {
        dump_node(root, 0, &mut out);
    }
    let _ = writeln!(out, "{:?}\n{:?}", parsed.documents, parsed.issues);
    out
}

/// What every parse promises, whatever the text.
pub(super) fn check(text: &str, parsed: &Parsed<'_>) {
    fn check_node(text: &str, node: Node<'_>, from: u32, to: u32) -> u32 {
        let span = node.span();
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(text.get(start..end).is_some(), "{start}..{end} of {text:?}");
        if node.is_copied() {
            return from;
        }
        assert!(from <= span.start && span.end <= to, "{span:?} in {from}..{to} of {text:?}");
        let mut cursor = span.start;
        for item in node.items() {
            cursor = check_node(text, item, cursor, span.end);
        }
        for entry in node.entries() {
            assert!(entry.key.is_scalar(), "{text:?}");
            cursor = check_node(text, entry.key, cursor, span.end);
            cursor = check_node(text, entry.value, cursor, span.end);
        }
        if node.style() == Style::Literal {
            check_literal(text, node);
        }
        span.end
    }
    fn check_literal(text: &str, node: Node<'_>) {
        let source = text.get(node.span().start as usize..).unwrap().split('\n');
        let lines: Vec<&str> =
            node.text().strip_suffix('\n').unwrap_or(node.text()).split('\n').collect();
        assert!(!lines[0].is_empty(), "{text:?}");
        for (source, line) in source.zip(lines) {
            let source = source.strip_suffix('\r').unwrap_or(source);
            assert!(
                source == line
                    || line.is_empty()
                    || source.trim_start_matches(' ').ends_with(line.trim_start_matches(' ')),
                "{text:?}"
            );
        }
    }
    assert_eq!(parsed.documents.len(), parsed.tree.roots().count(), "{text:?}");
    for document in &parsed.documents {
        let root = parsed.tree.root(document.root).unwrap();
        check_node(text, root, document.start, document.end);
    }
    for pair in parsed.documents.windows(2) {
        assert!(pair[0].ordinal < pair[1].ordinal && pair[0].end <= pair[1].start, "{text:?}");
    }
    for issue in &parsed.issues {
        assert!(issue.at as usize <= text.len(), "{text:?}");
    }
}

fn shown(text: &str) -> String {
    let parsed = parse(text);
    check(text, &parsed);
    assert!(parsed.issues.is_empty(), "{text:?}: {:?}", parsed.issues);
    format!("{:?}", parsed.tree)
}

fn issues(text: &str) -> Vec<(GapReason, u32, Option<u32>)> {
    let parsed = parse(text);
    check(text, &parsed);
    parsed.issues.iter().map(|issue| (issue.reason, issue.at, issue.ordinal)).collect()
}

#[test]
fn the_sample_is_read_whole_and_stands_verbatim_under_its_spans() {
    fn verbatim(node: Node<'_>) {
        if node.is_scalar() {
            let raw = node.raw();
            let bare = raw.strip_prefix(['"', '\'']).unwrap_or(raw);
            let bare = bare.strip_suffix(['"', '\'']).unwrap_or(bare);
            assert_eq!(bare, node.text());
        }
        node.items().for_each(verbatim);
        for entry in node.entries() {
            verbatim(entry.key);
            verbatim(entry.value);
        }
    }
    let text = YAML.sample();
    let parsed = parse(text);
    check(text, &parsed);
    assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
    assert_eq!(parsed.documents.len(), 3);
    parsed.tree.roots().for_each(verbatim);
    let containers = ["spec", "template", "spec", "containers"];
    let first = parsed.tree.root(0).unwrap().at(&containers).unwrap().items().next().unwrap();
    assert_eq!(first.text_at(&["script"]), Some("exec /bin/checkout\n"));
    assert_eq!(first.at(&["script"]).unwrap().style(), Style::Literal);
    assert_eq!(first.at(&["env"]).unwrap().len(), 2);
    let job = parsed.tree.root(1).unwrap().at(&["job"]).unwrap();
    assert_eq!(job.text_at(&["interval"]), Some("30s"));
    assert_eq!(job.text_at(&["target"]), Some("!Ref Checkout"));
}

#[test]
fn a_text_cut_anywhere_is_read_without_panic() {
    let sample = YAML.sample();
    for text in (0..=sample.len()).filter_map(|end| sample.get(..end)) {
        check(text, &parse(text));
    }
}

#[test]
fn documents_keep_their_place_and_range() {
    let text = "# head\n---\n# empty\n---\na: 1\n...\n# next\n---\nb: [\n---\nc: 3\n";
    let parsed = parse(text);
    check(text, &parsed);
    let ranges: Vec<(u32, u32, u32)> = parsed
        .documents
        .iter()
        .map(|document| (document.ordinal, document.start, document.end))
        .collect();
    assert_eq!(ranges, [(1, 19, 32), (3, 48, 57)]);
    assert_eq!(issues(text), [(GapReason::Unparsed, 46, Some(2))]);
    assert!(parse("").documents.is_empty());
    assert!(parse("# comment\n").documents.is_empty());
    assert_eq!(shown("--- ~\n"), r#"[Plain"~"]"#);
}

#[test]
fn a_byte_order_mark_is_skipped_and_counted() {
    let parsed = parse("\u{feff}a: b\n");
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.get("a").unwrap().span().start, 6);
    assert_eq!(parsed.documents[0].start, 0);
}

#[test]
fn what_is_not_written_is_plain_and_empty() {
    let text = "a:   # c\nb :\nc:\n-\n-  # d\n- - \nd: {e, f: , g: &x }\n";
    assert_eq!(
        shown(text),
        r#"[{Plain"a": Plain"", Plain"b": Plain"", Plain"c": [Plain"", Plain"", [Plain""]], Plain"d": {Plain"e": Plain"", Plain"f": Plain"", Plain"g": Plain""}}]"#
    );
    let parsed = parse(text);
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.get("a").unwrap().span().start, 2);
    assert_eq!(root.get("b").unwrap().span().start, 12);
    let items: Vec<u32> = root.get("c").unwrap().items().map(|item| item.span().start).collect();
    assert_eq!(items, [17, 19, 27]);
}

#[test]
fn containers_span_from_their_first_to_their_last_child() {
    let text = "a:\n- b\n- - c\n\n# end\nd:\n  - {e: f}  # g\n";
    let parsed = parse(text);
    check(text, &parsed);
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.get("a").unwrap().raw(), "- b\n- - c");
    assert_eq!(root.get("a").unwrap().items().nth(1).unwrap().raw(), "- c");
    assert_eq!(root.get("d").unwrap().raw(), "- {e: f}");
    assert_eq!(root.raw(), text.strip_suffix("  # g\n").unwrap());
}

#[test]
fn aliases_are_expanded_and_merges_applied() {
    assert_eq!(
        shown("a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3\nf: &x y\ng: *x\n"),
        r#"[{Plain"a": {Plain"b": Plain"1", Plain"c": Plain"2"}, Plain"d": {Plain"b": Plain"1", Plain"c": Plain"2"}, Plain"e": {Plain"c": Plain"3", Plain"b": Plain"1"}, Plain"f": Plain"y", Plain"g": Plain"y"}]"#
    );
    assert_eq!(issues("a: &x [1, *x]\n---\nb: 1\n"), [(GapReason::Unparsed, 10, Some(0))]);
    assert_eq!(issues("a: *x\n"), [(GapReason::Unparsed, 3, Some(0))]);
    assert_eq!(issues("a: &x 1\n---\nb: *x\n"), [(GapReason::Unparsed, 15, Some(1))]);
}

#[test]
fn an_alias_bomb_costs_its_own_document_only() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{alias}]");
    }
    let text = format!("a: 1\n---\n{bomb}---\nb: 2\n");
    let limits = Limits { nodes_max: 100_000, ..Limits::STANDARD };
    let parsed = YAML.parse(&text, SourceId(0), &limits);
    assert_eq!(parsed.documents.len(), 2);
    assert_eq!(parsed.issues[0].reason, GapReason::LimitReached);
    assert!(parsed.issues[0].message.contains("nodes_max"));
    let many = format!("---\n{bomb}").repeat(50);
    assert_eq!(YAML.parse(&many, SourceId(0), &limits).issues.len(), 5);
    let deep: String = (1..200).fold("a0: &a0 [x]\n".to_owned(), |mut text, level| {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
        text
    });
    assert!(parse(&deep).issues[0].message.contains("depth_max"));
    assert!(parse(&"[".repeat(100_000)).issues[0].message.contains("depth_max"));
}

#[test]
fn tags_stay_visible_unless_they_only_name_a_type() {
    assert_eq!(
        shown(
            "a: !Ref x\nb: !!str 1\nc: ! 2\nd: !!int 3\ne: !Sub \"x\"\nf: !reset\ng: !If [h, i]\n"
        ),
        r#"[{Plain"a": Text"!Ref x", Plain"b": Text"1", Plain"c": Text"2", Plain"d": Plain"3", Plain"e": Text"!Sub x", Plain"f": Text"!reset", Plain"g": {Text"!If": [Plain"h", Plain"i"]}}]"#
    );
    let parsed = parse("a: !Ref x\n");
    assert_eq!(parsed.tree.root(0).unwrap().get("a").unwrap().raw(), "!Ref x");
    assert_eq!(
        parse("a: !Sub |\n  x\n").tree.root(0).unwrap().get("a").unwrap().style(),
        Style::Folded
    );
}

#[test]
fn quoted_text_may_continue_at_any_indentation() {
    let text = "a:\n  b: \"one\n  two\n\nthree\\n\"\n  c: 'it''s\n  so'\nd:\n- 'x\ny'\n";
    assert_eq!(
        shown(text),
        r#"[{Plain"a": {Plain"b": Text"one two\nthree\n", Plain"c": Text"it's so"}, Plain"d": [Text"x y"]}]"#
    );
    let parsed = parse(text);
    let root = parsed.tree.root(0).unwrap();
    assert_eq!(root.at(&["a", "b"]).unwrap().raw(), "\"one\n  two\n\nthree\\n\"");
    assert_eq!(issues("a:\n  \"b\n  c\": d\n"), [(GapReason::Unparsed, 12, Some(0))]);
    assert_eq!(shown("a: [\n  b,\n  c\n]\n"), r#"[{Plain"a": [Plain"b", Plain"c"]}]"#);
    assert_eq!(shown("- a: [\n  b\n  ]\n- c\n"), r#"[[{Plain"a": [Plain"b"]}, Plain"c"]]"#);
}

#[test]
fn block_scalars_say_where_their_lines_stand() {
    let text = "a: |\n  x\n\n   y\nb: |\n\n  z\nc: |2\n   w\nd: >\n  f\n  g\n";
    let parsed = parse(text);
    check(text, &parsed);
    let root = parsed.tree.root(0).unwrap();
    let shown: Vec<(Style, &str, &str)> = root
        .entries()
        .map(|entry| (entry.value.style(), entry.value.text(), entry.value.raw()))
        .collect();
    assert_eq!(
        shown,
        [
            (Style::Literal, "x\n\n y\n", "x\n\n   y\n"),
            (Style::Folded, "\nz\n", "z\n"),
            (Style::Literal, " w\n", " w\n"),
            (Style::Folded, "f g\n", "f\n  g\n"),
        ]
    );
    assert_eq!(shown_value("a: |\n  x"), "x");
    assert_eq!(shown_value("a: |\r\n  x\r\n  y\r\n"), "x\ny\n");
}

fn shown_value(text: &str) -> String {
    parse(text).tree.root(0).unwrap().get("a").unwrap().text().to_owned()
}

#[test]
fn odd_keys_are_text_and_repeated_ones_are_kept() {
    let long = "k".repeat(5000);
    assert_eq!(
        shown("1: a\n~: b\n? c\n1: d\n"),
        r#"[{Plain"1": Plain"a", Plain"~": Plain"b", Plain"c": Plain"", Plain"1": Plain"d"}]"#
    );
    assert_eq!(parse(&format!("{long}: 1\n")).tree.root(0).unwrap().text_at(&[&long]), Some("1"));
}

#[test]
fn a_template_is_not_an_error_and_text_is_not_a_template() {
    let template = |at, ordinal| vec![(GapReason::TemplateNotRendered, at, Some(ordinal))];
    assert_eq!(issues("a: {{ .Values.x }}\n---\nb: 1\n"), template(3, 0));
    assert_eq!(issues("b: 1\n---\n{{- if .x }}\na: 1\n{{- end }}\n"), template(9, 1));
    assert_eq!(issues("a: {{ .x }}-suffix\n"), template(3, 0));
    assert_eq!(issues("{% if x %}\na: 1\n{% endif %}\n"), template(0, 0));
    assert_eq!(issues("a: \"{{ x }}\"\nb: |\n  {{ y }}\nc: d {{ e }}\n"), []);
    assert_eq!(issues("a: \"{{ x }}\"\nb: [\n"), [(GapReason::Unparsed, 16, Some(0))]);
    assert_eq!(issues("{a: 1}: b\n"), [(GapReason::Unparsed, 0, Some(0))]);
    let issue = &parse("a: {{ .Values.secret }}\n").issues[0];
    assert!(issue.message.starts_with("template, not rendered"));
}

#[test]
fn no_message_quotes_the_text() {
    for text in [
        "a: b: hunter2",
        "a: 'hunter2",
        "a: \u{7}hunter2",
        "a: *hunter2",
        "!h!hunter2 x",
        "@hunter2",
    ] {
        let parsed = parse(text);
        assert_eq!(parsed.issues.len(), 1, "{text:?}");
        let message = &parsed.issues[0].message;
        assert!(!message.contains("hunter2") && !message.contains('\u{7}'), "{message}");
    }
}

/// What noise is made of.
pub(super) const PIECES: [&str; 52] = [
    "a",
    "b: ",
    "c:",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "-",
    "  ",
    " ",
    "\t",
    "\"",
    "'",
    "\\",
    "#",
    " # x",
    "|",
    ">",
    "|-",
    ">+",
    "|2",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "? ",
    "&x ",
    "*x",
    "!t ",
    "!!str ",
    "---\n",
    "\n---",
    "...\n",
    "%YAML 1.2\n",
    "<<: ",
    "{{ x }}",
    "\r\n",
    "\r",
    "\u{feff}",
    "\u{e9}",
    "\u{85}",
    "\0",
    "~",
    "\"q\": ",
    "key: |\n  text\n",
    "\"m\n n\"",
    "'m\n\n  n'",
    "|\n   t\n   u\n",
    ">-\n  f\n  g\n\n  h\n",
];

#[test]
fn kinds_follow_the_quotes() {
    let text = "a: 1\nb: '1'\nc: \"1\"\nd: |-\n  1\n";
    let parsed = parse(text);
    let kinds: Vec<Kind> =
        parsed.tree.root(0).unwrap().entries().map(|entry| entry.value.kind()).collect();
    assert_eq!(kinds, [Kind::Plain, Kind::Text, Kind::Text, Kind::Text]);
}
