//! Trees, edits of them, and the ways to write them down.

use std::fmt::Write as _;

/// Spellings of one amount each.
pub(crate) const SAME_AMOUNTS: [&[&str]; 4] =
    [&["500m", "0.5"], &["1", "1000m"], &["512Mi", "536870912", "524288Ki"], &["1Gi", "1024Mi"]];

/// Defaults of Kubernetes, as its documentation states them.
pub(crate) const IF_NOT_PRESENT: (&str, &str) = ("imagePullPolicy", "IfNotPresent");
pub(crate) const TCP: (&str, &str) = ("protocol", "TCP");
pub(crate) const CLUSTER_FIRST: (&str, &str) = ("dnsPolicy", "ClusterFirst");
pub(crate) const ALWAYS: (&str, &str) = ("restartPolicy", "Always");
pub(crate) const TEN_REVISIONS: (&str, &str) = ("revisionHistoryLimit", "10");

/// A value, as every reader of these files sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tree {
    /// A scalar, as it is shown.
    Scalar(String),
    /// A list.
    List(Vec<Self>),
    /// A map.
    Map(Vec<(String, Self)>),
}

/// What a tree is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A file of JSON that no dialect knows.
    Json,
    /// A file of YAML that no dialect knows.
    Yaml,
    /// A Deployment, whose lists have names, are sets, or are ordered.
    Deployment,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Json, Self::Yaml, Self::Deployment];

    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Json => "tree.json",
            Self::Yaml => "tree.yaml",
            Self::Deployment => "deployment.yaml",
        }
    }
}

/// A tree and its text.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) form: Form,
    /// What it means.
    pub(crate) meaning: Tree,
    /// What is written: values in other units, defaults, and what tools add.
    pub(crate) tree: Tree,
    pub(crate) text: String,
}

