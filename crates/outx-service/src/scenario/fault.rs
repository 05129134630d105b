//! The names of faults in a scenario.

use super::reader::{Reader, inside};
use crate::answer::{INVALID_KEY, NO_EXTENSION, RATE_LIMIT};
use crate::choices::Texts;
use crate::fault::Fault;
use crate::message::Response;
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// How much later the answer comes where `slow` says no more.
const SLOW: Duration = Duration::from_secs(30);

/// The names of all faults.
pub(super) const NAMES: [&str; 13] = [
    "answer-lost",
    "not-sent",
    "reset",
    "timeout",
    "slow",
    "garbage",
    "truncated",
    "rate-limited",
    "server-error",
    "gateway",
    "unauthorized",
    "extension",
    "invitation-limit",
];

/// The parts of an answer of one's own.
pub(super) const ANSWER: [&str; 4] = ["status", "body", "headers", "retry_after"];

impl Reader {
    /// A fault: its name, `{ slow: 5s }`, or an answer of one's own.
    pub(super) fn fault(&mut self, path: &str, value: &Value) -> Option<Fault> {
        if value.is_object() {
            return if value.get("slow").is_some() {
                self.slow(path, value)
            } else {
                self.answer(path, value)
            };
        }
        Some(match self.word(path, value, "fault", &NAMES)? {
            "answer-lost" => Fault::AnswerLost,
            "not-sent" => Fault::NotSent,
            "reset" => Fault::Reset,
            "timeout" => Fault::Timeout,
            "slow" => Fault::Slow(SLOW),
            "garbage" => Fault::Garbage,
            "truncated" => Fault::Truncated,
            "rate-limited" => Fault::error(429, RATE_LIMIT),
            "server-error" => Fault::error(500, &Texts::default().internal),
            "gateway" => Fault::status(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            "unauthorized" => Fault::error(401, INVALID_KEY),
            "extension" => Fault::error(403, NO_EXTENSION),
            _ => Fault::error(429, &Texts::default().invitation_limit),
        })
    }

    fn slow(&mut self, path: &str, value: &Value) -> Option<Fault> {
        self.object(path, value, &["slow"])?;
        self.duration(&inside(path, "slow"), value.get("slow")?).map(Fault::Slow)
    }

    fn answer(&mut self, path: &str, value: &Value) -> Option<Fault> {
        let map = self.object(path, value, &ANSWER)?;
        let Some(status) = map.get("status") else {
            self.problem(
                path,
                "an answer has no `status`",
                "add one, such as `status: 503`, or name a fault",
            );
            return None;
        };
        let status = self.number(&inside(path, "status"), status, 200, 599);
        let mut headers = Vec::new();
        if let Some(given) = map.get("headers") {
            let at = inside(path, "headers");
            let given = self.map(&at, given, "write names with their values");
            for (name, value) in given.into_iter().flatten() {
                if let Some(text) = self.text(&inside(&at, name), value, "the header's value as a text") {
                    headers.push((name.to_lowercase(), text.to_owned()));
                }
            }
        }
        if let Some(after) = map.get("retry_after")
            && let Some(after) = self.duration(&inside(path, "retry_after"), after)
        {
            headers.push(("retry-after".to_owned(), after.as_secs().to_string()));
        }
        let body = match map.get("body") {
            None => Bytes::new(),
            Some(Value::String(text)) => Bytes::from(text.clone()),
            Some(json) => {
                if !headers.iter().any(|(name, _)| name == "content-type") {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                Bytes::from(json.to_string())
            }
        };
        let status = u16::try_from(status?).unwrap_or(500);
        Some(Fault::Answer(Response { status, headers, body }))
    }
}
