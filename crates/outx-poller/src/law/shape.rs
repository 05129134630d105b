//! A law while it is computed with: the share of tasks by bin, and of those that never end.

use super::bins::{BINS, EDGES};
use std::sync::LazyLock;

/// Shares by bin; the last is that of tasks which never end. They sum up to one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape(pub(crate) [f64; BINS + 1]);

/// A standard deviation of the logarithm with which nine in ten lie between 10 and 60 s.
pub(crate) const USUAL_SIGMA: f64 = 0.544_6;
/// The median of tasks of which nothing is known, in seconds.
pub(crate) const USUAL_MEDIAN: f64 = 24.5;

impl Shape {
    /// A lognormal law; the median is in seconds, sigma the standard deviation of the natural logarithm.
    pub(crate) fn lognormal(median: f64, sigma: f64) -> Self {
        let mut shares = [0.0; BINS + 1];
        let mut before = 0.0;
        for (share, edge) in shares.iter_mut().zip(&EDGES[1..]) {
            let done = lognormal_cdf(*edge, median, sigma);
            *share = done - before;
            before = done;
        }
        shares[BINS] = 1.0 - before;
        Self(shares)
    }

    /// The law of those about whom nothing is known but that they may be far from the usual.
    pub(crate) fn broad() -> &'static Self {
        static BROAD: LazyLock<Shape> = LazyLock::new(|| Shape::lognormal(20.0, 1.5));
        &BROAD
    }

    /// The share of those that end after edge `after` and by edge `by`, where one past the last edge is never.
    pub(crate) fn between(&self, after: u8, by: u8) -> f64 {
        let (after, by) = (usize::from(after), usize::from(by).min(BINS + 1));
        self.0.get(after..by).map_or(0.0, |shares| shares.iter().sum())
    }

    /// The law of tasks that take longer by so many bins (eighths of an octave), or shorter.
    pub(crate) fn moved(&self, bins: i32) -> Self {
        let mut shares = [0.0; BINS + 1];
        let last = i64::try_from(BINS - 1).unwrap_or(i64::MAX);
        for (from, share) in (0_i64..).zip(&self.0[..BINS]) {
            let to = (from + i64::from(bins)).clamp(0, last);
            shares[usize::try_from(to).unwrap_or_default()] += share;
        }
        shares[BINS] = self.0[BINS];
        Self(shares)
    }

    /// Adds so much of another law.
    pub(crate) fn add(&mut self, weight: f64, other: &Self) {
        for (share, other) in self.0.iter_mut().zip(&other.0) {
            *share += weight * other;
        }
    }

    /// No law yet: nothing of anything.
    pub(crate) fn nothing() -> Self {
        Self([0.0; BINS + 1])
    }

    /// Makes the shares sum up to one; what has no sum is the usual law.
    pub(crate) fn normal(mut self) -> Self {
        let sum: f64 = self.0.iter().sum();
        if !(sum.is_finite() && sum > 0.0) {
            return Self::lognormal(USUAL_MEDIAN, USUAL_SIGMA);
        }
        for share in &mut self.0 {
            *share /= sum;
        }
        self
    }
}

pub(crate) fn lognormal_cdf(seconds: f64, median: f64, sigma: f64) -> f64 {
    if seconds <= 0.0 { 0.0 } else { normal_cdf((seconds / median).ln() / sigma) }
}

/// The standard normal distribution: its series near the middle, its continued fraction in the tails.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    let size = x.abs();
    let density = (-size * size / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let above = if size < 3.0 {
        let (mut term, mut sum, mut odd) = (size, size, 1.0);
        while term > 1e-17 * sum {
            odd += 2.0;
            term *= size * size / odd;
            sum += term;
        }
        0.5 - density * sum
    } else {
        let mut fraction = size;
        for step in (1..60).rev() {
            fraction = size + f64::from(step) / fraction;
        }
        density / fraction
    };
    if x > 0.0 { 1.0 - above } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        for (x, wanted) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.644_853_626_951_472_2, 0.05),
            (3.0, 0.998_650_101_968_369_9),
            (-5.0, 2.866_515_718_791_939e-7),
        ] {
            assert!((normal_cdf(x) - wanted).abs() < 1e-12 * wanted.max(1e-3), "{x}: {}", normal_cdf(x));
        }
    }

    #[test]
    fn nine_in_ten_of_the_usual_tasks_take_ten_to_sixty_seconds() {
        let within = |from, to| {
            lognormal_cdf(to, USUAL_MEDIAN, USUAL_SIGMA) - lognormal_cdf(from, USUAL_MEDIAN, USUAL_SIGMA)
        };
        assert!((within(10.0, 60.0) - 0.9).abs() < 1e-3);
    }
}