/// A source of trees: the same for the same seed (`xorshift64*`).
pub(crate) struct Generator(u64);

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next()).unwrap() % count.max(1)
    }

    fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn scalar(&mut self) -> Tree {
        Tree::Scalar(match self.below(4) {
            0 => self.below(2000).to_string(),
            1 => self.pick(&["true", "false"]).to_owned(),
            _ => {
                format!("{}{}", self.pick(&["alfa", "bravo", "delta", "echo-teal"]), self.below(50))
            }
        })
    }

    /// A tree of this form.
    pub(crate) fn tree(&mut self, form: Form) -> Tree {
        match form {
            Form::Json | Form::Yaml => self.map(3),
            Form::Deployment => self.deployment(),
        }
    }

    fn map(&mut self, depth: usize) -> Tree {
        let count = 1 + self.below(5);
        let start = self.below(20);
        let word = self.pick(&["k", "k", "k", "teal-k"]);
        let key = |at: usize| format!("{word}{}", (start + at * 3) % 60);
        Tree::Map((0..count).map(|at| (key(at), self.value(depth))).collect())
    }

    fn value(&mut self, depth: usize) -> Tree {
        match self.below(6) {
            0 | 1 if depth > 0 => self.map(depth - 1),
            2 if depth > 0 => {
                let count = 1 + self.below(4);
                if self.once_in(3) {
                    Tree::List((0..count).map(|_| self.map(depth - 1)).collect())
                } else {
                    Tree::List((0..count).map(|_| self.scalar()).collect())
                }
            }
            _ => self.scalar(),
        }
    }

    fn deployment(&mut self) -> Tree {
        let fixed = |text: &str| Tree::Scalar(text.to_owned());
        let map = |entries: Vec<(&str, Tree)>| {
            Tree::Map(entries.into_iter().map(|(key, tree)| (key.to_owned(), tree)).collect())
        };
        let mut containers = Vec::new();
        for name in ["app", "side", "proxy"].iter().take(1 + self.below(3)) {
            let env = (0..self.below(4))
                .map(|at| map(vec![("name", fixed(&format!("V{at}"))), ("value", fixed("x"))]));
            let mut entries = vec![
                ("name", fixed(name)),
                ("image", fixed(&format!("registry.example/{name}:1.{}", self.below(9)))),
                ("env", Tree::List(env.collect())),
                (
                    "args",
                    Tree::List((0..self.below(4)).map(|at| fixed(&format!("a{at}"))).collect()),
                ),
            ];
            let (cpu, memory) = (self.pick(&["500m", "1"]), self.pick(&["512Mi", "1Gi"]));
            let limits = map(vec![("cpu", fixed(cpu)), ("memory", fixed(memory))]);
            entries.push(("resources", map(vec![("limits", limits)])));
            if self.once_in(2) {
                let port = 8000 + self.below(900);
                entries.push((
                    "ports",
                    Tree::List(vec![map(vec![
                        ("containerPort", fixed(&port.to_string())),
                        ("name", fixed("web")),
                    ])]),
                ));
            }
            containers.push(map(entries));
        }
        let finalizers = (0..self.below(4)).map(|at| fixed(&format!("example.org/f{at}")));
        map(vec![
            ("apiVersion", fixed("apps/v1")),
            ("kind", fixed("Deployment")),
            (
                "metadata",
                map(vec![
                    ("name", fixed("pay")),
                    ("finalizers", Tree::List(finalizers.collect())),
                    ("annotations", map(vec![("example.org/a", fixed("one"))])),
                ]),
            ),
            (
                "spec",
                map(vec![
                    ("replicas", fixed(&(2 + self.below(5)).to_string())),
                    (
                        "template",
                        map(vec![("spec", map(vec![("containers", Tree::List(containers))]))]),
                    ),
                ]),
            ),
        ])
    }

    /// A tree, and what some edits made of it.
    pub(crate) fn pair(&mut self, form: Form) -> (Sample, Sample) {
        let blue = self.tree(form);
        let mut green = blue.clone();
        for _ in 0..self.below(4) {
            let is_fixed = form == Form::Deployment;
            self.edit(&mut green, is_fixed);
        }
        (self.write(form, &blue), self.write(form, &green))
    }

    /// One edit somewhere in a tree. What makes a Deployment one stays.
    fn edit(&mut self, tree: &mut Tree, is_fixed: bool) {
        match tree {
            Tree::Scalar(_) => *tree = self.scalar(),
            Tree::List(items) => self.edit_list(items),
            Tree::Map(entries) if entries.is_empty() => {
                entries.push((format!("n{}", self.below(9)), self.scalar()));
            }
            Tree::Map(entries) => {
                let at = self.below(entries.len());
                let identity = ["apiVersion", "kind", "name", "containerPort"];
                if is_fixed && identity.contains(&entries[at].0.as_str()) {
                    return;
                }
                let structural = ["metadata", "spec", "template", "containers"];
                let is_structural = is_fixed && structural.contains(&entries[at].0.as_str());
                match self.below(6) {
                    0 if !is_structural => {
                        entries.remove(at);
                    }
                    1 if !is_fixed => {
                        let key = format!("n{}", self.below(9));
                        if entries.iter().all(|(known, _)| *known != key) {
                            let value = self.value(1);
                            entries.insert(at, (key, value));
                        }
                    }
                    2 if !is_fixed => entries[at].1 = self.value(1),
                    _ => self.edit(&mut entries[at].1, is_fixed),
                }
            }
        }
    }

    fn edit_list(&mut self, items: &mut Vec<Tree>) {
        if items.is_empty() {
            return;
        }
        let at = self.below(items.len());
        let are_scalars = items.iter().all(|item| matches!(item, Tree::Scalar(_)));
        match self.below(4) {
            0 if items.len() > 1 => {
                items.remove(at);
            }
            1 if are_scalars => items.insert(at, Tree::Scalar(format!("new{}", self.below(99)))),
            2 if are_scalars => items.swap(0, at),
            _ => {
                let is_fixed = !are_scalars;
                self.edit(&mut items[at], is_fixed);
            }
        }
    }

    /// Writes a tree in a spelling that may be any.
    pub(crate) fn write(&mut self, form: Form, tree: &Tree) -> Sample {
        let meaning = tree;
        let mut tree = tree.clone();
        if form == Form::Deployment {
            self.respell(&mut tree, "");
        }
        let tree = self.shuffled(&tree);
        let mut text = String::new();
        match form {
            Form::Json => self.json(&mut text, &tree),
            Form::Yaml | Form::Deployment => {
                if self.once_in(3) {
                    text.push_str("# a comment\n");
                }
                self.block(&mut text, &tree, 0);
            }
        }
        text.push('\n');
        Sample { form, meaning: meaning.clone(), tree, text }
    }

    /// Writes amounts in another unit, adds defaults and what the API server adds; `key` is what
    /// the tree stands under.
    fn respell(&mut self, tree: &mut Tree, key: &str) {
        match tree {
            Tree::Scalar(text) => {
                let same = SAME_AMOUNTS.iter().find(|same| same.contains(&text.as_str()));
                if let Some(same) = same.filter(|_| matches!(key, "cpu" | "memory")) {
                    *text = self.pick(same).to_owned();
                }
            }
            Tree::List(items) => items.iter_mut().for_each(|item| self.respell(item, key)),
            Tree::Map(entries) => {
                for (key, value) in entries.iter_mut() {
                    self.respell(value, key);
                }
                let has = |known: &str| entries.iter().any(|(key, _)| key == known);
                let more: Vec<(&str, String)> = match key {
                    // Of an image without a tag the default is another.
                    "containers" if entries.iter().any(is_tagged) => vec![IF_NOT_PRESENT],
                    "ports" if has("containerPort") => vec![TCP],
                    "spec" if has("containers") => vec![CLUSTER_FIRST, ALWAYS],
                    "spec" if has("template") => vec![TEN_REVISIONS],
                    "metadata" => vec![("resourceVersion", ""), ("uid", "")],
                    _ => Vec::new(),
                }
                .into_iter()
                .map(|(key, value)| match value {
                    "" => (key, format!("g{}", self.below(9999))),
                    _ => (key, value.to_owned()),
                })
                .collect();
                for (key, value) in more {
                    if self.once_in(2) && entries.iter().all(|(known, _)| known != key) {
                        entries.push((key.to_owned(), Tree::Scalar(value)));
                    }
                }
            }
        }
    }

    /// The same tree, the entries of its maps in any order.
    fn shuffled(&mut self, tree: &Tree) -> Tree {
        match tree {
            Tree::Scalar(text) => Tree::Scalar(text.clone()),
            Tree::List(items) => Tree::List(items.iter().map(|item| self.shuffled(item)).collect()),
            Tree::Map(entries) => {
                let inner = entries.iter().map(|(key, value)| (key.clone(), self.shuffled(value)));
                let mut entries: Vec<(String, Tree)> = inner.collect();
                for at in (1..entries.len()).rev() {
                    let other = self.below(at + 1);
                    entries.swap(at, other);
                }
                Tree::Map(entries)
            }
        }
    }

    fn json(&mut self, out: &mut String, tree: &Tree) {
        let blank = if self.once_in(3) { "\n  " } else { " " };
        match tree {
            Tree::Scalar(text) => {
                if is_text(text) {
                    write!(out, "\"{text}\"").unwrap();
                } else {
                    out.push_str(text);
                }
            }
            Tree::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(blank);
                    self.json(out, item);
                }
                out.push(']');
            }
            Tree::Map(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    write!(out, "{blank}\"{key}\":{blank}").unwrap();
                    self.json(out, value);
                }
                out.push('}');
            }
        }
    }

    fn block(&mut self, out: &mut String, tree: &Tree, indentation: usize) {
        let blanks = " ".repeat(indentation);
        match tree {
            Tree::Scalar(text) => {
                let quote = if is_text(text) { self.pick(&["", "'", "\""]) } else { "" };
                write!(out, "{quote}{text}{quote}").unwrap();
            }
            Tree::List(items) if items.is_empty() => out.push_str("[]"),
            Tree::Map(entries) if entries.is_empty() => out.push_str("{}"),
            Tree::List(_) | Tree::Map(_) if self.once_in(8) => {
                // What is written as JSON is YAML, on as many lines as it takes, further in.
                let mut text = String::new();
                self.json(&mut text, tree);
                out.push_str(&text.replace('\n', &format!("\n  {blanks}")));
            }
            Tree::List(items) => {
                for item in items {
                    write!(out, "\n{blanks}- ").unwrap();
                    match item {
                        Tree::Scalar(_) => self.block(out, item, 0),
                        Tree::List(_) | Tree::Map(_) => self.json(out, item),
                    }
                }
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    write!(out, "\n{blanks}{key}: ").unwrap();
                    self.block(out, value, indentation + 2);
                }
            }
        }
    }
}

fn is_tagged((key, value): &(String, Tree)) -> bool {
    key == "image" && matches!(value, Tree::Scalar(image) if image.contains(":1."))
}

/// Whether a scalar is a text to every reader.
fn is_text(text: &str) -> bool {
    text.parse::<u64>().is_err() && !matches!(text, "true" | "false")
}
