//! Pieces of a file as they are shown in messages.

use crate::diagnostic::{Fix, Span};

/// A text as a quoted YAML value: in `"…"`, or in `'…'` where it holds quotes or backslashes of its own.
pub(super) fn quoted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = beginning_of(&text, 200);
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// A text in quotes such as YAML reads back to the letter; nothing for one of several lines.
pub(super) fn exactly_quoted(text: &str) -> Option<String> {
    let is_one_line = !text.is_empty() && !text.contains(|c: char| c.is_control() && c != '\t');
    let plain = !text.contains(['"', '\\']);
    is_one_line.then(|| if plain { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "''")) })
}

/// The fix that puts a stretch of a file in quotes. A ` #` in it or behind it can be a comment or a part of the text, so
/// that a person decides.
pub(super) fn quote_fix(text: &str, span: Span, is_safe: bool) -> Option<Fix> {
    let written = text.get(span.start..span.end)?;
    let behind = line_from(text, span.end).trim_start();
    let is_safe = is_safe && !written.contains(" #") && !behind.starts_with('#');
    Some(Fix { is_safe, ..Fix::safe(span, exactly_quoted(written)?) })
}

/// An entry of a map, or the value alone where there is no key.
pub(super) fn entry(key: Option<&str>, value: &str) -> String {
    match key {
        Some(key) if key.len() <= 60 && !key.starts_with('\0') => format!("{key}: {value}"),
        _ => value.to_owned(),
    }
}

/// The first characters of what may be long.
pub(super) fn beginning(text: &str) -> String {
    beginning_of(text, 60)
}

fn beginning_of(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What stands on the line from `offset` on, without a comment and blanks around it.
pub(super) fn rest_of_line(text: &str, offset: usize) -> &str {
    let line = line_from(text, offset);
    // Blanks of other scripts belong to a text, and places in it are counted from its first byte.
    line.find(" #").map_or(line, |at| &line[..at]).trim_matches([' ', '\t'])
}

/// The line from `offset` to its end.
pub(super) fn line_from(text: &str, offset: usize) -> &str {
    text.get(offset..).unwrap_or_default().split(['\n', '\r']).next().unwrap_or_default()
}

/// Where the line of `offset` begins.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

/// The comment that begins behind blanks at `end`, on the same line. Looks no further than it must: it is
/// asked for every text, and a line may be as long as the file.
pub(super) fn comment_behind(text: &str, end: usize) -> Option<Span> {
    let behind = text.get(end..)?;
    let start = end + behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let separated = start > end && text[start..].starts_with('#');
    separated.then(|| Span::new(start, start + line_from(text, start).len()))
}
