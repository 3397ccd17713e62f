//! From a rule and facts to an outcome.

use std::sync::LazyLock;

use super::expr::{Machine, Stop, Value};
use super::rule::{Cardinality, Kind, Rule, Test, Worse};
use crate::facts::Fact;

/// What a rule says about one item or pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail {
        /// What is wrong here, with the values.
        message: String,
    },
    /// The rule is not about this.
    NotApplicable,
    /// It depends on something that is not known. Never to be taken for a pass.
    Unknown {
        /// What is not known.
        reason: String,
    },
    /// It could not be evaluated. Never to be taken for a pass.
    Error {
        /// Which expression, and why.
        reason: String,
    },
}

impl Outcome {
    /// The name used in packs' tests.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail { .. } => "fail",
            Self::NotApplicable => "na",
            Self::Unknown { .. } => "unknown",
            Self::Error { .. } => "error",
        }
    }

    /// Message or reason.
    pub fn text(&self) -> &str {
        match self {
            Self::Pass | Self::NotApplicable => "",
            Self::Fail { message } => message,
            Self::Unknown { reason } | Self::Error { reason } => reason,
        }
    }

    fn stopped(clause: &str, stop: Stop) -> Self {
        match stop {
            Stop::Unknown(reason) => Self::Unknown { reason },
            Stop::Error(reason) => Self::Error { reason: format!("{clause}: {reason}") },
        }
    }
}

static NO_FIELDS: Fact<'static> = Fact::Map(Vec::new());

/// What `change` is to a pair rule: an item of both sides, of blue only, of green only.
static CHANGES: LazyLock<[Fact<'static>; 3]> = LazyLock::new(|| {
    ["both", "blue", "green"].map(|sides| Fact::map([("sides", Some(Fact::text(sides)))]))
});

/// Judges one item by a posture, cross or evidence rule.
///
/// `docs` is a list of the documents of the item's environment, `run` a map of what is known about
/// this run: `time`, `green.digests` and so on. Rules that need neither get empty ones.
pub fn judge(rule: &Rule, it: &Fact<'_>, docs: &Fact<'_>, run: &Fact<'_>) -> Outcome {
    if rule.kind.compares() {
        return misused(rule);
    }
    let params = &rule.params;
    verdict(rule, &mut Machine::new([params, it, docs, run].map(Value::of)))
}

/// Judges the two sides of an item by a pair or regression rule.
///
/// To a pair rule, a side that is missing is an empty map, and `change.sides` says which is there.
/// A regression needs both sides: what only one has is not applicable.
pub fn judge_pair(rule: &Rule, blue: Option<&Fact<'_>>, green: Option<&Fact<'_>>) -> Outcome {
    match rule.kind {
        Kind::Pair => pair(rule, blue, green),
        Kind::Regression => match (blue, green) {
            (Some(blue), Some(green)) => regression(rule, blue, green),
            (None, _) | (_, None) => Outcome::NotApplicable,
        },
        Kind::Posture | Kind::Cross | Kind::Evidence => misused(rule),
    }
}

/// Judges that there is no item at all.
pub fn judge_absence(rule: &Rule) -> Outcome {
    match rule.select.cardinality {
        Cardinality::Any => Outcome::NotApplicable,
        Cardinality::AtLeastOne => Outcome::Fail {
            message: format!(
                "nothing found in view {}, at least one is required",
                rule.select.view
            ),
        },
    }
}

fn uncompiled(why: &str) -> Outcome {
    Outcome::Error { reason: format!("the rule could not be compiled: {why}") }
}

fn misused(rule: &Rule) -> Outcome {
    let reason = format!("a {} rule cannot judge this", rule.kind.name());
    Outcome::Error { reason }
}

fn pair(rule: &Rule, blue: Option<&Fact<'_>>, green: Option<&Fact<'_>>) -> Outcome {
    let [both, only_blue, only_green] = &*CHANGES;
    let change = match (blue, green) {
        (Some(_), Some(_)) => both,
        (Some(_), None) => only_blue,
        (None, Some(_)) => only_green,
        (None, None) => return Outcome::NotApplicable,
    };
    let (b, g) = (blue.unwrap_or(&NO_FIELDS), green.unwrap_or(&NO_FIELDS));
    let mut machine = Machine::new([&rule.params, b, g, change].map(Value::of));
    verdict(rule, &mut machine)
}

