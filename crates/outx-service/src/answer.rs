//! The service's answers, in its own words, written straight into bytes.

use crate::choices::{Choices, FailedOutput};
use crate::message::Response;
use crate::record::TaskRecord;
use crate::scenario::{Script, sample};
use crate::shape;
use crate::world::{Deed, World};
use jiff::Timestamp;
use outx_model::{Call, TaskId, TaskStatus};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

pub(crate) use outx_model::words::{
    INVALID_KEY, MISSING_KEY, NO_ADMIN, NO_EXTENSION, NO_TASK_ID, RATE_LIMIT, UNKNOWN_TASK,
};

/// The documented envelope of all errors.
pub(crate) fn error(status: u16, text: &str) -> Response {
    Response::json(status, &json!({ "error": text }))
}

/// A task was created.
pub(crate) fn created(status: u16, endpoint: Call, id: &TaskId) -> Response {
    let mut body = String::with_capacity(160);
    body.push_str(r#"{"success":true,"api_agent_task_id":"#);
    quote(&mut body, id.as_str());
    body.push_str(r#","message":"#);
    quote(&mut body, endpoint.spec().map_or("Task created successfully", |spec| spec.created));
    body.push('}');
    Response::json_text(status, body)
}

/// How far a task has come.
#[derive(Debug)]
pub(crate) enum Stage {
    /// It has not ended: its status.
    Running(TaskStatus),
    /// Its end has come, at this moment.
    Ended(Timestamp),
}

/// A task at its stage.
pub(crate) fn status(
    world: &World,
    task: &TaskRecord,
    number: usize,
    stage: &Stage,
    choices: &Choices,
) -> Response {
    let mut body = String::with_capacity(224 + task.input.as_str().len());
    body.push_str(r#"{"success":true,"data":{"id":"#);
    quote(&mut body, task.id.as_str());
    let end = |body: &mut String, status: &TaskStatus| {
        body.push_str(r#","status":"#);
        quote(body, status.as_str());
        body.push_str(r#","task_input":"#);
        echo(body, task);
        body.push_str(r#","task_output":"#);
    };
    match stage {
        Stage::Running(status) => {
            end(&mut body, status);
            body.push_str("null");
        }
        Stage::Ended(at) => {
            let input = task.input.value();
            let deed = Deed { task, input: &input, number, at: *at };
            // What a scenario lays down is not judged by the world.
            let by_world = || if task.script.is_none() { world.failure(deed) } else { None };
            let failure = task.failure.as_deref().or_else(by_world);
            let status = if failure.is_some() { TaskStatus::Failed } else { TaskStatus::Completed };
            end(&mut body, &status);
            match (&task.script, failure) {
                (Some(Script::Output(output)), _) => body.push_str(&output.to_string()),
                (_, Some(reason)) => failed(&mut body, reason, choices.failed_output),
                (Some(Script::FromSchema), None) => {
                    body.push_str(&sample(task.endpoint, &input, task.created_at).to_string());
                }
                (None, None) => {
                    let output = shape::output(world.output(deed), task.endpoint, choices);
                    body.push_str(&output.to_string());
                }
            }
        }
    }
    body.push_str("}}");
    Response::json_text(200, body)
}

fn failed(body: &mut String, reason: &str, shape: FailedOutput) {
    match shape {
        FailedOutput::Null => body.push_str("null"),
        FailedOutput::Text => quote(body, reason),
        FailedOutput::Error => {
            body.push_str(r#"{"error":"#);
            quote(body, reason);
            body.push('}');
        }
    }
}

/// The input as it is echoed: with the task's type, which the caller cannot set.
fn echo(body: &mut String, task: &TaskRecord) {
    const KEY: &str = r#""task_type":"#;
    let task_type = match task.endpoint.spec() {
        Some(spec) => Cow::from(spec.task_type),
        None => Cow::from(format!("agent_{}", task.endpoint.name().replace('-', "_"))),
    };
    let text = task.input.as_str();
    if text.contains(KEY) {
        let mut echo = Map::from_iter([("task_type".to_owned(), Value::from(&*task_type))]);
        if let Value::Object(input) = task.input.value() {
            echo.extend(input.into_iter().filter(|(key, _)| key != "task_type"));
        }
        body.push_str(&Value::Object(echo).to_string());
        return;
    }
    body.push('{');
    body.push_str(KEY);
    quote(body, &task_type);
    match text.strip_prefix('{') {
        Some(rest) if rest != "}" => {
            body.push(',');
            body.push_str(rest);
        }
        _ => body.push('}'),
    }
}

/// A text as JSON.
fn quote(body: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        body.push('"');
        body.push_str(text);
        body.push('"');
    } else {
        body.push_str(&Value::from(text).to_string());
    }
}
