//! The text of a page: elements of our own, texts of others.

use std::fmt::Write as _;

use crate::report::markup::safe;

/// A page in the making. Text is escaped when it is added, whoever wrote it; names of elements and
/// classes are our own.
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

    /// Adds an element that holds a text.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        // Formatting into a text does not fail.
        let _ = write!(self.out, "<{name}>{}</{name}>", safe(text));
    }

    /// Adds an element of a class that holds a text.
    pub(super) fn classed(&mut self, name: &str, class: &str, text: &str) {
        let _ = write!(self.out, "<{name} class=\"{class}\">{}</{name}>", safe(text));
    }

    /// Adds a heading of a chapter, and what can be linked to.
    pub(super) fn chapter(&mut self, id: &str, title: &str) {
        let _ = write!(self.out, "\n<h2 id=\"{id}\">{}</h2>\n", safe(title));
    }

    /// Adds a table.
    pub(super) fn table(
        &mut self,
        caption: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) {
        self.raw("<table>");
        self.element("caption", caption);
        self.raw("<thead><tr>");
        for column in columns {
            let _ = write!(self.out, "<th scope=\"col\">{}</th>", safe(column));
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            for cell in row {
                match cell {
                    Cell::Text(text) => self.element("td", &text),
                    Cell::Code(text) => {
                        let _ = write!(self.out, "<td><code>{}</code></td>", safe(&text));
                    }
                    Cell::Count(count) => self.classed("td", "count", &count.to_string()),
                }
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table>\n");
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
    /// A number.
    Count(u64),
}
