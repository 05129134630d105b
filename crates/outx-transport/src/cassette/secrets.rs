//! What must not stand in any text of a cassette.

use super::allow::{LEFT_OUT, NEVER};
use crate::message::{ApiKey, Context, Request, Response};
use serde_json::Value;

/// What is shorter stands in other texts by chance: a code has six digits.
const SHORTEST: usize = 6;

/// The secrets of one exchange: the key that travels, and what request and answer hold under names that are
/// never kept, such as a code and the key that it gives. An answer may show them back under any name.
pub(super) struct Secrets<'a> {
    key: Option<&'a ApiKey>,
    others: Vec<String>,
}

impl<'a> Secrets<'a> {
    pub(super) fn of(request: &Request, context: &'a Context, answer: Option<&Response>) -> Self {
        let mut others = Vec::new();
        let bodies = request.body.iter().chain(answer.map(|answer| &answer.body));
        for value in bodies.filter_map(|body| serde_json::from_slice(body).ok()) {
            find(&value, false, &mut others);
        }
        Self { key: context.key.as_ref(), others }
    }

    /// A text in which none of them stands.
    pub(super) fn blank(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.key.iter().map(|key| key.expose()).chain(self.others.iter().map(String::as_str)) {
            if text.contains(secret) {
                text = text.replace(secret, LEFT_OUT);
            }
        }
        text
    }
}

fn find(value: &Value, is_secret: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter()
                .for_each(|(name, inner)| find(inner, is_secret || NEVER.contains(&name.as_str()), found));
        }
        Value::Array(items) => items.iter().for_each(|item| find(item, is_secret, found)),
        Value::String(text) if is_secret && text.len() >= SHORTEST => found.push(text.clone()),
        _ => {}
    }
}
