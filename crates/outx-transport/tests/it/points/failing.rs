//! How to fail at each place.

use super::{AMPLE, Found, LONG, say};
use crate::server::{Authority, Move, Proxy, Seen, Server, Stream, Window};
use futures_util::future::BoxFuture;
use outx_transport::{Context, HttpTransport, HttpTransportBuilder, Protocol, Request, Transport};
use serde_json::json;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

pub(super) fn before(error: u32) -> Stream {
    Stream::GoAway { covered: false, error }
}

pub(super) fn covering(error: u32) -> Stream {
    Stream::GoAway { covered: true, error }
}

pub(super) async fn post(transport: &HttpTransport, bytes: usize, timeout: Duration) -> String {
    let request = Request::post("/call", &json!("x".repeat(bytes)));
    say(transport.send(&request, &Context { key: None, timeout }).await)
}

/// What is said where nothing listens that could count.
pub(super) async fn alone(builder: HttpTransportBuilder, timeout: Duration) -> Found {
    Found { said: post(&builder.build().unwrap(), 10, timeout).await, seen: Seen::default() }
}

pub(super) fn said_at(url: &'static str) -> BoxFuture<'static, Found> {
    Box::pin(alone(HttpTransport::builder(url).without_proxy(), LONG))
}

/// A listener whose queue is full, so that connecting takes for ever.
pub(super) fn queueing(
    set: fn(HttpTransportBuilder) -> HttpTransportBuilder,
    timeout: Duration,
) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let patience = Duration::from_millis(20);
        let queue: Vec<_> =
            std::iter::from_fn(|| TcpStream::connect_timeout(&address, patience).ok()).take(64).collect();
        assert!(!queue.is_empty());
        alone(set(HttpTransport::builder(&format!("http://{address}"))), timeout).await
    })
}

pub(super) fn through(proxy: String) -> BoxFuture<'static, Found> {
    Box::pin(alone(HttpTransport::builder("https://outx.invalid").with_proxy(proxy), LONG))
}

pub(super) fn refusing_proxy() -> BoxFuture<'static, Found> {
    Box::pin(async {
        let proxy = Proxy::start(Err("407 Proxy Authentication Required")).await;
        let found = through(format!("http://{}", proxy.address)).await;
        assert_eq!(proxy.heads().len(), 1);
        found
    })
}

/// A server that takes connections, says something and closes, where TLS is wanted.
pub(super) fn closing(says: &'static [u8]) -> BoxFuture<'static, Found> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream.and_then(|mut stream| stream.write_all(says)));
        }
    });
    Box::pin(async move { alone(HttpTransport::builder(&url), LONG).await })
}

pub(super) fn untrusted() -> BoxFuture<'static, Found> {
    Box::pin(async {
        let address = Authority::of("localhost").serve(&["http/1.1"]).await;
        alone(HttpTransport::builder(&format!("https://localhost:{}", address.port())), LONG).await
    })
}

pub(super) fn http1(plan: fn(u64, u64) -> Move, bytes: usize) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let server = Server::start(plan).await;
        let transport = HttpTransport::new(&server.url()).unwrap();
        let said = post(&transport, bytes, LONG).await;
        drop(transport);
        seen_by(server, said).await
    })
}

pub(super) fn held(
    set: fn(HttpTransportBuilder) -> HttpTransportBuilder,
    timeout: Duration,
) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let server = Server::start(|_, _| Move::Hold).await;
        let said = post(&set(HttpTransport::builder(&server.url())).build().unwrap(), 10, timeout).await;
        seen_by(server, said).await
    })
}

pub(super) fn silent_body() -> BoxFuture<'static, Found> {
    Box::pin(async {
        let server = Server::start(|_, _| Move::HoldAfterHead).await;
        let said = post(&HttpTransport::new(&server.url()).unwrap(), 10, AMPLE).await;
        seen_by(server, said).await
    })
}

pub(super) fn http1_kept(plan: fn(u64, u64) -> Move) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let server = Server::start(plan).await;
        let transport = HttpTransport::new(&server.url()).unwrap();
        let context = Context { key: None, timeout: LONG };
        transport.send(&Request::get("/warm"), &context).await.unwrap();
        let said = post(&transport, 10, LONG).await;
        drop(transport);
        seen_by(server, said).await
    })
}

pub(super) fn http2(window: Window, plan: fn(u64, u64) -> Stream) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let server = Server::start_http2(window, plan).await;
        let transport = over_http2(&server);
        transport.send(&Request::get("/warm"), &Context { key: None, timeout: LONG }).await.unwrap();
        let timeout = if plan(0, 0) == Stream::Hold { AMPLE } else { LONG };
        let said = post(&transport, 10, timeout).await;
        drop(transport);
        seen_by(server, said).await
    })
}

pub(super) fn http2_kept(plan: fn(u64, u64) -> Stream) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let server = Server::start_http2(Window::Open, plan).await;
        let transport = over_http2(&server);
        let first = post(&transport, 10, LONG).await;
        assert_eq!(first, "answer 200");
        let said = post(&transport, 10, LONG).await;
        drop(transport);
        let mut found = seen_by(server, said).await;
        // The first one is in the same count.
        found.seen = Seen { heads: found.seen.heads - 1, complete: found.seen.complete - 1 };
        found
    })
}

pub(super) fn over_http2(server: &Server) -> HttpTransport {
    HttpTransport::builder(&server.url()).with_protocol(Protocol::Http2).build().unwrap()
}

pub(super) async fn seen_by(server: Server, said: String) -> Found {
    let mut all = server.finish().await;
    all.remove("/warm");
    assert!(all.len() <= 1, "something else was asked for: {all:?}");
    Found { said, seen: all.into_values().next().unwrap_or_default() }
}
