//! Recording a difference once it is known, with what explains it.

use super::shown::{holds_mask, is_withheld, withheld};
use super::walk::Walker;
use super::{Context, Differences, Found, Range, shown};
use crate::model::{Direction, Edit, Explainer, Explanation, Node, Pair, Path, Shown, Side, Step};
use crate::policy::{Said, Subject, Uses};

impl<'t> Walker<'_, 't> {
    /// Records a change of what stands at this place, with the way it goes.
    pub(super) fn of_values(
        &mut self,
        edit: Edit,
        explanation: Option<Explanation>,
        nodes: Pair<Option<Node<'t>>>,
    ) {
        let is_told = explanation.is_none() || self.context.lists_explained();
        let direction = if is_told { self.direction(nodes) } else { None };
        self.directed(edit, explanation, direction, nodes);
    }

    /// Records a change at this place.
    pub(super) fn change(
        &mut self,
        edit: Edit,
        explanation: Option<Explanation>,
        nodes: Pair<Option<Node<'t>>>,
    ) {
        self.directed(edit, explanation, None, nodes);
    }

    fn directed(
        &mut self,
        edit: Edit,
        explanation: Option<Explanation>,
        direction: Option<Direction>,
        nodes: Pair<Option<Node<'t>>>,
    ) {
        let texts = nodes.map(|node| node.filter(|node| node.is_scalar()).map(Node::text));
        let explanation =
            explanation.filter(|one| is_in_place(self.context, one, &self.steps, texts));
        if let Some(explanation) = &explanation
            && !self.context.lists_explained()
        {
            self.out.counts.add(explanation);
            self.keep_back(nodes);
            return;
        }
        let typing = self.dialect.typing();
        let found = Found {
            path: Path(self.steps.clone()),
            edit,
            explanation: explanation.unwrap_or(Explanation::Unexplained),
            direction,
            ranges: Pair::from_fn(|side| nodes.get(side).map(|node| self.range(side, node))),
            values: nodes.map(|node| node.map(|node| shown(node, typing))),
        };
        record(self.context, self.out, found, texts);
    }

    /// Records a difference that `by` explains and that has no value of its own to show.
    pub(super) fn explained(
        &mut self,
        by: Explainer,
        explanation: &Explanation,
        pair: Pair<Node<'t>>,
    ) {
        let explanation = self.context.hears(by).then(|| explanation.clone());
        self.change(Edit::Replaced, explanation, pair.map(Some));
    }

    /// Notes values of which one is a secret, where nothing else is kept of them.
    fn keep_back(&mut self, nodes: Pair<Option<Node<'t>>>) {
        let Some(both) = nodes.both() else { return };
        let masked = both.map(|node| holds_mask(node.raw()));
        if masked.blue != masked.green {
            let typing = self.dialect.typing();
            let values = withheld(both.map(|node| Some(shown(node, typing))));
            let ranges = Pair::from_fn(|side| Some(self.range(side, *both.get(side))));
            self.out.keep_back(&values, &ranges);
        }
    }

    /// The bytes of the file a node stands for.
    pub(super) fn range(&self, side: Side, node: Node<'_>) -> Range {
        let span = node.span();
        let here = (span.start, span.end);
        self.frames.get(side).map_or(here, |frame| frame.to_file(here))
    }
}

/// Settles a difference: asks the allowances about what is still unexplained, counts and keeps it.
/// `texts` are the whole values, as an allowance pins them.
pub fn record(
    context: &Context<'_>,
    out: &mut Differences,
    mut found: Found,
    texts: Pair<Option<&str>>,
) {
    if !is_in_place(context, &found.explanation, &found.path.0, texts) {
        found.explanation = Explanation::Unexplained;
    }
    if found.explanation == Explanation::Unexplained {
        let path = found.path.to_string();
        let subject =
            Subject { file: context.files, resource: context.resource, path: &path, value: texts };
        let mut of_other_values = Vec::new();
        for (index, allowance) in context.policy.allowances.iter().enumerate() {
            match allowance.say(&subject, context.now) {
                Said::Nothing => (),
                Said::OtherValues => of_other_values.push(index),
                Said::Declared(explanation) => {
                    out.allowance_used(index, Uses::EXPLAINED);
                    if let Explanation::Declared { allowance, .. } = &explanation {
                        out.declared.push((found.path.clone(), allowance.clone()));
                    }
                    found.explanation = explanation;
                    of_other_values.clear();
                    break;
                }
            }
        }
        for index in of_other_values {
            out.allowance_used(index, Uses::OTHERWISE);
        }
    }
    found.values = withheld(found.values);
    out.keep_back(&found.values, &found.ranges);
    out.counts.add(&found.explanation);
    if found.explanation == Explanation::Unexplained || context.lists_explained() {
        out.found.push(found);
    }
}

impl Differences {
    /// Notes where a value is withheld.
    fn keep_back(&mut self, values: &Pair<Option<Shown>>, ranges: &Pair<Option<Range>>) {
        for side in Side::BOTH {
            let is_hidden = values.get(side).as_ref().is_some_and(is_withheld);
            self.withheld.extend(ranges.get(side).filter(|_| is_hidden).map(|range| (side, range)));
        }
    }
}

/// Whether an explanation may stand at a place: two numbers of declared ranges of ports are ports only
/// where one is expected.
fn is_in_place(
    context: &Context<'_>,
    explanation: &Explanation,
    steps: &[Step],
    texts: Pair<Option<&str>>,
) -> bool {
    let Explanation::Colour { token } = explanation else { return true };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let are_numbers =
        texts.both().is_some_and(|texts| texts.map(is_number) == Pair::new(true, true));
    !are_numbers
        || !context.policy.colours.is_of_ranges(token)
        || steps.iter().rev().take(2).any(is_called_port)
}

/// Whether a word of a step's name is that of a port.
fn is_called_port(step: &Step) -> bool {
    let (Step::Key(name) | Step::Item(name)) = step else { return false };
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() || letter.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    let bare = |word: &String| word.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    words.iter().map(bare).any(|word| ["port", "ports", "listen"].contains(&word.as_str()))
}
