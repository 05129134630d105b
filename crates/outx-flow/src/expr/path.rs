//! The fast path: plain paths and plain literals are read by hand, without the interpreter.
//!
//! Whatever is not plainly one of the two, or fails, is left to the interpreter, so that there is one meaning
//! and one set of messages.

use super::references::Reference;
use super::scope::Scope;
use super::value::Value;

/// Words that the grammar keeps, and names of types and namespaces, which are no plain roots of a path.
const NOT_PLAIN: &[&str] = &[
    "as",
    "base64",
    "bool",
    "break",
    "bytes",
    "cel",
    "const",
    "continue",
    "double",
    "dyn",
    "else",
    "false",
    "for",
    "function",
    "google",
    "if",
    "import",
    "in",
    "int",
    "let",
    "list",
    "lists",
    "loop",
    "map",
    "math",
    "namespace",
    "null",
    "null_type",
    "optional",
    "optional_type",
    "package",
    "return",
    "string",
    "strings",
    "true",
    "type",
    "uint",
    "var",
    "void",
    "while",
];

/// `root.field[0]['key']`, nothing else.
#[derive(Debug, PartialEq)]
pub(super) struct Path {
    root: String,
    parts: Vec<Part>,
    offset: usize,
}

#[derive(Debug, PartialEq)]
enum Part {
    Field(String),
    Item(usize),
}

impl Path {
    /// Reads a path; `None` if the text is anything else.
    pub(super) fn read(text: &str) -> Option<Path> {
        let body = text.trim_start_matches(BLANK);
        let offset = text.len() - body.len();
        let (root, mut rest) = word(body.trim_end_matches(BLANK))?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let (field, after) = word(after)?;
                parts.push(Part::Field(field.to_owned()));
                rest = after;
            } else {
                let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
                parts.push(match plain_text(index) {
                    Some(field) => Part::Field(field.to_owned()),
                    None if index.len() < 10 && index.bytes().all(|it| it.is_ascii_digit()) => {
                        Part::Item(index.parse().ok()?)
                    }
                    None => return None,
                });
                rest = after;
            }
        }
        // The parser refuses chains that are longer than its limit: let it say so.
        (parts.len() < 64).then(|| Path { root: root.to_owned(), parts, offset })
    }

    /// What it reads, as far as names go.
    pub(super) fn reference(&self) -> Reference {
        let names = self.parts.iter().map_while(|part| match part {
            Part::Field(name) => Some(name.clone()),
            Part::Item(_) => None,
        });
        Reference::new(&self.root, names.collect(), self.offset)
    }

    /// The value at its end; `None` for the interpreter to say what is wrong.
    pub(super) fn follow(&self, scope: &Scope) -> Option<Value> {
        let mut value = scope.get(&self.root)?.clone();
        for part in &self.parts {
            value = match part {
                Part::Field(name) => value.get(name)?,
                Part::Item(index) => value.item(*index)?,
            };
        }
        Some(value)
    }
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let good = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !NOT_PLAIN.contains(&word);
    good.then_some((word, rest))
}

/// The content of a quoted text without any escapes.
fn plain_text(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
    let content = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!content.contains(['\\', '\n', '\r', '\'', '"'])).then_some(content)
}

/// The value of a plain literal: a text without escapes, an integer, a boolean or null.
pub(super) fn literal(text: &str) -> Option<Value> {
    let text = text.trim_matches(BLANK);
    match text {
        "true" => return Some(true.into()),
        "false" => return Some(false.into()),
        "null" => return Some(Value::NULL),
        _ => {}
    }
    if let Some(content) = plain_text(text) {
        return Some(content.into());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if plain { text.parse::<i64>().ok().map(Value::from) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_paths() {
        for text in ["a", " a.b_1.c ", "a['x y'].b[0]", "a[\"b\"]", "\n_x9"] {
            assert!(Path::read(text).is_some(), "{text}");
        }
        for text in [
            "", "a.", ".a", "a b", "a[b]", "a[-1]", "a['\\n']", "a.in", "true", "int", "é", "a.b()", "a?.b",
            "1a", "a[0",
        ] {
            assert_eq!(Path::read(text), None, "{text}");
        }
    }

    #[test]
    fn literals_are_read_by_hand() {
        assert_eq!(literal(" 'a b' "), Some("a b".into()));
        assert_eq!(literal("-12"), Some((-12).into()));
        for text in ["1.0", "1u", "'a' + 'b'", "'a\\n'", "''''", "99999999999999999999", "-", "- 1", "0x1"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }
}
