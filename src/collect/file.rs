//! A single file.

use super::directory::readable;
use super::door::{Content, Found};
use super::{Collector, Gathered, Options};

/// The collector.
pub(super) static FILE: SingleFile = SingleFile;

/// One file, named without its directories.
pub(super) struct SingleFile;

impl Collector for SingleFile {
    fn scheme(&self) -> &'static str {
        "file"
    }

    fn about(&self) -> &'static str {
        "PATH: a single file"
    }

    fn claims(&self, locator: &str, options: &Options) -> bool {
        options.base_dir.join(locator).is_file()
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let path = options.base_dir.join(locator);
        let name = path.file_name().map_or(&b"file"[..], |name| name.as_encoded_bytes());
        gathered.files.push(Found { file: readable(name), content: Content::File(path) });
        gathered
    }
}
