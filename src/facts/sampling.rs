//! Sampling of processes, where the sampler itself is what matters.

use super::View;
use super::sdk::{Aspect, FIELDS, items};

/// See its `about`.
pub(super) static SAMPLER: View = View {
    id: "sdk.sampler",
    about: "Tracing of one process, at the setting that names its sampler",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Sampler),
};
