//! From bytes back to the document.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;

use super::{Report, SCHEMA};

/// Why a text cannot be read as a report. Never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is no JSON, or ends early.
    Json {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// It does not say of which version it is.
    NoSchema,
    /// It is of a version this program does not know.
    Schema {
        /// Whether it is at least one of our reports.
        is_report: bool,
    },
    /// It says that it is of this version, but a field is missing, repeated or of a wrong type.
    Shape {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { line, column } => write!(
                f,
                "cannot read the report at {line}:{column}: it is no complete JSON document; was \
                 the file cut off, or is it a signed envelope rather than a report?"
            ),
            Self::NoSchema => write!(
                f,
                "cannot read the report: it has no text field `schema`; expected an object that \
                 begins with {{\"schema\": \"{SCHEMA}\"}}"
            ),
            Self::Schema { is_report: true } => write!(
                f,
                "cannot read the report: it is of another version than {SCHEMA}; read it with the \
                 version of driftseal that wrote it or a later one"
            ),
            Self::Schema { is_report: false } => write!(
                f,
                "cannot read the report: its `schema` is not that of a drift report; expected \
                 {SCHEMA}"
            ),
            Self::Shape { line, column } => write!(
                f,
                "cannot read the report at {line}:{column}: a field is missing, repeated or of a \
                 wrong type for {SCHEMA}; compare it with `driftseal schema`"
            ),
        }
    }
}

impl std::error::Error for ReadError {}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Reads a report of this version; fields it does not know are ignored.
///
/// # Errors
/// See [`ReadError`]. The parser's own message is not passed on: it may quote the text.
pub fn read(text: &[u8]) -> Result<Report, ReadError> {
    let head: Head = serde_json::from_slice(text).map_err(|error| match error.classify() {
        Category::Data => ReadError::NoSchema,
        Category::Io | Category::Syntax | Category::Eof => {
            ReadError::Json { line: error.line(), column: error.column() }
        }
    })?;
    if head.schema != SCHEMA {
        return Err(ReadError::Schema { is_report: head.schema.starts_with("driftseal.report/") });
    }
    serde_json::from_slice(text)
        .map_err(|error| ReadError::Shape { line: error.line(), column: error.column() })
}

#[cfg(test)]
mod tests {
    use super::super::{Report, sample};
    use super::{ReadError, read};

    #[test]
    fn a_report_reads_back_what_it_wrote_compact_or_pretty() {
        let report = Report::from(sample::report());
        let json = report.to_json().unwrap();
        assert_eq!(read(json.as_bytes()).unwrap(), report);
        assert_eq!(read(report.to_json_pretty().unwrap().as_bytes()).unwrap(), report);
        assert_eq!(read(json.as_bytes()).unwrap().to_json().unwrap(), json);
    }

    #[test]
    fn unknown_fields_are_ignored_and_unknown_versions_refused() {
        let report = Report::from(sample::report());
        let json = report.to_json().unwrap();
        let newer = json
            .replacen(r#""verdict":"#, r#""tomorrow":{"a":[1]},"verdict":"#, 1)
            .replacen(r#""rule":"#, r#""tomorrow":1,"rule":"#, 1);
        assert_ne!(newer, json);
        assert_eq!(read(newer.as_bytes()).unwrap(), report);
        let other = json.replacen("driftseal.report/1", "driftseal.report/2", 1);
        assert_eq!(read(other.as_bytes()), Err(ReadError::Schema { is_report: true }));
        assert_eq!(read(br#"{"schema":"x"}"#), Err(ReadError::Schema { is_report: false }));
        assert_eq!(read(b"{}"), Err(ReadError::NoSchema));
        assert_eq!(read(br#"{"schema":["driftseal.report/1"]}"#), Err(ReadError::NoSchema));
    }

    #[test]
    fn a_broken_report_is_refused_without_being_quoted() {
        let json = Report::from(sample::report()).to_json().unwrap();
        for length in (0..json.len()).step_by(7).filter(|at| json.is_char_boundary(*at)) {
            assert!(matches!(read(&json.as_bytes()[..length]), Err(ReadError::Json { .. })));
        }
        let wrong = json.replacen(r#""exit":3"#, r#""exit":"hunter2""#, 1);
        let error = read(wrong.as_bytes()).unwrap_err();
        assert!(matches!(error, ReadError::Shape { line: 1, .. }));
        assert!(!error.to_string().contains("hunter2"));
    }
}
