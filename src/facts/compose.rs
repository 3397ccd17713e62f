//! Services of Compose as Docker gets them: what a file says of a service, over what it extends,
//! under what the override says (compose-go v2.13.0, `loader/loader.go` and `override/merge.go`).
//!
//! Variables are joined by name, and what is said later counts. `!reset` takes away what was said
//! before, `!override` puts a map in its place.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use super::Fact;
use super::cursor::{Cursor, Document};
use super::interpolation::Filling;
use super::names::owner;
use super::process::{Expanded, Home, Process, Value, Variable, assignment, of_map};
use crate::dialect::project::{EnvFile, Partner, env_files, extended, partner, resolve};
use crate::model::{Kind, Node, Step, Style};

/// How many services one may extend, one after the other.
const DEPTH_MAX: usize = 16;

/// How much the services of a file may be given that is written elsewhere, which each of them may
/// name: bytes of scalars, and for each of these what it takes to hold one.
const GIVEN_BYTES_MAX: usize = 8 << 20;

/// See [`GIVEN_BYTES_MAX`].
const SCALAR_BYTES: usize = 32;

/// What one file says of a service.
struct Layer<'t> {
    service: Node<'t>,
    /// The path of the file.
    file: &'t str,
    /// Whether that is the file that is compared.
    is_own: bool,
}

/// What the files say of one service, first what counts least.
#[derive(Default)]
struct Layers<'t> {
    services: Vec<Layer<'t>>,
    /// What it is given that was not read, or is more than there is room for.
    missing: Vec<&'t str>,
    /// Whether there was no room for a service it extends.
    is_cut: bool,
    passed: Vec<(&'t str, &'t str)>,
}

/// The services of one file by name; of several of one name, the last.
struct File<'t> {
    path: &'t str,
    root: Node<'t>,
    services: BTreeMap<&'t str, Node<'t>>,
}

impl<'t> File<'t> {
    fn new(path: &'t str, root: Node<'t>) -> Self {
        let services = root.get("services").into_iter().flat_map(Node::entries);
        let services = services.map(|service| (service.key.text(), service.value));
        Self { path, root, services: services.collect() }
    }

    fn is_map(&self) -> bool {
        self.root.kind() == Kind::Map
    }
}

/// The files that are read as one, of which the first is compared.
struct Project<'t> {
    files: Vec<File<'t>>,
    /// How much may still be given: see [`GIVEN_BYTES_MAX`].
    room: Cell<usize>,
}

impl<'t> Project<'t> {
    fn new(document: &Document<'t>) -> Self {
        let others = document.beside.iter().map(|beside| File::new(beside.file, beside.root));
        let files = [File::new(document.file, document.root)].into_iter().chain(others).collect();
        Self { files, room: Cell::new(GIVEN_BYTES_MAX) }
    }

    /// Takes the room of what a service is given; nothing is left when it is too much.
    fn gives(&self, node: Node<'t>) -> bool {
        let mut left = Some(self.room.get()).filter(|room| *room > 0);
        for scalar in node.scalars() {
            let size = scalar.text().len().saturating_add(SCALAR_BYTES);
            left = left.and_then(|room| room.checked_sub(size));
            if left.is_none() {
                break;
            }
        }
        self.room.set(left.unwrap_or_default());
        left.is_some()
    }

    fn file(&self, path: &str) -> Option<&File<'t>> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The file that another one names.
    fn named(&self, from: &str, named: Node<'_>) -> Option<&File<'t>> {
        self.file(&resolve(from, named.text())?)
    }

    /// Whether a file of it says something of a service.
    fn has(&self, path: &str, service: &str) -> bool {
        self.file(path).is_some_and(|file| file.services.contains_key(service))
    }
}

/// The services of a document that are run, as processes.
pub(super) fn processes<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    let project = Project::new(document);
    let filling = Filling::of(document);
    let one = |(name, service, layers): (&'t str, Cursor<'t>, Layers<'t>)| {
        let process = layers.process(document, (&project, &filling), name, &service)?;
        Some(filled_in(process, &filling))
    };
    layered(document, &project).into_iter().filter_map(one).collect()
}

/// Whether the services of a document are given more than there is room for.
pub(super) fn is_given_too_much(document: &Document<'_>) -> bool {
    let project = Project::new(document);
    layered(document, &project).iter().any(|(_, _, layers)| {
        let is_given = |(from, env_file): (&str, EnvFile<'_>)| {
            project.named(from, env_file.path).is_none_or(|file| project.gives(file.root))
        };
        layers.is_cut || !layers.env_files().into_iter().all(is_given)
    })
}

