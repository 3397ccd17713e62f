//! A revision of a git repository, read by the user's own `git` and never written.
//!
//! Nothing the repository configures is run: no hook, no monitor, no filter, no fetch.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::directory::readable;
use super::door::{Content, Found, Reading, Refusal, too_long};
use super::{Collector, Gathered, Options};
use crate::model::{Excluded, GapReason};

/// The collector.
pub(super) static GIT: Git = Git;

/// The files of a revision.
pub(super) struct Git;

/// A blob of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its id.
    pub id: String,
}

/// How many links are followed one after another.
const LINKS_MAX: usize = 16;

impl Collector for Git {
    fn scheme(&self) -> &'static str {
        "git"
    }

    fn about(&self) -> &'static str {
        "git:REV[:PATH]: a revision of the repository at hand, or a directory or file of it"
    }

    fn claims(&self, locator: &str, _options: &Options) -> bool {
        locator.starts_with("git:")
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        if let Err(refusal) = gather(locator, options, &mut gathered) {
            gathered.gap(locator, refusal.reason, refusal.message);
        }
        gathered
    }
}

fn gather(locator: &str, options: &Options, out: &mut Gathered) -> Result<(), Refusal> {
    let rest = locator.strip_prefix("git:").unwrap_or(locator);
    let (revision, path) = rest.split_once(':').unwrap_or((rest, ""));
    let path = path.trim_matches('/');
    let commit = resolve(&format!("{revision}^{{commit}}"), options)?;
    out.record.resolved = Some(commit.clone());
    out.record.notes.extend(dirty(options).map(str::to_owned));
    let object = resolve(&format!("{commit}:{path}"), options)?;
    let kind = run(&["cat-file", "-t", &object], options)?;
    if kind.starts_with(b"blob") {
        let file = path.rsplit('/').next().unwrap_or(path).to_owned();
        out.files.push(Found { file, content: Content::Object(Object { id: object }) });
        return Ok(());
    }
    let listing = run(&["ls-tree", "-r", "-z", "--full-tree", &object], options)?;
    let entries: Vec<TreeEntry> = listing.split(|byte| *byte == 0).filter_map(entry).collect();
    for entry in &entries {
        take(entry, &entries, options, out);
    }
    Ok(())
}

/// One line of `git ls-tree`.
struct TreeEntry {
    mode: String,
    id: String,
    file: String,
}

fn entry(line: &[u8]) -> Option<TreeEntry> {
    let tab = memchr::memchr(b'\t', line)?;
    let head = std::str::from_utf8(line.get(..tab)?).ok()?;
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    let file = readable(line.get(tab + 1..)?);
    Some(TreeEntry { mode: mode.to_owned(), id: id.to_owned(), file })
}

fn take(entry: &TreeEntry, entries: &[TreeEntry], options: &Options, out: &mut Gathered) {
    if let Some(pattern) = options.exclude.find_above(&entry.file) {
        let pattern = pattern.to_owned();
        out.excluded.push(Excluded { place: entry.file.clone(), pattern });
        return;
    }
    let found = |id: &str| Found {
        file: entry.file.clone(),
        content: Content::Object(Object { id: id.to_owned() }),
    };
    match entry.mode.as_str() {
        "160000" => {
            let message = "cannot read the submodule: it is a repository of its own; name it as a \
                           source or exclude it by a pattern";
            out.gap(&entry.file, GapReason::SourceMissing, message.to_owned());
        }
        "120000" => {
            if let Some(id) = target(entry, entries, options) {
                out.files.push(found(&id));
                return;
            }
            let message = "cannot follow the symbolic link: it leads to no file of this revision; \
                           repair it or exclude it by a pattern";
            out.gap(&entry.file, GapReason::LinkNotFollowed, message.to_owned());
        }
        _ => out.files.push(found(&entry.id)),
    }
}

