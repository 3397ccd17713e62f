//! Whether the two places that say what a zip holds say the same: the directory at its end, which is
//! read here and by most, and the header before each file, which is read by whoever unpacks it on
//! the way (PKWARE APPNOTE 6.3.10, 4.3.7 and 4.3.12).

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

/// Where an entry of the directory stands, and where it says that its file does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) central: u64,
    pub(super) local: u64,
    pub(super) packed: u64,
}

/// What does not agree.
#[derive(Debug, Default)]
pub(super) struct Odd {
    /// Entries, by their place in the directory, of which the other header says something else.
    pub(super) entries: BTreeSet<u64>,
    /// Whether a file stands where the directory knows of none.
    pub(super) has_hidden: bool,
}

const CENTRAL: Layout =
    Layout { signature: *b"PK\x01\x02", length: 46, flags: 8, name: 28, extra: 30 };
const LOCAL: Layout =
    Layout { signature: *b"PK\x03\x04", length: 30, flags: 6, name: 26, extra: 28 };

/// Where the fields of a header stand. Method, checksum and sizes follow the flags in both.
struct Layout {
    signature: [u8; 4],
    length: usize,
    flags: usize,
    name: usize,
    extra: usize,
}

/// What both headers say of a file.
#[derive(Debug)]
struct Header {
    flags: u16,
    method: u16,
    /// Checksum, packed and unpacked size.
    sums: [u32; 3],
    name: Vec<u8>,
    /// One past the header.
    end: u64,
}

/// Bits of the flags: encrypted; checksum and sizes follow the file.
const ENCRYPTED: u16 = 1;
const FOLLOWED: u16 = 1 << 3;

/// How long what follows a file may be: checksum and sizes, with or without a signature, in 32 or 64
/// bits.
const TAILS: [u64; 5] = [0, 12, 16, 20, 24];

/// Reads both headers of each entry.
pub(super) fn odd(file: &mut (impl Read + Seek), entries: &[Entry]) -> io::Result<Odd> {
    let mut found = Odd::default();
    let starts: BTreeSet<u64> = entries.iter().map(|entry| entry.local).collect();
    let mut ends = vec![0];
    for entry in entries {
        let central = header(file, &CENTRAL, entry.central)?;
        let local = header(file, &LOCAL, entry.local)?;
        let (Some(central), Some(local)) = (central, local) else {
            found.entries.insert(entry.central);
            continue;
        };
        if !central.agrees(&local) {
            found.entries.insert(entry.central);
        }
        let end = local.end.saturating_add(entry.packed);
        let tails = if local.flags & FOLLOWED == 0 { TAILS.get(..1) } else { Some(&TAILS[..]) };
        ends.extend(tails.unwrap_or_default().iter().map(|tail| end.saturating_add(*tail)));
    }
    for end in ends {
        found.has_hidden |= !starts.contains(&end) && header(file, &LOCAL, end)?.is_some();
    }
    Ok(found)
}

impl Header {
    /// Whether the header before a file says what the directory says of it. What follows the file
    /// instead is zero there, and what has 64 bits stands elsewhere.
    fn agrees(&self, local: &Self) -> bool {
        let later = |said: u32| said == u32::MAX || said == 0 && local.flags & FOLLOWED != 0;
        let sums = self.sums.iter().zip(&local.sums);
        self.name == local.name
            && self.method == local.method
            && (self.flags ^ local.flags) & ENCRYPTED == 0
            && sums
                .into_iter()
                .all(|(known, said)| known == said || later(*said) || *known == u32::MAX)
    }
}

/// The header at a place, if one stands there.
fn header(file: &mut (impl Read + Seek), layout: &Layout, at: u64) -> io::Result<Option<Header>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.by_ref().take(layout.length as u64).read_to_end(&mut bytes)?;
    Ok(fields(&bytes, layout).and_then(|(header, name, extra)| {
        let mut bytes = Vec::new();
        file.by_ref().take(u64::from(name)).read_to_end(&mut bytes).ok()?;
        let length = (layout.length as u64).checked_add(u64::from(name) + u64::from(extra))?;
        Some(Header { name: bytes, end: at.checked_add(length)?, ..header })
    }))
}

/// What stands in a header but the name, and how long name and further fields are.
fn fields(bytes: &[u8], layout: &Layout) -> Option<(Header, u16, u16)> {
    let short = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let long = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let is_it = bytes.len() == layout.length && bytes.starts_with(&layout.signature);
    is_it.then_some(())?;
    let flags = layout.flags;
    let header = Header {
        flags: short(flags)?,
        method: short(flags + 2)?,
        sums: [long(flags + 8)?, long(flags + 12)?, long(flags + 16)?],
        name: Vec::new(),
        end: 0,
    };
    Some((header, short(layout.name)?, short(layout.extra)?))
}
