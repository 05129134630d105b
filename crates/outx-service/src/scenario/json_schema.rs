//! The grammar of a scenario for editors.

use super::rule::{KEYS as RULE_KEYS, POLL_KEYS};
use super::team::{MEMBER, TEAM};
use super::{KEYS, POLLS, Scenario, fault, world};
use crate::choices::Choices;
use outx_model::{CATALOGUE, EndpointSpec};
use serde_json::{Map, Value, json};

/// An endpoint that the catalogue has not, with its effect.
const OTHER: &str = "^(read|write):[a-z0-9-]{1,48}$";
const DURATION: &str = "^ *[0-9]+(ms|s|m|h|d) *$";
const SPAN: &str = "^ *[0-9]+(ms|s|m|h|d) *(\\.\\. *[0-9]+(ms|s|m|h|d) *)?$";

impl Scenario {
    /// The grammar as a JSON Schema (2020-12), with which an editor completes and checks a scenario while it is
    /// written. [`Scenario::read`] checks more, such as that a range does not end before it begins.
    pub fn json_schema() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "outx scenario",
            "type": "object",
            "required": ["outx-scenario"],
            "properties": object(&KEYS, top),
            "additionalProperties": false,
            "$defs": {
                "duration": { "type": "string", "pattern": DURATION },
                "span": { "type": "string", "pattern": SPAN, "description": "a duration, or two with .. between them" },
                "window": closed(&["from", "to"], |_| reference("duration")),
                "source": { "enum": ["from-schema", "world"] },
                "fault": fault_schema(),
                "person": { "type": "string", "description": "a slug, a profile URL or a URN" },
            },
        })
    }
}

fn top(key: &str) -> Value {
    match key {
        "outx-scenario" => json!({ "const": 1 }),
        "seed" => json!({ "type": "integer", "minimum": 0 }),
        "latency" => {
            let each = endpoints(&["*"], |_| reference("span"));
            json!({ "anyOf": [reference("span"), each] })
        }
        "service" => endpoints(&["*", POLLS], rules),
        "asleep" | "closed" => one_or_many(&reference("window")),
        "teams" => one_or_many(&with_required(closed(&TEAM, team), &["id", "key"])),
        "choices" => choices(),
        "world" => closed(&world::KEYS, people),
        _ => json!({ "type": "string" }),
    }
}

/// An object with a property for each endpoint.
fn endpoints(more: &[&str], schema: impl Fn(&str) -> Value) -> Value {
    let names = CATALOGUE.iter().map(|spec| spec.name).chain(more.iter().copied());
    let properties: Map<_, _> = names.map(|name| (name.to_owned(), schema(name))).collect();
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { (OTHER): schema(OTHER) },
        "additionalProperties": false,
    })
}

fn rules(name: &str) -> Value {
    let keys: &[&str] = if name == POLLS { &POLL_KEYS } else { &RULE_KEYS };
    let fields: Vec<&str> = match CATALOGUE.iter().find(|spec| spec.name == name) {
        Some(spec) => names(spec),
        None if name == POLLS => vec!["api_agent_task_id", "endpoint"],
        None => CATALOGUE.iter().flat_map(names).collect(),
    };
    let rule = closed(keys, |key| match key {
        "when" if name == OTHER => json!({ "type": "object" }),
        "when" => closed(&fields, |_| json!({})),
        "from" | "until" => reference("duration"),
        "times" => json!({ "type": "integer", "minimum": 1 }),
        "takes" => reference("span"),
        "phases" => closed(&["pending", "processing"], |_| reference("span")),
        "status" => json!({ "enum": ["completed", "failed"] }),
        "error" => json!({ "type": "string" }),
        "fault" => reference("fault"),
        _ => json!({ "description": "any JSON, or from-schema, or world" }),
    });
    if [POLLS, OTHER].contains(&name) {
        one_or_many(&rule)
    } else {
        one_or_many(&json!({ "anyOf": [reference("source"), rule] }))
    }
}

fn names(spec: &EndpointSpec) -> Vec<&'static str> {
    spec.fields.iter().map(|field| field.name).collect()
}

fn fault_schema() -> Value {
    let answer = closed(&fault::ANSWER, |key| match key {
        "status" => json!({ "type": "integer", "minimum": 200, "maximum": 599 }),
        "headers" => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        "retry_after" => reference("duration"),
        _ => json!({}),
    });
    let slow = with_required(closed(&["slow"], |_| reference("duration")), &["slow"]);
    json!({ "anyOf": [{ "enum": fault::NAMES }, slow, with_required(answer, &["status"])] })
}

fn team(key: &str) -> Value {
    match key {
        "members" => one_or_many(&with_required(closed(&MEMBER, member), &["name", "email"])),
        "shares_data" => json!({ "type": "boolean" }),
        _ => json!({ "type": "string" }),
    }
}

fn member(key: &str) -> Value {
    match key {
        "role" => json!({ "enum": ["admin", "member"] }),
        "joined" => json!({ "type": "string", "format": "date-time" }),
        _ => json!({ "type": "string" }),
    }
}

fn choices() -> Value {
    let default = serde_json::to_value(Choices::default()).unwrap_or_default();
    let known = default.as_object().into_iter().flatten();
    let properties: Map<_, _> =
        known.map(|(key, value)| (key.clone(), json!({ "default": value }))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn people(key: &str) -> Value {
    match key {
        "accepts" => json!({ "type": "object", "additionalProperties": reference("span") }),
        "acceptance" => closed(&["percent", "after"], |key| match key {
            "percent" => json!({ "type": "integer", "minimum": 0, "maximum": 100 }),
            _ => reference("span"),
        }),
        "unknown_people" => json!({ "enum": ["connected", "strangers"] }),
        _ => one_or_many(&reference("person")),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn one_or_many(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "array", "items": schema }] })
}

fn object(keys: &[&str], schema: impl Fn(&str) -> Value) -> Map<String, Value> {
    keys.iter().map(|key| ((*key).to_owned(), schema(key))).collect()
}

fn closed(keys: &[&str], schema: impl Fn(&str) -> Value) -> Value {
    json!({ "type": "object", "properties": object(keys, schema), "additionalProperties": false })
}

fn with_required(mut schema: Value, keys: &[&str]) -> Value {
    schema["required"] = json!(keys);
    schema
}
