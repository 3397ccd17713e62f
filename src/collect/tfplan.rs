//! A Terraform plan: JSON as it is, a binary plan as the user's own `terraform show -json` reads it.
//!
//! Reading a binary plan, Terraform starts the providers that are installed in the plan's folder
//! (`.terraform`); whoever does not trust that folder passes the JSON.

use std::path::Path;

use super::door::{Content, Found, Refusal, head};
use super::tool::{Locator, Run, Said, argument, note, rendered_name, run};
use super::{Collector, Gathered, Options};

/// The collector.
pub(super) static TFPLAN: Tfplan = Tfplan;

/// A plan, as JSON.
pub(super) struct Tfplan;

const SCHEME: &str = "tfplan:";

/// What a binary plan begins with: it is a zip archive.
const BINARY: &[u8] = b"PK\x03\x04";

impl Collector for Tfplan {
    fn scheme(&self) -> &'static str {
        "tfplan"
    }

    fn about(&self) -> &'static str {
        "tfplan:FILE: a Terraform plan, JSON or binary (read by `terraform show -json`)"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(SCHEME)
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let found = Locator::parse(locator, SCHEME, &[])
            .and_then(|asked| Ok((asked.there(options)?, rendered_name(asked.path, ".json"))));
        let (plan, file) = match found {
            Ok(found) => found,
            Err(refusal) => {
                gathered.gap(locator, refusal.reason, refusal.message);
                return gathered;
            }
        };
        if head(&plan, BINARY.len()).is_some_and(|head| head == BINARY) {
            note(show(&plan, options), file, locator, options, &mut gathered);
        } else {
            gathered.files.push(Found { file, content: Content::File(plan) });
        }
        gathered
    }
}

fn show(plan: &Path, options: &Options) -> Result<Said, Refusal> {
    let arguments =
        ["show".to_owned(), "-json".to_owned(), "-no-color".to_owned(), argument(plan)?];
    let folder = plan.parent().unwrap_or(&options.base_dir);
    let fixed = [("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0"), ("CHECKPOINT_DISABLE", "1")];
    let command = Run { program: "terraform", arguments: &arguments, folder, fixed: &fixed };
    run(&command, options).map_err(|silent| silent.refusal("terraform"))
}
