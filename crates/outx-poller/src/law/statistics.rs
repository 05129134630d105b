//! What many tasks have shown, in bounded room.

use super::bins::OPEN;
use super::data::{Law, LawError};
use super::sample::{Cell, Sample};
use super::shape::Shape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many of the newest samples are kept one by one, by which it is seen whether things have changed.
pub(crate) const RECENT: usize = 32;
/// Older ones are counted by week,
const EPOCH: i64 = 7 * 24 * 3_600;
/// and so many weeks are kept, each of which weighs half of the next.
const EPOCHS: i64 = 4;
/// The form in which statistics are written down.
const FORMAT: u32 = 1;

/// What many tasks have shown of how long tasks take: the newest 32 samples one by one, and four weeks of counts.
///
/// It is a value that merges: whatever was learned in two places can be put together, in any order and grouped in any way,
/// and gives what one place would know that had seen all. At most some two thousand counts are kept of a week (all four
/// were 70 KB when written down after hostile ages), which in practice are fewer than a hundred.
///
/// ```
/// use outx_poller::law::{AccountSort, Sample, Statistics};
/// use std::time::Duration;
///
/// let at = "2026-03-02T09:00:00Z".parse()?;
/// let samples = (1..60).filter_map(|n| {
///     Sample::between(AccountSort::Live, Duration::from_secs(n), Duration::from_secs(n + 5), at)
/// });
/// let (here, there): (Vec<_>, Vec<_>) = samples.partition(|sample| sample.ages().0.as_secs() % 2 == 0);
/// let mut one: Statistics = here.iter().copied().collect();
/// let mut other: Statistics = there.iter().copied().collect();
/// let (was_one, was_other) = (one.clone(), other.clone());
/// one.merge(&was_other);
/// other.merge(&was_one);
/// assert_eq!(one, other);
/// assert_eq!(one.samples(), 59);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Statistics {
    /// Oldest first.
    recent: Vec<Sample>,
    counts: BTreeMap<(i64, Cell), u32>,
}

impl Statistics {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a sample in.
    pub fn add(&mut self, sample: Sample) {
        let place = self.recent.partition_point(|other| *other <= sample);
        self.recent.insert(place, sample);
        self.settle();
    }

    /// Takes in what others have seen. The result does not depend on the order in which statistics are merged.
    pub fn merge(&mut self, other: &Self) {
        self.recent.extend_from_slice(&other.recent);
        self.recent.sort_unstable();
        for (key, count) in &other.counts {
            let mine = self.counts.entry(*key).or_default();
            *mine = mine.saturating_add(*count);
        }
        self.settle();
    }

    /// How many samples are kept in it.
    pub fn samples(&self) -> u64 {
        let counted: u64 = self.counts.values().map(|count| u64::from(*count)).sum();
        counted + u64::try_from(self.recent.len()).unwrap_or_default()
    }

    /// The newest samples, oldest first.
    pub fn recent(&self) -> &[Sample] {
        &self.recent
    }

    /// The counts of before the newest samples, as they weigh: a week half of what the next one weighs.
    pub(crate) fn counted(&self) -> Vec<(Cell, f64)> {
        let newest = self.newest();
        let mut cells: BTreeMap<Cell, f64> = BTreeMap::new();
        for ((epoch, cell), count) in &self.counts {
            let weeks = i32::try_from(newest - epoch).unwrap_or(i32::MAX);
            *cells.entry(*cell).or_default() += f64::from(*count) * 0.5_f64.powi(weeks);
        }
        cells.into_iter().collect()
    }

    /// How long the tasks took that were seen, as a law of its own: each end is spread over the ages between which it lies
    /// as `like` says. None where nothing was seen.
    pub fn law_of(&self, like: &Law) -> Option<Law> {
        let mut law = like.shape();
        // Nothing is impossible: what the other law does not expect was seen all the same.
        law.add(1e-6, Shape::broad());
        let mut seen = Shape::nothing();
        let counted = self.counts.iter().map(|((_, cell), count)| (*cell, f64::from(*count)));
        for (cell, weight) in counted.chain(self.recent.iter().map(|sample| (sample.cell, 1.0))) {
            let within = usize::from(cell.after)..usize::from(cell.by);
            let share = law.between(cell.after, cell.by).max(f64::MIN_POSITIVE);
            for (seen, like) in seen.0[within.clone()].iter_mut().zip(&law.0[within]) {
                *seen += weight * like / share;
            }
        }
        (self.samples() > 0).then(|| Law::of(&seen.normal(), like.version(), self.samples()))
    }

    /// The week of the newest sample.
    fn newest(&self) -> i64 {
        let recent = self.recent.last().map(|sample| sample.at.div_euclid(EPOCH));
        let counted = self.counts.keys().next_back().map(|(epoch, _)| *epoch);
        recent.max(counted).unwrap_or_default()
    }

    /// Counts what is not among the newest, and forgets what is older than four weeks.
    fn settle(&mut self) {
        let surplus = self.recent.len().saturating_sub(RECENT);
        for sample in self.recent.drain(..surplus) {
            let count = self.counts.entry((sample.at.div_euclid(EPOCH), sample.cell)).or_default();
            *count = count.saturating_add(1);
        }
        let oldest = self.newest() - EPOCHS;
        self.counts.retain(|(epoch, _), _| *epoch > oldest);
    }
}

impl FromIterator<Sample> for Statistics {
    fn from_iter<I: IntoIterator<Item = Sample>>(samples: I) -> Self {
        let mut statistics = Self::new();
        statistics.extend(samples);
        statistics
    }
}

impl Extend<Sample> for Statistics {
    fn extend<I: IntoIterator<Item = Sample>>(&mut self, samples: I) {
        samples.into_iter().for_each(|sample| self.add(sample));
    }
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    /// Unix seconds, and the edges between which the task ended.
    recent: Vec<(i64, u8, u8)>,
    /// The week, the edges, and how many.
    counts: Vec<(i64, u8, u8, u32)>,
}

impl From<Statistics> for Written {
    fn from(statistics: Statistics) -> Self {
        Self {
            format: FORMAT,
            recent: statistics.recent.iter().map(|s| (s.at, s.cell.after, s.cell.by)).collect(),
            counts: statistics
                .counts
                .iter()
                .map(|((week, c), count)| (*week, c.after, c.by, *count))
                .collect(),
        }
    }
}

impl TryFrom<Written> for Statistics {
    type Error = LawError;

    fn try_from(written: Written) -> Result<Self, LawError> {
        if written.format != FORMAT {
            return Err(LawError(
                "these statistics were written by a newer version of the program: update it",
            ));
        }
        let cell = |after, by| {
            Cell::new(after, by).filter(|cell| *cell == Cell { after, by } && by <= OPEN).ok_or(LawError(
                "a sample of these statistics ends before it begins, or lies beyond the bins",
            ))
        };
        let mut statistics = Self::new();
        for (week, after, by, count) in written.counts {
            let kept = statistics.counts.entry((week.clamp(-FAR, FAR), cell(after, by)?)).or_default();
            *kept = kept.saturating_add(count);
        }
        for (at, after, by) in written.recent {
            statistics.recent.push(Sample { at: at.clamp(-FAR, FAR), cell: cell(after, by)? });
        }
        statistics.recent.sort_unstable();
        statistics.settle();
        Ok(statistics)
    }
}

/// No moment or week lies farther from 1970 than this many seconds or weeks: what a timestamp can be.
const FAR: i64 = 400_000_000_000;
