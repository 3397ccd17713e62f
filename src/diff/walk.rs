//! Walking two trees side by side.

use std::borrow::Cow;

use super::embedded::{Frame, embedded_syntax};
use super::join::{Numbered, join_names, same_order};
use super::{Context, Differences, Found, Range, explain, shown, text};
use crate::dialect::schema::{At, FieldType, Seg};
use crate::dialect::{self, Dialect};
use crate::facts::Document;
use crate::model::{
    Edit, Entry, Explanation, Kind, Limits, Node, Pair, Path, Shown, Side, SourceId, Step,
};
use crate::policy::Subject;

/// A walk over two trees, or over one where the other side has nothing.
pub(super) struct Walker<'w, 't> {
    pub(super) context: &'w Context<'w>,
    pub(super) out: &'w mut Differences,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) kind: &'w str,
    /// The way here, colours folded.
    pub(super) steps: Vec<Step>,
    /// The way here from the root of the innermost document, as written.
    pub(super) segs: Vec<Seg<'t>>,
    pub(super) frames: Pair<Option<&'w Frame<'w>>>,
    /// Whether a side's file names the other side at all.
    pub(super) may_bleed: Pair<bool>,
    pub(super) embedding: u32,
}

/// Compares two documents of one resource.
pub fn compare(context: &Context<'_>, pair: Pair<&Document<'_>>) -> Differences {
    let mut out = Differences::default();
    let mut walker = Walker::new(context, &mut out, pair.green);
    let roots = pair.map(|document| document.root);
    if pair.blue.syntax == "text" && pair.green.syntax == "text" {
        walker.lines(roots);
    } else {
        walker.walk(roots);
    }
    if out.counts.0.is_empty() && roots.blue.raw() != roots.green.raw() {
        let how = "layout and comments".to_owned();
        out.counts.add(&Explanation::Representation { how });
    }
    out
}

