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
//! labels that name workloads. Anywhere else `cart` may be a database or a topic. Never who is allowed
//! what (`roleRef`, `subjects`), and never below an image, a command or an argument, where another
//! program would run. Nor is a name used that is not lost: one that a document of green still has,
//! that blue had already, that became two, or that names the colour of the other side.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::{Pair, Step};

/// Keys below which a name may be that of a program.
const PROGRAMS: [&str; 7] = ["image", "images", "command", "args", "entrypoint", "exec", "build"];

/// The kind of names that are no object's but what objects stand in.
pub const NAMESPACE: &str = "v1/Namespace";

/// Stands for every kind: what a document says of its own name.
const ANY: &[&str] = &["*"];

const SERVICE: &str = "v1/Service";

/// What runs, and what labels name it by.
const WORKLOADS: [&str; 7] = [
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "v1/Pod",
    SERVICE,
];
const NAMING_LABELS: [&str; 9] = [
    "app",
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/name",
    "component",
    "k8s-app",
    "name",
    "opentelemetry.io/name",
    "service",
];

/// Fields that are names of objects, and of which kinds.
const FIELDS: [(&str, &[&str]); 7] = [
    ("namespace", &[NAMESPACE]),
    ("serviceName", &[SERVICE]),
    ("host", &[SERVICE]),
    ("serviceAccountName", &["v1/ServiceAccount"]),
    ("serviceAccount", &["v1/ServiceAccount"]),
    ("secretName", &["v1/Secret"]),
    ("claimName", &["v1/PersistentVolumeClaim"]),
];

/// Keys of what refers to objects by a `name`, and of which kinds.
const REFERENCES: [(&str, &[&str]); 11] = [
    ("configMap", &["v1/ConfigMap"]),
    ("configMapRef", &["v1/ConfigMap"]),
    ("configMapKeyRef", &["v1/ConfigMap"]),
    ("secretRef", &["v1/Secret"]),
    ("secretKeyRef", &["v1/Secret"]),
    ("imagePullSecrets", &["v1/Secret"]),
    ("service", &[SERVICE]),
    ("backend", &[SERVICE]),
    ("backendRefs", &[SERVICE]),
    ("scaleTargetRef", &WORKLOADS),
    ("targetRef", &WORKLOADS),
];

/// Keys of labels and of what selects by them.
const LABELS: [&str; 3] = ["labels", "matchLabels", "selector"];

/// Parts of names of settings whose values are hosts.
const HOSTS: [&str; 9] =
    ["addr", "broker", "endpoint", "host", "server", "target", "upstream", "uri", "url"];

/// A name that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Renamed {
    /// As blue and green write it.
    pub name: Pair<String>,
    /// Whose name it is: `apps/v1/Deployment`.
    pub kind: String,
    /// The namespaces it stands in.
    pub scope: Pair<String>,
}

/// What is known of a place besides the way there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether it is one of an object of Kubernetes, not of a text in it.
    pub(super) is_object: bool,
    /// Whether the whole value is a host.
    pub(super) is_host: bool,
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
        Self { names, finder }
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
        place: Place,
    ) -> Option<(String, Pair<String>)> {
        let finder = self.finder.as_ref().filter(|_| !is_program(steps))?;
        let kinds = kinds_at(steps).filter(|_| place.is_object).unwrap_or_default();
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
            let host =
                || self.named(written, &[SERVICE], |one| is_host(one, before, after, called));
            let space = || self.named(written, &[NAMESPACE], |_| is_namespace(before, after));
            let whole = || self.named(written, kinds, |_| is_whole);
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
    pub fn member<'n>(&self, steps: &[Step], name: &'n str) -> Cow<'n, str> {
        let kinds = last_key(steps).and_then(referred).unwrap_or_default();
        if self.finder.is_none() || kinds.is_empty() || is_program(steps) {
            return Cow::Borrowed(name);
        }
        let part = |part: &str| {
            let (key, value) = part.split_once('=').filter(|(key, _)| *key == "name")?;
            Some(format!("{key}={}", self.named(value, kinds, |_| true)?.green))
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

/// Of which kinds the value at a place of an object is the name; nothing where of none.
fn kinds_at(steps: &[Step]) -> Option<&'static [&'static str]> {
    const ALL: &[&str] = &[
        "apps/v1/DaemonSet",
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "batch/v1/CronJob",
        "batch/v1/Job",
        "v1/ConfigMap",
        "v1/PersistentVolumeClaim",
        "v1/Pod",
        "v1/Secret",
        SERVICE,
        "v1/ServiceAccount",
    ];
    let key =
        |step: &Step, known: &[&str]| matches!(step, Step::Key(k) if known.contains(&k.as_str()));
    let (Step::Key(last), around) = steps.split_last()? else { return None };
    if matches!(around, [Step::Key(first)] if first == "metadata") && last == "name" {
        return Some(ANY);
    }
    if around.iter().any(|step| key(step, &["roleRef", "subjects", "namespaceSelector"])) {
        return None;
    }
    let around_key = last_key(around);
    if around.iter().any(|step| key(step, &LABELS)) {
        return NAMING_LABELS.contains(&last.as_str()).then_some(&WORKLOADS);
    }
    if last == "name" {
        return around_key
            .and_then(|around| if around == "metadata" { Some(ALL) } else { referred(around) });
    }
    FIELDS.iter().find(|(field, _)| field == last).map(|(_, kinds)| *kinds)
}

