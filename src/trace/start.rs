//! Whether the collectors of a side start, by what their images are built of.

use super::anchor::At;
use super::collector::{Collector, Home};
use super::fault::Fault;
use super::graph::Graph;
use super::wiring::broken;
use super::workload::Workload;
use crate::dialect::distribution::Distribution;
use crate::dialect::version::Version;

impl<'a> Graph<'a> {
    /// Why a collector, by index, does not start: every image that is known to run it lacks a
    /// component of its configuration, or that does not hold together. Nothing where it starts, or
    /// cannot be told.
    pub(super) fn stopped(&self, index: usize) -> Option<Fault> {
        let collector = *self.collectors.get(index)?;
        // Of a file of its own, another one may hold the rest.
        let is_whole = collector.home != Home::File && self.namespaces.get(index)?.is_some();
        let adds = |word: &String| word.starts_with("--set");
        let open = self.running(index).into_iter().filter(|one| one.told.is_none());
        let mut words = open.flat_map(|one| &one.containers).flat_map(|one| &one.args);
        let is_set = words.any(adds);
        let is_known = is_whole && collector.is_plain && !is_set;
        let own = || broken(collector).or_else(|| refused(collector, self.version_of(index)));
        self.lacking(index, collector).or_else(|| own().filter(|_| is_known))
    }

    fn lacking(&self, index: usize, collector: &'a Collector) -> Option<Fault> {
        let own = self.running(index).into_iter().map(own_image);
        let resources = self.resource_images(collector).iter().map(|image| Some((*image, &None)));
        let mut images = own.chain(resources).peekable();
        images.peek()?;
        let mut first: Option<Fault> = None;
        for image in images {
            let (image, at) = image?;
            let fault = lack(collector, image)?;
            first = Some(first.unwrap_or(fault).at(at));
        }
        Some(first?.at(&collector.at))
    }

    /// The images that an operator is told to run for a collector.
    fn resource_images(&self, collector: &'a Collector) -> &[&'a str] {
        let Home::Resource { namespace, name } = &collector.home else { return &[] };
        self.images.get(&(namespace.as_str(), name.as_str())).map_or(&[], Vec::as_slice)
    }
}

/// A reference that no collector fills in and none starts with: what follows `:-` is taken for a part of the
/// name of a source where `env:` does not stand before it (run: opentelemetry-collector v0.152.0, `confmap`).
pub(super) fn refused(collector: &Collector, version: Option<Version>) -> Option<Fault> {
    if version.is_some_and(|version| Version::parse("0.104.0").is_some_and(|since| version < since))
    {
        return None;
    }
    let reference = collector.references.iter().find(|reference| reference.is_refused)?;
    let name = &reference.variable;
    let reason =
        format!("it does not start: ${{{name}:-…}} names no source, as ${{env:{name}:-…}} does");
    Some(collector.fault("does-not-start", name, reason).at(&reference.at))
}

/// The image of the one collector of a workload.
fn own_image(workload: &Workload) -> Option<(&str, &At)> {
    let mut collectors = workload.containers.iter().filter(|container| container.is_collector());
    match (collectors.next(), collectors.next()) {
        (Some(only), None) => Some((&only.image, &only.at_image)),
        _ => None,
    }
}

/// What of a collector's configuration its image was not built with.
pub(super) fn lack(collector: &Collector, image: &str) -> Option<Fault> {
    let distribution = Distribution::of_image(image)?;
    let lacking = |(section, id): &&(&'static str, String)| distribution.lacks(section, id);
    let (section, id) = collector.components.iter().find(lacking)?;
    let image = image.split('@').next()?.rsplit('/').next()?;
    let section = section.strip_suffix('s').unwrap_or(section);
    let reason = format!("it does not start: {image} is built without the {section} {id}");
    Some(collector.fault("does-not-start", id, reason))
}
