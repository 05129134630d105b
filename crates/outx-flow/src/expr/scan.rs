//! Just enough of CEL's tokens to see brackets and operators, and not those inside of texts.
//!
//! The limits are checked here before the parser, which recurses, sees a source; a template finds here where
//! its expression ends.

/// What a token is, as far as limits and templates care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, keyword or number.
    Word,
    /// A literal text or bytes, in any of CEL's quotes.
    Text,
    /// A text whose end is missing; the token reaches to where it was given up.
    OpenText,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    Comma,
    /// `&&` or `||`, which the parser balances.
    Logical,
    Question,
    /// Everything else that makes a tree deeper: operators and dots.
    Operator,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The tokens of a text from a byte on, blanks and comments left out.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Tokens { text, at }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(['\t', ' ', '\r', '\n', '\u{c}']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// The end of a literal whose quotes begin at `at`.
    fn text_end(&self, at: usize, raw: bool) -> Result<usize, usize> {
        let rest = self.text.get(at..).unwrap_or("");
        let quote = if rest.starts_with('"') { '"' } else { '\'' };
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let long = rest.starts_with(triple);
        let open = if long { 3 } else { 1 };
        let mut chars = rest.char_indices().skip(open);
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' if !raw => {
                    chars.next();
                }
                '\n' | '\r' if !long => return Err(at + offset),
                _ if c == quote && !long => return Ok(at + offset + 1),
                _ if c == quote && rest[offset..].starts_with(triple) => return Ok(at + offset + 3),
                _ => {}
            }
        }
        Err(self.text.len())
    }
}

impl Tokens<'_> {
    /// The kind and the length of the token that begins here with a character.
    fn read(&self, first: char) -> (TokenKind, usize) {
        let rest = self.rest();
        let text = |prefix: usize, raw: bool| match self.text_end(self.at + prefix, raw) {
            Ok(end) => (TokenKind::Text, end - self.at),
            Err(end) => (TokenKind::OpenText, end - self.at),
        };
        match first {
            '(' | '[' | '{' => (TokenKind::Open, 1),
            ')' | ']' | '}' => (TokenKind::Close, 1),
            ',' => (TokenKind::Comma, 1),
            '?' => (TokenKind::Question, 1),
            '&' | '|' if rest.starts_with("&&") || rest.starts_with("||") => (TokenKind::Logical, 2),
            '<' | '>' | '=' | '!' if rest[1..].starts_with('=') => (TokenKind::Operator, 2),
            '<' | '>' | '!' | '+' | '-' | '*' | '/' | '%' | '.' => (TokenKind::Operator, 1),
            '\'' | '"' => text(0, false),
            '`' => match rest[1..].find('`') {
                Some(end) => (TokenKind::Word, end + 2),
                None => (TokenKind::OpenText, rest.len()),
            },
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let word = &rest[..end];
                let quoted = rest[end..].starts_with(['\'', '"']);
                if quoted && matches!(word, "r" | "R" | "b" | "B" | "br" | "bR" | "Br" | "BR") {
                    return text(end, word.ends_with(['r', 'R']));
                }
                (if word == "in" { TokenKind::Operator } else { TokenKind::Word }, end)
            }
            other => (TokenKind::Other, other.len_utf8()),
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let first = self.rest().chars().next()?;
        let (kind, length) = self.read(first);
        let start = self.at;
        self.at += length;
        Some(Token { kind, start, end: self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        Tokens::new(text, 0).map(|it| (it.kind, &text[it.start..it.end])).collect()
    }

    #[test]
    fn brackets_inside_of_texts_and_comments_are_not_seen() {
        use TokenKind::{Open, OpenText, Operator, Text, Word};
        assert_eq!(kinds(r"f('}\'}'"), [(Word, "f"), (Open, "("), (Text, r"'}\'}'")]);
        assert_eq!(kinds(r"r'\' + a"), [(Text, r"r'\'"), (Operator, "+"), (Word, "a")]);
        assert_eq!(kinds("\"\"\"a\"}\n\"\"\" // }\n+"), [(Text, "\"\"\"a\"}\n\"\"\""), (Operator, "+")]);
        assert_eq!(kinds("br\"x\""), [(Text, "br\"x\"")]);
        assert_eq!(kinds("'é"), [(OpenText, "'é")]);
        assert_eq!(kinds("'a\nb"), [(OpenText, "'a"), (Word, "b")]);
        assert_eq!(kinds("a.`}`"), [(Word, "a"), (Operator, "."), (Word, "`}`")]);
    }
}
