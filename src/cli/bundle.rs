//! `-o bundle=DIR`: the signed report with all it was made of, as files that stock tools check.
//!
//! What is written is written beside its place first and put there whole. A folder that holds
//! anything is refused: evidence of two runs must never mix.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::failure::{Failure, FailureKind};
use super::inputs::Settled;
use super::policy;
use super::run::Collected;
use crate::evidence::{Sums, canonical};
use crate::model::{CollectorRecord, Digest, GapReason, Pair, Side, Snapshot};
use crate::policy::Ledger;
use crate::wire::evidence::{self as wire, Collectors, Engine, SCHEMA};
use crate::wire::rego;
use crate::wire::report::{self, Collector};
use crate::wire::rule_pack::SIGNATURE_END;

/// Where an executable is hashed from, block by block.
const BLOCK_BYTES: usize = 64 << 10;

/// A bundle on its way.
pub(super) struct Draft {
    folder: TempDir,
    target: PathBuf,
    files: Vec<(String, Digest)>,
}

/// Refuses a place that holds anything but an empty folder.
pub(super) fn check_place(target: &Path) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        let message = format!("cannot write the bundle {}: {why}", target.display());
        Failure::new(FailureKind::Output, message)
    };
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(&error)),
        Ok(found) if !found.is_dir() => Err(failed(&"there is something that is no folder")),
        Ok(_) => match fs::read_dir(target).map_err(|error| failed(&error))?.next() {
            None => Ok(()),
            Some(_) => Err(failed(&"the folder is not empty")
                .hint("evidence of two runs must not mix: choose a new folder")),
        },
    }
}

impl Draft {
    /// Writes the evidence of a run beside `target`.
    pub(super) fn of(
        target: &Path,
        settled: &Settled,
        collected: &Collected,
    ) -> Result<Self, Failure> {
        check_place(target)?;
        let parent = target.parent().filter(|parent| *parent != Path::new(""));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".driftseal-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let folder = builder
            .tempdir_in(parent.unwrap_or(Path::new(".")))
            .map_err(|error| not_written(target, &error))?;
        let mut draft = Self { folder, target: target.to_owned(), files: Vec::new() };
        draft.evidence(settled, collected)?;
        Ok(draft)
    }

    fn evidence(&mut self, settled: &Settled, collected: &Collected) -> Result<(), Failure> {
        let Settled { request, policy_text, files, .. } = settled;
        let gate = settled.asked.map(|asked| policy::kept(files, asked));
        let (gate, places) = gate.map_or((None, Vec::new()), |(run, places)| (Some(run), places));
        let run = wire::Run {
            schema: SCHEMA.to_owned(),
            evaluated_at: request.evaluated_at.to_string(),
            threshold: request.policy.threshold().into(),
            full_ledger: request.policy.ledger == Ledger::Full,
            exclude: request.exclude.clone(),
            gate,
        };
        self.record(wire::RUN, &run)?;
        self.record(wire::ENGINE, &engine())?;
        self.record(wire::COLLECTORS, &collectors(&collected.snapshots))?;
        self.listed(wire::POLICY, &mut |out| out.write_all(policy_text.as_bytes()))?;
        for (one, path) in files.iter().zip(&places) {
            self.listed(path, &mut |out| out.write_all(one.text.as_bytes()))?;
            if let Some(signature) = &one.signature {
                let path = format!("{path}{SIGNATURE_END}");
                self.listed(&path, &mut |out| out.write_all(signature))?;
            }
        }
        for (number, pack) in collected.packs.iter().enumerate() {
            let end = if pack.is_rego { rego::FILE_END } else { ".toml" };
            let path = format!("{}{number:03}-{}{end}", wire::PACKS, plain_name(&pack.file));
            self.listed(&path, &mut |out| out.write_all(pack.text.as_bytes()))?;
            if let Some(signature) = &pack.signature {
                let path = format!("{path}{SIGNATURE_END}");
                self.listed(&path, &mut |out| out.write_all(signature))?;
            }
        }
        for side in Side::BOTH {
            let path = format!("{}{}{}", wire::SNAPSHOTS, side.name(), wire::SNAPSHOT_END);
            let mut failure = None;
            let written = self.listed(&path, &mut |out| {
                collected.write(side, out).map_err(|why| {
                    failure = Some(why);
                    io::Error::other("the snapshot cannot be written")
                })
            });
            // What kept the snapshot from being written says more than that it was not.
            if let Some(failure) = failure {
                return Err(failure);
            }
            written?;
        }
        Ok(())
    }

