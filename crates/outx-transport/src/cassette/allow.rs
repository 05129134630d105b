//! What may stand in a cassette.

use super::exchange::{Answered, Asked, Failed};
use super::secrets::Secrets;
use crate::message::{Context, Request, Response};
use outx_model::{CATALOGUE, Endpoint, ViewField, ViewType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Stands where something was left out.
pub const LEFT_OUT: &str = "[left out]";

/// What else may be kept. It is written into the cassette, so that a replay compares in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keep {
    /// Names of headers, in lower case.
    pub headers: BTreeSet<String>,
    /// Names of fields, in inputs and in outputs.
    pub fields: BTreeSet<String>,
}

const HEADERS: [&str; 2] = ["content-type", "retry-after"];
const QUERY: [&str; 1] = ["api_agent_task_id"];
/// Of the two calls that sign in. The code and the key are not among them.
const SIGN_IN: [&str; 2] = ["email", "full_name"];
/// The envelope of all answers, and of the calls that sign in.
const ENVELOPE: [&str; 19] = [
    "success",
    "api_agent_task_id",
    "message",
    "error",
    "data",
    "id",
    "status",
    "task_input",
    "task_type",
    "task_output",
    "reason",
    "user",
    "team",
    "name",
    "email",
    "full_name",
    "sent",
    "liked",
    "commented",
];
/// Never, whatever anybody allows.
pub(super) const NEVER: [&str; 6] = ["api_key", "otp", "x-api-key", "authorization", "cookie", "set-cookie"];

/// What is allowed in one cassette.
#[derive(Debug)]
pub(super) struct Allowed {
    headers: BTreeSet<String>,
    fields: BTreeSet<String>,
    outputs: BTreeSet<String>,
}

impl Allowed {
    pub(super) fn new(keep: &Keep) -> Self {
        let mut outputs: BTreeSet<_> = ENVELOPE.iter().map(ToString::to_string).collect();
        for spec in &CATALOGUE {
            outputs.extend(spec.view.nested.iter().map(ToString::to_string));
            view(spec.view.fields, &mut outputs);
            // The service echoes the input.
            outputs.extend(spec.fields.iter().map(|field| field.name.to_owned()));
        }
        let mut headers: BTreeSet<_> = HEADERS.iter().map(ToString::to_string).collect();
        headers.extend(keep.headers.iter().cloned());
        outputs.extend(keep.fields.iter().cloned());
        let mut fields = keep.fields.clone();
        for never in NEVER {
            headers.remove(never);
            outputs.remove(never);
            fields.remove(never);
        }
        Self { headers, fields, outputs }
    }

    /// A request, as far as it is kept. Two requests that are the same in what is kept are the same.
    pub(super) fn request(&self, request: &Request, context: &Context) -> Asked {
        let secrets = Secrets::of(request, context, None);
        let query = request.query.iter().map(|(name, value)| {
            let known = QUERY.contains(&name.as_str()) || self.fields.contains(name);
            (name.clone(), if known { secrets.blank(value) } else { LEFT_OUT.to_owned() })
        });
        let inputs: Vec<_> = match Endpoint::from_path(&request.path) {
            Some(endpoint) => endpoint.spec().fields.iter().map(|field| field.name).collect(),
            None => SIGN_IN.to_vec(),
        };
        let known = |name: &str| inputs.contains(&name) || self.fields.contains(name);
        let body = request.body.as_ref().map(|body| match serde_json::from_slice(body) {
            // A text in an allowed field is kept; what stands deeper than its own list is not.
            Ok(value) => keep(value, &known, &secrets),
            Err(_) => Value::from(LEFT_OUT),
        });
        let path = secrets.blank(&request.path);
        Asked { method: request.method, path, query: query.collect(), body }
    }

    pub(super) fn answer(&self, answer: &Response, secrets: &Secrets<'_>) -> Answered {
        let headers = answer.headers.iter().filter(|(name, _)| self.headers.contains(name));
        let headers = headers.map(|(name, value)| (name.clone(), secrets.blank(value))).collect();
        let known = |name: &str| self.outputs.contains(name);
        if let Ok(value) = serde_json::from_slice(&answer.body) {
            let body = Some(keep(value, &known, secrets));
            return Answered { status: answer.status, headers, body, text: None };
        }
        // An empty body is kept; any other text is none of the API's fields.
        let text = if answer.body.is_empty() { "" } else { LEFT_OUT };
        Answered { status: answer.status, headers, body: None, text: Some(text.to_owned()) }
    }

    pub(super) fn failed(mut failed: Failed, secrets: &Secrets<'_>) -> Failed {
        failed.message = secrets.blank(&failed.message);
        failed
    }
}

fn view(fields: &[ViewField], into: &mut BTreeSet<String>) {
    for field in fields {
        into.extend(field.from.iter().map(ToString::to_string));
        if let ViewType::Records(inner) = field.ty {
            view(inner, into);
        }
    }
}

/// Keeps what stands under known names; lists keep their length.
fn keep(value: Value, known: &dyn Fn(&str) -> bool, secrets: &Secrets<'_>) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(name, inner)| {
                if known(&name) {
                    (name, keep(inner, known, secrets))
                } else {
                    // A name that is not known may be a secret itself.
                    (secrets.blank(&name), Value::from(LEFT_OUT))
                }
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(|item| keep(item, known, secrets)).collect(),
        Value::String(text) => Value::from(secrets.blank(&text)),
        other => other,
    }
}
