//! The ages between which a schedule chooses.

use crate::law::{BINS, EDGES};

/// So many steps make a bin.
const STEPS: usize = 16;
/// The last point of the grid.
pub(crate) const LAST: usize = BINS * STEPS;

/// The age of a point in seconds.
pub(crate) fn seconds(at: usize) -> f64 {
    let (bin, step) = (at / STEPS, at % STEPS);
    if bin >= BINS {
        return EDGES[BINS];
    }
    EDGES[bin] + (EDGES[bin + 1] - EDGES[bin]) * STEP[step]
}

/// The shares of a bin that are done at its steps.
const STEP: [f64; STEPS] = {
    let mut step = [0.0; STEPS];
    let mut at = 1;
    while at < STEPS {
        step[at] = step[at - 1] + 1.0 / 16.0;
        at += 1;
    }
    step
};

/// The last point before an age, or at it, and which share of the way to the next the age is.
pub(crate) fn place(age: f64) -> (usize, f64) {
    let bin = EDGES.partition_point(|edge| *edge <= age).saturating_sub(1);
    if bin >= BINS {
        return (LAST, 0.0);
    }
    let from = bin * STEPS;
    let within = (from..from + STEPS).rev().find(|at| seconds(*at) <= age).unwrap_or(from);
    let (before, after) = (seconds(within), seconds(within + 1));
    (within, ((age - before) / (after - before)).clamp(0.0, 1.0))
}
