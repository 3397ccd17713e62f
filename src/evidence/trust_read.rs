//! Reading `trust.toml`.
//!
//! Unknown fields are errors, so that a misspelt limit is never no limit.

use std::collections::BTreeMap;

use jiff::Timestamp;
use p256::pkcs8::der::Document;
use serde::Deserialize;
use toml::Spanned;

use super::authority::{self, Authority};
use super::keys::{Algorithm, KeyId, PublicKey};
use super::trust::{Distrust, Trust, TrustedKey};
use super::trust_policy::{
    AllowedPack, PolicyKey, Role, SCHEMA, Status, TrustPolicy, Usage, version_numbers,
};
use crate::model::Digest;
use crate::policy::strict::{ConfigError, ConfigText, read_what_fits};

impl TrustPolicy {
    /// Reads the text of `file`.
    ///
    /// # Errors
    ///
    /// Every mistake found, in the order of the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let (records, errors) = read_what_fits::<Records>(file, text);
        let mut reader = Reader { source: ConfigText { file, text }, errors };
        let policy = records.and_then(|records| reader.policy(records, text));
        match policy {
            Some(policy) if reader.errors.is_empty() => Ok(policy),
            Some(_) | None => {
                reader.errors.sort();
                Err(reader.errors)
            }
        }
    }
}

/// What tells a certificate from a bare key.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Turns records into a policy, collecting what is wrong with them.
struct Reader<'a> {
    source: ConfigText<'a>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn policy(&mut self, records: Records, text: &str) -> Option<TrustPolicy> {
        if records.schema.get_ref() != SCHEMA {
            let message = format!("unknown schema: this reads {SCHEMA:?}");
            self.error(records.schema.span().start, message);
        }
        let expires = self.time(&records.expires);
        let mut keys: Vec<PolicyKey> = Vec::new();
        let mut authorities = Vec::new();
        for record in records.key {
            let at = record.pem.span().start;
            if record.pem.get_ref().contains(CERTIFICATE) {
                authorities.extend(self.authority(record));
                continue;
            }
            let Some(key) = self.key(record) else { continue };
            let id = key.trusted.key.id();
            if keys.iter().any(|other| other.trusted.key.id() == id) {
                self.error(at, "this key stands twice: join its usages".to_owned());
            }
            keys.push(key);
        }
        let mut roles = BTreeMap::new();
        for (usage, record) in records.role {
            let at = record.span().start;
            let role = self.role(record.into_inner());
            let keys = keys.iter().filter(|key| key.usages.contains(&usage));
            let keys = keys.map(|key| key.trusted.clone());
            if let Err(why) = Trust::of(keys, role.threshold, role.require_distinct_owners, None) {
                self.error(at, format!("role {}: {why}", usage.name()));
            }
            roles.insert(usage, role);
        }
        let packs = records.pack.into_iter().filter_map(|pack| self.pack(pack)).collect();
        Some(TrustPolicy {
            version: records.version,
            expires: expires?,
            digest: Digest::of(text.as_bytes()),
            keys,
            authorities,
            roles,
            packs,
        })
    }

    /// A certificate stands for statements of the time, and for nothing else.
    fn authority(&mut self, record: KeyRecord) -> Option<Authority> {
        let before = self.errors.len();
        let at = record.pem.span().start;
        if record.usages != [Usage::Timestamp] {
            let message = "a certificate has the one usage \"timestamp\": name other keys bare";
            self.error(at, message.to_owned());
        }
        let pem = Document::from_pem(record.pem.get_ref().trim_start()).ok();
        let certificate = pem.filter(|(label, _)| *label == "CERTIFICATE").map(|(_, der)| der);
        let read = certificate.and_then(|der| Some((authority::read(der.as_bytes())?.1, der)));
        let Some((id, der)) = read else {
            self.error(at, "the certificate cannot be read: write one, in PEM".to_owned());
            return None;
        };
        if Digest::parse(record.id.get_ref()) != Some(id) {
            let message = format!("the key's id is {id}; this names another key");
            self.error(record.id.span().start, message);
        }
        if let Some(name) = &record.algorithm {
            let message = "a certificate says its algorithm itself: leave this out".to_owned();
            self.error(name.span().start, message);
        }
        let (not_before, not_after, distrusted) = self.bounds(&record, at);
        let distrusted = distrusted.map(|why| format!("{why}: it could state any time"));
        (self.errors.len() == before).then_some(Authority {
            name: record.name,
            owner: record.owner.into_inner(),
            id,
            certificate: der.into_vec(),
            not_before,
            not_after,
            distrusted,
        })
    }

    fn key(&mut self, record: KeyRecord) -> Option<PolicyKey> {
        let before = self.errors.len();
        let at = record.pem.span().start;
        let key = match PublicKey::from_pem(record.pem.get_ref().trim_start()) {
            Ok(key) => key,
            Err(why) => {
                self.error(at, format!("cannot use this key: {why}"));
                return None;
            }
        };
        if KeyId::from_hex(record.id.get_ref()) != Some(key.id()) {
            let message = format!("the key's id is {}; this names another key", key.id());
            self.error(record.id.span().start, message);
        }
        if let Some(name) = &record.algorithm
            && Algorithm::from_name(name.get_ref()) != Some(key.algorithm())
        {
            let message = format!("the key's algorithm is {}", key.algorithm());
            self.error(name.span().start, message);
        }
        if record.usages.is_empty() {
            self.error(at, "the key has no usage: say what it may sign".to_owned());
        }
        let (not_before, not_after, distrusted) = self.bounds(&record, at);
        (self.errors.len() == before).then_some(PolicyKey {
            name: record.name,
            usages: record.usages.into_iter().collect(),
            status: record.status,
            trusted: TrustedKey {
                key,
                owner: Some(record.owner.into_inner()),
                not_before,
                not_after,
                distrusted,
            },
        })
    }

    /// When a key counts, and since when it does not.
    fn bounds(
        &mut self,
        record: &KeyRecord,
        at: usize,
    ) -> (Option<Timestamp>, Option<Timestamp>, Option<Distrust>) {
        if record.owner.get_ref().trim().is_empty() {
            self.error(record.owner.span().start, "`owner` is empty".to_owned());
        }
        let mut time = |text: &Option<Spanned<String>>| text.as_ref().and_then(|t| self.time(t));
        let (not_before, not_after) = (time(&record.not_before), time(&record.not_after));
        let (revoked_at, compromised_since) =
            (time(&record.revoked_at), time(&record.compromised_since));
        if not_before.zip(not_after).is_some_and(|(from, end)| from >= end) {
            self.error(at, "the key ends before it begins".to_owned());
        }
        let status = record.status;
        if status == Status::Retired && not_after.is_none() {
            let message = "a retired key needs `not_after`: until when does what it signed count?";
            self.error(at, message.to_owned());
        }
        if (status == Status::Revoked) != revoked_at.is_some() {
            let message = "`status = \"revoked\"` and `revoked_at` go together";
            self.error(at, message.to_owned());
        }
        let reasons = [
            compromised_since.map(Distrust::CompromisedSince),
            revoked_at.map(Distrust::RevokedAt),
        ];
        let distrusted = reasons.into_iter().flatten().min_by_key(|reason| reason.since());
        (not_before, not_after, distrusted)
    }

    fn role(&mut self, record: RoleRecord) -> Role {
        let standard = Role::default();
        let mut seconds = |text: Option<Spanned<String>>| {
            let text = text?;
            let read = seconds(text.get_ref());
            if read.is_none() {
                let message = "expected a duration such as \"90s\", \"15m\", \"6h\" or \"2d\"";
                self.error(text.span().start, message.to_owned());
            }
            read
        };
        Role {
            threshold: record.threshold.unwrap_or(standard.threshold),
            require_distinct_owners: record.require_distinct_owners,
            predicate_types: record.predicate_types.unwrap_or(standard.predicate_types),
            max_age_seconds: seconds(record.max_age),
            clock_skew_seconds: seconds(record.clock_skew),
            require_log: record.require_log,
            require_timestamp: record.require_timestamp,
        }
    }

    fn pack(&mut self, record: PackRecord) -> Option<AllowedPack> {
        let before = self.errors.len();
        let min_version = record.min_version.map(|text| {
            version_numbers(text.get_ref()).unwrap_or_else(|| {
                let message = "a version is numbers with dots between: 1.2.0";
                self.error(text.span().start, message.to_owned());
                Vec::new()
            })
        });
        let mut digests = Vec::new();
        for text in record.digests {
            if let Some(digest) = Digest::parse(text.get_ref()) {
                digests.push(digest);
            } else {
                let message = "expected 64 lowercase hexadecimal digits";
                self.error(text.span().start, message.to_owned());
            }
        }
        let (id, required) = (record.id, record.required);
        (self.errors.len() == before).then_some(AllowedPack { id, min_version, digests, required })
    }

    fn time(&mut self, text: &Spanned<String>) -> Option<Timestamp> {
        let time = text.get_ref().parse().ok().filter(|_| text.get_ref().ends_with('Z'));
        if time.is_none() {
            let message = "a time is written \"2027-01-31T12:00:00Z\"".to_owned();
            self.error(text.span().start, message);
        }
        time
    }

    fn error(&mut self, offset: usize, message: String) {
        self.errors.push(self.source.error(offset, message));
    }
}

