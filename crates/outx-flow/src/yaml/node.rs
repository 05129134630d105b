//! The tree.

use super::place;
use crate::diagnostic::Span;
use serde_json::{Map, Value};

/// One value of a file, with its place. What an alias stands for keeps the place where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands: quotes and brackets included, block text from its first character on.
    pub span: Span,
    /// What it is.
    pub value: NodeValue,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number: decimal, `0x` or `0o`.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Everything else that is one piece.
    Text(Text),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file; keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text, also where it looks like a number or a truth value.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextStyle {
    /// Without quotes.
    Plain,
    /// In `'…'`.
    Single,
    /// In `"…"`.
    Double,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// A text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says, quotes and folding undone.
    pub value: String,
    /// How it is written.
    pub style: TextStyle,
    /// The comment that ends a plain text's line, from its `#` on: where somebody may have meant it as a part
    /// of the text. YAML does not say which, so whoever knows what the text is for decides.
    pub cut_by_comment: Option<Span>,
    /// Where it stands, as [`Node::span`].
    pub(super) span: Span,
}

impl Text {
    /// The same as if it stood elsewhere.
    pub(crate) fn moved_to(self, span: Span) -> Self {
        Self { span, cut_by_comment: None, ..self }
    }

    /// Where in the file a byte of [`value`](Self::value) is written. `source` is the text the tree was loaded
    /// from. Right for all styles; where the value cannot be followed through the file, the text's start.
    pub fn place_in_source(&self, source: &str, value_offset: usize) -> usize {
        place::in_source(self, source, value_offset)
    }

    /// Where in the file a stretch of [`value`](Self::value) is written.
    pub fn span_in_source(&self, source: &str, value: Span) -> Span {
        let start = self.place_in_source(source, value.start);
        if value.end <= value.start {
            return Span::at(start);
        }
        // The end is behind the last character, not at the next one, which may stand lines further on.
        let last = self.value.floor_char_boundary(value.end - 1);
        let last_at = self.place_in_source(source, last);
        let width = source.get(last_at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span::new(start, (last_at + width).max(start))
    }
}

impl Node {
    /// The value under a key, when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(known, _)| known.name == key).map(|(_, node)| node)
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&Text> {
        if let NodeValue::Text(text) = &self.value { Some(text) } else { None }
    }

    /// What the text says, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(|text| text.value.as_str())
    }

    /// The truth value, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let NodeValue::Bool(value) = self.value { Some(value) } else { None }
    }

    /// The whole number, when it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let NodeValue::Int(value) = self.value { Some(value) } else { None }
    }

    /// The elements, when it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let NodeValue::List(items) = &self.value { Some(items) } else { None }
    }

    /// The entries, when it is a map.
    pub fn as_map(&self) -> Option<&[(Key, Self)]> {
        if let NodeValue::Map(entries) = &self.value { Some(entries) } else { None }
    }

    /// True for `null`, `~` and nothing.
    pub fn is_null(&self) -> bool {
        self.value == NodeValue::Null
    }

    /// What it is, as messages say it.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            NodeValue::Null => "nothing",
            NodeValue::Bool(_) => "true or false",
            NodeValue::Int(_) => "a whole number",
            NodeValue::Float(_) => "a number",
            NodeValue::Text(_) => "a text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
        }
    }

    /// The value without its places.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Int(value) => Value::from(*value),
            NodeValue::Float(value) => Value::from(*value),
            NodeValue::Text(text) => Value::String(text.value.clone()),
            NodeValue::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            NodeValue::Map(entries) => Value::Object(
                entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}
