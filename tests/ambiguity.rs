//! Files whose name says nothing, or something wrong, and texts that several syntaxes read: each is
//! read as what it is, or something says that it was not.

mod common;
#[path = "common/memory.rs"]
mod memory;

use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{Blobs as _, Limits, Snapshot, Source};
use driftseal::policy::Policy;
use driftseal::syntax::{SYNTAXES, detect};
use memory::audit_texts;

/// Names that say nothing of the syntax.
const OPEN: [&str; 5] = ["sample", "sample.conf", "sample.config", "sample.sample", "sample.dist"];

/// Names that say one.
const TELLING: [&str; 16] = [
    "a.yaml",
    "a.json",
    "a.toml",
    "a.tf",
    "a.xml",
    "a.pem",
    "a.env",
    "a.properties",
    "a.ini",
    "a.service",
    "nginx.conf",
    "haproxy.cfg",
    "postgresql.conf",
    "pg_hba.conf",
    "sshd_config",
    "a.fluentbit",
];

/// Syntaxes that find sense in any line, and those that are but lines to them: a file of such a
/// name is what it says.
const READS_ANY_LINE: [(&str, &[&str]); 2] = [
    ("properties", &["dotenv", "haproxy", "postgresql", "pg_hba", "sshd", "text"]),
    ("sshd", &["text"]),
];

fn collected(name: &str, text: &str) -> Snapshot {
    kept(name, text).0
}

/// What is known of a file, and the text that is kept of it.
fn kept(name: &str, text: &str) -> (Snapshot, String) {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(name), text).unwrap();
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: root.path().to_owned(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    let snapshot = collect(&[".".to_owned()], &options, &spool);
    let bytes = |source: &Source| spool.get(&source.digest).unwrap().into_owned();
    let bytes = snapshot.sources.first().map(bytes).unwrap_or_default();
    (snapshot, String::from_utf8(bytes).unwrap())
}

#[test]
fn a_sample_under_a_wrong_name_is_read_right_or_reported() {
    for syntax in SYNTAXES {
        for name in TELLING {
            let snapshot = collected(name, syntax.sample());
            let [source] = snapshot.sources.as_slice() else {
                assert!(!snapshot.gaps.is_empty(), "{} as {name} went away", syntax.id());
                continue;
            };
            let is_right = [syntax.id(), "text"].contains(&source.syntax);
            let is_told = !snapshot.gaps.is_empty() || !snapshot.collectors[0].notes.is_empty();
            let is_line = READS_ANY_LINE
                .iter()
                .any(|(any, lines)| source.syntax == *any && lines.contains(&syntax.id()));
            assert!(
                is_right || is_told || is_line,
                "{} as {name} was read as {} in silence",
                syntax.id(),
                source.syntax
            );
        }
    }
}

#[test]
fn a_sample_under_no_telling_name_is_read_right_or_as_text() {
    for syntax in SYNTAXES {
        for name in OPEN {
            let found = detect(name, syntax.sample()).unwrap().id();
            assert!([syntax.id(), "text"].contains(&found), "{} as {name}: {found}", syntax.id());
        }
    }
}

/// A pod, and what a reader of lines takes for its layout.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    \
                   image: b\n    securityContext:\n      runAsNonRoot: true\n";

#[test]
fn indentation_is_no_layout_whatever_the_name_says() {
    let nested = "server:\n  tls:\n    verify: true\n  proxy:\n    enabled: true\n";
    for (text, was, is) in [
        (POD, "      runAsNonRoot", "    runAsNonRoot"),
        (nested, "    verify: true\n", "  verify: true\n"),
        (nested, "  proxy:\n    enabled", "    proxy:\n      enabled"),
        ("{a: {b: 1}, c: {d: 1}}\n", "b: 1}, c: {d: 1}", "b: 1, c: {d: 1}}"),
    ] {
        let changed = text.replacen(was, is, 1);
        assert_ne!(text, changed);
        for name in TELLING.into_iter().chain(["a.md", "a.txt", "Dockerfile", "a.cfg"]) {
            let report = audit_texts(&[(name, text)], &[(name, &changed)], &Policy::default());
            let is_told = report.counts.of("unexplained") > 0 || !report.gaps.green.is_empty();
            assert!(is_told, "{name}: {text}{changed}");
        }
    }
}

