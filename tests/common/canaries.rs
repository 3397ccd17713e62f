//! Files in which a secret of its own stands at every place one may stand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Files by their path.
pub(crate) type Files = BTreeMap<String, String>;

/// The files of a folder of samples.
pub(crate) fn samples(folder: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/masking").join(folder);
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(&root) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let file = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            files.insert(file, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    assert!(!files.is_empty());
    files
}

/// Secrets, each of its own.
pub(crate) struct Canaries {
    salt: &'static str,
    /// All of them.
    pub(crate) planted: Vec<String>,
}

impl Canaries {
    fn next(&mut self) -> String {
        let canary = format!("Cn{:03}{}zK9v", self.planted.len(), self.salt);
        self.planted.push(canary.clone());
        canary
    }

    /// Puts a secret at every `§.` of a text, in base64 at `§=`, as basic credentials at `§:`, in
    /// base64 of a text that assigns it at `§@`.
    fn fill(&mut self, text: &str) -> String {
        let mut parts = text.split('§');
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (form, rest) = part.split_at(1);
            let canary = self.next();
            out += &match form {
                "=" => STANDARD.encode(canary),
                ":" => STANDARD.encode(format!("user:{canary}")),
                "@" => STANDARD.encode(format!("host=db\npassword={canary}\n")),
                _ => canary,
            };
            out += rest;
        }
        out
    }

    /// A file of secrets that only their shape gives away.
    fn shapes(&mut self) -> String {
        let mut text = String::from("list:\n");
        for prefix in "ghp_ glpat- xoxb- AIza sk_live_ npm_ hvs. SG. github_pat_".split(' ') {
            let body = format!("{:7<44}", self.next());
            let _ = writeln!(text, "- see {prefix}{body} # and {prefix}{body}");
        }
        let part = URL_SAFE_NO_PAD.encode(self.next());
        let _ = writeln!(text, "- eyJhbGciOiJIUzI1NiJ9.eyJ{part}.{part}");
        let _ = writeln!(text, "- Authorization: Bearer {}", self.next());
        let id = format!("AKIA{}Q7Q7Q7Q7Q7Q7", self.salt.to_uppercase());
        let _ = writeln!(text, "# {id}");
        self.planted.extend([part, id]);
        text
    }
}

/// Every sample with its secrets filled in; the same salt gives the same ones.
pub(crate) fn plant(salt: &'static str) -> (Files, Canaries) {
    let mut canaries = Canaries { salt, planted: Vec::new() };
    let mut files = samples("planted");
    for text in files.values_mut() {
        *text = canaries.fill(text);
    }
    files.insert("shapes.yaml".to_owned(), canaries.shapes());
    (files, canaries)
}

/// How a secret may show: as it is, in hexadecimal, percent-encoded, and in base64 at each of the
/// three alignments.
pub(crate) fn forms(canary: &str) -> Vec<String> {
    let (mut hex, mut percent) = (String::new(), String::new());
    for byte in canary.bytes() {
        let _ = write!(hex, "{byte:02x}");
        let _ = write!(percent, "%{byte:02X}");
    }
    let aligned = (0..3).map(|pad| {
        let text = STANDARD.encode(format!("{}{canary}", "x".repeat(pad)));
        text.get(4..text.len() - 4).unwrap().to_owned()
    });
    [canary.to_owned(), hex, percent].into_iter().chain(aligned).collect()
}
