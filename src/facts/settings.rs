//! Single named values, wherever a document keeps them.

use std::rc::Rc;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use smallvec::SmallVec;

use super::cursor::{Cursor, Document};
use super::names::mentions;
use crate::dialect::schema::{At, Seg};
use crate::model::{Kind, Node, numbers};

/// One named value and where it stands.
pub(super) struct Setting<'t> {
    /// Its name as written: the key, or the name of the variable whose value it is.
    pub(super) name: &'t str,
    /// Its value.
    pub(super) node: Node<'t>,
    /// The map it stands in, its key there, and which entry of that key it is.
    container: Cursor<'t>,
    key: &'t str,
    nth: u32,
}

impl<'t> Setting<'t> {
    /// The value's text.
    pub(super) fn text(&self) -> &'t str {
        self.node.text().trim()
    }

    /// Where its value stands.
    pub(super) fn place(&self) -> Cursor<'t> {
        self.container.entry(self.key, self.nth as usize, self.node)
    }

    /// The keys it stands under, its own the last.
    pub(super) fn keys(&self) -> Vec<&'t str> {
        let mut keys = self.container.keys();
        keys.push(self.key);
        keys
    }

    /// The name with the keys it stands under: `clearinghouse.connect_timeout`.
    pub(super) fn full_name(&self) -> String {
        if self.key == self.name { self.keys().join(".") } else { self.name.to_owned() }
    }
}

/// One named value as it is kept: most are never asked for, and large files are made of them, so
/// that an address is made only for those that are.
pub(super) struct Named<'t> {
    /// Its name as written: the key, or the name of the variable whose value it is.
    pub(super) name: &'t str,
    /// Its value.
    pub(super) node: Node<'t>,
    /// Which of [`Names::containers`] it stands in, and which entry of its key it is there.
    container: u32,
    nth: u32,
    /// What its name holds, and what its name or a key on the way to it does.
    own: Parts,
    way: Parts,
    /// Whether it stands under `value` and has its name from beside it.
    is_variable: bool,
    is_url: bool,
    may_name_host: bool,
}

impl Named<'_> {
    /// Whether its value is a URL, or holds one.
    pub(super) const fn is_url(&self) -> bool {
        self.is_url
    }

    /// Whether its value holds what every host with a domain or a port does.
    pub(super) const fn may_name_host(&self) -> bool {
        self.may_name_host
    }
}

/// The named scalars of a document whose names hold one of `parts`, written in lower case, and
/// that `wanted` takes, in source order; without parts all that it takes. A member such as
/// `{name: LOG_LEVEL, value: info}` is named by its `name`.
pub(super) fn settings<'t>(
    document: &Document<'t>,
    parts: &[&str],
    wanted: impl Fn(&Named<'t>) -> bool,
) -> Vec<Setting<'t>> {
    let (names, sought) = (names(document), Sought::of(parts));
    if !parts.is_empty() && !sought.may_be_in(names.held) {
        return Vec::new();
    }
    let asked = |named: &&Named<'t>| parts.is_empty() || sought.in_name(named.own, named.name);
    names.taken(names.settings.iter().filter(asked).filter(|named| wanted(named)))
}

/// The same, of those whose values are URLs besides.
pub(super) fn settings_or_urls<'t>(
    document: &Document<'t>,
    parts: &[&str],
    wanted: impl Fn(&Named<'t>) -> bool,
) -> Vec<Setting<'t>> {
    let (names, sought) = (names(document), Sought::of(parts));
    let asked = |named: &&Named<'t>| named.is_url || sought.in_name(named.own, named.name);
    names.taken(names.settings.iter().filter(asked).filter(|named| wanted(named)))
}

/// The same, of those where the name or a key on the way to it holds one of `parts`.
pub(super) fn settings_below<'t>(
    document: &Document<'t>,
    parts: &[&str],
    wanted: impl Fn(&Named<'t>) -> bool,
) -> Vec<Setting<'t>> {
    let (names, sought) = (names(document), Sought::of(parts));
    let on_the_way = |named: &Named<'t>| {
        let keys = names.container(named).map(Cursor::keys).unwrap_or_default();
        keys.iter().any(|key| mentions(key, &sought.others))
    };
    let asked = |named: &&Named<'t>| {
        sought.in_name(named.way, named.name) || !sought.others.is_empty() && on_the_way(named)
    };
    names.taken(names.settings.iter().filter(asked).filter(|named| wanted(named)))
}

