//! Options and folders for tests that collect a side.

use std::path::Path;

use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect, write};
use driftseal::model::{Limits, Snapshot};

pub(crate) const KEY: &[u8] = b"a masking key of the tests, 32 bytes+";

pub(crate) fn options(base: &Path, key: &[u8]) -> Options {
    Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(key, false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: base.to_path_buf(),
        environment: Vec::new(),
    }
}

/// Options of a reader who has no key.
pub(crate) fn keyless(base: &Path) -> Options {
    let masking_key = MaskingKey::from_bytes(&[9; 32], true).unwrap();
    Options { masking_key, ..options(base, KEY) }
}

pub(crate) fn put(root: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) fn take(locators: &[&str], options: &Options) -> (Snapshot, Spool) {
    let locators: Vec<String> = locators.iter().map(|locator| (*locator).to_owned()).collect();
    let spool = Spool::new(&options.limits);
    (collect(&locators, options, &spool), spool)
}

pub(crate) fn bytes(locators: &[&str], options: &Options) -> Vec<u8> {
    let (snapshot, spool) = take(locators, options);
    let mut bytes = Vec::new();
    write(&snapshot, &spool, options, &mut bytes).unwrap();
    bytes
}
