//! A bundle as it lies in a folder: found, hashed, and read for a replay.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::bundle::hash;
use super::failure::{Failure, FailureKind};
use super::file;
use super::packs::PackText;
use crate::collect::{Kept, scheme};
use crate::evidence::json::{Numbers, parse};
use crate::evidence::{Sums, SumsError};
use crate::model::{self, CollectorRecord, Pair};
use crate::policy::Config;
use crate::wire::evidence::{self as wire, Collectors, Engine, SCHEMA};
use crate::wire::report::Collector;
use crate::wire::rule_pack::SIGNATURE_END;

/// The largest record that is read.
const RECORD_BYTES_MAX: u64 = 16 << 20;
/// The largest rule pack that is read.
const PACK_BYTES_MAX: u64 = 8 << 20;
/// How many folders lie in one another.
const DEPTH_MAX: usize = 8;

/// A folder with a bundle in it.
pub(super) struct Folder {
    root: PathBuf,
}

/// What a replay begins with.
pub(super) struct Material {
    /// Both sides.
    pub kept: Pair<Kept>,
    /// Every rule pack, in the order of loading.
    pub packs: Vec<PackText>,
    /// The configuration.
    pub config: Config,
    /// How the audit was asked for.
    pub run: wire::Run,
    /// Which program made the report.
    pub engine: Engine,
}

impl Folder {
    /// The bundle at `root`, or the one whose `evidence` folder that is.
    pub(super) fn at(root: &Path) -> Self {
        let above = root.parent().filter(|_| root.ends_with(wire::FOLDER));
        let is_bundle = root.join(wire::SUMS).is_file();
        let root = above.filter(|_| !is_bundle).unwrap_or(root);
        Self { root: root.to_owned() }
    }

    /// Where a file of the bundle lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The signed report.
    pub(super) fn envelope(&self) -> Result<Vec<u8>, Failure> {
        file::read(&self.path(wire::REPORT_ENVELOPE), "the signed report", 32 << 20).map_err(
            |failure| failure.hint("a bundle is the folder that `gate -o bundle=DIR` wrote"),
        )
    }

