//! A rule, ready to judge.

use std::sync::OnceLock;

use super::compile;
use super::expr::{Program, Template};
use super::testing::Example;
use crate::facts::Fact;
use crate::model::{RuleId, Severity};

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One item, as `it`.
    Posture,
    /// Both sides of an item, as `b` and `g`; a side that is missing is an empty map.
    Pair,
    /// One item on both sides: fails only where blue is better than green.
    Regression,
    /// One item, as `it`, with the documents around it, as `docs`.
    Cross,
    /// One piece of evidence, as `it`, with what is known of the run, as `run`.
    Evidence,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Posture, Self::Pair, Self::Regression, Self::Cross, Self::Evidence];

    /// The name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posture => "posture",
            Self::Pair => "pair",
            Self::Regression => "regression",
            Self::Cross => "cross",
            Self::Evidence => "evidence",
        }
    }

    /// Whether the rule is judged by [`super::judge_pair`] instead of [`super::judge`].
    pub const fn compares(self) -> bool {
        matches!(self, Self::Pair | Self::Regression)
    }
}

/// How sure a failure is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A hint to look.
    Low,
    /// Right as a rule.
    Medium,
    /// Decided by what stands in the files.
    High,
}

impl Confidence {
    /// Every confidence.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How much a pass says about the controls a rule cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It helps to argue that a control holds.
    Supporting,
    /// It shows a part of a control.
    Partial,
    /// It shows what a control asks for.
    Direct,
}

impl Claim {
    /// Every strength of claim.
    pub const ALL: [Self; 3] = [Self::Supporting, Self::Partial, Self::Direct];

    /// The name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supporting => "supporting",
            Self::Partial => "partial",
            Self::Direct => "direct",
        }
    }
}

/// Whose items a rule judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Blue's only.
    Blue,
    /// Green's only.
    Green,
    /// Each side's, so that a finding is introduced, inherited or resolved.
    Both,
}

impl Environment {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Blue, Self::Green, Self::Both];

    /// The name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Both => "both",
        }
    }
}

/// How many items there have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cardinality {
    /// Any number; none is nothing to judge.
    Any,
    /// None is a finding.
    AtLeastOne,
}

impl Cardinality {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Any, Self::AtLeastOne];

    /// The name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::AtLeastOne => "at-least-one",
        }
    }
}

/// Which items a rule judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The view the items are of.
    pub view: String,
    /// The field that pairs an item of green with one of blue.
    pub key: Option<String>,
    /// Whose items.
    pub environment: Environment,
    /// How many there have to be.
    pub cardinality: Cardinality,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, never used for another rule.
    pub id: RuleId,
    /// The pack it is of.
    pub pack: String,
    /// What it asks for, in one sentence.
    pub title: String,
    /// What it looks at.
    pub kind: Kind,
    /// How bad a failure is.
    pub severity: Severity,
    /// How sure a failure is a fault.
    pub confidence: Confidence,
    /// How much a pass says about the controls.
    pub claim: Claim,
    /// Which items it judges.
    pub select: Select,
    /// What to do about a failure.
    pub remediation: String,
    /// The controls it bears on, as `framework:id`, sorted.
    pub controls: Vec<String>,
    /// Where in an item's place a finding points: literal keys joined by `/`.
    pub at: Option<String>,
    /// Places, as [`Rule::at`], whose unexplained changes this rule speaks for, with all that lies in
    /// them: `.` is the item itself; one that begins with `..` is above the item, and only itself.
    pub covers: Vec<String>,
    /// Rules about single documents that need not say of a change what this one says of it.
    pub instead_of: Vec<RuleId>,
    pub(super) origin: Origin,
    pub(super) params: Fact<'static>,
    pub(super) is_conditional: bool,
    pub(super) code: Deferred,
    pub(super) examples: Vec<Example>,
}

impl Rule {
    /// A parameter of it.
    pub fn param(&self, name: &str) -> Option<&Fact<'static>> {
        self.params.get(name)
    }

    /// The file it was read from, as messages name it.
    pub fn file(&self) -> &str {
        &self.origin.file
    }

    /// Whether it is about some items of its view only.
    pub const fn is_conditional(&self) -> bool {
        self.is_conditional
    }

    /// What says whether it is about an item, where something does.
    pub(super) fn condition(&self) -> Result<Option<&Program>, &str> {
        let when = self.code.when.get_or_init(|| compile::condition(self));
        when.as_ref().map(Option::as_ref).map_err(String::as_str)
    }

    /// What it does with an item that it is about.
    pub(super) fn body(&self) -> Result<&Body, &str> {
        self.code.body.get_or_init(|| compile::body(self)).as_ref().map_err(String::as_str)
    }

    /// What it says of an item that it does not hold for.
    pub(super) fn message(&self) -> Result<&Template, &str> {
        self.code.message.get_or_init(|| compile::message(self)).as_ref().map_err(String::as_str)
    }

    /// All of these.
    pub(super) fn code(&self) -> Result<Code, &str> {
        Ok(Code {
            when: self.condition()?.cloned(),
            body: self.body()?.clone(),
            message: self.message()?.clone(),
        })
    }

    /// Whether it compares what it measures on both sides.
    pub(super) fn measures(&self) -> bool {
        match (self.code.body.get(), &self.code.written) {
            (Some(Ok(body)), _) => matches!(body.test, Test::Measure { .. }),
            (Some(Err(_)) | None, written) => {
                written.as_ref().is_some_and(|written| written.measure.is_some())
            }
        }
    }
}

/// What a rule does with an item.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) when: Option<Program>,
    pub(super) body: Body,
    pub(super) message: Template,
}

/// What it does with one that it is about.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) lets: Vec<(String, Program)>,
    pub(super) test: Test,
}

/// What a rule does, part by part, each compiled when it is asked for first; and as it is written, to be
/// compiled again with other parameters. Of the rules that are part of the program an audit needs some, and
/// their messages seldom; its tests compile all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Deferred {
    pub(super) written: Option<Box<Written>>,
    when: OnceLock<Result<Option<Program>, String>>,
    body: OnceLock<Result<Body, String>>,
    message: OnceLock<Result<Template, String>>,
}

impl Deferred {
    /// What is compiled already, with its text where that may be compiled again.
    pub(super) fn of(code: Code, written: Option<Box<Written>>) -> Self {
        Self {
            written,
            when: OnceLock::from(Ok(code.when)),
            body: OnceLock::from(Ok(code.body)),
            message: OnceLock::from(Ok(code.message)),
        }
    }

    /// Whether nothing of it is compiled.
    #[cfg(test)]
    pub(super) fn waits(&self) -> bool {
        self.when.get().is_none() && self.body.get().is_none() && self.message.get().is_none()
    }
}

impl From<Box<Written>> for Deferred {
    fn from(written: Box<Written>) -> Self {
        Self { written: Some(written), ..Self::default() }
    }
}

/// The expressions of a rule as they are written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) when: Option<String>,
    pub(super) lets: Vec<(String, String)>,
    pub(super) test: String,
    /// Of a measure, how it gets worse, and by how much it may.
    pub(super) measure: Option<(Worse, f64)>,
    pub(super) message: String,
}

/// What decides.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// It holds.
    Assert(Program),
    /// Green's measure is not worse than blue's.
    Measure { program: Program, worse: Worse, tolerance: f64 },
}

/// The direction in which a measure gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worse {
    Lower,
    Higher,
}

impl Worse {
    /// Every direction.
    pub(super) const ALL: [Self; 2] = [Self::Lower, Self::Higher];

    /// The name used in packs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }
}

/// Where a rule is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}
