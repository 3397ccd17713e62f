//! Who sends spans: the settings of every process, with what its `ConfigMap`s and its configuration
//! file add.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::facts::{Said, Settings};
use super::graph::Graph;
use super::places::Topic;
use super::volume::Seen;
use super::{open, scope};

/// Variables that name a file that replaces all others.
const CONFIG_FILES: [&str; 2] = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];

/// The settings of a process that exports spans, or says that it does not.
pub(super) enum Process {
    /// Those that it says itself, by their place among all.
    AsSaid(usize),
    /// The same with what its `ConfigMap`s add.
    AsHeld(usize),
    /// With what an operator tells it.
    Told(Box<Settings>),
}

impl<'a> Graph<'a> {
    /// The settings of every process that exports spans, or says that it does not.
    pub(super) fn processes(&self) -> impl Iterator<Item = &Settings> {
        let all = self.processes.get_or_init(|| self.every_process());
        all.iter().filter_map(|process| self.settings_of(process))
    }

    /// The settings that are meant.
    pub(super) fn settings_of<'s>(&'s self, process: &'s Process) -> Option<&'s Settings> {
        match process {
            Process::AsSaid(index) => self.settings.get(*index).copied(),
            Process::AsHeld(index) => self.told(*index),
            Process::Told(settings) => Some(settings),
        }
    }

    fn every_process(&self) -> Vec<Process> {
        let used = self.used_holders();
        let process = |(index, settings): (usize, Cow<'a, Settings>)| {
            let holder = (settings.namespace.as_str(), settings.owner.as_str());
            let is_used = self.held.place(&holder).is_some_and(|place| used.contains(&place));
            let is_own = !is_used && !self.fills_in(&settings);
            let process = match settings {
                Cow::Borrowed(_) if is_own => Process::AsHeld(index),
                Cow::Borrowed(_) => Process::AsSaid(index),
                Cow::Owned(own) if is_own => {
                    Process::Told(Box::new(self.with_held(Cow::Owned(own)).into_owned()))
                }
                Cow::Owned(own) => Process::Told(Box::new(own)),
            };
            (process, is_own)
        };
        let all: Vec<_> = self.instrumented().into_iter().enumerate().map(process).collect();
        let known = || all.iter().filter_map(|(process, _)| self.settings_of(process));
        let named = LazyCell::new(|| {
            let sending = known().filter(|settings| settings.endpoint != Said::No);
            sending.filter_map(|one| one.service.as_deref()).collect::<BTreeSet<&str>>()
        });
        let is_meant = |(process, is_own): &(Process, bool)| {
            let Some(settings) = self.settings_of(process).filter(|_| *is_own) else {
                return false;
            };
            let is_dark = settings.enabled == Said::Yes(false);
            let is_silent = settings.endpoint == Said::No && !is_dark;
            let elsewhere = || settings.service.as_deref().is_some_and(|name| named.contains(name));
            // A file without an endpoint only adds to what is said elsewhere.
            let adds = is_silent && (settings.process.is_empty() || elsewhere());
            !adds && !self.is_collector(settings)
        };
        let meant: Vec<bool> = all.iter().map(is_meant).collect();
        drop(named);
        let meant = all.into_iter().zip(meant).filter(|(_, is_meant)| *is_meant);
        let mut found: Vec<Process> = meant.map(|((process, _), _)| process).collect();
        found.shrink_to_fit();
        found
    }

