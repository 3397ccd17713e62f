//! Signed notes and the keys that verify them (C2SP signed-note v1.0.0, tlog-cosignature v1.0.1).
//!
//! A log signs its checkpoints with Ed25519 over the text (type 1); a witness with Ed25519 over the
//! text, a time and a prefix of its own (type 4), so that neither signature stands for the other.
//! Keys of other kinds are refused: their type bytes exist, but no stock verifier of notes takes
//! P-256, and one kind is enough.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{LedgerError, Reason};
use crate::evidence::{Algorithm, PrivateKey, PublicKey};
use crate::model::{Digest, hex};

/// The longest note that is read.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// The most signatures of a note that are read.
pub(super) const SIGNATURES_MAX: usize = 64;

/// How a line with a signature begins.
const DASH: &str = "\u{2014} ";

/// What an SPKI of Ed25519 is before its 32 bytes (RFC 8410, section 10.1).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The checkpoints of its own log.
    Log,
    /// Checkpoints of logs that it has seen to grow.
    Witness,
}

impl Role {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }

    const fn holder(self) -> &'static str {
        match self {
            Self::Log => "a log",
            Self::Witness => "a witness",
        }
    }
}

/// A public key with the name of its holder: what is written as `NAME+ID+KEY`, a vkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    role: Role,
    key: PublicKey,
    raw: [u8; 32],
    id: [u8; 4],
}

impl Verifier {
    /// Names the holder of a key.
    ///
    /// # Errors
    ///
    /// The key is not Ed25519, or the name cannot be written in a note.
    pub fn new(name: &str, role: Role, key: &PublicKey) -> Result<Self, LedgerError> {
        check_name(name)?;
        let raw = raw(key).ok_or_else(|| {
            let message =
                format!("{} signs with Ed25519, this key is {}", role.holder(), key.algorithm());
            LedgerError::new(Reason::Key, format!("the key {}", key.id()), message)
        })?;
        let parts = [name.as_bytes(), b"\n", &[role.byte()], &raw].concat();
        let [a, b, c, d, ..] = Digest::of(&parts).0;
        Ok(Self { name: name.to_owned(), role, key: key.clone(), raw, id: [a, b, c, d] })
    }

    /// Reads a vkey of this role. What is none is not shown: it may be a secret given by mistake.
    ///
    /// # Errors
    ///
    /// It is none, of another role or kind, or its id is not that of its key.
    pub fn parse(text: &str, role: Role) -> Result<Self, LedgerError> {
        let failed = |message: &str| {
            LedgerError::new(Reason::Policy, "the verifier key", message)
                .remedy("take it from where `driftseal log init` or the witness printed it")
        };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(failed("it is not NAME+ID+KEY"));
        };
        let key = STANDARD.decode(key).map_err(|_| failed("its key is not base64"))?;
        let Some((kind, raw)) = key.split_first() else { return Err(failed("its key is empty")) };
        if *kind != role.byte() {
            let message = format!(
                "it is of type {kind}, that of {} signing with Ed25519 is {}",
                role.holder(),
                role.byte()
            );
            return Err(failed(&message));
        }
        let key = public(raw).ok_or_else(|| failed("it holds no Ed25519 key that can be used"))?;
        let verifier = Self::new(name, role, &key)?;
        if hex(&verifier.id) != id {
            return Err(failed("its id is not that of its name and key"));
        }
        Ok(verifier)
    }

    /// Returns the name of the holder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The line that `key` signs a text with, as its holder; at a time, if that is a witness.
    ///
    /// # Errors
    ///
    /// `key` is another one, or fails.
    pub fn sign(&self, key: &PrivateKey, text: &str, seconds: u64) -> Result<String, LedgerError> {
        let failed = |message: String| {
            LedgerError::new(Reason::Key, format!("the key of {}", self.name), message)
        };
        if key.id() != self.key.id() {
            return Err(failed("another private key was given".to_owned()));
        }
        let signature = key.sign(&self.message(text, seconds));
        let signature = signature.map_err(|error| failed(error.to_string()))?;
        let time = match self.role {
            Role::Log => Vec::new(),
            Role::Witness => seconds.to_be_bytes().to_vec(),
        };
        let blob = [&self.id[..], &time, &signature].concat();
        Ok(format!("{DASH}{} {}\n", self.name, STANDARD.encode(blob)))
    }

    fn message(&self, text: &str, seconds: u64) -> Vec<u8> {
        match self.role {
            Role::Log => text.as_bytes().to_vec(),
            Role::Witness => format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes(),
        }
    }

    /// The time of a signature of this key over `text`: 0 for that of a log; none if it is not one.
    fn accepts(&self, text: &str, signature: &[u8]) -> Option<u64> {
        let (seconds, signature) = match self.role {
            Role::Log => (0, signature),
            Role::Witness => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*time), signature)
            }
        };
        let is_time = i64::try_from(seconds).is_ok();
        (is_time && self.key.accepts(&self.message(text, seconds), signature)).then_some(seconds)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.role.byte()], &self.raw[..]].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id), STANDARD.encode(key))
    }
}

