//! Walking two trees side by side.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::embedded::{Frame, embedded_syntax};
use super::join::join;
use super::renames::{Place, namespace_of};
use super::{Context, Differences, Found, explain, record, text};
use crate::dialect::schema::{At, FieldType, Seg};
use crate::dialect::version::Version;
use crate::dialect::{self, Dialect, LeftOut, Within};
use crate::facts::Document;
use crate::model::{
    Edit, Explainer, Explanation, Kind, Limits, Node, Pair, Path, Shown, Side, SourceId, Step,
};

/// A walk over two trees, or over one where the other side has nothing.
pub(super) struct Walker<'w, 't> {
    pub(super) context: &'w Context<'w>,
    pub(super) out: &'w mut Differences,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) kind: &'w str,
    /// The syntax of the innermost document.
    pub(super) syntax: &'static str,
    /// The way here, colours folded.
    pub(super) steps: Vec<Step>,
    /// The way here from the root of the innermost document, as written.
    pub(super) segs: Vec<Seg<'t>>,
    pub(super) frames: Pair<Option<&'w Frame<'w>>>,
    /// Whether a side's file names the other side at all.
    pub(super) may_bleed: Pair<bool>,
    /// Whether absence here means the documented default, and nothing else may hold the value.
    pub(super) defaults: bool,
    /// The innermost maps and the innermost lists around, where both sides have one.
    pub(super) around: Pair<Option<Node<'t>>>,
    pub(super) list: Pair<Option<Node<'t>>>,
    /// Values that the list around lists as colours.
    pub(super) listed: Rc<BTreeSet<String>>,
    pub(super) embedding: u32,
    /// The innermost document of each side.
    pub(super) within: Pair<Option<Within<'t>>>,
    /// What the writers of these leave out as not known, once somebody asked.
    pub(super) left_out: Rc<Pair<OnceCell<LeftOut<'t>>>>,
}

/// Compares two documents of one resource.
pub fn compare(context: &Context<'_>, pair: Pair<&Document<'_>>) -> Differences {
    let mut out = Differences::default();
    let mut walker = Walker::new(context, &mut out, pair.green);
    // Of a namesake on either side nothing is known.
    if pair.blue.identity.own_kind() == pair.green.identity.kind {
        walker.kind = &pair.blue.identity.kind;
    }
    let roots = pair.map(|document| document.root);
    walker.enter(roots.map(Some));
    if pair.blue.syntax == "text" && pair.green.syntax == "text" {
        walker.lines(roots);
    } else {
        walker.comments(roots);
        walker.walk(roots);
    }
    if out.counts.0.is_empty() && roots.blue.raw() != roots.green.raw() {
        let how = "layout and comments".to_owned();
        let explanation = Explanation::Representation { how };
        if context.hears(Explainer::Layout) {
            out.counts.add(&explanation);
        } else {
            Walker::new(context, &mut out, pair.green).explained(
                Explainer::Layout,
                &explanation,
                roots,
            );
        }
    }
    out
}

/// Reports a document that only `side` has.
pub(super) fn one_sided(context: &Context<'_>, side: Side, document: &Document<'_>) -> Differences {
    let mut out = Differences::default();
    let mut walker = Walker::new(context, &mut out, document);
    walker.enter(Pair::from_fn(|known| (known == side).then_some(document.root)));
    walker.one_sided(side, document.root);
    for found in &mut out.found {
        // A whole document has no line of its own.
        if found.path == Path::ROOT {
            found.values = found.values.clone().map(|value| value.map(|_| summary(document)));
        }
    }
    out
}

fn summary(document: &Document<'_>) -> Shown {
    Shown(format!("{} {}", document.dialect.id(), document.identity.kind))
}

/// How many variables of a list are looked at for where they use another one.
const VARIABLES_MAX: usize = 500;

