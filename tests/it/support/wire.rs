//! HTTP as bytes: for the admin door, and for whoever must see all that an answer says.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take. Nothing that is asked here takes nearly so long.
const SILENCE: Duration = Duration::from_mins(1);

/// An answer, with its head as it came.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends one request on a connection of its own. `address` is a host and a port, `headers` are whole lines.
///
/// # Errors
///
/// When no connection can be made, or it breaks.
pub(crate) fn ask(
    address: &str,
    method: &str,
    target: &str,
    headers: &[String],
    body: &str,
) -> io::Result<Heard> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SILENCE))?;
    let lines: String = headers.iter().flat_map(|line| [line, "\r\n"]).collect();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{lines}\r\n{body}"
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Heard { status, head: head.to_owned(), body: body.to_owned() })
}
