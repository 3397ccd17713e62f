//! Files whose name says nothing, or something wrong, and texts that several syntaxes read: each is
//! read as what it is, or something says that it was not.

mod common;
#[path = "common/memory.rs"]
mod memory;

use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{Limits, Snapshot};
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

/// Syntaxes that find sense in any text: a file of such a name is what it says.
const READS_ANYTHING: [&str; 2] = ["properties", "sshd"];

fn collected(name: &str, text: &str) -> Snapshot {
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
    collect(&[".".to_owned()], &options, &spool)
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
            assert!(
                is_right || is_told || READS_ANYTHING.contains(&source.syntax),
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

#[test]
fn what_looks_like_something_else_than_its_name_says_is_noted() {
    for (name, text, other) in [
        ("a.properties", "{\n  \"a\": 1\n}\n", "JSON"),
        ("a.properties", "# c\n<beans>\n</beans>\n", "XML"),
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
    for (name, text) in [("a.properties", "a=<b>\n"), ("a.yaml", "{a: 1}\n"), ("a.yaml", "a\n")] {
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