impl<'w, 't> Walker<'w, 't> {
    fn new(context: &'w Context<'w>, out: &'w mut Differences, document: &'w Document<'_>) -> Self {
        let may_bleed =
            Pair::from_fn(|side| context.policy.colours.may_bleed(side, context.texts.get(side)));
        Self {
            context,
            out,
            dialect: document.dialect,
            kind: &document.identity.kind,
            syntax: document.syntax,
            steps: Vec::new(),
            segs: Vec::new(),
            frames: Pair::new(None, None),
            may_bleed,
            defaults: true,
            around: Pair::new(None, None),
            list: Pair::new(None, None),
            listed: Rc::default(),
            embedding: 0,
            within: Pair::new(None, None),
            left_out: Rc::default(),
        }
    }

    /// Takes these for the roots of the innermost documents.
    fn enter(&mut self, roots: Pair<Option<Node<'t>>>) {
        self.left_out = Rc::default();
        self.within = Pair::from_fn(|side| {
            let version = |root| self.dialect.version(root, self.context.wholes.get(side));
            roots.get(side).map(|document| Within { document, version: version(document) })
        });
    }

    /// What a node of a side stands in.
    pub(super) fn within(&self, side: Side, node: Node<'t>) -> Within<'t> {
        self.within.get(side).unwrap_or(Within { document: node, version: None })
    }

    /// The version of what reads a side, where that is known.
    pub(super) fn version(&self, side: Side) -> Option<Version> {
        self.within.get(side).and_then(|within| within.version)
    }

    /// Why two spellings are the same here, as their dialect says it.
    pub(super) fn why_same(&self, texts: Pair<&str>, otherwise: &str) -> Explanation {
        let why = |text| self.dialect.why_same(self.at(), text);
        let how = why(texts.blue).or_else(|| why(texts.green));
        Explanation::Representation { how: how.unwrap_or_else(|| otherwise.to_owned()) }
    }

    pub(super) fn at(&self) -> At<'_> {
        At { kind: self.kind, path: &self.segs }
    }

