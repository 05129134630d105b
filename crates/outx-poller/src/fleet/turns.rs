//! Groups take turns, so that a run with ten thousand tasks does not hold up one with three.

use crate::fleet::crowd::{Crowd, Ordering};
use crate::fleet::member::Key;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// The crowds of an account, one for each group that has anybody due.
#[derive(Default)]
pub(super) struct Turns {
    crowds: BTreeMap<u32, Crowd>,
    /// The groups of `crowds`, whose turn is next at the front.
    ring: VecDeque<u32>,
    len: usize,
}

impl Turns {
    pub(super) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// How many are due, in all groups.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, group: u32, key: Key) {
        let ring = &mut self.ring;
        let crowd = self.crowds.entry(group).or_insert_with(|| {
            ring.push_back(group);
            Crowd::default()
        });
        self.len += usize::from(crowd.push(key));
    }

    pub(super) fn remove(&mut self, group: u32, key: &Key) -> bool {
        let Some(crowd) = self.crowds.get_mut(&group) else { return false };
        let removed = crowd.remove(key);
        self.len -= usize::from(removed);
        if crowd.is_empty() {
            self.crowds.remove(&group);
            self.ring.retain(|other| *other != group);
        }
        removed
    }

    /// Takes the first of the group whose turn it is.
    pub(super) fn pop(
        &mut self,
        ordering: Ordering,
        now: Timestamp,
        rank: &dyn Fn(Key) -> f32,
    ) -> Option<Key> {
        let group = self.ring.pop_front()?;
        let crowd = self.crowds.get_mut(&group)?;
        let key = crowd.pop(ordering, now, rank);
        self.len -= usize::from(key.is_some());
        if crowd.is_empty() {
            self.crowds.remove(&group);
        } else {
            self.ring.push_back(group);
        }
        key
    }

    /// Takes all.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Key> + use<> {
        self.ring.clear();
        self.len = 0;
        std::mem::take(&mut self.crowds).into_values().flat_map(Crowd::into_keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::crowd::Order;
    use std::time::Duration;

    #[test]
    fn a_small_group_gets_every_second_turn() {
        let ordering = Ordering { order: Order::ByGain, cap: Duration::MAX };
        let mut turns = Turns::default();
        for index in 0..100 {
            turns.push(7, Key::new(Timestamp::UNIX_EPOCH, index, index));
        }
        for index in 100..103 {
            turns.push(9, Key::new(Timestamp::UNIX_EPOCH, index, index));
        }
        let order: Vec<u32> = std::iter::from_fn(|| turns.pop(ordering, Timestamp::UNIX_EPOCH, &|_| 1.0))
            .map(|key| key.index)
            .collect();
        assert_eq!(order[..8], [0, 100, 1, 101, 2, 102, 3, 4]);
        assert_eq!((order.len(), turns.len()), (103, 0));
        assert!(turns.is_empty());
    }
}
