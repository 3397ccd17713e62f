//! Templates of configuration that read like what they render to: told by their name
//! (`nginx.conf.erb`, `app.yml.j2`), or by an action where the reader of the file knows none
//! (`DB_HOST={{ host }}`). What YAML, JSON and HCL hold in quotes is data: programs read
//! templates of their own there.

use crate::syntax;

/// What follows the last dot of a template's name.
const ENGINES: [&str; 18] = [
    "ctmpl", "ejs", "epp", "erb", "gotmpl", "gtpl", "hbs", "j2", "jinja", "jinja2", "liquid",
    "mako", "mustache", "njk", "template", "tftpl", "tmpl", "tpl",
];

/// Those of them that know `${x}` for an action.
const INTERPOLATING: [&str; 2] = ["mako", "tftpl"];

/// What follows the last dot of the name it is rendered to.
const CONFIGURATION: [&str; 18] = [
    "cfg",
    "cnf",
    "conf",
    "config",
    "env",
    "hcl",
    "ini",
    "json",
    "nomad",
    "policy",
    "properties",
    "rules",
    "service",
    "tf",
    "toml",
    "xml",
    "yaml",
    "yml",
];

/// How the actions of templates begin and end.
const ACTIONS: [(&str, &str); 3] = [("<%", "%>"), ("{{", "}}"), ("{%", "%}")];

/// Where the first action of a template stands that renders to configuration, by its name or by
/// what the syntax it is read in says about such a place.
pub(super) fn unrendered(name: &str, syntax: &str, text: &str) -> Option<usize> {
    by_name(name, text).or_else(|| in_lines(syntax, text))
}

fn by_name(name: &str, text: &str) -> Option<usize> {
    let (_, engine) = name.rsplit_once('.')?;
    // Most names are no template's: nothing is copied for them.
    if !ENGINES.iter().any(|known| engine.eq_ignore_ascii_case(known)) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let (stem, engine) = lower.rsplit_once('.')?;
    let kind = stem.rsplit_once('.').map_or("", |(_, kind)| kind);
    let renders = || {
        CONFIGURATION.contains(&kind)
            || syntax::detect(stem, "").is_some_and(|syntax| syntax.id() != "text")
    };
    if !renders() {
        return None;
    }
    let action = |(open, close): &(&str, &str)| {
        let at = text.find(open)?;
        text.get(at..)?.contains(close).then_some(at)
    };
    let interpolates = INTERPOLATING.contains(&engine);
    let further = [("${", "}"), ("%{", "}")];
    let further = further.iter().filter(|_| interpolates);
    ACTIONS.iter().chain(further).filter_map(action).min()
}

/// Where the first action stands that nobody reads: outside comments, in a syntax of lines.
fn in_lines(syntax: &str, text: &str) -> Option<usize> {
    let braces = match syntax {
        // Camel reads `{{name}}` in properties.
        "properties" => Braces::Spaced,
        "dotenv" | "ini" | "pg_hba" | "postgresql" => Braces::Any,
        // These tell such actions themselves, or read braces.
        "fluentbit" | "haproxy" | "nginx" | "sshd" => Braces::None,
        _ => return None,
    };
    if !["%>", "}}", "%}"].iter().any(|mark| text.contains(mark)) {
        return None;
    }
    // Ansible fills in the variables of its inventories when it runs.
    let braces = if text.contains("ansible_") { Braces::None } else { braces };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let is_comment = body.starts_with(['#', ';', '!']);
        let said = line.split(" #").next().unwrap_or(line);
        let found = [ruby_at(said), braces_at(said, braces)].into_iter().flatten().min();
        if let Some(at) = found.filter(|_| !is_comment) {
            return Some(start + at);
        }
        start += line.len();
    }
    None
}

/// Which actions in braces are a template's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Braces {
    None,
    /// Those with a blank behind the brace.
    Spaced,
    Any,
}

/// Where `<%= x %>` or `<% x %>` stands in a line; formats of log lines have other letters behind
/// the mark.
fn ruby_at(line: &str) -> Option<usize> {
    let mut marks = line.match_indices("<%").map(|(at, _)| at);
    marks.find(|at| {
        let behind = action_at(line, *at);
        behind.starts_with([' ', '=', '-', '#', '%']) && behind.contains("%>")
    })
}

/// What follows the mark at `at`, as far as an action goes.
fn action_at(line: &str, at: usize) -> &str {
    let behind = line.get(at + 2..).unwrap_or_default();
    behind.get(..behind.floor_char_boundary(ACTION_MAX)).unwrap_or_default()
}

/// The longest action that is sought: a line may hold as many marks as bytes.
const ACTION_MAX: usize = 1 << 10;

