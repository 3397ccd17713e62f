//! Why a difference is legitimate. Each function proves its claim or says nothing.

use std::net::Ipv4Addr;

use super::Context;
use super::renames::Place;
use crate::dialect::equality::same_scalar;
use crate::dialect::schema::{At, Documented, FieldType, Seg};
use crate::dialect::{Dialect, Within, default_at, field_type, parts_of_image};
use crate::model::{Explainer, Explanation, Kind, Node, Pair, Scalar, Side, Step, Style, Typing};

/// Who reads a value, as far as equality is concerned.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) syntax: &'static str,
    pub(super) field: Option<FieldType>,
}

/// Explains two scalars of different spelling: the same value, else the colour map.
pub(super) fn replaced(
    context: &Context<'_>,
    reader: Reader,
    pair: Pair<Node<'_>>,
) -> Option<Explanation> {
    let typing = reader.dialect.typing();
    let values = pair.map(|node| typing.read(node));
    if values.blue == values.green {
        return same_value(reader, pair, &values.blue)
            .or_else(|| same_number(reader, pair))
            .filter(|(by, _)| context.hears(*by))
            .map(|(_, how)| Explanation::Representation { how: how.to_owned() });
    }
    if !same_type(reader, pair) || is_tagged_as_address(reader, pair.blue) {
        return None;
    }
    if is_tagged_by_number(reader, pair) {
        return same_text(context, reader.field, &values)
            .filter(|found| !matches!(found, Explanation::Colour { .. }));
    }
    same_text(context, reader.field, &values).or_else(|| declared_number(context, pair, &values))
}

/// Explains two numbers that are declared for each other as a whole, written alike: a port, an account.
fn declared_number(
    context: &Context<'_>,
    pair: Pair<Node<'_>>,
    values: &Pair<Scalar<'_>>,
) -> Option<Explanation> {
    let (Scalar::Number(_), Scalar::Number(_)) = (&values.blue, &values.green) else { return None };
    let token = context.policy.colours.declared(pair.blue.text(), pair.green.text())?;
    context.hears(Explainer::Colour).then_some(Explanation::Colour { token })
}

/// Whether a reference to an image has a version of four numbers, which is no address that a network
/// might hold.
fn is_tagged_as_address(reader: Reader, blue: Node<'_>) -> bool {
    let is_image = matches!(reader.field, Some(FieldType::Image | FieldType::PulledImage));
    let tag = || parts_of_image(blue.text())?.1?.parse::<Ipv4Addr>().ok();
    is_image && tag().is_some()
}

/// Whether two references to images have tags of nothing but digits that differ: releases, whatever the
/// numbers are declared for.
fn is_tagged_by_number(reader: Reader, pair: Pair<Node<'_>>) -> bool {
    let is_image = matches!(reader.field, Some(FieldType::Image | FieldType::PulledImage));
    let number = |node: Node<'_>| {
        let tag = parts_of_image(node.text())?.1?.to_owned();
        tag.bytes().all(|byte| byte.is_ascii_digit()).then_some(tag)
    };
    is_image && pair.map(number).both().is_some_and(|tags| tags.blue != tags.green)
}

/// Explains two texts without quotes or types: the same value, else the colour map.
pub(super) fn same_text(
    context: &Context<'_>,
    field: Option<FieldType>,
    values: &Pair<Scalar<'_>>,
) -> Option<Explanation> {
    let same = |blue: &Scalar<'_>| {
        same_scalar(blue, &values.green, field).filter(|(by, _)| context.hears(*by))
    };
    if let Some((_, how)) = same(&values.blue) {
        return Some(Explanation::Representation { how });
    }
    let (Scalar::Text(blue), Scalar::Text(green)) = (&values.blue, &values.green) else {
        return None;
    };
    let colours = &context.policy.colours;
    if !context.hears(Explainer::Colour) {
        return None;
    }
    // Mostly it is nothing but its colours.
    if !(context.hears(Explainer::Quoting) && colours.turns_into(blue, green)) {
        let expected = colours.recolour(blue);
        if expected == *blue {
            return None;
        }
        same(&Scalar::Text(&expected))?;
    }
    colours.token_in(Side::Blue, blue).map(|token| Explanation::Colour { token })
}

/// Explains two texts of which one names a document that goes by another name, the other says the
/// same of its new name.
pub(super) fn renamed(
    context: &Context<'_>,
    steps: &[Step],
    texts: Pair<&str>,
    place: Place<'_>,
) -> Option<Explanation> {
    let (text, token) = context.renames.apply(steps, texts.blue, place)?;
    let same = context.policy.colours.recolour(&text) == texts.green;
    same.then_some(Explanation::Colour { token })
}

