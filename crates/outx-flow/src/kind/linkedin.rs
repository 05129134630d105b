//! One kind for each endpoint of the catalogue.

use super::{Kind, KindEffect, KindField, Start, Takes};
use crate::journal::{StepError, StepErrorKind};
use async_trait::async_trait;
use outx_model::{Effect, Endpoint, FieldType, View};
use serde_json::Value;

/// `linkedin.NAME`: creates a task of one endpoint and gives the typed view of its output.
#[derive(Debug)]
pub struct LinkedIn {
    endpoint: Endpoint,
    name: String,
}

impl LinkedIn {
    /// The kind of an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, name: format!("linkedin.{endpoint}") }
    }
}

#[async_trait]
impl Kind for LinkedIn {
    fn name(&self) -> &str {
        &self.name
    }

    fn doc(&self) -> &str {
        self.endpoint.spec().doc
    }

    fn effect(&self) -> KindEffect {
        match self.endpoint.effect() {
            Effect::Read => KindEffect::Read,
            Effect::Write => KindEffect::Write,
        }
    }

    fn endpoint(&self) -> Option<Endpoint> {
        Some(self.endpoint)
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let fields = self.endpoint.spec().fields.iter().map(|field| KindField {
            name: field.name,
            required: field.required,
            takes: match field.ty {
                FieldType::Text { .. } => Takes::Text,
                FieldType::Texts => Takes::List,
                FieldType::Integer { .. } => Takes::Integer,
            },
            doc: field.doc,
        });
        Some(fields.collect())
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        let Some(spec) = self.endpoint.spec().field(field.name) else { return Ok(()) };
        match spec.prepare(value) {
            Ok(_) => Ok(()),
            Err(problem) => Err(format!("`{}`: {}", field.name, problem.remedy)),
        }
    }

    fn view(&self) -> Option<&View> {
        Some(&self.endpoint.spec().view)
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        match self.endpoint.spec().prepare(input) {
            Ok(input) => Ok(Start::Task { endpoint: self.endpoint, input }),
            Err(error) => Err(StepError { kind: StepErrorKind::Rejected, message: error.to_string() }),
        }
    }
}
