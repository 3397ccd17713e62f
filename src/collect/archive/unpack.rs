//! What holds for every kind of archive: which names are let in, how much, and how often.

use std::collections::BTreeMap;
use std::io::Read;

use crate::collect::directory::readable;
use crate::collect::door::{Content, Found, too_long};
use crate::collect::{Gathered, Options};
use crate::model::{Excluded, GapReason};

/// What an archive may unpack to whatever its own size.
const FLOOR_BYTES: u64 = 1 << 20;

/// The files of one archive on their way out.
pub(super) struct Unpack<'a> {
    locator: &'a str,
    options: &'a Options,
    out: &'a mut Gathered,
    /// Names so far, and which file has them.
    names: BTreeMap<String, usize>,
    entries: u32,
    bytes: u64,
    bytes_max: u64,
    /// The limit that `bytes_max` comes from.
    limit: String,
    is_spent: bool,
}

/// Nothing more of the archive is read; a gap says why.
pub(super) struct Stop;

impl<'a> Unpack<'a> {
    pub(super) fn new(
        locator: &'a str,
        packed: u64,
        options: &'a Options,
        out: &'a mut Gathered,
    ) -> Self {
        let limits = &options.limits;
        let by_ratio =
            packed.saturating_mul(u64::from(limits.archive_ratio_max)).saturating_add(FLOOR_BYTES);
        let (bytes_max, limit) = if by_ratio < limits.archive_bytes_max {
            let limit =
                format!("archive_ratio_max ({} times its own size)", limits.archive_ratio_max);
            (by_ratio, limit)
        } else {
            let limit = format!("archive_bytes_max ({} bytes)", limits.archive_bytes_max);
            (limits.archive_bytes_max, limit)
        };
        let names = BTreeMap::new();
        Self {
            locator,
            options,
            out,
            names,
            entries: 0,
            bytes: 0,
            bytes_max,
            limit,
            is_spent: false,
        }
    }

    /// How many bytes may come out of it in all.
    pub(super) const fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// How many entries are read at most.
    pub(super) const fn entries_max(&self) -> u32 {
        self.options.limits.archive_entries_max
    }

    /// Counts an entry.
    pub(super) fn count(&mut self) -> Result<(), Stop> {
        self.entries = self.entries.saturating_add(1);
        let most = self.options.limits.archive_entries_max;
        if self.entries <= most {
            return Ok(());
        }
        Err(self.stop(
            GapReason::LimitReached,
            &format!(
                "cannot read the rest of the archive: it has more entries than \
                 archive_entries_max ({most}); unpack it and name its folders"
            ),
        ))
    }

    /// The file an entry's name stands for; nothing if a gap or an exclusion does.
    pub(super) fn admit(&mut self, name: &[u8]) -> Option<String> {
        let spelled = readable(name);
        let Some(file) = inside(&spelled) else {
            let message = "cannot take the entry of the archive in: its name is empty, absolute, \
                           or leads out of the archive; pack it again with relative names, and \
                           find out who packed it so";
            let place = if spelled.is_empty() { self.locator } else { &spelled };
            self.out.gap(place, GapReason::Unreadable, message.to_owned());
            return None;
        };
        if let Some(pattern) = self.options.exclude.find_above(&file) {
            let pattern = pattern.to_owned();
            self.out.excluded.push(Excluded { place: file, pattern });
            return None;
        }
        Some(file)
    }

    /// Reads a file of `size` bytes and keeps it.
    pub(super) fn keep(
        &mut self,
        file: String,
        size: u64,
        mut stream: impl Read,
    ) -> Result<(), Stop> {
        let limits = &self.options.limits;
        if size > limits.file_bytes_max {
            let refusal = too_long(limits);
            self.out.gap(&file, refusal.reason, refusal.message);
            return Ok(());
        }
        if self.bytes.saturating_add(size) > self.bytes_max {
            return Err(self.limit());
        }
        let mut bytes = Vec::new();
        let read = stream.by_ref().take(size.saturating_add(1)).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 != size {
            let message = "cannot read the file from the archive: the archive is cut off or \
                           damaged there; pack it again";
            self.out.gap(&file, GapReason::Unreadable, message.to_owned());
            return Err(Stop);
        }
        self.bytes = self.bytes.saturating_add(size);
        self.push(file, bytes);
        Ok(())
    }

    fn push(&mut self, file: String, bytes: Vec<u8>) {
        if let Some(first) = self.names.get(&file) {
            let known = self.out.files.get(*first).map(|found| &found.content);
            let is_same = matches!(known, Some(Content::Bytes(known)) if *known == bytes);
            if is_same {
                self.out.record.notes.push(format!("{file} stands in the archive twice, equal"));
                return;
            }
            let message = "cannot tell which file is meant: the archive holds several of this \
                           name, and which one counts depends on who unpacks it; pack it again";
            self.out.gap(&file, GapReason::Unreadable, message.to_owned());
        } else {
            self.names.insert(file.clone(), self.out.files.len());
        }
        self.out.files.push(Found { file, content: Content::Bytes(bytes) });
    }

    /// Notes that an entry is something that is not read.
    pub(super) fn refuse(&mut self, file: &str, reason: GapReason, message: &str) {
        self.out.gap(file, reason, message.to_owned());
    }

    /// Notes what concerns the archive as a whole.
    pub(super) fn refuse_all(&mut self, message: &str) {
        self.out.gap(self.locator, GapReason::Unreadable, message.to_owned());
    }

    /// Whether a limit was reached.
    pub(super) const fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Notes that it unpacks to more than it may.
    pub(super) fn limit(&mut self) -> Stop {
        self.is_spent = true;
        let message = format!(
            "cannot read the rest of the archive: it unpacks to more than {}; unpack it and \
             name its folders",
            self.limit
        );
        self.stop(GapReason::LimitReached, &message)
    }

    /// Notes why nothing more is read.
    pub(super) fn stop(&mut self, reason: GapReason, message: &str) -> Stop {
        self.out.gap(self.locator, reason, message.to_owned());
        Stop
    }
}

/// The path a name stands for, if it stays inside the archive on every system.
fn inside(name: &str) -> Option<String> {
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || name.contains(['\\', '\0']) || is_drive {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn a_name_stays_inside_on_every_system() {
        for (name, file) in [("a/b.yaml", "a/b.yaml"), ("./a//b", "a/b"), ("a/./b/", "a/b")] {
            assert_eq!(inside(name).as_deref(), Some(file));
        }
        for name in
            ["", ".", "/", "/etc/passwd", "../a", "a/../../b", "a/..", "C:/a", "c:a", "a\\..\\b"]
        {
            assert_eq!(inside(name), None, "{name}");
        }
    }
}
