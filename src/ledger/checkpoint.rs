//! Checkpoints: the signed state of a log (C2SP tlog-checkpoint v1.0.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{LedgerError, Reason};
use super::merkle;
use super::note::Note;
use crate::model::Digest;
use crate::wire::statement::LogHead;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of its entries.
    pub size: u64,
    /// The root over all of them.
    pub root: Digest,
}

impl Checkpoint {
    /// Reads the text of a note from `place`. Lines after the third are of others and mean nothing
    /// here.
    ///
    /// # Errors
    ///
    /// The text is no checkpoint, or says that nothing has another root than nothing has.
    pub fn parse(note: &Note, place: &str) -> Result<Self, LedgerError> {
        let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
        let mut lines = note.text().split_terminator('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(failed("it is no checkpoint: origin, size and root, a line each"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(failed("a line of the checkpoint is empty"));
        }
        let size = number(size).ok_or_else(|| failed("the size is no decimal number"))?;
        let root = hash(root).ok_or_else(|| failed("the root is no hash in base64"))?;
        if size == 0 && root != merkle::empty() {
            return Err(failed("it has no entries and the root of some"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// As a report carries it.
    pub fn to_wire(&self) -> LogHead {
        let root = STANDARD.encode(self.root.0);
        LogHead { origin: self.origin.clone(), size: self.size, root }
    }

    /// From what a report carries.
    ///
    /// # Errors
    ///
    /// Its root is no hash.
    pub fn from_wire(head: &LogHead) -> Result<Self, LedgerError> {
        let root = hash(&head.root).ok_or_else(|| {
            let message = "its root is no hash in base64";
            LedgerError::new(Reason::Malformed, "the log head of the report", message)
        })?;
        Ok(Self { origin: head.origin.clone(), size: head.size, root })
    }
}

/// A decimal number in its one spelling.
pub(super) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    // A size that would leave no number for the entry after the last is none.
    (number.to_string() == text && number < u64::MAX / 2).then_some(number)
}

/// A hash in its one spelling.
pub(super) fn hash(text: &str) -> Option<Digest> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Checkpoint, LedgerError> {
        let note = format!("{text}\n\u{2014} a.example AAAAAAA=\n");
        Checkpoint::parse(&Note::parse(note.as_bytes(), "it").unwrap(), "it")
    }

    #[test]
    fn a_checkpoint_is_written_as_it_is_read() {
        let text =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = read(text).unwrap();
        assert_eq!((checkpoint.text().as_str(), checkpoint.size), (text, 20_852_163));
        assert_eq!(read(&format!("{text}extension\n")).unwrap(), checkpoint);
        assert_eq!(Checkpoint::from_wire(&checkpoint.to_wire()).unwrap(), checkpoint);
    }

    #[test]
    fn another_spelling_is_no_checkpoint() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for text in [
            format!("a\n01\n{root}\n"),
            format!("a\n+1\n{root}\n"),
            format!("a\n-1\n{root}\n"),
            format!("a\n0\n{root}\n"),
            format!("a\n18446744073709551615\n{root}\n"),
            format!("a\n1\n{}\n", root.trim_end_matches('=')),
            format!("a\n1\n{}\n", root.replace('I', "J")),
            format!("\n1\n{root}\n"),
            "a\n1\n".to_owned(),
        ] {
            assert_eq!(read(&text).unwrap_err().reason, Reason::Malformed, "{text}");
        }
    }
}
