//! What a table's columns hold.

/// A column that a workflow asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the workflow.
    pub name: String,
    /// What its cells hold.
    pub ty: ColumnType,
    /// The header it has in the file, where that is another than its name.
    pub from: Option<String>,
    /// True when a row without it is bad.
    pub required: bool,
}

impl Column {
    /// A column that may be empty and is named in the file as in the workflow.
    pub fn new(name: impl Into<String>, ty: ColumnType) -> Self {
        Self { name: name.into(), ty, from: None, required: false }
    }

    /// What its header in the file says.
    pub fn header(&self) -> &str {
        self.from.as_deref().unwrap_or(&self.name)
    }
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// A person: a profile URL (its slug is taken), a slug, or a URN.
    Person,
    /// A company: a company URL (its slug is taken), a slug, or a URN.
    Company,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day, `YYYY-MM-DD`.
    Date,
}

impl ColumnType {
    /// All types, in the order of the documentation.
    pub const ALL: [Self; 7] =
        [Self::Person, Self::Company, Self::Text, Self::Integer, Self::Number, Self::Boolean, Self::Date];

    /// The words, for messages and suggestions.
    pub const WORDS: [&'static str; 7] =
        ["person", "company", "text", "integer", "number", "boolean", "date"];

    /// The type of a word of the workflow language; `string` is another word for text.
    pub fn parse(word: &str) -> Option<Self> {
        if word == "string" {
            return Some(Self::Text);
        }
        Self::ALL.into_iter().find(|ty| ty.word() == word)
    }

    /// Its word in the workflow language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ColumnType;

    #[test]
    fn every_word_is_read_back() {
        for (ty, word) in ColumnType::ALL.into_iter().zip(ColumnType::WORDS) {
            assert_eq!((ty.word(), ColumnType::parse(word)), (word, Some(ty)));
        }
        assert_eq!(ColumnType::parse("people"), None);
    }
}
