//! Secrets in XML and whatever is written like it: what an element encloses whose name promises a
//! secret, and what stands beside such a name.

use std::ops::Range;

use super::names::{plural_class, secret_class_of};
use super::near::ahead;
use super::shape::{Trigger, Triggers};
use super::value::secret_part;

/// The secrets of a text's elements: where they stand and what kind they are.
pub(super) fn elements(
    text: &str,
    triggers: &Triggers,
    within: &Range<usize>,
) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
    let Some(scope) = text.get(within.clone()) else { return found };
    if memchr::memmem::find(scope.as_bytes(), b"<").is_none() {
        return found;
    }
    let mut done = within.start;
    for (start, end, trigger) in triggers.within(within.clone()) {
        if trigger != Trigger::Word || start < done {
            continue;
        }
        let name = name_around(text, start..end, within);
        done = name.end;
        let written = text.get(name.clone()).unwrap_or_default();
        for (value, class) in beside(text, &name, within, written) {
            let secret = text.get(value.clone()).unwrap_or_default();
            let class = class.or_else(|| secret_class_of(written, secret));
            if let (Some(part), Some(class)) = (secret_part(secret), class) {
                found.push((value.start + part.start..value.start + part.end, class));
            }
        }
    }
    found
}

/// A value, and its class when that is known from the place.
type Value = (Range<usize>, Option<&'static str>);

/// The values a name may speak of.
fn beside(text: &str, name: &Range<usize>, within: &Range<usize>, written: &str) -> Vec<Value> {
    let head = text.get(within.start..name.start).unwrap_or_default();
    let tail = text.get(name.end..within.end).unwrap_or_default();
    let prefix = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c));
    let tag_end = |rest: &str| {
        ahead(rest).find('>').filter(|at| !rest.get(..*at).unwrap_or_default().ends_with('/'))
    };
    if prefix.ends_with('<') {
        // `<password …>value</password>`
        let Some(open) = tag_end(tail).filter(|_| !tail.starts_with('=')) else {
            return Vec::new();
        };
        let body = name.end + open + 1;
        if let Some(class) = plural_class(written) {
            let close = format!("</{written}");
            let end = text.get(body..within.end).and_then(|rest| rest.find(&close));
            return contents(text, body..end.map_or(body, |end| body + end), class);
        }
        return content(text, body, within.end).into_iter().map(|value| (value, None)).collect();
    }
    if let Some(key) = head.strip_suffix(['"', '\'']) {
        // `<property name="password" value="…"/>`, `<entry key="password">…</entry>`
        let Some(open) =
            key.rfind('<').filter(|at| !key.get(*at..).unwrap_or_default().contains('>'))
        else {
            return Vec::new();
        };
        let attribute = key.trim_end().trim_end_matches('=').trim_end();
        if !["name", "key", "id", "Name", "Key"].iter().any(|known| attribute.ends_with(known)) {
            return Vec::new();
        }
        let tag = within.start + open;
        let Some(close) = ahead(tail).find('>') else { return Vec::new() };
        if let Some(value) = attribute_value(text, tag..name.end + close) {
            return vec![(value, None)];
        }
        let Some(open) = tag_end(tail) else { return Vec::new() };
        return content(text, name.end + open + 1, within.end)
            .into_iter()
            .map(|value| (value, None))
            .collect();
    }
    // `<name>password</name><value>…</value>`
    let named = head.ends_with('>') && tail.starts_with("</");
    let next = ahead(tail).find('>').and_then(|at| {
        let rest = tail.get(at + 1..)?;
        let value = rest.trim_start().strip_prefix("<value")?;
        Some(name.end + (tail.len() - value.len()) + value.find('>')? + 1)
    });
    let value = next.filter(|_| named).and_then(|body| content(text, body, within.end));
    value.into_iter().map(|value| (value, None)).collect()
}

/// The text that begins at `body` and ends with its element.
fn content(text: &str, body: usize, end: usize) -> Option<Range<usize>> {
    let rest = text.get(body..end)?;
    let lead = rest.len() - rest.trim_start().len();
    if let Some(data) = rest.get(lead..)?.strip_prefix("<![CDATA[") {
        let from = end - data.len();
        return Some(from..from + data.find("]]>")?);
    }
    let value = rest.get(..ahead(rest).find("</")?)?;
    let whole = value.trim();
    (!whole.is_empty() && !whole.contains('<')).then(|| body + lead..body + lead + whole.len())
}

/// Every text between the tags of a range.
fn contents(text: &str, within: Range<usize>, class: &'static str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut at = within.start;
    for part in text.get(within).unwrap_or_default().split_inclusive('<') {
        let body = part.trim_end_matches('<');
        let from = body.find('>').map_or(0, |end| end + 1);
        let value = body.get(from..).unwrap_or_default();
        let lead = value.len() - value.trim_start().len();
        let start = at + from + lead;
        if !value.trim().is_empty() {
            values.push((start..start + value.trim().len(), Some(class)));
        }
        at += part.len();
    }
    values
}

/// What the attribute `value` of a tag says.
fn attribute_value(text: &str, tag: Range<usize>) -> Option<Range<usize>> {
    let inside = text.get(tag.clone())?;
    let at =
        [" value", "\tvalue", "\nvalue", " Value"].iter().find_map(|name| inside.find(name))?;
    let rest = inside.get(at + 6..)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = rest.get(1..)?;
    let start = tag.end - value.len();
    Some(start..start + value.find(quote)?)
}

fn name_around(text: &str, trigger: Range<usize>, within: &Range<usize>) -> Range<usize> {
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let bytes = text.as_bytes();
    let before = bytes.get(within.start..trigger.start).unwrap_or_default();
    let after = bytes.get(trigger.end..within.end).unwrap_or_default();
    let start = trigger.start - before.iter().rev().take_while(|byte| named(byte)).count();
    start..trigger.end + after.iter().take_while(|byte| named(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::super::shape::Triggers;
    use super::elements;

    fn found(text: &str) -> Vec<&str> {
        let hits = elements(text, &Triggers::of(text), &(0..text.len()));
        hits.into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn elements_give_their_secrets_away() {
        for (text, secrets) in [
            ("<a><x:password t='1'> hunter2 </x:password></a>", &["hunter2"][..]),
            ("<password><![CDATA[hun<ter2]]></password>", &["hun<ter2"]),
            ("<property name=\"db.password\" value='hunter2'/>", &["hunter2"]),
            ("<add value=\"hunter2\" key=\"ApiToken\"/>", &["hunter2"]),
            ("<entry key='password'>hunter2</entry>", &["hunter2"]),
            ("<name>s3.secret.key</name>\n<value>hunter2</value>", &["hunter2"]),
            ("<passwords><a>hunter2</a><b>hunter3</b></passwords>", &["hunter2", "hunter3"]),
        ] {
            assert_eq!(found(text), secrets, "{text}");
        }
    }

    #[test]
    fn elements_that_hold_no_secret_are_left_alone() {
        for text in [
            "<password/>",
            "<password>${x}</password>",
            "<name>token</name><url>https://h/x</url>",
            "<b>password</b> is rotated",
            "<server><password><a/></password></server>",
            "if (password < 3) x > 4",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
