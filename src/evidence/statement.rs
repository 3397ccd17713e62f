//! The statement that is signed: what a drift report claims, about what, and when.
//!
//! Writing derives the flat fields from the report, so they cannot disagree; reading checks that
//! they do not. The report inside stays the bytes it was: a replay compares them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::json::{self, JsonError, Numbers};
use crate::model::Digest;
use crate::wire::statement as wire;
use crate::wire::statement::{Collector, LogHead, ReportHead, ReportInput, Subject, Verdict};

/// The longest nonce, in characters.
pub const NONCE_CHARS_MAX: usize = 128;

/// Names the two snapshots that a report is about; only green becomes a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subjects {
    /// The candidate's snapshot.
    pub green: Digest,
    /// The live environment's snapshot.
    pub blue: Digest,
    /// The list of evidence files, when evidence goes with the report; it is a subject as well.
    pub evidence: Option<Digest>,
}

/// Records the circumstances of an audit: input to a replay, never its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The time everything was judged at.
    pub evaluated_at: Timestamp,
    /// The time after which the report may not be used.
    pub not_after: Option<Timestamp>,
    /// The gate's challenge, which ties the report to one switch.
    pub nonce: Option<String>,
    /// The system that is switched.
    pub system: Option<String>,
    /// The environment it is switched in.
    pub environment: Option<String>,
    /// What was read, in the order of reading.
    pub collectors: Vec<Collector>,
    /// The history's head just before this report.
    pub log_head: Option<LogHead>,
}

/// Holds what a drift report claims.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Names the statement, and with it the report: SHA-256 of the signed payload. Signatures are
    /// no part of it, because some can be rewritten without a key.
    pub id: Digest,
    /// The snapshots it is about.
    pub subjects: Subjects,
    /// The verdict; it agrees with the report's.
    pub verdict: Verdict,
    /// The exit code; it agrees with the report's.
    pub exit: u8,
    /// The circumstances.
    pub run: Run,
    report: Box<RawValue>,
}

impl Statement {
    /// Returns the report, byte for byte as it was signed.
    pub fn report(&self) -> &str {
        self.report.get()
    }
}

/// Writes the statement for a report.
///
/// # Errors
///
/// A report that is not strict JSON of a known schema or is about other snapshots, or a run that
/// contradicts itself.
pub(super) fn write(
    report: &[u8],
    run: &Run,
    subjects: &Subjects,
) -> Result<Vec<u8>, StatementError> {
    json::check(report, Numbers::SafeIntegers).map_err(StatementError::Report)?;
    let head = head(report)?;
    let raw: Box<RawValue> = serde_json::from_slice(report).map_err(|_| StatementError::Padded)?;
    if raw.get().len() != report.len() {
        return Err(StatementError::Padded);
    }
    let statement = wire::Statement {
        statement_type: wire::STATEMENT_TYPE.to_owned(),
        subject: subjects_to_wire(subjects),
        predicate_type: wire::PREDICATE_TYPE.to_owned(),
        predicate: wire::Predicate {
            verdict: head.verdict,
            exit: head.exit,
            green_digest: subjects.green.to_string(),
            blue_digest: subjects.blue.to_string(),
            run: run_to_wire(run)?,
            report: raw,
        },
    };
    agree(&statement.predicate, &head)?;
    json::canonical(&statement).map_err(StatementError::Report)
}

/// Reads the head of a statement, which says what its predicate is.
///
/// # Errors
///
/// Anything that is not strict JSON in the shape of a Statement v1.
pub(super) fn read(payload: &[u8]) -> Result<wire::Statement<Box<RawValue>>, StatementError> {
    let statement: wire::Statement<Box<RawValue>> =
        json::parse(payload, Numbers::SafeIntegers).map_err(StatementError::Payload)?;
    if statement.statement_type != wire::STATEMENT_TYPE {
        return Err(StatementError::Type { found: quoted(&statement.statement_type) });
    }
    Ok(statement)
}

/// Whether a verifier accepts predicates of this type at all.
///
/// # Errors
///
/// The type found, when it is none of `types`.
pub(super) fn allowed(
    statement: &wire::Statement<Box<RawValue>>,
    types: &[String],
) -> Result<(), StatementError> {
    if types.contains(&statement.predicate_type) {
        return Ok(());
    }
    Err(StatementError::PredicateType { found: quoted(&statement.predicate_type) })
}

/// Reads the predicate of a statement, when it is a drift report.
///
/// # Errors
///
/// Another predicate type, version or shape.
pub(super) fn predicate(
    statement: &wire::Statement<Box<RawValue>>,
) -> Result<(wire::Predicate, Run), StatementError> {
    if statement.predicate_type != wire::PREDICATE_TYPE {
        return Err(StatementError::PredicateType { found: quoted(&statement.predicate_type) });
    }
    let predicate: wire::Predicate =
        json::part(statement.predicate.get().as_bytes()).map_err(StatementError::Payload)?;
    let run = run_from_wire(&predicate.run)?;
    Ok((predicate, run))
}

