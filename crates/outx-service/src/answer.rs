//! The service's answers, in its own words.

use crate::message::Response;
use crate::record::TaskRecord;
use crate::task;
use crate::world::{Deed, World};
use jiff::Timestamp;
use outx_model::{EndpointSpec, TaskId, TaskStatus};
use serde_json::{Map, Value, json};

/// The key is not there.
pub(crate) const MISSING_KEY: &str = "Missing API Key";
/// The key is not the one.
pub(crate) const INVALID_KEY: &str = "Invalid API Key";
/// A poll that names no task.
pub(crate) const NO_TASK_ID: &str = "Missing or invalid 'api_agent_task_id'";
/// A poll for a task that does not exist, or is another team's.
pub(crate) const UNKNOWN_TASK: &str = "Agent task not found";
/// A path that is none of the API's. The real text is unknown.
pub(crate) const UNKNOWN_PATH: &str = "Not found";
/// A known path with another method. The real text is unknown.
pub(crate) const WRONG_METHOD: &str = "Method not allowed";
/// The state could not be kept. The real text is unknown.
pub(crate) const STORE_FAILED: &str = "Internal server error";

/// The documented envelope of all errors.
pub(crate) fn error(status: u16, text: &str) -> Response {
    Response::json(status, &json!({ "error": text }))
}

/// A task was created.
pub(crate) fn created(spec: &EndpointSpec, id: &TaskId) -> Response {
    let body = json!({ "success": true, "api_agent_task_id": id.as_str(), "message": spec.created });
    Response::json(200, &body)
}

/// A task as it stands at a moment.
pub(crate) fn status(world: &World, deed: Deed<'_>, now: Timestamp) -> Response {
    let task = deed.task;
    let failure = task.failure.as_deref().or_else(|| world.failure(deed));
    let status = task::status(task, failure.is_some(), now);
    let output = match (&status, failure) {
        (TaskStatus::Completed, _) => world.output(deed),
        // The shape of a failed task's output is not documented.
        (TaskStatus::Failed, Some(reason)) => json!({ "error": reason }),
        _ => Value::Null,
    };
    let data = json!({
        "id": task.id.as_str(),
        "status": status.as_str(),
        "task_input": echo(task),
        "task_output": output,
    });
    Response::json(200, &json!({ "success": true, "data": data }))
}

/// The input as it is echoed: with the task's type, which the caller cannot set.
fn echo(task: &TaskRecord) -> Value {
    let mut echo = Map::new();
    echo.insert("task_type".to_owned(), Value::from(task.endpoint.spec().task_type));
    if let Value::Object(input) = &task.input {
        for (key, value) in input.iter().filter(|(key, _)| *key != "task_type") {
            echo.insert(key.clone(), value.clone());
        }
    }
    Value::Object(echo)
}
