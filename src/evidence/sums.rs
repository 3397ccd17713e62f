//! `SHA256SUMS`: which files the evidence consists of, and what is in them.
//!
//! The list is what `sha256sum` writes and checks, sorted by path. Being sorted it is also what
//! in-toto calls `dirHash1` once hashed. A path that two systems could take for different files is
//! refused, so that what was signed is what is found.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::model::Digest;

/// The most files that are listed.
pub const FILES_MAX: usize = 4096;
/// The longest list that is read.
pub const SUMS_BYTES_MAX: usize = 4 << 20;

/// Files by path, with the digest of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<String, Digest>);

impl Sums {
    /// Lists these files.
    ///
    /// # Errors
    ///
    /// A path that is not portable, or one that another one collides with.
    pub fn new(files: impl IntoIterator<Item = (String, Digest)>) -> Result<Self, SumsError> {
        let mut sums = BTreeMap::new();
        let mut folded = BTreeMap::new();
        for (path, digest) in files {
            portable(&path)?;
            if let Some(other) = folded.insert(path.to_lowercase(), path.clone()) {
                return Err(SumsError::Collide { path, other });
            }
            sums.insert(path, digest);
        }
        if sums.len() > FILES_MAX {
            return Err(SumsError::TooMany);
        }
        Ok(Self(sums))
    }

    /// Reads a list, which must be in the one spelling in which [`Self::to_bytes`] writes it.
    ///
    /// # Errors
    ///
    /// Anything else: another order, another line end, a path twice, an escaped one, upper case.
    pub fn parse(bytes: &[u8]) -> Result<Self, SumsError> {
        let malformed = |line: usize| SumsError::Malformed { line };
        if bytes.len() > SUMS_BYTES_MAX {
            return Err(SumsError::TooMany);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(1))?;
        let mut files: Vec<(String, Digest)> = Vec::new();
        for (number, line) in (1..).zip(text.split_terminator('\n')) {
            let (hex, path) = line.split_once("  ").ok_or_else(|| malformed(number))?;
            let digest = Digest::parse(hex).ok_or_else(|| malformed(number))?;
            if files.last().is_some_and(|(last, _)| last.as_str() >= path) {
                return Err(SumsError::Disordered { line: number });
            }
            files.push((path.to_owned(), digest));
        }
        let sums = Self::new(files)?;
        if sums.to_bytes() == bytes { Ok(sums) } else { Err(malformed(text.lines().count())) }
    }

    /// Writes the list.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        for (path, digest) in &self.0 {
            // Writing into a `String` does not fail.
            let _ = writeln!(text, "{digest}  {path}");
        }
        text.into_bytes()
    }

    /// Names the list: SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Returns the files and their digests, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Digest)> {
        self.0.iter().map(|(path, digest)| (path.as_str(), digest))
    }

    /// Returns the digest of a file.
    pub fn get(&self, path: &str) -> Option<&Digest> {
        self.0.get(path)
    }

    /// Compares the list with what was found.
    ///
    /// # Errors
    ///
    /// The first file, by path, that is missing, was changed, or is not listed.
    pub fn check(&self, found: &Self) -> Result<(), SumsError> {
        for (path, digest) in &self.0 {
            match found.0.get(path) {
                None => return Err(SumsError::Missing { path: path.clone() }),
                Some(other) if other != digest => {
                    return Err(SumsError::Changed { path: path.clone() });
                }
                Some(_) => {}
            }
        }
        let extra = found.0.keys().find(|path| !self.0.contains_key(*path));
        extra.map_or(Ok(()), |path| Err(SumsError::Extra { path: path.clone() }))
    }
}

