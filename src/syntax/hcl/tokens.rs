//! Cuts HCL into tokens: where words, texts and brackets stand, and which bracket closes which.

use crate::model::{LimitReached, Limits};

use super::super::lines::beginning;

/// Which language a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Grammar {
    /// HCL.
    Hcl,
    /// Alloy's: names have dots in them, and what stands between backquotes stands for itself.
    Alloy,
}

/// What HCL consists of, blanks and comments left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A name or a number.
    Word,
    /// A text in quotes, its templates included.
    Quoted,
    /// A heredoc, from `<<` to its closing word.
    Heredoc,
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// `,`
    Comma,
    /// `=`
    Assign,
    /// `:`
    Colon,
    /// The end of a line.
    Newline,
    /// Any other mark; operators and dots.
    Other,
}

/// One token. Sixteen bytes, because there are many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) mark: Mark,
    byte: u8,
    start: u32,
    end: u32,
    partner: u32,
}

impl Token {
    /// Its bytes.
    pub(super) const fn place(self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }

    /// Whether it is this opening bracket.
    pub(super) fn is_open(self, bracket: u8) -> bool {
        self.mark == Mark::Open && self.byte == bracket
    }

    /// The index of the bracket that closes it.
    pub(super) const fn partner(self) -> usize {
        self.partner as usize
    }
}

/// Why a text was not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// A limit is reached at a byte.
    Limit(usize, LimitReached),
    /// Something is wrong at a byte.
    Wrong(usize, &'static str),
}

/// The tokens of a text; every opening bracket has its partner.
pub(super) fn tokens(text: &str, limits: &Limits, grammar: Grammar) -> Result<Vec<Token>, Fault> {
    let (tokens, open) = (Vec::new(), Vec::new());
    let mut lexer = Lexer { text, grammar, at: beginning(text), tokens, open };
    while let Some(byte) = lexer.peek(0) {
        if lexer.tokens.len() >= limits.nodes_max.saturating_mul(2) as usize {
            return Err(Fault::Limit(lexer.at, LimitReached::Nodes));
        }
        lexer.token(byte)?;
    }
    match lexer.open.last().and_then(|open| lexer.tokens.get(*open)) {
        Some(open) => Err(Fault::Wrong(open.place().0, "a bracket is not closed")),
        None => Ok(lexer.tokens),
    }
}

struct Lexer<'s> {
    text: &'s str,
    grammar: Grammar,
    at: usize,
    tokens: Vec<Token>,
    /// The tokens of open brackets, innermost last.
    open: Vec<usize>,
}

impl Lexer<'_> {
    fn token(&mut self, byte: u8) -> Result<(), Fault> {
        let next = self.peek(1);
        let alloy = self.grammar == Grammar::Alloy;
        match byte {
            b'`' if alloy => {
                let length = self.rest().get(1..).and_then(|rest| rest.find('`'));
                let length = length.ok_or(Fault::Wrong(self.at, "a raw text is not closed"))?;
                self.push(Mark::Quoted, byte, length + 2);
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\n' => self.push(Mark::Newline, byte, 1),
            b'#' if !alloy => self.skip_line(),
            b'/' if next == Some(b'/') => self.skip_line(),
            b'/' if next == Some(b'*') => {
                let length = self.rest().find("*/");
                self.at += length.ok_or(Fault::Wrong(self.at, "a comment is not closed"))? + 2;
            }
            b'"' => {
                let end = quoted_end(self.text.as_bytes(), self.at);
                let end = end.ok_or(Fault::Wrong(self.at, "a text in quotes is not closed"))?;
                self.push(Mark::Quoted, byte, end - self.at);
            }
            b'<' if next == Some(b'<') && !alloy => {
                let length = heredoc_length(self.rest());
                let length = length.ok_or(Fault::Wrong(self.at, "a heredoc is not closed"))?;
                self.push(Mark::Heredoc, byte, length);
            }
            b'(' | b'[' | b'{' => {
                self.open.push(self.tokens.len());
                self.push(Mark::Open, byte, 1);
            }
            b')' | b']' | b'}' => self.close(byte)?,
            b',' => self.push(Mark::Comma, byte, 1),
            b':' => self.push(Mark::Colon, byte, 1),
            b'=' if !matches!(next, Some(b'=' | b'>')) => self.push(Mark::Assign, byte, 1),
            b'=' | b'!' | b'<' | b'>' if matches!(next, Some(b'=' | b'>')) => {
                self.push(Mark::Other, byte, 2);
            }
            _ if is_word(byte) => {
                let dotted = alloy || byte.is_ascii_digit();
                let more = |byte: &u8| {
                    is_word(*byte) || *byte == b'-' && !alloy || dotted && *byte == b'.'
                };
                let length = self.rest().bytes().take_while(more).count();
                self.push(Mark::Word, byte, length);
            }
            _ => self.push(Mark::Other, byte, 1),
        }
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<(), Fault> {
        let wrong = Fault::Wrong(self.at, "this bracket closes nothing that is open");
        let Some(open) = self.open.pop() else { return Err(wrong) };
        let index = offset(self.tokens.len());
        let opening = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        match self.tokens.get_mut(open).filter(|token| token.byte == opening) {
            Some(token) => token.partner = index,
            None => return Err(wrong),
        }
        self.push(Mark::Close, byte, 1);
        Ok(())
    }

    fn push(&mut self, mark: Mark, byte: u8, length: usize) {
        let (start, end) = (offset(self.at), offset(self.at + length));
        self.tokens.push(Token { mark, byte, start, end, partner: 0 });
        self.at += length;
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// Every byte of a character that is not ASCII counts as a letter, so no character is cut.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// One past the quote that closes the text beginning at `start`. Templates in it may hold texts.
fn quoted_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut open = vec![b'"'];
    let mut at = start + 1;
    while let Some(within) = open.last().copied() {
        let byte = bytes.get(at).copied()?;
        let next = bytes.get(at + 1).copied();
        match (within, byte) {
            (b'"', b'\n') => return None,
            (b'"', b'\\') => at += 1,
            (b'"', b'"') | (b'{', b'}') => drop(open.pop()),
            (b'"', b'$' | b'%') if next == Some(byte) && bytes.get(at + 2) == Some(&b'{') => {
                at += 2;
            }
            (b'"', b'$' | b'%') if next == Some(b'{') => {
                open.push(b'{');
                at += 1;
            }
            (b'{', b'"' | b'{') => open.push(byte),
            _ => (),
        }
        at += 1;
    }
    Some(at)
}

/// How long a heredoc is that begins a text; nothing when it does not end.
fn heredoc_length(text: &str) -> Option<usize> {
    let intro = text.lines().next()?;
    let word = intro.trim_start_matches('<');
    let word = word.strip_prefix('-').unwrap_or(word).trim();
    if word.is_empty() || !word.bytes().all(|byte| is_word(byte) || byte == b'-') {
        return None;
    }
    let mut at = text.find('\n')? + 1;
    for line in text.get(at..)?.split_inclusive('\n') {
        if line.trim() == word {
            return Some(at + line.trim_end().len());
        }
        at += line.len();
    }
    None
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
