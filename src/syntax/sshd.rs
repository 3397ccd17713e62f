//! OpenSSH's configuration, of the server and of the client.
//!
//! Keywords stand in the tree as they are written; their reader compares them without case. It
//! keeps the first of repeated keywords, except those that add up: `Port`, `ListenAddress`,
//! `HostKey`, `AcceptEnv`, `AllowUsers` and their like.

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::{extension, has_extension, is_open, mostly};
use super::lines::{Line, Lines, NOT_RENDERED, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static SSHD: Sshd = Sshd;

/// OpenSSH's configuration.
pub(super) struct Sshd;

/// Keywords by which a file without a telling name is known, in lower case.
const TELLING: [&str; 32] = [
    "acceptenv",
    "addressfamily",
    "allowgroups",
    "allowtcpforwarding",
    "allowusers",
    "authorizedkeysfile",
    "banner",
    "chrootdirectory",
    "ciphers",
    "clientaliveinterval",
    "forcecommand",
    "gatewayports",
    "host",
    "hostkey",
    "identityfile",
    "kbdinteractiveauthentication",
    "kexalgorithms",
    "listenaddress",
    "logingracetime",
    "macs",
    "match",
    "maxauthtries",
    "passwordauthentication",
    "permitemptypasswords",
    "permitrootlogin",
    "port",
    "protocol",
    "pubkeyauthentication",
    "stricthostkeychecking",
    "subsystem",
    "usepam",
    "x11forwarding",
];

impl Syntax for Sshd {
    fn id(&self) -> &'static str {
        "sshd"
    }

    fn about(&self) -> &'static str {
        "sshd_config and ssh_config: keyword and arguments a line, Match and Host blocks"
    }

    fn sample(&self) -> &'static str {
        r#"# bastion
Port 22
Port 2222
PermitRootLogin no
  X11Forwarding=no
MaxAuthTries = 3	# a comment
Banner "/etc/issue of today.net"
Subsystem sftp "/usr/lib/sftp server" -l INFO
AcceptEnv LANG LC_*

Match User backup Address 10.0.0.0/8
    ForceCommand internal-sftp
    PasswordAuthentication yes
# the rest
Match all
Match Group ops
    AllowTcpForwarding yes
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if lower.contains("sshd_config") || lower.contains("ssh_config") {
            // Programs about it (`sshd_config.py`) and other forms of it (`.yaml`) are not it.
            return if is_open(&lower) || has_extension(&lower, &["j2"]) { 95 } else { 50 };
        }
        let telling = |line: &str| {
            let keyword = line.split(|c| is_blank(c) || c == '=').next().unwrap_or_default();
            keyword.len() < line.len()
                && TELLING.iter().any(|known| keyword.eq_ignore_ascii_case(known))
        };
        let may_be = matches!(extension(&lower), "" | "conf" | "config");
        if may_be && mostly(head, &['#'], 60, telling) { 75 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::FirstWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        let mut end = 0;
        for line in Lines::new(text).map(Line::trimmed) {
            if page.is_full() {
                break;
            }
            if line.text.is_empty() || line.text.starts_with('#') {
                continue;
            }
            let Some((keyword, arguments)) = directive(line) else {
                let message = "the line is no directive: write a keyword and its arguments";
                page.issue(GapReason::Unparsed, line.start, message);
                continue;
            };
            if let Some(at) = arguments.text.find("{{").or_else(|| arguments.text.find("{%")) {
                page.issue(GapReason::TemplateNotRendered, arguments.start + at, NOT_RENDERED);
            }
            if arguments.text.is_empty() {
                let message = "the keyword has no argument: give it one or remove it";
                page.issue(GapReason::Unparsed, keyword.start, message);
            }
            if ["match", "host"].iter().any(|block| keyword.text.eq_ignore_ascii_case(block)) {
                page.close(end);
                end = arguments.end();
                page.open(&block_key(keyword, arguments), end);
            } else {
                page.entry(&Word::verbatim(keyword), &value(arguments));
                end = arguments.end();
            }
        }
        page.close(end);
        page.finish()
    }
}

/// Keyword and arguments; a `=` may stand between them, a comment behind them.
fn directive(line: Line<'_>) -> Option<(Line<'_>, Line<'_>)> {
    let length = line.text.find(|c: char| is_blank(c) || c == '=').unwrap_or(line.text.len());
    let keyword = line.before(length);
    if keyword.text.is_empty() || !keyword.text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = line.after(length).trimmed();
    let rest = if rest.text.starts_with('=') { rest.after(1).trimmed() } else { rest };
    Some((keyword, without_comment(rest)))
}

/// Cuts a comment: a `#` that begins an argument outside of quotes.
fn without_comment(arguments: Line<'_>) -> Line<'_> {
    let (mut is_quoted, mut before) = (false, ' ');
    for (at, character) in arguments.text.char_indices() {
        if character == '"' {
            is_quoted = !is_quoted;
        } else if character == '#' && !is_quoted && is_blank(before) {
            return arguments.before(at).trimmed();
        }
        before = character;
    }
    arguments
}

/// The arguments as written, except that quotes around all of them go.
fn value(arguments: Line<'_>) -> Word<'_> {
    let inner = arguments.text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('"') => {
            let span = (arguments.start, arguments.end());
            Word::written(span, arguments.start + 1, inner, Style::Double)
        }
        Some(_) | None => Word::verbatim(arguments),
    }
}

/// Keyword and criteria of a block, one blank between them.
fn block_key<'s>(keyword: Line<'s>, criteria: Line<'s>) -> Word<'s> {
    let words = criteria.text.split(is_blank).filter(|word| !word.is_empty());
    let text = [keyword.text].into_iter().chain(words).collect::<Vec<_>>().join(" ");
    Word::written((keyword.start, criteria.end()), keyword.start, text, Style::Plain)
}

#[cfg(test)]
mod tests {
    use super::SSHD;
    use crate::model::{GapReason, Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        SSHD.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn blocks_hold_what_follows_them() {
        let parsed = parse("Port\t22\r\nmatch  user=a\r\n Banner \"x # y\" # z\r\nMatch all\n");
        let shown = format!("{:?}", parsed.tree.root(0).unwrap());
        let tree = r#"{Text"Port": Text"22", Text"match user=a": {Text"Banner": Text"x # y"}, Text"Match all": {}}"#;
        assert_eq!((shown.as_str(), parsed.issues.len()), (tree, 0));
    }

    #[test]
    fn what_the_daemon_would_refuse_is_an_issue() {
        let parsed = parse("Port\n<Port> 22\nListenAddress {{ ipv4_address }}\nUsePAM yes\n");
        let issues: Vec<_> = parsed.issues.iter().map(|i| (i.at, i.reason)).collect();
        let unparsed = GapReason::Unparsed;
        assert_eq!(issues, [(0, unparsed), (5, unparsed), (29, GapReason::TemplateNotRendered)]);
        assert_eq!(parsed.tree.root(0).unwrap().text_at(&["UsePAM"]), Some("yes"));
    }
}
