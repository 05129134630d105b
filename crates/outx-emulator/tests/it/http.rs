//! The API over the wire.

use crate::support::{Connection, start};
use outx_model::{CreateVerdict, Endpoint, PollAnswer, STATUS_PATH, classify_create, classify_poll};
use outx_service::{LatencyLaw, ServiceConfig};
use serde_json::json;
use std::time::Duration;

const KEY: &str = "x-api-key: k\r\n";

#[tokio::test]
async fn a_task_is_created_and_followed_on_one_connection() {
    let latency = LatencyLaw::Fixed(Duration::from_secs(20));
    let running = start(ServiceConfig { latency, ..ServiceConfig::default() }).await;
    let mut connection = Connection::open(running.address).await;

    let body = json!({ "profile_slug": "ada-example" }).to_string();
    let headers = format!("content-type: application/json\r\n{KEY}");
    let path = Endpoint::FetchProfile.spec().path;
    let created = connection.send("POST", path, &headers, body.as_bytes()).await;
    assert_eq!((created.status, created.header("content-type")), (200, Some("application/json")));
    let CreateVerdict::Accepted(id) = classify_create(200, &created.body, None) else {
        panic!("{created:?}")
    };

    let target = format!("{STATUS_PATH}?api_agent_task_id={id}");
    for (wait, status, has_output) in [(0, "pending", false), (20, "completed", true)] {
        running.clock.forward(wait);
        let polled = connection.send("GET", &target, KEY, b"").await;
        let PollAnswer::Snapshot(task) = classify_poll(polled.status, &polled.body, None) else {
            panic!("{polled:?}")
        };
        assert_eq!((task.status.as_str(), task.output.is_object()), (status, has_output));
    }
    assert_eq!(running.host.with(|service| (service.requests().len(), service.polls())), (1, 2));
}

#[tokio::test]
async fn escapes_in_the_query_are_undone() {
    let running = start(ServiceConfig::default()).await;
    let mut connection = Connection::open(running.address).await;
    let created = connection.send("POST", Endpoint::FetchConnections.spec().path, KEY, b"{}").await;
    let id = created.json()["api_agent_task_id"].as_str().unwrap().replace('-', "%2D");
    let polled = connection.send("GET", &format!("{STATUS_PATH}?api_agent_task_id={id}"), KEY, b"").await;
    assert_eq!(polled.status, 200);
}

#[tokio::test]
async fn the_model_answers_every_method_and_path() {
    let running = start(ServiceConfig { key: Some("right".into()), ..ServiceConfig::default() }).await;
    let mut connection = Connection::open(running.address).await;
    let create = Endpoint::LikePost.spec().path;
    for (method, target, headers, status) in [
        ("GET", "/", "", 404),
        ("PATCH", "/linkedin-agent/unknown?a=b", "", 404),
        ("GET", create, "", 405),
        ("OPTIONS", create, "", 405),
        ("BREW", STATUS_PATH, "", 405),
        ("HEAD", STATUS_PATH, "", 405),
        ("POST", create, "", 401),
        ("POST", create, "x-api-key: wrong\r\n", 401),
        ("POST", create, "X-API-Key: right\r\n", 400),
        ("GET", STATUS_PATH, "x-api-key: right\r\n", 400),
    ] {
        let answer = connection.send(method, target, headers, b"").await;
        assert_eq!(answer.status, status, "{method} {target}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        if method != "HEAD" {
            assert!(answer.json()["error"].is_string(), "{method} {target}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_no_text_is_a_wrong_key() {
    let running = start(ServiceConfig { key: Some("right".into()), ..ServiceConfig::default() }).await;
    let mut connection = Connection::open(running.address).await;
    let head = [b"GET ", STATUS_PATH.as_bytes(), b" HTTP/1.1\r\nhost: x\r\nx-api-key: \xff\r\n\r\n"].concat();
    connection.write(&head).await;
    let answer = connection.answer(false).await;
    assert_eq!((answer.status, answer.json()), (401, json!({ "error": "Invalid API Key" })));
}

#[tokio::test]
async fn a_chunked_body_is_one_body() {
    let running = start(ServiceConfig::default()).await;
    let mut connection = Connection::open(running.address).await;
    let path = Endpoint::FetchCompany.spec().path;
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{KEY}transfer-encoding: chunked\r\n\r\n");
    connection.write(head.as_bytes()).await;
    for chunk in ["{\"company_slug\":", "\"fjord-labs\"}", ""] {
        connection.write(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes()).await;
    }
    assert_eq!(connection.answer(false).await.status, 200);
    let input = running.host.with(|service| service.tasks()[0].input.clone());
    assert_eq!(input, json!({ "company_slug": "fjord-labs" }));
}
