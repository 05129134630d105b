//! Names that people give: of steps, inputs, items and outputs.

use super::Checker;
use crate::diagnostic::{Fix, Span};
use crate::expr::TYPE_NAMES;

impl Checker<'_> {
    /// Names that expressions use must be such as CEL can read.
    pub(super) fn identifier(&mut self, what: &str, name: &str, span: Span) {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && !RESERVED.contains(&name) {
            return;
        }
        let mut better: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if better.is_empty() || better.starts_with(|c: char| c.is_ascii_digit()) || RESERVED.contains(&name) {
            better.insert(0, '_');
        }
        let message = format!("`{name}` cannot be the name of {what}");
        let why = if RESERVED.contains(&name) {
            "it is a word of the expression language"
        } else {
            "names are made of the letters a to z, digits and `_`, and begin with no digit"
        };
        let error = self.error("OX118", message, span);
        error.help = Some(format!("{why}; write `{better}`"));
        // Whoever reads it by its name must be changed, too.
        error.fix = Some(Fix::proposed(span, better));
    }

    /// The name of an item, which stands beside the other roots of expressions.
    pub(super) fn item_name(&mut self, name: &str, span: Span) {
        self.identifier("an item", name, span);
        let why = if ROOTS.contains(&name) {
            "it has a meaning of its own in expressions"
        } else if TYPE_NAMES.contains(&name) {
            "it is a type of the expression language"
        } else {
            return;
        };
        self.error("OX118", format!("`{name}` cannot be the name of an item"), span).help =
            Some(format!("{why}; choose another, such as `as: lead`"));
    }
}

/// What expressions begin with.
const ROOTS: &[&str] =
    &["item", "steps", "inputs", "run", "step", "secrets", "vars", "iteration", "previous"];

/// Words that CEL keeps for itself.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
