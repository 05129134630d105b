//! The dynamic programme: of all schedules on the grid, the one that costs least.
//!
//! A task that was seen pending at point `i` and is asked about at `j` costs a poll, and the waiting of those that end in
//! between. What it costs from there on does not depend on how it came there. As the waiting between two points is convex
//! (Monge), the best next point never moves back when `i` moves on, which is why few are tried.

use super::aim::Bounds;
use super::grid::{LAST, seconds};
use crate::law::Law;

/// The best next point by point, and what a task costs that way.
pub(crate) struct Solution {
    pub(crate) next: Vec<u16>,
    #[cfg(test)]
    pub(crate) cost: f64,
}

/// What is asked at the grid's points: done shares, and their integral over the age.
pub(crate) struct Table {
    at: Vec<f64>,
    done: Vec<f64>,
    area: Vec<f64>,
}

/// Fewer than this share outlive a law: from there on it says nothing.
const OUTLIVED: f64 = 1e-6;

impl Table {
    pub(crate) fn new(law: &Law) -> Self {
        let at: Vec<f64> = (0..=LAST).map(seconds).collect();
        let done: Vec<f64> = at.iter().map(|seconds| law.done_at(*seconds)).collect();
        let mut area = vec![0.0; LAST + 1];
        for point in 1..=LAST {
            area[point] = area[point - 1] + law.area(at[point - 1], at[point]);
        }
        Self { at, done, area }
    }

    /// The schedule that costs least when a poll is worth `cost` seconds.
    pub(crate) fn solve(&self, cost: f64, bounds: Bounds) -> Solution {
        let (least, most) = (bounds.least.as_secs_f64(), bounds.most.as_secs_f64());
        let mut from_here = vec![0.0; LAST + 1];
        let mut next = vec![last(); LAST + 1];
        let mut highest = LAST;
        // The first point beyond the longest pause.
        let mut beyond = LAST + 1;
        for point in (0..LAST).rev() {
            let alive = 1.0 - self.done[point];
            while beyond > point + 2 && self.at[beyond - 1] > self.at[point] + most {
                beyond -= 1;
            }
            let from = (point + 1..LAST).find(|at| self.at[*at] >= self.at[point] + least).unwrap_or(LAST);
            let to = highest.min(beyond - 1).max(from);
            let mut best = (f64::INFINITY, from);
            if alive <= OUTLIVED {
                best = (0.0, self.outlived(point, from, to));
            } else {
                for (at, rest) in (from..=to).zip(&from_here[from..=to]) {
                    let waiting =
                        self.area[at] - self.area[point] - self.done[point] * (self.at[at] - self.at[point]);
                    let sum = cost * alive + waiting + rest;
                    if sum < best.0 {
                        best = (sum, at);
                    }
                }
                highest = best.1;
            }
            from_here[point] = best.0;
            next[point] = u16::try_from(best.1).unwrap_or(last());
        }
        Solution {
            next,
            #[cfg(test)]
            cost: from_here[0],
        }
    }

    /// The next point of a task that has outlived its law: after a twelfth of its age, which is 5 s after a minute.
    fn outlived(&self, point: usize, from: usize, to: usize) -> usize {
        let wanted = self.at[point] * (1.0 + 1.0 / 12.0);
        (from..=to).find(|at| self.at[*at] >= wanted).unwrap_or(to)
    }
}

fn last() -> u16 {
    u16::try_from(LAST).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Tries every point after every other.
    fn by_trying_all(table: &Table, cost: f64, bounds: Bounds) -> f64 {
        let mut from_here = vec![0.0; LAST + 1];
        for point in (0..LAST).rev() {
            let alive = 1.0 - table.done[point];
            if alive <= OUTLIVED {
                continue;
            }
            let allowed = |at: &usize| {
                let pause = table.at[*at] - table.at[point];
                pause >= bounds.least.as_secs_f64() && pause <= bounds.most.as_secs_f64()
            };
            let costs = (point + 1..=LAST).filter(allowed).map(|at| {
                let waiting =
                    table.area[at] - table.area[point] - table.done[point] * (table.at[at] - table.at[point]);
                cost * alive + waiting + from_here[at]
            });
            let best = costs.fold(f64::INFINITY, f64::min);
            // At the end, and where the grid is wider than the longest pause, the next point is taken whatever it is.
            from_here[point] =
                if best.is_finite() { best } else { from_here_of_next(table, point, cost, &from_here) };
        }
        from_here[0]
    }

    fn from_here_of_next(table: &Table, point: usize, cost: f64, from_here: &[f64]) -> f64 {
        let (at, alive) = (point + 1, 1.0 - table.done[point]);
        let waiting =
            table.area[at] - table.area[point] - table.done[point] * (table.at[at] - table.at[point]);
        cost * alive + waiting + from_here[at]
    }

    #[test]
    fn fewer_trials_find_the_same() {
        let narrow = Law::lognormal(Duration::from_secs(12), 0.1).unwrap();
        let slow = Law::lognormal(Duration::from_mins(3), 0.4).unwrap();
        let both = Law::mixed([(0.6, &narrow), (0.4, &slow)]).unwrap();
        let bounds = Bounds { most: Duration::from_mins(50), ..Bounds::default() };
        for law in [Law::prior(), narrow, both] {
            for cost in [0.02, 0.407, 6.0] {
                let table = Table::new(&law);
                let (fast, all) = (table.solve(cost, bounds).cost, by_trying_all(&table, cost, bounds));
                assert!((fast - all).abs() < 1e-9, "{cost} under {law:?}: {fast} and {all}");
            }
        }
    }
}
