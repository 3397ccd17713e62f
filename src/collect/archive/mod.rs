//! The files of an archive: `.tar`, `.tar.gz`, `.tar.zst`, `.zip`.
//!
//! Nothing is unpacked to disk: files are held in memory, masked, and let go. A name that leads
//! out of the archive, a link, a device, an encrypted file, a name that stands twice, an end that
//! is missing: each is a gap, and what could be read is kept. How many entries, how many bytes and
//! how many times its own size an archive may unpack to is limited.
//!
//! An archive inside a directory or another archive is a binary file; name it as a source.

mod headers;
mod tar;
mod unpack;
mod zip;
mod zstd;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use self::unpack::Unpack;
use self::zstd::Frames;
use super::door::unreadable;
use super::{Collector, Gathered, Options};
use crate::model::GapReason;

/// The collector.
pub(super) static ARCHIVE: Archive = Archive;

/// Every file of an archive.
pub(super) struct Archive;

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Tar,
    TarGzip,
    TarZstd,
    Zip,
    /// One that is known by its name and not read.
    Other,
}

/// Packings by the end of the name.
const ENDS: [(&str, Packing); 13] = [
    (".tar", Packing::Tar),
    (".tar.gz", Packing::TarGzip),
    (".tgz", Packing::TarGzip),
    (".tar.zst", Packing::TarZstd),
    (".tar.zstd", Packing::TarZstd),
    (".tzst", Packing::TarZstd),
    (".zip", Packing::Zip),
    (".tar.bz2", Packing::Other),
    (".tbz2", Packing::Other),
    (".tar.xz", Packing::Other),
    (".txz", Packing::Other),
    (".7z", Packing::Other),
    (".rar", Packing::Other),
];

fn packing(locator: &str) -> Option<Packing> {
    let name = locator.to_ascii_lowercase();
    ENDS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, packing)| *packing)
}

impl Collector for Archive {
    fn scheme(&self) -> &'static str {
        "archive"
    }

    fn about(&self) -> &'static str {
        "PATH: every file of a .tar, .tar.gz, .tar.zst or .zip"
    }

    fn claims(&self, locator: &str, options: &Options) -> bool {
        packing(locator).is_some() && options.base_dir.join(locator).is_file()
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let packing = packing(locator).unwrap_or(Packing::Tar);
        let path = options.base_dir.join(locator);
        if let Err(error) = unpack(&path, locator, packing, options, &mut gathered) {
            let refusal = unreadable("archive", &error);
            gathered.gap(locator, refusal.reason, refusal.message);
        }
        gathered
    }
}

fn unpack(
    path: &Path,
    locator: &str,
    packing: Packing,
    options: &Options,
    out: &mut Gathered,
) -> std::io::Result<()> {
    let file = File::open(path)?;
    let packed = file.metadata()?.len();
    let file = BufReader::new(file);
    let mut unpack = Unpack::new(locator, packed, options, out);
    match packing {
        Packing::Tar => tar::read(file, &mut unpack),
        Packing::TarGzip => tar::read(MultiGzDecoder::new(file), &mut unpack),
        Packing::TarZstd => tar::read(Frames::new(file), &mut unpack),
        Packing::Zip => zip::read(file, &mut unpack),
        Packing::Other => {
            let message = "cannot read the archive: only .tar, .tar.gz, .tar.zst and .zip are \
                           read; unpack it and name the directory, or pack it as one of these";
            // What stopped it is a gap already.
            let _ = unpack.stop(GapReason::Unreadable, message);
        }
    }
    Ok(())
}
