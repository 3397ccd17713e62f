//! No secret gets past the door, and what is no secret does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Blobs as _, GapReason, Limits, Snapshot};

const KEY: &[u8] = b"a masking key of the tests, 32 bytes+";

fn collected(files: &[(&str, String)]) -> (Snapshot, BTreeMap<String, String>) {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(KEY, false).unwrap(),
        exclude: Exclusions::default(),
        base_dir: root.path().to_path_buf(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&Limits::STANDARD);
    let snapshot = collect(&[".".to_owned()], &options, &spool);
    let texts = snapshot.sources.iter().map(|source| {
        let bytes = spool.get(&source.digest).unwrap().into_owned();
        (source.file.clone(), String::from_utf8(bytes).unwrap())
    });
    let texts = texts.collect();
    (snapshot, texts)
}

/// Fills every `@` of a text with a secret of its own, `@@` with its base64, `@%` with its
/// percent encoding.
struct Canaries {
    salt: &'static str,
    planted: Vec<String>,
}

impl Canaries {
    fn next(&mut self) -> String {
        let number = self.planted.len();
        let canary = format!("Cn{number:03}{}zK9v", self.salt);
        self.planted.push(canary.clone());
        canary
    }

    fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('\u{1}') {
            out.push_str(head);
            let canary = self.next();
            rest = tail.get(1..).unwrap();
            match tail.chars().next().unwrap() {
                '=' => out.push_str(&STANDARD.encode(canary)),
                ':' => out.push_str(&STANDARD.encode(format!("user:{canary}"))),
                _ => out.push_str(&canary),
            }
        }
        out.push_str(rest);
        out
    }
}

