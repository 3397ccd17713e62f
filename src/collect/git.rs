//! A revision of a git repository, read by the user's own `git` and never written.
//!
//! Nothing the repository configures is run: no hook, no monitor, no filter, no fetch.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::{Parts, Started, take as heard};
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

/// How long the line before an object may be.
const HEAD_BYTES_MAX: u64 = 1 << 10;

/// How many links are followed one after another.
const LINKS_MAX: usize = 16;

/// The modes of entries that hold no text of their own.
const FOLDER: &str = "040000";
const LINK: &str = "120000";
const SUBMODULE: &str = "160000";

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
    if !path.is_empty() {
        let named = named(&commit, path, options)?;
        if named.mode != FOLDER {
            let file = path.rsplit('/').next().unwrap_or(path).to_owned();
            let entries = if named.mode == LINK { listed(&commit, options)? } else { Vec::new() };
            out.files.push(Found { file, content: content(&named, &entries, options)? });
            return Ok(());
        }
    }
    let entries = listed(&object, options)?;
    for entry in &entries {
        take(entry, &entries, options, out);
    }
    Ok(())
}

/// What a path of a commit is. A path that begins with a dot is relative to the working directory.
fn named(commit: &str, path: &str, options: &Options) -> Result<TreeEntry, Refusal> {
    let from = if path.starts_with('.') { "--full-name" } else { "--full-tree" };
    let asked = ["--literal-pathspecs", "ls-tree", "-z", from, commit, "--", path];
    entries(&run(&asked, options)?)?.pop().ok_or_else(senseless)
}

/// Everything that lies below a commit or a tree.
fn listed(tree: &str, options: &Options) -> Result<Vec<TreeEntry>, Refusal> {
    entries(&run(&["ls-tree", "-r", "-z", "--full-tree", tree], options)?)
}

fn entries(listing: &[u8]) -> Result<Vec<TreeEntry>, Refusal> {
    let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    let entries: Option<Vec<TreeEntry>> = lines.map(entry).collect();
    entries.ok_or_else(senseless)
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
    if !is_id(id) {
        return None;
    }
    Some(TreeEntry { mode: mode.to_owned(), id: id.to_owned(), file })
}

/// Whether a text is the name of an object, whatever it is hashed with.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn take(entry: &TreeEntry, entries: &[TreeEntry], options: &Options, out: &mut Gathered) {
    if let Some(pattern) = options.exclude.find_above(&entry.file) {
        let pattern = pattern.to_owned();
        out.excluded.push(Excluded { place: entry.file.clone(), pattern });
        return;
    }
    match content(entry, entries, options) {
        Ok(content) => out.files.push(Found { file: entry.file.clone(), content }),
        Err(refusal) => out.gap(&entry.file, refusal.reason, refusal.message),
    }
}

/// What an entry holds; of a link, what it leads to among `entries`.
fn content(
    entry: &TreeEntry,
    entries: &[TreeEntry],
    options: &Options,
) -> Result<Content, Refusal> {
    let (id, reason, message) = match entry.mode.as_str() {
        SUBMODULE => (
            None,
            GapReason::SourceMissing,
            "cannot read the submodule: it is a repository of its own; name it as a source or \
             exclude it by a pattern",
        ),
        LINK => (
            target(entry, entries, options),
            GapReason::LinkNotFollowed,
            "cannot follow the symbolic link: it leads to no file of this revision; repair it or \
             exclude it by a pattern",
        ),
        _ => return Ok(Content::Object(Object { id: entry.id.clone() })),
    };
    id.map(|id| Content::Object(Object { id }))
        .ok_or_else(|| Refusal { reason, message: message.to_owned() })
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
        if at.mode != LINK {
            return None;
        }
    }
    None
}

fn resolve(name: &str, options: &Options) -> Result<String, Refusal> {
    let output = run(&["rev-parse", "--verify", "--quiet", "--end-of-options", name], options);
    let output = output.map_err(|refusal| {
        if refusal.reason != GapReason::Unreadable {
            return refusal;
        }
        Refusal {
            reason: GapReason::SourceMissing,
            message: "cannot resolve the revision or its path: the repository does not have it; \
                      check the name, fetch the history, or start in the repository"
                .to_owned(),
        }
    })?;
    let id = String::from_utf8_lossy(&output).trim().to_owned();
    if is_id(&id) { Ok(id) } else { Err(senseless()) }
}

