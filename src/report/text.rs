//! What a release engineer reads in a CI log at three in the morning.
//!
//! The verdict comes first, then what blocks, worst first, then what is only worth knowing, then
//! what was not evaluated and whether the sums agree; the last lines say what to do and which exit
//! codes apply, because the end of a log is what is on the screen.

pub(super) mod differences;
pub(super) mod excerpt;
mod findings;
mod foot;
mod head;
mod source;
mod tables;
mod trace;

use std::io;

use super::page::Page;
use super::{RenderOptions, Renderer};
use crate::wire::report::Report;

/// Text for people.
pub(super) static TEXT: Text = Text;

pub(super) struct Text;

impl Renderer for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "The report for people: the verdict, what blocks and why, what to do next."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Page::new(out, options);
        page.root(report);
        head::write(&mut page, report)?;
        findings::write(&mut page, report)?;
        trace::write(&mut page, report)?;
        differences::write(&mut page, report)?;
        tables::alignment(&mut page, report)?;
        tables::hygiene(&mut page, report)?;
        tables::gaps(&mut page, report)?;
        tables::accounting(&mut page, report)?;
        tables::controls(&mut page, report)?;
        foot::write(&mut page, report)
    }
}

#[cfg(test)]
mod tests {
    use super::TEXT;
    use crate::model;
    use crate::report::{Changes, Detail, RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn text(report: &model::Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        TEXT.render(&Report::from(report.clone()), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_verdict_is_the_first_line_and_the_codes_are_the_last() {
        let text = text(&sample::report(), &RenderOptions::default());
        assert!(text.starts_with("INCONCLUSIVE (exit 3), also FAIL (exit 1)\n"), "{text}");
        let last: Vec<&str> = text.lines().rev().take(2).collect();
        assert!(last[1].trim_start().starts_with("3  inconclusive"), "{text}");
        assert!(last[0].trim_start().starts_with("1  fail"), "{text}");
    }

    #[test]
    fn a_blocking_finding_shows_places_values_and_what_to_do() {
        let text = text(&sample::report(), &RenderOptions::default());
        let block = concat!(
            "  critical  DS-TRC-003  Title of DS-TRC-003\n",
            "    what   message of DS-TRC-003: the sampler is gone\n",
            "    path   /spec/env/name=OTEL_TRACES_SAMPLER\n",
            "    blue   apps/checkout.yaml:41:20\n",
            "        40 | - name: OTEL_TRACES_SAMPLER\n",
            "        41 |   value: parentbased_traceidratio\n",
            "           |          ^^^^^^^^^^^^^^^^^^^^^^^^\n",
            "    green  (nothing)\n",
        );
        assert!(text.contains(block), "{text}");
        let remedy = "    do     remediation of DS-TRC-003: set the sampler again\n";
        assert!(text.contains(remedy), "{text}");
    }

    #[test]
    fn a_hostile_value_forges_no_line() {
        let hostile = "x\n::error::y\r\u{1b}[31mPASS (exit 0)\u{202e}\nPASS ##[error]z";
        let mut report = sample::report();
        for finding in &mut report.findings {
            hostile.clone_into(&mut finding.title);
            hostile.clone_into(&mut finding.message);
            hostile.clone_into(&mut finding.remediation);
            hostile.clone_into(&mut finding.at.resource.0);
            hostile.clone_into(&mut finding.rule.0);
            finding.group = format!("::{hostile}");
            finding.controls = vec![hostile.to_owned()];
            finding.values.green = Some(model::Shown(hostile.to_owned()));
            if let Some(place) = &mut finding.places.blue {
                hostile.clone_into(&mut place.file);
            }
            if let Some(excerpt) = &mut finding.excerpts.blue {
                let cut_in_two = format!("- name: a #{hostile}#[error]");
                excerpt.lines = vec![hostile.to_owned(), cut_in_two, "::error::z".to_owned()];
            }
        }
        for change in &mut report.changes {
            hostile.clone_into(&mut change.at.resource.0);
            change.values.blue = Some(model::Shown(hostile.to_owned()));
        }
        for (gap, _) in report.gaps.blue.iter_mut().chain(&mut report.gaps.green) {
            gap.place = format!("::{hostile}");
            hostile.clone_into(&mut gap.message);
        }
        for renamed in &mut report.alignment.renamed {
            hostile.clone_into(&mut renamed.names.green);
        }
        for hygiene in &mut report.hygiene {
            hostile.clone_into(&mut hygiene.subject);
            hostile.clone_into(&mut hygiene.message);
        }
        hostile.clone_into(&mut report.inputs.green.collectors[0].notes[0]);
        let options = RenderOptions {
            ascii: false,
            detail: Detail::Full,
            changes: Changes::All,
            width: 30,
            ..RenderOptions::default()
        };
        let text = text(&report, &options);
        assert!(text.contains("PASS"));
        assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']) && !text.contains("##["));
        for line in text.lines() {
            assert!(!line.starts_with("PASS") && !line.trim_start().starts_with("::"), "{line}");
        }
    }

    #[test]
    fn nothing_but_ascii_is_written_where_nothing_else_can_be_shown() {
        let mut report = sample::report();
        "Prüfung \u{2192} Größe".clone_into(&mut report.findings[0].title);
        assert!(text(&report, &RenderOptions::default()).is_ascii());
        let options = RenderOptions { ascii: false, ..RenderOptions::default() };
        assert!(text(&report, &options).contains("Prüfung \u{2192} Größe"));
    }

    #[test]
    fn documents_by_another_name_are_told_with_what_follows() {
        let text = text(&sample::report(), &RenderOptions::default());
        let told = "Deployment/shop-cart -> k8s:apps/v1/Deployment/cart  71 % alike, by content\n";
        assert!(text.contains(told), "{text}");
        assert!(text.contains("12 differences follow from shop-cart -> cart"), "{text}");
    }

    #[test]
    fn sums_that_do_not_agree_are_said_loudly() {
        let mut report = sample::report();
        assert!(!text(&report, &RenderOptions::default()).contains("do not agree"));
        report.accounting.green.found += 1;
        assert!(text(&report, &RenderOptions::default()).contains("green do not agree"));
    }

    #[test]
    fn a_clean_pass_says_so_and_asks_for_nothing() {
        let mut report = sample::report();
        report.verdict = model::Verdict::Pass;
        report.verdicts = vec![model::Verdict::Pass];
        report.findings.clear();
        report.gaps = model::Pair::default();
        report.hygiene.clear();
        let options = RenderOptions {
            seal: crate::report::Seal::SignedBy(vec!["b3907db6".to_owned()]),
            ..RenderOptions::default()
        };
        let text = text(&report, &options);
        assert!(text.starts_with("PASS (exit 0)\n"), "{text}");
        assert!(!text.contains("What to do next"), "{text}");
        assert!(text.trim_end().ends_with("is open"), "{text}");
    }
}
