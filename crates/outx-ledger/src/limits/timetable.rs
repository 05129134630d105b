//! When many sendings could be made, if nothing else is sent.

use super::closure::Closures;
use super::earliest::{History, earliest};
use super::rule::Limits;
use super::scope::{Scope, Sending};
use jiff::Timestamp;
use outx_model::Call;
use std::convert::Infallible;

/// A closure and the limits may send a moment on to each other so often.
const ROUNDS: usize = 100;

/// What a timetable says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    /// The sendings, in the order in which they could be made, each at its earliest moment.
    pub sendings: Vec<Sending>,
    /// How many were not looked at, because there are too many.
    pub left: usize,
    /// The endpoints of which some are never allowed.
    pub never: Vec<Call>,
}

/// Plays through how so many sendings of each endpoint would be admitted, each as soon as limits and closures allow it, the
/// soonest first. Nothing else is sent meanwhile, tasks take no time, and nobody is written to twice. At most `most` are
/// played through. `past` is what counts already.
///
/// ```
/// use outx_ledger::limits::{Closures, Limits, timetable};
/// use outx_model::Endpoint;
///
/// let limits: Limits = serde_json::from_str(r#"[{ "at_most": 2, "of": "like-post", "per": "24h" }]"#)?;
/// let monday = "2026-03-02T09:00:00Z".parse()?;
/// let table = timetable(&limits, &Closures::default(), &[], &[(Endpoint::LikePost, 3)], monday, 100);
/// let last = table.sendings.last().map(|sending| sending.at.to_string());
/// assert_eq!(last.as_deref(), Some("2026-03-03T09:00:00Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn timetable(
    limits: &Limits,
    closures: &Closures,
    past: &[Sending],
    wanted: &[(impl Into<Call> + Copy, usize)],
    now: Timestamp,
    most: usize,
) -> Timetable {
    let mut sent = Sent(past.to_vec());
    sent.0.sort_by_key(|sending| sending.at);
    let begun = sent.0.len();
    let open = wanted.iter().map(|(endpoint, count)| ((*endpoint).into(), *count));
    let mut open: Vec<(Call, usize)> = open.filter(|(_, count)| *count > 0).collect();
    let (mut now, mut never) = (now, Vec::new());
    while sent.0.len() - begun < most {
        let moments = open.iter().enumerate();
        let next = moments
            .map(|(place, (endpoint, _))| (admitted(limits, closures, &sent, *endpoint, now), place))
            .min();
        let Some((at, place)) = next else { break };
        if at == Timestamp::MAX {
            never = open.iter().map(|(endpoint, _)| *endpoint).collect();
            break;
        }
        now = at;
        sent.0.push(Sending { endpoint: open[place].0, at, person: None, label: None });
        open[place].1 -= 1;
        open.retain(|(_, count)| *count > 0);
    }
    let left = if never.is_empty() { open.iter().map(|(_, count)| count).sum() } else { 0 };
    Timetable { sendings: sent.0.split_off(begun), left, never }
}

/// When a sending is admitted that asks from a moment on.
fn admitted(limits: &Limits, closures: &Closures, sent: &Sent, endpoint: Call, now: Timestamp) -> Timestamp {
    let mut sending = Sending { endpoint, at: now, person: None, label: None };
    for _ in 0..ROUNDS {
        let closed = closures.keeping(&sending).map(|closure| closure.until);
        let Ok(delay) = earliest(limits, &sending, sent);
        let Some(until) = closed.into_iter().chain(delay.map(|delay| delay.until)).max() else {
            return sending.at;
        };
        if until == Timestamp::MAX {
            return until;
        }
        sending.at = until;
    }
    Timestamp::MAX
}

/// Sendings in the order of their moments.
struct Sent(Vec<Sending>);

impl History for Sent {
    type Error = Infallible;

    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, Infallible> {
        let Some(before) = n.checked_sub(1) else { return Ok(None) };
        let mut of_scope = self.0.iter().rev().filter(|sending| scope.holds(sending));
        Ok(of_scope.nth(before as usize).map(|sending| sending.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{Closure, Which};
    use jiff::SignedDuration;
    use jiff::tz::TimeZone;
    use outx_model::Endpoint::{FetchProfile, LikePost, SendMessage};

    fn monday() -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn limits(text: &str) -> Limits {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn without_limits_all_is_sent_at_once_and_with_a_rule_that_never_opens_nothing_is() {
        let wanted = [(LikePost, 3), (FetchProfile, 2)];
        let table = timetable(&Limits::none(), &Closures::default(), &[], &wanted, monday(), 100);
        assert!(table.sendings.len() == 5 && table.sendings.iter().all(|sending| sending.at == monday()));
        let table = timetable(&Limits::none(), &Closures::default(), &[], &wanted, monday(), 4);
        assert_eq!((table.sendings.len(), table.left), (4, 1));
        let closed = limits(r#"[{ "at_most": 0, "of": "like-post", "per": "24h" }]"#);
        let table = timetable(&closed, &Closures::default(), &[], &wanted, monday(), 100);
        assert_eq!((table.sendings.len(), table.never.as_slice()), (2, &[Call::from(LikePost)][..]));
    }

    #[test]
    fn what_was_sent_before_counts_and_what_is_closed_waits() {
        let two = limits(r#"[{ "at_most": 2, "of": "like-post", "per": "24h" }]"#);
        let hour = SignedDuration::from_hours(1);
        let past = [Sending { endpoint: LikePost.into(), at: monday() - hour, person: None, label: None }];
        let until = monday() + hour;
        let closure = Closure { which: Which::Endpoint(LikePost), until, times: 1, why: String::new() };
        let table = timetable(
            &two,
            &Closures(vec![closure]),
            &past,
            &[(LikePost, 2), (FetchProfile, 1)],
            monday(),
            9,
        );
        let moments: Vec<_> = table.sendings.iter().map(|sending| (sending.endpoint, sending.at)).collect();
        let day = SignedDuration::from_hours(24);
        let expected = [(FetchProfile, monday()), (LikePost, until), (LikePost, monday() - hour + day)];
        assert_eq!(moments, expected.map(|(endpoint, at)| (endpoint.into(), at)));
    }

    #[test]
    fn each_moment_is_one_at_which_the_rules_let_the_sending_through() {
        let shipped = Limits::shipped(TimeZone::UTC);
        let wanted = [(FetchProfile, 90), (SendMessage, 45)];
        let table = timetable(&shipped, &Closures::default(), &[], &wanted, monday(), 1_000);
        assert_eq!((table.sendings.len(), table.left, table.never.len()), (135, 0, 0));
        for (at, sending) in table.sendings.iter().enumerate() {
            let Ok(delay) = earliest(&shipped, sending, &table.sendings[..at]);
            assert_eq!(delay, None, "{sending:?}");
        }
        // Twenty messages a day: the last ones go on Wednesday.
        assert!(
            table.sendings[134].at > monday() + SignedDuration::from_hours(47),
            "{:?}",
            table.sendings[134]
        );
    }
}
