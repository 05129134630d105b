//! `poll:` — when a task's result is asked for.

use super::{Checker, keys};
use crate::definition::Polling;
use crate::diagnostic::Fix;
use crate::yaml::Node;
use outx_model::parse_duration;
use outx_poller::Policy;
use std::time::Duration;

impl Checker<'_> {
    /// The policy of a `poll` map over the one that holds without it.
    pub(super) fn poll(&mut self, node: &Node, base: &Polling) -> Polling {
        let Some(entries) = self.entries(node, &keys::POLL) else { return *base };
        let (mut first, mut every, mut timeout, mut named) = (None, None, None, None);
        for (key, value) in entries {
            match key.name.as_str() {
                "first" => first = self.duration(value, "`first`"),
                "every" => every = self.duration(value, "`every`"),
                "timeout" => timeout = self.duration(value, "`timeout`"),
                "policy" => named = self.text(value, "`policy`").map(|word| (word, value.span)),
                _ => {}
            }
        }
        for (key, _) in entries {
            let used = match named {
                Some(("documented", _)) => key.name == "policy",
                Some(("fixed", _)) => key.name != "first",
                Some(("learned", _)) => matches!(key.name.as_str(), "policy" | "timeout"),
                _ => true,
            };
            if let (false, Some((word, _))) = (used, named) {
                self.error("OX120", format!("`{}` does nothing with `policy: {word}`", key.name), key.span)
                    .help = Some("take one of the two out".into());
            }
        }
        // Another patience alone changes nothing of the rest.
        let is_learned = match named {
            None => base.is_learned && first.is_none() && every.is_none(),
            Some((word, _)) => word == "learned",
        };
        let policy = &base.policy;
        let every = every.unwrap_or(policy.every());
        let timeout = timeout.unwrap_or(policy.timeout());
        let made = match named {
            _ if is_learned => policy.with_timeout(timeout),
            None | Some(("delay-then-fixed", _)) => {
                // A shorter patience than before shortens the wait before the first poll too.
                Policy::delay_then_fixed(first.unwrap_or(policy.first().min(timeout)), every, timeout)
            }
            Some(("fixed", _)) => Policy::fixed(every, timeout),
            Some(("documented", _)) => Ok(Policy::documented()),
            Some((other, span)) => {
                let known = ["documented", "fixed", "delay-then-fixed", "learned"].into_iter();
                let message = format!("there is no policy `{other}`");
                self.unknown("OX120", message, (other, span), known, "there are");
                return *base;
            }
        };
        match made {
            Ok(policy) => Polling { policy, is_learned },
            Err(error) => {
                self.error("OX120", error.reason(), node.span).help = Some(error.remedy().into());
                *base
            }
        }
    }

    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let text = self.text(node, what)?;
        match parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(message) => {
                let meant = super::habits::duration(text);
                let error = self.error("OX121", message, node.span);
                let computed = text.contains("${{").then(|| {
                    format!(
                        "{what} must be known before anything runs: write it down, such as {}: 6h",
                        what.trim_matches('`')
                    )
                });
                error.help = meant.as_ref().map(|meant| format!("write `{meant}`")).or(computed);
                error.fix = meant.map(|meant| Fix::safe(node.span, meant));
                None
            }
        }
    }
}
