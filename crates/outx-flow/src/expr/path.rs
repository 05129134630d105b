//! The fast path: plain paths and plain literals are read by hand, without the interpreter.
//!
//! Whatever is not plainly one of the two, or fails, is left to the interpreter, so that there is one meaning
//! and one set of messages.

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr as Node, IdedExpr, LiteralValue, SelectExpr, operators};

use super::program::{Places, Written};
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
    steps: Vec<Step>,
    offset: usize,
}

/// One step down, and the bytes from its dot or bracket to its end.
#[derive(Debug, PartialEq)]
struct Step {
    part: Part,
    place: Range<usize>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Field(String),
    Key(String),
    Item(usize),
}

impl Path {
    /// Reads a path; `None` if the text is anything else.
    pub(super) fn read(text: &str) -> Option<Path> {
        let body = text.trim_start_matches(BLANK);
        let offset = text.len() - body.len();
        let (root, mut rest) = word(body.trim_end_matches(BLANK))?;
        let mut at = offset + root.len();
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (part, after) = if let Some(after) = rest.strip_prefix('.') {
                let (field, after) = word(after)?;
                (Part::Field(field.to_owned()), after)
            } else {
                let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
                let part = match plain_text(index) {
                    Some(key) => Part::Key(key.to_owned()),
                    None if index.len() < 10 && index.bytes().all(|it| it.is_ascii_digit()) => {
                        Part::Item(index.parse().ok()?)
                    }
                    None => return None,
                };
                (part, after)
            };
            let place = at..at + rest.len() - after.len();
            at = place.end;
            steps.push(Step { part, place });
            rest = after;
        }
        // The parser refuses chains that are longer than its limit: let it say so.
        (steps.len() < 64).then(|| Path { root: root.to_owned(), steps, offset })
    }

    /// The path that a tree is: a name and fields, nothing else.
    pub(super) fn of(tree: &IdedExpr) -> Option<Path> {
        let mut fields = Vec::new();
        let mut at = tree;
        while let Node::Select(select) = &at.expr {
            if select.test {
                return None;
            }
            fields.push(Step { part: Part::Field(select.field.clone()), place: 0..0 });
            at = &select.operand;
        }
        let Node::Ident(root) = &at.expr else { return None };
        // A name that begins with a dot is none of the scope's.
        let (root, "") = word(root)? else { return None };
        fields.reverse();
        Some(Path { root: root.to_owned(), steps: fields, offset: 0 })
    }

    /// The field that it reads of a root, and nothing of what is in that.
    pub(super) fn field_of(&self, root: &str) -> Option<&str> {
        match self.steps.as_slice() {
            [Step { part: Part::Field(name) | Part::Key(name), .. }] if self.root == root => Some(name),
            _ => None,
        }
    }

    /// What it reads, as far as names go.
    pub(super) fn reference(&self) -> Reference {
        let names = self.steps.iter().map_while(|step| match &step.part {
            Part::Field(name) | Part::Key(name) => Some(name.clone()),
            Part::Item(_) => None,
        });
        Reference::new(&self.root, names.collect(), self.offset)
    }

    /// The tree that the parser makes of it, to the number of each node.
    pub(super) fn written(&self) -> Written {
        let mut places = Places::default();
        let root = self.offset..self.offset + self.root.len();
        let mut tree = IdedExpr { id: places.note(root), expr: Node::Ident(self.root.clone()) };
        for Step { part, place } in &self.steps {
            let id = places.note(place.start..place.start + 1);
            let mut index = |value: LiteralValue| IdedExpr {
                id: places.note(place.start + 1..place.end - 1),
                expr: Node::Literal(value),
            };
            let key = match part {
                Part::Field(field) => {
                    let select = SelectExpr { operand: Box::new(tree), field: field.clone(), test: false };
                    tree = IdedExpr { id, expr: Node::Select(select) };
                    continue;
                }
                Part::Key(key) => index(LiteralValue::String(key.clone().into())),
                Part::Item(at) => index(LiteralValue::Int(i64::try_from(*at).unwrap_or(i64::MAX).into())),
            };
            let call =
                CallExpr { func_name: operators::INDEX.to_owned(), target: None, args: vec![tree, key] };
            tree = IdedExpr { id, expr: Node::Call(call) };
        }
        Written { tree, places }
    }

    /// The value at its end; `None` for the interpreter to say what is wrong.
    pub(super) fn follow(&self, scope: &Scope) -> Option<Value> {
        let mut value = scope.get(&self.root)?.clone();
        for step in &self.steps {
            value = match &step.part {
                Part::Field(name) | Part::Key(name) => value.get(name)?,
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_path_is_the_tree_that_the_parser_makes_of_it(
            text in "[ \\n]{0,2}[a-z_][a-z0-9_]{0,6}(\\.[a-zA-Z_][a-z0-9_]{0,6}|\\[[0-9]{1,9}\\]|\\['[a-zé\u{1f980} .\\[]{0,6}'\\]|\\[\"[a-z{}#]{0,3}\"\\]){0,8} ?"
        ) {
            // What is no plain path, such as one with a word that the grammar keeps, is not read by hand at all.
            let Some(path) = Path::read(&text) else { return Ok(()) };
            let parsed = Written::parse(&text).expect("a path is an expression");
            prop_assert_eq!(vec![path.reference()], parsed.collect().0);
            prop_assert_eq!(path.written(), parsed);
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
