//! Exports of telemetry, at every setting that decides whether they are encrypted.

use super::anchor::{Anchor, beside_of};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Packed;

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
    pub(super) fact: Packed,
    /// The setting that decides.
    pub(super) at: Anchor,
    /// Whether that is `insecure`, which others beside it decide too.
    pub(super) is_insecure: bool,
}

/// What decides beside `tls/insecure`: an authority keeps TLS on
/// (opentelemetry-collector v0.159.0, `config/configtls/configtls.go`).
const BESIDE: [&str; 2] = ["ca_file", "ca_pem"];

impl Leg {
    fn at(&self) -> Vec<Anchor> {
        // Few of thousands are decided by more than one setting; the others take room for that one.
        let mut all = vec![self.at.clone()];
        if self.is_insecure {
            let own = Some(self.at.clone());
            all.extend(BESIDE.iter().filter_map(|key| beside_of(&own, &[key])));
        }
        all
    }
}

fn extract<'g>(side: &SideFacts<'g>) -> Vec<SideItem<'g>> {
    let item = |(key, leg): &(&str, &'g Leg)| {
        let key = format!("{} {}", leg.at.home.resource.0, side.graph.folded(key));
        SideItem { key, at: leg.at(), fact: leg.fact.unpack() }
    };
    side.graph.legs.iter().map(item).collect()
}
