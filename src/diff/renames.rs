//! Names of documents that changed, and what follows from them.
//!
//! That a document changed its name is a difference nothing explains. What names it elsewhere must
//! follow, and is then no difference of its own: where blue's text, the old name written as the new
//! one and the colours as green's, is green's text to the letter, the two names explain it, as a
//! pair of the colour map would. The names stand in the report beside the change they come from.
//!
//! A name counts only where the text cannot mean anything else: where a host stands
//! (`http://cart:8080`, `cart:8080`, `cart.shop.svc`), and as the whole value of a field by which
//! Kubernetes knows objects: its name and namespace, what refers to those, labels and selectors.
//! Anywhere else `cart` may be a database or a topic. Never below an image, a command or an
//! argument, where another program would run. Nor is a name used that is not lost: one that a
//! document of green still has, that blue had already, that became two, or that names the colour of
//! the other side.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::{Pair, Step};

/// Keys below which a name may be that of a program.
const PROGRAMS: [&str; 7] = ["image", "images", "command", "args", "entrypoint", "exec", "build"];

/// Keys of names of objects that stand for themselves.
const FIELDS: [&str; 7] = [
    "namespace",
    "serviceName",
    "serviceAccountName",
    "serviceAccount",
    "secretName",
    "claimName",
    "host",
];

/// Keys of references, besides those that say so themselves (`roleRef`, `backendRefs`).
const REFERENCES: [&str; 5] = ["subjects", "configMap", "service", "backend", "imagePullSecrets"];

/// Keys of labels and of what selects by them.
const LABELS: [&str; 3] = ["labels", "matchLabels", "selector"];

/// Names that changed, blue's and green's.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    names: Vec<Pair<String>>,
    finder: Option<AhoCorasick>,
}

impl Renames {
    /// Takes names as they are written on each side, blue's each once.
    pub fn new(names: &BTreeMap<&str, &str>) -> Self {
        let own =
            |(blue, green): (&&str, &&str)| Pair::new((*blue).to_owned(), (*green).to_owned());
        let names: Vec<Pair<String>> = names.iter().map(own).collect();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest);
        let finder = builder.build(names.iter().map(|name| &name.blue)).ok();
        Self { finder: finder.filter(|_| !names.is_empty()), names }
    }

    /// The names, blue's and green's.
    pub fn names(&self) -> &[Pair<String>] {
        &self.names
    }

    /// Whether no name changed.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What green should have at a place where blue has `text`, and the name that changed there;
    /// nothing where none did. `is_object` says whether the place is one of an object of Kubernetes,
    /// not of a text in it.
    pub fn apply(
        &self,
        steps: &[Step],
        text: &str,
        is_object: bool,
    ) -> Option<(String, Pair<String>)> {
        let finder = self.finder.as_ref().filter(|_| !is_program(steps))?;
        let is_reference = is_object && refers(steps);
        let mut out = String::new();
        let (mut done, mut first) = (0, None);
        for found in finder.find_iter(text) {
            let before = text.get(..found.start()).unwrap_or_default();
            let after = text.get(found.end()..).unwrap_or_default();
            let Some(name) = self.names.get(found.pattern().as_usize()) else { continue };
            let is_whole = before.is_empty() && after.is_empty();
            if !(is_host(before, after) || is_reference && is_whole) {
                continue;
            }
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            out.push_str(&name.green);
            done = found.end();
            first.get_or_insert(name);
        }
        let first = first?.clone();
        out.push_str(text.get(done..).unwrap_or_default());
        Some((out, first))
    }

    /// The name of a member of a list of references (`kind=ServiceAccount,name=shop-cart`) as green
    /// should have it.
    pub fn member<'n>(&self, steps: &[Step], name: &'n str) -> Cow<'n, str> {
        let refers = last_key(steps).is_some_and(is_reference);
        if self.finder.is_none() || !refers || is_program(steps) {
            return Cow::Borrowed(name);
        }
        let part = |part: &str| {
            let (key, value) = part.split_once('=')?;
            let at = self.names.binary_search_by(|known| known.blue.as_str().cmp(value)).ok()?;
            let found = self.names.get(at).filter(|_| matches!(key, "name" | "namespace"))?;
            Some(format!("{key}={}", found.green))
        };
        let parts: Vec<Option<String>> = name.split(',').map(part).collect();
        if parts.iter().all(Option::is_none) {
            return Cow::Borrowed(name);
        }
        let written =
            name.split(',').zip(parts).map(|(old, new)| new.unwrap_or_else(|| old.to_owned()));
        Cow::Owned(written.collect::<Vec<_>>().join(","))
    }
}

/// Whether a value at a place may be that of a program.
fn is_program(steps: &[Step]) -> bool {
    let is = |step: &Step| matches!(step, Step::Key(key) if PROGRAMS.contains(&key.as_str()));
    steps.iter().any(is)
}

/// Whether the value at a place of an object is how Kubernetes knows one.
fn refers(steps: &[Step]) -> bool {
    let is_label = |step: &Step| matches!(step, Step::Key(key) if LABELS.contains(&key.as_str()));
    let Some((Step::Key(last), around)) = steps.split_last() else { return false };
    let is_name = || last_key(around).is_some_and(|key| key == "metadata" || is_reference(key));
    FIELDS.contains(&last.as_str()) || around.iter().any(is_label) || (last == "name" && is_name())
}

