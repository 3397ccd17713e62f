//! Differences of one cause: a root, and what follows from it.
//!
//! A difference follows from another only where the root says both of its values, an image that goes
//! from one version to the next, and a label that goes from that very version to that very next; or
//! where it cannot but follow: a name that is written elsewhere, a checksum of what differs. Nothing is
//! explained by it: what follows counts as before, and is told behind its root.

mod checksums;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use checksums::Checksums;
use names::Names;

use super::differences::RENAMED;
use super::{Inputs, effective};
use crate::dialect::parts_of_image;
use crate::model::{
    Cause, Change, Digest, Edit, Explanation, Finding, Pair, Path, ResourceId, Shown, Step,
};
use crate::policy::ColourMap;
use crate::trace::Sides;

/// Keys whose value is the version of the program beside them (read on 2026-11-22 in
/// `helm.sh/docs/chart_best_practices/labels`, the page `unified_service_tagging` of `docs.datadoghq.com`
/// and `annotations.md` of `opencontainers/image-spec`; semantic conventions of OpenTelemetry).
const VERSION_KEYS: &[&str] = &[
    "app.kubernetes.io/version",
    "helm.sh/chart",
    "service.version",
    "tags.datadoghq.com/version",
    "org.opencontainers.image.version",
    "DD_VERSION",
];

/// A key that is a version where it is a label.
const VERSION_LABEL: &str = "version";

/// How the name of a group begins.
const PREFIX: &str = "dsg1";

/// What differences have in common.
struct Group {
    /// Its name.
    name: String,
    /// What it is called.
    cause: String,
}

impl Group {
    /// What goes from one text to another: of these words, where there are such texts.
    fn of(what: &str, of: &str, goes: &Pair<String>) -> Self {
        let parts = [what, of, &goes.blue, &goes.green];
        let name = format!("{PREFIX}:{}", Digest::of_parts(parts.map(str::as_bytes)).short(16));
        let cause = match (of, goes.blue.as_str(), goes.green.as_str()) {
            (of, "", "") => format!("{what} {of}"),
            ("", blue, green) => format!("{what} {blue} -> {green}"),
            (of, blue, green) => format!("{what} {of}: {blue} -> {green}"),
        };
        Self { name, cause }
    }
}

/// One image that goes from one version to another.
struct Bump<'c> {
    resource: &'c ResourceId,
    cause: String,
    group: String,
    /// The versions as labels may write them.
    versions: BTreeSet<Pair<String>>,
}

/// What goes from one version to another, by these, of one resource and of all: groups, and what
/// they are called.
type Roots<'b> = BTreeMap<(Option<&'b ResourceId>, Pair<String>), BTreeMap<&'b str, &'b str>>;

/// What a finding on a difference shares with it.
type Told<'c> = (&'c ResourceId, &'c Path, &'c Pair<Option<Shown>>);

/// Tells the roots among the unexplained differences, and what follows from each.
pub(super) fn find(inputs: Inputs<'_>, sides: &Sides<'_>, changes: &mut [Change]) {
    let colours = &inputs.policy.colours;
    let (names, checksums) = (Names::of(changes, colours), Checksums::of(changes, sides));
    let bumps: Vec<Option<Bump<'_>>> =
        changes.iter().map(|one| bump(one, &names, colours)).collect();
    let mut roots = Roots::new();
    for bump in bumps.iter().flatten() {
        for (of, pair) in
            bump.versions.iter().flat_map(|pair| [(None, pair), (Some(bump.resource), pair)])
        {
            roots.entry((of, pair.clone())).or_default().insert(&bump.group, &bump.cause);
        }
    }
    let cause = |(change, bump): (&Change, &Option<Bump<'_>>)| {
        let open = change.explanation == Explanation::Unexplained;
        let root = bump.as_ref().map(|bump| Cause { group: bump.group.clone(), follows: None });
        root.or_else(|| names.root(change))
            .or_else(|| followed(change, &roots))
            .or_else(|| names.followed(change))
            .or_else(|| checksums.followed(change))
            .or_else(|| checksums.root(change))
            .filter(|_| open)
    };
    let causes: Vec<Option<Cause>> = changes.iter().zip(&bumps).map(cause).collect();
    for (change, cause) in changes.iter_mut().zip(causes) {
        change.cause = cause;
    }
}

/// The rules whose findings are differences, or that a document goes by another name.
pub(super) fn told_by(inputs: Inputs<'_>) -> BTreeSet<&str> {
    let renamed = inputs.rules.rules_for(RENAMED).iter().map(|rule| rule.id.0.as_str());
    effective::drift_rules(inputs).into_iter().chain(renamed).collect()
}

/// Gives findings on differences, made by rules of `drift`, the causes of these.
pub(super) fn hand_on(changes: &[Change], drift: &BTreeSet<&str>, findings: &mut [Finding]) {
    let known: BTreeMap<Told<'_>, &Cause> = changes
        .iter()
        .filter_map(|one| {
            Some(((&one.at.resource, &one.at.path, &one.values), one.cause.as_ref()?))
        })
        .collect();
    for finding in findings.iter_mut().filter(|one| drift.contains(one.rule.0.as_str())) {
        let told = (&finding.at.resource, &finding.at.path, &finding.values);
        if let Some(cause) = known.get(&told) {
            finding.group.clone_from(&cause.group);
            finding.follows.clone_from(&cause.follows);
        }
    }
}

