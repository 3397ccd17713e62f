//! What an envelope claims, for showing it as a claim: nothing here is to be believed.

use super::{dsse, statement};

/// Returns the report in an envelope whose signatures nobody looked at.
///
/// # Errors
///
/// An envelope, statement or predicate that cannot be read, in words.
pub fn claimed_report(envelope: &[u8]) -> Result<String, String> {
    let envelope = dsse::open(envelope).map_err(|error| error.to_string())?;
    let statement = statement::read(envelope.unbelieved()).map_err(|error| error.to_string())?;
    let (predicate, _) = statement::predicate(&statement).map_err(|error| error.to_string())?;
    Ok(predicate.report.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::claimed_report;
    use crate::evidence::attacks;
    use crate::evidence::{canonical, seal};

    #[test]
    fn a_claim_is_the_report_as_it_was_sealed_and_other_bytes_are_none() {
        let report = attacks::report("pass", 0);
        let [key, _] = attacks::keys();
        let envelope = seal(&report, &attacks::run(), &attacks::subjects(), &[key]).unwrap();
        assert_eq!(claimed_report(&envelope).unwrap().as_bytes(), report);
        assert!(claimed_report(&report).is_err());
        assert!(claimed_report(&canonical(&["x"]).unwrap()).is_err());
    }
}
