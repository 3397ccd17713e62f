//! Ways in which a service of Compose reaches its machine (Compose specification, `05-services.md`:
//! `privileged`, `pid`, `ipc`, `userns_mode`, `cap_add`, `volumes`, `ports`).

use super::compose::{Field, fields};
use super::cursor::{Cursor, Document};
use super::interpolation::Filling;
use super::names::owner;
use super::{Fact, Item, View};
use crate::model::{Node, Scalar};

/// See its `about`.
pub(super) static REACH: View = View {
    id: "compose.reach",
    about: "One way in which a service of a Compose file reaches its machine, as Docker gets it",
    fields: &[
        ("owner", "the file"),
        ("name", "the service"),
        ("way", "privileged, pid, ipc, userns_mode, capability, mount or port"),
        (
            "what",
            "host; the capability without CAP_; the path that is mounted; the port as written; absent when privileged",
        ),
        ("everywhere", "of a port: whether it is open on every address of the machine"),
    ],
    dialects: &["compose"],
    extract,
};

/// Settings that share something of the machine where they say `host`.
const SHARED: [&str; 3] = ["pid", "ipc", "userns_mode"];

/// Addresses that only the machine itself reaches.
const OWN: [&str; 3] = ["127.", "localhost", "::1"];

/// A way, what of the machine it is, and whether a port is open everywhere.
type Way = (&'static str, Option<String>, Option<bool>);

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let filling = Filling::of(document);
    let fill = |text: &str| filling.fill(text).unwrap_or_else(|| text.to_owned());
    let typing = document.typing();
    let keys = ["privileged", "pid", "ipc", "userns_mode", "cap_add", "volumes", "ports"];
    let mut items = Vec::new();
    for (name, _, [privileged, pid, ipc, userns, caps, volumes, ports]) in fields(document, keys) {
        let mut add = |place: &Cursor<'t>, (way, what, everywhere): Way| {
            let key = format!("{name}/{way}/{}", what.as_deref().unwrap_or_default());
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner(document).to_string()))),
                ("name", Some(Fact::text(name))),
                ("way", Some(Fact::text(way))),
                ("what", what.map(Fact::text)),
                ("everywhere", everywhere.map(Fact::Bool)),
            ]);
            items.push(place.item(key, fact));
        };
        if let Some(field) = privileged.last()
            && typing.read(field.node) == Scalar::Bool(true)
        {
            add(&field.place, ("privileged", None, None));
        }
        for (key, said) in SHARED.into_iter().zip([&pid, &ipc, &userns]) {
            let host = said.last().filter(|field| fill(field.node.text()) == "host");
            if let Some(field) = host {
                add(&field.place, (key, Some("host".to_owned()), None));
            }
        }
        for (place, node) in caps.iter().flat_map(members) {
            let known = fill(node.text()).to_uppercase();
            let known = known.strip_prefix("CAP_").unwrap_or(&known).to_owned();
            add(&place, ("capability", Some(known), None));
        }
        for (place, node) in volumes.iter().flat_map(members) {
            let source = part(node, "source", &fill).filter(|path| path.starts_with('/'));
            if let Some(path) = source {
                add(&place, ("mount", Some(path), None));
            }
        }
        for (place, node) in ports.iter().flat_map(members) {
            if let Some((shown, everywhere)) = port(node, &fill) {
                add(&place, ("port", Some(shown), Some(everywhere)));
            }
        }
    }
    items
}

/// The members of a list, each where it stands, or else where the list does.
fn members<'t>(field: &Field<'t>) -> Vec<(Cursor<'t>, Node<'t>)> {
    let own = field.place.items();
    let is_own = own.len() == field.node.len() && field.place.node.span() == field.node.span();
    let mut own = own.into_iter().filter(|_| is_own);
    field
        .node
        .items()
        .map(|node| (own.next().unwrap_or_else(|| field.place.clone()), node))
        .collect()
}

/// The source of a volume, as a text or a map has it.
fn part(node: Node<'_>, key: &str, fill: &impl Fn(&str) -> String) -> Option<String> {
    if node.is_scalar() {
        return fill(node.text()).split(':').next().map(str::to_owned);
    }
    node.text_at(&[key]).map(fill)
}

/// A published port as it is written, and whether every address of the machine takes it.
fn port(node: Node<'_>, fill: &impl Fn(&str) -> String) -> Option<(String, bool)> {
    let (shown, address) = if node.is_scalar() {
        let text = fill(node.text());
        // `[address:][published:]target[/protocol]`
        let parts = text.matches(':').count();
        let address = text.rsplitn(3, ':').nth(2).unwrap_or_default().to_owned();
        (parts > 0).then_some((text, address))?
    } else {
        let published = node.text_at(&["published"]).map(fill)?;
        let target = node.text_at(&["target"]).map(fill).unwrap_or_default();
        (format!("{published}:{target}"), node.text_at(&["host_ip"]).map(fill).unwrap_or_default())
    };
    let address = address.trim_matches(['[', ']']);
    let is_all = address.is_empty() || address == "0.0.0.0" || address == "::";
    let is_own = OWN.iter().any(|own| address.starts_with(own));
    Some((shown, is_all && !is_own))
}
