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
mod client;
mod compose;
mod composed;
mod credential;
mod cursor;
mod declared;
mod drift;
mod duplicate;
mod edge;
mod endpoint;
mod env;
mod envoy;
mod fact;
mod forged;
mod gateway;
mod header;
mod identity;
mod interpolation;
mod kubernetes;
mod limit;
mod members;
mod mode;
mod names;
mod neutral;
mod otel;
mod packed;
mod payload;
mod placeholder;
mod process;
mod retention;
mod sampling;
mod sdk;
mod semconv;
mod sending;
mod settings;
mod shape;
mod share;
mod sshd;
mod tag;
mod terraform;
mod tls;
mod variables;

pub use access::{AccessFacts, Grant, Reach, Source, Subject};
pub use cursor::{Beside, Cursor, Document, Taken};
pub use fact::Fact;
pub use packed::Packed;

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
        self.dialects.is_empty() || self.dialects.contains(&dialect)
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
            None => Cow::Owned(self.place.path().to_string()),
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
    &composed::SERVICE,
    &credential::FILE,
    &credential::HEADER,
    &credential::IDENTITY,
    &drift::COLOUR_BLEED,
    &drift::GRANT,
    &drift::RENAMED,
    &drift::UNEXPLAINED,
    &drift::UNLIKE_ITS_SOURCE,
    &drift::WRITTEN_TWICE,
    &duplicate::KEY,
    &forged::TOKEN,
    &edge::TRACING,
    &endpoint::ENDPOINT,
    &env::VARIABLE,
    &envoy::TRACING,
    &header::SET,
    &header::STRIPPED,
    &kubernetes::access::BINDING,
    &kubernetes::access::RULE,
    &kubernetes::backend::BACKEND,
    &kubernetes::call::CALL,
    &kubernetes::capability::CAPABILITY,
    &kubernetes::checksum::CHECKSUM,
    &kubernetes::collector::IMAGE,
    &kubernetes::collector::UPGRADE,
    &kubernetes::container::CONTAINER,
    &kubernetes::host::HOST,
    &kubernetes::istio::MESH,
    &kubernetes::istio::SERVICE_ENTRY,
    &kubernetes::istio::SIDECAR,
    &kubernetes::istio::TELEMETRY,
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
    &kubernetes::sidecar::DAPR,
    &limit::LIMIT,
    &limit::REFERENCE,
    &mode::MODE,
    &otel::collector::COLLECTOR,
    &otel::component::DELIVERY,
    &otel::component::EXPORTER,
    &otel::component::RECEIVER,
    &otel::cors::CORS,
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
    &placeholder::PLACEHOLDER,
    &identity::ATTRIBUTE,
    &identity::NAME,
    &retention::RETENTION,
    &sdk::EXPORT,
    &sdk::PROPAGATION,
    &sdk::PROTOCOL_USED,
    &sdk::SAMPLING,
    &sdk::TRACING,
    &sampling::SAMPLER,
    &sdk::TRANSPORT,
    &shape::SHAPE,
    &semconv::OPT_IN,
    &sshd::SETTING,
    &tag::TAG,
    &terraform::AFTER_APPLY,
    &terraform::CHANGED_OUTSIDE,
    &tls::CLIENT,
    &tls::HOP,
    &tls::LISTENER,
];
