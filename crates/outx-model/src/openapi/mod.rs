//! The API as an OpenAPI document, made from the catalogue.

mod answers;
mod calls;

use crate::auth::{AUTH_SEND_OTP, AUTH_VERIFY_OTP};
use crate::catalogue::CATALOGUE;
use crate::endpoint::STATUS_PATH;
use crate::schema;
use serde_json::{Map, Value, json};

/// The OpenAPI 3.1 document of all that this crate knows: the ten creates, the status call and the two calls
/// that give a key. It is the same on every call, and committed as `docs/openapi.json`.
///
/// ```
/// let document = outx_model::openapi();
/// assert_eq!(document["openapi"], "3.1.0");
/// assert!(document["paths"]["/linkedin-agent/fetch-profile"]["post"].is_object());
/// ```
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for spec in &CATALOGUE {
        paths.insert(spec.path.to_owned(), calls::create(spec));
    }
    paths.insert(STATUS_PATH.to_owned(), calls::status());
    for spec in [&AUTH_SEND_OTP, &AUTH_VERIFY_OTP] {
        paths.insert(spec.path.to_owned(), calls::auth(spec));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OutX LinkedIn agent API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "LinkedIn actions as asynchronous tasks.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [
            { "url": "https://api.outx.ai", "description": "The service itself." },
            {
                "url": "http://127.0.0.1:{port}",
                "description": "An emulator on this machine. Nothing is sent to LinkedIn.",
                "variables": { "port": { "default": "8080", "description": "The port it listens on." } },
            },
        ],
        "security": [{ "apiKey": [] }],
        "tags": [
            { "name": "read", "description": "Tasks that only look." },
            { "name": "write", "description": "Tasks that change something that other people see." },
            { "name": "task", "description": "How every result is read." },
            { "name": "key", "description": "The two calls that need no key and give one." },
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "x-api-key",
                    "description": "The team's one key, which all its members share.",
                },
            },
            "schemas": schemas(),
            "responses": answers::shared(),
        },
    })
}

const ABOUT: &str = "Collected from the public documentation and from public clients, not issued by OutX. A POST \
    creates a task and answers at once; a browser extension of the team does the work when it is awake; \
    get-task-status gives the result. Documented advice: ask every 5 s, at most 30 times. A time-out on this side \
    does not cancel a task: go on asking for the same id, because a second POST makes a second task. What is not \
    documented is marked so where it stands.";

fn schemas() -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("Error".to_owned(), answers::error_schema());
    out.insert("Created".to_owned(), answers::created_schema());
    out.insert("Task".to_owned(), answers::task_schema());
    for spec in &CATALOGUE {
        let name = type_name(spec.name);
        out.insert(format!("{name}Input"), schema::input(spec.fields, spec.any_of));
        out.insert(format!("{name}Output"), schema::output(&spec.view));
    }
    for spec in [&AUTH_SEND_OTP, &AUTH_VERIFY_OTP] {
        out.insert(format!("{}Input", type_name(spec.name)), schema::input(spec.fields, None));
    }
    out.insert("AuthSendOtpOutput".to_owned(), answers::send_otp_schema());
    out.insert("AuthVerifyOtpOutput".to_owned(), answers::verify_otp_schema());
    out
}

/// `fetch-profile` as `FetchProfile`.
fn type_name(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    name.split('-').map(word).collect()
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
