//! Schedules: nothing costs less, they go forward, and they are the same wherever they are made.

use crate::law::{any_law, secs};
use outx_poller::law::Law;
use outx_poller::schedule::{Aim, Bounds, Schedule, Schedules, every, expected};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Beyond all bins, so that nothing is left out.
const LONG: Duration = Duration::from_secs(32_768);

/// No bound that another pattern is not held to.
fn free() -> Bounds {
    Bounds { least: Duration::from_millis(1), most: LONG }
}

/// The continuous form (Keller): polls are as dense as the root of half the hazard over the cost.
fn keller(law: &Law, cost: f64, until: f64) -> Vec<Duration> {
    let (mut polls, mut passed, mut next, mut age) = (Vec::new(), 0.0, 1.0, 0.0);
    while age < until {
        let step = (age * 0.001).max(0.005);
        passed += (law.hazard(secs(age + step / 2.0)) / (2.0 * cost)).sqrt() * step;
        age += step;
        if passed >= next {
            next += 1.0;
            polls.push(secs(age));
        }
    }
    polls
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_fixed_pace_costs_less(law in any_law(), cost in 0.05..5.0_f64, first in 0.1..120.0_f64, pace in 0.3..60.0_f64) {
        let best = Schedule::new(&law, Aim::Cost(cost), free()).expected(&law, LONG).cost(cost);
        let fixed = expected(&law, every(secs(pace), LONG));
        let delayed = expected(&law, every(secs(pace), LONG).map(|age| age + secs(first)).take_while(|age| *age <= LONG));
        for other in [fixed, delayed] {
            // What was not seen has not been waited for, which is no merit.
            prop_assume!(other.unseen < 1e-3);
            prop_assert!(best <= other.cost(cost) * 1.005 + 1e-3, "{best} and {}", other.cost(cost));
        }
    }

    #[test]
    fn a_schedule_goes_forward_within_its_bounds(
        law in any_law(),
        cost in 0.001..50.0_f64,
        least in 1..2_000_u64,
        more in 0..60_000_u64,
        ages in prop::collection::vec(0.0..200_000.0_f64, 1..20),
    ) {
        let bounds = Bounds { least: Duration::from_millis(least), most: Duration::from_millis(least + more) };
        let schedule = Schedule::new(&law, Aim::Cost(cost), bounds);
        for age in ages.into_iter().map(secs) {
            let pause = schedule.after(age).checked_sub(age).unwrap();
            prop_assert!(bounds.least <= pause && pause <= bounds.most, "{pause:?} at {age:?}");
        }
        let polls: Vec<_> = schedule.polls(Duration::from_mins(10)).take(2_000).collect();
        prop_assert!(polls.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// Who looks later at the same task never asks sooner.
    #[test]
    fn the_next_poll_never_moves_back(law in any_law(), one in 0.0..500.0_f64, more in 0.0..20.0_f64) {
        let schedule = Schedule::new(&law, Aim::default(), Bounds::default());
        // A task that outlives its law is asked about at a pace of its own.
        prop_assume!(law.alive(secs(one + more + 200.0)) > 1e-3);
        prop_assert!(schedule.after(secs(one)) <= schedule.after(secs(one + more)) + Duration::from_micros(1));
    }

    #[test]
    fn the_same_law_gives_the_same_moments_wherever_it_is_read(law in any_law(), cost in 0.01..10.0_f64) {
        let read: Law = serde_json::from_str(&serde_json::to_string(&law).unwrap()).unwrap();
        let made = |law: &Law| Schedule::new(law, Aim::Cost(cost), Bounds::default());
        let polls = |law: &Law| made(law).polls(Duration::from_mins(20)).take(500).collect::<Vec<_>>();
        prop_assert_eq!(serde_json::to_vec(&polls(&law)).unwrap(), serde_json::to_vec(&polls(&read)).unwrap());
    }

    #[test]
    fn dearer_polls_are_fewer(law in any_law(), cost in 0.02..5.0_f64, factor in 1.5..5.0_f64) {
        let polls = |cost| Schedule::new(&law, Aim::Cost(cost), free()).expected(&law, LONG).polls;
        prop_assert!(polls(cost * factor) <= polls(cost) * 1.001);
    }

    #[test]
    fn no_numbers_bring_it_down(age in any::<u64>(), aim in any::<f64>(), polls in any::<bool>(), least in any::<u64>(), most in any::<u64>()) {
        let bounds = Bounds { least: Duration::from_nanos(least), most: Duration::from_nanos(most) };
        let aim = if polls { Aim::Polls(aim) } else { Aim::Cost(aim) };
        let schedule = Schedule::new(&Law::prior(), aim, bounds);
        let age = Duration::from_micros(age);
        prop_assert!(schedule.after(age) > age);
        prop_assert!(schedule.after(Duration::MAX) == Duration::MAX);
    }
}

#[test]
fn what_is_expected_is_what_integration_by_hand_gives() {
    // Memoryless at a fixed pace: as many polls as a geometric law says, and the mean of what is left of a pause.
    let law = Law::of_done(|age| 1.0 - (-age.as_secs_f64() / 30.0).exp());
    let seen = expected(&law, every(Duration::from_secs(5), LONG));
    let polls = 1.0 / (1.0 - (-5.0_f64 / 30.0).exp());
    assert!((seen.polls - polls).abs() < 0.01, "{seen:?}, {polls}");
    assert!((seen.latency - (5.0 * polls - 30.0)).abs() < 0.01, "{seen:?}");
    assert!(seen.unseen < 1e-6 && (seen.cost(2.0) - 2.0 * seen.polls - seen.latency).abs() < 1e-12);
    // A poll at once costs one and finds nothing.
    let at_once = expected(&law, std::iter::once(Duration::ZERO).chain(every(Duration::from_secs(5), LONG)));
    assert!((at_once.polls - seen.polls - 1.0).abs() < 1e-9 && (at_once.latency - seen.latency).abs() < 1e-9);
}

#[test]
fn the_continuous_form_is_near_and_never_better() {
    for (law, within) in [
        (Law::prior(), 1.03),
        (Law::lognormal(Duration::from_mins(2), 0.8).unwrap(), 1.03),
        (Law::of_done(|age| 1.0 - (-age.as_secs_f64() / 30.0).exp()), 1.03),
    ] {
        for cost in [0.1, 0.407] {
            let best = Schedule::new(&law, Aim::Cost(cost), free()).expected(&law, LONG).cost(cost);
            let other = expected(&law, keller(&law, cost, 20_000.0)).cost(cost);
            assert!(best <= other * 1.002, "{best} and {other} under {law:?}");
            assert!(other <= best * within, "{best} and {other} under {law:?}");
        }
    }
}

#[test]
fn so_many_polls_are_made_as_were_aimed_at() {
    let law = Law::prior();
    for wanted in [1.5, 3.0, 6.18, 20.0] {
        let schedule = Schedule::new(&law, Aim::Polls(wanted), Bounds::default());
        let polls = schedule.expected(&law, LONG).polls;
        assert!(polls <= wanted + 1e-6 && polls > wanted * 0.97, "{polls} for {wanted}");
    }
    let fixed = expected(&law, every(Duration::from_secs(5), LONG));
    let best = Schedule::new(&law, Aim::Polls(fixed.polls), Bounds::default()).expected(&law, LONG);
    assert!(best.latency < 1.83, "{best:?}");
}

#[test]
fn a_task_that_outlives_its_law_is_asked_about_at_a_growing_pace() {
    let law = Law::lognormal(Duration::from_secs(10), 0.05).unwrap();
    let schedule = Schedule::new(&law, Aim::default(), Bounds::default());
    for (age, least, most) in [(60, 4, 7), (600, 45, 60), (3_000, 100, 120), (40_000, 120, 120)] {
        let age = Duration::from_secs(age);
        let pause = schedule.after(age).checked_sub(age).unwrap().as_secs();
        assert!((least..=most).contains(&pause), "{pause} s at {age:?}");
    }
}

#[test]
fn schedules_are_shared_and_few_are_kept() {
    let (schedules, prior) = (Schedules::new(), Law::prior());
    let get = |aim| schedules.get(&prior, aim, Bounds::default());
    let first = get(Aim::Cost(1.0));
    assert!(Arc::ptr_eq(&first, &get(Aim::Cost(1.0))));
    assert!(!Arc::ptr_eq(&first, &get(Aim::Cost(1.1))));
    let slow = Law::lognormal(Duration::from_mins(1), 0.5).unwrap();
    assert_ne!(schedules.get(&slow, Aim::Cost(1.0), Bounds::default()).first(), first.first());
    // What is used stays; what is not goes.
    let unused = Arc::downgrade(&get(Aim::Cost(2.0)));
    for n in 0..Schedules::KEPT {
        get(Aim::Cost(3.0 + f64::from(u32::try_from(n).unwrap())));
        assert!(Arc::ptr_eq(&first, &get(Aim::Cost(1.0))));
    }
    assert_eq!(unused.strong_count(), 0);
}
