//! Names of documents that changed, and what follows from them.
//!
//! That a document changed its name is a difference nothing explains. What names it elsewhere must
//! follow, and is then no difference of its own: where blue's text, the old name written as the new
//! one and the colours as green's, is green's text to the letter, the two names explain it, as a
//! pair of the colour map would. The names stand in the report beside the change they come from.
//!
//! A name counts only where the text cannot mean anything else: that of a Service where a host stands
//! (`http://cart:8080`, `CART_ADDR: cart:8080`, `cart.shop.svc`), and that of an object of a kind as the
//! whole value of a field by which Kubernetes knows objects of that kind; of a workload also as the
//! labels that name workloads, where every label and selector of that value follows. Anywhere else `cart` may be a database or a topic, and in another
//! namespace another `cart`. Never who is allowed what (`roleRef`, `subjects`, `serviceAccountName`), and
//! never below an image, a command or an argument, where another program would run. Nor is a name used
//! that is not lost: one that a document of green still has, that blue had already, that became two, or
//! that names the colour of the other side.

mod places;

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use places::{
    ANY, SERVICE, is_host_name, is_program, kinds_at, label_at, last_key, names_host, referred,
};

use crate::model::{Pair, Step};

/// The kind of names that are no object's but what objects stand in.
pub const NAMESPACE: &str = "v1/Namespace";

/// A name that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Renamed {
    /// As blue and green write it.
    pub name: Pair<String>,
    /// Whose name it is: `apps/v1/Deployment`.
    pub kind: String,
    /// The namespaces it stands in.
    pub scope: Pair<String>,
    /// The namespace of blue, colours folded.
    pub home: String,
}

impl Renamed {
    /// Whether what stands in a namespace may mean it where it names none.
    fn is_near(&self, space: &str) -> bool {
        space.is_empty() || self.home.is_empty() || self.home == space
    }
}

/// What is known of a place besides the way there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'p> {
    /// Whether it is one of an object of Kubernetes, not of a text in it.
    pub(super) is_object: bool,
    /// Whether the whole value is a host.
    pub(super) is_host: bool,
    /// The namespace that names are of there, colours folded; empty where none is known.
    pub(super) space: &'p str,
}

/// The namespace of an object, as its name says it: `shop` of `k8s:v1/Service/shop/cart`.
pub(super) fn namespace_of(resource: &str) -> &str {
    let Some(name) = resource.strip_prefix("k8s:") else { return "" };
    let mut parts =
        name.split('/').skip_while(|part| !part.starts_with(|c: char| c.is_uppercase()));
    let (_, space, name) = (parts.next(), parts.next(), parts.next());
    space.filter(|space| name.is_some() && *space != "default").unwrap_or_default()
}

/// What a place is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    /// The name of a host.
    Host,
    /// Something that has one in it.
    Address,
    /// Anything else.
    Otherwise,
}

/// Names that changed, blue's and green's.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    names: Vec<Renamed>,
    /// Keys of labels that follow a name.
    labels: BTreeSet<(String, Pair<String>)>,
    finder: Option<AhoCorasick>,
}

