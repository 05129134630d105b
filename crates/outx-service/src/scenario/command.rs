//! A tester's command in the words of a scenario.

use super::error::ScenarioError;
use super::reader::{Reader, inside};
use crate::command::{Command, ExtensionState};
use crate::fault::{Injection, On};
use outx_model::{Call, Endpoint};
use serde_json::Value;

const WORDS: [&str; 4] = ["extension", "inject", "fail", "reset"];
const STATES: [&str; 3] = ["open", "closed", "silent"];

impl Command {
    /// Reads a command as a person writes it: `do` is `extension` (`state`, and `team` and `member` to mean
    /// fewer), `inject` (`fault` in the words of a scenario, `on` an endpoint (`read:fetch-something` where
    /// only the scenario has it), `get-task-status` or `*`, `times`), `fail` (`on`, `reason`, `times`) or `reset`.
    ///
    /// ```
    /// use outx_service::{Command, Fault, Injection, On};
    /// use serde_json::json;
    ///
    /// let command = Command::read(&json!({ "do": "inject", "on": "get-task-status", "fault": "answer-lost" }))?;
    /// assert_eq!(command, Command::Inject(Injection { on: On::Poll, fault: Fault::AnswerLost, times: 1 }));
    /// # Ok::<(), outx_service::ScenarioError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its path, the reason and a remedy.
    pub fn read(value: &Value) -> Result<Self, ScenarioError> {
        let mut reader = Reader::default();
        match (reader.command(value), reader.problems) {
            (Some(command), problems) if problems.is_empty() => Ok(command),
            (_, problems) => Err(ScenarioError { problems }),
        }
    }
}

impl Reader {
    fn command(&mut self, value: &Value) -> Option<Command> {
        let map = self.map("", value, "write an object with `do`")?;
        let Some(word) = map.get("do") else {
            self.problem("do", "it is missing", "say `extension`, `inject`, `fail` or `reset`");
            return None;
        };
        match self.word("do", word, "command", &WORDS)? {
            "extension" => {
                let map = self.object("", value, &["do", "team", "member", "state"])?;
                let mut text =
                    |key| map.get(key).and_then(|v| self.text(key, v, "its name")).map(str::to_owned);
                let (team, member) = (text("team"), text("member"));
                let state = self.given(map.get("state"), "state", "`open`, `closed` or `silent`")?;
                let state = match self.word("state", state, "state", &STATES)? {
                    "open" => ExtensionState::Open,
                    "closed" => ExtensionState::Closed,
                    _ => ExtensionState::Silent,
                };
                Some(Command::Extension { team, member, state })
            }
            "inject" => {
                let map = self.object("", value, &["do", "on", "fault", "times"])?;
                let on = map.get("on").map_or(Some(On::Any), |on| self.on(on));
                let times = self.times(map.get("times"));
                let fault = self.given(map.get("fault"), "fault", "a fault, such as `answer-lost`")?;
                let fault = self.fault("fault", fault)?;
                Some(Command::Inject(Injection { on: on?, fault, times: times? }))
            }
            "fail" => {
                let map = self.object("", value, &["do", "on", "reason", "times"])?;
                let reason = map.get("reason").map_or(Some("Failed as asked"), |reason| {
                    self.text("reason", reason, "what the failed task says")
                });
                let times = self.times(map.get("times"));
                let on = self.given(map.get("on"), "on", "an endpoint, such as `like-post`")?;
                let on = self.endpoint(on, &[])?.parse().ok();
                Some(Command::Fail { on: on?, reason: reason?.to_owned(), times: times? })
            }
            _ => self.object("", value, &["do"]).map(|_| Command::Reset),
        }
    }

    fn given<'v>(&mut self, value: Option<&'v Value>, key: &str, what: &str) -> Option<&'v Value> {
        if value.is_none() {
            self.problem(&inside("", key), "it is missing", format!("add {what}"));
        }
        value
    }

    fn times(&mut self, times: Option<&Value>) -> Option<u32> {
        let Some(times) = times else { return Some(1) };
        u32::try_from(self.number("times", times, 1, u32::MAX.into())?).ok()
    }

    fn on(&mut self, on: &Value) -> Option<On> {
        let word = self.endpoint(on, &["get-task-status", "*"])?;
        Some(match word.parse() {
            Ok(endpoint) => On::Create(endpoint),
            Err(_) if word == "*" => On::Any,
            Err(_) => On::Poll,
        })
    }

    /// The name of an endpoint, of one that the catalogue has not with its effect before it, or one of the other words.
    fn endpoint<'v>(&mut self, on: &'v Value, other: &[&str]) -> Option<&'v str> {
        if let Some(word) = on.as_str()
            && let Ok(other @ Call::Other(..)) = word.parse::<Call>()
            && Call::endpoint_named(other.name(), other.effect()) == Ok(other)
        {
            return Some(word);
        }
        let known: Vec<_> = Endpoint::ALL.iter().map(|e| e.name()).chain(other.iter().copied()).collect();
        self.word("on", on, "endpoint", &known)
    }
}
