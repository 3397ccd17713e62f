//! A schema as it stands in its file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{FieldType, KeyPart, ListKind, Strength, Version, Versions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) source: String,
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) sets: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) null_is_absent: Vec<String>,
    #[serde(default)]
    pub(super) null_is_kept: Vec<String>,
    #[serde(default)]
    pub(super) null_is_empty: bool,
    #[serde(default)]
    pub(super) list: Vec<ListFact>,
    #[serde(default)]
    pub(super) field: Vec<FieldFact>,
    #[serde(default)]
    pub(super) default: Vec<DefaultFact>,
    #[serde(default)]
    pub(super) generated: Vec<GeneratedFact>,
    #[serde(default)]
    pub(super) ignored: Vec<IgnoredFact>,
    #[serde(default)]
    pub(super) strength: Vec<Strength>,
    #[serde(default)]
    pub(super) secret: Vec<SecretFact>,
    #[serde(default)]
    pub(super) embed: Vec<EmbedFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) ordered: bool,
    #[serde(default)]
    pub(super) set: bool,
    pub(super) members: Option<Members>,
    pub(super) assignments: Option<String>,
}

/// Lists whose members are neither named nor a set of values.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Members {
    Unordered,
    Keys,
    Flags,
}

impl ListFact {
    pub(super) fn kind(&self) -> ListKind {
        if let Some(separators) = &self.assignments {
            return ListKind::Assignments { separators: separators.clone() };
        }
        match self.members {
            Some(Members::Unordered) => return ListKind::Unordered,
            Some(Members::Keys) => return ListKind::Keys,
            Some(Members::Flags) => return ListKind::Flags,
            None => (),
        }
        if self.set {
            return ListKind::Set;
        }
        if self.keys.is_empty() {
            return ListKind::Ordered;
        }
        let part =
            |key: &String| KeyPart { key: key.clone(), default: self.defaults.get(key).cloned() };
        ListKind::Named { keys: self.keys.iter().map(part).collect(), ordered: self.ordered }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) r#type: FieldType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) value: String,
    pub(super) source: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl DefaultFact {
    pub(super) fn versions(&self) -> Result<Versions, String> {
        let read = |text: &Option<String>| match text.as_deref() {
            None => Ok(None),
            Some(text) => {
                Version::parse(text).map(Some).ok_or_else(|| format!("{text} is no version"))
            }
        };
        Ok(Versions { since: read(&self.since)?, until: read(&self.until)? })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GeneratedFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IgnoredFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) class: String,
    #[serde(default)]
    pub(super) base64: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmbedFact {
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) path: String,
    pub(super) dialect: String,
}
