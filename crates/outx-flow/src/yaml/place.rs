//! From a byte of a text's value to the byte of the file that it came from.
//!
//! Indentation, folding and trimming change blanks and nothing else. So the k-th character of the value that
//! is not blank is the k-th such character of the file, once `''` and `\` escapes are undone, in every style.

use super::{Text, TextStyle};

/// See [`Text::place_in_source`].
pub(super) fn in_source(text: &Text, source: &str, value_offset: usize) -> usize {
    let start = text.span.start;
    let Some(raw) = source.get(start..text.span.end) else { return start };
    let quote = match text.style {
        TextStyle::Single => '\'',
        TextStyle::Double => '"',
        TextStyle::Plain | TextStyle::Literal | TextStyle::Folded => {
            return follow(text, raw, start, value_offset);
        }
    };
    let body = raw.strip_prefix(quote).and_then(|raw| raw.strip_suffix(quote));
    body.map_or(start, |body| follow(text, body, start + quote.len_utf8(), value_offset))
}

fn follow(text: &Text, body: &str, body_start: usize, value_offset: usize) -> usize {
    let offset = text.value.floor_char_boundary(value_offset);
    let mut units = Units { style: text.style, body, at: 0 }.filter(|unit| !unit.character.is_whitespace());
    let mut behind = None;
    for (at, character) in text.value.char_indices().filter(|(_, character)| !character.is_whitespace()) {
        // Blanks have no place of their own: they are behind the character before them.
        if let Some(behind) = behind.filter(|_| at > offset) {
            return behind;
        }
        let Some(unit) = units.next().filter(|unit| unit.character == character) else {
            return text.span.start;
        };
        if at >= offset {
            return body_start + unit.start;
        }
        behind = Some(body_start + unit.end);
    }
    behind.unwrap_or(body_start)
}

/// One character of the value, and the bytes of the body that write it.
struct Unit {
    character: char,
    start: usize,
    end: usize,
}

struct Units<'a> {
    style: TextStyle,
    body: &'a str,
    at: usize,
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let start = self.at;
        let rest = self.body.get(start..)?;
        let first = rest.chars().next()?;
        let (character, length) = match (self.style, first) {
            (TextStyle::Single, '\'') => ('\'', 2),
            (TextStyle::Double, '\\') => escape(rest)?,
            (_, other) => (other, other.len_utf8()),
        };
        self.at = start + length;
        Some(Unit { character, start, end: self.at })
    }
}

/// What an escape stands for and its length, blanks of all kinds as a blank.
fn escape(rest: &str) -> Option<(char, usize)> {
    let hex = |from: usize, digits: usize| u32::from_str_radix(rest.get(from..from + digits)?, 16).ok();
    Some(match rest[1..].chars().next()? {
        'x' => (char::from_u32(hex(2, 2)?)?, 4),
        'U' => (char::from_u32(hex(2, 8)?)?, 10),
        'u' => {
            let high = hex(2, 4)?;
            if let Some(character) = char::from_u32(high) {
                (character, 6)
            } else {
                // The first half of a pair.
                let low = hex(8, 4)?.checked_sub(0xdc00)?;
                let both = 0x1_0000 + (high.checked_sub(0xd800)? << 10) + low;
                (char::from_u32(both)?, 12)
            }
        }
        '0' => ('\0', 2),
        'a' => ('\x07', 2),
        'b' => ('\x08', 2),
        'e' => ('\x1b', 2),
        't' | 'n' | 'v' | 'f' | 'r' | 'N' | '_' | 'L' | 'P' => (' ', 2),
        same @ ('"' | '/' | '\\') => (same, 2),
        // An escaped blank or line end.
        other => (' ', 1 + other.len_utf8()),
    })
}
