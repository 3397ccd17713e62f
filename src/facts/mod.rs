//! Documents to typed views, taken once and shared by diff, trace and rules.
//!
//! A view turns documents into items a rule can talk about: a container, an environment variable,
//! a collector pipeline, a TLS listener. Rules never read raw documents.
//!
//! **Never here:** severity, opinion, a second reading of the same document.
//!
//! **To add a view:** one file with a `static` [`View`] whose fields are documented where they are
//! defined, its `mod` line, and one line in [`VIEWS`]. An item stands at the exact place that a
//! finding about it has to point at: where a rule would have to point at one of several settings,
//! make one item per setting.

mod access;
mod agent;
mod audit;
mod batch;
mod boot;
mod call;
mod capacity;
mod certificate;
mod cipher;
mod client;
mod compose;
mod composed;
mod correlation;
mod credential;
mod cursor;
mod debug;
mod declared;
mod drift;
mod duplicate;
mod edge;
mod elsewhere;
mod encoded;
mod endpoint;
mod env;
mod envoy;
mod evidence;
mod fact;
mod forged;
mod gateway;
mod gradle;
mod header;
mod identity;
mod interpolation;
mod java;
mod kubernetes;
mod leaf;
mod limit;
mod members;
mod mode;
mod names;
mod neutral;
mod nginx;
mod otel;
mod packed;
mod payload;
mod pin;
mod placeholder;
mod process;
mod program;
mod proxies;
mod reach;
mod retention;
mod runtime;
mod sampling;
mod schema_change;
mod sdk;
mod semconv;
mod sending;
mod settings;
mod shape;
mod share;
mod sql;
mod sshd;
mod switch;
mod tag;
mod terraform;
mod tls;
mod variables;
mod workflow;

pub use access::{AccessFacts, Grant, Reach, Source, Subject};
pub use cursor::{Beside, Cursor, Document, Taken};
pub use evidence::KIND as EVIDENCE_KIND;
pub use fact::Fact;
pub use packed::Packed;
pub use sending::posted;
pub use share::share_of;

use std::borrow::Cow;
use std::rc::Rc;

/// One kind of fact.
pub struct View {
    /// The name rules select it by, such as `k8s.container`.
    pub id: &'static str,
    /// One sentence for the manual.
    pub about: &'static str,
    /// Its fields with their meaning; a field of a rule's `it` that is not here is an error.
    pub fields: &'static [(&'static str, &'static str)],
    /// Which dialects' documents can hold items; empty for all.
    pub dialects: &'static [&'static str],
    /// Takes the items of one document.
    pub extract: for<'t> fn(&Document<'t>) -> Vec<Item<'t>>,
}

impl View {
    /// Whether documents of a dialect may hold items of it.
    pub fn suits(&self, dialect: &str) -> bool {
        // What evidence says is no setting of anything.
        let is_general = self.dialects.is_empty() && dialect != "evidence";
        is_general || self.dialects.contains(&dialect)
    }
}

/// One item of a view.
#[derive(Clone)]
pub struct Item<'t> {
    /// What it is called; told by its place where there is nothing.
    name: Option<String>,
    /// Where it stands.
    pub place: Cursor<'t>,
    /// The bytes it stands for, in the file.
    pub span: Option<(u32, u32)>,
    /// Its fields.
    pub fact: Rc<Fact<'t>>,
}

impl Item<'_> {
    /// What it is called, where it is not told by its place.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What tells it from the other items of the same document and view, as written on its side;
    /// alike only where the document itself repeats a name.
    /// Items of both sides are joined by it, once colours are folded.
    pub fn key(&self) -> Cow<'_, str> {
        match &self.name {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(self.place.pointer()),
        }
    }
}

