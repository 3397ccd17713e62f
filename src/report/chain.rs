//! The chain of proof of one difference, and all that a report says about one finding.

use std::io;

use super::decided::decided;
use super::page::{FAINT, PLAIN, Page, STRONG, severity_style};
use super::phrases::counted;
use super::text::excerpt;
use super::{RenderOptions, escape};
use crate::model::{self, Side, Timestamp};
use crate::policy::{ColourMap, suggest};
use crate::wire::report::{Change, Explanation, Finding, Pair, Report, State};

/// How many others of a group, or of a place, are named.
const OTHERS_MAX: usize = 12;

/// Something in a report that has a name.
#[derive(Debug, Clone, Copy)]
pub enum Named<'r> {
    /// A finding.
    Finding(&'r Finding),
    /// A difference.
    Change(&'r Change),
}

impl<'r> Named<'r> {
    /// Everything in a report whose name or instance is `text`; else all whose begins with it.
    pub fn find(report: &'r Report, text: &str) -> Vec<Self> {
        let findings = report.findings.iter().map(Self::Finding);
        let all: Vec<Self> = findings.chain(report.changes.iter().map(Self::Change)).collect();
        let named = |is: &dyn Fn(&str) -> bool| -> Vec<Self> {
            all.iter().filter(|one| one.names().into_iter().any(is)).copied().collect()
        };
        let exact = named(&|name| name == text);
        if exact.is_empty() { named(&|name| name.starts_with(text)) } else { exact }
    }

    /// Its name, then its instance.
    pub fn names(self) -> [&'r str; 2] {
        match self {
            Self::Finding(finding) => [&finding.fingerprint, &finding.instance],
            Self::Change(change) => [&change.fingerprint, &change.instance],
        }
    }

    /// Writes everything a report says about it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn explain(
        self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Page::new(out, options);
        match self {
            Self::Finding(finding) => about_finding(&mut page, report, finding),
            Self::Change(change) => about_change(&mut page, report, change),
        }
    }
}

fn about_change(page: &mut Page<'_>, report: &Report, change: &Change) -> io::Result<()> {
    let kind = change.explanation.kind();
    let line = page
        .line(0)
        .add(STRONG, &change.fingerprint)
        .add(PLAIN, &format!("  {}, {kind}", change.edit.name()));
    page.print(line)?;
    page.heading("What stands where")?;
    page.labelled("in", &change.resource)?;
    page.labelled("path", &change.path)?;
    // What a finding shows of the very place, where there is one.
    let same = |one: &&Finding| one.places == change.places && one.resource == change.resource;
    let excerpts = report.findings.iter().find(same).map(|one| one.excerpts.clone());
    excerpt::sides(page, &change.places, &change.values, &excerpts.unwrap_or_default())?;
    page.labelled("id", &change.instance)?;
    if let Some(cause) = &change.follows {
        page.labelled("from", cause)?;
    }
    page.heading("How the two came beside each other")?;
    for sentence in beside(report, change) {
        page.prose(2, "- ", &sentence)?;
    }
    let is_drift = change.explanation == Explanation::Unexplained {};
    page.heading(if is_drift { "What explains it: nothing" } else { "What explains it" })?;
    for sentence in proof(report, change) {
        page.prose(2, "- ", &sentence)?;
    }
    let others = alike(report, &change.explanation);
    if others > 0 {
        let what = counted(others, "other difference");
        let same = if is_drift {
            "of this report: unexplained too"
        } else {
            "of this report: explained by the same"
        };
        page.prose(2, "- ", &format!("{what} {same}"))?;
    }
    if is_drift {
        declare(page, report, change)?;
    }
    let here = report.findings.iter().filter(|one| is_here(one, change));
    others_of(page, "Findings at this place", here)
}

/// By what the sides were joined: the resource, then every step of the path.
fn beside(report: &Report, change: &Change) -> Vec<String> {
    let mut said = Vec::new();
    let alike = report.alignment.renamed.iter().find(|one| one.resource == change.resource);
    let named = match (&change.places.blue, &change.places.green) {
        (Some(_), Some(_)) if alike.is_some() => "blue's document has this name",
        (Some(_), Some(_)) => "the documents of both sides have this name, colours left out",
        (Some(_), None) => "only blue has this place",
        (None, Some(_)) => "only green has this place",
        (None, None) => "the sides were compared as whole files of this name, colours left out",
    };
    said.push(format!("{named}: {}", change.resource));
    if let Some(one) = alike {
        said.push(format!(
            "no document of green has that name; likeness joined it with {}: {} % alike, by {}, what \
             few documents say counting more",
            one.names.green, one.score, one.ground
        ));
    }
    if let (Some(blue), Some(green)) = (&change.places.blue, &change.places.green)
        && blue.file != green.file
    {
        said.push(format!("their files are {} and {}", blue.file, green.file));
    }
    let segments: Vec<&str> = change.path.split('/').skip(1).collect();
    let is_index = |text: &&&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let members: Vec<&str> = segments.iter().filter(|text| text.contains('=')).copied().collect();
    if !members.is_empty() {
        said.push(format!("members of lists were joined by name: {}", members.join(", ")));
    }
    if segments.iter().any(|text| is_index(&text)) {
        let how = "a member without a name was joined by what it holds, else by its position; \
                   its number is the one in blue, or in green where blue has none";
        said.push(how.to_owned());
    }
    said
}

