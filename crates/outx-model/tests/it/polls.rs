//! What the answer to a get-task-status means.

use crate::arbitrary::{body, json as any_json, status};
use outx_model::{PollAnswer, RefusalReason, TaskStatus, classify_poll, failure_text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn word(status: u16, body: &[u8]) -> String {
    match classify_poll(status, body, None) {
        PollAnswer::Snapshot(snapshot) => format!("snapshot {}", snapshot.status),
        PollAnswer::NotFound(_) => "not found".to_owned(),
        PollAnswer::Refused(refusal) => format!("refused {}", refusal.reason.word()),
        PollAnswer::Rejected(_) => "rejected".to_owned(),
        PollAnswer::Unreadable(_) => "unreadable".to_owned(),
    }
}

fn error(text: &str) -> Vec<u8> {
    json!({ "error": text }).to_string().into_bytes()
}

#[test]
fn the_documented_answer() {
    let body = json!({ "success": true, "data": {
        "id": "0b9d6d52", "status": "completed",
        "task_input": { "task_type": "agent_send_message", "recipient_urn": "urn:li:person:X" },
        "task_output": { "sent": true },
    } });
    let PollAnswer::Snapshot(task) = classify_poll(200, body.to_string().as_bytes(), None) else {
        panic!("not a snapshot");
    };
    assert_eq!(task.status, TaskStatus::Completed);
    assert_eq!(task.input["recipient_urn"], "urn:li:person:X");
    assert_eq!(task.output, json!({ "sent": true }));
}

#[test]
fn the_table_of_answers() {
    let task =
        |status: &str| json!({ "success": true, "data": { "status": status } }).to_string().into_bytes();
    for status in ["pending", "processing", "completed", "failed", "paused"] {
        assert_eq!(word(200, &task(status)), format!("snapshot {status}"));
    }
    // One public client reads the fields at the top.
    assert_eq!(word(200, br#"{"status":"completed","task_output":{}}"#), "snapshot completed");
    assert_eq!(word(404, &error("Agent task not found")), "not found");
    assert_eq!(word(400, &error("Missing or invalid 'api_agent_task_id'")), "rejected");
    assert_eq!(word(401, &error("Invalid API Key")), "refused key");
    assert_eq!(word(403, &error("Plugin installation required: Please install")), "refused extension");
    assert_eq!(word(403, &error("Access denied")), "rejected");
    assert_eq!(word(403, b"<html>"), "unreadable");
    assert_eq!(word(429, &error("Rate limit exceeded. Please try again later.")), "refused rate_limited");
    // Asking again harms nobody, so a gateway's limit is obeyed too.
    assert_eq!(word(429, b"<html>"), "refused rate_limited");
    for (status, body) in
        [(200, &b"<html>"[..]), (200, b""), (200, b"{}"), (500, b"{}"), (503, b""), (302, b"")]
    {
        assert_eq!(word(status, body), "unreadable", "{status}");
    }
}

#[test]
fn the_reason_of_a_failure_is_found_or_said_to_be_missing() {
    for (output, text) in [
        (json!({ "error": "not connected", "message": "x" }), "not connected"),
        (json!({ "reason": "not connected" }), "not connected"),
        (json!({ "error": { "code": 7 }, "message": "not connected" }), "not connected"),
        (json!("not connected"), "not connected"),
        (json!(null), "the service gave no reason"),
        (json!({ "code": 7 }), r#"{"code":7}"#),
        (json!([1, 2]), "[1,2]"),
    ] {
        assert_eq!(failure_text(&output), text);
    }
}

proptest! {
    #[test]
    fn only_the_two_words_are_an_end(word in "\\PC{0,12}") {
        let status = TaskStatus::from(word.as_str());
        prop_assert_eq!(status.is_end(), word == "completed" || word == "failed");
        prop_assert_eq!(status.as_str(), word.as_str());
        let text = serde_json::to_string(&status).unwrap();
        prop_assert_eq!(serde_json::from_str::<TaskStatus>(&text).unwrap(), status);
    }

    #[test]
    fn a_snapshot_needs_a_2xx_and_a_status_word(status in status(), body in body()) {
        if let PollAnswer::Snapshot(task) = classify_poll(status, &body, None) {
            prop_assert!((200..300).contains(&status));
            let json: Value = serde_json::from_slice(&body).unwrap();
            let place = if json["data"].is_object() { &json["data"] } else { &json };
            prop_assert_eq!(&place["status"], task.status.as_str());
            prop_assert_eq!(place.get("task_output").unwrap_or(&Value::Null), &task.output);
        }
    }

    #[test]
    fn a_status_in_either_place_is_read(output in any_json(), word in "[a-z]{1,8}", nested: bool) {
        let task = json!({ "status": word, "task_output": output });
        let body = if nested { json!({ "data": task }) } else { task };
        let answer = classify_poll(200, body.to_string().as_bytes(), None);
        let PollAnswer::Snapshot(task) = answer else {
            return Err(TestCaseError::fail(format!("{answer:?}")));
        };
        prop_assert_eq!(task.status.is_end(), word == "completed" || word == "failed");
        prop_assert!(!failure_text(&task.output).is_empty() || task.output.is_string() || task.output.is_object());
    }
}

#[test]
fn a_server_that_says_when_to_come_back_is_believed() {
    let at: jiff::Timestamp = "2026-03-02T09:00:30Z".parse().unwrap();
    let PollAnswer::Refused(refusal) = classify_poll(503, b"<html>", Some(at)) else { panic!("not refused") };
    assert_eq!((refusal.reason, refusal.not_before), (RefusalReason::RateLimited, Some(at)));
    assert_eq!(word(503, b"<html>"), "unreadable");
}
