//! What `gate` and `diff` have in common: two sides, a policy, patterns, keys.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::clock;
use super::config::{self, ConfigFile, Found};
use super::failure::Failure;
use super::key_ref::{Access, KeyRef};
use super::policy::{Asked, PolicyFile};
use super::rego::RegoArgs;
use super::run::{Request, Rules, Sources};
use super::session::Session;
use super::trust;
use crate::collect::{COLLECTORS, FEATURES};
use crate::evidence::Usage;
use crate::model::{Pair, Timestamp};
use crate::policy::Config;

/// What to compare, and how.
#[derive(Debug, Clone, Args)]
pub struct Inputs {
    /// Read the live deployment from here; repeatable. A path, `-`, or SCHEME:LOCATOR.
    #[arg(long, value_name = "SOURCE")]
    pub blue: Vec<String>,
    /// Read the candidate from here; repeatable. A path, `-`, or SCHEME:LOCATOR.
    #[arg(long, value_name = "SOURCE")]
    pub green: Vec<String>,
    /// Leave out files that match; repeatable. Each pattern and what it left out is counted.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Apply the rule packs of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pub pack: Vec<PathBuf>,
    /// What to ask besides.
    #[command(flatten)]
    pub rego: RegoArgs,
    /// Demand that every further rule pack is signed by whom this trust policy names for rules.
    #[arg(long, value_name = "FILE", env = "DRIFTSEAL_PACK_TRUST")]
    pub pack_trust: Option<PathBuf>,
    /// Mask secrets with this key instead of one made for this run: `file:PATH`, `env:NAME` or PATH.
    ///
    /// Only snapshots masked with the same key can be compared with each other.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_MASKING_KEY", hide_env_values = true)]
    pub masking_key: Option<String>,
    /// Accept key files that others than their owner can read.
    #[arg(long)]
    pub allow_insecure_key_permissions: bool,
    /// Use this many threads. The result does not depend on it.
    #[arg(long, value_name = "N", env = "DRIFTSEAL_JOBS")]
    pub jobs: Option<NonZeroUsize>,
    /// Judge expiry at this instant instead of now, to derive an earlier report again.
    ///
    /// It is recorded in the report; a verifier that checks freshness sees it.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub evaluated_at: Option<Timestamp>,
}

/// What was settled before an audit begins.
pub(super) struct Settled {
    /// What to do.
    pub request: Request,
    /// The text of the configuration; empty when there is none.
    pub policy_text: String,
    /// The reference of the signing key in the configuration, and the folder it is relative to.
    pub signing_key: Option<(String, PathBuf)>,
    /// The folder that what the configuration names is relative to.
    pub folder: PathBuf,
    /// What decides besides the configuration.
    pub files: Vec<PolicyFile>,
    /// How the policy of the gate was asked for.
    pub asked: Option<Asked>,
}

impl Inputs {
    /// Whose a secret key's file must be.
    pub(super) const fn access(&self) -> Access {
        if self.allow_insecure_key_permissions { Access::Any } else { Access::OwnerOnly }
    }

    /// Joins arguments, environment, configuration file and defaults, in this order of weight.
    pub(super) fn settle(
        &self,
        rules: Rules,
        session: &mut Session<'_>,
    ) -> Result<Settled, Failure> {
        if rules == Rules::Skip && !self.rego.rego.is_empty() {
            return Err(Failure::usage("--rego judges, and this command judges nothing")
                .hint("pass it to `driftseal gate`"));
        }
        let given: Vec<String> = self.blue.iter().chain(&self.green).cloned().collect();
        let (config, folder) = configuration(&given, session)?;
        let given = self.masking_key.as_deref();
        let masking_key = masking_key(given, (&config, &folder), self.access(), session)?;
        let packs = config.packs.iter().map(|pack| folder.join(pack));
        let packs = packs.chain(self.pack.iter().map(|pack| session.folder.join(pack))).collect();
        let pack_trust = self.pack_trust.as_deref();
        let pack_trust =
            pack_trust.map(|path| trust::for_usage(path, Usage::Rules, session)).transpose()?;
        let request = Request {
            sources: Pair {
                blue: sources("blue", &self.blue, config.sources.blue, &session.folder, &folder)?,
                green: sources(
                    "green",
                    &self.green,
                    config.sources.green,
                    &session.folder,
                    &folder,
                )?,
            },
            policy: config.policy,
            exclude: config.exclude.into_iter().chain(self.exclude.iter().cloned()).collect(),
            packs,
            rego: self.rego.within(&session.folder),
            pack_trust,
            masking_key,
            secret_patterns: config.secret_patterns,
            jobs: self.jobs,
            evaluated_at: self.instant()?,
            rules,
            progress: session.progress(),
        };
        let standard_input =
            |side: &Sources| side.locators.iter().filter(|locator| *locator == "-").count();
        if standard_input(&request.sources.blue) + standard_input(&request.sources.green) > 1 {
            return Err(Failure::usage("standard input (`-`) is named more than once")
                .hint("it can be read once: give the other source a path"));
        }
        let signing_key = config.signing_key.map(|text| (text, folder.clone()));
        Ok(Settled {
            request,
            policy_text: config.text,
            signing_key,
            folder,
            files: Vec::new(),
            asked: None,
        })
    }

