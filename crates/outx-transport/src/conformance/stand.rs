//! What all behaviours do: create, poll, compare.

use super::behaviour::Fail;
use super::subject::{Control, Stage};
use crate::clock::Clock;
use crate::error::TransportError;
use crate::message::{ApiKey, Context, Request, Response};
use outx_model::{Endpoint, FieldSpec, FieldType, Reference, STATUS_PATH};
use serde_json::{Map, Value, json};
use std::fmt::Debug;
use std::time::Duration;

/// How long a behaviour waits for an answer that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stage, and a caller on it.
pub(super) struct Stand(Stage);

impl Stand {
    pub(super) fn new(stage: Stage) -> Self {
        Self(stage)
    }

    pub(super) fn control(&self) -> &dyn Control {
        &*self.0.control
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Sends; the key is that of the first team.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.send_with(request, Some("key-a"), PATIENCE).await
    }

    pub(super) async fn send_with(
        &self,
        request: &Request,
        key: Option<&str>,
        timeout: Duration,
    ) -> Result<Response, TransportError> {
        let key = key.and_then(|key| ApiKey::new(key).ok());
        self.0.transport.send(request, &Context { key, timeout }).await
    }

    /// The answer to a request, which must come.
    pub(super) async fn answer(&self, request: &Request) -> Result<Response, Fail> {
        self.answer_to(request, Some("key-a")).await
    }

    pub(super) async fn answer_to(&self, request: &Request, key: Option<&str>) -> Result<Response, Fail> {
        let answer = self.send_with(request, key, PATIENCE).await;
        answer.map_err(|error| Fail::Broken(format!("no answer to {}: {}", request.path, error.chain())))
    }

    /// A new task's id.
    pub(super) async fn create(&self, endpoint: Endpoint, input: &Value) -> Result<String, Fail> {
        let answer = self.answer(&post(endpoint, input)).await?;
        let id = answer.value()["api_agent_task_id"].as_str().map(str::to_owned);
        id.ok_or_else(|| Fail::Broken(format!("no id of a new task: {} {}", answer.status, answer.value())))
    }

    /// What `data` of a poll holds.
    pub(super) async fn data(&self, id: &str) -> Result<Value, Fail> {
        let answer = self.answer(&poll(id)).await?;
        same("the status of a poll", &answer.status, &200)?;
        Ok(answer.value()["data"].take())
    }

    /// What a task gave that is complete at once.
    pub(super) async fn output(&self, endpoint: Endpoint, input: &Value) -> Result<Value, Fail> {
        let id = self.create(endpoint, input).await?;
        let mut data = self.data(&id).await?;
        same(&format!("the end of {endpoint}"), &data["status"], &json!("completed"))?;
        Ok(data["task_output"].take())
    }

    /// An error of a status, in the service's envelope.
    pub(super) async fn refusal(&self, request: &Request, status: u16) -> Result<String, Fail> {
        self.refusal_to(request, Some("key-a"), status).await
    }

    pub(super) async fn refusal_to(
        &self,
        request: &Request,
        key: Option<&str>,
        status: u16,
    ) -> Result<String, Fail> {
        let answer = self.answer_to(request, key).await?;
        same(&format!("the status of {}", request.path), &answer.status, &status)?;
        let text = answer.value()["error"].as_str().map(str::to_owned);
        text.ok_or_else(|| Fail::Broken(format!("status {status} without `error`: {}", answer.value())))
    }
}

pub(super) fn post(endpoint: Endpoint, input: &Value) -> Request {
    Request::post(endpoint.spec().path, input)
}

pub(super) fn poll(id: &str) -> Request {
    Request::get(STATUS_PATH).with_query("api_agent_task_id", id)
}

/// Fails unless two things are the same.
pub(super) fn same<T: PartialEq + Debug>(what: &str, is: &T, wanted: &T) -> Result<(), Fail> {
    if is == wanted { Ok(()) } else { Err(Fail::Broken(format!("{what} is {is:?}, not {wanted:?}"))) }
}

/// Fails unless something is true.
pub(super) fn holds(is: bool, why: impl FnOnce() -> String) -> Result<(), Fail> {
    if is { Ok(()) } else { Err(Fail::Broken(why())) }
}

/// A good value of a field.
pub(super) fn sample(field: &FieldSpec) -> Value {
    match (field.ty, field.reference) {
        (FieldType::Texts, _) => json!(["urn:li:fsd_profile:ACoAAEXAMPLE"]),
        (FieldType::Integer { .. }, _) => json!(7),
        (_, Reference::ProfileSlug) => json!("ada-example"),
        (_, Reference::CompanySlug) => json!("fjord-labs"),
        (_, Reference::PersonUrn) => json!("urn:li:fsd_profile:ACoAAEXAMPLE"),
        (_, Reference::PostUrn) => json!("urn:li:activity:7000000000000000001"),
        _ => json!("Ada"),
    }
}

/// An input that an endpoint takes: all that is required, or the first of the filters.
pub(super) fn input(endpoint: Endpoint) -> Value {
    let spec = endpoint.spec();
    let mut map = Map::new();
    for (at, field) in spec.fields.iter().enumerate() {
        if field.required || (spec.any_of.is_some() && at == 0) {
            map.insert(field.name.to_owned(), sample(field));
        }
    }
    Value::Object(map)
}
