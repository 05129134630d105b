//! A client that does as little as one can: bytes that were written down before, over connections that stay open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What a load came to.
#[derive(Debug)]
pub struct Load {
    /// How long it took.
    pub time: Duration,
    /// The bodies of the first answer of each connection.
    pub bodies: Vec<Vec<u8>>,
}

/// Sends so many requests over each of so many connections, one after the other, and waits for each answer. `request`
/// makes the bytes from the connection's number and the request's.
///
/// # Panics
///
/// When a connection breaks or an answer is not 200: a benchmark of errors would be worse than none.
pub fn load(
    to: SocketAddr,
    connections: usize,
    each: usize,
    request: impl Fn(usize, usize) -> Vec<u8>,
) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    #[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
    runtime.expect("a runtime").block_on(async {
        let mut lines = Vec::new();
        for connection in 0..connections {
            let stream = TcpStream::connect(to).await.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            // Made beforehand, so that the load is nothing but reading and writing.
            lines.push((stream, (0..each).map(|n| request(connection, n)).collect::<Vec<_>>()));
        }
        #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for (stream, requests) in lines {
            tasks.spawn(line(stream, requests));
        }
        let bodies = tasks.join_all().await;
        Load { time: start.elapsed(), bodies }
    })
}

/// One connection's requests. Gives the first body.
#[expect(clippy::expect_used, reason = "a benchmark of a broken connection would be worse than none")]
async fn line(mut stream: TcpStream, requests: Vec<Vec<u8>>) -> Vec<u8> {
    let mut first = None;
    let mut answer = vec![0; 256 * 1024];
    for request in requests {
        stream.write_all(&request).await.expect("written");
        let mut read = 0;
        let body = loop {
            let more = stream.read(&mut answer[read..]).await.expect("read");
            assert!(more > 0, "the server closed the connection");
            read += more;
            if let Some(body) = whole(&answer[..read]) {
                break body;
            }
        };
        first.get_or_insert_with(|| body.to_vec());
    }
    first.unwrap_or_default()
}

/// The body of an answer, as soon as all of it is there.
fn whole(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let (head, body) = answer.split_at(end);
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
    let name = b"content-length: ";
    let from = head.windows(name.len()).position(|text| text == name)? + name.len();
    let digits = head[from..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    (body.len() >= length).then_some(body)
}

/// The bytes of a GET.
pub fn get(to: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {to}\r\nx-api-key: bench\r\naccept: */*\r\n\r\n").into_bytes()
}

/// The bytes of a POST of JSON.
pub fn post(to: SocketAddr, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {to}\r\nx-api-key: bench\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
