//! How many polls an account may start, as a pure law.

use crate::moment::later;
use jiff::Timestamp;
use std::time::Duration;

/// A rate with an allowance: a few polls may start together, and over any longer time no more than the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// One start has this much time to itself.
    pub(crate) each: Duration,
    /// So many may start together after a quiet time.
    pub(crate) together: u32,
}

/// How far an account's starts have used up its rate: the moment at which nothing of it would be in use.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used(Option<Timestamp>);

impl Rate {
    /// The earliest moment of the next start.
    pub(crate) fn next(&self, used: Used) -> Timestamp {
        let allowance = self.each.saturating_mul(self.together.saturating_sub(1));
        let free = used.0.unwrap_or(Timestamp::MIN);
        free.checked_sub(allowance).unwrap_or(Timestamp::MIN)
    }

    /// Notes a start.
    pub(crate) fn start(&self, used: &mut Used, now: Timestamp) {
        let free = used.0.map_or(now, |free| free.max(now));
        used.0 = Some(later(free, self.each));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_window_holds_more_than_its_share(
            each in 1..200_u64,
            together in 1..8_u32,
            waits in prop::collection::vec(0..500_u64, 1..60),
        ) {
            let rate = Rate { each: Duration::from_millis(each), together };
            let mut used = Used::default();
            let mut now = Timestamp::UNIX_EPOCH;
            let mut starts = Vec::new();
            for wait in waits {
                now = later(now, Duration::from_millis(wait)).max(rate.next(used));
                rate.start(&mut used, now);
                starts.push(now.as_millisecond());
            }
            for (i, from) in starts.iter().enumerate() {
                for (n, to) in starts[i..].iter().enumerate() {
                    let share = u64::try_from(to - from).unwrap() / each + u64::from(together);
                    prop_assert!(u64::try_from(n + 1).unwrap() <= share, "{} in {} ms", n + 1, to - from);
                }
            }
        }
    }
}
