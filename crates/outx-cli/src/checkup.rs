//! What `outx doctor` finds: each check by itself, without I/O.

use crate::Exit;
use crate::recognise::listed;
use jiff::SignedDuration;
use outx_ledger::{Binding, Fingerprint};
use outx_model::{AccountId, ApiError, PollAnswer, Refusal, RefusalReason};
use outx_store::Health;
use outx_transport::Probe;
use serde::Serialize;
use std::path::PathBuf;

/// A clock that is so far off makes limits and working hours wrong by as much.
const NOTICED: SignedDuration = SignedDuration::from_secs(30);

/// A clock that is so far off is set wrongly.
const WRONG: SignedDuration = SignedDuration::from_mins(5);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is in the way.
    Warning,
    /// In the way.
    Problem,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub status: Standing,
    /// In a sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The program's exit code where it is the first problem.
    #[serde(skip)]
    pub exit: Exit,
}

impl Check {
    pub(crate) fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Standing::Ok, message: message.into(), remedy: None, exit: Exit::Success }
    }

    pub(crate) fn warning(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Standing::Warning, remedy: Some(remedy.into()), ..Self::ok(name, message) }
    }

    pub(crate) fn problem(
        name: &'static str,
        exit: Exit,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { status: Standing::Problem, exit, ..Self::warning(name, message, remedy) }
    }
}

