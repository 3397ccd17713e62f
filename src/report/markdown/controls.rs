//! What the rules say about controls: how many by framework, and those that are open or waived.

use super::comment::{Comment, code, prose};
use crate::report::controls::{CAUTION, groups};
use crate::wire::report::{ControlStatus, Report};

/// A table by framework, and one of what an assessor looks at first.
pub(super) fn table(comment: &mut Comment, report: &Report) {
    if report.controls.is_empty() {
        return;
    }
    let groups = groups(report);
    comment.begin("Controls", false);
    let columns = ["framework", "evidenced", "exception", "gap", "not assessed", "claim"];
    comment.table(&columns, groups.iter(), |group, texts| {
        let mut row = vec![prose(&texts.cut(&group.name))];
        row.extend(ControlStatus::ALL.map(|status| group.count(status).to_string()));
        row.push(group.base.map_or_else(String::new, |base| format!("supporting, from {base}")));
        row
    });
    comment.line("");
    comment.line(CAUTION);
    comment.line("");
    let open = |status| matches!(status, ControlStatus::Gap | ControlStatus::Exception);
    let own = groups.iter().filter(|group| group.base.is_none());
    let rows: Vec<_> =
        own.flat_map(|group| &group.rows).filter(|row| open(row.sum.status)).collect();
    let columns = [
        "control",
        "title",
        "status",
        "subjects evaluated",
        "failed",
        "undecided",
        "open",
        "waived",
    ];
    comment.table(&columns, rows.iter(), |row, texts| {
        let mut cells = vec![
            code(&texts.cut(&row.sum.control)),
            row.title.to_owned(),
            row.sum.status.name().replace('-', " "),
        ];
        let counts =
            [row.evaluated(), row.sum.failed, row.sum.unknown, row.sum.open, row.sum.waived];
        cells.extend(counts.map(|count| count.to_string()));
        cells
    });
    comment.end(false);
}
