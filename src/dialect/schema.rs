//! The facts of a dialect, as data: what fields mean, matched by where they stand.
//!
//! A schema is a TOML file beside its dialect:
//!
//! ```toml
//! source = "where and in which version these facts were read"
//!
//! [[list]]                             # lists are ordered unless said otherwise
//! path = "containers/*/ports"          # matches the end of a path; a leading `/` anchors it
//! keys = ["containerPort", "protocol"] # members are named by these; `a.b` looks deeper
//! defaults = { protocol = "TCP" }      # what an absent key part means
//! ordered = false                      # whether the order of named members is meaning
//!
//! [[list]]
//! path = "rules/*/verbs"
//! set = true                           # order is not meaning
//!
//! [[field]]
//! kinds = ["Deployment"]               # only in documents of these kinds
//! path = "resources/limits/*"
//! type = "quantity"                    # see `FieldType`
//!
//! [[default]]
//! path = "ports/*/protocol"
//! value = "TCP"
//! source = "k8s.io/api core/v1 ContainerPort, v1.34"
//!
//! [[generated]]
//! path = "/metadata/managedFields"
//! by = "kube-apiserver"
//!
//! [[secret]]
//! kinds = ["Secret"]
//! path = "/data/*"
//! class = "kubernetes-secret"
//! base64 = true
//!
//! [[embed]]                            # a subtree that is a document of another dialect
//! kinds = ["OpenTelemetryCollector"]
//! path = "/spec/config"
//! dialect = "otelcol"
//! ```
//!
//! In a path `*` is one key or one list member, `**` any number of steps, and `<batch>` a
//! component of that type: `batch` or `batch/second`. Of several matches the first wins.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Where a node stands, as a schema sees it.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Kind of the document.
    pub kind: &'a str,
    /// Steps from the document's root.
    pub path: &'a [Seg<'a>],
}

/// One step as a schema sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seg<'a> {
    /// A key of a map.
    Key(&'a str),
    /// A member of a list; the value of its first naming key (`app` of `name=app`), or empty.
    Item(&'a str),
}

impl<'a> At<'a> {
    /// The innermost key.
    pub fn key(&self) -> Option<&'a str> {
        self.path.iter().rev().find_map(|seg| match seg {
            Seg::Key(key) => Some(*key),
            Seg::Item(_) => None,
        })
    }

    /// The name of the environment variable whose value stands here, wherever variables stand:
    /// `env` lists of workloads, keys of environment files, `ConfigMap`s and the like.
    pub fn variable(&self) -> Option<&'a str> {
        match self.path {
            [.., Seg::Key("env"), Seg::Item(name), Seg::Key("value")]
            | [.., Seg::Key("env" | "environment"), Seg::Item(name)]
            | [.., Seg::Key(name)] => Some(name),
            _ => None,
        }
    }
}

/// How the members of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKind {
    /// Position matters.
    Ordered,
    /// Position does not matter, members are values.
    Set,
    /// Members are named by these keys.
    Named {
        /// The keys, most important first.
        keys: Vec<KeyPart>,
        /// Whether the order of the members is meaning too.
        ordered: bool,
    },
}

/// One key that names a list member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The key; `a.b` looks into `a`.
    pub key: String,
    /// What its absence means.
    pub default: Option<String>,
}

/// What kind of value a field holds, for equality by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// A Kubernetes quantity: `500m` = `0.5`, `1Gi` = `1024Mi`.
    Quantity,
    /// A duration with units: `30s` = `30000ms`.
    Duration,
    /// A text that its reader takes for a boolean, in any case.
    Boolean,
    /// A text that its reader takes for a number.
    Number,
    /// Words separated by blanks, order without meaning.
    Words,
    /// Values separated by commas, order without meaning.
    CommaSet,
    /// `key=value` pairs separated by commas: an embedded document.
    Pairs,
    /// The text of a document in a syntax of its own.
    Document,
}

/// A documented default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documented {
    /// The value, as its reader would print it.
    pub value: String,
    /// Where it is documented, with the version.
    pub source: String,
}

/// A field whose value is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretField {
    /// What kind of secret.
    pub class: String,
    /// Whether the text is base64 of the secret.
    pub base64: bool,
}

