//! The service: requests in, answers and records out.
//!
//! # The order of the checks
//!
//! Which of several errors the real service tells is not documented; here it is always the first of these.
//! The path (404), the method (405), the key (401: missing, then invalid), the extension (403), the fields
//! (400, the first wrong one), for a write the admin (404), then the limits (429: the general one, then that
//! of invitations). A poll: path, method, key, extension, the name of a task (400), the task (404). The two
//! calls of signing in: path, method, fields (400), the code (401).

use crate::answer::{self, INVALID_KEY, MISSING_KEY, NO_ADMIN, NO_EXTENSION, NO_TASK_ID, RATE_LIMIT, Stage};
use crate::choices::{ReadWithoutAdmin, Repeat, Statuses, Texts};
use crate::command::{Command, CommandError};
use crate::config::ServiceConfig;
use crate::fault::{Fault, Injected, Injection, On};
use crate::input::Input;
use crate::limits::Window;
use crate::message::{Request, Response};
use crate::otp::{self, Mail, Otp};
use crate::record::{Record, RequestRecord, TaskRecord};
use crate::scenario::{Rule, Scenario};
use crate::task;
use crate::team::Team;
use crate::teams::{Teams, address};
use crate::wishes::{Wish, Wishes};
use crate::world::{Deed, Repeats, World};
use jiff::{SignedDuration, Timestamp};
use outx_model::{
    AUTH_SEND_OTP, AUTH_VERIFY_OTP, AuthSpec, ContentHash, Effect, Endpoint, InputError, Method, STATUS_PATH,
    TaskId, TaskStatus,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

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
            world: world(&config),
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
            path => match Endpoint::from_path(path) {
                None => (answer::error(404, &self.config.choices.texts.unknown_path), Vec::new()),
                Some(endpoint) if request.method != endpoint.spec().method.as_str() => {
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
            let on = On::of(&request.path);
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

    /// Lets the service's times count from a moment, unless they do already.
    pub fn begin(&mut self, now: Timestamp) -> Vec<Record> {
        let record = self.start.is_none().then_some(Record::Start { at: now });
        record.clone().into_iter().for_each(|record| self.apply(record));
        record.into_iter().collect()
    }

    /// Carries out a tester's command, and says what is to be remembered of it.
    ///
    /// # Errors
    ///
    /// When it names a team or a member that is not there.
    pub fn command(&mut self, command: Command, now: Timestamp) -> Result<Vec<Record>, CommandError> {
        self.teams.check(&command)?;
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
    pub fn fail_next(&mut self, endpoint: Endpoint, reason: impl Into<String>) {
        self.wishes.add(Wish { on: endpoint, reason: reason.into(), times: 1, kept: false });
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

    fn apply(&mut self, record: Record) {
        let at = record.at();
        self.remember(at);
        match record {
            Record::Request(request) => {
                if let Some(team) = request.team.as_ref().filter(|_| request.task.is_some()) {
                    self.creates.add(team, at);
                }
                self.requests.push(request);
            }
            Record::Task(task) => {
                let input = task.input.value();
                self.add_task(task, &input);
            }
            Record::Start { .. } => {}
            Record::Ruled { rule, .. } => {
                let uses = self.uses.entry(rule).or_default();
                *uses = uses.saturating_add(1);
            }
            Record::Command { command, .. } => self.obey(at, command),
            Record::Faulted { on, .. } => drop(self.injected.take(on)),
            Record::Code { email, full_name, .. } => self.otp.mail(at, &email, full_name.as_deref()),
            Record::SignIn { email, .. } => {
                self.otp.used(&email);
                if self.team_of(&email).is_none() {
                    let account = self.otp.account(at, &email);
                    let state = self.config.choices.extension_of_new_account;
                    self.teams.add(otp::with_extension(account, state));
                }
            }
        }
    }

    fn remember(&mut self, at: Timestamp) {
        self.last = self.last.max(Some(at));
        if self.start.is_none() {
            self.start = Some(at);
            self.teams.plan(self.start);
        }
    }

    /// Before its first record the service's times count from now.
    fn wake(&mut self, now: Timestamp) {
        if self.start.is_none() {
            self.teams.plan(Some(now));
        }
    }

    fn add_task(&mut self, mut task: TaskRecord, input: &Value) {
        task.team = self.teams.intern(&task.team);
        if task.wished {
            self.wishes.take(task.endpoint);
        }
        if task.endpoint == Endpoint::SendConnectionRequest {
            self.invitations.add(&task.team, task.created_at);
        }
        let number = self.tasks.len();
        let at = self.end(&task);
        self.world.remember(Deed { task: &task, input, number, at });
        self.by_id.insert(place(task.id.as_str()), number);
        self.tasks.push(task);
    }

    /// When a task ends; the greatest moment where that is not known yet.
    fn end(&self, task: &TaskRecord) -> Timestamp {
        let worker = self.teams.by_address(&task.team).and_then(|team| team.worker(task.created_at));
        task::end(task, worker).unwrap_or(Timestamp::MAX)
    }

    /// Folds the world anew: the ends of tasks have moved.
    fn replay(&mut self) {
        self.world = world(&self.config);
        for number in 0..self.tasks.len() {
            let task = &self.tasks[number];
            let deed = Deed { task, input: &task.input.value(), number, at: self.end(task) };
            self.world.remember(deed);
        }
    }

    fn obey(&mut self, at: Timestamp, command: Command) {
        match command {
            Command::Extension { .. } => {
                self.teams.command(at, command);
                self.replay();
            }
            Command::Inject(injection) => self.injected.add(injection, true),
            Command::Fail { on, reason, times } => self.wishes.add(Wish { on, reason, times, kept: true }),
            Command::Reset => {
                let last = self.last;
                *self = Self { polls: self.polls, ..Self::new(self.config.clone()) };
                self.remember(at);
                self.last = last;
            }
        }
    }

    fn poll(&mut self, request: &Request, now: Timestamp) -> Response {
        if request.method != Method::Get.as_str() {
            return self.wrong_method();
        }
        self.polls = self.polls.saturating_add(1);
        let choices = &self.config.choices;
        let team = match admit(&mut self.teams, choices.sharing_is_exempt, request, now) {
            Ok(team) => team,
            Err(refusal) => return refusal,
        };
        let Some(id) = request.parameter("api_agent_task_id").filter(|id| !id.trim().is_empty()) else {
            return answer::error(400, NO_TASK_ID);
        };
        let found = self.by_id.get(&place(id)).and_then(|at| Some((*at, self.tasks.get(*at)?)));
        let is_seen = |task: &TaskRecord| task.id.as_str() == id && task.team == *team.address();
        let Some((number, task)) = found.filter(|(_, task)| is_seen(task)) else {
            return answer::error(404, answer::UNKNOWN_TASK);
        };
        let stage = match task::stage(task, team.worker(task.created_at), now) {
            Stage::Running(_) if choices.statuses == Statuses::WithoutProcessing => {
                Stage::Running(TaskStatus::Pending)
            }
            stage => stage,
        };
        answer::status(&self.world, task, number, &stage, choices)
    }

    /// The scenario's rule for a request.
    fn rule<'s>(&self, scenario: &'s Scenario, request: &Request, now: Timestamp) -> Option<&'s Rule> {
        let since = self.start.map_or(SignedDuration::ZERO, |start| now.duration_since(start));
        let since = Duration::try_from(since).unwrap_or_default();
        let used = |rule: &str| self.uses.get(rule).copied().unwrap_or_default();
        if request.path == STATUS_PATH {
            let id = request.parameter("api_agent_task_id").unwrap_or_default();
            let task = || self.tasks.get(*self.by_id.get(&place(id))?);
            let endpoint = || task().map(|task| task.endpoint.name());
            let input = || json!({ "api_agent_task_id": id, "endpoint": endpoint() });
            return scenario.of_poll(input, since, used);
        }
        let endpoint = Endpoint::from_path(&request.path)?;
        scenario.of_create(endpoint, || body(&request.body), since, used)
    }

    /// Counts one use of a rule that answers only so often.
    fn use_up(&mut self, rule: &Rule, now: Timestamp) -> Option<Record> {
        let record = rule.times.map(|_| Record::Ruled { at: now, rule: rule.id.as_str().into() });
        record.clone().into_iter().for_each(|record| self.apply(record));
        record
    }

    fn create(
        &mut self,
        endpoint: Endpoint,
        request: &Request,
        rule: Option<&Rule>,
        now: Timestamp,
    ) -> (Response, Vec<Record>) {
        let body = body(&request.body);
        let (response, task, taken, input) = match self.accept(endpoint, request, &body, now) {
            Err(refusal) => (refusal, None, Value::Null, Input::new(&body)),
            Ok((team, input)) => {
                let taken = task::with_defaults(endpoint, input);
                let kept = Input::new(&taken);
                // Mostly both are the same, and held once.
                let log = if taken == body { kept.clone() } else { Input::new(&body) };
                let task = self.new_task(team, endpoint, kept, rule, now);
                let status = self.config.choices.create_status;
                (answer::created(status, endpoint.spec(), &task.id), Some(task), taken, log)
            }
        };
        let team = match &task {
            Some(task) => Some(Arc::clone(&task.team)),
            None => present_key(request).map(address),
        };
        let id = task.as_ref().map(|task| task.id.clone());
        let log = RequestRecord { at: now, team, endpoint, input, status: response.status, task: id };
        // A rule with a fault was used up on the way.
        let used = rule.filter(|rule| task.is_some() && rule.fault.is_none());
        let used = used.and_then(|rule| self.use_up(rule, now));
        let mut records = Vec::with_capacity(3);
        self.apply(Record::Request(log.clone()));
        records.push(Record::Request(log));
        if let Some(task) = task {
            // As `apply` would, but its input need not be read again.
            self.add_task(task.clone(), &taken);
            records.push(Record::Task(task));
        }
        records.extend(used);
        (response, records)
    }

    /// The team and the input of a create, or why it makes no task.
    fn accept(
        &mut self,
        endpoint: Endpoint,
        request: &Request,
        body: &Value,
        now: Timestamp,
    ) -> Result<(Arc<str>, Value), Response> {
        let choices = &self.config.choices;
        let team = admit(&mut self.teams, choices.sharing_is_exempt, request, now)?;
        let checked = endpoint.spec().validate(body, choices.over_max);
        let input = checked.map_err(|error| invalid(&error, &choices.texts))?;
        let needs_admin =
            endpoint.effect() == Effect::Write || choices.read_without_admin == ReadWithoutAdmin::Refused;
        if needs_admin && team.acting(now).is_none() {
            return Err(answer::error(404, NO_ADMIN));
        }
        if let Some(wait) = self.creates.wait(team.address(), now) {
            return Err(too_many(RATE_LIMIT, choices.rate_retry_after.then_some(wait)));
        }
        if endpoint == Endpoint::SendConnectionRequest
            && let Some(wait) = self.invitations.wait(team.address(), now)
        {
            let wait = choices.invitation_retry_after.then_some(wait);
            return Err(too_many(&choices.texts.invitation_limit, wait));
        }
        Ok((Arc::clone(team.address()), input))
    }

    fn new_task(
        &mut self,
        team: Arc<str>,
        endpoint: Endpoint,
        input: Input,
        rule: Option<&Rule>,
        now: Timestamp,
    ) -> TaskRecord {
        let takes = rule.and_then(|rule| rule.takes).or_else(|| self.config.scenario.takes(endpoint));

        // A log may have lost a task between two others, so the next number is not always free.
        let mut sequence = self.tasks.len() as u64;
        let mut task = task::create(&self.config, takes, sequence, team, endpoint, input, now);
        while self.by_id.contains_key(&place(task.id.as_str())) {
            sequence += 1;
            task = task::create(&self.config, takes, sequence, task.team, endpoint, task.input, now);
        }
        if let Some(rule) = rule {
            task.script.clone_from(&rule.script);
            task.failure.clone_from(&rule.failure);
        }
        if let Some(wish) = self.wishes.next(endpoint) {
            task.failure = Some(wish.reason.clone());
            task.wished = wish.kept;
            if !wish.kept {
                self.wishes.take(endpoint);
            }
        }
        task
    }

    fn send_code(&mut self, request: &Request, now: Timestamp) -> (Response, Vec<Record>) {
        let input = match self.sign_in_input(&AUTH_SEND_OTP, request) {
            Ok(input) => input,
            Err(refusal) => return (refusal, Vec::new()),
        };
        let email = text(&input, "email");
        let full_name = input.get("full_name").and_then(Value::as_str).map(Box::from);
        let response = Response::json(200, &json!({ "success": true, "email": email }));
        let record = Record::Code { at: now, email: email.trim().into(), full_name };
        self.apply(record.clone());
        (response, vec![record])
    }

    fn verify_code(&mut self, request: &Request, now: Timestamp) -> (Response, Vec<Record>) {
        let input = match self.sign_in_input(&AUTH_VERIFY_OTP, request) {
            Ok(input) => input,
            Err(refusal) => return (refusal, Vec::new()),
        };
        let email = text(&input, "email").trim();
        if !self.otp.is_right(email, text(&input, "otp").trim(), now) {
            return (answer::error(401, otp::WRONG_CODE), Vec::new());
        }
        let record = Record::SignIn { at: now, email: email.into() };
        self.apply(record.clone());
        // The answer tells of the account that the record may have made.
        let team = self.team_of(email);
        let body = team.map_or(Value::Null, |team| self.otp.signed_in(team, email));
        (Response::json(200, &body), vec![record])
    }

    fn sign_in_input(&self, spec: &AuthSpec, request: &Request) -> Result<Value, Response> {
        if request.method != spec.method.as_str() {
            return Err(self.wrong_method());
        }
        spec.validate(&body(&request.body)).map_err(|error| invalid(&error, &self.config.choices.texts))
    }

    fn team_of(&self, email: &str) -> Option<&Team> {
        self.teams.list().iter().find(|team| team.members().iter().any(|member| otp::is_of(member, email)))
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

fn world(config: &ServiceConfig) -> World {
    let failure = |repeat: &Repeat| repeat.failure().map(Box::from);
    let choices = &config.choices;
    let repeats = Repeats {
        like: failure(&choices.second_like),
        comment: failure(&choices.second_comment),
        invitation: failure(&choices.second_invitation),
        connected: failure(&choices.already_connected),
    };
    World::new(config.world_seed, config.scenario.laws().clone(), repeats)
}

/// Whose the key is, if the team may call at all.
fn admit<'a>(
    teams: &'a mut Teams,
    sharing_is_exempt: bool,
    request: &Request,
    now: Timestamp,
) -> Result<&'a Team, Response> {
    let key = present_key(request).ok_or_else(|| answer::error(401, MISSING_KEY))?;
    let team = teams.of_key(key).ok_or_else(|| answer::error(401, INVALID_KEY))?;
    let is_exempt = sharing_is_exempt && team.shares_data();
    if is_exempt || team.is_awake(now) { Ok(team) } else { Err(answer::error(403, NO_EXTENSION)) }
}

/// Of several problems the first is told.
fn invalid(error: &InputError, texts: &Texts) -> Response {
    let field =
        error.problems.first().filter(|problem| problem.field.is_some() || problem.text != "Invalid body");
    answer::error(400, field.map_or(&texts.invalid_body, |problem| problem.text.as_str()))
}

fn too_many(text: &str, wait: Option<SignedDuration>) -> Response {
    let response = answer::error(429, text);
    match wait {
        None => response,
        // Whole seconds; a part of one counts as one.
        Some(wait) => {
            let part = i64::from(wait.subsec_nanos() > 0);
            response.with_header("retry-after", wait.as_secs().saturating_add(part).to_string())
        }
    }
}

fn present_key(request: &Request) -> Option<&str> {
    request.key.as_deref().filter(|key| !key.trim().is_empty())
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
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
