//! `driftseal schema`: the published description of the report.

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::wire::report::SCHEMA_JSON;

/// Prints the JSON Schema of the report.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    session.print(SCHEMA_JSON.as_bytes())?;
    Ok(Exit::Pass)
}
