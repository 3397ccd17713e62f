//! Faults of collectors to which nobody who was read sends: a side may hold the collectors of a
//! cluster and none of the services that send to them.

use std::collections::BTreeSet;

use super::collector::Arrival;
use super::exporter::Format;
use super::fault::Fault;
use super::graph::Graph;
use super::host::Manner;
use super::path::ServicePath;
use super::target::Target;
use super::workload::Service;

impl Graph<'_> {
    /// What keeps spans from arriving that would come to collectors, whoever sends them: those that
    /// do not start, those that do not listen behind their Services, and what lies behind those that
    /// no way leads through.
    pub(super) fn unasked(&self, paths: &[ServicePath]) -> Vec<Fault> {
        let hops = paths.iter().flat_map(|way| &way.path.hops);
        let passed: BTreeSet<&str> = hops
            .flat_map(|hop| [Some(hop.from.as_str()), hop.reaches.as_deref()])
            .flatten()
            .collect();
        let mut faults: Vec<Fault> =
            (0..self.collectors.len()).filter_map(|index| self.stopped(index)).collect();
        let services = self.services.values().filter_map(|all| match all.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        faults.extend(services.flat_map(|service| self.unheard(service)));
        for (index, collector) in self.collectors.iter().enumerate() {
            // Of one that nothing is known to run, another file may hold the rest.
            let is_run = self.namespaces.get(index).is_some_and(Option::is_some);
            if is_run && collector.is_plain && !passed.contains(collector.name.as_str()) {
                faults.extend(self.beyond(index));
            }
        }
        faults
    }

    /// Receivers of traces that a Service leads to, and that only their own machine can reach.
    fn unheard(&self, service: &Service) -> Vec<Fault> {
        let mut faults = Vec::new();
        let selected = self.selected(service);
        let runs = |index: &usize| self.runs.get(*index).is_some_and(Option::is_some);
        if !selected.is_empty() && !selected.iter().any(runs) {
            return faults;
        }
        for port in &service.ports {
            let arrival = Arrival {
                format: Format::Otlp(None),
                port: Some(port.number),
                compression: None,
                is_remote: true,
                may_be_mapped: false,
                is_local_by_default: false,
                at_image: None,
                at_service: None,
                given: None,
                manner: Manner::default(),
            };
            let Target::Collector(index, arrival) = self.behind(&[service], arrival) else {
                continue;
            };
            let Some(collector) = self.collectors.get(index) else { continue };
            let here = collector.receivers.iter().filter(|one| one.port == arrival.port);
            for receiver in here.filter(|one| one.listens()) {
                let Some(format) = Format::received(&receiver.kind, receiver.protocol.as_deref())
                else {
                    continue;
                };
                let fault = collector.enter(&Arrival { format, ..arrival.clone() }).err();
                faults.extend(fault.filter(|fault| fault.kind == "bind-local"));
            }
        }
        faults
    }
}
