//! The account's connections: who was there from the beginning, and who accepted an invitation.

use super::dice::Dice;
use super::laws::Does;
use super::people::{self, POPULATION, slug_at};
use super::person::{self, Person};
use super::{Deed, World};
use serde_json::{Value, json};
use std::collections::HashSet;

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
    fn slugs(self) -> impl Iterator<Item = String> {
        (self.from..self.from + self.size).map(slug_at)
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
    let people = people.iter().map(|(slug, key)| Person::with_key(world.seed, slug, key));
    let found = people.filter(|person| person.full_name().to_lowercase().contains(&keyword));
    let (start, count) = (people::number(input, "start", 0), people::number(input, "count", 40));
    let elements: Vec<_> = found.skip(start).take(count).map(|person| element(&person)).collect();
    // By the documentation the total is that of the page.
    json!({ "total": elements.len(), "connections": elements })
}

/// Slug and key of all connections, newest first.
fn everybody(world: &World, deed: Deed<'_>) -> Vec<(String, String)> {
    let slug_of = |key: &str| world.slug_of(key, deed.number);
    let accepted = world.invitations(&deed.task.team).into_iter().flat_map(|all| all.accepted(deed.at));
    let mut people: Vec<_> = accepted.map(|key| (slug_of(key), key.to_owned())).collect();
    let laid_down = world.laws.people.iter().filter(|law| law.does == Does::IsConnected);
    people.extend(
        laid_down.map(|law| (law.slug.clone().unwrap_or_else(|| slug_of(&law.key)), law.key.clone())),
    );
    let from_the_start = world.network.slugs().map(|slug| (slug.clone(), person::key(&slug)));
    people.extend(
        from_the_start.filter(|(_, key)| world.laws.of(key).is_none_or(|does| does == Does::IsConnected)),
    );
    let mut seen = HashSet::new();
    people.retain(|(_, key)| seen.insert(key.clone()));
    people
}

fn element(person: &Person) -> Value {
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
