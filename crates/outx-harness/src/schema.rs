//! The JSON Schema of test files, for editors: made of the same keys that the reader knows.

use crate::expect::{self, calls};
use crate::file::keys;
use outx_flow::journal::WaitReason;
use outx_flow::testing::Moment;
use outx_flow::{RunStatus, StepStatus};
use outx_model::{CATALOGUE, Effect, EndpointSpec};
use outx_service::Scenario;
use serde_json::{Map, Value, json};

const DURATION: &str = "^ *[0-9]+(ms|s|m|h|d) *$";
/// A moment with its offset.
const MOMENT: &str = "^ *[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].*([Zz]|[+-][0-9]{2}(:?[0-9]{2})*)(\\[.*\\])? *$";
const SPAN: &str = "^ *[0-9]+(ms|s|m|h|d) *(\\.\\. *[0-9]+(ms|s|m|h|d) *)?$";

/// The schema of test files as a JSON Schema (2020-12), with which an editor completes and checks one while it is written.
///
/// [`TestFile::read`](crate::TestFile::read) checks more, such as that there is the step that is named.
pub fn schema() -> Value {
    let scenario = Scenario::json_schema();
    let mut definitions = scenario["$defs"].as_object().cloned().unwrap_or_default();
    let own = [
        (
            "case",
            with_required(
                object(keys::SHARED.iter().chain(&keys::OWN), |key| of(key, &scenario)),
                &["name", "expect"],
            ),
        ),
        ("expect", non_empty(object(&expect::KEYS, expected))),
        ("step", object(&expect::OF_STEP, of_step)),
        ("item", object(&expect::OF_ITEM, of_item)),
        ("wait", object(&expect::OF_WAITING, of_waiting)),
        ("call", call()),
        ("then", then()),
        ("exact", json!({ "type": "string", "pattern": DURATION })),
        ("moment", json!({ "type": "string", "pattern": MOMENT })),
    ];
    definitions.extend(own.map(|(name, schema)| (name.to_owned(), schema)));
    let top = object(keys::TOP.iter().chain(&keys::SHARED), |key| of(key, &scenario));
    let mut top = with_required(top, &["workflow", "cases"]);
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    top["title"] = "outx test".into();
    top["$defs"] = definitions.into();
    top
}

/// What stands at the top of a file or of a case.
fn of(key: &str, scenario: &Value) -> Value {
    match key {
        "workflow" => text("The path of the workflow, from the folder of this file"),
        "description" => text("What it is about"),
        "cases" => told(
            "Each a world and a run in it",
            json!({ "type": "array", "minItems": 1, "items": reference("case") }),
        ),
        "name" => text("What the case shows, in a few words"),
        "inputs" => told(
            "As `-i` gives them; a table may be named as a file, \"@people.csv\"",
            json!({ "type": "object" }),
        ),
        "secrets" => {
            let values = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            told("Invented values of the secrets that the workflow names", values)
        }
        "http" => {
            told("How requests to others are answered", many(&rule(&keys::HTTP, &keys::HTTP_WHEN, http)))
        }
        "commands" => told(
            "How programs end that `core.command` starts",
            many(&rule(&keys::PROGRAM, &keys::PROGRAM_WHEN, program)),
        ),
        "files" => told(
            "Files that are there at the beginning: a text, a value, or \"@file\"",
            json!({ "type": "object" }),
        ),
        "ledger" => told("What the account had sent before", many(&before())),
        "block" => told("People whom nobody may write to", many(&json!({ "type": "string" }))),
        "limits" => {
            let rules = json!({ "anyOf": [{ "const": "shipped" }, { "type": "array", "items": { "type": "object" } }] });
            told("The limits of the account, as `outx limits` has them", rules)
        }
        "hours" => told(
            "The hours of the account, as a limit of `outx limits` has them",
            json!({ "type": "object" }),
        ),
        "now" => {
            told("When it begins; Monday, 2 March 2026, 9:00 UTC if nothing is said", reference("moment"))
        }
        "for" => told(
            "How long a run that waits is stayed with; a year and a day if nothing is said",
            reference("exact"),
        ),
        "faults" => told("What goes wrong with a single request", many(&fault())),
        "crash_at" => {
            let moments = many(&json!({ "enum": Moment::ALL.map(Moment::word) }));
            let at = object(&keys::CRASH, |key| {
                if key == "step" { json!({ "type": "string" }) } else { moments.clone() }
            });
            let one = json!({ "anyOf": [{ "type": "string" }, with_required(at, &["step"])] });
            told("A step at which the program is killed, and then goes on", many(&one))
        }
        "then" => told("What happens while time passes", many(&reference("then"))),
        "never" => {
            let one = json!({ "type": ["string", "object"] });
            told("What must not come about: a call with a part of its input, or an expression", many(&one))
        }
        "expect" => told("What comes of it", reference("expect")),
        // The others are those of a scenario.
        of_scenario => {
            let about = match of_scenario {
                "service" => "How each endpoint answers",
                "latency" => "How long tasks take",
                "asleep" => "When no browser extension is awake",
                "closed" => "When no browser is open",
                "world" => "Who there is and whom the service knows",
                "choices" => "What nobody outside knows of the service",
                "seed" => "What chance is drawn from",
                _ => return json!({}),
            };
            told(about, scenario["properties"][of_scenario].clone())
        }
    }
}

