//! The facts of the documents of a side, as they come, and put in order once.
//!
//! A document says a handful of them, a side tens of thousands. Put into maps one at a time each would be
//! held against a dozen others, and again for every sum of sums.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::anchor::Anchor;
use super::collector::Collector;
use super::compose::Composed;
use super::facts::{Call, Origin, Settings, TraceFacts};
use super::kept::Keeping;
use super::leg::Leg;
use super::noted::{self, Dapr, Noted, Provider, Renamed, Used};
use super::semconv::OptIn;
use super::workload::{Service, Workload};

/// Facts of one side in any order. Adding them up does not depend on the order of documents.
#[derive(Debug, Default)]
pub struct Gathered {
    settings: Vec<((Origin, String), Box<Settings>)>,
    collectors: Vec<(Origin, Collector)>,
    services: Vec<((Origin, String), Service)>,
    workloads: Vec<((Origin, String), Box<Workload>)>,
    images: Vec<(String, String, String)>,
    opted: Vec<((Origin, String), OptIn)>,
    legs: Vec<((Origin, String), Leg)>,
    composed: Vec<((String, String), Composed)>,
    kept: Keeping,
    calls: Vec<Call>,
    /// Calls of processes.
    made: Vec<noted::Call>,
    providers: Vec<(String, Provider)>,
    used: Vec<Used>,
    dapr: Vec<Dapr>,
    boots: Vec<(String, (String, Anchor))>,
    renamed: Vec<(String, Vec<Renamed>)>,
}

impl Gathered {
    /// Adds the facts of one document.
    pub fn take(&mut self, facts: TraceFacts) {
        let TraceFacts {
            settings,
            collectors,
            services,
            workloads,
            images,
            opted,
            legs,
            composed,
            kept,
            noted,
            calls,
        } = facts;
        let Noted { calls: made, providers, used, dapr, boots, renamed } = noted;
        self.settings.extend(settings);
        self.collectors.extend(collectors);
        self.services.extend(services);
        self.workloads.extend(workloads);
        self.images.extend(images);
        self.opted.extend(opted);
        self.legs.extend(legs);
        self.composed.extend(composed);
        self.kept.append(kept);
        self.calls.extend(calls);
        self.made.extend(made);
        self.providers.extend(providers);
        self.used.extend(used);
        self.dapr.extend(dapr);
        self.boots.extend(boots);
        self.renamed.extend(renamed);
    }

    /// Adds those of other documents.
    pub fn append(&mut self, mut next: Self) {
        self.settings.append(&mut next.settings);
        self.collectors.append(&mut next.collectors);
        self.services.append(&mut next.services);
        self.workloads.append(&mut next.workloads);
        self.images.append(&mut next.images);
        self.opted.append(&mut next.opted);
        self.legs.append(&mut next.legs);
        self.composed.append(&mut next.composed);
        self.kept.append(next.kept);
        self.calls.append(&mut next.calls);
        self.made.append(&mut next.made);
        self.providers.append(&mut next.providers);
        self.used.append(&mut next.used);
        self.dapr.append(&mut next.dapr);
        self.boots.append(&mut next.boots);
        self.renamed.append(&mut next.renamed);
    }

    /// All of them in order, with one collector for those that a workload reads together. Of two of one
    /// name the later holds.
    #[must_use]
    pub fn whole(self) -> TraceFacts {
        let mut renamed = BTreeMap::new();
        for (file, names) in self.renamed {
            match renamed.entry(file) {
                Entry::Vacant(entry) => drop(entry.insert(names)),
                Entry::Occupied(entry) => entry.into_mut().extend(names),
            }
        }
        let noted = Noted {
            calls: self.made.into_iter().collect(),
            providers: self.providers.into_iter().collect(),
            used: self.used.into_iter().collect(),
            dapr: self.dapr.into_iter().collect(),
            boots: self.boots.into_iter().collect(),
            renamed,
        };
        let whole = TraceFacts {
            settings: self.settings.into_iter().collect(),
            collectors: self.collectors.into_iter().collect(),
            services: self.services.into_iter().collect(),
            workloads: self.workloads.into_iter().collect(),
            images: self.images.into_iter().collect(),
            opted: self.opted.into_iter().collect(),
            legs: self.legs.into_iter().collect(),
            composed: self.composed.into_iter().collect(),
            kept: self.kept,
            noted,
            calls: self.calls.into_iter().collect(),
        };
        whole.merged()
    }
}
