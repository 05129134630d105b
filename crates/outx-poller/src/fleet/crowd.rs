//! Those of one group whose moment has come, and which of them is first.

use crate::fleet::member::Key;
use crate::moment::{later, span_between};
use jiff::Timestamp;
use std::cmp::{self, Reverse};
use std::collections::BTreeSet;
use std::time::Duration;

/// In which order those are asked about whose moment has come, when the budget does not suffice for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Order {
    /// By what a poll is expected to gain: how probable it is that it finds the end, by the root of the time for which
    /// nobody has looked. Whoever has waited for the staleness cap past its moment goes first; where even in the order of
    /// moments a round takes longer than half of that, the cap is twice as long as such a round.
    #[default]
    ByGain,
    /// Whoever was due first is first.
    FirstDue,
}

/// How a crowd is ordered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ordering {
    pub(super) order: Order,
    /// Nobody waits longer than this past its moment while others are preferred.
    pub(super) cap: Duration,
}

/// Ranks are made anew at most this often,
const RANKED_EVERY: Duration = Duration::from_millis(100);
/// and in a crowd so much less often that this is spent on each of its members at most once a second or so.
const RANKED_EACH: Duration = Duration::from_micros(10);
/// One of so many is kept in its rank,
const KEPT: usize = 8;
/// but at least so many.
const KEPT_AT_LEAST: usize = 64;

/// A crowd. Gains change with time, so they are looked at again and again, but not at each poll.
#[derive(Default)]
pub(super) struct Crowd {
    by_age: BTreeSet<Key>,
    /// The best of them as they were ranked last, the very best at the end; some have gone since.
    ranked: Vec<(f32, Reverse<Key>)>,
    ranked_at: Option<Timestamp>,
}

impl Ordering {
    /// The order for a crowd through which a round takes so long. Under a cap that cannot be kept everybody would be beyond
    /// it, and nothing were gained.
    pub(super) fn for_round(self, round: Duration) -> Self {
        Self { cap: self.cap.max(round.saturating_mul(2)), ..self }
    }
}

impl Crowd {
    pub(super) fn push(&mut self, key: Key) -> bool {
        self.by_age.insert(key)
    }

