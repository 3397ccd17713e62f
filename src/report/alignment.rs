//! How documents of another name were put beside each other, in sentences that every reader is told.

use super::phrases::counted;
use crate::wire::report::Report;

/// Which documents go by another name, by what that was told.
pub(super) fn renamed(report: &Report) -> Vec<String> {
    let renamed = report.alignment.renamed.iter();
    let sentence = renamed.map(|one| {
        let (blue, green) = (&one.names.blue, &one.names.green);
        format!("{blue} -> {green}: {} % alike, by {}", one.score, one.ground)
    });
    sentence.collect()
}

/// What follows from other names, and which documents could not be told from others.
pub(super) fn consequences(report: &Report) -> Vec<String> {
    let alignment = &report.alignment;
    let followed = alignment.names.iter().filter(|name| name.uses > 0);
    let mut sentences: Vec<String> = followed
        .map(|known| {
            let uses = counted(known.uses, "difference");
            let (blue, green) = (&known.name.blue, &known.name.green);
            format!("{uses} follow from {blue} -> {green} and count as explained")
        })
        .collect();
    let crowded = alignment.crowded.blue.saturating_add(alignment.crowded.green);
    if crowded > 0 {
        let documents = counted(crowded, "document");
        sentences.push(format!(
            "{documents} without a partner: too many others say the same to tell which is which"
        ));
    }
    sentences
}
