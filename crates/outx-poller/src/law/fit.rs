//! The law that fits what was seen.
//!
//! Two parts. A family of lognormal laws, weighed by how well each explains the samples (Bayes' rule), has the say while
//! there are few samples. It is the base of a free law by bins: the self-consistent estimate of Turnbull for censored
//! samples, by expectation and maximisation, to which the base counts as so many samples and each step of which is
//! smoothed a little (Silverman and others), so that no schedule is made for the chance of single samples.

use super::bins::{BINS, OCTAVE, OPEN};
use super::sample::Cell;
use super::shape::{Shape, USUAL_MEDIAN, USUAL_SIGMA, lognormal_cdf};
use std::sync::LazyLock;

/// As how many samples the base counts.
const BASE: f64 = 20.0;
/// The part of the base that is broad.
const WIDE: f64 = 0.02;
/// How often each step is smoothed.
const PASSES: usize = 2;
/// Of how many tasks it is supposed, without having seen any, that they never end.
const NEVER: f64 = 0.001;
/// The deviations of the family and how probable each is beforehand; the usual one has half of all.
const SIGMAS: [(f64, f64); 6] =
    [(0.1, 1.0), (0.2, 2.0), (0.35, 3.0), (USUAL_SIGMA, 4.0), (0.8, 2.0), (1.2, 1.0)];
/// How many eighths of an octave the family's medians go down and up from the usual one.
const MEDIANS: std::ops::RangeInclusive<i32> = -4 * OCTAVE..=8 * OCTAVE;
/// Medians are supposed to lie within two octaves, as a deviation of a normal law.
const SPREAD: f64 = 1.5 * OCTAVE as f64;

/// The done shares of the family at all edges, moved.
struct Family {
    /// By sigma: from the edge moved down the most to the one moved up the most.
    done: Vec<Vec<f64>>,
}

static FAMILY: LazyLock<Family> = LazyLock::new(|| Family {
    done: SIGMAS
        .iter()
        .map(|(sigma, _)| {
            (-*MEDIANS.end()..=last_edge() - MEDIANS.start())
                .map(|edge| {
                    let seconds = 0.5 * (f64::from(edge - 1) / f64::from(OCTAVE)).exp2();
                    lognormal_cdf(seconds, USUAL_MEDIAN, *sigma)
                })
                .collect()
        })
        .collect(),
});

fn last_edge() -> i32 {
    i32::try_from(BINS).unwrap_or(i32::MAX)
}

impl Family {
    /// The share that is done at an edge when medians are moved so far.
    fn done(&self, sigma: usize, moved: i32, edge: u8) -> f64 {
        if edge == 0 {
            return 0.0;
        }
        if edge >= OPEN {
            return 1.0;
        }
        let at = i32::from(edge) - moved + MEDIANS.end();
        usize::try_from(at).ok().and_then(|at| self.done.get(sigma)?.get(at)).copied().unwrap_or(1.0)
    }
}

/// The law of weighed samples.
pub(crate) fn fit(cells: &[(Cell, f64)]) -> Shape {
    let base = predicted(cells);
    free(&base, cells)
}

/// What the family predicts after these samples.
fn predicted(cells: &[(Cell, f64)]) -> Shape {
    let family = &*FAMILY;
    let mut members = Vec::new();
    for (at, (sigma, share)) in SIGMAS.iter().enumerate() {
        for moved in MEDIANS {
            let far = f64::from(moved) / SPREAD;
            let mut score = share.ln() - far * far / 2.0;
            if moved == 0 && (sigma - USUAL_SIGMA).abs() < 1e-9 {
                // The usual law itself: as probable as all others together.
                score += 4.0;
            }
            for (cell, weight) in cells {
                let ended = family.done(at, moved, cell.by) - family.done(at, moved, cell.after);
                let never = if cell.by == OPEN { NEVER } else { 0.0 };
                score += weight * ((1.0 - NEVER) * ended.max(0.0) + never).max(1e-6).ln();
            }
            members.push((score, at, moved));
        }
    }
    let best = members.iter().map(|(score, ..)| *score).fold(f64::MIN, f64::max);
    let mut shape = Shape::nothing();
    for (score, sigma, moved) in members {
        let weight = (score - best).exp();
        if weight < 1e-6 {
            continue;
        }
        let mut before = 0.0;
        for (bin, edge) in (0..BINS).zip(1_u8..) {
            let done = family.done(sigma, moved, edge);
            shape.0[bin] += weight * (done - before);
            before = done;
        }
        shape.0[BINS] += weight * (1.0 - before);
    }
    let mut shape = shape.normal();
    for share in &mut shape.0 {
        *share *= 1.0 - NEVER;
    }
    shape.0[BINS] += NEVER;
    shape
}

/// The free law: what each sample says of the bins is told by the law itself, until that changes nothing.
fn free(base: &Shape, cells: &[(Cell, f64)]) -> Shape {
    let total: f64 = cells.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return base.clone();
    }
    // Nothing is impossible, however sure the family is.
    let mut wide = Shape::nothing();
    wide.add(1.0 - WIDE, base);
    wide.add(WIDE, Shape::broad());
    let base = wide.normal();
    let mut law = base.clone();
    for _ in 0..100 {
        let next = step(&law, &base, cells, total);
        let change: f64 = law.0.iter().zip(&next.0).map(|(a, b)| (a - b).abs()).sum();
        law = next;
        if change < 1e-5 {
            break;
        }
    }
    law.normal()
}

fn step(law: &Shape, base: &Shape, cells: &[(Cell, f64)], total: f64) -> Shape {
    let mut done = [0.0; BINS + 2];
    for (at, share) in law.0.iter().enumerate() {
        done[at + 1] = done[at] + share;
    }
    // By how much a bin's share is multiplied, as differences from bin to bin.
    let mut by = [0.0; BINS + 2];
    for (cell, weight) in cells {
        let (after, end) = (usize::from(cell.after), usize::from(cell.by));
        let share = done[end] - done[after];
        if share > 1e-12 {
            by[after] += weight / share;
            by[end] -= weight / share;
        }
    }
    let mut seen = Shape::nothing();
    let mut factor = 0.0;
    for ((seen, law), change) in seen.0.iter_mut().zip(&law.0).zip(by) {
        factor += change;
        *seen = law * factor.max(0.0);
    }
    // What is smoothed is by how much the law differs from its base: where the base is right, nothing is blurred.
    let mut ratio = seen.clone();
    for (ratio, base) in ratio.0.iter_mut().zip(&base.0) {
        *ratio /= base.max(1e-12);
    }
    for _ in 0..PASSES {
        ratio = smoothed(&ratio);
    }
    let mut next = Shape::nothing();
    for at in 0..=BINS {
        next.0[at] = base.0[at] * (BASE + ratio.0[at]) / (BASE + total);
    }
    next.normal()
}

/// Each bin with half of its own and a quarter of either neighbour's. What never ends has no neighbours.
fn smoothed(values: &Shape) -> Shape {
    let mut smooth = values.clone();
    for at in 0..BINS {
        let (below, above) = (values.0[at.saturating_sub(1)], values.0[(at + 1).min(BINS - 1)]);
        smooth.0[at] = f64::midpoint(values.0[at], f64::midpoint(below, above));
    }
    smooth
}
