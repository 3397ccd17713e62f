//! Grafana Alloy's configuration: components with labels, wired by references.
//!
//! Written like HCL, and read by its reader, but for names with dots and raw texts in backquotes
//! (grafana/alloy 66ebea856d, `syntax/scanner/scanner.go`). The order of blocks means nothing.

use crate::model::{Limits, SourceId};

use super::claims::has_extension;
use super::hcl::{self, Grammar};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static ALLOY: Alloy = Alloy;

/// See [`ALLOY`].
pub(super) struct Alloy;

impl Syntax for Alloy {
    fn id(&self) -> &'static str {
        "alloy"
    }

    fn about(&self) -> &'static str {
        "Grafana Alloy's configuration: blocks with labels; expressions are kept as text"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.alloy")
    }

    fn claim(&self, name: &str, _head: &str) -> u8 {
        if has_extension(name, &["alloy", "river"]) { 90 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        hcl::parse(text, source, limits, Grammar::Alloy)
    }
}

#[cfg(test)]
mod tests {
    use super::ALLOY;
    use crate::model::{Limits, SourceId};
    use crate::syntax::Syntax as _;

    #[test]
    fn names_have_dots_and_raw_texts_stand_for_themselves() {
        let cases = [
            (
                "a.b \"c\" {\n  d = e.f.g[0].h\n  i = 1.5\n}\n",
                r#"{Text"a.b \"c\"": {Text"d": Text"${e.f.g[0].h}", Text"i": Number"1.5"}}"#,
            ),
            ("a = `\\d \"{` // c\n", r#"{Text"a": Text"\\d \"{"}"#),
            ("a = [b.c.d, \"e\",]\n", r#"{Text"a": [Text"${b.c.d}", Text"e"]}"#),
            ("a = b - 1\n", r#"{Text"a": Text"${b - 1}"}"#),
            (
                "a {}\n\nb.c {\n\td.e { f = true }\n}\n",
                r#"{Text"a": {}, Text"b.c": {Text"d.e": {Text"f": Bool"true"}}}"#,
            ),
        ];
        for (text, tree) in cases {
            let parsed = ALLOY.parse(text, SourceId(0), &Limits::STANDARD);
            assert_eq!(parsed.issues, [], "{text}");
            assert_eq!(format!("{:?}", parsed.tree.root(0).unwrap()), tree, "{text}");
        }
        for text in ["# a\n", "a = `b\n", "a.b", "a = 1 b = 2\n"] {
            let parsed = ALLOY.parse(text, SourceId(0), &Limits::STANDARD);
            assert_eq!(parsed.issues.len(), 1, "{text}");
        }
    }
}
