//! Many people: the account's connections and the results of searches.

use super::dice::Dice;
use super::person::Person;
use super::words::{FIRST_NAMES, LAST_NAMES};
use serde_json::{Value, json};

/// Everybody who has one of the known first and last names.
const POPULATION: usize = FIRST_NAMES.len() * LAST_NAMES.len();
/// How many of them one search looks through.
const LOOKED_AT: usize = 400;

/// One page of the account's connections. `RECENTLY_ADDED` is the network's own order, newest first;
/// without it the page is ordered by name, as LinkedIn might.
pub(super) fn connections(seed: u64, input: &Value) -> Value {
    let keyword = text(input, "keyword").unwrap_or_default();
    let mut slugs = Network::new(seed).slugs();
    if text(input, "sort_type").is_none_or(|order| order != "recently_added") {
        slugs.sort_unstable();
    }
    let people = slugs.iter().map(|slug| Person::of(seed, slug));
    let found = people.filter(|person| person.full_name().to_lowercase().contains(&keyword));
    let page: Vec<_> = found.skip(number(input, "start", 0)).take(number(input, "count", 40)).collect();
    let elements: Vec<_> = page.iter().map(connection).collect();
    // By the documentation the total is that of the page.
    json!({ "total": elements.len(), "connections": elements })
}

fn connection(person: &Person) -> Value {
    json!({
        "name": person.full_name(),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.headline(),
        "public_identifier": person.slug,
        "entity_urn": person.urn(),
        "profile_image_url": null,
    })
}

/// What a search finds. The world is small: a filter that would leave nobody is passed over, so that there
/// is always somebody to go on with. Filters that the world has no words for, such as places by number,
/// only change who is looked at.
pub(super) fn search(seed: u64, input: &Value) -> Value {
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
    let known = Network::new(seed).slugs();
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
                "connection_degree": if known.contains(&person.slug) { 1 } else { stranger },
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
fn slug_at(at: usize) -> String {
    let at = at % POPULATION;
    let (first, round) = (at % FIRST_NAMES.len(), at / FIRST_NAMES.len());
    let last = (first * 7 + round) % LAST_NAMES.len();
    format!("{}-{}", FIRST_NAMES[first], LAST_NAMES[last]).to_lowercase()
}

/// The account's network: a run of the population.
struct Network {
    from: usize,
    size: usize,
}

impl Network {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "network", "");
        let from = usize::try_from(dice.next() % POPULATION as u64).unwrap_or(0);
        Self { from, size: dice.between(120, 180) as usize }
    }

    /// In the order in which they were added, newest first.
    fn slugs(&self) -> Vec<String> {
        (self.from..self.from + self.size).map(slug_at).collect()
    }
}

fn text(input: &Value, field: &str) -> Option<String> {
    let text = input.get(field)?.as_str()?.trim().to_lowercase();
    (!text.is_empty()).then_some(text)
}

fn number(input: &Value, field: &str, default: usize) -> usize {
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
