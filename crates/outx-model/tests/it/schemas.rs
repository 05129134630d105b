//! The JSON Schemas say what the checker and the reader do.

use crate::arbitrary;
use outx_model::{CATALOGUE, OverMax};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Whether a value fits a schema, for the words that ours use. An unknown word fails the test that uses it.
fn fits(schema: &Value, value: &Value) -> bool {
    let is = |word: &str| match word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other}"),
    };
    let length = value.as_str().map(|text| text.chars().count() as u64);
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    schema.as_object().unwrap().iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" | "default" => true,
        "type" => match rule {
            Value::String(word) => is(word),
            words => words.as_array().unwrap().iter().any(|word| is(word.as_str().unwrap())),
        },
        "minLength" => length.is_none_or(|length| length >= rule.as_u64().unwrap()),
        "maxLength" => length.is_none_or(|length| length <= rule.as_u64().unwrap()),
        "minItems" => !value.is_array() || items.len() as u64 >= rule.as_u64().unwrap(),
        "minimum" => value.as_i64().is_none_or(|n| n >= rule.as_i64().unwrap()),
        "maximum" => value.as_u64().is_none_or(|n| n <= rule.as_u64().unwrap()),
        "items" => items.iter().all(|item| fits(rule, item)),
        "properties" => rule
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, inner)| value.get(key).is_none_or(|value| fits(inner, value))),
        "required" => {
            !value.is_object()
                || rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
        }
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| fits(schema, value)),
        other => panic!("the word {other}"),
    })
}

#[test]
fn wrong_inputs_do_not_fit() {
    for spec in &CATALOGUE {
        let schema = spec.input_schema();
        assert_eq!(
            fits(&schema, &json!({})),
            spec.validate(&json!({}), OverMax::Refuse).is_ok(),
            "{}",
            spec.name
        );
        for field in spec.fields {
            for wrong in [json!(null), json!(true), json!({}), json!(-1), json!([7])] {
                let input = json!({ field.name: wrong });
                assert!(!fits(&schema["properties"][field.name], &wrong), "{} {input}", spec.name);
            }
        }
    }
    let note = |length| json!({ "profile_urn": "A", "note": "ä".repeat(length) });
    let schema = outx_model::Endpoint::SendConnectionRequest.spec().input_schema();
    assert!(fits(&schema, &note(300)) && !fits(&schema, &note(301)));
}

#[test]
fn both_generations_of_a_profile_fit() {
    let schema = outx_model::Endpoint::FetchProfile.spec().output_schema();
    for raw in [
        json!({ "name": "Ada", "followers": 980 }),
        json!({ "profile": { "full_name": "Ada", "positions": [{ "end_year": null, "more": 1 }] } }),
    ] {
        assert!(fits(&schema, &raw), "{raw}");
    }
    assert!(!fits(&schema, &json!({ "profile": { "positions": 7 }, "full_name": 7 })));
}

#[test]
fn what_is_inferred_is_said() {
    for spec in &CATALOGUE {
        let says = spec.output_schema()["description"].is_string();
        let documented = ["send-message", "send-connection-request"].contains(&spec.name);
        assert_eq!(says, !documented, "{}", spec.name);
    }
}

proptest! {
    #[test]
    fn what_is_taken_fits_and_what_is_read_fits(
        (spec, input) in (0..CATALOGUE.len()).prop_flat_map(|at| {
            let spec = &CATALOGUE[at];
            arbitrary::input(spec.fields).prop_map(move |input| (spec, input))
        }),
        raw in arbitrary::json(),
    ) {
        if let Ok(taken) = spec.validate(&input, OverMax::Clamp) {
            prop_assert!(fits(&spec.input_schema(), &taken), "{}", taken);
        }
        let view = spec.view(&raw);
        prop_assert!(fits(&spec.output_schema(), &view), "{}", view);
    }
}
