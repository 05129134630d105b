//! What the service itself has closed for a while.

use super::scope::{Sending, Which};
use jiff::{SignedDuration, Timestamp};
use outx_model::{ActionFact, Call, RefusalReason};
use serde::{Deserialize, Serialize};

/// A sort of sendings that is closed until a moment, because the service refused one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// What is closed.
    pub which: Which,
    /// Until when.
    pub until: Timestamp,
    /// How often in a row it was refused; each time it is closed for longer.
    pub times: u32,
    /// In the service's words.
    pub why: String,
}

/// All that is closed for an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Closures(pub Vec<Closure>);

/// How long invitations are closed after LinkedIn's limit: a day at first, doubled each time, at most a week.
/// The limit is known to count over a week, but not when that week began.
pub const INVITATIONS_CLOSED: (SignedDuration, SignedDuration) =
    (SignedDuration::from_hours(24), SignedDuration::from_hours(7 * 24));

/// How long everything is closed after too many requests, at first, and at most.
pub const REQUESTS_CLOSED: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(1), SignedDuration::from_hours(1));

impl Closures {
    /// Takes what a create was answered. A refusal closes, for longer each time; an acceptance opens.
    /// `Retry-After` is the least. What another service than OutX answers closes nothing.
    pub fn apply(&mut self, endpoint: impl Into<Call>, fact: &ActionFact, now: Timestamp) {
        let endpoint = endpoint.into();
        match fact {
            _ if !endpoint.is_task() => {}
            ActionFact::Refused { refusal, .. } => {
                let (which, (first, most)) = match refusal.reason {
                    // Reads and other writes go on.
                    RefusalReason::InvitationLimit => (Which::Endpoint(endpoint), INVITATIONS_CLOSED),
                    RefusalReason::RateLimited => (Which::All, REQUESTS_CLOSED),
                    RefusalReason::Unauthorized | RefusalReason::ExtensionAsleep => return,
                };
                let at = self.0.iter().position(|closure| closure.which == which);
                let times = at.map_or(0, |at| self.0.swap_remove(at).times);
                let doubled = first.as_secs().saturating_mul(1 << times.min(20));
                let pause = SignedDuration::from_secs(doubled).min(most);
                let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
                let until = refusal.not_before.map_or(until, |least| least.max(until));
                let why = refusal.error.to_string();
                self.0.push(Closure { which, until, times: times.saturating_add(1), why });
            }
            // One that is still closed is not opened by an answer to what was sent before it closed.
            ActionFact::Accepted { .. } => {
                let sending = Sending { endpoint, at: now, person: None, label: None };
                self.0.retain(|closure| closure.until > now || !closure.which.holds(&sending));
            }
            _ => {}
        }
    }

    /// What keeps a sending from being sent at its moment; of several, the one that lasts longest.
    pub fn keeping(&self, sending: &Sending) -> Option<&Closure> {
        let closed = |closure: &&Closure| closure.which.holds(sending) && closure.until > sending.at;
        self.0.iter().filter(closed).max_by_key(|closure| closure.until)
    }
}
