//! Passwords in the access lists of Redis: `user alice on >PASSWORD ~* +@all`.

use std::ops::Range;

use super::shape::{Trigger, Triggers};

/// Rules that hardly any access list is without.
pub(super) const RULES: [&str; 6] = ["+@", "-@", "allkeys", "allcommands", " on >", " on #"];

/// The passwords, and the hashes of passwords, of the access lists in a text.
pub(super) fn passwords(
    text: &str,
    triggers: &Triggers,
    within: &Range<usize>,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut done = within.start;
    for (start, _, trigger) in triggers.within(within.clone()) {
        if trigger != Trigger::Acl || start < done {
            continue;
        }
        let head = text.get(within.start..start).unwrap_or_default();
        let mut at = within.start + head.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(at..within.end).unwrap_or_default().lines().next().unwrap_or_default();
        done = at + line.len();
        for word in line.split_inclusive([' ', '\t', '"', '\'', ',']) {
            let rule = word.trim_end_matches([' ', '\t', '\r', '"', '\'', ',']);
            // A shell redirects to `&2` and to paths; conditions compare with numbers.
            let behind = rule.get(1..).unwrap_or_default();
            let is_other = behind.starts_with(['&', '/', '=', '$'])
                || behind.bytes().all(|byte| byte.is_ascii_digit());
            if !is_other && rule.starts_with(['>', '<', '#', '!']) {
                found.push(at + 1..at + rule.len());
            }
            at += word.len();
        }
    }
    found
}
