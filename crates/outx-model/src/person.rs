//! The names of a person: the id of a URN, and the slug of a profile's address.

use crate::target::person_key;
use crate::url::profile_slug;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One name of a person. A person has an id and a slug, and which belong together is only known from what the
/// service has shown; as text they are `id:ACoA1` and `slug:ada-example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PersonName {
    /// The trailing id of a URN, in its case.
    Id(String),
    /// The slug, in lower case.
    Slug(String),
}

/// What ids of people begin with, where they stand alone.
const ID_BEGINNINGS: [&str; 3] = ["ACoA", "ACwA", "AEMA"];

impl PersonName {
    /// The name in a URN, a bare id, a profile's address or a slug.
    ///
    /// ```
    /// use outx_model::PersonName;
    ///
    /// let id = PersonName::read("urn:li:fsd_profile:ACoA1")?;
    /// assert_eq!(id, PersonName::Id("ACoA1".into()));
    /// assert_eq!(id, PersonName::read("urn:li:person:ACoA1")?);
    /// let slug = PersonName::read("https://www.linkedin.com/in/Ada-Example/")?;
    /// assert_eq!(slug.to_string(), "slug:ada-example");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong and what is expected.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("urn:") {
            let id = person_key(text);
            if id.is_empty() || id.contains(char::is_whitespace) {
                return Err(format!(
                    "`{text}` names no person; a person's URN is like urn:li:fsd_profile:ACoA…"
                ));
            }
            return Ok(Self::Id(id.to_owned()));
        }
        if ID_BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) && !text.contains(['/', ' ']) {
            return Ok(Self::Id(text.to_owned()));
        }
        let slug = profile_slug(text)?;
        if slug.is_empty() || slug.contains(char::is_whitespace) {
            return Err(format!(
                "`{text}` names no person; write a profile's address, its last part, or a URN"
            ));
        }
        if ID_BEGINNINGS.iter().any(|beginning| slug.starts_with(beginning)) {
            // An address may name a person by the id.
            return Ok(Self::Id(slug));
        }
        Ok(Self::Slug(slug.to_lowercase()))
    }

    /// The name's text, without its kind.
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::Slug(text) => text,
        }
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Slug(slug) => write!(f, "slug:{slug}"),
        }
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for PersonName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("id", id)) => Ok(Self::Id(id.to_owned())),
            Some(("slug", slug)) => Ok(Self::Slug(slug.to_owned())),
            _ => Err(format!("`{text}` is no stored name of a person")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PersonName;

    #[test]
    fn each_spelling_of_a_name_is_one_name() {
        let id = PersonName::Id("ACoAA1bC".to_owned());
        for text in [
            "urn:li:person:ACoAA1bC",
            " urn:li:fsd_profile:ACoAA1bC ",
            "ACoAA1bC",
            "https://www.linkedin.com/in/ACoAA1bC/",
        ] {
            assert_eq!(PersonName::read(text).as_ref(), Ok(&id), "{text}");
        }
        let slug = PersonName::Slug("ada-l".to_owned());
        for text in ["ada-l", "Ada-L", "linkedin.com/in/ada-l", "https://no.linkedin.com/in/ADA-L/?x=1"] {
            assert_eq!(PersonName::read(text).as_ref(), Ok(&slug), "{text}");
        }
        for text in ["", "urn:li:person:", "https://www.linkedin.com/company/x", "two words"] {
            assert!(PersonName::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_kept_as_one_text() {
        for name in [PersonName::Id("A:b".to_owned()), PersonName::Slug("é".to_owned())] {
            assert_eq!(PersonName::try_from(String::from(name.clone())), Ok(name));
        }
        assert!(PersonName::try_from("ada".to_owned()).is_err());
    }
}
