//! What a file's name and the beginning of its text say about its syntax.
//!
//! Claims are comparable: a name that says it all claims 90 or more, a name that other programs
//! use as well claims 80, text that can hardly be anything else 60 to 75, a guess 50 and less.

/// Longest beginning that surely was not cut inside a line.
const HEAD_WHOLE: usize = 4000;

/// What follows the last dot of a name; nothing for a name without one.
pub(super) fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Whether a name ends in one of these extensions, in any case.
pub(super) fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = extension(name);
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether a name leaves the syntax open: several programs use it, or it says nothing.
pub(super) fn is_open(name: &str) -> bool {
    const SHARED: [&str; 9] =
        ["", "conf", "config", "dist", "example", "override", "sample", "template", "tmpl"];
    has_extension(name, &SHARED)
}

/// The lines of a head that are neither blank nor comments, without the blanks around them.
pub(super) fn statements<'h>(
    head: &'h str,
    comments: &'static [char],
) -> impl Iterator<Item = &'h str> {
    let whole = match head.rfind('\n') {
        Some(end) if head.len() > HEAD_WHOLE => head.get(..end).unwrap_or(head),
        Some(_) | None => head,
    };
    whole
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(move |line| !line.is_empty() && !line.starts_with(comments))
}

/// Whether at least `percent` of the statements, and at least one, pass a test.
pub(super) fn mostly(
    head: &str,
    comments: &'static [char],
    percent: usize,
    test: impl Fn(&str) -> bool,
) -> bool {
    let (mut passed, mut all) = (0_usize, 0_usize);
    for line in statements(head, comments) {
        all += 1;
        passed += usize::from(test(line));
    }
    passed > 0 && passed * 100 >= all * percent
}

#[cfg(test)]
mod tests {
    use super::super::detect;

    #[test]
    fn files_are_known_by_name_and_else_by_their_text() {
        let cases = [
            ("settings.json", "", "json"),
            ("tsconfig.JSON", "// comment", "json"),
            ("state", "{\n  \"version\": 4", "json"),
            ("Cargo.toml", "", "toml"),
            (".env", "", "dotenv"),
            ("deploy/blue.env", "", "dotenv"),
            (".env.override", "", "dotenv"),
            ("simple-env", "A=1\nexport B_C='x'\n", "dotenv"),
            ("application.properties", "", "properties"),
            ("php.ini", "", "ini"),
            ("app.service", "# unit\n[Unit]\nAfter=network.target\n", "ini"),
            ("my.cnf", "[mysqld]\nskip-networking\n", "ini"),
            ("rabbitmq.conf", "loopback_users = none\nlisteners.tcp.1 = :5672\n", "ini"),
            ("nginx.conf", "", "nginx"),
            ("default.conf", "server {\n  listen 80; # plain\n  location / {\n", "nginx"),
            ("gzip.conf", "gzip_types\n  text/css\n  text/plain\n  text/vtt;\n", "nginx"),
            ("mime.types", "types {\n  text/html html htm;\n}\n", "nginx"),
            ("sshd_config", "", "sshd"),
            ("10-hardening.conf", "PermitRootLogin no\nX11Forwarding no\n", "sshd"),
            ("haproxy.cfg", "", "haproxy"),
            ("lb.cfg", "global\n    maxconn 4096\ndefaults\n    mode http\n", "haproxy"),
            ("setup.cfg", "[global]\nmaxconn = 4096\n", "ini"),
            ("ssh_config", "Host *\n  IdentityFile ~/.ssh/id\n", "sshd"),
            ("config", "Host bastion\n  HostName 10.0.0.1\n  Port 2222\n", "sshd"),
            ("main.tf", "", "hcl"),
            ("blue.auto.tfvars", "region = \"eu\"\n", "hcl"),
            ("infra", "# c\nresource \"a\" \"b\" {\n  c = 1\n}\n", "hcl"),
            ("pom.xml", "", "xml"),
            ("build.props", "<Project>\n</Project>\n", "xml"),
            ("build.props", "a=1\nb=2\n", "text"),
            ("Web.config", "<configuration>\n</configuration>\n", "xml"),
            ("beans", "<?xml version=\"1.0\"?>\n<beans/>\n", "xml"),
            ("beans.conf", "<beans xmlns=\"urn:a\">\n", "xml"),
            ("httpd.conf", "<VirtualHost *:80>\n  ServerName a\n</VirtualHost>\n", "text"),
            ("fluent.conf", "<source>\n  @type forward\n</source>\n", "text"),
            ("index.html", "<!DOCTYPE html>\n<html xmlns=\"a\">\n", "text"),
            ("ca.crt", "-----BEGIN CERTIFICATE-----\n", "pem"),
            ("bundle", "-----BEGIN CERTIFICATE-----\n", "pem"),
            ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "text"),
            ("notes.pem", "no block\n", "text"),
            ("postgresql.conf", "", "postgresql"),
            ("10-tuning.conf", "shared_buffers = 1GB # c\nwal_level = 'logical'\n", "postgresql"),
            ("pg_hba.conf", "", "pg_hba"),
            ("access.conf", "local all all peer\nhost all all ::1/128 md5\n", "pg_hba"),
            ("backup.timer", "[Timer]\nOnCalendar=daily\n", "ini"),
            ("data.automount", "[Automount]\nWhere=/data\n", "ini"),
            ("tsconfig.json", "{ // c\n  \"a\": 1,\n}\n", "json"),
            // A name that is wrong is taken at its word, and the text is an issue then.
            ("values.json", "a: 1\nb: 2\n", "json"),
            ("settings.yaml", "{\"a\": 1}", "yaml"),
            ("noextension", "{\n  \"a\": [1]\n}\n", "json"),
            ("noextension", "a: 1\nb:\n  - c\n", "yaml"),
            ("noextension", "A=1\nB_C='x'\n", "dotenv"),
            ("noextension", "[a]\nb = 1\n", "ini"),
            ("empty", "", "text"),
            ("README", "Not a configuration at all.\n", "text"),
            ("site.css", "a {\n  color: red;\n}\n", "text"),
            ("app.conf", "a {\n  b = c\n  d = e\n}\n", "text"),
        ];
        for (name, text, id) in cases {
            assert_eq!(detect(name, text).map(super::super::Syntax::id), Some(id), "{name}");
        }
    }
}
