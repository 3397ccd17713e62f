//! A bundle as it lies in a folder: found, hashed, and read for a replay.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::bundle::hash;
use super::failure::{Failure, FailureKind};
use super::file;
use super::packs::PackText;
use super::policy::{self, PolicyFile};
use super::seal;
use crate::collect::{Kept, scheme};
use crate::evidence::json::{Numbers, parse};
use crate::evidence::timestamp::{TOKEN_BYTES_MAX, TOKENS_MAX};
use crate::evidence::{Sums, SumsError};
use crate::model::{self, CollectorRecord, Pair, Timestamp};
use crate::policy::Config;
use crate::wire::evidence::{self as wire, Collectors, Engine, SCHEMA};
use crate::wire::rego;
use crate::wire::report::Collector;
use crate::wire::rule_pack::SIGNATURE_END;

/// The largest record that is read.
const RECORD_BYTES_MAX: u64 = 16 << 20;
/// The largest rule pack that is read.
const PACK_BYTES_MAX: u64 = 8 << 20;
/// The largest text of the policy that is read.
const POLICY_BYTES_MAX: u64 = 64 << 20;
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
    /// What decides besides.
    pub files: Vec<PolicyFile>,
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

    /// The bundle whose signed report this file is.
    pub(super) fn around(envelope: &Path) -> Option<Self> {
        let root = envelope.parent()?;
        let is_its = envelope.ends_with(wire::REPORT_ENVELOPE) && root.join(wire::SUMS).is_file();
        is_its.then(|| Self { root: root.to_owned() })
    }

    /// Where a file of the bundle lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Reads a file of the bundle. Nothing but a plain file is opened: a pipe would never end, and a
    /// link leads elsewhere.
    fn read(&self, name: &str, what: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let path = self.path(name);
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            let message = format!("cannot read {what} {}: it is no plain file", path.display());
            return Err(Failure::new(FailureKind::Integrity, message));
        }
        file::read(&path, what, bytes_max)
    }

    /// The signed report.
    pub(super) fn envelope(&self) -> Result<Vec<u8>, Failure> {
        self.read(wire::REPORT_ENVELOPE, "the signed report", 32 << 20).map_err(|failure| {
            failure.hint("a bundle is the folder that `gate -o bundle=DIR` wrote")
        })
    }

    /// The attestation of a pass, if there is one.
    pub(super) fn pass(&self) -> Result<Option<Vec<u8>>, Failure> {
        if self.path(wire::PASS_ENVELOPE).symlink_metadata().is_err() {
            return Ok(None);
        }
        self.read(wire::PASS_ENVELOPE, "the attestation of a pass", 32 << 20).map(Some)
    }

    /// The time stamps over the signatures of an envelope, whose name is given.
    pub(super) fn tokens(&self, name: &str) -> Result<Vec<Vec<u8>>, Failure> {
        let stem = format!("{}.", name.trim_end_matches(wire::ENVELOPE_END));
        let Ok(entries) = fs::read_dir(&self.root) else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| {
                let message = format!("cannot read {}: {error}", self.root.display());
                Failure::new(FailureKind::Input, message)
            })?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(&stem) && name.ends_with(wire::TOKEN_END) {
                names.push(name);
            }
        }
        names.sort();
        names.truncate(TOKENS_MAX.saturating_add(1));
        let read = |name: &String| self.read(name, "the time stamp", TOKEN_BYTES_MAX as u64);
        names.iter().map(read).collect()
    }

    /// Writes an envelope's Sigstore bundles anew, with the time stamps that lie beside it.
    pub(super) fn write_copies(&self, name: &str) -> Result<(), Failure> {
        let envelope = self.read(name, "the envelope", 32 << 20)?;
        for (name, bytes) in seal::copies(name, &envelope, &self.tokens(name)?)? {
            file::replace(&self.path(&name), &bytes)?;
        }
        Ok(())
    }

    /// The list, as it is written.
    pub(super) fn listed(&self) -> Result<Sums, Failure> {
        let bytes = self.read(wire::SUMS, "the list of evidence", 8 << 20)?;
        Sums::parse(&bytes).map_err(|error| self.broken(&error))
    }

    /// Hashes every file there is. A link, a device, or a name that not every system takes is
    /// refused: what would be read might be something else.
    pub(super) fn found(&self) -> Result<Sums, Failure> {
        let mut files = Vec::new();
        let mut folders = vec![(wire::FOLDER.to_owned(), 0)];
        if self.path(wire::FOLDER).symlink_metadata().is_ok_and(|found| !found.is_dir()) {
            return Err(self.broken(&SumsError::Path { path: format!("{:?}", wire::FOLDER) }));
        }
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
        let files = self.policies(&run)?;
        Ok(Material { kept, packs: self.packs()?, config, files, run, engine })
    }

    /// How the audit was asked for.
    pub(super) fn run(&self) -> Result<wire::Run, Failure> {
        self.record(wire::RUN)
    }

    /// What decides besides the configuration, with the signatures there are.
    pub(super) fn policies(&self, run: &wire::Run) -> Result<Vec<PolicyFile>, Failure> {
        let listed = self.listed()?;
        let files = run.gate.iter().flat_map(|gate| &gate.files);
        let read = |one: &wire::PolicyFile| {
            let role = policy::role(&one.role).filter(|_| listed.get(&one.path).is_some());
            let role = role.ok_or_else(|| {
                let message = "cannot replay: a text of the policy is named that is not there, or that \
                               this version does not know";
                Failure::new(FailureKind::Input, message)
            })?;
            let beside = format!("{}{SIGNATURE_END}", one.path);
            let signature = listed.get(&beside).map(|_| {
                file::read(&self.path(&beside), "the signature of the policy", PACK_BYTES_MAX)
            });
            Ok(PolicyFile {
                role,
                name: one.name.clone(),
                shown: one.path.clone(),
                text: self.text(&one.path, POLICY_BYTES_MAX)?,
                signature: signature.transpose()?,
            })
        };
        files.map(read).collect()
    }

    /// Every rule pack, with its signature where it has one.
    pub(super) fn packs(&self) -> Result<Vec<PackText>, Failure> {
        let listed = self.listed()?;
        let is_pack = |path: &&str| path.starts_with(wire::PACKS) && !path.ends_with(SIGNATURE_END);
        let pack = |path: &str| {
            let beside = format!("{path}{SIGNATURE_END}");
            let signature = listed
                .get(&beside)
                .map(|_| self.read(&beside, "the signature of a rule pack", PACK_BYTES_MAX));
            let text = self.text(path, PACK_BYTES_MAX)?;
            let (file, signature) = (path.to_owned(), signature.transpose()?);
            let is_rego = path.ends_with(rego::FILE_END);
            Ok(PackText { file, text: text.into(), signature, is_built_in: false, is_rego })
        };
        listed.files().map(|(path, _)| path).filter(is_pack).map(pack).collect()
    }

    fn record<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let bytes = self.read(path, "the evidence", RECORD_BYTES_MAX)?;
        parse(&bytes, Numbers::SafeIntegers).map_err(|error| {
            let message = format!("cannot replay: {path} cannot be read: {error}");
            Failure::new(FailureKind::Input, message)
        })
    }

    fn text(&self, path: &str, bytes_max: u64) -> Result<String, Failure> {
        let bytes = self.read(path, "the evidence", bytes_max)?;
        String::from_utf8(bytes).map_err(|_| {
            Failure::new(FailureKind::Input, format!("cannot replay: {path} is not UTF-8"))
        })
    }

    fn broken(&self, error: &SumsError) -> Failure {
        let message = format!("the evidence in {} does not hold: {error}", self.root.display());
        Failure::new(FailureKind::Integrity, message)
    }
}

/// Reads a time stamp.
pub(super) fn token(path: &Path) -> Result<Vec<u8>, Failure> {
    file::read(path, "the time stamp", TOKEN_BYTES_MAX as u64)
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
        taken_at: collector.taken_at.as_deref().and_then(Timestamp::parse),
    })
}
