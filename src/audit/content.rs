//! What whole documents hold that findings are about.
//!
//! A finding about a whole document shows no value, or only what the document is. So that nobody accepts
//! one text and gets another, such a finding carries the digest of the masked text, which is part of its
//! instance.

use std::collections::BTreeMap;

use super::{Inputs, open};
use crate::diff::is_withheld;
use crate::model::{BlobError, Digest, Finding, Path, Side, Snapshot, SourceId};

/// Tells findings about whole documents what these hold; each file is read once.
///
/// # Errors
/// Those of reading the files again.
pub(super) fn bind(inputs: Inputs<'_>, findings: &mut [Finding]) -> Result<(), BlobError> {
    for side in Side::BOTH {
        let mut files: BTreeMap<String, Vec<&mut Finding>> = BTreeMap::new();
        for finding in findings.iter_mut().filter(|finding| is_whole(finding)) {
            if let Some(place) = finding.places.get(side) {
                files.entry(place.file.clone()).or_default().push(finding);
            }
        }
        if files.is_empty() {
            continue;
        }
        let snapshot = inputs.snapshots.get(side);
        let sources = (0_u32..).map(SourceId).zip(&snapshot.sources);
        for (id, source) in sources {
            let Some(findings) = files.remove(&*source.file) else { continue };
            let text = open::text(inputs, Some(source))?;
            for finding in findings {
                let ordinal = finding.places.get(side).as_ref().map(|place| place.document);
                let digest = of_document(snapshot, (id, ordinal.unwrap_or_default()), &text);
                *finding.content.get_mut(side) = Some(digest.unwrap_or(source.digest));
            }
        }
    }
    Ok(())
}

/// Whether it is about a document or a file of one side, or about both and shows no value; or about a
/// value that is not shown, as the other side's is a secret.
fn is_whole(finding: &Finding) -> bool {
    let values = [&finding.values.blue, &finding.values.green];
    if values.into_iter().flatten().any(is_withheld) {
        return true;
    }
    let on = finding.places.as_ref().map(Option::is_some);
    let shown = values.into_iter().any(Option::is_some);
    finding.at.path == Path::ROOT && (on.blue != on.green || !shown)
}

/// Digest of one document; nothing where the file holds none, and is all there is.
fn of_document(snapshot: &Snapshot, (id, ordinal): (SourceId, u32), text: &str) -> Option<Digest> {
    let documents = &snapshot.documents;
    let first = documents.partition_point(|entry| entry.source < id);
    let own = documents.iter().skip(first).take_while(|entry| entry.source == id);
    let own = own.filter(|entry| entry.ordinal == ordinal).map(|entry| entry.span);
    let span = own.reduce(|all, span| crate::model::Span {
        start: all.start.min(span.start),
        end: all.end.max(span.end),
        ..all
    });
    let part = span.and_then(|span| text.get(span.start as usize..span.end as usize))?;
    Some(Digest::of(part.as_bytes()))
}
