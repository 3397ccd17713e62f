//! Secrets among the arguments of well-known programs, whose flags do not say so by their names:
//! `mysql -pVALUE`, `curl -u user:VALUE`.

use std::ops::Range;

use super::shape::{Trigger, Triggers};
use super::value::secret_part;

/// A program that takes secrets.
struct Program {
    /// What its name begins with.
    name: &'static str,
    /// Flags that a password follows without a blank.
    attached: &'static str,
    /// Flags whose next argument is a password.
    separate: &'static str,
    /// Flags that `user:password` follows, with a blank or without.
    pair: &'static str,
    /// What stands between the two of a pair.
    joint: char,
    /// Which of the words that are no flags is a secret.
    bare: Bare,
}

/// Which of the words that are no flags is a secret.
enum Bare {
    /// None.
    Never,
    /// The n-th behind a command of the program.
    Behind(&'static [(&'static str, usize)]),
    /// The last one, if a flag has this letter.
    LastWith(char),
    /// What stands behind the slash of `user/password@host`.
    Connection,
}

const fn program(
    name: &'static str,
    attached: &'static str,
    separate: &'static str,
    pair: &'static str,
) -> Program {
    Program { name, attached, separate, pair, joint: ':', bare: Bare::Never }
}

static PROGRAMS: [Program; 30] = [
    Program { bare: Bare::Behind(&[("password", 1)]), ..program("mysql", "-p", "--password", "") },
    program("mariadb", "-p", "--password", ""),
    program("sshpass", "-p", "-p", ""),
    program("redis-", "", "-a --pass --requirepass --masterauth", ""),
    program("mongo", "-p", "-p --password", ""),
    Program { bare: Bare::Behind(&[("login", 1), ("unseal", 1)]), ..program("vault", "", "", "") },
    program("login", "", "-p --password", ""),
    program("curl", "", "", "-u -U --user --proxy-user"),
    program("ldap", "-w", "-w", ""),
    program("keytool", "", "-storepass -keypass", ""),
    program("openssl", "", "-k -K", "-passin -passout -pass"),
    Program { bare: Bare::LastWith('b'), ..program("htpasswd", "", "", "") },
    Program {
        bare: Bare::Behind(&[("add_user", 2), ("change_password", 2)]),
        ..program("rabbitmqctl", "", "", "")
    },
    Program { joint: '=', ..program("kubectl", "", "", "--from-literal") },
    Program { joint: '%', ..program("smbclient", "", "", "-U --user") },
    Program { bare: Bare::Connection, ..program("sqlplus", "", "", "") },
    Program { bare: Bare::Connection, ..program("sqlldr", "", "", "") },
    program("sqlcmd", "-P", "-P", ""),
    program("mosquitto_", "", "-P --pw", ""),
    program("aws", "", "aws_secret_access_key aws_session_token", ""),
    program("ssh-keygen", "", "-N -P", ""),
    program("7z", "-p", "", ""),
    program("useradd", "", "-p --password", ""),
    program("usermod", "", "-p --password", ""),
    program("snmp", "", "-c -A -X", ""),
    Program { bare: Bare::Connection, ..program("impdp", "", "", "") },
    Program { bare: Bare::Connection, ..program("expdp", "", "", "") },
    program("twine", "", "-p --password", ""),
    program("cqlsh", "", "-p --password", ""),
    program("ipmitool", "", "-P", ""),
];

/// A program that reads `user:password` from what is piped into it.
const READER: &str = "chpasswd";

/// What a scan looks for on behalf of this file.
pub(super) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|program| program.name).chain([READER])
}

/// The passwords in the commands of a text.
pub(super) fn passwords(
    text: &str,
    triggers: &Triggers,
    within: &Range<usize>,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut done = within.start;
    for (start, _, trigger) in triggers.within(within.clone()) {
        if trigger != Trigger::Program || start < done {
            continue;
        }
        let places = words(text, start..within.end);
        done = places.last().map_or(start, |word| word.end);
        let words: Vec<&str> =
            places.iter().map(|place| text.get(place.clone()).unwrap_or_default()).collect();
        if words.first() == Some(&READER) {
            found.extend(piped(text, within.start..start));
        }
        found.extend(of_words(&words).into_iter().filter_map(|(word, range)| {
            let start = places.get(word)?.start;
            Some(start + range.start..start + range.end)
        }));
    }
    found
}

