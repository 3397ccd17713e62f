//! Names that kustomize and kubectl end in a hash of the content, recomputed as a proof.
//!
//! Read in kubernetes-sigs/kustomize 12f9e6391464, `api/hasher/hasher.go`: the kind, the data, of a
//! Secret its type, and an empty name (it is looked up under a key that no object has) as JSON with
//! sorted keys, as Go writes it; SHA-256 of that; ten digits of it in letters that spell no words.
//! `kubectl create --append-hash` (kubernetes ea0764452222, `staging/src/k8s.io/kubectl/pkg/util/hash/hash.go`)
//! writes the name without its hash and whether the object is immutable, and no `stringData`. What is
//! masked in an object is hashed before, at the door.

use crate::model::{Digest, Kind, Node, Scalar, Typing};

/// Digits of a hash.
const DIGITS: usize = 10;

/// The name of a `ConfigMap` or Secret without its hash; nothing where its content has another hash.
pub(super) fn base_name<'t>(root: Node<'t>, kind: &str) -> Option<&'t str> {
    let name = root.text_at(&["metadata", "name"])?;
    let base = without_hash(name)?;
    let has = |content: Option<String>| {
        content.is_some_and(|content| name.get(base.len() + 1..) == Some(&*encoded(&content)))
    };
    let is_proved = match kind {
        "ConfigMap" | "Secret" => {
            has(by_kustomize(root, kind)) || has(by_kubectl(root, kind, base))
        }
        _ => false,
    };
    is_proved.then_some(base)
}

/// A name without what may be a hash at its end.
pub(super) fn without_hash(name: &str) -> Option<&str> {
    let (base, hash) = name.rsplit_once('-')?;
    let plausible = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plausible.then_some(base)
}

/// What kustomize hashes: `{"data":{…},"kind":"ConfigMap","name":""}`.
fn by_kustomize(root: Node<'_>, kind: &str) -> Option<String> {
    let data = root.get("data").map_or_else(|| Some("\"\"".to_owned()), texts)?;
    let map_of = |key: &str| match root.get(key) {
        Some(map) => texts(map).map(|texts| format!("\"{key}\":{texts},")),
        None => Some(String::new()),
    };
    if kind == "ConfigMap" {
        let binary = map_of("binaryData")?;
        return Some(format!("{{{binary}\"data\":{data},\"kind\":\"ConfigMap\",\"name\":\"\"}}"));
    }
    let texts = map_of("stringData")?;
    let typed = quoted(root.text_at(&["type"]).unwrap_or_default())?;
    Some(format!("{{\"data\":{data},\"kind\":\"Secret\",\"name\":\"\",{texts}\"type\":{typed}}}"))
}

/// What kubectl hashes: `{"data":{…},"kind":"ConfigMap","name":"app"}`.
fn by_kubectl(root: Node<'_>, kind: &str, base: &str) -> Option<String> {
    let data = root.get("data").map_or_else(|| Some("{}".to_owned()), texts)?;
    let name = quoted(base)?;
    let immutable = match root.get("immutable").map(|node| Typing::Yaml11.read(node)) {
        None => String::new(),
        Some(Scalar::Bool(is_it)) => format!("\"immutable\":{is_it},"),
        Some(_) => return None,
    };
    if kind == "ConfigMap" {
        let binary = match root.get("binaryData").filter(|map| !map.is_empty()) {
            Some(map) => format!("\"binaryData\":{},", texts(map)?),
            None => String::new(),
        };
        return Some(format!(
            "{{{binary}\"data\":{data},{immutable}\"kind\":\"ConfigMap\",\"name\":{name}}}"
        ));
    }
    let typed = quoted(root.text_at(&["type"]).unwrap_or_default())?;
    root.get("stringData").is_none().then(|| {
        format!(
            "{{\"data\":{data},{immutable}\"kind\":\"Secret\",\"name\":{name},\"type\":{typed}}}"
        )
    })
}

/// A map of texts, keys sorted; nothing where a value is anything else.
fn texts(map: Node<'_>) -> Option<String> {
    let mut entries = Vec::new();
    for entry in map.entries() {
        let Scalar::Text(text) = Typing::Yaml11.read(entry.value) else { return None };
        entry.value.is_scalar().then_some(())?;
        entries.push((entry.key.text(), quoted(text)?));
    }
    entries.sort();
    let written: Option<Vec<String>> =
        entries.iter().map(|(key, value)| Some(format!("{}:{value}", quoted(key)?))).collect();
    written.filter(|_| map.kind() == Kind::Map).map(|written| format!("{{{}}}", written.join(",")))
}

/// A text as Go's `encoding/json` writes it: fit for HTML.
fn quoted(text: &str) -> Option<String> {
    let written = serde_json::to_string(text).ok()?;
    Some(
        written
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029"),
    )
}

