//! The facts of the documents of a side, as they come, and put in order once.
//!
//! A document says a handful of them, a side tens of thousands. Put into maps one at a time each would be
//! held against a dozen others, and again for every sum of sums.

use super::collector::Collector;
use super::compose::Composed;
use super::facts::{Call, Origin, Settings, TraceFacts};
use super::kept::Keeping;
use super::leg::Leg;
use super::noted::{self, Noted};
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
    /// Of those documents that say any.
    noted: Vec<Noted>,
    /// The calls of those.
    noted_calls: Vec<noted::Call>,
    calls: Vec<Call>,
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
            mut noted,
            calls,
        } = facts;
        self.settings.extend(settings);
        self.collectors.extend(collectors);
        self.services.extend(services);
        self.workloads.extend(workloads);
        self.images.extend(images);
        self.opted.extend(opted);
        self.legs.extend(legs);
        self.composed.extend(composed);
        self.kept.append(kept);
        self.noted_calls.extend(std::mem::take(&mut noted.calls));
        self.noted.extend(Some(noted).filter(|noted| !noted.is_empty()));
        self.calls.extend(calls);
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
        self.noted_calls.append(&mut next.noted_calls);
        self.noted.append(&mut next.noted);
        self.calls.append(&mut next.calls);
    }

    /// All of them in order, with one collector for those that a workload reads together. Of two of one
    /// name the later holds.
    #[must_use]
    pub fn whole(self) -> TraceFacts {
        let mut noted = Noted { calls: self.noted_calls.into_iter().collect(), ..Noted::default() };
        self.noted.into_iter().for_each(|next| noted.merge(next));
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
