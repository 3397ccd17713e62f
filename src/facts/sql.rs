//! Migrations whose result an older version of a program cannot live with.
//!
//! Read are SQL (`*.sql` in a folder of migrations, or named as Flyway names them), change sets of
//! Liquibase in YAML, JSON and XML, and what `upgrade` of an Alembic revision does. A table that the
//! same migration makes may be changed and dropped there. Whether another type of a column holds
//! what the old one held is not told.

use std::collections::BTreeSet;

use super::cursor::{Cursor, Document};
use super::{Fact, Item, View};
use crate::model::{Kind, Node};

/// See its `about`.
pub(super) static STATEMENT: View = View {
    id: "db.contraction",
    about: "A statement of a migration that takes away what an older version of the program needs: a dropped or \
            renamed table or column, NOT NULL without a default, TRUNCATE",
    fields: &[
        ("file", "the file of the migration"),
        ("statement", "what it does: DROP COLUMN, RENAME TABLE, …"),
        ("object", "to what: the table, with the column behind it"),
    ],
    dialects: &["plain"],
    extract,
};

/// Words of folders that hold migrations.
const FOLDERS: [&str; 6] = ["migration", "migrate", "changelog", "flyway", "liquibase", "alembic"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let file = document.file;
    if document.syntax != "text" {
        return liquibase(document);
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let named = name.starts_with(['V', 'R', 'U']) && name.contains("__");
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_lowercase();
    let (is_sql, is_python) = (end == "sql", end == "py");
    if !(is_sql || is_python) || !(named || FOLDERS.iter().any(|word| file.contains(word))) {
        return Vec::new();
    }
    let text = document.root.raw();
    let found = if is_sql { in_sql(text) } else { in_python(text) };
    let start = document.root.span().start;
    let one = |(index, (at, broken)): (usize, (usize, Broken))| {
        let key = format!("{index} {} {}", broken.statement, broken.object);
        let mut item = document.cursor().item(key, fact(file, &broken));
        let at = start.saturating_add(u32::try_from(at).unwrap_or_default());
        item.span = Some((at, at));
        item
    };
    found.into_iter().enumerate().map(one).collect()
}

/// What a statement takes away.
#[derive(Debug, PartialEq, Eq)]
struct Broken {
    statement: &'static str,
    object: String,
}

fn fact<'t>(file: &'t str, broken: &Broken) -> Fact<'t> {
    Fact::map([
        ("file", Some(Fact::text(file))),
        ("statement", Some(Fact::text(broken.statement))),
        ("object", Some(Fact::text(broken.object.clone()))),
    ])
}

/// Each with the byte at which its statement begins.
fn in_sql(text: &str) -> Vec<(usize, Broken)> {
    let statements = statements(text);
    let tables = statements.iter().filter_map(|(_, words)| created(words));
    let tables: BTreeSet<String> = tables.collect();
    let own = |broken: &Broken| {
        let table = broken.object.split('.').next().unwrap_or_default();
        tables.contains(&table.to_lowercase())
    };
    let all = statements.iter().flat_map(|(at, words)| {
        let broken = broken(words).into_iter();
        broken.map(|broken| (*at, broken))
    });
    all.filter(|(_, broken)| !own(broken)).collect()
}

/// The statements of a text as words, quotes and comments taken away; brackets and commas are words.
fn statements(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut all = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let (mut at, mut begins) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let next = token(rest);
        let word = rest.get(..next.length).unwrap_or(rest);
        match next.kind {
            Token::Skip => (),
            Token::End => {
                let done = std::mem::take(&mut words);
                all.push((begins, done));
            }
            Token::Word => {
                if words.is_empty() {
                    begins = at;
                }
                words.push(word.trim_matches(['"', '`', '[', ']']));
            }
        }
        at += next.length.max(1);
    }
    all.push((begins, words));
    all.retain(|(_, words)| !words.is_empty());
    all
}

enum Token {
    Skip,
    Word,
    End,
}

struct Next {
    kind: Token,
    length: usize,
}

