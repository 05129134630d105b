//! The service: requests in, answers and records out.

use crate::config::ServiceConfig;
use crate::message::{Request, Response};
use crate::record::{Record, RequestRecord, TaskRecord};
use crate::world::{Deed, Laws, Repeats, World};
use crate::{answer, task};
use jiff::Timestamp;
use outx_model::{ContentHash, Endpoint, Method, STATUS_PATH, TaskId};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The OutX service. It holds teams, which are known by their keys, and their tasks.
#[derive(Debug)]
pub struct Service {
    config: ServiceConfig,
    requests: Vec<RequestRecord>,
    tasks: Vec<TaskRecord>,
    by_id: HashMap<Box<str>, usize>,
    failures: Vec<(Endpoint, String)>,
    polls: u64,
    world: World,
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The answer.
    pub response: Response,
    /// What the service remembers of it from now on: nothing for a poll.
    pub records: Vec<Record>,
}

impl Service {
    /// A service without any tasks.
    pub fn new(config: ServiceConfig) -> Self {
        Self {
            world: World::new(config.world_seed, Laws::default(), Repeats::default()),
            config,
            requests: Vec::new(),
            tasks: Vec::new(),
            by_id: HashMap::new(),
            failures: Vec::new(),
            polls: 0,
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

    /// Answers one request. Any request at all may come.
    pub fn step(&mut self, request: &Request, now: Timestamp) -> Step {
        if request.path == STATUS_PATH {
            return Step { response: self.poll(request, now), records: Vec::new() };
        }
        let Some(endpoint) = Endpoint::from_path(&request.path) else {
            return Step { response: answer::error(404, answer::UNKNOWN_PATH), records: Vec::new() };
        };
        if request.method != endpoint.spec().method.as_str() {
            return Step { response: answer::error(405, answer::WRONG_METHOD), records: Vec::new() };
        }
        let (response, records) = self.create(endpoint, request, now);
        for record in &records {
            self.apply(record.clone());
        }
        Step { response, records }
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

    /// Lets the next task of an endpoint fail with this reason. Asked several times, so many tasks will fail,
    /// in this order. The wish is not a record: it is forgotten at a restore, the failed task is not.
    pub fn fail_next(&mut self, endpoint: Endpoint, reason: impl Into<String>) {
        self.failures.push((endpoint, reason.into()));
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Request(request) => self.requests.push(request),
            Record::Task(task) => {
                let number = self.tasks.len();
                self.world.remember(Deed { task: &task, number, at: task.ends_at });
                self.by_id.insert(task.id.as_str().into(), number);
                self.tasks.push(task);
            }
        }
    }

    fn poll(&mut self, request: &Request, now: Timestamp) -> Response {
        if request.method != Method::Get.as_str() {
            return answer::error(405, answer::WRONG_METHOD);
        }
        self.polls = self.polls.saturating_add(1);
        let team = match self.team(request) {
            Ok(team) => team,
            Err(text) => return answer::error(401, text),
        };
        let Some(id) = request.parameter("api_agent_task_id").filter(|id| !id.trim().is_empty()) else {
            return answer::error(400, answer::NO_TASK_ID);
        };
        let found = self.by_id.get(id).and_then(|at| Some((*at, self.tasks.get(*at)?)));
        match found.filter(|(_, task)| task.team == team) {
            Some((number, task)) => answer::status(&self.world, Deed { task, number, at: task.ends_at }, now),
            None => answer::error(404, answer::UNKNOWN_TASK),
        }
    }

    fn create(&mut self, endpoint: Endpoint, request: &Request, now: Timestamp) -> (Response, Vec<Record>) {
        let body = body(&request.body);
        let mut task = None;
        let response = match (self.team(request), endpoint.spec().prepare(&body)) {
            (Err(text), _) => answer::error(401, text),
            (Ok(_), Err(error)) => {
                let first = error.problems.first().map_or("Invalid body", |problem| problem.text.as_str());
                answer::error(400, first)
            }
            (Ok(team), Ok(input)) => {
                let made = self.new_task(&team, endpoint, input, now);
                let response = answer::created(endpoint.spec(), &made.id);
                task = Some(made);
                response
            }
        };
        let log = RequestRecord {
            at: now,
            team: present_key(request).map(address),
            endpoint,
            input: body,
            status: response.status,
            task: task.as_ref().map(|task| task.id.clone()),
        };
        let records = std::iter::once(Record::Request(log)).chain(task.map(Record::Task)).collect();
        (response, records)
    }

    fn new_task(&mut self, team: &str, endpoint: Endpoint, input: Value, now: Timestamp) -> TaskRecord {
        // A log may have lost a task between two others, so the next number is not always free.
        let mut sequence = self.tasks.len() as u64;
        let mut task = task::create(&self.config, sequence, team, endpoint, input, now);
        while self.by_id.contains_key(task.id.as_str()) {
            sequence += 1;
            task = task::create(&self.config, sequence, team, endpoint, task.input, now);
        }
        if let Some(at) = self.failures.iter().position(|(of, _)| *of == endpoint) {
            task.failure = Some(self.failures.remove(at).1);
        }
        task
    }

    /// The team's address, or what is wrong with the key.
    fn team(&self, request: &Request) -> Result<String, &'static str> {
        let key = present_key(request).ok_or(answer::MISSING_KEY)?;
        match &self.config.key {
            Some(known) if known != key => Err(answer::INVALID_KEY),
            _ => Ok(address(key)),
        }
    }
}

impl Step {
    /// The id of the task that was created, if one was.
    pub fn task(&self) -> Option<&TaskId> {
        self.records.iter().find_map(|record| match record {
            Record::Task(task) => Some(&task.id),
            Record::Request(_) => None,
        })
    }
}

fn present_key(request: &Request) -> Option<&str> {
    request.key.as_deref().filter(|key| !key.trim().is_empty())
}

/// A team is known by the hash of its key, so that no record holds the key itself.
fn address(key: &str) -> String {
    ContentHash::of_bytes(key.as_bytes()).to_string()
}

/// The body as JSON. No body is an empty object, since every field of an endpoint may be optional; what
/// cannot be read is null, which no endpoint accepts.
fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Object(Map::new());
    }
    serde_json::from_slice(bytes).unwrap_or(Value::Null)
}
