//! The facts of the documents of a side, as they come, and put in order once.
//!
//! A document says a handful of them, a side tens of thousands. Put into maps one at a time each would be
//! held against a dozen others, and again for every sum of sums.

use std::collections::BTreeMap;

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
    /// Those of sums, one after the other.
    sums: Vec<Run>,
    /// Those that came after them.
    last: Run,
}

/// Facts of some documents, as they come.
#[derive(Debug, Default)]
struct Run {
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
        let run = &mut self.last;
        run.settings.extend(settings);
        run.collectors.extend(collectors);
        run.services.extend(services);
        run.workloads.extend(workloads);
        run.images.extend(images);
        run.opted.extend(opted);
        run.legs.extend(legs);
        run.composed.extend(composed);
        run.kept.append(kept);
        run.calls.extend(calls);
        run.made.extend(made);
        run.providers.extend(providers);
        run.used.extend(used);
        run.dapr.extend(dapr);
        run.boots.extend(boots);
        run.renamed.extend(renamed);
    }

    /// Adds those of a few other documents.
    pub fn add(&mut self, next: Self) {
        for run in next.sums.into_iter().chain([next.last]) {
            self.last.append(run);
        }
    }

    /// Adds those of many other documents.
    pub fn append(&mut self, next: Self) {
        self.sums.push(std::mem::take(&mut self.last));
        self.sums.extend(next.sums);
        self.last = next.last;
    }

    /// All of them in order, with one collector for those that a workload reads together. Of two of one
    /// name the later holds.
    #[must_use]
    pub fn whole(mut self) -> TraceFacts {
        self.sums.push(self.last);
        let runs = &mut self.sums;
        let (mut kept, mut renamed) = (Keeping::default(), BTreeMap::new());
        for run in runs.iter_mut() {
            kept.follow(std::mem::take(&mut run.kept));
            for (file, names) in std::mem::take(&mut run.renamed) {
                renamed.entry(file).or_insert_with(Vec::new).extend(names);
            }
        }
        let noted = Noted {
            calls: all(runs, |run| &mut run.made),
            providers: all(runs, |run| &mut run.providers),
            used: all(runs, |run| &mut run.used),
            dapr: all(runs, |run| &mut run.dapr),
            boots: all(runs, |run| &mut run.boots),
            renamed,
        };
        let whole = TraceFacts {
            settings: all(runs, |run| &mut run.settings),
            collectors: all(runs, |run| &mut run.collectors),
            services: all(runs, |run| &mut run.services),
            workloads: all(runs, |run| &mut run.workloads),
            images: all(runs, |run| &mut run.images),
            opted: all(runs, |run| &mut run.opted),
            legs: all(runs, |run| &mut run.legs),
            composed: all(runs, |run| &mut run.composed),
            kept,
            noted,
            calls: all(runs, |run| &mut run.calls),
        };
        whole.merged()
    }
}

/// Takes one kind of fact out of all.
fn all<T, C: FromIterator<T>>(runs: &mut [Run], of: impl Fn(&mut Run) -> &mut Vec<T>) -> C {
    runs.iter_mut().flat_map(|run| std::mem::take(of(run))).collect()
}

impl Run {
    fn append(&mut self, mut next: Self) {
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
}
