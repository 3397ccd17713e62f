//! References to keys: what is written on a command line instead of a key.

use std::path::{Path, PathBuf};

use super::failure::{Failure, FailureKind};
use super::file;
use super::signer::no_program;

/// The largest key file that is read.
const BYTES_MAX: u64 = 64 << 10;

/// Where a key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyRef {
    /// In a file.
    File(PathBuf),
    /// In a file, unless what was written is the key itself, by mistake; never shown.
    Bare(PathBuf),
    /// In an environment variable.
    Variable(String),
    /// Held by a program, which signs.
    Program {
        /// The program.
        program: String,
        /// What it calls the key.
        key: String,
    },
}

impl KeyRef {
    /// Reads `file:PATH`, `env:NAME`, `exec:PROGRAM[#KEY]`, `kms:NAME://KEY` or `PATH`; a path is
    /// relative to `folder`.
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Self, Failure> {
        let reference = match text.split_once(':') {
            Some(("env", name)) => Self::Variable(name.to_owned()),
            Some(("file", path)) => Self::File(folder.join(path)),
            Some(("exec", program)) => {
                let (program, key) = program.split_once('#').unwrap_or((program, "default"));
                // A bare name is sought on PATH, anything else stands where the paths are from.
                let is_path = program.contains('/');
                let program = if is_path { folder.join(program) } else { PathBuf::from(program) };
                let program = program.to_string_lossy().into_owned();
                Self::Program { program, key: key.to_owned() }
            }
            Some(("kms", rest)) => match rest.split_once("://") {
                Some((name, key)) if is_plain(name) => {
                    Self::Program { program: format!("sigstore-kms-{name}"), key: key.to_owned() }
                }
                Some(_) | None => {
                    return Err(Failure::usage("the key reference `kms:` names no program")
                        .hint("write kms:NAME://KEY for the program sigstore-kms-NAME"));
                }
            },
            Some(("fd" | "pkcs11", _)) => {
                return Err(Failure::usage("this kind of key reference is not supported")
                    .hint("write file:PATH, env:NAME, exec:PROGRAM, kms:NAME://KEY or a path"));
            }
            Some(_) | None => Self::Bare(folder.join(text)),
        };
        match reference {
            Self::Variable(name) if name.is_empty() => {
                Err(Failure::usage("the key reference `env:` names no environment variable"))
            }
            Self::File(_) | Self::Bare(_) if text.is_empty() || text == "file:" => {
                Err(Failure::usage("the key reference is empty; write file:PATH or env:NAME"))
            }
            Self::Program { program, .. } if program.is_empty() => {
                Err(Failure::usage("the key reference `exec:` names no program"))
            }
            Self::Variable(_) | Self::File(_) | Self::Bare(_) | Self::Program { .. } => {
                Ok(reference)
            }
        }
    }

    /// Reads a key that must stay secret.
    pub(super) fn secret(&self, access: Access) -> Result<Vec<u8>, Failure> {
        match self {
            Self::File(path) | Self::Bare(path) => {
                if access == Access::OwnerOnly {
                    let is_public = path.extension().is_some_and(|end| end == "pub");
                    owner_only(path).map_err(|failure| {
                        let hint = "by its name it is a public key: name the private one";
                        if is_public { failure.hint(hint) } else { failure }
                    })?;
                }
                self.bytes()
            }
            Self::Variable(_) | Self::Program { .. } => self.bytes(),
        }
    }

    /// Reads a key that anybody may know.
    pub(super) fn public(&self) -> Result<Vec<u8>, Failure> {
        self.bytes()
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Bare(path) if path.symlink_metadata().is_err() => {
                Err(Failure::config("cannot read the key: there is no such file")
                    .hint("what was given is not shown, because it may be the key itself")
                    .hint("write file:PATH for a file, env:NAME for a variable that holds the key"))
            }
            Self::File(path) | Self::Bare(path) => file::read(path, "the key", BYTES_MAX)
                .map_err(|failure| Failure { kind: FailureKind::Config, ..failure }),
            Self::Program { .. } => Err(no_program("this key")),
            Self::Variable(name) => {
                let value = std::env::var_os(name).ok_or_else(|| {
                    Failure::config(format!("cannot read the key: {name} is not set"))
                })?;
                let text = value.into_string().map_err(|_| {
                    Failure::config(format!("cannot read the key: {name} is not UTF-8"))
                })?;
                Ok(text.into_bytes())
            }
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whose a secret key's file must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Nobody but its owner may read it.
    OwnerOnly,
    /// Others may; the user said so.
    Any,
}

#[cfg(unix)]
fn owner_only(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(found) = path.metadata() else { return Ok(()) };
    let mode = found.permissions().mode() & 0o777;
    if found.is_file() && mode & 0o077 != 0 {
        let message = format!(
            "the key {} can be read by others (mode {mode:03o}), so it may not be secret",
            path.display()
        );
        return Err(Failure::config(message)
            .hint(format!("chmod 600 {}", path.display()))
            .hint("or pass --allow-insecure-key-permissions if others are meant to read it"));
    }
    Ok(())
}

/// Where there are no such permissions, there is nothing to check.
#[cfg(not(unix))]
fn owner_only(_path: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Access, KeyRef};

    #[test]
    fn a_reference_is_a_file_or_a_variable() {
        let parse = |text| KeyRef::parse(text, Path::new("/at"));
        assert_eq!(parse("k.pem").unwrap(), KeyRef::Bare(PathBuf::from("/at/k.pem")));
        assert_eq!(parse("file:/k.pem").unwrap(), KeyRef::File(PathBuf::from("/k.pem")));
        assert_eq!(parse("env:KEY").unwrap(), KeyRef::Variable("KEY".to_owned()));
        for text in ["", "env:", "file:", "exec:", "kms:aws", "kms:../a://k", "fd:3"] {
            assert_eq!(parse(text).unwrap_err().kind.exit().code(), 2, "{text}");
        }
    }

    #[test]
    fn a_key_given_instead_of_its_place_is_not_shown() {
        for key in ["-----BEGIN PRIVATE KEY-----hunter2", "hunter2"] {
            let failure = KeyRef::parse(key, Path::new("/at")).unwrap().public().unwrap_err();
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let failure = KeyRef::Variable("DRIFTSEAL_NO_SUCH_KEY".to_owned())
            .secret(Access::OwnerOnly)
            .unwrap_err();
        assert!(failure.message.contains("DRIFTSEAL_NO_SUCH_KEY is not set"), "{failure}");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_key_that_others_can_read_is_refused_unless_allowed() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.pem");
        fs::write(&path, "key").unwrap();
        let key = KeyRef::File(path.clone());
        for (mode, is_ok) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(key.secret(Access::OwnerOnly).is_ok(), is_ok, "{mode:o}");
            assert!(key.secret(Access::Any).is_ok() && key.public().is_ok());
        }
    }
}
