//! Documents inside scalars: which syntax they are in, and where their bytes lie in the file.

use crate::model::{Node, Style};
use crate::syntax::{self, Syntax};

/// Extensions that say a one-line text is a document.
const DOCUMENT_EXTENSIONS: [&str; 10] =
    ["yaml", "yml", "json", "toml", "properties", "env", "ini", "conf", "cnf", "cfg"];

/// The syntax of a text that stands under the name `name`, when it is a document: it has several
/// lines or a name with a document's extension, and some syntax other than plain text claims it.
pub fn embedded_syntax(name: &str, text: &str) -> Option<&'static dyn Syntax> {
    let several_lines = text.trim_end().contains('\n');
    let named = name.rsplit_once('.').is_some_and(|(_, end)| DOCUMENT_EXTENSIONS.contains(&end));
    if !several_lines && !named {
        return None;
    }
    syntax::detect(name, text).filter(|syntax| !matches!(syntax.id(), "text" | "binary"))
}

/// Leads byte ranges of an embedded text back to the file it stands in.
#[derive(Clone, Copy)]
pub struct Frame<'f> {
    /// The text around the scalar: the file's, or that of another embedded document.
    pub text: &'f str,
    /// The scalar that holds the document.
    pub scalar: Node<'f>,
    /// The frame of the text around it; nothing when that is the file's.
    pub outer: Option<&'f Self>,
}

impl Frame<'_> {
    /// The range of the file that a range of the embedded text stands for. Exact where each line
    /// of the text stands in the file as it is; the whole scalar otherwise.
    pub fn to_file(&self, range: super::Range) -> super::Range {
        let span = self.scalar.span();
        let here = self.exact(range).unwrap_or((span.start, span.end));
        self.outer.map_or(here, |outer| outer.to_file(here))
    }

    fn exact(&self, (start, end): super::Range) -> Option<super::Range> {
        let (start, end) = (start as usize, end as usize);
        let span = self.scalar.span();
        let at = span.start as usize;
        let inner = self.scalar.text();
        let range = if self.scalar.style() == Style::Literal {
            let last = end.saturating_sub(usize::from(end > start));
            (self.in_literal(at, inner, start)?, self.in_literal(at, inner, last)?)
        } else {
            let raw = self.scalar.raw();
            let quote = raw.find(inner).filter(|_| !inner.is_empty())?;
            (at + quote + start, at + quote + end.saturating_sub(usize::from(end > start)))
        };
        let close = range.1 + usize::from(end > start);
        Some((u32::try_from(range.0).ok()?, u32::try_from(close).ok()?))
    }

    /// Offset in the outer text of an offset of a literal block's text.
    fn in_literal(&self, block: usize, inner: &str, offset: usize) -> Option<usize> {
        let head = inner.as_bytes().get(..offset)?;
        let line = memchr::memchr_iter(b'\n', head).count();
        let column = offset - memchr::memrchr(b'\n', head).map_or(0, |newline| newline + 1);
        let outer = self.text.as_bytes();
        let first = memchr::memrchr(b'\n', outer.get(..block)?).map_or(0, |newline| newline + 1);
        let indent = block - first;
        if line == 0 {
            return Some(block + column);
        }
        let tail = outer.get(block..)?;
        let newline = memchr::memchr_iter(b'\n', tail).nth(line - 1)?;
        let start = block + newline + 1;
        let length = memchr::memchr(b'\n', outer.get(start..)?)
            .unwrap_or_else(|| outer.len().saturating_sub(start));
        Some(start + (indent + column).min(length))
    }
}