/// The maps of a document that hold a key more than once, outer ones first.
pub(super) fn repeating<'t>(document: &Document<'t>) -> Vec<Cursor<'t>> {
    names(document).repeating.clone()
}

fn names<'t>(document: &Document<'t>) -> Rc<Names<'t>> {
    Rc::clone(document.taken.names.get_or_init(|| Rc::new(Names::of(document))))
}

/// Parts of names that views ask for, sought in every name at once. One that is missing here is
/// found too, only that each name is searched for it again.
const SOUGHT: [&str; 23] = [
    "audit",
    "bodies",
    "body",
    "cipher",
    "env",
    "injection",
    "log_format",
    "max",
    "mode",
    "pattern",
    "payload",
    "pool",
    "protocol",
    "retention",
    "run",
    "sandbox",
    "span_context",
    "timeout",
    "trac",
    "unauthorized",
    "upstream_span",
    "verif",
    "version",
];

/// Which of [`SOUGHT`] names hold, a bit each.
#[derive(Clone, Copy, Default)]
struct Parts(u32);

impl Parts {
    fn of(name: &str) -> Self {
        static SEARCH: LazyLock<Option<(AhoCorasick, Beginnings)>> = LazyLock::new(|| {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).prefilter(false);
            Some((builder.build(SOUGHT).ok()?, Beginnings::of(&SOUGHT)))
        });
        let Some((search, beginnings)) = SEARCH.as_ref() else { return Self(u32::MAX) };
        if !beginnings.are_in(name) {
            return Self::default();
        }
        let found = search.find_overlapping_iter(name).map(|found| found.pattern());
        Self(found.fold(0, |bits, part| bits | 1 << part.as_u32()))
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The three letters that words begin with; most names hold no such three. A bit for each third
/// one, by the two before it.
struct Beginnings(Box<[u32; 1 << 10]>);

impl Beginnings {
    /// The lowest five bits of a letter, which both cases share.
    const LETTER: u8 = 31;

    fn of(words: &[&str]) -> Self {
        let mut beginnings = Box::new([0; 1 << 10]);
        for word in words {
            if let [first, second, third, ..] = word.as_bytes()
                && let Some(thirds) = beginnings.get_mut(Self::place(*first, *second))
            {
                *thirds |= 1 << (third & Self::LETTER);
            }
        }
        Self(beginnings)
    }

    fn place(first: u8, second: u8) -> usize {
        usize::from(first & Self::LETTER) << 5 | usize::from(second & Self::LETTER)
    }

    /// Whether a word may begin somewhere in a name.
    fn are_in(&self, name: &str) -> bool {
        let begins = |letters: &[u8]| {
            let [first, second, third] = letters else { return false };
            let thirds = self.0.get(Self::place(*first, *second)).copied();
            thirds.unwrap_or_default() >> (third & Self::LETTER) & 1 == 1
        };
        name.as_bytes().windows(3).any(begins)
    }
}

/// Parts that a view asks for.
struct Sought<'p> {
    known: Parts,
    /// Those that are not looked for beforehand.
    others: Vec<&'p str>,
}

impl<'p> Sought<'p> {
    fn of(parts: &[&'p str]) -> Self {
        let mut sought = Self { known: Parts::default(), others: Vec::new() };
        for part in parts {
            match SOUGHT.iter().position(|known| known == part) {
                Some(bit) => sought.known.0 |= 1 << bit,
                None => sought.others.push(part),
            }
        }
        sought
    }

    /// Whether one of them may be in a name, where all names together hold these.
    fn may_be_in(&self, held: Parts) -> bool {
        held.0 & self.known.0 != 0 || !self.others.is_empty()
    }

    /// Whether one of them is among what a name holds, or in the name where nobody looked for it.
    fn in_name(&self, held: Parts, name: &str) -> bool {
        held.0 & self.known.0 != 0 || !self.others.is_empty() && mentions(name, &self.others)
    }
}

/// Deepest nesting that is searched; the trees of the syntaxes are not deeper.
const DEPTH_MAX: usize = crate::model::Limits::STANDARD.depth_max as usize;

/// Everything in a document that has a name.
#[derive(Default)]
pub(super) struct Names<'t> {
    /// Every named scalar, in source order.
    settings: Vec<Named<'t>>,
    /// The maps they stand in.
    containers: Vec<Cursor<'t>>,
    repeating: Vec<Cursor<'t>>,
    /// What the names of all of them hold.
    held: Parts,
    /// Whether a document of another dialect may stand in this one.
    may_embed: bool,
}

