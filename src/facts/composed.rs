//! What a service of Compose runs: its image, its words and the files it is given.

use std::collections::BTreeSet;

use super::compose::{Field, fields};
use super::cursor::{Cursor, Document};
use super::interpolation::Filling;
use super::kubernetes::container::{is_collector, is_proxy};
use super::names::owner;
use super::process::{Variable, processes};
use super::program::{Settings, described};
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
        (
            "values",
            "its variables with their texts, false where these are said elsewhere, where its words or image are a \
             collector's",
        ),
        (
            "proxies",
            "variables that name proxies and who is spared them, with their texts; absent where there are none",
        ),
        ("mounts", "files and folders of the side that it sees: source and target each"),
        (
            "networks",
            "the networks it is on; absent where it is on that of another, or of the machine",
        ),
        ("network_mode", "the network it shares: host, none, service:pay, …; absent when not said"),
        ("hosts", "hosts that it is told an address of: host and address each"),
        ("profiles", "profiles of which one has to be asked for, so that it is started"),
        ("idle", "whether it is told to run no container"),
        (
            "backend",
            "the program that takes spans and is no Collector, where its image is that of one: program, doors, \
             storage and to, as of containers of pods",
        ),
    ],
    dialects: &["compose"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let filling = Filling::of(document);
    let processes = processes(document);
    let keys = ["image", "build", "entrypoint", "command", "volumes", "configs"];
    let more = ["networks", "network_mode", "profiles", "scale", "deploy", "extra_hosts"];
    let around = fields(document, more).into_iter().map(|(_, _, known)| placed(&known));
    let one = |(known, placed): (Known<'t>, Placed<'t>)| {
        let (name, service, [images, builds, entries, commands, volumes, configs]) = known;
        let image = images.last();
        let fill = |text: &str| filling.fill(text).unwrap_or_else(|| text.to_owned());
        let last = [&entries, &commands].into_iter().filter_map(|said| said.last());
        let words = last.flat_map(|field| words(field.node)).map(|word| Fact::text(fill(&word)));
        let said =
            volumes.iter().flat_map(|field| field.node.items().map(|node| (field.file, node)));
        let mounts = said.filter_map(|(file, node)| mount(file, node, &fill));
        let mounts = mounts.chain(configs.iter().flat_map(|field| given(document, field, &fill)));
        let told: Vec<String> = [&entries, &commands]
            .iter()
            .filter_map(|said| said.last())
            .flat_map(|f| self::words(f.node))
            .collect();
        let process = processes.iter().find(|process| process.name == name);
        let of = |is_asked: &dyn Fn(&str) -> bool| {
            let variables = process.iter().flat_map(|process| &process.variables);
            let text = |one: &Variable<'t>| one.text().map(|text| Fact::text(text.to_owned()));
            let own = variables.filter(|variable| is_asked(variable.name));
            let own = own.map(|one| (one.name.into(), text(one).unwrap_or(Fact::Bool(false))));
            let own: Vec<_> = own.collect();
            (!own.is_empty()).then_some(Fact::Map(own))
        };
        let is_told = || told.iter().any(|word| word.starts_with("--config"));
        let is_it = image.is_some_and(|field| is_collector(field.node.text())) || is_told();
        let says = Settings {
            words: told.iter().map(String::as_str).collect(),
            process,
            version: None,
            has_files: !volumes.is_empty() || !configs.is_empty(),
        };
        let backend = image.and_then(|field| described(&fill(field.node.text()), says));
        let fact = Fact::map(
            [
                ("backend", backend.map(Fact::map)),
                ("owner", Some(Fact::text(owner(document).to_string()))),
                ("name", Some(Fact::text(name))),
                ("image", image.map(|field| Fact::text(fill(field.node.text())))),
                ("partial", Some(Fact::Bool(images.is_empty() && builds.is_empty()))),
                ("args", Some(Fact::List(words.collect()))),
                ("values", of(&|_| is_it)),
                ("proxies", of(&is_proxy)),
                ("mounts", Some(Fact::List(mounts.collect()))),
            ]
            .into_iter()
            .chain(placed),
        );
        let place = image.map_or_else(|| service.place(&["image"]), |field| field.place.clone());
        place.item(name, fact)
    };
    fields(document, keys).into_iter().zip(around).map(one).collect()
}

/// A service with what it runs.
type Known<'t> = (&'t str, Cursor<'t>, [Vec<Field<'t>>; 6]);

/// Fields about where it is.
type Placed<'t> = [(&'static str, Option<Fact<'t>>); 5];

/// Where a service is, and whether it is run: its networks, profiles and containers.
fn placed<'t>(
    [networks, modes, profiles, scales, deploys, hosts]: &[Vec<Field<'t>>; 6],
) -> Placed<'t> {
    let texts = |found: BTreeSet<&'t str>| Fact::List(found.into_iter().map(Fact::text).collect());
    let mut on: BTreeSet<&'t str> = networks.iter().flat_map(|field| names(field.node)).collect();
    if on.is_empty() {
        on.insert("default");
    }
    let asked = profiles.iter().flat_map(|field| names(field.node)).collect();
    let count = scales.last().map(|field| field.node.text());
    let replicas = || deploys.iter().rev().find_map(|field| field.node.text_at(&["replicas"]));
    let is_idle = count.or_else(replicas) == Some("0");
    [
        ("network_mode", modes.last().map(|mode| Fact::text(mode.node.text()))),
        (
            "hosts",
            Some(Fact::List(hosts.iter().flat_map(|field| told_hosts(field.node)).collect())),
        ),
        ("networks", modes.is_empty().then(|| texts(on))),
        ("profiles", Some(texts(asked))),
        ("idle", Some(Fact::Bool(is_idle))),
    ]
}

/// `host:address` or `host=address` as members of a list, or a map of both.
fn told_hosts(node: Node<'_>) -> Vec<Fact<'_>> {
    let told = |host: &'_ str, address: &'_ str| {
        Fact::map([
            ("host", Some(Fact::text(host.to_owned()))),
            ("address", Some(Fact::text(address.trim_matches(['[', ']']).to_owned()))),
        ])
    };
    if node.kind() == Kind::List {
        let pairs = node.items().filter_map(|one| one.text().split_once([':', '=']));
        return pairs.map(|(host, address)| told(host, address)).collect();
    }
    node.entries().map(|entry| told(entry.key.text(), entry.value.text())).collect()
}

/// The keys of a map, or the members of a list.
fn names(node: Node<'_>) -> Vec<&str> {
    match node.kind() {
        Kind::List => node.items().map(Node::text).collect(),
        Kind::Map => node.entries().map(|entry| entry.key.text()).collect(),
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => Vec::new(),
    }
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
