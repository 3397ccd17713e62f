//! Findings: those that block in full, by cause or resource; the others in short form.

use std::collections::BTreeMap;
use std::io;

use super::differences::way;
use super::excerpt::sides;
use crate::report::Detail;
use crate::report::causes::{Caused, Told, folded, summary};
use crate::report::chapter::{Chapter, is_shown};
use crate::report::decided::decided;
use crate::report::page::{FAINT, PLAIN, Page, STRONG, severity_style};
use crate::report::phrases::{counted, position};
use crate::wire::report::{DirectionCounts, Finding, Pair, Report, Threshold};

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for chapter in Chapter::ALL {
        let all: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|finding| Chapter::of(finding, report.threshold) == chapter)
            .collect();
        if all.is_empty() {
            continue;
        }
        page.heading(&format!("{} ({})", chapter.heading(), all.len()))?;
        let least = page.options.min_severity;
        let shown: Vec<&Finding> =
            all.iter().copied().filter(|finding| is_shown(finding.severity, least)).collect();
        // With no threshold nothing blocks, and what is new is all there is to read.
        let is_full = page.options.detail == Detail::Full
            || chapter == Chapter::Blocking
            || (chapter == Chapter::New && report.threshold == Threshold::Never);
        if is_full {
            in_full(page, &shown)?;
        } else {
            shown.iter().try_for_each(|finding| in_short(page, finding))?;
        }
        hidden(page, all.len().saturating_sub(shown.len()))?;
    }
    Ok(())
}

/// Says how many the filter left out.
pub(super) fn hidden(page: &mut Page<'_>, count: usize) -> io::Result<()> {
    let Some(least) = page.options.min_severity.filter(|_| count > 0) else { return Ok(()) };
    let line = page.line(2).add(FAINT, &format!("{count} below {least} not shown"));
    page.print(line)
}

/// Findings of one cause, or else of one resource, together; groups in the order of their worst.
fn groups<'f>(findings: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut index: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let key = match finding.group.as_str() {
            "" => ("", finding.resource.as_str()),
            group => (group, ""),
        };
        let at = *index.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.iter().map(|one| one.severity).max()));
    groups
}

fn in_full(page: &mut Page<'_>, findings: &[&Finding]) -> io::Result<()> {
    for group in groups(findings) {
        let Some(first) = group.first() else { continue };
        page.blank()?;
        if group.len() == 1 {
            let line = page.line(1).add(STRONG, &first.resource);
            page.print(line)?;
        } else {
            let size = counted(group.len() as u64, "place");
            let ways = DirectionCounts::of(group.iter().map(|finding| finding.direction)).shown();
            let ways = if ways.is_empty() { ways } else { format!(": {ways}") };
            let line = page.line(1).add(STRONG, &format!("one cause, {size}{ways}"));
            page.print(line)?;
        }
        let told = folded(&group);
        let Some(first) = told.first().map(|told| told.one) else { continue };
        let line = title(page, first);
        page.print(line)?;
        if group.iter().all(|finding| finding.message == first.message) {
            page.explained("what", &first.message)?;
        }
        for Told { one, folded } in told {
            place(page, one, first, group.len() > 1)?;
            if page.options.detail == Detail::Full {
                folded.iter().try_for_each(|one| place(page, one, first, true))?;
            } else {
                behind(page, &folded)?;
            }
        }
        page.explained("do", &first.remediation)?;
        if !first.controls.is_empty() {
            page.explained("for", &first.controls.join(", "))?;
        }
    }
    Ok(())
}

/// Says how many follow from what was just told.
pub(super) fn behind<T: Caused>(page: &mut Page<'_>, folded: &[&T]) -> io::Result<()> {
    if folded.is_empty() {
        return Ok(());
    }
    page.explained("then", &format!("{}; -v lists them", summary(folded)))
}

/// Says what something follows from, where that is known.
pub(super) fn from<T: Caused>(page: &mut Page<'_>, one: &T) -> io::Result<()> {
    one.follows().map_or(Ok(()), |cause| page.labelled("from", cause))
}

/// One place of a group: where it is and what stands there.
fn place(
    page: &mut Page<'_>,
    finding: &Finding,
    first: &Finding,
    with_resource: bool,
) -> io::Result<()> {
    if finding.severity != first.severity || finding.rule != first.rule {
        let line = title(page, finding);
        page.print(line)?;
    }
    if with_resource {
        page.labelled("in", &finding.resource)?;
    }
    if !finding.path.is_empty() {
        page.labelled("path", &finding.path)?;
    }
    // Of several places of one cause, the lines of one tell what is wrong.
    let shows = page.options.detail == Detail::Full || finding.fingerprint == first.fingerprint;
    let none = Pair::default();
    sides(page, &finding.places, &finding.values, if shows { &finding.excerpts } else { &none })?;
    way(page, finding.direction)?;
    from(page, finding)?;
    if finding.message != first.message {
        page.explained("what", &finding.message)?;
    }
    decided(finding).iter().try_for_each(|said| page.explained("by", said))?;
    if finding.remediation != first.remediation {
        page.explained("do", &finding.remediation)?;
    }
    page.labelled("id", &finding.fingerprint)
}

fn title(page: &Page<'_>, finding: &Finding) -> crate::report::page::Line {
    page.line(2)
        .column(severity_style(finding.severity), finding.severity.name(), 10)
        .add(STRONG, &finding.rule)
        .add(PLAIN, "  ")
        .add(PLAIN, &finding.title)
}

fn in_short(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let line = title(page, finding);
    page.print(line)?;
    let at = finding.places.green.as_ref().or(finding.places.blue.as_ref());
    let at = at.map_or_else(|| finding.resource.clone(), position);
    let line = page
        .line(12)
        .add(PLAIN, &at)
        .add(PLAIN, "  ")
        .add(PLAIN, &finding.path)
        .add(FAINT, "  ")
        .add(FAINT, &finding.fingerprint);
    page.print(line)?;
    decided(finding).iter().try_for_each(|said| page.prose(12, "", said))
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::wire::report::{Finding, Report, Severity, sample};

    #[test]
    fn groups_are_by_cause_else_by_resource_worst_first() {
        let mut findings = Report::from(sample::report()).findings;
        findings.truncate(4);
        let marks = [("", "a", Severity::Low), ("c", "b", Severity::High)];
        let marks =
            marks.into_iter().chain([("", "a", Severity::Critical), ("c", "d", Severity::Low)]);
        for (finding, (group, resource, severity)) in findings.iter_mut().zip(marks) {
            group.clone_into(&mut finding.group);
            resource.clone_into(&mut finding.resource);
            finding.severity = severity;
        }
        let findings: Vec<&Finding> = findings.iter().collect();
        let groups = groups(&findings);
        let resources = |group: &Vec<&Finding>| {
            group.iter().map(|finding| finding.resource.clone()).collect::<Vec<_>>()
        };
        let names: Vec<Vec<String>> = groups.iter().map(resources).collect();
        assert_eq!(names, [["a", "a"], ["b", "d"]]);
    }
}