/// What to say of a working tree that differs from the last commit; asked without running content
/// filters.
fn dirty(options: &Options) -> Option<&'static str> {
    let inside = run(&["rev-parse", "--is-inside-work-tree"], options);
    if inside.is_ok_and(|inside| inside.starts_with(b"false")) {
        return None; // A bare repository has none.
    }
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
    let mut command = command(arguments, options);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut started = Started::new(command).map_err(|_| missing())?;
    let said = listen(&mut started, options);
    started.stop();
    said
}

/// Takes in what git writes until it ends.
fn listen(started: &mut Started, options: &Options) -> Result<Vec<u8>, Refusal> {
    let limits = &options.limits;
    let output = started.output().map(|pipe| heard(pipe, limits.index_bytes_max.saturating_add(1)));
    let output = output.and_then(|output| output.recv_timeout(wait(options)).ok());
    let output = output.ok_or_else(|| late(options))?;
    if output.len() as u64 > limits.index_bytes_max {
        let message = format!(
            "cannot read the repository: git listed more than index_bytes_max ({} bytes); name a \
             directory of the revision",
            limits.index_bytes_max
        );
        return Err(Refusal { reason: GapReason::LimitReached, message });
    }
    let status = started.end().ok_or_else(|| late(options))?;
    if status.success() {
        return Ok(output);
    }
    Err(Refusal {
        reason: GapReason::Unreadable,
        message: "cannot read the repository: git refused; check that the directory is a \
                  repository and that git trusts it (safe.directory)"
            .to_owned(),
    })
}

const fn wait(options: &Options) -> Duration {
    Duration::from_millis(options.limits.tool_wait_ms_max)
}

fn late(options: &Options) -> Refusal {
    let message = format!(
        "cannot read the repository: git did not answer within tool_wait_ms_max ({} milliseconds); \
         run `git status` by hand to see what holds it up, or check the revision out and pass its \
         directory",
        options.limits.tool_wait_ms_max
    );
    Refusal { reason: GapReason::LimitReached, message }
}

/// What to say of an answer that no git gives.
fn senseless() -> Refusal {
    Refusal {
        reason: GapReason::Unreadable,
        message: "cannot read the repository: git said what it never says; check which program \
                  `git` is on PATH"
            .to_owned(),
    }
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
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut started) = Started::new(command) else {
        return ids.iter().map(|_| Err(missing())).collect();
    };
    let blobs = converse(&mut started, &ids, options);
    // The answers are complete, or git is of no further use: either way it may end.
    started.stop();
    blobs
}

/// Names every object, then reads every answer.
fn converse(started: &mut Started, ids: &[&str], options: &Options) -> Vec<Reading> {
    let mut asked = ids.join("\n");
    asked.push('\n');
    let named = started.input().is_some_and(|mut pipe| pipe.write_all(asked.as_bytes()).is_ok());
    let answers = started.output().filter(|_| named);
    let Some(answers) = answers else { return Vec::new() };
    let mut answers = BufReader::new(Parts::of(answers, wait(options)));
    let mut blobs = Vec::with_capacity(ids.len());
    while let Some(id) = ids.get(blobs.len()) {
        match answer(id, &mut answers, options) {
            Ok(Some(blob)) => blobs.push(blob),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                blobs.resize_with(ids.len(), || Err(late(options)));
            }
            Ok(None) | Err(_) => break,
        }
    }
    blobs
}

/// One answer: `<id> blob <size>`, the bytes, a line end. Nothing where there is none.
fn answer(id: &str, answers: &mut impl BufRead, options: &Options) -> io::Result<Option<Reading>> {
    let mut head = String::new();
    answers.take(HEAD_BYTES_MAX).read_line(&mut head)?;
    let mut words = head.split_whitespace();
    let kind = words.next().filter(|named| *named == id).and_then(|_| words.next());
    let Some(kind) = kind else { return Ok(None) };
    if kind != "blob" {
        return Ok(Some(Err(no_answer())));
    }
    let size = words.next().and_then(|size| size.parse::<u64>().ok());
    let with_end = size.and_then(|size| size.checked_add(1));
    let (Some(size), Some(with_end)) = (size, with_end) else { return Ok(None) };
    if size > options.limits.file_bytes_max {
        io::copy(&mut answers.take(with_end), &mut io::sink())?;
        return Ok(Some(Err(too_long(&options.limits))));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(with_end).unwrap_or(0));
    answers.take(with_end).read_to_end(&mut bytes)?;
    bytes.pop();
    Ok((bytes.len() as u64 == size).then_some(Ok(bytes)))
}
