//! Statistics merge: in any order and grouped in any way, the same comes of it, in bounded room.

use super::{Chance, secs};
use jiff::Timestamp;
use outx_poller::law::{AccountSort, Sample, Statistics};
use proptest::prelude::*;

const WEEK: i64 = 7 * 24 * 3_600;

fn sample() -> impl Strategy<Value = Sample> {
    // Over nine weeks, so that some are forgotten; a few moments, so that some fall together.
    let when = prop_oneof![0..9 * WEEK, (0..9_i64).prop_map(|week| week * WEEK)];
    (0.0..400.0_f64, 0.1..200.0_f64, when, any::<bool>()).prop_filter_map(
        "no sample",
        |(age, more, at, seen)| {
            let at = Timestamp::from_second(at).unwrap();
            if seen {
                Sample::between(AccountSort::Live, secs(age), secs(age + more), at)
            } else {
                Sample::not_by(AccountSort::Live, secs(age), at)
            }
        },
    )
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec(sample(), 0..80)
}

fn of(samples: &[Sample]) -> Statistics {
    samples.iter().copied().collect()
}

fn merged(one: &Statistics, other: &Statistics) -> Statistics {
    let mut merged = one.clone();
    merged.merge(other);
    merged
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative_and_nothing_changes_nothing(a in samples(), b in samples(), c in samples()) {
        let (a, b, c) = (of(&a), of(&b), of(&c));
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &Statistics::new()), a);
    }

    #[test]
    fn in_parts_is_the_same_as_at_once(all in samples(), cut in 0..80_usize, seed in any::<u64>()) {
        let (first, second) = all.split_at(cut.min(all.len()));
        prop_assert_eq!(merged(&of(first), &of(second)), of(&all));
        // And in another order.
        let mut chance = Chance(seed);
        let mut keyed: Vec<_> = all.iter().map(|sample| (chance.next(), *sample)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let turned: Vec<_> = keyed.into_iter().map(|(_, sample)| sample).collect();
        prop_assert_eq!(of(&turned), of(&all));
    }

    #[test]
    fn statistics_are_read_as_they_are_written(all in samples()) {
        let statistics = of(&all);
        let text = serde_json::to_string(&statistics).unwrap();
        prop_assert_eq!(serde_json::from_str::<Statistics>(&text).unwrap(), statistics);
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let mut chance = Chance(7);
    let mut statistics = Statistics::new();
    let mut longest = 0;
    for n in 0..60_000_i64 {
        let age = 10_f64.powf(chance.next() * 4.4);
        let at = Timestamp::from_second(n * WEEK / 6_000).unwrap();
        statistics.extend(Sample::between(
            AccountSort::Live,
            secs(age),
            secs(age * (1.0 + 3.0 * chance.next())),
            at,
        ));
        if n % 5_000 == 0 {
            longest = longest.max(serde_json::to_string(&statistics).unwrap().len());
        }
    }
    // Hostile ages, ten weeks of them: four weeks are kept.
    assert!(longest < 100_000, "{longest} bytes");
    assert!((18_000..=24_100).contains(&statistics.samples()), "{}", statistics.samples());
    assert_eq!(statistics.recent().len(), 32);
}

#[test]
fn a_count_that_is_full_stays_so() {
    let full = serde_json::json!({ "format": 1, "recent": [], "counts": [[0, 40, 44, u32::MAX]] });
    let full: Statistics = serde_json::from_value(full).unwrap();
    // With no newest sample, there is no week to count from.
    assert!(full.samples() == u64::from(u32::MAX) && merged(&full, &full) == full);
}
