//! A Compose file: as it is, or as the user's own `docker compose config` merges and fills it in.
//!
//! Rendering asks no daemon. It reads the `.env` and the files the Compose file names, and takes
//! variables from nowhere else: one that is set in neither is an error or a warning, as Compose
//! has it.

use std::path::Path;

use super::door::{Content, Found, Refusal};
use super::tool::{Locator, Run, Said, argument, note, rendered_name, run};
use super::{Collector, Gathered, Options};

/// The collector.
pub(super) static COMPOSE: Compose = Compose;

/// A Compose file.
pub(super) struct Compose;

const SCHEME: &str = "compose:";

impl Collector for Compose {
    fn scheme(&self) -> &'static str {
        "compose"
    }

    fn about(&self) -> &'static str {
        "compose:FILE[?config]: a Compose file as it is, or with ?config as `docker compose \
         config` renders it"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(SCHEME)
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let found = Locator::parse(locator, SCHEME, &["config"]).and_then(|asked| {
            let file = asked.there(options)?;
            let name = rendered_name(asked.path, ".yaml");
            Ok((file, name, asked.last("config").is_some()))
        });
        match found {
            Ok((path, file, is_rendered)) => {
                if is_rendered {
                    note(config(&path, options), file, locator, options, &mut gathered);
                } else {
                    gathered.files.push(Found { file, content: Content::File(path) });
                }
            }
            Err(refusal) => gathered.gap(locator, refusal.reason, refusal.message),
        }
        gathered
    }
}

fn config(file: &Path, options: &Options) -> Result<Said, Refusal> {
    let arguments =
        ["compose".to_owned(), "--file".to_owned(), argument(file)?, "config".to_owned()];
    let folder = file.parent().unwrap_or(&options.base_dir);
    let command = Run { program: "docker", arguments: &arguments, folder, fixed: &[] };
    run(&command, options).map_err(|silent| silent.refusal("docker"))
}
