//! What a workflow must be given.

use crate::diagnostic::Span;
pub use crate::table::Column;
use serde_json::Value;

/// One input.
#[derive(Debug, Clone)]
pub struct InputDecl {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// What it holds.
    pub ty: InputType,
    /// What it is when it is not given. Without one it must be given.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<String>,
}

/// What an input holds.
#[derive(Debug, Clone)]
pub enum InputType {
    /// Any JSON.
    Any,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A person: a slug, a profile URL or a URN.
    Person,
    /// A company: a slug or a company URL.
    Company,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A list of one type.
    Array(Box<InputType>),
    /// A JSON object.
    Object,
    /// A list of rows.
    Table(Vec<Column>),
}

impl InputType {
    /// The type of a word, where it needs nothing more.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "any" => Self::Any,
            "text" | "string" => Self::Text,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "person" => Self::Person,
            "company" => Self::Company,
            "date" => Self::Date,
            "array" => Self::Array(Box::new(Self::Any)),
            "object" => Self::Object,
            "table" => Self::Table(Vec::new()),
            _ => return None,
        })
    }

    /// Whether it holds a list of one type.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Table(_))
    }

    /// The words, for messages.
    pub const WORDS: [&'static str; 11] = [
        "text", "string", "integer", "number", "boolean", "person", "company", "date", "array", "object",
        "table",
    ];

    /// What it is, with its article.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Person => "a person (profile URL, slug or URN)",
            Self::Company => "a company (URL or slug)",
            Self::Date => "a date such as 2026-03-02",
            Self::Array(_) => "a list",
            Self::Object => "an object",
            Self::Table(_) => "a table",
        }
    }
}
