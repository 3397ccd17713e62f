//! `driftseal sign --as FORM`: what a verified report says, signed for readers of other formats.

use std::path::Path;

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::session::Session;
use crate::evidence::{SealError, Signer, Statement, Verified, minisign, summaries};
use crate::report::{RenderOptions, Seal, renderer};
use crate::wire::evidence::ENVELOPE_END;
use crate::wire::report::read;

/// The forms, with a sentence each.
pub(super) const FORMS: [(&str, &str); 5] = [
    ("minisign", "The envelope's minisign signature; needs an Ed25519 key."),
    ("oscal", "OSCAL assessment results, with the signature that trestle verifies beside them."),
    ("oscal-poam", "OSCAL plan of action and milestones, signed in the same way."),
    ("test-result", "An in-toto test result: each rule is a test."),
    ("vsa", "A SLSA verification summary; it can say FAILED."),
];

/// Writes and signs one of the forms.
pub(super) fn run(
    form: &str,
    (envelope, verified, key): (&[u8], &Verified<Statement>, &dyn Signer),
    output: &Path,
    session: &mut Session<'_>,
) -> Result<Exit, Failure> {
    let failed = |error: SealError| {
        Failure::config(format!("cannot sign the {form} of this report: {error}"))
    };
    let mut lines = vec![format!("signed {} as {form}", verified.get().id)];
    match form {
        "minisign" => {
            let cannot = |error| Failure::config(format!("cannot sign for minisign: {error}"));
            let comment = format!("report {} of driftseal", verified.get().id);
            let signature = minisign::sign(envelope, &comment, &key).map_err(cannot)?;
            file::replace(output, signature.as_bytes())?;
            let public = minisign::public_key(key.public()).map_err(cannot)?;
            let public = public.lines().nth(1).unwrap_or_default().to_owned();
            lines.push(format!("  verify with  minisign -V -P {public} -x SIGNATURE -m ENVELOPE"));
        }
        "vsa" => file::replace(output, &summaries::summary(verified, &[key]).map_err(failed)?)?,
        "test-result" => {
            file::replace(output, &summaries::test_result(verified, &[key]).map_err(failed)?)?;
        }
        _ => {
            let document = rendered(form, verified)?;
            let name = output.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let signature = summaries::oscal_signature(&name, &document, &[key]).map_err(failed)?;
            file::replace(output, &document)?;
            let beside = output.with_file_name(format!("{name}{ENVELOPE_END}"));
            file::replace(&beside, &signature)?;
            lines.push(format!("  signature    {}", beside.display()));
        }
    }
    session.page(&lines)?;
    Ok(Exit::Pass)
}

/// The report in one of the formats that have a renderer.
fn rendered(form: &str, verified: &Verified<Statement>) -> Result<Vec<u8>, Failure> {
    let internal = |why: String| Failure::new(FailureKind::Internal, why);
    let renderer = renderer(form).ok_or_else(|| internal(format!("no renderer {form}")))?;
    let report = read(verified.get().report().as_bytes())
        .map_err(|why| internal(format!("cannot read the report: {why}")))?;
    let signers = verified.signers().iter().map(ToString::to_string).collect();
    let options = RenderOptions { seal: Seal::SignedBy(signers), ..RenderOptions::default() };
    let mut bytes = Vec::new();
    renderer
        .render(&report, &options, &mut bytes)
        .map_err(|error| internal(format!("cannot write {form}: {error}")))?;
    Ok(bytes)
}
