//! Frames: small documents with slots, into which twins are put. `fixtures/twins/README.md` says how.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use driftseal::model::Pair;
use driftseal::policy::{ColourMap, Ledger, Policy};

/// What says that a side has no such line.
const ABSENT: &str = "(absent)";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/twins")
}

/// Every file below a folder, by its path from there, sorted.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// A frame with a twin in one of its slots and nothing in the others. A slot that stands alone on
/// its line gives its indentation to every line of the twin, and leaves with an absent one.
pub(crate) fn filled(page: &str, slot: &str, twin: &str) -> Option<String> {
    let twin = if twin == ABSENT { String::new() } else { unescaped(twin) };
    let mut text = String::new();
    let mut used = false;
    for line in page.split_inclusive('\n') {
        let Some((before, rest)) = line.split_once("@@") else {
            text.push_str(line);
            continue;
        };
        let (name, after) = rest.split_once("@@")?;
        let here = if name == slot { twin.as_str() } else { "" };
        used |= name == slot;
        if !before.trim().is_empty() || !after.trim().is_empty() {
            text.extend([before, here, after]);
        } else if !here.is_empty() {
            for line in here.split_inclusive('\n') {
                text.extend([if line.trim().is_empty() { "" } else { before }, line]);
            }
            text.push_str(after);
        }
    }
    used.then_some(text)
}

/// `\n`, `\r`, `\t` and `\\` as the characters they stand for; any other backslash as itself.
fn unescaped(twin: &str) -> String {
    let mut text = String::new();
    let mut rest = twin.chars().peekable();
    while let Some(character) = rest.next() {
        let escaped = match rest.peek() {
            Some('n') if character == '\\' => '\n',
            Some('r') if character == '\\' => '\r',
            Some('t') if character == '\\' => '\t',
            Some('\\') if character == '\\' => '\\',
            _ => {
                text.push(character);
                continue;
            }
        };
        rest.next();
        text.push(escaped);
    }
    text
}

/// Everything that is explained is listed. `swapped` is the policy of green audited as blue.
pub(crate) fn policy(swapped: bool) -> Policy {
    let standard = Policy::default();
    let Pair { blue, green } = standard.colour.clone();
    let colour = if swapped { Pair::new(green, blue) } else { Pair::new(blue, green) };
    let colours = ColourMap::new(&colour, &[]);
    Policy { ledger: Ledger::Full, colour, colours, ..standard }
}