/// Files with a secret at every `§.`, in base64 at `§=`, as basic credentials at `§:`.
const PLANTED: &[(&str, &str)] = &[
    (
        "k8s/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a\":\"§=\"},\"stringData\":{\"z\":\"§.\"}}\ndata:\n  plain: §=\n  quoted: \"§=\"\n  single: '§='\n  block: |\n    §=\nstringData:\n  user: §.\n  multi: |\n    first §.\n    second line\n  folded: >-\n    §. and\n    more\n  pin: 123456789\n",
    ),
    (
        "k8s/list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: x}\n  data: {a: §=}\n  stringData: {b: '§.'}\n",
    ),
    (
        "k8s/secret.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"j\"}, \"data\": {\"k\": \"§=\"}, \"stringData\": {\"k\": \"a\\n§.\"}}\n",
    ),
    (
        "k8s/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app # password: §.\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        args: [\"--db-password=§.\", --api-key, \"§.\", -Dspring.datasource.password=§.]\n        command:\n        - sh\n        - -c\n        - curl -H \"X-API-Key: §.\" -u user:§. https://h/\n        env:\n        - name: DB_PASSWORD\n          value: §.\n        - {name: CLIENT_SECRET, value: \"§.\"}\n        - value: '§.'\n          name: X_API_KEY\n        - name: DATABASE_URL\n          value: postgres://app:§.@db:5432/app?sslmode=require\n        - name: OTEL_EXPORTER_OTLP_HEADERS\n          value: x-honeycomb-team=§.,x-other=1,authorization=Bearer%20§.\n        - name: JAVA_OPTS\n          value: >-\n            -Xmx1g -Djavax.net.ssl.keyStorePassword=§.\n            -Dfoo=bar\n        - name: FALLBACK\n          value: ${DB_PASSWORD:-§.}\n        - name: DSN\n          value: \"host=h user=u password='§.' sslmode=disable\"\n",
    ),
    (
        "k8s/configmap.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  application.yaml: |\n    spring:\n      datasource:\n        password: §.\n        # old-password: §.\n        url: jdbc:postgresql://h/db?user=u&password=§.\n  app.properties: |\n    spring.datasource.password=§.\n    api.key = §.\n  settings.json: |\n    {\n      \"clientSecret\": \"§.\",\n      \"nested\": {\"token\": \"§.\"}\n    }\n  escaped: \"{\\\"password\\\": \\\"§.\\\", \\\"n\\\": 1}\"\n  entrypoint.sh: |\n    #!/bin/sh\n    export DB_PASSWORD=\"§.\"\n    mysql --password=§. -h db\n  folded: >\n    password=§. x=1\n    y=2\n  DB_PASSWORD: §.\n",
    ),
    (
        "otel/collector.yaml",
        "exporters:\n  otlp:\n    endpoint: https://user:§.@backend:4317\n    headers:\n      authorization: Bearer §.\n      x-api-key: §.\n      \"dd-api-key\": '§.'\n  kafka:\n    auth:\n      plain_text:\n        username: u\n        password: §.\n  datadog:\n    api:\n      key: ${env:DD_API_KEY}\nextensions:\n  basicauth:\n    htpasswd:\n      inline: |\n        user:§.\n    client_auth: {username: u, password: §.}\n  bearertokenauth:\n    token: \"§.\"\nservice:\n  pipelines:\n    traces: {receivers: [], exporters: [otlp]}\n",
    ),
    (
        "compose.yaml",
        "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=§.\n      - \"API_KEY=§.\"\n    command: [\"redis-server\", \"--requirepass\", \"§.\"]\n  web:\n    environment: {SECRET_KEY_BASE: §., TOKEN: &t '§.'}\n    labels:\n      auth.token: *t\n",
    ),
    (
        "app.env",
        "# DB_PASSWORD=§.\nDB_PASSWORD=§.\nexport API_TOKEN='§.'\nCLIENT_SECRET=\"§.\"\nPRIVATE=\"-----BEGIN PRIVATE KEY-----\n§.\n§.\n-----END PRIVATE KEY-----\"\nURL=amqp://u:§.@mq/\nSECRET_KEY=\"§.\nsecond\"\n",
    ),
    (
        "application.properties",
        "spring.datasource.password=§.\njwt.secret: §.\nspring.rabbitmq.addresses=amqp\\://u\\:§.@h\napi.key = §.\\\n  §.\n",
    ),
    (
        "settings.json",
        "{\n  \"password\": \"§.\",\n  \"pin_token\": 9876543210,\n  \"a\": {\"apiKey\": \"§.\", \"tokens\": [\"§.\", \"§.\"]},\n  \"p\\u0061ssword\": \"§.\",\n  \"key\": \"-----BEGIN RSA PRIVATE KEY-----\\n§.\\n§.\\n-----END RSA PRIVATE KEY-----\\n\",\n  \"conn\": \"Server=h;User Id=sa;Password=§.;Encrypt=true\",\n  \"inner\": \"{\\\"secret\\\": \\\"§.\\\"}\",\n  \"url\": \"https:\\/\\/u:§.@h\\/\"\n}\n",
    ),
    (
        "config.toml",
        "password = \"§.\"\nsecret = '§.'\n# token = \"§.\"\n[db]\nurl = \"mysql://u:§.@h/d\"\npassword_multi.password = \"\"\"\n§.\nmore\"\"\"\ntokens = [\"§.\", '§.']\n",
    ),
    ("my.ini", "[client]\npassword=§.\n; password=§.\n[x]\nsecret_key = §.\n"),
    (
        "nginx.conf",
        "http {\n  server {\n    listen 443 ssl;\n    location / {\n      proxy_set_header Authorization \"Bearer §.\";\n      proxy_set_header X-Api-Key §.;\n      proxy_set_header Authorization \"Basic §:\";\n      set $api_token \"§.\";\n      proxy_pass http://u:§.@up;\n    }\n  }\n}\n",
    ),
    ("notes.txt", "the bastion\npassword: §.\nDB_PASSWORD=§.\nsee https://u:§.@h/\n"),
    (".pgpass", "db:5432:app:app:§.\n"),
    (
        "keys/id_rsa",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n§.\n§.\n-----END OPENSSH PRIVATE KEY-----\n",
    ),
    (
        "keys/multi.yaml",
        "a: 1\nkey: |\n  -----BEGIN EC PRIVATE KEY-----\n  §.\n  §.\n  -----END EC PRIVATE KEY-----\nb: 2\n# -----BEGIN PRIVATE KEY-----\n# §.\n# -----END PRIVATE KEY-----\n",
    ),
    ("broken.yaml", "a: 1\npassword: §.\n---\nb: [\nsecret: §.\nother: §.\n---\nc: 3\n"),
    ("template.yaml", "{{- if .x }}\npassword: §.\n{{- end }}\n"),
    ("broken.json", "{\"password\": \"§.\", \"other: §.\n"),
    ("bad.env", "OK=1\nthis is no line §.\nAPI_KEY=§.\n"),
];

