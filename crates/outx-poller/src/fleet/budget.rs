//! How many polls an account may start, as a pure law.

use crate::moment::later;
use jiff::Timestamp;
use std::time::Duration;

/// What an account may ask. Whatever is asked counts against all that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) rate: Rate,
    /// The share of the rate, in percent, that polls after errors may take, so that an outage does not become a storm.
    pub(super) retries: u32,
    /// How many polls may be in flight at once.
    pub(super) in_flight: usize,
}

/// What of it is in use.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    all: Used,
    retries: Used,
    pub(super) in_flight: usize,
}

impl Budget {
    /// The earliest moment of the next poll, after an error or not; nothing while all places in flight are taken.
    pub(super) fn next(&self, spent: &Spent, again: bool) -> Option<Timestamp> {
        let all = self.rate.next(spent.all);
        let next = if again { all.max(self.share().next(spent.retries)) } else { all };
        (spent.in_flight < self.in_flight).then_some(next)
    }

    /// True if a poll may start now.
    pub(super) fn allows(&self, spent: &Spent, again: bool, now: Timestamp) -> bool {
        self.next(spent, again).is_some_and(|next| next <= now)
    }

    /// Notes a start.
    pub(super) fn start(&self, spent: &mut Spent, again: bool, now: Timestamp) {
        self.rate.start(&mut spent.all, now);
        if again {
            self.share().start(&mut spent.retries, now);
        }
        spent.in_flight += 1;
    }

    /// How long it takes at least to ask about so many.
    pub(super) fn round(&self, many: usize, again: bool) -> Duration {
        let rate = if again { self.share() } else { self.rate };
        rate.each.saturating_mul(u32::try_from(many).unwrap_or(u32::MAX))
    }

    fn share(&self) -> Rate {
        let share = self.retries.clamp(1, 100);
        let together = u64::from(self.rate.together) * u64::from(share) / 100;
        let together = u32::try_from(together).unwrap_or(u32::MAX).max(1);
        Rate { each: self.rate.each * 100 / share, together }
    }
}

/// A rate with an allowance: a few polls may start together, and over any longer time no more than the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// One start has this much time to itself.
    pub(super) each: Duration,
    /// So many may start together after a quiet time.
    pub(super) together: u32,
}

/// How far an account's starts have used up its rate: the moment at which nothing of it would be in use.
#[derive(Debug, Clone, Copy, Default)]
struct Used(Option<Timestamp>);

impl Rate {
    /// The earliest moment of the next start.
    fn next(&self, used: Used) -> Timestamp {
        let allowance = self.each.saturating_mul(self.together.saturating_sub(1));
        let free = used.0.unwrap_or(Timestamp::MIN);
        free.checked_sub(allowance).unwrap_or(Timestamp::MIN)
    }

    /// Notes a start.
    fn start(&self, used: &mut Used, now: Timestamp) {
        let free = used.0.map_or(now, |free| free.max(now));
        used.0 = Some(later(free, self.each));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of no window more than its share, each start against all windows that end with it.
    fn within(starts: &[i128], rate: Rate) -> Result<(), TestCaseError> {
        for (i, from) in starts.iter().enumerate() {
            for (n, to) in starts[i..].iter().enumerate() {
                let time = u128::try_from(to - from).unwrap();
                let share = time / rate.each.as_nanos() + u128::from(rate.together);
                prop_assert!((n + 1) as u128 <= share, "{} in {} ns", n + 1, to - from);
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_its_share(
            each in 1..200_u64,
            together in 1..8_u32,
            retries in 1..101_u32,
            waits in prop::collection::vec((0..500_u64, any::<bool>()), 1..60),
        ) {
            let rate = Rate { each: Duration::from_millis(each), together };
            let budget = Budget { rate, retries, in_flight: usize::MAX };
            let mut spent = Spent::default();
            let mut now = Timestamp::UNIX_EPOCH;
            let (mut all, mut again) = (Vec::new(), Vec::new());
            for (wait, is_again) in waits {
                now = later(now, Duration::from_millis(wait)).max(budget.next(&spent, is_again).unwrap());
                prop_assert!(budget.allows(&spent, is_again, now));
                budget.start(&mut spent, is_again, now);
                all.push(now.as_nanosecond());
                if is_again {
                    again.push(now.as_nanosecond());
                }
            }
            within(&all, rate)?;
            within(&again, budget.share())?;
        }

        #[test]
        fn places_in_flight_are_counted(most in 1..5_usize, starts in 0..9_usize) {
            let rate = Rate { each: Duration::ZERO, together: 1 };
            let budget = Budget { rate, retries: 100, in_flight: most };
            let (mut spent, now) = (Spent::default(), Timestamp::UNIX_EPOCH);
            for n in 0..starts {
                prop_assert_eq!(budget.allows(&spent, false, now), n < most);
                if n < most {
                    budget.start(&mut spent, false, now);
                }
            }
        }
    }
}
