//! What a schedule is to reach.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a schedule is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// The least of polls and waiting together, where a poll is worth so many seconds of waiting. Kept within 0.001 to
    /// 10,000.
    Cost(f64),
    /// The least waiting at so many polls for a task in the mean. More than one; the cost is found by bisection.
    Polls(f64),
}

impl Aim {
    /// At this cost the documented 5 s are the best of all fixed paces for tasks that take 30.7 s in the mean: the best
    /// pace is the root of twice the cost times the mean.
    pub const USUAL_COST: f64 = 0.407;

    pub(crate) const COSTS: std::ops::RangeInclusive<f64> = 0.001..=10_000.0;
}

impl Default for Aim {
    /// A poll is worth [`USUAL_COST`](Self::USUAL_COST), 0.407 s of waiting.
    fn default() -> Self {
        Self::Cost(Self::USUAL_COST)
    }
}

/// Between what a schedule's pauses lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// The shortest pause, whatever the law says.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub least: Duration,
    /// The longest pause, also the first one: nothing stays unseen for longer.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub most: Duration,
}

impl Default for Bounds {
    /// 250 ms to 2 minutes.
    fn default() -> Self {
        Self { least: Duration::from_millis(250), most: Duration::from_mins(2) }
    }
}
