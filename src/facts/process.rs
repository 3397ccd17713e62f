//! Processes as their environment describes them: containers, environment files, `ConfigMap`s,
//! services of a Compose file. Shared by the views of variables and of tracing.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::cursor::{Cursor, Document};
use super::java;
use super::kubernetes::{Pod, of_kinds, pods};
use super::names::{owner, unresolved};
use super::variables::canonical;
use super::{Fact, Item, compose};
use crate::model::{Scalar, Step};

/// One process, or one file of variables for some process.
pub(super) struct Process<'t> {
    /// Who it belongs to: `deployment/pay`, or the file.
    pub(super) owner: String,
    /// The namespace of the owner; empty when it names none.
    pub(super) namespace: &'t str,
    /// Its name within the owner: of the container or service; empty for a file.
    pub(super) name: &'t str,
    /// Its variables, in source order.
    pub(super) variables: Vec<Variable<'t>>,
    /// `ConfigMap`s and Secrets that add variables nobody here can see.
    pub(super) sources: Vec<&'t str>,
    /// Where a variable that is not there would be written.
    pub(super) home: Home<'t>,
    /// The container it runs in, where an object describes one.
    pub(super) container: Option<Within<'t>>,
    /// What it says about tracing, taken by the first view that asks.
    pub(super) tracing: OnceCell<Rc<Fact<'t>>>,
}

/// A container and what it shares with its pod.
#[derive(Clone)]
pub(super) struct Within<'t> {
    /// The container.
    pub(super) cursor: Cursor<'t>,
    /// The images of every container of its pod.
    pub(super) images: Rc<Vec<Cursor<'t>>>,
}

