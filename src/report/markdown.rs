//! A comment on a change request: the verdict first, then what blocks, worst first.
//!
//! It stays below what GitHub takes for a comment: 65,536 characters, or the whole is refused
//! (danger/danger#424, telia-oss/github-pr-resource#259). What did not fit is counted where it is
//! missing, and stands in the report as JSON.

mod comment;
mod controls;

use std::collections::BTreeMap;
use std::io;

use comment::{Comment, Texts, code, prose};

use super::alignment::{consequences, renamed};
use super::causes::{Caused, Told, folded, summary};
use super::chapter::{Chapter, is_shown};
use super::decided::decided;
use super::phrases::{counted, placed, proof};
use super::reasons::reasons;
use super::{RenderOptions, Renderer, Seal};
use crate::wire::report::{Change, Direction, DirectionCounts, Finding, Place, Report, Verdict};

/// A comment on a change request.
pub(super) static MARKDOWN: Markdown = Markdown;

pub(super) struct Markdown;

/// The kind of what nothing explains.
const UNEXPLAINED: &str = "unexplained";

impl Renderer for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn about(&self) -> &'static str {
        "A comment for a change request, under 65,536 characters; says what it leaves out."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut comment = Comment::new(options.ascii);
        head(&mut comment, report, options);
        chapter(&mut comment, report, options, Chapter::Blocking);
        gaps(&mut comment, report);
        let others = Chapter::ALL.into_iter().filter(|one| *one != Chapter::Blocking);
        others.for_each(|one| chapter(&mut comment, report, options, one));
        drift(&mut comment, report, options);
        remedies(&mut comment, report);
        hygiene(&mut comment, report);
        explained(&mut comment, report);
        other_names(&mut comment, report);
        controls::table(&mut comment, report);
        sums(&mut comment, report);
        out.write_all(comment.finish().as_bytes())
    }
}

fn head(comment: &mut Comment, report: &Report, options: &RenderOptions) {
    let others = report.verdicts.iter().copied().filter(|other| *other != report.verdict);
    let named: Vec<String> = std::iter::once(report.verdict).chain(others).map(named).collect();
    comment.line(&format!("## {}", named.join(", also ")));
    comment.line("");
    for reason in reasons(report) {
        let reason = comment.text(&reason);
        comment.line(&format!("- {}", prose(&reason)));
    }
    let seal = match &options.seal {
        Seal::NotSigned(why) => format!("**NOT SIGNED**: {}", prose(&comment.text(why))),
        Seal::SignedBy(keys) => format!("signed by {}", code(&comment.text(&keys.join(", ")))),
        Seal::NotVerified(why) => format!("**NOT VERIFIED**: {}", prose(&comment.text(why))),
    };
    comment.line(&format!("- {seal}"));
    let engine = format!(
        "{} {}, judged at {}, threshold {}",
        report.engine.name, report.engine.version, report.evaluated_at, report.threshold
    );
    let engine = comment.text(&engine);
    comment.line(&format!("- {}", prose(&engine)));
    let changes = |is: &dyn Fn(&str) -> bool| {
        let rows = report.summary.changes.iter().filter(|row| is(&row.kind));
        rows.fold(0_u64, |sum, row| sum.saturating_add(row.count))
    };
    comment.line(&format!(
        "- {} unexplained{}, {} explained",
        counted(changes(&|kind| kind == UNEXPLAINED), "difference"),
        ways(report.summary.directions),
        changes(&|kind| kind != UNEXPLAINED)
    ));
    let ends = report.trace.summary.green;
    if report.trace.summary.services > 0 {
        comment.line(&format!(
            "- trace paths in green: {} to a backend, {} dark, {} broken, {} unresolved",
            ends.backend, ends.dark, ends.broken, ends.unresolved
        ));
    }
}

/// How many go which way, weaker ones first, in brackets.
fn ways(counts: DirectionCounts) -> String {
    let shown = counts.shown();
    if shown.is_empty() { shown } else { format!(" ({shown})") }
}

/// A word, and below it which way a difference goes, where that is known.
fn with_way(word: &str, direction: Option<Direction>) -> String {
    direction.map_or_else(|| word.to_owned(), |way| format!("{word}<br>{way}"))
}

fn named(verdict: Verdict) -> String {
    format!("{} (exit {})", verdict.name().to_ascii_uppercase(), verdict.exit())
}

