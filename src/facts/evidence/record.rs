//! Records that people and pipelines write: approvals, rehearsals of the way back, backups, and the
//! comparison of data. Each is a table of that name in TOML, YAML or JSON.

use super::{DIALECT, Standing, each, instant, listed, number, whole};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::{Kind, Node};

/// See its `about`.
pub(in crate::facts) static APPROVAL: View = View {
    id: "evidence.approval",
    about: "A sign-off: [approval] with subjects, finished, ticket, decision, authors, expires and \
            [[approval.by]] with who, role and at",
    fields: &[
        ("file", "its path within the folder of evidence"),
        ("subjects", "what was approved: sha256:… of images, git:… of a revision"),
        ("finished", "when the last one approved; absent when not said"),
        ("ticket", "the ticket; absent when not said"),
        ("decision", "approved or rejected; approved when not said"),
        ("approvers", "who approved, each once, sorted"),
        ("roles", "the roles they approved in, sorted"),
        ("authors", "who made the change, as the record says it, sorted; unknown when not said"),
        ("expires", "when it ends; absent when not said"),
    ],
    dialects: DIALECT,
    extract: approvals,
};

/// See its `about`.
pub(in crate::facts) static REHEARSAL: View = View {
    id: "evidence.rehearsal",
    about: "A rehearsal of the way back: [rehearsal] with subjects, finished, result and seconds",
    fields: &[
        ("file", "its path within the folder of evidence"),
        ("subjects", "what was rehearsed with"),
        ("finished", "when it ended; absent when not said"),
        ("result", "success or anything else"),
        ("seconds", "how long the way back took; absent when not said"),
        ("seconds_max", "how long it may take, as the record says it; absent when not said"),
    ],
    dialects: DIALECT,
    extract: rehearsals,
};

/// See its `about`.
pub(in crate::facts) static BACKUP: View = View {
    id: "evidence.backup",
    about: "A point to restore data to: [backup] with subjects, finished, status, and restored, the time of \
            the last test of restoring",
    fields: &[
        ("file", "its path within the folder of evidence"),
        ("subjects", "the release it was made for"),
        ("finished", "when it was made; absent when not said"),
        ("status", "completed or anything else"),
        ("restored", "when restoring was last tested; absent when not said"),
    ],
    dialects: DIALECT,
    extract: backups,
};

/// See its `about`.
pub(in crate::facts) static RECONCILIATION: View = View {
    id: "evidence.reconciliation",
    about: "One table of a comparison of the data of both sides: [[reconciliation.tables]] with name, blue, \
            green, and blue_hash and green_hash",
    fields: &[
        ("file", "its path within the folder of evidence"),
        ("subjects", "the release it was made for"),
        ("finished", "when it was made; absent when not said"),
        ("table", "the table"),
        ("blue", "how many rows blue has"),
        ("green", "how many rows green has"),
        ("lag", "how many rows green may be behind, as the record says it; 0 when not said"),
        ("same_content", "whether the hashes are equal; absent where one is missing"),
    ],
    dialects: DIALECT,
    extract: reconciliations,
};

/// What a record is about, and when it was made.
pub(super) fn standing(document: &Document<'_>) -> Standing {
    let root = document.cursor();
    let Some(own) = root.get(&document.identity.kind) else { return Standing::default() };
    let subjects = own.node.get("subjects").map(listed).unwrap_or_default();
    let said = own.text(&["finished"]).and_then(instant);
    let approved = each(&own, "by").iter().filter_map(|by| instant(by.text(&["at"])?)).max();
    Standing { subjects, finished: said.or(approved) }
}

fn table<'t>(document: &Document<'t>, kind: &str) -> Option<Cursor<'t>> {
    let is_kind = document.identity.kind == kind;
    document.cursor().get(kind).filter(|own| is_kind && own.node.kind() == Kind::Map)
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Fact<'t> {
    let mut all: Vec<String> = texts.map(|text| text.trim().to_lowercase()).collect();
    all.sort_unstable();
    all.dedup();
    Fact::List(all.into_iter().filter(|text| !text.is_empty()).map(Fact::text).collect())
}

fn approvals<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let Some(own) = table(document, "approval") else { return Vec::new() };
    let by = each(&own, "by");
    let said = |key: &'static str| by.iter().filter_map(move |one| one.text(&[key]));
    let authors = own.node.get("authors").map_or_else(
        || Fact::Unknown("it does not say who made the change".to_owned()),
        |list| texts(list.items().map(Node::text)),
    );
    let expires = own.text(&["expires"]).and_then(instant).map(Fact::text);
    let fields = [
        ("ticket", own.fact_at(&["ticket"])),
        ("decision", own.fact_at(&["decision"]).or_else(|| Some(Fact::text("approved")))),
        ("approvers", Some(texts(said("who")))),
        ("roles", Some(texts(said("role")))),
        ("authors", Some(authors)),
        ("expires", expires),
    ];
    vec![whole(document, &own, standing(document).fact(document, fields))]
}

fn rehearsals<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let Some(own) = table(document, "rehearsal") else { return Vec::new() };
    let fields = [
        ("result", own.fact_at(&["result"]).or_else(|| Some(Fact::text("not said")))),
        ("seconds", own.fact_at(&["seconds"])),
        ("seconds_max", own.fact_at(&["seconds_max"])),
    ];
    vec![whole(document, &own, standing(document).fact(document, fields))]
}

fn backups<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let Some(own) = table(document, "backup") else { return Vec::new() };
    let status = own.text(&["status"]).unwrap_or("not said").to_lowercase();
    let fields = [
        ("status", Some(Fact::text(status))),
        ("restored", own.text(&["restored"]).and_then(instant).map(Fact::text)),
    ];
    vec![whole(document, &own, standing(document).fact(document, fields))]
}

fn reconciliations<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let Some(own) = table(document, "reconciliation") else { return Vec::new() };
    let standing = standing(document);
    let one = |place: Cursor<'t>| {
        let name = place.text(&["name"]).unwrap_or_default();
        let hash = |key: &str| place.text(&[key]);
        let same = hash("blue_hash").zip(hash("green_hash")).map(|(b, g)| Fact::Bool(b == g));
        let lag = number(&place, &["lag"]).and_then(super::counted);
        let fields = [
            ("table", Some(Fact::text(name))),
            ("blue", place.fact_at(&["blue"])),
            ("green", place.fact_at(&["green"])),
            ("lag", lag.or_else(|| Fact::number("0"))),
            ("same_content", same),
        ];
        place.item(name, standing.fact(document, fields))
    };
    each(&own, "tables").into_iter().map(one).collect()
}
