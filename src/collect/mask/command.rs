//! Secrets among the arguments of well-known programs, whose flags do not say so by their names:
//! `mysql -pVALUE`, `curl -u user:VALUE`.

use std::ops::Range;

use super::shape::{Trigger, Triggers};
use super::value::secret_part;

/// Programs whose flags take secrets.
struct Program {
    /// What its name begins with.
    name: &'static str,
    /// Flags that a password follows without a blank.
    attached: &'static str,
    /// Flags whose next argument is a password.
    separate: &'static str,
    /// Flags that `user:password` follows, with a blank or without.
    pair: &'static str,
}

const fn program(
    name: &'static str,
    attached: &'static str,
    separate: &'static str,
    pair: &'static str,
) -> Program {
    Program { name, attached, separate, pair }
}

static PROGRAMS: [Program; 10] = [
    program("mysql", "-p", "--password", ""),
    program("mariadb", "-p", "--password", ""),
    program("sshpass", "-p", "-p", ""),
    program("redis-cli", "", "-a --pass", ""),
    program("mongo", "-p", "-p --password", ""),
    program("login", "", "-p --password", ""),
    program("curl", "", "", "-u -U --user --proxy-user"),
    program("ldap", "-w", "-w", ""),
    program("keytool", "", "-storepass -keypass", ""),
    program("openssl", "", "", "-passin -passout -pass"),
];

/// What a scan looks for on behalf of this file.
pub(super) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|program| program.name)
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
    let mut found = Vec::new();
    let known = words.iter().enumerate().find_map(|(at, word)| Some((at, program_of(word)?)));
    let Some((at, program)) = known else { return found };
    let has = |flags: &str, word: &str| flags.split_ascii_whitespace().any(|flag| flag == word);
    let mut before = "";
    for (index, word) in words.iter().enumerate().skip(at + 1) {
        let quotes: &[char] = &['"', '\''];
        let all = word.len() - word.trim_start_matches(quotes).len();
        let inner = word.get(all..).unwrap_or_default();
        let attached = |flags: &str| {
            let mut flags = flags.split(' ').filter(|flag| flag.len() == 2);
            flags.find(|flag| inner.starts_with(*flag) && inner.len() > 2).map(|flag| {
                let rest = inner.get(flag.len()..).unwrap_or_default();
                word.len() - rest.trim_start_matches(quotes).len()
            })
        };
        let start = if has(program.separate, before) {
            Some(all)
        } else if has(program.pair, before) {
            behind_colon(word, all)
        } else if let Some(start) = attached(program.attached) {
            Some(start)
        } else {
            attached(program.pair).and_then(|start| behind_colon(word, start))
        };
        before = word.trim_matches(quotes);
        let Some(start) = start else { continue };
        let value = word.get(start..).unwrap_or_default().trim_end_matches(quotes);
        if value.starts_with("$(") || value.starts_with(['`', '-']) {
            continue; // What another command says, or no value at all.
        }
        if let Some(part) = secret_part(value) {
            found.push((index, start + part.start..start + part.end));
        }
    }
    found
}

fn behind_colon(word: &str, from: usize) -> Option<usize> {
    let pair = word.get(from..)?;
    let is_place = ["env:", "file:", "fd:"].iter().any(|place| pair.starts_with(place));
    pair.find(':').filter(|_| !is_place).map(|at| from + at + 1)
}

fn program_of(word: &str) -> Option<&'static Program> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    PROGRAMS.iter().find(|known| plain && name.starts_with(known.name))
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
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert_eq!(of_words(&["x", "curl", "-u", "ci:hunter2"]), [(3, 3..10)]);
    }
}