/// A text and who claims to have signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One line below a text, not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
    line: String,
}

impl Note {
    /// Reads a note from `place`.
    ///
    /// # Errors
    ///
    /// It is not written as notes are, is longer than [`NOTE_BYTES_MAX`], or has no signature or
    /// more than 64.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, LedgerError> {
        let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(failed("it is longer than a signed note may be"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8"))?;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(failed("it has control characters"));
        }
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or_else(|| failed("no empty line separates a text from its signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| failed("its last line does not end"))?;
        let signatures = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(Signature::parse)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| failed("a line below the text is no signature"))?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(failed("it has too many signatures"));
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The note of a text and the line of its first signature.
    pub fn new(text: String, line: &str) -> Option<Self> {
        let signatures = vec![Signature::parse(line.strip_suffix('\n')?)?];
        Some(Self { text, signatures })
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds the line of a signature, unless it is there already; says whether it did.
    pub fn add(&mut self, line: &str) -> bool {
        let Some(signature) = Signature::parse(line) else { return false };
        let is_new = !self.signatures.contains(&signature);
        if is_new {
            self.signatures.push(signature);
        }
        is_new
    }

    /// The time of this key's signature: 0 for that of a log; none if it has not signed.
    ///
    /// # Errors
    ///
    /// A signature that says it is this key's is not: the whole note is worthless.
    pub fn signed(&self, by: &Verifier, place: &str) -> Result<Option<u64>, LedgerError> {
        let mut time = None;
        for line in self.signatures.iter().filter(|it| it.name == by.name && it.id == by.id) {
            let seconds = by.accepts(&self.text, &line.bytes).ok_or_else(|| {
                let message = format!(
                    "the signature of {} does not hold; the text was changed after it was signed",
                    by.name
                );
                LedgerError::new(Reason::Signature, place, message)
            })?;
            time = time.max(Some(seconds));
        }
        Ok(time)
    }

    /// The names below the text, each once.
    pub fn names(&self) -> BTreeSet<&str> {
        self.signatures.iter().map(|line| line.name.as_str()).collect()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{}", line.line))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix(DASH)?.split_once(' ')?;
        check_name(name).ok()?;
        let blob = STANDARD.decode(blob).ok()?;
        let (id, bytes) = blob.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        Some(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec(), line: line.to_owned() })
    }
}

/// Whether a name can stand in a note.
///
/// # Errors
///
/// It is empty, longer than 255 bytes, or has a space, a plus or a control character.
pub fn check_name(name: &str) -> Result<(), LedgerError> {
    let is_bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    if name.is_empty() || name.len() > 255 || name.contains(is_bad) {
        let message = "it is empty or long, or has a space, a plus or a control character";
        return Err(LedgerError::new(Reason::Policy, format!("the name {name:?}"), message)
            .remedy("write it like an address without a scheme: example.com/team/audit"));
    }
    Ok(())
}

fn raw(key: &PublicKey) -> Option<[u8; 32]> {
    if key.algorithm() != Algorithm::Ed25519 {
        return None;
    }
    let lines = key.to_pem().lines().filter(|line| !line.starts_with("-----"));
    let spki = STANDARD.decode(lines.collect::<String>()).ok()?;
    spki.strip_prefix(&SPKI)?.try_into().ok()
}

fn public(raw: &[u8]) -> Option<PublicKey> {
    let raw: &[u8; 32] = raw.try_into().ok()?;
    let spki = STANDARD.encode([&SPKI[..], raw].concat());
    PublicKey::from_pem(&format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note of the specification.
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRl\
        L1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::generate(Algorithm::Ed25519, &[seed; 32]).unwrap()
    }

    fn reason<T: fmt::Debug>(result: Result<T, LedgerError>) -> Reason {
        result.unwrap_err().reason
    }

    #[test]
    fn the_example_of_the_specification_is_read_and_its_signature_holds() {
        let verifier = Verifier::parse(VKEY, Role::Log).unwrap();
        assert_eq!(verifier.to_string(), VKEY);
        let note = Note::parse(NOTE.as_bytes(), "it").unwrap();
        assert_eq!(note.to_string(), NOTE);
        assert_eq!(note.signed(&verifier, "it").unwrap(), Some(0));
        let changed = NOTE.replace("example message", "other message");
        let changed = Note::parse(changed.as_bytes(), "it").unwrap();
        assert_eq!(reason(changed.signed(&verifier, "it")), Reason::Signature);
    }

    #[test]
    fn a_key_of_another_kind_role_or_name_is_refused() {
        let p256 = PrivateKey::generate(Algorithm::P256, &[1; 32]).unwrap();
        assert_eq!(reason(Verifier::new("a.example", Role::Log, p256.public())), Reason::Key);
        assert_eq!(reason(Verifier::parse(VKEY, Role::Witness)), Reason::Policy);
        assert_eq!(reason(Verifier::parse(&VKEY.replace("foo", "fou"), Role::Log)), Reason::Policy);
        assert_eq!(reason(Verifier::parse("a+b", Role::Log)), Reason::Policy);
        for name in ["", "a b", "a+b", "a\u{a0}b", "a\n"] {
            let refused = Verifier::new(name, Role::Log, key(1).public());
            assert_eq!(reason(refused), Reason::Policy, "{name:?}");
        }
    }

    #[test]
    fn the_signature_of_a_witness_is_none_of_a_log() {
        let key = key(2);
        let log = Verifier::new("a.example", Role::Log, key.public()).unwrap();
        let witness = Verifier::new("a.example", Role::Witness, key.public()).unwrap();
        let line = witness.sign(&key, "text\n", 7).unwrap();
        let note = Note::new("text\n".to_owned(), &line).unwrap();
        assert_eq!(note.signed(&witness, "it").unwrap(), Some(7));
        assert_eq!(note.signed(&log, "it").unwrap(), None);
        assert!(witness.sign(&self::key(3), "text\n", 7).is_err());
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let many = format!("a\n\n{}", format!("{DASH}a.example AAAAAAA=\n").repeat(65));
        for text in [
            "",
            "a\n",
            "a\n\n",
            "a\n\nb\n",
            "a\r\n\n\u{2014} a AAAAAAA=\n",
            "a\n\n\u{2014} a AAAAAAA=",
            "a\n\n\u{2014} a AAAA\n",
            "a\n\n- a AAAAAAA=\n",
            &many,
            &"a".repeat(NOTE_BYTES_MAX + 1),
        ] {
            assert_eq!(reason(Note::parse(text.as_bytes(), "it")), Reason::Malformed, "{text}");
        }
        assert!(Note::parse("a\n\nb\n\n\u{2014} a AAAAAAA=\n".as_bytes(), "it").is_ok());
    }
}
