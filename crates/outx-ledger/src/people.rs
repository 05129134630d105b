//! Whom never to contact, and which names belong to one person.

use jiff::Timestamp;
use outx_model::PersonName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A person on an account's block list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Who.
    pub name: PersonName,
    /// Why, in the words of whoever added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Two names of one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// The slug.
    pub slug: PersonName,
    /// The id.
    pub id: PersonName,
}

/// Under these keys the service tells a slug and an id of the same person.
pub(crate) const SLUGS: [&str; 2] = ["profile_slug", "public_identifier"];
pub(crate) const IDS: [&str; 2] = ["profile_urn", "entity_urn"];

/// So deep an output is looked into; what the service is known to answer is three levels deep.
const DEPTH: usize = 16;

/// The names that an output ties together: in every object of it that has a slug and an id. `asked` are the
/// names under which one person was asked for, to whom a single profile belongs, however it is called there.
pub fn ties(asked: &[PersonName], output: &Value) -> Vec<Tie> {
    let mut found = Vec::new();
    search(output, DEPTH, &mut found);
    if let [slug @ PersonName::Slug(_)] = asked
        && let Some(id) = the_profile(output)
    {
        found.push(Tie { slug: slug.clone(), id });
    }
    found.sort();
    found.dedup();
    found
}

fn search(value: &Value, depth: usize, found: &mut Vec<Tie>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| search(item, depth - 1, found)),
        Value::Object(map) => {
            let named = |keys: &[&str]| {
                let text = keys.iter().find_map(|key| map.get(*key)?.as_str())?;
                PersonName::read(text).ok()
            };
            if let (Some(slug @ PersonName::Slug(_)), Some(id @ PersonName::Id(_))) =
                (named(&SLUGS), named(&IDS))
            {
                found.push(Tie { slug, id });
            }
            map.values().for_each(|value| search(value, depth - 1, found));
        }
        _ => {}
    }
}

/// The id of the one profile that an output is about.
fn the_profile(output: &Value) -> Option<PersonName> {
    let urn = output["profile"]["profile_urn"].as_str().or(output["profile_urn"].as_str())?;
    PersonName::read(urn).ok().filter(|name| matches!(name, PersonName::Id(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tie(slug: &str, id: &str) -> Tie {
        Tie { slug: PersonName::Slug(slug.to_owned()), id: PersonName::Id(id.to_owned()) }
    }

    #[test]
    fn a_profile_ties_the_name_that_was_asked_for_and_the_one_that_is_shown() {
        let output =
            json!({ "profile": { "profile_slug": "Ada-L", "profile_urn": "urn:li:fsd_profile:ACoA1" } });
        let asked = [PersonName::Slug("ada".to_owned())];
        assert_eq!(ties(&asked, &output), [tie("ada", "ACoA1"), tie("ada-l", "ACoA1")]);
        assert_eq!(ties(&[], &output), [tie("ada-l", "ACoA1")]);
        // The older shape names no URN.
        assert_eq!(ties(&asked, &json!({ "name": "Ada" })), []);
    }

    #[test]
    fn each_person_of_a_list_is_tied() {
        let person =
            |slug: &str, id: &str| json!({ "public_identifier": slug, "entity_urn": id, "name": "x" });
        let output = json!({ "connections": [person("bo", "urn:li:fsd_profile:ACoA2"), person("cy", "ACoA3"), {}, 7] });
        assert_eq!(ties(&[], &output), [tie("bo", "ACoA2"), tie("cy", "ACoA3")]);
        let asked = [PersonName::Slug("bo".to_owned())];
        assert_eq!(ties(&asked, &output).len(), 2, "nobody was asked for by name in a list");
    }
}
