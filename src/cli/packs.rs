//! Rule packs as files, and the signatures beside them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::failure::{Failure, FailureKind};
use super::file;
use crate::evidence::Trust;
use crate::evidence::signed_pack::{PackName, verify_pack};
use crate::model::{Digest, Timestamp};
use crate::rules::{self, RuleSet};
use crate::wire::rule_pack::SIGNATURE_END;

/// How large a rule pack may be.
const BYTES_MAX: u64 = 8 << 20;

/// A rule pack as it was read.
#[derive(Debug, Clone)]
pub(super) struct PackText {
    /// Its file, as messages name it.
    pub file: String,
    /// Its text.
    pub text: Cow<'static, str>,
    /// The signature beside it.
    pub signature: Option<Vec<u8>>,
    /// Whether it is part of the program.
    pub is_built_in: bool,
    /// Whether it is a policy in Rego instead, as a bundle keeps it.
    pub is_rego: bool,
}

/// The packs that are part of the program.
pub(super) fn built_in() -> impl Iterator<Item = PackText> {
    rules::PACKS.iter().map(|(file, text)| PackText {
        file: (*file).to_owned(),
        text: Cow::Borrowed(text),
        signature: None,
        is_built_in: true,
        is_rego: false,
    })
}

/// Packs as they are loaded: file and text, those in Rego left out.
pub(super) fn pairs(packs: &[PackText]) -> Vec<(&str, &str)> {
    let packs = packs.iter().filter(|pack| !pack.is_rego);
    packs.map(|pack| (&*pack.file, &*pack.text)).collect()
}

/// Reads packs and what lies beside them; of a folder, its `.toml` files by name.
pub(super) fn read(packs: &[PathBuf]) -> Result<Vec<PackText>, Failure> {
    let mut texts = Vec::new();
    for pack in packs {
        let files = if pack.is_dir() { toml_files(pack)? } else { vec![pack.clone()] };
        for path in files {
            let bytes = file::read(&path, "the rule pack", BYTES_MAX)
                .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
            let text = String::from_utf8(bytes).map_err(|_| {
                Failure::config(format!("the rule pack {} is not UTF-8", path.display()))
            })?;
            let beside = signature_path(&path);
            let signature = match beside.symlink_metadata() {
                Err(_) => None,
                Ok(_) => Some(file::read(&beside, "the signature of the rule pack", BYTES_MAX)?),
            };
            let file = path.display().to_string();
            texts.push(PackText {
                file,
                text: text.into(),
                signature,
                is_built_in: false,
                is_rego: false,
            });
        }
    }
    Ok(texts)
}

/// Where the signature of a pack lies.
pub(super) fn signature_path(pack: &Path) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(SIGNATURE_END);
    PathBuf::from(name)
}

/// Refuses a pack that nobody trusted has signed; the program stands for its own.
pub(super) fn demand_signatures(
    packs: &[PackText],
    rules: &RuleSet,
    trust: &Trust,
    at: Timestamp,
) -> Result<(), Failure> {
    let at = jiff::Timestamp::from_second(at.unix_seconds())
        .map_err(|_| Failure::config("cannot tell the time: it is out of range"))?;
    for pack in packs.iter().filter(|pack| !pack.is_built_in) {
        let refused = |why: &str| {
            let message = format!("the rule pack {} is not signed as demanded: {why}", pack.file);
            Failure::new(FailureKind::Integrity, message)
                .hint("sign it with a key for rules: driftseal rules sign PACK --key REF")
        };
        let name = name(&pack.text, rules).ok_or_else(|| refused("it was not loaded"))?;
        let signature =
            pack.signature.as_ref().ok_or_else(|| refused("there is no signature beside it"))?;
        verify_pack(&name, signature, trust, at).map_err(|why| refused(&why))?;
    }
    Ok(())
}

/// What a loaded pack is called, found by its text.
pub(super) fn name(text: &str, rules: &RuleSet) -> Option<PackName> {
    let digest = Digest::of(text.as_bytes());
    let pack = rules.packs().iter().find(|pack| pack.digest == digest)?;
    Some(PackName { id: pack.id.clone(), version: pack.version.clone(), digest })
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |why: std::io::Error| {
        Failure::config(format!("cannot read the rule packs in {}: {why}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let message = format!("there is no rule pack (*.toml) in {}", folder.display());
        return Err(Failure::config(message));
    }
    Ok(files)
}
