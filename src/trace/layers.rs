//! Several configurations laid over each other as a collector lays them: maps are joined, everything
//! else is replaced, null too, and a key with `::` in it is a way of keys (opentelemetry-collector
//! v0.159.0, `confmap/README.md`, `confmap/internal/conf.go`, `otelcol/flags.go`; run: the resolver of `confmap`
//! v1.58.0).
//!
//! The result is no document of the side, so its facts are taken here, and each stands where the
//! configuration says it that said it last.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use super::anchor::{At, Lines, below, range};
use super::collector::Collector;
use super::facts;
use super::filled::Given;
use super::take::collect;
use super::variable::Reference;
use crate::dialect::{self, Identity};
use crate::facts::{Document, Item, Taken, VIEWS, View};
use crate::model::{Kind, LimitReached, Limits, Node, Path, SourceId, Step, Style, TreeBuilder};
use crate::syntax::{self, Parsed};

/// What parts the keys of a way that is written as one.
const DELIMITER: &str = "::";

/// How many bytes are filled in at most.
const FILLED_BYTES_MAX: usize = 1 << 20;

/// The view of variables that a configuration names.
const REFERENCE: &str = "otel.reference";

/// The dialect of what is laid over each other.
const DIALECT: &str = "otelcol";

/// One configuration.
pub(super) struct Layer<'c> {
    /// Its text.
    pub(super) text: Cow<'c, str>,
    /// Where its root stands; of words of a container, where these stand.
    pub(super) at: At,
    /// Whether it is a document of the side.
    pub(super) is_document: bool,
    /// The variables that it names, where it is one.
    named: &'c [Reference],
}

impl<'c> Layer<'c> {
    /// A configuration that was read.
    pub(super) fn of(collector: &'c Collector) -> Self {
        let text = Cow::Borrowed(collector.text.as_str());
        let named = collector.references.as_slice();
        Self { text, at: collector.at.clone(), is_document: true, named }
    }

    /// A text of the words of a container.
    pub(super) fn said(text: &'c str, at: &At) -> Self {
        Self { text: Cow::Borrowed(text), at: at.clone(), is_document: false, named: &[] }
    }

    /// The variables that it names.
    fn references(&self, said: Option<&Document<'_>>) -> Vec<Reference> {
        let view = VIEWS.iter().find(|view| view.id == REFERENCE);
        let items = said.zip(view).map(|(document, view)| (view.extract)(document));
        let own = items.into_iter().flatten();
        let own = own.map(|item| Reference::new(&item.fact, self.at.clone()));
        self.named.iter().cloned().chain(own).collect()
    }
}

/// What is laid over each other under one key.
enum Laid<'t> {
    Node(Node<'t>),
    Map(Entries<'t>),
}

/// What stands under the keys of a map, in the order of their coming.
#[derive(Default)]
struct Entries<'t> {
    all: Vec<(&'t str, Held<'t>)>,
    index: BTreeMap<&'t str, usize>,
}

impl<'t> Entries<'t> {
    fn get(&self, key: &str) -> Option<&Held<'t>> {
        self.all.get(*self.index.get(key)?).map(|(_, held)| held)
    }
}

/// The same with the layer that said it last.
struct Held<'t> {
    laid: Laid<'t>,
    by: usize,
}

/// Lays configurations over each other, the last on top, into a collector of which nothing but its name
/// is known.
///
/// # Errors
/// Why they do not make a configuration.
pub(super) fn lay(
    layers: &[Layer<'_>],
    given: &Given,
    mut into: Collector,
) -> Result<Collector, String> {
    let parsed = layers.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    let by = layers.iter().rposition(|layer| layer.is_document).unwrap_or_default();
    let mut whole = Held { laid: Laid::Map(Entries::default()), by };
    for (by, parsed) in parsed.iter().enumerate() {
        let Some(root) = parsed.tree.root(0) else { continue };
        match root.kind() {
            Kind::Map => whole.put(root, by, 0)?,
            _ if root.text().is_empty() && root.is_scalar() => (),
            Kind::List | Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                return Err("one of its configurations is no map".to_owned());
            }
        }
    }
    let mut builder = TreeBuilder::new("", SourceId::default(), &Limits::STANDARD);
    let root = write(&mut builder, &whole.laid, &Filling::of(given))
        .map_err(|limit| format!("its configuration is larger than {} allows", limit.name()))?;
    builder.root(root);
    let tree = builder.finish();
    let dialect = dialect::by_id(DIALECT).ok_or("no collector is read")?;
    let kind = DIALECT.to_owned();
    let identity = Identity { kind, join: String::new(), name: into.name.clone(), portable: false };
    let document = |root| Document {
        file: "",
        syntax: "yaml",
        dialect,
        identity: &identity,
        owner: &identity,
        base: Path::ROOT,
        root,
        beside: &[],
        taken: Taken::default(),
    };
    let roots: Vec<_> = layers
        .iter()
        .zip(&parsed)
        .map(|(layer, parsed)| parsed.tree.root(0).filter(|_| layer.is_document).map(document))
        .collect();
    let starts = layers.iter().map(|layer| starts(&layer.text)).collect();
    let places = Places { layers, whole: &whole, found: found(&roots), starts };
    let root = tree.root(0).ok_or("nothing is left of its configuration")?;
    take(&document(root), &places, &mut into);
    for ((layer, parsed), root) in layers.iter().zip(&parsed).zip(&roots) {
        let said = parsed.tree.root(0).filter(|_| root.is_none()).map(document);
        into.references.extend(layer.references(said.as_ref()));
    }
    let documents = layers.iter().filter(|layer| layer.is_document);
    into.text = documents.map(|layer| layer.text.as_ref()).collect();
    Ok(into)
}