fn bump<'c>(change: &'c Change, names: &Names<'_>, colours: &ColourMap) -> Option<Bump<'c>> {
    let is_image = change.at.path.0.last() == Some(&Step::Key("image".to_owned()));
    let texts = texts(change).filter(|_| is_image)?;
    let images = texts.map(parts_of_image).both()?;
    let name = colours.recolour(images.blue.0).into_owned();
    if name != images.green.0 || name.is_empty() {
        return None;
    }
    let tags = images.map(|(_, tag, _)| tag).both();
    let is_same = |rests: Pair<&str>| {
        rests.blue == rests.green || names.are_last_parts(&change.at.resource, rests)
    };
    let goes = match tags.and_then(|tags| variants(tags, is_same)) {
        // Variants of one release go the same way; what a digest names is one image alone.
        Some(versions) if images.map(|(_, _, digest)| digest) == Pair::new(None, None) => {
            versions.map(str::to_owned)
        }
        Some(_) | None => images.map(|(_, tag, digest)| {
            let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
            format!("{}{digest}", tag.unwrap_or_default())
        }),
    };
    let Group { name: group, cause } = Group::of("image", &name, &goes);
    let spelled = tags.into_iter().flat_map(|tags| [Some(tags), tags.map(version).both()]);
    let versions = spelled
        .flatten()
        .map(|pair| pair.map(|text| bare(text).to_owned()))
        .filter(|pair| pair.blue != pair.green && !pair.blue.is_empty() && !pair.green.is_empty());
    Some(Bump { resource: &change.at.resource, cause, group, versions: versions.collect() })
}

/// The versions that two tags begin with, where what stands behind them is the same.
fn variants<'t>(
    tags: Pair<&'t str>,
    is_same: impl Fn(Pair<&str>) -> bool,
) -> Option<Pair<&'t str>> {
    let versions = tags.map(version).both()?;
    let rest = |(tag, version): (&'t str, &str)| tag.strip_prefix(version);
    let rests = tags.zip(versions).map(rest).both()?;
    (versions.blue != versions.green && is_same(rests)).then_some(versions)
}

/// The version that a tag begins with: `2.0.1` of `2.0.1-accounting`.
fn version(tag: &str) -> Option<&str> {
    let word = tag.split(['-', '_', '+']).next()?;
    let is_version = bare(word).starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    is_version.then_some(word)
}

/// A version without the letter some write before it.
fn bare(text: &str) -> &str {
    let rest = text.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    rest.unwrap_or(text)
}

/// From which image a difference follows: one of its own resource, else the only one that goes this
/// way at all.
fn followed(change: &Change, roots: &Roots<'_>) -> Option<Cause> {
    let texts = texts(change).filter(|_| is_version(&change.at.path))?;
    let own = Some(&change.at.resource);
    let mut known = versions(texts)
        .filter_map(|pair| roots.get(&(own, pair.clone())).or_else(|| roots.get(&(None, pair))));
    let groups = known.next().filter(|groups| groups.len() == 1)?;
    let (group, cause) = groups.first_key_value()?;
    Some(Cause { group: (*group).to_owned(), follows: Some((*cause).to_owned()) })
}

/// The versions that two texts end in, behind equal names: all of them, or `1.2.0` of `cart-1.2.0`.
fn versions(texts: Pair<&str>) -> impl Iterator<Item = Pair<String>> {
    let behind = texts.blue.match_indices('-').filter_map(move |(at, _)| {
        let (name, blue) = texts.blue.split_at_checked(at.saturating_add(1))?;
        Some(Pair::new(blue, texts.green.strip_prefix(name)?))
    });
    std::iter::once(texts).chain(behind).map(|pair| pair.map(|text| bare(text).to_owned()))
}

/// Whether a place says which version of a program runs. What selects by it decides more.
fn is_version(path: &Path) -> bool {
    let name_of = |step: &Step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Item(name) => name.strip_prefix("name=").map(str::to_owned),
        Step::Index(_) => None,
    };
    let names: Vec<String> = path.0.iter().filter_map(name_of).collect();
    if names.iter().any(|name| ["selector", "matchLabels"].contains(&name.as_str())) {
        return false;
    }
    match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [.., last] if VERSION_KEYS.contains(last) => true,
        [.., "labels", last] => *last == VERSION_LABEL,
        [.., name, "value"] => VERSION_KEYS.contains(name),
        _ => false,
    }
}

/// Both texts of a value in the place of another that nothing explains, where all of each is shown and
/// is one word.
fn texts(change: &Change) -> Option<Pair<&str>> {
    let is_plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || "<>[]{}".contains(c));
    whole_texts(change).filter(|texts| texts.map(is_plain) == Pair::new(true, true))
}

/// The same where they may be of several words.
fn whole_texts(change: &Change) -> Option<Pair<&str>> {
    if change.edit != Edit::Replaced || change.explanation != Explanation::Unexplained {
        return None;
    }
    let is_whole = |text: &str| !text.is_empty() && !text.contains(['…', '"', '<']);
    let values = Pair::new(change.values.blue.as_ref()?, change.values.green.as_ref()?);
    let texts = values.map(|Shown(text)| {
        text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
    });
    (texts.map(is_whole) == Pair::new(true, true)).then_some(texts)
}
