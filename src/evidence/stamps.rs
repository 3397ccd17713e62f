//! Since when signatures exist, as far as authorities that a trust policy names have stated it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::checks::Outcome;
use super::dsse::Authentic;
use super::keys::KeyId;
use super::timestamp::{Stamp, TOKENS_MAX, Token};
use super::trust::Trust;
use super::verify::CLOCK_SKEW_SECONDS;

/// The earliest trusted time of each key's signature.
pub type Stamps = BTreeMap<KeyId, Stamp>;

/// Looks at every token. One that does not hold gives nothing and takes nothing, because anybody can
/// lay one beside a report; that there is none that holds, where there are some, is a failure.
pub(super) fn stamped(
    tokens: &[Vec<u8>],
    authentic: &Authentic,
    trust: &Trust,
    at: Timestamp,
) -> (Outcome, Stamps) {
    let mut stamps = Stamps::new();
    if tokens.is_empty() {
        let why = "there is no time stamp; its keys are judged as of now".to_owned();
        return (Outcome::NotChecked(why), stamps);
    }
    let Some(policy) = trust.policy().filter(|policy| !policy.authorities.is_empty()) else {
        let why = "no trust policy names an authority for time stamps".to_owned();
        return (Outcome::NotChecked(why), stamps);
    };
    if tokens.len() > TOKENS_MAX {
        return (Outcome::Failed(format!("there are more than {TOKENS_MAX} time stamps")), stamps);
    }
    let mut refused = Vec::new();
    for bytes in tokens {
        let token = match Token::read(bytes) {
            Ok(token) => token,
            Err(why) => {
                refused.push(why);
                continue;
            }
        };
        let mut over = authentic.signatures().iter().filter(|(_, one)| token.is_over(one));
        let Some((id, _)) = over.next() else {
            refused.push("it is over other data than a signature that counts here".to_owned());
            continue;
        };
        match token.verify(&policy.authorities).and_then(|stamp| not_of_the_future(stamp, at)) {
            Ok(stamp) => {
                let earliest = stamps.entry(*id).or_insert_with(|| stamp.clone());
                if stamp.at < earliest.at {
                    *earliest = stamp;
                }
            }
            Err(why) => refused.push(why),
        }
    }
    if stamps.is_empty() {
        refused.sort();
        refused.dedup();
        return (Outcome::Failed(format!("no time stamp holds: {}", refused.join("; "))), stamps);
    }
    (Outcome::Ok, stamps)
}

fn not_of_the_future(stamp: Stamp, at: Timestamp) -> Result<Stamp, String> {
    if stamp.at.duration_since(at) > SignedDuration::from_secs(CLOCK_SKEW_SECONDS) {
        return Err(format!("it states {}, later than {at}; compare the clocks", stamp.at));
    }
    Ok(stamp)
}
