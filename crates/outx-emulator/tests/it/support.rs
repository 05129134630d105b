//! A running emulator and a bare HTTP client.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use outx_emulator::Emulator;
use outx_service::{Host, ServiceConfig};
use outx_transport::Clock;
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A clock that stands until it is set.
pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Mutex::new("2026-03-02T09:00:00Z".parse().unwrap()))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, _: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) host: Arc<Host>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<io::Result<()>>,
}

pub(crate) async fn start(config: ServiceConfig) -> Running {
    let host = Arc::new(Host::in_memory(config));
    let clock = Arc::new(Hands::new());
    let any_port = ([127, 0, 0, 1], 0).into();
    let emulator = Emulator::bind(any_port, host.clone(), clock.clone()).await.unwrap();
    let address = emulator.local_addr();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(emulator.serve(async { drop(stopped.await) }));
    Running { address, host, clock, stop, served }
}

/// An HTTP/1.1 connection on which requests follow one another.
pub(crate) struct Connection(BufReader<TcpStream>);

/// An answer, its header names in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends one request with a content length.
    pub(crate) async fn send(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head =
            format!("{method} {target} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n{headers}\r\n");
        self.write(head.as_bytes()).await;
        self.write(body).await;
        self.answer(method == "HEAD").await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    pub(crate) async fn answer(&mut self, without_body: bool) -> Answer {
        let status_line = self.line().await;
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else { break };
            answer.headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        if !without_body {
            let length = answer.header("content-length").unwrap().parse().unwrap();
            answer.body = vec![0; length];
            self.0.read_exact(&mut answer.body).await.unwrap();
        }
        answer
    }

    /// True when the other side has closed.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.0.fill_buf().await.is_ok_and(<[u8]>::is_empty)
    }

    /// All that comes until the other side closes.
    pub(crate) async fn rest(&mut self) -> String {
        let mut text = Vec::new();
        // A connection that is reset was closed too.
        drop(self.0.read_to_end(&mut text).await);
        String::from_utf8(text).unwrap()
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }
}
