//! Bodies that are too large or break off.

use crate::support::{Connection, start};
use outx_emulator::BODY_LIMIT;
use outx_model::Endpoint;
use outx_service::ServiceConfig;

const HEADERS: &str = "x-api-key: k\r\n";

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_makes_no_task() {
    let running = start(ServiceConfig::default()).await;
    let path = Endpoint::FetchConnections.spec().path;
    let body = |length: usize| {
        let mut body = b"{}".to_vec();
        body.resize(length, b' ');
        body
    };
    let mut connection = Connection::open(running.address).await;
    assert_eq!(connection.send("POST", path, HEADERS, &body(BODY_LIMIT)).await.status, 200);
    let refused = connection.send("POST", path, HEADERS, &body(BODY_LIMIT + 1)).await;
    assert_eq!((refused.status, refused.header("content-type")), (413, Some("application/json")));
    assert!(refused.json()["error"].is_string());
    let far = connection.send("POST", path, HEADERS, &body(8 * BODY_LIMIT)).await;
    assert_eq!(far.status, 413, "the connection is still good");
    assert_eq!(running.host.with(|service| service.tasks().len()), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_makes_no_task() {
    let running = start(ServiceConfig::default()).await;
    let path = Endpoint::FetchConnections.spec().path;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\n{HEADERS}expect: 100-continue\r\ncontent-length: 10\r\n\r\n"
    );
    let mut connection = Connection::open(running.address).await;
    connection.write(head.as_bytes()).await;
    assert_eq!(connection.answer(true).await.status, 100, "the body is waited for");
    connection.write(b"{}").await;
    drop(connection);

    // The broken request is over before the server has shut down, and it never became one of the model's.
    running.stop.send(()).unwrap();
    running.served.await.unwrap().unwrap();
    assert!(running.host.with(|service| service.requests().is_empty()));
}