/// A field of a service as Docker gets it: where it stands, or would, and what it says.
pub(super) struct Field<'t> {
    pub(super) place: Cursor<'t>,
    pub(super) node: Node<'t>,
    /// The path of the file that says it.
    pub(super) file: &'t str,
}

/// Some fields of every service of a document, with its name: what is said last of each; of a list
/// that is added to, all that is said. Nothing of a service that extends more than there is room for.
pub(super) fn fields<'t, const N: usize>(
    document: &Document<'t>,
    keys: [&str; N],
) -> Vec<(&'t str, Cursor<'t>, [Vec<Field<'t>>; N])> {
    let project = Project::new(document);
    let one = |(name, service, layers): (&'t str, Cursor<'t>, Layers<'t>)| {
        let fields = keys.map(|key| {
            let said = layers.services.iter().filter_map(|layer| {
                let node = layer.service.get(key)?;
                let own = service.get(key).filter(|_| layer.is_own);
                let place = own.unwrap_or_else(|| service.place(&[key]));
                Some(Field { place, node, file: layer.file })
            });
            said.collect()
        });
        (name, service, fields)
    };
    layered(document, &project).into_iter().filter(|known| !known.2.is_cut).map(one).collect()
}

/// The services of a document with what the files say of each, those left out that are told with
/// another file.
fn layered<'t>(
    document: &Document<'t>,
    project: &Project<'t>,
) -> Vec<(&'t str, Cursor<'t>, Layers<'t>)> {
    let others = document.beside.iter().map(|beside| beside.file);
    let partner = partner(document.file, &others);
    let root = document.cursor();
    let services = root.get("services").map(|services| services.entries()).unwrap_or_default();
    let mut found = Vec::new();
    for (name, service) in services {
        let mut layers = Layers::default();
        layers.add(project, document.file, name, 0);
        match partner {
            Some(Partner::Override(over)) if project.has(over, name) => {
                layers.add(project, over, name, 0);
            }
            // What is laid over a service of another file is told with that.
            Some(Partner::Base(base)) if project.has(base, name) => continue,
            Some(Partner::Override(_) | Partner::Base(_)) | None => (),
        }
        found.push((name, service, layers));
    }
    found
}

impl<'t> Layers<'t> {
    /// Adds a service of a file, after what it extends.
    fn add(&mut self, project: &Project<'t>, path: &str, name: &str, depth: usize) {
        let Some(file) = project.file(path) else { return };
        let Some((&name, &service)) = file.services.get_key_value(name) else { return };
        if depth > 0 && !project.gives(service) {
            self.is_cut = true;
            self.missing.push(name);
            return;
        }
        if let Some(extended) = extended(service) {
            let other = match extended.file {
                None => Some(file),
                Some(node) => project.named(file.path, node),
            };
            let there = other.filter(|other| other.services.contains_key(extended.service));
            let step = (file.path, name);
            match there.filter(|_| depth < DEPTH_MAX && !self.passed.contains(&step)) {
                Some(other) => {
                    self.passed.push(step);
                    self.add(project, other.path, extended.service, depth + 1);
                    self.passed.pop();
                }
                None => {
                    self.missing.push(extended.file.map_or(extended.service, Node::text));
                }
            }
        }
        let is_own = depth == 0 && project.files.first().is_some_and(|own| own.path == file.path);
        let layer = |service| Layer { service, file: file.path, is_own };
        match untagged(service) {
            Said::Same => self.services.push(layer(service)),
            Said::Nothing => self.services.clear(),
            Said::Instead(inner) => self.services = vec![layer(inner)],
        }
    }

    /// The files of variables that a service names, each with the file that names it.
    fn env_files(&self) -> Vec<(&'t str, EnvFile<'t>)> {
        let mut named = Vec::new();
        for Layer { service, file, .. } in &self.services {
            let Some(said) = service.get("env_file") else { continue };
            let said = match untagged(said) {
                Said::Same => said,
                Said::Nothing => {
                    named.clear();
                    continue;
                }
                Said::Instead(inner) => {
                    named.clear();
                    inner
                }
            };
            named.extend(env_files(said).into_iter().map(|one| (*file, one)));
        }
        named
    }

