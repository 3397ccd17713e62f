//! A folder with keys and two sides in it, and the binary run there in an empty environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What the masking key of the tests is.
const MASKING_KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Desk(TempDir);

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// A desk with a masking key, a signing key `k` with its public half, and two equal sides.
    pub(crate) fn new() -> Self {
        let desk = Self::empty();
        desk.write("blue/app.yaml", "replicas: 2\nimage: shop:1\n");
        desk.write("green/app.yaml", "replicas: 2\nimage: shop:1\n");
        desk.generate("k");
        desk
    }

    pub(crate) fn empty() -> Self {
        let desk = Self(TempDir::new().unwrap());
        desk.write("masking.key", MASKING_KEY);
        desk.protect("masking.key");
        desk
    }

    pub(crate) fn generate(&self, name: &str) {
        self.run(&["keys", "generate", name]).expect(0, &["BEGIN PUBLIC KEY"]);
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, file: &str) -> PathBuf {
        self.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.at(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.at(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(crate) fn text(&self, file: &str) -> String {
        String::from_utf8(self.read(file)).unwrap()
    }

    #[cfg(unix)]
    pub(crate) fn protect(&self, file: &str) {
        use std::os::unix::fs::PermissionsExt as _;

        fs::set_permissions(self.at(file), fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[cfg(not(unix))]
    pub(crate) fn protect(&self, _file: &str) {}

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftseal"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path());
        Ran::of(&command.envs(environment.iter().copied()).output().unwrap())
    }

    /// A signed gate over `blue` and `green`, judged at a fixed time, with further arguments.
    pub(crate) fn gate(&self, further: &[&str]) -> Ran {
        let fixed = [
            "gate",
            "--blue",
            "blue",
            "--green",
            "green",
            "--masking-key",
            "masking.key",
            "--key",
            "k",
        ];
        self.run(&[&fixed[..], further].concat())
    }

    /// Runs another program here; `None` when the system has none of this name.
    pub(crate) fn other(&self, program: &str, arguments: &[&str]) -> Option<Ran> {
        let mut command = Command::new(program);
        let ran = command.args(arguments).current_dir(self.path()).output();
        match ran {
            Ok(output) => Some(Ran::of(&output)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("SKIPPED: there is no {program} here");
                None
            }
            Err(error) => panic!("{program}: {error}"),
        }
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32, parts: &[&str]) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        for part in parts {
            assert!(all.contains(part), "lacks {part:?}:\n{all}");
        }
        self
    }
}
