//! Many people: the population and the results of searches.

use super::dice::Dice;
use super::person::{self, Person};
use super::words::{FIRST_NAMES, LAST_NAMES};
use super::{Deed, World, name_words};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Everybody who has one of the known first and last names.
pub(super) const POPULATION: usize = FIRST_NAMES.len() * LAST_NAMES.len();
/// How many of them one search looks through.
const LOOKED_AT: usize = 400;

/// One of the population.
#[derive(Debug)]
pub(super) struct Resident {
    pub(super) slug: String,
    pub(super) key: String,
}

/// The population: the same people in every world. A step changes both names, and none comes twice in a round.
static RESIDENTS: LazyLock<Vec<Resident>> = LazyLock::new(|| {
    let resident = |at: usize| {
        let (first, round) = (at % FIRST_NAMES.len(), at / FIRST_NAMES.len());
        let last = (first * 7 + round) % LAST_NAMES.len();
        let slug = format!("{}-{}", FIRST_NAMES[first], LAST_NAMES[last]).to_lowercase();
        Resident { key: person::key(&slug), slug }
    };
    (0..POPULATION).map(resident).collect()
});

/// So many of the population from a place on, round and round.
pub(super) fn residents(from: usize, count: usize) -> impl Iterator<Item = &'static Resident> {
    let all: &'static [Resident] = &RESIDENTS;
    all.iter().cycle().skip(from % POPULATION).take(count)
}

/// The place in the population of somebody of this key.
pub(super) fn place_of(key: &str) -> Option<usize> {
    static PLACES: LazyLock<HashMap<&str, usize>> =
        LazyLock::new(|| residents(0, POPULATION).zip(0..).map(|(it, at)| (it.key.as_str(), at)).collect());
    PLACES.get(key).copied()
}

/// Somebody of the population, by the key.
pub(super) fn resident(key: &str) -> Option<&'static Resident> {
    RESIDENTS.get(place_of(key)?)
}

/// What a search finds. The world is small: a filter that would leave nobody is passed over, so that there
/// is always somebody to go on with. Filters that the world has no words for, such as places by number,
/// only change who is looked at.
pub(super) fn search(world: &World, deed: Deed<'_>) -> Value {
    let input = deed.input;
    let mut dice = Dice::new(world.seed, "search", &input.to_string());
    let mut found = candidates(world.seed, input, &mut dice);
    for (field, holds) in FILTERS {
        let Some(wanted) = text(input, field) else { continue };
        let fits = |person: &Person<'_>| wanted.split_whitespace().all(|word| holds(person, word));
        if found.iter().any(fits) {
            found.retain(fits);
        }
    }
    found.truncate(number(input, "count", 25));
    let connected = |person: &Person<'_>| world.is_connected(&deed.task.team, person.key(), deed.at);
    let profiles: Vec<_> = found
        .iter()
        .map(|person| {
            let stranger = 2 + u8::from(person.slug().len() % 2 == 0);
            json!({
                "name": person.full_name(),
                "headline": person.headline(),
                "location": person.location(),
                "profile_slug": person.slug(),
                "profile_urn": person.urn(),
                "connection_degree": if connected(person) { 1 } else { stranger },
            })
        })
        .collect();
    json!({ "profiles": profiles })
}

/// Whether something that is said of a person holds a word, which is in lower case.
type Filter = (&'static str, fn(&Person<'_>, &str) -> bool);

const FILTERS: [Filter; 3] = [
    ("title", |person, word| holds(person.title, word)),
    ("company", |person, word| holds(person.company, word)),
    ("keywords", |person, word| {
        [person.title, person.company, person.topic, "at", "|"].iter().any(|text| holds(text, word))
            || name_words(person.slug()).any(|name| name.contains(word))
    }),
];

/// Whether a text of this world, whose words are plain ASCII but for one, holds a word in lower case.
fn holds(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The people whom a search shows because their names were asked for: they need not be of the population.
pub(super) fn named(input: &Value) -> Vec<String> {
    let name = |field| text(input, field).map(|name| name.split_whitespace().collect::<Vec<_>>().join("-"));
    match (name("first_name"), name("last_name")) {
        (Some(first), Some(last)) => vec![format!("{first}-{last}")],
        (Some(first), None) => {
            LAST_NAMES.iter().map(|last| format!("{first}-{last}").to_lowercase()).collect()
        }
        (None, Some(last)) => {
            FIRST_NAMES.iter().map(|first| format!("{first}-{last}").to_lowercase()).collect()
        }
        (None, None) => Vec::new(),
    }
}

/// Who is looked at: people with the wanted names, else a part of everybody.
fn candidates(seed: u64, input: &Value, dice: &mut Dice) -> Vec<Person<'static>> {
    let from = usize::try_from(dice.next() % POPULATION as u64).unwrap_or(0);
    let named = named(input);
    if named.is_empty() {
        return residents(from, LOOKED_AT).map(|it| Person::with_key(seed, &it.slug, &it.key)).collect();
    }
    named.into_iter().map(|slug| Person::of(seed, slug)).collect()
}

/// A field's text without outer space, in lower case; nothing where it is empty.
pub(super) fn text(input: &Value, field: &str) -> Option<String> {
    let text = input.get(field)?.as_str()?.trim().to_lowercase();
    (!text.is_empty()).then_some(text)
}

/// A field's number.
pub(super) fn number(input: &Value, field: &str, default: usize) -> usize {
    let number = input.get(field).and_then(Value::as_u64);
    number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nobody_comes_twice() {
        let slugs: HashSet<_> = residents(0, POPULATION).map(|it| &it.slug).collect();
        assert_eq!(slugs.len(), POPULATION);
    }
}
