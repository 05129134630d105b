//! The service: requests in, answers and records out.
//!
//! # The order of the checks
//!
//! Which of several errors the real service tells is not documented; here it is always the first of these.
//! The path (404), the method (405), the key (401: missing, then invalid), the extension (403), the fields
//! (400, the first wrong one), for a write the admin (404), then the limits (429: the general one, then that
//! of invitations). A poll: path, method, key, extension, the name of a task (400), the task (404). The two
//! calls of signing in: path, method, fields (400), the code (401). Of an endpoint that the scenario names and the
//! catalogue has not, any object is taken.

mod admit;
mod create;
mod fold;
mod poll;
mod rules;
mod sign_in;

use crate::answer;
use crate::choices::Texts;
use crate::command::{Command, CommandError};
use crate::config::ServiceConfig;
use crate::fault::{Fault, Injected, Injection, On};
use crate::input::Input;
use crate::limits::Window;
use crate::message::{Request, Response};
use crate::otp::{Mail, Otp};
use crate::record::{Record, RequestRecord, TaskRecord};
use crate::scenario::{Rule, Scenario, ScenarioError};
use crate::team::Team;
use crate::teams::Teams;
use crate::wishes::{Wish, Wishes};
use crate::world::World;
use jiff::Timestamp;
use outx_model::{
    AUTH_SEND_OTP, AUTH_VERIFY_OTP, Call, ContentHash, InputError, Method, STATUS_PATH, TaskId,
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The OutX service. It holds teams, which are known by their keys, and their tasks.
#[derive(Debug)]
pub struct Service {
    config: ServiceConfig,
    teams: Teams,
    start: Option<Timestamp>,
    last: Option<Timestamp>,
    requests: Vec<RequestRecord>,
    tasks: Vec<TaskRecord>,
    by_id: HashMap<u128, usize>,
    wishes: Wishes,
    injected: Injected,
    invitations: Window,
    creates: Window,
    otp: Otp,
    world: World,
    /// Whether ends of tasks have moved since the world was folded.
    has_moved: bool,
    polls: u64,
    /// How often each rule of the scenario was used that answers only so often.
    uses: HashMap<Box<str>, u32>,
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The answer.
    pub response: Response,
    /// What the service remembers of it from now on: nothing for a poll.
    pub records: Vec<Record>,
}

/// What a request came to where something may have gone wrong on the way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) fault: Option<Fault>,
    /// Nothing where the request did not reach the service.
    pub(crate) response: Option<Response>,
    pub(crate) records: Vec<Record>,
}

impl Service {
    /// A service without any tasks.
    pub fn new(config: ServiceConfig) -> Self {
        let config = config.settled();
        Self {
            uses: HashMap::new(),
            teams: Teams::new(&config),
            start: None,
            last: None,
            requests: Vec::new(),
            tasks: Vec::new(),
            by_id: HashMap::new(),
            wishes: Wishes::default(),
            injected: Injected::default(),
            invitations: Window::new(config.choices.invitation_limit),
            creates: Window::new(config.choices.rate_limit),
            otp: Otp::new(config.id_seed, config.choices.code_can_be_used_again),
            world: fold::world(&config),
            has_moved: false,
            polls: 0,
            config,
        }
    }

    /// The service that made these records, as it was after the last of them. Only [`Service::polls`] begins
    /// at 0 again.
    pub fn restore(config: ServiceConfig, records: Vec<Record>) -> Self {
        let mut service = Self::new(config);
        for record in records {
            service.apply(record);
        }
        service
    }

    /// Answers one request, whatever was injected or goes wrong by the scenario. Any request at all may come.
    pub fn step(&mut self, request: &Request, now: Timestamp) -> Step {
        let scenario = self.config.scenario.clone();
        let rule = self.rule(&scenario, request, now);
        self.serve(request, rule, now)
    }

    fn serve(&mut self, request: &Request, rule: Option<&Rule>, now: Timestamp) -> Step {
        self.wake(now);
        let (response, records) = match request.path.as_str() {
            STATUS_PATH => (self.poll(request, now), Vec::new()),
            path if path == AUTH_SEND_OTP.path => self.send_code(request, now),
            path if path == AUTH_VERIFY_OTP.path => self.verify_code(request, now),
            path => match self.config.scenario.endpoint_at(path) {
                None => (answer::error(404, &self.config.choices.texts.unknown_path), Vec::new()),
                Some(endpoint) if request.method != method(endpoint).as_str() => {
                    (self.wrong_method(), Vec::new())
                }
                Some(endpoint) => self.create(endpoint, request, rule, now),
            },
        };
        Step { response, records }
    }

    /// Answers one request, unless what was injected keeps it away.
    pub(crate) fn exchange(&mut self, request: &Request, now: Timestamp) -> Exchange {
        let mut records = Vec::new();
        let mut fault = None;
        if !self.injected.is_empty() {
            let on = On::of(&request.path, &self.config.scenario);
            if let Some(taken) = self.injected.take(on) {
                if taken.kept {
                    let record = Record::Faulted { at: now, on };
                    self.remember(now);
                    records.push(record);
                }
                fault = Some(taken.fault);
            }
        }
        let scenario = self.config.scenario.clone();
        let rule = self.rule(&scenario, request, now);
        if let (None, Some(rule)) = (&fault, rule)
            && rule.fault.is_some()
        {
            fault.clone_from(&rule.fault);
            records.extend(self.use_up(rule, now));
        }
        let is_served = fault.as_ref().is_none_or(Fault::is_served);
        let response = is_served.then(|| {
            let step = self.serve(request, rule, now);
            records.extend(step.records);
            step.response
        });
        Exchange { fault, response, records }
    }

