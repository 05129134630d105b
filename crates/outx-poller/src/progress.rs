//! What is known of a followed task.

use crate::moment::{Moment, span_between};
use jiff::Timestamp;
use jiff::fmt::serde::unsigned_duration::friendly::compact::required as friendly;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is known of a followed task: all that a [`Pacing`](crate::Pacing) looks at. It is small (56 bytes), a copy, and
/// can be written down; moments are kept to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Written", from = "Written")]
pub struct Progress {
    created_at: Moment,
    since: Moment,
    phase_since: Moment,
    /// [`Moment::NONE`] while it was not seen.
    last_seen: Moment,
    /// Microseconds.
    paused: u64,
    polls: u32,
    seed: u32,
    phase: Phase,
}

/// What the last answer said of a task that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// It was not seen yet.
    #[default]
    Unseen,
    /// It waits for its turn.
    Pending,
    /// Somebody works on it.
    Processing,
    /// A word that this version does not know, and so no end.
    Other,
}

impl Progress {
    /// A task that nobody has asked about. `seed` is what sets it apart where chance is wanted, see
    /// [`seed_of`](Self::seed_of); patience begins at `since`.
    pub fn new(created_at: Timestamp, since: Timestamp, seed: u32) -> Self {
        let since = Moment::from(since);
        Self {
            created_at: created_at.into(),
            since,
            phase_since: since,
            last_seen: Moment::NONE,
            paused: 0,
            polls: 0,
            seed,
            phase: Phase::Unseen,
        }
    }

    /// The seed of a task: a hash of its id, the same on every machine.
    pub fn seed_of(id: &str) -> u32 {
        // FNV-1a, folded.
        let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or_default()
    }

    /// When the task was created, as far as the local clock knows.
    pub fn created_at(&self) -> Timestamp {
        self.created_at.into()
    }

    /// When following began, which is when patience began.
    pub fn since(&self) -> Timestamp {
        self.since.into()
    }

    /// How many polls there were, whatever came of them; no probes of a paused account among them.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// What the last answer about the task said of it.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// When that was seen for the first time; the beginning of following while nothing was seen.
    pub fn phase_since(&self) -> Timestamp {
        self.phase_since.into()
    }

    /// When it was last seen not to have ended. The poll that sees the end does not change this, so that the end lies
    /// between this moment and that poll.
    pub fn last_seen(&self) -> Option<Timestamp> {
        self.last_seen.get()
    }

    /// How long the account was paused meanwhile; no clock of the task's ran then.
    pub fn paused(&self) -> Duration {
        Duration::from_micros(self.paused)
    }

    /// What sets this task apart where chance is wanted.
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// How old the task is: the time since its creation without the pauses. Zero where the clock was set back.
    pub fn age(&self, now: Timestamp) -> Duration {
        span_between(self.created_at(), now).saturating_sub(self.paused())
    }

    /// A number of 0 to 1 (never 1) that depends on the seed and the number of polls alone: the chance of this turn.
    pub fn chance(&self) -> f64 {
        // SplitMix64's finish over the two.
        let mut mixed =
            ((u64::from(self.seed) << 32) | u64::from(self.polls)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }

    /// Notes a poll, whatever came of it.
    #[must_use]
    pub fn polled(self) -> Self {
        Self { polls: self.polls.saturating_add(1), ..self }
    }

    /// Notes that the task was seen not to have ended.
    #[must_use]
    pub fn saw(self, phase: Phase, now: Timestamp) -> Self {
        let now = Moment::from(now);
        let phase_since = if phase == self.phase { self.phase_since } else { now };
        Self { phase, phase_since, last_seen: now, ..self }
    }

    /// Notes that no clock ran for so long.
    #[must_use]
    pub fn excused(self, paused: Duration) -> Self {
        let more = u64::try_from(paused.as_micros()).unwrap_or(u64::MAX);
        Self { paused: self.paused.saturating_add(more), ..self }
    }
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    created_at: Timestamp,
    since: Timestamp,
    #[serde(default)]
    polls: u32,
    #[serde(default)]
    phase: Phase,
    phase_since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_seen: Option<Timestamp>,
    #[serde(default, with = "friendly")]
    paused: Duration,
    seed: u32,
}

impl From<Progress> for Written {
    fn from(progress: Progress) -> Self {
        Self {
            created_at: progress.created_at(),
            since: progress.since(),
            polls: progress.polls,
            phase: progress.phase,
            phase_since: progress.phase_since(),
            last_seen: progress.last_seen(),
            paused: progress.paused(),
            seed: progress.seed,
        }
    }
}

impl From<Written> for Progress {
    fn from(written: Written) -> Self {
        let progress = Self {
            phase_since: written.phase_since.into(),
            last_seen: written.last_seen.map_or(Moment::NONE, Moment::from),
            polls: written.polls,
            phase: written.phase,
            ..Self::new(written.created_at, written.since, written.seed)
        };
        progress.excused(written.paused)
    }
}
