//! Answers that mean harm end in a clear error or a doubt, and little of them is read.

use outx_model::{AccountId, Endpoint, PollAnswer, TaskId};
use outx_transport::{
    ApiKey, Client, Created, ErrorKind, HttpTransport, Request, Sent, SystemClock, Transport, TransportError,
};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

const LIMIT: usize = 64 * 1024;
/// What may lie in the buffers of two sockets after the reader has gone.
const IN_FLIGHT: usize = 16 * 1024 * 1024;

/// Reads one request and answers it as it is told. The thread gives the bytes that could be written.
fn answering(write: impl FnOnce(&mut Counted) + Send + 'static) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let ends = |head: &[u8]| {
            if head.starts_with(b"GET") { head.ends_with(b"\r\n\r\n") } else { head.ends_with(b"{}") }
        };
        while !ends(&head) {
            let mut byte = [0];
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                break;
            }
            head.push(byte[0]);
        }
        let mut counted = Counted { stream, written: 0, open: true };
        write(&mut counted);
        counted.written
    });
    (url, server)
}

/// Waits for the server without holding up the client, which has connections to close.
async fn ended(server: JoinHandle<usize>) -> usize {
    tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap()
}

/// Counts what the other side took.
struct Counted {
    stream: TcpStream,
    written: usize,
    open: bool,
}

impl Counted {
    fn say(&mut self, bytes: &[u8]) {
        if self.open && self.stream.write_all(bytes).is_ok() {
            self.written += bytes.len();
        } else {
            self.open = false;
        }
    }
}

async fn send(url: &str) -> Result<u16, TransportError> {
    let transport = HttpTransport::builder(url).with_response_limit(LIMIT).build().unwrap();
    let context = outx_transport::Context::with_key(ApiKey::new("needle").unwrap());
    let answer = transport.send(&Request::post("/x", &json!({})), &context).await;
    answer.map(|answer| answer.status)
}

async fn create(url: &str) -> Created {
    let transport = Arc::new(HttpTransport::new(url).unwrap());
    let key = ApiKey::new("needle").unwrap();
    let client = Client::new(transport, Arc::new(SystemClock), AccountId::from("a"), Some(key));
    client.create(Endpoint::SendMessage, &json!({})).await
}

fn whole(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn an_endless_body_is_left_early() {
    let (url, server) = answering(|to| {
        to.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 0x10000], b"\r\n"].concat();
        // A gigabyte, if anybody wants it.
        for _ in 0..16 * 1024 {
            to.say(&chunk);
        }
    });
    let error = send(&url).await.unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.answered()), (ErrorKind::TooLarge, Sent::Maybe, true));
    assert!(error.to_string().contains("larger than 65536 bytes") && !error.is_transient(), "{error}");
    let taken = ended(server).await;
    assert!(taken < IN_FLIGHT, "{taken} bytes were taken");
}

#[tokio::test]
async fn a_body_that_announces_its_size_is_not_begun() {
    let (url, server) = answering(|to| to.say(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n"));
    // Not a byte of the body comes, and nobody waits for it.
    let error = send(&url).await.unwrap_err();
    assert_eq!((error.kind(), error.answered()), (ErrorKind::TooLarge, true));
    ended(server).await;
}

#[tokio::test]
async fn endless_headers_are_left_early() {
    let (url, server) = answering(|to| {
        to.say(b"HTTP/1.1 200 OK\r\n");
        let line = [b"x-a: ".as_slice(), &vec![b'a'; 0x8000], b"\r\n"].concat();
        for _ in 0..16 * 1024 {
            to.say(&line);
        }
    });
    let error = send(&url).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Broken, Sent::Maybe));
    let taken = ended(server).await;
    assert!(taken < IN_FLIGHT, "{taken} bytes were taken");
}

#[tokio::test]
async fn a_length_that_lies_is_a_broken_answer() {
    let (url, server) = answering(|to| to.say(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}"));
    let error = send(&url).await.unwrap_err();
    assert_eq!((error.kind(), error.sent(), error.answered()), (ErrorKind::Broken, Sent::Maybe, true));
    ended(server).await;
}

#[tokio::test]
async fn what_is_no_http_at_all_leaves_a_doubt() {
    for garbage in
        [b"220 mail.example ESMTP\r\n".as_slice(), b"\x16\x03\x01\x00\xff", b"HTTP/9.9 2000\r\n\r\n"]
    {
        let (url, server) = answering(move |to| to.say(garbage));
        assert_eq!(send(&url).await.unwrap_err().sent(), Sent::Maybe);
        ended(server).await;
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_are_doubts_and_not_failures() {
    let deep = [b"{\"api_agent_task_id\":".as_slice(), &vec![b'['; 100_000]].concat();
    let utf8 = b"{\"success\":true,\"api_agent_task_id\":\"\xff\xfe\"}".to_vec();
    for (status, kind, body) in [
        ("200 OK", "application/json", deep),
        ("200 OK", "application/json", utf8),
        ("200 OK", "text/html", b"<html>Sign in to the hotel's network</html>".to_vec()),
        ("200 OK", "application/json", b"{\"api_agent_task_id\":7}".to_vec()),
        ("200 OK", "application/json", Vec::new()),
        ("403 Forbidden", "text/html", b"<html>Blocked</html>".to_vec()),
        ("429 Too Many Requests", "text/html", b"<html>Slow down</html>".to_vec()),
        ("599 What", "text/plain", b"\xff\xff".to_vec()),
    ] {
        let (url, server) = answering(move |to| to.say(&whole(status, kind, &body)));
        let created = create(&url).await;
        let Created::Unknown(doubt) = &created else { panic!("{status} {kind}: {created:?}") };
        assert!(doubt.arrived && doubt.what.len() < 2_000, "{doubt:?}");
        ended(server).await;
    }
}

#[tokio::test]
async fn no_redirect_is_followed_wherever_it_points() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let other = elsewhere.local_addr().unwrap();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        for to in [format!("http://{other}/x"), "/here".to_owned(), "//evil.example/x".to_owned()] {
            let answer = format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            let (url, server) = answering(move |out| out.say(answer.as_bytes()));
            let error = send(&url).await.unwrap_err();
            assert_eq!((error.kind(), error.answered()), (ErrorKind::Redirected, true), "{status} {to}");
            assert!(!format!("{error:?}{}", error.chain()).contains("needle"));
            ended(server).await;
        }
    }
    assert!(elsewhere.accept().is_err(), "somebody went where the answer pointed");
}

#[tokio::test]
async fn a_poll_survives_the_same() {
    let deep = [b"{\"data\":".as_slice(), &vec![b'['; 100_000]].concat();
    let (url, server) = answering(move |to| to.say(&whole("200 OK", "application/json", &deep)));
    let transport = Arc::new(HttpTransport::new(&url).unwrap());
    let client = Client::new(transport, Arc::new(SystemClock), AccountId::from("a"), None);
    let answer = client.poll(&TaskId::from("t")).await.unwrap();
    assert!(matches!(answer, PollAnswer::Unreadable(_)), "{answer:?}");
    ended(server).await;
}