/// One chapter of findings; only what blocks is open to begin with.
fn chapter(comment: &mut Comment, report: &Report, options: &RenderOptions, chapter: Chapter) {
    let all = report.findings.iter().filter(|one| Chapter::of(one, report.threshold) == chapter);
    let all: Vec<&Finding> = all.collect();
    if all.is_empty() {
        return;
    }
    let least = options.min_severity;
    let (shown, hidden): (Vec<&Finding>, Vec<&Finding>) =
        all.iter().partition(|finding| is_shown(finding.severity, least));
    let ways = DirectionCounts::of(all.iter().map(|finding| finding.direction)).shown();
    let title = format!("{} ({})", chapter.heading(), all.len());
    let is_open = chapter == Chapter::Blocking;
    comment.begin(&title, is_open);
    if !ways.is_empty() {
        comment.line(&format!("{ways}\n"));
    }
    let told = folded(&shown);
    let behind: Vec<&Finding> = told.iter().flat_map(|told| told.folded.iter().copied()).collect();
    rows(comment, told);
    if let Some(least) = least.filter(|_| !hidden.is_empty()) {
        comment.line(&format!("{} below {least} not shown", hidden.len()));
    }
    comment.end(is_open);
    if !behind.is_empty() {
        comment.begin(
            &format!("{}: what follows from a cause ({})", chapter.heading(), behind.len()),
            false,
        );
        rows(comment, behind.into_iter().map(|one| Told { one, folded: Vec::new() }).collect());
        comment.end(false);
    }
}

fn rows(comment: &mut Comment, told: Vec<Told<'_, Finding>>) {
    let columns = ["severity", "what", "where", "blue", "green", "id"];
    comment.table(&columns, told.into_iter(), |Told { one: finding, folded }, texts| {
        let said =
            [&finding.rule, &finding.title, &finding.message].map(|text| prose(&texts.cut(text)));
        let [rule, title, message] = said;
        vec![
            with_way(finding.severity.name(), finding.direction),
            format!(
                "**{rule}** {title}<br>{message}{}{}",
                decisions(texts, finding),
                cause(texts, finding, &folded)
            ),
            spot(texts, &finding.resource, &finding.path),
            side(texts, finding.places.blue.as_ref(), finding.values.blue.as_deref()),
            side(texts, finding.places.green.as_ref(), finding.values.green.as_deref()),
            code(&texts.cut(&finding.fingerprint)),
        ]
    });
}

/// What the policy decided about a finding.
fn decisions(texts: Texts, finding: &Finding) -> String {
    let said = decided(finding).into_iter().map(|said| prose(&texts.cut(&said)));
    let lines: Vec<String> = std::iter::once(String::new()).chain(said).collect();
    lines.join("<br>")
}

/// What something follows from, and how much follows from it.
fn cause<T: Caused>(texts: Texts, one: &T, folded: &[&T]) -> String {
    let from = one.follows().map(|cause| format!("follows from {cause}"));
    let then = (!folded.is_empty()).then(|| summary(folded));
    let lines = from.into_iter().chain(then);
    let lines: Vec<String> = lines.map(|line| prose(&texts.cut(&line))).collect();
    if lines.is_empty() { String::new() } else { format!("<br>{}", lines.join("<br>")) }
}

fn spot(texts: Texts, resource: &str, path: &str) -> String {
    format!("{}<br>{}", code(&texts.cut(resource)), code(&texts.cut(path)))
}

fn side(texts: Texts, place: Option<&Place>, value: Option<&str>) -> String {
    let place = place.map(|place| code(&texts.cut(&placed(Some(place), None))));
    let value = value.map(|value| code(&texts.cut(value)));
    match (place, value) {
        (None, None) => "(nothing)".to_owned(),
        (place, value) => place.into_iter().chain(value).collect::<Vec<_>>().join("<br>"),
    }
}

fn gaps(comment: &mut Comment, report: &Report) {
    if report.gaps.is_empty() {
        return;
    }
    comment.begin(&format!("Not evaluated ({})", report.gaps.len()), true);
    let columns = ["side", "where", "why"];
    let mut gaps: Vec<_> = report.gaps.iter().collect();
    gaps.sort_by_key(|gap| gap.accepted);
    comment.table(&columns, gaps.into_iter(), |gap, texts| {
        let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
        let accepted = if gap.accepted { " (accepted by the policy)" } else { "" };
        vec![
            gap.side.name().to_owned(),
            code(&texts.cut(&format!("{}{line}", gap.file))),
            format!(
                "**{}**{accepted}<br>{}",
                prose(&texts.cut(&gap.reason)),
                prose(&texts.cut(&gap.message))
            ),
        ]
    });
    comment.end(true);
}

/// What to do about what blocks, once for each rule.
fn remedies(comment: &mut Comment, report: &Report) {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    for finding in report.findings.iter().filter(|one| one.blocks(report.threshold)) {
        rules.entry(&finding.rule).or_insert(&finding.remediation);
    }
    if rules.is_empty() {
        return;
    }
    comment.begin("What to do", false);
    comment.table(&["rule", "remedy"], rules.into_iter(), |(rule, remedy), texts| {
        vec![code(&texts.cut(rule)), prose(&texts.cut(remedy))]
    });
    comment.end(false);
}

