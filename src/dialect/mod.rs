//! Trees to documents: what a tree is, and what its parts mean to the program that reads it.
//!
//! A dialect recognises a document and names the resource it describes. Its schema says which
//! lists have named members, which are sets, which values are quantities, what is the default of
//! an absent field, which values are secrets, and which texts are documents of their own.
//!
//! **Never here:** severity, opinion.
//!
//! **To add a dialect:** one file with a `static` that implements [`Dialect`] and one data file
//! `<name>.toml` of facts beside it (format: [`schema`]), its `mod` line, and one line in
//! [`DIALECTS`]. Each fact cites the version it was read in.

mod alloy;
mod canonical;
pub mod component;
mod compose;
mod datadog;
pub mod distribution;
mod envoy;
pub mod equality;
pub mod evidence;
mod fluentbit;
pub mod generation;
mod hashed;
mod helm;
mod jaeger;
mod kubernetes;
mod kustomize;
pub mod naming;
pub mod order;
mod otel_config;
mod otel_sdk;
mod otelcol;
mod plain;
mod postgres;
pub mod project;
mod prometheus;
pub mod schema;
mod spring;
mod sshd;
pub mod strength;
mod tempo;
pub mod terraform;
mod traefik;
pub mod version;
mod zipkin;

pub use canonical::parts_of_image;

use std::collections::BTreeSet;

use crate::model::{Node, Rendered, Typing};
use schema::{At, Documented, FieldType, Schema, Strength};
use version::Version;

/// One kind of configuration.
pub trait Dialect: Sync {
    /// The name, as reports spell it.
    fn id(&self) -> &'static str;

    /// One sentence for the manual.
    fn about(&self) -> &'static str;

    /// A file name and a text that this dialect recognises, for the contract tests.
    fn sample(&self) -> (&'static str, &'static str);

    /// Names the resource a document describes, if it is of this dialect. `syntax` is the id of
    /// the syntax it was read with, `file` its path within its side.
    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity>;

    /// What the parts of its documents mean.
    fn schema(&self) -> &'static Schema;

    /// How its reader types a plain scalar.
    fn typing(&self) -> Typing;

    /// The members of a document that is but a list of documents. Empty for any other.
    fn members<'t>(&self, _root: Node<'t>) -> Vec<Node<'t>> {
        Vec::new()
    }

    /// What its reader makes of a value that may be written in several forms, as one text: equal
    /// texts mean the same. Nothing where there is but one form, or this one is not understood.
    fn meaning(&self, _at: At<'_>, _node: Node<'_>, _within: Within<'_>) -> Option<String> {
        None
    }

    /// The version of its reader, where a document or the file that holds it says which one that
    /// is.
    fn version(&self, _root: Node<'_>, _file: &str) -> Option<Version> {
        None
    }

    /// What the absence of the field at `at` means, where that depends on the fields `around` it. A
    /// set of values is written `[A, B]`.
    fn implied(&self, _at: At<'_>, _around: Node<'_>) -> Option<Documented> {
        None
    }

    /// Whether the absence of the field at `at` means its default, where the fields `around` it may
    /// say that it means nothing at all.
    fn default_holds(&self, _at: At<'_>, _around: Node<'_>) -> bool {
        true
    }

    /// A key as its reader tells it from others, where that is not as it is written.
    fn key_name(&self, _at: At<'_>, _key: &str, _within: Within<'_>) -> Option<String> {
        None
    }

    /// Whether the reader of a kind of document takes keys in keys for one key with dots.
    fn is_flat(&self, _kind: &str) -> bool {
        false
    }

    /// Why two spellings of the key or value at `at` are the same to its reader, one of them
    /// being `text`, where there is more to say than that they are.
    fn why_same(&self, _at: At<'_>, _text: &str) -> Option<String> {
        None
    }

    /// The other key under which the content of the entry at `at` may be written. Both have a
    /// [`Dialect::meaning`], and what means the same under either is the same.
    fn other_key(&self, _at: At<'_>) -> Option<&'static str> {
        None
    }

    /// Whether its reader puts something into a text before it tells what a plain scalar is, so
    /// that quotes are meaning.
    fn is_filled_in(&self, _text: &str) -> bool {
        false
    }

    /// Other files of its side that its reader reads together with a document of a file.
    fn reads<'t>(&self, _file: &str, _root: Node<'t>) -> Vec<Read<'t>> {
        Vec::new()
    }

    /// How its reader writes a time, where only the name of a key suggests that one stands there.
    fn duration(&self) -> FieldType {
        FieldType::Duration
    }

    /// Which tool made the value at `at`, and of what, where it is what that tool makes of the
    /// document it stands in. Values that differ and were made alike are no drift.
    fn derived(&self, _at: At<'_>, _node: Node<'_>, _within: Within<'_>) -> Option<String> {
        None
    }

    /// The keys of a document under which its writer says nothing because it does not know yet,
    /// where it marks that elsewhere: whether a value is known is compared there.
    fn left_out<'t>(&self, _document: Node<'t>) -> LeftOut<'t> {
        LeftOut::default()
    }

    /// Whether what stands below a key only marks values: no default of a value is one of a mark.
    fn is_mark(&self, _key: &str) -> bool {
        false
    }

    /// What a document is joined by begins with this where it makes a tool copy others.
    fn makers(&self) -> Option<&'static str> {
        None
    }

    /// What a tool copied of other documents because `maker` says so; `document` finds one of the
    /// same side by what it is joined by.
    fn copies<'t>(
        &self,
        _maker: Node<'t>,
        _document: &dyn Fn(&str) -> Option<Node<'t>>,
    ) -> Vec<Copied> {
        Vec::new()
    }

    /// Scalars below a map that the document itself marks as secret.
    fn sensitive<'t>(&self, _map: Node<'t>) -> Vec<Node<'t>> {
        Vec::new()
    }

    /// What a document of a file takes secrets from.
    fn secret_sources(&self, _file: &str, _root: Node<'_>) -> Vec<SecretSource> {
        Vec::new()
    }

    /// Uses of one member of a list by another that depend on their order: other members may
    /// stand in any order.
    fn uses<'t>(&self, _at: At<'_>, _list: Node<'t>, _within: Within<'_>) -> Uses<'t> {
        Uses::default()
    }
}