/// What was checked, in plain words.
fn proof(report: &Report, change: &Change) -> Vec<String> {
    let reader = change.resource.split(':').next().unwrap_or_default();
    let policy: String = report.inputs.policy.sha256.chars().take(12).collect();
    match &change.explanation {
        Explanation::Representation { how } => {
            vec![format!("another spelling of the same: {how}"), same(how, reader)]
        }
        Explanation::Default { citation } => vec![
            "one side leaves out what the other spells out, and what it spells out is what its \
             absence means"
                .to_owned(),
            format!("as documented: {citation}"),
        ],
        Explanation::Colour { token } => vec![
            format!(
                "what blue has, with `{}` replaced by `{}` wherever it is a word or name of its \
                 own, is what green has",
                token.blue, token.green
            ),
            format!("the colour map is declared, by the policy {policy}; it is never inferred"),
        ],
        Explanation::Generated { by } => vec![
            format!("nobody wrote it by hand: {by}"),
            "a hash that says `recomputed` was computed again from what it is a hash of, on both \
             sides; other values are written anew at every deployment by what is named here"
                .to_owned(),
        ],
        Explanation::Declared { allowance, pinned } => vec![
            format!("the allowance `{allowance}` of the policy {policy} covers this place"),
            open_sides(*pinned).to_owned(),
        ],
        Explanation::Unexplained {} => vec![
            "it is no other spelling, no documented default, not what the colour map makes of \
             blue, not generated, and no allowance covers it"
                .to_owned(),
        ],
    }
}

/// What was checked of two spellings.
fn same(how: &str, reader: &str) -> String {
    if how.starts_with("its reader") {
        format!("as {reader} it has no effect: whatever stands here is not looked at")
    } else if how.starts_with("order") {
        format!("to {reader} the order says nothing here; members that differ are told apart")
    } else {
        format!("both texts were read as {reader} reads them, and gave one value")
    }
}

const fn open_sides(pinned: Pair<bool>) -> &'static str {
    match (pinned.blue, pinned.green) {
        (true, true) => "it pins both values, and both are what it says",
        (true, false) => "it pins blue's value, which is what it says; green's may be anything",
        (false, true) => "it pins green's value, which is what it says; blue's may be anything",
        (false, false) => "it pins no value: whatever stood here would be covered",
    }
}

/// How many other differences have the same explanation.
fn alike(report: &Report, explanation: &Explanation) -> u64 {
    let detail = match explanation {
        Explanation::Representation { how } => {
            how.split_once(": ").map_or(how.as_str(), |(class, _)| class).to_owned()
        }
        Explanation::Default { citation } => citation.clone(),
        Explanation::Colour { token } => format!("{} -> {}", token.blue, token.green),
        Explanation::Generated { by } => by.clone(),
        Explanation::Declared { allowance, .. } => allowance.clone(),
        Explanation::Unexplained {} => String::new(),
    };
    let mut rows = report.summary.changes.iter();
    let row = rows.find(|row| row.kind == explanation.kind() && row.detail == detail);
    row.map_or(0, |row| row.count.saturating_sub(1))
}

/// The allowance that would explain a difference.
fn declare(page: &mut Page<'_>, report: &Report, change: &Change) -> io::Result<()> {
    page.heading("What would explain it")?;
    let words = model::Pair::new(&report.inputs.blue.colour, &report.inputs.green.colour);
    let colours = ColourMap::new(&words.map(Clone::clone), &[]);
    let green = change.values.green.as_deref().unwrap_or_default();
    if !colours.bleeds(Side::Green, green).is_empty() {
        return page.prose(2, "", "nothing should: what stands in green names blue; fix it there");
    }
    let judged = Timestamp::parse(&report.evaluated_at);
    let Some(record) = judged.and_then(|now| suggest::allowance_for(change, now)) else {
        return page.prose(2, "", "no allowance can name this place: make the sides equal");
    };
    page.prose(
        2,
        "",
        "if it is intended, this allowance in driftseal.toml, once it has a reason and an owner:",
    )?;
    page.blank()?;
    for line in record.lines() {
        let line = page.line(2).add(PLAIN, line);
        page.print(line)?;
    }
    Ok(())
}

