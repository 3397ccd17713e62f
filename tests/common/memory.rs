//! Snapshots made of texts, without a collector.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::common::{noon, rules};
use driftseal::audit::audit;
use driftseal::dialect;
use driftseal::model::{
    BlobError, Blobs, Digest, DocumentEntry, Gap, Limits, Pair, Report, Snapshot, Source, SourceId,
    Span,
};
use driftseal::policy::Policy;
use driftseal::syntax;

/// Masked bytes in memory.
#[derive(Default)]
pub(crate) struct Memory(BTreeMap<Digest, Vec<u8>>);

impl Blobs for Memory {
    fn get(&self, digest: &Digest) -> Result<Cow<'_, [u8]>, BlobError> {
        self.0.get(digest).map(|bytes| Cow::Borrowed(&**bytes)).ok_or(BlobError::Missing(*digest))
    }
}

impl Memory {
    /// A snapshot of files given as path and text.
    pub(crate) fn side(&mut self, files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let mut files = files.to_vec();
        files.sort_unstable();
        for (index, (file, text)) in files.into_iter().enumerate() {
            let id = SourceId(u32::try_from(index).unwrap());
            let syntax = syntax::detect(file, text).unwrap();
            let digest = Digest::of(text.as_bytes());
            self.0.insert(digest, text.as_bytes().to_vec());
            snapshot.sources.push(Source {
                file: file.into(),
                syntax: syntax.id(),
                digest,
                bytes: text.len() as u64,
                original: None,
                masked: 0,
                shifts: Box::default(),
            });
            let parsed = syntax.parse(text, id, &Limits::STANDARD);
            for issue in &parsed.issues {
                snapshot.gaps.push(Gap {
                    place: file.to_owned(),
                    span: None,
                    line: None,
                    reason: issue.reason,
                    message: issue.message.clone(),
                });
            }
            for document in &parsed.documents {
                let root = parsed.tree.root(document.root).unwrap();
                let known = dialect::recognise(file, syntax.id(), root);
                for (member, _, known) in dialect::resources(file, syntax.id(), root, &known) {
                    snapshot.documents.push(DocumentEntry {
                        identity: known.identity.name.into(),
                        join: Some(known.identity.join.into()),
                        portable: known.identity.portable,
                        dialect: known.dialect.id(),
                        source: id,
                        ordinal: document.ordinal,
                        member,
                        span: Span { source: id, start: document.start, end: document.end },
                        rendered: text
                            .get(document.start as usize..document.end as usize)
                            .and_then(dialect::rendered)
                            .map(Box::new),
                        is_hashed: false,
                    });
                }
            }
        }
        snapshot
    }
}

/// Audits two sides given as paths and texts.
pub(crate) fn audit_texts(
    blue: &[(&str, &str)],
    green: &[(&str, &str)],
    policy: &Policy,
) -> Report {
    let mut memory = Memory::default();
    let snapshots = Pair::new(memory.side(blue), memory.side(green));
    audit(&snapshots, &memory, policy, rules(), noon()).unwrap()
}
