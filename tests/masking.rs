//! No secret gets past the door, and what is no secret does.

#[path = "common/canaries.rs"]
mod canaries;

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use canaries::{Files, forms, plant, samples};
use driftseal::collect::{
    Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect, collect_pair,
};
use driftseal::model::{Blobs as _, GapReason, Limits, Pair, Snapshot};
use driftseal::syntax::SYNTAXES;

const KEY: &[u8] = b"a masking key of the tests, 32 bytes+";

fn one(file: &str, text: &str) -> Files {
    Files::from([(file.to_owned(), text.to_owned())])
}

/// Writes the files under a folder and says how to collect them.
fn written(
    root: &Path,
    files: impl IntoIterator<Item = (impl AsRef<Path>, impl AsRef<[u8]>)>,
) -> Options {
    for (file, text) in files {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(KEY, false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: root.to_path_buf(),
        environment: Vec::new(),
    }
}

fn collected(files: &Files) -> (Snapshot, Files) {
    let root = tempfile::tempdir().unwrap();
    let options = written(root.path(), files);
    let spool = Spool::new(&Limits::STANDARD);
    let snapshot = collect(&[".".to_owned()], &options, &spool);
    let texts = snapshot.sources.iter().map(|source| {
        let bytes = spool.get(&source.digest).unwrap().into_owned();
        (source.file.to_string(), String::from_utf8(bytes).unwrap())
    });
    let texts = texts.collect();
    (snapshot, texts)
}

fn traces(snapshot: &Snapshot, texts: &Files, canary: &str) -> Vec<String> {
    let shown = format!("{snapshot:?}");
    let mut found = Vec::new();
    for needle in forms(canary) {
        if shown.contains(&needle) {
            found.push(format!("{needle} in the snapshot"));
        }
        for (file, text) in texts.iter().filter(|(_, text)| text.contains(&needle)) {
            let line = text.lines().find(|line| line.contains(&needle)).unwrap_or_default();
            found.push(format!("{needle} in {file}: {line}"));
        }
    }
    found
}

#[test]
fn no_planted_secret_is_kept_in_any_form() {
    let (files, canaries) = plant("blue");
    assert!(canaries.planted.len() >= 60, "{}", canaries.planted.len());
    let (snapshot, texts) = collected(&files);
    let mut found = Vec::new();
    for canary in &canaries.planted {
        found.extend(traces(&snapshot, &texts, canary));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let failed: Vec<_> = snapshot
        .gaps
        .iter()
        .filter(|gap| matches!(gap.reason, GapReason::NotMasked | GapReason::Internal))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    for (file, text) in &files {
        let kept = &texts[file];
        let lost = kept.starts_with("driftseal.binary");
        let unreadable = ["broken.json", "broken.yaml", "entities.xml", "template.yaml"];
        let readable = !unreadable.contains(&file.as_str());
        assert!(!(lost && readable), "{file}");
        if !lost {
            assert_eq!(kept.lines().count(), text.lines().count(), "{file}:\n{kept}");
        }
    }
}

#[test]
fn equal_secrets_stay_equal_and_different_ones_different() {
    let (first, _) = plant("blue");
    let (second, _) = plant("gren");
    let (a, texts_a) = collected(&first);
    let (b, texts_b) = collected(&first);
    assert_eq!((a.digest(), &texts_a), (b.digest(), &texts_b));
    let (_, texts_c) = collected(&second);
    for (file, text) in &texts_a {
        assert_ne!(text, &texts_c[file], "{file}");
    }
    let both = [
        ("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: aHVudGVyMg==}\n"),
        ("b.env", "DB_PASSWORD=hunter2\n"),
        ("c.yaml", "url: mysql://u:hunter2@h/\n"),
    ];
    let (_, texts) = collected(&both.map(|(file, text)| (file.to_owned(), text.to_owned())).into());
    let token = |text: &str| {
        text.split("driftseal.secret.").nth(1).unwrap().split('.').nth(1).unwrap()[..24].to_owned()
    };
    let encoded = texts["a.yaml"].split("k: ").nth(1).unwrap().trim().trim_end_matches('}');
    let decoded = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    assert_eq!(token(&decoded), token(&texts["b.env"]));
    assert_eq!(token(&decoded), token(&texts["c.yaml"]));
}

#[test]
fn what_only_looks_secret_is_left_alone() {
    let files = samples("left-alone");
    let (snapshot, texts) = collected(&files);
    for (file, text) in &files {
        assert_eq!(&texts[file], text, "{file}");
    }
    assert!(snapshot.sources.iter().all(|source| source.masked == 0));
}

#[test]
fn a_secret_is_planted_and_one_is_missed_nearly_in_every_syntax() {
    let read = |files: &Files, masked: bool| -> BTreeSet<&'static str> {
        let sources = collected(files).0.sources.into_iter();
        sources.filter(|source| (source.masked > 0) == masked).map(|source| source.syntax).collect()
    };
    let planted = read(&plant("blue").0, true);
    let spared = read(&samples("left-alone"), false);
    for syntax in SYNTAXES.iter().map(|syntax| syntax.id()) {
        assert!(planted.contains(syntax), "no secret is planted in {syntax}");
        assert!(spared.contains(syntax), "nothing only looks secret in {syntax}");
    }
}

#[test]
fn columns_behind_a_mask_are_those_of_the_users_file() {
    let text = "a:\n- {password: hunter2, é: ü, next: 1} # c\n- 'https://u:pw@host/path'\n";
    let (snapshot, texts) = collected(&one("a.yaml", text));
    let (source, masked) = (&snapshot.sources[0], &texts["a.yaml"]);
    assert_eq!(source.masked, 2);
    for needle in ["a:", "password", ", é", "next", "# c", "'https", "@host", "path'"] {
        let place = |text: &str| {
            let head = &text[..text.find(needle).unwrap()];
            let line = head.rsplit('\n').next().unwrap();
            (
                u32::try_from(head.matches('\n').count()).unwrap() + 1,
                u32::try_from(line.chars().count()).unwrap() + 1,
            )
        };
        let at = u32::try_from(masked.find(needle).unwrap()).unwrap();
        assert_eq!(source.position(masked, at), place(text), "{needle}");
    }
}

#[test]
fn a_secret_of_one_file_is_a_secret_in_every_file_of_both_sides() {
    let root = tempfile::tempdir().unwrap();
    let secret = "aHVudGVyMnh5eg=="; // hunter2xyz
    let kind =
        format!("kind: Secret\napiVersion: v1\nmetadata: {{name: a}}\ndata: {{k: {secret}}}\n");
    let files = [
        ("blue/a.yaml", kind.as_str()),
        ("blue/b.txt", "call hunter2xyz, not hunter2xyzz\n"),
        ("green/b.txt", "call hunter2xyz, not hunter2xyzz\n"),
        ("green/c.json", "{\"note\": \"hunter2xyz\", \"x\": 1}\n"),
        ("green/d.env", "DB_PASSWORD=short1\n"),
        ("green/e.txt", "short1\n"),
    ];
    let options = written(root.path(), files);
    let locators = Pair { blue: ["blue".to_owned()], green: ["green".to_owned()] };
    let sides = locators.as_ref().map(|side| (side.as_slice(), options.clone()));
    let spool = Spool::new(&Limits { spool_bytes_max: 40, ..Limits::STANDARD });
    let snapshots = collect_pair(&sides, &spool);
    let mut texts = String::new();
    for digest in spool.digests() {
        texts += std::str::from_utf8(&spool.get(&digest).unwrap()).unwrap();
    }
    assert!(!texts.replace("hunter2xyzz", "").contains("hunter2xyz"), "{texts}");
    assert!(texts.contains("not hunter2xyzz\n") && texts.contains("\nshort1\n"), "{texts}");
    assert_eq!(snapshots.blue.sources[1].digest, snapshots.green.sources[0].digest);
    assert_eq!(snapshots.green.sources[1].masked, 1);
    assert_eq!(snapshots.green.gaps, []);
}

#[test]
fn a_secret_is_one_in_every_file_however_it_is_escaped_and_whatever_its_script() {
    let declared = r#"# was Zx7q"Wv2p\Lz9RtB
apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  escaped: "Zx7q\"Wv2p\\Lz9RtB"
  quoted: "\"Kx7qWv2p9\""
  letters: Ümläut-Geheim-42xyz
"#;
    let files = [
        ("declared.yaml", declared),
        ("a.json", r#"{"a": "Zx7q\"Wv2p\\Lz9RtB", "b": "Kx7qWv2p9", "c": "Ümläut-Geheim-42xyz"}"#),
        ("b.toml", "a = 'Zx7q\"Wv2p\\Lz9RtB'\nb = \"Kx7qWv2p9\"\n"),
        ("c.env", "C=Ümläut-Geheim-42xyz\n"),
    ];
    let (snapshot, texts) =
        collected(&files.map(|(file, text)| (file.to_owned(), text.to_owned())).into());
    // Quotes that are those of the syntax stay, so that each file is still read.
    assert_eq!(snapshot.gaps, []);
    assert_eq!(snapshot.documents.len(), files.len());
    for part in ["Zx7q", "Lz9RtB", "Kx7q", "Geheim"] {
        assert!(texts.values().all(|text| !text.contains(part)), "{part}: {texts:#?}");
    }
}

#[test]
fn a_text_that_looks_like_a_mask_is_masked_and_counted() {
    let forged = "driftseal.secret.password.0123456789abcdef01234567";
    let encoded = STANDARD.encode(forged);
    let text = format!("a: 1\nb: {forged}\npassword: {forged}\nc: \"{encoded}\"\n");
    let (snapshot, texts) = collected(&one("a.yaml", &text));
    assert!(!texts["a.yaml"].contains(forged) && !texts["a.yaml"].contains(&encoded));
    let notes = &snapshot.collectors[0].notes;
    assert!(notes[0].starts_with("3 texts") && notes[0].ends_with("a.yaml:2"), "{notes:?}");
}

#[test]
fn names_of_files_are_masked_too() {
    let name = format!("ghp_{}.yaml", "a1".repeat(18));
    let (snapshot, _) = collected(&one(&name, "a: ["));
    assert!(!format!("{snapshot:?}").contains("a1a1a1"), "{snapshot:?}");
    let gap = snapshot.gaps.iter().find(|gap| gap.reason == GapReason::Unparsed).unwrap();
    assert_eq!(*gap.place, *snapshot.sources[0].file);
}

#[test]
fn a_secret_of_a_file_is_one_in_the_names_of_files_too() {
    let secret = "4fJ9sK2mQ8xZ7pL1";
    let files = Files::from([
        ("a.env".to_owned(), format!("DB_PASSWORD={secret}\n")),
        (format!("keys/{secret}.yaml"), "a: 1\n".to_owned()),
        (format!("keys/{secret}/broken.yaml"), "a: [\n".to_owned()),
    ]);
    let (snapshot, texts) = collected(&files);
    assert!(!format!("{snapshot:?}{texts:?}").contains(secret), "{snapshot:#?}");
    assert!(snapshot.sources[1].file.starts_with("keys/driftseal.secret."));
    let broken = snapshot.gaps.iter().find(|gap| gap.reason == GapReason::Unparsed).unwrap();
    assert!(broken.place.starts_with("keys/driftseal.secret."), "{}", broken.place);
}

#[test]
fn what_the_organisation_calls_a_secret_is_masked() {
    let root = tempfile::tempdir().unwrap();
    let files = [
        ("a.yaml", "member: K-4711\nother: K-47\nnote: 'see K-0815, or not'\n"),
        ("b.txt", "door = 1234\n"),
        ("K-0001.txt", "x\n"),
    ];
    let patterns = [r"\bK-\d{4}\b", r"(?m)^door = (\d+)$"];
    let patterns = patterns.map(|pattern| regex::Regex::new(pattern).unwrap());
    let options = Options {
        secret_patterns: SecretPatterns::new(patterns.to_vec()),
        ..written(root.path(), files)
    };
    let spool = Spool::new(&Limits::STANDARD);
    let snapshot = collect(&[".".to_owned()], &options, &spool);
    assert_eq!(snapshot.gaps, []);
    let mut texts = format!("{snapshot:?}");
    for digest in spool.digests() {
        texts += std::str::from_utf8(&spool.get(&digest).unwrap()).unwrap();
    }
    for secret in ["K-4711", "K-0815", "1234\n", "K-0001"] {
        assert!(!texts.contains(secret), "{secret} in {texts}");
    }
    assert!(texts.contains("other: K-47\n"), "{texts}");
    assert!(texts.contains("door = driftseal.secret.declared."), "{texts}");
}

/// Names that say nothing: a secret only because another file says so.
#[test]
fn values_of_variables_that_another_file_declares_sensitive_are_masked() {
    let declared = "variable \"door\" {\n  type      = string\n  sensitive = true\n}\n\
                    variable \"gate\" {\n  sensitive = false\n}\n\
                    variable \"locks\" {\n  sensitive = true\n}\n\
                    variable \"vault\" {\n  sensitive = \"true\"\n}\n";
    let json = r#"{"variable": {"hatch": {"sensitive": true}, "roof": {"type": "string"}}}"#;
    let values = "door  = \"sw0rdf1sh-1977\"\ngate  = \"plain gate\"\nroof  = \"plain roof\"\n\
                  locks = { front = \"oak\", back = [\"elm\"] }\nvault = \"cellar\"\n";
    let files = [
        ("infra/variables.tf", declared),
        ("infra/more.tf.json", json),
        ("infra/env/prod.tfvars", values),
        ("infra/a.auto.tfvars.json", r#"{"hatch": "simsalabim", "roof": "thatch"}"#),
        // Known from there, and found here by what it is.
        ("infra/notes.yaml", "said: sw0rdf1sh-1977\nhatch: of wood\n"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let (snapshot, texts) = collected(&Files::from(files));
    assert_eq!(snapshot.gaps, []);
    let all: String = texts.values().cloned().collect();
    for secret in ["sw0rdf1sh", "simsalabim", "oak", "elm", "cellar"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    for plain in ["plain gate", "plain roof", "thatch", "hatch: of wood", "front"] {
        assert!(all.contains(plain), "{plain} not in {all}");
    }
}

/// Names that say nothing: secrets because of where something refers to them.
#[test]
fn what_stands_for_a_secret_is_one_wherever_it_is_given_a_value() {
    let compose = "services:\n  web:\n    environment: {API_TOKEN: \"${X}\", MODE: \"${PLAIN}\", \
                   DATABASE_URL: \"postgres://app:${IN_URL}@db/shop\", \
                   OTEL_EXPORTER_OTLP_HEADERS: \"api-key=${HEADER},x-scope-orgid=${TENANT}\"}\n    \
                   command: [serve, --token, \"${FLAG:-fallback-one}\"]\n    env_file: web.env\n  \
                   worker:\n    command: run --api-key=${WORD}\n    environment:\n      \
                   - DB_PASSWORD=$BARE\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    \
               env:\n    - {name: IN_POD, value: of-the-pod}\n    - {name: PASSWORD, value: $(IN_POD)}\n";
    let files = [
        ("compose.yaml", compose),
        (
            ".env",
            "X=hunter-two\nPLAIN=left alone\nIN_URL=swordfish\nHEADER='of a header'\n\
             FLAG=open-sesame\nWORD=of-a-word\nBARE=of-a-variable\n# X=given-up\nX_FILE=/run/x\n",
        ),
        ("web.env", "X=of-the-service\nY=left too\n"),
        ("pod.yaml", pod),
        (
            "run.sh",
            "#!/bin/sh\nexport X=of-a-shell\ndocker run -e FLAG=of-docker shop\n\
             export API_KEY=$V; run\n  curl -H \"Authorization: Bearer $U\" x\n",
        ),
        ("more.env", "U=of-a-header\nV=of-a-line\n"),
        ("ci.yaml", "variables:\n  X: {value: of-the-server}\n  Z: left as well\n"),
        ("app.yaml", "app:\n  password: ${db.word}\n  value: ${value}\n"),
        ("app.properties", "db.word=of-properties\ndb.words=left here\n"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let (snapshot, texts) = collected(&Files::from(files));
    assert_eq!(snapshot.gaps, []);
    let all: String = texts.values().cloned().collect();
    for secret in [
        "hunter-two",
        "swordfish",
        "of a header",
        "open-sesame",
        "fallback-one",
        "of-a-word",
        "of-a-variable",
        "given-up",
        "of-the-service",
        "of-the-pod",
        "of-a-shell",
        "of-docker",
        "of-the-server",
        "of-properties",
        "of-a-header",
        "of-a-line",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    for plain in
        ["PLAIN=left alone", "X_FILE=/run/x", "Y=left too", "Z: left as well", "words=left here"]
    {
        assert!(all.contains(plain), "{plain} not in {all}");
    }
}

/// Each of a long row of variables is made of the next one; what is not followed is not kept.
#[test]
fn variables_that_lead_to_each_other_without_end_are_followed_or_not_kept() {
    let row = |length: usize| -> String {
        let one = |index: usize| format!("CH_{index}=$CH_{}\n", index + 1);
        let links: String = (0..length).map(one).collect();
        format!("TOKEN=$CH_0\n{links}CH_{length}=end-of-the-row\n")
    };
    for (length, reasons) in [(10, [].as_slice()), (40, &[GapReason::NotMasked])] {
        let (snapshot, texts) = collected(&one("a.env", &row(length)));
        let all: String = texts.values().cloned().collect();
        assert!(!all.contains("end-of-the-row"), "{length}: {all}");
        let told = snapshot.gaps.iter().map(|gap| gap.reason);
        let told: Vec<GapReason> =
            told.filter(|reason| *reason != GapReason::NothingToEvaluate).collect();
        assert_eq!(told, reasons, "{length}");
    }
}

/// Files and variables that documents take the content of secrets from.
#[test]
fn what_a_secret_is_made_of_is_one() {
    let files = [
        (
            "shop/compose.yaml",
            "services: {a: {image: x, secrets: [db]}}\nsecrets:\n  db: {file: ./run/db.txt}\n  \
             api: {environment: SHOP_API}\nconfigs:\n  c: {file: ./run/plain.txt}\n",
        ),
        ("shop/run/db.txt", "swordfish\n"),
        ("shop/run/plain.txt", "left as text\n"),
        ("shop/.env", "SHOP_API=open-sesame\nMODE=left alone\n"),
        (
            "k/kustomization.yaml",
            "secretGenerator:\n- name: a\n  envs: [a.env]\n- name: b\n  \
             files: [b.txt, key=c.json, d.properties]\nconfigMapGenerator:\n- name: c\n  \
             envs: [plain.env]\n",
        ),
        ("k/a.env", "ANY=of-an-env\n"),
        ("k/b.txt", "of-a-text\n"),
        ("k/c.json", "{\"any\": [\"of-json\"]}\n"),
        ("k/d.properties", "any = of-properties\n"),
        ("k/plain.env", "ANY=left as well\n"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let (snapshot, texts) = collected(&Files::from(files));
    assert_eq!(snapshot.gaps, []);
    let all: String = texts.values().cloned().collect();
    for secret in ["swordfish", "open-sesame", "of-an-env", "of-a-text", "of-json", "of-properties"]
    {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    for plain in ["left as text", "left alone", "left as well"] {
        assert!(all.contains(plain), "{plain} not in {all}");
    }
}

/// Every way in which a variable of Terraform is given its value.
#[test]
fn what_terraform_is_told_is_sensitive_is_masked_wherever_it_is_given_a_value() {
    let files = [
        (
            "main.tf",
            "variable \"door\" {\n  sensitive = true\n}\nvariable \"gate\" {}\n\
             variable \"lock\" { default = \"of-a-default\" }\n\
             module \"m\" {\n  source = \"./m\"\n  inner  = \"of-a-call\"\n  other = \"left here\"\n  \
             handed = var.hatch\n}\nresource \"aws_db_instance\" \"x\" {\n  \
             password = var.lock\n}\nresource \"x\" \"y\" {\n  token = local.key_of_all\n}\n\
             locals {\n  key_of_all = \"of-locals\"\n  color = \"left black\"\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"inner\" {\n  sensitive = true\n}\nvariable \"handed\" {\n  \
             sensitive = true\n}\n",
        ),
        (
            "a.auto.tfvars",
            "door = \"of-values\"\nlock = \"of-values-too\"\nhatch = \"handed-on\"\ngate = \"left open\"\n",
        ),
        (".env", "TF_VAR_door=of-dotenv\nTF_VAR_gate=left ajar\n"),
        (
            "ci.yaml",
            "env:\n  TF_VAR_door: of-ci\n  TF_VAR_gate: left wide\nsteps:\n- name: TF_VAR_door\n  \
             value: of-a-pair\n- run: terraform apply -var door=of-a-step -var-file=x.tfvars\n\
             - run: |\n    export TF_VAR_door=of-a-block\n    terraform plan -var 'door=of quotes'\n\
             - args: [plan, -var, door=of-a-list, \"-var=door=of-one-word\", -var, gate=left-out]\n",
        ),
        ("deploy.sh", "terraform apply -var=\"door=of-a-shell\" -var door=$DOOR\n"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let (snapshot, texts) = collected(&Files::from(files));
    assert_eq!(snapshot.gaps, []);
    let all: String = texts.values().cloned().collect();
    for secret in [
        "of-a-default",
        "of-a-call",
        "of-locals",
        "of-values",
        "of-values-too",
        "handed-on",
        "of-dotenv",
        "of-ci",
        "of-a-pair",
        "of-a-step",
        "of-a-block",
        "of quotes",
        "of-a-list",
        "of-one-word",
        "of-a-shell",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    for plain in [
        "left here",
        "left black",
        "left open",
        "left ajar",
        "left wide",
        "gate=left-out",
        "-var-file=x.tfvars",
        "door=$DOOR",
        "handed = var.hatch",
    ] {
        assert!(all.contains(plain), "{plain} not in {all}");
    }
}

#[test]
fn what_one_side_declares_sensitive_is_masked_on_the_other() {
    let root = tempfile::tempdir().unwrap();
    let values = "door = \"open sesame\"\n";
    let files = [
        ("blue/prod.tfvars", values),
        ("green/prod.tfvars", values),
        ("green/v.tf", "variable \"door\" {\n  sensitive = true\n}\n"),
    ];
    let options = written(root.path(), files);
    let locators = Pair::new(vec!["blue".to_owned()], vec!["green".to_owned()]);
    let sides = locators.as_ref().map(|locators| (locators.as_slice(), options.clone()));
    let spool = Spool::new(&Limits::STANDARD);
    let snapshots = collect_pair(&sides, &spool);
    for snapshot in [&snapshots.blue, &snapshots.green] {
        let source = snapshot.sources.iter().find(|one| one.file.ends_with(".tfvars")).unwrap();
        let text = String::from_utf8(spool.get(&source.digest).unwrap().into_owned()).unwrap();
        assert!(text.starts_with("door = \"driftseal.secret.sensitive-value."), "{text}");
    }
}

#[test]
fn what_was_not_understood_is_compared_by_digest_and_the_rest_is_kept() {
    let text = "a: 1\n---\nb: [\nsecret: x\n---\nc: 3\n";
    let (snapshot, texts) = collected(&one("a.yaml", text));
    let kept = &texts["a.yaml"];
    assert!(kept.starts_with("a: 1\n---\n# driftseal.secret.unparsed."), "{kept}");
    assert!(kept.ends_with("\n\n---\nc: 3\n"), "{kept}");
    let ordinals: Vec<u32> = snapshot.documents.iter().map(|document| document.ordinal).collect();
    assert_eq!(ordinals, [0, 2]);
    assert_eq!(snapshot.gaps[0].reason, GapReason::Unparsed);
    let (_, other) = collected(&one("a.yaml", &text.replace('x', "y")));
    assert_ne!(&other["a.yaml"], kept);
}

#[test]
fn no_prefix_of_a_file_makes_the_program_fail() {
    let mut cut = Files::new();
    for (file, text) in plant("blue").0 {
        let (folder, name) = file.rsplit_once('/').unwrap_or((".", &file));
        for end in (0..text.len()).filter(|end| end % 11 == 0 && text.is_char_boundary(*end)) {
            cut.insert(format!("{folder}/{end}/{name}"), text.get(..end).unwrap().to_owned());
        }
    }
    let (snapshot, _) = collected(&cut);
    assert!(snapshot.sources.len() > 500);
    let failed = |reason| matches!(reason, GapReason::Internal | GapReason::NotMasked);
    let failed: Vec<_> = snapshot.gaps.iter().filter(|gap| failed(gap.reason)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
