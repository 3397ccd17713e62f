//! A live cluster, listed: `k8s:CONTEXT[/NAMESPACE]`. Only here is anything asynchronous.
//!
//! Every kind the server serves is found by discovery and listed in pages, in the version the
//! server prefers; no object is asked for by name, except the namespace that a source names. An
//! object becomes one JSON file with sorted keys, `namespaces/NAMESPACE/KIND.GROUP/NAME.json` or
//! `cluster/KIND.GROUP/NAME.json`, so that two namespaces or two clusters lie side by side.
//!
//! What the cluster writes about an object is left out: `metadata.managedFields`, `status` of kinds
//! whose `status` is a subresource, and what it assigned, as `written.rs` proves it. What is no configuration at all (events, leases, pods
//! that another object stands for) is excluded by the name that `left_out.rs` gives it. Secrets are
//! excluded and not even asked for, unless the source says `?secrets=read`: whoever may list them
//! may read them all, and an audit needs no such account.
//!
//! Where the cluster is, and as whom one asks, is said by the user's kubeconfig, and by nothing
//! else: neither the context that happens to be current nor a variable such as `HTTPS_PROXY`
//! changes what is read. A kind that could not be listed is a gap, what was read before it is kept.

mod ask;
mod config;
mod discovery;
mod left_out;
mod list;
mod object;
mod reader;
mod trouble;
mod written;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::door::Refusal;
use super::tool::Locator;
use super::{Collector, Gathered, Options};
use crate::model::GapReason;
use ask::Server;
use config::Target;
use reader::Reader;

/// The collector.
pub(super) static KUBERNETES: Kubernetes = Kubernetes;

/// The objects of a cluster, or of one of its namespaces.
pub(super) struct Kubernetes;

const SCHEME: &str = "k8s:";

/// What the whole is given beyond its deadline to say so itself.
const GRACE: Duration = Duration::from_secs(1);

impl Collector for Kubernetes {
    fn scheme(&self) -> &'static str {
        "k8s"
    }

    fn about(&self) -> &'static str {
        "k8s:CONTEXT[/NAMESPACE][?secrets=read]: a live cluster as a context of your kubeconfig \
         names it, or one namespace of it"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(SCHEME)
    }

    /// Works on a thread of its own: a program that the kubeconfig has run for its credentials may
    /// not end, and nothing but leaving it alone helps then.
    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let (tell, heard) = channel();
        let (asked, given) = (locator.to_owned(), options.clone());
        std::thread::spawn(move || {
            // Nobody listens any more once the deadline has passed.
            let _ = tell.send(gather(&asked, &given));
        });
        let most = options.limits.cluster_wait_ms_max;
        let failed = match heard.recv_timeout(Duration::from_millis(most) + GRACE) {
            Ok(gathered) => return gathered,
            Err(RecvTimeoutError::Timeout) => Refusal {
                reason: GapReason::LimitReached,
                message: format!(
                    "cannot read the cluster: it did not end within cluster_wait_ms_max ({most} \
                     milliseconds); see whether the kubeconfig runs a program that waits for an \
                     answer"
                ),
            },
            Err(RecvTimeoutError::Disconnected) => Refusal {
                reason: GapReason::Internal,
                message: "cannot read the cluster: the program failed on it; report this as a \
                          defect"
                    .to_owned(),
            },
        };
        let mut gathered = Gathered::of(self.scheme(), locator);
        gathered.gap(locator, failed.reason, failed.message);
        gathered
    }
}

fn gather(locator: &str, options: &Options) -> Gathered {
    let mut out = Gathered::of(KUBERNETES.scheme(), locator);
    if let Err(refusal) = connect_and_read(locator, options, &mut out) {
        out.gap(locator, refusal.reason, refusal.message);
    }
    out
}

fn connect_and_read(locator: &str, options: &Options, out: &mut Gathered) -> Result<(), Refusal> {
    let asked = Locator::parse(locator, SCHEME, &["secrets"])?;
    let secrets = match asked.last("secrets") {
        None => false,
        Some("read") => true,
        Some(_) => return Err(refused("`secrets` is either left away or 'read'")),
    };
    let target = Target::find(asked.path, options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(|_| Refusal {
        reason: GapReason::Unreadable,
        message: "cannot read the cluster: the operating system lets no connection be made; try \
                  again"
            .to_owned(),
    })?;
    let read = runtime.block_on(async {
        let server =
            Server::connect(&target, options).map_err(|it| it.refusal("read the cluster"))?;
        Reader { server, target: &target, secrets, exclude: &options.exclude, out }.read().await
    });
    // A program that is still asked for credentials is not waited for.
    runtime.shutdown_background();
    read
}

fn refused(why: &str) -> Refusal {
    let message = format!("cannot read the cluster: {why}");
    Refusal { reason: GapReason::SourceMissing, message }
}
