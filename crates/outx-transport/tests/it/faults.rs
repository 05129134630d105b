//! What is said about a request is true of the wire: at most one head a call, and what is called not sent
//! never arrived whole.

use crate::server::{Move, Seen, Server};
use bytes::Bytes;
use outx_transport::{Context, ErrorKind, HttpTransport, Request, Response, Sent, Transport, TransportError};
use serde_json::json;
use std::time::Duration;

const ONCE: Seen = Seen { heads: 1, complete: 1 };

fn context() -> Context {
    Context { key: None, timeout: Context::TIMEOUT }
}

/// One POST to a server that makes one move, and what reached the server.
async fn post(plan: fn(u64, u64) -> Move, bytes: usize) -> (Result<Response, TransportError>, Seen) {
    let server = Server::start(plan).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    let timeout = if plan(0, 0) == Move::Hold { Duration::from_millis(30) } else { Context::TIMEOUT };
    let body = json!("x".repeat(bytes));
    let result = transport.send(&Request::post("/call", &body), &Context { key: None, timeout }).await;
    drop(transport);
    let mut seen = server.finish().await;
    let call = seen.remove("/call").unwrap_or_default();
    assert!(seen.is_empty(), "something else was asked for: {seen:?}");
    (result, call)
}

#[tokio::test]
async fn a_post_without_a_body_has_nothing_whose_absence_proves() {
    let server = Server::start(|_, _| Move::Hold).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    for body in [None, Some(Bytes::new())] {
        let request = Request { body, ..Request::post("/call", &json!({})) };
        let context = Context { key: None, timeout: Duration::from_millis(20) };
        let error = transport.send(&request, &context).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
    }
    drop(transport);
    server.finish().await;
}

#[tokio::test]
async fn a_connection_that_closes_at_once_is_never_called_arrived() {
    for _ in 0..20 {
        let (result, seen) = post(|_, _| Move::CloseUnread, 10).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.answered()), (ErrorKind::Broken, false));
        assert_eq!(seen, Seen::default());
    }
}

#[tokio::test]
async fn a_kept_connection_carries_the_next_request() {
    // One would do on a machine that does nothing else: a request may come before the connection is back.
    let server =
        Server::start(|connection, _| if connection < 10 { Move::Answer } else { Move::CloseUnread }).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    for call in 0..100 {
        let request = Request::post(format!("/{call}"), &json!({}));
        assert_eq!(transport.send(&request, &context()).await.unwrap().status, 200);
    }
    drop(transport);
    assert!(server.finish().await.values().all(|seen| *seen == ONCE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_connection_costs_no_second_request() {
    let server = Server::start(|_, _| Move::AnswerAndClose).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    let mut not_sent = Vec::new();
    let mut answered = 0;
    for call in 0..300 {
        let path = format!("/{call}");
        match transport.send(&Request::post(&path, &json!({})), &context()).await {
            Ok(_) => answered += 1,
            Err(error) if error.sent() != Sent::Maybe => not_sent.push(path),
            Err(_) => {}
        }
    }
    drop(transport);
    let seen = server.finish().await;
    assert!(answered > 0);
    assert!(seen.values().all(|seen| seen.heads <= 1), "{seen:?}");
    assert!(not_sent.iter().all(|path| seen.get(path).is_none_or(|seen| seen.complete == 0)));
}
