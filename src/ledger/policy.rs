//! Whose log is believed, and how many witnesses must have seen it (C2SP tlog-policy).

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::Checkpoint;
use super::error::{LedgerError, Reason};
use super::note::{Note, Role, Verifier};

/// The longest policy that is read.
pub const POLICY_BYTES_MAX: usize = 256 << 10;

/// Says which logs are believed and which witnesses must have cosigned.
#[derive(Debug, Clone)]
pub struct Policy {
    logs: Vec<Verifier>,
    witnesses: BTreeMap<String, Verifier>,
    groups: BTreeMap<String, (usize, Vec<String>)>,
    quorum: Option<String>,
}

/// Holds what a signed checkpoint says, and who has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The witnesses of the policy that have cosigned it, by the names they have there, each with
    /// the time it says, in seconds since 1970.
    pub witnesses: BTreeMap<String, u64>,
}

impl Policy {
    /// Believes one log; `quorum` of these witnesses must have cosigned.
    ///
    /// # Errors
    ///
    /// A key is given twice, or there are fewer witnesses than must have cosigned.
    pub fn new(
        log: Verifier,
        witnesses: Vec<Verifier>,
        quorum: usize,
    ) -> Result<Self, LedgerError> {
        let failed = |message: String| LedgerError::new(Reason::Policy, "the witnesses", message);
        let mut policy = Self {
            logs: vec![log],
            witnesses: BTreeMap::new(),
            groups: BTreeMap::new(),
            quorum: None,
        };
        if quorum > witnesses.len() {
            let found = witnesses.len();
            return Err(failed(format!("{quorum} cosignatures are demanded of {found} witnesses")));
        }
        for witness in witnesses {
            if policy.is_log(&witness) {
                return Err(failed(format!("{} has the key of the log", witness.name())));
            }
            let name = witness.to_string();
            policy.witness(name, witness).map_err(failed)?;
        }
        if quorum > 0 {
            let members = policy.witnesses.keys().cloned().collect();
            policy.groups.insert("quorum".to_owned(), (quorum, members));
            policy.quorum = Some("quorum".to_owned());
        }
        Ok(policy)
    }

