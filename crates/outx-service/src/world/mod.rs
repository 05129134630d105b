//! The small world behind the service: what tasks find, invented from their input and the world's seed.
//!
//! What two endpoints say of the same thing agrees: a person is made from the slug, so that profile, search
//! and connections show one name and one URN; posts are made from their author. What was written can be read:
//! likes and comments are counted, invitations are accepted by a law, and whoever accepted is a connection.
//! Every answer is a function of the tasks before it and of the moment at which its own task ends, so that a
//! task says the same at each poll. The shapes are the newer generation's.

mod company;
mod dice;
mod laws;
mod network;
mod outcome;
mod past;
mod people;
mod person;
mod posts;
mod repeats;
mod words;

pub use laws::{Does, Laws, PersonLaw, Span, UnknownPeople};
pub(crate) use repeats::Repeats;

use crate::record::TaskRecord;
use crate::scenario::Script;
use dice::Dice;
use jiff::Timestamp;
use network::Network;
use outcome::target;
use outx_model::{Effect, Endpoint, EndpointSpec, WriteDone, is_person_id, write_done};
use past::{Deeds, Invitation, Invitations};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// A task as the world sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed<'a> {
    /// The task.
    pub(crate) task: &'a TaskRecord,
    /// Its input, read.
    pub(crate) input: &'a Value,
    /// Its place among all tasks.
    pub(crate) number: usize,
    /// When it ends; the greatest moment where that is not known yet.
    pub(crate) at: Timestamp,
}

impl Deed<'_> {
    fn moment(&self) -> past::Moment {
        (self.at, self.number)
    }

    fn text(&self, field: &str) -> &str {
        self.input.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The world and what was done in it: the fold of all tasks.
#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    laws: Laws,
    repeats: Repeats,
    network: Network,
    teams: HashMap<Box<str>, u32>,
    likes: Deeds,
    comments: Deeds,
    invitations: HashMap<u32, Invitations>,
    /// People outside the population whom a task showed, by key: their slug and the task's number.
    shown: HashMap<Box<str>, (Box<str>, usize)>,
    /// People known by nothing but a URN who were invited or laid down, by the slug that they are shown with:
    /// their key and the number of the first task that can know it.
    members: HashMap<Box<str>, (Box<str>, usize)>,
}

impl World {
    /// A world in which nothing was done.
    pub(crate) fn new(seed: u64, laws: Laws, repeats: Repeats) -> Self {
        let by_urn =
            laws.people.iter().filter(|law| law.slug.is_none() && people::place_of(&law.key).is_none());
        let members = by_urn.map(|law| (member(&law.key).into(), (law.key.as_str().into(), 0))).collect();
        Self {
            seed,
            laws,
            repeats,
            network: Network::new(seed),
            teams: HashMap::new(),
            likes: Deeds::default(),
            comments: Deeds::default(),
            invitations: HashMap::new(),
            shown: HashMap::new(),
            members,
        }
    }

    /// Adds a task. A write that fails by its record, or says that it was not done, does
    /// nothing.
    pub(crate) fn remember(&mut self, deed: Deed<'_>) {
        if deed.task.failure.is_some() || says_that_it_was_not_done(deed.task) {
            return;
        }
        // Of an endpoint that the catalogue has not, the world knows nothing.
        let Some(endpoint) = deed.task.endpoint.endpoint() else { return };
        let teams = u32::try_from(self.teams.len()).unwrap_or(u32::MAX);
        let team = *self.teams.entry(Box::from(&*deed.task.team)).or_insert(teams);
        let (at, target) = (deed.moment(), target(deed));
        match endpoint {
            Endpoint::LikePost => self.likes.add(team, target, at, true),
            Endpoint::CommentPost => self.comments.add(team, target, at, self.repeats.comment.is_some()),
            Endpoint::SendConnectionRequest => self.invite(team, target, at),
            Endpoint::FetchProfile => self.look_at(deed.text("profile_slug").trim(), deed.number),
            Endpoint::SearchProfiles => {
                for slug in people::named(deed.input) {
                    self.show(&slug, deed.number);
                }
            }
            _ => {}
        }
    }

    fn invite(&mut self, team: u32, key: &str, at: past::Moment) {
        if self.is_connected_from_the_start(key) {
            return;
        }
        if people::place_of(key).is_none() {
            self.members.entry(member(key).into()).or_insert((key.into(), at.1 + 1));
        }
        let after = self.laws.acceptance(self.seed, key);
        let accepted = after.map(|after| at.0.checked_add(after).unwrap_or(Timestamp::MAX));
        self.invitations.entry(team).or_default().add(key, Invitation { sent: at, accepted });
    }

