//! What findings do to a verdict.

use crate::model::{Action, Budget, Disposition, Effect, Severity, State, Terms};

/// What of a finding bears on the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighing<'a> {
    /// New, old or gone.
    pub state: State,
    /// What was decided about it.
    pub disposition: Disposition,
    /// How bad it is, as the policy has it.
    pub severity: Severity,
    /// The kind of its rule.
    pub kind: &'a str,
}

/// What findings come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// What each does, in their order.
    pub effects: Vec<Effect>,
    /// How many of each severity count.
    pub counted: Budget,
}

/// Weighs findings by the terms of a gate. No finding is weighed by what it says it does.
pub fn weigh(terms: &Terms, findings: &[Weighing<'_>]) -> Weighed {
    let mut counts = [0_u64; Severity::ALL.len()];
    let count_of = |severity: Severity| Severity::ALL.iter().position(|known| *known == severity);
    for finding in findings.iter().filter(|finding| counts_for(terms, finding)) {
        let count = count_of(finding.severity).and_then(|at| counts.get_mut(at));
        if let Some(count) = count {
            *count = count.saturating_add(1);
        }
    }
    let counted =
        |severity| count_of(severity).and_then(|at| counts.get(at)).copied().unwrap_or_default();
    let effect = |finding: &Weighing<'_>| {
        let allowed = terms.budget.get(finding.severity);
        match (counts_for(terms, finding), allowed) {
            (false, _) => Effect::Listed,
            (true, Some(allowed)) if counted(finding.severity) > allowed => Effect::Blocks,
            (true, Some(_) | None) => Effect::Tolerated,
        }
    };
    Weighed {
        effects: findings.iter().map(effect).collect(),
        counted: Budget {
            critical: Some(counted(Severity::Critical)),
            high: Some(counted(Severity::High)),
            medium: Some(counted(Severity::Medium)),
            low: Some(counted(Severity::Low)),
            info: Some(counted(Severity::Info)),
        },
    }
}

fn counts_for(terms: &Terms, finding: &Weighing<'_>) -> bool {
    let blocks = |state: &str| terms.blocking.iter().any(|known| known == state);
    let action = terms.kinds.iter().find(|(kind, _)| kind == finding.kind);
    // Of a kind that nobody knows, only what is new counts: as of every kind by default.
    let action = action.map_or(Action::BlockIfNew, |(_, action)| *action);
    let decided = match finding.disposition {
        Disposition::Open => true,
        Disposition::Waived => false,
        Disposition::Baselined => blocks("baselined"),
    };
    let old = action == Action::Block || (action != Action::Report && blocks("inherited"));
    decided
        && match finding.state {
            State::Introduced => action != Action::Report,
            State::Inherited => old,
            State::Resolved => false,
        }
}

#[cfg(test)]
mod tests {
    use super::{Weighing, weigh};
    use crate::model::{Action, Budget, Disposition, Effect, Severity, State, Threshold};
    use crate::policy::gate::Rulings;

    fn one(state: State, disposition: Disposition, severity: Severity) -> Weighing<'static> {
        Weighing { state, disposition, severity, kind: "posture" }
    }

    #[test]
    fn a_budget_blocks_all_of_a_severity_once_it_is_exceeded() {
        let mut terms = Rulings::default().terms;
        terms.budget.medium = Some(2);
        let medium = one(State::Introduced, Disposition::Open, Severity::Medium);
        let within = weigh(&terms, &[medium, medium]);
        assert_eq!(within.effects, [Effect::Tolerated, Effect::Tolerated]);
        let over = weigh(&terms, &[medium, medium, medium]);
        assert_eq!(over.effects, [Effect::Blocks; 3]);
        assert_eq!(over.counted.medium, Some(3));
    }

    #[test]
    fn only_what_is_new_and_open_counts_unless_the_policy_says_so() {
        let mut terms = Rulings::default().terms;
        let all: Vec<_> = [State::Introduced, State::Inherited, State::Resolved]
            .into_iter()
            .flat_map(|state| {
                [Disposition::Open, Disposition::Waived, Disposition::Baselined]
                    .map(|disposition| one(state, disposition, Severity::High))
            })
            .collect();
        let blocks = |terms: &_| {
            let effects = weigh(terms, &all).effects;
            effects.iter().map(|effect| *effect == Effect::Blocks).collect::<Vec<_>>()
        };
        let first = |count: usize| (0..9).map(|at| at < count).collect::<Vec<_>>();
        assert_eq!(blocks(&terms), first(1));
        terms.blocking = vec!["inherited".to_owned()];
        assert_eq!(blocks(&terms).iter().filter(|one| **one).count(), 2);
        terms.blocking = vec!["baselined".to_owned()];
        assert_eq!(blocks(&terms).iter().filter(|one| **one).count(), 2);
        terms.blocking.clear();
        terms.kinds = vec![("posture".to_owned(), Action::Block)];
        assert_eq!(blocks(&terms).iter().filter(|one| **one).count(), 2);
        terms.kinds = vec![("posture".to_owned(), Action::Report)];
        terms.blocking = vec!["inherited".to_owned()];
        assert_eq!(blocks(&terms), first(0));
    }

    #[test]
    fn a_threshold_is_a_budget_and_a_budget_has_a_threshold() {
        for threshold in Severity::ALL.map(Threshold::At).into_iter().chain([Threshold::Never]) {
            assert_eq!(Budget::of(threshold).threshold(), threshold);
        }
        let mut budget = Budget::of(Threshold::At(Severity::Low));
        budget.medium = Some(5);
        assert_eq!(budget.threshold(), Threshold::At(Severity::High));
    }
}
