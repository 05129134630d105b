//! Outputs of the catalogue's documented shape.

use crate::world;
use jiff::Timestamp;
use outx_model::{Call, ViewField, ViewType};
use serde_json::{Map, Value};

/// How many records a list has.
const RECORDS: usize = 2;

/// An output of an endpoint's shape, every field present. What the input names is what the output names, so
/// that a profile is that of the slug; all else is plain and numbered. Of an endpoint that the catalogue has not, no shape
/// is known: it is empty.
pub(crate) fn sample(endpoint: Call, input: &Value, created_at: Timestamp) -> Value {
    let Some(view) = endpoint.spec().map(|spec| &spec.view) else { return Value::Object(Map::new()) };
    let sampler = Sampler { input, created_at };
    let record = sampler.record(view.fields, 1);
    match view.nested.first() {
        Some(key) => Value::Object(Map::from_iter([((*key).to_owned(), record)])),
        None => record,
    }
}

struct Sampler<'a> {
    input: &'a Value,
    created_at: Timestamp,
}

impl Sampler<'_> {
    fn record(&self, fields: &[ViewField], number: usize) -> Value {
        let value = |field: &ViewField| {
            let key = field.from.first().copied().unwrap_or(field.name);
            (key.to_owned(), self.value(field, number))
        };
        Value::Object(fields.iter().map(value).collect())
    }

    fn value(&self, field: &ViewField, number: usize) -> Value {
        match field.ty {
            ViewType::Text => self.text(field.name, number),
            ViewType::Integer if field.name.ends_with("_year") => Value::from(2020 + number),
            ViewType::Integer => Value::from(number),
            ViewType::Boolean => Value::Bool(true),
            ViewType::Texts => (1..=RECORDS).map(|number| self.text(field.name, number)).collect(),
            ViewType::Records(fields) => (1..=RECORDS).map(|number| self.record(fields, number)).collect(),
        }
    }

    fn text(&self, name: &str, number: usize) -> Value {
        let given = |name: &str| self.input.get(name).and_then(Value::as_str);
        let slug = given("profile_slug").map_or_else(|| format!("person-{number}"), world::spelled);
        let first_author = || self.input.get("profile_urns")?.get(0)?.as_str();
        Value::from(match name {
            "profile_slug" | "public_identifier" => slug,
            "profile_url" => format!("https://www.linkedin.com/in/{slug}"),
            "profile_urn" | "entity_urn" => world::urn(&slug),
            "author_urn" => first_author().map_or_else(|| world::urn(&slug), str::to_owned),
            "social_urn" => format!("urn:li:activity:{}", 7_000_000_000_000_000_000_u64 + number as u64),
            "posted_at" => self.created_at.to_string(),
            "url" | "logo_url" | "profile_image_url" => format!("https://example.com/{name}/{number}"),
            _ => given(name).map_or_else(|| format!("{name} {number}"), str::to_owned),
        })
    }
}
