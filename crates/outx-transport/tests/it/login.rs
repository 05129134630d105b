//! The two calls that give a key: what travels, what comes back, and that no key shows.

use crate::canary::Log;
use crate::wire::{answering, client, headers};
use outx_transport::{ErrorKind, Login, LoginError};
use serde_json::{Value, json};
use std::error::Error;
use wiremock::{MockServer, ResponseTemplate};

const CANARY: &str = "outx_canary-41c7";

/// The one request, which carries no key whatever the client holds.
async fn sent(server: &MockServer, path: &str) -> String {
    let requests = server.received_requests().await.unwrap();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", path));
    assert_eq!(request.url.query(), None);
    let wanted = [
        "accept-encoding: gzip".to_owned(),
        "accept: */*".to_owned(),
        format!("content-length: {}", request.body.len()),
        "content-type: application/json".to_owned(),
        format!("user-agent: outx/{}", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(headers(request), wanted);
    String::from_utf8(request.body.clone()).unwrap()
}

async fn verified(status: u16, body: &Value) -> Result<Login, LoginError> {
    let server = answering(ResponseTemplate::new(status).set_body_json(body)).await;
    client(&server.uri()).verify_otp("ada@example.org", "012345").await
}

#[tokio::test]
async fn a_code_is_asked_for_without_a_key() {
    for (name, body) in [
        (None, r#"{"email":"ada@example.org"}"#),
        (Some("Ada Ü"), r#"{"email":"ada@example.org","full_name":"Ada Ü"}"#),
    ] {
        let answer = json!({ "success": true, "email": "ada@example.org" });
        let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
        client(&server.uri()).send_otp(" ada@example.org\n", name).await.unwrap();
        assert_eq!(sent(&server, "/linkedin-agent/auth-send-otp").await, body);
    }
}

#[tokio::test]
async fn a_code_gives_the_key_and_the_key_does_not_show() {
    let answer = json!({
        "user": { "id": 7, "full_name": "Ada", "email": "ada@example.org" },
        "team": { "id": "t1", "name": "Fjord", "api_key": CANARY },
    });
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let login = client(&server.uri()).verify_otp("ada@example.org", " 012345 ").await.unwrap();
    let body = sent(&server, "/linkedin-agent/auth-verify-otp").await;
    assert_eq!(body, r#"{"email":"ada@example.org","otp":"012345"}"#);
    assert_eq!(login.key.expose(), CANARY);
    assert_eq!((login.user.id.as_deref(), login.user.full_name.as_deref()), (Some("7"), Some("Ada")));
    assert_eq!((login.team.id.as_deref(), login.team.name.as_deref()), (Some("t1"), Some("Fjord")));
    let shown = format!("{login:?} {login:#?}");
    assert!(shown.contains("Fjord") && !shown.contains(CANARY), "{shown}");
    let log = log.text();
    assert!(log.contains("/linkedin-agent/auth-verify-otp"), "nothing was logged: {log}");
    for secret in [CANARY, "012345", "ada@example.org"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn the_older_shape_has_the_key_at_the_top() {
    let login = verified(200, &json!({ "api_key": CANARY })).await.unwrap();
    assert_eq!(login.key.expose(), CANARY);
    assert_eq!(login.user.email, None);
}

#[tokio::test]
async fn a_wrong_code_is_told_in_the_services_words() {
    let error = verified(401, &json!({ "error": "Invalid or expired OTP" })).await.unwrap_err();
    assert_eq!(error.to_string(), "the service refused: Invalid or expired OTP (status 401)");
    assert!(!error.is_transient());
    for (status, transient) in [(400, false), (403, false), (429, true), (500, true), (503, true)] {
        let error = verified(status, &json!({ "error": "no" })).await.unwrap_err();
        assert_eq!(error.is_transient(), transient, "{status}");
    }
}

#[tokio::test]
async fn a_code_that_is_shown_back_is_not_told() {
    let error = verified(401, &json!({ "error": "012345 is not the code" })).await.unwrap_err();
    assert_eq!(error.to_string(), "the service refused: … is not the code (status 401)");
    assert!(!format!("{error:?}").contains("012345"));
}

#[tokio::test]
async fn a_wish_to_wait_is_a_moment() {
    let answer = ResponseTemplate::new(429)
        .set_body_json(json!({ "error": "slow" }))
        .insert_header("Retry-After", "60");
    let server = answering(answer).await;
    let error = client(&server.uri()).send_otp("a@b", None).await.unwrap_err();
    let LoginError::Refused { not_before: Some(moment), .. } = error else { panic!("{error:?}") };
    assert_eq!(moment.to_string(), "2026-03-02T09:01:00Z");
}

#[tokio::test]
async fn an_answer_without_a_usable_key_is_an_error_that_shows_nothing() {
    let bodies = [
        json!({}),
        json!({ "team": { "api_key": null } }),
        json!({ "team": { "api_key": " " } }),
        json!({ "team": { "api_key": format!("{CANARY}\u{e9}") } }),
        json!({ "team": { "api_key": [CANARY] } }),
        json!([{ "api_key": CANARY }]),
        json!(CANARY),
    ];
    for body in bodies {
        let error = verified(200, &body).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
        assert!(!error.is_transient());
    }
    for status in [200, 401, 500] {
        let answer = ResponseTemplate::new(status).set_body_string(format!("<html>{CANARY}"));
        let server = answering(answer).await;
        let error = client(&server.uri()).verify_otp("a@b", "012345").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_input_is_not_sent_and_no_answer_says_so() {
    let server = answering(ResponseTemplate::new(200)).await;
    let client_here = client(&server.uri());
    for (email, otp) in [("ada", "012345"), ("", "012345"), ("a@b", "12345"), ("a@b", "12345x")] {
        let error = client_here.verify_otp(email, otp).await.unwrap_err();
        assert!(matches!(error, LoginError::Input(_)), "{error:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());

    let error = client("http://127.0.0.1:1").send_otp("a@b", None).await.unwrap_err();
    let LoginError::NoAnswer(source) = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), ErrorKind::Connect);
    assert!(error.is_transient() && error.source().is_some());
}
