//! Which of several things of one name is meant: folders of several environments, regions or teams may
//! each hold one, and each means its own.

use super::facts::Settings;
use super::graph::Graph;
use super::workload::Service;

/// The one that stands nearest to a file: in it, else in as many of its folders as none of the others.
/// Nothing where several stand equally near.
pub(super) fn nearest<'x, 'f, T>(
    from: Option<&str>,
    all: &'x [T],
    file: impl Fn(&T) -> Option<&'f str>,
) -> Option<&'x T> {
    match all {
        [only] => Some(only),
        _ => match nearest_of(from?, all, file).as_slice() {
            [only] => Some(*only),
            _ => None,
        },
    }
}

/// Those that stand nearest to a file.
pub(super) fn nearest_of<'x, 'f, T>(
    from: &str,
    all: &'x [T],
    file: impl Fn(&T) -> Option<&'f str>,
) -> Vec<&'x T> {
    let near = |one: &T| file(one).map_or((0, false), |other| nearness(from, other));
    let most = all.iter().map(near).max().unwrap_or_default();
    all.iter().filter(|one| near(one) == most).collect()
}

/// How many folders two files have in common, more than any for one and the same file; and whether
/// the other stands in one of these itself.
pub(super) fn nearness(one: &str, other: &str) -> (usize, bool) {
    if one == other {
        return (usize::MAX, true);
    }
    let folders = |file| str::rsplit_once(file, '/').map_or("", |(folders, _)| folders);
    let [own, theirs] = [folders(one), folders(other)].map(|folders| folders.split('/'));
    let is_named = |folder: &&str| !folder.is_empty();
    let (own, theirs) = (own.filter(is_named), theirs.filter(is_named));
    let depth = theirs.clone().count();
    let both = own.zip(theirs).take_while(|(one, other)| one == other).count();
    (both, both == depth)
}

/// Of several Services of one name, those that stand nearest to a file.
pub(super) fn meant<'s>(all: &[&'s Service], from: Option<&str>) -> Vec<&'s Service> {
    match from.filter(|_| all.len() > 1) {
        Some(from) => nearest_of(from, all, |one| one.file()).into_iter().copied().collect(),
        None => all.to_vec(),
    }
}

impl<'a> Graph<'a> {
    /// The Services of a name in a namespace, or in none, that a file means.
    pub(super) fn services_of(
        &self,
        (namespace, name): (&str, &str),
        from: Option<&str>,
    ) -> Vec<&'a Service> {
        let all = [namespace, ""].into_iter().find_map(|ns| self.services.get(&(ns, name)));
        meant(all.map_or(&[], Vec::as_slice), from)
    }

    /// The workloads that a Service sends to. Of several Services of one name each means the workloads
    /// that stand nearest to it.
    pub(super) fn selected(&self, service: &Service) -> Vec<usize> {
        let name = (service.namespace.as_str(), service.name.as_str());
        let all = self.behind.get_or_init(|| {
            let each = self.services.values();
            each.map(|all| all.iter().map(|one| self.selected_of(one, all)).collect()).collect()
        });
        let found = self.services.place(&name).and_then(|place| {
            let own = self.services.get(&name)?.iter();
            all.get(place)?.get(own.into_iter().position(|one| std::ptr::eq(*one, service))?)
        });
        found.cloned().unwrap_or_else(|| self.labelled_by(service))
    }

    /// The same, given all Services of its name.
    fn selected_of(&self, service: &Service, all: &[&Service]) -> Vec<usize> {
        let mut found = self.labelled_by(service);
        if all.len() > 1 {
            found.retain(|index| {
                let file = self.workloads.get(*index).and_then(|workload| workload.file());
                meant(all, file).iter().any(|one| std::ptr::eq(*one, service))
            });
        }
        found
    }

    /// Whether either side has something in a namespace, so that a name that ends in it is of a Service.
    pub(super) fn is_namespace(&self, name: &str) -> bool {
        let is_it = |found: Option<&str>| found == Some(name);
        let first = (name, "");
        let folded = (self.folded(name), String::new());
        self.services.within(name).next().is_some()
            || self.owned.within(name).next().is_some()
            || is_it(self.resources.range(first..).next().map(|((namespace, _), _)| *namespace))
            || self
                .known
                .services
                .range(folded.clone()..)
                .next()
                .is_some_and(|(known, _)| known.0 == folded.0)
    }

    /// The collector that an operator runs by a name, as a file means it, by its index.
    pub(super) fn resource_of(&self, name: (&str, &str), from: Option<&str>) -> Option<usize> {
        let file = |index: &usize| self.collectors.get(*index).map(|one| one.file.as_str());
        nearest(from, self.resources.get(&name)?, file).copied()
    }

    /// The workload of some settings, if there is exactly one near them.
    pub(super) fn workload(&self, settings: &Settings) -> Option<usize> {
        self.workload_near((&settings.namespace, &settings.owner), settings.file())
    }

    /// The workload of an owner, if there is exactly one near a file.
    pub(super) fn workload_near(
        &self,
        (namespace, owner): (&str, &str),
        from: Option<&str>,
    ) -> Option<usize> {
        let all = self.owned.get(&(namespace, owner)).map(Vec::as_slice)?;
        let file = |index: &usize| self.workloads.get(*index).and_then(|workload| workload.file());
        nearest(from, all, file).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearness};

    #[test]
    fn the_nearest_is_meant_and_none_of_two() {
        let files = ["eu/otel.yaml", "us/otel.yaml", "us/east/otel.yaml"];
        let near = |from| nearest(Some(from), &files, |file| Some(*file)).copied();
        assert_eq!(near("eu/pay.yaml"), Some("eu/otel.yaml"));
        assert_eq!(near("us/east/pay.yaml"), Some("us/east/otel.yaml"));
        assert_eq!(near("us/pay.yaml"), Some("us/otel.yaml"));
        assert_eq!(near("asia/pay.yaml"), None);
        assert_eq!(nearness("a.yaml", "b.yaml"), (0, true));
    }
}
