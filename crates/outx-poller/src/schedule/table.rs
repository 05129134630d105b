//! A schedule: when to ask next, by the age at which a task was last seen pending.

use super::aim::{Aim, Bounds};
use super::expected::{Expected, expected};
use super::grid::{LAST, place, seconds};
use super::programme::Table;
use crate::law::{Law, duration};
use std::fmt;
use std::time::Duration;

/// When to ask next under a law. It is made once for a law and an aim, and shared ([`Schedules`](super::Schedules)): 4 KB.
///
/// It is a function of the age alone, so the same law and the same aim give the same moments, to the microsecond, wherever
/// they are made.
#[derive(Clone, PartialEq)]
pub struct Schedule {
    law: Law,
    cost: f64,
    bounds: Bounds,
    next: Box<[u16]>,
}

impl Schedule {
    /// The schedule of least cost under a law. Bounds that make no sense are mended: no pause is shorter than a
    /// millisecond, and the longest not shorter than the shortest.
    pub fn new(law: &Law, aim: Aim, bounds: Bounds) -> Self {
        let least = bounds.least.max(Duration::from_millis(1));
        let bounds = Bounds { least, most: bounds.most.max(least) };
        let table = Table::new(law);
        let made = |cost: f64| {
            let next = table.solve(cost, bounds).next.into_boxed_slice();
            Self { law: law.clone(), cost, bounds, next }
        };
        match aim {
            Aim::Cost(cost) if cost.is_finite() => made(cost.clamp(*Aim::COSTS.start(), *Aim::COSTS.end())),
            Aim::Cost(_) => made(Aim::USUAL_COST),
            Aim::Polls(polls) => by_polls(polls, made),
        }
    }

    /// From the creation of a task to its first poll.
    pub fn first(&self) -> Duration {
        self.after(Duration::ZERO)
    }

    /// The age at which to ask next, of a task that was pending at this age. It is later by the shortest pause at least.
    pub fn after(&self, age: Duration) -> Duration {
        let now = age.as_secs_f64();
        let (point, within) = place(now);
        let next = if point >= LAST {
            now + self.bounds.most.as_secs_f64()
        } else {
            let to = |point: usize| seconds(usize::from(self.next[point]));
            let (from, to) = (to(point), to((point + 1).min(LAST - 1)));
            from + within * (to - from).max(0.0)
        };
        // Whole microseconds: what differs in the last bits of a number does not show.
        let micros = duration(next).as_micros();
        let next = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        next.clamp(age.saturating_add(self.bounds.least), age.saturating_add(self.bounds.most))
    }

    /// The ages of the polls of a task that never ends, up to an age.
    pub fn polls(&self, until: Duration) -> impl Iterator<Item = Duration> {
        let next = |age: &Duration| Some(self.after(*age));
        std::iter::successors(Some(self.first()), next).take_while(move |age| *age <= until)
    }

    /// What it comes to under a law, its own or another, for tasks that are followed up to an age.
    pub fn expected(&self, law: &Law, until: Duration) -> Expected {
        expected(law, self.polls(until))
    }

    /// The law that it was made for.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// How many seconds of waiting a poll is worth by it.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// Between what its pauses lie.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next: Vec<_> = self.polls(Duration::from_mins(5)).take(4).collect();
        f.debug_struct("Schedule")
            .field("law", &self.law)
            .field("cost", &self.cost)
            .field("polls", &next)
            .finish_non_exhaustive()
    }
}

/// The cost at which so many polls are expected under the law itself, by bisection: the dearer a poll, the fewer.
fn by_polls(polls: f64, made: impl Fn(f64) -> Schedule) -> Schedule {
    let wanted = if polls.is_finite() { polls.max(1.0) } else { 1.0 };
    let (mut cheap, mut dear) = (Aim::COSTS.start().ln(), Aim::COSTS.end().ln());
    let mut best = made(cheap.exp());
    for _ in 0..24 {
        let schedule = made(f64::midpoint(cheap, dear).exp());
        let seen = schedule.expected(&schedule.law, duration(seconds(LAST))).polls;
        if seen > wanted {
            cheap = f64::midpoint(cheap, dear);
        } else {
            dear = f64::midpoint(cheap, dear);
            best = schedule;
        }
        if seen <= wanted && seen > wanted * 0.998 {
            break;
        }
    }
    best
}
