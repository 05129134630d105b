//! A completion law as data.

use super::bins::{BINS, EDGES, duration};
use super::shape::{Shape, USUAL_MEDIAN, USUAL_SIGMA};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The form in which laws are written down.
const FORMAT: u32 = 1;
/// The whole, in the units in which shares are kept.
const WHOLE: u32 = 1 << 30;

/// How long tasks take, from their creation to their end: a distribution of bounded size as data.
///
/// It knows 129 bins of the age, eight to the octave up to 32,768 s, and the share of the tasks that never end or take
/// longer than that. Within a bin, what is done runs as a monotone cubic, without corners at the edges. Shares are kept in billionths (of 2³⁰), so that a law that was
/// written down is the same law wherever it is read.
///
/// ```
/// use outx_poller::law::Law;
/// use std::time::Duration;
///
/// let law = Law::prior();
/// assert!((law.done_by(Duration::from_millis(24_500)) - 0.5).abs() < 0.01);
/// let (early, late) = (law.quantile(0.05).unwrap(), law.quantile(0.95).unwrap());
/// assert!(early.as_secs().abs_diff(10) <= 1 && late.as_secs().abs_diff(60) <= 1);
/// assert_eq!(serde_json::from_str::<Law>(&serde_json::to_string(&law)?)?, law);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Law {
    version: u32,
    samples: u64,
    /// What is done by each edge.
    done: Box<[u32; BINS + 1]>,
}

impl Law {
    /// The law of tasks of which nothing is known: lognormal, half of them within 24.5 s and nine in ten within 10 to
    /// 60 s. Its version is 0, which is what a ticket says while no law was learned.
    ///
    /// An assumption, for OutX documents no times: it goes with the 150 s of patience that are documented.
    pub fn prior() -> Self {
        Self::of(&Shape::lognormal(USUAL_MEDIAN, USUAL_SIGMA), 0, 0)
    }

    /// A lognormal law: the median, and the standard deviation of the natural logarithm (0.01 to 5).
    ///
    /// # Errors
    ///
    /// When the median is zero, or the deviation is not within its bounds.
    pub fn lognormal(median: Duration, sigma: f64) -> Result<Self, LawError> {
        if median.is_zero() || !(0.01..=5.0).contains(&sigma) {
            return Err(LawError("a lognormal law needs a median above zero and a deviation of 0.01 to 5"));
        }
        Ok(Self::of(&Shape::lognormal(median.as_secs_f64(), sigma), 0, 0))
    }