/// Whether the values of a key are references to objects.
fn is_reference(key: &str) -> bool {
    REFERENCES.contains(&key) || key.ends_with("Ref") || key.ends_with("Refs")
}

/// The innermost key of a place.
fn last_key(steps: &[Step]) -> Option<&str> {
    let mut keys = steps.iter().rev().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Item(_) | Step::Index(_) => None,
    });
    keys.next()
}

/// Whether a name between these stands where a host does.
fn is_host(before: &str, after: &str) -> bool {
    if let Some(first) = before.strip_suffix('.') {
        // A namespace, after the name of a Service.
        let service = |c: char| c.is_ascii_alphanumeric() || c == '-';
        return begins(first.trim_end_matches(service))
            && after.strip_prefix('.').is_some_and(is_cluster_domain);
    }
    let is_address = before.ends_with("//") || before.ends_with('@');
    let is_port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '$');
    let ends = match after.chars().next() {
        None | Some('/' | ',') => is_address,
        Some(':') => is_port(after.get(1..).unwrap_or_default()),
        Some('.') => is_cluster_domain(after.get(1..).unwrap_or_default()),
        Some(_) => false,
    };
    begins(before) && ends
}

/// Whether a host may begin after this.
fn begins(before: &str) -> bool {
    before.is_empty() || before.ends_with("//") || before.ends_with(['@', ',', '='])
}

/// `svc…`, or a namespace and `svc…`, as Services are called within a cluster.
fn is_cluster_domain(rest: &str) -> bool {
    let end = rest.find([':', '/', ',']).unwrap_or(rest.len());
    let labels: Vec<&str> = rest.get(..end).unwrap_or_default().splitn(3, '.').collect();
    matches!(&*labels, ["svc", ..] | [_, "svc", ..])
}

#[cfg(test)]
mod tests {
    use super::Renames;
    use crate::model::{Path, Step};

    fn renames() -> Renames {
        Renames::new(&[("demo-cart", "cart"), ("demo-cart-db", "db"), ("queue", "stream")].into())
    }

    fn at(keys: &[&str]) -> Vec<Step> {
        Path::ROOT.keys(keys).0
    }

    fn applied(text: &str) -> Option<String> {
        renames().apply(&at(&["env", "value"]), text, true).map(|(text, _)| text)
    }

    #[test]
    fn a_name_counts_as_a_host() {
        let cases = [
            ("http://demo-cart:8080/x", "http://cart:8080/x"),
            ("demo-cart:8080,demo-cart-db:1", "cart:8080,db:1"),
            ("demo-cart.shop.svc.cluster.local:80", "cart.shop.svc.cluster.local:80"),
            ("postgres://u:p@demo-cart-db/x", "postgres://u:p@db/x"),
            ("host=demo-cart:1", "host=cart:1"),
            ("demo-cart:$(PORT)", "cart:$(PORT)"),
            ("http://queue", "http://stream"),
            ("http://a.demo-cart.svc:80", "http://a.cart.svc:80"),
            ("queue.demo-cart.svc", "stream.cart.svc"),
        ];
        for (blue, green) in cases {
            assert_eq!(applied(blue).as_deref(), Some(green));
        }
    }

    #[test]
    fn a_name_counts_where_kubernetes_knows_objects_by_it() {
        let places: [&[&str]; 7] = [
            &["metadata", "name"],
            &["metadata", "namespace"],
            &["spec", "serviceName"],
            &["spec", "selector", "app"],
            &["metadata", "labels", "app.kubernetes.io/name"],
            &["roleRef", "name"],
            &["volumes", "configMap", "name"],
        ];
        for keys in places {
            assert_eq!(renames().apply(&at(keys), "queue", true).unwrap().0, "stream", "{keys:?}");
            assert!(renames().apply(&at(keys), "queue", false).is_none(), "{keys:?}");
        }
        for keys in [["spec", "databaseName"], ["database", "name"], ["env", "value"]] {
            assert!(renames().apply(&at(&keys), "demo-cart", true).is_none(), "{keys:?}");
        }
        let member =
            |list: &str| renames().member(&at(&[list]), "kind=Service,name=queue").into_owned();
        assert_eq!(member("subjects"), "kind=Service,name=stream");
        assert_eq!(member("containers"), "kind=Service,name=queue");
    }

    #[test]
    fn a_name_within_another_word_or_path_is_none() {
        let texts = [
            "demo-carts",
            "my-demo-cart",
            "registry/demo-cart:1",
            "demo-cart.yaml",
            "run demo-cart",
            "demo-cart/x",
            "demo-cart:latest",
            "demo-cart.example.com",
            "demo-cart-",
            "demo-cart",
            "a.demo-cart.example",
            "/a.demo-cart.svc",
            "queue",
        ];
        for text in texts {
            assert_eq!(applied(text), None, "{text}");
        }
    }

    #[test]
    fn no_name_stands_for_a_program() {
        for key in ["image", "command", "args"] {
            let at = at(&["spec", key, "host"]);
            assert!(renames().apply(&at, "http://demo-cart", true).is_none(), "{key}");
        }
        assert!(Renames::default().apply(&[], "http://demo-cart", true).is_none());
    }
}
