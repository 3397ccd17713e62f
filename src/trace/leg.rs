//! Exports of telemetry, at every setting that decides whether they are encrypted.

use std::sync::Arc;

use super::anchor::Anchor;
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;
use crate::model::{Path, Step};

/// See its `about`.
pub(super) static LEG: SideView = SideView {
    id: "trace.hop",
    about: "An export of telemetry, of a process or a collector, at the settings that decide whether it is \
            encrypted",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "the exporter, or the process and its variable"),
        ("endpoint", "where it goes, as written"),
        ("encrypted", "whether TLS is used"),
        ("loopback", "whether it stays on the machine itself"),
    ],
    extract,
};

/// One of them, as its document has it.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    /// What tells it from the others of its document.
    pub(super) key: String,
    pub(super) fact: Fact<'static>,
    /// The setting that decides.
    pub(super) at: Arc<Anchor>,
}

/// What decides beside `tls/insecure`: an authority keeps TLS on
/// (opentelemetry-collector v0.159.0, `config/configtls/configtls.go`).
const BESIDE: [&str; 2] = ["ca_file", "ca_pem"];

impl Leg {
    fn at(&self) -> Vec<Arc<Anchor>> {
        let mut at = vec![Arc::clone(&self.at)];
        if let [tls @ .., Step::Key(last)] = &*self.at.path.0
            && last == "insecure"
        {
            at.extend(BESIDE.iter().map(|key| {
                let path = Path(tls.to_vec()).keys(&[key]);
                Arc::new(Anchor { path, value: None, ..Anchor::clone(&self.at) })
            }));
        }
        at
    }
}

fn extract(side: &SideFacts<'_>) -> Vec<SideItem> {
    let item = |leg: &&Leg| {
        let key = format!("{} {}", leg.at.resource.0, side.graph.folded(&leg.key));
        SideItem { key, at: leg.at(), fact: leg.fact.clone() }
    };
    side.graph.legs.iter().map(item).collect()
}
