//! What an adversary would try, each as a test, and the fixture that the tests of this floor share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::evidence::dsse::{ENVELOPE_BYTES_MAX, pae, sign};
use crate::model::Digest;
use crate::wire::statement::{Collector, PAYLOAD_TYPE, Side};

pub(super) fn keys() -> [PrivateKey; 2] {
    [key(Algorithm::P256, 1), key(Algorithm::Ed25519, 2)]
}

pub(super) fn subjects() -> Subjects {
    Subjects { green: Digest::of(b"green"), blue: Digest::of(b"blue"), evidence: None }
}

pub(super) fn run() -> Run {
    Run {
        evaluated_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        not_after: Some("2026-01-02T03:19:05Z".parse().unwrap()),
        nonce: Some("3f6c1d8e9a7b45220c11d3e5f7089abc".to_owned()),
        system: None,
        environment: None,
        collectors: vec![Collector {
            side: Side::Green,
            scheme: "git".to_owned(),
            locator: "deploy/green".to_owned(),
            revision: Some("b87ddf2".to_owned()),
            tool: None,
        }],
        log_head: None,
    }
}

pub(super) fn report(verdict: &str, exit: u8) -> Vec<u8> {
    let Subjects { green, blue, .. } = subjects();
    let (blocking, findings) = match verdict {
        "fail" => (1, r#"{"severity":"high","state":"introduced","disposition":"open"}"#),
        _ => (0, ""),
    };
    let one = r#"{"found":1,"compared":1,"excluded":0,"gaps":0}"#;
    let gaps = if verdict == "inconclusive" { r#"{"accepted":false}"# } else { "" };
    format!(
        "{{\"schema\":\"driftseal.report/1\",\"verdict\":\"{verdict}\",\"exit\":{exit},\
         \"evaluatedAt\":\"2026-01-02T03:04:05Z\",\"verdicts\":[\"{verdict}\"],\"accounting\":{{\"blue\":{one},\"green\":{one}}},\
         \"threshold\":\"medium\",\"findings\":[{findings}],\"changes\":[],\"gaps\":[{gaps}],\
         \"rules\":[{{}}],\"packs\":[],\
         \"summary\":{{\"findings\":{{\"blocking\":{blocking}}},\"changes\":[]}},\
         \"inputs\":{{\"blue\":{{\"digest\":{{\"sha256\":\"{blue}\"}}}},\
         \"green\":{{\"digest\":{{\"sha256\":\"{green}\"}}}}}}}}"
    )
    .into_bytes()
}

fn key(algorithm: Algorithm, seed: u8) -> PrivateKey {
    PrivateKey::generate(algorithm, &[seed; 32]).unwrap()
}

fn public<'k>(keys: impl IntoIterator<Item = &'k PrivateKey>) -> Vec<PublicKey> {
    keys.into_iter().map(|key| key.public().clone()).collect()
}

fn trust(threshold: usize) -> Trust {
    Trust::new(public(&keys()), threshold).unwrap()
}

fn sealed() -> Vec<u8> {
    seal(&report("pass", 0), &run(), &subjects(), &keys()).unwrap()
}

/// Expects everything that can be expected of [`sealed`].
fn expect() -> Expect {
    Expect {
        green: Some(subjects().green),
        blue: Some(subjects().blue),
        nonce: run().nonce,
        freshness: Some(Freshness {
            at: "2026-01-02T03:05:05Z".parse().unwrap(),
            age_seconds_max: Some(900),
        }),
        require_pass: true,
        ..Expect::default()
    }
}

/// Takes the sealed payload apart, lets `change` edit it, and signs it again with trusted keys.
fn forged_by_a_trusted_key(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut payload = serde_json::from_str(&payload()).unwrap();
    change(&mut payload);
    sign(PAYLOAD_TYPE, payload.to_string().as_bytes(), &keys()).unwrap()
}

fn payload() -> String {
    let authentic = dsse::open(&sealed()).unwrap().verify(&trust(2)).unwrap();
    String::from_utf8(authentic.payload().to_vec()).unwrap()
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut envelope = serde_json::from_slice(&sealed()).unwrap();
    change(&mut envelope);
    envelope.to_string().into_bytes()
}

/// Returns the only check that failed; panics when there is none, several, or still a statement.
fn failed(envelope: &[u8], trust: &Trust, expect: &Expect) -> (CheckName, String) {
    let verification = verify(envelope, trust, expect);
    assert!(verification.verified().is_none());
    let mut failed = verification.checks().iter().filter(|check| check.outcome.failed());
    let (Some(check), None) = (failed.next(), failed.next()) else {
        panic!("{:#?}", verification.checks())
    };
    let Outcome::Failed(reason) = check.outcome.clone() else { unreachable!() };
    let denied = check.name == CheckName::Verdict;
    let conclusion = if denied { Conclusion::Denied } else { Conclusion::Broken };
    assert_eq!(verification.conclusion(), conclusion);
    (check.name, reason)
}

fn assert_fails(envelope: &[u8], name: CheckName, why: &str) {
    let (failed, reason) = failed(envelope, &trust(2), &expect());
    assert_eq!(failed, name, "{why}: {reason}");
    assert!(reason.contains(why), "{why}: {reason}");
}

#[test]
fn what_was_sealed_verifies_and_carries_the_report_byte_for_byte() {
    let verification = verify(&sealed(), &trust(2), &expect());
    assert_eq!(verification.conclusion(), Conclusion::Holds);
    let verified = verification.verified().unwrap();
    assert_eq!(verified.get().report().as_bytes(), report("pass", 0));
    assert_eq!(verified.get().run, run());
    assert_eq!(verified.get().subjects, subjects());
    assert_eq!(verified.get().id, Digest::of(payload().as_bytes()));
    assert_eq!(verified.signers().len(), 2);
    assert!(!payload().contains(r#""name":"blue""#), "blue is never a subject");
}

#[test]
fn a_valid_failing_report_holds_unless_a_pass_is_required() {
    for (word, exit) in [("fail", 1), ("inconclusive", 3)] {
        let envelope = seal(&report(word, exit), &run(), &subjects(), &keys()).unwrap();
        let lenient = Expect { require_pass: false, ..expect() };
        let verification = verify(&envelope, &trust(2), &lenient);
        assert_eq!(verification.conclusion(), Conclusion::Holds);
        assert_eq!(verification.verified().unwrap().get().exit, exit);
        assert_fails(&envelope, CheckName::Verdict, word);
    }
}

#[test]
fn any_changed_byte_is_noticed() {
    let [_, ed25519] = keys();
    let trust = Trust::new(public([&ed25519]), 1).unwrap();
    let envelope = seal(&report("pass", 0), &run(), &subjects(), &[ed25519]).unwrap();
    let text = String::from_utf8(envelope.clone()).unwrap();
    // A keyid is a hint and no more, so a changed one still verifies, to the same statement.
    let start = text.find("\"keyid\":\"").unwrap();
    let hint = start..start + "\"keyid\":\"\"".len() + 64;
    // Inside the payload every byte goes the same way, so a sample of them keeps the test quick.
    let inside = 20..text.find("\"payloadType\"").unwrap() - 20;
    for at in (0..envelope.len()).filter(|at| !inside.contains(at) || at % 13 == 0) {
        let mut bytes = envelope.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Some(verified) = verify(&bytes, &trust, &Expect::default()).verified() {
            assert!(hint.contains(&at), "byte {at}");
            assert_eq!(verified.get().report().as_bytes(), report("pass", 0));
        }
    }
}

#[test]
fn any_prefix_is_refused() {
    let envelope = sealed();
    for end in 0..envelope.len() {
        let (name, _) = failed(&envelope[..end], &trust(2), &expect());
        assert_eq!(name, CheckName::Envelope, "first {end} bytes");
    }
}

#[test]
fn appended_bytes_are_refused() {
    for tail in ["}", "{}", "\0", "x"] {
        let bytes = [&sealed(), tail.as_bytes()].concat();
        assert_fails(&bytes, CheckName::Envelope, "trailing characters");
    }
    let newline = [&sealed(), "\n".as_bytes()].concat();
    assert!(verify(&newline, &trust(2), &expect()).verified().is_some());
}

#[test]
fn another_payload_type_is_refused_even_when_signed() {
    let plain = changed(|envelope| envelope["payloadType"] = json!("text/plain"));
    assert_fails(&plain, CheckName::PayloadType, "text/plain");
    let signed = sign("application/vnd.in-toto.other+json", payload().as_bytes(), &keys()).unwrap();
    assert_fails(&signed, CheckName::PayloadType, "expected");
}

#[test]
fn a_key_written_twice_is_refused_everywhere() {
    let text = String::from_utf8(sealed()).unwrap();
    let evil = text.replacen('{', r#"{"payload":"e30=","#, 1);
    assert_fails(evil.as_bytes(), CheckName::Envelope, "twice");
    let unknown = text.replacen('{', r#"{"x":1,"x":1,"#, 1);
    assert_fails(unknown.as_bytes(), CheckName::Envelope, "twice");
    let in_signature = text.replacen(r#""sig":"#, r#""sig":"","sig":"#, 1);
    assert_fails(in_signature.as_bytes(), CheckName::Envelope, "twice");
    for (from, to) in [
        (r#""verdict":"pass""#, r#""verdict":"fail","verdict":"pass""#),
        (r#""findings":[]"#, r#""findings":[],"\u0066indings":[]"#),
        (r#""nonce""#, r#""nonce":"x","nonce""#),
    ] {
        let evil = payload().replacen(from, to, 1);
        let signed = sign(PAYLOAD_TYPE, evil.as_bytes(), &keys()).unwrap();
        assert_fails(&signed, CheckName::Statement, "twice");
    }
}

#[test]
fn unknown_fields_are_ignored_and_arrays_are_no_objects() {
    let extended = changed(|envelope| envelope["extension"] = json!({"number": 0.5}));
    assert!(verify(&extended, &trust(2), &expect()).verified().is_some());
    let list = changed(|e| *e = json!([e["payload"], e["payloadType"], e["signatures"]]));
    assert_fails(&list, CheckName::Envelope, "an object");
    let inner = changed(|envelope| {
        let signature = &mut envelope["signatures"][0];
        *signature = json!([signature["keyid"], signature["sig"]]);
    });
    assert_fails(&inner, CheckName::Envelope, "an object");
}

#[test]
fn keys_that_are_not_pinned_do_not_count() {
    let (p256, ed25519) = (key(Algorithm::P256, 7), key(Algorithm::Ed25519, 8));
    let others = Trust::new(public([&p256, &ed25519]), 1).unwrap();
    let (name, reason) = failed(&sealed(), &others, &expect());
    assert_eq!((name, reason.starts_with("0 of")), (CheckName::Signatures, true));
    let strangers = seal(&report("pass", 0), &run(), &subjects(), &[p256, ed25519]).unwrap();
    assert_fails(&strangers, CheckName::Signatures, "0 of the pinned keys");
}

#[test]
fn a_keyid_narrows_and_never_decides() {
    let named = |ids: [Value; 2]| {
        let [first, second] = ids;
        changed(|envelope| {
            envelope["signatures"][0]["keyid"] = first;
            envelope["signatures"][1]["keyid"] = second;
        })
    };
    let id = |at: usize| json!(keys()[at].id().to_string());
    let elsewhere = json!("SHA256:elsewhere");
    for hint in [json!(""), elsewhere, json!(key(Algorithm::P256, 9).id().to_string())] {
        let envelope = named([hint.clone(), hint]);
        assert!(verify(&envelope, &trust(2), &expect()).verified().is_some());
    }
    assert_fails(&named([id(1), id(0)]), CheckName::Signatures, "0 of");
    assert_fails(&named([id(0), id(0)]), CheckName::Signatures, "1 of");
}

#[test]
fn one_key_counts_once_however_often_it_signs() {
    let [p256, _] = keys();
    let single = seal(&report("pass", 0), &run(), &subjects(), &[p256]).unwrap();
    let mut envelope: Value = serde_json::from_slice(&single).unwrap();
    let mut again = envelope["signatures"][0].clone();
    again["keyid"] = json!("");
    envelope["signatures"].as_array_mut().unwrap().push(again);
    let twice = envelope.to_string().into_bytes();
    assert_fails(&twice, CheckName::Signatures, "1 of the pinned keys");
    assert!(verify(&twice, &trust(1), &expect()).verified().is_some());
}

#[test]
fn a_stripped_signature_is_missed_and_an_added_one_is_passed_over() {
    let stripped = changed(|e| drop(e["signatures"].as_array_mut().unwrap().pop()));
    assert_fails(&stripped, CheckName::Signatures, "1 of");
    let none = changed(|envelope| envelope["signatures"] = json!([]));
    assert_fails(&none, CheckName::Envelope, "no signature");
    let garbage = json!({"keyid": "", "sig": "AAAA"});
    let add = |count: usize| {
        changed(|envelope| {
            let list = envelope["signatures"].as_array_mut().unwrap();
            list.splice(0..0, std::iter::repeat_n(garbage.clone(), count));
        })
    };
    assert!(verify(&add(14), &trust(2), &expect()).verified().is_some());
    assert_fails(&add(15), CheckName::Envelope, "17 signatures");
}

#[test]
fn a_malleated_signature_does_not_rename_the_statement() {
    let [p256, _] = keys();
    let message = pae(PAYLOAD_TYPE, payload().as_bytes());
    let der = p256::ecdsa::DerSignature::from_bytes(&p256.sign(&message).unwrap()).unwrap();
    let (r, s) = p256::ecdsa::Signature::try_from(der).unwrap().split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r, -s).unwrap().to_der();
    let envelope =
        changed(|e| e["signatures"][0]["sig"] = json!(STANDARD.encode(other.as_bytes())));
    assert_ne!(envelope, sealed());
    let verification = verify(&envelope, &trust(2), &expect());
    assert_eq!(verification.verified().unwrap().get().id, Digest::of(payload().as_bytes()));
}

#[test]
fn other_spellings_of_base64_are_refused() {
    for spell in [
        |text: &str| text.split_at(text.len() - 1).0.to_owned(),
        |text: &str| format!("{text}\n"),
        |text: &str| format!(" {text}"),
        |text: &str| format!("{text}===="),
    ] {
        for pointer in ["/payload", "/signatures/0/sig", "/signatures/1/sig"] {
            let envelope = changed(|envelope| {
                let field = envelope.pointer_mut(pointer).unwrap();
                *field = json!(spell(field.as_str().unwrap()));
            });
            assert_fails(&envelope, CheckName::Envelope, "not canonical base64");
        }
    }
    let url_safe = changed(|envelope| {
        for pointer in ["/payload", "/signatures/0/sig", "/signatures/1/sig"] {
            let field = envelope.pointer_mut(pointer).unwrap();
            *field = json!(field.as_str().unwrap().replace('+', "-").replace('/', "_"));
        }
    });
    assert!(verify(&url_safe, &trust(2), &expect()).verified().is_some());
}

#[test]
fn flat_fields_that_contradict_the_report_are_refused() {
    for (field, value) in [("verdict", json!("fail")), ("exit", json!(1))] {
        let forged = forged_by_a_trusted_key(|payload| payload["predicate"][field] = value);
        assert_fails(&forged, CheckName::VerdictFields, field);
    }
    let other = json!(Digest::of(b"other").to_string());
    let blue = forged_by_a_trusted_key(|p| p["predicate"]["blueDigest"] = other.clone());
    assert_fails(&blue, CheckName::VerdictFields, "blueDigest");
    let green = forged_by_a_trusted_key(|payload| {
        payload["predicate"]["greenDigest"] = other.clone();
        payload["subject"][0]["digest"]["sha256"] = other;
    });
    assert_fails(&green, CheckName::VerdictFields, "greenDigest");
    let both = forged_by_a_trusted_key(|payload| {
        payload["predicate"]["exit"] = json!(1);
        payload["predicate"]["report"]["exit"] = json!(1);
    });
    assert_fails(&both, CheckName::VerdictFields, "`exit`");
}

#[test]
fn another_statement_or_predicate_is_refused() {
    let old = json!("https://in-toto.io/Statement/v0.1");
    let old = forged_by_a_trusted_key(|payload| payload["_type"] = old);
    assert_fails(&old, CheckName::Statement, "Statement/v0.1");
    let other = json!("https://in-toto.io/attestation/svr/v0.2");
    let other = forged_by_a_trusted_key(|payload| payload["predicateType"] = other);
    assert_fails(&other, CheckName::PredicateType, "another attestation");
    let next = forged_by_a_trusted_key(|p| p["predicate"]["report"]["schema"] = json!("x/2"));
    assert_fails(&next, CheckName::VerdictFields, "schema");
    let list = forged_by_a_trusted_key(|payload| payload["predicate"] = json!([]));
    assert_fails(&list, CheckName::PredicateType, "an object");
    for time in ["2026-01-02T04:04:05+01:00", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05.0Z"] {
        let at = json!(time);
        let at = forged_by_a_trusted_key(|p| p["predicate"]["run"]["evaluatedAt"] = at);
        assert_fails(&at, CheckName::PredicateType, "evaluatedAt");
    }
}

#[test]
fn only_green_is_the_candidate() {
    let digest = |subject: Digest| json!({"sha256": subject.to_string()});
    let Subjects { green, blue, .. } = subjects();
    for (subject, why) in [
        (json!([]), "no subject"),
        (json!([{"name": "blue", "digest": digest(green)}]), "no subject"),
        (json!([{"name": "green", "digest": {"gitCommit": "00"}}]), "no subject"),
        (json!([{"name": "green", "digest": digest(blue)}]), "another snapshot"),
        (
            json!([{"name": "green", "digest": digest(green)}, {"name": "green", "digest": {}}]),
            "two subjects",
        ),
    ] {
        let forged = forged_by_a_trusted_key(|payload| payload["subject"] = subject);
        assert_fails(&forged, CheckName::Subject, why);
    }
    let swapped = Expect { green: Some(blue), ..expect() };
    assert_eq!(failed(&sealed(), &trust(2), &swapped).0, CheckName::Green);
    let swapped = Expect { blue: Some(green), ..expect() };
    assert_eq!(failed(&sealed(), &trust(2), &swapped).0, CheckName::Blue);
}

#[test]
fn a_report_of_another_time_or_challenge_is_refused() {
    let at = |time: &str, age_seconds_max: Option<u32>| Expect {
        freshness: Some(Freshness { at: time.parse().unwrap(), age_seconds_max }),
        ..expect()
    };
    for (expect, name) in [
        (at("2026-01-02T03:19:06Z", None), CheckName::NotAfter),
        (at("2026-01-02T03:05:06Z", Some(60)), CheckName::MaxAge),
        (at("2026-01-02T03:03:04Z", Some(60)), CheckName::EvaluatedAt),
        (Expect { nonce: Some("0".repeat(32)), ..expect() }, CheckName::Nonce),
    ] {
        assert_eq!(failed(&sealed(), &trust(2), &expect).0, name);
    }
    for expect in [
        at("2026-01-02T03:19:05Z", None),
        at("2026-01-02T03:05:05Z", Some(60)),
        at("2026-01-02T03:03:05Z", Some(60)),
    ] {
        assert!(verify(&sealed(), &trust(2), &expect).verified().is_some());
    }
    let silent = Run { nonce: None, not_after: None, ..run() };
    let silent = seal(&report("pass", 0), &silent, &subjects(), &keys()).unwrap();
    assert_fails(&silent, CheckName::Nonce, "carries no nonce");
}

#[test]
fn what_would_exhaust_a_reader_is_refused() {
    assert_fails(&vec![b' '; ENVELOPE_BYTES_MAX + 1], CheckName::Envelope, "exceeds");
    let bomb = format!("{{\"x\":{}", "[".repeat(1_000_000));
    assert_fails(bomb.as_bytes(), CheckName::Envelope, "recursion limit");
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let payload = payload().replacen("\"findings\":[]", &format!("\"findings\":{nested}"), 1);
    let deep = sign(PAYLOAD_TYPE, payload.as_bytes(), &keys()).unwrap();
    assert_fails(&deep, CheckName::Statement, "recursion limit");
    let payload = payload.replacen(&nested, "[9007199254740993]", 1);
    let large = sign(PAYLOAD_TYPE, payload.as_bytes(), &keys()).unwrap();
    assert_fails(&large, CheckName::Statement, "2^53-1");
}

#[test]
fn nothing_is_read_from_a_payload_before_its_signatures() {
    let hostile = changed(|envelope| envelope["payload"] = json!("bm90IGpzb24="));
    assert_fails(&hostile, CheckName::Signatures, "0 of");
    let checks = verify(&hostile, &trust(2), &expect());
    let after = checks.checks().iter().filter(|check| check.name > CheckName::Signatures);
    assert!(after.clone().count() > 10);
    for check in after {
        assert!(matches!(check.outcome, Outcome::NotChecked(_)), "{}", check.name);
    }
}
