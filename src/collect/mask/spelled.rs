//! Secrets that only the grammar of their program tells: `user eve insecure-password …` of
//! HAProxy (3.0 configuration manual, 3.4 and 4.2), `radiussecrets=…` of `pg_hba.conf`
//! (PostgreSQL 17, 20.9), `dns cloudflare …` and the hashes of `basic_auth` in a Caddyfile (Caddy
//! 2.8 documentation, directives `tls` and `basic_auth`).

use std::ops::Range;

use super::value::secret_part;

/// Where a secret stands, and what it is.
type Secret = (Range<usize>, &'static str);

/// The secrets of a text by its syntax, or by its name, in comments as well.
pub(super) fn secrets(name: &str, text: &str, syntax: &str) -> Vec<Secret> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let of_line: fn(&[Word<'_>]) -> Option<Secret> = match syntax {
        "haproxy" => haproxy,
        "pg_hba" => pg_hba,
        _ if name.starts_with("Caddyfile") || name.ends_with(".caddyfile") => caddy,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        found.extend(of_line(&words(line, start)).filter(|(range, _)| !range.is_empty()));
        start += line.len();
    }
    found
}

/// A word, and where it begins.
type Word<'t> = (&'t str, usize);

fn words(line: &str, start: usize) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = start;
    for part in line.split_inclusive(|c: char| c.is_whitespace() || c == '#') {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || c == '#');
        if !word.is_empty() {
            words.push((word, at));
        }
        at += part.len();
    }
    words
}

fn haproxy(words: &[Word<'_>]) -> Option<Secret> {
    let word = |at: usize| words.get(at).map(|(word, _)| *word);
    if (word(0), word(1)) == (Some("stats"), Some("auth")) {
        let (pair, at) = *words.get(2)?;
        let colon = pair.find(':')?;
        return part((pair.get(colon + 1..)?, at + colon + 1), "password");
    }
    if word(0) != Some("user") {
        return None;
    }
    let marked =
        words.iter().position(|(word, _)| matches!(*word, "password" | "insecure-password"));
    part(*words.get(marked? + 1)?, "password")
}

fn caddy(words: &[Word<'_>]) -> Option<Secret> {
    match words {
        // A placeholder or the beginning of a block has a brace.
        [("dns", _), _, secret] if !secret.0.starts_with('{') => part(*secret, "token"),
        [_, hash] if hash.0.starts_with("$2") || hash.0.starts_with("$argon2") => {
            Some((hash.1..hash.1 + hash.0.len(), "password"))
        }
        _ => None,
    }
}

fn pg_hba(words: &[Word<'_>]) -> Option<Secret> {
    const NAME: &str = "radiussecrets=";
    let (word, at) =
        words.iter().find(|(word, _)| word.trim_start_matches('"').starts_with(NAME))?;
    let from = word.find(NAME)? + NAME.len();
    part((word.get(from..)?, at + from), "secret")
}

/// The secret part of a word, its quotes left out.
fn part((word, at): Word<'_>, class: &'static str) -> Option<Secret> {
    let inner = word.trim_start_matches(['"', '\'']);
    let start = at + (word.len() - inner.len());
    let part = secret_part(inner.trim_end_matches(['"', '\'']))?;
    Some((start + part.start..start + part.end, class))
}

#[cfg(test)]
mod tests {
    use super::secrets;

    fn found<'t>(text: &'t str, syntax: &str) -> Vec<&'t str> {
        secrets("Caddyfile", text, syntax)
            .into_iter()
            .filter_map(|(range, _)| text.get(range))
            .collect()
    }

    #[test]
    fn what_the_grammar_tells_is_found() {
        let text = " user a password $5$x  # c\nuser b insecure-password 'hunter2'\n\
                    #stats auth admin:hunter3\n";
        assert_eq!(found(text, "haproxy"), ["$5$x", "hunter2", "hunter3"]);
        let text = "host all all all radius radiussecrets=\"hunter2\" radiusports=1\n";
        assert_eq!(found(text, "pg_hba"), ["hunter2"]);
        let text = "tls {\n  dns cloudflare hunter2\n}\nbasic_auth {\n  bob $2a$14$x\n}\n";
        assert_eq!(found(text, "text"), ["hunter2", "$2a$14$x"]);
    }

    #[test]
    fn what_holds_no_secret_is_left_alone() {
        let text = "user haproxy\nstats auth\nstats uri /a:b\nuser a groups password\n";
        assert!(found(text, "haproxy").is_empty());
        assert!(found("password x\n", "ini").is_empty());
        assert!(
            found("dns cloudflare {env.TOKEN}\ndns cloudflare {\nfile_server\n", "text").is_empty()
        );
        let elsewhere = secrets("notes.txt", "dns cloudflare hunter2\n", "text");
        assert!(elsewhere.is_empty());
    }
}