impl Renames {
    /// Takes names.
    pub fn new(mut names: Vec<Renamed>) -> Self {
        names.sort();
        names.dedup();
        let mut texts: Vec<&str> = names.iter().map(|one| one.name.blue.as_str()).collect();
        texts.dedup();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest);
        let finder = builder.build(texts).ok().filter(|_| !names.is_empty());
        Self { names, finder, ..Self::default() }
    }

    /// These names, with the keys of labels that follow them.
    #[must_use]
    pub fn with_labels(self, labels: BTreeSet<(String, Pair<String>)>) -> Self {
        Self { labels, ..self }
    }

    /// The names, each once whatever has it.
    pub fn names(&self) -> BTreeSet<&Pair<String>> {
        self.names.iter().map(|one| &one.name).collect()
    }

    /// What a text became as the name of one of these kinds, where `suits`; nothing where it became
    /// several.
    fn named(
        &self,
        text: &str,
        kinds: &[&str],
        suits: impl Fn(&Renamed) -> bool,
    ) -> Option<&Pair<String>> {
        let from = self.names.partition_point(|one| one.name.blue.as_str() < text);
        let same = self.names.get(from..)?.iter().take_while(|one| one.name.blue == text);
        let is_of = |kind: &str| kinds == ANY || kinds.contains(&kind);
        let mut fit = same.filter(|one| is_of(&one.kind) && suits(one));
        let first = &fit.next()?.name;
        fit.all(|one| one.name == *first).then_some(first)
    }

    /// Whether no name changed.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What green should have at a place where blue has `text`, and the name that changed there;
    /// nothing where none did.
    pub(super) fn apply(
        &self,
        steps: &[Step],
        text: &str,
        place: Place<'_>,
    ) -> Option<(String, Pair<String>)> {
        let finder = self.finder.as_ref().filter(|_| !is_program(steps))?;
        let kinds = kinds_at(steps).filter(|_| place.is_object).unwrap_or_default();
        let label = label_at(steps);
        let called = if place.is_host || is_host_name(steps) {
            Called::Host
        } else if names_host(steps) {
            Called::Address
        } else {
            Called::Otherwise
        };
        let mut out = String::new();
        let (mut done, mut first) = (0, None);
        for found in finder.find_iter(text) {
            let before = text.get(..found.start()).unwrap_or_default();
            let after = text.get(found.end()..).unwrap_or_default();
            let written = text.get(found.range()).unwrap_or_default();
            let is_whole = before.is_empty() && after.is_empty();
            let host = || {
                self.named(written, &[SERVICE], |one| is_host(one, before, after, called, place))
            };
            let space = || self.named(written, &[NAMESPACE], |_| is_namespace(before, after));
            let follows = |one: &Renamed| {
                label.is_none_or(|key| self.labels.contains(&(key.to_owned(), one.name.clone())))
            };
            let whole = || {
                let suits = |one: &Renamed| is_whole && one.is_near(place.space) && follows(one);
                self.named(written, kinds, suits)
            };
            let Some(name) = whole().or_else(host).or_else(space) else { continue };
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            out.push_str(&name.green);
            done = found.end();
            first.get_or_insert(name);
        }
        let first = first?.clone();
        out.push_str(text.get(done..).unwrap_or_default());
        Some((out, first))
    }

    /// The name of a member of a list of references (`name=registry`) as green should have it.
    pub fn member<'n>(&self, steps: &[Step], name: &'n str, space: &str) -> Cow<'n, str> {
        let kinds = last_key(steps).and_then(referred).unwrap_or_default();
        if self.finder.is_none() || kinds.is_empty() || is_program(steps) {
            return Cow::Borrowed(name);
        }
        let own = name.split(',').find_map(|part| part.strip_prefix("namespace="));
        let space = own.unwrap_or(space);
        let part = |part: &str| {
            let (key, value) = part.split_once('=').filter(|(key, _)| *key == "name")?;
            Some(format!("{key}={}", self.named(value, kinds, |one| one.is_near(space))?.green))
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

/// Whether the name of a Service between these stands where a host does.
fn is_host(service: &Renamed, before: &str, after: &str, called: Called, place: Place<'_>) -> bool {
    let is_label = |name: &String| !name.contains(['.', ':', '/']);
    if !is_label(&service.name.blue) || !is_label(&service.name.green) || !begins(before) {
        return false;
    }
    let is_address = before.ends_with("//") || before.ends_with('@');
    let port = |rest: &str| {
        let end = rest.find(['/', ',']).unwrap_or(rest.len());
        let port = rest.get(..end).unwrap_or_default();
        !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) || port.starts_with('$')
    };
    let is_near = service.is_near(place.space);
    match after.chars().next() {
        None if before.is_empty() => is_near && called == Called::Host,
        None | Some('/' | ',') => is_near && is_address,
        Some(':') => {
            let is_called = called != Called::Otherwise;
            is_near && (is_address || is_called) && port(after.get(1..).unwrap_or_default())
        }
        Some('.') => {
            let rest = after.get(1..).unwrap_or_default();
            let own = rest.strip_prefix(service.scope.blue.as_str());
            let own = own.and_then(|rest| rest.strip_prefix('.'));
            own.map_or_else(|| is_near && is_service_domain(rest), is_service_domain)
        }
        Some(_) => false,
    }
}

/// Whether a namespace between these stands behind the name of a Service.
fn is_namespace(before: &str, after: &str) -> bool {
    let service = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let first = before.strip_suffix('.').map(|first| first.trim_end_matches(service));
    first.is_some_and(begins) && after.strip_prefix('.').is_some_and(is_service_domain)
}

