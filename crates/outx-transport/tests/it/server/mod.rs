//! Hand-written servers on raw sockets that fail where they are told to and count what reached them.

mod dying;
mod http1;
mod http2;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) use dying::Death;
pub(crate) use http1::Move;
pub(crate) use http2::{CANCEL, ENHANCE_YOUR_CALM, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM, Stream, Window};
pub(crate) use tls::{Authority, Proxy};

/// What reached the server of one path.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) heads: u32,
    pub(crate) complete: u32,
}

#[derive(Default)]
pub(crate) struct Shared {
    seen: Mutex<BTreeMap<String, Seen>>,
    /// Where the connection that ends the server comes from.
    last: Mutex<Option<SocketAddr>>,
}

impl Shared {
    fn count(&self, path: &str, change: fn(&mut Seen)) {
        change(self.seen.lock().unwrap().entry(path.to_owned()).or_default());
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    /// HTTP/1.1. `plan` names the move for a connection's number and a request's number on it.
    pub(crate) async fn start(plan: fn(u64, u64) -> Move) -> Self {
        Self::serving(move |stream, number, shared| http1::serve(stream, number, plan, shared)).await
    }

    /// HTTP/2 without TLS, frame by frame.
    pub(crate) async fn start_http2(window: Window, plan: fn(u64, u64) -> Stream) -> Self {
        Self::serving(move |stream, number, shared| http2::serve(stream, number, window, plan, shared)).await
    }

    /// HTTP/2 without TLS, by a real implementation whose connections die young.
    pub(crate) async fn start_dying_http2(plan: fn(u64) -> (u64, Death)) -> Self {
        Self::serving(move |stream, number, shared| dying::serve(stream, plan(number), shared)).await
    }

    async fn serving<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream, u64, Arc<Shared>) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(accept(listener, serve, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until everything that was ever sent is read, and tells what it was. The client must be gone.
    pub(crate) async fn finish(self) -> BTreeMap<String, Seen> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        *self.shared.last.lock().unwrap() = Some(socket.local_addr().unwrap());
        let last = socket.connect(self.address).await.unwrap();
        // No connection may hang; the time-out is there so that a mistake ends the test.
        tokio::time::timeout(Duration::from_mins(1), self.task).await.unwrap().unwrap();
        drop(last);
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }
}

async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    serve: impl Fn(TcpStream, u64, Arc<Shared>) -> F,
    shared: Arc<Shared>,
) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let (stream, peer) = listener.accept().await.unwrap();
        if *shared.last.lock().unwrap() == Some(peer) {
            break; // Connections are accepted in their order: all earlier ones are there.
        }
        stream.set_nodelay(true).unwrap();
        connections.spawn(serve(stream, number, Arc::clone(&shared)));
    }
    while let Some(end) = connections.join_next().await {
        end.unwrap();
    }
}
