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
use outx_model::{Call, Effect, Endpoint};
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
///
/// # Endpoints that the catalogue has not
///
/// Under `service` and `latency`, `read:fetch-something` or `write:do-something` names an endpoint that OutX may add later,
/// with its effect. From then on it is there: it takes any object, and where no rule says what it gives, its output is
/// empty, because the world knows nothing of it. One that no scenario names is an unknown path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario(Arc<Plan>);

#[derive(Debug, PartialEq, Eq, Default)]
struct Plan {
    seed: Option<u64>,
    /// By endpoint; under nothing, for all others.
    latency: BTreeMap<Option<Call>, Span>,
    rules: BTreeMap<Whose, Vec<Rule>>,
    /// The endpoints that it names and the catalogue has not.
    others: Vec<Call>,
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

    /// The same, if a service may keep it with its records.
    ///
    /// # Errors
    ///
    /// When it names teams: their keys would be kept.
    pub fn keepable(self) -> Result<Self, ScenarioError> {
        if self.0.teams.is_empty() {
            return Ok(self);
        }
        let remedy = "leave `teams` out: whoever asks is a team of its own";
        Err(ScenarioError::one("teams", "the keys of teams are not kept", remedy))
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

    /// The endpoint behind a path: one of the catalogue, or one that the scenario names.
    pub(crate) fn endpoint_at(&self, path: &str) -> Option<Call> {
        let named = || self.0.others.iter().copied().find(|other| other.path().as_deref() == Some(path));
        Endpoint::from_path(path).map(Call::from).or_else(named)
    }

    /// Whether there is an endpoint.
    pub(crate) fn has(&self, endpoint: Call) -> bool {
        endpoint.endpoint().is_some() || self.0.others.contains(&endpoint)
    }

    /// The rule that answers the create of a task.
    pub(crate) fn of_create(
        &self,
        endpoint: Call,
        input: impl FnOnce() -> Value,
        since: Duration,
        used: impl Fn(&str) -> u32,
    ) -> Option<&Rule> {
        if self.0.rules.is_empty() {
            return None;
        }
        let input = input();
        let lists =
            [Whose::One(endpoint), Whose::Rest].into_iter().filter_map(|whose| self.0.rules.get(&whose));
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
        let rules = self.0.rules.get(&Whose::Polls)?;
        let input = input();
        rules.iter().find(|rule| rule.answers(&input, since, &used))
    }

    /// How long a task of an endpoint takes where no rule says it.
    pub(crate) fn takes(&self, endpoint: Call) -> Option<Takes> {
        let span = self.0.latency.get(&Some(endpoint)).or_else(|| self.0.latency.get(&None));
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
            plan.latency.extend(self.span("latency", value).map(|span| (None, span)));
            return;
        }
        let remedy = "write a duration such as 20s or 5s..60s, or one for each endpoint";
        for (name, span) in self.map("latency", value, remedy).into_iter().flatten() {
            let path = inside("latency", name);
            let span = self.span(&path, span);
            let whose = match name.as_str() {
                "*" => None,
                _ => match self.endpoint_named(&path, name, &["*"], plan) {
                    Some(endpoint) => Some(endpoint),
                    None => continue,
                },
            };
            plan.latency.extend(span.map(|span| (whose, span)));
        }
    }

    fn service(&mut self, value: &Value, plan: &mut Plan) {
        let remedy = "write a list of rules for each endpoint";
        for (name, rules) in self.map("service", value, remedy).into_iter().flatten() {
            let path = inside("service", name);
            let whose = match name.as_str() {
                "*" => Whose::Rest,
                POLLS => Whose::Polls,
                _ => match self.endpoint_named(&path, name, &["*", POLLS], plan) {
                    Some(endpoint) => Whose::One(endpoint),
                    None => continue,
                },
            };
            let rules = self.rules(&path, rules, whose);
            plan.rules.insert(whose, rules);
        }
    }

    /// The endpoint that a key names: one of the catalogue, or with its effect before it (`read:fetch-something`) one that
    /// the catalogue has not.
    fn endpoint_named(
        &mut self,
        path: &str,
        name: &str,
        more: &[&'static str],
        plan: &mut Plan,
    ) -> Option<Call> {
        let endpoint = match name.parse() {
            Ok(Call::Kind(_)) | Err(_) => {
                self.unknown_endpoint(path, name, more);
                return None;
            }
            Ok(Call::Known(endpoint)) => return Some(endpoint.into()),
            Ok(other @ Call::Other(..)) => other,
        };
        let known = Call::endpoint_named(endpoint.name(), endpoint.effect()).ok();
        if known != Some(endpoint) {
            let reason = format!("`{}` is no endpoint that can be added", endpoint.name());
            let remedy = match known {
                Some(_) => format!("the catalogue has it: write `{}`", endpoint.name()),
                None => "take the name of an endpoint that makes tasks".to_owned(),
            };
            self.problem(path, reason, remedy);
            return None;
        }
        if plan.others.iter().any(|other| other.name() == endpoint.name() && *other != endpoint) {
            let reason = format!("`{}` is both a read and a write", endpoint.name());
            self.problem(path, reason, "an endpoint has one effect: keep one of the two");
            return None;
        }
        if !plan.others.contains(&endpoint) {
            plan.others.push(endpoint);
        }
        Some(endpoint)
    }

    /// A name that no endpoint has, or one of the other words.
    fn unknown_endpoint(&mut self, path: &str, name: &str, more: &[&'static str]) {
        let is_usable = Call::endpoint_named(name, Effect::Read).is_ok();
        match reader::nearest(name, &names(more)) {
            None if is_usable => {
                let remedy =
                    format!("write `read:{name}` or `write:{name}` for one that the catalogue has not");
                self.problem(path, format!("`{name}` is no known endpoint"), remedy);
            }
            _ => self.unknown(path, "endpoint", name, &names(more)),
        }
    }
}

fn names(more: &[&'static str]) -> Vec<&'static str> {
    Endpoint::ALL.iter().map(|endpoint| endpoint.name()).chain(more.iter().copied()).collect()
}