    /// Whether a rule of the scenario says what becomes of a request, so that it is not left to the world. Nothing is
    /// changed. For a test that wants to know of every call that it did not think of.
    pub fn is_scripted(&self, request: &Request, now: Timestamp) -> bool {
        self.rule(&self.config.scenario, request, now).is_some()
    }

    /// The sort of a request by its path: what injections mean it by.
    pub fn sort(&self, path: &str) -> On {
        On::of(path, &self.config.scenario)
    }

    /// Lets the service's times count from a moment, unless they do already.
    pub fn begin(&mut self, now: Timestamp) -> Vec<Record> {
        let seed = Some(self.config.id_seed);
        let record = self.start.is_none().then_some(Record::Start { at: now, seed, scenario: None });
        record.clone().into_iter().for_each(|record| self.apply(record));
        record.into_iter().collect()
    }

    /// Begins with a scenario that is kept with its records, so that a service which is opened again behaves as it did,
    /// whatever it is opened with.
    ///
    /// # Errors
    ///
    /// When it cannot be read, names teams (their keys would be kept), or the service has begun already.
    pub fn begin_with(&mut self, scenario: &Value, now: Timestamp) -> Result<Vec<Record>, ScenarioError> {
        let read = Scenario::read(scenario)?.keepable()?;
        if self.start.is_some() {
            let remedy = "a scenario is given before its first request";
            return Err(ScenarioError::one("", "the service has begun already", remedy));
        }
        let seed = Some(read.seed().unwrap_or(self.config.id_seed));
        let record = Record::Start { at: now, seed, scenario: Some(Input::new(scenario)) };
        self.apply(record.clone());
        Ok(vec![record])
    }

    /// Carries out a tester's command, and says what is to be remembered of it.
    ///
    /// # Errors
    ///
    /// When it names a team, a member or an endpoint that is not there.
    pub fn command(&mut self, command: Command, now: Timestamp) -> Result<Vec<Record>, CommandError> {
        self.teams.check(&command)?;
        let on = match &command {
            Command::Fail { on, .. } | Command::Inject(Injection { on: On::Create(on), .. }) => Some(*on),
            _ => None,
        };
        if let Some(on) = on.filter(|on| !self.config.scenario.has(*on)) {
            return Err(CommandError::UnknownEndpoint(on));
        }
        let record = Record::Command { at: now, command };
        self.apply(record.clone());
        Ok(vec![record])
    }

    /// The request log: every create that was answered, with whatever status.
    pub fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    /// All tasks of all teams, oldest first.
    pub fn tasks(&self) -> &[TaskRecord] {
        &self.tasks
    }

    /// How many polls came, with whatever answer.
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// The teams that are known: those configured, those that signed in, and where any key is accepted those
    /// that have a task.
    pub fn teams(&self) -> &[Team] {
        self.teams.list()
    }

    /// The mails that were sent, newest last.
    pub fn mails(&self) -> &[Mail] {
        self.otp.mails()
    }

    /// Since when the service's times count.
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// The latest moment of its records.
    pub fn last_moment(&self) -> Option<Timestamp> {
        self.last
    }

    /// Lets the next task of an endpoint fail with this reason. Asked several times, so many tasks will fail,
    /// in this order. The wish is not a record (a [`Command::Fail`] is): it is forgotten at a restore, the
    /// failed task is not.
    pub fn fail_next(&mut self, endpoint: impl Into<Call>, reason: impl Into<String>) {
        self.wishes.add(Wish { on: endpoint.into(), reason: reason.into(), times: 1, kept: false });
    }

    /// Gives a team another key, as its dashboard would: its tasks stay its own, and the old key is refused. It is not a
    /// record, as records hold no keys: after a restore the key is again the one that is configured. False where no such
    /// team is configured.
    pub fn rekey(&mut self, team: &str, key: &str) -> bool {
        self.teams.rekey(team, key)
    }

    /// Lets something go wrong with the next requests of a sort. It is not a record (a [`Command::Inject`]
    /// is).
    pub(crate) fn inject(&mut self, injection: Injection) {
        self.injected.add(injection, false);
    }

    /// The answer when a record could not be kept.
    pub(crate) fn store_failed(&self) -> Response {
        answer::error(500, &self.config.choices.texts.internal)
    }

    fn wrong_method(&self) -> Response {
        answer::error(405, &self.config.choices.texts.wrong_method)
    }
}

impl Step {
    /// The id of the task that was created, if one was.
    pub fn task(&self) -> Option<&TaskId> {
        self.records.iter().find_map(|record| match record {
            Record::Task(task) => Some(&task.id),
            _ => None,
        })
    }
}

/// How an endpoint is called. All that make tasks are posts; of one that the catalogue has not it is taken for granted.
fn method(endpoint: Call) -> Method {
    endpoint.spec().map_or(Method::Post, |spec| spec.method)
}

/// Of several problems the first is told.
fn invalid(error: &InputError, texts: &Texts) -> Response {
    let field =
        error.problems.first().filter(|problem| problem.field.is_some() || problem.text != "Invalid body");
    answer::error(400, field.map_or(&texts.invalid_body, |problem| problem.text.as_str()))
}

/// Under what an id is looked up: the number that a UUID is, and of other ids a hash.
fn place(id: &str) -> u128 {
    match uuid::Uuid::try_parse(id) {
        Ok(uuid) => uuid.as_u128(),
        Err(_) => u128::from_be_bytes(ContentHash::of_bytes(id.as_bytes()).bytes()),
    }
}

/// The body as JSON. No body is an empty object, since every field of an endpoint may be optional; what
/// cannot be read is null, which no endpoint accepts.
fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Object(Map::new());
    }
    serde_json::from_slice(bytes).unwrap_or(Value::Null)
}
