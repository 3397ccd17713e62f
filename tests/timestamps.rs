//! Time stamps of others: which are believed, and why the others are not (`fixtures/timestamps`).

use std::fs;
use std::path::Path;

use driftseal::evidence::{Authority, Stamp, Token, TrustPolicy, timestamp};

fn read(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/timestamps").join(name)).unwrap()
}

/// The authorities of a policy that pins this certificate.
fn pinned(certificate: &str, further: &str) -> Vec<Authority> {
    let pem = String::from_utf8(read(certificate)).unwrap();
    let text = |id: &str| {
        format!(
            "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"\n\
             [[key]]\nid = \"{id}\"\nname = \"tsa\"\nusages = [\"timestamp\"]\nowner = \"example.org\"\n\
             pem = '''\n{pem}'''\n{further}\n"
        )
    };
    let errors = TrustPolicy::parse("trust.toml", &text("")).unwrap_err();
    let told = errors.iter().map(ToString::to_string).collect::<String>();
    let (_, rest) = told.split_once("the key's id is ").unwrap();
    TrustPolicy::parse("trust.toml", &text(&rest[..64])).unwrap().authorities
}

fn verified(name: &str, authorities: &[Authority]) -> Result<Stamp, String> {
    let token = Token::read(&read(&format!("{name}.tsr")))?;
    assert!(token.is_over(&read("signature.bin")) && !token.is_over(b"other data"), "{name}");
    token.verify(authorities)
}

#[test]
fn what_pinned_authorities_state_is_believed() {
    let root = pinned("root.crt", "");
    for name in ["p256", "p384", "rsa", "chained", "old-ess"] {
        let stamp = verified(name, &root).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(stamp.authority, "tsa");
        assert!(stamp.at.to_string().starts_with("202"), "{name}: {}", stamp.at);
    }
    // The authority's own certificate may be pinned, instead of one above it.
    let own = pinned("p256.crt", "");
    verified("p256", &own).unwrap();
    assert!(verified("rsa", &own).unwrap_err().contains("no pinned authority"));
    assert!(
        verified("p256", &pinned("other.crt", "")).unwrap_err().contains("no pinned authority")
    );
    verified("other-root", &pinned("other.crt", "")).unwrap();
}

#[test]
fn what_cannot_be_trusted_is_refused_with_its_reason() {
    let root = pinned("root.crt", "");
    for (name, why) in [
        ("other-root", "no pinned authority"),
        ("expired", "was not valid at"),
        ("eku-missing", "time stamps and nothing else"),
        ("eku-not-critical", "time stamps and nothing else"),
        ("eku-more", "time stamps and nothing else"),
    ] {
        let refused = verified(name, &root).unwrap_err();
        assert!(refused.contains(why), "{name}: {refused}");
    }
    assert!(Token::read(&read("refused.tsr")).unwrap_err().contains("the authority refused"));
    assert!(Token::read(&read("p256.tsq")).unwrap_err().contains("no answer"));
    assert!(Token::read(b"").is_err());
    for (further, why) in [
        ("compromised_since = \"2098-01-01T00:00:00Z\"", "other hands"),
        ("status = \"revoked\"\nrevoked_at = \"2098-01-01T00:00:00Z\"", "was revoked"),
        ("not_after = \"2020-01-01T00:00:00Z\"", "does not count at"),
        ("not_before = \"2098-01-01T00:00:00Z\"", "does not count at"),
    ] {
        let refused = verified("p256", &pinned("root.crt", further)).unwrap_err();
        assert!(refused.contains(why), "{further}: {refused}");
    }
}

#[test]
fn an_answer_is_one_to_its_request() {
    let token = Token::read(&read("p256.tsr")).unwrap();
    token.answers(&read("p256.tsq")).unwrap();
    let ours = timestamp::request(&read("signature.bin"), [7; 8]).unwrap();
    assert!(token.answers(&ours).unwrap_err().contains("the nonce differs"));
    let other = timestamp::request(b"other data", [7; 8]).unwrap();
    assert!(token.answers(&other).unwrap_err().contains("other data"));
    assert!(token.answers(&read("rsa.tsq")).unwrap_err().contains("other data"), "another hash");
    assert!(token.answers(b"?").is_err());
}

/// Whatever is changed, a token states either nothing or exactly what was signed.
#[test]
fn no_changed_byte_changes_what_is_stated() {
    let (root, signature) = (pinned("root.crt", ""), read("signature.bin"));
    for name in ["p256", "chained"] {
        let bytes = read(&format!("{name}.tsr"));
        let genuine = Token::read(&bytes).unwrap().verify(&root).unwrap();
        let (mut refused, mut held) = (0, 0);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            match Token::read(&changed).and_then(|token| {
                let stamp = token.verify(&root)?;
                token.is_over(&signature).then_some(stamp).ok_or_else(|| "other data".to_owned())
            }) {
                Ok(stamp) => {
                    assert_eq!(stamp, genuine, "{name}: byte {at}");
                    held += 1;
                }
                Err(_) => refused += 1,
            }
        }
        // Nothing but the status and certificates that are not needed can be changed.
        assert!(refused > held, "{name}: {refused} refused, {held} held");
        for length in 0..bytes.len() {
            assert!(Token::read(&bytes[..length]).is_err(), "{name}: cut at {length}");
        }
    }
}

#[test]
fn a_certificate_is_named_for_time_stamps_only() {
    let pem = String::from_utf8(read("root.crt")).unwrap();
    let text = format!(
        "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"\n\
         [[key]]\nid = \"{}\"\nname = \"tsa\"\nusages = [\"report\"]\nowner = \"\"\n\
         algorithm = \"ed25519\"\npem = '''\n{pem}'''\n",
        "0".repeat(64)
    );
    let errors = TrustPolicy::parse("trust.toml", &text).unwrap_err();
    let told = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for why in
        ["one usage \"timestamp\"", "names another key", "leave this out", "`owner` is empty"]
    {
        assert!(told.contains(why), "{why}: {told}");
    }
    let broken = text.replace("-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA");
    let errors = TrustPolicy::parse("trust.toml", &broken).unwrap_err();
    assert!(errors.iter().any(|error| error.to_string().contains("cannot be read")));
}
