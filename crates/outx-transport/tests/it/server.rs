//! A hand-written HTTP server on a raw socket that fails where it is told to and counts what reached it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const ELSEWHERE: &[u8] =
    b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";

/// What the server does with the next request on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// Closes before it reads anything.
    CloseUnread,
    /// Reads the head and closes.
    CloseAfterHead,
    /// Reads the whole request and closes.
    LoseAnswer,
    /// Reads the whole request and closes within the answer.
    HalfAnswer,
    /// Reads the whole request and answers nothing for as long as the client waits.
    Hold,
    /// Answers, as if to keep the connection, and closes it.
    AnswerAndClose,
    /// Answers with a 307 to itself.
    Redirect,
    /// Answers and keeps the connection.
    Answer,
}

/// What reached the server of one path.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) heads: u32,
    pub(crate) complete: u32,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<BTreeMap<String, Seen>>,
    /// Where the connection that ends the server comes from.
    last: Mutex<Option<SocketAddr>>,
}

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    /// `plan` names the move for a connection's number and a request's number on it.
    pub(crate) async fn start(plan: fn(u64, u64) -> Move) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(accept(listener, plan, Arc::clone(&shared)));
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

async fn accept(listener: TcpListener, plan: fn(u64, u64) -> Move, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let (stream, peer) = listener.accept().await.unwrap();
        if *shared.last.lock().unwrap() == Some(peer) {
            break; // Connections are accepted in their order: all earlier ones are there.
        }
        stream.set_nodelay(true).unwrap();
        connections.spawn(serve(stream, number, plan, Arc::clone(&shared)));
    }
    while let Some(end) = connections.join_next().await {
        end.unwrap();
    }
}

async fn serve(mut stream: TcpStream, number: u64, plan: fn(u64, u64) -> Move, shared: Arc<Shared>) {
    for request in 0.. {
        let next = plan(number, request);
        if next == Move::CloseUnread {
            return;
        }
        let Some((path, length, mut body)) = head(&mut stream).await else { return };
        let count = |change: fn(&mut Seen)| {
            change(shared.seen.lock().unwrap().entry(path.clone()).or_default());
        };
        count(|seen| seen.heads += 1);
        while next != Move::CloseAfterHead && body.len() < length {
            if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
                return;
            }
        }
        if body.len() >= length {
            count(|seen| seen.complete += 1);
        }
        let answer = match next {
            Move::Answer | Move::AnswerAndClose => ANSWER,
            Move::HalfAnswer => &ANSWER[..ANSWER.len() - 1],
            Move::Redirect => ELSEWHERE,
            Move::Hold => {
                let _ = stream.read(&mut [0]).await;
                return;
            }
            Move::CloseUnread | Move::CloseAfterHead | Move::LoseAnswer => return,
        };
        if stream.write_all(answer).await.is_err() || !matches!(next, Move::Answer | Move::Redirect) {
            return;
        }
    }
}

/// The path, the body's length, and what of the body came with the head.
async fn head(stream: &mut TcpStream) -> Option<(String, usize, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let path = text.split(' ').nth(1).unwrap().to_owned();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    Some((path, length, bytes.split_off(end + 4)))
}