/// Explains two texts that are hashes of the same thing on either side, where both were
/// recomputed.
pub(super) fn hashed(context: &Context<'_>, pair: Pair<Node<'_>>) -> Option<Explanation> {
    let by = Pair::from_fn(|side| {
        let file = context.files.get(side).unwrap_or_default();
        let by = context.hashed.get(side).of(pair.get(side).text(), file)?;
        Some(context.policy.colours.fold(side, &by).into_owned())
    });
    let by = by.both().filter(|by| by.blue == by.green && context.hears(Explainer::Hash))?.blue;
    let is_of_original =
        |side: &Side| context.hashed.get(*side).is_of_original(pair.get(*side).text());
    let when =
        if Side::BOTH.iter().any(is_of_original) { " before secrets were masked" } else { "" };
    Some(Explanation::Generated { by: format!("{by}, recomputed{when}") })
}

/// In what two spellings of one typed value differ, where no reader can tell them apart.
fn same_value(
    reader: Reader,
    pair: Pair<Node<'_>>,
    value: &Scalar<'_>,
) -> Option<(Explainer, &'static str)> {
    if !same_type(reader, pair) {
        return None;
    }
    if pair.blue.text() == pair.green.text() {
        return Some((Explainer::Quoting, "quoting"));
    }
    match value {
        Scalar::Bool(_) => Some((Explainer::BooleanWord, "boolean word")),
        Scalar::Null => Some((Explainer::NullWord, "null word")),
        Scalar::Text(_) | Scalar::Secret(_) => Some((Explainer::Quoting, "quoting")),
        // A reader nobody knows may take `1.10` for a version and `0755` for a text.
        Scalar::Number(_) => {
            let known = reader.dialect.id() != "plain";
            let takes_both = matches!(reader.field, Some(FieldType::Float | FieldType::Number));
            let alike = is_float(pair.blue.text()) == is_float(pair.green.text());
            (known && (alike || takes_both))
                .then_some((Explainer::NumberSpelling, "number spelling"))
        }
    }
}

/// Whether the reader takes both for a number with a fraction, written or not.
fn same_number(reader: Reader, pair: Pair<Node<'_>>) -> Option<(Explainer, &'static str)> {
    (reader.field == Some(FieldType::Number) && same_type(reader, pair))
        .then_some((Explainer::NumberText, "number spelling"))
}

fn is_float(number: &str) -> bool {
    let based = number.to_ascii_lowercase().trim_start_matches(['+', '-']).starts_with("0x");
    !based && number.contains(['.', 'e', 'E'])
}

/// Whether the spelling itself decides what the reader makes of the value, and differs: types in
/// TOML; words that are more than text to some readers of YAML, or to PostgreSQL, where no quotes
/// say that they are not; single quotes around a `$` in an environment file.
fn same_type(reader: Reader, pair: Pair<Node<'_>>) -> bool {
    let is_single = |node: Node<'_>| node.style() == Style::Single;
    let is_plain = |node: Node<'_>| node.style() == Style::Plain;
    let quoted_alike = is_plain(pair.blue) == is_plain(pair.green);
    if !quoted_alike && reader.dialect.is_filled_in(pair.blue.text()) {
        return false;
    }
    match reader.syntax {
        "toml" => pair.blue.kind() == pair.green.kind() && quoted_alike,
        "dotenv" => {
            let expands = pair.blue.text().contains('$') || pair.green.text().contains('$');
            !expands || is_single(pair.blue) == is_single(pair.green)
        }
        "yaml" => quoted_alike || !may_be_more(reader.dialect, pair.blue.text()),
        "pg_hba" => quoted_alike || !is_word_of_rules(pair.blue.text()),
        _ => true,
    }
}

/// Whether a plain scalar may be more than its text to its reader, who is not always known.
fn may_be_more(dialect: &dyn Dialect, text: &str) -> bool {
    dialect.typing().may_be_more(text) || dialect.id() == "plain" && is_word_of_any_yaml(text)
}

/// Whether some version of YAML makes a truth or a number of a word.
fn is_word_of_any_yaml(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let truth = ["y", "n", "yes", "no", "on", "off"].contains(&word.as_str());
    truth
        || [Typing::Yaml11, Typing::Yaml12, Typing::Snake]
            .iter()
            .any(|typing| typing.may_be_more(text))
}

/// Whether a word of `pg_hba.conf` means something else without quotes (PostgreSQL 17,
/// `client-auth.sgml`): everything, a group, a regular expression, a file, a list.
fn is_word_of_rules(text: &str) -> bool {
    const WORDS: [&str; 7] =
        ["all", "sameuser", "samerole", "samegroup", "replication", "samehost", "samenet"];
    WORDS.contains(&text) || text.starts_with(['+', '/', '@']) || text.contains(',')
}