/// To objects of which kinds a key refers.
fn referred(key: &str) -> Option<&'static [&'static str]> {
    REFERENCES.iter().find(|(known, _)| *known == key).map(|(_, kinds)| *kinds)
}

/// Whether what stands at a place is called a host and nothing else: `FLAGD_HOST`.
fn is_host_name(steps: &[Step]) -> bool {
    let key = match steps {
        [.., Step::Item(name), Step::Key(value)] if value == "value" => name.strip_prefix("name="),
        [.., Step::Key(key)] => Some(key.as_str()),
        _ => None,
    };
    let last = key.and_then(|key| key.rsplit_once(['_', '-', '.'])).map(|(_, last)| last);
    last.is_some_and(|last| ["host", "hostname"].iter().any(|it| last.eq_ignore_ascii_case(it)))
}

/// Whether what stands at a place is called an address of a host.
fn names_host(steps: &[Step]) -> bool {
    let is = |text: &String| {
        let lower = text.to_ascii_lowercase();
        HOSTS.iter().any(|part| lower.contains(part)) && !lower.contains("image")
    };
    let near = steps.iter().rev().take(2);
    near.filter_map(|step| match step {
        Step::Key(text) | Step::Item(text) => Some(text),
        Step::Index(_) => None,
    })
    .any(is)
}

/// The innermost key of a place.
fn last_key(steps: &[Step]) -> Option<&str> {
    let mut keys = steps.iter().rev().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Item(_) | Step::Index(_) => None,
    });
    keys.next()
}

/// Whether the name of a Service between these stands where a host does.
fn is_host(service: &Renamed, before: &str, after: &str, called: Called) -> bool {
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
    match after.chars().next() {
        None if before.is_empty() => called == Called::Host,
        None | Some('/' | ',') => is_address,
        Some(':') => {
            let is_called = called != Called::Otherwise;
            (is_address || is_called) && port(after.get(1..).unwrap_or_default())
        }
        Some('.') => {
            let rest = after.get(1..).unwrap_or_default();
            let own = rest.strip_prefix(service.scope.blue.as_str());
            let own = own.and_then(|rest| rest.strip_prefix('.'));
            is_service_domain(own.unwrap_or(rest))
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
            };
            all.iter().map(one).collect::<Vec<_>>()
        };
        let kinds = ["v1/Service", "v1/Namespace", "v1/ConfigMap", "apps/v1/StatefulSet"];
        Renames::new(kinds.iter().flat_map(|kind| of(kind)).collect())
    }

    const OBJECT: Place = Place { is_object: true, is_host: false };

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
        for keys in [["spec", "databaseName"], ["database", "name"], ["roleRef", "name"]] {
            assert!(renames().apply(&at(&keys), "demo-cart", OBJECT).is_none(), "{keys:?}");
        }
        let member =
            |list: &str| renames().member(&at(&[list]), "kind=Service,name=queue").into_owned();
        assert_eq!(member("backendRefs"), "kind=Service,name=stream");
        assert_eq!(member("subjects"), "kind=Service,name=queue");
        assert_eq!(member("containers"), "kind=Service,name=queue");
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
