//! Checksums that charts write into pods, and hashes in which names end, of documents that hold secrets:
//! they can be made again only before the secrets are masked, and nothing is kept of them but which
//! document has which.

mod common;
#[path = "common/side.rs"]
mod side;

use std::path::Path;

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Kept, Options, Spool, collect_pair, restore, write};
use driftseal::model::{Change, Digest, Pair, Report, Side, State};
use driftseal::policy::{Ledger, Policy};
use side::{KEY, bytes, keyless, options, put, take};
use tempfile::TempDir;

/// What a chart renders for a configuration, its head left out: what it makes the checksum of.
fn settings(password: &str, level: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pay\ndata:\n  app.yaml: |\n    \
         password: {password}\n    level: {level}\n"
    )
}

fn checksum(body: &str) -> String {
    Digest::of(body.as_bytes()).to_string()
}

/// A rendered chart whose pods carry a checksum.
fn chart(root: &Path, side: &str, body: &str, checksum: &str) {
    let settings = format!("---\n# Source: pay/templates/configmap.yaml\n{body}");
    put(root, &format!("{side}/configmap.yaml"), settings);
    let workload = format!(
        "---\n# Source: pay/templates/deployment.yaml\napiVersion: apps/v1\nkind: Deployment\n\
         metadata:\n  name: pay\nspec:\n  selector:\n    matchLabels: {{app: pay}}\n  template:\n    \
         metadata:\n      labels: {{app: pay}}\n      annotations:\n        checksum/config: \
         {checksum}\n    spec:\n      containers:\n      - name: app\n        image: pay:1\n"
    );
    put(root, &format!("{side}/deployment.yaml"), workload);
}

/// A folder with both sides, each given as what is rendered and what its pods carry.
fn charts(sides: Pair<(&str, &str)>) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for side in Side::BOTH {
        let (body, checksum) = sides.get(side);
        chart(root.path(), side.name(), body, checksum);
    }
    root
}

fn audited(locators: Pair<&str>, options: &Options) -> Report {
    let spool = Spool::new(&options.limits);
    let locators = locators.map(|locator| vec![locator.to_owned()]);
    let sides = locators.as_ref().map(|locators| (locators.as_slice(), options.clone()));
    let snapshots = collect_pair(&sides, &spool);
    spool.trusted().unwrap();
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit(&snapshots, &spool, &policy, rules(), noon()).unwrap()
}

/// What became of the annotation, and of the text that holds the secret.
fn told(report: &Report) -> (Option<&Change>, Vec<String>) {
    let path = "/spec/template/metadata/annotations/checksum~1config";
    let is_it = |change: &&Change| change.at.path.to_string() == path;
    let open = report.changes.iter().filter(|change| change.explanation.kind() == "unexplained");
    (report.changes.iter().find(is_it), open.map(|change| change.at.path.to_string()).collect())
}

const PROOF: &str =
    "helm: checksum of pay/templates/configmap.yaml, recomputed before secrets were masked";

#[test]
fn a_checksum_over_a_secret_is_proved_and_the_secret_is_told() {
    let (old, new) = (settings("hunter2-Xk81pQz", "info"), settings("hunter3-Yk92rQz", "info"));
    let sums = Pair::new(checksum(&old), checksum(&new));
    let root = charts(Pair::new((&old, &sums.blue), (&new, &sums.green)));
    let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
    let (annotation, open) = told(&report);
    assert_eq!(annotation.unwrap().explanation.detail(), PROOF);
    assert_eq!(open, ["/data/app.yaml/password"]);
    // A secret that is gone, and one that stays, are proved in the same words.
    for other in [settings("${env:PASSWORD}", "info"), settings("hunter2-Xk81pQz", "debug")] {
        let sum = checksum(&other);
        for turned in [false, true] {
            let sides = Pair::new((old.as_str(), sums.blue.as_str()), (&*other, &*sum));
            let root = charts(if turned { Pair::new(sides.green, sides.blue) } else { sides });
            let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
            let (annotation, open) = told(&report);
            assert_eq!(annotation.unwrap().explanation.detail(), PROOF);
            assert_eq!(open.len(), 1, "{open:?}");
        }
    }
}

