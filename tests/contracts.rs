//! What every plug promises, checked over the tables that list them: a new plug is covered
//! without a line here.

mod common;
#[path = "common/memory.rs"]
mod memory;

#[path = "contracts/frameworks.rs"]
mod frameworks;
#[path = "contracts/syntaxes.rs"]
mod syntaxes;

mod dialects {
    use driftseal::dialect::{DIALECTS, by_id, recognise};
    use driftseal::model::{Limits, SourceId};
    use driftseal::syntax::detect;

    #[test]
    fn names_are_unique_and_lead_back() {
        for dialect in DIALECTS {
            let known = by_id(dialect.id()).expect("a dialect is found by its name");
            assert_eq!(known.about(), dialect.about());
            assert!(!dialect.about().is_empty());
        }
    }

    #[test]
    fn each_recognises_its_own_sample_and_no_prefix_of_it_harms() {
        for dialect in DIALECTS {
            let (file, text) = dialect.sample();
            let syntax = detect(file, text).expect("a sample has a syntax");
            let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
            assert_eq!(parsed.issues, [], "{}", dialect.id());
            let root = parsed.tree.root(0).unwrap();
            let known = recognise(file, syntax.id(), root);
            assert_eq!(known.dialect.id(), dialect.id());
            assert!(known.identity.name.contains(':'), "{:?}", known.identity);
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let parsed = syntax.parse(&text[..end], SourceId(0), &Limits::STANDARD);
                for root in parsed.tree.roots() {
                    let _ = recognise(file, syntax.id(), root);
                }
            }
        }
    }
}

mod collectors {
    use std::collections::BTreeSet;

    use driftseal::collect::{
        COLLECTORS, Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect,
    };
    use driftseal::model::{GapReason, Limits};

    fn options(folder: &std::path::Path) -> Options {
        Options {
            limits: Limits::STANDARD,
            masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
            secret_patterns: SecretPatterns::default(),
            exclude: Exclusions::default(),
            base_dir: folder.to_owned(),
            environment: Vec::new(),
        }
    }

    #[test]
    fn schemes_are_unique_and_explained() {
        let schemes: BTreeSet<&str> = COLLECTORS.iter().map(|known| known.scheme()).collect();
        assert_eq!(schemes.len(), COLLECTORS.len());
        assert!(COLLECTORS.iter().all(|known| !known.about().is_empty()));
    }

    #[test]
    fn what_is_not_there_is_a_gap_whoever_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        for locator in [
            "nowhere",
            "nowhere/a.yaml",
            "nowhere/*.yaml",
            "nowhere.tar.gz",
            "git:nowhere",
            "snapshot:nowhere",
            "helm:nowhere",
            "kustomize:nowhere",
            "tfplan:nowhere",
            "compose:nowhere",
            "k8s:nowhere",
        ] {
            let options = options(folder.path());
            let spool = Spool::new(&options.limits);
            let snapshot = collect(&[locator.to_owned()], &options, &spool);
            assert!(!snapshot.gaps.is_empty(), "{locator} passed in silence");
            assert!(snapshot.sources.is_empty() && snapshot.documents.is_empty());
            assert!(snapshot.gaps.iter().all(|gap| gap.reason != GapReason::Internal));
        }
    }
}

mod renderers {
    use std::collections::BTreeSet;

    use driftseal::policy::{Ledger, Policy};
    use driftseal::report::{Coverage, RENDERERS, RenderOptions};
    use driftseal::wire::report::{BaselineMark, Disposition, Effect, Report, WaiverMark};

    use crate::memory::audit_texts;

