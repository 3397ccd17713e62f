//! Files and directories whose path matches a pattern: `deploy/*blue*`.

use super::directory::{Wanted, walk};
use super::exclude::matcher;
use super::{Collector, Gathered, Options};
use crate::model::GapReason;

/// The collector.
pub(super) static GLOB: Glob = Glob;

/// What matches a pattern, named from the pattern's last part without a wildcard on.
pub(super) struct Glob;

impl Collector for Glob {
    fn scheme(&self) -> &'static str {
        "glob"
    }

    fn about(&self) -> &'static str {
        "PATTERN: files and directories that match, such as deploy/*blue*"
    }

    fn claims(&self, locator: &str, options: &Options) -> bool {
        has_wildcard(locator) && !options.base_dir.join(locator).exists()
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let parts: Vec<&str> = locator.split('/').collect();
        let literal = parts.iter().take_while(|part| !has_wildcard(part)).count();
        let (base, pattern) = parts.split_at(literal.min(parts.len()));
        let base = if base == [""] { "/".to_owned() } else { base.join("/") };
        let pattern = pattern.join("/");
        match matcher(&pattern) {
            Err(message) => gathered.gap(locator, GapReason::SourceMissing, message),
            Ok(matcher) => {
                let depth = pattern.split('/').count();
                let depth_max = (!pattern.contains("**")).then_some(depth);
                let wanted = Wanted { matcher: &matcher, depth_max };
                walk(&options.base_dir.join(base), Some(&wanted), options, &mut gathered);
            }
        }
        if gathered.is_empty() {
            let message = "cannot collect it: nothing matches the pattern; check it".to_owned();
            gathered.gap(locator, GapReason::SourceMissing, message);
        }
        gathered
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}
