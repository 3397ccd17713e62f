//! Lists whose members have names and may stand in any order, but for some of them.

use std::collections::BTreeSet;

use super::super::{Use, Uses};
use crate::model::Node;

/// How many members are held against each other; in longer lists, order counts as a whole where it
/// counts at all.
const MEMBERS_MAX: usize = 256;

/// Which members of a list stand before which others, where that means something.
pub(super) fn uses<'t>(key: &str, list: Node<'t>) -> Uses<'t> {
    match key {
        "env" => Uses::Of(expanded_references(list)),
        "containers" => starts(list),
        "hostAliases" => addresses(list),
        _ => Uses::default(),
    }
}

/// Containers are started one after the other, and none before the hook of the one before it is done
/// (kubernetes `pkg/kubelet/kuberuntime`, `SyncPod` and `startContainer`).
fn starts(list: Node<'_>) -> Uses<'_> {
    let one = |item: Node<'_>| item.at(&["lifecycle", "postStart"]).is_some();
    if list.len() > MEMBERS_MAX {
        return if list.items().any(one) { Uses::Every } else { Uses::default() };
    }
    pairs(list, "name", one, |first, second| *first || *second)
}

/// Of two addresses of one name in `/etc/hosts`, the first counts (`hosts(5)`); the kubelet writes them
/// in their order (kubernetes `pkg/kubelet/kubelet_pods.go`, `hostsEntriesFromHostAliases`).
fn addresses(list: Node<'_>) -> Uses<'_> {
    let one = |item: Node<'_>| -> BTreeSet<String> {
        let names = item.get("hostnames").into_iter().flat_map(Node::items);
        names.map(|name| name.text().to_lowercase()).collect()
    };
    if list.len() > MEMBERS_MAX {
        let mut known = BTreeSet::new();
        let is_twice = list.items().flat_map(one).any(|name| !known.insert(name));
        return if is_twice { Uses::Every } else { Uses::default() };
    }
    pairs(list, "ip", one, |first, second| !first.is_disjoint(second))
}

/// Pairs of members of which it counts which one comes first.
fn pairs<'t, T>(
    list: Node<'t>,
    key: &str,
    one: impl Fn(Node<'t>) -> T,
    counts: impl Fn(&T, &T) -> bool,
) -> Uses<'t> {
    let named = |item: Node<'t>| Some((item.text_at(&[key])?, one(item)));
    let members: Vec<_> = list.items().filter_map(named).collect();
    let mut found = Vec::new();
    for (position, (name, second)) in members.iter().enumerate() {
        for (before, first) in members.iter().take(position) {
            if counts(first, second) {
                found.push(Use { user: name, name: before, earlier: true });
                found.push(Use { user: before, name, earlier: false });
            }
        }
    }
    Uses::Of(found)
}

/// Every `$(NAME)` in an `env` list, which is expanded only where NAME stands earlier: who uses it, what
/// it names, whether it does.
fn expanded_references(list: Node<'_>) -> Vec<Use<'_>> {
    let mut defined: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for item in list.items() {
        let Some(user) = item.text_at(&["name"]) else { continue };
        let mut rest = item.text_at(&["value"]).unwrap_or_default();
        while let Some(open) = rest.find("$(") {
            rest = rest.get(open + 2..).unwrap_or_default();
            let Some((name, tail)) = rest.split_once(')') else { break };
            found.push(Use { user, name, earlier: defined.contains(name) });
            rest = tail;
        }
        defined.insert(user);
    }
    found.retain(|known| defined.contains(known.name));
    found
}
