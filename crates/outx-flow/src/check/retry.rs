//! `retry:` and `timeout:` — how often a create is tried again, and how long a task is waited for.

use super::{Checker, keys};
use crate::definition::Polling;
use crate::effect::{Retry, Setback};
use crate::yaml::{Node, NodeValue};
use std::time::Duration;

/// The pause before the first further try where the file names none.
const DELAY: Duration = Duration::from_secs(2);

/// How much longer each pause is where the file does not say.
const GROWTH: f64 = 2.0;

impl Checker<'_> {
    pub(super) fn retry(&mut self, node: &Node) -> Option<Retry> {
        let entries = self.entries(node, &keys::RETRY)?;
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let Some(max) = get("max") else {
            self.error("OX124", "`retry` needs `max`: how many more times it is tried", node.span).help =
                Some("such as `retry: { max: 3, delay: 2s }`".into());
            return None;
        };
        let most = usize::try_from(Retry::MOST).unwrap_or(usize::MAX);
        let count = self.count(max, "`max`").unwrap_or(1);
        if count > most {
            self.error("OX124", format!("`max` is at most {most}"), max.span).help =
                Some("a run that cannot go on waits, and goes on by itself".into());
        }
        let delay = get("delay").and_then(|node| Some((node, self.duration(node, "`delay`")?)));
        if let Some((node, _)) = delay.filter(|(_, delay)| *delay > Retry::LONGEST) {
            self.error("OX124", "`delay` is at most 1m", node.span).help =
                Some("a run that cannot go on waits longer by itself".into());
        }
        let growth = match get("growth").map(|node| (&node.value, node.span)) {
            None => GROWTH,
            #[expect(clippy::cast_precision_loss, reason = "it is small, or refused")]
            Some((NodeValue::Int(growth), _)) if (1..=10).contains(growth) => *growth as f64,
            Some((NodeValue::Float(growth), _)) if (1.0..=10.0).contains(growth) => *growth,
            Some((_, span)) => {
                self.error("OX124", "`growth` is a number from 1 to 10", span);
                GROWTH
            }
        };
        let on = match get("on") {
            None => vec![Setback::Refused, Setback::NotSent, Setback::Unanswered, Setback::ServerError],
            Some(node) => self.setbacks(node),
        };
        Some(Retry::new(
            u32::try_from(count).unwrap_or(1),
            delay.map_or(DELAY, |(_, delay)| delay),
            growth,
            on,
        ))
    }

    fn setbacks(&mut self, node: &Node) -> Vec<Setback> {
        let mut on = Vec::new();
        for (word, span) in self.list_of_names(node, "`on`") {
            match word {
                "rate_limited" => on.push(Setback::Refused),
                "transport" => on.extend([Setback::NotSent, Setback::Unanswered]),
                "server" => on.push(Setback::ServerError),
                other => {
                    let known = ["rate_limited", "transport", "server"].into_iter();
                    let message = format!("nothing is tried again on `{other}`");
                    self.unknown("OX124", message, (other, span), known, "there are");
                }
            }
        }
        on
    }

    /// A policy with another patience.
    pub(super) fn patience(&mut self, node: &Node, polling: &Polling) -> Polling {
        let Some(timeout) = self.duration(node, "`timeout`") else { return *polling };
        match polling.policy.with_timeout(timeout) {
            Ok(policy) => Polling { policy, ..*polling },
            Err(error) => {
                self.error("OX120", error.reason(), node.span).help = Some(error.remedy().into());
                *polling
            }
        }
    }
}
