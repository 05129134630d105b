//! What a fault does to the connection.

use crate::support::{Connection, Running, start};
use outx_model::Endpoint;
use outx_service::{Fault, Injection, On, Response, ServiceConfig};
use serde_json::json;
use std::time::Duration;

const KEY: &str = "x-api-key: k\r\n";

async fn with(fault: Fault) -> Running {
    let running = start(ServiceConfig::default()).await;
    running.host.inject(Injection { on: On::Any, fault, times: 1 });
    running
}

fn created(running: &Running) -> usize {
    running.host.with(|service| service.tasks().len())
}

async fn create(running: &Running) -> Connection {
    let mut connection = Connection::open(running.address).await;
    let path = Endpoint::FetchConnections.spec().path;
    connection
        .write(format!("POST {path} HTTP/1.1\r\nhost: x\r\n{KEY}content-length: 2\r\n\r\n{{}}").as_bytes())
        .await;
    connection
}

#[tokio::test]
async fn a_broken_connection_closes_without_a_byte() {
    for (fault, served) in [(Fault::NotSent, 0), (Fault::Reset, 0), (Fault::AnswerLost, 1)] {
        let running = with(fault.clone()).await;
        let mut connection = create(&running).await;
        assert!(connection.is_closed().await, "{fault:?}");
        assert_eq!(created(&running), served, "{fault:?}");
        // The next one finds everything well.
        let answer = create(&running).await.answer(false).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_truncated_answer_ends_in_its_middle() {
    let running = with(Fault::Truncated).await;
    let text = create(&running).await.rest().await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let promised: usize =
        head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert_eq!(body.len(), promised / 2);
    assert_eq!(created(&running), 1);
}

#[tokio::test]
async fn garbage_and_foreign_answers_come_as_they_are() {
    let running = with(Fault::Garbage).await;
    let answer = create(&running).await.answer(false).await;
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
    assert_eq!((answer.status, created(&running)), (200, 1));

    let limit = Response::json(429, &json!({ "error": "slow down" })).with_header("retry-after", "7");
    let running =
        with(Fault::Answer(limit.with_header("bad\nname", "x").with_header("x-y", "bad\nvalue"))).await;
    let answer = create(&running).await.answer(false).await;
    assert_eq!((answer.status, answer.header("retry-after"), created(&running)), (429, Some("7"), 0));
    assert_eq!(answer.header("x-y"), None);
}

#[tokio::test]
async fn a_silent_request_gets_nothing_and_holds_up_no_end() {
    let running = with(Fault::Timeout).await;
    let mut silent = create(&running).await;
    let mut other = Connection::open(running.address).await;
    // When another request is answered, the silent one has been taken.
    while created(&running) == 0 {
        assert_eq!(other.send("GET", "/", KEY, b"").await.status, 404);
    }
    running.stop.send(()).unwrap();
    running.served.await.unwrap().unwrap();
    assert!(silent.is_closed().await);
}

#[tokio::test]
async fn a_late_answer_waits_for_the_clock_or_the_end() {
    let running = with(Fault::Slow(Duration::from_hours(1))).await;
    let mut late = create(&running).await;
    let mut other = Connection::open(running.address).await;
    while created(&running) == 0 {
        assert_eq!(other.send("GET", "/", KEY, b"").await.status, 404);
    }
    running.stop.send(()).unwrap();
    assert_eq!(late.answer(false).await.status, 200);
    running.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_description_of_the_api_is_served_without_a_key() {
    let running = start(ServiceConfig::default()).await;
    let answer = Connection::open(running.address).await.send("GET", "/openapi.json", "", b"").await;
    assert_eq!((answer.status, answer.json()), (200, outx_model::openapi()));
}
