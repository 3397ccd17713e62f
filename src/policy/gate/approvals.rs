//! Who must approve a waiver: so many people, or one for each of some roles.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::Mistakes;
use crate::model::Severity;
use crate::policy::strict;
use crate::policy::waiver::{same_person, unclear};

/// The most roles that one severity takes.
const ROLES_MAX: usize = 8;

/// How many must approve, or who.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Needed {
    /// So many people.
    Count(usize),
    /// Somebody in each of these roles, and somebody else for each.
    Roles(Vec<String>),
}

/// Who must approve waivers, by the severity of what they waive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approvals {
    needed: Vec<(Severity, Needed)>,
    /// Who has which role. Not the waiver says so but the policy.
    roles: BTreeMap<String, Vec<String>>,
}

/// Approvals as they are written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalsRecord {
    critical: Option<Spanned<Value>>,
    high: Option<Spanned<Value>>,
    medium: Option<Spanned<Value>>,
    low: Option<Spanned<Value>>,
    info: Option<Spanned<Value>>,
}

/// Roles as they are written.
pub(super) type RolesRecord = BTreeMap<Spanned<String>, Vec<Spanned<String>>>;

impl Approvals {
    /// What the approvers of a waiver lack to waive a finding this grave.
    pub fn lacks(&self, severity: Severity, approvers: &[String]) -> Option<String> {
        let name = severity.name();
        let needed = self.needed.iter().find(|(known, _)| *known == severity);
        match needed.map(|(_, needed)| needed) {
            None => (approvers.is_empty())
                .then(|| format!("is approved by nobody, and a {name} finding takes somebody")),
            Some(Needed::Count(count)) => (approvers.len() < *count).then(|| {
                format!("is approved by {}, and a {name} finding takes {count}", approvers.len())
            }),
            Some(Needed::Roles(roles)) => {
                (!self.fill(roles, approvers, &mut Vec::new())).then(|| {
                    let roles = roles.join(", ");
                    format!("lacks approvals: a {name} finding takes one of each role: {roles}")
                })
            }
        }
    }

    /// Who must approve a waiver of a finding this grave, in words.
    pub fn needed(&self, severity: Severity) -> String {
        match self.needed.iter().find(|(known, _)| *known == severity) {
            None => "1 or more".to_owned(),
            Some((_, Needed::Count(count))) => format!("{count} or more"),
            Some((_, Needed::Roles(roles))) => format!("one of each role: {}", roles.join(", ")),
        }
    }

    /// Whether each role finds somebody who has it and fills no other.
    fn fill(&self, roles: &[String], approvers: &[String], taken: &mut Vec<usize>) -> bool {
        let Some((role, rest)) = roles.split_first() else { return true };
        let has = |person: &str| {
            self.roles.get(role).is_some_and(|all| all.iter().any(|one| same_person(one, person)))
        };
        for (place, person) in approvers.iter().enumerate() {
            if taken.contains(&place) || !has(person) {
                continue;
            }
            taken.push(place);
            if self.fill(rest, approvers, taken) {
                return true;
            }
            taken.pop();
        }
        false
    }
}

impl ApprovalsRecord {
    /// Reads it, given who has which role.
    pub(super) fn approvals(self, roles: RolesRecord, mistakes: &mut Mistakes<'_>) -> Approvals {
        let mut known = BTreeMap::new();
        for (role, people) in roles {
            let named: Vec<String> = people.iter().map(|one| one.get_ref().clone()).collect();
            if named.is_empty() || named.iter().any(|name| name.trim().is_empty()) {
                mistakes.add(&role, "a role is had by somebody: name who, one by one");
            }
            for one in &people {
                if let Some(why) = unclear(one.get_ref()) {
                    mistakes.add(one, why);
                }
            }
            known.insert(role.into_inner(), named);
        }
        let written = [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
            (Severity::Info, self.info),
        ];
        let mut needed = Vec::new();
        for (severity, value) in written {
            let Some(value) = value else { continue };
            match needed_of(value.get_ref(), &known) {
                Ok(one) => needed.push((severity, one)),
                Err(message) => mistakes.add(&value, message),
            }
        }
        Approvals { needed, roles: known }
    }
}