/// What is expected of a case.
fn expected(key: &str) -> Value {
    let any = json!({ "type": "object" });
    match key {
        "status" => told("The run's status", json!({ "enum": expect::STATUSES.map(RunStatus::word) })),
        "outputs" => told("The outputs that are named", any),
        "steps" => {
            let step = json!({ "anyOf": [step_status(), reference("step")] });
            let steps = json!({ "type": "object", "additionalProperties": step });
            told("By path, such as person[ada].invite: a status, or a part of what is known", steps)
        }
        "items" => {
            let items = json!({ "anyOf": [count(), { "type": "array", "items": reference("item") }] });
            let fans = json!({ "type": "object", "additionalProperties": items });
            told("Of a fan-out by its path: how many, or a part of each", fans)
        }
        "sent" => {
            let calls = json!({ "type": "array", "items": reference("call") });
            told("All that was written to anybody, in order, with the fields that matter", calls)
        }
        "sent_count" => {
            let names = calls().chain(["*"]).map(|name| (name.to_owned(), count()));
            let counts = json!({ "type": "object", "properties": names.collect::<Map<_, _>>(), "additionalProperties": false });
            told("How many calls of a sort arrived, reads included", counts)
        }
        "not_sent_to" => told("People whom nothing was written to", many(&json!({ "type": "string" }))),
        "elapsed" => {
            let bounds = object(&expect::BOUNDS, |_| reference("exact"));
            let one = json!({ "anyOf": [{ "type": "string", "pattern": SPAN }, bounds] });
            told("How long it took in virtual time: 2h, 2h..3h, or at_least and at_most", one)
        }
        "files" => told("By path: a text, the rows or the value, or null for a file that is not there", any),
        "waiting_for" => {
            let reason = json!({ "enum": WaitReason::ALL.map(WaitReason::word) });
            let one = json!({ "anyOf": [reason, reference("wait")] });
            told("All that the run waits for, in order", many(&one))
        }
        "that" => told("Expressions that are true", many(&json!({ "type": "string" }))),
        "snapshot" => {
            told("Whether all of it is as `outx test --update` kept it", json!({ "type": "boolean" }))
        }
        _ => json!({}),
    }
}