    /// A law of parts, each with its weight.
    ///
    /// # Errors
    ///
    /// When a weight is negative or no number, or all are zero.
    pub fn mixed<'a>(parts: impl IntoIterator<Item = (f64, &'a Self)>) -> Result<Self, LawError> {
        let mut mixture = Shape::nothing();
        let mut sum = 0.0;
        for (weight, law) in parts {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(LawError("a part of a mixed law has a weight that is negative or no number"));
            }
            sum += weight;
            mixture.add(weight, &law.shape());
        }
        if !(sum.is_finite() && sum > 0.0) {
            return Err(LawError("a mixed law needs a part with a weight above zero"));
        }
        Ok(Self::of(&mixture.normal(), 0, 0))
    }

    /// The law whose tasks are done by the times that a function tells (0 to 1, rising with the age).
    pub fn of_done(done_by: impl Fn(Duration) -> f64) -> Self {
        let mut shape = Shape::nothing();
        let mut before = 0.0;
        for (share, edge) in shape.0.iter_mut().zip(&EDGES[1..]) {
            let done = done_by(duration(*edge));
            let done = if done.is_finite() { done.clamp(before, 1.0) } else { before };
            *share = done - before;
            before = done;
        }
        shape.0[BINS] = 1.0 - before;
        Self::of(&shape, 0, 0)
    }

    pub(crate) fn of(shape: &Shape, version: u32, samples: u64) -> Self {
        let mut done = Box::new([0; BINS + 1]);
        let mut sum = 0.0;
        for at in 0..BINS {
            sum += shape.0[at];
            done[at + 1] = units(sum).max(done[at]);
        }
        Self { version, samples, done }
    }

    pub(crate) fn shape(&self) -> Shape {
        let mut shape = Shape::nothing();
        for at in 0..BINS {
            shape.0[at] = share(self.done[at + 1] - self.done[at]);
        }
        shape.0[BINS] = share(WHOLE - self.done[BINS]);
        shape
    }

    /// Which of the laws of its account and endpoint this is; 0 where nothing was learned. It stands in the ticket.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// How many samples it was learned from.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The share (0 to 1) of the tasks that have ended at this age.
    pub fn done_by(&self, age: Duration) -> f64 {
        self.done_at(age.as_secs_f64())
    }

    /// The share of the tasks that are still pending at this age.
    pub fn alive(&self, age: Duration) -> f64 {
        1.0 - self.done_by(age)
    }

    /// How probable it is that a task which was pending at one age has ended at another.
    pub fn ended_between(&self, after: Duration, by: Duration) -> f64 {
        let alive = self.alive(after);
        if alive <= 0.0 || by <= after {
            return 0.0;
        }
        ((self.done_by(by) - self.done_by(after)) / alive).clamp(0.0, 1.0)
    }

    /// How many of those still pending end within a second at this age.
    pub fn hazard(&self, age: Duration) -> f64 {
        let alive = self.alive(age);
        if alive <= 0.0 { 0.0 } else { self.density_at(age.as_secs_f64()) / alive }
    }

    /// The age at which such a share (0 to 1) of the tasks has ended; none where fewer ever end.
    pub fn quantile(&self, share_done: f64) -> Option<Duration> {
        let wanted = share_done.clamp(0.0, 1.0) * f64::from(WHOLE);
        let bin = self.done[1..].partition_point(|done| f64::from(*done) < wanted);
        if bin >= BINS || !wanted.is_finite() {
            return None;
        }
        let (mut low, mut high) = (EDGES[bin], EDGES[bin + 1]);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if self.done_at(middle) * f64::from(WHOLE) < wanted { low = middle } else { high = middle }
        }
        Some(duration(high))
    }

    /// The age at which a task ends, drawn by a chance of 0 to 1; none where it never does.
    pub fn sampled(&self, chance: f64) -> Option<Duration> {
        self.quantile(chance)
    }

    /// The share of the tasks that never end, or take longer than 32,768 s.
    pub fn never(&self) -> f64 {
        share(WHOLE - self.done[BINS])
    }

    /// 64 bits by which equal laws are found: of what it says, not of its version.
    pub fn fingerprint(&self) -> u64 {
        self.done
            .iter()
            .flat_map(|done| done.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    pub(crate) fn done_at(&self, seconds: f64) -> f64 {
        let bin = self.bin(seconds);
        if bin >= BINS { share(self.done[BINS]) } else { self.piece(bin).at(seconds - EDGES[bin]) }
    }

    /// The integral of what is done over the age, both in seconds; exact.
    pub(crate) fn area(&self, from: f64, to: f64) -> f64 {
        let mut sum = 0.0;
        for bin in self.bin(from)..BINS {
            let (start, end) = (EDGES[bin].max(from), EDGES[bin + 1].min(to));
            if start >= end {
                break;
            }
            let piece = self.piece(bin);
            sum += piece.area(end - EDGES[bin]) - piece.area(start - EDGES[bin]);
        }
        sum + (to - from.max(EDGES[BINS])).max(0.0) * share(self.done[BINS])
    }

    /// How many end within a second at this age, of all.
    fn density_at(&self, seconds: f64) -> f64 {
        let bin = self.bin(seconds);
        if bin >= BINS { 0.0 } else { self.piece(bin).slope(seconds - EDGES[bin]).max(0.0) }
    }

    fn piece(&self, bin: usize) -> Piece {
        let wide = EDGES[bin + 1] - EDGES[bin];
        let (from, to) = (share(self.done[bin]), share(self.done[bin + 1]));
        Piece { wide, from, rise: to - from, slopes: (self.slope(bin), self.slope(bin + 1)) }
    }

    /// How steep the curve of what is done is at an edge: the harmonic mean of the bins on both sides, weighed by their
    /// width (Fritsch and Butland), so that the curve never falls.
    fn slope(&self, edge: usize) -> f64 {
        let mean = |bin: usize| share(self.done[bin + 1] - self.done[bin]) / (EDGES[bin + 1] - EDGES[bin]);
        if edge == 0 || edge == BINS {
            return mean(edge.min(BINS - 1));
        }
        let (below, above) = (mean(edge - 1), mean(edge));
        if below <= 0.0 || above <= 0.0 {
            return 0.0;
        }
        let (wide_below, wide_above) = (EDGES[edge] - EDGES[edge - 1], EDGES[edge + 1] - EDGES[edge]);
        let (first, second) = (2.0 * wide_above + wide_below, wide_above + 2.0 * wide_below);
        (first + second) / (first / below + second / above)
    }

    /// The bin of an age; one past the last beyond all edges.
    fn bin(&self, seconds: f64) -> usize {
        EDGES.partition_point(|edge| *edge <= seconds).saturating_sub(1).min(self.done.len() - 1)
    }
}

impl fmt::Debug for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Law")
            .field("version", &self.version)
            .field("samples", &self.samples)
            .field("median", &self.quantile(0.5))
            .field("never", &self.never())
            .finish_non_exhaustive()
    }
}