/// Whether a finding is about the place of a difference.
fn is_here(finding: &Finding, change: &Change) -> bool {
    finding.resource == change.resource && finding.path == change.path
}

fn about_finding(page: &mut Page<'_>, report: &Report, finding: &Finding) -> io::Result<()> {
    let line = page
        .line(0)
        .add(STRONG, &finding.fingerprint)
        .add(PLAIN, "  ")
        .add(severity_style(finding.severity), finding.severity.name())
        .add(PLAIN, &format!(", {}, {}", finding.state, finding.disposition));
    page.print(line)?;
    let line = page.line(0).add(STRONG, &finding.rule).add(PLAIN, "  ").add(PLAIN, &finding.title);
    page.print(line)?;
    page.heading("What stands where")?;
    page.labelled("in", &finding.resource)?;
    if !finding.path.is_empty() {
        page.labelled("path", &finding.path)?;
    }
    excerpt::sides(page, &finding.places, &finding.values, &finding.excerpts)?;
    page.explained("what", &finding.message)?;
    if let Some(cause) = &finding.follows {
        page.labelled("from", cause)?;
    }
    page.labelled("id", &finding.instance)?;
    page.heading("What to do")?;
    page.prose(2, "- ", &finding.remediation)?;
    page.prose(2, "- ", state(finding.state))?;
    for said in decided(finding) {
        page.prose(2, "- ", &said)?;
    }
    if finding.blocks(report.threshold) {
        let text = format!("it fails the gate: the threshold is {}", report.threshold);
        page.prose(2, "- ", &text)?;
        let ask = "somebody else may approve it for a while: `driftseal waivers request`";
        page.prose(2, "- ", ask)?;
    }
    if !finding.controls.is_empty() {
        page.prose(2, "- it bears on ", &finding.controls.join(", "))?;
    }
    page.prose(2, "- ", &format!("`driftseal explain {}` says more about the rule", finding.rule))?;
    let unexplained = |change: &&Change| {
        is_here(finding, change) && change.explanation == (Explanation::Unexplained {})
    };
    if let Some(change) = report.changes.iter().find(unexplained) {
        let text = "an allowance explains the difference; a rule about green alone still speaks";
        page.prose(2, "- ", text)?;
        declare(page, report, change)?;
    } else {
        let text = "no difference of this report that an allowance could declare stands at this \
                    place: this rule judges what a side is, and is answered by a fix";
        page.prose(2, "- ", text)?;
    }
    let group = report.findings.iter().filter(|one| {
        !finding.group.is_empty()
            && one.group == finding.group
            && one.fingerprint != finding.fingerprint
    });
    others_of(page, "Others of the same cause", group)
}

const fn state(state: State) -> &'static str {
    match state {
        State::Introduced => "the finding is new: it holds for green and not for blue",
        State::Inherited => "the finding holds for blue too: it is in production today",
        State::Resolved => {
            "the finding holds for blue and no longer for green: nothing is to be done"
        }
    }
}

fn others_of<'f>(
    page: &mut Page<'_>,
    title: &str,
    all: impl Iterator<Item = &'f Finding>,
) -> io::Result<()> {
    let all: Vec<&Finding> = all.collect();
    if all.is_empty() {
        return Ok(());
    }
    page.heading(&format!("{title} ({})", all.len()))?;
    for finding in all.iter().take(OTHERS_MAX) {
        let line = page
            .line(2)
            .column(severity_style(finding.severity), finding.severity.name(), 10)
            .add(PLAIN, &format!("{}  {} {}", finding.rule, finding.resource, finding.path))
            .add(FAINT, &format!("  {}", finding.fingerprint));
        page.print(line)?;
    }
    let more = all.len().saturating_sub(OTHERS_MAX);
    if more > 0 {
        let line = page.line(2).add(FAINT, &format!("{more} more"));
        page.print(line)?;
    }
    Ok(())
}

