//! `driftseal verify`: is a signed report what it claims to be?

use std::io;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::clock;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs::{instant, seconds};
use super::key_ref::KeyRef;
use super::seal;
use super::session::Session;
use crate::evidence::{
    self, Conclusion, Expect, Freshness, Outcome, PublicKey, Trust, Verification,
};
use crate::model::{Digest, Timestamp};
use crate::report::escape;

/// The largest envelope that is read.
const BYTES_MAX: u64 = 1 << 30;

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The signed envelope, or `-` for standard input.
    envelope: PathBuf,
    /// Trust this public key; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required = true)]
    key: Vec<String>,
    /// Demand signatures by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: usize,
    /// Demand that the report is about this green: SHA-256 of its snapshot.
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    green: Option<Digest>,
    /// Demand that the report is about this blue: SHA-256 of its snapshot.
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    blue: Option<Digest>,
    /// Demand that the report answers this challenge.
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// Demand that the report is not older: seconds, or a number with s, m, h or d.
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    max_age: Option<u32>,
    /// Judge the report's age at this instant instead of now.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
    /// Demand this verdict: a valid report that is no pass exits with 1.
    #[arg(long, value_name = "VERDICT", value_parser = PossibleValuesParser::new(["pass"]))]
    require: Option<String>,
}

/// Checks an envelope and lists every check, made or not.
pub(super) fn run(args: &VerifyArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let keys: Vec<PublicKey> = args
        .key
        .iter()
        .map(|text| KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key)))
        .collect::<Result<_, _>>()?;
    let trust = Trust::new(keys, args.threshold)
        .map_err(|error| Failure::usage(format!("cannot trust these keys: {error}")))?;
    let at = args
        .at
        .or_else(clock::now)
        .and_then(|at| jiff::Timestamp::from_second(at.unix_seconds()).ok());
    let at = at.ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock, or pass --at")
    })?;
    let expect = Expect {
        green: args.green,
        blue: args.blue,
        nonce: args.nonce.clone(),
        freshness: Some(Freshness { at, age_seconds_max: args.max_age }),
        require_pass: args.require.is_some(),
    };
    let envelope = envelope(args, session)?;
    let verification = evidence::verify(&envelope, &trust, &expect);
    session.print(page(&verification).as_bytes())?;
    Ok(match verification.conclusion() {
        Conclusion::Holds => Exit::Pass,
        Conclusion::Denied => Exit::Fail,
        Conclusion::Broken => Exit::Integrity,
    })
}

fn envelope(args: &VerifyArgs, session: &Session<'_>) -> Result<Vec<u8>, Failure> {
    if args.envelope.as_os_str() != "-" {
        let path = session.folder.join(&args.envelope);
        return file::read(&path, "the envelope", BYTES_MAX);
    }
    file::bounded(io::stdin().lock(), BYTES_MAX).map_err(|error| {
        let message = format!("cannot read the envelope from standard input: {error}");
        Failure::new(FailureKind::Input, message)
    })
}

/// The conclusion first, then every check.
fn page(verification: &Verification) -> String {
    let mut lines = vec![match verification.conclusion() {
        Conclusion::Holds => "VERIFIED".to_owned(),
        Conclusion::Denied => "AUTHENTIC, BUT NO PASS".to_owned(),
        Conclusion::Broken => "NOT VERIFIED: do not use this report".to_owned(),
    }];
    if let Some(verified) = verification.verified() {
        let statement = verified.get();
        let signers: Vec<String> = verified.signers().iter().map(ToString::to_string).collect();
        let verdict = crate::wire::report::Verdict::ALL
            .iter()
            .find(|verdict| verdict.exit() == statement.exit)
            .map_or("unknown", |verdict| verdict.name());
        lines.extend([
            format!("  verdict      {verdict} (exit {})", statement.exit),
            format!("  judged at    {}", statement.run.evaluated_at),
            format!("  signed by    {}", signers.join(", ")),
            format!("  green        {}", statement.subjects.green),
            format!("  blue         {}", statement.subjects.blue),
            format!("  report id    {}", statement.id),
        ]);
    }
    lines.push("Checks".to_owned());
    lines.extend(verification.checks().iter().map(|check| {
        let (outcome, reason) = match &check.outcome {
            Outcome::Ok => ("ok", ""),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
            Outcome::NotChecked(reason) => ("not checked", reason.as_str()),
        };
        format!("  {outcome:12} {:16} {reason}", check.name.as_str())
    }));
    let mut page = String::new();
    for line in &lines {
        page.push_str(escape(line, false).trim_end());
        page.push('\n');
    }
    page
}

fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    Digest::parse(hex).ok_or_else(|| "expected 64 lowercase hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_may_say_its_algorithm() {
        let hex = "ab".repeat(32);
        assert_eq!(digest(&hex), digest(&format!("sha256:{hex}")));
        assert!(digest("ab").is_err() && digest(&hex.to_uppercase()).is_err());
    }
}
