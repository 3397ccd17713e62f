//! Programs that take spans and are no Collectors: whether they do, and where spans go from there.

use super::anchor::At;
use super::collector::Arrival;
use super::facts::Said;
use super::fault::Fault;
use super::graph::Graph;
use super::read::{flag, members, number, said, text};
use super::target::Target;
use super::workload::Workload;
use crate::facts::Fact;

/// One of them, as its container describes it.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    /// What people call it: `deployment/jaeger`.
    pub(super) owner: String,
    program: String,
    doors: Vec<Door>,
    storage: Option<String>,
    /// Where it hands spans on, separated by commas.
    pub(super) to: Said<String>,
    /// Where it stands.
    pub(super) at: At,
}

/// One way in.
#[derive(Debug, Clone)]
struct Door {
    format: String,
    protocol: Option<String>,
    port: Option<u16>,
    /// Why nothing is taken there.
    closed: Option<String>,
    /// Whether that is so for other pods only.
    is_local: bool,
}

impl Backend {
    /// Reads an item of its view.
    pub(super) fn new(fact: &Fact<'_>, at: At) -> Self {
        let door = |door: &Fact<'_>| Door {
            format: text(door, "format").unwrap_or_default(),
            protocol: text(door, "protocol"),
            port: number(door.get("port")),
            closed: text(door, "closed"),
            is_local: flag(door.get("local")).unwrap_or(false),
        };
        Self {
            owner: text(fact, "owner").unwrap_or_default(),
            program: text(fact, "program").unwrap_or_default(),
            doors: members(fact.get("doors")).map(door).collect(),
            storage: text(fact, "storage"),
            to: said(fact.get("to")),
            at,
        }
    }

    /// The same, of another owner.
    pub(super) fn of(self, owner: String) -> Self {
        Self { owner, ..self }
    }

    /// The doors that spans come to. None where its ports are others than the usual ones.
    fn doors<'b>(&'b self, arrival: &'b Arrival) -> impl Iterator<Item = &'b Door> {
        let protocol = arrival.format.protocol();
        self.doors.iter().filter(move |door| {
            let own = door.protocol.as_deref();
            door.format == arrival.format.name()
                && (own.is_none() || protocol.is_none() || own == protocol)
                && (arrival.port.is_none() || door.port == arrival.port)
        })
    }
}

impl Door {
    /// Why it takes nothing that comes like this.
    fn closed(&self, arrival: &Arrival) -> Option<&str> {
        self.closed.as_deref().filter(|_| arrival.is_remote || !self.is_local)
    }
}

impl Graph<'_> {
    /// What becomes of spans at the programs in the pods of some workloads; nothing where none of
    /// them is known to listen there.
    pub(super) fn kept_by(&self, workloads: &[usize], arrival: &Arrival) -> Option<Target> {
        let known =
            workloads.iter().filter_map(|index| Some((*index, *self.workloads.get(*index)?)));
        let mut refused = None;
        for (workload, backend) in known.flat_map(|(i, w)| w.backends.iter().map(move |b| (i, b))) {
            match backend.answer(arrival) {
                Some(Ok(())) => return Some(backend.open(workload)),
                Some(Err(fault)) => {
                    refused.get_or_insert(fault);
                }
                None => (),
            }
        }
        refused.map(Target::Broken).or_else(|| self.deaf(workloads, arrival))
    }

    /// Why programs take nothing in a format: all that run there are known, and none of them knows it.
    fn deaf(&self, workloads: &[usize], arrival: &Arrival) -> Option<Target> {
        let known = || workloads.iter().filter_map(|index| self.workloads.get(*index).copied());
        deaf(known(), arrival).map(Target::Broken)
    }
}

/// Why workloads take nothing in a format; nothing where any of them may.
pub(super) fn deaf<'w>(
    mut workloads: impl Iterator<Item = &'w Workload>,
    arrival: &Arrival,
) -> Option<Fault> {
    let format = arrival.format.name();
    let is_deaf = |workload: &Workload| {
        let running = workload.containers.iter().filter(|one| !one.is_init).count();
        let knows = |one: &Backend| one.doors.iter().any(|door| door.format == format);
        running == workload.backends.len() && !workload.backends.iter().any(knows)
    };
    let first = workloads.next().filter(|first| is_deaf(first))?;
    let backend = first.backends.first().filter(|_| workloads.all(is_deaf))?;
    let reason = format!("{} is {}, which takes no {format}", backend.owner, backend.program);
    Some(Fault::new("backend-closed", &backend.owner, reason).at(&backend.at))
}

impl Backend {
    /// Whether it takes spans that come like this, or why it does not; nothing where it is not known to
    /// listen there.
    pub(super) fn answer(&self, arrival: &Arrival) -> Option<Result<(), Fault>> {
        let mut refused = None;
        for door in self.doors(arrival) {
            let Some(why) = door.closed(arrival) else { return Some(Ok(())) };
            let reason = format!("{} takes no {}: {why}", self.program, arrival.format.name());
            refused.get_or_insert(Fault::new("backend-closed", &self.owner, reason).at(&self.at));
        }
        refused.map(Err)
    }

    /// How it keeps spans, where that is known: in memory, or in a storage of its own.
    pub(super) fn class(&self) -> Option<String> {
        let storage = self.storage.as_deref();
        match (self.program.as_str(), storage) {
            // Where nothing is said, Zipkin keeps spans in memory.
            (_, Some("mem" | "memory")) | ("zipkin", None) => {
                Some("in memory, until it restarts".to_owned())
            }
            (_, Some(storage)) => Some(format!("in {storage}")),
            _ => None,
        }
    }

    /// Whether it keeps what it takes, as far as is known.
    pub(super) fn keeps(&self) -> bool {
        self.to == Said::No && self.storage.as_deref() != Some("kafka")
    }

    /// Where spans get that it takes.
    fn open(&self, workload: usize) -> Target {
        let program = &self.program;
        if self.storage.as_deref() == Some("kafka") {
            return Target::Unresolved(format!(
                "{program} hands spans to a queue, whose readers are not followed"
            ));
        }
        match self.to {
            Said::No => Target::Backend(self.class()),
            Said::Yes(_) | Said::Unknown(_) => Target::Relay(workload, Box::new(self.clone())),
        }
    }
}
