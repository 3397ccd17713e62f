//! Files that prove something about a side and are no part of it: results of tests, scans,
//! approvals.
//!
//! They are found as any other source and lie in a folder of their own ([`FOLDER`]), by which the
//! dialect `evidence` knows them: nothing there is compared between the sides, and everything there
//! is masked, counted, kept in snapshots and bundles, and read again by a replay. A folder of that
//! name within another source is the same.

use super::{COLLECTORS, Collector, Gathered, Options};
use crate::dialect::evidence::FOLDER;
use crate::model::GapReason;

/// The collector.
pub(super) static EVIDENCE: Evidence = Evidence;

/// What another collector finds, as evidence.
pub(super) struct Evidence;

const PREFIX: &str = "evidence:";

impl Collector for Evidence {
    fn scheme(&self) -> &'static str {
        "evidence"
    }

    fn about(&self) -> &'static str {
        "evidence:PATH: results of tests, scans and approvals for this side; never compared with the other's"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with(PREFIX)
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let inner = locator.strip_prefix(PREFIX).unwrap_or(locator);
        if inner.starts_with(PREFIX) {
            let mut gathered = Gathered::of(self.scheme(), locator);
            let message =
                "cannot collect it: evidence of evidence; write evidence: once".to_owned();
            gathered.gap(locator, GapReason::SourceMissing, message);
            return gathered;
        }
        let claims = |known: &&&'static dyn Collector| known.claims(inner, options);
        let Some(collector) = COLLECTORS.iter().find(claims) else {
            return Gathered::of(self.scheme(), locator);
        };
        let mut gathered = collector.collect(inner, options);
        let lay = |file: &mut String| *file = format!("{FOLDER}{file}");
        gathered.files.iter_mut().for_each(|found| lay(&mut found.file));
        gathered.excluded.iter_mut().for_each(|excluded| lay(&mut excluded.place));
        gathered.gaps.iter_mut().for_each(|gap| lay(&mut gap.place));
        gathered.record.scheme = self.scheme();
        locator.clone_into(&mut gathered.record.locator);
        gathered
    }
}
