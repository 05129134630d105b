//! A server that shows everybody what they sent, as gateways do that are being debugged.

use hyper::body::Bytes;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Answers of such a server: status, kind and body, with `KEY` and `CODE` where the secrets of the request go.
const ANSWERS: [(u16, &str, &str); 7] = [
    (401, "application/json", r#"{"error":"Invalid API Key KEY, code CODE"}"#),
    (200, "application/json", r#"{"success":true,"message":"made for KEY with CODE"}"#),
    (403, "text/html", "<html>KEY may not, nor may CODE</html>"),
    (400, "application/json", r#"{"message":"otp CODE of KEY"}"#),
    (429, "application/json", r#"{"error":"KEY asks too often for CODE"}"#),
    (500, "text/plain", "crashed at x-api-key: KEY, otp: CODE"),
    (
        200,
        "application/json",
        r#"{"success":true,"data":{"status":"completed","task_input":{"note":"KEY"},"task_output":{"profile":{"full_name":"KEY","headline":"CODE"}}}}"#,
    ),
];

pub(crate) struct Echo {
    pub(crate) url: String,
    seen: Arc<Mutex<String>>,
}

impl Echo {
    pub(crate) const ANSWERS: usize = ANSWERS.len();

    /// It serves one of its answers until the process ends.
    pub(crate) fn start(which: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(String::new()));
        let also = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&mut stream);
                also.lock().unwrap().push_str(&request);
                // Who asked may have gone.
                drop(write(&mut stream, &request, which));
            }
        });
        Self { url, seen }
    }

    /// All that reached it.
    pub(crate) fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }
}

fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let mut some = [0; 4096];
        match stream.read(&mut some) {
            Ok(length) if length > 0 => bytes.extend_from_slice(&some[..length]),
            _ => return text,
        }
    }
}

/// Status, headers and body of an answer, with the secrets of a request in it. They stand in headers too: a name
/// cannot hold them, a value can.
pub(crate) fn answer(which: usize, key: Option<&str>, request: &str) -> (u16, Vec<(String, String)>, Bytes) {
    let key = key.unwrap_or("nobody");
    let code = after(request, r#""otp":""#, &['"']).unwrap_or("none");
    let (status, kind, body) = ANSWERS[which];
    let headers = [
        ("content-type", kind.to_owned()),
        ("x-you-sent", format!("{key} {code}")),
        ("set-cookie", format!("key={key}; code={code}")),
        ("retry-after", key.to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
    (status, headers, Bytes::from(body.replace("KEY", key).replace("CODE", code)))
}

fn after<'a>(text: &'a str, mark: &str, end: &[char]) -> Option<&'a str> {
    text.split_once(mark)?.1.split(end).next()
}

fn write(stream: &mut TcpStream, request: &str, which: usize) -> std::io::Result<()> {
    let (status, headers, body) = answer(which, after(request, "x-api-key: ", &['\r']), request);
    write!(stream, "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n", body.len())?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&body)
}
