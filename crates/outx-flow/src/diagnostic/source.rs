//! A text that somebody wrote, and places in it.

use super::Diagnostic;
use std::sync::Arc;

/// A text with the name under which a person knows it. Clones share the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// A stretch of a source, in bytes: from `start`, up to but without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The stretch from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// A place between two characters.
    pub fn at(offset: usize) -> Self {
        Self { start: offset, end: offset }
    }
}

/// A place as people and editors say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters: a tab, an ideograph and an emoji are one each.
    pub column: usize,
}

impl Source {
    /// A text and the name by which to speak of it: the path as the person typed it.
    ///
    /// A byte order mark is dropped, so that the first line's columns are those an editor shows; offsets count
    /// from behind it.
    pub fn new(name: impl Into<Arc<str>>, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        Self { name: name.into(), text: text.strip_prefix('\u{feff}').unwrap_or(text).into() }
    }

    /// The text of a file's bytes, with a finding where they are not UTF-8 (the first such place is shown, in
    /// a text in which what cannot be read is replaced).
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> (Self, Option<Diagnostic>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => (Self::new(name, text), None),
            Err(error) => {
                let source = Self::new(name, String::from_utf8_lossy(bytes));
                let mark = if bytes.starts_with("\u{feff}".as_bytes()) { '\u{feff}'.len_utf8() } else { 0 };
                let start = error.valid_up_to().saturating_sub(mark);
                let finding = Diagnostic::error(
                    "OX013",
                    "the file is not UTF-8 text",
                    Span::new(start, start + '\u{fffd}'.len_utf8()),
                )
                .with_label("this cannot be read")
                .with_help("save the file as UTF-8: editors offer it in \"save as\" or \"encoding\"");
                (source, Some(finding))
            }
        }
    }

    /// The name given to it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, to keep.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a stretch; what lies outside the source is left out.
    pub fn slice(&self, span: Span) -> &str {
        let span = self.clamp(span);
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Line and column of a byte offset. One inside a character is that character's place, one past the end is
    /// the end.
    pub fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..self.text.floor_char_boundary(offset)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let newlines = before.bytes().filter(|byte| *byte == b'\n').count();
        Place { line: newlines + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// The place as `file:line:column`.
    pub fn locate(&self, offset: usize) -> String {
        let Place { line, column } = self.place(offset);
        format!("{}:{line}:{column}", self.name)
    }

    /// The nearest span that lies in the text, on the borders of its characters.
    pub fn clamp(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end.min(self.text.len())).max(start);
        Span { start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let place = Source::new("x", text).place(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(at("", 0), (1, 1));
        assert_eq!(at("", 9), (1, 1));
        assert_eq!(at("ab\n", 3), (2, 1));
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("你好 x", 7), (1, 4));
        assert_eq!(at("你好 x", 4), (1, 2), "inside a character");
        assert_eq!(at("🙂\tx", 5), (1, 3));
        assert_eq!(at("\u{feff}a: b", 3), (1, 4), "a byte order mark is no column");
    }

    #[test]
    fn bytes_that_are_no_text() {
        let (source, finding) = Source::from_bytes("x.yaml", b"a: 1\nb: caf\xe9 x");
        assert_eq!(source.place(finding.expect("refused").span.start), Place { line: 2, column: 7 });
        assert!(Source::from_bytes("x.yaml", "a: é".as_bytes()).1.is_none());
    }
}