/// The facts of one dialect.
#[derive(Debug, Default)]
pub struct Schema {
    lists: Table<ListKind>,
    fields: Table<FieldType>,
    defaults: Table<Documented>,
    generated: Table<String>,
    secrets: Table<SecretField>,
    embeds: Table<String>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The text is not a schema; the message says where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut schema = Self::default();
        for list in file.list {
            let kind = list.kind();
            schema.lists.add(&list.kinds, &list.path, kind);
        }
        for field in file.field {
            schema.fields.add(&field.kinds, &field.path, field.r#type);
        }
        for entry in file.default {
            let source = entry.source.unwrap_or_else(|| file.source.clone());
            schema.defaults.add(
                &entry.kinds,
                &entry.path,
                Documented { value: entry.value, source },
            );
        }
        for entry in file.generated {
            schema.generated.add(&entry.kinds, &entry.path, entry.by);
        }
        for entry in file.secret {
            let field = SecretField { class: entry.class, base64: entry.base64 };
            schema.secrets.add(&entry.kinds, &entry.path, field);
        }
        for entry in file.embed {
            schema.embeds.add(&entry.kinds, &entry.path, entry.dialect);
        }
        Ok(schema)
    }

    /// How the members of the list at `at` are told apart; nothing when the schema is silent.
    pub fn list(&self, at: At<'_>) -> Option<&ListKind> {
        self.lists.find(at)
    }

    /// What kind of value stands at `at`.
    pub fn field(&self, at: At<'_>) -> Option<FieldType> {
        self.fields.find(at).copied()
    }

    /// What the absence of the field at `at` means.
    pub fn default_at(&self, at: At<'_>) -> Option<&Documented> {
        self.defaults.find(at)
    }

    /// Which tool writes the field at `at`, or anything that contains it.
    pub fn generated(&self, at: At<'_>) -> Option<&str> {
        self.generated.find(at).map(String::as_str)
    }

    /// Whether a secret stands at `at`.
    pub fn secret(&self, at: At<'_>) -> Option<&SecretField> {
        self.secrets.find(at)
    }

    /// The dialect of the subtree at `at`, when it is a document of another one.
    pub fn embed(&self, at: At<'_>) -> Option<&str> {
        self.embeds.find(at).map(String::as_str)
    }
}

/// Facts by pattern, indexed by the last literal key of the pattern.
#[derive(Debug)]
struct Table<T> {
    facts: Vec<(Vec<String>, Pattern, T)>,
    by_key: BTreeMap<String, Vec<usize>>,
    any: Vec<usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { facts: Vec::new(), by_key: BTreeMap::new(), any: Vec::new() }
    }
}

impl<T> Table<T> {
    fn add(&mut self, kinds: &[String], path: &str, fact: T) {
        let pattern = Pattern::parse(path);
        let index = self.facts.len();
        match pattern.parts.last() {
            Some(Part::Key(key)) => self.by_key.entry(key.clone()).or_default().push(index),
            Some(Part::Component(_) | Part::Any | Part::Deep) | None => self.any.push(index),
        }
        self.facts.push((kinds.to_vec(), pattern, fact));
    }

    fn find(&self, at: At<'_>) -> Option<&T> {
        let keyed = match at.path.last() {
            Some(Seg::Key(key)) => self.by_key.get(*key).map_or(&[][..], Vec::as_slice),
            Some(Seg::Item(_)) | None => &[],
        };
        let matching = |index: &usize| {
            let (kinds, pattern, _) = self.facts.get(*index)?;
            let kind_ok = kinds.is_empty() || kinds.iter().any(|kind| kind == at.kind);
            (kind_ok && pattern.matches(at.path)).then_some(*index)
        };
        let first = keyed.iter().find_map(matching);
        let open = self.any.iter().find_map(matching);
        let index = match (first, open) {
            (Some(keyed), Some(open)) => keyed.min(open),
            (keyed, open) => keyed.or(open)?,
        };
        self.facts.get(index).map(|(_, _, fact)| fact)
    }
}

/// A pattern of steps.
#[derive(Debug)]
struct Pattern {
    anchored: bool,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Key(String),
    Component(String),
    Any,
    Deep,
}

impl Pattern {
    fn parse(path: &str) -> Self {
        let (anchored, path) = path.strip_prefix('/').map_or((false, path), |rest| (true, rest));
        let part = |text: &str| match text {
            "*" => Part::Any,
            "**" => Part::Deep,
            _ => match text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                Some(component) => Part::Component(component.to_owned()),
                None => Part::Key(text.replace("~1", "/").replace("~0", "~")),
            },
        };
        Self { anchored, parts: path.split('/').map(part).collect() }
    }

    fn matches(&self, path: &[Seg<'_>]) -> bool {
        matches_from_end(&self.parts, path, self.anchored)
    }
}

