//! The JSON Schema of the format, for editors: made of the same keys and kinds that the checker knows.

use super::keys::{self, Keys};
use crate::definition::InputType;
use crate::kind::{Kind, KindField, Registry, Takes};
use crate::notice::Occasion;
use serde_json::{Map, Value, json};

/// The schema of workflow files as JSON Schema, draft 7, with the kinds of a registry.
///
/// It says which keys and kinds there are, what they take and what they are for, so that an editor completes and explains
/// them. What it takes may still be wrong: the checker knows more, such as which step an expression reads.
pub fn schema(registry: &Registry) -> Value {
    let kinds: Vec<_> = registry.names().filter_map(|name| registry.get(name)).collect();
    let names = kinds.iter().map(|kind| json!({ "const": kind.name(), "description": about(&***kind) }));
    let withs = kinds.iter().map(|kind| {
        json!({
            "if": { "required": ["uses"], "properties": { "uses": { "const": kind.name() } } },
            "then": { "properties": { "with": with(&***kind) } },
        })
    });
    let mut step = object(&keys::STEP, &STEP);
    let own = json!({
        "pattern": "^[a-z][a-z0-9-]*$",
        "description": "a program of one's own, outx-kind-NAME, with --allow-commands only",
    });
    step["properties"]["uses"]["anyOf"] = names.chain([own]).collect();
    step["oneOf"] = json!([
        { "required": ["uses"] },
        { "required": ["each", "steps"] },
        { "required": ["repeat", "steps"] },
        { "required": ["call"] },
    ]);
    step["allOf"] = withs.collect();
    let mut top = object(&keys::TOP, &TOP);
    top["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    top["title"] = "outx workflow".into();
    top["required"] = json!(["outx", "name", "steps"]);
    top["definitions"] = json!({
        "step": step,
        "steps": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": "^[a-z_][a-z0-9_]*$" },
            "additionalProperties": { "$ref": "#/definitions/step" },
        },
        "expression": { "type": "string", "pattern": "\\$\\{\\{", "description": "An expression: ${{ … }}" },
        "duration": { "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$", "description": "Such as 30s, 5m, 6h, 14d" },
        "names": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] },
        "poll": object(&keys::POLL, &POLL),
        "retry": object(&keys::RETRY, &RETRY),
        "repeat": object(&keys::REPEAT, &REPEAT),
        "once": object(&keys::ONCE, &ONCE),
        "schedule": object(&keys::SCHEDULE, &SCHEDULE),
        "notify": object(&keys::NOTIFY, &NOTIFY),
        "defaults": object(&keys::DEFAULTS, &DEFAULTS),
        "input": object(&keys::INPUT, &INPUT),
        "items": object(&keys::ITEMS, &ITEMS),
        "column": object(&keys::COLUMN, &COLUMN),
        "limit": limit(),
    });
    top
}