fn plant(salt: &'static str) -> (Vec<(&'static str, String)>, Canaries) {
    let mut canaries = Canaries { salt, planted: Vec::new() };
    let fill =
        |(file, text): &(&'static str, &str)| (*file, canaries.fill(&text.replace('§', "\u{1}")));
    let mut files: Vec<_> = PLANTED.iter().map(fill).collect();
    let mut shapes = String::from("# by shape\nnote: >-\n  x\nlist:\n");
    let mut shape = |prefix: &str, length: usize| {
        let mut body = canaries.next();
        while body.len() < length {
            body.push('7');
        }
        let _ = writeln!(shapes, "- see {prefix}{body} # and {prefix}{body}");
    };
    for prefix in
        ["ghp_", "glpat-", "xoxb-", "AIza", "sk_live_", "npm_", "hvs.", "SG.", "github_pat_"]
    {
        shape(prefix, 44);
    }
    let part = URL_SAFE_NO_PAD.encode(canaries.next());
    canaries.planted.push(part.clone());
    let _ = writeln!(shapes, "- eyJhbGciOiJIUzI1NiJ9.eyJ{part}.{part}");
    let _ = writeln!(shapes, "- Authorization: Bearer {}", canaries.next());
    canaries
        .planted
        .push(format!("AKIA{}Q7Q7Q7Q7Q7Q7", salt.to_uppercase()).chars().take(20).collect());
    let _ = writeln!(shapes, "# {}", canaries.planted.last().unwrap());
    files.push(("shapes.yaml", shapes));
    let utf16: String = files.iter().find(|(file, _)| *file == "app.env").unwrap().1.clone();
    files.push(("again/copy.env", utf16));
    (files, canaries)
}

fn traces(snapshot: &Snapshot, texts: &BTreeMap<String, String>, canary: &str) -> Vec<String> {
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = canary.bytes().map(|byte| format!("%{byte:02X}")).collect();
    // The middle of base64 at each of the three alignments.
    let aligned = (0..3).map(|pad| {
        let text = STANDARD.encode(format!("{}{canary}", "x".repeat(pad)));
        text.get(4..text.len() - 4).unwrap().to_owned()
    });
    let mut needles = vec![canary.to_owned(), hex, percent];
    needles.extend(aligned);
    let shown = format!("{snapshot:?}");
    let mut found = Vec::new();
    for needle in needles {
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
        let kept = &texts[*file];
        if !kept.starts_with("driftseal.binary") {
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
    let (_, texts) = collected(&both.map(|(file, text)| (file, text.to_owned())));
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
    let files = [
        (
            "deployment.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  annotations:\n    nginx.ingress.kubernetes.io/auth-secret: basic-auth\nspec:\n  template:\n    spec:\n      automountServiceAccountToken: false\n      imagePullSecrets:\n      - name: registry\n      containers:\n      - name: a\n        image: registry.example/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n        args: [--password-file=/run/secrets/db, --token-ttl=30m, --tls-private-key-file, /etc/tls/tls.key]\n        env:\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef: {name: db, key: password}\n        - name: DB_PASSWORD_FILE\n          value: /run/secrets/db\n        - name: TOKEN_URL\n          value: https://issuer.example/token\n        - name: API_TOKEN\n          value: $(OTHER_TOKEN)\n        - name: SECRET_NAME\n          value: db-credentials\n        - name: SESSION_TOKEN_TTL\n          value: 30m\n      volumes:\n      - name: tls\n        secret: {secretName: tls, defaultMode: 256}\n",
        ),
        (
            "external.yaml",
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: e\nspec:\n  data:\n  - secretKey: password\n    remoteRef: {key: prod/db, property: password}\n",
        ),
        (
            "collector.yaml",
            "exporters:\n  otlp:\n    headers:\n      authorization: Bearer ${env:TOKEN}\n      x-api-key: ${API_KEY}\nservice:\n  pipelines:\n    traces: {exporters: [otlp]}\n",
        ),
        (
            "app.env",
            "DB_PASSWORD=${VAULT_PASSWORD}\nAPI_KEY=vault:secret/data/app#key\nSECRET=arn:aws:secretsmanager:eu-west-1:1:secret:x\nTOKEN_ENABLED=true\nPASSWORD=\nPASSWORD_MIN_LENGTH=12\n",
        ),
        (
            "nginx.conf",
            "server {\n  listen 80;\n  proxy_pass http://backend;\n  proxy_set_header Authorization $http_authorization;\n  ssl_certificate_key /etc/tls/tls.key;\n  server_tokens off;\n}\n",
        ),
        (
            "sshd_config",
            "PasswordAuthentication no\nPermitEmptyPasswords no\nHostKey /etc/ssh/ssh_host_ed25519_key\n",
        ),
        (
            "readme.md",
            "The password is rotated; Bearer authentication, Basic auth.\nsee https://h:443/a@b\n",
        ),
        ("mongod.yaml", "security:\n  authorization: enabled\n  keyFile: /etc/mongo/key\n"),
    ];
    let (snapshot, texts) = collected(&files.map(|(file, text)| (file, text.to_owned())));
    for (file, text) in files {
        assert_eq!(texts[file], text, "{file}");
    }
    assert!(snapshot.sources.iter().all(|source| source.masked == 0));
}

#[test]
fn columns_behind_a_mask_are_those_of_the_users_file() {
    let text = "a:\n- {password: hunter2, é: ü, next: 1} # c\n- 'https://u:pw@host/path'\n";
    let (snapshot, texts) = collected(&[("a.yaml", text.to_owned())]);
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
fn a_text_that_looks_like_a_mask_is_masked_and_counted() {
    let forged = "driftseal.secret.password.0123456789abcdef01234567";
    let encoded = STANDARD.encode(forged);
    let text = format!("a: 1\nb: {forged}\npassword: {forged}\nc: \"{encoded}\"\n");
    let (snapshot, texts) = collected(&[("a.yaml", text)]);
    assert!(!texts["a.yaml"].contains(forged) && !texts["a.yaml"].contains(&encoded));
    let notes = &snapshot.collectors[0].notes;
    assert!(notes[0].starts_with("3 texts") && notes[0].ends_with("a.yaml:2"), "{notes:?}");
}

#[test]
fn names_of_files_are_masked_too() {
    let name = format!("ghp_{}.yaml", "a1".repeat(18));
    let (snapshot, _) = collected(&[(&name, "a: [".to_owned())]);
    assert!(!format!("{snapshot:?}").contains("a1a1a1"), "{snapshot:?}");
    let gap = snapshot.gaps.iter().find(|gap| gap.reason == GapReason::Unparsed).unwrap();
    assert_eq!(gap.place, snapshot.sources[0].file);
}

#[test]
fn what_was_not_understood_is_compared_by_digest_and_the_rest_is_kept() {
    let text = "a: 1\n---\nb: [\nsecret: x\n---\nc: 3\n";
    let (snapshot, texts) = collected(&[("a.yaml", text.to_owned())]);
    let kept = &texts["a.yaml"];
    assert!(kept.starts_with("a: 1\n---\n# driftseal.secret.unparsed."), "{kept}");
    assert!(kept.ends_with("\n\n---\nc: 3\n"), "{kept}");
    let ordinals: Vec<u32> = snapshot.documents.iter().map(|document| document.ordinal).collect();
    assert_eq!(ordinals, [0, 2]);
    assert_eq!(snapshot.gaps[0].reason, GapReason::Unparsed);
    let (_, other) = collected(&[("a.yaml", text.replace("x", "y"))]);
    assert_ne!(&other["a.yaml"], kept);
}
