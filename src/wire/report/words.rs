//! The words of a report: closed lists, each a variant here and a name on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model;

/// Declares one closed list: its variants, their names on the wire, and the noun they stand for.
macro_rules! words {
    ($(#[$about:meta])* $list:ident {
        $($(#[$meaning:meta])* $word:ident = $name:literal from $noun:pat,)+
    } of $model:ty) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $list {
            $($(#[$meaning])* #[serde(rename = $name)] $word,)+
        }

        impl $list {
            /// Every word, in order.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word as written.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $name,)+
                }
            }

            /// Finds a word by how it is written.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        impl From<$model> for $list {
            fn from(noun: $model) -> Self {
                match noun {
                    $($noun => Self::$word,)+
                }
            }
        }

        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

words! {
    /// What may be done with green.
    Verdict {
        /// Everything in scope was evaluated and nothing at or above the threshold is open.
        Pass = "pass" from model::Verdict::Pass,
        /// Something at or above the threshold is open.
        Fail = "fail" from model::Verdict::Fail,
        /// Something was not evaluated.
        Inconclusive = "inconclusive" from model::Verdict::Inconclusive,
    } of model::Verdict
}

words! {
    /// How bad it is when a rule fails, mildest first.
    Severity {
        /// Worth knowing.
        Info = "info" from model::Severity::Info,
        /// Hygiene.
        Low = "low" from model::Severity::Low,
        /// Degraded or unproven.
        Medium = "medium" from model::Severity::Medium,
        /// A required protection, or the way back, is weaker.
        High = "high" from model::Severity::High,
        /// Switching may lose evidence, expose protected data or destroy data.
        Critical = "critical" from model::Severity::Critical,
    } of model::Severity
}

words! {
    /// From which severity on an open finding fails the gate.
    Threshold {
        /// No finding fails it.
        Never = "never" from model::Threshold::Never,
        /// Every finding fails it.
        Info = "info" from model::Threshold::At(model::Severity::Info),
        /// Low and above.
        Low = "low" from model::Threshold::At(model::Severity::Low),
        /// Medium and above.
        Medium = "medium" from model::Threshold::At(model::Severity::Medium),
        /// High and critical.
        High = "high" from model::Threshold::At(model::Severity::High),
        /// Critical only.
        Critical = "critical" from model::Threshold::At(model::Severity::Critical),
    } of model::Threshold
}

words! {
    /// Green judged against blue.
    State {
        /// Green fails where blue does not.
        Introduced = "introduced" from model::State::Introduced,
        /// Both fail.
        Inherited = "inherited" from model::State::Inherited,
        /// Blue fails and green does not.
        Resolved = "resolved" from model::State::Resolved,
    } of model::State
}

words! {
    /// What the organisation decided about a finding.
    Disposition {
        /// Nothing: it counts.
        Open = "open" from model::Disposition::Open,
        /// A waiver accepts it for now.
        Waived = "waived" from model::Disposition::Waived,
        /// The baseline holds it: known debt.
        Baselined = "baselined" from model::Disposition::Baselined,
    } of model::Disposition
}

words! {
    /// What a finding does to the verdict.
    Effect {
        /// It fails the gate.
        Blocks = "blocks" from model::Effect::Blocks,
        /// It counts, and the budget allows as many.
        Tolerated = "tolerated" from model::Effect::Tolerated,
        /// It does not count.
        Listed = "listed" from model::Effect::Listed,
    } of model::Effect
}

words! {
    /// What findings of a kind of rule do.
    Action {
        /// They count, whether blue has them or not.
        Block = "block" from model::Action::Block,
        /// They count where blue does not have them.
        BlockIfNew = "block-if-new" from model::Action::BlockIfNew,
        /// They are listed.
        Report = "report" from model::Action::Report,
    } of model::Action
}

words! {
    /// What happened between blue and green.
    Edit {
        /// Only green has it.
        Added = "added" from model::Edit::Added,
        /// Only blue has it.
        Removed = "removed" from model::Edit::Removed,
        /// Both have it, with different values.
        Replaced = "replaced" from model::Edit::Replaced,
    } of model::Edit
}

words! {
    /// Which way a difference goes from blue to green, what is lost first.
    Direction {
        /// Green protects, provides or keeps less.
        Weaker = "weaker" from model::Direction::Weaker,
        /// Green protects, provides or keeps more.
        Stronger = "stronger" from model::Direction::Stronger,
        /// Both come to the same.
        Neutral = "neutral" from model::Direction::Neutral,
    } of model::Direction
}

words! {
    /// One of the two environments.
    Side {
        /// The live deployment.
        Blue = "blue" from model::Side::Blue,
        /// The candidate.
        Green = "green" from model::Side::Green,
    } of model::Side
}

impl From<Action> for model::Action {
    fn from(action: Action) -> Self {
        match action {
            Action::Block => Self::Block,
            Action::BlockIfNew => Self::BlockIfNew,
            Action::Report => Self::Report,
        }
    }
}

impl From<Severity> for model::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<State> for model::State {
    fn from(state: State) -> Self {
        match state {
            State::Introduced => Self::Introduced,
            State::Inherited => Self::Inherited,
            State::Resolved => Self::Resolved,
        }
    }
}

impl From<Disposition> for model::Disposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Open => Self::Open,
            Disposition::Waived => Self::Waived,
            Disposition::Baselined => Self::Baselined,
        }
    }
}

impl Verdict {
    /// The exit code that says the same.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Inconclusive => 3,
        }
    }
}

impl Threshold {
    /// Whether an open finding of this severity, introduced by green, fails the gate.
    pub fn blocks(self, severity: Severity) -> bool {
        let least = match self {
            Self::Never => return false,
            Self::Info => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        };
        severity >= least
    }
}

#[cfg(test)]
mod tests {
    use super::{Severity, Threshold, Verdict};
    use crate::model;

    #[test]
    fn words_and_nouns_have_the_same_names_codes_and_order() {
        for severity in model::Severity::ALL {
            assert_eq!(Severity::from(severity).name(), severity.name());
            for least in model::Severity::ALL {
                let threshold = model::Threshold::At(least);
                let word = Threshold::from(threshold);
                assert_eq!(word.name(), least.name());
                assert_eq!(word.blocks(severity.into()), threshold.blocks(severity));
            }
            assert!(!Threshold::Never.blocks(severity.into()));
        }
        for verdict in [model::Verdict::Pass, model::Verdict::Fail, model::Verdict::Inconclusive] {
            assert_eq!(Verdict::from(verdict).name(), verdict.name());
            assert_eq!(Verdict::from(verdict).exit(), verdict.exit());
        }
    }

    #[test]
    fn a_word_reads_back_what_it_prints() {
        for word in Threshold::ALL {
            assert_eq!(Threshold::parse(word.name()), Some(*word));
        }
        assert_eq!(Threshold::parse("Medium"), None);
    }
}
