//! What the answer to a create means: the table, with the service's own texts, and any answer at all.

use crate::arbitrary::{body, status};
use jiff::Timestamp;
use outx_model::{CreateVerdict, RefusalReason, RetryAfter, classify_create};
use proptest::prelude::*;
use serde_json::{Value, json};

const PLUGIN: &str = "Plugin installation required: Please install the OutX browser extension on at least one \
     team member's account to use the API. The plugin must have been active within the last 48 hours.";
const GATEWAY: &str = "<html><head><title>Service Unavailable</title></head><body>try later</body></html>";

fn error(text: &str) -> Vec<u8> {
    json!({ "error": text }).to_string().into_bytes()
}

/// The verdict in a word.
fn verdict(status: u16, body: &[u8]) -> String {
    match classify_create(status, body, None) {
        CreateVerdict::Accepted(id) => format!("accepted {id}"),
        CreateVerdict::Refused(refusal) => format!("refused {}", refusal.reason.word()),
        CreateVerdict::Rejected(error) => {
            assert_eq!(error.status, status);
            format!("rejected {}", error.text)
        }
        CreateVerdict::Unknown(doubt) => {
            assert!(doubt.arrived, "an answer came");
            "unknown".to_owned()
        }
    }
}

#[test]
fn the_table_of_answers() {
    let created = json!({ "success": true, "api_agent_task_id": "0b9d6d52", "message": "created" });
    let created = created.to_string();
    for status in [200, 201, 202] {
        assert_eq!(verdict(status, created.as_bytes()), "accepted 0b9d6d52");
    }
    // The other envelope, should it ever be used here too.
    assert_eq!(verdict(200, br#"{"success":true,"data":{"api_agent_task_id":"k"}}"#), "accepted k");

    // 2xx without a readable id.
    for body in [
        &created.as_bytes()[..20],
        b"",
        b"<html>",
        b"{}",
        b"null",
        br#"{"success":true}"#,
        br#"{"success":true,"api_agent_task_id":null}"#,
        br#"{"success":true,"api_agent_task_id":"  "}"#,
        br#"{"success":true,"api_agent_task_id":7}"#,
        b"\xff\xfe\x00",
    ] {
        assert_eq!(verdict(200, body), "unknown", "{}", String::from_utf8_lossy(body));
    }
    assert_eq!(verdict(204, b""), "unknown");

    // No, for ever.
    for (status, text) in [
        (400, "Missing or invalid 'profile_slug'"),
        (400, "Message text is too long (max 10000 characters)"),
        (402, "Your plan includes up to 3 watchlists"),
        (403, "Access denied: You don't have permission to access this resource"),
        (404, "No admin user found in the team"),
        (405, "Method not allowed"),
    ] {
        assert_eq!(verdict(status, &error(text)), format!("rejected {text}"));
    }
    assert_eq!(
        verdict(400, br#"{"message":"Missing or invalid 'note'"}"#),
        "rejected Missing or invalid 'note'"
    );
    assert_eq!(verdict(405, b""), "rejected an empty body");

    // Not now.
    for text in ["Missing API Key", "Invalid API Key", "Unauthorized"] {
        assert_eq!(verdict(401, &error(text)), "refused key");
    }
    assert_eq!(verdict(401, GATEWAY.as_bytes()), "refused key");
    assert_eq!(verdict(403, &error(PLUGIN)), "refused extension");
    assert_eq!(verdict(429, &error("Rate limit exceeded. Please try again later.")), "refused rate_limited");
    assert_eq!(verdict(429, &error("LinkedIn invitation limit reached")), "refused invitation_limit");

    // Nobody knows.
    for status in [408, 500, 502, 503, 504, 403, 429] {
        assert_eq!(verdict(status, GATEWAY.as_bytes()), "unknown", "{status}");
    }
    for status in [408, 409, 413, 500, 502, 301, 307, 100, 0, 999] {
        assert_eq!(verdict(status, &error("Internal Server Error")), "unknown", "{status}");
    }
}

#[test]
fn a_refusal_says_not_before_when() {
    let moment: Timestamp = "2026-03-02T09:00:30Z".parse().unwrap();
    let limited = error("Rate limit exceeded. Please try again later.");
    let CreateVerdict::Refused(refusal) = classify_create(429, &limited, Some(moment)) else {
        panic!("not refused");
    };
    assert_eq!((refusal.reason, refusal.not_before), (RefusalReason::RateLimited, Some(moment)));
}

#[test]
fn retry_after_in_both_forms() {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let at = |text| RetryAfter::parse(text).map(|wish| wish.at(now).to_string());
    assert_eq!(at("120").as_deref(), Some("2026-03-02T09:02:00Z"));
    assert_eq!(at(" 0 ").as_deref(), Some("2026-03-02T09:00:00Z"));
    assert_eq!(at("Mon, 02 Mar 2026 09:10:00 GMT").as_deref(), Some("2026-03-02T09:10:00Z"));
    // A moment that is past asks for no pause.
    assert_eq!(at("Mon, 02 Mar 2026 08:00:00 GMT").as_deref(), Some("2026-03-02T09:00:00Z"));
    for text in ["", "soon", "-1", "1.5", "99999999999999", "Mon, 99 Mar 2026 09:10:00 GMT"] {
        assert_eq!(at(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn only_a_2xx_with_an_id_is_accepted(status in status(), body in body()) {
        if let CreateVerdict::Accepted(id) = classify_create(status, &body, None) {
            prop_assert!((200..300).contains(&status));
            prop_assert!(!id.as_str().trim().is_empty());
            let json: Value = serde_json::from_slice(&body).unwrap();
            let found = [&json["api_agent_task_id"], &json["data"]["api_agent_task_id"]];
            prop_assert!(found.contains(&&Value::from(id.as_str())));
        }
    }

    #[test]
    fn an_answer_that_is_no_json_frees_nothing_but_by_its_status(status in status(), body in body()) {
        prop_assume!(serde_json::from_slice::<Value>(&body).is_err());
        match classify_create(status, &body, None) {
            CreateVerdict::Accepted(id) => prop_assert!(false, "accepted as {id}"),
            CreateVerdict::Refused(_) => prop_assert_eq!(status, 401),
            CreateVerdict::Rejected(_) => prop_assert!([400, 402, 404, 405].contains(&status)),
            CreateVerdict::Unknown(doubt) => prop_assert!(doubt.arrived),
        }
    }

    #[test]
    fn what_is_shown_of_a_body_is_one_short_line(status in status(), body in body()) {
        let text = match classify_create(status, &body, None) {
            CreateVerdict::Accepted(_) => return Ok(()),
            CreateVerdict::Refused(refusal) => refusal.error.text,
            CreateVerdict::Rejected(error) => error.text,
            CreateVerdict::Unknown(doubt) => doubt.what,
        };
        prop_assert!(!text.is_empty() && text.chars().count() < 400);
        prop_assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
