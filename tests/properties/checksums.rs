//! Checksums that charts write into pods, over generated charts with and without secrets: what is
//! called recomputed is what `sha256sum` says of what was written, and nothing else is.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::common::{noon, rules};
use super::generate::Generator;
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect_pair};
use driftseal::model::{Limits, Pair, Side};
use driftseal::policy::{Ledger, Policy};

/// How many pairs are tried.
const PAIRS: u64 = 120;

/// What a chart renders: none, one or several secrets, at most one of which is the same elsewhere.
fn rendered(generator: &mut Generator) -> String {
    let mut text = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pay\ndata:\n");
    for line in 0..=generator.below(3) {
        let number = generator.below(4);
        let line = match generator.below(5) {
            0 => format!("  password_{line}: hunter2-Xk81pQz{number}\n"),
            1 => format!("  url_{line}: https://u:hunter3-Yk92rQz{number}@host/\n"),
            2 => format!("  # a comment {number}\n  level_{line}: info\n"),
            3 => {
                format!("  text_{line}: |\n    a: {number}\n    token: abcDEF0123456789{number}\n")
            }
            _ => format!("  level_{line}: '{number}'\n"),
        };
        text.push_str(&line);
    }
    text + ["", "\n", "\n\n"][generator.below(3)]
}

/// Of what a chart makes the checksum, as its users compute it.
fn sum(text: &str) -> String {
    let text = format!("{}\n", text.trim_end_matches('\n'));
    let mut sum = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        write!(sum, "{byte:02x}").unwrap();
    }
    sum
}

#[test]
fn a_checksum_is_explained_where_it_is_that_of_its_input_on_both_sides_and_nowhere_else() {
    let (mut proved, mut refused, mut secret) = (0, 0, 0);
    for seed in 0..PAIRS {
        let mut generator = Generator::new(seed);
        let root = tempfile::tempdir().unwrap();
        let sides = Pair::from_fn(|side| {
            let body = rendered(&mut generator);
            let wrong = generator.below(4) == 0;
            let carried =
                if wrong { sum(&format!("{body}{seed}{}", side.name())) } else { sum(&body) };
            let text = format!(
                "---\n# Source: pay/templates/configmap.yaml\n{body}---\n# Source: \
                 pay/templates/deployment.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  \
                 name: pay\nspec:\n  template:\n    metadata:\n      annotations:\n        \
                 checksum/config: {carried}\n"
            );
            let folder = root.path().join(side.name());
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("all.yaml"), text).unwrap();
            (body, carried)
        });
        let with = Options {
            limits: Limits::STANDARD,
            masking_key: MaskingKey::from_bytes(&[7; 32], false).unwrap(),
            secret_patterns: SecretPatterns::default(),
            exclude: Exclusions::default(),
            base_dir: root.path().to_path_buf(),
            environment: Vec::new(),
        };
        let spool = Spool::new(&with.limits);
        let locators = Pair::from_fn(|side: Side| vec![side.name().to_owned()]);
        let asked = locators.as_ref().map(|locators| (locators.as_slice(), with.clone()));
        let snapshots = collect_pair(&asked, &spool);
        let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
        let report = audit(&snapshots, &spool, &policy, rules(), noon()).unwrap();
        let change = report
            .changes
            .iter()
            .find(|change| change.at.path.to_string().ends_with("checksum~1config"));
        let Some(change) = change else {
            assert_eq!(sides.blue.1, sides.green.1);
            continue;
        };
        let holds = Side::BOTH.iter().all(|side| sum(&sides.get(*side).0) == sides.get(*side).1);
        let why = change.explanation.detail();
        let expected = if holds { "generated" } else { "unexplained" };
        assert_eq!(change.explanation.kind(), expected, "pair {seed}: {why}\n{sides:#?}");
        let masked = snapshots.blue.sources[0].masked + snapshots.green.sources[0].masked > 0;
        if holds {
            assert!(why.starts_with("helm: checksum of pay/templates/configmap.yaml, recomputed"));
            assert_eq!(why.ends_with("before secrets were masked"), masked, "{why}\n{sides:#?}");
        }
        proved += usize::from(holds);
        secret += usize::from(holds && masked);
        refused += usize::from(!holds);
    }
    assert!(proved > 20 && refused > 20 && secret > 10, "{proved} {refused} {secret}");
}
