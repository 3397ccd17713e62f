//! A list, page by page. Pages of one list show one state of the cluster: when the server has
//! forgotten that state (410), the list begins anew and what was read of it before is dropped.

use super::ask::{JSON, Server};
use super::discovery::{Kind, read};
use super::object::{Object, object};
use super::trouble::{Limit, Trouble};
use crate::model::{Kind as NodeKind, Node};

/// How many objects a page has, as kubectl asks for them.
const PAGE: u32 = 500;

/// How often a list begins anew.
const RESTARTS_MAX: u32 = 3;

/// What was listed of a kind.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The objects.
    pub(super) objects: Vec<Object>,
    /// Why these are not all.
    pub(super) trouble: Option<Trouble>,
    /// The state of the cluster they are of.
    pub(super) version: Option<u64>,
}

struct Page {
    objects: Vec<Object>,
    next: Option<String>,
    version: Option<u64>,
}

/// Lists a kind, in one namespace or in all.
pub(super) async fn list(server: &Server, kind: &Kind, namespace: Option<&str>) -> Listing {
    let mut listing = Listing::default();
    let (mut next, mut restarts, mut size): (Option<String>, u32, u32) = (None, 0, PAGE);
    loop {
        let page = page(server, kind, namespace, (next.as_deref(), size)).await;
        match page {
            Ok(page) => {
                listing.objects.extend(page.objects);
                listing.version = listing.version.or(page.version);
                if page.next.is_none() {
                    return listing;
                }
                if page.next == next {
                    listing.trouble = Some(Trouble::Circular);
                    return listing;
                }
                next = page.next;
            }
            Err(Trouble::Gone) if next.is_some() && restarts < RESTARTS_MAX => {
                restarts += 1;
                next = None;
                listing = Listing::default();
            }
            Err(Trouble::Over(Limit::Answer(_))) if size > 1 => size = (size / 10).max(1),
            Err(trouble) => {
                listing.trouble = Some(trouble);
                return listing;
            }
        }
    }
}

async fn page(
    server: &Server,
    kind: &Kind,
    namespace: Option<&str>,
    (next, size): (Option<&str>, u32),
) -> Result<Page, Trouble> {
    let next = next.map(|token| format!("&continue={}", escaped(token))).unwrap_or_default();
    let path = format!("{}?limit={size}{next}", kind.path(namespace));
    let bytes = server.ask(&path, JSON).await?;
    read(&bytes, server.limits(), |root| {
        let items = root.get("items").filter(|_| root.text_at(&["kind"]).is_some_and(is_list));
        // A list of nothing is written as null by some servers.
        let is_expected =
            |items: &Node<'_>| matches!(items.kind(), NodeKind::List | NodeKind::Null);
        let items = items.filter(is_expected).ok_or(Trouble::Unexpected)?;
        let said = |key: &str| root.text_at(&["metadata", key]).filter(|text| !text.is_empty());
        let objects = items.items().map(|item| object(item, kind));
        Ok(Page {
            objects: objects.collect::<Option<_>>().ok_or(Trouble::Unexpected)?,
            next: said("continue").map(str::to_owned),
            version: said("resourceVersion").and_then(|text| text.parse().ok()),
        })
    })?
}

fn is_list(kind: &str) -> bool {
    kind.ends_with("List")
}

/// Reads the one object of a name.
pub(super) async fn single(server: &Server, kind: &Kind, name: &str) -> Result<Object, Trouble> {
    let path = format!("{}/{}", kind.path(None), escaped(name));
    let bytes = server.ask(&path, JSON).await?;
    read(&bytes, server.limits(), |root| object(root, kind).ok_or(Trouble::Unexpected))?
}

/// A text within a query (RFC 3986).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend(format!("%{byte:02X}").chars());
        }
    }
    out
}
