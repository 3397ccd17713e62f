//! Files under a directory.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Component, Path};

use globset::GlobMatcher;
use walkdir::{DirEntry, WalkDir};

use super::door::{Content, Found};
use super::exclude::GIT_PATTERN;
use super::{Collector, Gathered, Options};
use crate::model::{Excluded, Gap, GapReason};

/// The collector.
pub(super) static DIRECTORY: Directory = Directory;

/// Every file under a directory; `.gitignore` is not asked.
pub(super) struct Directory;

impl Collector for Directory {
    fn scheme(&self) -> &'static str {
        "directory"
    }

    fn about(&self) -> &'static str {
        "PATH: every file under a directory, except .git; ignore files are not honoured"
    }

    /// Takes what no other collector claims, so that a missing path is reported by this one.
    fn claims(&self, _locator: &str, _options: &Options) -> bool {
        true
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        let mut gathered = Gathered::of(self.scheme(), locator);
        let root = options.base_dir.join(locator);
        if locator.is_empty() {
            let message = "cannot collect it: the name of the source is empty; set the variable \
                           it comes from, or write '.' for the working directory"
                .to_owned();
            gathered.gap("''", GapReason::SourceMissing, message);
        } else if root.is_dir() {
            walk(&root, None, options, &mut gathered);
        } else {
            let (reason, message) = absent(&root);
            gathered.gap(locator, reason, message.to_owned());
        }
        gathered
    }
}

/// What to say of a path that is neither a file nor a directory that can be seen.
fn absent(path: &Path) -> (GapReason, &'static str) {
    match path.metadata() {
        Ok(_) => (
            GapReason::Unreadable,
            "cannot read it: it is no regular file or directory; write what it gives to a file, or \
             pass it on standard input, as '-'",
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => (
            GapReason::Unreadable,
            "cannot read it: permission was denied on the way to it; grant it or name another path",
        ),
        Err(_) => (
            GapReason::SourceMissing,
            "cannot collect it: there is no such file or directory, nor a source of that scheme; \
             check the path",
        ),
    }
}

/// Which entries of a walk are wanted: those that match, and all that lies below them.
pub(super) struct Wanted<'a> {
    /// What their path, relative to the root of the walk, matches.
    pub(super) matcher: &'a GlobMatcher,
    /// How deep a match can be, when that is known.
    pub(super) depth_max: Option<usize>,
}

/// Walks a directory and notes what is there, in the order of names.
pub(super) fn walk(
    root: &Path,
    wanted: Option<&Wanted<'_>>,
    options: &Options,
    out: &mut Gathered,
) {
    let canonical = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let mut entries = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let place = error.path().map_or_else(String::new, |path| relative(root, path));
                let message = "cannot read the directory: the operating system refused; grant \
                               permission or exclude it by a pattern";
                out.gap(&place, GapReason::Unreadable, message.to_owned());
                continue;
            }
        };
        let file = relative(root, entry.path());
        let is_dir = entry.file_type().is_dir();
        if let Some(wanted) = wanted
            && !is_wanted(wanted, &file)
        {
            if is_dir && wanted.depth_max.is_some_and(|depth| entry.depth() >= depth) {
                entries.skip_current_dir();
            }
            continue;
        }
        let pattern = if entry.file_name() == ".git" {
            Some(GIT_PATTERN)
        } else {
            options.exclude.find(&file)
        };
        if let Some(pattern) = pattern {
            let place = if is_dir { format!("{file}/") } else { file };
            out.excluded.push(Excluded { place, pattern: pattern.to_owned() });
            if is_dir {
                entries.skip_current_dir();
            }
        } else if !is_dir {
            take(&entry, file, &canonical, out);
        }
    }
}

fn is_wanted(wanted: &Wanted<'_>, file: &str) -> bool {
    let ends = file.match_indices('/').map(|(at, _)| at).chain([file.len()]);
    ends.filter_map(|end| file.get(..end)).any(|path| wanted.matcher.is_match(path))
}

fn take(entry: &DirEntry, file: String, root: &Path, out: &mut Gathered) {
    let kind = entry.file_type();
    if kind.is_file() {
        out.files.push(Found { file, content: Content::File(entry.path().to_path_buf()) });
    } else if kind.is_symlink() {
        follow(entry.path(), file, root, out);
    } else {
        let message = "cannot read it: it is no regular file, directory or link; exclude it by a \
                       pattern";
        out.gap(&file, GapReason::Unreadable, message.to_owned());
    }
}

/// Reads what a link leads to when that lies inside the root.
fn follow(link: &Path, file: String, root: &Path, out: &mut Gathered) {
    let why = match link.canonicalize() {
        Err(_) => "it leads nowhere, or in a circle; repair it or exclude it by a pattern",
        Ok(target) if !is_inside(&target, root) => {
            "it leads out of the root; name its target as a source or exclude it by a pattern"
        }
        Ok(target) if target.is_file() => {
            out.files.push(Found { file, content: Content::File(target) });
            return;
        }
        Ok(target) if target.is_dir() => {
            // Its files have their own places; where the link leads is configuration too.
            let text = format!("symbolic link to {}\n", relative(root, &target));
            out.files.push(Found { file, content: Content::Bytes(text.into_bytes()) });
            return;
        }
        Ok(_) => "it leads to something that is no file; exclude it by a pattern",
    };
    let message = format!("cannot follow the symbolic link: {why}");
    out.gap(&file, GapReason::LinkNotFollowed, message);
}

fn is_inside(target: &Path, root: &Path) -> bool {
    target
        .strip_prefix(root)
        .is_ok_and(|rest| !rest.components().any(|part| part.as_os_str() == ".git"))
}

/// A path below `root`, with `/` between its parts.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    let rest = path.strip_prefix(root).unwrap_or(path);
    let mut text = String::with_capacity(rest.as_os_str().len());
    for part in rest.components() {
        if let Component::Normal(name) = part {
            if !text.is_empty() {
                text.push('/');
            }
            push_readable(&mut text, name.as_encoded_bytes());
        }
    }
    text
}

/// A name as text; bytes that are none are written `%xx`, so that no two names become one.
pub(super) fn readable(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    push_readable(&mut text, name);
    text
}

fn push_readable(text: &mut String, name: &[u8]) {
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02x}");
        }
    }
}

/// Gaps of things that were found but not taken are made here, so that none lacks its place.
impl Gathered {
    /// Notes what could not be had.
    pub(super) fn gap(&mut self, place: &str, reason: GapReason, message: String) {
        self.gaps.push(Gap { place: place.to_owned(), span: None, line: None, reason, message });
    }
}
