//! How pods use their secrets: files with their modes, and secrets among the words of a command.

use super::{Container, DIALECT, Pod, of_pods};
use crate::facts::cursor::Cursor;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static USE: View = View {
    id: "k8s.secret-use",
    about: "One way in which a pod may give a secret away: a volume whose mode is written, or a word of a \
            command that holds one",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("way", "file or argument"),
        ("name", "the volume, or the variable that the word names"),
        ("mode", "of files, as an octal text: 0440; absent for arguments"),
        ("others", "whether everybody in the container may read the files"),
        ("writable", "whether anybody but their owner may write them"),
    ],
    dialects: DIALECT,
    extract: |document| of_pods(document, of_pod),
};

fn of_pod<'t>(pod: &Pod<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for volume in pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default() {
        let Some(secret) = volume.get("secret") else { continue };
        let name = volume.text(&["name"]).unwrap_or_default();
        let own = secret.get("defaultMode");
        let files = secret.get("items").map(|list| list.items()).unwrap_or_default();
        let modes = own.into_iter().chain(files.iter().filter_map(|file| file.get("mode")));
        items.extend(modes.filter_map(|place| file(pod, name, &place)));
    }
    items.extend(pod.containers.iter().flat_map(|container| arguments(pod, container)));
    items
}

/// YAML reads `0440` as octal or as decimal by its version, JSON has decimal only: the API takes
/// numbers up to 0777, which as decimal are 511.
fn file<'t>(pod: &Pod<'t>, name: &'t str, place: &Cursor<'t>) -> Option<Item<'t>> {
    let text = place.node.text();
    let octal =
        text.strip_prefix("0o").or_else(|| text.strip_prefix('0').filter(|t| !t.is_empty()));
    let mode = match octal {
        Some(digits) => u32::from_str_radix(digits, 8).ok()?,
        None => text.parse::<u32>().ok()?,
    };
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("way", Some(Fact::text("file"))),
        ("name", Some(Fact::text(name))),
        ("mode", Some(Fact::text(format!("{mode:04o}")))),
        ("others", Some(Fact::Bool(mode & 0o004 != 0))),
        ("writable", Some(Fact::Bool(mode & 0o022 != 0))),
    ]);
    Some(place.item_here(fact))
}

/// Words that name a variable which a secret fills: `--token=$(API_TOKEN)`.
fn arguments<'t>(pod: &Pod<'t>, container: &Container<'t>) -> Vec<Item<'t>> {
    let env = container.cursor.get("env").map(|list| list.items()).unwrap_or_default();
    let filled = |one: &Cursor<'t>| {
        one.node.at(&["valueFrom", "secretKeyRef"])?;
        one.text(&["name"])
    };
    let secrets: Vec<&str> = env.iter().filter_map(filled).collect();
    if secrets.is_empty() {
        return Vec::new();
    }
    let lists = ["command", "args"].iter().filter_map(|key| container.cursor.get(key));
    let words = lists.flat_map(|list| list.items());
    let item = |word: Cursor<'t>| {
        let name = secrets.iter().find(|name| word.node.text().contains(&format!("$({name})")))?;
        Some(word.item_here(Fact::map([
            ("owner", Some(Fact::text(pod.owner.clone()))),
            ("way", Some(Fact::text("argument"))),
            ("name", Some(Fact::text(*name))),
        ])))
    };
    words.filter_map(item).collect()
}