    /// The variables of the files that a service names, below those it says itself (compose-go
    /// v2.13.0, `types/project.go`). A file that is not there, not written as one, or for which there
    /// is no room, adds what nobody here can see; a value that Compose fills in is not known.
    fn of_files(
        &mut self,
        (project, filling): (&Project<'t>, &Filling<'t>),
        service: &Cursor<'t>,
        into: &mut Variables<'t>,
    ) {
        let home = service.place(&["environment"]);
        for (from, EnvFile { path, is_usual, .. }) in self.env_files() {
            let file = project.named(from, path).filter(|file| is_usual && file.is_map());
            let Some(file) = file.filter(|file| project.gives(file.root)) else {
                self.missing.push(path.text());
                continue;
            };
            let mut inside = service.clone();
            inside.node = file.root;
            for mut variable in of_map(&inside) {
                let node = variable.place.node;
                if node.text().contains('$') && node.style() != Style::Single {
                    match filling.fill(node.text()) {
                        Some(text) => variable.expanded = Some(Expanded::Text(text)),
                        None => {
                            variable.value = Value::From(Fact::text("the environment of Compose"));
                        }
                    }
                }
                variable.place = home.beyond([Step::Key(variable.name.to_owned())]);
                into.say(variable.name, Some(variable));
            }
        }
    }

    /// The process it describes; nothing when no file says what is run.
    fn process(
        mut self,
        document: &Document<'t>,
        (project, filling): (&Project<'t>, &Filling<'t>),
        name: &'t str,
        service: &Cursor<'t>,
    ) -> Option<Process<'t>> {
        let says = |keys: &[&str]| {
            let one = |layer: &Layer<'t>| keys.iter().any(|key| layer.service.get(key).is_some());
            self.services.iter().any(one)
        };
        let is_known = says(&["image", "build"]) || !self.missing.is_empty();
        let is_told = says(&["environment", "env_file"]) || !self.missing.is_empty();
        (is_known && is_told).then_some(())?;
        let home = service.place(&["environment"]);
        let mut of_files = Variables::default();
        self.of_files((project, filling), service, &mut of_files);
        let mut variables = Variables::default();
        for Layer { service: layer, is_own, .. } in &self.services {
            let own = if *is_own { service.get("environment") } else { None };
            let mut from = service.clone();
            from.node = *layer;
            let Some(said) = own.or_else(|| from.get("environment")) else { continue };
            let tagged = untagged(said.node);
            if !matches!(tagged, Said::Same) {
                variables = Variables::default();
            }
            let said = match tagged {
                Said::Same => said,
                Said::Nothing => continue,
                Said::Instead(_) => said.place(&["!override"]),
            };
            for mut variable in of_environment(&said) {
                let is_reset = is_reset(variable.place.node);
                if !is_own {
                    variable.place = home.beyond([Step::Key(variable.name.to_owned())]);
                }
                variables.say(variable.name, (!is_reset).then_some(variable));
            }
        }
        Some(Process {
            owner: owner(document).to_string(),
            namespace: "",
            name,
            variables: variables.over(of_files),
            sources: self.missing,
            home: Home::Map(home),
            container: None,
            tracing: OnceCell::new(),
        })
    }
}

/// The process with what Compose fills in for it.
fn filled_in<'t>(mut process: Process<'t>, filling: &Filling<'t>) -> Process<'t> {
    for variable in process.variables.iter_mut().filter(|variable| variable.expanded.is_none()) {
        let is_bare = variable.place.node.text() == variable.name;
        let said = match &variable.value {
            Value::Text(text) if text.contains('$') => filling.fill(text),
            Value::From(_) if is_bare => filling.value(variable.name),
            Value::Text(_) | Value::From(_) | Value::Secret(_) => None,
        };
        variable.expanded = said.map(Expanded::Text);
    }
    process
}

/// Variables in the order in which they are said, each where it is said last.
#[derive(Default)]
struct Variables<'t> {
    said: Vec<Option<Variable<'t>>>,
    known: BTreeMap<&'t str, usize>,
}

impl<'t> Variables<'t> {
    /// All of them, over others: what is taken away from these is not taken from those.
    fn over(self, mut below: Self) -> Vec<Variable<'t>> {
        for variable in self.said.into_iter().flatten() {
            below.say(variable.name, Some(variable));
        }
        below.said.into_iter().flatten().collect()
    }

    /// Puts a variable, or nothing, in the place of what was said before.
    fn say(&mut self, name: &'t str, variable: Option<Variable<'t>>) {
        let before = self.known.insert(name, self.said.len());
        if let Some(before) = before.and_then(|index| self.said.get_mut(index)) {
            *before = None;
        }
        self.said.push(variable);
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
