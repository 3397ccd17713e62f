//! Policies in Rego as folders, and as the files that a bundle keeps of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, FailureKind};
use super::file;
use super::packs::{PackText, signature_path};
use crate::evidence::canonical;
use crate::evidence::json::{Numbers, parse};
use crate::model::{Digest, Timestamp};
use crate::rules::rego::{Folder, IS_BUILT, Policy};
use crate::wire::rego as wire;

/// How large one file may be, and all of a folder.
const FILE_BYTES_MAX: u64 = 1 << 20;
const BYTES_MAX: usize = 4 << 20;

/// How many files a folder may hold, and how many folders lie in one another.
const FILES_MAX: usize = 2_000;
const DEPTH_MAX: usize = 16;

/// What is asked besides rule packs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct RegoArgs {
    /// Ask the Conftest policy in this folder about every document as well; repeatable.
    ///
    /// Rules called `deny`, `violation` and `warn` become findings of `rego:PACKAGE.NAME`. Needs a
    /// program built with the feature `rego`.
    #[arg(long, value_name = "DIR")]
    pub rego: Vec<PathBuf>,
    /// Ask the rules of this package only; repeatable [default: of every package].
    #[arg(long, value_name = "PACKAGE", requires = "rego")]
    pub rego_namespace: Vec<String>,
}

impl RegoArgs {
    /// The same, relative to a folder.
    pub(super) fn within(&self, folder: &Path) -> Self {
        let rego = self.rego.iter().map(|path| folder.join(path)).collect();
        Self { rego, rego_namespace: self.rego_namespace.clone() }
    }

    /// Reads every folder.
    pub(super) fn read(&self) -> Result<Vec<PackText>, Failure> {
        if self.rego.is_empty() {
            return Ok(Vec::new());
        }
        if !IS_BUILT {
            let message = "cannot ask a policy in Rego: this driftseal was built without `rego`";
            return Err(Failure::usage(message).hint(
                "install one that has it; in a checkout: cargo install --path . --features rego",
            ));
        }
        self.rego.iter().map(|folder| self.folder(folder)).collect()
    }

    fn folder(&self, folder: &Path) -> Result<PackText, Failure> {
        let shown = folder.display();
        if !folder.is_dir() {
            let message = format!("cannot read the policy {shown}: it is no folder");
            return Err(Failure::config(message).hint("name the folder that Conftest is given"));
        }
        let mut files = BTreeMap::new();
        collect(folder, "", 0, &mut files)?;
        if !files.keys().any(|path| ends_with(path, "rego")) {
            return Err(Failure::config(format!("there is no policy (*.rego) in {shown}")));
        }
        if files.values().map(String::len).sum::<usize>() > BYTES_MAX {
            let message = format!("the policy {shown} is larger than {BYTES_MAX} bytes");
            return Err(Failure::config(message));
        }
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut namespaces = self.rego_namespace.clone();
        namespaces.sort();
        namespaces.dedup();
        let kept = wire::Folder {
            schema: wire::SCHEMA.to_owned(),
            name: name.unwrap_or_else(|| "policy".to_owned()),
            namespaces,
            files,
        };
        let text = canonical(&kept).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| {
            Failure::config(format!("the policy {shown} holds texts that cannot be kept"))
        })?;
        let beside = signature_path(&whole);
        let signature = match beside.symlink_metadata() {
            Err(_) => None,
            Ok(_) => Some(file::read(&beside, "the signature of the policy", FILE_BYTES_MAX)?),
        };
        let file = folder.display().to_string();
        Ok(PackText { file, text: text.into(), signature, is_built_in: false, is_rego: true })
    }
}

fn ends_with(path: &str, end: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == end)
}

/// The files of a folder that a policy is made of. Links are not followed out of it: what they name
/// may change between two readings.
fn collect(
    folder: &Path,
    within: &str,
    depth: usize,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        Failure::config(format!("cannot read the policy in {}: {why}", folder.display()))
    };
    if depth > DEPTH_MAX {
        return Err(failed(&format!("folders lie in one another more than {DEPTH_MAX} deep")));
    }
    for entry in folder.read_dir().map_err(|why| failed(&why))? {
        let entry = entry.map_err(|why| failed(&why))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if within.is_empty() { name } else { format!("{within}/{name}") };
        let kind = entry.file_type().map_err(|why| failed(&why))?;
        if kind.is_dir() {
            collect(&entry.path(), &path, depth.saturating_add(1), files)?;
            continue;
        }
        if !["rego", "json", "yaml", "yml"].iter().any(|end| ends_with(&path, end)) {
            continue;
        }
        if kind.is_symlink() {
            return Err(failed(&format!("{path} is a link: put the file itself there")));
        }
        let bytes = file::read(&entry.path(), "the policy", FILE_BYTES_MAX)
            .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
        let text = String::from_utf8(bytes).map_err(|_| failed(&format!("{path} is not UTF-8")))?;
        files.insert(path, text);
        if files.len() > FILES_MAX {
            return Err(failed(&format!("there are more than {FILES_MAX} files")));
        }
    }
    Ok(())
}

/// Loads the policies among packs.
pub(super) fn load(packs: &[PackText], now: Timestamp) -> Result<Vec<Policy>, Failure> {
    packs.iter().filter(|pack| pack.is_rego).map(|pack| one(pack, now)).collect()
}

fn one(pack: &PackText, now: Timestamp) -> Result<Policy, Failure> {
    let kept: wire::Folder = parse(pack.text.as_bytes(), Numbers::SafeIntegers)
        .map_err(|why| Failure::config(format!("cannot read the policy {}: {why}", pack.file)))?;
    if kept.schema != wire::SCHEMA {
        let message = format!("cannot read the policy {}: it is of another version", pack.file);
        return Err(Failure::config(message));
    }
    let folder = Folder {
        name: kept.name,
        namespaces: kept.namespaces,
        files: kept.files.into_iter().collect(),
        digest: Digest::of(pack.text.as_bytes()),
    };
    Policy::load(&folder, now).map_err(|errors| {
        let count = match errors.len() {
            1 => "there is a mistake in it".to_owned(),
            count => format!("there are {count} mistakes in it"),
        };
        Failure::config(format!("cannot use the policy {}: {count}", pack.file))
            .with(errors.iter().map(ToString::to_string))
    })
}