/// Where `{{ x }}` or `{% x %}` stands in a line.
fn braces_at(line: &str, braces: Braces) -> Option<usize> {
    // Docker fills in what it is told to format by.
    if braces == Braces::None || line.contains("--format") || line.contains("-f ") {
        return None;
    }
    let action = |at: usize| {
        let close = if line.get(at..)?.starts_with("{{") { "}}" } else { "%}" };
        let behind = action_at(line, at);
        let inner = behind.get(..behind.find(close)?)?;
        let spaced = braces == Braces::Any || inner.starts_with([' ', '-']);
        let code = inner.trim_matches(['-', '+', ' ', '\t']);
        let is_code = code.starts_with(|c: char| c.is_ascii_alphabetic() || "_.$\"'(".contains(c));
        Some(spaced && is_code && !(close == "}}" && is_field(code)))
    };
    let opens = ["{{", "{%"].into_iter().flat_map(|open| line.match_indices(open));
    opens.map(|(at, _)| at).filter(|at| action(*at) == Some(true)).min()
}

/// Whether an action is a field that the program that reads the file fills in: `{{.Name}}` in the
/// tag of a log of Docker. The objects of Helm and gomplate are none.
fn is_field(code: &str) -> bool {
    const OBJECTS: [&str; 7] =
        ["Values", "Release", "Chart", "Capabilities", "Files", "Template", "Env"];
    let Some(field) = code.strip_prefix('.') else { return false };
    let object = field.split('.').next().unwrap_or_default();
    field.starts_with(|c: char| c.is_ascii_uppercase())
        && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        && !OBJECTS.contains(&object)
}

#[cfg(test)]
mod tests {
    use super::{by_name, in_lines};

    #[test]
    fn a_template_of_configuration_is_told_by_its_name_and_its_actions() {
        assert_eq!(by_name("nginx.conf.erb", "a <%= b %>;\n"), Some(2));
        assert_eq!(by_name("app.YML.j2", "a: 1\nb: {{ c }}\n"), Some(8));
        for (name, text) in [
            ("sshd_config.erb", "a <%= b %>\n"),
            ("app.json.erb", "a <%= b %>\n"),
            ("terraform.tfvars.tpl", "a {{ b }}\n"),
            ("docker-compose.yml.tmpl", "a {{ b }}\n"),
            (".env.template", "A={{ b }}\n"),
            ("app.yaml.mako", "a ${b}\n"),
        ] {
            assert_eq!(by_name(name, text), Some(2), "{name} {text}");
        }
        for (name, text) in [
            ("index.html.erb", "<%= b %>"),
            ("conf.erb", "<%= b %>"),
            ("_helpers.tpl", "{{ b }}"),
            ("slack.tmpl", "{{ b }}"),
            ("nginx.conf", "<%= b %>"),
            ("nginx.conf.erb", "a b;"),
            ("nginx.conf.erb", "a <%= b"),
            ("default.conf.template", "listen ${PORT};"),
        ] {
            assert_eq!(by_name(name, text), None, "{name} {text}");
        }
    }

    #[test]
    fn an_action_that_nobody_reads_is_a_template() {
        for (syntax, text, at) in [
            ("ini", "[a]\na = {{ x }}\n", 8),
            ("ini", "{% if a %}\n", 0),
            ("dotenv", "A=\"{{ .Values.x }}\"\n", 3),
            ("dotenv", "# {{ x }}\nA={{x}}\n", 12),
            ("properties", "a=<%= x %>\n", 2),
            ("properties", "a={{ x }}\n", 2),
            ("nginx", "listen <%= @port %>;\n", 7),
            ("sshd", "Port <%- p -%>\n", 5),
        ] {
            assert_eq!(in_lines(syntax, text), Some(at), "{syntax} {text}");
        }
    }

    #[test]
    fn what_a_program_reads_when_it_runs_is_data() {
        for (syntax, text) in [
            ("yaml", "a: '{{ x }}'\n"),
            ("json", "{\"legendFormat\": \"{{ pod }}\", \"b\": \"<%= x %>\"}\n"),
            ("hcl", "data = \"{{ key \\\"a\\\" }}\"\n"),
            ("toml", "a = \"{{ x }}\"\n"),
            ("text", "{{ x }} <%= y %>\n"),
            ("dotenv", "LOG_TAG={{.Name}}/{{.ID}}\nA='{\"a\":{\"b\":1}}'\n"),
            ("dotenv", "A=1 # {{ x }}\nB={{\n"),
            ("ini", "[Service]\nExecStart=/usr/bin/docker ps --format '{{json .}}'\n"),
            ("ini", "[db:vars]\nansible_password={{ vault_password }}\n"),
            ("ini", "; <%= x %>\na = {{1,2},{3}}\n"),
            ("properties", "uri=kafka:{{topic}}\n"),
            ("postgresql", "log_line_prefix = '<%m [%p]%> '\n"),
        ] {
            assert_eq!(in_lines(syntax, text), None, "{syntax} {text}");
        }
    }
}