    /// `ConfigMap`s of settings that some container takes its variables from, by their places among those
    /// that hold settings.
    fn used_holders(&self) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for settings in &self.settings {
            for name in &settings.from {
                let owner = format!("configmap/{name}");
                used.extend(self.held.place(&(&settings.namespace, &owner)));
            }
            let file = self.configuration(settings);
            used.extend(file.and_then(|file| self.held.place(&(&file.namespace, &file.owner))));
        }
        used
    }

    /// The file that replaces every variable of a process, if it mounts exactly one that was read.
    fn configuration(&self, settings: &Settings) -> Option<&'a Settings> {
        if !CONFIG_FILES.contains(&settings.why.as_str()) {
            return None;
        }
        let key = (settings.owner.as_str(), settings.process.as_str());
        if let Some(service) = self.projects.get(&key) {
            let file = service.source(settings.config_file()?)?;
            let held = self.held.get(&("", file.as_str()));
            return held.into_iter().flatten().copied().find(|held| held.is_declared);
        }
        let workload = self.workloads.get(self.workload(settings)?)?;
        let mut own = workload.containers.iter().filter(|one| one.name == settings.process);
        let own = own.next();
        let is_shown = own.is_some_and(|own| !own.mounts.is_empty());
        let path = settings.config_file().unwrap_or_default();
        let seen = own.map(|own| workload.seen(own, path));
        let (maps, key) = match seen {
            Some(Seen::Key(name, key)) => (vec![name], Some(key)),
            Some(Seen::Hidden(_)) => return None,
            // The file is one of the image.
            Some(Seen::Image) if is_shown => return None,
            Some(Seen::Image) | None => (workload.config_maps.clone(), None),
        };
        let mut files = Vec::new();
        for name in maps {
            let owner = format!("configmap/{name}");
            let held = self.held_by(&settings.namespace, &owner).iter().copied();
            let is_it = |held: &&Settings| {
                held.is_declared && key.as_ref().is_none_or(|key| held.key == *key)
            };
            files.extend(held.filter(is_it));
        }
        scope::nearest(settings.file(), &files, |file| file.file()).copied()
    }

    /// What the holders of a name say.
    fn held_by(&self, namespace: &str, owner: &str) -> &[&'a Settings] {
        self.held.get(&(namespace, owner)).map_or(&[], Vec::as_slice)
    }

    /// The settings with what their `ConfigMap`s add: what a container says itself comes first.
    pub(super) fn with_held<'s>(&self, settings: Cow<'s, Settings>) -> Cow<'s, Settings>
    where
        'a: 's,
    {
        let mut settings = self.with_keys(settings);
        if let Some(file) = self.configuration(&settings) {
            let elsewhere = settings.elsewhere.as_ref();
            let file = open::read_by(file, elsewhere.and_then(|known| known.given.as_ref()));
            let service = file.service.clone().or_else(|| settings.service.clone());
            let Settings { owner, namespace, process, home, .. } = settings.into_owned();
            let (from, shows_certificate) = (Vec::new(), None);
            let own = Settings { owner, namespace, process, service, from, ..file };
            return Cow::Owned(Settings { shows_certificate, home, ..own });
        }
        // Of several, the last counts.
        let from = settings.from.clone();
        for name in from.iter().rev() {
            let owner = format!("configmap/{name}");
            let all = self.held_by(&settings.namespace, &owner);
            let held = scope::nearest(settings.file(), all, |held| held.file()).copied();
            if held.is_none() && !all.is_empty() && settings.endpoint == Said::No {
                let reason = format!("several of the name {name} were read, which may set it");
                settings.to_mut().endpoint = Said::Unknown(reason);
            }
            let Some(held) = held else {
                if settings.endpoint == Said::No && settings.enabled != Said::Yes(false) {
                    settings.to_mut().endpoint = Said::Unknown(format!(
                        "it may be set by {name}, which is not part of what was read"
                    ));
                }
                if settings.shows_certificate.is_some() {
                    settings.to_mut().shows_certificate = None;
                }
                continue;
            };
            take_held(&mut settings, held);
        }
        settings
    }

    /// Whether the settings are those of a collector itself.
    fn is_collector(&self, settings: &Settings) -> bool {
        let key = (settings.owner.as_str(), settings.process.as_str());
        if let Some(service) = self.projects.get(&key) {
            return self.of_composed(service).is_some();
        }
        // Folders of several environments may hold several of one name.
        let mut named = self.all_of_name(&settings.namespace, &settings.owner);
        named.any(|workload| {
            let mut own = workload.containers.iter().filter(|c| c.name == settings.process);
            own.any(super::workload::Container::is_collector)
        })
    }

    /// Whether the settings are only there to be filled in by the Compose files beside them.
    fn fills_in(&self, settings: &Settings) -> bool {
        let folder = |file: &'a str| file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let own = match settings.owner.strip_suffix(".env") {
            Some("") => "",
            Some(rest) if rest.ends_with('/') => rest.trim_end_matches('/'),
            Some(_) | None => return false,
        };
        settings.process.is_empty() && self.projects.keys().any(|(file, _)| folder(file) == own)
    }
}

/// Takes from what a `ConfigMap` holds what a process does not say itself.
fn take_held(settings: &mut Cow<'_, Settings>, held: &Settings) {
    if settings.enabled == Said::Yes(true) && held.enabled != Said::Yes(true) {
        let own = settings.to_mut();
        own.enabled.clone_from(&held.enabled);
        own.why.clone_from(&held.why);
        own.places.put(Topic::Switch, held.places.at(Topic::Switch));
    }
    if !matches!(settings.endpoint, Said::Yes(_)) && held.endpoint != Said::No {
        let own = settings.to_mut();
        own.endpoint.clone_from(&held.endpoint);
        own.encrypted = held.encrypted;
        own.path.clone_from(&held.path);
        own.at.clone_from(&held.at);
    }
    if held.is_sampler_said && !settings.is_sampler_said {
        let own = settings.to_mut();
        own.is_sampler_said = true;
        own.sampling.clone_from(&held.sampling);
        own.ratio.clone_from(&held.ratio);
        own.follows = held.follows;
        own.server.clone_from(&held.server);
        own.places.put(Topic::Sampling, held.places.at(Topic::Sampling));
    }
    if settings.protocol.is_none() {
        let own = settings.to_mut();
        own.protocol.clone_from(&held.protocol);
        own.places.take_manner(&held.places);
    }
    let shown = settings.shows_certificate;
    if shown != Some(true) && shown != held.shows_certificate {
        settings.to_mut().shows_certificate = held.shows_certificate;
    }
    if settings.service.is_none() && held.service.is_some() {
        settings.to_mut().service.clone_from(&held.service);
    }
}
