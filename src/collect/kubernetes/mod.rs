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
mod trouble;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tokio::task::JoinSet;

use super::door::Refusal;
use super::tool::Locator;
use super::{Collector, Content, Found, Gathered, Options};
use crate::model::{Excluded, GapReason};
use ask::Server;
use config::Target;
use discovery::{Kind, Served};
use list::Listing;
use trouble::Trouble;

/// The collector.
pub(super) static KUBERNETES: Kubernetes = Kubernetes;

/// The objects of a cluster, or of one of its namespaces.
pub(super) struct Kubernetes;

const SCHEME: &str = "k8s:";

/// How many kinds are listed at once.
const LISTED_AT_ONCE: usize = 4;

/// What the whole is given beyond its deadline to say so itself.
const GRACE: Duration = Duration::from_secs(1);

/// What an object is left out by that is served by two groups.
const TWICE: &str = "objects that another group serves too (built in)";

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
        Reader { server, target: &target, secrets, options, out }.read().await
    });
    // A program that is still asked for credentials is not waited for.
    runtime.shutdown_background();
    read
}

fn refused(why: &str) -> Refusal {
    let message = format!("cannot read the cluster: {why}");
    Refusal { reason: GapReason::SourceMissing, message }
}

struct Reader<'r> {
    server: Server,
    target: &'r Target,
    secrets: bool,
    options: &'r Options,
    out: &'r mut Gathered,
}

