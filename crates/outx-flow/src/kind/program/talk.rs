//! The talk with a program, from its greeting to its end.

use super::Manifest;
use crate::kind::KindContext;
use crate::programs::{Heard, Programs, Talk};
use futures_util::future::{Either, select};
use jiff::Timestamp;
use outx_model::{ApiError, Refusal, RefusalReason, parse_duration};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

/// How long a result may be: it is kept with the run.
const LONGEST: usize = 4 * 1024 * 1024;

/// How long a program may take to say what became of its work when the run is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The work was never begun.
    NotBegun(String),
    /// The program says that it is over and did not succeed.
    Said(String),
    /// The program says that it cannot be done now.
    Refused(Refusal),
    /// It was begun, and the program did not say how it ended.
    Lost(String),
}

/// What a program says of its work.
#[derive(Deserialize)]
#[serde(tag = "say", rename_all = "lowercase")]
enum Said {
    Progress { message: String },
    Result { output: Value },
    Error { message: String },
    Refused { message: String, after: Option<String> },
}

pub(super) async fn done(
    programs: &dyn Programs,
    path: &Path,
    manifest: &Manifest,
    input: &Value,
    context: &KindContext,
) -> Result<Value, Failure> {
    let mut talk = programs.talk(path, &context.folder).await.map_err(Failure::NotBegun)?;
    greet(talk.as_mut(), manifest, context).await.map_err(Failure::NotBegun)?;
    let start = json!({
        "ask": "start", "key": context.key, "input": input, "emulated": context.emulated,
    });
    // From here on it may have begun, also where the line was not taken whole.
    talk.say(&start.to_string()).await.map_err(Failure::Lost)?;
    let result = hear(talk.as_mut(), manifest, context).await;
    if !matches!(result, Err(Failure::Lost(_))) {
        talk.end().await;
    }
    result
}

/// Asks who it is, which must be what was known of it when the workflow was checked.
async fn greet(talk: &mut dyn Talk, known: &Manifest, context: &KindContext) -> Result<(), String> {
    // Who does not listen is heard to have ended.
    drop(talk.say(&Manifest::asked()).await);
    let until = later(context, Manifest::PATIENCE);
    let heard = match select(pin!(talk.hear(Manifest::LONGEST)), context.clock.sleep_until(until)).await {
        Either::Left((heard, _)) => heard,
        Either::Right(_) => return Err(format!("it did not say who it is within {:?}", Manifest::PATIENCE)),
    };
    let line = match heard {
        Heard::Line(line) => line,
        Heard::Ended(how) => return Err(format!("it {how} before it said who it is")),
        Heard::TooLong => return Err(format!("what it says of itself is longer than {}", Manifest::LONGEST)),
    };
    let now = Manifest::read(&line)?;
    if now == *known {
        return Ok(());
    }
    if now.effect() == known.effect() {
        return Err(
            "it says other things of itself than when the workflow was checked; begin again".to_owned()
        );
    }
    let (before, now) = (known.effect().word(), now.effect().word());
    Err(format!("its effect was `{before}` when the workflow was checked, and is `{now}` now"))
}

/// Waits for its result, for as long as it may take, or until the run is stopped.
async fn hear(talk: &mut dyn Talk, manifest: &Manifest, context: &KindContext) -> Result<Value, Failure> {
    let mut until = later(context, manifest.timeout());
    let mut asked_to_end = false;
    let over = |asked_to_end| {
        let why = "was killed, because the run was stopped".to_owned();
        let late = || format!("was killed, because it did not end within {:?}", manifest.timeout());
        Failure::Lost(if asked_to_end { why } else { late() })
    };
    // Who never pauses in what it says is never waited for, and so neither its time nor the stop would be seen there.
    let mut is_talking = false;
    loop {
        let passed = is_talking && context.clock.now() >= until;
        let is_stopped = is_talking && !asked_to_end && context.stop.is_asked();
        is_talking = true;
        if passed {
            return Err(over(asked_to_end));
        }
        let sleep = context.clock.sleep_until(until);
        let (ending, stop) = (asked_to_end, &context.stop);
        let stopped = async move {
            if ending {
                std::future::pending::<()>().await;
            }
            stop.asked().await;
        };
        let stopped = pin!(stopped);
        let heard = if is_stopped {
            None
        } else {
            match select(pin!(talk.hear(LONGEST)), select(stopped, sleep)).await {
                Either::Left((heard, _)) => Some(heard),
                Either::Right((Either::Left(_), _)) => None,
                Either::Right((Either::Right(_), _)) => return Err(over(asked_to_end)),
            }
        };
        let Some(heard) = heard else {
            asked_to_end = true;
            until = later(context, GRACE);
            // Who does not listen any more is heard to have ended.
            drop(talk.say(&json!({ "ask": "cancel" }).to_string()).await);
            continue;
        };
        let line = match heard {
            Heard::Line(line) => line,
            Heard::Ended(how) => return Err(Failure::Lost(format!("{how} without a result"))),
            Heard::TooLong => {
                return Err(Failure::Lost(format!("was killed, because it said more than {LONGEST} bytes")));
            }
        };
        match serde_json::from_str(&line) {
            Ok(Said::Progress { message }) => context.tell(&shown(&message)),
            Ok(Said::Result { output }) => return Ok(output),
            Ok(Said::Error { message }) => return Err(Failure::Said(shown(&message))),
            Ok(Said::Refused { message, after }) => {
                let after = after.as_deref().and_then(|after| parse_duration(after).ok());
                return Err(Failure::Refused(Refusal {
                    reason: RefusalReason::RateLimited,
                    error: ApiError { status: 429, text: shown(&message) },
                    not_before: after.map(|after| later(context, after)),
                }));
            }
            // What it said may be anything, so it is not repeated.
            Err(error) => {
                return Err(Failure::Lost(format!(
                    "was killed, because it said what is no word of the protocol ({})",
                    wrong(&error)
                )));
            }
        }
    }
}

fn later(context: &KindContext, by: Duration) -> Timestamp {
    context.clock.now().checked_add(by).unwrap_or(Timestamp::MAX)
}

/// So many characters of a message are kept.
const SHOWN: usize = 2_000;

/// A message as people see it: without what moves a terminal's cursor, not too long, and never nothing.
fn shown(message: &str) -> String {
    let plain = message.chars().map(|c| if c.is_control() { ' ' } else { c });
    let text: String = plain.take(SHOWN).collect();
    match text.trim() {
        "" => "it does not say why".to_owned(),
        text => text.to_owned(),
    }
}

fn wrong(error: &serde_json::Error) -> &'static str {
    if error.is_data() { "a word is missing or unknown" } else { "it is no JSON" }
}
