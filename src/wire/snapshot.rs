//! `driftseal.snapshot/1`: one side as collected, masked, in one file.
//!
//! A snapshot is JSON Lines: one record per line, each line one JSON object, in this order: the
//! [`Header`]; every `collector`; every `source`, by file; every `gap`; every `excluded`; every
//! `text`, by digest, each once however many sources hold it; the `end`. So the index stands at
//! the top and can be read with `head` or `jq`, a text is a JSON string and comes out as it went
//! in, one line at a time is in memory, and equal content gives equal bytes. A line is written
//! without spaces and ends with a line feed. Only a snapshot that is dated says when it was taken.
//!
//! Texts are named by SHA-256 of their bytes. The end names everything before it, and carries a
//! seal under the masking key. What documents a text holds is not recorded: a reader parses the
//! text, so that nothing a file *says* about itself decides what is evaluated.
//!
//! Readers ignore fields they do not know and refuse versions they do not know.

use serde::{Deserialize, Serialize};

use super::object::object;

/// The `schema` of every snapshot of this version.
pub const SCHEMA: &str = "driftseal.snapshot/1";

/// What every snapshot of any version begins with.
pub const MAGIC: &str = r#"{"schema":"driftseal.snapshot/"#;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which key the secrets were masked with.
    #[serde(deserialize_with = "object")]
    pub masking_key: MaskingKey,
    /// When it was taken, RFC 3339 in UTC, if whoever took it wanted that recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
}

/// The name of a masking key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskingKey {
    /// The key's name.
    pub id: String,
}

/// Every other line: an object with one field, named after what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// How something was collected.
    Collector(#[serde(deserialize_with = "object")] Collector),
    /// A file.
    Source(#[serde(deserialize_with = "object")] Source),
    /// What could not be had.
    Gap(#[serde(deserialize_with = "object")] Gap),
    /// What was left out.
    Excluded(#[serde(deserialize_with = "object")] Excluded),
    /// The masked text of one or more files.
    Text(#[serde(deserialize_with = "object")] Text),
    /// The last line.
    End(#[serde(deserialize_with = "object")] End),
}

/// What one collector did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// The collector's scheme.
    pub scheme: String,
    /// What it was pointed at; of an absolute path, the part that other machines share.
    pub locator: String,
    /// The revision or digest it resolved to, when the source has one.
    pub resolved: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Path relative to the root of the side, with `/` between parts.
    pub file: String,
    /// The syntax it was read as.
    pub syntax: String,
    /// SHA-256 of its masked text, in lowercase hexadecimal.
    pub sha256: String,
    /// Length of the masked text in bytes.
    pub bytes: u64,
    /// Keyed fingerprint of the bytes as found: 24 lowercase hexadecimal digits.
    pub original: String,
    /// How many secrets were masked.
    pub masked: u32,
    /// Where columns moved: byte offset in the masked text, and characters it has more up to
    /// there on its line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<(u32, i32)>,
    /// Which documents, by their position in the file, had which checksum before they were masked:
    /// SHA-256 in lowercase hexadecimal, each of which stands in clear in a text of the snapshot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checksums: Vec<(u32, String)>,
    /// Which documents, by their position in the file, had a name that ends in the hash of their content
    /// before they were masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashed: Vec<u32>,
}

/// One thing that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// File, or the source's name when there is no file.
    pub place: String,
    /// One-based line of the file as found, when known.
    pub line: Option<u32>,
    /// Byte offset in the masked text, when known.
    pub at: Option<u32>,
    /// Why, from a closed list.
    pub reason: String,
    /// What was attempted, why it failed and what to do about it.
    pub message: String,
}

/// Something left out on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// File or folder; a folder ends with `/`.
    pub place: String,
    /// The pattern that names it.
    pub pattern: String,
}

/// A masked text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// SHA-256 of its bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// The text.
    pub content: String,
}

/// What ends a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// SHA-256 of every byte before this line, in lowercase hexadecimal.
    pub sha256: String,
    /// Keyed fingerprint of that digest, under the masking key.
    pub seal: String,
}

#[cfg(test)]
mod tests {
    use super::{End, Header, Line, MAGIC, MaskingKey, SCHEMA};

    #[test]
    fn every_snapshot_begins_with_the_magic() {
        let masking_key = MaskingKey { id: "k".to_owned() };
        let header = Header { schema: SCHEMA.to_owned(), masking_key, taken_at: None };
        let json = serde_json::to_string(&header).unwrap();
        assert_eq!(json, r#"{"schema":"driftseal.snapshot/1","maskingKey":{"id":"k"}}"#);
        assert!(json.starts_with(MAGIC));
    }

    #[test]
    fn an_array_is_no_record_and_a_record_has_one_kind() {
        let end = Line::End(End { sha256: "a".to_owned(), seal: "b".to_owned() });
        let json = serde_json::to_string(&end).unwrap();
        assert_eq!(json, r#"{"end":{"sha256":"a","seal":"b"}}"#);
        assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), end);
        for wrong in [
            r#"{"end":["a","b"]}"#,
            r#"{"end":{"sha256":"a","seal":"b"},"end":{"sha256":"a","seal":"b"}}"#,
            r#"{"end":{"sha256":"a","sha256":"c","seal":"b"}}"#,
            r#"{"tail":{}}"#,
            r#"["end",{"sha256":"a","seal":"b"}]"#,
        ] {
            assert!(serde_json::from_str::<Line>(wrong).is_err(), "{wrong}");
        }
    }
}
