//! Secrets among the words of commands.

use super::super::command;
use super::super::edit::Mask;
use super::super::layout::Layout;
use super::super::whole::whole;
use super::Walk;
use crate::model::{Entry, Node};

impl<'w> Walk<'w> {
    /// Masks the passwords in the commands that a map says.
    pub(super) fn commands(&mut self, map: Node<'w>) {
        let says = |entry: Entry<'_>| matches!(entry.key.text(), "command" | "args");
        if !map.entries().any(says) {
            return;
        }
        if let Some(image) = map.text_at(&["image"]).and_then(command::of_image) {
            let words = ["command", "args"].map(|key| map.get(key));
            let words = words.iter().flatten().flat_map(|words| words.items());
            self.command(Some(image), &words.collect::<Vec<_>>());
        }
        for (first, rest) in [("command", "args"), ("entrypoint", "command")] {
            if let (Some(first), Some(rest)) = (map.get(first), map.get(rest)) {
                self.command(None, &first.items().chain(rest.items()).collect::<Vec<_>>());
            }
        }
    }

    /// Masks the passwords among the words of a command, or of the arguments of `program`.
    pub(super) fn command(&mut self, program: Option<&str>, words: &[Node<'w>]) {
        let before = usize::from(program.is_some());
        let texts = program.into_iter().chain(words.iter().map(|word| word.text()));
        for (word, range) in command::of_words(&texts.collect::<Vec<_>>()) {
            let node = word.checked_sub(before).and_then(|word| words.get(word));
            let Some(node) = node.filter(|node| !node.is_copied()) else { continue };
            let secret = node.text().get(range.clone()).unwrap_or_default();
            let token = self.search.key.token("password", secret.as_bytes());
            self.masks.push(match Layout::of(*node) {
                Some(layout) => layout.place(Mask::over(node.text(), range, token)),
                None => whole(self.page.text, *node, self.page.syntax.id(), token),
            });
        }
    }
}
