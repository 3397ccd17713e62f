//! The parts of an audit, added up. Adding is associative, so shards add up to the same sum.

use std::collections::{BTreeMap, BTreeSet};

use super::excerpts::Withheld;
use super::pending::{Object, Undecided};
use super::task::Part;
use crate::facts::AccessFacts;
use crate::model::{Change, ChangeCounts, Finding, Gap, Pair, Renamed};
use crate::policy::Uses;
use crate::trace::Gathered;

/// What several tasks found together.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) changes: Vec<Change>,
    pub(super) counts: ChangeCounts,
    pub(super) renamed: Vec<Renamed>,
    /// How often each allowance was used, by its index in the policy.
    pub(super) allowance_uses: BTreeMap<usize, Uses>,
    pub(super) findings: Vec<Finding>,
    /// Per rule, by its place among all: passed, failed, not applicable, unknown.
    pub(super) rule_counts: BTreeMap<usize, [u64; 4]>,
    pub(super) gaps: Pair<Vec<Gap>>,
    pub(super) undecided: Vec<Undecided>,
    pub(super) withheld: Pair<Withheld>,
    pub(super) compared: Pair<Vec<Object>>,
    pub(super) access: Pair<AccessFacts>,
    pub(super) trace: Pair<Gathered>,
    /// Kinds of evidence about this green that is fresh.
    pub(super) evidence: BTreeSet<String>,
}

impl Sum {
    /// Adds one task.
    pub(super) fn add(&mut self, part: Part) {
        self.changes.extend(part.changes);
        self.counts.merge(part.counts);
        self.renamed.extend(part.renamed);
        self.allowances(part.allowance_uses);
        self.findings.extend(part.findings);
        self.rules(part.rule_counts);
        self.gaps.blue.extend(part.gaps.blue);
        self.gaps.green.extend(part.gaps.green);
        self.undecided.extend(part.pending.undecided);
        self.withheld.blue.extend(part.withheld.blue);
        self.withheld.green.extend(part.withheld.green);
        self.compared.blue.extend(part.pending.compared.blue);
        self.compared.green.extend(part.pending.compared.green);
        self.access.blue.merge(part.pending.access.blue);
        self.access.green.merge(part.pending.access.green);
        self.trace.blue.append(part.pending.trace.blue);
        self.trace.green.append(part.pending.trace.green);
        self.evidence.extend(part.pending.evidence);
    }

    /// Adds the sum of the tasks that follow.
    pub(super) fn merge(&mut self, next: Self) {
        self.changes.extend(next.changes);
        self.counts.merge(next.counts);
        self.renamed.extend(next.renamed);
        self.allowances(next.allowance_uses);
        self.findings.extend(next.findings);
        self.rules(next.rule_counts);
        self.gaps.blue.extend(next.gaps.blue);
        self.gaps.green.extend(next.gaps.green);
        self.undecided.extend(next.undecided);
        self.withheld.blue.extend(next.withheld.blue);
        self.withheld.green.extend(next.withheld.green);
        self.compared.blue.extend(next.compared.blue);
        self.compared.green.extend(next.compared.green);
        self.access.blue.merge(next.access.blue);
        self.access.green.merge(next.access.green);
        self.trace.blue.append(next.trace.blue);
        self.trace.green.append(next.trace.green);
        self.evidence.extend(next.evidence);
    }

    fn allowances(&mut self, uses: impl IntoIterator<Item = (usize, Uses)>) {
        for (index, uses) in uses {
            self.allowance_uses.entry(index).or_default().add(uses);
        }
    }

    fn rules(&mut self, counts: impl IntoIterator<Item = (usize, [u64; 4])>) {
        add_rules(&mut self.rule_counts, counts);
    }
}

/// Adds what rules did to their sums.
pub(super) fn add_rules(
    sums: &mut BTreeMap<usize, [u64; 4]>,
    counts: impl IntoIterator<Item = (usize, [u64; 4])>,
) {
    for (rule, counts) in counts {
        let sums = sums.entry(rule).or_default();
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count);
        }
    }
}
