//! Secrets of a text without regard to its tree: by shape, and by its words.

use std::ops::Range;

use super::assign::{Manner, told};
use super::comments;
use super::edit::{Cause, Mask};
use super::key::MaskingKey;
use super::opaque;
use super::shape::{FORGED_CLASS, Trigger, Triggers, shapes};
use super::variables::Variables;

/// The secrets of a text that has no tree.
pub(super) fn find_flat(
    key: &MaskingKey,
    text: &str,
    manner: Manner,
    variables: Option<&Variables>,
) -> Vec<Mask> {
    let triggers = Triggers::with(text, variables);
    let mut masks = by_shape(key, text, &triggers);
    masks.extend(tokens(key, text, told(text, &triggers, &(0..text.len()), manner)));
    let options = variables.map(|variables| variables.options(text)).unwrap_or_default();
    masks.extend(tokens(key, text, options.into_iter().map(|range| (range, "sensitive-value"))));
    masks
}

/// Masks for secrets of known places and classes.
pub(super) fn tokens(
    key: &MaskingKey,
    text: &str,
    secrets: impl IntoIterator<Item = (Range<usize>, &'static str)>,
) -> Vec<Mask> {
    let mask = |(range, class): (Range<usize>, &str)| {
        let secret = text.get(range.clone()).unwrap_or_default();
        Mask::over(text, range.clone(), key.token(class, secret.as_bytes()))
    };
    secrets.into_iter().map(mask).collect()
}

pub(super) fn by_shape(key: &MaskingKey, text: &str, triggers: &Triggers) -> Vec<Mask> {
    let opaque = opaque::keys(text).into_iter().map(|range| {
        let secret = text.get(range.clone()).unwrap_or_default();
        let token = key.token("opaque", secret.as_bytes());
        Mask { cause: Cause::Evident, ..Mask::over(text, range.clone(), token) }
    });
    let found = shapes(text, triggers).into_iter();
    found
        .map(|shape| {
            let token = key.token(shape.class, &shape.secret);
            let mut mask = match shape.lines.split_first() {
                None => Mask::over(text, shape.range, token),
                Some((first, rest)) => {
                    let mut mask = Mask::over(text, first.clone(), token);
                    for line in rest {
                        mask.edits.extend(Mask::over(text, line.clone(), String::new()).edits);
                    }
                    mask
                }
            };
            if shape.class == FORGED_CLASS {
                mask.cause = Cause::Forged;
            }
            mask
        })
        .chain(opaque)
        .collect()
}

/// What comments assign: settings that were commented out are secrets still.
pub(super) fn in_comments(key: &MaskingKey, text: &str, triggers: &Triggers) -> Vec<Mask> {
    let mut masks = Vec::new();
    let mut done = 0;
    for (start, _, trigger) in triggers.within(0..text.len()) {
        if trigger.is_shape() || trigger == Trigger::Escape || start < done {
            continue;
        }
        let head = text.get(..start).unwrap_or_default();
        let line_start = memchr::memrchr(b'\n', head.as_bytes()).map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        done = line_start + length;
        let Some(mark) = comment_mark(rest.get(..length).unwrap_or_default()) else { continue };
        let told = told(text, triggers, &(line_start + mark + 1..done), Manner::Lines);
        masks.extend(tokens(key, text, told));
    }
    masks
}

/// What comments of several lines assign.
pub(super) fn in_blocks(
    key: &MaskingKey,
    text: &str,
    syntax: &str,
    triggers: &Triggers,
) -> Vec<Mask> {
    let blocks = comments::blocks(text, syntax);
    let blocks = blocks.into_iter().filter(|block| triggers.any_within(block.clone()));
    let found = blocks.flat_map(|block| told(text, triggers, &block, Manner::Lines));
    tokens(key, text, found)
}

/// Where a line's comment begins, in any syntax that has comments of one line.
fn comment_mark(line: &str) -> Option<usize> {
    let indentation = line.len() - line.trim_start().len();
    let body = line.get(indentation..)?;
    if ["#", ";", "//", "!", "<!--", "--"].iter().any(|mark| body.starts_with(mark)) {
        return Some(indentation);
    }
    let mut marks = memchr::memchr2_iter(b'#', b'/', line.as_bytes());
    marks.find_map(|at| {
        let before = at.checked_sub(1)?;
        let marked = line.get(before..)?;
        [" #", "\t#", " //"].iter().any(|mark| marked.starts_with(mark)).then_some(before)
    })
}
