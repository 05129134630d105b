//! What the service says to somebody who only knocks.

use super::Client;
use crate::error::TransportError;
use crate::message::Request;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use outx_model::{PollAnswer, STATUS_PATH, TaskId, classify_poll};

/// What came back when a task was asked for that cannot exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What was answered. [`PollAnswer::NotFound`] says that the key is good: a key that is not is told so first.
    pub answer: PollAnswer,
    /// The service's clock at the moment of the answer, to the second, where the answer had a `Date`.
    pub service_time: Option<Timestamp>,
    /// When the question left, by the client's own clock.
    pub asked_at: Timestamp,
    /// When the answer was there, by the client's own clock.
    pub answered_at: Timestamp,
}

impl Probe {
    /// How far the service's clock is ahead of ours, at least: what the way there and back and the header's whole
    /// seconds can explain is no difference. Negative where it is behind; nothing where it said no time.
    pub fn skew(&self) -> Option<SignedDuration> {
        let said = self.service_time?;
        // The header was cut to whole seconds, and made at some moment between question and answer.
        let (earliest, latest) = (said, said.checked_add(SignedDuration::from_secs(1)).unwrap_or(said));
        Some(if earliest > self.answered_at {
            earliest.duration_since(self.answered_at)
        } else if latest < self.asked_at {
            latest.duration_since(self.asked_at)
        } else {
            SignedDuration::ZERO
        })
    }
}

impl Client {
    /// Asks for a task that does not exist: the cheapest question that a key is needed for. Nothing is created,
    /// nothing happens on LinkedIn. `id` should be new.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub async fn probe(&self, id: &TaskId) -> Result<Probe, TransportError> {
        let asked_at = self.clock.now();
        let answer =
            self.send(&Request::get(STATUS_PATH).with_query("api_agent_task_id", id.as_str())).await?;
        let answered_at = self.clock.now();
        let service_time = answer.header("date").and_then(|date| rfc2822::parse(date).ok());
        Ok(Probe {
            answer: classify_poll(answer.status, &answer.body, answer.retry_after(answered_at)),
            service_time: service_time.map(|date| date.timestamp()),
            asked_at,
            answered_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::ApiError;

    fn skew(said: &str, asked: &str, answered: &str) -> Option<i64> {
        let probe = Probe {
            answer: PollAnswer::NotFound(ApiError { status: 404, text: String::new() }),
            service_time: said.parse().ok(),
            asked_at: asked.parse().unwrap(),
            answered_at: answered.parse().unwrap(),
        };
        probe.skew().map(|skew| skew.as_secs())
    }

    #[test]
    fn only_what_the_way_cannot_explain_is_a_difference() {
        let (asked, answered) = ("2026-03-02T09:00:00.9Z", "2026-03-02T09:00:03.1Z");
        for said in ["2026-03-02T09:00:00Z", "2026-03-02T09:00:02Z", "2026-03-02T09:00:03Z"] {
            assert_eq!(skew(said, asked, answered), Some(0), "{said}");
        }
        assert_eq!(skew("2026-03-02T09:01:04Z", asked, answered), Some(60));
        assert_eq!(skew("2026-03-02T08:58:59Z", asked, answered), Some(-60));
        assert_eq!(skew("", asked, answered), None);
    }
}