/// What a key is for, and what it takes, as JSON text.
type Described = (&'static str, &'static str, &'static str);

const TOP: [Described; 15] = [
    ("outx", "The version of the language", r#"{ "const": 1 }"#),
    ("name", "What runs of it are called, and a part of what makes a message the same message", TEXT),
    ("description", "What it is for", TEXT),
    (
        "inputs",
        "What a run must be given",
        r##"{ "type": "object", "additionalProperties": { "anyOf": [{ "$ref": "#/definitions/input" }, { "type": ["string", "number", "boolean", "array", "null"] }] } }"##,
    ),
    ("account", "The profile or account that it is for; under another one it is refused", TEXT),
    (
        "defaults",
        "What holds for all steps that say nothing else",
        r##"{ "$ref": "#/definitions/defaults" }"##,
    ),
    (
        "limits",
        "Limits of its own, besides those of the account",
        r##"{ "type": "object", "additionalProperties": { "$ref": "#/definitions/limit" } }"##,
    ),
    ("schedule", "When `outx serve` starts it", r##"{ "$ref": "#/definitions/schedule" }"##),
    (
        "notify",
        "Whom to tell of what",
        r##"{ "anyOf": [{ "$ref": "#/definitions/notify" }, { "type": "array", "items": { "$ref": "#/definitions/notify" } }] }"##,
    ),
    ("secrets", "The names of secrets, whose values stand in the environment", NAMES),
    ("vars", "Values with names", ANY_MAP),
    ("steps", "What is done, by names", STEPS),
    ("on_failure", "What is done at the end when a step has failed", STEPS),
    ("finally", "What is done at the end, whatever came before", STEPS),
    ("outputs", "What a run gives", ANY_MAP),
];

const STEP: [Described; 24] = [
    ("uses", "What the step does", r#"{ "type": "string" }"#),
    ("with", "What its kind is given", r#"{ "type": ["object", "string"] }"#),
    ("call", "The file of another workflow, which is given `with`", TEXT),
    (
        "each",
        "The list whose items its steps are done for",
        r##"{ "anyOf": [{ "type": "array" }, { "$ref": "#/definitions/expression" }] }"##,
    ),
    (
        "repeat",
        "How often its steps are done, until when, and for how long at most",
        r##"{ "$ref": "#/definitions/repeat" }"##,
    ),
    ("as", "What an item is called in expressions", NAME),
    ("key", "What an item is known by, so that an edited list moves nobody", r#"{ "type": "string" }"#),
    ("concurrency", "How many items may have an effect in flight", COUNT),
    (
        "order",
        "The order in which what reads its items has them: that of the list, or that in which they ended",
        r#"{ "enum": ["list", "any"] }"#,
    ),
    ("steps", "What is done for each item, or each time", STEPS),
    ("if", "Whether it is done: an expression that is true or false", r#"{ "type": ["string", "boolean"] }"#),
    ("needs", "Steps that must have succeeded", NAMES),
    ("after", "Steps that come before, whatever becomes of them", NAMES),
    ("vars", "Values with names", ANY_MAP),
    ("poll", "When its task's result is asked for", r##"{ "$ref": "#/definitions/poll" }"##),
    ("cache", "For how long what was read is as good as what would be read", DURATION),
    (
        "once",
        "When its write is the same as one that was sent before: `none`, a key, or a key and how long it holds",
        r##"{ "anyOf": [{ "const": "none" }, { "type": ["string", "number"] }, { "$ref": "#/definitions/once" }] }"##,
    ),
    (
        "in_doubt",
        "What becomes of a write of which nobody knows whether it was sent",
        r#"{ "enum": ["ask", "assume-sent"] }"#,
    ),
    ("limit", "The limit of this file that it counts for", TEXT),
    (
        "retry",
        "How often its creation is tried again before the run waits",
        r##"{ "$ref": "#/definitions/retry" }"##,
    ),
    ("timeout", "How long its task is waited for before the run waits", DURATION),
    ("outputs", "What an item or an iteration gives, or what others read of a step", ANY_MAP),
    ("allow_failure", "Whether the run may succeed although it failed", r#"{ "type": "boolean" }"#),
    ("description", "What it is for", TEXT),
];

const DEFAULTS: [Described; 4] = [
    ("poll", "When results are asked for", r##"{ "$ref": "#/definitions/poll" }"##),
    (
        "retry",
        "How often a creation is tried again before the run waits",
        r##"{ "$ref": "#/definitions/retry" }"##,
    ),
    ("timeout", "How long a task is waited for before the run waits", DURATION),
    ("concurrency", "How many items of a fan-out may have an effect in flight", COUNT),
];

const POLL: [Described; 4] = [
    ("first", "How long after the creation the result is asked for the first time", DURATION),
    ("every", "How long after that each time", DURATION),
    ("timeout", "How long it is waited for before the run waits", DURATION),
    ("policy", "The way of asking", r#"{ "enum": ["documented", "fixed", "delay-then-fixed", "learned"] }"#),
];

const REPEAT: [Described; 4] = [
    ("every", "How long after the beginning of one iteration the next one begins", DURATION),
    ("for", "How long it goes on", DURATION),
    ("until", "When it has what it is for", r#"{ "type": ["string", "boolean"] }"#),
    ("max", "How many iterations there are at most", COUNT),
];

const ONCE: [Described; 2] = [
    ("key", "What the write is known by", r#"{ "type": ["string", "number"] }"#),
    ("within", "How long the key holds; for ever without it", DURATION),
];

const RETRY: [Described; 4] = [
    ("max", "How many more times", COUNT),
    ("delay", "The pause before the first of them", DURATION),
    ("growth", "By what each pause is longer than the one before", r#"{ "type": "number", "minimum": 1 }"#),
    ("on", "After what", r##"{ "$ref": "#/definitions/names" }"##),
];

const SCHEDULE: [Described; 4] = [
    ("cron", "Minute, hour, day, month, weekday", TEXT),
    ("time_zone", "The zone of its hours, such as Europe/Oslo", TEXT),
    (
        "catch_up",
        "What becomes of starts that nobody made in time",
        r#"{ "enum": ["none", "latest", "all"] }"#,
    ),
    (
        "overlap",
        "What becomes of a start while the run before goes on",
        r#"{ "enum": ["skip", "wait", "allow"] }"#,
    ),
];

const NOTIFY: [Described; 3] = [
    ("on", "Of what; of all of it without this", r#"{ "type": ["string", "array"] }"#),
    ("http", "Where to: an address that takes a POST", r#"{ "type": "string", "format": "uri" }"#),
    (
        "command",
        "By which program of this machine, and its arguments",
        r#"{ "type": ["string", "array"], "items": { "type": "string" } }"#,
    ),
];

const INPUT: [Described; 6] = [
    ("type", "What it holds", r#"{ "type": "string" }"#),
    ("default", "What it is when it is not given", "true"),
    ("description", "What it is for", TEXT),
    (
        "items",
        "What a list holds",
        r##"{ "anyOf": [{ "type": "string" }, { "$ref": "#/definitions/items" }] }"##,
    ),
    (
        "columns",
        "The columns of a table",
        r##"{ "type": "object", "additionalProperties": { "anyOf": [{ "type": "string" }, { "$ref": "#/definitions/column" }] } }"##,
    ),
    (
        "required",
        "Columns that every row must have",
        r#"{ "type": ["string", "array", "boolean"], "items": { "type": "string" } }"#,
    ),
];

const ITEMS: [Described; 1] = [("type", "What each of them is", r#"{ "type": "string" }"#)];

const COLUMN: [Described; 4] = [
    (
        "type",
        "What its cells hold",
        r#"{ "enum": ["person", "company", "text", "string", "integer", "number", "boolean", "date"] }"#,
    ),
    ("from", "The header that it has in the file, where that is another one", TEXT),
    ("required", "Whether every row must have it", r#"{ "type": "boolean" }"#),
    ("description", "What it is for", TEXT),
];

const TEXT: &str = r#"{ "type": "string" }"#;
const NAME: &str = r#"{ "type": "string", "pattern": "^[a-z_][a-z0-9_]*$" }"#;
const COUNT: &str = r#"{ "type": "integer", "minimum": 1 }"#;
const DURATION: &str = r##"{ "$ref": "#/definitions/duration" }"##;
const NAMES: &str = r##"{ "$ref": "#/definitions/names" }"##;
const STEPS: &str = r##"{ "$ref": "#/definitions/steps" }"##;
const ANY_MAP: &str = r#"{ "type": "object" }"#;

/// A map of the keys that are built, no others, each with what it is for.
fn object(keys: &Keys, described: &[Described]) -> Value {
    let mut properties = Map::new();
    for name in keys.known {
        let (about, takes) = described
            .iter()
            .find(|(known, ..)| known == name)
            .map_or(("", Value::Bool(true)), |(_, about, takes)| {
                (*about, serde_json::from_str(takes).unwrap_or(Value::Bool(true)))
            });
        let mut takes = match takes {
            Value::Object(takes) => takes,
            _ => Map::new(),
        };
        // Beside a reference nothing else counts in draft 7.
        if let Some(reference) = takes.remove("$ref") {
            takes.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
        }
        takes.insert("description".to_owned(), about.into());
        properties.insert((*name).to_owned(), Value::Object(takes));
    }
    let mut map = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    match keys.what {
        "an input" => {
            let words: Vec<_> = InputType::WORDS.into_iter().chain(["any"]).collect();
            map["properties"]["type"]["enum"] = json!(words);
        }
        "a line of `notify`" => {
            let words = Occasion::ALL.map(Occasion::word);
            let one = json!({ "enum": words });
            map["properties"]["on"] = json!({
                "description": map["properties"]["on"]["description"],
                "anyOf": [one, { "type": "array", "items": one }],
            });
        }
        _ => {}
    }
    map
}

fn about(kind: &dyn Kind) -> String {
    format!("{} ({})", kind.doc(), kind.effect().word())
}

/// What a kind takes under `with`.
fn with(kind: &dyn Kind) -> Value {
    let whole = json!({ "$ref": "#/definitions/expression" });
    let Some(fields) = kind.fields() else { return json!({ "anyOf": [{ "type": "object" }, whole] }) };
    let properties: Map<_, _> = fields.iter().map(|field| (field.name.to_owned(), takes(field))).collect();
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let fields = json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required });
    json!({ "anyOf": [fields, whole] })
}

/// What a field takes; but for texts, an expression may give it, too.
fn takes(field: &KindField) -> Value {
    let value = match field.takes {
        Takes::Any => return json!({ "description": field.doc }),
        Takes::Text => return json!({ "type": "string", "description": field.doc }),
        Takes::Word(words) => json!({ "enum": words }),
        Takes::Integer => json!({ "type": "integer" }),
        Takes::Boolean => json!({ "type": "boolean" }),
        Takes::List => json!({ "type": "array" }),
        Takes::Object => json!({ "type": "object" }),
        Takes::Moment => {
            let next = json!({ "type": "object", "properties": { "next": { "const": "working-hours" } }, "required": ["next"], "additionalProperties": false });
            json!({ "anyOf": [{ "type": "string" }, next] })
        }
    };
    json!({ "anyOf": [value, { "$ref": "#/definitions/expression" }], "description": field.doc })
}

fn limit() -> Value {
    let duration = json!({ "$ref": "#/definitions/duration" });
    let per = json!({ "anyOf": [duration, { "enum": ["day", "week"] }] });
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "at_most": { "type": "integer", "minimum": 0, "description": "How many" },
            "per": { "allOf": [per], "description": "In which time" },
            "apart": { "allOf": [duration], "description": "How long after the one before at least" },
            "jitter": { "allOf": [duration], "description": "Up to how much more, drawn anew each time" },
            "gap": { "allOf": [duration], "description": "How long after the last one to the same person at least" },
            "of": { "type": "string", "description": "Of what: all, reads, writes, or an endpoint (read:NAME or write:NAME of one that only outx.task calls); without it, the steps that name this limit" },
            "days": { "type": "array", "items": { "type": "string" }, "description": "On which days" },
            "from": { "type": "string", "description": "From which hour" },
            "to": { "type": "string", "description": "To which hour" },
            "time_zone": { "type": "string", "description": "The zone of its days and hours" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key that the checker takes is described, and nothing that it does not take.
    #[test]
    fn every_key_is_described_and_no_other() {
        let all: [(&Keys, &[Described]); 12] = [
            (&keys::TOP, &TOP),
            (&keys::STEP, &STEP),
            (&keys::DEFAULTS, &DEFAULTS),
            (&keys::POLL, &POLL),
            (&keys::REPEAT, &REPEAT),
            (&keys::ONCE, &ONCE),
            (&keys::RETRY, &RETRY),
            (&keys::SCHEDULE, &SCHEDULE),
            (&keys::NOTIFY, &NOTIFY),
            (&keys::INPUT, &INPUT),
            (&keys::ITEMS, &ITEMS),
            (&keys::COLUMN, &COLUMN),
        ];
        for (keys, described) in all {
            let named: Vec<_> = described.iter().map(|(name, ..)| *name).collect();
            assert_eq!(named, keys.known, "{}", keys.what);
            for (name, about, takes) in described {
                assert!(!about.is_empty(), "{name}");
                assert!(serde_json::from_str::<Value>(takes).is_ok(), "{name}: {takes}");
            }
        }
    }
}