/// What is done within a bin: a cubic by its ends and the slopes there (Hermite's form).
struct Piece {
    wide: f64,
    from: f64,
    rise: f64,
    slopes: (f64, f64),
}

impl Piece {
    /// The coefficients of the first three powers of the way through the bin (0 to 1).
    fn powers(&self) -> (f64, f64, f64) {
        let (first, last) = (self.slopes.0 * self.wide, self.slopes.1 * self.wide);
        (first, 3.0 * self.rise - 2.0 * first - last, first + last - 2.0 * self.rise)
    }

    /// What is done so many seconds after the bin's beginning.
    fn at(&self, seconds: f64) -> f64 {
        let (way, (a, b, c)) = ((seconds / self.wide).clamp(0.0, 1.0), self.powers());
        (self.from + way * (a + way * (b + way * c))).clamp(self.from, self.from + self.rise)
    }

    fn slope(&self, seconds: f64) -> f64 {
        let (way, (a, b, c)) = ((seconds / self.wide).clamp(0.0, 1.0), self.powers());
        (a + way * (2.0 * b + way * 3.0 * c)) / self.wide
    }

    /// The integral from the bin's beginning.
    fn area(&self, seconds: f64) -> f64 {
        let (way, (a, b, c)) = ((seconds / self.wide).clamp(0.0, 1.0), self.powers());
        self.wide * way * (self.from + way * (a / 2.0 + way * (b / 3.0 + way * c / 4.0)))
    }
}

/// A law that makes no sense. Trying again never helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LawError(pub(crate) &'static str);

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for LawError {}

/// As it is written down: the shares of the bins, without the zeros at the end.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    version: u32,
    samples: u64,
    shares: Vec<u32>,
}

impl From<Law> for Written {
    fn from(law: Law) -> Self {
        let mut shares: Vec<_> = law.done.windows(2).map(|pair| pair[1] - pair[0]).collect();
        shares.truncate(shares.iter().rposition(|share| *share > 0).map_or(0, |last| last + 1));
        Self { format: FORMAT, version: law.version, samples: law.samples, shares }
    }
}

impl TryFrom<Written> for Law {
    type Error = LawError;

    fn try_from(written: Written) -> Result<Self, LawError> {
        if written.format != FORMAT {
            return Err(LawError(
                "this completion law was written by a newer version of the program: update it",
            ));
        }
        if written.shares.len() > BINS {
            return Err(LawError("a completion law has more than 129 shares"));
        }
        let mut done = Box::new([0_u32; BINS + 1]);
        for at in 0..BINS {
            let share = written.shares.get(at).copied().unwrap_or_default();
            done[at + 1] = done[at]
                .checked_add(share)
                .filter(|done| *done <= WHOLE)
                .ok_or(LawError("the shares of a completion law are more than the whole (1073741824)"))?;
        }
        Ok(Self { version: written.version, samples: written.samples, done })
    }
}

fn share(units: u32) -> f64 {
    f64::from(units) / f64::from(WHOLE)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between zero and the whole"
)]
fn units(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u32
}