    /// Reads a policy file from `place`.
    ///
    /// # Errors
    ///
    /// The first line that is wrong; or none says which log or what quorum.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, LedgerError> {
        let failed =
            |place: &str, message: String| LedgerError::new(Reason::Policy, place, message);
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(failed(place, "it is longer than a policy may be".to_owned()));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|_| failed(place, "it is not UTF-8".to_owned()))?;
        let mut policy = Self {
            logs: Vec::new(),
            witnesses: BTreeMap::new(),
            groups: BTreeMap::new(),
            quorum: None,
        };
        let (mut said, mut members) = (false, BTreeSet::new());
        for (number, line) in text.split('\n').enumerate() {
            let words: Vec<&str> =
                line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            let done = match words.as_slice() {
                [] => Ok(()),
                [first, ..] if first.starts_with('#') => Ok(()),
                _ if line.contains(|c: char| c.is_ascii_control() && c != '\t') => {
                    Err("it has a control character".to_owned())
                }
                ["log", key] | ["log", key, _] => policy.log(key),
                ["witness", name, key] | ["witness", name, key, _] => {
                    Verifier::parse(key, Role::Witness)
                        .map_err(|error| error.to_string())
                        .and_then(|witness| policy.witness((*name).to_owned(), witness))
                }
                ["group", name, count, listed @ ..] => {
                    policy.group(name, count, listed, &mut members)
                }
                ["quorum", name] if !said => {
                    said = true;
                    policy.demand(name)
                }
                ["quorum", _] => Err("a second quorum".to_owned()),
                _ => Err("no line of a policy: log, witness, group or quorum".to_owned()),
            };
            done.map_err(|message| failed(&format!("{place}:{}", number + 1), message))?;
        }
        if let Some(witness) = policy.witnesses.values().find(|it| policy.is_log(it)) {
            let message = format!("the witness {} has the key of a log", witness.name());
            return Err(failed(place, message));
        }
        if policy.logs.is_empty() || !said {
            let message = "a policy names a log and a quorum (`quorum none` demands no witness)";
            return Err(failed(place, message.to_owned()));
        }
        Ok(policy)
    }

    /// Believes a checkpoint that one of the logs has signed and enough witnesses have cosigned.
    ///
    /// # Errors
    ///
    /// Another log, a signature that does not hold or is missing, or too few witnesses.
    pub fn check(&self, note: &Note, place: &str) -> Result<Seen, LedgerError> {
        let checkpoint = self.signed(note, place)?;
        let witnesses = self.cosigned(note, place)?;
        let is_enough = self.quorum.as_ref().is_none_or(|name| self.holds(name, &witnesses));
        if !is_enough {
            let message = format!(
                "{} of the {} known witnesses have cosigned the checkpoint of size {}, which is \
                 not the quorum",
                witnesses.len(),
                self.witnesses.len(),
                checkpoint.size
            );
            return Err(LedgerError::new(Reason::Quorum, place, message));
        }
        Ok(Seen { checkpoint, witnesses })
    }

    /// Believes a checkpoint that one of the logs has signed, whoever has seen it.
    ///
    /// # Errors
    ///
    /// Another log, or a signature that does not hold or is missing.
    pub fn signed(&self, note: &Note, place: &str) -> Result<Checkpoint, LedgerError> {
        let checkpoint = Checkpoint::parse(note, place)?;
        let origin = &checkpoint.origin;
        let mut logs = self.logs.iter().filter(|log| log.name() == origin).peekable();
        if logs.peek().is_none() {
            let known: Vec<&str> = self.logs.iter().map(Verifier::name).collect();
            let message = format!("it is of the log {origin:?}, not of {}", known.join(", "));
            return Err(LedgerError::new(Reason::Origin, place, message));
        }
        for log in logs {
            if note.signed(log, place)?.is_some() {
                return Ok(checkpoint);
            }
        }
        let message = format!("the key given for {origin} has not signed it");
        Err(LedgerError::new(Reason::Signature, place, message))
    }

    /// The witnesses that have cosigned, each with the time it says.
    ///
    /// # Errors
    ///
    /// A cosignature of one of them does not hold.
    pub fn cosigned(&self, note: &Note, place: &str) -> Result<BTreeMap<String, u64>, LedgerError> {
        let mut witnesses = BTreeMap::new();
        for (name, witness) in &self.witnesses {
            if let Some(seconds) = note.signed(witness, place)? {
                witnesses.insert(name.clone(), seconds);
            }
        }
        Ok(witnesses)
    }

    /// How many witnesses are known.
    pub fn witnesses(&self) -> usize {
        self.witnesses.len()
    }

    /// Whether any witness must have cosigned.
    pub const fn demands_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether a log would be its own witness.
    fn is_log(&self, witness: &Verifier) -> bool {
        self.logs.iter().any(|log| log.key() == witness.key())
    }

    fn holds(&self, name: &str, cosigned: &BTreeMap<String, u64>) -> bool {
        match self.groups.get(name) {
            Some((needed, members)) => {
                members.iter().filter(|member| self.holds(member, cosigned)).count() >= *needed
            }
            None => cosigned.contains_key(name),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), String> {
        let log = Verifier::parse(key, Role::Log).map_err(|error| error.to_string())?;
        if self.logs.iter().any(|known| known.key() == log.key()) {
            return Err(format!("the key of {} is there already", log.name()));
        }
        self.logs.push(log);
        Ok(())
    }

    fn witness(&mut self, name: String, witness: Verifier) -> Result<(), String> {
        if self.witnesses.values().any(|known| known.key() == witness.key()) {
            return Err(format!("the key of {} is there already", witness.name()));
        }
        self.free(&name)?;
        self.witnesses.insert(name, witness);
        Ok(())
    }

    fn group(
        &mut self,
        name: &str,
        count: &str,
        listed: &[&str],
        members: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        self.free(name)?;
        for member in listed {
            self.known(member)?;
            if !members.insert((*member).to_owned()) {
                return Err(format!("{member} is a member twice, and may count once only"));
            }
        }
        let needed = match count {
            "any" => Some(1),
            "all" => Some(listed.len()),
            count => count.parse().ok(),
        };
        let needed = needed
            .filter(|needed| (1..=listed.len()).contains(needed))
            .ok_or_else(|| format!("{count} of {} members cannot be demanded", listed.len()))?;
        let listed = listed.iter().map(|member| (*member).to_owned()).collect();
        self.groups.insert(name.to_owned(), (needed, listed));
        Ok(())
    }

    fn demand(&mut self, name: &str) -> Result<(), String> {
        if name != "none" {
            self.known(name)?;
            self.quorum = Some(name.to_owned());
        }
        Ok(())
    }

    fn free(&self, name: &str) -> Result<(), String> {
        if name == "none" || self.known(name).is_ok() {
            return Err(format!("the name {name} is taken"));
        }
        Ok(())
    }

    fn known(&self, name: &str) -> Result<(), String> {
        if self.witnesses.contains_key(name) || self.groups.contains_key(name) {
            return Ok(());
        }
        Err(format!("{name} is no witness or group of a line above"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Algorithm, PrivateKey};

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::generate(Algorithm::Ed25519, &[seed; 32]).unwrap()
    }

    fn verifier(seed: u8, role: Role) -> Verifier {
        Verifier::new(&format!("example.com/{seed}"), role, key(seed).public()).unwrap()
    }

    /// A checkpoint of log 1 that these witnesses have cosigned.
    fn note(witnesses: &[u8]) -> Note {
        let root = super::super::merkle::leaf(b"a");
        let text = Checkpoint { origin: "example.com/1".to_owned(), size: 1, root }.text();
        let mut note =
            Note::new(text.clone(), &verifier(1, Role::Log).sign(&key(1), &text, 0).unwrap())
                .unwrap();
        for seed in witnesses {
            let line = verifier(*seed, Role::Witness).sign(&key(*seed), &text, 5).unwrap();
            note.add(line.trim_end());
        }
        note
    }

    #[test]
    fn a_quorum_is_met_by_groups_of_groups() {
        let mut text = format!("# ours\nlog {} https://log.example\n", verifier(1, Role::Log));
        let lines =
            (2..=6).map(|seed| format!("witness w{seed}\t{}\n", verifier(seed, Role::Witness)));
        text.extend(lines);
        text += "group x 2 w2 w3 w4\ngroup y any w5 w6\ngroup both all x y\nquorum both\n";
        let policy = Policy::parse(text.as_bytes(), "policy").unwrap();
        assert_eq!(policy.check(&note(&[2, 4, 6]), "it").unwrap().witnesses.len(), 3);
        for few in [&[][..], &[2, 3, 4], &[2, 5, 6], &[7, 8, 9]] {
            let error = policy.check(&note(few), "it").unwrap_err();
            assert_eq!(error.reason, Reason::Quorum, "{few:?}");
        }
    }

    #[test]
    fn a_policy_that_says_something_else_than_it_seems_to_is_refused() {
        let log = format!("log {}\n", verifier(1, Role::Log));
        let witness = format!("witness w {}\n", verifier(2, Role::Witness));
        let again = format!("witness v {}\n", verifier(2, Role::Witness));
        for (text, why) in [
            (String::new(), "names a log"),
            (log.clone(), "names a log"),
            ("quorum none\n".to_owned(), "names a log"),
            (format!("{log}{log}quorum none\n"), "already"),
            (format!("{log}{witness}{again}quorum w\n"), "already"),
            (format!("witness w {}\n{log}quorum w\n", verifier(1, Role::Witness)), "of a log"),
            (format!("{log}quorum w\n{witness}"), "line above"),
            (format!("{log}{witness}group g 2 w\nquorum g\n"), "cannot be demanded"),
            (format!("{log}{witness}group g 0 w\nquorum g\n"), "cannot be demanded"),
            (format!("{log}{witness}group g any\nquorum g\n"), "cannot be demanded"),
            (format!("{log}{witness}group g all w w\nquorum g\n"), "twice"),
            (format!("{log}{witness}group none any w\nquorum none\n"), "taken"),
            (format!("{log}quorum none\nquorum none\n"), "second"),
            (format!("{log}quorum none\nwitnes\n"), "no line"),
        ] {
            let error = Policy::parse(text.as_bytes(), "policy").unwrap_err();
            assert!(error.message.contains(why), "{text}: {error}");
        }
        assert!(Policy::parse(format!("{log}quorum none").as_bytes(), "policy").is_ok());
    }

    #[test]
    fn one_witness_counts_once() {
        let witness = || verifier(2, Role::Witness);
        assert!(Policy::new(verifier(1, Role::Log), vec![witness(), witness()], 2).is_err());
        assert!(Policy::new(verifier(1, Role::Log), vec![witness()], 2).is_err());
        let policy = Policy::new(verifier(1, Role::Log), vec![witness()], 1).unwrap();
        assert!(policy.check(&note(&[2]), "it").is_ok());
        assert_eq!(policy.check(&note(&[]), "it").unwrap_err().reason, Reason::Quorum);
    }

    #[test]
    fn another_log_and_another_key_are_told_apart() {
        let policy = Policy::new(verifier(3, Role::Log), Vec::new(), 0).unwrap();
        assert_eq!(policy.check(&note(&[]), "it").unwrap_err().reason, Reason::Origin);
        let named = Verifier::new("example.com/1", Role::Log, key(3).public()).unwrap();
        let policy = Policy::new(named, Vec::new(), 0).unwrap();
        assert_eq!(policy.check(&note(&[]), "it").unwrap_err().reason, Reason::Signature);
    }
}