/// Differences that nothing explains, where they were asked for.
fn drift(comment: &mut Comment, report: &Report, options: &RenderOptions) {
    if options.changes.lists(true) {
        listed(comment, report, "Unexplained differences", true);
    }
    if options.changes.lists(false) {
        listed(comment, report, "Explained differences", false);
    }
}

fn listed(comment: &mut Comment, report: &Report, title: &str, is_drift: bool) {
    let wanted = |change: &&Change| (change.explanation.kind() == UNEXPLAINED) == is_drift;
    let all: Vec<&Change> = report.changes.iter().filter(wanted).collect();
    if all.is_empty() {
        return;
    }
    comment.begin(&format!("{title} ({})", all.len()), is_drift);
    let told = folded(&all);
    let behind: Vec<&Change> = told.iter().flat_map(|told| told.folded.iter().copied()).collect();
    differences(comment, told);
    comment.end(is_drift);
    if !behind.is_empty() {
        comment.begin(&format!("{title}: what follows from a cause ({})", behind.len()), false);
        differences(
            comment,
            behind.into_iter().map(|one| Told { one, folded: Vec::new() }).collect(),
        );
        comment.end(false);
    }
}

fn differences(comment: &mut Comment, told: Vec<Told<'_, Change>>) {
    let columns = ["edit", "where", "blue", "green", "why", "id"];
    comment.table(&columns, told.into_iter(), |Told { one: change, folded }, texts| {
        let why = prose(&texts.cut(&proof(&change.explanation)));
        vec![
            with_way(change.edit.name(), change.direction),
            spot(texts, &change.resource, &change.path),
            side(texts, change.places.blue.as_ref(), change.values.blue.as_deref()),
            side(texts, change.places.green.as_ref(), change.values.green.as_deref()),
            format!("{why}{}", cause(texts, change, &folded)),
            code(&texts.cut(&change.fingerprint)),
        ]
    });
}

fn hygiene(comment: &mut Comment, report: &Report) {
    if report.hygiene.is_empty() {
        return;
    }
    comment.begin(&format!("Policy files to tidy ({})", report.hygiene.len()), false);
    let columns = ["severity", "what", "message"];
    comment.table(&columns, report.hygiene.iter(), |record, texts| {
        vec![
            record.severity.name().to_owned(),
            format!("{}<br>{}", code(&texts.cut(&record.rule)), code(&texts.cut(&record.subject))),
            prose(&texts.cut(&record.message)),
        ]
    });
    comment.end(false);
}

/// Documents that go by another name, and what follows from that.
fn other_names(comment: &mut Comment, report: &Report) {
    let sentences = [renamed(report), consequences(report)].concat();
    if sentences.is_empty() {
        return;
    }
    comment.begin(&format!("By another name ({})", report.alignment.renamed.len()), false);
    comment.table(&["what"], sentences.iter(), |sentence, texts| vec![prose(&texts.cut(sentence))]);
    comment.end(false);
}

/// How often each explanation was used.
fn explained(comment: &mut Comment, report: &Report) {
    let rows = &report.summary.changes;
    if rows.is_empty() {
        return;
    }
    comment.begin("Differences by what explains them", false);
    comment.table(&["count", "kind", "by"], rows.iter(), |row, texts| {
        vec![row.count.to_string(), row.kind.clone(), code(&texts.cut(&row.detail))]
    });
    comment.end(false);
}

/// What became of every object, and of which snapshots this is the report.
fn sums(comment: &mut Comment, report: &Report) {
    comment.begin("Accounting", false);
    let columns = ["side", "found", "compared", "excluded", "not evaluated", "snapshot"];
    let inputs = [&report.inputs.blue, &report.inputs.green];
    let rows = report.accounting.sides().into_iter().zip(inputs);
    comment.table(&columns, rows, |((side, sums), input), texts| {
        let counts = [sums.found, sums.compared, sums.excluded, sums.gaps];
        let mut row = vec![side.name().to_owned()];
        row.extend(counts.map(|count| count.to_string()));
        row.push(code(&texts.cut(&input.digest.sha256)));
        row
    });
    if !report.packs.is_empty() {
        comment.line("");
        comment.table(&["rule pack", "rules", "sha256"], report.packs.iter(), |pack, texts| {
            let name = format!("{} {}", pack.id, pack.version);
            let digest = code(&texts.cut(&pack.digest.sha256));
            vec![prose(&texts.cut(&name)), pack.rules.to_string(), digest]
        });
    }
    for (side, _) in report.accounting.sides().into_iter().filter(|(_, sums)| !sums.agrees()) {
        comment.line("");
        comment.line(&format!("**The sums of {side} do not agree: do not trust this report.**"));
    }
    comment.end(false);
}