#[test]
fn a_secret_is_masked_whatever_the_name_of_its_file_says() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  anything: \
                  Zq7canaryPlain1\ndata:\n  other: WnE3Y2FuYXJ5QjY0eA==\n";
    let flow = "{apiVersion: v1, kind: Secret, stringData: {anything: Zq7canaryPlain1}}\n";
    for name in TELLING.into_iter().chain(["s.md", "s.html", "s.txt", "s", "s.cfg", "s.bak"]) {
        for text in [secret, flow] {
            let (snapshot, kept) = kept(name, text);
            for canary in ["Zq7canaryPlain1", "WnE3Y2FuYXJ5QjY0eA", "Zq7canaryB64x"] {
                let shown = format!("{snapshot:?}{kept}");
                assert!(!shown.contains(canary), "{name}: {canary} in {kept}");
            }
        }
    }
    for name in ["s.ini", "s.properties", "s.md"] {
        let snapshot = collected(name, secret);
        assert_eq!(snapshot.documents[0].dialect, "kubernetes", "{name}");
        let notes = &snapshot.collectors[0].notes;
        assert!(notes.iter().any(|note| note.contains("looks like YAML")), "{notes:?}");
    }
}

#[test]
fn what_looks_like_something_else_than_its_name_says_is_noted() {
    for (name, text, other) in [
        ("a.properties", "{\n  \"a\": 1\n}\n", "JSON"),
        ("a.properties", "# c\n<beans>\n</beans>\n", "XML"),
        ("a.properties", "a=1\n[b]\na=2\n", "INI or TOML"),
        ("a.properties", "a {\n  b 1\n}\n", "a text of blocks in braces"),
        ("a.properties", "a:\n  b: 1\n", "YAML"),
        ("a.yaml", "<beans>\n</beans>\n", "XML"),
        ("a.yaml", "logging {\n  level = \"info\"\n}\n", "plain text"),
        ("a.yml", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM"),
    ] {
        let notes = &collected(name, text).collectors[0].notes;
        assert!(
            notes.iter().any(|note| note.contains(&format!("looks like {other}"))),
            "{notes:?}"
        );
    }
    for (name, text) in
        [("a.properties", "a=<b>\nb=\\\n[c]\n"), ("a.yaml", "{a: 1}\n"), ("a.yaml", "a\n")]
    {
        assert_eq!(collected(name, text).collectors[0].notes, [""; 0], "{text}");
    }
}

/// Texts that several syntaxes read, with a value `1` that stands once, and who reads them when
/// the name says nothing.
const AMBIGUOUS: [(&str, &str); 10] = [
    ("a: 1\n", "yaml"),
    ("a: 1\nb: c d\n", "yaml"),
    ("{\"a\": 1}\n", "json"),
    ("// c\n{\"a\": 1}\n", "json"),
    ("[{\"a\": 1}, {}]\n", "json"),
    ("A=1\n", "dotenv"),
    ("A=1\nB='c'\n", "dotenv"),
    ("[a]\nb = 1\n", "ini"),
    ("- 1\n- 2\n", "yaml"),
    ("a 1\nb c\n", "text"),
];

#[test]
fn a_text_of_several_syntaxes_is_read_by_one_and_every_change_is_told() {
    for (text, id) in AMBIGUOUS {
        for name in ["sample", "sample.conf"] {
            assert_eq!(detect(name, text).unwrap().id(), id, "{name}: {text}");
            let changed = text.replacen('1', "9", 1);
            let audited = |green: &str| {
                let report = audit_texts(&[(name, text)], &[(name, green)], &Policy::default());
                report.counts.of("unexplained")
            };
            assert_eq!((audited(text), audited(&changed)), (0, 1), "{name}: {text}");
        }
    }
}

/// One line more, and the text is taken for something else: no line may go missing over that.
#[test]
fn sides_that_are_read_by_different_syntaxes_differ() {
    for (blue, green) in [
        ("A=1\nB=2\n", "A=1\nB=2\nset x\n"),
        ("A=1\n", "[a]\nA=1\n"),
        ("a: 1\n", "{\"a\": 1}\n"),
        ("a: 1\n", "a: 1\nset x\n"),
        ("listen 80;\n", "server {\n  listen 80;\n}\n"),
    ] {
        let ids = [blue, green].map(|text| detect("sample", text).unwrap().id());
        for (blue, green) in [(blue, green), (green, blue)] {
            let report = audit_texts(&[("sample", blue)], &[("sample", green)], &Policy::default());
            assert!(report.counts.of("unexplained") > 0, "{ids:?}: {blue}{green}");
        }
    }
}

#[test]
fn templates_of_configuration_are_told_whatever_their_engine() {
    use driftseal::model::GapReason;
    for (name, text, line) in [
        ("database.yml", "production:\n  host: <%= ENV['DB'] %>\n", 2),
        ("database.yml.erb", "production:\n  host: <%= ENV['DB'] %>\n", 2),
        ("nginx.conf.erb", "server {\n  listen <%= @port %>;\n}\n", 2),
        ("app.yaml.j2", "a: 1\n{% if b %}\nc: 2\n{% endif %}\n", 2),
        ("app.yaml.j2", "a: 1\nb: \"{{ c }}\"\n", 2),
        ("nginx.conf", "server {\n  listen <%= @port %>;\n}\n", 2),
        ("sshd_config", "UsePAM yes\nPort <%= @port %>\n", 2),
        ("sshd_config.erb", "UsePAM yes\nPort <%= @port %>\n", 2),
        ("app.json.erb", "{\n  \"a\": \"<%= x %>\"\n}\n", 2),
        ("terraform.tfvars.tpl", "a = 1\nb = \"{{ x }}\"\n", 2),
        ("docker-compose.yml.tmpl", "services:\n  a: {image: \"{{ x }}\"}\n", 2),
        ("app.ini", "[a]\nb = {{ x }}\n", 2),
        ("prod.env", "A=1\nB={{ x }}\n", 2),
        ("a.properties", "a=1\nb=<%= x %>\n", 2),
    ] {
        let snapshot = collected(name, text);
        let own: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.place == name).collect();
        let [gap] = own[..] else { panic!("{name}: {:?}", snapshot.gaps) };
        assert_eq!((gap.reason, gap.line), (GapReason::TemplateNotRendered, Some(line)), "{name}");
    }
    for (name, text) in [
        ("page.html.erb", "<p><%= @a %></p>\n"),
        ("prod.env", "LOG_TAG={{.Name}}\n"),
        ("hosts.ini", "[db]\na ansible_host={{ x }}\n"),
        ("route.properties", "uri=kafka:{{topic}}\n"),
        ("dashboard.json", "{\"legendFormat\": \"{{ pod }}\"}\n"),
        (
            "alerts.yaml",
            "groups:\n- name: a\n  rules:\n  - annotations: {summary: '{{ $value }}'}\n",
        ),
        ("job.nomad", "data = \"{{ key }}\"\n"),
        ("config.yaml", "pattern: \"<%= name %>\"\nscript: |\n  <% a %>\n"),
    ] {
        assert!(collected(name, text).gaps.is_empty(), "{name}");
    }
}