fn token(rest: &str) -> Next {
    let until = |end: &str, from: usize| {
        let found = rest.get(from..).and_then(|tail| tail.find(end));
        found.map_or(rest.len(), |at| at + from + end.len())
    };
    let skip = |length| Next { kind: Token::Skip, length };
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        _ if rest.starts_with("--") => skip(until("\n", 2)),
        _ if rest.starts_with("/*") => skip(until("*/", 2)),
        '\'' => Next { kind: Token::Word, length: until("'", 1) },
        '"' => Next { kind: Token::Word, length: until("\"", 1) },
        '`' => Next { kind: Token::Word, length: until("`", 1) },
        '[' => Next { kind: Token::Word, length: until("]", 1) },
        '$' => match rest.get(1..).and_then(|tail| tail.find('$')) {
            // A body of a function: what it does is not done by the migration.
            Some(tag) if rest.get(1..=tag).is_some_and(|tag| tag.bytes().all(is_of_name)) => {
                let mark = rest.get(..tag + 2).unwrap_or("$");
                skip(until(mark, mark.len()))
            }
            Some(_) | None => skip(1),
        },
        ';' => Next { kind: Token::End, length: 1 },
        '(' | ')' | ',' => Next { kind: Token::Word, length: 1 },
        _ if first.is_whitespace() => skip(first.len_utf8()),
        _ => {
            let ends = |c: char| c.is_whitespace() || "();,'\"`[".contains(c);
            let length = rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8());
            Next { kind: Token::Word, length }
        }
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Words of a statement, asked in any case.
struct Words<'w, 't>(&'w [&'t str]);

impl<'t> Words<'_, 't> {
    fn is(&self, at: usize, word: &str) -> bool {
        self.0.get(at).is_some_and(|own| own.eq_ignore_ascii_case(word))
    }

    fn begin(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.is(at + index, word))
    }

    /// The name at a place, `IF EXISTS`, `IF NOT EXISTS` and `ONLY` read over.
    fn name(&self, mut at: usize) -> (usize, &'t str) {
        while ["IF", "NOT", "EXISTS", "ONLY"].iter().any(|word| self.is(at, word)) {
            at += 1;
        }
        (at, self.0.get(at).copied().unwrap_or_default())
    }
}

fn bare(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.trim_matches(['"', '`', '[', ']']).to_owned()
}

/// The table that a statement makes.
fn created(words: &[&str]) -> Option<String> {
    let words = Words(words);
    let at = (1..4).find(|at| words.is(0, "CREATE") && words.is(*at, "TABLE"))?;
    Some(bare(words.name(at + 1).1).to_lowercase())
}

fn broken(all: &[&str]) -> Vec<Broken> {
    let words = Words(all);
    let whole = |statement, at| {
        let object = bare(words.name(at).1);
        vec![Broken { statement, object }]
    };
    if words.begin(0, &["DROP", "TABLE"]) {
        return whole("DROP TABLE", 2);
    }
    if words.begin(0, &["DROP", "SCHEMA"]) || words.begin(0, &["DROP", "DATABASE"]) {
        return whole("DROP SCHEMA", 2);
    }
    if words.is(0, "TRUNCATE") {
        return whole("TRUNCATE", if words.is(1, "TABLE") { 2 } else { 1 });
    }
    if words.begin(0, &["RENAME", "TABLE"]) {
        return whole("RENAME TABLE", 2);
    }
    if !words.begin(0, &["ALTER", "TABLE"]) {
        return Vec::new();
    }
    let (at, table) = words.name(2);
    let actions = all.get(at + 1..).unwrap_or_default();
    parts(actions).into_iter().filter_map(|action| altered(&bare(table), action)).collect()
}

/// The actions of an `ALTER TABLE`, between commas outside of brackets.
fn parts<'w, 't>(words: &'w [&'t str]) -> Vec<&'w [&'t str]> {
    let mut depth = 0_usize;
    let split = |word: &&str| {
        match *word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => (),
        }
        *word == "," && depth == 0
    };
    words.split(split).collect()
}

/// What of a table can be dropped without a program missing it.
const NO_COLUMNS: [&str; 9] = [
    "CONSTRAINT",
    "INDEX",
    "KEY",
    "PRIMARY",
    "FOREIGN",
    "CHECK",
    "PARTITION",
    "DEFAULT",
    "IDENTITY",
];

