//! What is learned is what was so; few samples leave the prior its say, and a law that has become wrong is given up.

use super::{Chance, any_law, at, learned, secs, seen};
use outx_poller::law::{AccountSort, Law, Learned, Sample};
use outx_poller::schedule::every;
use proptest::prelude::*;
use std::time::Duration;

fn lognormal(median: f64, sigma: f64) -> Law {
    Law::lognormal(secs(median), sigma).unwrap()
}

/// The greatest difference of two laws' done shares.
fn distance(one: &Law, other: &Law) -> f64 {
    (1..4_000)
        .map(|n| secs(f64::from(n) * 0.25))
        .map(|age| (one.done_by(age) - other.done_by(age)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn a_law_is_found_again_from_what_polls_saw_of_it() {
    let two = Law::mixed([(0.5, &lognormal(12.0, 0.2)), (0.5, &lognormal(60.0, 0.2))]).unwrap();
    for (truth, most) in [
        (lognormal(24.5, 0.5446), 0.03),
        (lognormal(80.0, 0.3), 0.04),
        (lognormal(6.0, 0.8), 0.05),
        (two, 0.08),
    ] {
        let far = distance(&Law::prior(), &truth);
        let found = learned(Learned::default(), &truth, 1_000, 0, 11).law();
        assert!(
            distance(&found, &truth) < most,
            "{:.3} of {truth:?}, found {found:?}",
            distance(&found, &truth)
        );
        assert!(far < 0.01 || distance(&found, &truth) < far / 4.0);
    }
}

#[test]
fn few_samples_move_the_prior_and_many_replace_it() {
    let truth = lognormal(80.0, 0.3);
    let mut before = distance(&Law::prior(), &truth);
    let start = before;
    for (tasks, most) in [(1, 0.99), (20, 0.35), (300, 0.08)] {
        let found = distance(&learned(Learned::default(), &truth, tasks, 0, 3).law(), &truth);
        assert!(found < before && found < most * start.max(0.5), "{tasks}: {found} after {before}");
        before = found;
    }
    // One odd task among usual ones is no reason to wait for it.
    let usual = learned(Learned::default(), &Law::prior(), 10, 0, 5);
    let mut odd = usual.clone();
    odd.learn(Sample::between(AccountSort::Live, secs(300.0), secs(305.0), at(11)));
    let (was, is) = (usual.law().quantile(0.5).unwrap(), odd.law().quantile(0.5).unwrap());
    assert!(is < was.mul_f64(1.2), "{was:?} {is:?}");
}

#[test]
fn tasks_that_never_end_are_known_by_those_that_were_given_up() {
    let mut chance = Chance(9);
    let mut learned = Learned::default();
    let truth = Law::prior();
    for n in 0..300 {
        let ends = (chance.next() > 0.1).then(|| truth.sampled(chance.next()).unwrap());
        learned.learn(seen(ends, every(Duration::from_secs(4), Duration::from_mins(5)), at(n)));
    }
    let law = learned.law();
    let lasting = law.alive(Duration::from_mins(6));
    assert!((0.06..0.14).contains(&lasting), "{lasting}");
    assert!((law.quantile(0.45).unwrap().as_secs_f64() - 24.5).abs() < 2.5, "{law:?}");
}

#[test]
fn what_is_not_seen_to_end_in_time_is_not_taken_for_fast() {
    // All are given up at 20 s, by when a third has ended.
    let (mut chance, truth) = (Chance(4), lognormal(24.5, 0.5446));
    let mut learned = Learned::default();
    for n in 0..200 {
        learned.learn(seen(truth.sampled(chance.next()), every(secs(4.0), secs(20.0)), at(n)));
    }
    assert!(learned.law().done_by(secs(20.0)) < 0.42, "{}", learned.law().done_by(secs(20.0)));
}

#[test]
fn a_law_that_has_become_wrong_is_given_up_within_a_few_tasks() {
    let usual = lognormal(24.5, 0.5446);
    for (factor, within) in [(0.25, 16), (4.0, 32), (0.5, 32), (2.0, 32)] {
        let warm = learned(Learned::default(), &usual, 300, 0, 21);
        assert!(!warm.has_changed() && warm.trust() > 0.5, "{warm:?}");
        let now = lognormal(24.5 * factor, 0.5446);
        let after = learned(warm.clone(), &now, within, 300, 22);
        assert!(
            distance(&after.law(), &now) < distance(&warm.law(), &now) / 2.0,
            "{factor}: {:.2} and {:.2}",
            distance(&after.law(), &now),
            distance(&warm.law(), &now)
        );
    }
}

#[test]
fn a_law_that_holds_is_not_given_up_by_chance() {
    let usual = lognormal(24.5, 0.5446);
    let mut warm = learned(Learned::default(), &usual, 300, 0, 31);
    let mut changed = 0;
    for n in 0..500 {
        warm = learned(warm, &usual, 1, 300 + n, 1_000 + n.unsigned_abs());
        changed += u32::from(warm.has_changed());
    }
    assert!(changed < 10, "changed in {changed} of 500");
}

#[test]
fn versions_rise_and_the_newest_are_kept() {
    let learned = learned(Learned::default(), &lognormal(40.0, 0.3), 60, 0, 41);
    let newest = learned.law().version();
    assert!(newest > 16, "{newest}");
    for version in newest - 15..=newest {
        assert_eq!(learned.version(version).unwrap().version(), version);
    }
    assert!(learned.version(newest - 16).is_none() && learned.version(newest + 1).is_none());
    assert_eq!(learned.of_ticket(1), learned.law());
    assert_eq!(*learned.of_ticket(0), Law::prior());
}

#[test]
fn a_law_is_made_anew_rarely_once_there_are_many_samples() {
    let usual = lognormal(24.5, 0.5446);
    let many = learned(Learned::default(), &usual, 600, 0, 51);
    let made = many.law().version();
    let more = learned(many, &usual, 320, 600, 52).law().version() - made;
    assert!((9..80).contains(&more), "{more} laws of 320 tasks");
}

#[test]
fn what_was_learned_is_read_as_it_is_written() {
    let learned = learned(Learned::default(), &lognormal(40.0, 0.3), 90, 0, 61);
    let text = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<Learned>(&text).unwrap(), learned);
    assert!(text.len() < 25_000, "{} bytes", text.len());
    for (field, wrong) in [("laws", "[]"), ("trust", "2000000"), ("format", "9"), ("unease", "\"x\"")] {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value[field] = serde_json::from_str(wrong).unwrap();
        serde_json::from_value::<Learned>(value).unwrap_err();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_seen_a_law_comes_of_it(truth in any_law(), tasks in 1..60_i64, seed in any::<u64>(), pace in 0.3..60.0_f64) {
        let mut chance = Chance(seed);
        let mut learned = Learned::default();
        for n in 0..tasks {
            learned.learn(seen(truth.sampled(chance.next()), every(secs(pace), secs(3_000.0)), at(n)));
        }
        let law = learned.law();
        let done: Vec<_> = (0..200).map(|n| law.done_by(secs(f64::from(n * n)))).collect();
        prop_assert!(done.iter().all(|done| (0.0..=1.0).contains(done)));
        prop_assert!(done.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!((0.0..=1.0).contains(&learned.trust()));
        prop_assert_eq!(learned.statistics().samples(), u64::try_from(tasks).unwrap());
    }

    /// Two that have learned apart agree once they have told each other.
    #[test]
    fn who_has_seen_the_same_has_the_same_law(one in any::<u64>(), other in any::<u64>(), truth in any_law()) {
        let (one, other) = (learned(Learned::default(), &truth, 40, 0, one), learned(Learned::default(), &truth, 25, 7, other));
        let (mut here, mut there) = (one.clone(), other.clone());
        here.merge(other.statistics());
        there.merge(one.statistics());
        prop_assert_eq!(here.law().fingerprint(), there.law().fingerprint());
    }
}