/// What decides, where the rule is about what the machine holds: `when`, then the `let`s.
fn applies<'f>(rule: &'f Rule, machine: &mut Machine<'f>) -> Result<Option<&'f Test>, Outcome> {
    if let Some(when) = rule.condition().map_err(uncompiled)?
        && !when.holds(machine).map_err(|stop| Outcome::stopped("when", stop))?
    {
        return Ok(None);
    }
    let body = rule.body().map_err(uncompiled)?;
    for (name, program) in &body.lets {
        let value = program.run(machine).map_err(|stop| match stop {
            Stop::Error(reason) => Stop::Error(format!("let {name}: {reason}")),
            Stop::Unknown(_) => stop,
        });
        machine.push(value);
    }
    Ok(Some(&body.test))
}

/// `when`, `let` and `assert` on one machine.
fn verdict<'f>(rule: &'f Rule, machine: &mut Machine<'f>) -> Outcome {
    let program = match applies(rule, machine) {
        Ok(Some(Test::Assert(program))) => program,
        Ok(Some(Test::Measure { .. })) => return misused(rule),
        Ok(None) => return Outcome::NotApplicable,
        Err(outcome) => return outcome,
    };
    match program.holds(machine) {
        Ok(true) => Outcome::Pass,
        Ok(false) => failed(rule, machine),
        Err(stop) => Outcome::stopped("assert", stop),
    }
}

/// What the rule says of what the machine holds.
fn failed<'f>(rule: &'f Rule, machine: &mut Machine<'f>) -> Outcome {
    match rule.message() {
        Ok(message) => Outcome::Fail { message: message.render(machine) },
        Err(why) => uncompiled(why),
    }
}

fn regression(rule: &Rule, blue: &Fact<'_>, green: &Fact<'_>) -> Outcome {
    let params = &rule.params;
    let mut on_blue = Machine::new([params, blue, blue, green].map(Value::of));
    let mut on_green = Machine::new([params, green, blue, green].map(Value::of));
    if rule.measures() {
        return measured(rule, &mut on_blue, &mut on_green);
    }
    if std::ptr::eq(blue, green) {
        // What is the same on both sides is no worse on one.
        return match verdict(rule, &mut on_green) {
            Outcome::Fail { .. } => Outcome::Pass,
            same @ (Outcome::Pass
            | Outcome::NotApplicable
            | Outcome::Unknown { .. }
            | Outcome::Error { .. }) => same,
        };
    }
    // Only where blue passes can green regress; an error on either side must still be seen.
    match (verdict(rule, &mut on_blue), verdict(rule, &mut on_green)) {
        (error @ Outcome::Error { .. }, _) | (_, error @ Outcome::Error { .. }) => error,
        (Outcome::NotApplicable, _) | (_, Outcome::NotApplicable) => Outcome::NotApplicable,
        (_, Outcome::Pass) | (Outcome::Fail { .. }, _) => Outcome::Pass,
        (unknown @ Outcome::Unknown { .. }, _) => unknown,
        (Outcome::Pass, green) => green,
    }
}

fn measured<'f>(rule: &'f Rule, blue: &mut Machine<'f>, green: &mut Machine<'f>) -> Outcome {
    let measure = |machine: &mut Machine<'f>| match applies(rule, machine)? {
        Some(Test::Measure { program, worse, tolerance }) => {
            let measure = program.run(machine).and_then(|value| value.measure());
            let measure = measure.map_err(|stop| Outcome::stopped("measure", stop))?;
            Ok((measure, worse, tolerance))
        }
        Some(Test::Assert(_)) => Err(misused(rule)),
        None => Err(Outcome::NotApplicable),
    };
    match (measure(blue), measure(green)) {
        (Ok((before, worse, tolerance)), Ok((after, ..))) => {
            let loss = match worse {
                Worse::Lower => before - after,
                Worse::Higher => after - before,
            };
            if loss > *tolerance { failed(rule, green) } else { Outcome::Pass }
        }
        (Err(error @ Outcome::Error { .. }), _) | (_, Err(error @ Outcome::Error { .. })) => error,
        (Err(Outcome::NotApplicable), _) | (_, Err(Outcome::NotApplicable)) => {
            Outcome::NotApplicable
        }
        (Err(unknown), _) | (_, Err(unknown)) => unknown,
    }
}
