//! Requests to any service: what is said of them where the socket fails, and what shows.

use crate::server::{Move, Seen, Server};
use bytes::Bytes;
use outx_model::Proof;
use outx_transport::{ErrorKind, HttpWeb, Sent, Web, WebMethod, WebRequest, WebUrl};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

fn post(url: &str) -> WebRequest {
    let url = WebUrl::parse(url).unwrap();
    let headers = vec![("authorization".to_owned(), "Bearer secret-token".to_owned())];
    WebRequest { method: WebMethod::Post, url, headers, body: Some(Bytes::from_static(b"{\"secret\":1}")) }
}

/// What is said of one request to a server that makes a move, and what reached it.
async fn tried(next: fn(u64, u64) -> Move, timeout: Duration) -> (String, u32, u32) {
    let server = Server::start(next).await;
    let web = HttpWeb::new();
    let result = web.exchange(&post(&format!("{}/hook/secret?q=secret", server.url())), timeout).await;
    drop(web);
    let said = match result {
        Ok(answer) => format!("answer {}", answer.status),
        Err(error) => {
            let chain = error.chain();
            assert!(!chain.contains("secret"), "{chain}");
            let sent = if error.sent() == Sent::Maybe { "maybe" } else { "no" };
            format!("{:?}: {sent}{}", error.kind(), if error.answered() { ", answered" } else { "" })
        }
    };
    let seen: Seen = server.finish().await.remove("/hook/secret?q=secret").unwrap_or_default();
    (said, seen.heads, seen.complete)
}

#[tokio::test]
async fn what_was_sent_is_said_as_of_a_create_and_nothing_is_sent_again() {
    for (next, said) in [
        ((|_, _| Move::Answer) as fn(u64, u64) -> Move, "answer 200"),
        (|_, _| Move::LoseAnswer, "Broken: maybe"),
        (|_, _| Move::HalfHead, "Broken: maybe"),
        (|_, _| Move::HalfAnswer, "Broken: maybe, answered"),
        (|_, _| Move::Redirect, "answer 307"),
    ] {
        assert_eq!(tried(next, TIMEOUT).await, (said.to_owned(), 1, 1));
    }
    assert_eq!(
        tried(|_, _| Move::Hold, Duration::from_millis(200)).await,
        ("Timeout: maybe".to_owned(), 1, 1)
    );
}

#[tokio::test]
async fn what_meets_nobody_was_not_sent() {
    let server = Server::start(|_, _| Move::Answer).await;
    let url = server.url();
    server.finish().await;
    let error = HttpWeb::new().exchange(&post(&url), TIMEOUT).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No(Proof::NoConnection)));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_whole() {
    let server = Server::start(|_, _| Move::Answer).await;
    let web = HttpWeb::new().with_response_limit(1);
    let error = web.exchange(&post(&server.url()), TIMEOUT).await.unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.answered()), (ErrorKind::TooLarge, Sent::Maybe, true));
}

#[tokio::test]
async fn what_may_not_leave_this_machine_is_refused_before_anything_is_looked_up() {
    let web = HttpWeb::new().loopback_only();
    for url in ["https://example.invalid/", "http://192.0.2.1/", "http://127.0.0.1.example.invalid/"] {
        let error = web.exchange(&post(url), TIMEOUT).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.sent()),
            (ErrorKind::Invalid, Sent::No(Proof::NeverStarted)),
            "{url}"
        );
    }
    let server = Server::start(|_, _| Move::Answer).await;
    assert_eq!(web.exchange(&post(&server.url()), TIMEOUT).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_named_and_its_value_is_not() {
    let mut request = post("http://127.0.0.1:1/");
    request.headers = vec![("x-token".to_owned(), "secret\r\nx: y".to_owned())];
    let error = HttpWeb::new().exchange(&request, TIMEOUT).await.unwrap_err();
    assert!(error.chain().contains("x-token") && !error.chain().contains("secret"), "{}", error.chain());
    assert_eq!(error.sent(), Sent::No(Proof::NeverStarted));
}
