//! Forgetting a person: where a text or a value tells of somebody, and what is left of it then.

use crate::people::{IDS, SLUGS};
use outx_model::PersonName;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What stands where a text told of the person.
pub const FORGOTTEN: &str = "(forgotten)";

/// A person who is to be forgotten: all names under which the service has shown them, and the full names that stood
/// beside those.
///
/// A text *names* the person if it is one of the names in any spelling (a URN, an id, a slug, a profile's address), or
/// holds an id, a profile's address or a full name as whole words. In a value, the smallest object with a field that
/// names the person is emptied, since what stands beside a name is about whoever bears it; a text outside of such an
/// object is replaced by itself.
#[derive(Debug, Clone, Default)]
pub struct Forget {
    names: BTreeSet<PersonName>,
    /// In lower case.
    full_names: BTreeSet<String>,
}

impl Forget {
    /// A person of these names.
    pub fn new(names: impl IntoIterator<Item = PersonName>) -> Self {
        Self { names: names.into_iter().collect(), full_names: BTreeSet::new() }
    }

    /// The names.
    pub fn names(&self) -> &BTreeSet<PersonName> {
        &self.names
    }

    /// Learns the full names that the service has told beside a name of the person. Only names of two words or more are
    /// taken: one word is many people's. A field of another kind that names the person says nothing of whose the full
    /// name beside it is.
    pub fn learn(&mut self, value: &Value) {
        let mut found = BTreeSet::new();
        self.full_names_in(value, &mut found);
        self.full_names.extend(found);
    }

    /// Whether a text names the person.
    pub fn names_in(&self, text: &str) -> bool {
        if PersonName::read(text).is_ok_and(|name| self.names.contains(&name)) {
            return true;
        }
        let lower = text.to_lowercase();
        let in_text = |name: &PersonName| match name {
            PersonName::Id(id) => has_words(text, id),
            PersonName::Slug(slug) => has_words(&lower, &format!("/in/{slug}")),
        };
        self.names.iter().any(in_text) || self.full_names.iter().any(|name| has_words(&lower, name))
    }

    /// Whether one of the words of a text names the person, as in the text of a workflow.
    pub fn names_in_words(&self, text: &str) -> bool {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '(' | ')');
        self.names_in(text) || text.split(ends).any(|word| !word.is_empty() && self.names_in(word))
    }

    /// A value without the person; nothing where it does not tell of them.
    pub fn without(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.names_in(text).then(|| Value::from(FORGOTTEN)),
            Value::Array(items) => {
                let changed: Vec<_> = items.iter().map(|item| self.without(item)).collect();
                changed.iter().any(Option::is_some).then(|| {
                    let both = items.iter().zip(changed);
                    both.map(|(item, changed)| changed.unwrap_or_else(|| item.clone())).collect()
                })
            }
            Value::Object(map) if self.is_about(map) => Some(json!({ "forgotten": true })),
            Value::Object(map) => {
                let mut changed = false;
                let mut out = Map::new();
                for (key, value) in map {
                    let (key, value) = if self.names_in(key) {
                        changed = true;
                        (FORGOTTEN.to_owned(), json!({ "forgotten": true }))
                    } else {
                        let without = self.without(value);
                        changed |= without.is_some();
                        (key.clone(), without.unwrap_or_else(|| value.clone()))
                    };
                    out.insert(key, value);
                }
                changed.then_some(Value::Object(out))
            }
            _ => None,
        }
    }

    /// Whether an object has a field that names the person.
    fn is_about(&self, map: &Map<String, Value>) -> bool {
        map.values().any(|value| value.as_str().is_some_and(|text| self.names_in(text)))
    }

    /// Whether an object is what the service tells of the person: it bears one of the names.
    fn is_told_of(&self, map: &Map<String, Value>) -> bool {
        let name = |key: &&str| PersonName::read(map.get(*key)?.as_str()?).ok();
        SLUGS.iter().chain(&IDS).filter_map(name).any(|name| self.names.contains(&name))
    }

    fn full_names_in(&self, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.full_names_in(item, found)),
            Value::Object(map) => {
                if self.is_told_of(map) {
                    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::trim);
                    let parts = text("first_name").zip(text("last_name"));
                    let whole = parts.map(|(first, last)| format!("{first} {last}"));
                    let names = [text("full_name"), text("name"), whole.as_deref()];
                    let several = |name: &&str| name.split_whitespace().count() > 1;
                    found.extend(names.into_iter().flatten().filter(several).map(str::to_lowercase));
                }
                map.values().for_each(|value| self.full_names_in(value, found));
            }
            _ => {}
        }
    }
}

