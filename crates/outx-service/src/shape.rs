//! Older and other shapes of what a task found, made from the newest.

use crate::choices::{Choices, CompanyShape, ProfileShape};
use outx_model::{Call, Endpoint};
use serde_json::{Map, Value};

/// An output in the chosen shape. What has no part in it stays as it is.
pub(crate) fn output(newest: Value, endpoint: Call, choices: &Choices) -> Value {
    match endpoint.endpoint() {
        Some(Endpoint::FetchProfile) if choices.profile == ProfileShape::Flat => flat_profile(newest),
        Some(Endpoint::FetchCompany) if choices.company == CompanyShape::Flat => inner(newest, "company"),
        Some(Endpoint::FetchConnections) => renamed(newest, "connections", &choices.connections_container),
        Some(Endpoint::SearchProfiles) => renamed(newest, "profiles", &choices.search_container),
        _ => newest,
    }
}

/// Version A of a profile. The visible part of its page has neither URN nor slug nor positions.
fn flat_profile(newest: Value) -> Value {
    let Value::Object(mut profile) = inner(newest, "profile") else { return Value::Null };
    let mut flat = Map::new();
    for (older, newer) in [
        ("name", "full_name"),
        ("headline", "headline"),
        ("location", "location"),
        ("profile_url", "profile_url"),
        ("connections", "connections"),
        ("followers", "followers"),
        ("about", "about"),
    ] {
        if let Some(value) = profile.shift_remove(newer) {
            flat.insert(older.to_owned(), value);
        }
    }
    if let Some(slug) = profile.get("profile_slug").and_then(Value::as_str) {
        let url = format!("https://www.linkedin.com/in/{slug}");
        flat.entry("profile_url").or_insert_with(|| Value::from(url));
    }
    Value::Object(flat)
}

/// What stands under a key, or all where the key is not there.
fn inner(mut output: Value, key: &str) -> Value {
    output.get_mut(key).map(Value::take).unwrap_or(output)
}

/// The same with another name for a key, at the same place.
fn renamed(output: Value, from: &str, to: &str) -> Value {
    match output {
        Value::Object(map) if from != to => {
            let renamed = |(key, value)| (if key == from { to.to_owned() } else { key }, value);
            Value::Object(map.into_iter().map(renamed).collect())
        }
        other => other,
    }
}
