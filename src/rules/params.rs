//! Parameters that a policy sets in the place of a pack's.

use std::mem::discriminant;

use super::literal;
use super::rule::{Deferred, Rule};
use super::set::RuleSet;
use crate::facts::Fact;
use crate::model::Timestamp;
use crate::policy::gate::Params;
use crate::policy::strict::{ConfigError, unknown};
use crate::policy::waiver;

impl RuleSet {
    /// These rules with the parameters that a policy has for them at a time.
    ///
    /// # Errors
    ///
    /// Rules and parameters that there are none of, values of another kind than the rule has, and
    /// patterns that are none.
    pub fn with_params(
        mut self,
        params: &[Params],
        now: Timestamp,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        for one in params {
            let wrong = |message: String| waiver::at(&one.at, message);
            let ids: Vec<String> = self.rules().iter().map(|rule| rule.id.0.clone()).collect();
            let Some(rule) = self.rules_mut().iter_mut().find(|rule| rule.id.0 == one.rule) else {
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let near = crate::policy::strict::nearest(&one.rule, ids.iter().copied());
                let hint =
                    near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                errors.push(wrong(format!("there is no rule `{}`{hint}", one.rule)));
                continue;
            };
            let mut changed = rule.clone();
            errors.extend(set(&mut changed, one).into_iter().map(wrong));
            if one.holds(now) {
                *rule = changed;
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }
}

/// Sets parameters of a rule, and compiles it again: patterns may stand in them.
fn set(rule: &mut Rule, params: &Params) -> Vec<String> {
    let mut errors = Vec::new();
    let Fact::Map(known) = &mut rule.params else {
        return vec![format!("{} has no parameters", rule.id)];
    };
    for (name, value) in &params.set {
        let names: Vec<String> = known.iter().map(|(name, _)| name.to_string()).collect();
        let Some((_, own)) = known.iter_mut().find(|(key, _)| key == name) else {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            errors.push(unknown("parameter", name, &names));
            continue;
        };
        let value = literal::fact(value);
        if is_like(own, &value) {
            *own = value;
        } else {
            errors.push(format!("`{name}` of {} is {}: keep to it", rule.id, kind(own)));
        }
    }
    if errors.is_empty() {
        rule.code = rule.code.written.take().map(Deferred::from).unwrap_or_default();
        errors.extend(rule.code().err().map(str::to_owned));
    }
    errors
}

/// Whether a value can stand for another: of one kind, and a list of what its members are.
fn is_like(own: &Fact<'_>, value: &Fact<'_>) -> bool {
    match (own, value) {
        (Fact::List(own), Fact::List(values)) => {
            let first = own.first();
            values.iter().all(|value| first.is_none_or(|first| is_like(first, value)))
        }
        // Where hours are meant, nothing else is: what is no duration would not be asked for.
        (Fact::Text(own), Fact::Text(value)) => hours(own).is_none() || hours(value).is_some(),
        (own, value) => discriminant(own) == discriminant(value),
    }
}

/// The hours of a duration, up to ten years.
fn hours(text: &str) -> Option<u32> {
    text.strip_suffix('h')?.parse().ok().filter(|hours| *hours <= 87_600)
}

const fn kind(fact: &Fact<'_>) -> &'static str {
    match fact {
        Fact::Bool(_) => "true or false",
        Fact::Number(_) => "a number",
        Fact::Text(_) | Fact::Secret(_) | Fact::Unknown(_) => "a text, or hours such as 168h",
        Fact::List(_) => "a list of one kind",
        Fact::Map(_) => "a table",
    }
}
