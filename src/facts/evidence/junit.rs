//! Results of tests as JUnit writes them, and everything that writes as JUnit does.

use super::{DIALECT, Standing, counted, each, instant, number, subject, whole};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static JUNIT: View = View {
    id: "evidence.junit",
    about: "A file of results of tests (JUnit XML): its suites together",
    fields: &[
        ("file", "its path within the folder of evidence"),
        (
            "subjects",
            "what was tested: sha256:… of images, git:… of a revision; named by properties",
        ),
        ("finished", "when the last suite ran; absent when not said"),
        ("tests", "how many tests there are"),
        ("failures", "how many failed"),
        ("errors", "how many did not come to an end"),
        ("skipped", "how many were skipped or disabled"),
        ("failed", "names of the first tests that failed or did not end"),
        ("integrations", "integrations that the properties say were reached from here, sorted"),
    ],
    dialects: DIALECT,
    extract,
};

/// How many failed tests are named.
const NAMED_MAX: usize = 5;

/// Names of properties whose values are subjects.
const SUBJECTS: [&str; 6] =
    ["subject", "image", "image.digest", "revision", "commit", "git.commit"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.identity.kind != "junit" {
        return Vec::new();
    }
    let suites = suites(document);
    let sum = |keys: &[&str], child: &str| -> f64 {
        suites.iter().map(|suite| counts(suite, keys, child)).sum()
    };
    let mut failed = Vec::new();
    for suite in &suites {
        note(suite, &mut failed);
    }
    let place = failed.first().map_or_else(|| document.cursor(), |(_, case)| case.clone());
    let failed = failed.into_iter().map(|(name, _)| name).collect();
    let mut integrations: Vec<&str> = properties(document)
        .into_iter()
        .filter(|(name, _)| *name == "integration")
        .map(|(_, value)| value)
        .collect();
    integrations.sort_unstable();
    integrations.dedup();
    let texts = |names: Vec<&'t str>| Fact::List(names.into_iter().map(Fact::text).collect());
    let fields = [
        ("tests", counted(sum(&["@tests"], "testcase"))),
        ("failures", counted(sum(&["@failures"], "failure"))),
        ("errors", counted(sum(&["@errors"], "error"))),
        ("skipped", counted(sum(&["@skipped", "@disabled"], "skipped"))),
        ("failed", Some(texts(failed))),
        ("integrations", Some(texts(integrations))),
    ];
    let fact = standing(document).fact(document, fields);
    vec![whole(document, &place, fact)]
}

/// What was tested, and when.
pub(super) fn standing(document: &Document<'_>) -> Standing {
    let known = properties(document);
    let named = known.iter().filter(|(name, _)| SUBJECTS.contains(name));
    let mut subjects: Vec<String> = named.filter_map(|(_, value)| subject(value)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let times = suites(document);
    let times = times.iter().filter_map(|suite| instant(suite.text(&["@timestamp"])?));
    Standing { subjects, finished: times.max() }
}

/// The outermost suites: what is in them they have counted themselves.
fn suites<'t>(document: &Document<'t>) -> Vec<Cursor<'t>> {
    let root = document.cursor();
    let top = root.get("testsuites").filter(|top| top.node.kind() == Kind::Map);
    top.map_or_else(|| each(&root, "testsuite"), |top| each(&top, "testsuite"))
}

/// What a suite counts, by its attributes, else by its tests.
fn counts(suite: &Cursor<'_>, keys: &[&str], child: &str) -> f64 {
    let said: Vec<f64> = keys.iter().filter_map(|key| number(suite, &[key])).collect();
    if !said.is_empty() {
        return said.iter().sum();
    }
    let inner: f64 = each(suite, "testsuite").iter().map(|one| counts(one, keys, child)).sum();
    let own = each(suite, "testcase");
    let own = own.iter().filter(|case| child == "testcase" || case.node.get(child).is_some());
    u32::try_from(own.count()).map_or(inner, |own| inner + f64::from(own))
}

fn note<'t>(suite: &Cursor<'t>, failed: &mut Vec<(&'t str, Cursor<'t>)>) {
    for case in each(suite, "testcase") {
        let is_failed = ["failure", "error"].iter().any(|key| case.node.get(key).is_some());
        if is_failed && failed.len() < NAMED_MAX {
            failed.push((case.text(&["@name"]).unwrap_or("a test without a name"), case));
        }
    }
    for inner in each(suite, "testsuite") {
        note(&inner, failed);
    }
}

/// Properties of the whole and of its outermost suites.
fn properties<'t>(document: &Document<'t>) -> Vec<(&'t str, &'t str)> {
    let holders = document.cursor().get("testsuites").into_iter().chain(suites(document));
    let lists = holders.filter_map(|holder| holder.get("properties"));
    let all = lists.flat_map(|list| each(&list, "property"));
    let pair = |one: Cursor<'t>| {
        let value = one.text(&["@value"]).or_else(|| one.text(&["#text"]));
        Some((one.text(&["@name"])?, value?))
    };
    all.filter_map(pair).collect()
}
