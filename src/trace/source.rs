//! What the container of a collector is told to read its configuration from, in the order in which one
//! is laid over the other: every `--config`, then every `--set`.
//!
//! Read in opentelemetry-collector v0.159.0: `otelcol/flags.go` (a `--set` is a `yaml:` source behind
//! all others, its dots `::`), `confmap/resolver.go` (schemes), `confmap/provider/envprovider` and
//! `yamlprovider`.

use super::workload::Container;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file, by its path in the container.
    File(String),
    /// This text, and the variable that holds it.
    Text(String, Option<String>),
    /// Something that cannot be told; why.
    Open(String),
}

/// What a text behind `env:` says where the variable is not given.
const DEFAULT: &str = ":-";

impl Container {
    /// Where its configuration comes from.
    pub(super) fn sources(&self) -> Vec<Source> {
        let configs = self.configs().into_iter().map(|config| self.source(config));
        configs.chain(self.sets().map(set)).collect()
    }

    /// Whether any of it stands beside files.
    pub(super) fn is_told_beside(&self) -> bool {
        self.sets().next().is_some() || self.configs().iter().any(|config| is_beside(config))
    }

    /// Whether what stands beside files may bear on pipelines, or on what is in them.
    pub(super) fn says_pipelines(&self) -> bool {
        self.overrides().is_some() || self.configs().iter().any(|config| is_beside(config))
    }

    /// What `--set` says, in order.
    fn sets(&self) -> impl Iterator<Item = &str> {
        let next = self.args.iter().skip(1).map(Some).chain([None]);
        self.args.iter().zip(next).filter_map(|(word, next)| match word.strip_prefix("--set")? {
            "" => next.map(String::as_str),
            rest => rest.strip_prefix('='),
        })
    }

    fn source(&self, config: &str) -> Source {
        if let Some(text) = config.strip_prefix("yaml:") {
            return Source::Text(text.to_owned(), None);
        }
        let Some(named) = config.strip_prefix("env:") else {
            return match scheme(config) {
                None => Source::File(config.to_owned()),
                Some(_) => {
                    Source::Open(format!("its configuration is {config}, which was not read"))
                }
            };
        };
        let name = named.split_once(DEFAULT).map_or(named, |(name, _)| name);
        match self.values.iter().find(|(known, _)| known == name) {
            Some((_, Some(text))) => Source::Text(text.clone(), Some(name.to_owned())),
            Some((_, None)) => {
                Source::Open(format!("its configuration is in {name}, which is said elsewhere"))
            }
            // Its image may give it.
            None => Source::Open(format!(
                "its configuration is in the variable {name}, which is not among those it is given"
            )),
        }
    }
}

/// Whether a word of a container may say more than which files are read.
pub(super) fn is_told_beside(word: &str) -> bool {
    word.starts_with("--set") || is_beside(word.strip_prefix("--config=").unwrap_or(word))
}

fn is_beside(config: &str) -> bool {
    ["yaml:", "env:"].iter().any(|scheme| config.starts_with(scheme))
}

/// The scheme of a source, if it has one: a letter before a colon is a drive.
fn scheme(config: &str) -> Option<&str> {
    let (scheme, _) = config.split_once(':')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_word);
    is_scheme.then_some(scheme)
}

/// The text that a `--set` stands for.
fn set(said: &str) -> Source {
    match said.split_once('=') {
        Some((keys, value)) => {
            let text = format!("{}: {}", keys.replace('.', "::").trim(), value.trim());
            Source::Text(text, None)
        }
        None => Source::Open(format!("--set {said} sets nothing, and no collector starts with it")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Container, Source};

    #[test]
    fn what_is_set_comes_behind_every_configuration() {
        let args = [
            "--set",
            "exporters.otlp.endpoint= gw:4317 ",
            "--config=/a.yaml",
            "--config",
            "yaml:processors::batch::timeout: 2s",
            "--config=env:OTEL:-x",
            "--config=env:KEPT",
            "--config=env:GONE",
            "--config=https://example.org/a",
            "--set=broken",
        ];
        let values =
            vec![("OTEL".to_owned(), Some("receivers: {}".to_owned())), ("KEPT".to_owned(), None)];
        let args = args.map(str::to_owned).to_vec();
        let container = Container { args, values, ..Container::default() };
        let text = |text: &str| Source::Text(text.to_owned(), None);
        let found = container.sources();
        let [file, yaml, env, kept, gone, web, set, broken] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(*file, Source::File("/a.yaml".to_owned()));
        assert_eq!(*yaml, text("processors::batch::timeout: 2s"));
        assert_eq!(*env, Source::Text("receivers: {}".to_owned(), Some("OTEL".to_owned())));
        assert_eq!(*set, text("exporters::otlp::endpoint: gw:4317"));
        for (open, why) in [
            (kept, "said elsewhere"),
            (gone, "not among those"),
            (web, "which was not read"),
            (broken, "sets nothing"),
        ] {
            assert!(matches!(open, Source::Open(reason) if reason.contains(why)), "{open:?}");
        }
    }
}
