//! A home with a kubeconfig, and what is read from there.

use std::path::Path;
use std::process::Command;

use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{Blobs as _, Gap, GapReason, Limits, Snapshot};
use tempfile::TempDir;

use super::api::{Answer, Api, Ask};

pub(crate) struct Bench {
    root: TempDir,
    pub(crate) limits: Limits,
    exclude: Exclusions,
}

/// A cluster as it was read.
pub(crate) struct Read {
    pub(crate) side: Snapshot,
    pub(crate) texts: Vec<String>,
}

impl Bench {
    /// A server and a home whose kubeconfig names it.
    pub(crate) fn of(answer: impl Fn(&Ask) -> Answer + Send + Sync + 'static) -> (Self, Api) {
        let api = Api::start(answer);
        let user = "{token: hunter2-canary}";
        (Self::with(&kubeconfig(&format!("http://{}", api.address), user)), api)
    }

    /// A home with this kubeconfig.
    pub(crate) fn with(kubeconfig: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("kubeconfig"), kubeconfig).unwrap();
        std::fs::write(root.path().join("key"), [7; 32]).unwrap();
        private(&root.path().join("key"));
        let limits = Limits { cluster_wait_ms_max: 30_000, ..Limits::STANDARD };
        Self { root, limits, exclude: Exclusions::default() }
    }

    pub(crate) fn excluding(self, patterns: &[&str]) -> Self {
        let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Self { exclude: Exclusions::new(&patterns).unwrap(), ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn collect(&self, locator: &str) -> Read {
        let kubeconfig = self.path().join("kubeconfig").into_os_string();
        let options = Options {
            limits: self.limits,
            masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
            secret_patterns: SecretPatterns::default(),
            exclude: self.exclude.clone(),
            base_dir: self.path().to_path_buf(),
            environment: vec![("KUBECONFIG".into(), kubeconfig)],
        };
        let spool = Spool::new(&options.limits);
        let side = collect(&[locator.to_owned()], &options, &spool);
        let text = |digest| String::from_utf8(spool.get(digest).unwrap().into_owned()).unwrap();
        let texts = side.sources.iter().map(|source| text(&source.digest)).collect();
        let read = Read { side, texts };
        assert!(!format!("{:?}", read.side).contains("hunter2"), "{:?}", read.side);
        read
    }

    /// Nothing is read, and the gap says why.
    #[track_caller]
    pub(crate) fn refused(&self, locator: &str, word: &str) -> Gap {
        let read = self.collect(locator);
        assert_eq!(read.files(), Vec::<&str>::new());
        let gap = read.side.gaps.iter().find(|it| it.reason != GapReason::NothingToEvaluate);
        let gap = gap.unwrap_or_else(|| panic!("{:?}", read.side.gaps));
        assert!(gap.message.contains(word), "{}", gap.message);
        gap.clone()
    }

    /// Runs the binary in an environment that has nothing but the kubeconfig and a proxy that is
    /// not there.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("KUBECONFIG", self.path().join("kubeconfig"))
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("hunter2") && !said.contains("aHVudGVy"), "{said}");
        Ran { code: output.status.code().unwrap_or(-1), said }
    }
}

/// What the binary said.
pub(crate) struct Ran {
    code: i32,
    said: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{}", self.said);
        for part in parts {
            assert!(self.said.contains(part), "no `{part}` in {}", self.said);
        }
    }
}

impl Read {
    pub(crate) fn files(&self) -> Vec<&str> {
        self.side.sources.iter().map(|source| &*source.file).collect()
    }

    #[track_caller]
    pub(crate) fn text(&self, file: &str) -> &str {
        let index = self.files().iter().position(|known| *known == file);
        &self.texts[index.unwrap_or_else(|| panic!("no {file} in {:?}", self.files()))]
    }

    pub(crate) fn notes(&self) -> String {
        self.side.collectors[0].notes.join("\n")
    }

    /// The only gap.
    #[track_caller]
    pub(crate) fn gap(&self) -> &Gap {
        let [gap] = self.side.gaps.as_slice() else { panic!("{:?}", self.side.gaps) };
        gap
    }
}

/// A kubeconfig with one context, `shop`.
pub(crate) fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: '{server}'}}\n\
         users:\n- name: u\n  user: {user}\ncontexts:\n- name: shop\n  context: {{cluster: c, user: u}}\n"
    )
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_path: &Path) {}
