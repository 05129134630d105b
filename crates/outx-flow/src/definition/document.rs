//! A definition as it is kept: the text of a workflow's file, and of the files that it calls.

use super::Workflow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The text of a workflow's file, with those of the files that it calls. As JSON it is the text alone where it calls none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Document {
    /// The text of the file.
    pub text: String,
    /// The texts of the files that it calls, and that those call, by their paths from its folder.
    pub called: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Alone(String),
    Calling(Calling),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calling {
    text: String,
    called: BTreeMap<String, String>,
}

impl From<Stored> for Document {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Alone(text) => Self { text, called: BTreeMap::new() },
            Stored::Calling(Calling { text, called }) => Self { text, called },
        }
    }
}

impl From<Document> for Stored {
    fn from(Document { text, called }: Document) -> Self {
        if called.is_empty() { Self::Alone(text) } else { Self::Calling(Calling { text, called }) }
    }
}

impl From<&Workflow> for Document {
    fn from(workflow: &Workflow) -> Self {
        let called =
            workflow.called.iter().map(|(path, source)| (path.clone(), source.text().to_owned())).collect();
        Self { text: workflow.source.text().to_owned(), called }
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), called: BTreeMap::new() }
    }
}

impl Document {
    /// One text for both: the file's own where it calls no other.
    pub fn to_text(&self) -> String {
        if self.called.is_empty() {
            return self.text.clone();
        }
        // Texts in a map can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What [`to_text`](Self::to_text) gave. No file of a workflow looks like the text of one that calls others.
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| text.into(), |calling| Stored::Calling(calling).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_definition_is_its_text_alone_where_it_calls_no_other() {
        let alone = Document::from("outx: 1\n");
        assert_eq!(serde_json::to_string(&alone).unwrap(), r#""outx: 1\n""#);
        let mut calling = alone.clone();
        calling.called.insert("other.yaml".into(), "outx: 1\nname: other\n".into());
        for document in [alone, calling] {
            let json = serde_json::to_string(&document).unwrap();
            assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
            assert_eq!(Document::from_text(&document.to_text()), document);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_texts_are_they_come_back(
            text in prop_oneof![".{0,40}", "outx: 1\nname: [a-z]{1,5}\n", Just(r#"{"text":"a","called":{}}"#.to_owned())],
            called in prop::collection::btree_map("([a-z./]|é){1,10}", "(?s).{0,40}", 0..4),
        ) {
            let document = Document { text, called };
            let json = serde_json::to_string(&document).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Document>(&json).unwrap(), &document);
            // As a text of its own, a file that begins like the other form would be taken for it; no workflow does.
            if !document.called.is_empty() || !document.text.starts_with(['{', ' ', '\t', '\n', '\r']) {
                prop_assert_eq!(Document::from_text(&document.to_text()), document);
            }
        }
    }
}