    /// The instant everything is judged at.
    pub(super) fn instant(&self) -> Result<Timestamp, Failure> {
        self.evaluated_at.or_else(clock::now).ok_or_else(|| {
            Failure::config("cannot tell the time: the system clock is out of range")
                .hint("set the clock, or pass --evaluated-at")
        })
    }
}

/// The configuration that governs an audit of `given` sources, and the folder it stands in.
pub(super) fn configuration(
    given: &[String],
    session: &mut Session<'_>,
) -> Result<(Config, PathBuf), Failure> {
    let named = session.global.config.clone();
    match config::find(named.as_deref(), &session.folder, given)? {
        Found::File(file) => read(&file),
        Found::Audited(path) => {
            session.note(&format!(
                "{} lies inside an audited tree and was not read; name one outside with --config",
                path.display()
            ));
            Ok((Config::standard(), session.folder.clone()))
        }
        Found::Nothing => Ok((Config::standard(), session.folder.clone())),
    }
}

/// The masking key that was given, or else the one the configuration names.
pub(super) fn masking_key(
    given: Option<&str>,
    (config, folder): (&Config, &Path),
    access: Access,
    session: &Session<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let reference = match (given, &config.masking_key) {
        (Some(text), _) => Some(KeyRef::parse(text, &session.folder)?),
        (None, Some(text)) => Some(KeyRef::parse(text, folder)?),
        (None, None) => None,
    };
    let read = reference.map(|key| key.secret(access)).transpose();
    read.map_err(|failure| failure.hint("this is about the masking key"))
}

/// The sources there are, with a sentence each, for the manual.
pub(super) fn manual() -> String {
    let known = COLLECTORS.iter().map(|known| (known.scheme(), known.about().to_owned()));
    let missing = FEATURES.iter().filter(|(_, _, is_built)| !is_built);
    let missing = missing.map(|(scheme, feature, _)| {
        (*scheme, format!("not in this build: cargo install --path . --features {feature}"))
    });
    let lines: Vec<String> =
        known.chain(missing).map(|(scheme, about)| format!("  {scheme:10} {about}")).collect();
    format!("Sources:\n{}", lines.join("\n"))
}

/// Reads the configuration and refuses one that its own sources contain.
fn read(file: &ConfigFile) -> Result<(Config, PathBuf), Failure> {
    let name = file.path.display().to_string();
    let config = Config::parse(&name, &file.text).map_err(|errors| {
        let message = format!("cannot use the configuration {name}: {} in it", mistakes(&errors));
        Failure::config(message).with(errors.iter().map(ToString::to_string))
    })?;
    let folder = file.path.parent().unwrap_or(Path::new(".")).to_owned();
    let own: Vec<String> =
        config.sources.blue.iter().chain(&config.sources.green).cloned().collect();
    if config::is_inside(&file.path, &folder, &own) {
        return Err(config::audited(&file.path));
    }
    Ok((config, folder))
}

fn mistakes<T>(errors: &[T]) -> String {
    match errors.len() {
        1 => "there is a mistake".to_owned(),
        count => format!("there are {count} mistakes"),
    }
}

fn sources(
    side: &str,
    given: &[String],
    configured: Vec<String>,
    here: &Path,
    there: &Path,
) -> Result<Sources, Failure> {
    if !given.is_empty() {
        return Ok(Sources { folder: here.to_owned(), locators: given.to_vec() });
    }
    if configured.is_empty() {
        let hint =
            format!("pass --{side} SOURCE, or set environments.{side}.sources in {}", config::FILE);
        return Err(Failure::usage(format!("nothing says what {side} is"))
            .hint(hint)
            .hint("`driftseal init` proposes one"));
    }
    Ok(Sources { folder: there.to_owned(), locators: configured })
}

/// Reads an instant for an argument.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| "expected RFC 3339, such as 2026-01-02T03:04:05Z".to_owned())
}

/// Reads a duration for an argument.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let (digits, factor) = match text.as_bytes().last() {
        Some(b's') => (text.strip_suffix('s'), 1),
        Some(b'm') => (text.strip_suffix('m'), 60),
        Some(b'h') => (text.strip_suffix('h'), 3600),
        Some(b'd') => (text.strip_suffix('d'), 86_400),
        Some(_) | None => (Some(text), 1),
    };
    digits
        .and_then(|digits| digits.parse::<u32>().ok())
        .and_then(|count| count.checked_mul(factor))
        .ok_or_else(|| "expected a duration such as 90, 90s, 15m, 6h or 2d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_whole_and_have_one_unit() {
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("2d"), Ok(172_800));
        for text in ["", "m", "1.5h", "-1s", "1h30m", "99999999d", "é"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
