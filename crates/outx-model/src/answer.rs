//! What an HTTP answer of the service means. Every answer is classified here, once.

use crate::id::TaskId;
use crate::status::TaskStatus;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What the answer to a create means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateVerdict {
    /// A task exists.
    Accepted(TaskId),
    /// No task exists, and the same request may be accepted later.
    Refused(Refusal),
    /// No task exists, and the same request will never be accepted.
    Rejected(ApiError),
    /// A task may exist.
    Unknown(Doubt),
}

/// An error in the service's own words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The text of the envelope, or the start of the body where there is no envelope.
    pub text: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {})", self.text, self.status)
    }
}

/// A refusal: no task exists, try again later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// In the service's own words.
    pub error: ApiError,
    /// Not to be tried again before this moment, where the service said one.
    pub not_before: Option<Timestamp>,
}

/// Why the service refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// 401: the key is missing, wrong or withdrawn. Nothing works until it is replaced.
    Unauthorized,
    /// 403: no browser extension of the team was active within 48 hours.
    ExtensionAsleep,
    /// 429: too many requests. Of a poll also a 503 that says when to come back.
    RateLimited,
    /// 429 on an invitation: LinkedIn's own limit.
    InvitationLimit,
}

impl Refusal {
    /// Whether it passes by itself: a limit does, a refused key and a sleeping extension need a person.
    pub fn is_passing(&self) -> bool {
        matches!(self.reason, RefusalReason::RateLimited | RefusalReason::InvitationLimit)
    }
}

impl RefusalReason {
    /// The reason's word, as it stands in facts and in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unauthorized => "key",
            Self::ExtensionAsleep => "extension",
            Self::RateLimited => "rate_limited",
            Self::InvitationLimit => "invitation_limit",
        }
    }
}

/// Why it is unknown whether a task exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Doubt {
    /// What happened, in a sentence.
    pub what: String,
    /// True when an answer came: the request certainly arrived.
    pub arrived: bool,
}

/// The service's wish for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// For so long.
    For(SignedDuration),
    /// Until then.
    Until(Timestamp),
}

impl RetryAfter {
    /// Reads a `Retry-After` header in either of its two forms (RFC 9110, section 10.2.3).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(Self::For(SignedDuration::from_secs(seconds.into())));
        }
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Self::Until(date.timestamp()))
    }

    /// The moment it stands for, for an answer that came at `now`.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::For(pause) => now.checked_add(pause).unwrap_or(Timestamp::MAX),
            Self::Until(moment) => moment.max(now),
        }
    }
}

/// Classifies the answer to a create. `retry_after` is the moment of that header, if there was one.
pub fn classify_create(status: u16, body: &[u8], retry_after: Option<Timestamp>) -> CreateVerdict {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let own = json.as_ref().and_then(error_text);
    let error = || ApiError { status, text: own.clone().unwrap_or_else(|| excerpt(body)) };
    let refused =
        |reason| CreateVerdict::Refused(Refusal { reason, error: error(), not_before: retry_after });
    let unknown = |what: String| CreateVerdict::Unknown(Doubt { what, arrived: true });
    match status {
        200..=299 => match json.as_ref().and_then(created_id) {
            Some(id) => CreateVerdict::Accepted(id),
            None => unknown(format!("status {status} without a readable task id: {}", excerpt(body))),
        },
        400 | 402 | 404 | 405 => CreateVerdict::Rejected(error()),
        401 => refused(RefusalReason::Unauthorized),
        403 if own.as_deref().is_some_and(is_plugin_text) => refused(RefusalReason::ExtensionAsleep),
        // A 403 of the API's own that is not about the extension is a lasting no.
        403 if own.is_some() => CreateVerdict::Rejected(error()),
        429 if own.as_deref().is_some_and(is_invitation_text) => refused(RefusalReason::InvitationLimit),
        429 if own.is_some() => refused(RefusalReason::RateLimited),
        _ => unknown(format!("status {status}: {}", error().text)),
    }
}

