//! Where masked bytes are kept for the length of a run: in memory up to a cap, then in an unnamed
//! temporary file that is gone when the run is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{BlobError, Blobs, Digest, Limits};

/// How much is read and written at once.
const BLOCK_BYTES: usize = 64 << 10;

/// How many parts of the file are kept in memory for each thread of the pool of whoever asks: some for
/// each side.
const WINDOWS_PER_THREAD: usize = 4;

/// How many there are at the most.
const WINDOWS_MAX: usize = 64;

/// How many texts a thread looks at before it asks for more.
pub(super) const TEXTS_PER_TASK: usize = 64;

/// Masked bytes by digest; equal ones are kept once.
#[derive(Debug)]
pub struct Spool {
    // One lock, held for the length of a copy: both sides are collected into one spool.
    shelves: Mutex<Shelves>,
    memory_bytes_max: u64,
}

#[derive(Debug, Default)]
struct Shelves {
    places: BTreeMap<Digest, Place>,
    memory_bytes: u64,
    file: Option<File>,
    /// How much of the file is written.
    written: u64,
    /// What is to be written next.
    waiting: Vec<u8>,
    /// Parts of the file as they were read, the one used last first.
    windows: Vec<Window>,
    /// Why nothing is handed out.
    broken: Option<String>,
}

/// Part of the file: texts are asked for much as they came, one beside the other.
#[derive(Debug)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum Place {
    Memory(Box<[u8]>),
    File { start: u64, length: usize },
}

impl Spool {
    /// An empty spool; [`Limits::spool_bytes_max`] says how much of it stays in memory.
    pub fn new(limits: &Limits) -> Self {
        Self { shelves: Mutex::default(), memory_bytes_max: limits.spool_bytes_max }
    }

    /// Keeps masked bytes under their digest.
    ///
    /// # Errors
    /// The temporary file cannot be made or written.
    pub fn put(&self, digest: Digest, bytes: Vec<u8>) -> io::Result<()> {
        let mut shelves = self.shelves();
        if shelves.places.contains_key(&digest) {
            return Ok(());
        }
        let length = bytes.len() as u64;
        let place = if shelves.memory_bytes.saturating_add(length) <= self.memory_bytes_max {
            shelves.memory_bytes += length;
            Place::Memory(bytes.into_boxed_slice())
        } else {
            shelves.write(&bytes)?
        };
        shelves.places.insert(digest, place);
        Ok(())
    }

    /// Gives up texts that were replaced by others; what the temporary file holds of them is
    /// overwritten as far as the operating system lets it.
    pub(super) fn forget(&self, digests: &[Digest]) {
        let mut shelves = self.shelves();
        for digest in digests {
            shelves.forget(digest);
        }
    }

    /// Shows what is kept under some digests, by their places; what is not kept is passed over.
    /// What is handed out is checked; this is for choosing.
    pub(super) fn show(
        &self,
        digests: &[Digest],
        mut look: impl FnMut(usize, io::Result<Vec<u8>>),
    ) {
        let mut shown = 0;
        while let Some(rest) = digests.get(shown..).filter(|rest| !rest.is_empty()) {
            // Threads that take turns for each text of many mostly wait; none looks in its turn.
            let texts = self.shelves().first_of(rest);
            for text in texts {
                if let Some(text) = text {
                    look(shown, text);
                }
                shown += 1;
            }
        }
    }

    /// Hands out nothing from now on: what was read is not what it claims to be. Of several
    /// reasons the first in alphabetical order is told, whichever came first.
    pub(super) fn distrust(&self, why: String) {
        let mut shelves = self.shelves();
        if shelves.broken.as_ref().is_none_or(|known| *known > why) {
            shelves.broken = Some(why);
        }
    }

    /// Whether all that was read is what it claims to be.
    ///
    /// # Errors
    /// It is not; every [`Blobs::get`] then says the same.
    pub fn trusted(&self) -> Result<(), BlobError> {
        self.shelves().broken.clone().map_or(Ok(()), |why| Err(BlobError::Broken(why)))
    }

