//! A chart, rendered by the user's own `helm template`.
//!
//! Helm runs no plugin here (it is shown no folder of plugins), asks no cluster and fetches
//! nothing: a chart is a path, and what it depends on lies in its `charts/`.

use super::door::Refusal;
use super::tool::{Locator, Run, Said, argument, note, rendered_name, run};
use super::{Collector, Gathered, Options};

/// The collector.
pub(super) static HELM: Helm = Helm;

/// What a chart renders to.
pub(super) struct Helm;

const SCHEME: &str = "helm:";

impl Collector for Helm {
    fn scheme(&self) -> &'static str {
        "helm"
    }

    fn about(&self) -> &'static str {
        "helm:CHART[?values=FILE&set=KEY=VALUE&name=RELEASE&namespace=NAME]: a chart, rendered by \
         `helm template`"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(SCHEME)
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        match render(locator, options) {
            Ok((file, said)) => note(Ok(said), file, locator, options, &mut gathered),
            Err(refusal) => gathered.gap(locator, refusal.reason, refusal.message),
        }
        gathered
    }
}

fn render(locator: &str, options: &Options) -> Result<(String, Said), Refusal> {
    let known = ["values", "set", "name", "namespace"];
    let asked = Locator::parse(locator, SCHEME, &known)?;
    let chart = asked.there(options)?;
    let name = asked.last("name").unwrap_or("release");
    let mut arguments = vec!["template".to_owned(), "--include-crds".to_owned()];
    for (name, value) in &asked.asked {
        match *name {
            "values" => {
                let values = Locator { path: value, asked: Vec::new() }.there(options)?;
                arguments.push(format!("--values={}", argument(&values)?));
            }
            "set" => arguments.push(format!("--set={value}")),
            "namespace" => arguments.push(format!("--namespace={value}")),
            _ => (),
        }
    }
    arguments.extend(["--".to_owned(), name.to_owned(), argument(&chart)?]);
    let fixed = [("HELM_PLUGINS", "/nonexistent"), ("KUBECONFIG", "/nonexistent")];
    let command =
        Run { program: "helm", arguments: &arguments, folder: &options.base_dir, fixed: &fixed };
    let said = run(&command, options).map_err(|silent| silent.refusal("helm"))?;
    Ok((rendered_name(asked.path, ".yaml"), said))
}