fn altered(table: &str, action: &[&str]) -> Option<Broken> {
    let words = Words(action);
    let column = |statement, at: usize| {
        let at = if words.is(at, "COLUMN") { at + 1 } else { at };
        let name = bare(words.name(at).1);
        Some(Broken { statement, object: format!("{table}.{name}") })
    };
    if words.is(0, "DROP") && !NO_COLUMNS.iter().any(|word| words.is(1, word)) {
        return column("DROP COLUMN", 1);
    }
    if words.begin(0, &["RENAME", "TO"]) {
        return Some(Broken { statement: "RENAME TABLE", object: table.to_owned() });
    }
    if words.is(0, "RENAME") && !["CONSTRAINT", "INDEX", "KEY"].iter().any(|w| words.is(1, w)) {
        return column("RENAME COLUMN", 1);
    }
    if words.is(0, "CHANGE") {
        let at = if words.is(1, "COLUMN") { 2 } else { 1 };
        let (from, to) = (words.name(at).1, words.name(at + 1).1);
        return (!from.eq_ignore_ascii_case(to)).then(|| column("RENAME COLUMN", 1))?;
    }
    let has = |wanted: &[&str]| (0..action.len()).any(|at| words.begin(at, wanted));
    if words.is(0, "ALTER") && has(&["SET", "NOT", "NULL"]) {
        return column("SET NOT NULL", 1);
    }
    let is_column = !["CONSTRAINT", "INDEX", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "KEY"]
        .iter()
        .any(|word| words.is(1, word));
    let filled = has(&["DEFAULT"]) || has(&["GENERATED"]) || has(&["AUTO_INCREMENT"]);
    let adds = words.is(0, "ADD") && is_column && has(&["NOT", "NULL"]) && !filled;
    if adds { column("ADD NOT NULL", 1) } else { None }
}

/// What `upgrade` of an Alembic revision does.
fn in_python(text: &str) -> Vec<(usize, Broken)> {
    const CALLS: [(&str, &str); 3] = [
        ("op.drop_table(", "DROP TABLE"),
        ("op.drop_column(", "DROP COLUMN"),
        ("op.rename_table(", "RENAME TABLE"),
    ];
    let Some(start) = text.find("def upgrade") else { return Vec::new() };
    let body = text.get(start..).unwrap_or_default();
    let body = body.find("def downgrade").and_then(|end| body.get(..end)).unwrap_or(body);
    let quoted = |rest: &str| -> Vec<String> {
        let line = rest.split(')').next().unwrap_or_default();
        let parts = line.split(['"', '\'']).skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    let made: BTreeSet<String> = body
        .match_indices("op.create_table(")
        .filter_map(|(at, call)| quoted(body.get(at + call.len()..)?).into_iter().next())
        .collect();
    let mut found = Vec::new();
    for (call, statement) in CALLS {
        for (at, _) in body.match_indices(call) {
            let names = quoted(body.get(at + call.len()..).unwrap_or_default());
            let names: Vec<String> =
                names.into_iter().take(if statement == "DROP COLUMN" { 2 } else { 1 }).collect();
            if names.first().is_some_and(|table| !made.contains(table)) {
                found.push((start + at, Broken { statement, object: names.join(".") }));
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
}

/// Changes of Liquibase, and what they take away.
const CHANGES: [(&str, &str); 6] = [
    ("dropTable", "DROP TABLE"),
    ("dropColumn", "DROP COLUMN"),
    ("dropAllForeignKeyConstraints", ""),
    ("renameTable", "RENAME TABLE"),
    ("renameColumn", "RENAME COLUMN"),
    ("addNotNullConstraint", "SET NOT NULL"),
];

fn liquibase<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let root = document.cursor();
    let Some(log) = root.get("databaseChangeLog") else { return Vec::new() };
    // XML has the changes in the set itself, the others a list of them.
    let sets = if log.node.kind() == Kind::List {
        log.items().into_iter().filter_map(|one| one.get("changeSet")).collect()
    } else {
        each(&log, "changeSet")
    };
    let mut items = Vec::new();
    for set in sets {
        let listed = each(&set, "changes");
        let made: BTreeSet<String> = listed
            .iter()
            .chain([&set])
            .flat_map(|one| each(one, "createTable"))
            .filter_map(|one| said(one.node, "tableName").map(str::to_lowercase))
            .collect();
        for holder in listed.iter().chain([&set]) {
            for (key, statement) in CHANGES.iter().filter(|(_, said)| !said.is_empty()) {
                for place in each(holder, key) {
                    let table = said(place.node, "tableName")
                        .or_else(|| said(place.node, "oldTableName"))
                        .unwrap_or_default();
                    if made.contains(&table.to_lowercase()) {
                        continue;
                    }
                    let column = said(place.node, "columnName");
                    let column = column.or_else(|| said(place.node, "oldColumnName"));
                    let object = column
                        .map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"));
                    let broken = Broken { statement, object };
                    items.push(place.item_here(fact(document.file, &broken)));
                }
            }
        }
    }
    items
}

/// The members of a list, or the one thing that stands there instead of a list of one.
fn each<'t>(from: &Cursor<'t>, key: &str) -> Vec<Cursor<'t>> {
    let Some(found) = from.get(key) else { return Vec::new() };
    if found.node.kind() == Kind::List { found.items() } else { vec![found] }
}

/// A field, which in XML is an attribute.
fn said<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    node.text_at(&[key]).or_else(|| node.text_at(&[&format!("@{key}")]))
}