/// `svc`, or what begins so, as Services are called within a cluster.
fn is_service_domain(rest: &str) -> bool {
    let end = rest.find([':', '/', ',']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().split('.').next() == Some("svc")
}

/// Whether a host may begin after this.
fn begins(before: &str) -> bool {
    before.is_empty()
        || before.ends_with("//")
        || before.ends_with(['@', ','])
        || before.ends_with("host=")
}

#[cfg(test)]
mod tests {
    use super::{Place, Renamed, Renames};
    use crate::model::{Pair, Path, Step};

    fn renames() -> Renames {
        let all = [("demo-cart", "cart"), ("demo-cart-db", "db"), ("queue", "stream")];
        let of = |kind: &str| {
            let one = |(blue, green): &(&str, &str)| Renamed {
                name: Pair::new((*blue).to_owned(), (*green).to_owned()),
                kind: kind.to_owned(),
                scope: Pair::new("shop".to_owned(), "shop".to_owned()),
                home: "shop".to_owned(),
            };
            all.iter().map(one).collect::<Vec<_>>()
        };
        let kinds = ["v1/Service", "v1/Namespace", "v1/ConfigMap", "apps/v1/StatefulSet"];
        let labels = ["app", "app.kubernetes.io/name"]
            .map(|key| (key.to_owned(), Pair::new("queue".to_owned(), "stream".to_owned())));
        let names = Renames::new(kinds.iter().flat_map(|kind| of(kind)).collect());
        names.with_labels(labels.into())
    }

    const OBJECT: Place<'_> = Place { is_object: true, is_host: false, space: "shop" };

    fn at(keys: &[&str]) -> Vec<Step> {
        Path::ROOT.keys(keys).0
    }

    fn applied(text: &str) -> Option<String> {
        renames().apply(&at(&["CART_ADDR", "value"]), text, OBJECT).map(|(text, _)| text)
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
            ("queue.demo-cart.svc", "queue.cart.svc"),
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
            &["spec", "scaleTargetRef", "name"],
            &["volumes", "configMap", "name"],
        ];
        for keys in places {
            assert_eq!(
                renames().apply(&at(keys), "queue", OBJECT).unwrap().0,
                "stream",
                "{keys:?}"
            );
            assert!(renames().apply(&at(keys), "queue", Place::default()).is_none(), "{keys:?}");
        }
        let unproved: [&[&str]; 2] =
            [&["spec", "selector", "name"], &["metadata", "labels", "service"]];
        for keys in unproved {
            assert!(renames().apply(&at(keys), "queue", OBJECT).is_none(), "{keys:?}");
        }
        for keys in [["spec", "databaseName"], ["database", "name"], ["roleRef", "name"]] {
            assert!(renames().apply(&at(&keys), "demo-cart", OBJECT).is_none(), "{keys:?}");
        }
        let member =
            |list: &str| renames().member(&at(&[list]), "kind=Service,name=queue", "").into_owned();
        assert_eq!(member("backendRefs"), "kind=Service,name=stream");
        assert_eq!(member("subjects"), "kind=Service,name=queue");
        assert_eq!(member("containers"), "kind=Service,name=queue");
    }

    #[test]
    fn a_name_counts_in_its_own_namespace() {
        let applied = |keys: &[&str], text: &str, space| {
            let place = Place { space, ..OBJECT };
            renames().apply(&at(keys), text, place).map(|(text, _)| text)
        };
        for (keys, text) in [
            (["CART_HOST"], "demo-cart"),
            (["URL"], "http://demo-cart:80"),
            (["ADDR"], "demo-cart:80"),
            (["serviceName"], "demo-cart"),
        ] {
            assert!(applied(&keys, text, "shop").is_some() && applied(&keys, text, "").is_some());
            assert_eq!(applied(&keys, text, "other"), None, "{text}");
        }
        assert!(applied(&["URL"], "http://demo-cart.shop.svc:80", "other").is_some());
        let member =
            |name: &str| renames().member(&at(&["backendRefs"]), name, "other").into_owned();
        assert_eq!(member("name=queue"), "name=queue");
        assert_eq!(member("namespace=shop,name=queue"), "namespace=shop,name=stream");
    }

    #[test]
    fn the_namespace_of_an_object_stands_in_its_name() {
        let cases = [
            ("k8s:v1/Service/shop/cart", "shop"),
            ("k8s:apps/v1/Deployment/cart", ""),
            ("k8s:apps/v1/Deployment/default/cart", ""),
            ("helm:values.yaml", ""),
        ];
        for (name, space) in cases {
            assert_eq!(super::namespace_of(name), space, "{name}");
        }
    }

    #[test]
    fn a_whole_name_counts_where_only_a_host_may_stand() {
        let applied = |key: &str, place| {
            renames().apply(&at(&[key]), "demo-cart", place).map(|(text, _)| text)
        };
        for key in ["CART_HOST", "cart.hostname", "cart-host"] {
            assert_eq!(applied(key, OBJECT).as_deref(), Some("cart"), "{key}");
        }
        for key in ["CART_ADDR", "CART", "HOST_NAME", "ghost", "hostPath"] {
            assert_eq!(applied(key, OBJECT), None, "{key}");
            let place = Place { is_host: true, ..OBJECT };
            assert_eq!(applied(key, place).as_deref(), Some("cart"), "{key}");
        }
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
            assert!(renames().apply(&at, "http://demo-cart", OBJECT).is_none(), "{key}");
        }
        assert!(Renames::default().apply(&[], "http://demo-cart", OBJECT).is_none());
    }
}