/// Keys under which nothing stands, each with the byte at which its map begins.
pub type LeftOut<'t> = BTreeSet<(u32, &'t str)>;

/// What a place stands in.
#[derive(Clone, Copy)]
pub struct Within<'t> {
    /// The document of this dialect, from its root.
    pub document: Node<'t>,
    /// The version of the program that reads it, where that is known.
    pub version: Option<Version>,
}

/// What holds a secret because a document says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file, by its path within its side: all of it.
    File(String),
    /// A variable of the environment.
    Variable(String),
}

/// A file that is read together with another one.
#[derive(Debug, Clone)]
pub struct Read<'t> {
    /// Its path within its side; nothing where that cannot be told.
    pub path: Option<String>,
    /// What names it, where it has to be there, and what it is called there.
    pub needed: Option<(Node<'t>, &'static str)>,
    /// What it has to hold, where a part of it is meant.
    pub part: Option<PartOf<'t>>,
}

/// A part of another file that a document needs.
#[derive(Debug, Clone, Copy)]
pub struct PartOf<'t> {
    /// What names it.
    pub named: Node<'t>,
    /// The keys that lead to it.
    pub keys: [&'t str; 2],
    /// What it is called.
    pub what: &'static str,
}

/// A document that a tool made of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What the copy is joined by.
    pub copy: String,
    /// What its source is joined by.
    pub of: String,
    /// Which tool made it.
    pub by: String,
    /// Places of the copy that its source does not decide.
    pub open: Vec<&'static str>,
    /// Where it first says anything but what its source says; nothing where it is a copy.
    pub differs: Option<String>,
}

/// Which members of a list depend on their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uses<'t> {
    /// Those that use others, or come to something else behind them.
    Of(Vec<Use<'t>>),
    /// Each on all before it.
    Every,
}

impl Default for Uses<'_> {
    fn default() -> Self {
        Self::Of(Vec::new())
    }
}

/// One member of a list uses another by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'t> {
    /// The member that uses the other.
    pub user: &'t str,
    /// The member it names.
    pub name: &'t str,
    /// Whether that one stands before it.
    pub earlier: bool,
}

/// The name of a resource as written on one side, colours included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Kind within the dialect, such as `Deployment`; the dialect's name when it has only one. With
    /// its API group, `Component.core.oam.dev`, where facts are about a kind of the same name in
    /// another group or version.
    pub kind: String,
    /// What the documents of both sides are joined by, once colours are folded. Leaves out what
    /// may change without becoming another thing, such as an API version.
    pub join: String,
    /// What people call it: `k8s:apps/v1/Deployment/payments-blue/checkout-blue`.
    pub name: String,
    /// Whether the name alone tells it from all others, wherever its file lies. Documents that
    /// are known by their file only are joined by file.
    pub portable: bool,
}

impl Identity {
    /// Its kind as the document writes it, without an API group.
    pub fn own_kind(&self) -> &str {
        self.kind.split_once('.').map_or(&self.kind, |(kind, _)| kind)
    }
}

