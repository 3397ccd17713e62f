//! Differences: how many, what explains them, and those that were asked for one by one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use super::excerpt::sides;
use super::findings;
use crate::report::causes::{Told, folded};
use crate::report::page::{FAINT, PLAIN, Page, STRONG};
use crate::report::phrases::{counted, proof};
use crate::report::{Changes, Detail};
use crate::wire::report::{Change, Direction, Pair, Report};

/// How many differences there are and which explanation each has; then what was asked for.
pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let rows = &report.summary.changes;
    let total = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
    page.heading(&format!("Differences ({total}) and what explains them"))?;
    if rows.is_empty() {
        let line = page.line(2).add(PLAIN, "none: the sides are equal");
        page.print(line)?;
    }
    for row in rows {
        let is_drift = row.kind == UNEXPLAINED;
        let style = if is_drift { STRONG } else { PLAIN };
        let ways = report.summary.directions.shown();
        let line = page
            .line(2)
            .add(style, &format!("{:>8}  ", row.count))
            .column(style, &row.kind, 16)
            .add(FAINT, if is_drift { &ways } else { &row.detail });
        page.print(line)?;
    }
    match page.options.changes {
        Changes::Counted => Ok(()),
        Changes::ByResource => by_resource(page, report),
        Changes::Unexplained | Changes::Explained | Changes::All => listed(page, report),
    }
}

/// The kind of what nothing explains.
const UNEXPLAINED: &str = "unexplained";

/// How many differences are unexplained and explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Counts {
    unexplained: u64,
    explained: u64,
}

impl Counts {
    fn add(&mut self, kind: &str, count: u64) {
        let sum = if kind == UNEXPLAINED { &mut self.unexplained } else { &mut self.explained };
        *sum = sum.saturating_add(count);
    }

    fn of(report: &Report) -> Self {
        let mut counts = Self::default();
        report.summary.changes.iter().for_each(|row| counts.add(&row.kind, row.count));
        counts
    }
}

/// Lists differences, and counts those that are not listed.
fn listed(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let wanted = page.options.changes;
    let shown = |change: &&Change| wanted.lists(change.explanation.kind() == UNEXPLAINED);
    let shown: Vec<&Change> = report.changes.iter().filter(shown).collect();
    for Told { one, folded } in folded(&shown) {
        difference(page, one)?;
        if page.options.detail == Detail::Full {
            folded.iter().try_for_each(|change| difference(page, change))?;
        } else {
            findings::behind(page, &folded)?;
        }
    }
    let counts = Counts::of(report);
    let hidden = match wanted {
        Changes::Unexplained => (counts.explained, "explained", "--only all"),
        Changes::Explained => (counts.unexplained, UNEXPLAINED, "--only unexplained"),
        Changes::Counted | Changes::ByResource | Changes::All => return Ok(()),
    };
    let (count, kind, how) = hidden;
    if count == 0 {
        return Ok(());
    }
    page.blank()?;
    let is = if count == 1 { "is" } else { "are" };
    let differences = counted(count, &format!("{kind} difference"));
    page.prose(2, "", &format!("{differences} {is} not listed: `driftseal diff {how}` lists them"))
}

/// Counts differences by resource, those with most drift first.
fn by_resource(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let mut resources: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut sum = Counts::default();
    for change in &report.changes {
        let kind = change.explanation.kind();
        resources.entry(&change.resource).or_default().add(kind, 1);
        sum.add(kind, 1);
    }
    let number = resources.len();
    let mut rows: Vec<(&str, Counts)> = resources.into_iter().collect();
    rows.sort_by_key(|(resource, counts)| (Reverse(*counts), *resource));
    page.heading(&format!("Differences by resource ({number})"))?;
    let line = page.line(2).add(FAINT, "unexplained  explained  resource");
    page.print(line)?;
    for (resource, counts) in rows {
        row(page, counts, resource)?;
    }
    let all = Counts::of(report);
    let whole = Counts {
        unexplained: all.unexplained.saturating_sub(sum.unexplained),
        explained: all.explained.saturating_sub(sum.explained),
    };
    if whole != Counts::default() {
        row(page, whole, "(of whole documents, without a place of their own)")?;
    }
    row(page, all, &format!("in all, {}", counted(number as u64, "resource")))
}