fn needed_of(value: &Value, known: &BTreeMap<String, Vec<String>>) -> Result<Needed, String> {
    let wrong = || {
        "expected how many must approve, 1 or more, or roles such as [\"security-officer\"]"
            .to_owned()
    };
    if let Some(count) = value.as_integer() {
        let count = usize::try_from(count).ok().filter(|count| *count > 0);
        return count.map(Needed::Count).ok_or_else(wrong);
    }
    let roles = value.as_array().filter(|roles| !roles.is_empty()).ok_or_else(wrong)?;
    let roles = roles.iter().map(|role| role.as_str().map(str::to_owned).ok_or_else(wrong));
    let roles = roles.collect::<Result<Vec<String>, String>>()?;
    if roles.len() > ROLES_MAX {
        return Err(format!("more than {ROLES_MAX} roles"));
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    match roles.iter().find(|role| !known.contains_key(*role)) {
        Some(role) if names.is_empty() => {
            Err(format!("nobody has the role `{role}`: say who, in [gate.waivers.roles]"))
        }
        Some(role) => Err(strict::unknown("role", role, &names)),
        None => Ok(Needed::Roles(roles)),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Severity;
    use crate::policy::Gate;

    fn gate(waivers: &str) -> Result<Gate, String> {
        let text = format!("[waivers]\n{waivers}\n");
        Gate::parse("gate.toml", &text).map_err(|errors| errors[0].to_string())
    }

    #[test]
    fn each_role_takes_somebody_else() {
        let gate = gate(
            "roles = { officer = [\"ann@example.com\", \"bob@example.com\"], owner = [\"Ann <ANN@example.com>\"] }\n\
             approvals = { critical = [\"officer\", \"owner\"], high = [\"officer\"], medium = 2 }",
        )
        .unwrap();
        let people = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let lacks =
            |severity, all: &[&str]| gate.waiving.approvals.lacks(severity, &people(all)).is_some();
        let (ann, bob, eve) = ("ann@example.com", "BOB@example.com", "eve@example.com");
        // Bob has to be the officer, as Ann alone is the owner.
        assert!(!lacks(Severity::Critical, &[ann, bob]));
        assert!(!lacks(Severity::Critical, &[bob, eve, ann]));
        assert!(lacks(Severity::Critical, &[ann]));
        assert!(lacks(Severity::Critical, &[ann, eve]));
        assert!(lacks(Severity::Critical, &[bob, eve]));
        assert!(!lacks(Severity::High, &[ann]) && lacks(Severity::High, &[eve]));
        assert!(lacks(Severity::Medium, &[eve]) && !lacks(Severity::Medium, &[eve, ann]));
        assert!(!lacks(Severity::Low, &[eve]) && lacks(Severity::Low, &[]));
    }

    #[test]
    fn a_role_that_nobody_has_is_refused() {
        for (waivers, said) in [
            ("approvals = { high = [\"officer\"] }", "nobody has the role `officer`"),
            (
                "roles = { officer = [\"a\"] }\napprovals = { high = [\"oficer\"] }",
                "did you mean `officer`?",
            ),
            ("roles = { officer = [] }", "a role is had by somebody"),
            ("roles = { officer = [\" \"] }", "a role is had by somebody"),
            ("approvals = { high = 0 }", "1 or more"),
            ("approvals = { high = [] }", "1 or more"),
            ("approvals = { high = [3] }", "1 or more"),
            ("approvals = { hihg = 1 }", "did you mean `high`?"),
        ] {
            let why = gate(waivers).unwrap_err();
            assert!(why.contains(said), "{waivers}: {why}");
        }
    }
}