fn encoded(content: &str) -> String {
    let letter = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    Digest::of(content.as_bytes()).short(DIGITS).chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::{base_name, by_kubectl, by_kustomize, encoded};
    use crate::model::Limits;
    use crate::model::SourceId;
    use crate::syntax::{self, Parsed};

    fn syntax_of(text: &str) -> Parsed<'_> {
        syntax::by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD)
    }

    /// Of kustomize's own tests: `api/hasher/hasher_test.go`, `TestConfigMapHash`, `TestSecretHash`.
    const CASES: [(&str, &str, &str); 8] = [
        ("ConfigMap", "x: 1", "6ct58987ht"),
        // What kustomize made: argo-rollouts test/kustomize/rollout/expected.yaml, and kustomize
        // api/krusty/configmaps_test.go.
        ("ConfigMap", "data: {FOO: BAR}", "m2mg5mb749"),
        (
            "ConfigMap",
            "data: {crisis: 'true', fruit: Indian Gooseberry, year: '2020'}",
            "79t79mt227",
        ),
        ("ConfigMap", "data: {one: ''}", "9g67k2htb6"),
        ("ConfigMap", "binaryData: {one: ''}", "6mtk2m274t"),
        ("ConfigMap", "{data: {one: ''}, binaryData: {two: ''}}", "698h7c7t9m"),
        ("Secret", "type: my-type", "5gmgkf8578"),
        ("Secret", "{type: my-type, data: {one: ''}}", "74bd68bm66"),
    ];

    #[test]
    fn hashes_are_those_of_kustomize() {
        for (kind, text, hash) in CASES {
            let parsed = syntax_of(text);
            let root = parsed.tree.root(0).unwrap();
            assert_eq!(encoded(&by_kustomize(root, kind).unwrap()), hash, "{text}");
        }
    }

    /// Of kubectl's own tests, whose objects have no name: `pkg/util/hash/hash_test.go`.
    #[test]
    fn hashes_are_those_of_kubectl() {
        for (kind, text, hash) in [
            ("ConfigMap", "x: 1", "42745tchd9"),
            ("ConfigMap", "data: {one: ''}", "9g67k2htb6"),
            ("ConfigMap", "data: {two: '2', one: '', three: '3'}", "f5h7t85m9b"),
            ("ConfigMap", "{data: {one: ''}, binaryData: {two: ''}}", "698h7c7t9m"),
            ("Secret", "type: my-type", "t75bgf6ctb"),
            ("Secret", "{type: my-type, data: {one: ''}}", "74bd68bm66"),
        ] {
            let parsed = syntax_of(text);
            let root = parsed.tree.root(0).unwrap();
            assert_eq!(encoded(&by_kubectl(root, kind, "").unwrap()), hash, "{text}");
        }
        let parsed = syntax_of("{data: {one: ''}, immutable: true}");
        let said = by_kubectl(parsed.tree.root(0).unwrap(), "ConfigMap", "app").unwrap();
        let expected = r#"{"data":{"one":""},"immutable":true,"kind":"ConfigMap","name":"app"}"#;
        assert_eq!(said, expected);
    }

    #[test]
    fn a_name_loses_its_hash_only_where_the_content_has_it() {
        let named = |name: &str, value: &str| {
            format!("{{metadata: {{name: {name}}}, data: {{a: {value}}}}}")
        };
        let hash = |kind: &str, by_kubectl_too: bool| {
            let text = named("app", "'<b> & \\n'");
            let parsed = syntax_of(&text);
            let root = parsed.tree.root(0).unwrap();
            let of_kubectl = by_kubectl(root, kind, "app").filter(|_| by_kubectl_too);
            encoded(&of_kubectl.or_else(|| by_kustomize(root, kind)).unwrap())
        };
        let base = |text: &str, kind: &str| {
            let parsed = syntax_of(text);
            base_name(parsed.tree.root(0).unwrap(), kind).map(str::to_owned)
        };
        for kind in ["ConfigMap", "Secret"] {
            for by_kubectl_too in [false, true] {
                let name = format!("app-{}", hash(kind, by_kubectl_too));
                let own = named(&name, "'<b> & \\n'");
                assert_eq!(base(&own, kind).as_deref(), Some("app"));
                assert_eq!(base(&own, "Service"), None);
                let other = if kind == "Secret" { "ConfigMap" } else { "Secret" };
                assert_eq!(base(&own, other), None, "of another kind");
                assert_eq!(base(&named(&name, "'<b> & \\t'"), kind), None);
                assert_eq!(base(&named(&name, "1"), kind), None);
            }
        }
        assert_eq!(base(&named("app-configmaps", "x"), "ConfigMap"), None);
    }
}
