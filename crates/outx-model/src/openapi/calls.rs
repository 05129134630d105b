//! The calls, one path item each.

use super::{answers, reference, type_name};
use crate::auth::{AUTH_VERIFY_OTP, AuthSpec};
use crate::catalogue::EndpointSpec;
use crate::endpoint::{Effect, Endpoint};
use crate::field::{FieldSpec, FieldType, Reference};
use crate::words;
use serde_json::{Map, Value, json};

/// A call that creates a task.
pub(super) fn create(spec: &EndpointSpec) -> Value {
    let is_write = spec.effect == Effect::Write;
    let mut wrong: Vec<_> = spec.fields.iter().flat_map(FieldSpec::refusals).collect();
    wrong.extend(spec.any_of.map(str::to_owned));
    let mut responses = Map::new();
    responses.insert("200".into(), answers::created(spec));
    responses
        .insert("400".into(), answers::refusal("The input is wrong. The first thing wrong is told.", &wrong));
    responses.insert("401".into(), reference("responses", "BadKey"));
    responses.insert("403".into(), reference("responses", "ExtensionAsleep"));
    if is_write {
        let text = "Nobody in the team could act: writes are done by its oldest admin.";
        responses.insert("404".into(), answers::refusal(text, &[words::NO_ADMIN]));
    }
    responses.insert("405".into(), reference("responses", "WrongMethod"));
    let limited = if spec.endpoint == Endpoint::SendConnectionRequest {
        let text = "Too many requests, or too many invitations for LinkedIn. Only the beginning of the second \
                    text is known.";
        answers::refusal(text, &[words::RATE_LIMIT, words::INVITATION_LIMIT])
    } else {
        reference("responses", "TooMany")
    };
    responses.insert("429".into(), limited);

    let output = reference("schemas", &format!("{}Output", type_name(spec.name)));
    let effect = if is_write { "The task changes something that other people see. " } else { "" };
    let description = format!(
        "Creates a task and answers at once. {effect}Its `task_output`, when it is completed, is `{}Output`.",
        type_name(spec.name)
    );
    let takes_nothing = spec.any_of.is_none() && spec.fields.iter().all(|field| !field.required);
    json!({ "post": {
        "operationId": spec.name.replace('-', "_"),
        "tags": [if is_write { "write" } else { "read" }],
        "summary": capital(spec.doc),
        "description": description,
        "requestBody": body(spec.name, !takes_nothing, &example(spec.fields, spec.any_of.is_some())),
        "responses": responses,
        "x-task-output": output,
    } })
}

/// The call that reads a task.
pub(super) fn status() -> Value {
    json!({ "get": {
        "operationId": "get_task_status",
        "tags": ["task"],
        "summary": "Reads how a task stands",
        "description": "The one way to a result. It costs no LinkedIn action.",
        "parameters": [{
            "name": "api_agent_task_id",
            "in": "query",
            "required": true,
            "description": "The id that the create answered with.",
            "schema": { "type": "string", "minLength": 1 },
            "example": answers::TASK_ID,
        }],
        "responses": {
            "200": answers::task(),
            "400": answers::refusal("No task is named.", &[words::NO_TASK_ID]),
            "401": reference("responses", "BadKey"),
            "403": reference("responses", "ExtensionAsleep"),
            "404": answers::refusal("The task does not exist, or is another team's.", &[words::UNKNOWN_TASK]),
            "405": reference("responses", "WrongMethod"),
            "429": reference("responses", "TooMany"),
        },
    } })
}

/// A call without a key.
pub(super) fn auth(spec: &AuthSpec) -> Value {
    let wrong: Vec<_> = spec.fields.iter().flat_map(FieldSpec::refusals).collect();
    let mut responses = Map::new();
    responses.insert("200".into(), answers::auth(spec));
    responses
        .insert("400".into(), answers::refusal("The input is wrong. The first thing wrong is told.", &wrong));
    if spec.name == AUTH_VERIFY_OTP.name {
        let text = "The code is wrong, or older than an hour.";
        responses.insert("401".into(), answers::refusal(text, &[words::WRONG_CODE]));
    }
    responses.insert("405".into(), reference("responses", "WrongMethod"));
    responses.insert("429".into(), reference("responses", "TooMany"));
    json!({ "post": {
        "operationId": spec.name.replace('-', "_"),
        "tags": ["key"],
        "summary": capital(spec.doc),
        "description": "It answers at once and makes no task.",
        "security": [],
        "requestBody": body(spec.name, true, &example(spec.fields, false)),
        "responses": responses,
    } })
}

fn body(name: &str, required: bool, example: &Value) -> Value {
    let schema = reference("schemas", &format!("{}Input", type_name(name)));
    json!({
        "required": required,
        "content": { "application/json": { "schema": schema, "example": example } },
    })
}

/// The smallest input that the service takes.
fn example(fields: &[FieldSpec], needs_filter: bool) -> Value {
    let filter = fields.iter().find(|field| needs_filter && field.is_filter());
    let given = fields.iter().filter(|field| field.required).chain(filter);
    given.map(|field| (field.name.to_owned(), example_of(field))).collect()
}

fn example_of(field: &FieldSpec) -> Value {
    let text = match field.reference {
        Reference::ProfileSlug => "ada-example",
        Reference::CompanySlug => "fjord-labs",
        Reference::PersonUrn => "urn:li:fsd_profile:ACoAAEXAMPLE01",
        Reference::PostUrn => "urn:li:activity:7000000000000000001",
        Reference::Email => "ada@example.org",
        Reference::Otp => "123456",
        Reference::Plain => "platform engineering",
    };
    match field.ty {
        FieldType::Text { .. } => text.into(),
        FieldType::Texts => json!([text]),
        FieldType::Integer { default, .. } => default.into(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
