//! Scenarios: how a service behaves that is otherwise left to the world.

mod command;
mod error;
mod fault;
mod json_schema;
mod reader;
mod rule;
mod schema;
mod team;
mod time;
mod world;

pub use error::{ScenarioError, ScenarioProblem};
pub(crate) use rule::Rule;
pub use rule::Script;
pub(crate) use schema::sample;
pub(crate) use time::Takes;

use crate::choices::Choices;
use crate::command::ExtensionState;
use crate::team::TeamConfig;
use crate::world::{Laws, Span};
use outx_model::Endpoint;
use reader::{Reader, inside, one_or_many};
use rule::Whose;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use time::Window;

/// The name of the polls' rules.
pub(crate) const POLLS: &str = "get-task-status";

/// How a service behaves that is otherwise left to the world: answers, faults and times by endpoint, when the
/// extension sleeps, who accepts an invitation. The empty scenario changes nothing.
///
/// ```
/// use outx_service::Scenario;
/// use serde_json::json;
///
/// let scenario = Scenario::read(&json!({
///     "outx-scenario": 1,
///     "latency": "5s..60s",
///     "service": {
///         "send-connection-request": [
///             { "times": 1, "fault": "answer-lost" },
///             { "until": "3d", "status": "failed", "error": "Weekly limit" },
///         ],
///     },
///     "asleep": { "from": "1h", "to": "9h" },
///     "world": { "accepts": { "ada-example": "2d" } },
/// }))?;
/// assert_ne!(scenario, Scenario::default());
///
/// let wrong = json!({ "outx-scenario": 1, "service": { "send-message": [{ "takes": "20" }] } });
/// let error = Scenario::read(&wrong).err().ok_or("read")?;
/// assert_eq!(error.problems[0].path, "service.send-message[0].takes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The rules of a list
///
/// The first rule whose `when` is a part of the input, whose `from` and `until` hold at the request's moment
/// (counted from the service's start), and which was not used `times` times, answers. An endpoint's own rules
/// are asked first, then those under `"*"`; if none answers, the world does. What a rule says of a task is
/// fixed when the task is created. A rule with `times` is used up by a request that it gives a fault, or
/// by a task that it makes; each use is a record, so that a restarted service goes on counting. A rule is
/// known by its content: one that was edited begins anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario(Arc<Plan>);

#[derive(Debug, PartialEq, Eq, Default)]
struct Plan {
    seed: Option<u64>,
    latency: BTreeMap<&'static str, Span>,
    rules: BTreeMap<&'static str, Vec<Rule>>,
    asleep: Vec<Window>,
    closed: Vec<Window>,
    laws: Laws,
    choices: Option<Choices>,
    teams: Vec<TeamConfig>,
}

const KEYS: [&str; 11] = [
    "outx-scenario",
    "name",
    "description",
    "seed",
    "latency",
    "service",
    "asleep",
    "closed",
    "teams",
    "choices",
    "world",
];

impl Scenario {
    /// Reads a scenario. YAML is read by whoever has a YAML reader.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its path, the reason and a remedy.
    pub fn read(value: &Value) -> Result<Self, ScenarioError> {
        let mut reader = Reader::default();
        let plan = reader.plan(value).unwrap_or_default();
        match reader.problems {
            problems if problems.is_empty() => Ok(Self(Arc::new(plan))),
            problems => Err(ScenarioError { problems }),
        }
    }

    /// The seed of ids and of the world, where it names one.
    pub fn seed(&self) -> Option<u64> {
        self.0.seed
    }

    /// How the people of the world behave.
    pub fn laws(&self) -> &Laws {
        &self.0.laws
    }

    /// Whether every team's extension counts as silent so long after the start: every call is a 403.
    pub fn is_asleep(&self, since: Duration) -> bool {
        self.0.asleep.iter().any(|window| window.holds(since))
    }

    /// The choices, where it makes any.
    pub fn choices(&self) -> Option<&Choices> {
        self.0.choices.as_ref()
    }

    /// The teams, where it names any.
    pub fn teams(&self) -> &[TeamConfig] {
        &self.0.teams
    }

    /// What every member's extension does from which time after the start on. Before the first it is left to
    /// the member.
    pub(crate) fn extension(&self) -> Vec<(Duration, ExtensionState)> {
        let all = || self.0.asleep.iter().chain(&self.0.closed);
        let mut turns: Vec<_> = all().flat_map(|window| [Some(window.from), window.to]).flatten().collect();
        turns.sort_unstable();
        turns.dedup();
        let holds = |windows: &[Window], at| windows.iter().any(|window| window.holds(at));
        let state = |at| match (holds(&self.0.asleep, at), holds(&self.0.closed, at)) {
            (true, _) => ExtensionState::Silent,
            (false, true) => ExtensionState::Closed,
            (false, false) => ExtensionState::Open,
        };
        turns.into_iter().map(|at| (at, state(at))).collect()
    }

