//! A server that shows everybody what they sent, as gateways do that are being debugged.

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
                drop(write(&mut stream, &request, &ANSWERS[which]));
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

fn write(stream: &mut TcpStream, request: &str, answer: &(u16, &str, &str)) -> std::io::Result<()> {
    let after = |mark: &str, end: &[char]| {
        let rest = request.split_once(mark).map(|(_, rest)| rest)?;
        rest.split(end).next().map(str::to_owned)
    };
    let key = after("x-api-key: ", &['\r']).unwrap_or_else(|| "nobody".to_owned());
    let code = after(r#""otp":""#, &['"']).unwrap_or_else(|| "none".to_owned());
    let (status, kind, body) = answer;
    let body = body.replace("KEY", &key).replace("CODE", &code);
    let length = body.len();
    // The secrets stand in headers too: a name cannot hold them, a value can.
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\
         x-you-sent: {key} {code}\r\nset-cookie: key={key}; code={code}\r\nretry-after: {key}\r\n\r\n{body}"
    )
}
