//! The reading of a cluster: which kinds are asked for, and what becomes of each object.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::super::door::Refusal;
use super::super::{Content, Exclusions, Found, Gathered};
use super::ask::Server;
use super::config::Target;
use super::discovery::{self, Kind, Served};
use super::list::{self, Listing};
use super::object::Object;
use super::trouble::Trouble;
use super::{left_out, refused};
use crate::model::Excluded;

/// How many kinds are listed at once.
const LISTED_AT_ONCE: usize = 4;

/// What an object is left out by that is served by two groups.
const TWICE: &str = "objects that another group serves too (built in)";

/// A cluster that is being read.
pub(super) struct Reader<'r> {
    /// Who is asked.
    pub(super) server: Server,
    /// As whom, and for what.
    pub(super) target: &'r Target,
    /// Whether secrets are asked for.
    pub(super) secrets: bool,
    /// What the user leaves out.
    pub(super) exclude: &'r Exclusions,
    /// What was read.
    pub(super) out: &'r mut Gathered,
}

impl Reader<'_> {
    /// Reads it. Fails only where there is nothing to go on with.
    pub(super) async fn read(mut self) -> Result<(), Refusal> {
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
                match self.exclude.find_above(&place) {
                    Some(pattern) => self.leave(place, pattern),
                    None => self.gap(&place, refusal),
                }
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
                self.leave(place, "kinds that cannot be listed (built in)");
            } else if let Some(pattern) = left_out::kind(&kind, self.secrets) {
                self.leave(place, pattern);
            } else if let Some(pattern) = self.excluded_kind(&kind) {
                self.leave(place, &pattern);
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
        let exclude = self.exclude;
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
                    self.leave(object.file, TWICE);
                } else {
                    self.keep(object);
                }
            }
        }
        let state = match (versions.first(), versions.last()) {
            (Some(first), Some(last)) if first == last => format!(", at resource version {first}"),
            (Some(first), Some(last)) => format!(", at resource versions {first} to {last}"),
            (_, _) => String::new(),
        };
        let note =
            format!("read: {read} objects of {} kinds, one kind after another{state}", kinds.len());
        self.out.record.notes.push(note);
        let left = [
            (managed, "metadata.managedFields of"),
            (statuses, "status of"),
            (assigned, "what it assigned (addresses and the like) of"),
        ];
        let left = left.iter().filter(|(count, _)| *count > 0);
        let left: Vec<String> = left.map(|(count, what)| format!("{what} {count}")).collect();
        if !left.is_empty() {
            let left = left.join(", ");
            let note = format!("left out of objects, because the cluster writes it: {left}");
            self.out.record.notes.push(note);
        }
    }

    /// Keeps an object, unless a pattern names it.
    fn keep(&mut self, object: Object) {
        let Object { file, text, left_out, .. } = object;
        if let Some(pattern) = self.exclude.find_above(&file) {
            let pattern = pattern.to_owned();
            self.leave(file, &pattern);
        } else if let Some(pattern) = left_out {
            self.leave(file, pattern);
        } else {
            self.out.files.push(Found { file, content: Content::Bytes(text.into_bytes()) });
        }
    }

    fn leave(&mut self, place: String, pattern: &str) {
        self.out.excluded.push(Excluded { place, pattern: pattern.to_owned() });
    }

    fn gap(&mut self, place: &str, refusal: Refusal) {
        self.out.gap(place, refusal.reason, refusal.message);
    }
}
