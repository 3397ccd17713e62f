//! Names that kustomize ends in a hash of the content, recomputed as a proof.
//!
//! Read in kubernetes-sigs/kustomize 12f9e6391464, `api/hasher/hasher.go`: the kind, the data
//! and an empty name (it is looked up under a key that no object has) as JSON with sorted keys, as
//! Go writes it; SHA-256 of that; ten digits of it in letters that spell no words. The content of a Secret is masked, so that its
//! hash cannot be proved; its name stays as it is.

use crate::model::{Digest, Kind, Node, Scalar, Typing};

/// Digits of a hash.
const DIGITS: usize = 10;

/// The name of a `ConfigMap` without its hash; nothing where its content has another hash.
pub(super) fn base_name(root: Node<'_>) -> Option<&str> {
    let name = root.text_at(&["metadata", "name"])?;
    let (base, hash) = name.rsplit_once('-')?;
    let plausible = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plausible && encoded(&content(root)?) == hash).then_some(base)
}

/// What is hashed: `{"data":{…},"kind":"ConfigMap","name":""}`.
fn content(root: Node<'_>) -> Option<String> {
    let data = root.get("data").map_or_else(|| Some("\"\"".to_owned()), texts)?;
    let binary = match root.get("binaryData") {
        Some(map) => format!("\"binaryData\":{},", texts(map)?),
        None => String::new(),
    };
    Some(format!("{{{binary}\"data\":{data},\"kind\":\"ConfigMap\",\"name\":\"\"}}"))
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
    use super::{base_name, content, encoded};
    use crate::model::Limits;
    use crate::model::SourceId;
    use crate::syntax::{self, Parsed};

    fn syntax_of(text: &str) -> Parsed<'_> {
        syntax::by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD)
    }

    /// Of kustomize's own tests: `api/hasher/hasher_test.go`, `TestConfigMapHash`.
    const CASES: [(&str, &str); 6] = [
        ("x: 1", "6ct58987ht"),
        // What kustomize made: argo-rollouts test/kustomize/rollout/expected.yaml, and kustomize
        // api/krusty/configmaps_test.go.
        ("data: {FOO: BAR}", "m2mg5mb749"),
        ("data: {crisis: 'true', fruit: Indian Gooseberry, year: '2020'}", "79t79mt227"),
        ("data: {one: ''}", "9g67k2htb6"),
        ("binaryData: {one: ''}", "6mtk2m274t"),
        ("{data: {one: ''}, binaryData: {two: ''}}", "698h7c7t9m"),
    ];

    #[test]
    fn hashes_are_those_of_kustomize() {
        for (text, hash) in CASES {
            let parsed = syntax_of(text);
            let root = parsed.tree.root(0).unwrap();
            assert_eq!(encoded(&content(root).unwrap()), hash, "{text}");
        }
    }

    #[test]
    fn a_name_loses_its_hash_only_where_the_content_has_it() {
        let named = |name: &str, value: &str| {
            format!("{{metadata: {{name: {name}}}, data: {{a: {value}}}}}")
        };
        let hash = {
            let text = named("app", "'<b> & \\n'");
            let parsed = syntax_of(&text);
            encoded(&content(parsed.tree.root(0).unwrap()).unwrap())
        };
        let base = |text: &str| {
            let parsed = syntax_of(text);
            base_name(parsed.tree.root(0).unwrap()).map(str::to_owned)
        };
        let name = format!("app-{hash}");
        assert_eq!(base(&named(&name, "'<b> & \\n'")).as_deref(), Some("app"));
        assert_eq!(base(&named(&name, "'<b> & \\t'")), None);
        assert_eq!(base(&named("app-configmaps", "x")), None);
        assert_eq!(base(&named(&name, "1")), None);
    }
}
