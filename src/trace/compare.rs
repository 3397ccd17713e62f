//! Green's ways beside blue's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::facts::TraceFacts;
use super::graph::Graph;
use super::known::Known;
use super::meet::{joined, name};
use super::path::ServicePath;
use super::target::CROSSING;
use super::views::{SideFacts, SideItem, SideView};
use super::{carried, context};
use crate::dialect::component::present_name;
use crate::model::{EndKind, Pair, ServiceTrace, Side, Trace, TraceFact, TracePath, Transport};
use crate::policy::ColourMap;

/// Both sides, their ways resolved.
pub struct Sides<'a> {
    graphs: Pair<Graph<'a>>,
    paths: Pair<Vec<ServicePath>>,
}

impl<'a> Sides<'a> {
    /// Resolves the facts of both sides, given the files of each in which nothing stands.
    pub fn new(
        (facts, bare): (&'a Pair<TraceFacts>, &'a Pair<BTreeSet<String>>),
        known: &'a mut Known,
        colours: &'a ColourMap,
    ) -> Self {
        let graphs = both(|side| Graph::new((facts.get(side), bare.get(side)), side, colours));
        *known = Known::of(&graphs, colours);
        let known = &*known;
        let graphs = graphs.map(|graph| graph.knowing(known));
        let mut paths = both(|side| graphs.get(side).resolve());
        name(&mut paths, colours);
        Self { graphs, paths }
    }

    /// The items of a view of each side.
    pub fn items(&self, view: &SideView) -> Pair<Vec<SideItem<'_>>> {
        both(|side| {
            let (graph, paths) = (self.graphs.get(side), self.paths.get(side));
            (view.extract)(&SideFacts { graph, paths })
        })
    }

    /// The ways of both sides beside each other.
    pub fn compare(mut self, colours: &ColourMap) -> Trace {
        let edges = self.items(&context::EDGE);
        let said = edges.map(|items| (context::calls(&items), context::torn(&items)));
        for side in Side::BOTH {
            context::attach(&said.get(side).0, self.paths.get_mut(side));
        }
        let torn = said.green.1.difference(&said.blue.1).cloned().collect();
        compare(self.paths, &torn, colours)
    }
}

/// Makes both sides at once.
fn both<T: Send>(make: impl Fn(Side) -> T + Sync) -> Pair<T> {
    let (blue, green) = rayon::join(|| make(Side::Blue), || make(Side::Green));
    Pair::new(blue, green)
}

/// Puts the ways of both sides beside each other, given the services between which context is lost in
/// green only. Sorted by service and settings.
fn compare(paths: Pair<Vec<ServicePath>>, torn: &BTreeSet<String>, colours: &ColourMap) -> Trace {
    let joined = joined(paths.as_ref().map(Vec::as_slice), colours);
    let fold = |side: Side, text: &str| colours.fold(side, text).into_owned();
    let titles = Pair::from_fn(|side| {
        let title = |path: &ServicePath| (fold(side, &path.service), fold(side, &path.settings));
        paths.get(side).iter().map(title).collect::<Vec<_>>()
    });
    let faults = paths.as_ref().map(|paths| {
        let kinds = |path: &ServicePath| path.faults.iter().map(|fault| fault.kind).collect();
        paths.iter().map(kinds).collect::<Vec<BTreeSet<&'static str>>>()
    });
    let mut held = paths.map(|paths| {
        paths.into_iter().map(|path| Some(path.path)).collect::<Vec<Option<TracePath>>>()
    });
    let mut trace = Trace::default();
    for (blue, green) in joined {
        let index = Pair::new(blue, green);
        let named = index.map(Some).green.flatten().map(|index| (Side::Green, index));
        let named = named.or_else(|| index.blue.map(|index| (Side::Blue, index)));
        let Some((service, settings)) =
            named.and_then(|(side, index)| titles.get(side).get(index)).cloned()
        else {
            continue;
        };
        let paths = Pair::from_fn(|side| {
            let slot = (*index.get(side)).and_then(|index| held.get_mut(side).get_mut(index));
            slot.and_then(Option::take)
        });
        let none = BTreeSet::new();
        let faults = green.and_then(|index| faults.green.get(index)).unwrap_or(&none);
        let facts = facts(&paths, (faults, torn.contains(&service)), colours);
        trace.services.push(ServiceTrace { service, settings, facts, paths });
    }
    trace.services.sort_by(|a, b| (&a.service, &a.settings).cmp(&(&b.service, &b.settings)));
    count(&mut trace);
    trace
}