    /// How many different byte strings are kept.
    pub fn len(&self) -> usize {
        self.shelves().places.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every digest kept, in order.
    pub fn digests(&self) -> Vec<Digest> {
        self.shelves().places.keys().copied().collect()
    }

    /// A panic while the lock was held cannot leave the shelves half changed.
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn write(&mut self, bytes: &[u8]) -> io::Result<Place> {
        let place = Place::File { start: self.file_bytes(), length: bytes.len() };
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= BLOCK_BYTES {
            self.flush().inspect_err(|_| {
                // What came before is still at hand, and handed out.
                self.waiting.truncate(self.waiting.len().saturating_sub(bytes.len()));
            })?;
        }
        Ok(place)
    }

    fn file_bytes(&self) -> u64 {
        self.written.saturating_add(self.waiting.len() as u64)
    }

    /// Writes what waits.
    fn flush(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.waiting)?;
        self.written = self.written.saturating_add(self.waiting.len() as u64);
        self.waiting.clear();
        Ok(())
    }

    fn forget(&mut self, digest: &Digest) {
        match self.places.remove(digest) {
            Some(Place::Memory(bytes)) => {
                self.memory_bytes = self.memory_bytes.saturating_sub(bytes.len() as u64);
            }
            Some(Place::File { start, length }) => {
                self.windows.clear();
                if let Some(range) = within(self.written, self.waiting.len(), start, length) {
                    self.waiting.get_mut(range).unwrap_or_default().fill(0);
                } else if let Some(file) = &mut self.file {
                    // The file has no name and is gone with the run; this is done for good measure.
                    let _ = file
                        .seek(SeekFrom::Start(start))
                        .and_then(|_| file.write_all(&vec![0; length]));
                }
            }
            None => (),
        }
    }

    /// What is kept under the first of some digests: one, or as many as make a block.
    fn first_of(&mut self, digests: &[Digest]) -> Vec<Option<io::Result<Vec<u8>>>> {
        let (mut texts, mut taken) = (Vec::new(), 0);
        for digest in digests {
            let text = match self.places.get(digest) {
                None => None,
                Some(Place::Memory(bytes)) => Some(Ok(bytes.to_vec())),
                Some(&Place::File { start, length }) => Some(self.read(start, length)),
            };
            taken += text.iter().flatten().map(Vec::len).sum::<usize>();
            texts.push(text);
            if taken >= BLOCK_BYTES {
                break;
            }
        }
        texts
    }

    fn read(&mut self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        if let Some(range) = within(self.written, self.waiting.len(), start, length) {
            return Ok(self.waiting.get(range).unwrap_or_default().to_vec());
        }
        if length >= BLOCK_BYTES {
            return self.read_file(start, length);
        }
        let holds = |window: &Window| within(window.start, window.bytes.len(), start, length);
        let at = self.windows.iter().position(|window| holds(window).is_some());
        let at = at.map_or_else(|| self.open(start, length), Ok)?;
        // The one used last comes first, so that the last is the one to give up.
        self.windows.get_mut(..=at).unwrap_or_default().rotate_right(1);
        let first = self.windows.first();
        let bytes = first.and_then(|window| window.bytes.get(holds(window)?));
        Ok(bytes.unwrap_or_default().to_vec())
    }

    /// Reads what stands from `start` on, at least `length` bytes, into a window.
    fn open(&mut self, start: u64, length: usize) -> io::Result<usize> {
        let rest = usize::try_from(self.written.saturating_sub(start)).unwrap_or(usize::MAX);
        let bytes = self.read_file(start, rest.min(BLOCK_BYTES).max(length))?;
        let most = WINDOWS_MAX.min(WINDOWS_PER_THREAD * rayon::current_num_threads());
        self.windows.truncate(most - 1);
        self.windows.push(Window { start, bytes });
        Ok(self.windows.len() - 1)
    }

