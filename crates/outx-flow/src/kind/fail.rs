//! `core.fail`: ends in failure, because the workflow says so.

use super::{Kind, KindContext, KindEffect, KindField, Start, Takes};
use crate::journal::{StepError, StepErrorKind};
use async_trait::async_trait;
use serde_json::Value;

/// `core.fail`: the step fails with its message, for what a workflow finds wrong itself. Whether it comes to that says
/// its `if`.
#[derive(Debug)]
pub struct Fail;

#[async_trait]
impl Kind for Fail {
    fn name(&self) -> &'static str {
        "core.fail"
    }

    fn doc(&self) -> &'static str {
        "fails, with a message"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![KindField { name: "message", required: true, takes: Takes::Text, doc: "what is wrong" }])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        // The input is a good one, also where it is known before the run.
        Ok(Start::Local(input.clone()))
    }

    async fn run(&self, input: &Value, _: &KindContext) -> Result<Value, StepError> {
        let message = input.get("message").and_then(Value::as_str).unwrap_or("the workflow says so");
        Err(StepError { kind: StepErrorKind::Stated, message: message.to_owned() })
    }
}