    fn report() -> Report {
        let blue = [("a.yaml", "a: 1\nb: x-blue\n"), ("gone.env", "A=1\n"), ("t.yaml", "a: {\n")];
        let green =
            [("a.yaml", "a: 2\nb: x-blue\n"), ("new.toml", "b = 1\n"), ("t.yaml", "a: {\n")];
        let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
        let mut report = Report::from(audit_texts(&blue, &green, &policy));
        let [waived, known, ..] = &mut report.findings[..] else { panic!("too few findings") };
        waived.disposition = Disposition::Waived;
        waived.effect = Some(Effect::Listed);
        waived.waiver = Some(WaiverMark {
            id: "W-17".to_owned(),
            status: "active".to_owned(),
            reason: "accepted for now".to_owned(),
            ticket: None,
            requested_by: "ann".to_owned(),
            approved_by: vec!["approver-of-the-waiver".to_owned()],
            expires: "2031-02-03T23:59:59Z".to_owned(),
        });
        known.disposition = Disposition::Baselined;
        known.effect = Some(Effect::Listed);
        known.baseline = Some(BaselineMark {
            status: "unchanged".to_owned(),
            first_seen: "2021-02-03T00:00:00Z".to_owned(),
        });
        report
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<&str> = RENDERERS.iter().map(|known| known.name()).collect();
        assert_eq!(names.len(), RENDERERS.len());
    }

    #[test]
    fn none_drops_a_finding_or_a_gap() {
        let report = report();
        assert!(report.findings.len() >= 4 && report.gaps.len() == 2, "{report:?}");
        for renderer in RENDERERS {
            let mut out = Vec::new();
            renderer.render(&report, &RenderOptions::default(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let is_whole = renderer.coverage() == Coverage::Whole;
            for finding in report.findings.iter().filter(|_| is_whole) {
                assert!(text.contains(&finding.fingerprint), "{}: {finding:?}", renderer.name());
            }
            // Who accepted a finding and until when, and since when one is known.
            let excused =
                ["approver-of-the-waiver", "2031-02-03T23:59:59Z", "2021-02-03T00:00:00Z"];
            for part in excused.iter().filter(|_| is_whole) {
                assert!(text.contains(part), "{} lacks {part}", renderer.name());
            }
            for gap in report.gaps.iter().filter(|_| is_whole) {
                assert!(text.contains(&gap.file), "{}: {gap:?}", renderer.name());
            }
            let again = {
                let mut out = Vec::new();
                renderer.render(&report, &RenderOptions::default(), &mut out).unwrap();
                String::from_utf8(out).unwrap()
            };
            assert_eq!(text, again, "{} is not deterministic", renderer.name());
        }
    }
}

mod rules {
    use driftseal::rules::{built_in, testing};

    #[test]
    fn every_case_of_every_built_in_rule_comes_out_as_it_says() {
        let set = built_in().unwrap_or_else(|errors| panic!("{errors:#?}"));
        let mut cases = 0;
        for rule in set.rules() {
            for result in testing::run(rule) {
                assert_eq!(result.failure, None, "{} {}", result.rule, result.name);
                cases += 1;
            }
        }
        assert!(set.rules().len() >= 20 && cases > 3 * set.rules().len(), "{cases} cases");
    }

    #[test]
    fn what_a_rule_stands_in_for_is_another_rule() {
        let set = built_in().unwrap();
        let of_sides = |view: &str| driftseal::trace::SIDE_VIEWS.iter().any(|one| one.id == view);
        for rule in set.rules().iter().filter(|rule| !rule.instead_of.is_empty()) {
            let is_of_sides = of_sides(&rule.select.view);
            for other in &rule.instead_of {
                let known = set.rule(other).unwrap_or_else(|| panic!("{}: no {other}", rule.id));
                // A rule that sees one document only knows no finding about a whole side.
                assert!(is_of_sides || !of_sides(&known.select.view), "{} for {other}", rule.id);
                assert_ne!(known.id, rule.id);
                assert!(known.instead_of.is_empty(), "{} and {other} replace others", rule.id);
            }
        }
    }

    #[test]
    fn every_rule_names_a_control_and_what_to_do() {
        for rule in built_in().unwrap().rules() {
            assert!(!rule.controls.is_empty(), "{}", rule.id);
            assert!(!rule.remediation.is_empty() && !rule.title.is_empty(), "{}", rule.id);
        }
    }
}
