//! Moments in half the room.

use jiff::Timestamp;
use std::time::Duration;

/// A moment to the microsecond, in eight bytes where a timestamp takes sixteen: ten thousand tasks wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(i64);

impl Moment {
    /// No moment. It lies outside of what a timestamp can be.
    pub(crate) const NONE: Self = Self(i64::MIN);

    /// The first of these moments that is not before another.
    pub(crate) fn not_before(moment: Timestamp) -> Self {
        let cut = Self::from(moment);
        if Timestamp::from(cut) < moment { Self(cut.0.saturating_add(1)) } else { cut }
    }

    /// The moment, unless there is none.
    pub(crate) fn get(self) -> Option<Timestamp> {
        (self != Self::NONE).then(|| self.into())
    }
}

impl From<Timestamp> for Moment {
    fn from(moment: Timestamp) -> Self {
        Self(moment.as_microsecond())
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        Self::from_microsecond(moment.0).unwrap_or(if moment.0 < 0 { Self::MIN } else { Self::MAX })
    }
}

/// A moment so much later, or the last one there is.
pub(crate) fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The time from one moment to another; zero where the second is not the later one.
pub(crate) fn span_between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or(Duration::ZERO)
}