/// Every view.
pub static VIEWS: &[&View] = &[
    &agent::AGENT,
    &audit::SETTING,
    &batch::PROCESSOR,
    &boot::RENAMED,
    &boot::VERSION,
    &call::CALL,
    &capacity::POOL,
    &capacity::TIMEOUT,
    &certificate::CERTIFICATE,
    &cipher::CIPHERS,
    &composed::SERVICE,
    &correlation::CORRELATION,
    &credential::FILE,
    &credential::HEADER,
    &credential::IDENTITY,
    &drift::COLOUR_BLEED,
    &drift::GRANT,
    &drift::RENAMED,
    &drift::UNEXPLAINED,
    &drift::UNLIKE_ITS_SOURCE,
    &drift::STALE_CHECKSUM,
    &drift::WRITTEN_TWICE,
    &duplicate::KEY,
    &forged::TOKEN,
    &edge::TRACING,
    &endpoint::ENDPOINT,
    &env::VARIABLE,
    &envoy::TRACING,
    &evidence::KIND,
    &evidence::junit::JUNIT,
    &evidence::load::LOAD,
    &evidence::migration::MIGRATION,
    &evidence::migration::VERSION,
    &evidence::record::APPROVAL,
    &evidence::record::BACKUP,
    &evidence::record::RECONCILIATION,
    &evidence::record::REHEARSAL,
    &evidence::scan::SCAN,
    &evidence::scan::VULNERABILITY,
    &header::SET,
    &header::STRIPPED,
    &debug::SWITCH,
    &kubernetes::access::BINDING,
    &kubernetes::access::RULE,
    &kubernetes::account::ACCOUNT,
    &kubernetes::account::IDENTITY,
    &kubernetes::annotation::ANNOTATION,
    &kubernetes::affinity::AFFINITY,
    &kubernetes::analysis::ANALYSIS,
    &kubernetes::analysis::QUERY,
    &kubernetes::api_server::API_SERVER,
    &kubernetes::audit_policy::LEVEL,
    &kubernetes::autoscaling::SIGNAL,
    &kubernetes::backend::BACKEND,
    &kubernetes::budget::BUDGET,
    &kubernetes::call::CALL,
    &kubernetes::capability::CAPABILITY,
    &kubernetes::checksum::CHECKSUM,
    &kubernetes::collector::IMAGE,
    &kubernetes::collector::MODE,
    &kubernetes::collector::UPGRADE,
    &kubernetes::container::CONTAINER,
    &kubernetes::encryption::ENCRYPTION,
    &kubernetes::enforcement::ENFORCEMENT,
    &kubernetes::estate::ENTRY,
    &kubernetes::estate::NAMED,
    &kubernetes::gitops::IGNORED,
    &kubernetes::host::HOST,
    &kubernetes::istio::MESH,
    &kubernetes::istio::SERVICE_ENTRY,
    &kubernetes::guard::AUTHORIZATION,
    &kubernetes::guard::CILIUM,
    &kubernetes::istio::SIDECAR,
    &kubernetes::istio::TELEMETRY,
    &kubernetes::kind::OBJECT,
    &kubernetes::jvm::HEAP,
    &kubernetes::linkerd::PROXY,
    &kubernetes::mesh::DESTINATION_RULE,
    &kubernetes::mesh::PEER_AUTHENTICATION,
    &kubernetes::mistyped::MISTYPED,
    &kubernetes::network::INGRESS,
    &kubernetes::network::PEER,
    &kubernetes::network::POLICY,
    &kubernetes::network::SERVICE,
    &kubernetes::object::NAMESPACE,
    &kubernetes::object::REPLICAS,
    &kubernetes::object::SUPPRESSION,
    &kubernetes::operator::INSTRUMENTATION,
    &kubernetes::podspec::PODSPEC,
    &kubernetes::probe::PROBE,
    &kubernetes::provider::PROVIDER,
    &kubernetes::provider::RELEASE,
    &kubernetes::provider::USED,
    &kubernetes::reference::CONFIG,
    &kubernetes::reference::REFERENCE,
    &kubernetes::resource::RESOURCE,
    &kubernetes::rollout::STRATEGY,
    &kubernetes::route::ROUTE,
    &kubernetes::run_as::RUN_AS,
    &kubernetes::secret::USE,
    &kubernetes::setting::SETTING,
    &kubernetes::sidecar::DAPR,
    &kubernetes::volume::VOLUME,
    &kubernetes::scheduling::SCHEDULING,
    &kubernetes::shutdown::SHUTDOWN,
    &kubernetes::traffic::MIRROR,
    &kubernetes::traffic::OVERRIDE,
    &kubernetes::traffic::WEIGHT,
    &leaf::LEAF,
    &limit::LIMIT,
    &limit::REFERENCE,
    &mode::MODE,
    &nginx::HEADER,
    &nginx::WEAKNESS,
    &otel::collector::COLLECTOR,
    &otel::component::DELIVERY,
    &otel::component::EXPORTER,
    &otel::component::RECEIVER,
    &otel::cors::CORS,
    &otel::dimension::DIMENSION,
    &otel::part::PART,
    &otel::pipeline::PIPELINE,
    &otel::pipeline::STEP,
    &otel::reference::REFERENCE,
    &otel::sampler::ORDER,
    &otel::sampler::SAMPLER,
    &otel::scrub::POLICY,
    &otel::scrub::SCRUB,
    &otel::secret::SECRET,
    &otel::setting::SETTING,
    &otel::storage::STORAGE,
    &payload::CAPTURE,
    &pin::PIN,
    &placeholder::PLACEHOLDER,
    &identity::ATTRIBUTE,
    &identity::NAME,
    &terraform::change::CHANGE,
    &terraform::logs::PROTECTION,
    &reach::REACH,
    &retention::RETENTION,
    &runtime::FLAG,
    &schema_change::SETTING,
    &sdk::EXPORT,
    &sdk::PROPAGATION,
    &sdk::PROTOCOL_USED,
    &sdk::SAMPLING,
    &sdk::TRACING,
    &sampling::SAMPLER,
    &sdk::TRANSPORT,
    &shape::SHAPE,
    &semconv::OPT_IN,
    &sql::STATEMENT,
    &sshd::SETTING,
    &tag::TAG,
    &terraform::opening::OPENING,
    &terraform::protection::PROTECTION,
    &terraform::statement::STATEMENT,
    &terraform::outside::AFTER_APPLY,
    &terraform::outside::CHANGED_OUTSIDE,
    &tls::CLIENT,
    &tls::HOP,
    &tls::LISTENER,
    &workflow::HAZARD,
];
