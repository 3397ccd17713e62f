//! The facts of a dialect, as data: what fields mean, matched by where they stand.
//!
//! A schema is a TOML file beside its dialect:
//!
//! ```toml
//! source = "where and in which version these facts were read"
//!
//! groups = { Rollout = ["argoproj.io"] } # whose kind of this name the facts are about: API groups,
//!                                        # or single versions of them, such as `apps/v1`
//! sets = { pods = ["Deployment", "Job"] } # kinds that facts name together, as `@pods`
//! null_is_absent = ["Deployment"]        # kinds whose reader takes a null field for none
//! null_is_kept = ["labels"]              # maps in which a key that is null is a key all the same
//! null_is_empty = false                 # whether the reader takes null for an empty section
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
//! [[list]]
//! path = "services/*/ports"
//! members = "unordered"                # nor here; members may be maps, and written in two forms
//!
//! [[list]]
//! path = "services/*/environment"
//! assignments = "="                    # members are `key=value`: the list is a map
//!
//! [[list]]
//! path = "services/*/depends_on"
//! members = "keys"                     # members are keys: the list is a map without values
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
//! since = "0.110.0"                    # the first version of the reader with this default,
//! until = "0.120.0"                    # and the first without; such a fact needs a known version
//!
//! [[default]]
//! path = "/spec/strategy"
//! value = "{}"                         # absent means empty, or a map of defaults
//!
//! [[generated]]
//! path = "/metadata/managedFields"
//! by = "kube-apiserver"
//!
//! [[ignored]]                          # a field that its reader does not look at
//! path = "/version"
//! source = "compose-go v2.9.1 loader"
//!
//! [[strength]]                         # a field of which one value is stronger: see `Strength`
//! path = "securityContext/privileged"
//! better = "false"
//! absent = "false"
//! source = "k8s.io/api core/v1, Kubernetes v1.34, SecurityContext.privileged"
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
//! component of that type: `batch`, `batch/second` or `batch "label"`; `<a|b>` of either type; `x-*!a|b` is
//! a key that begins with `x-`, and with neither `x-a` nor `x-b`. Of several matches the first wins.

mod file;
mod strength;
mod table;

use std::collections::BTreeMap;

use serde::Deserialize;

use file::File;
pub use strength::{Better, Strength};
use table::Table;

