//! Variables: those that a text refers to where secrets are expected, and the values it gives to
//! those that others refer to.

use super::super::assign::{Manner, referred_to};
use super::super::edit::Mask;
use super::super::layout::Layout;
use super::super::promise::Promise;
use super::super::shape::Triggers;
use super::super::variables::{Variables, in_urls, referred};
use super::super::whole::whole;
use super::Walk;
use crate::dialect::terraform::given;
use crate::model::Node;

impl<'w> Walk<'w> {
    /// Whether a variable of this name holds a secret.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.search.variables.is_some_and(|variables| variables.is_named(name))
    }

    /// Notes the variables that stand where a secret is expected.
    pub(super) fn refer(&mut self, promise: Promise, text: &str) {
        if !text.contains(['$', '.']) {
            return;
        }
        if promise.is_of_headers() {
            let parts = text.split(',').filter_map(|part| part.split_once('='));
            self.variables.extend(parts.flat_map(|(_, value)| referred(value)));
        } else if promise.pair {
            let password = text.split_once(':').map_or("", |(_, password)| password);
            self.variables.extend(referred(password));
        } else if !promise.passes_over(text) {
            self.variables.extend(referred(text));
        }
    }

    /// Notes the variables that a text assigns where a secret is expected, or has in its URLs.
    pub(super) fn refer_within(&mut self, text: &str) {
        if memchr::memchr(b'$', text.as_bytes()).is_none() {
            return;
        }
        self.variables.extend(in_urls(text));
        let manner = if text.contains('\n') { Manner::Lines } else { Manner::Arguments };
        self.variables.extend(referred_to(text, &Triggers::of(text), manner));
    }

    /// Masks the values that a file of Terraform gives to variables that hold secrets.
    pub(super) fn given_by_terraform(&mut self, root: Node<'w>) {
        let Some(variables) = self.search.variables.filter(|_| self.depth == 0) else { return };
        let is_local = |name: &str| variables.is_local(name);
        let values = given(self.page.name, root, |name| variables.is_terraform(name), is_local);
        for value in values {
            self.keep_promise(value, Promise::declared("sensitive-value", false));
        }
    }

    /// Masks all that a file says which is a secret as a whole.
    pub(super) fn all_secret(&mut self, root: Node<'w>) {
        let is_one = |variables: &Variables| self.depth == 0 && variables.is_file(self.page.name);
        if !self.search.variables.is_some_and(is_one) || self.page.syntax.id() == "text" {
            return;
        }
        for value in root.scalars().filter(|value| !value.is_copied()) {
            self.keep_promise(value, Promise::declared("secret-file", false));
        }
    }

    /// Masks what the words of a list give to such variables: `[-var, door=oak]`.
    pub(super) fn options(&mut self, list: Node<'w>) {
        let Some(variables) = self.search.variables else { return };
        let words: Vec<Node<'w>> = list.items().filter(|word| word.is_scalar()).collect();
        for (option, word) in words.iter().zip(words.iter().skip(1)) {
            let is_option = matches!(option.text(), "-var" | "--var") && !word.is_copied();
            let Some(range) = variables.given(word.text()).filter(|_| is_option) else { continue };
            let secret = word.text().get(range.clone()).unwrap_or_default();
            let token = self.search.key.token("sensitive-value", secret.as_bytes());
            self.masks.push(match Layout::of(*word) {
                Some(layout) => layout.place(Mask::over(word.text(), range, token)),
                None => whole(self.page.text, *word, self.page.syntax.id(), token),
            });
        }
    }
}
