//! What a write acts on.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a write acts on, in the form by which two spellings of the same thing are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "key", rename_all = "lowercase")]
pub enum Target {
    /// A person, by [`person_key`].
    Person(String),
    /// A post, by its URN.
    Post(String),
}

impl Target {
    /// The kind's word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Post(_) => "post",
        }
    }

    /// The key within its kind.
    pub fn key(&self) -> &str {
        match self {
            Self::Person(key) | Self::Post(key) => key,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.key())
    }
}

/// The key by which persons are compared: the trailing id of a URN, or the text itself.
///
/// The API uses several URN kinds for the same person (`urn:li:person:X`, `urn:li:fsd_profile:X`) and takes
/// the bare id too, so only the last part tells people apart. Ids are case-sensitive.
pub fn person_key(urn: &str) -> &str {
    let urn = urn.trim();
    urn.rsplit_once(':').map_or(urn, |(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::person_key;

    #[test]
    fn all_kinds_of_urn_are_one_person() {
        for urn in ["urn:li:person:ACoA1", "urn:li:fsd_profile:ACoA1", "ACoA1", " ACoA1 "] {
            assert_eq!(person_key(urn), "ACoA1");
        }
        assert_ne!(person_key("acoa1"), person_key("ACoA1"));
    }
}
