//! HTTP/1.1, written by hand.

use super::Shared;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const ELSEWHERE: &[u8] =
    b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// What the server does with the next request on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// Closes before it reads anything.
    CloseUnread,
    /// Resets before it reads anything.
    ResetUnread,
    /// Reads the head and closes.
    CloseAfterHead,
    /// Reads the head and resets.
    ResetAfterHead,
    /// Reads the head, answers with a 413 and closes.
    RefuseAfterHead,
    /// Reads the whole request and closes.
    LoseAnswer,
    /// Reads the whole request and resets.
    ResetAfterBody,
    /// Reads the whole request and closes within the head of the answer.
    HalfHead,
    /// Reads the whole request and closes within the body of the answer.
    HalfAnswer,
    /// Reads the whole request, answers with a head, and then nothing.
    HoldAfterHead,
    /// Reads the whole request and answers nothing for as long as the client waits.
    Hold,
    /// Answers, as if to keep the connection, and closes it.
    AnswerAndClose,
    /// Answers with a 307 to itself.
    Redirect,
    /// Answers and keeps the connection.
    Answer,
}

impl Move {
    fn reads_body(self) -> bool {
        !matches!(self, Self::CloseAfterHead | Self::ResetAfterHead | Self::RefuseAfterHead)
    }

    /// What is written, and whether the connection goes on then.
    fn answer(self) -> (&'static [u8], bool) {
        match self {
            Self::Answer => (ANSWER, true),
            Self::Redirect => (ELSEWHERE, true),
            Self::AnswerAndClose => (ANSWER, false),
            Self::HalfHead => (&ANSWER[..20], false),
            Self::HalfAnswer => (&ANSWER[..ANSWER.len() - 1], false),
            Self::HoldAfterHead => (&ANSWER[..ANSWER.len() - 2], false),
            Self::RefuseAfterHead => (TOO_LARGE, false),
            _ => (b"", false),
        }
    }
}

pub(super) async fn serve(
    mut stream: TcpStream,
    number: u64,
    plan: fn(u64, u64) -> Move,
    shared: Arc<Shared>,
) {
    for request in 0.. {
        let next = plan(number, request);
        match next {
            Move::CloseUnread => return,
            Move::ResetUnread => return stream.set_zero_linger().unwrap(),
            _ => {}
        }
        let Some((head, mut body)) = read_head(&mut stream).await else { return };
        let path = head.split(' ').nth(1).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        shared.count(path, |seen| seen.heads += 1);
        while next.reads_body() && body.len() < length {
            if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
                return;
            }
        }
        if body.len() >= length {
            shared.count(path, |seen| seen.complete += 1);
        }
        let (answer, goes_on) = next.answer();
        if stream.write_all(answer).await.is_err() {
            return;
        }
        match next {
            Move::Hold | Move::HoldAfterHead => drop(stream.read(&mut [0]).await),
            Move::ResetAfterHead | Move::ResetAfterBody => stream.set_zero_linger().unwrap(),
            _ => {}
        }
        if !goes_on {
            return;
        }
    }
}

/// A request's head, and what of the body came with it.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let body = bytes.split_off(end + 4);
    Some((String::from_utf8(bytes).unwrap(), body))
}
