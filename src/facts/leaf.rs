//! Credentials that stand in configuration itself, wherever nothing else tells of them.

use std::collections::BTreeSet;

use super::names::owner;
use super::process::processes;
use super::{Cursor, Document, Fact, Item, View};
use crate::model::{Kind, SECRET_PREFIX, Secret, secrets_in};
use crate::syntax;

/// See its `about`.
pub(super) static LEAF: View = View {
    id: "secret.leaf",
    about: "A text that holds a credential: of any configuration but Secrets, plans of Terraform, \
            Collectors and variables, which have views of their own",
    fields: &[
        ("owner", "who it belongs to: ingress/pay, or the file"),
        ("name", "the keys that lead to it"),
        ("class", "what it was masked as: password, token, private-key, …"),
    ],
    dialects: &[],
    extract,
};

/// Dialects whose credentials are told of elsewhere, or are meant to be there.
const ELSEWHERE: [&str; 2] = ["otelcol", "terraform"];

/// Kinds that are made to hold credentials.
const HOLDERS: [&str; 2] = ["Secret", "SealedSecret"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let is_elsewhere = ELSEWHERE.contains(&document.dialect.id())
        || HOLDERS.contains(&document.identity.kind.as_str());
    if is_elsewhere || !document.root.raw().contains(SECRET_PREFIX) {
        return Vec::new();
    }
    let variables = processes(document);
    let variables = variables.iter().flat_map(|process| &process.variables);
    let told: BTreeSet<(u32, u32)> = variables
        .map(|variable| variable.place.node.span())
        .map(|span| (span.start, span.end))
        .collect();
    let mut search = Search { owner: owner(document).to_string(), told, items: Vec::new() };
    search.walk(&document.cursor());
    search.items
}

/// What is looked for, and what was found.
struct Search<'t> {
    owner: String,
    told: BTreeSet<(u32, u32)>,
    items: Vec<Item<'t>>,
}

impl<'t> Search<'t> {
    /// Depth is that of the tree, which its builder bounds.
    fn walk(&mut self, cursor: &Cursor<'t>) {
        let span = cursor.node.span();
        if self.told.contains(&(span.start, span.end)) || !cursor.node.raw().contains(SECRET_PREFIX)
        {
            return;
        }
        match cursor.node.kind() {
            Kind::Map => cursor.entries().iter().for_each(|(_, entry)| self.walk(entry)),
            Kind::List => cursor.items().iter().for_each(|member| self.walk(member)),
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => self.leaf(cursor),
        }
    }

    fn leaf(&mut self, cursor: &Cursor<'t>) {
        let text = cursor.node.text();
        let name = cursor.keys().last().copied().unwrap_or_default();
        // What is a document itself is read as one.
        let is_document = text.trim_end().contains('\n')
            && syntax::detect(name, text)
                .is_some_and(|one| !["text", "binary"].contains(&one.id()));
        if is_document {
            return;
        }
        let mut masks = secrets_in(text).into_iter().filter_map(|range| text.get(range));
        let Some(secret) = masks.find_map(Secret::parse) else { return };
        self.items.push(cursor.item_here(Fact::map([
            ("owner", Some(Fact::text(self.owner.clone()))),
            ("name", Some(Fact::text(cursor.keys().join(".")))),
            ("class", Some(Fact::text(secret.class))),
        ])));
    }
}
