//! `outx.task`: a task of any endpoint by its name.

use super::{Kind, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::StepError;
use async_trait::async_trait;
use outx_model::{Call, Effect, Endpoint};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `outx.task`: creates a task of an endpoint that this version does not know, and gives its output as it came back.
///
/// Its effect must be stated, as nobody else can say whether it may be asked again. A write is known by the step of its
/// run, as its target cannot be read from its input; `once` gives it another name.
#[derive(Debug)]
pub struct Task {
    /// What it does, as far as the file says it.
    effect: KindEffect,
    /// What it calls, where the file says it.
    call: Option<Call>,
}

impl Task {
    /// One of which nothing is known yet, so that it counts as a write.
    pub fn new() -> Self {
        Self { effect: KindEffect::Write, call: None }
    }
}

impl Default for Task {
    fn default() -> Self {
        Self::new()
    }
}

const FIELDS: [KindField; 3] = [
    KindField {
        name: "endpoint",
        required: true,
        takes: Takes::Text,
        doc: "the endpoint's name, such as fetch-something",
    },
    KindField {
        name: "effect",
        required: true,
        takes: Takes::Word(&["read", "write"]),
        doc: "whether it only looks, or changes something and must not be done twice",
    },
    KindField { name: "input", required: false, takes: Takes::Object, doc: "what is sent; {} if absent" },
];

#[async_trait]
impl Kind for Task {
    fn name(&self) -> &'static str {
        "outx.task"
    }

    fn doc(&self) -> &'static str {
        "creates a task of any endpoint by its name"
    }

    fn effect(&self) -> KindEffect {
        self.effect
    }

    fn with_known(&self, known: &Map<String, Value>) -> Option<Arc<dyn Kind>> {
        let effect = known.get("effect").and_then(effect);
        let endpoint = known.get("endpoint").and_then(Value::as_str);
        let call = endpoint.zip(effect).and_then(|(name, effect)| Call::endpoint_named(name, effect).ok());
        let effect = match effect {
            Some(Effect::Read) => KindEffect::Read,
            Some(Effect::Write) | None => KindEffect::Write,
        };
        Some(Arc::new(Self { effect, call }))
    }

    fn task(&self) -> Option<Call> {
        self.call
    }

    fn creates_tasks(&self) -> bool {
        true
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        let call = Call::endpoint_named(input["endpoint"].as_str()?, effect(&input["effect"])?).ok()?;
        Some((call, self.shown(input)))
    }

    fn shown(&self, input: &Value) -> Value {
        Some(&input["input"]).filter(|input| !input.is_null()).cloned().unwrap_or_else(|| json!({}))
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(FIELDS.to_vec())
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        let Some(name) = value.as_str().filter(|_| field.name == "endpoint") else {
            let accepted = field.takes.accepts(value);
            let wrong = || format!("`{}` must be {}", field.name, field.takes.describe());
            return if accepted { Ok(()) } else { Err(wrong()) };
        };
        if let Ok(known) = name.parse::<Endpoint>() {
            return Err(format!("`{known}` is known: say `uses: linkedin.{known}`, which checks its input"));
        }
        Call::endpoint_named(name, Effect::Read).map(drop).map_err(|error| error.to_string())
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        for field in &FIELDS {
            let value = &input[field.name];
            if field.required || !value.is_null() {
                self.check_field(field, value).map_err(not_taken)?;
            }
        }
        Ok(Start::Local(input.clone()))
    }
}

fn effect(word: &Value) -> Option<Effect> {
    match word.as_str()? {
        "read" => Some(Effect::Read),
        "write" => Some(Effect::Write),
        _ => None,
    }
}
