//! What each endpoint refuses, and in which words.

use crate::support::{create, good_input, poll, start};
use outx_model::Endpoint::{self, *};
use outx_service::{Request, Service, ServiceConfig};
use serde_json::{Value, json};

fn refusal(endpoint: Endpoint, input: &Value) -> String {
    let mut service = Service::new(ServiceConfig::default());
    let response = service.step(&create(endpoint, input), start()).response;
    assert_eq!(response.status, 400, "{endpoint} {input}");
    assert!(service.tasks().is_empty());
    response.value()["error"].as_str().unwrap().to_owned()
}

#[test]
fn every_required_field_is_required() {
    for endpoint in Endpoint::ALL {
        for field in endpoint.spec().fields.iter().filter(|field| field.required) {
            let text = format!("Missing or invalid '{}'", field.name);
            for wrong in [
                None,
                Some(json!(null)),
                Some(json!(7)),
                Some(json!("  ")),
                Some(json!([])),
                Some(json!([7])),
            ] {
                let mut input = good_input(endpoint);
                input.as_object_mut().unwrap().shift_remove(field.name);
                if let Some(wrong) = wrong {
                    input[field.name] = wrong;
                }
                assert_eq!(refusal(endpoint, &input), text, "{endpoint} {input}");
            }
        }
    }
}

#[test]
fn documented_texts_are_the_services_own() {
    let (long, note) = ("x".repeat(10_001), "x".repeat(301));
    for (endpoint, input, text) in [
        (FetchConnections, json!({ "keyword": 7 }), "Invalid 'keyword': must be a string"),
        (FetchConnections, json!({ "sort_type": [] }), "Invalid 'sort_type': must be a string"),
        (
            SendMessage,
            json!({ "recipient_urn": "u", "message": long }),
            "Message text is too long (max 10000 characters)",
        ),
        (SendConnectionRequest, json!({ "profile_urn": "u", "note": 7 }), "Invalid 'note': must be a string"),
        (
            SendConnectionRequest,
            json!({ "profile_urn": "u", "note": note }),
            "Invalid 'note': must be 300 characters or fewer",
        ),
        (SearchProfiles, json!({}), "At least one search filter is required"),
        (SearchProfiles, json!({ "count": 5 }), "At least one search filter is required"),
        // Of several problems the first is told.
        (SendMessage, json!({}), "Missing or invalid 'recipient_urn'"),
    ] {
        assert_eq!(refusal(endpoint, &input), text);
    }
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let mut service = Service::new(ServiceConfig::default());
    for body in [&b"{"[..], b"null", b"[]", b"7", b"\xff\xfe", b"{\"keyword\":\"a\"} x"] {
        let request = Request { body: body.to_vec().into(), ..create(FetchConnections, &json!({})) };
        assert_eq!(service.step(&request, start()).response.status, 400, "{body:?}");
    }
    let empty = Request { body: Vec::new().into(), ..create(FetchConnections, &json!({})) };
    assert_eq!(service.step(&empty, start()).response.status, 200, "the first page needs no body");
}

#[test]
fn the_input_is_echoed_as_it_was_taken() {
    let mut service = Service::new(ServiceConfig::default());
    let mut echo = |endpoint, input: Value| {
        let created = service.step(&create(endpoint, &input), start()).response;
        service.step(&poll(&crate::support::id(&created)), start()).response.value()["data"]["task_input"]
            .clone()
    };
    assert_eq!(
        echo(
            FetchProfile,
            json!({ "profile_slug": "https://linkedin.com/in/Ada/", "task_type": "mine", "note": null })
        ),
        json!({ "task_type": "agent_profile_fetch", "profile_slug": "https://linkedin.com/in/Ada/" })
    );
    assert_eq!(
        echo(FetchConnections, json!({ "keyword": "ada", "unknown": true })),
        json!({ "task_type": FetchConnections.spec().task_type, "keyword": "ada", "unknown": true, "start": 0, "count": 40 })
    );
    assert_eq!(
        echo(SendConnectionRequest, json!({ "profile_urn": "u", "note": " Hello " }))["note"],
        "Hello"
    );
}