/// Where a variable that is not there would be written.
#[derive(Clone)]
pub(super) enum Home<'t> {
    /// In a list of `{name, value}`.
    Members(Cursor<'t>),
    /// In a map.
    Map(Cursor<'t>),
    /// In maps in maps, a word of its name each.
    Tree(Cursor<'t>),
    /// Nowhere: what stands for it stands here.
    Here(Cursor<'t>),
    /// Nowhere, because a configuration file replaces every variable.
    Declared(Cursor<'t>),
}

/// One variable.
#[derive(Clone)]
pub(super) struct Variable<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// The setting of tracing it stands for; nothing when it is about something else.
    pub(super) setting: Option<Cow<'t, str>>,
    /// Where its value stands.
    pub(super) place: Cursor<'t>,
    /// Its value.
    pub(super) value: Value<'t>,
    /// The text its process gets, where that is not the value as written.
    pub(super) expanded: Option<Expanded>,
}

/// The field of a pod that is the address of its node, and what stands for it in a value.
const NODE: &str = "status.hostIP";

/// What becomes of a value with references.
#[derive(Clone)]
pub(super) enum Expanded {
    /// This text.
    Text(String),
    /// One that no process can be given.
    TooLong,
}

impl<'t> Variable<'t> {
    pub(super) fn new(name: &'t str, place: Cursor<'t>, value: Value<'t>) -> Self {
        Self { name, setting: canonical(name), place, value, expanded: None }
    }

    /// The same, as the setting that it stands for.
    pub(super) fn told_as(&self, setting: &'t str) -> Self {
        let (place, value) = (self.place.clone(), self.value.clone());
        let (setting, expanded) = (Some(Cow::Borrowed(setting)), self.expanded.clone());
        Self { name: self.name, setting, place, value, expanded }
    }

    /// The same as the setting that it stands for, with what `say` makes of a text that is known.
    pub(super) fn told_with(
        &self,
        setting: &'t str,
        say: impl FnOnce(&str) -> Option<String>,
    ) -> Self {
        let said = self.known().and_then(say);
        let said = said.map(Expanded::Text).or_else(|| self.expanded.clone());
        Self { expanded: said, ..self.told_as(setting) }
    }

    /// The text its process gets, where nothing else has a part in it.
    pub(super) fn known(&self) -> Option<&str> {
        self.text().map(str::trim).filter(|text| unresolved(text).is_none())
    }

    /// Whether it is the address of the node, whichever that is.
    fn is_node(&self) -> bool {
        let Value::From(from) = &self.value else { return false };
        from.get("fieldRef").and_then(|field| field.get("fieldPath")) == Some(&Fact::text(NODE))
    }

    /// The text its process gets, as far as it is known here.
    pub(super) fn text(&self) -> Option<&str> {
        match (&self.expanded, &self.value) {
            (Some(Expanded::Text(text)), _) => Some(text),
            (None, Value::Text(text)) => Some(text),
            (Some(Expanded::TooLong), _) | (None, Value::Secret(_) | Value::From(_)) => None,
        }
    }
}

/// What is known of a variable's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'t> {
    /// The text its process gets.
    Text(&'t str),
    /// A masked secret.
    Secret(crate::model::Secret),
    /// Comes from elsewhere: a Secret, a `ConfigMap`, a field of the pod.
    From(Fact<'t>),
}

impl<'t> Process<'t> {
    /// One that is described by a file of its own, at a place of it.
    pub(super) fn at(owner: &str, variables: Vec<Variable<'t>>, place: Cursor<'t>) -> Self {
        let (owner, home, tracing) = (owner.to_owned(), Home::Here(place), OnceCell::new());
        let (sources, container) = (Vec::new(), None);
        Self { owner, namespace: "", name: "", variables, sources, home, container, tracing }
    }

    /// One that a configuration file declares, as a whole.
    pub(super) fn declared(owner: &str, variables: Vec<Variable<'t>>, place: Cursor<'t>) -> Self {
        Self { home: Home::Declared(place.clone()), ..Self::at(owner, variables, place) }
    }

    /// Whether a configuration file declares it.
    pub(super) fn is_declared(&self) -> bool {
        matches!(self.home, Home::Declared(_))
    }

    /// One that is described by properties that stand as keys in keys.
    pub(super) fn of_tree(owner: &str, variables: Vec<Variable<'t>>, root: Cursor<'t>) -> Self {
        Self { home: Home::Tree(root.clone()), ..Self::at(owner, variables, root) }
    }

    /// The same, in a namespace.
    pub(super) fn in_namespace(self, namespace: &'t str) -> Self {
        Self { namespace, ..self }
    }

    /// The same, as other variables tell of it.
    pub(super) fn told_by(&self, variables: Vec<Variable<'t>>) -> Self {
        let (owner, home, tracing) = (self.owner.clone(), self.home.clone(), OnceCell::new());
        let (namespace, name, sources) = (self.namespace, self.name, self.sources.clone());
        let container = self.container.clone();
        Self { owner, namespace, name, variables, sources, home, container, tracing }
    }

    /// Every process of a document.
    pub(super) fn all(document: &Document<'t>) -> Vec<Self> {
        of_document(document).into_iter().map(java::told).collect()
    }

    /// A variable by name; of several, the last, as processes get it. Empty counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&Variable<'t>> {
        let named = self.variables.iter().rev().find(|variable| variable.name == name);
        named.filter(|variable| variable.value != Value::Text(""))
    }

    /// The address of a variable, there or not.
    pub(super) fn place(&self, name: &str) -> Cursor<'t> {
        if let Some(variable) = self.get(name) {
            return variable.place.clone();
        }
        match &self.home {
            Home::Members(list) => list.beyond([Step::Item(format!("name={name}"))]),
            Home::Map(map) => map.beyond([Step::Key(name.to_owned())]),
            Home::Tree(root) => root.place(&name.split('.').collect::<Vec<_>>()),
            Home::Here(place) | Home::Declared(place) => place.clone(),
        }
    }

    /// An item about the process as a whole or one of its variables.
    pub(super) fn key(&self) -> String {
        if self.name.is_empty() {
            self.owner.clone()
        } else {
            format!("{}/{}", self.owner, self.name)
        }
    }

    /// An item that stands at a variable.
    pub(super) fn item(&self, variable: &str, fact: Rc<Fact<'t>>) -> Item<'t> {
        self.place(variable).item(self.key(), fact)
    }
}

/// The processes of a document.
pub(super) fn processes<'t>(document: &Document<'t>) -> Rc<Vec<Process<'t>>> {
    Rc::clone(document.taken.processes.get_or_init(|| Rc::new(Process::all(document))))
}

fn of_document<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    if document.dialect.id() == "kubernetes" {
        let mut found = of_containers(document);
        found.extend(of_config_maps(document));
        return found;
    }
    match document.syntax {
        "dotenv" | "properties" => {
            let root = document.cursor();
            let variables = of_map(&root);
            let home = Home::Map(root);
            vec![Process {
                owner: owner(document).to_string(),
                namespace: "",
                name: "",
                variables,
                sources: Vec::new(),
                home,
                container: None,
                tracing: OnceCell::new(),
            }]
        }
        "yaml" => compose::processes(document),
        _ => Vec::new(),
    }
}