/// Whether the keys of two entries are one key to their reader, their texts being the same: `on`
/// is none in YAML 1.1 where nothing quotes it.
pub(super) fn same_key(dialect: &dyn Dialect, syntax: &str, keys: Pair<Node<'_>>) -> bool {
    let is_plain = |node: Node<'_>| node.style() == Style::Plain;
    if syntax != "yaml" || is_plain(keys.blue) == is_plain(keys.green) {
        return true;
    }
    let text = keys.blue.text();
    if may_be_more(dialect, text) {
        return false;
    }
    let known = dialect.id() != "plain";
    match dialect.typing().plain(text) {
        Scalar::Text(_) | Scalar::Secret(_) => true,
        Scalar::Bool(_) => known && matches!(text, "true" | "false"),
        Scalar::Number(number) => known && number.as_str() == text,
        Scalar::Null => false,
    }
}

/// Explains a value that a tool writes anew on every deployment, or that nobody reads.
pub(super) fn by_place(
    context: &Context<'_>,
    dialect: &dyn Dialect,
    at: At<'_>,
) -> Option<Explanation> {
    let schema = dialect.schema();
    let generated = schema.generated(at).filter(|_| context.hears(Explainer::Generated));
    if let Some(by) = generated {
        return Some(Explanation::Generated { by: by.to_owned() });
    }
    let source = schema.ignored(at).filter(|_| context.hears(Explainer::Ignored))?;
    Some(Explanation::Representation { how: format!("its reader does not look at it: {source}") })
}

/// Explains two values that a tool made of what each stands in, in the same way.
pub(super) fn derived(
    context: &Context<'_>,
    dialect: &dyn Dialect,
    at: At<'_>,
    pair: Pair<(Node<'_>, Within<'_>)>,
) -> Option<Explanation> {
    let by = pair.map(|(node, within)| dialect.derived(at, node, within)).both()?;
    let same = by.blue == by.green && context.hears(Explainer::Derived);
    same.then_some(Explanation::Generated { by: by.blue })
}

/// Explains a node that only one side has: written by a tool, null where the reader takes null
/// for absence, or the documented default spelled out.
pub(super) fn one_sided(
    context: &Context<'_>,
    dialect: &dyn Dialect,
    within: Pair<Option<Within<'_>>>,
    side: Side,
    at: At<'_>,
    node: Node<'_>,
    defaults: bool,
) -> Option<Explanation> {
    if let Some(explanation) = by_place(context, dialect, at) {
        return Some(explanation);
    }
    // The other's reader decides what none means.
    let version = within.get(side.other()).and_then(|within| within.version);
    let typing = dialect.typing();
    if node.is_scalar() {
        let value = typing.read(node);
        if value == Scalar::Null
            && dialect.schema().null_is_absent(at)
            && context.hears(Explainer::NullIsAbsent)
        {
            return Some(Explanation::Representation { how: "null means absent".to_owned() });
        }
        let default = default_at(dialect, at, version)
            .filter(|_| defaults && context.hears(Explainer::Default))
            .and_then(|default| spelled_out(dialect, at, default, &value));
        return default;
    }
    if !defaults {
        return None;
    }
    if node.is_empty() {
        let default = default_at(dialect, at, version)
            .filter(|default| default.value == "{}" && context.hears(Explainer::EmptyDefault));
        return default.map(|default| Explanation::Default { citation: default.source.clone() });
    }
    let [.., Seg::Key("env"), Seg::Item(_)] = at.path else { return None };
    let value = node.get("value").filter(|_| node.kind() == Kind::Map && node.len() == 2)?;
    let mut path = at.path.to_vec();
    path.push(Seg::Key("value"));
    let at = At { kind: at.kind, path: &path };
    let default =
        default_at(dialect, at, version).filter(|_| context.hears(Explainer::VariableDefault))?;
    spelled_out(dialect, at, default, &typing.read(value))
}

/// Explains a value that says what its absence means.
pub(super) fn spelled_out(
    dialect: &dyn Dialect,
    at: At<'_>,
    documented: &Documented,
    value: &Scalar<'_>,
) -> Option<Explanation> {
    let default = if matches!(value, Scalar::Text(_)) {
        Scalar::Text(&documented.value)
    } else {
        dialect.typing().plain(&documented.value)
    };
    same_scalar(&default, value, field_type(dialect, at))
        .map(|_| Explanation::Default { citation: documented.source.clone() })
}

/// Explains two values of different kinds that their reader takes for the same: a null section
/// and an empty one, where the reader does. An empty list is none: it takes the place of another.
pub(super) fn unlike(
    context: &Context<'_>,
    dialect: &dyn Dialect,
    pair: Pair<Node<'_>>,
) -> Option<Explanation> {
    let typing = dialect.typing();
    let null = |node: Node<'_>| node.is_scalar() && typing.read(node) == Scalar::Null;
    let empty = |node: Node<'_>| node.kind() == Kind::Map && node.is_empty();
    let alike = (null(pair.blue) && empty(pair.green)) || (empty(pair.blue) && null(pair.green));
    (alike && dialect.schema().null_is_empty() && context.hears(Explainer::EmptySection))
        .then(|| Explanation::Representation { how: "an empty section".to_owned() })
}
