//! What is said when the program itself fails.

use std::io::{self, Write as _};

/// Replaces the message of a panic, which may quote what it was about, by its place.
pub(super) fn quieten() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(
            || "an unknown place".to_owned(),
            |at| format!("{}:{}:{}", at.file(), at.line(), at.column()),
        );
        // Nobody is left to be told if this fails.
        let _ = writeln!(
            io::stderr(),
            "error: driftseal failed at {place}; what it was about is not shown, because it may \
             hold a secret\n hint: please report this place and the version, `driftseal --version`"
        );
    }));
}