fn of_step(key: &str) -> Value {
    match key {
        "status" => told("Its status", step_status()),
        "output" => told("Its output", json!({})),
        "error" => told("`kind` and `message`", json!({})),
        "already" => told("Whether its effect was there before this run", json!({ "type": "boolean" })),
        "unconfirmed" => {
            told("Whether a write completed and said nothing known", json!({ "type": "boolean" }))
        }
        "assumed" => {
            told("Whether a write counts as sent because the file says so", json!({ "type": "boolean" }))
        }
        "task_id" => told("Its task", json!({ "type": ["string", "null"] })),
        "asked_again" => told("How often a read was asked again", count()),
        "doubt" => told("Why it is in doubt", json!({ "type": ["string", "null"] })),
        _ => json!({}),
    }
}

fn of_item(key: &str) -> Value {
    match key {
        "key" => told("Its key", json!({ "type": "string" })),
        "status" => told("Its status", step_status()),
        "outputs" => told("Its outputs", json!({})),
        "error" => told("`kind` and `message`", json!({})),
        "removed" => told("Whether it is in the list no more", json!({ "type": "boolean" })),
        _ => json!({}),
    }
}

fn of_waiting(key: &str) -> Value {
    match key {
        "step" => text("The step that waits, by its path"),
        "reason" => told("Why", json!({ "enum": WaitReason::ALL.map(WaitReason::word) })),
        "message" => text("The same in words"),
        "until" => told(
            "Until when; null where nobody knows",
            json!({ "anyOf": [reference("moment"), { "type": "null" }] }),
        ),
        _ => json!({}),
    }
}

/// What happens at a time: one thing, with what belongs to it.
fn then() -> Value {
    let known = keys::WITH_THEN.iter().chain(&keys::THEN);
    let mut then = with_required(object(known, happening), &["after"]);
    then["dependentRequired"] = json!({ "resolve": ["as"] });
    then["oneOf"] = keys::THEN.iter().map(|what| json!({ "required": [what] })).collect();
    then
}

fn happening(key: &str) -> Value {
    match key {
        "after" => told("A time from the case's start", reference("exact")),
        "by" => text("Who says it"),
        "as" => told("What became of the write", json!({ "enum": keys::TRUTHS })),
        "approve" => text("A person says yes to this step"),
        "reject" => text("A person says no to this step"),
        "resolve" => text("A person says what became of this step, which is in doubt"),
        "retry" => told(
            "What failed is done once more, or this step is",
            json!({ "anyOf": [{ "const": true }, { "type": "string" }] }),
        ),
        "inputs" => told("The run goes on with these inputs", json!({ "type": "object" })),
        "add" => {
            told("A list gets longer", json!({ "type": "object", "minProperties": 1, "maxProperties": 1 }))
        }
        "cancel" => told("The run is to end", json!({ "type": "boolean" })),
        "again" => told(
            "The workflow is run once more, or with these inputs",
            json!({ "anyOf": [{ "const": true }, { "type": "object" }] }),
        ),
        "block" => told("Nobody may write to these people any more", many(&json!({ "type": "string" }))),
        _ => json!({}),
    }
}

/// A call with a part of its input, or its name alone.
fn call() -> Value {
    let names: Vec<_> = calls().collect();
    let known = names.iter().map(|name| {
        let spec = CATALOGUE.iter().find(|spec| spec.name == *name);
        ((*name).to_owned(), spec.map_or_else(|| json!({ "type": ["object", "null"] }), input))
    });
    let one = json!({
        "type": "object", "minProperties": 1, "maxProperties": 1,
        "properties": known.collect::<Map<_, _>>(), "additionalProperties": false,
    });
    json!({ "anyOf": [{ "enum": names }, one] })
}

/// A part of the input of an endpoint.
fn input(spec: &EndpointSpec) -> Value {
    let fields: Map<_, _> = spec.fields.iter().map(|field| (field.name.to_owned(), json!({}))).collect();
    json!({ "type": ["object", "null"], "properties": fields, "additionalProperties": false })
}

