//! Differences, shown line by line.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;

/// So many lines of a difference are shown.
const MOST: usize = 40;

/// A value as YAML.
pub(crate) fn yaml(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// What was expected (`-`) and what came (`+`), with a line around each change.
pub(crate) fn difference(wanted: &str, given: &str) -> String {
    let diff = TextDiff::from_lines(wanted, given);
    let mut out = String::from("expected (-), came (+):");
    let mut lines = 0;
    for (number, group) in diff.grouped_ops(2).iter().enumerate() {
        if number > 0 {
            out.push_str("\n  …");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines += 1;
            if lines > MOST {
                out.push_str("\n  … and more");
                return out;
            }
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = write!(out, "\n{sign} {}", change.value().trim_end_matches('\n'));
        }
    }
    out
}
