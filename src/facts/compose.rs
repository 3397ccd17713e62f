//! Services of Compose as Docker gets them: what a file says of a service, over what it extends,
//! under what the override says (compose-go v2.13.0, `loader/loader.go` and `override/merge.go`).
//!
//! Variables are joined by name, and what is said later counts. `!reset` takes away what was said
//! before, `!override` puts a map in its place.

use std::cell::OnceCell;

use super::cursor::{Cursor, Document};
use super::names::owner;
use super::process::{Home, Process, Variable, assignment, of_map};
use crate::dialect::project::{Partner, extended, partner, resolve};
use crate::model::{Kind, Node, Step, Style};

/// How many services one may extend, one after the other.
const DEPTH_MAX: usize = 16;

/// What the files say of one service, first what counts least.
#[derive(Default)]
struct Layers<'t> {
    services: Vec<(Node<'t>, bool)>,
    /// Files of a service it extends that were not read.
    missing: Vec<&'t str>,
    passed: Vec<(&'t str, &'t str)>,
}

/// One file: its path and its root.
type File<'t> = (&'t str, Node<'t>);

/// The services of a document that are run, as processes.
pub(super) fn processes<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    let others = document.beside.iter().map(|beside| beside.file);
    let partner = partner(document.file, &others);
    let root = document.cursor();
    let services = root.get("services").map(|services| services.entries()).unwrap_or_default();
    let mut found = Vec::new();
    for (name, service) in services {
        let mut layers = Layers::default();
        layers.add(document, (document.file, document.root), name, 0);
        match partner {
            Some(Partner::Override(over)) => {
                if let Some(over) = beside(document, over).filter(|file| has(*file, name)) {
                    layers.add(document, over, name, 0);
                }
            }
            // What is laid over a service of another file is told with that.
            Some(Partner::Base(base))
                if beside(document, base).is_some_and(|file| has(file, name)) =>
            {
                continue;
            }
            Some(Partner::Base(_)) | None => (),
        }
        found.extend(layers.process(document, name, &service));
    }
    found
}

fn beside<'t>(document: &Document<'t>, file: &str) -> Option<File<'t>> {
    let found = document.beside.iter().find(|beside| beside.file == file)?;
    Some((found.file, found.root))
}

fn has((_, root): File<'_>, service: &str) -> bool {
    root.at(&["services", service]).is_some()
}

impl<'t> Layers<'t> {
    /// Adds a service of a file, after what it extends.
    fn add(&mut self, document: &Document<'t>, file: File<'t>, name: &'t str, depth: usize) {
        let Some(service) = file.1.at(&["services", name]) else { return };
        if let Some(extended) = extended(service) {
            let other = match extended.file {
                None => Some(file),
                Some(node) => {
                    resolve(file.0, node.text()).and_then(|path| self::beside(document, &path))
                }
            };
            let there = other.filter(|other| has(*other, extended.service));
            let step = (file.0, name);
            match there.filter(|_| depth < DEPTH_MAX && !self.passed.contains(&step)) {
                Some(other) => {
                    self.passed.push(step);
                    self.add(document, other, extended.service, depth + 1);
                    self.passed.pop();
                }
                None => {
                    self.missing.push(extended.file.map_or(extended.service, Node::text));
                }
            }
        }
        let is_own = file.0 == document.file && depth == 0;
        match untagged(service) {
            Said::Same => self.services.push((service, is_own)),
            Said::Nothing => self.services.clear(),
            Said::Instead(inner) => self.services = vec![(inner, is_own)],
        }
    }

    /// The process it describes; nothing when no file says what is run.
    fn process(
        self,
        document: &Document<'t>,
        name: &'t str,
        service: &Cursor<'t>,
    ) -> Option<Process<'t>> {
        let says = |keys: &[&str]| {
            self.services.iter().any(|(layer, _)| keys.iter().any(|key| layer.get(key).is_some()))
        };
        let is_known = says(&["image", "build"]) || !self.missing.is_empty();
        let is_told = says(&["environment"]) || !self.missing.is_empty();
        (is_known && is_told).then_some(())?;
        let home = service.place(&["environment"]);
        let mut variables: Vec<Variable<'t>> = Vec::new();
        for (layer, is_own) in &self.services {
            let own = if *is_own { service.get("environment") } else { None };
            let mut from = service.clone();
            from.node = *layer;
            let Some(said) = own.or_else(|| from.get("environment")) else { continue };
            let tagged = untagged(said.node);
            if !matches!(tagged, Said::Same) {
                variables.clear();
            }
            let said = match tagged {
                Said::Same => said,
                Said::Nothing => continue,
                Said::Instead(_) => said.place(&["!override"]),
            };
            for mut variable in of_environment(&said) {
                variables.retain(|known| known.name != variable.name);
                if is_reset(variable.place.node) {
                    continue;
                }
                if !is_own {
                    variable.place = home.beyond([Step::Key(variable.name.to_owned())]);
                }
                variables.push(variable);
            }
        }
        Some(Process {
            owner: owner(document).to_string(),
            namespace: "",
            name,
            variables,
            sources: self.missing,
            home: Home::Map(home),
            tracing: OnceCell::new(),
        })
    }
}

/// What a tag of Compose makes of a map or list.
enum Said<'t> {
    Same,
    Nothing,
    Instead(Node<'t>),
}

/// A tagged map or list is read as a map with the tag for its key, a tagged scalar as text.
fn untagged(said: Node<'_>) -> Said<'_> {
    if said.is_scalar() {
        return if is_reset(said) { Said::Nothing } else { Said::Same };
    }
    if said.get("!reset").is_some() {
        return Said::Nothing;
    }
    said.get("!override").map_or(Said::Same, Said::Instead)
}

/// The variables of an `environment` in either form.
fn of_environment<'t>(environment: &Cursor<'t>) -> Vec<Variable<'t>> {
    match environment.node.kind() {
        Kind::List => environment.items().into_iter().filter_map(assignment).collect(),
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null | Kind::Map => {
            of_map(environment)
        }
    }
}

/// Whether what stands here is taken away: a tagged null stands as text.
fn is_reset(node: Node<'_>) -> bool {
    let is_quoted = matches!(node.style(), Style::Single | Style::Double);
    !is_quoted && node.text().split_whitespace().next() == Some("!reset")
}