fn of_containers<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    let mut found = Vec::new();
    let mut room = room(document);
    for pod in pods(document).iter() {
        let images = pod.containers.iter().filter_map(|container| container.cursor.get("image"));
        let images: Rc<Vec<Cursor<'t>>> = Rc::new(images.collect());
        for container in &pod.containers {
            let env = container.cursor.get("env");
            let members = env.as_ref().map(Cursor::items).unwrap_or_default();
            let from = container.cursor.get("envFrom").map(|list| list.items());
            let sources = from.iter().flatten().filter_map(|source| {
                // Under other names they are no settings of tracing.
                if source.text(&["prefix"]).is_some_and(|prefix| !"OTEL_".starts_with(prefix)) {
                    return None;
                }
                let name = |kind| source.text(&[kind, "name"]);
                name("configMapRef").or_else(|| name("secretRef"))
            });
            let home = env.unwrap_or_else(|| container.cursor.place(&["env"]));
            found.push(Process {
                owner: pod.owner.clone(),
                namespace: pod.object.namespace,
                name: container.name,
                variables: expanded(
                    members.iter().filter_map(|one| Some(of_pod(member(one)?, pod))).collect(),
                    &mut room,
                ),
                sources: sources.collect(),
                home: Home::Members(home),
                container: Some(Within {
                    cursor: container.cursor.clone(),
                    images: Rc::clone(&images),
                }),
                tracing: OnceCell::new(),
            });
        }
    }
    found
}

/// Bytes of one value once its references are put in. Each may double the one before it, and Linux
/// starts no process with a longer one: `MAX_ARG_STRLEN` is 32 pages (linux 2cc2c3cb54de,
/// `include/uapi/linux/binfmts.h`). What is longer is not known.
const EXPANDED_BYTES_MAX: usize = 128 << 10;

/// Why such a value is not known.
pub(super) const TOO_LONG: &str = "its references come to more text than any process is given";

/// Bytes of all such values of one document, however short it is.
const EXPANDED_TOGETHER_BYTES_MAX: usize = 1 << 20;

/// How many times its own size the values of a longer document come to.
const EXPANDED_RATIO_MAX: usize = 4;

/// How many bytes of expanded values a document may come to.
pub(super) fn room(document: &Document<'_>) -> usize {
    let span = document.root.span();
    let written = span.end.saturating_sub(span.start) as usize;
    written.saturating_mul(EXPANDED_RATIO_MAX).max(EXPANDED_TOGETHER_BYTES_MAX)
}

/// Puts in for `$(NAME)` what the variables before it hold, as the kubelet does (kubernetes
/// 001a80e975bb, `pkg/kubelet/kubelet_pods.go` and `third_party/forked/golang/expansion`). A value with
/// a reference to anything else is left as it is written; one for which no room is left is not known.
fn expanded<'t>(mut variables: Vec<Variable<'t>>, room: &mut usize) -> Vec<Variable<'t>> {
    let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
    for index in 0..variables.len() {
        let Some((before, [variable, ..])) = variables.split_at_mut_checked(index) else { break };
        if let Value::Text(text) = variable.value
            && text.contains("$(")
        {
            let most = EXPANDED_BYTES_MAX.min(*room);
            variable.expanded = expand(text, most, |name| {
                let known = latest.get(name).and_then(|index| before.get(*index)).ok_or(None)?;
                if known.is_node() {
                    return Ok(NODE);
                }
                known.text().ok_or_else(|| known.expanded.clone())
            });
            if let Some(Expanded::Text(text)) = &variable.expanded {
                *room -= text.len();
            }
        }
        latest.insert(variable.name, index);
    }
    variables
}

/// A text with every reference resolved, unless it comes to more bytes than `most`; nothing if one
/// is escaped. One that cannot be resolved says what becomes of the text.
fn expand<'v>(
    text: &str,
    most: usize,
    value: impl Fn(&str) -> Result<&'v str, Option<Expanded>>,
) -> Option<Expanded> {
    if text.contains("$$") {
        return None;
    }
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((head, tail)) = rest.split_once("$(") {
        let (name, behind) = tail.split_once(')')?;
        match value(name) {
            Ok(value) => parts.extend([head, value]),
            Err(becomes) => return becomes,
        }
        rest = behind;
    }
    parts.push(rest);
    let length: usize = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add);
    Some(if length > most { Expanded::TooLong } else { Expanded::Text(parts.concat()) })
}

