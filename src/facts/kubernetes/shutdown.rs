//! How long pods get to finish what they do.

use super::{Container, DIALECT, Pod, of_pods};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static SHUTDOWN: View = View {
    id: "k8s.shutdown",
    about: "How a pod ends: the time it gets, and the time that its containers ask for before they are done",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("grace", "terminationGracePeriodSeconds; 30 when not said"),
        (
            "needed",
            "seconds that the slowest container asks for: the sleep of its preStop hook, and Spring's \
             timeout per shutdown phase where it ends gracefully; absent where none asks",
        ),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| vec![item(pod)])
}

fn item<'t>(pod: &Pod<'t>) -> Item<'t> {
    let way = ["terminationGracePeriodSeconds"];
    let needed = pod.containers.iter().filter_map(needed).max();
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("grace", pod.spec.fact_at(&way).or_else(|| Fact::number("30"))),
        ("needed", needed.and_then(|seconds| Fact::number(&seconds.to_string()))),
    ]);
    pod.spec.place(&way).item(pod.owner.clone(), fact)
}

fn needed(container: &Container<'_>) -> Option<u64> {
    let hook = slept(container);
    let drain = drained(container);
    (hook.is_some() || drain.is_some())
        .then(|| hook.unwrap_or_default().saturating_add(drain.unwrap_or_default()))
}

/// The sleep of its preStop hook: `sleep: {seconds: 5}`, or `sleep 5` in a command.
fn slept(container: &Container<'_>) -> Option<u64> {
    let hook = container.cursor.at(&["lifecycle", "preStop"])?;
    if let Some(said) = hook.text(&["sleep", "seconds"]) {
        return said.parse().ok();
    }
    let command = hook.at(&["exec", "command"])?;
    let text: Vec<&str> = command.node.items().map(Node::text).collect();
    let text = text.join(" ");
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '"' | '\''));
    words.find(|word| *word == "sleep" || word.ends_with("/sleep"))?;
    let said = words.find(|word| !word.is_empty())?;
    said.strip_suffix('s').unwrap_or(said).parse().ok()
}

/// What Spring Boot waits for requests: 30 s unless said, and only where it ends gracefully.
fn drained(container: &Container<'_>) -> Option<u64> {
    let env = container.cursor.get("env").map(|list| list.items()).unwrap_or_default();
    let value = |name: &str| {
        let of = env.iter().find(|one| one.text(&["name"]) == Some(name))?;
        of.text(&["value"])
    };
    if !value("SERVER_SHUTDOWN")?.eq_ignore_ascii_case("graceful") {
        return None;
    }
    let Some(said) = value("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE") else { return Some(30) };
    let said = said.trim();
    if let Some(minutes) = said.strip_suffix('m') {
        return minutes.parse::<u64>().ok()?.checked_mul(60);
    }
    said.strip_suffix('s').filter(|number| !number.ends_with('m'))?.parse().ok()
}
