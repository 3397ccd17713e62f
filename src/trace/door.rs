//! How receivers of collectors tell who calls.

use super::anchor::{At, Places};
use super::read::{flag, text, texts};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static DOOR: SideView = SideView {
    id: "trace.receiver",
    about: "One receiver of a collector, or one protocol of it: whether it is encrypted, and how it tells who calls",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("id", "id of the receiver"),
        ("type", "its type"),
        ("protocol", "grpc, http, …; absent when it has no protocols"),
        ("tls", "whether it has a certificate of its own"),
        ("mtls", "whether it asks callers for a certificate"),
        ("auth", "authenticator; absent when none"),
    ],
    extract,
};

/// What one of them asks of callers.
#[derive(Debug, Clone, Default)]
pub(super) struct Door {
    tls: bool,
    mtls: bool,
    auth: Option<String>,
    /// The compressions it takes; nothing where it takes all that there are.
    compressions: Option<Vec<String>>,
    at_compressions: At,
    at: Vec<At>,
}

impl Door {
    /// Reads an item of the view of receivers.
    pub(super) fn new(fact: &Fact<'_>, at: &Places<'_>) -> Self {
        let places: [&'static [&'static str]; 6] = [
            &["tls", "client_ca_file"],
            &["tls", "client_ca_pem"],
            &["tls", "cert_file"],
            &["tls", "cert_pem"],
            &["auth", "authenticator"],
            &["auth"],
        ];
        Self {
            tls: flag(fact.get("tls")).unwrap_or(false),
            mtls: flag(fact.get("mtls")).unwrap_or(false),
            auth: text(fact, "auth"),
            compressions: fact.get("compressions").map(|_| texts(fact, "compressions")),
            at_compressions: at(&["compression_algorithms"]),
            at: places.into_iter().map(at).collect(),
        }
    }
}

impl Door {
    /// Whether it refuses a compression. A list without members is the default.
    pub(super) fn refuses(&self, compression: &str) -> bool {
        let known = self.compressions.as_deref().filter(|list| !list.is_empty());
        known.is_some_and(|list| !list.iter().any(|own| own == compression))
    }

    /// Where it says, or would say, which compressions it takes.
    pub(super) const fn at_compressions(&self) -> &At {
        &self.at_compressions
    }
}

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for collector in &side.graph.collectors {
        let name = side.graph.folded(&collector.name);
        for receiver in &collector.receivers {
            let door = &receiver.door;
            let text = |text: &str| Some(Fact::text(text.to_owned()));
            let fact = Fact::map([
                ("collector", text(&name)),
                ("id", text(&receiver.id)),
                ("type", text(&receiver.kind)),
                ("protocol", receiver.protocol.as_deref().and_then(text)),
                ("tls", Some(Fact::Bool(door.tls))),
                ("mtls", Some(Fact::Bool(door.mtls))),
                ("auth", door.auth.as_deref().and_then(text)),
            ]);
            let protocol = receiver.protocol.as_deref().unwrap_or_default();
            let key = format!(
                "{} {} {protocol}",
                side.graph.key_of(collector),
                side.graph.folded(&receiver.id)
            );
            items.push(SideItem { key, at: door.at.iter().flatten().cloned().collect(), fact });
        }
    }
    items
}
