//! The end of serving.

use crate::support::{Connection, start};
use outx_emulator::Emulator;
use outx_model::Endpoint;
use outx_service::ServiceConfig;
use tokio::net::TcpStream;

const KEY: &str = "x-api-key: k\r\n";

#[tokio::test]
async fn a_request_that_had_begun_is_answered_and_idle_connections_are_closed() {
    let running = start(ServiceConfig::default()).await;
    let path = Endpoint::FetchConnections.spec().path;

    let mut idle = Connection::open(running.address).await;
    assert_eq!(idle.send("POST", path, KEY, b"{}").await.status, 200);

    let mut busy = Connection::open(running.address).await;
    assert_eq!(busy.send("POST", path, KEY, b"{}").await.status, 200);
    // The server is asked to end between head and body. `100 Continue` proves that it has begun to read.
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\n{KEY}expect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    busy.write(head.as_bytes()).await;
    assert_eq!(busy.answer(true).await.status, 100);
    running.stop.send(()).unwrap();
    assert!(idle.is_closed().await);

    busy.write(b"{}").await;
    assert_eq!(busy.answer(false).await.status, 200);
    running.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err(), "nobody listens any more");
    assert_eq!(running.host.with(|service| service.tasks().len()), 3);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let running = start(ServiceConfig::default()).await;
    let second = Emulator::bind(running.address, running.host.clone(), running.clock.clone()).await;
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
