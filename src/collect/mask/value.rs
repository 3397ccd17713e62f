//! Which part of a value at a secret's place is a secret: all of it, a default, or nothing.

use std::ops::Range;

/// The secret part of a value that stands where a secret is expected. Nothing when the value only
/// says where the secret is, or cannot be one.
pub(super) fn secret_part(text: &str) -> Option<Range<usize>> {
    let whole = trimmed(text, 0..text.len());
    let value = text.get(whole.clone())?;
    if is_harmless(value) {
        return None;
    }
    if let Some(default) = innermost_default(value) {
        let default = whole.start + default.start..whole.start + default.end;
        let part = text.get(default.clone())?;
        return (!is_harmless(part) && !names_another_place(part)).then_some(default);
    }
    if is_reference(value) {
        return None;
    }
    let part = behind_scheme(text, whole);
    text.get(part.clone()).filter(|part| !is_harmless(part) && !is_reference(part)).map(|_| part)
}

/// Whether a value that stands where a secret is expected may be one: it is neither a reference to
/// another place nor a switch, a small number or a path.
pub fn may_be_secret(text: &str) -> bool {
    secret_part(text).is_some() && !names_its_source(text)
}

/// Whether a map, as it is shown, says where a value is taken from and nothing else:
/// `{secretKeyRef: {name: db}}`.
fn names_its_source(shown: &str) -> bool {
    let Some((key, inner)) = shown.strip_prefix('{').and_then(|map| map.split_once(": {")) else {
        return false;
    };
    let is_all = inner.strip_suffix("}}").is_some_and(|names| !names.contains(['{', '}']));
    key.ends_with("Ref") && is_all
}

/// The password of a value that is `user:password`.
pub(super) fn behind_user(text: &str) -> Option<Range<usize>> {
    let whole = trimmed(text, 0..text.len());
    let value = text.get(whole.clone())?;
    let colon = value.find(':').filter(|at| *at > 0)?;
    let (user, password) = (value.get(..colon)?, value.get(colon + 1..)?);
    let names_a_user =
        user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte));
    let is_port = password.bytes().all(|byte| byte.is_ascii_digit()) && password.len() <= 5;
    let part = secret_part(password)
        .filter(|_| names_a_user && !is_port && !is_reference(value))
        .filter(|_| !password.contains(char::is_whitespace))?;
    let start = whole.start + colon + 1;
    Some(start + part.start..start + part.end)
}

/// The secret behind a scheme of authentication, where it looks like one: `token 4fJ9sK2mQ8xZ`.
pub(super) fn behind_telling_scheme(text: &str) -> Option<Range<usize>> {
    let whole = trimmed(text, 0..text.len());
    let part = behind_scheme(text, whole.clone());
    let value = text.get(part.clone())?;
    (part != whole && super::promise::is_material(value, 8)).then_some(part)
}

/// A value without the scheme of authentication before it.
pub(super) fn without_scheme(text: &str) -> &str {
    let whole = trimmed(text, 0..text.len());
    text.get(behind_scheme(text, whole)).unwrap_or_default()
}

/// The secret part of a value that is a secret whatever it looks like, pure references excepted.
pub(super) fn declared_part(text: &str) -> Option<Range<usize>> {
    let whole = 0..text.len();
    let value = text.trim();
    (!value.is_empty() && !names_another_place(value)).then_some(whole)
}

/// Whether a value at a secret's place cannot be a secret: a switch, a small number, a path.
fn is_harmless(value: &str) -> bool {
    const WORDS: &str = "\
        true false yes no on off enabled disabled null nil none ~ required optional auto read write \
        undefined redacted [redacted] <redacted> masked hidden await sha1 sha256 sha512 md5 bcrypt \
        argon2 argon2id scrypt pbkdf2 .* .+ \\S+ \\w+";
    let small = value.len() < 4 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    value.is_empty()
        || small
        || WORDS.split_ascii_whitespace().any(|word| value.eq_ignore_ascii_case(word))
        || value.bytes().all(|byte| matches!(byte, b'*' | b'.'))
        || value.starts_with("[^")
        || is_path(value)
}

/// Whether a value is a path: absolute or dotted, its parts made of words.
fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"].iter().any(|root| value.starts_with(root));
    let plain =
        value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-@~:{}$".contains(&byte));
    let parts = value.split('/').skip(1).count();
    rooted && plain && (parts > 1 || value.contains('.')) && !value.split('/').any(looks_random)
}