/// The names that a text could mean, one harmless line each.
pub fn candidates(found: &[Named<'_>]) -> Vec<String> {
    let one = |named: &Named<'_>| {
        let (resource, path) = match named {
            Named::Finding(finding) => (&finding.resource, &finding.path),
            Named::Change(change) => (&change.resource, &change.path),
        };
        let [name, instance] = named.names();
        escape(&format!("{name} ({instance}): {resource} {path}"), false)
    };
    found.iter().take(OTHERS_MAX).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{Named, RenderOptions};
    use crate::model;
    use crate::wire::report::{Report, sample};

    fn page(report: &Report, named: Named<'_>) -> String {
        let mut out = Vec::new();
        named.explain(report, &RenderOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_kind_of_explanation_is_proved_in_words() {
        let report = Report::from(sample::report());
        let said = [
            "another spelling of the same: quoting",
            "as documented: kubernetes v1.34 PodSpec",
            "with `blue` replaced by `green`",
            "nobody wrote it by hand: kustomize",
            "the allowance `release-2.4.1-image` of the policy",
            "no allowance covers it",
        ];
        for (change, said) in report.changes.iter().zip(said) {
            let text = page(&report, Named::Change(change));
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(said), "{text}");
            for part in [&change.fingerprint, &change.instance, &change.resource, &change.path] {
                assert!(text.contains(part), "{text}");
            }
            let declares = text.contains("[[allow]]\n");
            assert_eq!(declares, change.explanation.kind() == "unexplained", "{text}");
        }
        let text = page(&report, Named::Change(&report.changes[2]));
        assert!(text.contains("811 other differences"), "{text}");
    }

    #[test]
    fn a_finding_shows_its_group_and_how_to_be_rid_of_it() {
        let mut report = sample::report();
        report.findings[2].group = report.findings[1].group.clone();
        report.changes[5].at = report.findings[1].at.clone();
        let report = Report::from(report.clone());
        let text = page(&report, Named::Finding(&report.findings[1]));
        let group =
            format!("Others of the same cause (1)\n  info      {}", report.findings[2].rule);
        assert!(text.contains(&group), "{text}");
        assert!(text.contains("[[allow]]\n") && text.contains("pci:10.2.1"), "{text}");
        let text = page(&report, Named::Change(&report.changes[5]));
        assert!(text.contains(&report.findings[1].fingerprint), "{text}");
    }

    #[test]
    fn documents_that_likeness_joined_are_told_with_how_alike_they_are() {
        let mut report = sample::report();
        let likeness =
            "likeness joined it with k8s:apps/v1/Deployment/cart: 71 % alike, by content";
        for (resource, is_told) in [
            (report.alignment.renamed[0].at.resource.clone(), true),
            (report.changes[5].at.resource.clone(), false),
        ] {
            report.changes[5].at.resource = resource;
            let report = Report::from(report.clone());
            let text = page(&report, Named::Change(&report.changes[5]));
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words.contains(likeness), is_told, "{text}");
            assert_eq!(words.contains("both sides have this name"), !is_told, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_enough_and_the_whole_name_wins() {
        let mut report = sample::report();
        let plain = Report::from(report.clone()).changes[5].fingerprint.clone();
        report.changes.push(report.changes[5].clone());
        let report = Report::from(report.clone());
        let name = report.changes[5].fingerprint.as_str();
        assert_eq!(name.get(..plain.len()), Some(plain.as_str()));
        assert_eq!(report.changes[6].fingerprint, format!("{name}-2"));
        assert_eq!(Named::find(&report, name).len(), 1);
        assert_eq!(Named::find(&report, &format!("{name}-")).len(), 1);
        assert_eq!(Named::find(&report, name.get(..20).unwrap()).len(), 2);
        assert_eq!(Named::find(&report, "dsc1:").len(), 7);
        assert_eq!(Named::find(&report, &report.findings[0].instance).len(), 1);
        assert!(Named::find(&report, "dsf1:zz").is_empty());
    }

    #[test]
    fn text_of_others_stays_text() {
        let hostile = "x\n::error::y\r\u{1b}[31m\u{202e}##[error]z";
        let mut report = sample::report();
        for change in &mut report.changes {
            hostile.clone_into(&mut change.at.resource.0);
            change.values.blue = Some(model::Shown(hostile.to_owned()));
            change.at.path = model::Path(vec![model::Step::Item(format!("={hostile}"))]);
        }
        for finding in &mut report.findings {
            hostile.clone_into(&mut finding.at.resource.0);
            hostile.clone_into(&mut finding.message);
            hostile.clone_into(&mut finding.rule.0);
        }
        let report = Report::from(report.clone());
        for named in Named::find(&report, "ds") {
            let text = page(&report, named);
            assert!(
                !text.contains(['\r', '\u{1b}', '\u{202e}']) && !text.contains("##["),
                "{text}"
            );
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        }
    }
}
