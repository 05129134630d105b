//! The exact form of what goes over the wire, and the limits of what may come back.

use outx_model::{AccountId, Endpoint, PollAnswer, RefusalReason, SendMessage, TaskId};
use outx_transport::{
    ApiKey, Client, Context, Created, ErrorKind, HttpTransport, Request, Sent, Transport, VirtualClock,
};
use serde_json::json;
use std::sync::Arc;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

pub(crate) fn client(base: &str) -> Client {
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
    let transport = Arc::new(HttpTransport::new(base).unwrap());
    Client::new(transport, Arc::new(clock), AccountId::from("team"), Some(ApiKey::new(" secret\n").unwrap()))
}

/// All headers but the host, sorted.
pub(crate) fn headers(request: &wiremock::Request) -> Vec<String> {
    let mut all: Vec<_> =
        request.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    all.retain(|header| !header.starts_with("host: "));
    all.sort();
    all
}

#[tokio::test]
async fn a_create_is_one_post_with_the_input_as_its_body() {
    let created = json!({ "success": true, "api_agent_task_id": "t-1", "message": "created" });
    let server = answering(ResponseTemplate::new(200).set_body_json(created)).await;
    let input =
        SendMessage { recipient_urn: "urn:li:person:Ada".into(), message: "Grüße 👋\n\"quoted\"".into() };
    let created = client(&server.uri()).create_typed(&input).await.unwrap();

    let Created::Accepted(ticket) = created else { panic!("{created:?}") };
    assert_eq!((ticket.id.as_str(), ticket.endpoint), ("t-1", Endpoint::SendMessage.into()));
    assert_eq!(ticket.account, AccountId::from("team"));
    assert_eq!(ticket.created_at.to_string(), "2026-03-02T09:00:00Z");
    let requests = server.received_requests().await.unwrap();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/linkedin-agent/send-message");
    assert_eq!(request.url.query(), None);
    let body = "{\"recipient_urn\":\"urn:li:person:Ada\",\"message\":\"Grüße 👋\\n\\\"quoted\\\"\"}";
    assert_eq!(std::str::from_utf8(&request.body).unwrap(), body);
    let expected = [
        "accept-encoding: gzip".to_owned(),
        "accept: */*".to_owned(),
        format!("content-length: {}", body.len()),
        "content-type: application/json".to_owned(),
        format!("user-agent: outx/{}", env!("CARGO_PKG_VERSION")),
        "x-api-key: secret".to_owned(),
    ];
    assert_eq!(headers(request), expected);
}

#[tokio::test]
async fn a_poll_is_one_get_with_the_id_encoded() {
    let task = json!({ "success": true, "data": { "id": "x", "status": "pending", "task_output": null } });
    let server = answering(ResponseTemplate::new(200).set_body_json(task)).await;
    // A base URL may have a path, and an id is whatever the service says.
    let client = client(&format!("{}/gateway/", server.uri()));
    let answer = client.poll(&TaskId::from("a b&c=d/é?#+%")).await.unwrap();

    assert!(matches!(answer, PollAnswer::Snapshot(_)), "{answer:?}");
    let requests = server.received_requests().await.unwrap();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(request.method.as_str(), "GET");
    assert_eq!(request.url.path(), "/gateway/linkedin-agent/get-task-status");
    assert_eq!(request.url.query(), Some("api_agent_task_id=a+b%26c%3Dd%2F%C3%A9%3F%23%2B%25"));
    assert!(request.body.is_empty());
    let expected = [
        "accept-encoding: gzip".to_owned(),
        "accept: */*".to_owned(),
        format!("user-agent: outx/{}", env!("CARGO_PKG_VERSION")),
        "x-api-key: secret".to_owned(),
    ];
    assert_eq!(headers(request), expected);
}

#[tokio::test]
async fn a_wrong_typed_input_is_not_sent() {
    let server = answering(ResponseTemplate::new(200)).await;
    let input = SendMessage { recipient_urn: "urn:li:person:Ada".into(), message: " ".into() };
    let error = client(&server.uri()).create_typed(&input).await.unwrap_err();
    assert_eq!(error.problems.len(), 1);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn retry_after_counts_from_the_clock() {
    let limited = json!({ "error": "Rate limit exceeded. Please try again later." });
    let answer = ResponseTemplate::new(429).set_body_json(limited).insert_header("Retry-After", "90");
    let server = answering(answer).await;
    let created = client(&server.uri()).create(Endpoint::LikePost, &json!({})).await;
    let Created::Refused(refusal) = created else { panic!("{created:?}") };
    assert_eq!(refusal.reason, RefusalReason::RateLimited);
    assert_eq!(refusal.not_before.unwrap().to_string(), "2026-03-02T09:01:30Z");
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    for status in [201, 304, 400, 404, 429, 500, 503] {
        let server =
            answering(ResponseTemplate::new(status).insert_header("X-Kept", "Yes").set_body_string("{"))
                .await;
        let transport = HttpTransport::new(&server.uri()).unwrap();
        let context = Context { key: None, timeout: Context::TIMEOUT };
        let answer = transport.send(&Request::get("/any"), &context).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-kept"), Some("Yes"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = answering(ResponseTemplate::new(status).insert_header("Location", "/elsewhere")).await;
        let transport = HttpTransport::new(&server.uri()).unwrap();
        let context = Context { key: None, timeout: Context::TIMEOUT };
        for request in [Request::get("/call"), Request::post("/call", &json!({}))] {
            let error = transport.send(&request, &context).await.unwrap_err();
            assert_eq!((error.kind(), error.sent()), (ErrorKind::Redirected, Sent::Maybe));
            assert!(error.answered() && !error.is_transient());
        }
        let requests = server.received_requests().await.unwrap();
        assert!(requests.len() == 2 && requests.iter().all(|request| request.url.path() == "/call"));
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused_even_when_it_travels_packed() {
    // The text "a" * 2000, packed: 2,000 bytes in 35.
    const PACKED: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 76, 28, 5, 163, 96, 20, 140, 130, 81, 48, 10, 70, 193, 80, 7, 0,
        57, 62, 19, 168, 208, 7, 0, 0,
    ];
    assert!(PACKED.len() < 100);
    let packed = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(PACKED);
    let plain = ResponseTemplate::new(200).set_body_string("a".repeat(2000));
    for answer in [packed, plain] {
        let server = answering(answer).await;
        let context = Context { key: None, timeout: Context::TIMEOUT };
        let send = async |limit| {
            let transport = HttpTransport::builder(&server.uri()).with_response_limit(limit).build().unwrap();
            transport.send(&Request::post("/any", &json!({})), &context).await
        };
        assert_eq!(send(2000).await.unwrap().body.len(), 2000);
        let error = send(1999).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::TooLarge, Sent::Maybe));
        assert!(error.answered() && !error.is_transient());
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_unpacked_is_a_doubt() {
    let answer = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_string("{}");
    let server = answering(answer).await;
    let created = client(&server.uri()).create(Endpoint::LikePost, &json!({})).await;
    let Created::Unknown(doubt) = created else { panic!("{created:?}") };
    assert!(doubt.arrived, "{doubt:?}");
}