/// Whether a part of a path is more likely a piece of base64 that happens to hold a slash.
fn looks_random(part: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| part.as_bytes().iter().any(kind);
    part.len() >= 12
        && !part.contains(['.', '-', '_'])
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Whether a value says where the secret is instead of being it.
pub(super) fn is_reference(value: &str) -> bool {
    const PREFIXES: [&str; 20] = [
        "vault:",
        "ref+",
        "arn:",
        "file:",
        "env:",
        "ssm:",
        "sm:",
        "secretsmanager:",
        "secretref:",
        "keyvault:",
        "projects/",
        "enc[",
        "enc(",
        "{cipher}",
        "@microsoft.keyvault(",
        "awssm:",
        "gcpsm:",
        "op:",
        "!vault",
        "k8s:",
    ];
    let starts = |prefix: &&str| {
        value.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let leads_to_file = value.split_once(":/").is_some_and(|(name, path)| {
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        };
        plain(name) && plain(path) && path.contains('/')
    });
    leads_to_file
        || PREFIXES.iter().any(starts)
        || is_url(value)
        || is_expression(value)
        || names_another_place(value)
}

/// Whether a value is code that fetches the secret: `var.password`, `os.environ["X"]`,
/// `get_secret("x")`. One with a second argument may hold what is used in its stead.
fn is_expression(value: &str) -> bool {
    const ROOTS: [&str; 8] = [
        "var.",
        "local.",
        "data.",
        "module.",
        "each.",
        "process.env.",
        "os.environ",
        "req.headers.",
    ];
    const RESOURCES: [&str; 4] = ["aws_", "google_", "azurerm_", "random_"];
    const FETCHES: [&str; 8] = ["env", "get", "config", "secret", "read", "load", "file", "input"];
    let plain = |text: &str, more: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c) || more.contains(c))
    };
    if ROOTS.iter().any(|root| value.starts_with(root)) {
        return plain(value, "[]\"'*-()");
    }
    if let Some((resource, rest)) = value.split_once('.')
        && RESOURCES.iter().any(|known| resource.starts_with(known))
    {
        return plain(resource, "") && rest.contains('.') && plain(rest, "[]\"'*-");
    }
    let Some((function, arguments)) = value.split_once('(') else { return false };
    let function = function.trim_start_matches("await ").trim_start_matches("new ");
    let lower = function.to_ascii_lowercase();
    let fetches = !function.is_empty() && FETCHES.iter().any(|word| lower.contains(word));
    let arguments = arguments.trim_end_matches(';');
    let is_whole = arguments.is_empty() || arguments.ends_with(')');
    fetches && plain(function, "") && is_whole && plain(arguments, "\"'-/)[]")
}

/// Whether a value is a URL; what is secret in it is found there.
fn is_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-:".contains(&byte))
    })
}