/// Joins a predicate with its report, when the flat fields say what the report says.
///
/// # Errors
///
/// The first field that disagrees.
pub(super) fn join(
    payload: &[u8],
    predicate: wire::Predicate,
    run: Run,
    evidence: Option<Digest>,
) -> Result<Statement, StatementError> {
    agree(&predicate, &head(predicate.report.get().as_bytes())?)?;
    let digest = |hex: &str, field| Digest::parse(hex).ok_or(StatementError::Digest { field });
    Ok(Statement {
        id: Digest::of(payload),
        subjects: Subjects {
            green: digest(&predicate.green_digest, "greenDigest")?,
            blue: digest(&predicate.blue_digest, "blueDigest")?,
            evidence,
        },
        verdict: predicate.verdict,
        exit: predicate.exit,
        run,
        report: predicate.report,
    })
}

/// Finds the candidate among the subjects by its name, and binds the predicate to it; returns the
/// list of evidence files, when that is a subject too.
///
/// # Errors
///
/// No such subject, more than one of a name, or one that is another snapshot than the predicate's.
pub(super) fn subject(
    subjects: &[Subject],
    predicate: &wire::Predicate,
) -> Result<Option<Digest>, StatementError> {
    let mut named: BTreeMap<&str, &Subject> = BTreeMap::new();
    for subject in subjects {
        if named.insert(&subject.name, subject).is_some() {
            return Err(StatementError::SubjectTwice { name: quoted(&subject.name) });
        }
    }
    let green = named.get(wire::GREEN_SUBJECT).and_then(|green| green.digest.get("sha256"));
    if *green.ok_or(StatementError::NoSubject)? != predicate.green_digest {
        return Err(StatementError::OtherSubject);
    }
    // Subjects are matched by digest alone: a pass for green would be found again for blue.
    let is_blue = |subject: &&Subject| {
        let digest = subject.digest.get("sha256");
        subject.name != wire::GREEN_SUBJECT
            && (subject.name == "blue" || digest == Some(&predicate.blue_digest))
    };
    if subjects.iter().any(|subject| is_blue(&subject)) {
        return Err(StatementError::BlueSubject);
    }
    let Some(evidence) = named.get(wire::EVIDENCE_SUBJECT) else { return Ok(None) };
    let digest = evidence.digest.get("sha256").and_then(|hex| Digest::parse(hex));
    digest.map(Some).ok_or(StatementError::Digest { field: wire::EVIDENCE_SUBJECT })
}

/// Says why a statement could not be written or believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementError {
    /// The report is not strict JSON with the fields a statement repeats.
    Report(JsonError),
    /// There is white space around the report, which would be lost.
    Padded,
    /// The payload is not strict JSON in the shape of a statement.
    Payload(JsonError),
    /// The `_type` is another one.
    Type {
        /// What was found.
        found: String,
    },
    /// The `predicateType` is another one.
    PredicateType {
        /// What was found.
        found: String,
    },
    /// The report's `schema` is another one.
    Schema {
        /// What was found.
        found: String,
    },
    /// Two subjects have one name.
    SubjectTwice {
        /// The name.
        name: String,
    },
    /// No subject is the candidate.
    NoSubject,
    /// The candidate that is the subject is not the one of the predicate.
    OtherSubject,
    /// Blue is a subject.
    BlueSubject,
    /// A digest is not 64 lowercase hex digits.
    Digest {
        /// The field.
        field: &'static str,
    },
    /// A flat field says something else than the report.
    Disagrees {
        /// The field.
        field: &'static str,
    },
    /// A time is not in the one spelling of RFC 3339 that is written.
    Time {
        /// The field.
        field: &'static str,
    },
    /// The report would be outdated when it was made.
    BornStale,
    /// The nonce is empty, too long, or holds other characters than visible ASCII.
    Nonce,
    /// A name is empty, too long, or holds other characters than visible ASCII.
    Name {
        /// The field.
        field: &'static str,
    },
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Report(error) => write!(f, "the report cannot be signed as it is: {error}"),
            Self::Padded => f.write_str("remove the white space around the report"),
            Self::Payload(error) => write!(f, "not a statement in strict JSON: {error}"),
            Self::Type { found } => {
                write!(f, "`_type` is {found}, expected {:?}", wire::STATEMENT_TYPE)
            }
            Self::PredicateType { found } => write!(
                f,
                "`predicateType` is {found}, expected {:?}; this is another attestation",
                wire::PREDICATE_TYPE
            ),
            Self::Schema { found } => write!(
                f,
                "the report's `schema` is {found}, expected {:?}; use the version that wrote it",
                wire::REPORT_SCHEMA
            ),
            Self::SubjectTwice { name } => write!(f, "two subjects are named {name}"),
            Self::NoSubject => {
                write!(f, "no subject is named {:?} with a sha256", wire::GREEN_SUBJECT)
            }
            Self::OtherSubject => {
                f.write_str("the green subject is another snapshot than `greenDigest`")
            }
            Self::BlueSubject => f.write_str("blue is a subject; only the candidate may be one"),
            Self::Digest { field } => write!(f, "`{field}` is not 64 lowercase hex digits"),
            Self::Disagrees { field } => {
                write!(f, "`{field}` contradicts the report it was signed with; do not use either")
            }
            Self::Time { field } => {
                write!(f, "`{field}` is not a time like 2026-01-31T12:00:00Z")
            }
            Self::BornStale => f.write_str("`notAfter` is not later than `evaluatedAt`"),
            Self::Nonce => write!(
                f,
                "a nonce has 1 to {NONCE_CHARS_MAX} visible ASCII characters; 32 hex digits are \
                 usual"
            ),
            Self::Name { field } => write!(
                f,
                "`{field}` has 1 to {NONCE_CHARS_MAX} visible ASCII characters, without spaces"
            ),
        }
    }
}

