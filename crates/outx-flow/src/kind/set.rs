//! `core.set`: gives its input as its output.

use super::{Kind, KindEffect, KindField, Start};
use crate::journal::StepError;
use async_trait::async_trait;
use serde_json::Value;

/// `core.set`: names values, for steps that use them more than once.
#[derive(Debug)]
pub struct Set;

#[async_trait]
impl Kind for Set {
    fn name(&self) -> &'static str {
        "core.set"
    }

    fn doc(&self) -> &'static str {
        "gives its input as its output"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        None
    }

    fn gives_its_input(&self) -> bool {
        true
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        Ok(Start::Done(input.clone()))
    }
}
