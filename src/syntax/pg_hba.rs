//! `pg_hba.conf`: who may connect to PostgreSQL, and how.
//!
//! The root is a list of rules; the server takes the first that fits, so their order is meaning. A
//! rule is a map from the names of its columns, which stand nowhere in the file, to its fields.

use crate::model::{GapReason, Kind, LimitReached, Limits, SourceId, Style, TreeBuilder};

use super::claims::{is_open, mostly};
use super::lines::{Line, Lines, beginning, limit_issue, note, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static PG_HBA: PgHba = PgHba;

/// PostgreSQL's client authentication.
pub(super) struct PgHba;

const TYPES: [&str; 6] = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];

const NO_RULE: &str = "the line is no rule: write type, database, user, address (not for 'local') \
                       and method";

impl Syntax for PgHba {
    fn id(&self) -> &'static str {
        "pg_hba"
    }

    fn about(&self) -> &'static str {
        "pg_hba.conf: an ordered list of rules with named columns"
    }

    fn sample(&self) -> &'static str {
        r#"# TYPE  DATABASE  USER  ADDRESS  METHOD
local   all       postgres                 peer
host    all       all        127.0.0.1/32  scram-sha-256
hostssl "my app"  +staff,bob 10.0.0.0 255.0.0.0 md5   # a netmask of its own
host    all       all        ::1/128       ldap ldapserver=ldap.example.org "ldapprefix=cn=a b"
include_if_exists /etc/postgresql/more_hba.conf
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("pg_hba") {
            return 92;
        }
        let is_rule = |line: &str| {
            let fields = fields(Line { start: 0, text: line }).unwrap_or_default();
            fields.len() >= 4 && fields.first().is_some_and(|first| TYPES.contains(&first.text))
        };
        if is_open(&lower) && mostly(head, &['#'], 100, is_rule) { 75 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut builder = TreeBuilder::new(text, source, limits);
        let mut issues = Vec::new();
        match rules(text, &mut builder, &mut issues) {
            Ok(()) => builder.root(0),
            Err((limit, at)) => {
                builder.abandon(0);
                issues.push(limit_issue(limit, at));
            }
        }
        one_document(builder.finish(), issues)
    }
}

/// A limit, and where it was reached.
type Full = (LimitReached, usize);

fn rules<'s>(
    text: &'s str,
    builder: &mut TreeBuilder<'s>,
    issues: &mut Vec<Issue>,
) -> Result<(), Full> {
    let start = beginning(text);
    builder.open(Kind::List, Style::Plain, start).map_err(|limit| (limit, start))?;
    for line in Lines::new(text).map(Line::trimmed) {
        if line.text.is_empty() || line.text.starts_with('#') {
            continue;
        }
        let named = fields(line).and_then(|fields| {
            let columns = columns(&fields)?;
            Some(columns.into_iter().zip(fields).collect::<Vec<_>>())
        });
        match named {
            Some(named) => {
                rule(builder, line, &named).map_err(|limit| (limit, line.start))?;
            }
            None => note(issues, GapReason::Unparsed, line.start, NO_RULE),
        }
    }
    builder.close(text.len());
    Ok(())
}

fn rule(
    builder: &mut TreeBuilder<'_>,
    line: Line<'_>,
    named: &[(&'static str, Line<'_>)],
) -> Result<(), LimitReached> {
    builder.open(Kind::Map, Style::Plain, line.start)?;
    let mut end = line.start;
    for (name, field) in named {
        let span = (field.start, field.end());
        builder.owned(Kind::Text, Style::Plain, (field.start, field.start), name)?;
        let inner = field.text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        match inner.filter(|inner| !inner.contains('"')) {
            Some(inner) => builder.scalar(Kind::Text, Style::Double, span, inner, span.0 + 1)?,
            None => builder.borrowed(Kind::Text, Style::Plain, span, span)?,
        };
        end = span.1;
    }
    builder.close(end);
    Ok(())
}

/// What the fields of a rule are called, as the server tells them apart.
fn columns(fields: &[Line<'_>]) -> Option<Vec<&'static str>> {
    let kind = fields.first()?.text;
    let mut columns: Vec<&'static str> = match kind {
        "include" | "include_if_exists" | "include_dir" => {
            return (fields.len() == 2).then(|| vec!["type", "file"]);
        }
        "local" => vec!["type", "database", "user", "method"],
        _ if !TYPES.contains(&kind) => return None,
        _ if is_mask(fields) => vec!["type", "database", "user", "address", "mask", "method"],
        _ => vec!["type", "database", "user", "address", "method"],
    };
    let options = fields.len().checked_sub(columns.len())?;
    columns.extend(std::iter::repeat_n("option", options));
    Some(columns)
}

/// Whether the address is followed by a netmask of its own.
fn is_mask(fields: &[Line<'_>]) -> bool {
    let address = fields.get(3).is_some_and(|field| !field.text.contains('/'));
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    address && fields.get(4).is_some_and(|field| is_address(field.text))
}

/// The fields of a line, quotes kept; nothing when a quote is not closed. A comma goes on with a
/// field.
fn fields(line: Line<'_>) -> Option<Vec<Line<'_>>> {
    let mut fields: Vec<Line<'_>> = Vec::new();
    let mut rest = line.trimmed();
    while !rest.text.is_empty() && !rest.text.starts_with('#') {
        let mut is_quoted = false;
        let end = rest.text.find(|c: char| {
            is_quoted ^= c == '"';
            !is_quoted && (c.is_whitespace() || c == '#')
        });
        let length = end.unwrap_or(rest.text.len());
        // A blank that is none to the server is part of no rule.
        if is_quoted || length == 0 {
            return None;
        }
        let field = rest.before(length);
        if let Some(last) = fields.last_mut().filter(|last| last.text.ends_with(',')) {
            *last = line.after(last.start - line.start).before(field.end() - last.start);
        } else {
            fields.push(field);
        }
        rest = rest.after(length).trimmed();
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::PG_HBA;
    use crate::model::{Limits, SourceId};
    use crate::syntax::Syntax as _;

    #[test]
    fn fields_stand_under_their_columns() {
        let text = "host all +a, b 10.0.0.0 255.0.0.0 ldap \"x=y z\"# c\nlocal \"all\" all peer\n";
        let parsed = PG_HBA.parse(text, SourceId(0), &Limits::STANDARD);
        let shown = format!("{:?}", parsed.tree.root(0).unwrap()).replace("Text\"", "\"");
        let tree = concat!(
            r#"[{"type": "host", "database": "all", "user": "+a, b", "address": "10.0.0.0", "#,
            r#""mask": "255.0.0.0", "method": "ldap", "option": "x=y z"}, "#,
            r#"{"type": "local", "database": "all", "user": "all", "method": "peer"}]"#
        );
        assert_eq!((shown.as_str(), parsed.issues.len()), (tree, 0));
    }

    #[test]
    fn what_is_no_rule_is_an_issue_and_the_rest_is_read() {
        let text =
            "host all all\nwhat all all all trust\nlocal \"a all\ninclude x y\nlocal a b md5";
        let parsed = PG_HBA.parse(text, SourceId(0), &Limits::STANDARD);
        let places: Vec<u32> = parsed.issues.iter().map(|issue| issue.at).collect();
        assert_eq!(places, [0, 13, 36, 49]);
        assert_eq!(parsed.tree.root(0).unwrap().len(), 1);
        let blank = PG_HBA.parse("host all \u{a0}\u{c} x", SourceId(0), &Limits::STANDARD);
        assert_eq!(blank.issues.len(), 1);
    }
}