#[test]
fn a_checksum_of_anything_else_stays_a_difference() {
    let (old, new) = (settings("hunter2-Xk81pQz", "info"), settings("hunter3-Yk92rQz", "info"));
    let sums = Pair::new(checksum(&old), checksum(&new));
    let masked = {
        let root = charts(Pair::new((&old, &sums.blue), (&new, &sums.green)));
        let (snapshot, spool) = take(&["green"], &options(root.path(), KEY));
        let text = driftseal::model::Blobs::get(&spool, &snapshot.sources[0].digest).unwrap();
        let text = String::from_utf8(text.into_owned()).unwrap();
        assert!(text.contains("driftseal.secret."), "{text}");
        checksum(text.split_once("configmap.yaml\n").unwrap().1)
    };
    let third = checksum(&settings("hunter4", "info"));
    let upper = sums.green.to_uppercase();
    // Of neither text; of the masked one; of the other side's; of the text with its head; in letters
    // that no chart writes; cut short.
    let head = checksum(&format!("# Source: pay/templates/configmap.yaml\n{new}"));
    for wrong in [&third, &masked, &head, &upper, &sums.green[..63].to_owned()] {
        for turned in [false, true] {
            let sides = Pair::new((old.as_str(), sums.blue.as_str()), (&*new, wrong.as_str()));
            let root = charts(if turned { Pair::new(sides.green, sides.blue) } else { sides });
            let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
            let (annotation, open) = told(&report);
            assert_eq!(annotation.unwrap().explanation.kind(), "unexplained", "{wrong}");
            assert_eq!(open.len(), 2, "{wrong}: {open:?}");
        }
    }
    // Each side has the checksum of the other's text.
    let root = charts(Pair::new((&old, &sums.green), (&new, &sums.blue)));
    let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
    assert_eq!(told(&report).0.unwrap().explanation.kind(), "unexplained");
}

#[test]
fn a_checksum_of_another_template_stays_a_difference() {
    let bodies = Pair::new("hunter2-Xk81pQz", "hunter3-Yk92rQz").map(|one| settings(one, "info"));
    let sums = bodies.as_ref().map(|body| checksum(body));
    let root = charts(Pair::new((&bodies.blue, &sums.blue), (&bodies.green, "x")));
    // What green names is the checksum of a document of another template.
    let named = bodies.green.replace("name: pay", "name: pay-too");
    put(root.path(), "green/too.yaml", format!("# Source: pay/templates/too.yaml\n{named}"));
    chart(root.path(), "green", &bodies.green, &checksum(&named));
    let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
    assert_eq!(told(&report).0.unwrap().explanation.kind(), "unexplained");
}

#[test]
fn no_digest_of_a_secret_is_kept_but_one_that_stands_in_clear() {
    let body = settings("hunter2-Xk81pQz", "info");
    let sum = checksum(&body);
    let kept = |annotation: &str| {
        let root = charts(Pair::new((&body, annotation), (&body, "x")));
        String::from_utf8(bytes(&["blue"], &options(root.path(), KEY))).unwrap()
    };
    let proved = kept(&sum);
    assert_eq!(proved.matches(sum.as_str()).count(), 2, "the annotation, and of what it is");
    assert!(proved.contains(&format!("\"checksums\":[[0,\"{sum}\"]]")), "{proved}");
    for other in ["none".to_owned(), checksum("other"), sum.to_uppercase(), format!("{sum}a")] {
        let text = kept(&other);
        assert!(!text.contains("\"checksums\""), "{text}");
        assert_eq!(text.matches(sum.as_str()).count(), other.matches(sum.as_str()).count());
    }
    // The other side names it: that is another side's business.
    let root = charts(Pair::new((&body, "x"), (&body, &sum)));
    let text = String::from_utf8(bytes(&["blue"], &options(root.path(), KEY))).unwrap();
    assert!(!text.contains(&sum), "{text}");
}

