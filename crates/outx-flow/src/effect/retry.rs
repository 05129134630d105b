//! How often a create that did not lead to a task is tried again before the run waits.

use jiff::SignedDuration;
use outx_model::{Doubt, Effect};
use std::time::Duration;

/// What stood in the way of a create, and is certain to have made no task, or harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setback {
    /// The service refused it for a while.
    Refused,
    /// It provably was not sent.
    NotSent,
    /// A read was sent, and no answer came.
    Unanswered,
    /// A read was answered with an error of the server's own.
    ServerError,
}

impl Setback {
    /// What stands in the way when the answer to a create says nothing; nothing for a write, which is never sent
    /// again without a proof.
    pub(super) fn of_doubt(doubt: &Doubt, effect: Effect) -> Option<Self> {
        let lost = if doubt.arrived { Self::ServerError } else { Self::Unanswered };
        (effect == Effect::Read).then_some(lost)
    }
}

/// How often and after which pauses a step tries again, as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    max: u32,
    delay: Duration,
    growth: f64,
    on: Vec<Setback>,
}

impl Retry {
    /// The most that `max` can be.
    pub const MOST: u32 = 20;
    /// The longest pause; a longer one is the run's to wait.
    pub const LONGEST: Duration = Duration::from_mins(1);

    /// At most `max` more times, the first of them after `delay`, each pause so many times as long as the one before,
    /// and none longer than [`LONGEST`](Self::LONGEST).
    pub fn new(max: u32, delay: Duration, growth: f64, on: Vec<Setback>) -> Self {
        let growth = if growth.is_finite() { growth.max(1.0) } else { 1.0 };
        Self { max: max.min(Self::MOST), delay: delay.min(Self::LONGEST), growth, on }
    }

    /// The pause before the next try, after so many; nothing when it was tried often enough.
    pub fn pause(&self, setback: Setback, tried: u32) -> Option<Duration> {
        if tried > self.max || !self.on.contains(&setback) {
            return None;
        }
        let grown = self.growth.powi(i32::try_from(tried.saturating_sub(1)).unwrap_or(i32::MAX));
        let seconds = (self.delay.as_secs_f64() * grown).min(Self::LONGEST.as_secs_f64());
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Self::LONGEST))
    }
}

/// A read without an answer is asked so many times in all before the run waits, where the file says nothing.
const READ_ATTEMPTS: u32 = 3;

/// A create that is refused for a short time is tried so many times in all, where the file says nothing.
const REFUSALS: u32 = 5;

/// The shortest pause after a refusal, also where the service says that none is needed.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The pause before the next try after so many; nothing when the run is to wait.
pub(super) fn pause(retry: Option<&Retry>, setback: Setback, tried: u32) -> Option<SignedDuration> {
    let pause = match (retry, setback) {
        (Some(retry), _) => retry.pause(setback, tried),
        (None, Setback::Refused) => (tried < REFUSALS).then_some(SHORTEST_PAUSE),
        (None, Setback::NotSent) => None,
        (None, Setback::Unanswered | Setback::ServerError) => {
            (tried < READ_ATTEMPTS).then_some(Duration::ZERO)
        }
    };
    SignedDuration::try_from(pause?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_end_after_the_last_try() {
        let retry = Retry::new(4, Duration::from_secs(5), 3.0, vec![Setback::NotSent]);
        let pauses: Vec<_> = (1..=5).map(|tried| retry.pause(Setback::NotSent, tried)).collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pauses, [seconds(5), seconds(15), seconds(45), seconds(60), None]);
        assert_eq!(retry.pause(Setback::Refused, 1), None);
        // What makes no sense is brought to what does.
        let odd = Retry::new(u32::MAX, Duration::MAX, f64::NAN, vec![Setback::Refused]);
        assert_eq!(odd.pause(Setback::Refused, 20), Some(Retry::LONGEST));
        assert_eq!(odd.pause(Setback::Refused, 21), None);
    }
}