impl<'t> Names<'t> {
    /// Searches a document.
    fn of(document: &Document<'t>) -> Self {
        let may_embed = document.dialect.schema().embeds_in(&document.identity.kind);
        let mut found = Self { may_embed, ..Self::default() };
        found.visit(document, &document.cursor(), Parts::default(), 0);
        found
    }

    fn visit(&mut self, document: &Document<'t>, container: &Cursor<'t>, way: Parts, depth: usize) {
        // A document of another dialect that stands here is searched for itself.
        if depth > DEPTH_MAX || self.may_embed && embeds(document, container, depth) {
            return;
        }
        if container.node.kind() == Kind::List {
            if container.node.items().all(Node::is_scalar) {
                return;
            }
            for item in container.items().iter().filter(|item| !item.node.is_scalar()) {
                self.visit(document, item, way, depth + 1);
            }
            return;
        }
        let entries = || container.node.entries();
        let keys: SmallVec<[&str; 16]> = entries().map(|entry| entry.key.text()).collect();
        let numbers = numbers(&keys);
        if !numbers.is_empty() {
            self.repeating.push(container.clone());
        }
        let mut home = None;
        for (entry, index) in entries().zip(0..) {
            let (key, node) = (entry.key.text(), entry.value);
            let nth = numbers.get(index).copied().unwrap_or(1);
            if !node.is_scalar() {
                let place = container.entry(key, nth, node);
                self.visit(document, &place, way.and(Parts::of(key)), depth + 1);
                continue;
            }
            let variable = if key == "value" { variable_of(container.node) } else { None };
            let name = variable.unwrap_or(key);
            if name.is_empty() {
                continue;
            }
            let home = *home.get_or_insert_with(|| {
                self.containers.push(container.clone());
                number(self.containers.len() - 1)
            });
            let own = Parts::of(name);
            self.held = self.held.and(own);
            let text = node.text().as_bytes();
            let may_name_host = memchr::memchr2(b':', b'.', text).is_some();
            self.settings.push(Named {
                name,
                node,
                container: home,
                nth: number(nth),
                own,
                way: way.and(own),
                is_variable: variable.is_some(),
                is_url: may_name_host && memchr::memmem::find(text, b"://").is_some(),
                may_name_host,
            });
        }
    }

    fn container(&self, named: &Named<'t>) -> Option<&Cursor<'t>> {
        self.containers.get(named.container as usize)
    }

    /// Those that were asked for, with their places.
    fn taken<'n>(&self, wanted: impl Iterator<Item = &'n Named<'t>>) -> Vec<Setting<'t>>
    where
        't: 'n,
    {
        let one = |named: &Named<'t>| {
            let container = self.container(named)?.clone();
            let key = if named.is_variable { "value" } else { named.name };
            let Named { name, node, nth, .. } = *named;
            Some(Setting { name, node, container, key, nth })
        };
        wanted.filter_map(one).collect()
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Whether a document of another dialect stands at a place `depth` steps below the root.
fn embeds(document: &Document<'_>, place: &Cursor<'_>, depth: usize) -> bool {
    let path = place.segs();
    let at = At { kind: &document.identity.kind, path: &path };
    depth > 0
        && path.iter().all(|seg| matches!(seg, Seg::Key(_)))
        && document.dialect.schema().embed(at).is_some()
}

/// The name in `{name, value}`.
fn variable_of(node: Node<'_>) -> Option<&str> {
    let value = node.get("value")?;
    node.text_at(&["name"]).filter(|name| value.is_scalar() && !name.is_empty())
}