/// Whether a value is made of `${X}`, `$(X)`, `{{ x }}`, `%{x}` or `$X`, and of nothing else that
/// could be a secret.
pub(super) fn names_another_place(value: &str) -> bool {
    const MARKS: [(&str, &str); 6] =
        [("${{", "}}"), ("{{", "}}"), ("${", "}"), ("$(", ")"), ("%{", "}"), ("<%", "%>")];
    if memchr::memchr3(b'$', b'{', b'%', value.as_bytes()).is_none() {
        return false;
    }
    if value.strip_prefix('$').is_some_and(is_variable) {
        return true;
    }
    // What is not closed any more is not looked for at every place that opens it.
    let last = MARKS.map(|(_, close)| value.rfind(close));
    let mut rest = value;
    let mut literal = 0_usize;
    let mut references = 0_usize;
    while let Some(character) = rest.chars().next() {
        let at = value.len() - rest.len();
        let reference = MARKS.iter().zip(last).find_map(|((open, close), last)| {
            let inner = rest.strip_prefix(open).filter(|_| last.is_some_and(|last| last > at))?;
            inner.get(inner.find(close)? + close.len()..)
        });
        if let Some(behind) = reference {
            references += 1;
            let inner = rest.get(..rest.len() - behind.len()).unwrap_or_default();
            let is_template = ["${{", "{{", "$(", "<%"].iter().any(|open| rest.starts_with(open));
            literal += if is_template {
                fallbacks_in(inner)
            } else if rest.starts_with("${") {
                quoted_in(inner)
            } else {
                0
            };
            rest = behind;
            continue;
        }
        literal += usize::from(character.is_alphanumeric());
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    let scheme = SCHEMES.iter().find(|scheme| {
        value.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    });
    references > 0 && literal.saturating_sub(scheme.map_or(0, |scheme| scheme.len())) < 4
}

/// How much text an expression such as `${coalesce(var.x, "hunter2")}` quotes. What stands in
/// brackets is a key: `${data.vault["db"]}`; the first that a function takes which looks something
/// up is a name: `${sys.env("DB_PASSWORD")}`.
fn quoted_in(expression: &str) -> usize {
    let mut parts = expression.split('"');
    let mut before = parts.next().unwrap_or_default();
    let mut quoted = 0;
    while let (Some(text), Some(behind)) = (parts.next(), parts.next()) {
        let head = before.trim_end();
        if !head.ends_with('[') && !is_fetched(head) {
            quoted += text.chars().filter(|c| c.is_alphanumeric()).count();
        }
        before = behind;
    }
    quoted
}

/// How much text the action of a template, or a command, quotes that is used where nothing else is
/// there: `{{ pw | default("hunter2") }}`, `$(cat pw || echo hunter2)`.
fn fallbacks_in(action: &str) -> usize {
    const BEFORE: [&str; 10] =
        ["default", "d", "||", "or", "else", "?:", "??", "echo", "printf", "default_if_none"];
    let blanks: &[char] = &[' ', '\t', '('];
    let mut most = 0;
    for (at, quote) in action.match_indices(['"', '\'']) {
        let head = action.get(..at).unwrap_or_default().trim_end_matches(blanks);
        let is_one = |word: &str| {
            let before = head.strip_suffix(word);
            before.is_some_and(|text| !text.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        if BEFORE.iter().any(|word| is_one(word)) {
            let quoted = action.get(at + 1..).and_then(|rest| rest.split(quote).next());
            most = most
                .max(quoted.unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).count());
        }
    }
    let mut words = action.split([' ', '\t', ')']).skip_while(|word| !word.ends_with("echo"));
    let said = words.nth(1).filter(|word| !word.starts_with(['$', '"', '\'', '-']));
    most.max(said.unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).count())
}

/// Whether a text ends in the beginning of a call that looks its first argument up.
fn is_fetched(head: &str) -> bool {
    const FETCHES: [&str; 5] = ["env", "getenv", "get_env", "file", "filebase64"];
    let Some(head) = head.strip_suffix('(') else { return false };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = head.rsplit(|c| !is_word(c)).next().unwrap_or_default();
    FETCHES.contains(&name)
}

/// Whether what follows a `$` names a variable; `$ecret` is rather a password.
fn is_variable(name: &str) -> bool {
    let words = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    words && starts && (shouted || name.contains('_'))
}

/// The literal that a reference comes to at last: `hunter2` of `${X:-${Y:-hunter2}}`.
fn innermost_default(value: &str) -> Option<Range<usize>> {
    let mut found = default_of(value)?;
    while let Some(inner) = value.get(found.clone()).and_then(default_of) {
        found = found.start + inner.start..found.start + inner.end;
    }
    Some(found)
}

/// The literal a reference falls back to: `hunter2` of `${DB_PASSWORD:-hunter2}`.
fn default_of(value: &str) -> Option<Range<usize>> {
    const SOURCES: [&str; 12] = [
        "env",
        "file",
        "yaml",
        "http",
        "https",
        "vault",
        "secretsmanager",
        "ssm",
        "sys",
        "aws",
        "secret",
        "gcp",
    ];
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    let name_end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)))?;
    let (mut at, mut rest) = (2 + name_end, inner.get(name_end..)?);
    if SOURCES.iter().any(|source| inner.get(..name_end) == Some(source)) {
        // `${env:NAME:-default}` of the Collector.
        let more = rest.strip_prefix(':')?;
        let end = more.find(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)))?;
        (at, rest) = (at + 1 + end, more.get(end..)?);
    }
    let mark =
        [":-", "-", ":=", "=", ":+", "+", ":"].iter().find(|mark| rest.starts_with(**mark))?;
    if rest.starts_with(":?") {
        return None;
    }
    let start = at + mark.len();
    let end = value.len() - 1;
    let default = value.get(start..end)?;
    (!default.is_empty()).then_some(start..end)
}

/// Words before credentials in an `Authorization` header.
const SCHEMES: [&str; 8] =
    ["bearer", "basic", "token", "apikey", "api-key", "api-token", "splunk", "digest"];