    /// Returns the list of what was written.
    pub(super) fn sums(&self) -> Result<Sums, Failure> {
        Sums::new(self.files.iter().cloned()).map_err(|error| {
            Failure::new(FailureKind::Internal, format!("cannot list the evidence: {error}"))
        })
    }

    /// Adds the list and what was signed, and puts the bundle in its place.
    pub(super) fn finish(self, sums: &Sums, signed: &[(String, Vec<u8>)]) -> Result<(), Failure> {
        self.write(wire::SUMS, &mut |out| out.write_all(&sums.to_bytes()))?;
        for (name, bytes) in signed {
            self.write(name, &mut |out| out.write_all(bytes))?;
        }
        check_place(&self.target)?;
        fs::rename(self.folder.path(), &self.target)
            .map_err(|error| not_written(&self.target, &error))?;
        // The folder is no longer where it would be removed from.
        let _ = self.folder.keep();
        Ok(())
    }

    fn record(&mut self, path: &str, record: &impl serde::Serialize) -> Result<(), Failure> {
        let mut bytes = canonical(record).map_err(|error| {
            Failure::new(FailureKind::Internal, format!("cannot write {path}: {error}"))
        })?;
        bytes.push(b'\n');
        self.listed(path, &mut |out| out.write_all(&bytes))
    }

    fn listed(
        &mut self,
        path: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let digest = self.write(path, write)?;
        self.files.push((path.to_owned(), digest));
        Ok(())
    }

    fn write(
        &self,
        path: &str,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Digest, Failure> {
        let mut written = || {
            let at = self.folder.path().join(path);
            if let Some(parent) = at.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut out =
                Hashing { out: BufWriter::new(File::create_new(at)?), hash: Sha256::new() };
            write(&mut out)?;
            out.flush()?;
            out.out.get_ref().sync_all()?;
            Ok(Digest(out.hash.finalize().into()))
        };
        let result: io::Result<Digest> = written();
        result.map_err(|error| not_written(&self.target.join(path), &error))
    }
}

/// Hashes what it passes on.
struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Hashes all that a reader gives.
pub(super) fn hash(mut input: impl io::Read) -> io::Result<Digest> {
    let (mut hash, mut block) = (Sha256::new(), vec![0; BLOCK_BYTES]);
    loop {
        let read = input.read(&mut block)?;
        if read == 0 {
            return Ok(Digest(hash.finalize().into()));
        }
        hash.update(block.get(..read).unwrap_or_default());
    }
}

/// The program that runs.
pub(super) fn engine() -> Engine {
    let executable = std::env::current_exe().and_then(File::open).and_then(hash).ok();
    Engine {
        schema: SCHEMA.to_owned(),
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        executable_sha256: executable.map(|digest| digest.to_string()),
    }
}

fn collectors(snapshots: &Pair<Snapshot>) -> Collectors {
    let record = |record: &CollectorRecord| Collector {
        scheme: record.scheme.to_owned(),
        locator: record.locator.clone(),
        resolved: record.resolved.clone(),
        notes: record.notes.clone(),
        taken_at: record.taken_at.map(|taken| taken.to_string()),
    };
    let nothing = |snapshot: &Snapshot| {
        let gaps = snapshot.gaps.iter().filter(|gap| gap.reason == GapReason::NothingToEvaluate);
        gaps.map(|gap| gap.place.clone()).collect()
    };
    let records = |snapshot: &Snapshot| snapshot.collectors.iter().map(record).collect();
    Collectors {
        schema: SCHEMA.to_owned(),
        collectors: report::Pair {
            blue: records(&snapshots.blue),
            green: records(&snapshots.green),
        },
        nothing_at: report::Pair {
            blue: nothing(&snapshots.blue),
            green: nothing(&snapshots.green),
        },
    }
}

/// The name of a pack's file, without its end, in characters that every system takes.
fn plain_name(file: &str) -> String {
    Path::new(file).file_stem().map_or_else(String::new, |name| {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        name.to_string_lossy().chars().take(64).map(plain).collect()
    })
}

fn not_written(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Output, format!("cannot write {}: {error}", path.display()))
}
