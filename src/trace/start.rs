//! Whether the collectors of a side start, by what their images are built of.

use super::collector::{Collector, Home};
use super::graph::{Graph, Runs};
use super::workload::Workload;
use crate::dialect::distribution::Distribution;

impl<'a> Graph<'a> {
    /// Why a collector, by index, does not start: every image that is known to run it lacks a
    /// component of its configuration. Nothing where one has them all, or cannot be told.
    pub(super) fn stopped(&self, index: usize) -> Option<String> {
        let collector = *self.collectors.get(index)?;
        let workloads = self.workloads.iter().zip(&self.runs);
        let own = workloads
            .filter(|(_, runs)| **runs == Some(Runs::Collector(index)))
            .map(|(workload, _)| own_image(workload));
        let mut images =
            own.chain(self.resource_images(collector).iter().copied().map(Some)).peekable();
        images.peek()?;
        let mut first = None;
        for image in images {
            let reason = lack(collector, image?)?;
            first.get_or_insert(reason);
        }
        first
    }

    /// The images that an operator is told to run for a collector.
    fn resource_images(&self, collector: &'a Collector) -> &[&'a str] {
        let Home::Resource { namespace, name } = &collector.home else { return &[] };
        self.images.get(&(namespace.as_str(), name.as_str())).map_or(&[], Vec::as_slice)
    }
}

/// The image of the one collector of a workload.
fn own_image(workload: &Workload) -> Option<&str> {
    let mut collectors = workload.containers.iter().filter(|container| container.is_collector());
    match (collectors.next(), collectors.next()) {
        (Some(only), None) => Some(&only.image),
        _ => None,
    }
}

/// What of a collector's configuration its image was not built with.
fn lack(collector: &Collector, image: &str) -> Option<String> {
    let distribution = Distribution::of_image(image)?;
    let lacking = |(section, id): &&(&'static str, String)| distribution.lacks(section, id);
    let (section, id) = collector.components.iter().find(lacking)?;
    let image = image.split('@').next()?.rsplit('/').next()?;
    let section = section.strip_suffix('s').unwrap_or(section);
    Some(format!("it does not start: {image} is built without the {section} {id}"))
}
