//! The account's connections: who was there from the beginning, and who accepted an invitation.

use super::dice::Dice;
use super::people::{self, POPULATION, Resident};
use super::person::Person;
use super::{Deed, World};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Who is connected from the beginning by the world's seed: a run of the population.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    from: usize,
    size: usize,
}

impl Network {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "network", "");
        let from = usize::try_from(dice.next() % POPULATION as u64).unwrap_or(0);
        Self { from, size: dice.between(120, 180) as usize }
    }

    /// In the order in which they were added, newest first.
    fn people(self) -> impl Iterator<Item = &'static Resident> {
        people::residents(self.from, self.size)
    }

    pub(super) fn holds(self, key: &str) -> bool {
        people::place_of(key).is_some_and(|at| (at + POPULATION - self.from) % POPULATION < self.size)
    }
}

/// One page of the account's connections as it stands when the task ends. `RECENTLY_ADDED` is the order in
/// which they were added, newest first; without it the page is ordered by slug, as LinkedIn might.
pub(super) fn page(world: &World, deed: Deed<'_>) -> Value {
    let input = deed.input;
    let keyword = people::text(input, "keyword").unwrap_or_default();
    let mut people = everybody(world, deed);
    if people::text(input, "sort_type").is_none_or(|order| order != "recently_added") {
        people.sort_unstable();
    }
    let people = people.into_iter().map(|(slug, key)| Person::with_key(world.seed, slug, key));
    let is_wanted =
        |person: &Person<'_>| keyword.is_empty() || person.full_name().to_lowercase().contains(&keyword);
    let (start, count) = (people::number(input, "start", 0), people::number(input, "count", 40));
    let page = people.filter(is_wanted).skip(start).take(count);
    let elements: Vec<_> = page.map(|person| element(&person)).collect();
    // By the documentation the total is that of the page.
    json!({ "total": elements.len(), "connections": elements })
}

/// Slug and key of all connections, newest first, and nobody twice: whoever was there from the beginning cannot be
/// invited, and whoever is laid down stands there and nowhere else.
fn everybody<'a>(world: &'a World, deed: Deed<'_>) -> Vec<(Cow<'a, str>, &'a str)> {
    let accepted = world.invitations(&deed.task.team).into_iter().flat_map(|all| all.accepted(deed.at));
    let laid_down = world.laws.connected();
    let told = accepted.chain(laid_down).map(|key| (world.slug_of(key, deed.number), key));
    let from_the_start = world.network.people().filter(|person| world.laws.of(&person.key).is_none());
    told.chain(from_the_start.map(|person| (person.slug.as_str().into(), person.key.as_str()))).collect()
}

fn element(person: &Person<'_>) -> Value {
    let name = person.full_name();
    let (first_name, last_name) = name.split_once(' ').unwrap_or((&name, ""));
    json!({
        "name": name,
        "first_name": first_name,
        "last_name": last_name,
        "headline": person.headline(),
        "public_identifier": person.slug(),
        "entity_urn": person.urn(),
        "profile_image_url": null,
    })
}
