//! Where settings say things: few of many, in little room.

use std::sync::Arc;

use super::anchor::{Anchor, At};

/// What settings may say somewhere, besides where spans go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// Whether it exports.
    Switch,
    /// How many traces are kept.
    Sampling,
    /// What the service is called.
    Name,
    /// Which formats of context are known.
    Context,
    Protocol,
    Transport,
    Certificate,
    Key,
}

impl Topic {
    /// How spans leave.
    const MANNER: [Self; 4] = [Self::Protocol, Self::Transport, Self::Certificate, Self::Key];

    /// What an item of a view says, and of which part.
    pub(super) fn of_view(view: &str, part: Option<&str>) -> Option<Self> {
        Some(match (view, part) {
            ("sdk.tracing", _) => Self::Switch,
            ("sdk.sampling", _) => Self::Sampling,
            ("sdk.name", _) => Self::Name,
            ("sdk.propagation", _) => Self::Context,
            ("sdk.protocol", _) => Self::Protocol,
            ("sdk.transport", _) => Self::Transport,
            ("sdk.identity", Some("certificate")) => Self::Certificate,
            ("sdk.identity", Some("key")) => Self::Key,
            _ => return None,
        })
    }
}

/// Where settings say things, by what they say. Copies share it until one is told more.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Option<Arc<Vec<(Topic, Anchor)>>>);

impl Places {
    /// Where something is said.
    fn get(&self, topic: Topic) -> Option<&Anchor> {
        let mut all = self.0.iter().flat_map(|all| all.iter());
        all.find(|(known, _)| *known == topic).map(|(_, at)| at)
    }

    /// The same, as an anchor of its own.
    pub(super) fn at(&self, topic: Topic) -> At {
        self.get(topic).cloned()
    }

    /// Says where something is said; nowhere, if there is no place.
    pub(super) fn put(&mut self, topic: Topic, at: At) {
        if at.is_none() && self.get(topic).is_none() {
            return;
        }
        let all = Arc::make_mut(self.0.get_or_insert_default());
        all.retain(|(known, _)| *known != topic);
        if let Some(at) = at {
            all.reserve_exact(1);
            all.push((topic, at));
        }
    }

    /// Where it is said how spans leave.
    pub(super) fn manner(&self) -> Vec<Anchor> {
        Topic::MANNER.into_iter().filter_map(|topic| self.at(topic)).collect()
    }

    /// Takes what others say of how spans leave, and of formats of context.
    pub(super) fn take_manner(&mut self, next: &Self) {
        for topic in Topic::MANNER.into_iter().chain([Topic::Context]) {
            if let Some(at) = next.get(topic) {
                self.put(topic, Some(at.clone()));
            }
        }
    }
}
