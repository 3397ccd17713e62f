//! The lines of source that findings show: those that are meant, as they stand in the file, and no secret of
//! either side.

mod common;
#[path = "common/memory.rs"]
mod memory;

use std::fs;
use std::path::Path;

use driftseal::model::Pair;
use driftseal::policy::{Allowance, Glob, Ledger, PathGlob, Policy};
use driftseal::report::{Detail, RENDERERS, RenderOptions};
use driftseal::wire::report::{Excerpt, Finding, Report};
use memory::audit_texts;

/// What a collector writes in the place of a secret.
const MASK: &str = "driftseal.secret.password.0123456789abcdef0123456789abcdef";

/// What one side does not know for a secret.
const CLEAR: &str = "Tr0ub4dor-and-3";

fn audited(blue: &str, green: &str, file: &str, policy: &Policy) -> Report {
    Report::from(audit_texts(&[(file, blue)], &[(file, green)], policy))
}

fn drift<'r>(report: &'r Report, path: &str) -> &'r Finding {
    let all = report.findings.iter().map(|one| one.path.as_str()).collect::<Vec<_>>();
    report.findings.iter().find(|one| one.path == path).unwrap_or_else(|| panic!("{path}: {all:?}"))
}

/// Every text below a folder, by its path.
fn files(folder: &Path, below: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match fs::read_to_string(entry.path()) {
            Ok(text) => found.push((name, text)),
            Err(_) => files(&entry.path(), &format!("{name}/"), found),
        }
    }
}

fn marked(excerpt: &Excerpt) -> Vec<String> {
    let of = |mark: &driftseal::wire::report::Mark| {
        mark.parts(&excerpt.lines[(mark.line - excerpt.line) as usize]).1
    };
    excerpt.marks.iter().map(of).collect()
}

