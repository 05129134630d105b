//! `core.unseen`: what no run before has given on.

use super::{Did, Kind, KindContext, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::{StepError, StepErrorKind};
use crate::unseen::mark;
use async_trait::async_trait;
use outx_model::ContentHash;
use serde_json::{Value, json};
use std::collections::HashSet;

/// `core.unseen`: gives those of a list that no run before has given on. They count as seen when all that depends on this
/// step, also through outputs, has succeeded.
#[derive(Debug)]
pub struct Unseen;

impl Unseen {
    /// Its name.
    pub(crate) const NAME: &'static str = "core.unseen";
}

#[async_trait]
impl Kind for Unseen {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn doc(&self) -> &'static str {
        "gives what no run before has given on"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        Some(vec![
            KindField { name: "items", required: true, takes: Takes::List, doc: "a list" },
            KindField {
                name: "key",
                required: false,
                takes: Takes::Text,
                doc: "the field that an item is known by; all of it if absent",
            },
        ])
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        if !input["items"].is_array() {
            return Err(not_taken("`items` must be a list".into()));
        }
        for item in input["items"].as_array().into_iter().flatten() {
            known_by(item, input["key"].as_str()).map_err(not_taken)?;
        }
        Ok(Start::Local(input.clone()))
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        let Some(store) = &context.seen else {
            let message = "this engine remembers nothing from run to run".to_owned();
            return Did::Failed(StepError { kind: StepErrorKind::Io, message });
        };
        let items = input["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let marks = marks(input, &context.place);
        let seen = match store.are_seen(&context.account, &marks).await {
            Ok(seen) => seen,
            Err(error) => {
                return Did::Failed(StepError { kind: StepErrorKind::Io, message: error.to_string() });
            }
        };
        let mut given = HashSet::new();
        let fresh = items.iter().zip(marks).zip(seen);
        let fresh = fresh.filter(|((_, mark), seen)| !seen && given.insert(*mark)).map(|((item, _), _)| item);
        Did::Done(json!({ "items": fresh.collect::<Vec<_>>() }))
    }
}

/// What the items of an input are remembered by.
pub(crate) fn marks(input: &Value, place: &str) -> Vec<ContentHash> {
    let items = input["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let key = input["key"].as_str();
    items.iter().filter_map(|item| known_by(item, key).ok()).map(|known| mark(place, &known)).collect()
}

/// What an item is known by: one of its fields, or all of it.
fn known_by(item: &Value, key: Option<&str>) -> Result<String, String> {
    let Some(key) = key else { return Ok(ContentHash::of_json(item).to_string()) };
    match &item[key] {
        Value::String(text) if !text.is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!("an item is known by its `{key}`, which is {other} in one of them")),
    }
}