/// What the service says of a key, when it is asked for a task that cannot exist.
#[derive(Debug, PartialEq)]
pub(crate) enum Said<'a> {
    /// It looked for the task: the key is good.
    Good,
    /// The key is good, and no browser extension of the team is awake.
    Asleep(&'a ApiError),
    /// It does not know the key.
    Refused(&'a ApiError),
    /// It takes no question now.
    Busy(&'a Refusal),
    /// It is not OutX that answers, or not as it is known.
    Strange(String),
}

/// Reads the answer to a question for a task that cannot exist.
pub(crate) fn said(answer: &PollAnswer) -> Said<'_> {
    match answer {
        // Any web server says 404; this service says what it did not find.
        PollAnswer::NotFound(error) if error.text.to_lowercase().contains("task") => Said::Good,
        PollAnswer::Refused(refusal) => match refusal.reason {
            RefusalReason::Unauthorized => Said::Refused(&refusal.error),
            RefusalReason::ExtensionAsleep => Said::Asleep(&refusal.error),
            RefusalReason::RateLimited | RefusalReason::InvitationLimit => Said::Busy(refusal),
        },
        PollAnswer::NotFound(error) | PollAnswer::Rejected(error) | PollAnswer::Unreadable(error) => {
            Said::Strange(error.to_string())
        }
        PollAnswer::Snapshot(_) => Said::Strange("it knows a task that nobody created".to_owned()),
    }
}

/// What an answer says of key, service, extension and clock. `whose` says whose key it is.
pub(crate) fn answered(probe: &Probe, whose: &str, base_url: &str) -> Vec<Check> {
    let took = probe.answered_at.duration_since(probe.asked_at).as_millis();
    let reached = Check::ok("service", format!("{base_url} answers, after {took} ms"));
    let mut checks = match said(&probe.answer) {
        Said::Good => vec![
            Check::ok("key", format!("{whose} is good")),
            reached,
            Check::ok("extension", "a browser extension of the team was active within 48 hours"),
        ],
        Said::Asleep(error) => vec![
            Check::ok("key", format!("{whose} is known to the service")),
            reached,
            Check::problem(
                "extension",
                Exit::ExtensionAsleep,
                error.to_string(),
                "open Chrome with the OutX extension, signed in to LinkedIn, on the computer of a member of the team",
            ),
        ],
        Said::Refused(error) => vec![
            Check::problem(
                "key",
                Exit::Authentication,
                format!("{whose} is refused: {error}"),
                "run `outx login`, or copy the key once more from the OutX dashboard",
            ),
            reached,
        ],
        Said::Busy(refusal) => vec![
            Check::warning(
                "key",
                format!("{whose} cannot be tried now: {}", refusal.error),
                "look again in an hour",
            ),
            reached,
        ],
        Said::Strange(what) => vec![
            Check::warning("key", format!("{whose} could not be tried"), "mend the service's problem first"),
            Check::problem(
                "service",
                Exit::Network,
                format!("{base_url} answers, and not as OutX does: {what}"),
                "check OUTX_BASE_URL, and whether a proxy or gateway stands on the way",
            ),
        ],
    };
    checks.extend(probe.skew().map(clock));
    checks
}

fn clock(skew: SignedDuration) -> Check {
    let seconds = skew.as_secs();
    let way = if seconds > 0 { "ahead of" } else { "behind" };
    let message = format!("the service's clock is {} s {way} this machine's", seconds.unsigned_abs());
    let remedy = "set this machine's clock from the network: limits and working hours are counted by it";
    match skew.abs() {
        skew if skew > WRONG => Check::problem("clock", Exit::Failed, message, remedy),
        skew if skew > NOTICED => Check::warning("clock", message, remedy),
        _ => Check::ok("clock", "as the service's, to the second or nearly so"),
    }
}

/// How the store's file is.
pub(crate) fn store(health: &Health, path: &str) -> Check {
    let Some(first) = health.damage.first() else {
        let message = format!("{path} is whole: {} KB, version {}", health.bytes / 1024, health.version);
        return Check::ok("store", message);
    };
    Check::problem(
        "store",
        Exit::Internal,
        format!("{path} is damaged, in {} places or more; the first: {first}", health.damage.len()),
        "copy the file away, then restore a backup; what is missing in it may be sent again, so look first",
    )
}

/// Files and folders that others than their owner can use.
pub(crate) fn permissions(open: &[(PathBuf, u32)]) -> Check {
    let Some((path, _)) = open.first() else {
        return Check::ok("permissions", "store and profiles are their owner's alone");
    };
    let all: Vec<_> = open.iter().map(|(path, mode)| format!("{} ({mode:03o})", path.display())).collect();
    Check::problem(
        "permissions",
        Exit::Failed,
        format!("others on this machine can use {}", all.join(", ")),
        format!("chmod go= {}{}", path.display(), if open.len() > 1 { " and the others" } else { "" }),
    )
}

/// Whether the store knows the account: the promise that nothing is sent twice holds in one store.
pub(crate) fn account(entries: usize, has_profile: bool, account: &str) -> Check {
    match (entries, has_profile) {
        (0, true) => Check::warning(
            "account",
            format!("the store knows of nothing that was ever sent as {account}"),
            "if nothing was, all is well; if something was, bring the store of then (outx.db) here first, or it may \
             be sent again",
        ),
        (0, false) => {
            Check::ok("account", format!("nothing was sent as {account}, as far as this store knows"))
        }
        (count, _) => Check::ok("account", format!("the store knows {count} actions of {account}")),
    }
}

/// Which keys the store knows an account by, `key` being the one that is used; `others` are the accounts of which it
/// might be a new one.
pub(crate) fn keys(key: Fingerprint, account: &str, bound: &[Binding], others: &[AccountId]) -> Check {
    let own = key.short();
    if bound.iter().all(|binding| binding.key != key) && !others.is_empty() {
        return Check::warning(
            "keys",
            format!("the key {own} is new here, where {} have sent something", listed(others)),
            "the first command that sends asks the service whether it is a new key of one of them",
        );
    }
    let known = bound.iter().map(|Binding { key: known, since, .. }| {
        let own = if *known == key { ", the present one" } else { "" };
        format!("{} (since {}{own})", known.short(), since.strftime("%Y-%m-%d"))
    });
    let known: Vec<_> = known.collect();
    let message = match known.len() {
        0 => format!("the key {own} is new here; the first command that sends begins with it as {account}"),
        _ => format!("{account} is known by {}", known.join(", ")),
    };
    Check::ok("keys", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::classify_poll;

    fn of(status: u16, body: &str) -> Vec<(&'static str, Standing)> {
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        let answer = classify_poll(status, body.as_bytes(), None);
        let probe = Probe { answer, service_time: None, asked_at: now, answered_at: now };
        answered(&probe, "the key", "https://x").iter().map(|check| (check.name, check.status)).collect()
    }

    #[test]
    fn each_answer_says_what_is_in_the_way() {
        use Standing::{Ok, Problem, Warning};
        let good = [("key", Ok), ("service", Ok), ("extension", Ok)];
        assert_eq!(of(404, r#"{"error":"Agent task not found"}"#), good);
        assert_eq!(of(401, r#"{"error":"Invalid API Key"}"#), [("key", Problem), ("service", Ok)]);
        let asleep = r#"{"error":"Plugin installation required: …"}"#;
        assert_eq!(of(403, asleep), [("key", Ok), ("service", Ok), ("extension", Problem)]);
        assert_eq!(of(429, r#"{"error":"Rate limit exceeded."}"#), [("key", Warning), ("service", Ok)]);
        // A web server that is not OutX says 404 to everything.
        for (status, body) in [(404, "<h1>404 page not found</h1>"), (200, "hello"), (502, ""), (403, "<p>")]
        {
            assert_eq!(of(status, body), [("key", Warning), ("service", Problem)], "{status} {body}");
        }
    }

    #[test]
    fn a_clock_is_wrong_by_degrees() {
        let of = |seconds| clock(SignedDuration::from_secs(seconds)).status;
        assert_eq!([of(0), of(30), of(-30)], [Standing::Ok; 3]);
        assert_eq!([of(31), of(-300)], [Standing::Warning; 2]);
        assert_eq!([of(301), of(-3_600)], [Standing::Problem; 2]);
        assert!(clock(SignedDuration::from_secs(-90)).message.contains("90 s behind"));
    }
}