impl std::error::Error for StatementError {}

/// Reads what the predicate repeats, from a report that is known to be strict JSON.
fn head(report: &[u8]) -> Result<ReportHead, StatementError> {
    let head: ReportHead = json::part(report).map_err(StatementError::Report)?;
    if head.schema != wire::REPORT_SCHEMA {
        return Err(StatementError::Schema { found: quoted(&head.schema) });
    }
    Ok(head)
}

fn agree(predicate: &wire::Predicate, head: &ReportHead) -> Result<(), StatementError> {
    let is = |input: &ReportInput, digest| input.digest.get("sha256") == Some(digest);
    for (field, agrees) in [
        ("verdict", predicate.verdict == head.verdict),
        ("exit", predicate.exit == head.exit),
        ("evaluatedAt", predicate.run.evaluated_at == head.evaluated_at),
        ("exit", (predicate.exit == 0) == (predicate.verdict == Verdict::Pass)),
        ("greenDigest", is(&head.inputs.green, &predicate.green_digest)),
        ("blueDigest", is(&head.inputs.blue, &predicate.blue_digest)),
    ] {
        if !agrees {
            return Err(StatementError::Disagrees { field });
        }
    }
    Ok(())
}

fn run_to_wire(run: &Run) -> Result<wire::Run, StatementError> {
    let written = wire::Run {
        evaluated_at: run.evaluated_at.to_string(),
        not_after: run.not_after.as_ref().map(Timestamp::to_string),
        nonce: run.nonce.clone(),
        system: run.system.clone(),
        environment: run.environment.clone(),
        collectors: run.collectors.clone(),
        log_head: run.log_head.clone(),
    };
    // What is written must be what is read.
    run_from_wire(&written).map(|_| written)
}

fn run_from_wire(run: &wire::Run) -> Result<Run, StatementError> {
    let evaluated_at = time("evaluatedAt", &run.evaluated_at)?;
    let not_after = run.not_after.as_deref().map(|text| time("notAfter", text)).transpose()?;
    if not_after.is_some_and(|end| end <= evaluated_at) {
        return Err(StatementError::BornStale);
    }
    let visible = |nonce: &str| {
        (1..=NONCE_CHARS_MAX).contains(&nonce.len()) && nonce.bytes().all(|b| b.is_ascii_graphic())
    };
    if !run.nonce.as_deref().is_none_or(visible) {
        return Err(StatementError::Nonce);
    }
    for (field, name) in [("system", &run.system), ("environment", &run.environment)] {
        if !name.as_deref().is_none_or(visible) {
            return Err(StatementError::Name { field });
        }
    }
    Ok(Run {
        evaluated_at,
        not_after,
        nonce: run.nonce.clone(),
        system: run.system.clone(),
        environment: run.environment.clone(),
        collectors: run.collectors.clone(),
        log_head: run.log_head.clone(),
    })
}

/// The things a statement is about: the candidate, and the list of its evidence. Never blue.
pub(super) fn subjects_to_wire(subjects: &Subjects) -> Vec<Subject> {
    let subject = |name: &str, digests: &[(&str, Digest)]| Subject {
        name: name.to_owned(),
        digest: digests
            .iter()
            .map(|(algorithm, digest)| ((*algorithm).to_owned(), digest.to_string()))
            .collect(),
    };
    let green = subject(wire::GREEN_SUBJECT, &[("sha256", subjects.green)]);
    // A sorted list as `sha256sum` writes it is what in-toto hashes for a folder (`dirHash1`).
    let evidence = subjects
        .evidence
        .map(|sums| subject(wire::EVIDENCE_SUBJECT, &[("sha256", sums), ("dirHash1", sums)]));
    std::iter::once(green).chain(evidence).collect()
}

/// Reads a time in its one spelling, so that text and time name each other.
fn time(field: &'static str, text: &str) -> Result<Timestamp, StatementError> {
    text.parse::<Timestamp>()
        .ok()
        .filter(|time| time.to_string() == text)
        .ok_or(StatementError::Time { field })
}

/// Quotes a text of others, cut and escaped, for a message.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}
