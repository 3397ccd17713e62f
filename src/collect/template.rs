//! Templates of configuration that no syntax claims: `nginx.conf.erb`, `app.yml.j2`.

/// What follows the last dot of a template's name.
const ENGINES: [&str; 11] =
    ["ctmpl", "ejs", "epp", "erb", "gotmpl", "hbs", "j2", "jinja", "jinja2", "mustache", "tpl"];

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

/// Where the first action of a template stands, if by its name it renders to configuration.
pub(super) fn unrendered(name: &str, text: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    let (stem, engine) = lower.rsplit_once('.')?;
    let (_, kind) = stem.rsplit_once('.')?;
    let named = ENGINES.contains(&engine) && CONFIGURATION.contains(&kind);
    let action = |(open, close): &(&str, &str)| {
        let at = text.find(open)?;
        text.get(at..)?.contains(close).then_some(at)
    };
    named.then(|| ACTIONS.iter().filter_map(action).min())?
}

#[cfg(test)]
mod tests {
    use super::unrendered;

    #[test]
    fn a_template_of_configuration_is_told_by_its_name_and_its_actions() {
        assert_eq!(unrendered("nginx.conf.erb", "a <%= b %>;\n"), Some(2));
        assert_eq!(unrendered("app.YML.j2", "a: 1\nb: {{ c }}\n"), Some(8));
        for (name, text) in [
            ("index.html.erb", "<%= b %>"),
            ("conf.erb", "<%= b %>"),
            ("nginx.conf", "<%= b %>"),
            ("nginx.conf.erb", "a b;"),
            ("nginx.conf.erb", "a <%= b"),
        ] {
            assert_eq!(unrendered(name, text), None, "{name} {text}");
        }
    }
}
