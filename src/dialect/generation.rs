//! Keys that one generation of a program reads, and the next one under another name.
//!
//! Which generation reads a file is not written in it, so that nothing is proved by this: it says
//! more about a difference that stays one.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::{Path, Step};

static RENAMED: LazyLock<Vec<Renamed>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("spring_names.toml")).unwrap_or_default();
    file.renamed
});

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    renamed: Vec<Renamed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renamed {
    old: String,
    new: String,
    since: u32,
    #[expect(dead_code, reason = "who reads the file wants to know where a fact is from")]
    source: String,
}

/// What other generations call the property at a place, whether it is written as one key, as keys
/// in keys, or as a variable; nothing where no generation is known to call it otherwise. `shown` is
/// what stands there, on one line.
pub fn other_name(path: &Path, shown: &str) -> Option<String> {
    let below = first_keys(shown).map(|key| Step::Key(key.to_owned()));
    let steps: Vec<Step> = path.0.iter().cloned().chain(below).collect();
    let words: Vec<String> = steps.iter().flat_map(words_of).collect();
    let says = |name: &str| {
        let name: Vec<String> = name.split('.').map(uniform).collect();
        words.windows(name.len()).any(|here| here == name)
    };
    if let Some(Renamed { old, new, since, .. }) = RENAMED.iter().find(|known| says(&known.old)) {
        return Some(format!(
            "Spring Boot reads `{old}` as `{new}` since {since}, and not as this"
        ));
    }
    // What came with 3 has had its name long enough to need no word.
    let recent = RENAMED.iter().find(|known| known.since > 3 && says(&known.new));
    recent.map(|Renamed { old, new, since, .. }| {
        format!("Spring Boot reads `{new}` since {since}, and `{old}` before")
    })
}

/// The first key of a map that is shown on one line, the first key of what it holds, and so on.
fn first_keys(shown: &str) -> impl Iterator<Item = &str> {
    let mut rest = shown;
    std::iter::from_fn(move || {
        let (key, value) = rest.strip_prefix('{')?.split_once(": ")?;
        rest = value;
        Some(key)
    })
}

/// The words of a step as Spring tells them apart.
fn words_of(step: &Step) -> Vec<String> {
    let text = match step {
        Step::Key(text) => text.as_str(),
        Step::Item(name) => name.split_once('=').map_or(name.as_str(), |(_, name)| name),
        Step::Index(_) => return Vec::new(),
    };
    let is_variable = !text.contains('.') && !text.contains(|c: char| c.is_lowercase());
    text.split(if is_variable { '_' } else { '.' }).map(uniform).collect()
}

fn uniform(word: &str) -> String {
    let kept = word.chars().filter(|c| !matches!(c, '-' | '_'));
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{File, other_name};
    use crate::model::{Path, Step};

    fn said(keys: &[&str]) -> Option<String> {
        other_name(&Path(keys.iter().map(|key| Step::Key((*key).to_owned())).collect()), "")
    }

    #[test]
    fn every_name_is_read() {
        let file: File = toml::from_str(include_str!("spring_names.toml")).unwrap();
        assert!(file.renamed.iter().all(|known| known.old != known.new && known.since >= 3));
    }

    #[test]
    fn a_name_is_known_in_every_form() {
        for keys in [
            &["management.zipkin.tracing.endpoint"][..],
            &["management", "zipkin", "tracing"],
            &["management.zipkin", "tracing.connect-timeout"],
            &["data", "application.yml", "management", "zipkin", "tracing", "endpoint"],
            &["services", "a", "environment", "MANAGEMENT_ZIPKIN_TRACING_ENDPOINT"],
        ] {
            let said = said(keys).unwrap();
            assert!(said.contains("as `management.tracing.export.zipkin` since 4"), "{said}");
        }
        let root = Path(vec![Step::Key("management".to_owned())]);
        let inside = other_name(&root, "{zipkin: {tracing: {endpoint: http://a, x: y}}}");
        assert_eq!(inside, said(&["management.zipkin.tracing"]));
        assert_eq!(other_name(&root, "{tracing: {sampling: {probability: 1}}}"), None);
        let new = said(&["management.tracing.export.zipkin.endpoint"]).unwrap();
        assert!(new.ends_with("and `management.zipkin.tracing` before"), "{new}");
        for keys in [
            &["management.tracing.sampling.probability"][..],
            &["management", "tracing"],
            &["zipkin.tracing.endpoint"],
            &["MANAGEMENT_ZIPKINTRACING_ENDPOINT"],
        ] {
            assert_eq!(said(keys), None, "{keys:?}");
        }
    }
}