#[test]
fn snapshots_and_evidence_prove_what_their_sources_proved() {
    let bodies = Pair::new("hunter2-Xk81pQz", "hunter3-Yk92rQz").map(|one| settings(one, "info"));
    let sums = bodies.as_ref().map(|body| checksum(body));
    let root = charts(Pair::new((&bodies.blue, &sums.blue), (&bodies.green, &sums.green)));
    let with = options(root.path(), KEY);
    let of_sources = audited(Pair::new("blue", "green"), &with);
    for side in Side::BOTH {
        let written = bytes(&[side.name()], &with);
        put(root.path(), &format!("{}.snapshot", side.name()), &written);
        // A snapshot of a snapshot is the same one, but for who took it.
        let (again, spool) = take(&[&format!("{}.snapshot", side.name())], &with);
        let mut copy = Vec::new();
        write(&again, &spool, &with, &mut copy).unwrap();
        let own = |text: &[u8]| {
            let text = String::from_utf8_lossy(text).into_owned();
            let lines = text.lines().filter(|line| line.starts_with("{\"source\""));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(own(&copy), own(&written));
    }
    let snapshots = Pair::new("blue.snapshot", "green.snapshot");
    let of_snapshots = audited(snapshots, &with);
    assert_eq!(of_snapshots.changes, of_sources.changes);
    assert_eq!(of_snapshots.inputs.blue.digest, of_sources.inputs.blue.digest);
    // Evidence was checked against what was signed: it needs no key.
    let collectors = |side: Side| of_sources.inputs.get(side).collectors.clone();
    let kept = Pair::from_fn(|side| Kept {
        file: root.path().join(snapshots.get(side)),
        collectors: collectors(side),
        nothing_at: None,
    });
    let (spool, without) = (Spool::new(&with.limits), keyless(root.path()));
    let restored = restore(&kept, &without, &spool);
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let again = audit(&restored, &spool, &policy, rules(), noon()).unwrap();
    assert_eq!(again.changes, of_sources.changes);
    assert_eq!(again.inputs.green.digest, of_sources.inputs.green.digest);
    // A source whose seal nobody checks proves nothing that its text does not.
    let unsealed = audited(snapshots, &without);
    assert_eq!(told(&unsealed).0.unwrap().explanation.kind(), "unexplained");
}

#[test]
fn a_checksum_that_was_left_behind_is_told_though_it_is_the_same() {
    let bodies = ["info", "debug"].map(|level| settings("${env:PASSWORD}", level));
    let [old, new] = bodies.each_ref().map(|body| checksum(body));
    let stale = |blue: (usize, &str), green: (usize, &str)| {
        let side = |(body, sum): (usize, &str)| (bodies[body].clone(), sum.to_owned());
        let sides = Pair::new(side(blue), side(green));
        let root = charts(sides.as_ref().map(|(body, sum)| (body.as_str(), sum.as_str())));
        let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
        let found = report.findings.iter().filter(|finding| finding.rule.0 == "DS-DRF-008");
        found.map(|finding| finding.state).collect::<Vec<State>>()
    };
    assert_eq!(stale((0, &old), (1, &old)), [State::Introduced]);
    assert_eq!(stale((0, &new), (1, &new)), [State::Resolved]);
    // It followed; nothing changed; of nothing that is here; a difference, which is told as one.
    for (blue, green) in [
        ((0, &old), (1, &new)),
        ((0, &old), (0, &old)),
        ((0, &new), (0, &new)),
        ((0, &old), (1, &"0".repeat(64))),
    ] {
        let (blue, green) = ((blue.0, blue.1.as_str()), (green.0, green.1.as_str()));
        assert_eq!(stale(blue, green), [], "{blue:?} {green:?}");
    }
}

/// A Secret as kustomize names it, `name` being what its hash is made of besides, and a workload.
fn credentials(root: &Path, side: &str, (value, hash): (&str, &str)) {
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-{hash}\ntype: Opaque\ndata:\n  password: {value}\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app}}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: app\n        envFrom: [{{secretRef: {{name: db-{hash}}}}}]\n"
    );
    put(root, &format!("{side}/all.yaml"), text);
}

