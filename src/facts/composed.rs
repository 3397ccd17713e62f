//! What a service of Compose runs: its image, its words and the files it is given.

use super::compose::{Field, fields};
use super::cursor::Document;
use super::interpolation::Filling;
use super::names::owner;
use super::{Fact, Item, View};
use crate::dialect::project::resolve;
use crate::model::{Kind, Node};

/// See its `about`.
pub(super) static SERVICE: View = View {
    id: "compose.service",
    about: "One service of a Compose file as Docker gets it, at its image",
    fields: &[
        ("owner", "the file"),
        ("name", "the service"),
        ("image", "its image, references to `.env` filled in; absent when it is built"),
        ("partial", "whether the file says neither of what image it is nor how it is built"),
        ("args", "words of entrypoint and command"),
        ("mounts", "files and folders of the side that it sees: source and target each"),
    ],
    dialects: &["compose"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let filling = Filling::of(document);
    let keys = ["image", "build", "entrypoint", "command", "volumes", "configs"];
    let one = |(name, service, [images, builds, entries, commands, volumes, configs]): (
        &'t str,
        super::cursor::Cursor<'t>,
        [Vec<Field<'t>>; 6],
    )| {
        let image = images.last();
        let fill = |text: &str| filling.fill(text).unwrap_or_else(|| text.to_owned());
        let last = [&entries, &commands].into_iter().filter_map(|said| said.last());
        let words = last.flat_map(|field| words(field.node)).map(|word| Fact::text(fill(&word)));
        let said =
            volumes.iter().flat_map(|field| field.node.items().map(|node| (field.file, node)));
        let mounts = said.filter_map(|(file, node)| mount(file, node, &fill));
        let mounts = mounts.chain(configs.iter().flat_map(|field| given(document, field, &fill)));
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner(document).to_string()))),
            ("name", Some(Fact::text(name))),
            ("image", image.map(|field| Fact::text(fill(field.node.text())))),
            ("partial", Some(Fact::Bool(images.is_empty() && builds.is_empty()))),
            ("args", Some(Fact::List(words.collect()))),
            ("mounts", Some(Fact::List(mounts.collect()))),
        ]);
        let place = image.map_or_else(|| service.place(&["image"]), |field| field.place.clone());
        place.item(name, fact)
    };
    fields(document, keys).into_iter().map(one).collect()
}

/// The words of a command: a list, or a text that is split as a shell does.
fn words(node: Node<'_>) -> Vec<String> {
    if node.kind() == Kind::List {
        return node.items().map(|word| word.text().to_owned()).collect();
    }
    shlex::split(node.text()).unwrap_or_default()
}

/// A file or folder of the side: `./source:/target[:mode]`, or the same as a map.
fn mount<'t>(file: &str, node: Node<'t>, say: &impl Fn(&str) -> String) -> Option<Fact<'t>> {
    if node.is_scalar() {
        let text = say(node.text());
        let mut parts = text.split(':');
        return mounted(file, parts.next()?, parts.next()?);
    }
    let said = |key: &str| node.text_at(&[key]).map(say);
    mounted(file, &said("source")?, &said("target")?)
}

/// The `configs` a service is given, by what the file says they hold.
fn given<'t>(
    document: &Document<'t>,
    field: &Field<'t>,
    say: &impl Fn(&str) -> String,
) -> Vec<Fact<'t>> {
    let one = |node: Node<'t>| {
        let name = if node.is_scalar() { node.text() } else { node.text_at(&["source"])? };
        let target = node.text_at(&["target"]).map_or_else(|| format!("/{name}"), say);
        let held = document.root.at(&["configs", name, "file"])?;
        mounted(field.file, &say(held.text()), &target)
    };
    field.node.items().filter_map(one).collect()
}

fn mounted<'t>(file: &str, source: &str, target: &str) -> Option<Fact<'t>> {
    // A volume has a name; a file begins with a dot or a slash.
    let source = resolve(file, source)?;
    Some(Fact::map([
        ("source", Some(Fact::text(source))),
        ("target", Some(Fact::text(target.to_owned()))),
    ]))
}
