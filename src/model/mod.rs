//! The nouns every other floor speaks in.
//!
//! Trees with spans, addresses, snapshots, changes, findings, the report and its verdict.
//!
//! **Never here:** I/O, the clock, the environment, serde, rendering. A noun that needs one of
//! them belongs higher up; what is written to disk is converted in [`crate::wire`].
//!
//! **To add a noun:** one file, re-exported below. Two of anything is a [`Pair`].

mod alignment;
mod change;
mod decision;
mod digest;
mod excerpt;
mod explainer;
mod finding;
mod fingerprint;
mod gap;
mod gate;
mod limits;
mod numbers;
mod order;
mod pair;
mod path;
mod report;
mod scalar;
mod secret;
mod snapshot;
mod source;
mod time;
mod trace;
mod tree;

pub use alignment::{Alignment, Ground, Likeness, Renamed, RenamedName};
pub use change::{
    AllowanceId, Cause, Change, ChangeCounts, Direction, Edit, Explanation, Place, Shown,
};
pub use decision::{Decision, DecisionKind};
pub use digest::{Digest, KeyId, Original, hex};
pub use excerpt::{Excerpt, Mark};
pub use explainer::{Explainer, Explainers};
pub use finding::{Disposition, Finding, Hygiene, RuleId, Severity, State};
pub use fingerprint::Fingerprint;
pub use gap::{Gap, GapReason};
pub use gate::{
    Action, BaselineMark, BaselineRecord, BaselineStatus, Budget, Decided, Effect, GateRecord,
    Overridden, PolicyText, Terms, WaiverMark, WaiverRecord, WaiverStatus,
};
pub use limits::Limits;
pub use numbers::numbers;
pub use order::kinds_together;
pub use pair::{Pair, Side};
pub use path::{Address, Path, ResourceId, Step};
pub use report::{
    Accounting, Engine, Input, PackRecord, Report, RuleCounts, SourceSummary, Threshold, Verdict,
};
pub use scalar::{Number, Scalar, Typing};
pub use secret::{SECRET_PREFIX, Secret, secrets_in, without_fingerprints};
pub use snapshot::{
    BlobError, Blobs, CollectorRecord, DocumentEntry, Excluded, MaskingKeyId, Rendered, Snapshot,
};
pub use source::{Lines, Shift, Source, SourceId, Span};
pub use time::Timestamp;
pub use trace::{
    ContextCall, End, EndKind, Header, Hop, PathContext, Sampled, Sampler, ServiceTrace, Trace,
    TraceFact, TracePath, Transport,
};
pub use tree::{Entry, Kind, LimitReached, Node, Style, Tree, TreeBuilder};