/// The passwords among the words of one command: which word, and where in it. Words before the
/// program are passed over.
pub(super) fn of_words(words: &[&str]) -> Vec<(usize, Range<usize>)> {
    let known = words.iter().enumerate().find_map(|(at, word)| Some((at, program_of(word)?)));
    let Some((at, program)) = known else { return Vec::new() };
    let mut found = Vec::new();
    let bare = program.bare_word(words, at + 1);
    let mut before = "";
    for (index, word) in words.iter().enumerate().skip(at + 1) {
        let start = match bare {
            Some((bare, start)) if bare == index => Some(start),
            _ => program.start_in(word, before),
        };
        before = word.trim_matches(QUOTES);
        let Some(start) = start else { continue };
        let mut value = word.get(start..).unwrap_or_default().trim_end_matches(QUOTES);
        if matches!(program.bare, Bare::Connection) {
            value = value.split('@').next().unwrap_or_default();
        }
        if value.starts_with("$(") || value.starts_with(['`', '-']) {
            continue; // What another command says, or no value at all.
        }
        if let Some(part) = secret_part(value) {
            found.push((index, start + part.start..start + part.end));
        }
    }
    found
}

const QUOTES: &[char] = &['"', '\''];

impl Program {
    /// Where in a word a secret begins that a flag announces: this one, or the word before.
    fn start_in(&self, word: &str, before: &str) -> Option<usize> {
        let has = |flags: &str, word: &str| flags.split_ascii_whitespace().any(|f| f == word);
        let all = word.len() - word.trim_start_matches(QUOTES).len();
        let inner = word.get(all..).unwrap_or_default();
        if has(self.separate, before) {
            return Some(all);
        }
        if has(self.pair, before) {
            return self.behind_joint(word, all);
        }
        // `-pVALUE` and `--user=VALUE`.
        let attached = |flags: &'static str| {
            flags.split_ascii_whitespace().find_map(|flag| {
                let rest = inner.strip_prefix(flag).filter(|rest| !rest.is_empty())?;
                let rest = if flag.len() == 2 { rest } else { rest.strip_prefix('=')? };
                Some(word.len() - rest.trim_start_matches(QUOTES).len())
            })
        };
        attached(self.attached)
            .or_else(|| attached(self.pair).and_then(|start| self.behind_joint(word, start)))
    }

    fn behind_joint(&self, word: &str, from: usize) -> Option<usize> {
        let pair = word.get(from..)?;
        let is_place = ["env:", "file:", "fd:"].iter().any(|place| pair.starts_with(place));
        pair.find(self.joint).filter(|_| !is_place).map(|at| from + at + 1)
    }

    /// Which word is a secret though no flag says so, and where in it the secret begins.
    fn bare_word(&self, words: &[&str], from: usize) -> Option<(usize, usize)> {
        let mut bare = words.iter().enumerate().skip(from).filter(|(_, word)| {
            let plain = word.trim_start_matches(QUOTES);
            !plain.starts_with('-') && !plain.is_empty()
        });
        let quotes = |word: &str| word.len() - word.trim_start_matches(QUOTES).len();
        let (index, word) = match self.bare {
            Bare::Never => return None,
            Bare::Behind(commands) => {
                let (_, command) = bare.next()?;
                let (_, nth) = commands.iter().find(|(known, _)| known == command)?;
                bare.nth(nth - 1).filter(|(_, word)| !word.contains('='))?
            }
            Bare::LastWith(letter) => {
                let flags = words.iter().skip(from).filter(|word| word.starts_with('-'));
                flags.clone().find(|flag| flag.contains(letter))?;
                bare.next_back()?
            }
            Bare::Connection => {
                let slash = |word: &str| word.find('/').filter(|at| *at > quotes(word));
                return bare.find_map(|(index, word)| Some((index, slash(word)? + 1)));
            }
        };
        Some((index, quotes(word)))
    }
}

/// The passwords among the `user:password` of what is piped into [`READER`].
fn piped(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let head = text.get(within.clone()).unwrap_or_default();
    let line = head.rsplit('\n').next().unwrap_or_default();
    let start = within.end - line.len();
    let mut found = Vec::new();
    let mut at = start;
    for word in line.split_inclusive([' ', '\t', '|']) {
        let pair = word.trim_end_matches([' ', '\t', '|', '"', '\'']);
        if let Some(colon) = pair.find(':')
            && let Some(part) = secret_part(pair.get(colon + 1..).unwrap_or_default())
        {
            found.push(at + colon + 1 + part.start..at + colon + 1 + part.end);
        }
        at += word.len();
    }
    found
}

fn program_of(word: &str) -> Option<&'static Program> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    PROGRAMS.iter().find(|known| plain && name.starts_with(known.name))
}

