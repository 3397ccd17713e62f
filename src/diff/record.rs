//! Recording a difference once it is known, with what explains it.

use super::shown::withheld;
use super::walk::Walker;
use super::{Context, Differences, Found, Range, shown};
use crate::model::{Direction, Edit, Explainer, Explanation, Node, Pair, Path, Side};
use crate::policy::Subject;

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
            direction,
            ranges: Pair::from_fn(|side| nodes.get(side).map(|node| self.range(side, node))),
            values: nodes.map(|node| node.map(|node| shown(node, typing))),
        };
        let texts = nodes.map(|node| node.filter(|node| node.is_scalar()).map(Node::text));
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
    if found.explanation == Explanation::Unexplained {
        let path = found.path.to_string();
        let subject =
            Subject { file: context.files, resource: context.resource, path: &path, value: texts };
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
    found.values = withheld(found.values);
    out.counts.add(&found.explanation);
    if found.explanation == Explanation::Unexplained || context.lists_explained() {
        out.found.push(found);
    }
}
