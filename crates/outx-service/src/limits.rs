//! Limits by choice: so many within any span.

use crate::choices::Limit;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The moments at which each team did a thing, as far as a limit must know them.
#[derive(Debug, Default)]
pub(crate) struct Window {
    limit: Option<Limit>,
    /// The last of them by team, at most as many as are allowed.
    past: HashMap<Arc<str>, VecDeque<Timestamp>>,
}

impl Window {
    pub(crate) fn new(limit: Option<Limit>) -> Self {
        Self { limit, past: HashMap::new() }
    }

    /// It was done once more.
    pub(crate) fn add(&mut self, team: &Arc<str>, at: Timestamp) {
        let Some(limit) = self.limit else { return };
        let past = self.past.entry(Arc::clone(team)).or_default();
        past.push_back(at);
        if past.len() > limit.count as usize {
            past.pop_front();
        }
    }

    /// How long to wait until it may be done again; nothing where it may be done now.
    pub(crate) fn wait(&self, team: &str, now: Timestamp) -> Option<SignedDuration> {
        let limit = self.limit?;
        let per = SignedDuration::try_from(limit.per).unwrap_or(SignedDuration::MAX);
        if limit.count == 0 {
            return Some(per);
        }
        let past = self.past.get(team).filter(|past| past.len() >= limit.count as usize)?;
        let left = per.checked_sub(now.duration_since(*past.front()?))?;
        (left > SignedDuration::ZERO).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_window_rolls() {
        let mut window = Window::new(Some(Limit { count: 2, per: Duration::from_mins(1) }));
        let team: Arc<str> = "a".into();
        let at = |second| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
        window.add(&team, at(0));
        assert_eq!(window.wait(&team, at(1)), None);
        window.add(&team, at(50));
        assert_eq!(window.wait(&team, at(59)), Some(SignedDuration::from_secs(1)));
        assert_eq!(window.wait("another", at(59)), None);
        assert_eq!(window.wait(&team, at(60)), None, "the first is out of it");
        window.add(&team, at(60));
        assert_eq!(window.wait(&team, at(61)), Some(SignedDuration::from_secs(49)));
    }

    #[test]
    fn without_a_limit_nothing_waits_and_with_none_allowed_everything() {
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(Window::new(None).wait("a", at), None);
        assert!(Window::new(Some(Limit { count: 0, per: Duration::from_secs(1) })).wait("a", at).is_some());
    }
}