#[cfg(test)]
mod tests {
    use super::MARKDOWN;
    use crate::model::{self, Severity, State};
    use crate::report::{Changes, RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn written(report: &model::Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        MARKDOWN.render(&Report::from(report.clone()), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_verdict_is_first_and_what_blocks_comes_before_the_rest() {
        let text = written(&sample::report(), &RenderOptions::default());
        assert!(text.starts_with("## INCONCLUSIVE (exit 3), also FAIL (exit 1)\n"), "{text}");
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        let order = [
            at("NOT SIGNED"),
            at("### Blocks the switch (2)"),
            at("### Not evaluated (3)"),
            at("<summary>Inherited: blue has it too (1)</summary>"),
            at("<summary>Accounting</summary>"),
        ];
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }

    #[test]
    fn a_comment_is_never_too_long_and_counts_what_it_leaves_out() {
        let mut report = sample::report();
        let one = sample::finding("DS-TRC-003", Severity::High, State::Introduced);
        for index in 0..3000 {
            let mut finding = one.clone();
            finding.at.resource.0 = format!("yaml:{index}.yaml");
            finding.message = "|*@#<>".repeat(100);
            report.findings.push(finding);
            let mut gap = report.gaps.green[0].clone();
            gap.0.place = format!("{index}.yaml");
            report.gaps.green.push(gap);
        }
        let text = written(&report, &RenderOptions::default());
        assert!(text.chars().count() < 65_536, "{}", text.chars().count());
        let rows = |section: &str| {
            let from = text.find(section).unwrap();
            let part =
                text.get(from..).unwrap().split("\n### ").next().unwrap().split("<details>").next();
            let part = part.unwrap();
            let rows = part.lines().filter(|line| line.starts_with("| ")).count() - 1;
            let more =
                part.lines().find_map(|line| line.strip_suffix(" more in the report as JSON"));
            rows + more.map_or(0, |count| count.parse::<usize>().unwrap())
        };
        assert_eq!(rows("Blocks the switch (3002)"), 3002);
        assert_eq!(rows("Not evaluated (3003)"), 3003);
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }

    #[test]
    fn text_of_others_makes_no_cell_link_mention_tag_or_command() {
        let hostile = "a|b `c` **d** [e](https://evil.example) <img src=x onerror=y> @admin #1 \
                       www.evil.example\n\n# heading\r\n::error::x ##[error] </details> \\| $x$ ~~s~~ \
                       \u{202e} &lt; ![i](j) me@evil.example";
        let mut report = sample::report();
        for finding in &mut report.findings {
            hostile.clone_into(&mut finding.title);
            hostile.clone_into(&mut finding.message);
            hostile.clone_into(&mut finding.rule.0);
            hostile.clone_into(&mut finding.at.resource.0);
            hostile.clone_into(&mut finding.remediation);
            finding.values.blue = Some(model::Shown(hostile.to_owned()));
            if let Some(place) = &mut finding.places.blue {
                hostile.clone_into(&mut place.file);
            }
        }
        for change in &mut report.changes {
            change.values.green = Some(model::Shown(hostile.to_owned()));
            change.explanation = model::Explanation::Generated { by: hostile.to_owned() };
        }
        for (gap, _) in report.gaps.blue.iter_mut().chain(&mut report.gaps.green) {
            hostile.clone_into(&mut gap.place);
            hostile.clone_into(&mut gap.message);
        }
        for record in &mut report.hygiene {
            hostile.clone_into(&mut record.subject);
            hostile.clone_into(&mut record.message);
        }
        let plain = sample::report();
        for ascii in [true, false] {
            let options =
                RenderOptions { ascii, changes: Changes::All, ..RenderOptions::default() };
            let text = written(&report, &options);
            let tags =
                ["<br>", "<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"];
            let without = tags.iter().fold(text.clone(), |text, tag| text.replace(tag, ""));
            assert!(!without.contains(['<', '>', '@', '`', '[', ']', '\\', '$', '~']), "{without}");
            for sign in ["://", "www.", " #1", "##[", "\n::", "\u{202e}", "\n# "] {
                assert!(!without.contains(sign), "{sign}: {without}");
            }
            let columns = |text: &str| {
                let rows = text.lines().filter(|line| line.starts_with('|'));
                rows.map(|row| row.matches('|').count()).collect::<Vec<_>>()
            };
            let mut expected = columns(&written(&plain, &options));
            let mut found = columns(&text);
            expected.sort_unstable();
            expected.dedup();
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, expected);
        }
    }
}
