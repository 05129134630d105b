//! One ticket of a fleet, in little room.

use crate::follow::Follow;
use crate::moment::{Moment, span_between};
use crate::source::Handle;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// One ticket. What many have in common is kept once and named by number.
pub(super) struct Member<T, K: Handle> {
    pub(super) tag: T,
    pub(super) follow: Follow,
    pub(super) own: K::Own,
    /// Of all that were ever added it was this one, counted round: where it stands among equals.
    pub(super) place: u32,
    pub(super) group: u32,
    pub(super) common: u32,
    pub(super) stage: Stage,
}

/// Where a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its moment has not come.
    Later,
    /// Its moment has come.
    Due,
    /// Its moment has come, but nobody of its lane is asked about.
    Held,
    /// It is being asked about.
    Asked,
}

/// What sorts members: by moment, and then in the order of adding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    moment: Moment,
    place: u32,
    pub(super) index: u32,
}

impl Key {
    /// A key that does not come before its moment.
    pub(super) fn new(moment: Timestamp, place: u32, index: u32) -> Self {
        Self { moment: Moment::not_before(moment), place, index }
    }

    /// Tells whose a number is; it sorts nothing.
    pub(super) fn named(place: u32, index: u32) -> Self {
        Self { moment: Moment::NONE, place, index }
    }

    pub(super) fn moment(&self) -> Timestamp {
        self.moment.into()
    }
}

impl<T, K: Handle> Member<T, K> {
    /// What it is found by while it is due or will be.
    pub(super) fn key(&self, index: u32) -> Key {
        Key::new(self.follow.due(), self.place, index)
    }

    /// And by its deadline, while it is held.
    pub(super) fn held_key(&self, index: u32) -> Key {
        Key::new(self.follow.deadline().unwrap_or(Timestamp::MAX), self.place, index)
    }

    /// True if a key is its own: once a member has gone, its number may be another's.
    pub(super) fn is_named_by(&self, key: Key) -> bool {
        self.place == key.place
    }

    /// True while the last poll told nothing about the task.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.follow.trouble().is_some()
    }

    /// What is expected of asking about it now. How probable it is that the end is found tells how much is gained; that
    /// alone would leave those waiting for whom nothing is ever probable, such as tasks of a great age. What would
    /// minimise the time for which ends go unnoticed is nearer to the gain by the time unseen; between the two lies what
    /// was measured to be best at both.
    pub(super) fn rank(&self, now: Timestamp) -> f32 {
        let progress = self.follow.progress();
        let unseen = span_between(progress.last_seen().unwrap_or(progress.created_at()), now);
        self.follow.pace().gain(progress, now) * unseen.as_secs_f32().sqrt()
    }
}

/// What tickets have in common, each once, with the lane that it belongs to.
pub(super) struct Commons<C> {
    list: Vec<(C, u32)>,
    numbers: BTreeMap<(C, u32), u32>,
}

impl<C: Ord + Clone> Commons<C> {
    pub(super) fn new() -> Self {
        Self { list: Vec::new(), numbers: BTreeMap::new() }
    }

    pub(super) fn number(&mut self, common: C, lane: u32) -> u32 {
        let list = &mut self.list;
        *self.numbers.entry((common, lane)).or_insert_with_key(|key| {
            list.push(key.clone());
            u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// What has a number that was given.
    pub(super) fn get(&self, number: u32) -> &C {
        &self.list[number as usize].0
    }

    pub(super) fn lane(&self, number: u32) -> usize {
        self.list[number as usize].1 as usize
    }
}
