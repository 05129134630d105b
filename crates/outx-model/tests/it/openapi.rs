//! The OpenAPI document is whole, and the committed one is this one.

use outx_model::{CATALOGUE, openapi, words};
use serde_json::Value;
use std::path::Path;

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, call)| (path.as_str(), method.as_str(), call))
        })
        .collect()
}

/// Every `$ref` below a value.
fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Object(entries) => {
            into.extend(entries.get("$ref").and_then(Value::as_str));
            entries.values().for_each(|item| references(item, into));
        }
        _ => {}
    }
}

#[test]
fn the_committed_document_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == format!("{:#}\n", openapi()),
        "docs/openapi.json is not what the catalogue says; refresh it with \
         `cargo run -p outx-examples --example openapi > docs/openapi.json`"
    );
}

#[test]
fn every_call_is_there() {
    let document = openapi();
    let mut wanted: Vec<_> = CATALOGUE.iter().map(|spec| (spec.path, "post")).collect();
    wanted.push(("/linkedin-agent/get-task-status", "get"));
    wanted.push(("/linkedin-agent/auth-send-otp", "post"));
    wanted.push(("/linkedin-agent/auth-verify-otp", "post"));
    let calls: Vec<_> = operations(&document).iter().map(|(path, method, _)| (*path, *method)).collect();
    assert_eq!(calls, wanted);
    // Only the two calls that give a key go without one.
    for (path, _, call) in operations(&document) {
        assert_eq!(call.get("security").is_some(), path.contains("/auth-"), "{path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = openapi();
    let mut used = Vec::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(&reference.as_str()), "{reference} is not used");
        }
    }
}

/// The texts of a call's answer of one status.
fn texts(document: &Value, call: &Value, status: &str) -> Vec<String> {
    let mut answer = &call["responses"][status];
    if let Some(reference) = answer["$ref"].as_str() {
        answer = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
    }
    let examples = answer["content"]["application/json"]["examples"].as_object();
    let text = |example: &Value| example["value"]["error"].as_str().unwrap().to_owned();
    examples.into_iter().flatten().map(|(_, example)| text(example)).collect()
}

#[test]
fn the_documented_texts_are_examples() {
    let document = openapi();
    let call = |name: &str, method: &str| &document["paths"][format!("/linkedin-agent/{name}")][method];
    let of = |name: &str, status: &str| texts(&document, call(name, "post"), status);
    assert_eq!(
        of("send-message", "400"),
        [
            "Missing or invalid 'recipient_urn'",
            "Missing or invalid 'message'",
            "Message text is too long (max 10000 characters)",
        ]
    );
    assert_eq!(
        of("send-connection-request", "400"),
        [
            "Missing or invalid 'profile_urn'",
            "Invalid 'note': must be a string",
            "Invalid 'note': must be 300 characters or fewer",
        ]
    );
    let connections = of("fetch-connections", "400");
    assert_eq!(
        connections[..2],
        ["Invalid 'keyword': must be a string", "Invalid 'sort_type': must be a string"]
    );
    assert_eq!(of("send-connection-request", "429").last().unwrap(), words::INVITATION_LIMIT);
    assert_eq!(of("auth-verify-otp", "400"), ["Missing or invalid 'email'", "Missing or invalid 'otp'"]);
    assert_eq!(of("auth-verify-otp", "401"), [words::WRONG_CODE]);
    let poll = call("get-task-status", "get");
    assert_eq!(texts(&document, poll, "404"), [words::UNKNOWN_TASK]);
    for spec in &CATALOGUE {
        assert_eq!(of(spec.name, "401"), [words::MISSING_KEY, words::INVALID_KEY]);
        assert_eq!(of(spec.name, "403"), [words::NO_EXTENSION]);
        let is_write = spec.target.is_some();
        assert_eq!(of(spec.name, "404"), if is_write { vec![words::NO_ADMIN] } else { vec![] });
        // What the service says for an empty input is among them.
        if let Err(error) = spec.validate(&serde_json::json!({}), outx_model::OverMax::Refuse) {
            assert!(of(spec.name, "400").contains(&error.problems[0].text), "{}", spec.name);
        }
    }
}

#[test]
fn an_inferred_text_says_so() {
    let document = openapi();
    for (text, documented) in [
        ("missing-or-invalid-profile_slug", true),
        ("missing-or-invalid-company_slug", false),
        ("at-least-one-search-filter-is", false),
        ("method-not-allowed", false),
    ] {
        let whole = document.to_string();
        let said = format!("\"{text}\":{{\"value\":");
        let at = whole.find(&said).unwrap_or_else(|| panic!("{text}"));
        let example: String = whole[at..].chars().take_while(|c| *c != '}').chain("}".chars()).collect();
        let after = &whole[at + example.len()..];
        assert_eq!(!after.starts_with(",\"summary\":\"the text is inferred"), documented, "{text}");
    }
}

#[test]
fn every_example_is_an_input_that_the_service_takes() {
    let document = openapi();
    for spec in &CATALOGUE {
        let example =
            &document["paths"][spec.path]["post"]["requestBody"]["content"]["application/json"]["example"];
        assert_eq!(&spec.validate(example, outx_model::OverMax::Refuse).unwrap(), example, "{}", spec.name);
    }
}