/// The lines of a text, each left out in turn.
fn without_each_line(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let without = |gone: usize| {
        let kept = lines.iter().enumerate().filter(|(index, _)| *index != gone);
        kept.map(|(_, line)| *line).collect::<String>()
    };
    (0..lines.len()).filter(|index| !lines[*index].trim().is_empty()).map(without).collect()
}

/// HOCON and the Caddyfile have no reader here: whatever takes them, every line counts.
#[test]
fn languages_without_a_reader_are_compared_line_by_line() {
    const HOCON: &str = "include \"base\"\nakka.loglevel = INFO\ndb {\n  url = \"jdbc:x\"\n  pool { size = 10, idle = 5m }\n  \
        hosts = [a, b]\n  hosts += c\n  user = ${?DB_USER}\n}\n\"\"\"odd\"\"\" : 1 // why\n";
    const CADDY: &str = "{\n\tadmin off\n}\n\n(common) {\n\tencode gzip\n}\n\nshop.example, www.shop.example {\n\timport common\n\t\
        @api path /api/*\n\thandle @api {\n\t\treverse_proxy app:8080 {\n\t\t\theader_up Host {host}\n\t\t}\n\t}\n\trespond \"no { brace\" 404\n}\n";
    for (text, names) in [
        (HOCON, ["application.conf", "shop.hocon", "reference.conf"]),
        (CADDY, ["Caddyfile", "Caddyfile.blue", "shop.caddyfile"]),
    ] {
        for name in names {
            let snapshot = collected(name, text);
            assert_eq!(snapshot.sources.len(), 1, "{name}");
            let is_read = snapshot.gaps.is_empty() && snapshot.documents.len() == 1;
            assert!(is_read, "{name}: {:?} {:?}", snapshot.sources[0].syntax, snapshot.gaps);
            for other in without_each_line(text) {
                let report = audit_texts(&[(name, text)], &[(name, &other)], &Policy::default());
                let told = !report.findings.is_empty() || !report.gaps.green.is_empty();
                assert!(told, "{name}: nobody misses what is gone of\n{other}");
            }
        }
    }
}
