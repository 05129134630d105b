//! A back end written from nothing, held to the suite that all back ends are held to.
//!
//! It is a small OutX in memory: two teams, ten endpoints, tasks that are done at once. What it does not offer
//! it says, and the matrix shows it.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use async_trait::async_trait;
use outx_model::{Endpoint, Method, OverMax, STATUS_PATH, words};
use outx_transport::conformance::{Control, Stage, Subject, Unsupported, Wish, run};
use outx_transport::{Context, Request, Response, SystemClock, Transport, TransportError};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The back end: what every create left, in its order. A task's id is its place.
#[derive(Default)]
struct Small {
    keys: Vec<&'static str>,
    tasks: Mutex<Vec<Task>>,
}

struct Task {
    team: String,
    endpoint: Endpoint,
    input: Value,
}

impl Small {
    fn tasks(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request, key: Option<&str>) -> Result<Value, (u16, String)> {
        let refuse = |status, text: &str| Err((status, text.to_owned()));
        let endpoint = Endpoint::from_path(&request.path);
        let method = match endpoint {
            Some(_) => Method::Post,
            None if request.path == STATUS_PATH => Method::Get,
            None => return refuse(404, "Not found"),
        };
        if request.method != method {
            return refuse(405, words::WRONG_METHOD);
        }
        let team = match key {
            None => return refuse(401, words::MISSING_KEY),
            Some(key) if !self.keys.contains(&key) => return refuse(401, words::INVALID_KEY),
            Some(key) => key.to_owned(),
        };
        match endpoint {
            Some(endpoint) => self.create(endpoint, request, team),
            None => self.poll(request, &team),
        }
    }

    fn create(&self, endpoint: Endpoint, request: &Request, team: String) -> Result<Value, (u16, String)> {
        let body = serde_json::from_slice(request.body.as_deref().unwrap_or(b"{}")).unwrap_or(Value::Null);
        let input = endpoint.spec().validate(&body, OverMax::Refuse).map_err(|error| {
            let first = error.problems.first().map(|problem| problem.text.clone());
            (400, first.unwrap_or_default())
        })?;
        let mut tasks = self.tasks();
        tasks.push(Task { team, endpoint, input });
        let id = tasks.len().to_string();
        Ok(json!({ "success": true, "api_agent_task_id": id, "message": endpoint.spec().created }))
    }

    fn poll(&self, request: &Request, team: &str) -> Result<Value, (u16, String)> {
        let id =
            request.query.iter().find(|(name, _)| name == "api_agent_task_id").map(|(_, id)| id.as_str());
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Err((400, words::NO_TASK_ID.to_owned()));
        };
        let tasks = self.tasks();
        let at = id.parse::<usize>().ok().filter(|at| at.to_string() == id);
        let task = at.and_then(|at| tasks.get(at.checked_sub(1)?)).filter(|task| task.team == team);
        let Some(task) = task else { return Err((404, words::UNKNOWN_TASK.to_owned())) };
        let mut input = task.input.clone();
        input["task_type"] = task.endpoint.spec().task_type.into();
        let data = json!({ "id": id, "status": "completed", "task_input": input, "task_output": output(task.endpoint) });
        Ok(json!({ "success": true, "data": data }))
    }
}

/// As little as each endpoint's view can read.
fn output(endpoint: Endpoint) -> Value {
    match endpoint {
        Endpoint::FetchProfile => json!({ "profile": { "full_name": "Ada Example" } }),
        Endpoint::FetchCompany => json!({ "company": { "name": "Fjord Labs" } }),
        Endpoint::FetchProfilesPosts | Endpoint::FetchCompanyPosts => {
            json!({ "posts": [{ "text": "Hello" }] })
        }
        Endpoint::FetchConnections => json!({ "total": 1, "connections": [{ "name": "Bo Sample" }] }),
        Endpoint::SearchProfiles => json!({ "profiles": [{ "name": "Ada Example" }] }),
        _ => json!({ "sent": true }),
    }
}

#[async_trait]
impl Transport for Small {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let key = context.key.as_ref().map(outx_transport::ApiKey::expose);
        Ok(match self.answer(request, key) {
            Ok(body) => Response::json(200, &body),
            Err((status, text)) => Response::json(status, &json!({ "error": text })),
        })
    }
}

/// It can be looked into, and nothing else can be done to it.
#[async_trait]
impl Control for Small {
    async fn creates(&self) -> Result<usize, Unsupported> {
        Ok(self.tasks().len())
    }
}

pub(crate) struct FromNothing;

#[async_trait]
impl Subject for FromNothing {
    fn name(&self) -> &'static str {
        "own"
    }

    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported> {
        for (wished, what) in [
            (!wish.latency.is_zero(), "a task that takes time"),
            (wish.invitations.is_some(), "a limit of invitations"),
            (wish.world, "a world behind the answers"),
            (wish.signing_in, "signing in"),
            (wish.teams.iter().any(|team| !team.has_admin), "a team without an admin"),
        ] {
            if wished {
                return Err(Unsupported(what));
            }
        }
        let keys = wish.teams.iter().map(|team| team.key).collect();
        let small = Arc::new(Small { keys, ..Small::default() });
        Ok(Stage { transport: small.clone(), clock: Arc::new(SystemClock), control: small })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let matrix = runtime.block_on(run(&[&FromNothing]));
    println!("{matrix}");
    Ok(matrix.check()?)
}
