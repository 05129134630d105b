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

/// So many sendings that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// What is called.
    pub endpoint: Call,
    /// The name under which a workflow counts them: `workflow/limit`.
    pub label: Option<String>,
    /// How many.
    pub count: usize,
}

impl<E: Into<Call>> From<(E, usize)> for Demand {
    fn from((endpoint, count): (E, usize)) -> Self {
        Self { endpoint: endpoint.into(), label: None, count }
    }
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
/// let table = timetable(&limits, &Closures::default(), &[], [(Endpoint::LikePost, 3)], monday, 100);
/// let last = table.sendings.last().map(|sending| sending.at.to_string());
/// assert_eq!(last.as_deref(), Some("2026-03-03T09:00:00Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn timetable(
    limits: &Limits,
    closures: &Closures,
    past: &[Sending],
    wanted: impl IntoIterator<Item = impl Into<Demand>>,
    now: Timestamp,
    most: usize,
) -> Timetable {
    let mut sent = Sent(past.to_vec());
    sent.0.sort_by_key(|sending| sending.at);
    let begun = sent.0.len();
    let open = wanted.into_iter().map(Into::into);
    let mut open: Vec<Demand> = open.filter(|wanted| wanted.count > 0).collect();
    let (mut now, mut never) = (now, Vec::new());
    while sent.0.len() - begun < most {
        let moments = open.iter().enumerate();
        let next =
            moments.map(|(place, wanted)| (admitted(limits, closures, &sent, wanted, now), place)).min();
        let Some((at, place)) = next else { break };
        if at == Timestamp::MAX {
            for wanted in &open {
                if !never.contains(&wanted.endpoint) {
                    never.push(wanted.endpoint);
                }
            }
            break;
        }
        now = at;
        sent.0.push(open[place].at(at));
        open[place].count -= 1;
        open.retain(|wanted| wanted.count > 0);
    }
    let left = if never.is_empty() { open.iter().map(|wanted| wanted.count).sum() } else { 0 };
    Timetable { sendings: sent.0.split_off(begun), left, never }
}

impl Demand {
    /// One of them, at a moment.
    pub(super) fn at(&self, at: Timestamp) -> Sending {
        Sending { endpoint: self.endpoint, at, person: None, label: self.label.clone() }
    }
}

/// When a sending is admitted that asks from a moment on.
fn admitted(limits: &Limits, closures: &Closures, sent: &Sent, wanted: &Demand, now: Timestamp) -> Timestamp {
    let mut sending = wanted.at(now);
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
        let table = timetable(&Limits::none(), &Closures::default(), &[], wanted, monday(), 100);
        assert!(table.sendings.len() == 5 && table.sendings.iter().all(|sending| sending.at == monday()));
        let table = timetable(&Limits::none(), &Closures::default(), &[], wanted, monday(), 4);
        assert_eq!((table.sendings.len(), table.left), (4, 1));
        let closed = limits(r#"[{ "at_most": 0, "of": "like-post", "per": "24h" }]"#);
        let table = timetable(&closed, &Closures::default(), &[], wanted, monday(), 100);
        assert_eq!((table.sendings.len(), table.never.as_slice()), (2, &[Call::from(LikePost)][..]));
    }

    #[test]
    fn what_was_sent_before_counts_and_what_is_closed_waits() {
        let two = limits(r#"[{ "at_most": 2, "of": "like-post", "per": "24h" }]"#);
        let hour = SignedDuration::from_hours(1);
        let past = [Sending { endpoint: LikePost.into(), at: monday() - hour, person: None, label: None }];
        let until = monday() + hour;
        let closure =
            Closure { which: Which::Endpoint(LikePost.into()), until, times: 1, why: String::new() };
        let table =
            timetable(&two, &Closures(vec![closure]), &past, [(LikePost, 2), (FetchProfile, 1)], monday(), 9);
        let moments: Vec<_> = table.sendings.iter().map(|sending| (sending.endpoint, sending.at)).collect();
        let day = SignedDuration::from_hours(24);
        let expected = [(FetchProfile, monday()), (LikePost, until), (LikePost, monday() - hour + day)];
        assert_eq!(moments, expected.map(|(endpoint, at)| (endpoint.into(), at)));
    }

    #[test]
    fn what_a_workflow_counts_by_name_and_what_the_catalogue_has_not_are_held_back_too() {
        let rules = limits(
            r#"[{ "at_most": 1, "of": "label:w/few", "per": "24h" },
                { "at_most": 2, "of": "write:follow-company", "per": "24h" }]"#,
        );
        let label = Some("w/few".to_owned());
        let follow: Call = "write:follow-company".parse().unwrap();
        let wanted = [
            Demand { label, ..Demand::from((LikePost, 3)) },
            Demand::from((LikePost, 2)),
            Demand::from((follow, 3)),
        ];
        let table = timetable(&rules, &Closures::default(), &[], wanted, monday(), 100);
        let after = |days: i64| {
            let at = monday() + SignedDuration::from_hours(24 * days);
            let then = table.sendings.iter().filter(move |sending| sending.at == at);
            let named = then.clone().filter(|sending| sending.label.is_some()).count();
            let follows = then.clone().filter(|sending| sending.endpoint == follow).count();
            (then.count(), named, follows)
        };
        assert_eq!([after(0), after(1), after(2)], [(5, 1, 2), (2, 1, 1), (1, 1, 0)]);
    }

    #[test]
    fn each_moment_is_one_at_which_the_rules_let_the_sending_through() {
        let shipped = Limits::shipped(TimeZone::UTC);
        let wanted = [(FetchProfile, 90), (SendMessage, 45)];
        let table = timetable(&shipped, &Closures::default(), &[], wanted, monday(), 1_000);
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
