//! A policy where there is no engine: there is none.

use super::{Folder, Said};
use crate::model::{Node, PackRecord, RuleId, Timestamp, Typing};
use crate::policy::strict::ConfigError;
use crate::rules::rule::Rule;

/// A policy, loaded and checked; here there is none.
#[derive(Debug, Clone)]
pub enum Policy {}

impl Policy {
    /// Nothing can be loaded.
    ///
    /// # Errors
    /// Always.
    pub fn load(folder: &Folder, _now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let message = "this driftseal was built without `rego`".to_owned();
        Err(vec![ConfigError { file: folder.name.clone(), line: 1, column: 1, message }])
    }

    /// What a report records of it.
    pub const fn pack(&self) -> &PackRecord {
        match *self {}
    }

    /// Takes its rules out.
    pub const fn take_rules(&mut self) -> Vec<Rule> {
        match *self {}
    }

    /// The names of its rules, sorted.
    pub const fn ids(&self) -> &[RuleId] {
        match *self {}
    }

    /// What each rule says, in the order of [`Policy::ids`].
    pub const fn judge(&self, _root: Node<'_>, _typing: Typing) -> Vec<Said> {
        match *self {}
    }
}