/// The blob a link leads to within its revision.
fn target(link: &TreeEntry, entries: &[TreeEntry], options: &Options) -> Option<String> {
    let mut at = link;
    for _ in 0..LINKS_MAX {
        let text = run(&["cat-file", "blob", &at.id], options).ok()?;
        let text = String::from_utf8(text).ok().filter(|text| !text.starts_with('/'))?;
        let mut parts: Vec<&str> = at.file.split('/').collect();
        parts.pop();
        for part in text.split('/') {
            match part {
                "" | "." => (),
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        let path = parts.join("/");
        at = entries.iter().find(|entry| entry.file == path)?;
        if at.mode.starts_with("100") {
            return Some(at.id.clone());
        }
        if at.mode != "120000" {
            return None;
        }
    }
    None
}

fn resolve(name: &str, options: &Options) -> Result<String, Refusal> {
    let output = run(&["rev-parse", "--verify", "--quiet", "--end-of-options", name], options);
    let id = output.map(|output| String::from_utf8_lossy(&output).trim().to_owned());
    id.map_err(|refusal| {
        if refusal.reason != GapReason::Unreadable {
            return refusal;
        }
        Refusal {
            reason: GapReason::SourceMissing,
            message: "cannot resolve the revision or its path: the repository does not have it; \
                      check the name, fetch the history, or start in the repository"
                .to_owned(),
        }
    })
}

/// What to say of a working tree that differs from the last commit; asked without running content
/// filters.
fn dirty(options: &Options) -> Option<&'static str> {
    let holds_changes = Some("the working tree may hold changes that are not in this revision");
    let staged =
        run(&["diff-index", "--cached", "--quiet", "--no-ext-diff", "HEAD", "--"], options)
            .is_err();
    let lists_any = |arguments: &[&str]| run(arguments, options).is_ok_and(|it| !it.is_empty());
    if staged || lists_any(&["ls-files", "-z", "--others", "--exclude-standard", "--directory"]) {
        return holds_changes;
    }
    if lists_any(&["config", "--name-only", "--get-regexp", "^filter\\."]) {
        return Some(
            "whether the working tree holds changes that are not in this revision was not asked: \
             git would run the content filters that are configured",
        );
    }
    holds_changes.filter(|_| lists_any(&["ls-files", "-z", "--modified", "--deleted"]))
}

/// Runs git and returns what it says. What it complains of is not shown: it may quote names.
fn run(arguments: &[&str], options: &Options) -> Result<Vec<u8>, Refusal> {
    let output =
        command(arguments, options).stdin(Stdio::null()).output().map_err(|_| missing())?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Refusal {
        reason: GapReason::Unreadable,
        message: "cannot read the repository: git refused; check that the directory is a \
                  repository and that git trusts it (safe.directory)"
            .to_owned(),
    })
}

fn missing() -> Refusal {
    Refusal {
        reason: GapReason::SourceMissing,
        message: "cannot run git: the program was not found; install git, or check the revision \
                  out and pass its directory"
            .to_owned(),
    }
}

/// What to say when git does not answer for an object.
pub(super) fn no_answer() -> Refusal {
    Refusal {
        reason: GapReason::Unreadable,
        message: "cannot read the object: git gave no answer for it; check the repository with \
                  'git fsck'"
            .to_owned(),
    }
}

fn command(arguments: &[&str], options: &Options) -> Command {
    let mut command = Command::new("git");
    command.env_clear();
    let safe = |name: &std::ffi::OsStr| !name.as_encoded_bytes().starts_with(b"GIT_");
    command.envs(options.environment.iter().filter(|(name, _)| safe(name)).cloned());
    let fixed = [
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("LC_ALL", "C"),
    ];
    command.envs(fixed);
    let overrides =
        ["core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "gc.auto=0"];
    for setting in overrides {
        command.args(["-c", setting]);
    }
    let base: PathBuf = options.base_dir.clone();
    command.arg("-C").arg(base).args(arguments).stderr(Stdio::null());
    command
}

/// Reads blobs in one run of git, in order.
pub(super) fn read_objects<'a>(
    objects: impl Iterator<Item = &'a Object>,
    options: &Options,
) -> Vec<Reading> {
    let ids: Vec<&str> = objects.map(|object| object.id.as_str()).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let mut command = command(&["cat-file", "--batch"], options);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return ids.iter().map(|_| Err(missing())).collect() };
    let blobs = converse(&mut child, &ids, options);
    // The answers are complete, or git is of no further use: either way it may end.
    let _ = child.kill();
    let _ = child.wait();
    blobs
}

/// Names every object, then reads every answer.
fn converse(child: &mut Child, ids: &[&str], options: &Options) -> Vec<Reading> {
    let mut asked = ids.join("\n");
    asked.push('\n');
    let named = child.stdin.take().is_some_and(|mut pipe| pipe.write_all(asked.as_bytes()).is_ok());
    let answers = child.stdout.take().filter(|_| named);
    let Some(mut answers) = answers.map(BufReader::new) else { return Vec::new() };
    let mut blobs = Vec::with_capacity(ids.len());
    for _ in ids {
        match answer(&mut answers, options) {
            Some(blob) => blobs.push(blob),
            None => break,
        }
    }
    blobs
}

/// One answer: `<id> blob <size>`, the bytes, a line end.
fn answer(answers: &mut impl BufRead, options: &Options) -> Option<Reading> {
    let mut head = String::new();
    answers.read_line(&mut head).ok()?;
    let mut words = head.split_whitespace();
    let (_, kind, size) = (words.next()?, words.next()?, words.next());
    if kind != "blob" {
        return Some(Err(no_answer()));
    }
    let size: u64 = size?.parse().ok()?;
    let with_end = size.checked_add(1)?;
    if size > options.limits.file_bytes_max {
        std::io::copy(&mut answers.take(with_end), &mut std::io::sink()).ok()?;
        return Some(Err(too_long(&options.limits)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(with_end).ok()?);
    answers.take(with_end).read_to_end(&mut bytes).ok()?;
    bytes.pop()?;
    (bytes.len() as u64 == size).then_some(Ok(bytes))
}