fn read<'s>(layer: &'s Layer<'_>) -> Result<Parsed<'s>, String> {
    let yaml = syntax::by_id("yaml").ok_or("no YAML is read")?;
    let parsed = yaml.parse(&layer.text, SourceId::default(), &Limits::STANDARD);
    let is_there = parsed.documents.len() == 1 || layer.text.trim().is_empty();
    if parsed.issues.is_empty() && is_there {
        return Ok(parsed);
    }
    Err("one of its configurations is no YAML that can be read".to_owned())
}

impl<'t> Held<'t> {
    /// Lays a map over what is there.
    fn put(&mut self, map: Node<'t>, by: usize, depth: u32) -> Result<(), String> {
        for entry in map.entries() {
            let (mut held, mut depth) = (&mut *self, depth);
            for key in entry.key.text().split(DELIMITER) {
                depth = depth.saturating_add(1);
                let next = held.at(key, by).filter(|_| depth <= Limits::STANDARD.depth_max);
                held = next.ok_or("its configuration is deeper than depth_max allows")?;
            }
            if entry.value.kind() != Kind::Map {
                held.laid = Laid::Node(entry.value);
                continue;
            }
            if !matches!(held.laid, Laid::Map(_)) {
                held.laid = Laid::Map(Entries::default());
            }
            held.put(entry.value, by, depth)?;
        }
        Ok(())
    }

    /// What stands under a key, for a layer that says something of it.
    fn at(&mut self, key: &'t str, by: usize) -> Option<&mut Self> {
        if !matches!(self.laid, Laid::Map(_)) {
            self.laid = Laid::Map(Entries::default());
        }
        let Laid::Map(entries) = &mut self.laid else { return None };
        let next = entries.all.len();
        let index = *entries.index.entry(key).or_insert(next);
        if index == next {
            entries.all.push((key, Self { laid: Laid::Map(Entries::default()), by }));
        }
        let (_, held) = entries.all.get_mut(index)?;
        held.by = by;
        Some(held)
    }

    /// The layer that said last what stands at the end of a way, or the last on it that is there.
    fn said_by(&self, way: &[&str]) -> usize {
        let (Some((key, rest)), Laid::Map(entries)) = (way.split_first(), &self.laid) else {
            return self.by;
        };
        entries.get(key).map_or(self.by, |held| held.said_by(rest))
    }
}

/// What fills in references, as much as one collector may become larger by it.
struct Filling<'g> {
    given: &'g Given,
    left: Cell<usize>,
}

impl<'g> Filling<'g> {
    const fn of(given: &'g Given) -> Self {
        Self { given, left: Cell::new(FILLED_BYTES_MAX) }
    }

    /// The same as of [`Given`]; nothing where it would become too much.
    fn fill(&self, text: &str) -> Option<(String, bool)> {
        let filled = self.given.fill(text).filter(|_| self.left.get() > 0)?;
        self.left.set(self.left.get().saturating_sub(filled.0.len()));
        Some(filled)
    }
}

fn write(
    builder: &mut TreeBuilder<'_>,
    laid: &Laid<'_>,
    given: &Filling<'_>,
) -> Result<u32, LimitReached> {
    let entries = match laid {
        Laid::Node(node) => return copy(builder, *node, given),
        Laid::Map(entries) => entries,
    };
    let id = builder.open(Kind::Map, Style::Plain, 0)?;
    for (key, held) in &entries.all {
        builder.owned(Kind::Plain, Style::Plain, (0, 0), key)?;
        write(builder, &held.laid, given)?;
    }
    builder.close(0);
    Ok(id)
}

fn copy(
    builder: &mut TreeBuilder<'_>,
    node: Node<'_>,
    given: &Filling<'_>,
) -> Result<u32, LimitReached> {
    if node.is_scalar() {
        return match given.fill(node.text()) {
            None => builder.owned(node.kind(), node.style(), (0, 0), node.text()),
            Some((text, false)) => builder.owned(node.kind(), node.style(), (0, 0), &text),
            Some((text, true)) => put(builder, &text),
        };
    }
    let id = builder.open(node.kind(), node.style(), 0)?;
    for item in node.items() {
        copy(builder, item, given)?;
    }
    for entry in node.entries() {
        // Keys are not filled in.
        copy(builder, entry.key, &Filling::of(Given::NOTHING))?;
        copy(builder, entry.value, given)?;
    }
    builder.close(0);
    Ok(id)
}

