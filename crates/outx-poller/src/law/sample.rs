//! What one task has shown of how long tasks take.

use super::bins::{BINS, OPEN, bin_of, index, nearest_edge};
use crate::moment::span_between;
use crate::progress::Progress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What sort of account a task was an account's of. Only live ones teach anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountSort {
    /// A team's own, at the real service.
    Live,
    /// An emulator's, whose tasks take as long as its scenario says.
    Emulated,
    /// Recorded answers that are played again.
    Replayed,
    /// A test's.
    Test,
}

/// What one task has shown: that it ended between two ages, or that it was still pending at one.
///
/// Each way to make a sample asks for the [`AccountSort`], and gives none unless that is live: no emulated, replayed or
/// test account can teach a law.
///
/// Ages are the time since the creation without the time for which the account was paused. Where a pause lies between the
/// last two looks, nobody knows on which side of it the task ended: the sample is then wider by the pause. It is not left
/// out, as tasks that end in a pause would then be missing, which are the long ones.
///
/// ```
/// use outx_poller::law::{AccountSort, Sample};
/// use std::time::Duration;
///
/// let (after, by) = (Duration::from_secs(20), Duration::from_secs(25));
/// let at = "2026-03-02T09:00:00Z".parse()?;
/// assert!(Sample::between(AccountSort::Live, after, by, at).is_some());
/// assert!(Sample::between(AccountSort::Emulated, after, by, at).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sample {
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) cell: Cell,
}

/// Between which edges a task ended, in the numbers of the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) after: u8,
    /// [`OPEN`] where it was not seen to end.
    pub(crate) by: u8,
}

/// So many bins wide may a cell be that does not begin at zero. What lies between is widened: it keeps the kinds of cells
/// at some two thousand.
const WIDTHS: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 24, 48, 96];

impl Cell {
    pub(crate) fn new(after: u8, by: u8) -> Option<Self> {
        if after >= by || by > OPEN || usize::from(after) > BINS {
            return None;
        }
        if after == 0 || by == OPEN {
            // Pending at no age at all shows nothing.
            return ((after, by) != (0, OPEN)).then_some(Self { after, by });
        }
        let width = WIDTHS.iter().copied().find(|width| *width >= by - after).unwrap_or(OPEN);
        Some(Self { after, by: after.saturating_add(width).min(OPEN - 1) })
    }
}

impl Sample {
    /// A task that was seen to have ended by the answer at `now`. `before` is what was known when it was last seen not to
    /// have ended (as it began, if it never was), `after` what is known now.
    ///
    /// None from an account that is not live, or where the clock was set back in between.
    pub fn ended(sort: AccountSort, before: &Progress, after: &Progress, now: Timestamp) -> Option<Self> {
        let created = after.created_at();
        let seen = after.last_seen().map_or(Duration::ZERO, |seen| span_between(created, seen));
        let paused = before.paused().min(after.paused());
        let ended = span_between(created, now).saturating_sub(paused);
        Self::between(sort, seen.saturating_sub(paused), ended, now)
    }

    /// A task that is followed no more, or still is, and was not seen to end. None from an account that is not live, or of
    /// a task that was never seen.
    pub fn pending(sort: AccountSort, progress: &Progress) -> Option<Self> {
        let seen = progress.last_seen()?;
        Self::not_by(sort, progress.age(seen), seen)
    }

    /// A task that ended after one age and by another, which was seen at this moment.
    ///
    /// None from an account that is not live, or where the second age is not the greater one.
    pub fn between(sort: AccountSort, after: Duration, by: Duration, at: Timestamp) -> Option<Self> {
        if sort != AccountSort::Live || by <= after {
            return None;
        }
        let (Some(from), Some(to)) = (nearest_edge(after), nearest_edge(by)) else {
            return Self::not_by(sort, after, at);
        };
        // Both ends within half a bin of one edge: it ended in the bin where the middle lies.
        let (from, to) = if from < to {
            (from, to)
        } else {
            bin_of(after.saturating_add(by) / 2).map(|bin| (bin, bin + 1))?
        };
        Cell::new(from, to).map(|cell| Self { at: at.as_second(), cell })
    }

    /// A task that was still pending at an age, which was seen at this moment. None from an account that is not live.
    pub fn not_by(sort: AccountSort, age: Duration, at: Timestamp) -> Option<Self> {
        if sort != AccountSort::Live {
            return None;
        }
        Cell::new(nearest_edge(age).unwrap_or(index(BINS)), OPEN)
            .map(|cell| Self { at: at.as_second(), cell })
    }

    /// When it was seen.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_second(self.at).unwrap_or(if self.at < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// The ages between which the task ended, as far as they are kept: rounded to the bins of a
    /// [`Law`](super::Law). The second is none where the task was not seen to end.
    pub fn ages(&self) -> (Duration, Option<Duration>) {
        let edge = |at: u8| super::bins::EDGES.get(usize::from(at)).map(|edge| super::bins::duration(*edge));
        (edge(self.cell.after).unwrap_or_default(), edge(self.cell.by))
    }
}
