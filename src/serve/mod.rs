//! HTTP for gates, metrics and the auditor's pages.
//!
//! Nothing is served yet: `driftseal gate` runs as a job, without a listener.
//!
//! **Never here:** state of its own. What is served is read from signed reports and the ledger.
//!
//! **To add a page:** one file with its path and the function that renders it.
