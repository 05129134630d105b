//! Laws and tasks that are drawn, for properties.

use jiff::Timestamp;
use outx_poller::law::{AccountSort, Law, Learned, Sample};
use outx_poller::schedule::{Aim, Bounds, Schedule};
use proptest::prelude::*;
use std::time::Duration;

pub(crate) fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// The `n`th minute of a day.
pub(crate) fn at(n: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + 60 * n).unwrap()
}

/// SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / 4_294_967_296.0
    }
}

/// Laws of all sorts: one to three parts, each narrow or wide, fast or slow.
pub(crate) fn any_law() -> impl Strategy<Value = Law> {
    let part = (0.05..1.0_f64, -1.0..3.5_f64, 0.05..1.6_f64);
    prop::collection::vec(part, 1..4).prop_map(|parts| {
        let laws: Vec<_> = parts
            .iter()
            .map(|(weight, median, sigma)| {
                (*weight, Law::lognormal(secs(10_f64.powf(*median)), *sigma).unwrap())
            })
            .collect();
        Law::mixed(laws.iter().map(|(weight, law)| (*weight, law))).unwrap()
    })
}

/// What polls see of a task: the sample of one that is followed for ten minutes.
pub(crate) fn seen(
    ends: Option<Duration>,
    polls: impl IntoIterator<Item = Duration>,
    when: Timestamp,
) -> Option<Sample> {
    let mut before = Duration::ZERO;
    for poll in polls {
        if ends.is_some_and(|ends| ends <= poll) {
            return Sample::between(AccountSort::Live, before, poll, when);
        }
        before = poll;
    }
    Sample::not_by(AccountSort::Live, before, when)
}

/// What is learned of tasks that are polled by what was learned before them.
pub(crate) fn learned(mut before: Learned, truth: &Law, tasks: i64, from: i64, seed: u64) -> Learned {
    let mut chance = Chance(seed);
    let made = |learned: &Learned| Schedule::new(&learned.law(), Aim::default(), Bounds::default());
    let mut schedule = made(&before);
    for n in 0..tasks {
        if schedule.law().version() != before.law().version() {
            schedule = made(&before);
        }
        let polls: Vec<_> = schedule.polls(Duration::from_mins(10)).collect();
        before.learn(seen(truth.sampled(chance.next()), polls, at(from + n)));
    }
    before
}