fn count(trace: &mut Trace) {
    for service in &trace.services {
        trace.total = trace.total.saturating_add(1);
        for fact in &service.facts {
            let count = trace.facts.entry(*fact).or_default();
            *count = count.saturating_add(1);
        }
        for side in Side::BOTH {
            if let Some(path) = service.paths.get(side) {
                let count = trace.ends.get_mut(side).entry(path.kind()).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
}

/// What can be said about the ways of one service.
fn facts(
    paths: &Pair<Option<TracePath>>,
    (faults, is_torn): (&BTreeSet<&'static str>, bool),
    colours: &ColourMap,
) -> Vec<TraceFact> {
    let mut found = BTreeSet::new();
    let reaches = paths.as_ref().map(|path| path.as_ref().is_some_and(TracePath::reaches_backend));
    let stops = paths.as_ref().map(|path| path.as_ref().is_none_or(stops));
    if reaches.blue && stops.green {
        found.insert(TraceFact::PathLost);
    }
    if reaches.green && stops.blue {
        found.insert(TraceFact::PathGained);
    }
    if let Some(green) = &paths.green {
        let ends = |kind| green.ends.iter().any(|end| end.kind == kind);
        let says = [
            (TraceFact::PathBroken, ends(EndKind::Broken)),
            (TraceFact::DarkService, ends(EndKind::Dark)),
            (TraceFact::ColourCrossing, crosses(green, colours)),
            (TraceFact::CollectorWouldNotStart, faults.contains("does-not-start")),
            (TraceFact::SelfLoop, faults.contains("loop")),
            (TraceFact::ContextBroken, is_torn),
        ];
        found.extend(says.into_iter().filter(|(_, holds)| *holds).map(|(fact, _)| fact));
    }
    if let Some(both) = paths.as_ref().map(Option::as_ref).both() {
        found.extend(changes(both, colours));
    }
    if found.is_empty() {
        found.insert(TraceFact::PathChanged);
    }
    found.into_iter().collect()
}

/// Whether spans are known to get to no backend.
fn stops(path: &TracePath) -> bool {
    path.ends.iter().all(|end| matches!(end.kind, EndKind::Dark | EndKind::Broken))
}

/// Whether a hop of green goes to a host that names blue.
fn crosses(green: &TracePath, colours: &ColourMap) -> bool {
    let names = |host: &str| !colours.bleeds(Side::Green, host).is_empty();
    green.hops.iter().any(|hop| names(&hop.to))
        || green.ends.iter().any(|end| end.reason.starts_with(CROSSING))
}

/// What tells two ways apart.
fn changes(paths: Pair<&TracePath>, colours: &ColourMap) -> BTreeSet<TraceFact> {
    let shapes = Pair::from_fn(|side| shape(paths.get(side), side, colours));
    if shapes.blue == shapes.green {
        return BTreeSet::from([TraceFact::Unchanged]);
    }
    let mut found = BTreeSet::new();
    let backends = Pair::from_fn(|side| {
        let ends = paths.get(side).ends.iter().filter(|end| end.kind == EndKind::Backend);
        ends.map(|end| colours.fold(side, &end.at)).collect::<BTreeSet<_>>()
    });
    let both_reach = !backends.blue.is_empty() && !backends.green.is_empty();
    if both_reach && backends.blue != backends.green {
        found.insert(TraceFact::PathRedirected);
    }
    let tenants = Pair::from_fn(|side| {
        let all = carried::tenants(paths.get(side)).into_iter();
        all.map(|(name, tenant)| (name, colours.fold(side, tenant))).collect::<Vec<_>>()
    });
    if both_reach && tenants.blue != tenants.green {
        found.insert(TraceFact::TenantChanged);
    }
    let (samplers, left) = (paths.map(samplers), paths.map(left));
    if paths.blue.sampling != paths.green.sampling
        || (both_reach && (samplers.blue != samplers.green || left.blue != left.green))
    {
        found.insert(TraceFact::SamplingChanged);
    }
    if let Some(Pair { blue, green }) = paths.map(least_scrubs).both() {
        match blue.cmp(&green) {
            std::cmp::Ordering::Greater => found.extend([TraceFact::ScrubWeakened]),
            std::cmp::Ordering::Less => found.extend([TraceFact::ScrubStrengthened]),
            std::cmp::Ordering::Equal => (),
        }
    }
    for (blue, green) in paths.blue.hops.iter().zip(&paths.green.hops) {
        match (blue.transport, green.transport) {
            (Transport::Tls, Transport::Clear) => found.extend([TraceFact::TransportWeakened]),
            (Transport::Clear, Transport::Tls) => found.extend([TraceFact::TransportStrengthened]),
            _ => (),
        }
        if (blue.authenticated, green.authenticated) == (Some(true), Some(false)) {
            found.insert(TraceFact::Unauthenticated);
        }
    }
    found
}

/// Everything of a way but its places, colours folded.
fn shape<'p>(path: &'p TracePath, side: Side, colours: &ColourMap) -> Vec<Cow<'p, str>> {
    let fold = |text: &'p str| colours.fold(side, text);
    let made = |text: Cow<'p, str>| match text {
        Cow::Borrowed(text) => fold(text),
        Cow::Owned(text) => Cow::Owned(colours.fold(side, &text).into_owned()),
    };
    let mut shape = vec![Cow::from(&path.sampling)];
    let formats = [&path.context.writes, &path.context.reads];
    shape.extend(
        formats.map(|known| known.as_ref().map_or(Cow::default(), |all| all.join(",").into())),
    );
    shape.extend(path.context.calls.iter().map(|call| made(format!("{call:?}").into())));
    for hop in &path.hops {
        shape.extend([fold(&hop.from), fold(&hop.to), hop.transport.name().into()]);
        shape.extend(hop.authenticated.map(|yes| if yes { "true" } else { "false" }.into()));
        shape.extend(
            hop.headers.iter().map(|one| made(format!("{} {}", one.name, one.value).into())),
        );
        shape.extend(hop.processors.iter().map(|id| made(present_name("processors", id))));
    }
    for end in &path.ends {
        let scrubs = end.scrubs.map_or_else(String::new, |count| count.to_string());
        shape.extend([end.kind.name().into(), fold(&end.at), fold(&end.reason), scrubs.into()]);
        shape.extend(end.sampled.iter().map(|sampled| Cow::from(&sampled.at_most)));
        shape.extend(end.keeps.iter().map(Cow::from));
    }
    shape
}

/// Types of the processors on the way that keep only some traces, in order.
fn samplers(path: &TracePath) -> Vec<&str> {
    let kind = |id| str::split(id, '/').next().unwrap_or_default();
    let all = path.hops.iter().flat_map(|hop| &hop.processors).map(|id| kind(id));
    all.filter(|kind| matches!(*kind, "probabilistic_sampler" | "tail_sampling")).collect()
}

/// The shares of new traces that get to backends, each once.
fn left(path: &TracePath) -> BTreeSet<(&str, bool)> {
    let ends = path.ends.iter().filter_map(|end| end.sampled.as_ref());
    ends.map(|sampled| (sampled.at_most.as_str(), sampled.is_exact)).collect()
}

/// The fewest removing or masking processors on the way to any end; nothing where no way is known
/// to its end.
fn least_scrubs(path: &TracePath) -> Option<u32> {
    path.ends.iter().filter_map(|end| end.scrubs).min()
}