/// Something that the account had sent before.
fn before() -> Value {
    let writes = CATALOGUE.iter().filter(|spec| spec.effect == Effect::Write);
    let mut properties: Map<_, _> = writes.map(|spec| (spec.name.to_owned(), input(spec))).collect();
    for key in keys::BEFORE {
        let about = match key {
            "ago" => told("So long before the case begins; a day if nothing is said", reference("exact")),
            "step" => text("The step that sent it, or WORKFLOW/STEP"),
            "was" => told("What came of it", json!({ "enum": keys::CAME })),
            _ => json!({}),
        };
        properties.insert(key.to_owned(), about);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// What befalls one request.
fn fault() -> Value {
    let fault = object(&keys::FAULT, |key| match key {
        "on" => text("An endpoint, get-task-status, or * for any"),
        "number" => told("Which of that sort, from 1", json!({ "type": "integer", "minimum": 1 })),
        "fault" => reference("fault"),
        _ => json!({}),
    });
    with_required(fault, &["on", "fault"])
}

/// A rule that answers some calls.
fn rule(own: &[&str], when: &[&str], about: fn(&str) -> Value) -> Value {
    object(keys::SELECT.iter().chain(own), |key| match key {
        "when" => told("A part of the call that it answers", object(when, |_| json!({}))),
        "from" => told("From this time on, counted from the case's start", reference("exact")),
        "until" => told("Until this time", reference("exact")),
        "times" => told("How often it answers", count()),
        key => about(key),
    })
}

fn http(key: &str) -> Value {
    match key {
        "status" => told(
            "The status of the answer; 200 if nothing is said",
            json!({ "type": "integer", "minimum": 0, "maximum": 65_535 }),
        ),
        "json" => told("Its body, as JSON", json!({})),
        "body" => text("Its body, as it is"),
        "headers" => {
            told("Its headers", json!({ "type": "object", "additionalProperties": { "type": "string" } }))
        }
        "takes" => told("How long it takes", reference("exact")),
        "fault" => told("What goes wrong instead", json!({ "enum": keys::HTTP_FAULTS })),
        _ => json!({}),
    }
}

fn program(key: &str) -> Value {
    match key {
        "stdout" => told("What it says", json!({ "type": "string" })),
        "stderr" => told("What it says of errors", json!({ "type": "string" })),
        "status" => told("Its exit status", count()),
        "fault" => told("What goes wrong instead", json!({ "enum": keys::PROGRAM_FAULTS })),
        _ => json!({}),
    }
}

fn step_status() -> Value {
    json!({ "enum": expect::STEP_STATUSES.map(StepStatus::word) })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": about })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The same with what it is for.
fn told(about: &str, mut schema: Value) -> Value {
    schema["description"] = about.into();
    schema
}

/// A list, or one thing in the place of a list of one.
fn many(one: &Value) -> Value {
    json!({ "anyOf": [{ "type": "array", "items": one }, one, { "type": "null" }] })
}

fn object<'k>(keys: impl IntoIterator<Item = &'k &'k str>, schema: impl Fn(&str) -> Value) -> Value {
    let properties: Map<_, _> = keys.into_iter().map(|key| ((*key).to_owned(), schema(key))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn with_required(mut object: Value, keys: &[&str]) -> Value {
    object["required"] = json!(keys);
    object
}

fn non_empty(mut object: Value) -> Value {
    object["minProperties"] = 1.into();
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that a table got and that nobody described would be without a word in editors.
    #[test]
    fn every_key_is_described() {
        fn undescribed(at: &str, schema: &Value, found: &mut Vec<String>) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if property.get("description").is_none() {
                    found.push(format!("{at}.{name}"));
                }
            }
        }
        let schema = schema();
        let mut found = Vec::new();
        undescribed("", &schema, &mut found);
        for name in ["case", "expect", "step", "item", "wait", "then"] {
            assert!(
                schema["$defs"][name]["properties"].as_object().is_some_and(|all| !all.is_empty()),
                "{name}"
            );
            undescribed(name, &schema["$defs"][name], &mut found);
        }
        assert!(found.is_empty(), "{found:?}");
    }
}