/// Narrows a value to what stands behind `Bearer ` and the like.
fn behind_scheme(text: &str, whole: Range<usize>) -> Range<usize> {
    let value = text.get(whole.clone()).unwrap_or_default();
    for scheme in SCHEMES {
        let Some(head) = value.get(..scheme.len()) else { continue };
        if !head.eq_ignore_ascii_case(scheme) {
            continue;
        }
        let rest = value.get(scheme.len()..).unwrap_or_default();
        for blank in [" ", "%20", "+"] {
            if rest.starts_with(blank) && rest.len() > blank.len() {
                return trimmed(text, whole.start + scheme.len() + blank.len()..whole.end);
            }
        }
    }
    whole
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

#[cfg(test)]
mod tests {
    use super::{behind_user, may_be_secret, secret_part};

    fn part(text: &str) -> Option<&str> {
        secret_part(text).and_then(|range| text.get(range))
    }

    #[test]
    fn what_only_names_the_place_of_a_secret_is_none() {
        for text in ["${DB_PASSWORD}", "{secretKeyRef: {name: db, key: password}}", "true"] {
            assert!(!may_be_secret(text), "{text}");
        }
        for text in [
            "hunter2hunter2",
            "{value: hunter2hunter2}",
            "{passwordRef: hunter2hunter2}",
            "{secretKeyRef: {name: db}, value: {inline: hunter2hunter2}}",
        ] {
            assert!(may_be_secret(text), "{text}");
        }
    }

    #[test]
    fn literals_are_secrets_even_when_they_look_like_placeholders() {
        for text in ["changeme", "1234", "pa ss", "$ecret", "$2b$10$abcdefgh", "/9fKq+3A=="] {
            assert_eq!(part(text), Some(text), "{text}");
        }
        assert_eq!(part("Bearer abc"), Some("abc"));
        assert_eq!(part("Bearer%20abc"), Some("abc"));
    }

    #[test]
    fn what_is_used_where_nothing_else_is_there_is_a_secret() {
        for (text, secret) in [
            ("${X:-${Y:-hunter2}}", "hunter2"),
            ("${X:${Y:${Z:hunter2}}}", "hunter2"),
            ("${X:+hunter2}", "hunter2"),
        ] {
            assert_eq!(part(text), Some(secret), "{text}");
        }
        for text in [
            "{{ pw | default('hunter2') }}",
            "{{ .Values.pw | default \"hunter2\" }}",
            "${{ secrets.X || 'hunter2' }}",
            "<%= @pw || \"hunter2\" %>",
            "$(cat pw || echo hunter2)",
        ] {
            assert_eq!(part(text), Some(text), "{text}");
        }
        for text in [
            "${X:-${Y:-}}",
            "${X:-${Y}}",
            "${X:?hunter2}",
            "{{ include \"shop.password\" . }}",
            "{{ lookup('env', 'DB_PASSWORD') }}",
            "{{ required \"no password\" .Values.pw }}",
            "${{ secrets['DB_PASSWORD'] }}",
            "<%= ENV['DB_PASSWORD'] %>",
            "$(cat /run/secrets/db)",
        ] {
            assert_eq!(part(text), None, "{text}");
        }
        let open = "{{".repeat(200_000);
        assert_eq!(part(&open), Some(open.as_str()));
        let deep = "${X:-".repeat(100_000) + "hunter2" + &"}".repeat(100_000);
        assert_eq!(part(&deep), Some("hunter2"));
    }

    #[test]
    fn references_switches_and_paths_are_none() {
        for text in [
            "",
            " ",
            "true",
            "no",
            "12",
            "$(DB_PASS)",
            "${DB_PASS}",
            "{{ .Values.x }}",
            "$DB_PASS",
            "vault:secret/data/x#y",
            "ref+awsssm://x",
            "arn:aws:secretsmanager:eu:1:secret:x",
            "file:/run/x",
            "/run/secrets/db",
            "./secret.txt",
            "${env:API_KEY}",
            "Bearer ${TOKEN}",
            "Bearer $TOKEN",
            "${{ secrets.X }}",
            "https://issuer.example/token",
            "${file:/etc/x}",
            "none",
            "${X:?must be set}",
            "ENC[AES256_GCM,data:abc]",
            "${data.vault[\"secret/db\"].data}",
            "${sys.env(\"DB_PASSWORD\")}",
            "${file(\"key.pem\")}",
        ] {
            assert_eq!(part(text), None, "{text}");
        }
    }

    #[test]
    fn the_password_of_a_pair_is_a_secret() {
        assert_eq!(behind_user("ci:hunter2"), Some(3..10));
        for text in ["oidc", "host:8080", "env:PASS", "u:${P}", "https://h", "a: b", ":x"] {
            assert_eq!(behind_user(text), None, "{text}");
        }
    }

    #[test]
    fn the_default_of_a_reference_is_a_secret() {
        assert_eq!(part("${DB_PASSWORD:-hunter2}"), Some("hunter2"));
        assert_eq!(part("${db.password:hunter2}"), Some("hunter2"));
        assert_eq!(part("${env:PASS:-hunter2}"), Some("hunter2"));
        assert_eq!(part("${DB_PASSWORD:-}"), None);
        let expression = "${get_env(\"DB_PASSWORD\", \"hunter2\")}";
        assert_eq!(part(expression), Some(expression));
        let expression = "${coalesce(var.password, \"hunter2\")}";
        assert_eq!(part(expression), Some(expression));
    }
}