    /// The innermost key, as written.
    pub(super) fn key(&self) -> &'t str {
        let mut keys = self.segs.iter().rev().filter_map(|seg| match seg {
            Seg::Key(key) => Some(*key),
            Seg::Item(_) => None,
        });
        keys.next().unwrap_or_default()
    }

    /// Compares two nodes at the same place.
    pub(super) fn walk(&mut self, pair: Pair<Node<'t>>) {
        if self.is_same_text(pair) {
            return;
        }
        if let Some(inner) = self.dialect.schema().embed(self.at()).and_then(dialect::by_id) {
            self.in_dialect(inner, pair, |walker| walker.walk_inside(pair));
            return;
        }
        self.walk_inside(pair);
    }

    fn walk_inside(&mut self, pair: Pair<Node<'t>>) {
        let kinds = pair.map(Node::kind);
        if self.mean_the_same(pair) {
            self.bleeds_below(Side::Blue, pair.blue);
            self.bleeds_below(Side::Green, pair.green);
            let texts = pair.map(|node| if node.is_scalar() { node.text() } else { "" });
            let (by, how) = if texts.blue == texts.green && !texts.blue.is_empty() {
                (Explainer::Quoting, Explanation::Representation { how: "quoting".to_owned() })
            } else {
                (Explainer::Form, self.why_same(texts, "another form of the same"))
            };
            self.explained(by, &how, pair);
            return;
        }
        if kinds.blue == Kind::Map && kinds.green == Kind::Map {
            self.maps(pair);
        } else if kinds.blue == Kind::List && kinds.green == Kind::List {
            self.lists(pair);
        } else if pair.blue.is_scalar() && pair.green.is_scalar() {
            self.scalars(pair);
        } else if !self.map_as_list(pair) {
            let explanation = explain::unlike(self.context, self.dialect, pair);
            self.bleeds_below(Side::Blue, pair.blue);
            self.bleeds_below(Side::Green, pair.green);
            self.of_values(Edit::Replaced, explanation, pair.map(Some));
        }
    }

    /// Runs `walk` with the schema of another dialect, as if the document began here. Its kind stays
    /// that of what it stands in, which may have defaults of its own.
    fn in_dialect(
        &mut self,
        inner: &'static dyn Dialect,
        roots: Pair<Node<'t>>,
        walk: impl FnOnce(&mut Self),
    ) {
        let left_out = Rc::clone(&self.left_out);
        let outer = (self.dialect, std::mem::take(&mut self.segs), self.within);
        self.dialect = inner;
        self.enter(roots.map(Some));
        walk(self);
        (self.dialect, self.segs, self.within) = outer;
        self.left_out = left_out;
    }

    /// Whether both sides are the same text with the same meaning, and name no other side.
    pub(super) fn is_same_text(&self, pair: Pair<Node<'t>>) -> bool {
        let Pair { blue, green } = pair;
        let same = blue.kind() == green.kind()
            && blue.style() == green.style()
            && !blue.in_tree_with_copies()
            && !green.in_tree_with_copies()
            && blue.raw() == green.raw();
        same && !self.may_bleed.blue && !self.may_bleed.green
    }

    /// Whether the reader makes the same of two forms of a value.
    fn mean_the_same(&self, pair: Pair<Node<'t>>) -> bool {
        let meaning = |side| {
            let node = *pair.get(side);
            self.dialect.meaning(self.at(), node, self.within(side, node))
        };
        pair.blue.raw() != pair.green.raw()
            && meaning(Side::Blue)
                .is_some_and(|blue| meaning(Side::Green).is_some_and(|green| blue == green))
    }

    fn scalars(&mut self, pair: Pair<Node<'t>>) {
        let field = dialect::field_type(self.dialect, self.at());
        if field == Some(FieldType::Document) && self.documents(pair) {
            return;
        }
        if field == Some(FieldType::Pairs) && self.value_pairs(pair) {
            return;
        }
        self.bleed(Side::Blue, pair.blue, Some(pair.green));
        self.bleed(Side::Green, pair.green, Some(pair.blue));
        // What is decoded from a certificate has no spelling of its own.
        if (pair.blue.raw() == pair.green.raw() || self.syntax == "pem")
            && pair.blue.text() == pair.green.text()
            && pair.blue.kind() == pair.green.kind()
        {
            return;
        }
        let reader = explain::Reader { dialect: self.dialect, syntax: self.syntax, field };
        let explanation = explain::replaced(self.context, reader, pair)
            .filter(|found| !(found.kind() == "colour" && self.is_amount(field, pair)))
            .or_else(|| {
                let is_object = self.embedding == 0 && self.dialect.id() == "kubernetes";
                // A reference may say of which namespace it is.
                let own = self.around.blue.filter(|_| is_object);
                let own = own.and_then(|map| map.text_at(&["namespace"]));
                let own = own.map(|own| self.context.policy.colours.fold(Side::Blue, own));
                let space = own.as_deref().unwrap_or(namespace_of(self.context.resource));
                let place = Place { is_object, is_host: self.is_host(), space };
                explain::renamed(self.context, &self.steps, pair.map(Node::text), place)
            })
            .or_else(|| explain::hashed(self.context, pair))
            .or_else(|| explain::by_place(self.context, self.dialect, self.at()))
            .or_else(|| {
                let made = Pair::from_fn(|side| {
                    let node = *pair.get(side);
                    (node, self.within(side, node))
                });
                explain::derived(self.context, self.dialect, self.at(), made)
            });
        self.of_values(Edit::Replaced, explanation, pair.map(Some));
    }

    /// Whether two numbers are amounts of something: what is declared for a port or an account says
    /// nothing about how many or how long.
    pub(super) fn is_amount(&self, field: Option<FieldType>, pair: Pair<Node<'t>>) -> bool {
        let is_number = |node: Node<'_>| node.text().bytes().all(|byte| byte.is_ascii_digit());
        pair.map(is_number) == Pair::new(true, true)
            && (field.is_some_and(FieldType::is_amount)
                || dialect::strength_at(self.dialect, self.at()).is_some())
    }

    /// Whether the value of a variable is a host on both sides: others of its list write it where one stands
    /// in an address, `http://$(NAME):4317`.
    fn is_host(&self) -> bool {
        let [.., Seg::Key("env"), Seg::Item(name), Seg::Key("value")] = self.segs.as_slice() else {
            return false;
        };
        if self.context.renames.is_empty() {
            return false;
        }
        let host = format!("//$({name})");
        let uses = |member: Node<'_>| {
            member.text_at(&["value"]).is_some_and(|value| {
                let after = value.split_once(&host).map(|(_, after)| after.chars().next());
                after.is_some_and(|next| matches!(next, None | Some(':' | '/')))
            })
        };
        self.list.map(|list| list.is_some_and(|list| list.items().take(VARIABLES_MAX).any(uses)))
            == Pair::new(true, true)
    }

    /// Compares two texts that are documents of their own; says whether they were.
    fn documents(&mut self, pair: Pair<Node<'t>>) -> bool {
        let name = self.key();
        let syntaxes = pair.map(|node| embedded_syntax(name, node.text())).both();
        let Some(syntax) = syntaxes.filter(|both| both.blue.id() == both.green.id()) else {
            let lines = pair.blue.text().trim_end().contains('\n')
                || pair.green.text().trim_end().contains('\n');
            if lines {
                self.lines(pair);
            }
            return lines;
        };
        let limits = Limits::STANDARD;
        if self.embedding >= limits.embedding_depth_max {
            return false;
        }
        let parsed = pair.map(|node| syntax.blue.parse(node.text(), SourceId::default(), &limits));
        let sound = |side: &crate::syntax::Parsed<'_>| {
            side.issues.is_empty() && side.tree.roots().all(|root| !root.is_scalar())
        };
        if !sound(&parsed.blue) || !sound(&parsed.green) {
            // What does not parse is a gap, told where the document is taken apart for the views.
            self.lines(pair);
            return true;
        }
        self.heads(pair.map(Node::text), pair);
        let outer = self.frames;
        let frames = Pair::from_fn(|side| {
            let scalar = *pair.get(side);
            Frame { text: scalar.tree_text(), scalar, outer: *outer.get(side) }
        });
        let known = parsed.as_ref().map(|side| {
            let recognise = |root| (root, dialect::recognise(name, syntax.blue.id(), root));
            side.tree.roots().map(recognise).collect::<Vec<_>>()
        });
        let names = Pair::from_fn(|side| {
            let colours = &self.context.policy.colours;
            let own = known.get(side).iter();
            own.map(|(_, known)| colours.fold(side, &known.identity.join)).collect::<Vec<_>>()
        });
        for (blue, green) in join(&names.blue, &names.green) {
            let blue = blue.and_then(|index| known.blue.get(index));
            let green = green.and_then(|index| known.green.get(index));
            let Some((_, known)) = green.or(blue) else { continue };
            let mut inner = Walker {
                context: self.context,
                out: &mut *self.out,
                dialect: known.dialect,
                kind: &known.identity.kind,
                syntax: syntax.blue.id(),
                steps: std::mem::take(&mut self.steps),
                segs: Vec::new(),
                frames: frames.as_ref().map(Some),
                may_bleed: self.may_bleed,
                defaults: true,
                around: Pair::new(None, None),
                list: Pair::new(None, None),
                listed: Rc::clone(&self.listed),
                embedding: self.embedding + 1,
                within: Pair::new(None, None),
                left_out: Rc::default(),
            };
            inner.enter(Pair::new(blue.map(|(root, _)| *root), green.map(|(root, _)| *root)));
            match (blue, green) {
                (Some((blue, _)), Some((green, _))) => inner.walk(Pair::new(*blue, *green)),
                (Some((blue, _)), None) => inner.one_sided(Side::Blue, *blue),
                (None, Some((green, _))) => inner.one_sided(Side::Green, *green),
                (None, None) => (),
            }
            self.steps = std::mem::take(&mut inner.steps);
        }
        true
    }

    /// Compares two texts line by line.
    fn lines(&mut self, pair: Pair<Node<'t>>) {
        let frames = Pair::from_fn(|side| {
            let scalar = *pair.get(side);
            Frame { text: scalar.tree_text(), scalar, outer: *self.frames.get(side) }
        });
        for side in Side::BOTH {
            self.bleed(side, *pair.get(side), Some(*pair.get(side.other())));
        }
        let path = Path(self.steps.clone());
        let place = |side: Side, (start, end): (usize, usize)| {
            let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            frames.get(side).to_file((number(start), number(end)))
        };
        let context = self.context;
        let record = |out: &mut Differences, found: Found, texts: Pair<Option<&str>>| {
            record(context, out, found, texts);
        };
        let name = if self.steps.is_empty() {
            context.files.nearest().unwrap_or_default()
        } else {
            self.key()
        };
        let texts = pair.map(Node::text);
        text::compare(context, &path, texts, text::is_script(name, texts), place, self.out, record);
    }

    /// Reports a node that only one side has. A map of which a part is explained is told part by
    /// part; anything else is one change.
    pub(super) fn one_sided(&mut self, side: Side, node: Node<'t>) {
        let explanation = self.explain_one_sided(side, self.at(), node);
        if explanation.is_none() && node.kind() == Kind::Map && self.partly_explained(side, node) {
            for entry in node.entries() {
                self.steps.push(Step::Key(entry.key.text().to_owned()));
                self.segs.push(Seg::Key(entry.key.text()));
                self.one_sided(side, entry.value);
                self.segs.pop();
                self.steps.pop();
            }
            return;
        }
        self.bleeds_below(side, node);
        let mut nodes = Pair::new(None, None);
        *nodes.get_mut(side) = Some(node);
        let edit = if side == Side::Blue { Edit::Removed } else { Edit::Added };
        self.of_values(edit, explanation, nodes);
    }

    /// Why a node that only `side` has stands there.
    fn explain_one_sided(&self, side: Side, at: At<'_>, node: Node<'_>) -> Option<Explanation> {
        let (context, defaults) = (self.context, self.defaults);
        explain::one_sided(context, self.dialect, self.within, side, at, node, defaults)
    }

    fn partly_explained(&self, side: Side, node: Node<'t>) -> bool {
        let mut path = self.segs.clone();
        node.entries().any(|entry| {
            path.push(Seg::Key(entry.key.text()));
            let at = At { kind: self.kind, path: &path };
            let explained = explain::by_place(self.context, self.dialect, at).is_some();
            path.pop();
            explained
        }) || self.says_only_defaults(side, &mut path, node)
    }

    /// Whether a map whose absence means a map of defaults says nothing else.
    fn says_only_defaults(&self, side: Side, path: &mut Vec<Seg<'t>>, node: Node<'t>) -> bool {
        let at = At { kind: self.kind, path };
        let default = dialect::default_at(self.dialect, at, self.version(side.other()));
        default.is_some_and(|default| default.value == "{}")
            && !node.is_empty()
            && node.entries().all(|entry| {
                path.push(Seg::Key(entry.key.text()));
                let at = At { kind: self.kind, path };
                let explained = self.dialect.default_holds(at, node)
                    && (self.explain_one_sided(side, at, entry.value).is_some()
                        || entry.value.kind() == Kind::Map
                            && self.says_only_defaults(side, path, entry.value));
                path.pop();
                explained
            })
    }
}
