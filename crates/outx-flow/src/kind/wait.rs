//! `core.wait`: lets time pass.

use super::{Kind, KindEffect, KindField, Pause, Start, Takes, not_taken};
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
        takes: Takes::Moment,
        doc: "a moment, such as 2026-03-02T09:00:00+01:00, or { next: working-hours }",
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
            ("until", Value::Object(_)) if is_next_hours(value) => Ok(()),
            ("until", Value::Object(_)) => {
                Err("what comes next can be `{ next: working-hours }` alone; else give a moment".to_owned())
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
        if given(input, "until").is_some_and(is_next_hours) {
            let message = "the workflow waits for the account's working hours".to_owned();
            let (reason, over) = (WaitReason::Time, Ok(Value::Null));
            return Some(Pause { reason, until: Some(since), within_hours: true, message, over });
        }
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
        let (reason, over) = (WaitReason::Time, Ok(Value::Null));
        Some(Pause { reason, until: Some(until), within_hours: false, message, over })
    }
}

/// Whether a value says that working hours come next.
fn is_next_hours(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.len() == 1) && value["next"] == "working-hours"
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
