//! An overlay, built by the user's own `kustomize build`, or else `kubectl kustomize`.
//!
//! Functions and plugins that run programs, and files outside the overlay's root, stay switched
//! off, as they are unless one asks for them. Remote bases are fetched by the program itself, if it
//! may; git is told to use no protocol.

use super::door::Refusal;
use super::tool::{Locator, Run, Said, Silent, argument, note, rendered_name, run};
use super::{Collector, Gathered, Options};

/// The collector.
pub(super) static KUSTOMIZE: Kustomize = Kustomize;

/// What an overlay builds to.
pub(super) struct Kustomize;

const SCHEME: &str = "kustomize:";

impl Collector for Kustomize {
    fn scheme(&self) -> &'static str {
        "kustomize"
    }

    fn about(&self) -> &'static str {
        "kustomize:DIR: an overlay, built by `kustomize build` or `kubectl kustomize`"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(SCHEME)
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        match build(locator, options) {
            Ok((file, said)) => note(Ok(said), file, locator, options, &mut gathered),
            Err(refusal) => gathered.gap(locator, refusal.reason, refusal.message),
        }
        gathered
    }
}

fn build(locator: &str, options: &Options) -> Result<(String, Said), Refusal> {
    let asked = Locator::parse(locator, SCHEME, &[])?;
    let folder = argument(&asked.there(options)?)?;
    let fixed = [("GIT_ALLOW_PROTOCOL", "none"), ("KUBECONFIG", "/nonexistent")];
    for (program, command) in [("kustomize", "build"), ("kubectl", "kustomize")] {
        let arguments = [command.to_owned(), folder.clone()];
        let command =
            Run { program, arguments: &arguments, folder: &options.base_dir, fixed: &fixed };
        match run(&command, options) {
            Ok(said) => return Ok((rendered_name(asked.path, ".yaml"), said)),
            Err(Silent::Missing) => (),
            Err(Silent::Failed(refusal)) => return Err(refusal),
        }
    }
    Err(Silent::Missing.refusal("kustomize or kubectl"))
}