/// Says why a list cannot be used, or what is not as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SumsError {
    /// A line is not a digest, two spaces and a path.
    Malformed {
        /// The line.
        line: usize,
    },
    /// A path stands before or at the one above it.
    Disordered {
        /// The line.
        line: usize,
    },
    /// More than [`FILES_MAX`] files or [`SUMS_BYTES_MAX`] bytes.
    TooMany,
    /// A path leads elsewhere, or reads differently on another system.
    Path {
        /// The path, quoted.
        path: String,
    },
    /// Two paths are one on systems that do not tell upper from lower case.
    Collide {
        /// One path.
        path: String,
        /// The other.
        other: String,
    },
    /// A listed file is not there.
    Missing {
        /// The path.
        path: String,
    },
    /// A listed file has another content.
    Changed {
        /// The path.
        path: String,
    },
    /// A file is not listed.
    Extra {
        /// The path.
        path: String,
    },
}

impl fmt::Display for SumsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line } => {
                write!(f, "line {line} of the list is not a digest, two spaces and a path")
            }
            Self::Disordered { line } => {
                write!(f, "line {line} of the list is out of order or stands twice")
            }
            Self::TooMany => write!(f, "the list is longer than {FILES_MAX} files"),
            Self::Path { path } => {
                write!(f, "{path} is not a plain relative path that every system reads alike")
            }
            Self::Collide { path, other } => {
                write!(f, "{path:?} and {other:?} are one file where case does not count")
            }
            Self::Missing { path } => write!(f, "{path:?} is listed and not there"),
            Self::Changed { path } => write!(f, "{path:?} was changed after signing"),
            Self::Extra { path } => write!(f, "{path:?} is there and not listed"),
        }
    }
}

impl std::error::Error for SumsError {}

/// Refuses what leads out of the folder or means another file elsewhere.
fn portable(path: &str) -> Result<(), SumsError> {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && !part.ends_with('.')
    };
    if path.len() <= 255 && path.split('/').all(is_plain) {
        return Ok(());
    }
    Err(SumsError::Path { path: format!("{:?}", path.chars().take(80).collect::<String>()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(files: &[(&str, &str)]) -> Result<Sums, SumsError> {
        Sums::new(files.iter().map(|(p, text)| ((*p).to_owned(), Digest::of(text.as_bytes()))))
    }

    #[test]
    fn a_list_is_what_sha256sum_writes_and_reads_as_it_was_written() {
        let list = sums(&[("e/b", ""), ("e/a", "abc")]).unwrap();
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  e/a\n\
                    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  e/b\n";
        assert_eq!(String::from_utf8(list.to_bytes()).unwrap(), text);
        assert_eq!(Sums::parse(text.as_bytes()), Ok(list));
    }

    #[test]
    fn other_spellings_are_refused() {
        let text =
            String::from_utf8(sums(&[("e/a", ""), ("e/b", "")]).unwrap().to_bytes()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for wrong in [
            text.replace("  ", " *"),
            text.replace('\n', "\r\n"),
            text.to_uppercase(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!("{}\n{}\n", lines[1], lines[0]),
            format!("{0}\n{0}\n", lines[0]),
            format!("\\{text}"),
            text.replace("e/b", "e/B\u{301}"),
        ] {
            assert!(Sums::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_or_collide_are_refused() {
        for path in [
            "", "/a", "../a", "a/../b", "a//b", "./a", "a\\b", "a\nb", "c:a", "a.", "\u{e9}", "~/a",
        ] {
            assert!(matches!(sums(&[(path, "")]), Err(SumsError::Path { .. })), "{path:?}");
        }
        assert!(matches!(sums(&[("e/A", ""), ("e/a", "")]), Err(SumsError::Collide { .. })));
    }

    #[test]
    fn what_is_missing_changed_or_added_is_told() {
        let listed = sums(&[("a", "1"), ("b", "2")]).unwrap();
        assert_eq!(listed.check(&listed), Ok(()));
        let path = || "b".to_owned();
        for (found, error) in [
            (vec![("a", "1")], SumsError::Missing { path: path() }),
            (vec![("a", "1"), ("b", "3")], SumsError::Changed { path: path() }),
            (vec![("a", "1"), ("b", "2"), ("c", "3")], SumsError::Extra { path: "c".to_owned() }),
        ] {
            assert_eq!(listed.check(&sums(&found).unwrap()), Err(error));
        }
    }
}
