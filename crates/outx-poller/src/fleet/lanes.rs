//! The accounts of a fleet: what each may ask, and whose turn it is.

use crate::fleet::budget::{Budget, Spent};
use crate::fleet::circuit::Circuit;
use crate::fleet::crowd::Ordering;
use crate::fleet::hold::Hold;
use crate::fleet::member::Key;
use crate::fleet::turns::Turns;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One account at one origin.
pub(super) struct Lane {
    pub(super) account: Box<str>,
    /// The number of its origin.
    pub(super) origin: usize,
    pub(super) spent: Spent,
    /// Those that are due, and of which the last poll told something.
    pub(super) fresh: Turns,
    /// Those that are due after an error.
    pub(super) again: Turns,
    /// Those that are due while the account or its origin cannot be asked, by their deadlines.
    pub(super) held: BTreeSet<Key>,
    pub(super) hold: Hold,
}

/// All of them. A process has few accounts, so they are walked through.
#[derive(Default)]
pub(super) struct Lanes {
    pub(super) list: Vec<Lane>,
    numbers: BTreeMap<(Box<str>, usize), u32>,
    turn: usize,
}

/// A lane that may start a poll, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) lane: usize,
    pub(super) key: Key,
    /// After an error.
    pub(super) again: bool,
    /// To see whether the origin or the account can be asked again.
    pub(super) probe: bool,
}

impl Lane {
    /// True while nobody of it is asked about but a probe.
    pub(super) fn is_shut(&self, circuits: &[Circuit]) -> bool {
        self.hold.is_paused() || !circuits[self.origin].is_closed()
    }

    pub(super) fn push(&mut self, group: u32, key: Key, again: bool) {
        if again { self.again.push(group, key) } else { self.fresh.push(group, key) }
    }

    pub(super) fn remove(&mut self, group: u32, key: &Key, again: bool) -> bool {
        if again { self.again.remove(group, key) } else { self.fresh.remove(group, key) }
    }

    /// Takes all that are due.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Key> + use<> {
        self.fresh.drain().chain(self.again.drain())
    }

    /// Lets all go that are due or held.
    pub(super) fn clear(&mut self) {
        drop(self.drain());
        self.held.clear();
    }

    /// Whose patience ends first of those that are held; in a paused account none does.
    pub(super) fn first_deadline(&self) -> Option<Key> {
        let first = self.held.first().copied();
        first.filter(|key| !self.hold.is_paused() && key.moment() < Timestamp::MAX)
    }

    /// The earliest moment of its next probe; nothing while there is nobody to ask about, or one is on its way.
    fn next_probe(&self, circuits: &[Circuit], budget: &Budget) -> Option<Timestamp> {
        let circuit = &circuits[self.origin];
        let origin = if circuit.is_closed() { Some(Timestamp::MIN) } else { circuit.probe_at() };
        let account = if self.hold.is_paused() { self.hold.probe_at() } else { Some(Timestamp::MIN) };
        let next = origin?.max(account?).max(budget.next(&self.spent, true)?);
        (!self.held.is_empty()).then_some(next)
    }

    /// The earliest moment at which it may start a poll.
    pub(super) fn next_start(&self, circuits: &[Circuit], budget: &Budget) -> Option<Timestamp> {
        if self.is_shut(circuits) {
            return self.next_probe(circuits, budget);
        }
        let next = |turns: &Turns, again| budget.next(&self.spent, again).filter(|_| !turns.is_empty());
        next(&self.fresh, false).into_iter().chain(next(&self.again, true)).min()
    }
}

impl Lanes {
    /// The number of an account's lane.
    pub(super) fn number(&mut self, account: &str, origin: usize) -> u32 {
        let (list, next) = (&mut self.list, self.numbers.len());
        let number = self.numbers.entry((account.into(), origin)).or_insert_with_key(|(account, origin)| {
            let (fresh, again) = (Turns::default(), Turns::default());
            let (account, origin, spent) = (account.clone(), *origin, Spent::default());
            let (held, pause) = (BTreeSet::new(), Hold::default());
            list.push(Lane { account, origin, spent, fresh, again, held, hold: pause });
            u32::try_from(next).unwrap_or(u32::MAX)
        });
        *number
    }

    /// Takes the next one that may be started now, and notes its start. Those after errors come first where their share
    /// of the budget allows it: it is small, so that they hold up nobody.
    pub(super) fn pop(
        &mut self,
        circuits: &mut [Circuit],
        budget: &Budget,
        ordering: Ordering,
        now: Timestamp,
        rank: &dyn Fn(Key) -> f32,
    ) -> Option<Turn> {
        for _ in 0..self.list.len() {
            let number = self.turn;
            self.turn = (self.turn + 1) % self.list.len();
            let lane = &mut self.list[number];
            let (key, again, probe) = if lane.is_shut(circuits) {
                if lane.next_probe(circuits, budget).is_none_or(|next| next > now) {
                    continue;
                }
                let circuit = &mut circuits[lane.origin];
                if !circuit.is_closed() {
                    circuit.probe(now);
                }
                lane.hold.probe();
                (lane.held.pop_first(), true, true)
            } else if !lane.again.is_empty() && budget.allows(&lane.spent, true, now) {
                let round = budget.round(lane.again.len(), true);
                (lane.again.pop(ordering.for_round(round), now, rank), true, false)
            } else if !lane.fresh.is_empty() && budget.allows(&lane.spent, false, now) {
                let round = budget.round(lane.fresh.len(), false);
                (lane.fresh.pop(ordering.for_round(round), now, rank), false, false)
            } else {
                continue;
            };
            if let Some(key) = key {
                budget.start(&mut lane.spent, again, now);
                return Some(Turn { lane: number, key, again, probe });
            }
        }
        None
    }
}