impl Reader<'_> {
    async fn read(mut self) -> Result<(), Refusal> {
        let served = discovery::discover(&self.server).await;
        let served =
            served.map_err(|trouble| trouble.refusal("find out what the cluster serves"))?;
        self.introduce().await;
        if let Some(name) = &self.target.namespace {
            self.namespace(name, &served).await?;
        }
        let kinds = self.choose(served);
        let listings = self.list(&kinds).await;
        self.take(&kinds, listings);
        Ok(())
    }

    /// Records who was asked for what.
    async fn introduce(&mut self) {
        let version = discovery::version(&self.server).await;
        let version = version.unwrap_or_else(|| "of a version it does not tell".to_owned());
        self.out.record.resolved = Some(format!("{} ({version})", self.target.url()));
        self.out.record.notes.push(format!("context: {}", self.target.context));
        if self.target.is_unverified() {
            let note = "the certificate of the server was not verified, as the kubeconfig says: \
                        what was read may be from anyone between";
            self.out.record.notes.push(note.to_owned());
        }
    }

    /// Reads the namespace itself. One that does not exist is not an empty one.
    async fn namespace(&mut self, name: &str, served: &Served) -> Result<(), Refusal> {
        let Some(kind) = served.kinds.iter().find(|kind| kind.is("", "namespaces")) else {
            return Ok(());
        };
        match list::single(&self.server, kind, name).await {
            Ok(object) => self.keep(object),
            Err(Trouble::Missing) => {
                return Err(refused("the cluster has no such namespace; check the name"));
            }
            Err(trouble) => {
                let what = format!("read the namespace {name}");
                let place = format!("{}/{name}.json", kind.folder(None));
                let mut refusal = trouble.refusal(&what);
                if trouble == Trouble::Forbidden {
                    refusal.message = format!(
                        "cannot {what}: the account may not; grant it the verb 'get' on the \
                         resource 'namespaces' in this namespace (a Role), or leave {place} out by \
                         a pattern"
                    );
                }
                self.gap(&place, refusal);
            }
        }
        Ok(())
    }

    /// The kinds to list. Whatever is not listed is excluded by a pattern, a gap, or noted.
    fn choose(&mut self, served: Served) -> Vec<Kind> {
        let namespace = self.target.namespace.as_deref();
        for (place, trouble) in served.troubles {
            let group = place.split_once('/').map_or("", |(group, _)| group);
            if left_out::group(group) {
                continue;
            }
            let what = format!("find out what the cluster serves as {place}");
            self.gap(&format!("discovery/{place}"), trouble.refusal(&what));
        }
        let mut beyond: u32 = 0;
        let mut kinds = Vec::new();
        for kind in served.kinds {
            let place = kind.folder(namespace);
            if namespace.is_some() && !kind.namespaced {
                beyond += 1;
            } else if !kind.listable {
                self.exclude(place, "kinds that cannot be listed (built in)");
            } else if let Some(pattern) = left_out::kind(&kind, self.secrets) {
                self.exclude(place, pattern);
            } else if let Some(pattern) = self.excluded_kind(&kind) {
                self.exclude(place, &pattern);
            } else {
                kinds.push(kind);
            }
        }
        let beyond = match beyond {
            0 => String::new(),
            count => format!("; {count} kinds that belong to no namespace"),
        };
        self.out.record.notes.push(format!(
            "not asked for: {} subresources, which show objects again{beyond}",
            served.subresources
        ));
        kinds
    }

    /// The user's pattern that leaves a kind out whatever its objects are called.
    fn excluded_kind(&self, kind: &Kind) -> Option<String> {
        let exclude = &self.options.exclude;
        if self.target.namespace.is_some() || !kind.namespaced {
            let folder = kind.folder(self.target.namespace.as_deref());
            return exclude.find_above(&folder).map(str::to_owned);
        }
        // A pattern may mean some namespaces only: all of these are not met by chance.
        let initials = || ('a'..='z').chain('0'..='9');
        let names = initials().map(String::from).chain(initials().map(|c| format!("{c}-{c}x0")));
        let mut found = None;
        for name in names {
            found = Some(exclude.find_above(&kind.folder(Some(&name)))?.to_owned());
        }
        found
    }

    /// Lists kinds, a few at once; the result does not depend on which is done first.
    async fn list(&self, kinds: &[Kind]) -> BTreeMap<usize, Listing> {
        let mut listings = BTreeMap::new();
        let mut running = JoinSet::new();
        let mut next = kinds.iter().enumerate();
        loop {
            while running.len() < LISTED_AT_ONCE
                && let Some((index, kind)) = next.next()
            {
                let (server, kind) = (self.server.clone(), kind.clone());
                let namespace = self.target.namespace.clone();
                running.spawn(async move {
                    (index, list::list(&server, &kind, namespace.as_deref()).await)
                });
            }
            match running.join_next().await {
                Some(Ok((index, listing))) => listings.insert(index, listing),
                // Contained where the source is gathered, as any defect of ours.
                Some(Err(failed)) => std::panic::resume_unwind(failed.into_panic()),
                None => return listings,
            };
        }
    }

    fn take(&mut self, kinds: &[Kind], listings: BTreeMap<usize, Listing>) {
        let namespace = self.target.namespace.clone();
        let (mut known, mut versions) = (BTreeSet::new(), BTreeSet::new());
        let (mut read, mut managed, mut statuses, mut assigned) = (0_u64, 0_u64, 0_u64, 0_u64);
        for (kind, listing) in kinds.iter().zip(listings.into_values()) {
            versions.extend(listing.version);
            if let Some(trouble) = listing.trouble {
                let place = kind.folder(namespace.as_deref());
                self.gap(&place, kind.refusal(trouble, namespace.as_deref()));
            }
            for object in listing.objects {
                read += 1;
                managed += u64::from(object.written.managed_fields);
                statuses += u64::from(object.written.status);
                assigned += u64::from(object.written.assigned);
                if !object.uid.is_empty() && !known.insert(object.uid.clone()) {
                    self.exclude(object.file, TWICE);
                } else {
                    self.keep(object);
                }
            }
        }
        let state = match (versions.first(), versions.last()) {
            (Some(first), Some(last)) => format!(", at resource versions {first} to {last}"),
            _ => String::new(),
        };
        self.out.record.notes.extend([
            format!("read: {read} objects of {} kinds, one kind after another{state}", kinds.len()),
            format!(
                "left out, because the cluster writes them: metadata.managedFields of {managed} \
                 objects, status of {statuses}, addresses and the like that it assigned to {assigned}"
            ),
        ]);
    }

    /// Keeps an object, unless a pattern names it.
    fn keep(&mut self, object: object::Object) {
        let object::Object { file, text, left_out, .. } = object;
        if let Some(pattern) = self.options.exclude.find_above(&file) {
            let pattern = pattern.to_owned();
            self.exclude(file, &pattern);
        } else if let Some(pattern) = left_out {
            self.exclude(file, pattern);
        } else {
            self.out.files.push(Found { file, content: Content::Bytes(text.into_bytes()) });
        }
    }

    fn exclude(&mut self, place: String, pattern: &str) {
        self.out.excluded.push(Excluded { place, pattern: pattern.to_owned() });
    }

    fn gap(&mut self, place: &str, refusal: Refusal) {
        self.out.gap(place, refusal.reason, refusal.message);
    }
}
