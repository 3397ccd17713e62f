//! Programs that take spans and are no Collectors: whether they do, and where spans go from there.

use super::anchor::At;
use super::collector::Arrival;
use super::facts::Said;
use super::fault::Fault;
use super::graph::Graph;
use super::read::{flag, members, number, said, text};
use super::target::Target;
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
            for door in backend.doors(arrival) {
                match door.closed(arrival) {
                    None => return Some(backend.open(workload)),
                    Some(why) => {
                        let (program, format) = (&backend.program, arrival.format.name());
                        refused.get_or_insert_with(|| {
                            let reason = format!("{program} takes no {format}: {why}");
                            Fault::new("backend-closed", &backend.owner, reason).at(&backend.at)
                        });
                    }
                }
            }
        }
        refused.map(Target::Broken)
    }
}

impl Backend {
    /// Where spans get that it takes.
    fn open(&self, workload: usize) -> Target {
        let program = &self.program;
        if self.storage.as_deref() == Some("kafka") {
            return Target::Unresolved(format!(
                "{program} hands spans to a queue, whose readers are not followed"
            ));
        }
        match self.to {
            Said::No => Target::Backend,
            Said::Yes(_) | Said::Unknown(_) => Target::Relay(workload, Box::new(self.clone())),
        }
    }
}