/// Reports a document that only `side` has.
pub(super) fn one_sided(context: &Context<'_>, side: Side, document: &Document<'_>) -> Differences {
    let mut out = Differences::default();
    let mut walker = Walker::new(context, &mut out, document);
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

impl<'w, 't> Walker<'w, 't> {
    fn new(context: &'w Context<'w>, out: &'w mut Differences, document: &'w Document<'_>) -> Self {
        let may_bleed =
            Pair::from_fn(|side| context.policy.colours.may_bleed(side, context.texts.get(side)));
        Self {
            context,
            out,
            dialect: document.dialect,
            kind: &document.identity.kind,
            steps: Vec::new(),
            segs: Vec::new(),
            frames: Pair::new(None, None),
            may_bleed,
            embedding: 0,
        }
    }

    pub(super) fn at(&self) -> At<'_> {
        At { kind: self.kind, path: &self.segs }
    }

    /// The innermost key, as written.
    fn key(&self) -> &'t str {
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
            self.in_dialect(inner, |walker| walker.walk_inside(pair));
            return;
        }
        self.walk_inside(pair);
    }

    fn walk_inside(&mut self, pair: Pair<Node<'t>>) {
        let kinds = pair.map(Node::kind);
        if kinds.blue == Kind::Map && kinds.green == Kind::Map {
            self.maps(pair);
        } else if kinds.blue == Kind::List && kinds.green == Kind::List {
            self.lists(pair);
        } else if pair.blue.is_scalar() && pair.green.is_scalar() {
            self.scalars(pair);
        } else {
            let explanation = explain::unlike(self.dialect, pair);
            self.bleeds_below(Side::Blue, pair.blue);
            self.bleeds_below(Side::Green, pair.green);
            self.change(Edit::Replaced, explanation, pair.map(Some));
        }
    }

    /// Runs `walk` with the schema of another dialect, as if the document began here.
    fn in_dialect(&mut self, inner: &'static dyn Dialect, walk: impl FnOnce(&mut Self)) {
        let outer = (self.dialect, self.kind, std::mem::take(&mut self.segs));
        (self.dialect, self.kind) = (inner, inner.id());
        walk(self);
        (self.dialect, self.kind, self.segs) = outer;
    }

    /// Whether both sides are the same text with the same meaning, and name no other side.
    fn is_same_text(&self, pair: Pair<Node<'t>>) -> bool {
        let Pair { blue, green } = pair;
        let same = blue.kind() == green.kind()
            && blue.style() == green.style()
            && !blue.in_tree_with_copies()
            && !green.in_tree_with_copies()
            && blue.raw() == green.raw();
        let quiet = !self.may_bleed.blue && !self.may_bleed.green;
        same && (quiet || (blue.kind() == Kind::List && self.names_both(blue.raw())))
    }

    /// Whether a text names both sides, as a list of all colours does.
    fn names_both(&self, text: &str) -> bool {
        let colours = &self.context.policy.colours;
        Side::BOTH.iter().all(|side| colours.token_in(*side, text).is_some())
    }

    fn maps(&mut self, pair: Pair<Node<'t>>) {
        let entries = pair.map(|map| map.entries().collect::<Vec<Entry<'t>>>());
        let raw = entries.as_ref().map(|side| {
            side.iter().map(|entry| Cow::Borrowed(entry.key.text())).collect::<Vec<_>>()
        });
        let names = self.names(raw.clone());
        let joined = join_names(&names, &raw);
        let numbers = Numbered::new(&names);
        if !same_order(&joined) && !numbers.repeats() {
            self.explained(&Explanation::Representation { how: "order of keys".to_owned() }, pair);
        }
        let exempt = self.counterparts(&entries);
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| entries.blue.get(index)).copied(),
                green.and_then(|index| entries.green.get(index)).copied(),
            );
            let Some(entry) = pair.blue.or(pair.green) else { continue };
            self.steps.push(Step::Key(numbers.name((blue, green))));
            self.segs.push(Seg::Key(entry.key.text()));
            let bleeds = self.may_bleed;
            if exempt.contains(&entry.key.text()) {
                self.may_bleed = Pair::new(false, false);
            }
            match (pair.blue, pair.green) {
                (Some(blue), Some(green)) => {
                    self.bleed(Side::Blue, blue.key, None);
                    self.bleed(Side::Green, green.key, None);
                    self.walk(Pair::new(blue.value, green.value));
                }
                (Some(blue), None) => self.lone_entry(Side::Blue, blue),
                (None, Some(green)) => self.lone_entry(Side::Green, green),
                (None, None) => (),
            }
            self.may_bleed = bleeds;
            self.segs.pop();
            self.steps.pop();
        }
    }

    fn lone_entry(&mut self, side: Side, entry: Entry<'t>) {
        self.one_sided(side, entry.value);
        self.bleed(side, entry.key, None);
    }

    /// Names with the colours of each side folded; as they are where both sides list both colours.
    pub(super) fn names(&self, raw: Pair<Vec<Cow<'t, str>>>) -> Pair<Vec<Cow<'t, str>>> {
        let colours = &self.context.policy.colours;
        let lists_both = |names: &Vec<Cow<'t, str>>| {
            names.iter().any(|name| {
                let other = colours.recolour(name);
                other != *name && names.contains(&other)
            })
        };
        if lists_both(&raw.blue) && lists_both(&raw.green) {
            return raw;
        }
        let fold = |side: Side, names: Vec<Cow<'t, str>>| {
            let fold_one = |name: Cow<'t, str>| match colours.fold(side, &name) {
                Cow::Borrowed(_) => name,
                Cow::Owned(folded) => Cow::Owned(folded),
            };
            names.into_iter().map(fold_one).collect()
        };
        Pair::new(fold(Side::Blue, raw.blue), fold(Side::Green, raw.green))
    }

    /// Keys whose values are each other's colour on both sides alike, as a pair of stable and
    /// preview services is: they list the colours and name no wrong one.
    fn counterparts(&self, entries: &Pair<Vec<Entry<'t>>>) -> Vec<&'t str> {
        if !self.may_bleed.blue || !self.may_bleed.green {
            return Vec::new();
        }
        let colours = &self.context.policy.colours;
        let scalars = |side: Side| {
            let scalars = entries.get(side).iter().filter(|entry| entry.value.is_scalar());
            scalars.map(|entry| (entry.key.text(), entry.value.text())).collect::<Vec<_>>()
        };
        let (blue, green) = (scalars(Side::Blue), scalars(Side::Green));
        let mut keys = Vec::new();
        for (key, value) in &green {
            let other = colours.recolour(value);
            let partner = green.iter().find(|(_, text)| other != *value && *text == other);
            let Some(partner) = partner else { continue };
            if blue.contains(&(*key, *value)) && blue.contains(partner) {
                keys.extend([*key, partner.0]);
            }
        }
        keys
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
        if pair.blue.raw() == pair.green.raw()
            && pair.blue.text() == pair.green.text()
            && pair.blue.kind() == pair.green.kind()
        {
            return;
        }
        let typing = self.dialect.typing();
        let values = pair.map(|node| typing.read(node));
        let explanation = explain::replaced(self.context, field, &values.blue, &values.green)
            .or_else(|| explain::generated(self.dialect, self.at()));
        self.change(Edit::Replaced, explanation, pair.map(Some));
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
        let counts = parsed.as_ref().map(|side| side.documents.len());
        if !sound(&parsed.blue) || !sound(&parsed.green) || counts.blue != counts.green {
            self.lines(pair);
            return true;
        }
        let outer = self.frames;
        let frames = Pair::from_fn(|side| {
            let scalar = *pair.get(side);
            Frame { text: scalar.tree_text(), scalar, outer: *outer.get(side) }
        });
        for (blue, green) in parsed.blue.tree.roots().zip(parsed.green.tree.roots()) {
            let known = dialect::recognise(name, syntax.blue.id(), green);
            let mut inner = Walker {
                context: self.context,
                out: &mut *self.out,
                dialect: known.dialect,
                kind: &known.identity.kind,
                steps: std::mem::take(&mut self.steps),
                segs: Vec::new(),
                frames: frames.as_ref().map(Some),
                may_bleed: self.may_bleed,
                embedding: self.embedding + 1,
            };
            inner.walk(Pair::new(blue, green));
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
        let record = |out: &mut Differences, found: Found| record(context, out, found, None);
        text::compare(context, &path, pair.map(Node::text), place, self.out, record);
    }

    /// Reports a node that only one side has. A map of which a part is explained is told part by
    /// part; anything else is one change.
    pub(super) fn one_sided(&mut self, side: Side, node: Node<'t>) {
        let explanation = explain::one_sided(self.dialect, self.at(), node);
        if explanation.is_none() && node.kind() == Kind::Map && self.partly_explained(node) {
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
        self.change(edit, explanation, nodes);
    }

    fn partly_explained(&self, node: Node<'t>) -> bool {
        let mut path = self.segs.clone();
        node.entries().any(|entry| {
            path.push(Seg::Key(entry.key.text()));
            let at = At { kind: self.kind, path: &path };
            let explained = explain::generated(self.dialect, at).is_some();
            path.pop();
            explained
        })
    }

    /// Records a change at this place.
    pub(super) fn change(
        &mut self,
        edit: Edit,
        explanation: Option<Explanation>,
        nodes: Pair<Option<Node<'t>>>,
    ) {
        if let Some(explanation) = &explanation
            && !self.context.lists_explained()
        {
            self.out.counts.add(explanation);
            return;
        }
        let typing = self.dialect.typing();
        let found = Found {
            path: Path(self.steps.clone()),
            edit,
            explanation: explanation.unwrap_or(Explanation::Unexplained),
            ranges: Pair::from_fn(|side| nodes.get(side).map(|node| self.range(side, node))),
            values: nodes.map(|node| node.map(|node| shown(node, typing))),
        };
        let texts = nodes.map(|node| node.filter(|node| node.is_scalar()).map(Node::text));
        record(self.context, self.out, found, Some(texts));
    }

    /// Records a difference that is explained and has no value of its own to show.
    pub(super) fn explained(&mut self, explanation: &Explanation, pair: Pair<Node<'t>>) {
        self.change(Edit::Replaced, Some(explanation.clone()), pair.map(Some));
    }

    /// The bytes of the file a node stands for.
    pub(super) fn range(&self, side: Side, node: Node<'_>) -> Range {
        let span = node.span();
        let here = (span.start, span.end);
        self.frames.get(side).map_or(here, |frame| frame.to_file(here))
    }
}

/// Settles a difference: asks the allowances about what is still unexplained, counts and keeps it.
pub(super) fn record(
    context: &Context<'_>,
    out: &mut Differences,
    mut found: Found,
    texts: Option<Pair<Option<&str>>>,
) {
    if found.explanation == Explanation::Unexplained {
        let path = found.path.to_string();
        let shown = found.values.as_ref().map(|value| value.as_ref().map(|text| text.0.as_str()));
        let subject = Subject {
            file: context.files,
            resource: context.resource,
            path: &path,
            value: texts.unwrap_or(shown),
        };
        let allowances = context.policy.allowances.iter().enumerate();
        let mut covering = allowances.filter_map(|(index, allowance)| {
            Some((index, allowance.explain(&subject, context.now)?))
        });
        if let Some((index, explanation)) = covering.next() {
            drop(covering);
            out.allowance_used(index, 1);
            if let Explanation::Declared { allowance, .. } = &explanation {
                out.declared.push((found.path.clone(), allowance.clone()));
            }
            found.explanation = explanation;
        }
    }
    out.counts.add(&found.explanation);
    if found.explanation == Explanation::Unexplained || context.lists_explained() {
        out.found.push(found);
    }
}
