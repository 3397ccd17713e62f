//! The text of a page: elements of our own, texts of others.

use std::fmt::Write as _;

use crate::report::markup::safe;

/// A page in the making. Text is escaped when it is added, whoever wrote it; names of elements,
/// attributes and classes are our own.
#[derive(Default)]
pub(super) struct Document {
    out: String,
}

impl Document {
    /// Adds markup of our own.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.out.push_str(&safe(text));
    }

    /// Adds the beginning of an element.
    pub(super) fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        // Formatting into a text does not fail.
        let _ = write!(self.out, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.out, " {attribute}=\"{}\"", safe(value));
        }
        self.out.push('>');
    }

    /// Adds an element that holds a text.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        let _ = write!(self.out, "<{name}>{}</{name}>", safe(text));
    }

    /// Adds an element of a class that holds a text.
    pub(super) fn classed(&mut self, name: &str, class: &str, text: &str) {
        let _ = write!(self.out, "<{name} class=\"{class}\">{}</{name}>", safe(text));
    }

    /// Adds a link to a place in this page.
    pub(super) fn link(&mut self, to: &str, text: &str) {
        let _ = write!(self.out, "<a href=\"#{}\">{}</a>", fragment(to), safe(text));
    }

    /// Begins a chapter that can be linked to.
    pub(super) fn chapter(&mut self, id: &str, title: &str) {
        let _ = write!(
            self.out,
            "\n<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>\n",
            safe(title)
        );
    }

    /// Ends a chapter.
    pub(super) fn end_chapter(&mut self) {
        self.raw("</section>\n");
    }

    /// Adds a label and its text to a list of such, unless there is no text.
    pub(super) fn entry(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.element("dt", label);
            self.element("dd", text);
        }
    }

    /// Adds a table. The first cell of a row names it.
    pub(super) fn table(
        &mut self,
        caption: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) {
        self.raw("<div class=\"wide\" tabindex=\"0\"><table>");
        self.element("caption", caption);
        self.raw("<thead><tr>");
        for column in columns {
            let _ = write!(self.out, "<th scope=\"col\">{}</th>", safe(column));
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            for (nth, cell) in row.into_iter().enumerate() {
                self.cell(nth == 0, cell);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table></div>\n");
    }

    fn cell(&mut self, is_first: bool, cell: Cell) {
        let (name, scope) = if is_first { ("th", " scope=\"row\"") } else { ("td", "") };
        let _ = match cell {
            Cell::Text(text) => write!(self.out, "<{name}{scope}>{}</{name}>", safe(&text)),
            Cell::Code(text) => {
                write!(self.out, "<{name}{scope}><code>{}</code></{name}>", safe(&text))
            }
            Cell::Classed(class, text) => write!(
                self.out,
                "<{name}{scope}><span class=\"{class}\">{}</span></{name}>",
                safe(&text)
            ),
            Cell::Small(text) => {
                write!(self.out, "<{name}{scope} class=\"small\">{}</{name}>", safe(&text))
            }
            Cell::Link(to, text) => write!(
                self.out,
                "<{name}{scope}><a href=\"#{}\">{}</a></{name}>",
                fragment(&to),
                safe(&text)
            ),
            Cell::Count(count) => {
                write!(self.out, "<{name}{scope} class=\"count\">{count}</{name}>")
            }
        };
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// What stands in a table.
pub(super) enum Cell {
    /// Prose.
    Text(String),
    /// A name or a value.
    Code(String),
    /// A word in a class of our own.
    Classed(&'static str, String),
    /// A long list of names.
    Small(String),
    /// A link to a place in the page: the place, and the text.
    Link(String, String),
    /// A number.
    Count(u64),
}

/// The name of a place in this page, as part of a link: it cannot lead anywhere else.
fn fragment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'/' | b'=') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