    /// The rule that answers the create of a task.
    pub(crate) fn of_create(
        &self,
        endpoint: Endpoint,
        input: impl FnOnce() -> Value,
        since: Duration,
        used: impl Fn(&str) -> u32,
    ) -> Option<&Rule> {
        if self.0.rules.is_empty() {
            return None;
        }
        let input = input();
        let lists = [endpoint.name(), "*"].into_iter().filter_map(|name| self.0.rules.get(name));
        lists.flatten().find(|rule| rule.answers(&input, since, &used))
    }

    /// The rule that disturbs a poll. Its input holds `api_agent_task_id` and, where the task is known, the
    /// `endpoint` that created it.
    pub(crate) fn of_poll(
        &self,
        input: impl FnOnce() -> Value,
        since: Duration,
        used: impl Fn(&str) -> u32,
    ) -> Option<&Rule> {
        let rules = self.0.rules.get(POLLS)?;
        let input = input();
        rules.iter().find(|rule| rule.answers(&input, since, &used))
    }

    /// How long a task of an endpoint takes where no rule says it.
    pub(crate) fn takes(&self, endpoint: Endpoint) -> Option<Takes> {
        let span = self.0.latency.get(endpoint.name()).or_else(|| self.0.latency.get("*"));
        span.copied().map(Takes::All)
    }
}

impl Reader {
    fn plan(&mut self, value: &Value) -> Option<Plan> {
        let map = self.object("", value, &KEYS)?;
        let mut plan = Plan::default();
        match map.get("outx-scenario") {
            Some(version) if version.as_u64() == Some(1) => {}
            Some(version) => {
                let reason = format!("version {} is not known", reader::shown(version));
                self.problem("outx-scenario", reason, "write `outx-scenario: 1`");
            }
            None => self.problem("", "`outx-scenario` is missing", "begin the file with `outx-scenario: 1`"),
        }
        for key in ["name", "description"] {
            if let Some(text) = map.get(key) {
                self.text(key, text, "a text");
            }
        }
        if let Some(seed) = map.get("seed") {
            plan.seed = self.number("seed", seed, 0, u64::MAX);
        }
        if let Some(latency) = map.get("latency") {
            self.latency(latency, &mut plan);
        }
        if let Some(service) = map.get("service") {
            self.service(service, &mut plan);
        }
        for (key, windows) in [("asleep", &mut plan.asleep), ("closed", &mut plan.closed)] {
            let Some(value) = map.get(key) else { continue };
            for (path, one) in one_or_many(key, value) {
                if self.object(&path, one, &["from", "to"]).is_some() {
                    windows.extend(self.window(&path, one, "to"));
                }
            }
        }
        if let Some(teams) = map.get("teams") {
            plan.teams = self.teams(teams);
        }
        if let Some(choices) = map.get("choices") {
            plan.choices = self.choices(choices);
        }
        if let Some(world) = map.get("world") {
            self.world(world, &mut plan.laws);
        }
        Some(plan)
    }

    fn latency(&mut self, value: &Value, plan: &mut Plan) {
        if value.is_string() || value.is_number() {
            plan.latency.extend(self.span("latency", value).map(|span| ("*", span)));
            return;
        }
        let remedy = "write a duration such as 20s or 5s..60s, or one for each endpoint";
        for (name, span) in self.map("latency", value, remedy).into_iter().flatten() {
            let path = inside("latency", name);
            let span = self.span(&path, span);
            match Endpoint::ALL
                .iter()
                .map(|endpoint| endpoint.name())
                .chain(["*"])
                .find(|known| known == name)
            {
                Some(known) => plan.latency.extend(span.map(|span| (known, span))),
                None => self.unknown(&path, "endpoint", name, &names(&["*"])),
            }
        }
    }

    fn service(&mut self, value: &Value, plan: &mut Plan) {
        let remedy = "write a list of rules for each endpoint";
        for (name, rules) in self.map("service", value, remedy).into_iter().flatten() {
            let path = inside("service", name);
            let one = Endpoint::ALL.into_iter().find(|endpoint| endpoint.name() == name);
            let (known, whose) = match (name.as_str(), one) {
                (_, Some(endpoint)) => (endpoint.name(), Whose::One(endpoint)),
                ("*", _) => ("*", Whose::Rest),
                (POLLS, _) => (POLLS, Whose::Polls),
                _ => {
                    self.unknown(&path, "endpoint", name, &names(&["*", POLLS]));
                    continue;
                }
            };
            plan.rules.insert(known, self.rules(&path, rules, whose));
        }
    }
}

fn names(more: &[&'static str]) -> Vec<&'static str> {
    Endpoint::ALL.iter().map(|endpoint| endpoint.name()).chain(more.iter().copied()).collect()
}