use super::version::{Version, Versions};

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
    /// Position does not matter, members may be written in several forms.
    Unordered,
    /// Members are `key=value`: another way to write a map.
    Assignments {
        /// The characters that may stand between key and value, the preferred one first.
        separators: String,
    },
    /// Members are keys: another way to write a map whose values say nothing but defaults.
    Keys,
    /// Members are what a program is started with: where all of them are long flags, each with its
    /// value (`--level=info`), they are named. Position matters.
    Flags,
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
    /// Text whatever it looks like: `1` is `"1"`.
    Text,
    /// An amount of memory of Docker, units in powers of 1024: `1g` = `1024m` = `1GB`.
    Memory,
    /// A Kubernetes quantity: `500m` = `0.5`, `1Gi` = `1024Mi`.
    Quantity,
    /// A duration with units: `30s` = `30000ms`.
    Duration,
    /// A text that its reader takes for a boolean, in any case.
    Boolean,
    /// A text that its reader takes for a number.
    Number,
    /// A number that may have a fraction: a whole one may be written without, `1` = `1.0`. A text
    /// is none.
    Float,
    /// Words separated by blanks, order without meaning.
    Words,
    /// Values separated by commas, order without meaning.
    CommaSet,
    /// An address of a host or network: `2001:DB8::1` = `2001:db8::1`.
    Address,
    /// The address of a page: `https://host` = `https://host:443/`.
    Url,
    /// A reference to an image as Docker reads it: `nginx` = `docker.io/library/nginx:latest`.
    Image,
    /// A reference to an image as a node of a cluster reads it: `nginx` = `nginx:latest`.
    PulledImage,
    /// A schedule of five fields or a name: `@daily` = `0 0 * * *`.
    Schedule,
    /// A number or a share of a hundred: `05%` = `5%`.
    Percentage,
    /// A size of nginx: `8m` = `8192k`.
    NginxSize,
    /// A time of nginx, in seconds where it has no unit: `60` = `1m`.
    NginxTime,
    /// A time of OpenSSH, in seconds where it has no unit: `120` = `2M`.
    SshTime,
    /// An amount of memory of PostgreSQL: `1GB` = `1024MB`.
    PostgresMemory,
    /// A time of PostgreSQL: `5min` = `300s`.
    PostgresTime,
    /// A truth of PostgreSQL: `on` = `TRUE` = `1`.
    PostgresBoolean,
    /// A truth as Go's `strconv.ParseBool` reads it: `true` = `1`.
    GoBoolean,
    /// A whole number in decimal digits: `010` = `10`.
    Integer,
    /// A time of protobuf: `1s` = `1.000s`.
    ProtobufDuration,
    /// A time of Spring: one number and one unit, `2m` = `120S`.
    SpringDuration,
    /// An amount of memory of Spring: `10MB` = `10240KB`.
    SpringSize,
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
    defaults: Table<(Documented, Versions)>,
    generated: Table<String>,
    ignored: Table<String>,
    strengths: Table<Strength>,
    secrets: Table<SecretField>,
    embeds: Table<String>,
    groups: BTreeMap<String, Vec<String>>,
    sets: BTreeMap<String, Vec<String>>,
    null_is_absent: Vec<String>,
    null_is_kept: Vec<String>,
    null_is_empty: bool,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The text is not a schema; the message says where.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::default().and(text)
    }

    /// Adds the facts of another file, which come after those already known.
    ///
    /// # Errors
    /// The text is not a schema; the message says where.
    pub fn and(mut self, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let schema = &mut self;
        for (kind, groups) in file.groups {
            schema.groups.entry(kind).or_default().extend(groups);
        }
        schema.sets.extend(file.sets);
        schema.null_is_absent.extend(file.null_is_absent);
        schema.null_is_kept.extend(file.null_is_kept);
        schema.null_is_empty |= file.null_is_empty;
        for list in file.list {
            let kind = list.kind();
            let kinds = schema.expanded(&list.kinds)?;
            schema.lists.add(kinds, &list.path, kind);
        }
        for field in file.field {
            let kinds = schema.expanded(&field.kinds)?;
            schema.fields.add(kinds, &field.path, field.r#type);
        }
        for entry in file.default {
            let source = entry.source.clone().unwrap_or_else(|| file.source.clone());
            let versions = entry.versions()?;
            let documented = Documented { value: entry.value, source };
            let kinds = schema.expanded(&entry.kinds)?;
            schema.defaults.add(kinds, &entry.path, (documented, versions));
        }
        for entry in file.generated {
            let kinds = schema.expanded(&entry.kinds)?;
            schema.generated.add(kinds, &entry.path, entry.by);
        }
        for entry in file.ignored {
            let kinds = schema.expanded(&entry.kinds)?;
            schema.ignored.add(kinds, &entry.path, entry.source);
        }
        for entry in file.strength {
            let (kinds, path) = (schema.expanded(&entry.kinds)?, entry.path.clone());
            schema.strengths.add(kinds, &path, entry);
        }
        for entry in file.secret {
            let field = SecretField { class: entry.class, base64: entry.base64 };
            let kinds = schema.expanded(&entry.kinds)?;
            schema.secrets.add(kinds, &entry.path, field);
        }
        for entry in file.embed {
            let kinds = schema.expanded(&entry.kinds)?;
            schema.embeds.add(kinds, &entry.path, entry.dialect);
        }
        Ok(self)
    }

    /// Kinds with those of each set that is named among them.
    fn expanded(&self, kinds: &[String]) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for kind in kinds {
            match kind.strip_prefix('@') {
                Some(set) => all.extend_from_slice(
                    self.sets.get(set).ok_or_else(|| format!("no set of kinds is called {set}"))?,
                ),
                None => all.push(kind.clone()),
            }
        }
        Ok(all)
    }

    /// How the members of the list at `at` are told apart; nothing when the schema is silent.
    pub fn list(&self, at: At<'_>) -> Option<&ListKind> {
        self.lists.find(at)
    }

    /// What kind of value stands at `at`.
    pub fn field(&self, at: At<'_>) -> Option<FieldType> {
        self.fields.find(at).copied()
    }

    /// Whether documents of this kind may have fields that are documents of their own.
    pub fn has_documents_in(&self, kind: &str) -> bool {
        self.fields.says(kind, |field| *field == FieldType::Document)
    }

    /// What the absence of the field at `at` means to a version of its reader.
    pub fn default_at(&self, at: At<'_>, version: Option<Version>) -> Option<&Documented> {
        let holds = |(_, versions): &(Documented, Versions)| versions.hold(version);
        self.defaults.find_if(at, holds).map(|(documented, _)| documented)
    }

    /// Which tool writes the field at `at`, or anything that contains it.
    pub fn generated(&self, at: At<'_>) -> Option<&str> {
        self.generated.find(at).map(String::as_str)
    }

    /// Where it is documented that the reader does not look at the field at `at`.
    pub fn ignored(&self, at: At<'_>) -> Option<&str> {
        self.ignored.find(at).map(String::as_str)
    }

    /// Which values of the field at `at` are stronger.
    pub fn strength(&self, at: At<'_>) -> Option<&Strength> {
        self.strengths.find(at)
    }

    /// Whether a secret stands at `at`.
    pub fn secret(&self, at: At<'_>) -> Option<&SecretField> {
        self.secrets.find(at)
    }

    /// Whether documents of this kind may have fields that are secret by their place.
    pub fn secrets_in(&self, kind: &str) -> bool {
        self.secrets.is_about(kind)
    }

    /// Whether a kind of an API version only has the name of the kind that facts are about.
    pub fn is_namesake(&self, kind: &str, version: &str) -> bool {
        let group = version.split_once('/').map(|(group, _)| group);
        let is_own = |known: &String| known == version || Some(known.as_str()) == group;
        self.groups.get(kind).is_some_and(|known| !known.iter().any(is_own))
    }

    /// Whether a kind is of those that facts name together.
    pub fn is_in_set(&self, set: &str, kind: &str) -> bool {
        self.sets.get(set).is_some_and(|kinds| kinds.iter().any(|known| known == kind))
    }

    /// Whether the reader takes the field at `at`, where it is null, for no field.
    pub fn null_is_absent(&self, at: At<'_>) -> bool {
        let [.., Seg::Key(above), Seg::Key(_)] = at.path else {
            return matches!(at.path, [.., Seg::Key(_)]) && self.reads_null_as_absent(at.kind);
        };
        !self.null_is_kept.iter().any(|known| known == above) && self.reads_null_as_absent(at.kind)
    }

    fn reads_null_as_absent(&self, kind: &str) -> bool {
        self.null_is_absent.iter().any(|known| known == kind)
    }

    /// Whether the reader takes null for an empty section.
    pub fn null_is_empty(&self) -> bool {
        self.null_is_empty
    }

    /// Whether a document of this kind may have a subtree that is a document of another dialect.
    pub fn embeds_in(&self, kind: &str) -> bool {
        self.embeds.is_about(kind)
    }

    /// The dialect of the subtree at `at`, when it is a document of another one.
    pub fn embed(&self, at: At<'_>) -> Option<&str> {
        self.embeds.find(at).map(String::as_str)
    }
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
        assert_eq!(schema.default_at(at("x", &batch), None).unwrap().value, "200ms");
        let other = [Seg::Key("processors"), Seg::Key("batches"), Seg::Key("timeout")];
        assert!(schema.default_at(at("x", &other), None).is_none());
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