    pub(super) fn remove(&mut self, key: &Key) -> bool {
        self.by_age.remove(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_age.is_empty()
    }

    /// All of them, in the order of their moments.
    pub(super) fn into_keys(self) -> impl Iterator<Item = Key> {
        self.by_age.into_iter()
    }

    /// Takes the first; `rank` tells what is gained by asking about one.
    pub(super) fn pop(
        &mut self,
        ordering: Ordering,
        now: Timestamp,
        rank: &dyn Fn(Key) -> f32,
    ) -> Option<Key> {
        let oldest = *self.by_age.first()?;
        let waits_too_long = later(oldest.moment(), ordering.cap) <= now;
        if ordering.order == Order::FirstDue || waits_too_long || self.by_age.len() == 1 {
            return self.by_age.pop_first();
        }
        let every = RANKED_EVERY
            .max(RANKED_EACH.saturating_mul(u32::try_from(self.by_age.len()).unwrap_or(u32::MAX)));
        if self.ranked_at.is_none_or(|at| span_between(at, now) >= every) {
            self.rank(now, rank);
        }
        loop {
            match self.ranked.pop() {
                Some((_, Reverse(key))) if self.by_age.remove(&key) => return Some(key),
                Some(_) => {}
                // Those that have come since are next.
                None => self.rank(now, rank),
            }
        }
    }

    /// Only the best are kept: a crowd of many thousands asks about few of them before it is ranked anew.
    fn rank(&mut self, now: Timestamp, rank: &dyn Fn(Key) -> f32) {
        let kept = (self.by_age.len() / KEPT).max(KEPT_AT_LEAST);
        self.ranked.clear();
        self.ranked.reserve_exact(self.by_age.len().min(2 * kept));
        for key in &self.by_age {
            if self.ranked.len() == 2 * kept {
                self.ranked.select_nth_unstable_by(kept, |one, other| better(other, one));
                self.ranked.truncate(kept);
            }
            self.ranked.push((rank(*key), Reverse(*key)));
        }
        self.ranked.sort_unstable_by(better);
        let fewer = self.ranked.len().saturating_sub(kept);
        self.ranked.drain(..fewer);
        self.ranked_at = Some(now);
    }
}

/// Where ranks are equal, whoever was due first is better.
fn better(one: &(f32, Reverse<Key>), other: &(f32, Reverse<Key>)) -> cmp::Ordering {
    one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn drained(crowd: &mut Crowd, ordering: Ordering, now: i64, rank: &dyn Fn(Key) -> f32) -> Vec<u32> {
        std::iter::from_fn(|| crowd.pop(ordering, at(now), rank)).map(|key| key.index).collect()
    }

    const BY_GAIN: Ordering = Ordering { order: Order::ByGain, cap: Duration::from_secs(5) };

    #[test]
    fn the_largest_gain_is_first_and_equal_ones_go_by_age() {
        let mut crowd = Crowd::default();
        for (index, due) in [(0, 30), (1, 20), (2, 10), (3, 40)] {
            crowd.push(Key::new(at(due), index, index));
        }
        let gains = [0.5, 0.1, 0.1, 0.9];
        let rank = |key: Key| gains[key.index as usize];
        assert_eq!(drained(&mut crowd, BY_GAIN, 50, &rank), [3, 0, 2, 1]);
    }

    #[test]
    fn whoever_waits_too_long_is_first() {
        let mut crowd = Crowd::default();
        for (index, due) in [(0, 0), (1, 1_000), (2, 4_000)] {
            crowd.push(Key::new(at(due), index, index));
        }
        let gains = [0.1, 0.2, 0.9];
        let rank = |key: Key| gains[key.index as usize];
        assert_eq!(drained(&mut crowd, BY_GAIN, 5_500, &rank), [0, 2, 1]);
    }

    #[test]
    fn gains_are_looked_at_again() {
        let mut crowd = Crowd::default();
        for index in 0..3 {
            crowd.push(Key::new(at(0), index, index));
        }
        assert_eq!(
            crowd.pop(BY_GAIN, at(10), &|key| if key.index == 2 { 1.0 } else { 0.5 }).unwrap().index,
            2
        );
        // By the earlier ranks number 0 would be next.
        let later = at(10) + RANKED_EVERY;
        assert_eq!(
            crowd.pop(BY_GAIN, later, &|key| if key.index == 1 { 1.0 } else { 0.5 }).unwrap().index,
            1
        );
    }

    proptest! {
        #[test]
        fn each_comes_out_once_whatever_comes_and_goes(
            steps in prop::collection::vec((0..4_u8, 0..9_000_i64, 0..50_u32), 0..300),
            first_due in any::<bool>(),
        ) {
            let order = if first_due { Order::FirstDue } else { Order::ByGain };
            let ordering = Ordering { order, ..BY_GAIN };
            let (mut crowd, mut inside, mut now) = (Crowd::default(), BTreeSet::new(), 0);
            for (n, (what, ms, gain)) in steps.into_iter().enumerate() {
                let n = u32::try_from(n).unwrap();
                match what {
                    0 | 1 => {
                        let key = Key::new(at(now), n, n);
                        crowd.push(key);
                        inside.insert(key);
                    }
                    2 => {
                        now += ms / 30;
                        let rank = |key: Key| f32::from(u16::try_from(key.index * 7 % (gain + 1)).unwrap());
                        let popped = crowd.pop(ordering, at(now), &rank);
                        prop_assert_eq!(popped.is_some(), !inside.is_empty());
                        if let Some(key) = popped {
                            let oldest = *inside.first().unwrap();
                            let aged = later(oldest.moment(), BY_GAIN.cap) <= at(now);
                            prop_assert!(key == oldest || !(aged || first_due));
                            prop_assert!(inside.remove(&key));
                        }
                    }
                    _ => {
                        if let Some(key) = inside.iter().nth(gain as usize).copied() {
                            inside.remove(&key);
                            prop_assert!(crowd.remove(&key));
                        }
                    }
                }
                prop_assert_eq!(crowd.is_empty(), inside.is_empty());
            }
        }
    }
}