    fn read_file(&mut self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let file = self.file.as_mut().ok_or_else(missing)?;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Which part of the bytes from `start` on a text is; nothing where it is not wholly part of them.
fn within(start: u64, length: usize, text: u64, text_length: usize) -> Option<Range<usize>> {
    let from = usize::try_from(text.checked_sub(start)?).ok()?;
    let end = from.checked_add(text_length)?;
    (end <= length).then_some(from..end)
}

impl Blobs for Spool {
    /// Bytes in memory were checked when they came; those of the file are checked each time.
    fn get(&self, digest: &Digest) -> Result<Cow<'_, [u8]>, BlobError> {
        let mut shelves = self.shelves();
        if let Some(why) = &shelves.broken {
            return Err(BlobError::Broken(why.clone()));
        }
        let (start, length) = match shelves.places.get(digest) {
            None => return Err(BlobError::Missing(*digest)),
            Some(Place::Memory(bytes)) => return Ok(Cow::Owned(bytes.to_vec())),
            Some(Place::File { start, length }) => (*start, *length),
        };
        let bytes = shelves
            .read(start, length)
            .map_err(|error| BlobError::Unreadable(*digest, error.kind().to_string()))?;
        drop(shelves);
        if Digest::of(&bytes) != *digest {
            return Err(BlobError::Altered(*digest));
        }
        Ok(Cow::Owned(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Spool;
    use crate::model::{BlobError, Blobs as _, Digest, Limits};

    #[test]
    fn what_exceeds_memory_goes_to_a_file_and_comes_back_whole() {
        let spool = Spool::new(&Limits { spool_bytes_max: 4, ..Limits::STANDARD });
        let texts: [&[u8]; 4] = [b"abc", b"defgh", b"i", b"jkl"];
        for text in texts.iter().chain(&texts) {
            spool.put(Digest::of(text), text.to_vec()).unwrap();
        }
        assert_eq!(spool.len(), 4);
        for text in texts {
            assert_eq!(spool.get(&Digest::of(text)).unwrap(), text);
        }
        spool.forget(&[Digest::of(b"defgh")]);
        assert_eq!(spool.get(&Digest::of(b"jkl")).unwrap(), &b"jkl"[..]);
        let absent = Digest::of(b"absent");
        assert_eq!(spool.get(&absent), Err(BlobError::Missing(absent)));
    }

    #[test]
    fn texts_come_back_in_any_order_whatever_their_size() {
        let spool = Spool::new(&Limits { spool_bytes_max: 0, ..Limits::STANDARD });
        let sizes = [0, 1, 700, 40_000, 65_535, 65_536, 200_000];
        let texts: Vec<Vec<u8>> = (0..140_u8)
            .map(|at| vec![at; sizes[usize::from(at) % sizes.len()] + usize::from(at)])
            .collect();
        for text in &texts {
            spool.put(Digest::of(text), text.clone()).unwrap();
        }
        let order = (0..texts.len()).map(|at| at * 37 % texts.len());
        for text in order.chain(0..texts.len()).map(|at| &texts[at]) {
            assert_eq!(*spool.get(&Digest::of(text)).unwrap(), **text);
        }
        let (gone, kept) = texts.split_at(70);
        spool.forget(&gone.iter().map(|text| Digest::of(text)).collect::<Vec<_>>());
        let digests: Vec<Digest> = texts.iter().map(|text| Digest::of(text)).collect();
        let mut shown = 70;
        spool.show(&digests, |place, text| {
            assert_eq!((place, text.unwrap()), (shown, texts[shown].clone()));
            assert_eq!(spool.len(), kept.len(), "others may ask meanwhile");
            shown += 1;
        });
        assert_eq!(shown, texts.len());
        assert!(gone.iter().all(|text| spool.get(&Digest::of(text)).is_err()));
        assert!(kept.iter().all(|text| *spool.get(&Digest::of(text)).unwrap() == **text));
    }

    #[test]
    fn after_a_broken_promise_nothing_is_handed_out() {
        let spool = Spool::new(&Limits::STANDARD);
        spool.put(Digest::of(b"a"), b"a".to_vec()).unwrap();
        assert_eq!(spool.trusted(), Ok(()));
        spool.distrust("b".to_owned());
        spool.distrust("a".to_owned());
        let broken = BlobError::Broken("a".to_owned());
        assert_eq!(spool.get(&Digest::of(b"a")), Err(broken.clone()));
        assert_eq!(spool.trusted(), Err(broken));
    }
}
