//! What the organisation decided: by whom, why and until when.

use serde::{Deserialize, Serialize};

use crate::model;

/// One decision of the policy, whether it was needed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What kind: `allowance`, `accepted-gap`, `override`, `waiver` or `baseline`; later versions of the
    /// program may know more.
    pub kind: String,
    /// Its name: that of an allowance or waiver; place and reason of an accepted gap; rule and subject
    /// of an override; the digest of a baseline.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The change record.
    pub ticket: Option<String>,
    /// The last day, or second, on which it holds; empty where it has no end.
    pub until: String,
    /// How many differences it explained, gaps it accepted, or findings it decided about.
    pub uses: u64,
}

impl From<&model::Decision> for Decision {
    fn from(decision: &model::Decision) -> Self {
        Self {
            kind: decision.kind.name().to_owned(),
            id: decision.id.clone(),
            reason: decision.reason.clone(),
            owner: decision.owner.clone(),
            ticket: decision.ticket.clone(),
            until: decision.until.clone(),
            uses: decision.uses,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::SCHEMA_JSON;
    use crate::model::DecisionKind;

    #[test]
    fn the_schema_lists_the_kinds() {
        let schema: Value = serde_json::from_str(SCHEMA_JSON).unwrap();
        let about = schema.pointer("/$defs/decision/properties/kind/description").unwrap();
        for kind in DecisionKind::ALL {
            assert!(about.as_str().unwrap().contains(kind.name()), "{}", kind.name());
        }
    }
}
