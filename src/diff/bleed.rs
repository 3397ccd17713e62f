//! Values that name the other side: equal texts, or different ones, of the wrong colour.

use super::walk::Walker;
use super::{NamedOther, shown, withheld};
use crate::dialect;
use crate::model::{Kind, Node, Pair, Path, Side, Step};
use crate::policy::{Subject, Uses};

impl<'t> Walker<'_, 't> {
    /// Notes where a scalar (or a key) of `side` names the other side, `other` being what stands
    /// at the same place there.
    pub(super) fn bleed(&mut self, side: Side, node: Node<'t>, other: Option<Node<'t>>) {
        if !self.may_bleed.get(side) {
            return;
        }
        let bleeds = self.context.policy.colours.bleeds(side, node.text());
        let Some(first) = bleeds.first() else { return };
        let field = dialect::field_type(self.dialect, self.at());
        if self.is_amount(field, Pair::new(node, node)) {
            return;
        }
        let mut texts = Pair::new(None, None);
        *texts.get_mut(side) = Some(node.text());
        *texts.get_mut(side.other()) = other.map(Node::text);
        if self.listed.contains(node.text()) || self.is_shared(side, texts) {
            return;
        }
        let typing = self.dialect.typing();
        let mut values = Pair::new(None, None);
        *values.get_mut(side) = Some(shown(node, typing));
        *values.get_mut(side.other()) = other.map(|node| shown(node, typing));
        let noted = NamedOther {
            side,
            path: Path(self.steps.clone()),
            range: self.range(side, node),
            other: other.map(|node| self.range(side.other(), node)),
            token: first.token.clone(),
            expected: first.expected.clone(),
            values: withheld(values),
        };
        self.out.bleeds.push(noted);
    }

    /// Notes every scalar below a node that only `side` has.
    pub(super) fn bleeds_below(&mut self, side: Side, node: Node<'t>) {
        if !self.may_bleed.get(side) || !self.names_other(side, node.raw()) {
            return;
        }
        match node.kind() {
            Kind::Map => {
                for entry in node.entries() {
                    self.steps.push(Step::Key(entry.key.text().to_owned()));
                    self.bleeds_below(side, entry.value);
                    self.steps.pop();
                }
            }
            Kind::List => {
                for (item, index) in node.items().zip(0_u32..) {
                    self.steps.push(Step::Index(index));
                    self.bleeds_below(side, item);
                    self.steps.pop();
                }
            }
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                self.bleed(side, node, None);
            }
        }
    }

    fn names_other(&self, side: Side, text: &str) -> bool {
        self.context.policy.colours.may_bleed(side, text)
    }

    /// Whether an allowance pins exactly this value for this place: a service both sides share.
    pub(super) fn is_shared(&mut self, side: Side, texts: Pair<Option<&str>>) -> bool {
        let path = Path(self.steps.clone()).to_string();
        let subject = Subject {
            file: self.context.files,
            resource: self.context.resource,
            path: &path,
            value: texts,
        };
        let now = self.context.now;
        let sharing = self.context.policy.allowances.iter().position(|allowance| {
            allowance.values.get(side).is_some() && allowance.explain(&subject, now).is_some()
        });
        if let Some(index) = sharing {
            self.out.allowance_used(index, Uses::EXPLAINED);
        }
        sharing.is_some()
    }
}
