//! The exit codes, as published.

use crate::report::meaning;
use crate::wire::report::Verdict;

/// What the process says to its caller, mildest first: of several, the last one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything was evaluated and nothing is open.
    Pass,
    /// Findings are open.
    Fail,
    /// Something was not evaluated.
    Inconclusive,
    /// The program was not used or configured as it can be, or failed itself.
    Error,
    /// Something is not what it claims to be.
    Integrity,
}

impl Exit {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 5] =
        [Self::Pass, Self::Fail, Self::Error, Self::Inconclusive, Self::Integrity];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Error => 2,
            Self::Inconclusive => 3,
            Self::Integrity => 4,
        }
    }

    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
            Self::Integrity => "integrity",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Pass => meaning(Verdict::Pass),
            Self::Fail => meaning(Verdict::Fail),
            Self::Error => {
                "usage, configuration, rule pack or waiver file is wrong, or the program failed"
            }
            Self::Inconclusive => meaning(Verdict::Inconclusive),
            Self::Integrity => {
                "a signature, digest, binding, freshness, replay or log does not match"
            }
        }
    }

    /// What to do on seeing it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Pass => "switch",
            Self::Fail => "do not switch: fix green, or declare what is intended",
            Self::Error => "do not switch: nothing was decided; read the message and run again",
            Self::Inconclusive => {
                "do not switch: make the gaps readable, or accept those that are understood"
            }
            Self::Integrity => "do not switch: do not use the report, find out who changed what",
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use crate::wire::report::Verdict;

    #[test]
    fn codes_are_those_of_the_verdicts_and_count_up() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4]);
        for verdict in Verdict::ALL {
            assert_eq!(Exit::from(*verdict).code(), verdict.exit());
            assert_eq!(Exit::from(*verdict).name(), verdict.name());
        }
    }

    #[test]
    fn of_several_codes_the_gravest_wins() {
        let mut order = Exit::ALL;
        order.sort();
        assert_eq!(order.map(Exit::code), [0, 1, 3, 2, 4]);
    }
}
