//! Finding `driftseal.toml`. What it says is read by [`crate::policy`].

use std::path::{Component, Path, PathBuf};

use super::failure::{Failure, FailureKind};
use super::file;
use crate::policy::Glob;

/// The file's name.
pub(super) const FILE: &str = "driftseal.toml";

/// The largest configuration that is read.
const BYTES_MAX: u64 = 16 << 20;

/// A configuration file as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigFile {
    /// Where it stands; what it names is relative to its folder.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// What the search for a configuration file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A file to obey.
    File(ConfigFile),
    /// A file that is under audit itself and therefore not read.
    Audited(PathBuf),
    /// No file.
    Nothing,
}

/// Reads the file that was named, or the one at the repository root.
///
/// The root is the nearest folder from `folder` upwards that holds `.git`; without one, `folder`.
/// A file inside one of the audited `sources` is never read: discovered, it is passed over; named,
/// it is an error.
pub(super) fn find(
    named: Option<&Path>,
    folder: &Path,
    sources: &[String],
) -> Result<Found, Failure> {
    let path = match named {
        Some(path) => folder.join(path),
        None => root(folder).join(FILE),
    };
    if named.is_none() && path.symlink_metadata().is_err() {
        return Ok(Found::Nothing);
    }
    if is_inside(&path, folder, sources) {
        return match named {
            Some(_) => Err(audited(&path)),
            None => Ok(Found::Audited(path)),
        };
    }
    let bytes = file::read(&path, "the configuration", BYTES_MAX)
        .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::config(format!(
            "cannot read the configuration {}: it is not UTF-8",
            path.display()
        ))
    })?;
    Ok(Found::File(ConfigFile { path, text }))
}

/// The complaint about a configuration that is under audit itself.
pub(super) fn audited(path: &Path) -> Failure {
    let message = format!(
        "the configuration {} lies inside an audited tree, and what is under audit does not decide \
         how it is audited",
        path.display()
    );
    Failure::config(message).hint("move it out of the sources of blue and green")
}

/// Whether `path` lies inside one of the `sources`, which are relative to `folder`.
pub(super) fn is_inside(path: &Path, folder: &Path, sources: &[String]) -> bool {
    let names = [plain(path), path.canonicalize().unwrap_or_else(|_| plain(path))];
    sources.iter().filter_map(|source| tree_of(source)).any(|tree| {
        let root = plain(&folder.join(tree));
        let roots = [root.canonicalize().unwrap_or_else(|_| root.clone()), root];
        let is_under = names.iter().any(|name| roots.iter().any(|root| name.starts_with(root)));
        is_under || names.iter().any(|name| matches(tree, name, folder))
    })
}

/// Whether the pattern `tree` names `path` or a folder above it.
fn matches(tree: &str, path: &Path, folder: &Path) -> bool {
    if !tree.contains(['*', '?', '[', '{']) {
        return false;
    }
    let Ok(glob) = Glob::parse(tree.trim_start_matches("./")) else { return false };
    path.ancestors().any(|ancestor| {
        let relative = ancestor.strip_prefix(folder).unwrap_or(ancestor);
        glob.matches(&relative.to_string_lossy())
    })
}

/// The local tree a source reads, if it reads one.
fn tree_of(source: &str) -> Option<&str> {
    match source.split_once(':') {
        Some(("git" | "k8s" | "snapshot" | "tfplan", _)) => None,
        Some(("helm" | "kustomize" | "compose", rest)) => {
            Some(rest.split('?').next().unwrap_or(rest))
        }
        Some(_) | None => (source != "-").then_some(source),
    }
}

/// The root of the repository that holds a folder; without one, the folder.
pub(super) fn root(folder: &Path) -> &Path {
    folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(folder)
}

/// The path without `.` and `..`, whether it exists or not.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                plain.push(component);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{FILE, Found, find, is_inside};

    fn sources(list: &[&str]) -> Vec<String> {
        list.iter().map(|source| (*source).to_owned()).collect()
    }

    #[test]
    fn the_file_at_the_repository_root_is_found_from_below() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::write(root.path().join(FILE), "# root").unwrap();
        assert_eq!(find(None, &below, &[]).unwrap(), Found::Nothing);
        fs::create_dir(root.path().join(".git")).unwrap();
        let Found::File(found) = find(None, &below, &[]).unwrap() else { panic!("not found") };
        assert_eq!(found.path, root.path().join(FILE));
        assert_eq!(found.text, "# root");
    }

    #[test]
    fn a_file_under_audit_is_passed_over_and_refused_when_named() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("deploy/green")).unwrap();
        let inside = root.path().join("deploy/green").join(FILE);
        fs::write(&inside, "# inside").unwrap();
        fs::write(root.path().join(FILE), "# root").unwrap();
        for trees in [["."], ["./x/.."], ["**"], ["kustomize:."], ["drift*"]] {
            let found = find(None, root.path(), &sources(&trees)).unwrap();
            assert!(matches!(found, Found::Audited(_)), "{trees:?}");
        }
        for trees in [["deploy/green"], ["deploy/*"], ["deploy/gr*"]] {
            let named = find(Some(&inside), root.path(), &sources(&trees));
            assert!(named.unwrap_err().message.contains("inside an audited tree"), "{trees:?}");
        }
        let trees = sources(&["deploy/green", "git:HEAD", "k8s:prod", "-"]);
        assert!(matches!(find(None, root.path(), &trees).unwrap(), Found::File(_)));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_carry_a_file_out_of_the_audited_tree() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("green")).unwrap();
        fs::write(root.path().join("green/other.toml"), "").unwrap();
        std::os::unix::fs::symlink("green/other.toml", root.path().join(FILE)).unwrap();
        assert!(is_inside(&root.path().join(FILE), root.path(), &sources(&["green"])));
    }

    #[test]
    fn a_named_file_must_exist() {
        let root = tempfile::tempdir().unwrap();
        let failure = find(Some(Path::new("no.toml")), root.path(), &[]).unwrap_err();
        assert_eq!(failure.kind.exit().code(), 2);
        assert!(failure.message.contains("no.toml"), "{failure}");
    }
}
