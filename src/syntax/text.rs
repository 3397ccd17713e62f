//! Plain text: what no other syntax claims is compared line by line, by the floors above.

use crate::model::{Kind, Limits, SourceId, Style, TreeBuilder};

use super::lines::{beginning, limit_issue, one_document};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static TEXT: Text = Text;

/// Text without a structure: one scalar, the whole of it.
pub(super) struct Text;

impl Syntax for Text {
    fn id(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "any text that no other syntax claims, compared line by line"
    }

    fn sample(&self) -> &'static str {
        "Welcome to the bastion.\n\n  Authorised use only: \"all\" sessions are {recorded}; ça va?\n"
    }

    fn claim(&self, _name: &str, _head: &str) -> u8 {
        1
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut builder = TreeBuilder::new(text, source, limits);
        let span = (beginning(text), text.len());
        let issues = match builder.borrowed(Kind::Text, Style::Literal, span, span) {
            Ok(id) => {
                builder.root(id);
                Vec::new()
            }
            Err(limit) => vec![limit_issue(limit, 0)],
        };
        one_document(builder.finish(), issues)
    }
}
