//! `core.approve`: asks a person.

use super::{Kind, KindEffect, KindField, Pause, Start, Takes, not_taken};
use crate::journal::{StepError, StepErrorKind, WaitReason};
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{View, ViewField, ViewType, parse_duration};
use serde_json::Value;

/// `core.approve`: waits for a person who says yes or no. Silence is never a yes.
#[derive(Debug)]
pub struct Approve;

const FIELDS: [KindField; 2] = [
    KindField { name: "message", required: true, takes: Takes::Text, doc: "what is to be approved" },
    KindField {
        name: "for",
        required: false,
        takes: Takes::Text,
        doc: "how long the answer is waited for, such as 2h or 14d",
    },
];

static VIEW: View = View {
    nested: &[],
    fields: &[
        ViewField { name: "by", ty: ViewType::Text, from: &[], doc: "who said yes" },
        ViewField { name: "at", ty: ViewType::Text, from: &[], doc: "when" },
    ],
    inferred: "",
};

#[async_trait]
impl Kind for Approve {
    fn name(&self) -> &'static str {
        "core.approve"
    }

    fn doc(&self) -> &'static str {
        "waits for a person who says yes or no"
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
            ("message", Value::String(text)) if !text.trim().is_empty() => Ok(()),
            _ => Err(format!("`{}` must be a text that says {}", field.name, field.doc)),
        }
    }

    fn view(&self) -> Option<&View> {
        Some(&VIEW)
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        for field in &FIELDS {
            let value = &input[field.name];
            if field.required || !value.is_null() {
                self.check_field(field, value).map_err(not_taken)?;
            }
        }
        Ok(Start::Pause(input.clone()))
    }

    fn pause(&self, input: &Value, since: Timestamp) -> Option<Pause> {
        let message = input["message"].as_str()?.to_owned();
        let length = input["for"].as_str();
        let until = length.and_then(|length| Some(super::after(since, parse_duration(length).ok()?)));
        let over = Err(StepError {
            kind: StepErrorKind::Expired,
            message: format!("nobody said yes or no within {}", length.unwrap_or_default()),
        });
        Some(Pause { reason: WaitReason::Approval, until, within_hours: false, message, over })
    }
}