    /// A profile was fetched by a slug, or by an id in its place.
    fn look_at(&mut self, who: &str, number: usize) {
        if !is_person_id(who) {
            self.show(&who.to_lowercase(), number);
        } else if people::place_of(who).is_none() {
            let slug: Box<str> = self.slug_of(who, number).into();
            self.members.entry(slug.clone()).or_insert((who.into(), number + 1));
            self.shown.entry(who.into()).or_insert((slug, number));
        }
    }

    fn show(&mut self, slug: &str, number: usize) {
        let key = self.key_of_member(slug, number).map_or_else(|| person::key(slug), str::to_owned);
        if people::place_of(&key).is_none() {
            self.shown.entry(key.into()).or_insert((slug.into(), number));
        }
    }

    /// Whether the world had shown somebody, or would in a search, when the task of this number was made.
    fn knows(&self, key: &str, number: usize) -> bool {
        people::place_of(key).is_some()
            || self.laws.of(key).is_some()
            || self.shown.get(key).is_some_and(|(_, by)| *by < number)
    }

    /// Whether a message reaches whom the world does not know.
    fn believes(&self) -> bool {
        self.laws.unknown_people == UnknownPeople::Connected
    }

    fn is_connected_from_the_start(&self, key: &str) -> bool {
        match self.laws.of(key) {
            Some(does) => does == Does::IsConnected,
            None => self.network.holds(key),
        }
    }

    fn team(&self, team: &str) -> Option<u32> {
        self.teams.get(team).copied()
    }

    fn invitations(&self, team: &str) -> Option<&Invitations> {
        self.invitations.get(&self.team(team)?)
    }

    /// The slug of a person as the task of this number sees it.
    fn slug_of(&self, key: &str, number: usize) -> Cow<'_, str> {
        let laid_down = || self.laws.people.iter().find(|law| law.key == key)?.slug.as_deref();
        let shown = || self.shown.get(key).filter(|(_, by)| *by < number).map(|(slug, _)| &**slug);
        let place = people::resident(key).map(|known| known.slug.as_str());
        let known = place.or_else(laid_down).or_else(shown);
        known.map_or_else(|| member(key).into(), Cow::from)
    }

    /// The person behind the slug of somebody who was known by a URN alone.
    fn key_of_member(&self, slug: &str, number: usize) -> Option<&str> {
        self.members.get(slug).filter(|(_, since)| *since <= number).map(|(key, _)| &**key)
    }
}

/// Whether the scenario lets a write say that it was not done.
fn says_that_it_was_not_done(task: &TaskRecord) -> bool {
    let Some(Script::Output(output)) = &task.script else { return false };
    let is = |spec: &EndpointSpec| write_done(&spec.view(output)) == WriteDone::NotDone;
    task.endpoint.effect() == Effect::Write && task.endpoint.spec().is_some_and(is)
}

/// A slug in its one spelling, in lower case; an id in its place keeps its case.
pub(crate) fn spelled(who: &str) -> String {
    if is_person_id(who) { who.to_owned() } else { who.to_lowercase() }
}

/// The URN of the person behind a slug, or an id in its place, in its one spelling.
pub(crate) fn urn(who: &str) -> String {
    let key = if is_person_id(who) { who.to_owned() } else { person::key(who) };
    format!("urn:li:fsd_profile:{key}")
}

/// The slug of somebody of whom nothing but a URN is known.
fn member(key: &str) -> String {
    format!("member-{:016x}", Dice::new(0, "member", key).next())
}

/// The words of a slug that make a name: `ada-example-1b2c` is Ada Example. Words with digits are what LinkedIn
/// appends to tell namesakes apart; they stay only where there is nothing else.
fn name_words(slug: &str) -> impl Iterator<Item = &str> {
    let words = || slug.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let is_plain = |word: &str| !word.chars().any(char::is_numeric);
    let has_plain = words().any(is_plain);
    words().filter(move |word| !has_plain || is_plain(word))
}

/// The words of a slug, as a name; empty where there is none.
fn name(slug: &str) -> String {
    let mut name = String::with_capacity(slug.len());
    for word in name_words(slug) {
        if !name.is_empty() {
            name.push(' ');
        }
        let mut chars = word.chars();
        name.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(chars.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_read_like_names() {
        for (slug, name) in [
            ("ada-example", "Ada Example"),
            ("ada-example-1b2c3d", "Ada Example"),
            ("jürgen_o'neill", "Jürgen O'neill"),
            ("42", "42"),
            ("--", ""),
        ] {
            assert_eq!(super::name(slug), name);
        }
    }
}