/// Reads a duration of one unit.
fn seconds(text: &str) -> Option<u32> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let (unit, factor) = units.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    text.strip_suffix(unit)?.parse::<u32>().ok()?.checked_mul(factor)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Records {
    schema: Spanned<String>,
    version: u64,
    expires: Spanned<String>,
    #[serde(default)]
    key: Vec<KeyRecord>,
    #[serde(default)]
    role: BTreeMap<Usage, Spanned<RoleRecord>>,
    #[serde(default)]
    pack: Vec<PackRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecord {
    id: Spanned<String>,
    name: String,
    pem: Spanned<String>,
    algorithm: Option<Spanned<String>>,
    usages: Vec<Usage>,
    owner: Spanned<String>,
    #[serde(default)]
    status: Status,
    not_before: Option<Spanned<String>>,
    not_after: Option<Spanned<String>>,
    revoked_at: Option<Spanned<String>>,
    compromised_since: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleRecord {
    threshold: Option<usize>,
    #[serde(default)]
    require_distinct_owners: bool,
    predicate_types: Option<Vec<String>>,
    max_age: Option<Spanned<String>>,
    clock_skew: Option<Spanned<String>>,
    #[serde(default)]
    require_log: bool,
    #[serde(default)]
    require_timestamp: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackRecord {
    id: String,
    min_version: Option<Spanned<String>>,
    #[serde(default)]
    digests: Vec<Spanned<String>>,
    #[serde(default)]
    required: bool,
}
