//! The shape of the crate, checked: floors, registration, file length.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Ground first. A floor may use only the floors before it.
const FLOORS: &[&str] = &[
    "model", "wire", "syntax", "dialect", "facts", "collect", "policy", "diff", "trace", "rules",
    "audit", "evidence", "report", "ledger", "scan", "serve", "cli",
];

/// Floors whose plugs implement a trait and stand in a table: folder, trait, table.
const PLUGS: &[(&str, &str, &str)] = &[
    ("syntax", "Syntax", "SYNTAXES"),
    ("dialect", "Dialect", "DIALECTS"),
    ("collect", "Collector", "COLLECTORS"),
    ("report", "Renderer", "RENDERERS"),
];

/// Plugs that stand outside the tables on purpose, with the reason.
const OUTSIDE: &[(&str, &str)] = &[("PLAIN", "the dialect of what no dialect recognises")];

const LINES_MAX: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, with its path relative to that folder, sorted.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let base = root().join(folder);
    let mut paths = Vec::new();
    walk(&base, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&base).unwrap().to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn floors_rest_on_lower_floors() {
    for (file, text) in sources("src") {
        let floor = file.split(['/', '.']).next().unwrap();
        let Some(height) = FLOORS.iter().position(|name| *name == floor) else {
            assert!(["lib", "main"].contains(&floor), "{file} stands on no floor");
            continue;
        };
        for used in uses(&text) {
            let depth = FLOORS.iter().position(|name| *name == used);
            let allowed = depth.is_some_and(|depth| depth <= height);
            assert!(allowed, "{file} (floor {floor}) uses `crate::{used}`, which is above it");
        }
    }
}

#[test]
fn the_floors_stand_in_their_order_in_the_library() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let named: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(named, FLOORS);
}

/// First path segments after `crate::`, grouped imports included, comments left out.
fn uses(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let word = |text: &str| -> String {
        text.chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).collect()
    };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (offset, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && (c == '_' || c.is_ascii_alphanumeric()) => {
                    found.insert(word(&group[offset..]));
                    start = false;
                }
                _ => (),
            }
        }
    }
    found
}

#[test]
fn uses_sees_every_shape_of_import() {
    let text = "use crate::a::B;\nuse crate::{c, d::{E, f::G}, h as i};\nfn x() { crate::j::k() }\n\
                // crate::not_code";
    let found: Vec<String> = uses(text).into_iter().collect();
    assert_eq!(found, ["a", "c", "d", "h", "j"]);
}

#[test]
fn every_plug_stands_in_its_table() {
    for (folder, name, table) in PLUGS {
        let page = fs::read_to_string(root().join(format!("src/{folder}/mod.rs"))).unwrap();
        let start = page.find(&format!("{table}: ")).unwrap_or_else(|| panic!("no {table}"));
        let end = start + page[start..].find(';').unwrap();
        let listed = &page[start..end];
        let mut plugs = 0;
        for (file, text) in sources(&format!("src/{folder}")) {
            for (at, _) in text.match_indices(&format!("impl {name} for ")) {
                let rest = &text[at + format!("impl {name} for ").len()..];
                let object: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                let statics: Vec<&str> = text
                    .lines()
                    .filter(|line| line.contains(&format!(": {object} =")))
                    .filter_map(|line| line.split("static ").nth(1)?.split(':').next())
                    .collect();
                assert!(!statics.is_empty(), "src/{folder}/{file}: {object} has no static");
                for plug in statics {
                    let outside = OUTSIDE.iter().any(|(known, _)| *known == plug);
                    assert!(
                        outside || listed.contains(&format!("::{plug}")),
                        "src/{folder}/{file}: {plug} does not stand in {table}"
                    );
                    plugs += 1;
                }
            }
        }
        assert!(plugs > 1, "src/{folder} has no plugs that this test can see");
    }
}

#[test]
fn every_pack_is_embedded() {
    let embedded: BTreeSet<String> =
        driftseal::rules::PACKS.iter().map(|(file, _)| (*file).to_owned()).collect();
    let files: BTreeSet<String> = fs::read_dir(root().join("rules"))
        .unwrap()
        .map(|entry| format!("rules/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|file| Path::new(file).extension().is_some_and(|end| end == "toml"))
        .collect();
    assert_eq!(embedded, files);
}

/// Short enough to read in one sitting. Split by meaning when this fails.
#[test]
fn files_are_short() {
    for (file, text) in sources("src") {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "src/{file}: {lines} lines");
    }
}

#[test]
fn every_floor_says_what_it_is_for() {
    for floor in FLOORS {
        let page = fs::read_to_string(root().join(format!("src/{floor}/mod.rs"))).unwrap();
        for part in ["//! **Never here:**", "//! **To add"] {
            assert!(page.contains(part), "src/{floor}/mod.rs lacks `{part}`");
        }
    }
}

/// Whoever asks a cluster waits for many answers at once; nobody else waits for any.
#[test]
fn nothing_is_asynchronous_but_the_cluster() {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    for (file, text) in sources("src") {
        let waits = text
            .lines()
            .filter(is_code)
            .any(|line| ["async ", ".await", "tokio::"].iter().any(|word| line.contains(word)));
        assert!(!waits || file.starts_with("collect/kubernetes/"), "src/{file} is asynchronous");
    }
}

/// A lint is silenced on one item with a reason, or not at all.
#[test]
fn nothing_is_silenced_wholesale() {
    for (file, text) in sources("src") {
        for (number, line) in text.lines().enumerate() {
            let silenced = line.contains("#![allow") || line.contains("#[allow");
            assert!(!silenced, "src/{file}:{}: use #[expect(…, reason = …)]", number + 1);
        }
    }
}