/// A variable with what a field of its pod says, where that is written beside it.
fn of_pod<'t>(mut variable: Variable<'t>, pod: &Pod<'t>) -> Variable<'t> {
    let Value::From(from) = &variable.value else { return variable };
    let Some(Fact::Text(field)) = from.get("fieldRef").and_then(|one| one.get("fieldPath")) else {
        return variable;
    };
    let metadata = pod.metadata.as_ref();
    let keyed = ["labels", "annotations"].into_iter().find_map(|kind| {
        let key = field.strip_prefix("metadata.")?.strip_prefix(kind)?;
        let key = key.strip_prefix("['")?.strip_suffix("']")?;
        metadata?.text(&[kind, key])
    });
    let said = keyed.filter(|text| unresolved(text).is_none());
    variable.expanded = said.map(|text| Expanded::Text(text.to_owned()));
    variable
}

fn member<'t>(member: &Cursor<'t>) -> Option<Variable<'t>> {
    let name = member.text(&["name"])?;
    if let Some(place) = member.get("valueFrom") {
        let from = place.fact().unwrap_or_else(|| Fact::Map(Vec::new()));
        return Some(Variable::new(name, place, Value::From(from)));
    }
    Some(match member.get("value") {
        Some(place) => scalar(name, place),
        None => Variable::new(name, member.clone(), Value::Text("")),
    })
}

fn of_config_maps<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    of_kinds(document, &["ConfigMap"])
        .into_iter()
        .filter_map(|object| {
            let data = object.cursor.get("data")?;
            let mut variables = of_map(&data);
            // A key such as `client.yaml` is a file, not a variable.
            variables.retain(|variable| !variable.name.contains('.'));
            let owner = object.owner();
            let namespace = object.namespace;
            let (sources, home, tracing) = (Vec::new(), Home::Map(data), OnceCell::new());
            let container = None;
            Some(Process {
                owner,
                namespace,
                name: "",
                variables,
                sources,
                home,
                container,
                tracing,
            })
        })
        .collect()
}

/// `NAME=value` as a member of a list. A bare `NAME` is passed on from where Compose runs.
pub(super) fn assignment(place: Cursor<'_>) -> Option<Variable<'_>> {
    let text = place.node.text();
    let Some((name, value)) = text.split_once('=') else {
        let value = Value::From(Fact::text("the environment of Compose"));
        return (!text.is_empty()).then(|| Variable::new(text, place, value));
    };
    Some(Variable::new(name, place, Value::Text(value)))
}

pub(super) fn of_map<'t>(map: &Cursor<'t>) -> Vec<Variable<'t>> {
    let entries = map.entries().into_iter().filter(|(_, place)| place.node.is_scalar());
    entries.map(|(name, place)| scalar(name, place)).collect()
}

/// A variable is text whatever its YAML type; only a mask is told apart.
pub(super) fn scalar<'t>(name: &'t str, place: Cursor<'t>) -> Variable<'t> {
    let value = match crate::model::Typing::Text.plain(place.node.text()) {
        Scalar::Secret(secret) => Value::Secret(secret),
        Scalar::Null | Scalar::Bool(_) | Scalar::Number(_) | Scalar::Text(_) => {
            Value::Text(place.node.text())
        }
    };
    Variable::new(name, place, value)
}

#[cfg(test)]
mod tests {
    use super::{EXPANDED_BYTES_MAX, Expanded, expand};

    #[test]
    fn a_value_grows_up_to_its_limit_and_no_further() {
        let half = "x".repeat(EXPANDED_BYTES_MAX / 2);
        let length = |text: &str| match expand(text, EXPANDED_BYTES_MAX, |_| Ok(&half)) {
            Some(Expanded::Text(text)) => Some(text.len()),
            Some(Expanded::TooLong) | None => None,
        };
        assert_eq!(length("$(A)$(A)"), Some(EXPANDED_BYTES_MAX));
        for text in ["$(A)$(A)x", "x$(A)$(A)", "$(A)$(A)$(A)"] {
            assert_eq!(length(text), None, "{text}");
        }
    }
}
