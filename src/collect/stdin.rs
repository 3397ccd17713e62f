//! What is piped in.

use super::door::{Content, Found, read_capped};
use super::{Collector, Gathered, Options};
use crate::model::GapReason;
use crate::wire::snapshot::MAGIC;

/// The collector.
pub(super) static STDIN: Stdin = Stdin;

/// Standard input, as one file.
pub(super) struct Stdin;

impl Collector for Stdin {
    fn scheme(&self) -> &'static str {
        "stdin"
    }

    fn about(&self) -> &'static str {
        "-: standard input, as one file"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator == "-"
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        match read_capped(std::io::stdin().lock(), 0, &options.limits) {
            Ok(bytes) if bytes.starts_with(MAGIC.as_bytes()) => {
                let message = "cannot read a snapshot from standard input: its texts are read \
                               where they stand; write it to a file and name that";
                gathered.gap("stdin", GapReason::Unreadable, message.to_owned());
            }
            // A program that failed writes nothing; what it should have said is not known.
            Ok(bytes) if bytes.trim_ascii().is_empty() => {
                let message = "cannot collect it: nothing came in on standard input; check that \
                               the program that writes to it ended well";
                gathered.gap("stdin", GapReason::SourceMissing, message.to_owned());
            }
            Ok(bytes) => {
                gathered
                    .files
                    .push(Found { file: "stdin".to_owned(), content: Content::Bytes(bytes) });
            }
            Err(refusal) => gathered.gap("stdin", refusal.reason, refusal.message),
        }
        gathered
    }
}
