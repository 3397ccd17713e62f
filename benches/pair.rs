//! What it costs to read and compare two YAML texts: `cargo bench --bench pair`.
//!
//! Makes a text for each side, one part in fifty of which differs by more than its colour, parses both,
//! joins their documents by name and compares them, on one thread, and prints the CPU time: not what the
//! command spends on masking, on the way of spans and on its report. Figures are for people to read:
//! nothing here passes or fails by time.

use std::fmt::Write as _;
use std::time::Duration;

use driftseal::dialect;
use driftseal::diff::{self, Context, Hashed, Renames, join};
use driftseal::facts::{Document, Taken};
use driftseal::model::{Limits, Pair, Path, Side, SourceId, Timestamp};
use driftseal::policy::{Ledger, Policy};
use driftseal::syntax;

/// Runs of each size; the median is printed.
const RUNS: usize = 11;

/// Lines of the texts.
const SIZES: [usize; 2] = [5_000, 50_000];

/// What only parts say that differ.
const DIFFERS: [&str; 2] = [":1.3\n", "retries: 4\n"];

/// Makes one part of a text: of which number, on which side, and whether it differs.
type Part = fn(usize, Side, bool) -> String;

fn main() {
    println!("{:>12} {:>9} {:>9} {:>9} {:>7}", "text", "lines", "bytes", "CPU (ms)", "ratio");
    for (name, part) in [("Deployments", deployment as Part), ("values", values as Part)] {
        let texts = SIZES.map(|lines| Pair::from_fn(|side| text(part, lines, side)));
        // In turn, so that what disturbs one disturbs the other.
        let mut times = [const { Vec::new() }; SIZES.len()];
        for _ in 0..RUNS {
            for (times, texts) in times.iter_mut().zip(&texts) {
                times.push(compared(texts));
            }
        }
        let median = times.map(|mut times| {
            times.sort();
            times[RUNS / 2].as_secs_f64() * 1_000.0
        });
        for ((lines, texts), ms) in SIZES.iter().zip(&texts).zip(median) {
            let (bytes, ratio) = (texts.blue.len(), ms / median[0]);
            println!("{name:>12} {lines:>9} {bytes:>9} {ms:>9.1} {ratio:>7.1}");
        }
    }
}

/// CPU time of parsing and comparing both texts. Every part that differs must be told.
fn compared(texts: &Pair<String>) -> Duration {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let (hashed, renames) = (Hashed::default(), Renames::default());
    let before = cpu();
    let parsed = texts.as_ref().map(|text| {
        let parsed = syntax::by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD);
        assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
        parsed
    });
    let documents = parsed.as_ref().map(|parsed| {
        let roots = parsed.documents.iter().map(|one| parsed.tree.root(one.root).unwrap());
        roots
            .map(|root| (root, dialect::recognise("values.yaml", "yaml", root)))
            .collect::<Vec<_>>()
    });
    let names = Pair::from_fn(|side| {
        let own = documents.get(side).iter();
        own.map(|(_, known)| policy.colours.fold(side, &known.identity.join)).collect::<Vec<_>>()
    });
    let mut open = 0;
    for (blue, green) in join(&names.blue, &names.green) {
        let pair = Pair::new(&documents.blue[blue.unwrap()], &documents.green[green.unwrap()]);
        let pair = pair.map(|(root, known)| Document {
            file: "values.yaml",
            syntax: "yaml",
            dialect: known.dialect,
            identity: &known.identity,
            owner: &known.identity,
            base: Path::ROOT,
            root: *root,
            beside: &[],
            taken: Taken::default(),
        });
        let context = Context {
            policy: &policy,
            now: Timestamp::from_unix_seconds(0).unwrap(),
            files: Pair::new(Some("values.yaml"), Some("values.yaml")),
            texts: pair.as_ref().map(|document| document.root.raw()),
            wholes: texts.as_ref().map(String::as_str),
            resource: &pair.blue.identity.name,
            hashed: Pair::new(&hashed, &hashed),
            renames: &renames,
        };
        let found = diff::compare(&context, pair.as_ref()).found;
        open += found.iter().filter(|one| one.explanation.kind() == "unexplained").count();
    }
    let spent = cpu().saturating_sub(before);
    let differing =
        texts.green.matches(DIFFERS[0]).count() + texts.green.matches(DIFFERS[1]).count();
    assert_eq!(open, differing);
    spent
}

/// CPU time of this thread so far.
fn cpu() -> Duration {
    // The count is brought up to date when the thread is scheduled.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn text(part: Part, lines: usize, side: Side) -> String {
    let count = lines / part(0, side, false).lines().count();
    let mut text = String::new();
    for number in 0..count {
        write!(text, "{}", part(number, side, side == Side::Green && number % 50 == 0)).unwrap();
    }
    text
}

fn deployment(number: usize, side: Side, differs: bool) -> String {
    let (colour, patch) = (side.name(), if differs { 3 } else { 2 });
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service{number}-{colour}\n  \
         namespace: shop\n  labels:\n    app: service{number}\nspec:\n  replicas: 3\n  selector:\n    \
         matchLabels:\n      app: service{number}\n  template:\n    metadata:\n      labels:\n        \
         app: service{number}\n    spec:\n      containers:\n      - name: app\n        \
         image: registry.example/service{number}:1.{patch}\n        env:\n        \
         - name: OTEL_EXPORTER_OTLP_ENDPOINT\n          value: http://otel-{colour}:4317\n        \
         resources:\n          limits:\n            memory: 512Mi\n"
    )
}

fn values(number: usize, side: Side, differs: bool) -> String {
    let (colour, retries) = (side.name(), if differs { 4 } else { 3 });
    format!(
        "service{number}:\n  host: service{number}-{colour}.example.org\n  port: {}\n  \
         retries: {retries}\n  timeout: 30s\n",
        8_000 + number % 100
    )
}
