//! What was done in the world, folded from the tasks so that one poll looks at few things.

use jiff::Timestamp;
use std::collections::HashMap;

/// When a task ended, and its number among all: the order in which things happened. It never changes by what
/// happens later, because a later task cannot end before the moment at which it was made.
pub(super) type Moment = (Timestamp, usize);

/// What one kind of write did, by team and by target.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    first: HashMap<(u32, Box<str>), Moment>,
    by_target: HashMap<Box<str>, Vec<Moment>>,
}

impl Deeds {
    /// Adds a write of a team. Where only the first of a team counts on a target, an earlier end takes the
    /// place of a later one.
    pub(super) fn add(&mut self, team: u32, target: &str, at: Moment, only_first: bool) {
        let all = self.by_target.entry(target.into()).or_default();
        let first = self.first.entry((team, target.into())).or_insert(at);
        if *first != at && only_first {
            if *first < at {
                return;
            }
            all.retain(|known| known != first);
        }
        *first = at.min(*first);
        all.insert(all.partition_point(|known| *known < at), at);
    }

    /// The first of a team on a target.
    pub(super) fn first(&self, team: u32, target: &str) -> Option<Moment> {
        self.first.get(&(team, target.into())).copied()
    }

    /// How many there were on a target, by whomever, up to a moment.
    pub(super) fn count(&self, target: &str, at: Timestamp) -> usize {
        self.by_target.get(target).map_or(0, |all| all.partition_point(|known| known.0 <= at))
    }
}

/// The invitations of one team.
#[derive(Debug, Default)]
pub(super) struct Invitations {
    first: HashMap<Box<str>, Invitation>,
    accepted: Vec<(Moment, Box<str>)>,
}

/// The first invitation of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invitation {
    /// When it was sent.
    pub(super) sent: Moment,
    /// When it is accepted; nothing where it never is.
    pub(super) accepted: Option<Timestamp>,
}

impl Invitations {
    /// Adds one, unless the person was invited before it.
    pub(super) fn add(&mut self, person: &str, new: Invitation) {
        if let Some(known) = self.first.get(person) {
            if known.sent <= new.sent {
                return;
            }
            self.accepted.retain(|(_, key)| &**key != person);
        }
        self.first.insert(person.into(), new);
        if let Some(accepted) = new.accepted {
            let at = (accepted, new.sent.1);
            let place = self.accepted.partition_point(|(known, _)| *known < at);
            self.accepted.insert(place, (at, person.into()));
        }
    }

    /// The first invitation of a person.
    pub(super) fn of(&self, person: &str) -> Option<Invitation> {
        self.first.get(person).copied()
    }

    /// Who has accepted by a moment, newest first.
    pub(super) fn accepted(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let until = self.accepted.partition_point(|((known, _), _)| *known <= at);
        self.accepted[..until].iter().rev().map(|(_, person)| &**person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, number: usize) -> Moment {
        (Timestamp::from_second(second).unwrap_or_default(), number)
    }

    #[test]
    fn what_ended_first_counts_whatever_was_asked_first() {
        let mut likes = Deeds::default();
        likes.add(0, "post", at(9, 0), true);
        likes.add(0, "post", at(5, 1), true);
        likes.add(0, "post", at(7, 2), true);
        likes.add(1, "post", at(6, 3), true);
        assert_eq!(likes.first(0, "post"), Some(at(5, 1)));
        let counts = [4, 5, 6, 9].map(|second| likes.count("post", at(second, 0).0));
        assert_eq!(counts, [0, 1, 2, 2]);
    }

    #[test]
    fn every_comment_counts_where_every_one_is_told_to() {
        let mut comments = Deeds::default();
        for (number, second) in [9, 5, 5].into_iter().enumerate() {
            comments.add(0, "post", at(second, number), false);
        }
        assert_eq!([5, 9].map(|second| comments.count("post", at(second, 0).0)), [2, 3]);
        assert_eq!(comments.first(0, "post"), Some(at(5, 1)));
    }

    #[test]
    fn an_earlier_invitation_takes_the_place_of_a_later_one() {
        let mut all = Invitations::default();
        let new = |sent, accepted| Invitation { sent, accepted: Some(at(accepted, 0).0) };
        all.add("ada", new(at(9, 0), 90));
        all.add("bo", new(at(2, 1), 20));
        all.add("ada", new(at(1, 2), 10));
        all.add("ada", new(at(3, 3), 30));
        let accepted = |second| all.accepted(at(second, 0).0).collect::<Vec<_>>();
        assert_eq!((accepted(9), accepted(10), accepted(99)), (vec![], vec!["ada"], vec!["bo", "ada"]));
    }
}