/// Matches from the end; depth is bounded by the number of parts of a pattern.
fn matches_from_end(parts: &[Part], path: &[Seg<'_>], anchored: bool) -> bool {
    let Some((part, parts)) = parts.split_last() else { return !anchored || path.is_empty() };
    if matches!(part, Part::Deep) {
        return (0..=path.len())
            .any(|end| matches_from_end(parts, path.get(..end).unwrap_or_default(), anchored));
    }
    let Some((seg, path)) = path.split_last() else { return false };
    let fits = match (part, seg) {
        (Part::Any, _) => true,
        (Part::Key(key), Seg::Key(text)) => key == text,
        (Part::Component(kind), Seg::Key(text)) => text
            .strip_prefix(kind.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        (Part::Key(_) | Part::Component(_), Seg::Item(_)) | (Part::Deep, _) => false,
    };
    fits && matches_from_end(parts, path, anchored)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    #[serde(default)]
    list: Vec<ListFact>,
    #[serde(default)]
    field: Vec<FieldFact>,
    #[serde(default)]
    default: Vec<DefaultFact>,
    #[serde(default)]
    generated: Vec<GeneratedFact>,
    #[serde(default)]
    secret: Vec<SecretFact>,
    #[serde(default)]
    embed: Vec<EmbedFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    defaults: BTreeMap<String, String>,
    #[serde(default)]
    ordered: bool,
    #[serde(default)]
    set: bool,
}

impl ListFact {
    fn kind(&self) -> ListKind {
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
struct FieldFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    r#type: FieldType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    value: String,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GeneratedFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    class: String,
    #[serde(default)]
    base64: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbedFact {
    #[serde(default)]
    kinds: Vec<String>,
    path: String,
    dialect: String,
}

#[cfg(test)]
mod tests {
    use super::{At, ListKind, Schema, Seg};

    #[test]
    fn facts_are_found_by_the_end_of_a_path() {
        let schema = Schema::parse(
            r#"
            source = "here"
            [[list]]
            path = "containers/*/ports"
            keys = ["containerPort", "protocol"]
            defaults = { protocol = "TCP" }
            [[default]]
            path = "processors/<batch>/timeout"
            value = "200ms"
            [[generated]]
            path = "/metadata/uid"
            by = "kube-apiserver"
            [[field]]
            kinds = ["A"]
            path = "limits/**"
            type = "quantity"
            "#,
        )
        .unwrap();
        let at = |kind, path| At { kind, path };
        let ports = [Seg::Key("spec"), Seg::Key("containers"), Seg::Item("app"), Seg::Key("ports")];
        assert!(matches!(schema.list(at("x", &ports)), Some(ListKind::Named { .. })));
        assert!(schema.list(at("x", &ports[1..2])).is_none());
        let batch = [Seg::Key("processors"), Seg::Key("batch/2"), Seg::Key("timeout")];
        assert_eq!(schema.default_at(at("x", &batch)).unwrap().value, "200ms");
        let other = [Seg::Key("processors"), Seg::Key("batches"), Seg::Key("timeout")];
        assert!(schema.default_at(at("x", &other)).is_none());
        let uid = [Seg::Key("metadata"), Seg::Key("uid")];
        assert!(schema.generated(at("x", &uid)).is_some());
        let deeper = [Seg::Key("template"), Seg::Key("metadata"), Seg::Key("uid")];
        assert!(schema.generated(at("x", &deeper)).is_none());
        let limit = [Seg::Key("limits"), Seg::Key("a"), Seg::Key("b")];
        assert!(schema.field(at("A", &limit)).is_some() && schema.field(at("B", &limit)).is_none());
    }

    #[test]
    fn a_variable_is_found_wherever_variables_stand() {
        let k8s = [Seg::Key("env"), Seg::Item("OTEL_X"), Seg::Key("value")];
        assert_eq!(At { kind: "", path: &k8s }.variable(), Some("OTEL_X"));
        let dotenv = [Seg::Key("OTEL_X")];
        assert_eq!(At { kind: "", path: &dotenv }.variable(), Some("OTEL_X"));
    }
}