/// Every dialect; the first that recognises a document wins.
pub static DIALECTS: &[&dyn Dialect] = &[
    &evidence::EVIDENCE,
    &kustomize::KUSTOMIZE,
    &kubernetes::KUBERNETES,
    &otelcol::OTELCOL,
    &otel_config::OTEL_CONFIG,
    &compose::COMPOSE,
    &helm::HELM,
    &envoy::ENVOY,
    &terraform::TERRAFORM,
    &jaeger::JAEGER,
    &zipkin::ZIPKIN,
    &spring::SPRING,
    &traefik::TRAEFIK,
    &prometheus::PROMETHEUS,
    &tempo::TEMPO,
    &datadog::DATADOG,
    &sshd::SSHD,
    &postgres::POSTGRES,
    &fluentbit::FLUENTBIT,
    &alloy::ALLOY,
    &otel_sdk::OTEL_SDK,
];

/// A document with the dialect that recognised it.
#[derive(Clone)]
pub struct Recognised {
    /// The dialect; the plain one when no other knew the document.
    pub dialect: &'static dyn Dialect,
    /// What the document describes.
    pub identity: Identity,
}

/// Recognises a document. What nobody knows is plain: named after its syntax and file.
pub fn recognise(file: &str, syntax: &str, root: Node<'_>) -> Recognised {
    let known = DIALECTS
        .iter()
        .find_map(|dialect| Some((*dialect, dialect.recognise(file, syntax, root)?)));
    known.map_or_else(
        || Recognised { dialect: &plain::PLAIN, identity: plain::identity(file, syntax) },
        |(dialect, identity)| Recognised { dialect, identity },
    )
}

/// Recognises a document of which it was told before which dialect it is of.
pub fn recognise_again(id: &str, file: &str, syntax: &str, root: Node<'_>) -> Recognised {
    let again = by_id(id).and_then(|dialect| {
        let identity = dialect.recognise(file, syntax, root)?;
        Some(Recognised { dialect, identity })
    });
    again.unwrap_or_else(|| recognise(file, syntax, root))
}

/// What a document, already recognised, describes: one resource, or one for each member of a list
/// of resources, with its position in it.
pub fn resources<'t>(
    file: &str,
    syntax: &str,
    root: Node<'t>,
    known: &Recognised,
) -> Vec<(Option<u32>, Node<'t>, Recognised)> {
    let members = known.dialect.members(root);
    if members.is_empty() {
        return vec![(None, root, known.clone())];
    }
    let numbered = (0_u32..).zip(members);
    numbered.map(|(index, node)| (Some(index), node, recognise(file, syntax, node))).collect()
}

/// What rendered a document, given its whole text, where it says so.
pub fn rendered(text: &str) -> Option<Rendered> {
    helm::rendered(text)
}

/// A name without what may be a hash of its content at its end.
pub fn without_hash(name: &str) -> Option<&str> {
    hashed::without_hash(name)
}

/// The dialect of a name, the plain one included.
pub fn by_id(id: &str) -> Option<&'static dyn Dialect> {
    all().find(|known| known.id() == id)
}

/// Every dialect, the plain one last.
pub fn all() -> impl Iterator<Item = &'static dyn Dialect> {
    DIALECTS.iter().copied().chain([&plain::PLAIN as &dyn Dialect])
}

/// What kind of value stands at a place: as its dialect says, else as the environment variable of
/// that name means, else as the name of the key suggests.
pub fn field_type(dialect: &dyn Dialect, at: At<'_>) -> Option<FieldType> {
    let own = dialect.schema().field(at);
    // That a value is text says the least about it.
    own.filter(|field| *field != FieldType::Text)
        .or_else(|| plain::PLAIN.schema().field(at))
        .or_else(|| otel_sdk::variable(at.variable()?)?.field_type())
        .or_else(|| plain::suggests_a_time(at.variable()?).then(|| dialect.duration()))
        .or(own)
}

/// What the absence of a field means to a version of its reader, when that is documented.
pub fn default_at(
    dialect: &dyn Dialect,
    at: At<'_>,
    version: Option<Version>,
) -> Option<&'static Documented> {
    let own = dialect.schema().default_at(at, version);
    own.or_else(|| otel_sdk::variable(at.variable()?)?.default())
}

/// Which values of a field are stronger, where that is documented: as its dialect says, else as the
/// name of the field or environment variable does.
pub fn strength_at(dialect: &dyn Dialect, at: At<'_>) -> Option<&'static Strength> {
    let own = dialect.schema().strength(at).or_else(|| plain::PLAIN.schema().strength(at));
    own.or_else(|| otel_sdk::strength(at.variable()?))
}
