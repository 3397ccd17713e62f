//! Phrases that every reader is told alike.

use crate::wire::report::{Explanation, Place};

/// `1 finding`, `2 findings`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// `file:line:column: value`, as compilers write it, so that it can be clicked.
pub(super) fn placed(place: Option<&Place>, value: Option<&str>) -> String {
    match (place, value) {
        (Some(place), Some(value)) => format!("{}: {value}", position(place)),
        (Some(place), None) => position(place),
        (None, Some(value)) => value.to_owned(),
        (None, None) => "(nothing)".to_owned(),
    }
}

/// `file:line:column`, as far as known.
pub(super) fn position(place: &Place) -> String {
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", place.file),
        (Some(line), None) => format!("{}:{line}", place.file),
        (None, Some(_) | None) if place.document > 0 => {
            format!("{} (document {})", place.file, place.document)
        }
        (None, Some(_) | None) => place.file.clone(),
    }
}

/// What explains a difference, in short.
pub(super) fn proof(explanation: &Explanation) -> String {
    let kind = explanation.kind();
    match explanation {
        Explanation::Representation { how } => format!("{kind}: {how}"),
        Explanation::Default { citation } => format!("{kind}: {citation}"),
        Explanation::Colour { token } => format!("{kind}: {} -> {}", token.blue, token.green),
        Explanation::Generated { by } => format!("{kind}: {by}"),
        Explanation::Declared { allowance, pinned } => {
            let open = match (pinned.blue, pinned.green) {
                (true, true) => "both values pinned",
                (true, false) => "green's value open",
                (false, true) => "blue's value open",
                (false, false) => "both values open",
            };
            format!("{kind}: {allowance} ({open})")
        }
        Explanation::Unexplained {} => kind.to_owned(),
    }
}
