//! Where a connection can fail before anything is sent: each place is a proof.

use outx_model::Proof;
use outx_transport::{Context, ErrorKind, HttpTransport, Request, Sent, Transport};
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

/// Both methods, and what is said of them.
async fn tried(url: &str) -> [(ErrorKind, Sent); 2] {
    let transport =
        HttpTransport::builder(url).with_connect_timeout(Duration::from_millis(300)).build().unwrap();
    let context = Context { key: None, timeout: Context::TIMEOUT };
    let mut said = Vec::new();
    for request in [Request::get("/call"), Request::post("/call", &json!({}))] {
        let error = transport.send(&request, &context).await.unwrap_err();
        assert!(!error.answered());
        said.push((error.kind(), error.sent()));
    }
    said.try_into().unwrap()
}

const NO_CONNECTION: (ErrorKind, Sent) = (ErrorKind::Connect, Sent::No(Proof::NoConnection));

#[tokio::test]
async fn a_name_that_nobody_has() {
    assert_eq!(tried("https://outx.invalid").await, [NO_CONNECTION; 2]);
}

#[tokio::test]
async fn a_port_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(tried(&url).await, [NO_CONNECTION; 2]);
}

/// A server that takes connections, says something and closes, as often as it is asked.
fn closing(says: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream.and_then(|mut stream| stream.write_all(says)));
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_speaks_plainly_where_tls_is_wanted() {
    assert_eq!(tried(&closing(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await, [NO_CONNECTION; 2]);
}

#[tokio::test]
async fn a_server_that_closes_within_the_handshake() {
    assert_eq!(tried(&closing(b"\x16\x03\x03")).await, [NO_CONNECTION; 2]);
    assert_eq!(tried(&closing(b"")).await, [NO_CONNECTION; 2]);
}

#[tokio::test]
async fn a_queue_that_never_moves() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let patience = Duration::from_millis(20);
    let queue: Vec<_> = std::iter::from_fn(|| std::net::TcpStream::connect_timeout(&address, patience).ok())
        .take(64)
        .collect();
    assert!(!queue.is_empty());
    // The connect time-out ends first, and is known to be one.
    assert_eq!(tried(&format!("http://{address}")).await, [NO_CONNECTION; 2]);
}