/// What fills in a whole value: YAML of its own.
fn put(builder: &mut TreeBuilder<'_>, text: &str) -> Result<u32, LimitReached> {
    let plain = |builder: &mut TreeBuilder<'_>| {
        builder.owned(Kind::Plain, Style::Plain, (0, 0), text.trim())
    };
    let Some(yaml) = syntax::by_id("yaml").filter(|_| text.trim_start().starts_with(['[', '{']))
    else {
        return plain(builder);
    };
    let parsed = yaml.parse(text, SourceId::default(), &Limits::STANDARD);
    match parsed.tree.root(0).filter(|_| parsed.issues.is_empty()) {
        Some(root) => copy(builder, root, &Filling::of(Given::NOTHING)),
        None => plain(builder),
    }
}

/// The items of one document, by their view and place, and which of its view each is.
type Found<'t> = BTreeMap<(u16, String), (u32, Item<'t>)>;

/// Where settings of the whole stand.
struct Places<'p, 't> {
    layers: &'p [Layer<'p>],
    whole: &'p Held<'t>,
    found: Vec<Found<'p>>,
    /// Where the lines of each layer begin, the first left out.
    starts: Vec<Vec<u32>>,
}

impl Places<'_, '_> {
    /// Where what stands below an item under a chain of keys was said last.
    fn of(&self, view: u16, item: &Item<'_>, keys: &'static [&'static str]) -> At {
        let path = item.place.path();
        let way: Vec<&str> = path.0.iter().map_while(key_of).chain(keys.iter().copied()).collect();
        let by = self.whole.said_by(&way);
        let layer = self.layers.get(by)?;
        if !layer.is_document {
            return layer.at.clone();
        }
        let own = self.found.get(by).and_then(|found| found.get(&(view, path.to_string())));
        let Some((number, own)) = own else { return below(&layer.at, &way) };
        let starts = self.starts.get(by)?;
        let lines = lines((&layer.text, starts), range(own, keys));
        Some(layer.at.as_ref()?.beside((view, *number), keys, (lines, starts.len())))
    }

    /// Where what stands at the end of a way of keys was said last.
    fn at(&self, way: &[&str]) -> At {
        let layer = self.layers.get(self.whole.said_by(way))?;
        if layer.is_document { below(&layer.at, way) } else { layer.at.clone() }
    }
}

fn key_of(step: &Step) -> Option<&str> {
    match step {
        Step::Key(key) => Some(key),
        Step::Item(_) | Step::Index(_) => None,
    }
}

fn starts(text: &str) -> Vec<u32> {
    let all = text.match_indices('\n').filter_map(|(at, _)| u32::try_from(at).ok());
    all.map(|at| at.saturating_add(1)).collect()
}

/// The first line of a range of bytes, from 0, its column, from 1, and the last line.
fn lines((text, starts): (&str, &[u32]), (start, end): (u32, u32)) -> Lines {
    let line = |at: u32| starts.partition_point(|start| *start <= at);
    let first = line(start);
    let begin = first.checked_sub(1).and_then(|nth| starts.get(nth)).copied().unwrap_or_default();
    let bytes = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let before = text.get(bytes(begin)..bytes(start)).unwrap_or_default().chars().count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (number(first), number(before).saturating_add(1), number(line(end)))
}

/// The views that a collector is made of, each by its place among all.
fn views() -> impl Iterator<Item = (u16, &'static View)> {
    let is_of = |view: &View| view.id.starts_with("otel.") && facts::VIEWS.contains(&view.id);
    (0..).zip(VIEWS.iter().copied()).filter(move |(_, view)| is_of(view))
}

/// What each of the documents among the layers says.
fn found<'p>(roots: &[Option<Document<'p>>]) -> Vec<Found<'p>> {
    let of = |root: &Option<Document<'p>>| {
        let mut found = Found::new();
        for (number, view) in root.iter().flat_map(|_| views()) {
            let items = root.as_ref().map(view.extract).unwrap_or_default();
            for (index, item) in (0..).zip(items) {
                found.insert((number, item.place.pointer()), (index, item));
            }
        }
        found
    };
    roots.iter().map(of).collect()
}

/// Takes what the views say of the whole.
fn take(whole: &Document<'_>, places: &Places<'_, '_>, into: &mut Collector) {
    for (number, view) in views() {
        // What names variables was said where it was read.
        if view.id == REFERENCE {
            continue;
        }
        for item in (view.extract)(whole) {
            collect(into, (view.id, number), &item.fact, &|keys| places.of(number, &item, keys));
        }
    }
    for (section, at) in &mut into.at_sections {
        *at = places.at(&[section]);
    }
    for (id, at) in &mut into.processors {
        *at = places.at(&["processors", id]);
    }
}
