//! Frameworks: what is in them, and that every control a rule cites is.

use std::collections::BTreeSet;

use driftseal::rules::framework::{TEXTS, control, frameworks, parse};
use driftseal::rules::{PACKS, built_in, check_controls, load_only};

#[test]
fn every_framework_is_read_and_says_where_its_ids_are_from() {
    let mut ids = BTreeSet::new();
    for (file, text) in TEXTS {
        let framework = parse(file, text).unwrap_or_else(|errors| panic!("{errors:#?}"));
        assert!(!framework.source.is_empty() && !framework.version.is_empty(), "{file}");
        assert!(ids.insert(framework.id.clone()), "{file}");
        for (id, control) in &framework.controls {
            let words = control.title.split_whitespace().count();
            assert!((1..=17).contains(&words), "{file}: {id}: {}", control.title);
            // The words of a standard are its publisher's: a title of ours is short.
            assert!(framework.is_public || words <= 14, "{file}: {id}: {}", control.title);
            assert_eq!(control.from.is_empty(), framework.derived.is_none(), "{file}: {id}");
        }
    }
    assert_eq!(frameworks().len(), TEXTS.len());
    let files: BTreeSet<String> = std::fs::read_dir("rules/frameworks")
        .unwrap()
        .map(|entry| format!("rules/frameworks/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    assert_eq!(files, TEXTS.iter().map(|(file, _)| (*file).to_owned()).collect());
}

#[test]
fn what_is_derived_comes_from_controls_that_there_are() {
    for framework in frameworks() {
        for (id, one) in &framework.controls {
            for from in &one.from {
                let base = framework.derived.as_deref().unwrap();
                assert!(control(&format!("{base}:{from}")).is_some(), "{id}: {base}:{from}");
            }
        }
    }
}

#[test]
fn every_control_that_a_rule_cites_is_in_its_framework_with_a_title() {
    let set = built_in().unwrap();
    if let Err(errors) = check_controls(&set, PACKS) {
        panic!("{errors:#?}");
    }
    for rule in set.rules() {
        for name in &rule.controls {
            assert!(control(name).is_some(), "{}: {name} has no title", rule.id);
        }
    }
}

#[test]
fn a_control_that_is_none_is_refused_with_its_place_and_the_nearest() {
    let pack = |controls: &str| {
        format!(
            "[pack]\nid = 'p'\nversion = '1'\nschema = 1\ntitle = 't'\n\n[[rule]]\nid = 'EX-A-001'\n\
             title = 't'\nkind = 'posture'\nseverity = 'low'\nconfidence = 'low'\nclaim = 'direct'\n\
             select = {{ view = 'env.var' }}\nassert = \"it.name == 'b'\"\nmessage = 'm'\n\
             remediation = 'r'\ncontrols = {{ {controls} }}\n\
             [[rule.test]]\nname = 'a'\nit = {{ name = 'a' }}\nexpect = 'fail'\n\
             [[rule.test]]\nname = 'b'\nit = {{ name = 'b' }}\nexpect = 'pass'\n"
        )
    };
    let refused = |controls: &str| {
        let text = pack(controls);
        let packs = [("p.toml", text.as_str())];
        let set = load_only(&packs).unwrap();
        let errors = check_controls(&set, &packs).err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    for (controls, message) in [
        ("nist = [\"AC-2\", \"AC-2(10)\"]", ""),
        ("gdpr = [\"32(2)\"], hipaa = [\"164.310(b)\"], iso = [\"7.4\"]", ""),
        ("acme = [\"SEC 7\"]", ""),
        (
            "nist = [\"AC-2\", \"AC-6(55)\"]",
            "p.toml:18:30: NIST SP 800-53 Rev. 5, release 5.2.0 has no `AC-6(55)`: did you mean \
             `AC-6(5)`?",
        ),
        (
            "pci = [\"4.2.11\"]",
            "p.toml:18:21: PCI DSS 4.0.1 has no `4.2.11`: did you mean `4.2.1`?",
        ),
        ("nits = [\"AC-2\"]", "p.toml:18:22: unknown framework `nits`: did you mean `nist`?"),
        ("gdpr = [\"132\"]", "p.toml:18:22: GDPR Regulation (EU) 2016/679 has no `132`"),
        (
            "cmmc = [\"AC.L2-3.1.1\"]",
            "p.toml:18:22: CMMC level 2 is derived from nist: cite the control of nist that it comes \
             from",
        ),
    ] {
        assert_eq!(refused(controls), message, "{controls}");
    }
}