/// Everything that any format makes of a report.
fn written(report: &Report) -> String {
    let mut out = Vec::new();
    for (renderer, colour) in RENDERERS.iter().flat_map(|one| [(one, false), (one, true)]) {
        let options = RenderOptions { detail: Detail::Full, colour, ..RenderOptions::default() };
        renderer.render(report, &options, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn the_lines_are_those_of_the_file_and_the_value_is_marked() {
    let blue = "a:\n  first: 1\n\n  name: 'one'   # why\n  last: 2\n";
    let green = "a:\n  first: 1\n  name: \"two\"\n";
    let report = audited(blue, green, "a.yaml", &Policy::default());
    let Pair { blue, green } = Pair::from_fn(|side| {
        let excerpts = &drift(&report, "/a/name").excerpts;
        if side == driftseal::model::Side::Blue { &excerpts.blue } else { &excerpts.green }
    });
    let (blue, green) = (blue.as_ref().unwrap(), green.as_ref().unwrap());
    let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    // The line before says nothing, and is left out.
    assert_eq!((blue.line, &blue.lines), (4, &text(&["  name: 'one'   # why"])));
    assert_eq!((green.line, &green.lines), (2, &text(&["  first: 1", "  name: \"two\""])));
    assert_eq!(
        (marked(blue), marked(green)),
        (vec!["'one'".to_owned()], vec!["\"two\"".to_owned()])
    );
}

#[test]
fn every_excerpt_of_a_case_stands_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/finance");
    let mut sides = Pair::new(Vec::new(), Vec::new());
    for side in driftseal::model::Side::BOTH {
        let root = folder.join(side.name());
        files(&root, "", sides.get_mut(side));
    }
    let texts = sides.as_ref().map(|all| {
        all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>()
    });
    let report = Report::from(audit_texts(&texts.blue, &texts.green, &Policy::default()));
    let mut lines = 0;
    for finding in &report.findings {
        for ((side, place), (_, excerpt)) in
            finding.places.sides().into_iter().zip(finding.excerpts.sides())
        {
            let known = place.as_ref().filter(|place| place.line.is_some());
            assert_eq!(known.is_some(), excerpt.is_some(), "{finding:?}");
            let (Some(place), Some(excerpt)) = (known, excerpt) else { continue };
            let all = if side.name() == "blue" { &sides.blue } else { &sides.green };
            let (_, text) = all.iter().find(|(name, _)| *name == place.file).unwrap();
            let source: Vec<&str> = text.lines().collect();
            for (number, line, mark) in excerpt.numbered() {
                let real = source[number as usize - 1].trim_end();
                let shown = line.trim_end_matches('…').trim_start_matches('…');
                assert!(real.contains(shown), "{}:{number}: {line}", place.file);
                lines += 1;
                assert!(mark.is_none_or(|mark| mark.start <= mark.end));
            }
            assert_eq!(excerpt.marks[0].line, place.line.unwrap());
        }
    }
    assert!(lines > 60, "{lines}");
}

#[test]
fn a_mask_is_shown_by_its_name_only() {
    let text = |value: &str| format!("password: {MASK}\nuser: {value}\nlast: 1\n");
    let report = audited(&text("a"), &text("b"), "a.yaml", &Policy::default());
    let excerpt = drift(&report, "/user").excerpts.blue.as_ref().unwrap();
    assert_eq!(excerpt.lines[0], "password: <secret password 0123456789ab>");
    assert!(!written(&report).contains(MASK));
}

#[test]
fn what_one_side_holds_as_a_secret_is_in_no_line_of_the_other() {
    type Written = fn(&str) -> String;
    let rows: [(&str, Written); 7] = [
        ("a.yaml", |one| format!("x: @\npassword: {one}\ny: @\n")),
        ("a.yaml", |one| format!("{{x: @, password: \"{one}\", y: @}}\n")),
        ("a.json", |one| format!("{{\"x\": \"@\", \"password\": \"{one}\", \"y\": \"@\"}}\n")),
        ("a.env", |one| format!("X=@\nTOKEN={one}\nY=@\n")),
        ("a.toml", |one| format!("x = \"@\"\npassword = \"{one}\"\ny = \"@\"\n")),
        // Only part of a text is the secret, and all of it is withheld.
        ("a.yaml", |one| format!("run: |\n  set -e\n  export PASSWORD={one}\nx: @\ny: @\n")),
        // The same text again, where nothing says that it is one.
        ("a.yaml", |one| format!("x: @\ny: @\npassword: {one}\nz:\n- Tr0ub4dor-and-3\n- @\n")),
    ];
    for (file, text) in rows {
        let sides = [text(CLEAR).replace('@', "one"), text(MASK).replace('@', "two")];
        for [blue, green] in [sides.clone(), [sides[1].clone(), sides[0].clone()]] {
            // A value that both have in clear is no secret; only lines are looked at.
            let report = audited(&blue, &green, file, &Policy::default());
            let with_lines = report
                .findings
                .iter()
                .filter(|one| one.excerpts.blue.is_some() && one.excerpts.green.is_some());
            assert!(with_lines.count() >= 2, "{file}: {report:?}");
            for finding in &report.findings {
                for (_, excerpt) in finding.excerpts.sides() {
                    let lines =
                        excerpt.as_ref().map(|one| one.lines.join("\n")).unwrap_or_default();
                    assert!(!lines.contains(CLEAR), "{file}: {lines}");
                    assert!(!lines.contains(&CLEAR[..8]), "{file}: {lines}");
                }
            }
            if !text("").contains(CLEAR) {
                assert!(!written(&report).contains(CLEAR), "{file}");
            }
        }
    }
}

#[test]
fn what_is_withheld_stays_so_where_the_difference_is_explained() {
    let allowance = Allowance {
        id: driftseal::model::AllowanceId("x".to_owned()),
        reason: "planned".to_owned(),
        owner: "shop".to_owned(),
        ticket: None,
        review_by: jiff::civil::date(2030, 1, 1),
        file: Some(Glob::parse("**").unwrap()),
        resource: None,
        path: PathGlob::parse("/password").unwrap(),
        values: Pair::new(None, None),
    };
    let sides = [CLEAR, MASK].map(|one| format!("x: @\npassword: {one}\ny: @\n"));
    let (blue, green) = (sides[0].replace('@', "one"), sides[1].replace('@', "two"));
    for ledger in [Ledger::Full, Ledger::default()] {
        let policy = Policy { ledger, allowances: vec![allowance.clone()], ..Policy::default() };
        let report = audited(&blue, &green, "a.yaml", &policy);
        assert!(report.decisions.iter().any(|one| one.uses == 1), "{:?}", report.decisions);
        let excerpt = drift(&report, "/y").excerpts.blue.as_ref().unwrap();
        assert_eq!(excerpt.lines[0], "password: <not shown>");
        assert!(!written(&report).contains(CLEAR));
    }
}

#[test]
fn long_lines_and_places_are_cut_and_reports_hold_no_more_than_a_limit() {
    let text = |value: &str, length: usize| {
        let long = "x".repeat(length);
        format!("k: {{a: {long}, b: {value}, c: {long}}}\n")
    };
    let far = audited(&text("one", 1 << 20), &text("two", 1 << 20), "a.yaml", &Policy::default());
    assert!(drift(&far, "/k/b").excerpts.blue.is_none());
    let report = audited(&text("one", 9000), &text("two", 9000), "a.yaml", &Policy::default());
    let excerpt = drift(&report, "/k/b").excerpts.blue.as_ref().unwrap();
    assert_eq!(marked(excerpt), ["one"]);
    assert!(excerpt.lines[0].chars().count() <= 122, "{}", excerpt.lines[0]);
    let many = |value: &str| {
        let tail = "y".repeat(110);
        let lines: Vec<String> =
            (0..9000).map(|nth| format!("key-{nth}: {value}{tail}\n")).collect();
        lines.concat()
    };
    let report = audited(&many("a"), &many("b"), "a.yaml", &Policy::default());
    assert_eq!(report.findings.len(), 9000);
    let held: Vec<bool> = report.findings.iter().map(|one| one.excerpts.blue.is_some()).collect();
    assert!(held[0] && !held[8999] && held.is_sorted_by(|a, b| a >= b));
    let bytes: usize = report
        .findings
        .iter()
        .flat_map(|one| {
            one.excerpts
                .sides()
                .map(|(_, one)| one.as_ref().map_or(0, |one| one.lines.concat().len()))
        })
        .sum();
    assert!(bytes <= 1 << 20 && bytes > 1 << 19, "{bytes}");
}

#[test]
fn what_may_be_a_key_is_not_shown_beside_what_is_meant() {
    // Nothing tells a collector that these are keys.
    let text = |value: &str| {
        format!(
            "m: {{colour: a8Kq2Lw9Xz71, b: {value}, other: a8Kq2Lw9Xz72}}\nname: Zk31mQpL90vY\n\
             image: shop/checkout-service-v2:{value}-1.27.3\n"
        )
    };
    let report = audited(&text("one"), &text("two"), "a.yaml", &Policy::default());
    let lines = |path: &str| drift(&report, path).excerpts.green.as_ref().unwrap().lines.clone();
    assert_eq!(lines("/m/b"), ["m: {colour: <not shown>, b: two, other: <not shown>}"]);
    let told = ["name: <not shown>", "image: shop/checkout-service-v2:two-1.27.3"];
    assert_eq!(lines("/image"), told);
}

#[test]
fn with_more_secrets_of_one_side_than_are_looked_for_no_line_is_shown() {
    let text = |value: &str, masked: bool, count: u32| {
        let of = |nth: u32| if masked { MASK.to_owned() } else { format!("{CLEAR}-{nth}") };
        let lines = (0..count).map(|nth| format!("password-{nth}: {}\n", of(nth)));
        format!("x: {value}\n{}", lines.collect::<Vec<_>>().concat())
    };
    for (count, is_shown) in [(10, true), (2_001, false)] {
        let (blue, green) = (text("one", false, count), text("two", true, count));
        let report = audited(&blue, &green, "a.yaml", &Policy::default());
        assert_eq!(drift(&report, "/x").excerpts.blue.is_some(), is_shown);
    }
}
