//! The facts of a dialect, as data: what fields mean, matched by where they stand.
//!
//! A schema is a TOML file beside its dialect:
//!
//! ```toml
//! source = "where and in which version these facts were read"
//!
//! [[list]]                             # lists are ordered unless said otherwise
//! path = "containers/*/ports"          # matches the end of a path; a leading `/` anchors it
//! keys = ["containerPort", "protocol"] # members are named by these
//! defaults = { protocol = "TCP" }      # what an absent key part means
//!
//! [[list]]
//! path = "rules/*/verbs"
//! set = true                           # order is not meaning
//!
//! [[field]]
//! kinds = ["Deployment"]               # only in documents of these kinds
//! path = "resources/limits/*"
//! type = "quantity"                    # see [`FieldType`]
//!
//! [[default]]
//! path = "ports/*/protocol"
//! value = "TCP"
//! source = "k8s.io/api core/v1 ContainerPort, v1.34"
//!
//! [[generated]]
//! path = "/metadata/managedFields"
//! by = "kube-apiserver"
//! ```
//!
//! In a path `*` is one key or one list member and `**` any number of steps.

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
    /// A member of a list; its name, if it has one (`app` of `name=app`), else empty.
    Item(&'a str),
}

/// How the members of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKind {
    /// Position matters.
    Ordered,
    /// Position does not matter, members are values.
    Set,
    /// Members are named by these keys; order does not matter.
    Named(Vec<KeyPart>),
    /// Members are named by these keys and their order matters.
    NamedOrdered(Vec<KeyPart>),
}

/// One key that names a list member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The key.
    pub key: String,
    /// What its absence means.
    pub default: Option<String>,
}

/// What kind of value a field holds, for equality by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Values separated by commas, order with meaning.
    CommaList,
    /// `key=value` pairs separated by commas: an embedded document.
    Pairs,
    /// A URL: scheme and host in any case, the scheme's default port spelled or not.
    Url,
    /// The text of a document in a syntax of its own.
    Document,
}

/// A documented default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    /// The value, as the reader would print it.
    pub value: String,
    /// Where it is documented, with the version.
    pub source: String,
}

/// The facts of one dialect.
#[derive(Debug, Default)]
pub struct Schema {}
