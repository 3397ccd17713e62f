//! Facts that no single document holds: the audit itself makes the items of these views.

use super::{Document, Item, View};

/// Differences that nothing explains.
pub(super) static UNEXPLAINED: View = View {
    id: "drift.unexplained",
    about: "differences, as the audit explains them; made by the audit, not taken from documents",
    fields: &[
        ("explanation", "`unexplained`, or the kind of explanation"),
        ("edit", "`added`, `removed` or `replaced`"),
        ("path", "where, from the document's root"),
        ("resource", "colour-neutral name of the resource"),
        ("blue", "blue's value on one line; absent where blue has none"),
        ("green", "green's value on one line; absent where green has none"),
    ],
    dialects: &[],
    extract: none,
};

/// Values that name a side.
pub(super) static COLOUR_BLEED: View = View {
    id: "drift.colour-bleed",
    about: "values that name a side by a token of the colour map; made by the audit",
    fields: &[
        ("side", "the side the value stands on"),
        ("names", "the side the value names"),
        ("token", "the token, as it stands there"),
        ("expected", "the token that should stand there"),
        ("value", "the whole value on one line"),
        ("path", "where, from the document's root; empty for the name of a file"),
    ],
    dialects: &[],
    extract: none,
};

fn none<'t>(_: &Document<'t>) -> Vec<Item<'t>> {
    Vec::new()
}