#[cfg(test)]
mod tests {
    use super::{in_python, in_sql};

    fn told(text: &str) -> Vec<String> {
        let found = in_sql(text).into_iter();
        found.map(|(at, one)| format!("{at} {} {}", one.statement, one.object)).collect()
    }

    #[test]
    fn statements_that_take_something_away_are_found() {
        let cases = [
            ("ALTER TABLE card DROP COLUMN legacy;", "0 DROP COLUMN card.legacy"),
            ("alter table only shop.card drop if exists legacy;", "0 DROP COLUMN card.legacy"),
            ("DROP TABLE IF EXISTS `card`;", "0 DROP TABLE card"),
            ("-- DROP TABLE a;\n TRUNCATE TABLE card;", "18 TRUNCATE card"),
            ("ALTER TABLE card RENAME TO cards", "0 RENAME TABLE card"),
            ("ALTER TABLE card RENAME COLUMN a TO b", "0 RENAME COLUMN card.a"),
            ("ALTER TABLE card CHANGE a b int", "0 RENAME COLUMN card.a"),
            ("ALTER TABLE card ALTER COLUMN a SET NOT NULL", "0 SET NOT NULL card.a"),
            ("ALTER TABLE card ADD a numeric(10, 2) NOT NULL", "0 ADD NOT NULL card.a"),
            ("ALTER TABLE card ADD b int, DROP COLUMN \"a\";", "0 DROP COLUMN card.a"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), [expected], "{text}");
        }
    }

    #[test]
    fn statements_that_only_add_are_left_alone() {
        for text in [
            "CREATE TABLE tmp (a int); DROP TABLE tmp;",
            "CREATE TABLE t (a int); ALTER TABLE t ADD b int NOT NULL;",
            "ALTER TABLE card ADD COLUMN a int;",
            "ALTER TABLE card ADD a int NOT NULL DEFAULT 0;",
            "ALTER TABLE card DROP CONSTRAINT c; DROP INDEX i;",
            "ALTER TABLE card ALTER a DROP NOT NULL;",
            "ALTER TABLE card CHANGE a a bigint;",
            "INSERT INTO a VALUES ('; DROP TABLE card;');",
            "/* DROP TABLE card; */ SELECT 1;",
            "CREATE FUNCTION f() AS $x$ TRUNCATE card; $x$ LANGUAGE sql;",
            "'unclosed; DROP TABLE card",
            "",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn only_upgrades_of_alembic_count() {
        let text = "def upgrade():\n    op.create_table('t')\n    op.drop_table('t')\n    \
                    op.drop_column('card', 'legacy')\n\ndef downgrade():\n    op.drop_table('x')\n";
        let found = in_python(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.object, "card.legacy");
    }
}