    /// The attestation of a pass, if there is one.
    pub(super) fn pass(&self) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(wire::PASS_ENVELOPE);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        file::read(&path, "the attestation of a pass", 32 << 20).map(Some)
    }

    /// The list, as it is written.
    pub(super) fn listed(&self) -> Result<Sums, Failure> {
        let bytes = file::read(&self.path(wire::SUMS), "the list of evidence", 8 << 20)?;
        Sums::parse(&bytes).map_err(|error| self.broken(&error))
    }

    /// Hashes every file there is. A link, a device, or a name that not every system takes is
    /// refused: what would be read might be something else.
    pub(super) fn found(&self) -> Result<Sums, Failure> {
        let mut files = Vec::new();
        let mut folders = vec![(wire::FOLDER.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let failed = |error: &dyn std::fmt::Display| {
                let message = format!("cannot read the evidence in {folder}: {error}");
                Failure::new(FailureKind::Input, message)
            };
            if depth > DEPTH_MAX || files.len() > crate::evidence::sums::FILES_MAX {
                return Err(self.broken(&SumsError::TooMany));
            }
            for entry in fs::read_dir(self.path(&folder)).map_err(|error| failed(&error))? {
                let entry = entry.map_err(|error| failed(&error))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{folder}/{name}");
                let kind = entry.file_type().map_err(|error| failed(&error))?;
                if kind.is_dir() {
                    folders.push((path, depth + 1));
                } else if kind.is_file() {
                    let digest = File::open(entry.path()).and_then(hash);
                    files.push((path, digest.map_err(|error| failed(&error))?));
                } else {
                    return Err(self
                        .broken(&SumsError::Path { path: format!("{path:?}") })
                        .hint("evidence holds plain files only: no links, no devices"));
                }
            }
        }
        Sums::new(files).map_err(|error| self.broken(&error))
    }

    /// Reads what a replay begins with; nothing of it is believed to be what was signed unless the
    /// list was checked before.
    pub(super) fn material(&self) -> Result<Material, Failure> {
        let run: wire::Run = self.record(wire::RUN)?;
        let engine: Engine = self.record(wire::ENGINE)?;
        let Collectors { schema, collectors, nothing_at } = self.record(wire::COLLECTORS)?;
        for found in [&run.schema, &engine.schema, &schema] {
            if found != SCHEMA {
                let message = format!(
                    "cannot replay: the evidence is of another version than {SCHEMA}; use the \
                     version of driftseal that wrote it"
                );
                return Err(Failure::new(FailureKind::Input, message));
            }
        }
        let kept = |side: model::Side, records: &[Collector], nothing: &[String]| {
            let name = format!("{}{}{}", wire::SNAPSHOTS, side.name(), wire::SNAPSHOT_END);
            let collectors = records.iter().map(record).collect::<Result<_, Failure>>()?;
            Ok(Kept { file: self.path(&name), collectors, nothing_at: nothing.first().cloned() })
        };
        let kept = Pair::new(
            kept(model::Side::Blue, &collectors.blue, &nothing_at.blue)?,
            kept(model::Side::Green, &collectors.green, &nothing_at.green)?,
        );
        let policy = self.text(wire::POLICY, RECORD_BYTES_MAX)?;
        let config = Config::parse(wire::POLICY, &policy).map_err(|errors| {
            let message = "cannot replay: this version cannot read the configuration kept";
            Failure::new(FailureKind::Input, message).with(errors.iter().map(ToString::to_string))
        })?;
        Ok(Material { kept, packs: self.packs()?, config, run, engine })
    }

    /// Every rule pack, with its signature where it has one.
    pub(super) fn packs(&self) -> Result<Vec<PackText>, Failure> {
        let listed = self.listed()?;
        let is_pack = |path: &&str| path.starts_with(wire::PACKS) && !path.ends_with(SIGNATURE_END);
        let pack = |path: &str| {
            let beside = format!("{path}{SIGNATURE_END}");
            let signature = listed.get(&beside).map(|_| {
                file::read(&self.path(&beside), "the signature of a rule pack", PACK_BYTES_MAX)
            });
            let text = self.text(path, PACK_BYTES_MAX)?;
            let (file, signature) = (path.to_owned(), signature.transpose()?);
            Ok(PackText { file, text, signature, is_built_in: false })
        };
        listed.files().map(|(path, _)| path).filter(is_pack).map(pack).collect()
    }

    fn record<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let bytes = file::read(&self.path(path), "the evidence", RECORD_BYTES_MAX)?;
        parse(&bytes, Numbers::SafeIntegers).map_err(|error| {
            let message = format!("cannot replay: {path} cannot be read: {error}");
            Failure::new(FailureKind::Input, message)
        })
    }

    fn text(&self, path: &str, bytes_max: u64) -> Result<String, Failure> {
        let bytes = file::read(&self.path(path), "the evidence", bytes_max)?;
        String::from_utf8(bytes).map_err(|_| {
            Failure::new(FailureKind::Input, format!("cannot replay: {path} is not UTF-8"))
        })
    }

    fn broken(&self, error: &SumsError) -> Failure {
        let message = format!("the evidence in {} does not hold: {error}", self.root.display());
        Failure::new(FailureKind::Integrity, message)
    }
}

fn record(collector: &Collector) -> Result<CollectorRecord, Failure> {
    let known = scheme(&collector.scheme).ok_or_else(|| {
        let message = "cannot replay: a collector is named that this version does not know";
        Failure::new(FailureKind::Input, message)
    })?;
    Ok(CollectorRecord {
        scheme: known,
        locator: collector.locator.clone(),
        resolved: collector.resolved.clone(),
        notes: collector.notes.clone(),
    })
}
