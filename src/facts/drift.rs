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
        ("direction", "`weaker`, `stronger` or `neutral`; absent where that is not known"),
        ("blue", "blue's value on one line; absent where blue has none"),
        ("green", "green's value on one line; absent where green has none"),
        (
            "other_name",
            "what other generations of its reader call the key, where only one side has it",
        ),
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

/// What somebody may do on one side only.
pub(super) static GRANT: View = View {
    id: "rbac.grant",
    about: "what a subject may do on one side only, over all roles and bindings of the side; made by \
            the audit",
    fields: &[
        (
            "subject_kind",
            "ServiceAccount, User or Group; `holder of a role` for whoever may be bound to it",
        ),
        ("subject", "its name, behind its namespace where it has one"),
        ("change", "`gained` in green, or `lost`"),
        ("verbs", "the verbs, sorted"),
        ("object", "on what: resource and group, one object by name, and in which namespace"),
        ("by", "colour-neutral name of the role that says so"),
    ],
    dialects: &[],
    extract: none,
};

/// Documents that go by another name.
pub(super) static RENAMED: View = View {
    id: "drift.renamed",
    about: "documents that were joined by what they say, as they have no name in common; made by \
            the audit",
    fields: &[
        ("resource", "colour-neutral name of the resource"),
        ("blue", "what blue calls it"),
        ("green", "what green calls it"),
        ("score", "how alike they are, in per cent, what few documents say counting more"),
        ("ground", "`content`, `name-and-content` or `renamed-alike`: what that rests on"),
    ],
    dialects: &[],
    extract: none,
};

/// Documents that are written twice in different words.
pub(super) static WRITTEN_TWICE: View = View {
    id: "drift.written-twice",
    about: "documents of one name that one folder holds in different words; made by the audit",
    fields: &[
        ("side", "the side of the file"),
        ("resource", "colour-neutral name of the resource"),
        ("first", "which document of its file is the first, counted from 1"),
        ("later", "which of its file is the first that differs"),
        ("other", "the file of the first; absent where it is that of the later, too"),
    ],
    dialects: &[],
    extract: none,
};

/// Copies that do not say what their sources say.
pub(super) static UNLIKE_ITS_SOURCE: View = View {
    id: "drift.unlike-its-source",
    about: "documents that a tool made of others of their side and that say anything else; made by \
            the audit",
    fields: &[
        ("side", "the side of the copy"),
        ("resource", "colour-neutral name of the copy"),
        ("source", "that of what it was made of, without its version"),
        ("path", "where they first differ"),
        ("by", "which tool made it, and why"),
    ],
    dialects: &[],
    extract: none,
};

/// Checksums that are of what was there before.
pub(super) static STALE_CHECKSUM: View = View {
    id: "drift.stale-checksum",
    about: "annotations of pods with the checksum of an input that has another one on this side, alike on \
            both; made by the audit",
    fields: &[
        ("side", "the side on which it is that of another text"),
        ("resource", "colour-neutral name of the object that describes the pods"),
        ("annotation", "the name of the annotation"),
        ("what", "who makes the checksum, of what"),
    ],
    dialects: &[],
    extract: none,
};

fn none<'t>(_: &Document<'t>) -> Vec<Item<'t>> {
    Vec::new()
}