fn row(page: &mut Page<'_>, counts: Counts, name: &str) -> io::Result<()> {
    let style = if counts.unexplained > 0 { STRONG } else { PLAIN };
    let line = page
        .line(2)
        .add(style, &format!("{:>11}", counts.unexplained))
        .add(PLAIN, &format!("{:>11}  ", counts.explained))
        .add(PLAIN, name);
    page.print(line)
}

fn difference(page: &mut Page<'_>, change: &Change) -> io::Result<()> {
    page.blank()?;
    let line = page
        .line(2)
        .column(PLAIN, change.edit.name(), 10)
        .add(STRONG, &change.resource)
        .add(PLAIN, " ")
        .add(PLAIN, &change.path);
    page.print(line)?;
    sides(page, &change.places, &change.values, &Pair::default())?;
    way(page, change.direction)?;
    findings::from(page, change)?;
    page.labelled("why", &proof(&change.explanation))?;
    page.labelled("id", &change.fingerprint)
}

/// Which way a difference goes, where that is known.
pub(super) fn way(page: &mut Page<'_>, direction: Option<Direction>) -> io::Result<()> {
    direction.map_or(Ok(()), |direction| page.labelled("way", direction.name()))
}

#[cfg(test)]
mod tests {
    use crate::model::{Pair, Shown};
    use crate::report::{Changes, RenderOptions, renderer};
    use crate::wire::report::{Report, sample};

    fn text(changes: Changes, colour: bool) -> String {
        let mut report = sample::report();
        if let Some(change) = report.changes.last_mut() {
            let value = |end: &str| Some(Shown(format!("https://collector.svc:4317/v1/{end}")));
            change.values = Pair::new(value("traces"), value("logs"));
        }
        let options = RenderOptions { colour, changes, ..RenderOptions::default() };
        let mut out = Vec::new();
        renderer("text")
            .unwrap()
            .render(&Report::from(report.clone()), &options, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let ids = |text: &str| text.matches("id     dsc1:").count();
        let unexplained = text(Changes::Unexplained, false);
        assert_eq!(ids(&unexplained), 1);
        let line =
            "816 explained differences are not listed: `driftseal diff --only all` lists them";
        assert!(unexplained.contains(line), "{unexplained}");
        let explained = text(Changes::Explained, false);
        assert_eq!(ids(&explained), 5);
        assert!(explained.contains("1 unexplained difference is not listed"), "{explained}");
        let all = text(Changes::All, false);
        assert_eq!(ids(&all), 6);
        assert!(!all.contains("not listed") && ids(&text(Changes::Counted, false)) == 0);
    }

    #[test]
    fn the_way_a_difference_goes_is_said_and_counted() {
        let text = text(Changes::All, false);
        assert!(text.contains("    way    weaker\n    why    unexplained\n"), "{text}");
        assert!(text.contains("1  unexplained     1 weaker\n"), "{text}");
    }

    #[test]
    fn the_sum_of_the_table_is_that_of_the_summary() {
        let text = text(Changes::ByResource, false);
        let table = concat!(
            "Differences by resource (1)\n",
            "  unexplained  explained  resource\n",
            "            1          5  k8s:apps/v1/Deployment/payments/checkout\n",
            "            0        811  (of whole documents, without a place of their own)\n",
            "            1        816  in all, 1 resource\n",
        );
        assert!(text.contains(table), "{text}");
    }

    #[test]
    fn words_that_differ_are_marked_by_colour_or_else_by_carets() {
        let plain = text(Changes::All, false);
        let marked = concat!(
            "    blue   apps/checkout.yaml:7:20: https://collector.svc:4317/v1/traces\n",
            "                                                                  ^^^^^^\n",
        );
        assert!(plain.contains(marked), "{plain}");
        let coloured = text(Changes::All, true);
        assert!(!coloured.contains("^^^^"), "{coloured}");
        assert!(coloured.contains("/v1/\u{1b}[4m\u{1b}[34mtraces\u{1b}[0m"), "{coloured:?}");
    }
}
