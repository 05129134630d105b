//! `core.wait`: lets time pass.

use super::{Kind, KindEffect, KindField, LATER, Pause, Start, Takes, not_taken};
use crate::journal::{StepError, WaitReason};
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::parse_duration;
use serde_json::Value;

/// `core.wait`: goes on after a while, or at a moment. Nothing is asked in between, and no place is held.
#[derive(Debug)]
pub struct Wait;

const FIELDS: [KindField; 2] = [
    KindField { name: "for", required: false, takes: Takes::Text, doc: "how long, such as 2h or 14d" },
    KindField {
        name: "until",
        required: false,
        takes: Takes::Text,
        doc: "a moment, such as 2026-03-02T09:00:00+01:00",
    },
];

#[async_trait]
impl Kind for Wait {
    fn name(&self) -> &'static str {
        "core.wait"
    }

    fn doc(&self) -> &'static str {
        "goes on after a while, or at a moment"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(FIELDS.to_vec())
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        match (field.name, value) {
            ("for", Value::String(text)) => parse_duration(text).map(drop),
            ("until", Value::String(text)) => moment(text).map(drop),
            ("until", Value::Object(map)) if map.contains_key("next") => {
                Err(format!("`next` {LATER}; give a moment"))
            }
            _ => Err(format!("`{}` must be {}", field.name, field.doc)),
        }
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        for field in &FIELDS {
            if let Some(value) = given(input, field.name) {
                self.check_field(field, value).map_err(not_taken)?;
            }
        }
        match (given(input, "for"), given(input, "until")) {
            (Some(_), None) | (None, Some(_)) => Ok(Start::Pause(input.clone())),
            (Some(_), Some(_)) => {
                Err(not_taken("`core.wait` takes either `for` or `until`, not both".into()))
            }
            (None, None) => Err(not_taken("`core.wait` needs `for` (how long) or `until` (a moment)".into())),
        }
    }

    fn pause(&self, input: &Value, since: Timestamp) -> Option<Pause> {
        let text = |name| given(input, name).and_then(Value::as_str);
        let until = match (text("for"), text("until")) {
            (Some(length), _) => super::after(since, parse_duration(length).ok()?),
            (None, Some(until)) => moment(until).ok()?,
            (None, None) => return None,
        };
        let message = match text("for") {
            Some(length) => format!("the workflow waits for {length}"),
            None => format!("the workflow waits until {until}"),
        };
        Some(Pause { reason: WaitReason::Time, until: Some(until), message, over: Ok(Value::Null) })
    }
}

/// A null is as if the field were not there.
fn given<'v>(input: &'v Value, name: &str) -> Option<&'v Value> {
    input.get(name).filter(|value| !value.is_null())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.trim().parse().map_err(|_| {
        format!("`{text}` is not a moment; write it with its offset, such as 2026-03-02T09:00:00+01:00")
    })
}
