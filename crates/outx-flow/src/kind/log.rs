//! `core.log`: says something while the run goes on.

use super::{Kind, KindEffect, KindField, Start, Takes};
use crate::journal::StepError;
use async_trait::async_trait;
use serde_json::Value;

/// `core.log`: its message is recorded, and whoever watches the run shows it.
#[derive(Debug)]
pub struct Log;

#[async_trait]
impl Kind for Log {
    fn name(&self) -> &'static str {
        "core.log"
    }

    fn doc(&self) -> &'static str {
        "says something while the run goes on"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![KindField { name: "message", required: true, takes: Takes::Any, doc: "what to say" }])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        Ok(Start::Done(input.clone()))
    }
}