/// Whether a text holds some words, and not only as a part of other ones.
fn has_words(text: &str, words: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '%');
    text.match_indices(words).any(|(at, _)| {
        // An address is cut off from what stands before it by its own slash.
        let before = words.starts_with('/') || !text[..at].ends_with(within);
        before && !text[at + words.len()..].starts_with(within)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Forget {
        let names = ["ada-l", "urn:li:fsd_profile:ACoA1"].map(|text| PersonName::read(text).unwrap());
        Forget::new(names)
    }

    #[test]
    fn a_person_is_named_in_every_spelling_and_in_no_other_word() {
        let mut ada = ada();
        for text in [
            "ada-l",
            "Ada-L",
            "ACoA1",
            "urn:li:person:ACoA1",
            "https://www.linkedin.com/in/ada-l/",
            "send-message:ACoA1:welcome/hello",
            "see linkedin.com/in/Ada-L, please",
        ] {
            assert!(ada.names_in(text), "{text}");
        }
        let others = [
            "ada",
            "ada-lovelace",
            "ACoA12",
            "linkedin.com/in/ada-lovelace",
            "hi ada-l there",
            "Ada Lovelace",
        ];
        for text in others {
            assert!(!ada.names_in(text), "{text}");
        }
        ada.learn(&json!([
            { "full_name": "Ada Lovelace", "x": { "profile_urn": "ACoA1" } },
            { "entity_urn": "ACoA1", "name": "Ada" },
            { "profile_urn": "ACoA2", "full_name": "Bo Sample", "introduced_by": "ada-l" },
        ]));
        for text in ["Ada Lovelace", "Ada", "Bo Sample"] {
            assert!(
                !ada.names_in(text),
                "{text}: one word is many people's, and what stands farther off is not hers"
            );
        }
        ada.learn(&json!({ "profile": { "full_name": "Ada Lovelace", "profile_urn": "ACoA1" } }));
        assert!(ada.names_in("Dear ada lovelace!") && !ada.names_in("Ada Lovelacey"));
        // Whoever mentions her is not her.
        ada.learn(&json!({ "profile_urn": "ACoA3", "full_name": "Cy Other", "text": "I know Ada Lovelace" }));
        assert!(!ada.names_in("Cy Other"));
    }

    #[test]
    fn the_smallest_object_about_a_person_is_emptied_and_others_stay() {
        let gone = json!({ "forgotten": true });
        let of = |value: Value| ada().without(&value);
        assert_eq!(
            of(json!({ "profile": { "profile_slug": "ada-l", "headline": "x" }, "n": 1 })),
            Some(json!({ "profile": gone, "n": 1 }))
        );
        let rows = json!([{ "url": "linkedin.com/in/ada-l" }, { "url": "linkedin.com/in/bo" }]);
        assert_eq!(of(rows), Some(json!([gone, { "url": "linkedin.com/in/bo" }])));
        assert_eq!(
            of(json!({ "profile_urns": ["ACoA1", "ACoA2"] })),
            Some(json!({ "profile_urns": [FORGOTTEN, "ACoA2"] }))
        );
        assert_eq!(of(json!({ "ada-l": 7, "bo": 8 })), Some(json!({ FORGOTTEN: gone, "bo": 8 })));
        assert_eq!(of(json!("ACoA1")), Some(json!(FORGOTTEN)));
        for other in [json!(null), json!(7), json!({ "slug": "bo", "text": "ada" })] {
            assert_eq!(of(other.clone()), None, "{other}");
        }
    }
}
