//! How the people of the world behave: what is not documented, and what a scenario lays down.

use super::dice::Dice;
use super::person;
use crate::config::LatencyLaw;
use outx_model::{is_person_id, person_key};
use std::time::Duration;

/// How the people of the world behave.
///
/// By default 70 of 100 invitations are accepted, each after two hours to five days. Whoever is drawn not to
/// accept never does. The draw rests on the world's seed and the person alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laws {
    /// How many of a hundred invitations are accepted.
    pub accepted_percent: u8,
    /// How long after the end of the invitation's task they are accepted.
    pub accepted_after: Span,
    /// Whether a message reaches a person of whom the world knows nothing but a URN.
    pub unknown_people: UnknownPeople,
    /// What some people do, whatever the draw says. Of several entries for a person the last holds.
    pub people: Vec<PersonLaw>,
}

impl Default for Laws {
    fn default() -> Self {
        Self {
            accepted_percent: 70,
            accepted_after: Span::new(Duration::from_hours(2), Duration::from_hours(5 * 24)),
            unknown_people: UnknownPeople::default(),
            people: Vec::new(),
        }
    }
}

/// Whether a message reaches a person whose URN no search, profile or population of the world gave: one that
/// the caller brought along. The API cannot be asked whether a URN exists, so neither answer is the true one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownPeople {
    /// The caller is believed: whom it writes to is a connection. They stand in the list of connections only
    /// after an accepted invitation.
    #[default]
    Connected,
    /// They are strangers until they accept an invitation, as all others are.
    Strangers,
}

/// What one person does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLaw {
    /// The slug, where it is known.
    pub(crate) slug: Option<String>,
    /// The person's key.
    pub(crate) key: String,
    /// What the person does.
    pub(crate) does: Does,
}

/// What a person does, whatever the draw says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Is a connection from the beginning.
    IsConnected,
    /// Accepts an invitation after so long.
    Accepts(Span),
    /// Never accepts one.
    NeverAccepts,
}

impl PersonLaw {
    /// A law for a person, who is named by a slug, an id or a URN. Whoever is to accept is a stranger before.
    pub fn new(who: &str, does: Does) -> Self {
        let who = who.trim();
        if who.contains(':') || is_person_id(who) {
            return Self { slug: None, key: person_key(who).to_owned(), does };
        }
        let slug = who.to_lowercase();
        Self { key: person::key(&slug), slug: Some(slug), does }
    }
}

impl Laws {
    /// What is laid down for a person.
    pub(super) fn of(&self, key: &str) -> Option<Does> {
        self.people.iter().rev().find(|law| law.key == key).map(|law| law.does)
    }

    /// The keys of those who are connections from the beginning because it is laid down, each once.
    pub(super) fn connected(&self) -> impl Iterator<Item = &str> {
        let is_last = |at: usize, key: &str| self.people[at + 1..].iter().all(|later| later.key != key);
        let last = self.people.iter().enumerate().filter(move |(at, law)| is_last(*at, &law.key));
        last.filter(|(_, law)| law.does == Does::IsConnected).map(|(_, law)| law.key.as_str())
    }

    /// How long after an invitation the person accepts it; nothing where they never do.
    pub(super) fn acceptance(&self, seed: u64, key: &str) -> Option<Duration> {
        let mut dice = Dice::new(seed, "accepts", key);
        let (luck, draw) = (dice.between(0, 100), dice.next());
        match self.of(key) {
            Some(Does::Accepts(after)) => Some(after.at(draw)),
            Some(Does::NeverAccepts | Does::IsConnected) => None,
            None => (luck < u32::from(self.accepted_percent)).then(|| self.accepted_after.at(draw)),
        }
    }
}

/// A length of time, or any between two, all equally likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: Duration,
    to: Duration,
}

impl Span {
    /// Any time from the one to the other; a `to` below `from` counts as `from`.
    pub fn new(from: Duration, to: Duration) -> Self {
        Self { from, to: to.max(from) }
    }

    /// Always so long.
    pub fn fixed(length: Duration) -> Self {
        Self::new(length, length)
    }

    /// As the law of a task's time.
    pub(crate) fn law(self) -> LatencyLaw {
        if self.from == self.to {
            LatencyLaw::Fixed(self.from)
        } else {
            LatencyLaw::Uniform { from: self.from, to: self.to }
        }
    }

    /// The length that a draw stands for, which is any number.
    pub(crate) fn at(self, draw: u64) -> Duration {
        Duration::try_from(self.law().at(draw)).unwrap_or_default()
    }
}