/// The program that an image runs, by the image's name: `registry.example/library/mysql:8`.
pub(super) fn of_image(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next()?.split([':', '@']).next()?;
    program_of(name).map(|_| name)
}

/// The words of the command that begins in `within`, up to its end: a line end that is not
/// escaped, or a mark that begins another command.
fn words(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = within.start;
    while let Some(byte) = bytes.get(at).filter(|_| at < within.end) {
        let escaped = *byte == b'\\' && matches!(bytes.get(at + 1), Some(b'\n' | b'\r'));
        match byte {
            b'\n' | b'|' | b';' | b'&' | b'<' | b'>' => break,
            b' ' | b'\t' | b'\r' | b',' | b'[' | b']' => at += 1,
            _ if escaped => at += if bytes.get(at + 1) == Some(&b'\r') { 3 } else { 2 },
            _ => {
                let end = word_end(bytes, at..within.end);
                words.push(at..end);
                at = end.max(at + 1);
                if words.len() == 1 {
                    match bytes.get(at) {
                        Some(b' ' | b'\t') => (),
                        // Ends a program's name in a list of words.
                        Some(b'"' | b'\'') => at += 1,
                        // `mysql:8` and `mysql.example` are no commands.
                        _ => break,
                    }
                }
            }
        }
    }
    words
}

fn word_end(bytes: &[u8], within: Range<usize>) -> usize {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let mut quote: Option<u8> = None;
    let mut at = within.start;
    let line = bytes.get(within.clone()).unwrap_or_default();
    let plain = line.iter().take_while(|byte| name(byte)).count();
    if matches!(line.get(plain), Some(b'"' | b'\''))
        && matches!(line.get(plain + 1), Some(b',' | b' ' | b']'))
    {
        return within.start + plain;
    }
    while let Some(byte) = bytes.get(at).filter(|_| at < within.end) {
        match (quote, byte) {
            (_, b'\n' | b'\r') | (None, b' ' | b'\t' | b';' | b'|' | b'<' | b'>' | b'`') => break,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => (),
        }
        at += 1;
        let ends = quote.is_none() && matches!(bytes.get(at), Some(b',' | b']'));
        if ends && matches!(byte, b'"' | b'\'') {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::shape::Triggers;
    use super::{of_words, passwords};

    fn found(text: &str) -> Vec<&str> {
        let ranges = passwords(text, &Triggers::of(text), &(0..text.len()));
        ranges.into_iter().filter_map(|range| text.get(range)).collect()
    }

    #[test]
    fn passwords_are_found_behind_flags() {
        for (text, secret) in [
            ("mysql -uroot -phunter2 -e 'select 1'", "hunter2"),
            ("/usr/bin/mysqldump -p'hun ter2' db | gzip", "hun ter2"),
            ("CMD [\"mysql\", \"-u\", \"root\", \"-phunter2\"]", "hunter2"),
            ("curl -X GET \\\n  --user 'ci:hunter2' https://h", "hunter2"),
            ("curl -uci:hunter2 https://h", "hunter2"),
            ("sh -c \"sshpass -p hunter2 ssh h\"", "hunter2"),
            ("docker login -u ci -p hunter2 h", "hunter2"),
            ("openssl rsa -passin pass:hunter2", "hunter2"),
            ("vault login -no-print hunter2", "hunter2"),
            ("htpasswd -nbB ci hunter2", "hunter2"),
            ("kubectl create secret generic a --from-literal=k=hunter2", "hunter2"),
            ("sqlplus app/hunter2@db", "hunter2"),
            ("echo 'ci:hunter2' | chpasswd -e", "hunter2"),
        ] {
            assert_eq!(found(text), [secret], "{text}");
        }
    }

    #[test]
    fn flags_of_other_programs_are_left_alone() {
        for text in [
            "mkdir -p /var/lib/mysql",
            "docker run -p8080:80 mysql:8 -px",
            "mysql -P 3306 -p db; ssh -p22 h",
            "mysql -p\"$DB_PASSWORD\" -p$(cat x)",
            "curl -u \"$USER:$PASS\" -u ci https://h:443/x",
            "openssl rsa -passin env:PASS",
            "vault login -method=oidc role=ci",
            "htpasswd -c /etc/users ci",
            "kubectl get secret a -o yaml",
            "sqlplus /nolog @x.sql",
            "chpasswd < /run/secrets/users",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert_eq!(of_words(&["x", "curl", "-u", "ci:hunter2"]), [(3, 3..10)]);
    }
}
