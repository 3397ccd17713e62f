//! How much of a container's memory the heap of its JVM takes.

use super::{Container, DIALECT, Pod, of_containers};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::runtime::words;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static HEAP: View = View {
    id: "jvm.heap",
    about: "The largest heap of a JVM in a container whose memory is limited: -Xmx, or \
            -XX:MaxRAMPercentage; of several the last",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "name of the container"),
        ("heap", "the size as the JVM takes it: 1600m; absent where a percentage is said"),
        ("percentage", "the percentage of the limit; absent where a size is said"),
        ("limit", "limits.memory as written"),
    ],
    dialects: DIALECT,
    extract,
};

/// Variables that a JVM, or the scripts that start one, take options from.
const VARIABLES: [&str; 5] =
    ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| item(pod, container).into_iter().collect())
}

fn item<'t>(pod: &Pod<'t>, container: &Container<'t>) -> Option<Item<'t>> {
    let limit = container.cursor.text(&["resources", "limits", "memory"])?;
    let env = container.cursor.get("env").map(|list| list.items()).unwrap_or_default();
    let of_jvm = |one: &&Cursor<'t>| one.text(&["name"]).is_some_and(|n| VARIABLES.contains(&n));
    let variables = env.iter().filter(of_jvm).filter_map(|one| one.get("value"));
    let lists = ["command", "args"].into_iter().filter_map(|key| container.cursor.get(key));
    let places = variables.chain(lists.flat_map(|list| list.items()));
    let (place, said) = places
        .filter_map(|place| Some((last(place.node.text())?, place)))
        .fold(None, |_, (said, place)| Some((place, said)))?;
    let (heap, percentage) = match said {
        Said::Size(size) => (Some(Fact::text(size)), None),
        Said::Percentage(share) => (None, Fact::number(share)),
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("container", Some(Fact::text(container.name))),
        ("heap", heap),
        ("percentage", percentage),
        ("limit", Some(Fact::text(limit))),
    ]);
    Some(place.item(format!("{}/{}", pod.owner, container.name), fact))
}

enum Said<'t> {
    Size(&'t str),
    Percentage(&'t str),
}

/// What the last option of a text says; a size goes before a percentage.
fn last(text: &str) -> Option<Said<'_>> {
    let size = words(text).filter_map(|word| word.strip_prefix("-Xmx")).next_back();
    let mut share = words(text).filter_map(|word| word.strip_prefix("-XX:MaxRAMPercentage="));
    size.map(Said::Size).or_else(|| share.next_back().map(Said::Percentage))
}
