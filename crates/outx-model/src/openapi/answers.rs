//! The answers, and their schemas.

use super::{reference, type_name};
use crate::auth::{AUTH_SEND_OTP, AuthSpec};
use crate::catalogue::{CATALOGUE, EndpointSpec};
use crate::words;
use serde_json::{Map, Value, json};

/// An invented id.
pub(super) const TASK_ID: &str = "0b9d6d52-1111-4222-8333-444455556666";

/// Answers that many calls give alike.
pub(super) fn shared() -> Map<String, Value> {
    let mut out = Map::new();
    let mut add = |name: &str, text: &str, words: &[&str]| {
        out.insert(name.to_owned(), refusal(text, words));
    };
    add("BadKey", "The key is missing, or unknown.", &[words::MISSING_KEY, words::INVALID_KEY]);
    let text = "No member's browser extension was active within 48 hours. Tasks that exist go on existing.";
    add("ExtensionAsleep", text, &[words::NO_EXTENSION]);
    add("WrongMethod", "Another method than this.", &[words::WRONG_METHOD]);
    add("TooMany", "Too many requests. Only the older documentation has it.", &[words::RATE_LIMIT]);
    out
}

/// An error with the texts that the service has for it.
pub(super) fn refusal<T: AsRef<str>>(description: &str, texts: &[T]) -> Value {
    let example = |text: &T| {
        let text = text.as_ref();
        let mut example = json!({ "value": { "error": text } });
        if !words::is_documented(text) {
            example["summary"] = "the text is inferred, not documented".into();
        }
        (slug(text), example)
    };
    let examples: Map<_, _> = texts.iter().map(example).collect();
    json!({
        "description": description,
        "content": { "application/json": { "schema": reference("schemas", "Error"), "examples": examples } },
    })
}

/// A name for an example: the first words of its text.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.take(6).collect::<Vec<_>>().join("-")
}

fn answer(description: &str, schema: &str, example: &Value) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": reference("schemas", schema), "example": example } },
    })
}

pub(super) fn created(spec: &EndpointSpec) -> Value {
    let example = json!({ "success": true, "api_agent_task_id": TASK_ID, "message": spec.created });
    answer("The task exists. Of LinkedIn it says nothing yet.", "Created", &example)
}

pub(super) fn task() -> Value {
    let example = json!({ "success": true, "data": {
        "id": TASK_ID,
        "status": "pending",
        "task_input": { "task_type": "agent_profile_fetch", "profile_slug": "ada-example" },
        "task_output": null,
    } });
    answer("The task as it stands.", "Task", &example)
}

pub(super) fn auth(spec: &AuthSpec) -> Value {
    let name = format!("{}Output", type_name(spec.name));
    if spec.name == AUTH_SEND_OTP.name {
        let example = json!({ "success": true, "email": "ada@example.org" });
        return answer("The code was mailed. It lives for an hour.", &name, &example);
    }
    let example = json!({
        "user": { "id": "u-1", "full_name": "Ada Example", "email": "ada@example.org" },
        "team": { "id": "t-1", "name": "Fjord Labs", "api_key": "outx_EXAMPLE" },
    });
    answer("The team's key. An address that was unknown has an account and a team now.", &name, &example)
}

pub(super) fn error_schema() -> Value {
    json!({
        "type": "object",
        "description": "The envelope of all errors.",
        "required": ["error"],
        "properties": { "error": { "type": "string" } },
    })
}

pub(super) fn created_schema() -> Value {
    json!({
        "type": "object",
        "required": ["success", "api_agent_task_id"],
        "properties": {
            "success": { "type": "boolean", "description": "whether the task was created" },
            "api_agent_task_id": { "type": "string", "description": "the task's id, a UUID" },
            "message": { "type": "string", "description": "for people" },
        },
    })
}

pub(super) fn task_schema() -> Value {
    let outputs =
        CATALOGUE.iter().map(|spec| reference("schemas", &format!("{}Output", type_name(spec.name))));
    let anything = json!({ "description": "what a failed task left" });
    let output: Vec<_> = outputs.chain([json!({ "type": "null" }), anything]).collect();
    json!({
        "type": "object",
        "required": ["success", "data"],
        "properties": {
            "success": { "type": "boolean", "description": "about this request, not about the task" },
            "data": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": { "type": "string" },
                    "status": {
                        "type": "string",
                        "description": "Documented are `pending` and `completed`; the vendor's own client also \
                                        knows `processing` and `failed`. Another word is no end.",
                        "examples": ["pending", "processing", "completed", "failed"],
                    },
                    "task_input": {
                        "type": "object",
                        "description": "The input, what was assumed for it, and the type of the task.",
                        "properties": { "task_type": { "type": "string" } },
                    },
                    "task_output": {
                        "description": "Null while there is none. Completed: the output of the endpoint that \
                                        was called. Failed: null or anything; its shape is not documented.",
                        "anyOf": output,
                    },
                },
            },
        },
    })
}

pub(super) fn send_otp_schema() -> Value {
    json!({
        "type": "object",
        "properties": { "success": { "type": "boolean" }, "email": { "type": "string" } },
    })
}

pub(super) fn verify_otp_schema() -> Value {
    let texts = |names: &[&str]| {
        let fields: Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
        json!({ "type": "object", "properties": fields })
    };
    let mut team = texts(&["id", "name", "api_key"]);
    team["required"] = json!(["api_key"]);
    json!({
        "type": "object",
        "required": ["team"],
        "properties": { "user": texts(&["id", "full_name", "email"]), "team": team },
    })
}
