//! HTTP/2 by hyper, on connections that live for a few requests.

use super::Shared;
use futures_util::future::{Either, select};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// It says that it goes away, finishes what it has begun, and closes.
    GoAway,
    /// It closes without a word, whatever is under way.
    Close,
    /// It resets, whatever is under way.
    Reset,
}

/// Serves so many requests; with the next one the connection begins to die.
pub(super) async fn serve(socket: TcpStream, (life, death): (u64, Death), shared: Arc<Shared>) {
    if death == Death::Reset {
        socket.set_zero_linger().unwrap();
    }
    let taken = Arc::new(AtomicU64::new(0));
    let dying = Arc::new(Notify::new());
    let alarm = Arc::clone(&dying);
    let service = service_fn(move |request: Request<Incoming>| {
        if taken.fetch_add(1, Ordering::SeqCst) == life {
            alarm.notify_one();
        }
        answer(request, Arc::clone(&shared))
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    // So few that some streams are refused before the client knows the limit.
    builder.max_concurrent_streams(3);
    let connection = builder.serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    if let Either::Right(_) = select(connection.as_mut(), pin!(dying.notified())).await
        && death == Death::GoAway
    {
        connection.as_mut().graceful_shutdown();
        // How it ends is what the client is tested with.
        let _ = connection.await;
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<String>, Infallible> {
    let path = request.uri().path().to_owned();
    shared.count(&path, |seen| seen.heads += 1);
    let expected =
        request.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    let (mut body, mut length) = (request.into_body(), 0);
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        length += frame.data_ref().map_or(0, bytes::Bytes::len);
    }
    if Some(length) == expected {
        shared.count(&path, |seen| seen.complete += 1);
    }
    Ok(Response::new("{}".to_owned()))
}