/// What the answer to a get-task-status means.
#[derive(Debug, Clone, PartialEq)]
pub enum PollAnswer {
    /// The task, as it stands.
    Snapshot(TaskSnapshot),
    /// 404: the service does not know the task, or it is another team's.
    NotFound(ApiError),
    /// The account cannot ask now; the task itself may be well.
    Refused(Refusal),
    /// The request itself was wrong: 400, 405, 403 without the extension's text.
    Rejected(ApiError),
    /// Nothing can be concluded: a server error, a gateway's page, an unreadable body.
    Unreadable(ApiError),
}

/// A task as the service describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSnapshot {
    /// Its status.
    pub status: TaskStatus,
    /// The caller's input as the service echoes it; null if it does not.
    pub input: Value,
    /// The output, untouched; null while there is none.
    pub output: Value,
}

/// Classifies the answer to a get-task-status.
pub fn classify_poll(status: u16, body: &[u8], retry_after: Option<Timestamp>) -> PollAnswer {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let own = json.as_ref().and_then(error_text);
    let error = || ApiError { status, text: own.clone().unwrap_or_else(|| excerpt(body)) };
    let refused = |reason| PollAnswer::Refused(Refusal { reason, error: error(), not_before: retry_after });
    match status {
        200..=299 => match json.and_then(snapshot) {
            Some(snapshot) => PollAnswer::Snapshot(snapshot),
            None => PollAnswer::Unreadable(error()),
        },
        404 => PollAnswer::NotFound(error()),
        401 => refused(RefusalReason::Unauthorized),
        403 if own.as_deref().is_some_and(is_plugin_text) => refused(RefusalReason::ExtensionAsleep),
        429 => refused(RefusalReason::RateLimited),
        // It says when to come back, as a 429 does.
        503 if retry_after.is_some() => refused(RefusalReason::RateLimited),
        400 | 402 | 405 => PollAnswer::Rejected(error()),
        403 if own.is_some() => PollAnswer::Rejected(error()),
        _ => PollAnswer::Unreadable(error()),
    }
}

/// Why a task failed, read from its output: a text, or the text of an `error`, `message` or `reason`; else
/// the JSON itself. The shape is not documented, and a null is possible.
pub fn failure_text(output: &Value) -> String {
    let named = ["error", "message", "reason"].iter().find_map(|key| output.get(key)?.as_str());
    match (output, named) {
        (_, Some(text)) => text.to_owned(),
        (Value::String(text), _) => text.clone(),
        (Value::Null, _) => "the service gave no reason".to_owned(),
        (other, _) => excerpt(other.to_string().as_bytes()),
    }
}

/// The id stands at the top level; `data` and `id` are tried because poll answers nest it there.
fn created_id(json: &Value) -> Option<TaskId> {
    let places = [json, json.get("data").unwrap_or(&Value::Null)];
    let found = places.iter().find_map(|place| place.get("api_agent_task_id")?.as_str());
    found.filter(|id| !id.trim().is_empty()).map(TaskId::from)
}

/// The documented envelope has `data`; one public client reads the same fields at the top.
fn snapshot(mut json: Value) -> Option<TaskSnapshot> {
    let place = if json.get("data").is_some_and(Value::is_object) { &mut json["data"] } else { &mut json };
    let status = TaskStatus::from(place.get("status")?.as_str()?);
    let mut take = |key| place.get_mut(key).map(Value::take).unwrap_or_default();
    Some(TaskSnapshot { status, input: take("task_input"), output: take("task_output") })
}

/// The documented envelope is `{"error": text}`; the vendor's own client also reads `message`.
pub(crate) fn error_text(json: &Value) -> Option<String> {
    let text = json.get("error").and_then(Value::as_str).or_else(|| json.get("message")?.as_str())?;
    Some(excerpt(text.as_bytes()))
}

fn is_plugin_text(text: &str) -> bool {
    text.starts_with("Plugin installation required")
}

fn is_invitation_text(text: &str) -> bool {
    text.starts_with("LinkedIn invitation limit")
}

/// The start of a body, on one line and safe to show.
fn excerpt(body: &[u8]) -> String {
    const MOST: usize = 300;
    let start = &body[..body.len().min(4 * MOST)];
    let text = String::from_utf8_lossy(start);
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.chars().count() >= MOST {
            return out.chars().take(MOST).chain("…".chars()).collect();
        }
    }
    if out.is_empty() { "an empty body".to_owned() } else { out }
}