/// The hash of a Secret's content as kustomize and kubectl make it.
fn hash(value: &str, name: &str) -> String {
    let content = format!(
        r#"{{"data":{{"password":"{value}"}},"kind":"Secret","name":"{name}","type":"Opaque"}}"#
    );
    let digest = Digest::of(content.as_bytes()).to_string();
    let letter = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    digest.chars().take(10).map(letter).collect()
}

const OLD: &str = "aHVudGVyMi1YazgxcFF6";
const NEW: &str = "aHVudGVyMy1ZazkyclF6";

fn reference(report: &Report) -> &Change {
    let path = "/spec/template/spec/containers/name=app/envFrom/0/secretRef/name";
    report.changes.iter().find(|change| change.at.path.to_string() == path).unwrap()
}

#[test]
fn a_name_that_ends_in_the_hash_of_a_secret_follows_it() {
    for name in ["", "db"] {
        let root = tempfile::tempdir().unwrap();
        credentials(root.path(), "blue", (OLD, &hash(OLD, name)));
        credentials(root.path(), "green", (NEW, &hash(NEW, name)));
        let with = options(root.path(), KEY);
        let report = audited(Pair::new("blue", "green"), &with);
        let proof = "kustomize or kubectl: hash of the content of Secret db, recomputed before secrets were masked";
        assert_eq!(reference(&report).explanation.detail(), proof);
        assert_eq!(told(&report).1, ["/data/password"]);
        assert!(report.findings.iter().all(|finding| finding.rule.0 != "DS-DRF-005"));
        // The same from snapshots, whose digest names the proof; nothing without their seal.
        for side in Side::BOTH {
            let written = bytes(&[side.name()], &with);
            assert!(String::from_utf8_lossy(&written).contains("\"hashed\":[0]"));
            put(root.path(), &format!("{}.snapshot", side.name()), &written);
        }
        let snapshots = Pair::new("blue.snapshot", "green.snapshot");
        let again = audited(snapshots, &with);
        assert_eq!(again.changes, report.changes);
        assert_eq!(again.inputs.green.digest, report.inputs.green.digest);
        let unsealed = audited(snapshots, &keyless(root.path()));
        assert_ne!(unsealed.inputs.green.digest, report.inputs.green.digest);
        let kinds =
            |report: &Report| report.changes.iter().any(|one| one.explanation.detail() == proof);
        assert!(!kinds(&unsealed) && kinds(&report));
    }
}

#[test]
fn a_name_with_any_other_hash_is_another_name() {
    let right = (OLD, hash(OLD, ""));
    for wrong in [hash(OLD, ""), hash("eA==", ""), hash(NEW, "other"), hash(NEW, "").to_uppercase()]
    {
        let root = tempfile::tempdir().unwrap();
        credentials(root.path(), "blue", (right.0, &right.1));
        credentials(root.path(), "green", (NEW, &wrong));
        if wrong == right.1 {
            // Neither is the hash of what its own side holds.
            credentials(root.path(), "blue", (OLD, &hash("eA==", "")));
        }
        let report = audited(Pair::new("blue", "green"), &options(root.path(), KEY));
        assert!(reference(&report).explanation.kind() != "generated", "{wrong}");
        assert!(report.findings.iter().any(|finding| finding.rule.0.starts_with("DS-DRF-00")));
    }
}
