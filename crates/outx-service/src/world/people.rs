//! Many people: the population and the results of searches.

use super::dice::Dice;
use super::person::{self, Person};
use super::words::{FIRST_NAMES, LAST_NAMES};
use super::{Deed, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Everybody who has one of the known first and last names.
pub(super) const POPULATION: usize = FIRST_NAMES.len() * LAST_NAMES.len();
/// How many of them one search looks through.
const LOOKED_AT: usize = 400;

/// What a search finds. The world is small: a filter that would leave nobody is passed over, so that there
/// is always somebody to go on with. Filters that the world has no words for, such as places by number,
/// only change who is looked at.
pub(super) fn search(world: &World, deed: Deed<'_>) -> Value {
    let (seed, input) = (world.seed, deed.input);
    let mut dice = Dice::new(seed, "search", &input.to_string());
    let mut found: Vec<_> = candidates(input, &mut dice).iter().map(|slug| Person::of(seed, slug)).collect();
    for (field, read) in FILTERS {
        let Some(wanted) = text(input, field) else { continue };
        let fits = |person: &Person| {
            let told = read(person).to_lowercase();
            wanted.split_whitespace().all(|word| told.contains(word))
        };
        if found.iter().any(fits) {
            found.retain(fits);
        }
    }
    found.truncate(number(input, "count", 25));
    let connected = |person: &Person| world.is_connected(&deed.task.team, person.key(), deed.at);
    let profiles: Vec<_> = found
        .iter()
        .map(|person| {
            let stranger = 2 + u8::from(person.slug.len() % 2 == 0);
            json!({
                "name": person.full_name(),
                "headline": person.headline(),
                "location": person.location(),
                "profile_slug": person.slug,
                "profile_urn": person.urn(),
                "connection_degree": if connected(person) { 1 } else { stranger },
            })
        })
        .collect();
    json!({ "profiles": profiles })
}

type Filter = (&'static str, fn(&Person) -> String);

const FILTERS: [Filter; 3] = [
    ("title", |person| person.title.to_owned()),
    ("company", |person| person.company.to_owned()),
    ("keywords", |person| format!("{} {}", person.full_name(), person.headline())),
];

/// The place in the population of somebody of this key. URNs are the same in every world.
pub(super) fn place_of(key: &str) -> Option<usize> {
    static PLACES: LazyLock<HashMap<String, usize>> =
        LazyLock::new(|| (0..POPULATION).map(|at| (person::key(&slug_at(at)), at)).collect());
    PLACES.get(key).copied()
}

/// The people whom a search shows because their names were asked for: they need not be of the population.
pub(super) fn named(input: &Value) -> Vec<String> {
    let asked = ["first_name", "last_name"].iter().any(|field| text(input, field).is_some());
    if asked { candidates(input, &mut Dice::new(0, "named", "")) } else { Vec::new() }
}

/// Who is looked at: people with the wanted names, which need not be known ones, else a part of everybody.
fn candidates(input: &Value, dice: &mut Dice) -> Vec<String> {
    let name = |field| text(input, field).map(|name| name.split_whitespace().collect::<Vec<_>>().join("-"));
    let (first, last) = (name("first_name"), name("last_name"));
    let from = usize::try_from(dice.next() % POPULATION as u64).unwrap_or(0);
    match (first, last) {
        (Some(first), Some(last)) => vec![format!("{first}-{last}")],
        (Some(first), None) => {
            LAST_NAMES.iter().map(|last| format!("{first}-{last}").to_lowercase()).collect()
        }
        (None, Some(last)) => {
            FIRST_NAMES.iter().map(|first| format!("{first}-{last}").to_lowercase()).collect()
        }
        (None, None) => (from..from + LOOKED_AT).map(slug_at).collect(),
    }
}

/// The slug of one of the population: a step changes both names, and none comes twice in a round.
pub(super) fn slug_at(at: usize) -> String {
    let at = at % POPULATION;
    let (first, round) = (at % FIRST_NAMES.len(), at / FIRST_NAMES.len());
    let last = (first * 7 + round) % LAST_NAMES.len();
    format!("{}-{}", FIRST_NAMES[first], LAST_NAMES[last]).to_lowercase()
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
        let slugs: HashSet<_> = (0..POPULATION).map(slug_at).collect();
        assert_eq!(slugs.len(), POPULATION);
    }
}
