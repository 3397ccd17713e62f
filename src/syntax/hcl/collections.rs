//! Lists and objects.

use crate::model::{Kind, Style};

use super::tokens::{Fault, Mark, Token};
use super::{Ends, Reader};

impl Reader<'_, '_, '_> {
    pub(super) fn list(&mut self, at: usize, open: Token) -> Result<(), Fault> {
        let close = open.partner();
        self.open(Kind::List, Style::Flow, open.place().0)?;
        self.at = at + 1;
        loop {
            self.skip_newlines(close);
            if self.at >= close {
                break;
            }
            self.value(close, Ends::Comma)?;
            self.skip_newlines(close);
            self.at += 1;
        }
        self.close(close);
        Ok(())
    }

    pub(super) fn object(&mut self, at: usize, open: Token) -> Result<(), Fault> {
        let close = open.partner();
        self.open(Kind::Map, Style::Flow, open.place().0)?;
        self.at = at + 1;
        loop {
            while self.peek(close).is_some_and(|t| matches!(t.mark, Mark::Newline | Mark::Comma)) {
                self.at += 1;
            }
            if self.at >= close {
                break;
            }
            self.object_key(close)?;
            self.value(close, Ends::LineOrComma)?;
        }
        self.close(close);
        Ok(())
    }

    /// A key and its `=` or `:`; one that is neither name nor text stays as written.
    fn object_key(&mut self, close: usize) -> Result<(), Fault> {
        let from = self.at;
        let Some(first) = self.next(close) else { return Ok(()) };
        let mut last = first;
        if first.mark == Mark::Open {
            self.at = first.partner();
            last = self.next(close).unwrap_or(first);
        }
        while let Some(token) = self.peek(close) {
            match token.mark {
                Mark::Assign | Mark::Colon => break,
                Mark::Newline | Mark::Comma => {
                    return Err(Fault::Wrong(token.place().0, "a key has no value"));
                }
                Mark::Open => self.at = token.partner(),
                Mark::Word | Mark::Quoted | Mark::Heredoc | Mark::Close | Mark::Other => (),
            }
            last = self.next(close).unwrap_or(token);
        }
        if self.at >= close {
            return Err(Fault::Wrong(last.place().1, "a key has no value"));
        }
        let place = (first.place().0, last.place().1);
        if first.mark == Mark::Quoted && self.at == from + 1 {
            self.quoted(place)?;
        } else {
            self.scalar(Kind::Text, Style::Plain, place)?;
        }
        self.at += 1;
        Ok(())
    }
}
