//! What if the law is wrong?
//!
//! Within one task nothing can be known before its first poll, and a schedule that is safe whatever the law loses most of
//! what a law is good for. So the guard watches from task to task: it holds the law against others that tell the same
//! story twice or four times as fast or slow, and against a broad one, and gives each the weight that the newest samples
//! give it (a mixture whose weights leak back a little with each sample: Herbster and Warmuth's fixed share). The schedule
//! is made for the mixture.

use super::bins::OCTAVE;
use super::fit::fit;
use super::sample::Cell;
use super::shape::Shape;
use super::statistics::Statistics;

/// How far the others are moved, in bins.
const MOVES: [i32; 4] = [-2 * OCTAVE, -OCTAVE, OCTAVE, 2 * OCTAVE];
/// The law, those that are moved, and the broad one.
const EXPERTS: usize = 6;
/// Before any sample.
const BEFORE: [f64; EXPERTS] = [0.982, 0.002, 0.002, 0.002, 0.002, 0.01];
/// How much of the weights leaks back with each sample: things change about once in so many.
const LEAK: f64 = 1.0 / 400.0;
/// Below this weight the law is given up, and what was seen before it lost its weight with it.
const GIVEN_UP: f64 = 0.1;
/// As how many samples all that is older than a change still counts.
const FADED: f64 = 2.0;
/// No schedule is made without a broad law of this weight, so that one which outlives the law is still asked about.
const BROAD: f64 = 0.015;

/// The law to go by, with what was thought of it.
#[derive(Debug, Clone)]
pub(crate) struct Guarded {
    pub(crate) shape: Shape,
    /// How much the law itself weighs.
    pub(crate) trust: f64,
    /// How many of the newest samples are of the time since things changed, where they did.
    pub(crate) changed: Option<usize>,
}

/// The law of what was seen, guarded.
pub(crate) fn guarded(statistics: &Statistics) -> Guarded {
    let counted = statistics.counted();
    let reference = fit(&counted);
    let recent: Vec<Cell> = statistics.recent().iter().map(|sample| sample.cell).collect();
    let (weights, change) = watch(&reference, &recent);
    let given_up = weights[0] < GIVEN_UP;
    let since = if given_up { change } else { 0 };
    let mut cells = counted;
    cells.extend(recent[..since].iter().map(|cell| (*cell, 1.0)));
    if given_up {
        let old: f64 = cells.iter().map(|(_, weight)| weight).sum();
        let fading = (FADED / old.max(FADED)).min(1.0);
        for (_, weight) in &mut cells {
            *weight *= fading;
        }
    }
    cells.extend(recent[since..].iter().map(|cell| (*cell, 1.0)));
    let samples: f64 = cells.iter().map(|(_, weight)| weight).sum();
    let law = fit(&cells);
    let mut weights = if given_up { BEFORE } else { weights };
    weights[EXPERTS - 1] = weights[EXPERTS - 1].max(BROAD).max(2.0 / (samples + 10.0));
    let mut shape = Shape::nothing();
    for (weight, expert) in weights.iter().zip(experts(&law)) {
        shape.add(*weight, &expert);
    }
    Guarded { shape: shape.normal(), trust: weights[0], changed: given_up.then_some(recent.len() - since) }
}

/// The weights after the newest samples, and the sample with which the law began to lose its own for the last time.
fn watch(reference: &Shape, recent: &[Cell]) -> ([f64; EXPERTS], usize) {
    let experts = experts(reference);
    let mut weights = BEFORE;
    let mut change = 0;
    for (at, cell) in recent.iter().enumerate() {
        if weights[0] >= 0.9 {
            change = at;
        }
        for (weight, expert) in weights.iter_mut().zip(&experts) {
            *weight *= expert.between(cell.after, cell.by).max(1e-4);
        }
        let sum: f64 = weights.iter().sum();
        for (weight, before) in weights.iter_mut().zip(BEFORE) {
            *weight = (1.0 - LEAK) * *weight / sum + LEAK * before;
        }
    }
    (weights, change)
}

fn experts(law: &Shape) -> [Shape; EXPERTS] {
    let [much_faster, faster, slower, much_slower] = MOVES.map(|bins| law.moved(bins));
    [law.clone(), much_faster, faster, slower, much_slower, Shape::broad().clone()]
}
