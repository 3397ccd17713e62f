//! What is signed beside a report: under which name, for which switch, after what in which log.

use super::phrases::counted;
use crate::evidence::Statement;

/// What a statement says of itself, as labels and texts.
pub fn circumstances(statement: &Statement) -> Vec<(&'static str, String)> {
    let run = &statement.run;
    let mut said = vec![("statement", format!("SHA-256 {}", statement.id))];
    let until = run.not_after.map(|until| until.to_string());
    let named = [
        ("system", run.system.clone()),
        ("environment", run.environment.clone()),
        ("challenge", run.nonce.clone()),
        ("not to be used after", until),
    ];
    said.extend(named.into_iter().filter_map(|(label, text)| Some((label, text?))));
    let log = run.log_head.as_ref().map_or_else(
        || "it was tied to no log when it was signed".to_owned(),
        |head| {
            let (origin, size, root) = (&head.origin, head.size, &head.root);
            let held = counted(size, "report");
            format!("made when the log {origin} held {held} under the root {root}")
        },
    );
    said.push(("ledger", log));
    said
}
